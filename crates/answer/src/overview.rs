//! Questions that want to know what the reports say about something: the relevant sentences of several passages, in the
//! order of the report, each cited, without repeats.

use std::collections::HashSet;

use crate::evidence::Scored;

/// Sentences that an overview quotes at most.
const MAX_SENTENCES: usize = 6;
/// How far below the best sentence one may score and still belong.
const REACH: f32 = 7.0;
/// Share of units above which a sentence repeats another.
const REPEAT: f32 = 0.6;
/// Characters of a sentence that the short answer takes.
const SHORT: usize = 60;

/// The sentences of an overview, as indices into the ranked ones, in the order in which the reports have them.
pub(crate) fn sentences(ranked: &[Scored], fitting: impl Fn(&Scored) -> bool) -> Vec<usize> {
    let Some(first) = ranked.iter().position(&fitting) else { return Vec::new() };
    let floor = ranked[first].score - REACH;
    let mut chosen: Vec<usize> = Vec::new();
    for (at, scored) in ranked.iter().enumerate().skip(first) {
        if chosen.len() == MAX_SENTENCES || scored.score < floor {
            break;
        }
        let relevant = scored.feature("topic_in_sentence") >= 0.5;
        let repeats = |other: &usize| overlap(scored, &ranked[*other]) > REPEAT;
        if fitting(scored) && (relevant || at == first) && !chosen.iter().any(repeats) {
            chosen.push(at);
        }
    }
    chosen.sort_by_key(|at| ranked[*at].key());
    chosen
}

/// The share of units that two sentences have in common, of the shorter one.
fn overlap(a: &Scored, b: &Scored) -> f32 {
    let keys = |s: &Scored| -> HashSet<u64> { s.passage.sentences[s.sentence].keys.clone() };
    let (x, y) = (keys(a), keys(b));
    let least = x.len().min(y.len());
    if least == 0 { 1.0 } else { x.intersection(&y).count() as f32 / least as f32 }
}

/// A sentence short enough for the short answer: its first clauses.
pub(crate) fn shortened(sentence: &str) -> String {
    let sentence = sentence.trim().trim_end_matches(['。', '；', '，']);
    if sentence.chars().count() <= SHORT {
        return sentence.to_string();
    }
    let mut out = String::new();
    for clause in sentence.split_inclusive(['，', '；', '、']) {
        if out.chars().count() + clause.chars().count() > SHORT && !out.is_empty() {
            break;
        }
        out.push_str(clause);
    }
    out.chars().take(SHORT).collect::<String>().trim_end_matches(['，', '；', '、']).to_string()
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn long_sentences_end_at_a_clause() {
        let long = "加快建设智能化煤矿，".repeat(20);
        let short = shortened(&long);
        assert!(short.chars().count() <= 60 && short.ends_with("煤矿"), "{short}");
        assert_eq!(shortened("新建煤矿130座。"), "新建煤矿130座");
    }
}
