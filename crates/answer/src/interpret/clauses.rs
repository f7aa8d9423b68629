//! "2024年改了多少座户厕，2025年还要改多少座": every clause that asks for a value of its own is a cell; it takes what it leaves
//! out from the first.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use wenbao_report::Status;

use super::Clock;
use super::analysis::Analysis;
use super::asked::{self, Ask};
use super::cells::{Part, Split};
use super::follow_up;
use super::model::Asked;
use super::normalise::regex;
use super::status;
use super::topic::topic;
use super::words::{ends_with, longest_end, words};

/// "去年的GDP是多少？今年目标呢": a clause that only leans on the one that asks.
fn leaning(analysis: &Analysis, asking: usize) -> Option<Split> {
    let asked = &analysis.text[..analysis.clauses[asking].end];
    let rest = &analysis.clauses[asking + 1..];
    if rest.is_empty() || !rest.iter().all(|clause| analysis.text[clause.clone()].ends_with('呢')) {
        return None;
    }
    let mut parts = vec![Part { label: String::new(), text: asked.to_string() }];
    for clause in rest {
        let text = follow_up::whole(asked, &analysis.text[clause.clone()], &analysis.clock).0;
        parts.push(Part { label: String::new(), text });
    }
    for (part, clause) in parts.iter_mut().zip(std::iter::once(&analysis.clauses[asking]).chain(rest)) {
        part.label = words_in(analysis.times.iter().map(|t| &t.range), clause, analysis);
    }
    if parts.iter().any(|part| part.label.is_empty()) {
        label_anew(&mut parts, &analysis.clock);
    }
    Some((parts, None))
}

/// "2024年改了多少座户厕，2025年还要改多少座": every clause that asks for a value of its own.
pub(super) fn split(analysis: &Analysis) -> Option<Split> {
    let asking: Vec<(usize, &Ask)> = analysis
        .clauses
        .iter()
        .enumerate()
        .filter_map(|(i, clause)| Some((i, analysis.asks_in(clause).find(|ask| asks_for_a_value(ask.asked))?)))
        .collect();
    if asking.len() < 2 {
        return leaning(analysis, asking.first()?.0);
    }
    let (first, first_ask) = asking[0];
    let first_clause = &analysis.clauses[first];
    let lead = if first > 0 { &analysis.text[..analysis.clauses[first - 1].end] } else { "" };
    let object = asked::object(&analysis.masked[first_ask.range.end..first_clause.end]);
    let object_text = analysis.text[first_ask.range.end..first_clause.end].trim();
    // What stands before the first question is said of all of them.
    let told = first > 0 && topic(analysis, &(0..analysis.clauses[first - 1].end)).chars().count() > 1;
    let shared = if object.is_empty() && !told { shared_topic(analysis, first_clause) } else { String::new() };
    let first_time = words_in(analysis.times.iter().map(|t| &t.range), first_clause, analysis);
    let first_region = words_in(analysis.subject_names().iter().map(|n| &n.range), first_clause, analysis);

    let mut parts = Vec::new();
    let mut from = first;
    for (i, ask) in asking {
        let own_range = analysis.clauses[from].start..analysis.clauses[i].end;
        let clause = &analysis.clauses[i];
        let mut own = analysis.text[own_range.clone()].to_string();
        if i > first {
            let own_object = asked::object(&analysis.masked[ask.range.end..clause.end]);
            let own_topic = topic(analysis, &own_range);
            let alone = stands_alone(&own_topic);
            if own_object.is_empty() && !object.is_empty() && ask.asked.is_quantity() && !alone {
                own.insert_str(ask.range.end - own_range.start, object_text);
            }
            let mut head = String::new();
            if !analysis.names.iter().any(|n| own_range.contains(&n.range.start)) {
                head.push_str(&first_region);
            }
            if !analysis.times.iter().any(|t| own_range.contains(&t.range.start)) {
                head.push_str(&first_time);
            }
            if !alone && !shared.is_empty() && !lead.contains(&shared) {
                head.push_str(&shared);
                // "人口自然增长率" + "到1997年实际降到了多少": a comma keeps the words apart.
                head.push('，');
            }
            own = format!("{head}{own}");
        }
        let text = if lead.is_empty() { own } else { format!("{lead}，{own}") };
        let label = words_in(analysis.times.iter().map(|t| &t.range), &own_range, analysis);
        let label = label.trim_start_matches(['到', '至', '在', '从']).to_string();
        parts.push(Part { label, text });
        from = i + 1;
    }
    if parts.iter().any(|part| part.label.is_empty()) || parts.iter().all(|part| part.label == parts[0].label) {
        label_anew(&mut parts, &analysis.clock);
    }
    Some((parts, None))
}

/// Where the times do not tell the cells apart, plan and result do, or what each is about.
fn label_anew(parts: &mut [Part], clock: &Clock) {
    let read: Vec<Analysis> = parts.iter().map(|part| Analysis::new(&part.text, clock)).collect();
    let statuses: Vec<_> = read.iter().map(|part| status::settle(&part.cues).map(|cue| cue.status)).collect();
    let apart = statuses.iter().any(|status| *status != statuses[0]);
    for ((part, read), status) in parts.iter_mut().zip(&read).zip(&statuses) {
        part.label = match status {
            Some(Status::Target) if apart => "计划".into(),
            Some(_) if apart => "实际".into(),
            _ => topic(read, &(0..read.text.len())),
        };
    }
}

/// Whether a clause has a topic of its own, or only says what is done with the one before: 基本建成, 占世界的比重.
fn stands_alone(own: &str) -> bool {
    let words = &words().names;
    if words.dependent_heads.iter().any(|head| own.starts_with(head.as_str())) || ends_with(own, &words.dependent_tails)
    {
        return false;
    }
    let mut rest = own;
    while let Some(verb) = longest_end(rest, &words.verbs) {
        rest = &rest[..rest.len() - verb.len()];
    }
    rest.chars().count() > 1
}

fn asks_for_a_value(asked: Asked) -> bool {
    !matches!(asked, Asked::Overview | Asked::YesNo | Asked::Manner)
}

fn words_in<'a>(
    mut ranges: impl Iterator<Item = &'a Range<usize>>,
    within: &Range<usize>,
    analysis: &Analysis,
) -> String {
    ranges.find(|r| within.contains(&r.start)).map_or_else(String::new, |r| analysis.text[r.clone()].to_string())
}

/// What a clause says before its own verb: the part that the next clause leaves out.
fn shared_topic(analysis: &Analysis, clause: &Range<usize>) -> String {
    static HELD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "把(?P<held>[^，？。]{2,20}?)(?:[压降提控增减缩扩做建改升拉稳收放调]|提高|控制|压减|降低|提升)(?:到|至|在|成|低|高|短|大|小|上)",
        )
    });
    if let Some(held) = HELD.captures(&analysis.text[clause.clone()]).and_then(|hit| hit.name("held")) {
        return held.as_str().to_string();
    }
    let until = analysis
        .cues
        .iter()
        .map(|cue| cue.range.start)
        .chain(analysis.asks.iter().map(|ask| ask.range.start))
        .filter(|at| clause.contains(at))
        .min()
        .unwrap_or(clause.end);
    let before = topic(analysis, &(clause.start..until));
    let before = if before.chars().count() >= 2 { before } else { topic(analysis, clause) };
    // "保障性住房新开工多少套，基本建成多少套": the verb is not shared.
    let verb = longest_end(&before, &words().names.verbs).filter(|verb| before.len() >= verb.len() + 6);
    verb.map_or(before.clone(), |verb| before[..before.len() - verb.len()].to_string())
}
