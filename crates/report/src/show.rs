//! The outline as a tree, for a person who wants to check the reading at a glance.

use std::fmt::Write;

use crate::model::{Document, Heading, Hedge, Passage, Period, Quantity, Status, Trend};
use crate::outline::ITEM_LEVEL;

/// The outline of a document as an indented tree: each heading with its period, status and counts of passages and
/// quantities; with `passages` each passage below its heading, with its quantities.
pub fn render(document: &Document, passages: bool) -> String {
    let mut out = String::new();
    head(&mut out, document);
    let mut all_items: Vec<&Heading> = document.outline.iter().filter(|h| h.level == ITEM_LEVEL).collect();
    all_items.sort_by_key(|item| item.source_range.start);
    let mut shown: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < document.passages.len() {
        let section = &document.passages[at].section;
        let end = at + document.passages[at..].iter().take_while(|p| p.section == *section).count();
        let common = shown.iter().zip(section).take_while(|(a, b)| **a == b.as_str()).count();
        for (depth, heading) in section.iter().enumerate().skip(common) {
            let inside: Vec<&Passage> = document.passages[at..]
                .iter()
                .take_while(|p| p.section.len() > depth && p.section[..=depth] == section[..=depth])
                .collect();
            let _ = writeln!(out, "{}{heading}  [{}]", "  ".repeat(depth), facts(&inside));
        }
        shown = section.iter().map(String::as_str).collect();
        if section.is_empty() {
            let inside: Vec<&Passage> = document.passages[at..end].iter().collect();
            let _ = writeln!(out, "(no heading)  [{}]", facts(&inside));
        }
        items(&mut out, &all_items, &document.passages[at..end], section.len().max(1));
        if passages {
            document.passages[at..end].iter().for_each(|p| passage(&mut out, p, section.len().max(1)));
        }
        at = end;
    }
    out
}

fn head(out: &mut String, document: &Document) {
    let meta = &document.meta;
    let unknown = || "-".to_owned();
    let _ = writeln!(out, "{}", meta.title.clone().unwrap_or_else(|| "(no title)".to_owned()));
    let _ = writeln!(
        out,
        "{:?} | region {} | session {} | date {} | speaker {} | plan year {} | {} passages | {} characters",
        meta.doc_type,
        if meta.places.is_empty() { unknown() } else { meta.places.join(" ") },
        meta.session.clone().unwrap_or_else(unknown),
        meta.date.clone().unwrap_or_else(unknown),
        meta.speaker.clone().unwrap_or_else(unknown),
        meta.year.map_or_else(unknown, |y| y.to_string()),
        document.passages.len(),
        document.text.chars().count(),
    );
    for (name, said) in
        [("number", &meta.number), ("issuer", &meta.issuer), ("from", &meta.effective), ("until", &meta.expires)]
    {
        if let Some(said) = said {
            let _ = writeln!(out, "{name} {said}");
        }
    }
    for warning in &meta.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
}

/// "2025 target, 3 passages, 12 quantities"; several periods where the passages differ.
fn facts(passages: &[&Passage]) -> String {
    let mut contexts: Vec<String> = passages.iter().map(|p| context(p.period, p.status)).collect();
    contexts.dedup();
    let more = contexts.len().saturating_sub(2);
    let mut said = contexts.iter().take(2).cloned().collect::<Vec<_>>().join(" / ");
    if more > 0 {
        said.push_str(" / …");
    }
    let quantities: usize = passages.iter().flat_map(|p| &p.sentences).map(|s| s.quantities.len()).sum();
    format!("{said}, {} passages, {quantities} quantities", passages.len())
}

/// The items of lists that stand in the text of `passages`, each with the number of its quantities. `items` are all of the
/// document's, in the order of its text, as its passages are.
fn items(out: &mut String, items: &[&Heading], passages: &[Passage], depth: usize) {
    for (at, holder) in passages.iter().enumerate() {
        let from = items.partition_point(|item| item.source_range.start < holder.source_range.start);
        for item in items[from..].iter().take_while(|item| item.source_range.start < holder.source_range.end) {
            let inside = |p: &Passage, q: &Quantity| item.source_range.contains(&p.source_of(q.range.clone()).start);
            let quantities: usize = passages[at..]
                .iter()
                .take_while(|p| p.source_range.start < item.source_range.end)
                .map(|p| p.sentences.iter().flat_map(|s| &s.quantities).filter(|q| inside(p, q)).count())
                .sum();
            let _ = writeln!(out, "{}· {}  [{quantities} quantities]", "  ".repeat(depth), item.text);
        }
    }
}

