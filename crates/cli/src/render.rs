//! Answers and passages for human eyes.

use std::fmt::Write;

use wenbao_answer::sheet::when;
use wenbao_answer::{Answer, Citation, Kind, RankedPassage, Value};
use wenbao_lang::fold::shown;

use crate::output::Style;

/// A heading is shortened to this many characters, at a clause's end where there is one.
const HEADING_CHARS: usize = 16;
/// Evidence shown with a "not found".
const NEAREST: usize = 3;

/// The answer, its text, its citations; with `more`, the other passages too.
pub(crate) fn answer(answer: &Answer, more: bool, style: Style) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    if answer.abstained {
        answer.reason.as_deref().unwrap_or(&answer.text).lines().for_each(|text| line(style.bold(text)));
    } else {
        line(style.bold(&answer.answer));
        for text in answer.text.lines().filter(|text| !text.trim().is_empty()) {
            line(format!("  {}", shown(text)));
        }
    }
    // A table shows its values itself.
    if answer.table.is_none() && (answer.kind == Kind::Compare || answer.values.len() > 2) {
        for value in &answer.values {
            line(style.dim(&format!("    {}", cell(value))));
        }
    }
    for citation in &answer.citations {
        let Some(passage) = answer.passages.get(citation.passage) else {
            continue;
        };
        line(format!("[{}] {}", citation.n, style.dim(&breadcrumb(passage))));
        line(format!("    \"{}\"", quote(passage, citation, style)));
    }
    let cited = |at: &usize| answer.citations.iter().any(|citation| citation.passage == *at);
    let others = (0..answer.passages.len()).filter(|at| !cited(at));
    let count = if more {
        usize::MAX
    } else if answer.abstained {
        NEAREST
    } else {
        0
    };
    for at in others.take(count) {
        let passage = &answer.passages[at];
        line(format!("  · {}", style.dim(&breadcrumb(passage))));
        line(format!("    {}", shown(passage.text.trim())));
    }
    if let Some(explanation) = &answer.explanation {
        // A value that was made from plain data prints.
        let explanation = serde_json::to_string_pretty(explanation).unwrap_or_default();
        explanation.lines().for_each(|text| line(shown(text).into_owned()));
    }
    out
}

/// The answer in Markdown: its text, then what it cites.
pub(crate) fn markdown(answer: &Answer) -> String {
    let mut out = format!("{}\n", answer.text.lines().map(shown).collect::<Vec<_>>().join("\n"));
    if !answer.citations.is_empty() {
        out.push('\n');
    }
    for citation in &answer.citations {
        let Some(passage) = answer.passages.get(citation.passage) else { continue };
        let quote = citation.quote.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(out, "- [{}] {}: “{}”", citation.n, shown(&breadcrumb(passage)), shown(&quote));
    }
    out
}

/// A ranked passage of a search.
pub(crate) fn passage(n: usize, passage: &RankedPassage, style: Style) -> String {
    let mut out = String::new();
    let when = when(passage.period.as_ref(), passage.status);
    let facts = [breadcrumb(passage), when, format!("{:.3}", passage.score)];
    let facts: Vec<&str> = facts.iter().map(String::as_str).filter(|fact| !fact.is_empty()).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{} {}", style.bold(&format!("{n}.")), style.dim(&facts.join("  ")));
    let _ = writeln!(out, "   {}", shown(passage.text.trim()));
    out
}

/// Title, headings and page: "2025年山西省政府工作报告 › 二、2025年工作安排 › …".
fn breadcrumb(passage: &RankedPassage) -> String {
    let document = &passage.document;
    let mut parts = vec![document.title.clone().unwrap_or_else(|| document.path.clone())];
    parts.extend(passage.section.iter().map(|heading| shorten(heading)));
    let page = passage.page.map(|page| format!(" (p. {page})")).unwrap_or_default();
    parts.join(" › ") + &page
}

