//! Answers that are words: times, names and lists, taken verbatim out of a sentence.
//!
//! A name answers where the question has its question word: what stands beside it in the question stands beside
//! the name in the sentence ("太钢集团和哪家央企联合重组" against "太钢集团与中国宝武联合重组"). So each sentence is aligned with
//! the question, and the stretches that the question does not hold are the candidates.

mod edges;
pub(crate) mod list;
pub(crate) mod time;

use std::collections::HashSet;
use std::ops::Range;

use regex::Regex;

use crate::evidence::{Probe, Scored};
use crate::values::clause_around;
use crate::view::SentenceView;

/// A phrase of a sentence as a candidate answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    /// Where it stands in the sentence, in Unicode scalar values.
    pub range: Range<usize>,
    /// Higher is better; comparable within one sentence.
    pub score: f32,
    /// How far its form is what was asked for, 0–1: a name of the class, a list of the length, a time. What the
    /// confidence sees of an answer that is words.
    pub form: f32,
}

/// No short answer is longer.
pub(crate) const MAX_ANSWER: usize = 60;

fn find(pattern: &Regex, chars: &[char]) -> Vec<Range<usize>> {
    let text: String = chars.iter().collect();
    pattern
        .find_iter(&text)
        .map(|m| {
            let start = text[..m.start()].chars().count();
            start..start + m.as_str().chars().count()
        })
        .collect()
}

/// For each character of a sentence, whether the question holds it too, as part of at least two characters in a row.
fn aligned(question: &[char], sentence: &[char]) -> Vec<bool> {
    let pairs: HashSet<(char, char)> = question.windows(2).map(|w| (w[0], w[1])).collect();
    let mut held = vec![false; sentence.len()];
    for (at, pair) in sentence.windows(2).enumerate() {
        if pair.iter().all(|c| c.is_alphanumeric()) && pairs.contains(&(pair[0], pair[1])) {
            held[at] = true;
            held[at + 1] = true;
        }
    }
    held
}

/// The clauses of a sentence, in order; one between two marks side by side is empty.
fn clauses(chars: &[char]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        (at < chars.len()).then(|| {
            let clause = clause_around(chars, &(at..at));
            at = clause.end + 1;
            clause
        })
    })
}

/// The units that stand within a part of the sentence.
fn keys_within(view: &SentenceView, part: &Range<usize>) -> HashSet<u64> {
    view.grams.iter().filter(|g| g.range.start >= part.start && g.range.end <= part.end).map(|g| g.key).collect()
}

/// The share of the question's words, by weight, that stand within a part of the sentence, 0–1.
fn share(probe: &Probe, view: &SentenceView, part: &Range<usize>) -> f32 {
    let keys = keys_within(view, part);
    probe.question.coverage(|k| keys.contains(&k))
}

/// The clause of a sentence that shares most with the question, with its neighbour where alone it is too short to
/// be understood: what is answered where no shorter phrase is certain.
pub(crate) fn clause(probe: &Probe, scored: &Scored) -> Span {
    let view = &scored.passage.sentences[scored.sentence];
    let chars = &view.chars;
    let mut best = Span { range: 0..chars.len().min(MAX_ANSWER), score: f32::MIN, form: 0.0 };
    for clause in clauses(chars).filter(|clause| !clause.is_empty()) {
        let score = share(probe, view, &clause) + if clause.len() < 6 { -0.2 } else { 0.0 };
        if score > best.score {
            best = Span { range: clause.start..clause.end.min(clause.start + MAX_ANSWER), score, form: 0.0 };
        }
    }
    best
}

#[cfg(test)]
mod testing {
    use std::ops::Range;

    pub fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    pub fn words(text: &str, ranges: &[Range<usize>]) -> Vec<String> {
        let chars = chars(text);
        ranges.iter().map(|r| chars[r.clone()].iter().collect()).collect()
    }
}
