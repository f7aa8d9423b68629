//! Searching the lexical indexes by BM25, with or without a filter.

use tantivy::postings::Postings;
use tantivy::query::{
    Bm25StatisticsProvider, Bm25Weight, BooleanQuery, BoostQuery, EnableScoring, Occur, Query, TermQuery,
};
use tantivy::schema::Field;
use tantivy::{DocSet, SegmentReader, TERMINATED, Term};

use super::lexical::{Lexical, WITH_FREQUENCIES, at};
use crate::graph::Mask;
use crate::graph::top::{Scored, Top};
use crate::{Error, Grain, Result};

/// Where one entry in so many passes, or fewer, only those are scored: postings of the others are skipped. Where more pass,
/// tantivy's pruning of what cannot be among the best skips more.
const RARE: usize = 6;

/// The terms of a question, weighed by the statistics of all segments together: scores are the same however the entries
/// are spread over segments.
pub(crate) struct Words {
    grain: Grain,
    terms: Vec<Weighed>,
    entries: u64,
    tokens: u64,
}

struct Weighed {
    term: Term,
    weight: f32,
    /// Entries that hold it, in all segments.
    holding: u64,
}

impl Words {
    /// Of a question over these segments. Terms that no entry holds are left out.
    pub fn new(grain: Grain, segments: &[&Lexical], terms: &[(String, f32)]) -> Result<Self> {
        let run = || -> tantivy::Result<Self> {
            let (mut entries, mut tokens) = (0, 0);
            for segment in segments {
                entries += u64::from(segment.counts[at(grain)]);
                tokens += segment.searcher.total_num_tokens(segment.fields[at(grain)])?;
            }
            let Some(field) = segments.first().map(|s| s.fields[at(grain)]) else {
                return Ok(Self { grain, terms: Vec::new(), entries, tokens });
            };
            let mut weighed = Vec::with_capacity(terms.len());
            for (text, weight) in terms {
                let term = Term::from_field_text(field, text);
                let mut holding = 0;
                for segment in segments {
                    holding += segment.searcher.doc_freq(&term)?;
                }
                if holding > 0 {
                    weighed.push(Weighed { term, weight: *weight, holding });
                }
            }
            Ok(Self { grain, terms: weighed, entries, tokens })
        };
        run().map_err(Error::lexical("weighing a question"))
    }
}

impl Bm25StatisticsProvider for Words {
    fn total_num_tokens(&self, _: Field) -> tantivy::Result<u64> {
        Ok(self.tokens)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.entries)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(self.terms.iter().find(|weighed| weighed.term == *term).map_or(0, |weighed| weighed.holding))
    }
}

impl Lexical {
    /// The k best by BM25 of the entries that the mask lets pass and that score above the floor, best first.
    pub fn search(&self, words: &Words, k: usize, floor: f32, mask: Option<&Mask>) -> Result<Vec<Scored>> {
        let entries = self.counts[at(words.grain)] as usize;
        let found = match mask {
            _ if words.terms.is_empty() || entries == 0 => Ok(Vec::new()),
            Some(mask) if mask.count() <= entries / RARE => self.score_passing(words, k, mask),
            _ => self.score_pruning(words, k, floor, mask),
        };
        found.map_err(Error::lexical("searching"))
    }

    /// Block-max WAND: entries that cannot be among the best are passed over, the mask is asked of the others.
    fn score_pruning(&self, words: &Words, k: usize, floor: f32, mask: Option<&Mask>) -> tantivy::Result<Vec<Scored>> {
        let clause = |weighed: &Weighed| {
            let query: Box<dyn Query> = Box::new(TermQuery::new(weighed.term.clone(), WITH_FREQUENCIES));
            (Occur::Should, Box::new(BoostQuery::new(query, weighed.weight)) as Box<dyn Query>)
        };
        let query = BooleanQuery::new(words.terms.iter().map(clause).collect());
        let weight = query.weight(EnableScoring::enabled_from_statistics_provider(words, &self.searcher))?;
        let (base, mut top) = (self.base(words.grain), Top::new(k));
        for segment in self.searcher.segment_readers() {
            let mut collect = |document: u32, score: f32| {
                let ordinal = document - base;
                if score > top.threshold() && mask.is_none_or(|mask| mask.contains(ordinal)) {
                    top.push(score, ordinal);
                }
                top.threshold().max(floor)
            };
            weight.for_each_pruning(floor, segment, &mut collect)?;
        }
        Ok(top.into_sorted())
    }