fn shorten(heading: &str) -> String {
    let heading = heading.trim();
    if heading.chars().count() <= HEADING_CHARS {
        return heading.to_owned();
    }
    let head: String = heading.chars().take(HEADING_CHARS).collect();
    let cut = head.rfind(['，', '、', '；', '：']).filter(|&at| head[..at].chars().count() > HEADING_CHARS / 2);
    format!("{}…", cut.map_or(head.as_str(), |at| &head[..at]))
}

/// The sentence around the quote, the quote itself in bold.
fn quote(passage: &RankedPassage, citation: &Citation, style: Style) -> String {
    const ENDS: [char; 5] = ['。', '！', '？', '；', '\n'];
    let chars: Vec<char> = passage.text.chars().collect();
    let [start, end] = citation.quote_range;
    if start > end || end > chars.len() {
        return shown(&citation.quote).into_owned();
    }
    let from = chars[..start].iter().rposition(|c| ENDS.contains(c)).map_or(0, |at| at + 1);
    let closed = end > start && ENDS.contains(&chars[end - 1]);
    let to = if closed {
        end
    } else {
        chars[end..].iter().position(|c| ENDS.contains(c)).map_or(chars.len(), |at| end + at + 1)
    };
    let text = |range: std::ops::Range<usize>| chars[range].iter().collect::<String>();
    let sentence =
        [&*shown(text(from..start).trim_start()), &style.bold(&text(start..end)), &*shown(text(end..to).trim_end())]
            .concat();
    sentence.trim().to_owned()
}

fn cell(value: &Value) -> String {
    let amount = match (&value.text, value.value) {
        (Some(text), _) => text.clone(),
        (None, Some(number)) => format!("{number}{}", value.unit),
        (None, None) => "—".to_owned(),
    };
    let marks: String = value.citations.iter().map(|n| format!("[{n}]")).collect();
    let region = value.region.as_ref().map(|region| region.0.clone()).unwrap_or_default();
    let computed = value.computed.as_ref().map(|how| format!("= {how}")).unwrap_or_default();
    let when = when(value.period.as_ref(), value.status);
    let parts = [region, when, value.label.clone(), amount, computed, marks];
    parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wenbao_answer::DocumentRef;
    use wenbao_report::{DocumentKind, Period, Status};

    fn found(text: &str) -> RankedPassage {
        RankedPassage {
            id: "d-0001".into(),
            score: 1.0,
            document: DocumentRef {
                id: "d".into(),
                title: Some("样例".into()),
                path: "a.txt".into(),
                date: None,
                region: None,
                doc_type: DocumentKind::WorkReport,
                issuer: None,
                number: None,
                warnings: vec![],
            },
            section: vec!["（二）聚焦加快转型发展，因地制宜培育新质生产力".into()],
            period: Some(Period::year(2025)),
            status: Some(Status::Target),
            text: text.into(),
            source_range: [0, 0],
            page: None,
            also_in: vec![],
            made: false,
            cell: None,
        }
    }

    #[test]
    fn a_quote_is_shown_in_its_sentence() {
        let passage = found("推进基地建设。开展改革，新建智能化煤矿130座。持续增产。");
        let citation = |start, end| Citation { n: 1, passage: 0, quote: "q".into(), quote_range: [start, end] };
        assert_eq!(quote(&passage, &citation(12, 23), Style::plain()), "开展改革，新建智能化煤矿130座。");
        assert_eq!(quote(&passage, &citation(7, 24), Style::plain()), "开展改革，新建智能化煤矿130座。");
        assert_eq!(quote(&passage, &citation(0, 99), Style::plain()), "q");
    }

    #[test]
    fn headings_are_cut_at_a_clause() {
        assert_eq!(breadcrumb(&found("")), "样例 › （二）聚焦加快转型发展…");
        assert_eq!(shorten("推动新型能源体系和现代化产业体系深度融合"), "推动新型能源体系和现代化产业体系…");
        assert_eq!(shorten("一、2024年工作回顾"), "一、2024年工作回顾");
    }
}
