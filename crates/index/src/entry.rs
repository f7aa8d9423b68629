//! What a passage and each of its sentences say to the searches, for stores that keep it elsewhere: the words that are
//! found, and what filters ask. A segment of this crate's own index holds the same.

use std::collections::BTreeMap;

use tantivy::fieldnorm::FieldNormReader;
use wenbao_report::{Meta, Passage, Period, Region, Status};

use crate::grain::{Contexts, slice};
use crate::terms::terms;

/// BM25's saturation of repeated words, as tantivy has it.
const K1: f32 = 1.2;
/// BM25's share of the length, as tantivy has it.
const B: f32 = 0.75;
/// Lengths that BM25 tells apart: long ones are rounded down to one of them.
const LENGTHS: usize = 256;

/// One entry of a grain.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Each different word, with how often it stands there.
    pub terms: BTreeMap<String, u32>,
    /// All words, repeated ones too.
    pub tokens: u32,
    /// The length as BM25 counts it: one of 256, for [`Bm25::norms`].
    pub norm: u8,
    /// First and last year that it speaks of; none where it has no period.
    pub years: Option<(i16, i16)>,
    /// Bits of [`statuses`].
    pub statuses: u8,
    /// What it is about.
    pub region: Option<Region>,
}

/// The entry of a passage, and those of its sentences.
#[derive(Debug, Clone, PartialEq)]
pub struct Entries {
    /// Of the passage.
    pub passage: Entry,
    /// Of its sentences, in their order.
    pub sentences: Vec<Entry>,
}

/// The entries of a document's passages, in their order.
pub fn entries(meta: &Meta, passages: &[Passage]) -> Vec<Entries> {
    let mut contexts = Contexts::default();
    passages.iter().map(|passage| of_passage(meta, passage, &mut contexts)).collect()
}

fn of_passage(meta: &Meta, passage: &Passage, contexts: &mut Contexts) -> Entries {
    let context = contexts.terms(Some(meta), passage);
    let region = passage.region.as_ref().or(meta.region.as_ref());
    let entry = |text: &str, facts: Facts| {
        let mut counted = BTreeMap::new();
        let own = terms(text);
        let tokens = (own.len() + context.len()) as u32;
        for term in own.iter().chain(&context) {
            *counted.entry(term.clone()).or_default() += 1;
        }
        let norm = FieldNormReader::fieldnorm_to_id(tokens);
        Entry { terms: counted, tokens, norm, years: facts.years, statuses: facts.statuses, region: region.cloned() }
    };
    let (whole, each) = facts(passage);
    let sentences = passage.sentences.iter().zip(each);
    let sentences = sentences.map(|(sentence, facts)| entry(slice(&passage.text, &sentence.range), facts)).collect();
    Entries { passage: entry(&passage.text, whole), sentences }
}

/// What filters ask of an entry, but for its region.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// First and last year.
    pub years: Option<(i16, i16)>,
    /// Bits of [`status_bit`].
    pub statuses: u8,
}

/// Those of a passage, which has its sentences' too, and of each sentence.
pub(crate) fn facts(passage: &Passage) -> (Facts, Vec<Facts>) {
    let mut whole = Facts { years: span(passage.period), statuses: status_bit(passage.status) };
    let each = passage.sentences.iter().map(|sentence| {
        let years = span(sentence.period.or(passage.period));
        let statuses = status_bit(sentence.status.or(passage.status));
        whole.years = match (whole.years, years) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
        whole.statuses |= statuses;
        Facts { years, statuses }
    });
    let each = each.collect();
    (whole, each)
}

fn span(period: Option<Period>) -> Option<(i16, i16)> {
    let (from, to) = period?.year_span()?;
    Some((i16::try_from(from).ok()?, i16::try_from(to).ok()?))
}

fn status_bit(status: Option<Status>) -> u8 {
    match status {
        None => 0,
        Some(Status::Actual) => 1,
        Some(Status::Estimated) => 2,
        Some(Status::Target) => 4,
    }
}