    /// Scores what passes and nothing else: each term's postings are followed from one passing entry to the next.
    fn score_passing(&self, words: &Words, k: usize, mask: &Mask) -> tantivy::Result<Vec<Scored>> {
        let passing: Vec<u32> = mask.iter().collect();
        let mut scores = vec![0.0f32; passing.len()];
        for segment in self.searcher.segment_readers() {
            for weighed in &words.terms {
                self.add_term(words, weighed, segment, &passing, &mut scores)?;
            }
        }
        let mut top = Top::new(k);
        for (&ordinal, &score) in passing.iter().zip(&scores) {
            if score > 0.0 && score > top.threshold() {
                top.push(score, ordinal);
            }
        }
        Ok(top.into_sorted())
    }

    /// Adds what a term is worth to the scores of those passing entries that hold it.
    fn add_term(
        &self,
        words: &Words,
        weighed: &Weighed,
        segment: &SegmentReader,
        passing: &[u32],
        scores: &mut [f32],
    ) -> tantivy::Result<()> {
        let (field, base) = (self.fields[at(words.grain)], self.base(words.grain));
        let Some(mut postings) = segment.inverted_index(field)?.read_postings(&weighed.term, WITH_FREQUENCIES)? else {
            return Ok(());
        };
        let lengths = segment.get_fieldnorms_reader(field)?;
        let average = words.tokens as f32 / words.entries as f32;
        let bm25 =
            Bm25Weight::for_one_term_without_explain(weighed.holding, words.entries, average).boost_by(weighed.weight);
        let (mut document, mut next) = (postings.doc(), 0);
        while document != TERMINATED {
            next += ahead(&passing[next..], document - base);
            let Some(&ordinal) = passing.get(next) else { break };
            let wanted = base + ordinal;
            if document < wanted {
                document = postings.seek(wanted);
            }
            if document == wanted {
                scores[next] += bm25.score(lengths.fieldnorm_id(document), postings.term_freq());
                document = postings.advance();
                next += 1;
            }
        }
        Ok(())
    }
}

/// How many of the ascending numbers are below `limit`: by leaps that double, as most often it is only a few.
fn ahead(numbers: &[u32], limit: u32) -> usize {
    let mut leap = 1;
    while leap < numbers.len() && numbers[leap] < limit {
        leap *= 2;
    }
    let from = leap / 2;
    from + numbers[from..numbers.len().min(leap + 1)].partition_point(|&number| number < limit)
}

#[cfg(test)]
mod tests {
    use super::super::lexical::Builder;
    use super::*;

    #[test]
    fn leaps_end_where_a_plain_count_does() {
        let numbers: Vec<u32> = (0..40).map(|n| n * 3).collect();
        for length in [0, 1, 2, 3, 17, 40] {
            for limit in 0..130 {
                let plain = numbers[..length].iter().filter(|&&n| n < limit).count();
                assert_eq!(ahead(&numbers[..length], limit), plain, "{length} {limit}");
            }
        }
    }

    #[test]
    fn what_passes_scores_the_same_either_way() {
        let mut builder = Builder::new().unwrap();
        let words = ["煤矿", "粮食", "就业", "智能", "收入", "产量", "增长"];
        let text = |number: usize| (0..3 + number % 9).map(move |at| words[(number * (at + 3) + at * at) % 7]);
        for number in 0..3000 {
            builder.add_passage(text(number)).unwrap();
            builder.add_sentence(text(number + 5));
        }
        let lexical = builder.finish().unwrap();
        let question: Vec<(String, f32)> =
            [("煤矿", 1.0), ("产量", 0.5), ("增长", 2.0), ("无此", 1.0)].map(|(w, by)| (w.to_owned(), by)).into();
        for grain in [Grain::Passage, Grain::Sentence] {
            let weighed = Words::new(grain, &[&lexical], &question).unwrap();
            for share in [1, 2, 7, 50, 400, 5000] {
                let mask =
                    Mask::new(3000, |ordinal| ordinal.wrapping_mul(2_654_435_761) >> 8 & 0xffff < 65_536 / share);
                let pruned = lexical.score_pruning(&weighed, 20, f32::NEG_INFINITY, Some(&mask)).unwrap();
                let passing = lexical.score_passing(&weighed, 20, &mask).unwrap();
                assert_eq!(pruned.len(), passing.len(), "1 in {share}");
                for (a, b) in pruned.iter().zip(&passing) {
                    assert!((a.score - b.score).abs() < 1e-4 && mask.contains(b.ordinal), "1 in {share}: {a:?} {b:?}");
                }
            }
        }
    }
}
