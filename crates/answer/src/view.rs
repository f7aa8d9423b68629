//! One committed generation of the index, with what the answerer derives from it: how rare each unit is, and the
//! units of each sentence, computed when first looked at.
//!
//! The statistics of a generation are those of the one before with the documents that came and went: a commit costs its
//! own size, not the corpus's. What was derived of a passage is kept for the generations that follow, as long as it is
//! looked at.

use std::collections::HashSet;
use std::ops::{Deref, Range};
use std::sync::Arc;

use wenbao_index::{DocumentId, DocumentRecord, Generation, PassageRecord, Recent};
use wenbao_report::{Passage, Period, Status};

use crate::error::Error;
use crate::grams::{Gram, Rarity, fold_char, grams};
use crate::interpret::Speller;

/// Passages that the statistics are counted over, about: more of them change no weight that matters.
const SAMPLE_PASSAGES: usize = 30_000;

/// Passages kept prepared at most: some 20 kB each.
const PREPARED: usize = 2_048;

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
    prepared: Arc<Prepared>,
}

/// What is derived of a passage alone, so that it holds in every generation.
pub(crate) struct Prepared {
    /// Its sentences.
    pub sentences: Vec<SentenceView>,
    /// Distinct units of the text.
    pub keys: HashSet<u64>,
    /// Distinct units of its headings.
    pub heading_keys: HashSet<u64>,
}

impl Deref for PassageView {
    type Target = Prepared;

    fn deref(&self) -> &Prepared {
        &self.prepared
    }
}

impl Prepared {
    fn new(passage: &Passage) -> Self {
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
        Self { sentences, keys: keys(&passage.text), heading_keys: keys(&passage.section.join(" ")) }
    }
}

impl PassageView {
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
    pub snapshot: Arc<dyn Generation>,
    /// How rare each unit is.
    pub rarity: Rarity,
    /// Repair of typing errors against the corpus's own words.
    pub speller: Speller,
    /// Every so many rows are counted.
    step: usize,
    passages: Kept,
}

/// Prepared passages by row, with the name of their document: a row that another truth gave to another is told by it.
type Kept = Arc<Recent<(DocumentId, Arc<Prepared>)>>;

impl View {
    /// Counts the statistics of a generation, from those of the generation `before` where that is less work.
    ///
    /// # Errors
    /// When a passage cannot be read from the index.
    pub fn new(snapshot: Arc<dyn Generation>, before: Option<&Self>) -> Result<Self, Error> {
        match before.and_then(|before| Self::changed(&snapshot, before)) {
            Some(view) => Ok(view),
            None => Self::counted(snapshot, before),
        }
    }

    fn counted(snapshot: Arc<dyn Generation>, before: Option<&Self>) -> Result<Self, Error> {
        let step = step(&*snapshot);
        let rows: Vec<u32> = snapshot.rows().into_iter().filter(|row| (*row as usize).is_multiple_of(step)).collect();
        let passages = snapshot.read_passages(&rows)?;
        let rarity = Rarity::of(passages.iter().flat_map(sentences));
        let speller = Speller::new(passages.iter().map(|passage| passage.text.as_str()));
        let passages = before.map_or_else(|| Arc::new(Recent::new(PREPARED)), |before| Arc::clone(&before.passages));
        Ok(Self { snapshot, rarity, speller, step, passages })
    }

    /// The statistics of `before` with the documents that came and went since; none where so much has changed that all may
    /// as well be counted, or what has gone can be read no more.
    fn changed(snapshot: &Arc<dyn Generation>, before: &Self) -> Option<Self> {
        let (least, step) = (before.step / 2, step(&**snapshot));
        if step < least || step > 2 * before.step {
            return None;
        }
        let gone = lacking(&*before.snapshot, &**snapshot);
        let come = lacking(&**snapshot, &*before.snapshot);
        if gone.iter().chain(&come).map(|d| d.passages).sum::<usize>() > snapshot.len() / 2 {
            return None;
        }
        let (mut rarity, mut speller) = (before.rarity.clone(), before.speller.clone());
        let counted = |documents: Vec<Arc<DocumentRecord>>| {
            let rows = documents.into_iter().flat_map(|d| d.rows());
            rows.filter(|row| (*row as usize).is_multiple_of(before.step)).collect::<Vec<u32>>()
        };
        for passage in before.snapshot.read_passages(&counted(gone)).ok()? {
            sentences(&passage).for_each(|sentence| rarity.remove(sentence));
            speller.remove(&passage.text);
        }
        for passage in snapshot.read_passages(&counted(come)).ok()? {
            sentences(&passage).for_each(|sentence| rarity.add(sentence));
            speller.add(&passage.text);
        }
        rarity.settle();
        speller.settle();
        let (snapshot, passages) = (Arc::clone(snapshot), Arc::clone(&before.passages));
        Some(Self { snapshot, rarity, speller, step: before.step, passages })
    }