/// The bits of statuses: an entry passes a filter that shares one with it.
pub fn statuses(of: &[Status]) -> u8 {
    of.iter().fold(0, |bits, &status| bits | status_bit(Some(status)))
}

/// BM25 by the statistics of one grain: a term that stands `count` times in an entry of length `norm` adds
/// `weight × count / (count + norms[norm])` to its score.
#[derive(Debug, Clone)]
pub struct Bm25 {
    entries: u64,
    /// What each length adds below the line.
    pub norms: [f32; LENGTHS],
}

impl Bm25 {
    /// Of so many entries with so many words together.
    pub fn new(entries: u64, tokens: u64) -> Self {
        let average = tokens as f32 / entries as f32;
        let mut norms = [0.0; LENGTHS];
        for (id, norm) in (0..=u8::MAX).zip(&mut norms) {
            *norm = K1 * (1.0 - B + B * FieldNormReader::id_to_fieldnorm(id) as f32 / average);
        }
        Self { entries, norms }
    }

    /// The weight of a term that stands in `holding` of the entries, times what the question makes of it.
    pub fn weight(&self, holding: u64, boost: f32) -> f32 {
        let rarity = (self.entries.saturating_sub(holding) as f32 + 0.5) / (holding as f32 + 0.5);
        (1.0 + rarity).ln() * (1.0 + K1) * boost
    }

    /// What the term adds to an entry's score.
    pub fn score(&self, weight: f32, norm: u8, count: u32) -> f32 {
        weight * (count as f32 / (count as f32 + self.norms[usize::from(norm)]))
    }
}

#[cfg(test)]
mod tests {
    use tantivy::query::Bm25Weight;
    use wenbao_report::Sentence;

    use super::*;

    #[test]
    fn scores_are_those_of_the_lexical_index() {
        for (entries, tokens, holding, boost) in [(10, 300, 1, 1.0), (40_000, 1_234_567, 20_000, 0.4), (3, 9, 3, 2.0)] {
            let ours = Bm25::new(entries, tokens);
            let theirs = Bm25Weight::for_one_term_without_explain(holding, entries, tokens as f32 / entries as f32)
                .boost_by(boost);
            let weight = ours.weight(holding, boost);
            for norm in [0, 1, 30, 90, 255] {
                for count in [1, 2, 17] {
                    let (a, b) = (ours.score(weight, norm, count), theirs.score(norm, count));
                    assert!((a - b).abs() <= b.abs() * 1e-6, "{entries} {norm} {count}: {a} {b}");
                }
            }
        }
    }

    #[test]
    fn a_passage_has_the_years_and_statuses_of_its_sentences_and_all_have_its_headings() {
        let meta = Meta { region: Some(Region("山西".into())), ..Meta::default() };
        let passage = Passage {
            text: "建成煤矿。新建公园。".into(),
            section: vec!["工作安排".into()],
            status: Some(Status::Actual),
            sentences: vec![
                Sentence { range: 0..5, period: Some(Period::year(2024)), ..Sentence::default() },
                Sentence {
                    range: 5..10,
                    period: Some(Period::year(2026)),
                    status: Some(Status::Target),
                    ..Sentence::default()
                },
            ],
            ..Passage::default()
        };
        let all = entries(&meta, &[passage]);
        let Entries { passage, sentences } = &all[0];
        assert_eq!(passage.years, Some((2024, 2026)));
        assert_eq!(passage.statuses, statuses(&[Status::Actual, Status::Target]));
        assert_eq!(sentences.iter().map(|s| s.years).collect::<Vec<_>>(), [Some((2024, 2024)), Some((2026, 2026))]);
        assert_eq!(sentences[0].statuses, statuses(&[Status::Actual]));
        for entry in sentences.iter().chain([passage]) {
            assert!(entry.terms.contains_key("安排") && entry.region == meta.region, "{entry:?}");
            assert_eq!(entry.tokens, entry.terms.values().sum::<u32>());
        }
        assert!(sentences[0].terms.contains_key("煤矿") && !sentences[1].terms.contains_key("煤矿"));
    }
}