fn context(period: Option<Period>, status: Option<Status>) -> String {
    let status = match status {
        Some(Status::Actual) => "actual",
        Some(Status::Estimated) => "estimated",
        Some(Status::Target) => "target",
        None => "status ?",
    };
    format!("{} {status}", span(period))
}

fn span(period: Option<Period>) -> String {
    let Some(Period { from, to }) = period else {
        return "time ?".to_owned();
    };
    match (from, to) {
        (Some(a), Some(b)) if a == b => a.to_string(),
        (a, b) => format!(
            "{}..{}",
            a.map_or_else(String::new, |m| m.to_string()),
            b.map_or_else(String::new, |m| m.to_string())
        ),
    }
}

fn passage(out: &mut String, passage: &Passage, depth: usize) {
    let indent = "  ".repeat(depth);
    let page = passage.page.map_or_else(String::new, |p| format!(" page {p}"));
    let range = &passage.source_range;
    let _ = writeln!(out, "{indent}¶ {}..{}{page}  {}", range.start, range.end, passage.text);
    for sentence in &passage.sentences {
        for q in &sentence.quantities {
            let context = context(q.period.or(sentence.period), q.status.or(sentence.status));
            let _ = writeln!(out, "{indent}    {}  {}  [{context}]", q.measure, value(q));
        }
    }
}

fn value(q: &Quantity) -> String {
    let upper = q.upper.map_or_else(String::new, |u| format!("–{u}"));
    let hedge = match q.hedge {
        Some(Hedge::About) => " about",
        Some(Hedge::AtLeast) => " at least",
        Some(Hedge::AtMost) => " at most",
        Some(Hedge::Nearly) => " nearly",
        Some(Hedge::Strive) => " striven for",
        None => "",
    };
    let trend = match q.trend {
        Some(Trend::Up) => " up",
        Some(Trend::Down) => " down",
        Some(Trend::Share) => " share",
        None => "",
    };
    let earlier = if q.earlier { " (before)" } else { "" };
    format!("= {}{upper} {}{hedge}{trend}{earlier}  “{}”", q.value, q.unit, q.text)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    #[test]
    fn a_document_of_headings_is_shown_in_no_time() {
        let line =
            |n: usize| format!("（一）抓第{n}件实事\n办好{n}件。一是新建食堂5个。二是送戏下乡。三是新建书房。\n");
        let report: String = (0..4_000).map(line).collect();
        let document = crate::read_bytes(report.as_bytes(), None).unwrap();
        let started = Instant::now();
        let tree = super::render(&document, true);
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert!(tree.matches("· 一是新建食堂5个").count() == 4_000, "{}", &tree[..500]);
    }

    #[test]
    fn the_tree_shows_headings_with_period_status_and_counts() {
        let report = "一、2024年工作回顾\n建成煤矿268座。\n二、2025年工作安排\n（一）抓投资\n新建煤矿130座左右。\n";
        let document = crate::read_bytes(report.as_bytes(), None).unwrap();
        let tree = super::render(&document, false);
        assert!(tree.contains("一、2024年工作回顾  [2024 actual, 1 passages, 1 quantities]"), "{tree}");
        assert!(tree.contains("\n  （一）抓投资  [2025 target, 1 passages, 1 quantities]"), "{tree}");
        let list = "一、2025年工作安排\n办好3件实事。一是新建食堂50个、驿站20个。二是送戏下乡1万场。三是新建书房。\n";
        let tree = super::render(&crate::read_bytes(list.as_bytes(), None).unwrap(), false);
        assert!(tree.contains("\n  · 一是新建食堂50个、驿站20个  [2 quantities]\n"), "{tree}");
        assert!(tree.contains("\n  · 三是新建书房  [0 quantities]\n"), "{tree}");
        let full = super::render(&document, true);
        assert!(full.contains("新建煤矿  = 130 座 about  “130座左右”  [2025 target]"), "{full}");
    }
}