    /// A passage prepared for comparing.
    ///
    /// # Errors
    /// When the passage cannot be read from the index.
    pub fn passage(&self, row: u32) -> Result<Arc<PassageView>, Error> {
        let record = self.snapshot.passage(row)?;
        let prepared = match self.passages.get(row) {
            Some((id, prepared)) if id == record.document.id => prepared,
            _ => {
                let prepared = Arc::new(Prepared::new(&record.passage));
                self.passages.put(row, (record.document.id.clone(), Arc::clone(&prepared)));
                prepared
            }
        };
        Ok(Arc::new(PassageView { record, prepared }))
    }
}

/// Every so many rows are counted of a corpus of this size.
fn step(snapshot: &dyn Generation) -> usize {
    snapshot.len().div_ceil(SAMPLE_PASSAGES).max(1)
}

/// The documents of `all` that `other` does not have in the same rows.
fn lacking(all: &dyn Generation, other: &dyn Generation) -> Vec<Arc<DocumentRecord>> {
    let there: HashSet<(&DocumentId, u32)> = other.documents().iter().map(|d| (&d.id, d.first_row)).collect();
    all.documents().iter().filter(|d| !there.contains(&(&d.id, d.first_row))).cloned().collect()
}

/// The words of a passage's sentences.
fn sentences(passage: &Passage) -> impl Iterator<Item = &str> {
    passage.sentences.iter().map(|sentence| slice(&passage.text, &sentence.range))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::PathBuf;

    use wenbao_embed::Vectors;
    use wenbao_index::{Index, ModelStamp, Source, Store};
    use wenbao_report::{Document, Sentence};

    use super::*;

    /// Stores a document of some passages.
    pub(crate) fn put(index: &Index, name: &str, passages: &[&str]) -> DocumentId {
        let passages: Vec<Passage> = passages
            .iter()
            .map(|text| {
                let sentence = Sentence { range: 0..text.chars().count(), ..Sentence::default() };
                Passage { text: (*text).to_owned(), sentences: vec![sentence], ..Passage::default() }
            })
            .collect();
        let vectors = Vectors::from_parts(2, [0.6, 0.8].repeat(passages.len())).unwrap();
        let text: String = passages.iter().map(|p| p.text.as_str()).collect();
        let source = Source { path: PathBuf::from(name), sha256: text.clone(), bytes: 1 };
        let document = Document { text, passages, ..Document::default() };
        index.writer().unwrap().put(&source, &document, &vectors, &vectors).unwrap()
    }

    #[test]
    fn a_generation_counts_what_has_changed_as_if_all_were_counted() {
        let home = tempfile::tempdir().unwrap();
        let stamp = ModelStamp { name: "m".into(), fingerprint: "m".into(), dimensions: 2 };
        let index = Index::open(home.path(), &stamp).unwrap();
        put(&index, "a", &["新建智能化煤矿130座。", "改造管网三千公里。", "建成海外仓。", "新建口袋公园。"]);
        let old = put(&index, "b", &["接待游客八亿人次。"]);
        let first = View::new(index.newest().unwrap(), None).unwrap();
        let prepared = first.passage(0).unwrap().prepared.clone();
        index.writer().unwrap().remove(&old).unwrap();
        put(&index, "c", &["新建智能化煤矿10座，建成充电桩。"]);
        let snapshot = index.newest().unwrap();
        let changed = View::changed(&snapshot, &first).expect("little has changed");
        let counted = View::counted(snapshot, None).unwrap();
        for text in ["新建智能化煤矿130座", "接待游客八亿人次", "建成充电桩", "改造管网"] {
            for key in keys(text) {
                assert_eq!(changed.rarity.idf(key), counted.rarity.idf(key), "{text}");
                assert_eq!(changed.rarity.knows(key), counted.rarity.knows(key), "{text}");
            }
        }
        for question in ["接待游客多少", "充电庄建成几个", "新建口袋公圆", "智能化煤况"] {
            assert_eq!(changed.speller.correct(question), counted.speller.correct(question));
        }
        // What was prepared serves on.
        assert!(Arc::ptr_eq(&changed.passage(0).unwrap().prepared, &prepared));
        assert!(changed.passage(4).is_err());
        assert_eq!(changed.passage(5).unwrap().sentence_text(0), "新建智能化煤矿10座，建成充电桩。");
    }

    /// Sentences of a corpus that changes, every one with words that another has and some of its own.
    fn sentence(number: usize) -> String {
        let things = ["智能化煤矿", "充电桩", "口袋公园", "海外仓", "雨污分流管网", "城镇新增就业", "粮食播种面积"];
        let deeds = ["新建", "改造", "建成", "完成", "稳定在"];
        let own = char::from_u32(0x4e00 + (number as u32 * 37) % 20_000).unwrap_or('一');
        format!("{}{}{own}{}{number}个。", deeds[number % 5], things[number % 7], things[number * 3 % 7])
    }

    #[test]
    fn after_many_commits_removals_and_merges_the_statistics_are_those_counted_afresh() {
        let home = tempfile::tempdir().unwrap();
        let stamp = ModelStamp { name: "m".into(), fingerprint: "m".into(), dimensions: 2 };
        let index = Index::open(home.path(), &stamp).unwrap();
        let texts = |from: usize, count: usize| (from..from + count).map(sentence).collect::<Vec<_>>();
        let store =
            |name: &str, texts: &[String]| put(&index, name, &texts.iter().map(String::as_str).collect::<Vec<_>>());
        for document in 0..12 {
            store(&document.to_string(), &texts(document * 40, 40));
        }
        let mut view = View::new(index.newest().unwrap(), None).unwrap();
        let mut removed = 0;
        for round in 0..24 {
            match round % 4 {
                // New, in place of another, gone.
                0 => drop(store(&format!("new {round}"), &texts(1_000 + round * 20, 30))),
                1 => drop(store(&(round % 12).to_string(), &texts(2_000 + round * 20, 25))),
                2 => {
                    let id = index.newest().unwrap().documents()[round % 5].id.clone();
                    removed += usize::from(index.writer().unwrap().remove(&id).unwrap());
                }
                // Rows move into other segments.
                _ => {
                    let mut writer = index.writer().unwrap();
                    writer.flush().unwrap();
                    writer.finish().unwrap();
                }
            }
            let snapshot = index.newest().unwrap();
            view = View::changed(&snapshot, &view).expect("little has changed");
            let counted = View::counted(snapshot, None).unwrap();
            for key in (0..3_000).flat_map(|number| keys(&sentence(number))) {
                assert_eq!(view.rarity.idf(key), counted.rarity.idf(key), "round {round}");
                assert_eq!(view.rarity.knows(key), counted.rarity.knows(key), "round {round}");
            }
            for question in ["新建智能化煤况多少", "充电庄建成几个", "新建口袋公圆", "雨污分流管望改造"]
            {
                assert_eq!(view.speller.correct(question), counted.speller.correct(question), "round {round}");
            }
        }
        assert_eq!(removed, 6);
    }

    #[test]
    fn another_corpus_is_counted_anew() {
        let home = tempfile::tempdir().unwrap();
        let stamp = ModelStamp { name: "m".into(), fingerprint: "m".into(), dimensions: 2 };
        let index = Index::open(home.path(), &stamp).unwrap();
        put(&index, "a", &["新建智能化煤矿130座。"]);
        let first = View::new(index.newest().unwrap(), None).unwrap();
        put(&index, "a", &["改造管网三千公里。", "建成海外仓。"]);
        assert!(View::changed(&index.newest().unwrap(), &first).is_none());
    }
}
