//! One committed generation of the index, with what the answerer derives from it: how rare each unit is, and the
//! units of each sentence, computed when first looked at.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use wenbao_index::{PassageRecord, Snapshot};
use wenbao_report::{Period, Status};

use crate::error::Error;
use crate::grams::{Gram, Rarity, fold_char, grams};
use crate::interpret::Speller;

/// Sentences that the statistics are counted over, at most: more of them change no weight that matters.
const SAMPLE_PASSAGES: usize = 30_000;

/// A sentence prepared for comparing.
pub(crate) struct SentenceView {
    /// Its characters, folded one to one, so that positions are positions in the passage's text minus `start`.
    pub chars: Vec<char>,
    /// Where it stands in the passage's text.
    pub range: Range<usize>,
    /// Its units in order.
    pub grams: Vec<Gram>,
    /// The distinct keys of `grams`.
    pub keys: HashSet<u64>,
    /// The distinct units of what each of its quantities measures.
    pub measures: Vec<HashSet<u64>>,
    /// What it speaks of: its own period, or else that of the passage.
    pub period: Option<Period>,
    /// Result or plan: its own, or else that of the passage.
    pub status: Option<Status>,
}

impl SentenceView {
    /// A range of the passage's text as one of this sentence's characters, cut to it.
    pub fn within(&self, range: &Range<usize>) -> Range<usize> {
        let start = range.start.saturating_sub(self.range.start).min(self.chars.len());
        start..range.end.saturating_sub(self.range.start).clamp(start, self.chars.len())
    }
}

/// A passage prepared for comparing.
pub(crate) struct PassageView {
    /// The stored passage.
    pub record: Arc<PassageRecord>,
    /// Its sentences.
    pub sentences: Vec<SentenceView>,
    /// Distinct units of the text.
    pub keys: HashSet<u64>,
    /// Distinct units of its headings.
    pub heading_keys: HashSet<u64>,
}

impl PassageView {
    fn new(record: Arc<PassageRecord>) -> Self {
        let passage = &record.passage;
        let chars: Vec<char> = passage.text.chars().collect();
        let sentences = passage
            .sentences
            .iter()
            .map(|sentence| {
                let end = sentence.range.end.min(chars.len());
                let range = sentence.range.start.min(end)..end;
                let text: String = chars[range.clone()].iter().collect();
                let grams = grams(&text);
                SentenceView {
                    chars: chars[range.clone()].iter().copied().map(fold_char).collect(),
                    range,
                    keys: grams.iter().map(|g| g.key).collect(),
                    measures: sentence.quantities.iter().map(|q| keys(&q.measure)).collect(),
                    grams,
                    period: sentence.period.or(passage.period),
                    status: sentence.status.or(passage.status),
                }
            })
            .collect();
        let (keys, heading_keys) = (keys(&passage.text), keys(&passage.section.join(" ")));
        Self { record, sentences, keys, heading_keys }
    }

    /// The words of a sentence, as the passage has them.
    pub fn sentence_text(&self, sentence: usize) -> &str {
        slice(&self.record.passage.text, &self.sentences[sentence].range)
    }
}

/// The distinct units of a text.
pub(crate) fn keys(text: &str) -> HashSet<u64> {
    grams(text).into_iter().map(|g| g.key).collect()
}

/// The part of `text` between two positions counted in Unicode scalar values.
pub(crate) fn slice<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    let mut bytes = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = bytes.nth(range.start).unwrap_or(text.len());
    let end = match range.len() {
        0 => start,
        n => bytes.nth(n - 1).unwrap_or(text.len()),
    };
    &text[start..end]
}

/// A snapshot and what is derived from it.
pub(crate) struct View {
    /// The committed generation.
    pub snapshot: Arc<Snapshot>,
    /// How rare each unit is.
    pub rarity: Rarity,
    /// Repair of typing errors against the corpus's own words.
    pub speller: Speller,
    passages: Vec<OnceLock<Arc<PassageView>>>,
}

impl View {
    /// Counts the statistics of a generation.
    ///
    /// # Errors
    /// When a passage cannot be read from the index.
    pub fn new(snapshot: Arc<Snapshot>) -> Result<Self, Error> {
        let step = snapshot.len().div_ceil(SAMPLE_PASSAGES).max(1);
        let mut texts = Vec::new();
        for row in snapshot.rows().step_by(step) {
            texts.push(snapshot.passage(row)?);
        }
        let slots = snapshot.rows().max().map_or(0, |last| last as usize + 1);
        let sentences = texts
            .iter()
            .flat_map(|record| record.passage.sentences.iter().map(|s| slice(&record.passage.text, &s.range)));
        let rarity = Rarity::of(sentences);
        let speller = Speller::new(texts.iter().map(|record| record.passage.text.as_str()));
        Ok(Self { rarity, speller, passages: (0..slots).map(|_| OnceLock::new()).collect(), snapshot })
    }

    /// A passage prepared for comparing.
    ///
    /// # Errors
    /// When the passage cannot be read from the index.
    pub fn passage(&self, row: u32) -> Result<Arc<PassageView>, Error> {
        let Some(slot) = self.passages.get(row as usize) else {
            return Ok(Arc::new(PassageView::new(self.snapshot.passage(row)?)));
        };
        if let Some(view) = slot.get() {
            return Ok(view.clone());
        }
        let view = Arc::new(PassageView::new(self.snapshot.passage(row)?));
        Ok(slot.get_or_init(|| view).clone())
    }
}
