//! Documents to vectors and into the index: embedded one by one, stored several at once.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use wenbao_embed::Vectors;
use wenbao_index::grain::{passage_text, sentence_ranges};
use wenbao_index::{New, Source, StoreWriter, path_text};
use wenbao_report::Document;

use crate::{Encode, Error, Result};

/// Texts embedded between two looks at the cancel flag, for each processor: less than a second's work.
const BATCH_EACH: usize = 8;
/// The same for all of them.
const BATCH: std::ops::RangeInclusive<usize> = 16..=64;
/// Documents are stored together until they have so many passages.
const STORE_PASSAGES: usize = 256;
/// Or until the first of them has waited so long.
const STORE_WAIT: Duration = Duration::from_millis(250);

/// What was embedded and waits to be stored.
struct Ready {
    source: Source,
    document: Box<Document>,
    passages: Vectors,
    sentences: Vectors,
}

/// Embeds documents and stores them.
pub(crate) struct Store<'a, 'i> {
    encoder: &'a dyn Encode,
    cancel: &'a AtomicBool,
    batch: usize,
    writer: Box<dyn StoreWriter + 'i>,
    ready: Vec<Ready>,
    since: Instant,
    /// Paths that the index holds.
    paths: HashSet<String>,
    /// Contents that came in this run.
    contents: HashSet<String>,
    /// Documents stored for the first time.
    pub added: usize,
    /// Documents that took the place of an older one of the same path.
    pub replaced: usize,
    /// Passages stored.
    pub passages: usize,
}

impl<'a, 'i> Store<'a, 'i> {
    pub fn new(
        encoder: &'a dyn Encode,
        cancel: &'a AtomicBool,
        writer: Box<dyn StoreWriter + 'i>,
        paths: HashSet<String>,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            encoder,
            cancel,
            batch: (BATCH_EACH * threads).clamp(*BATCH.start(), *BATCH.end()),
            writer,
            ready: Vec::new(),
            since: Instant::now(),
            paths,
            contents: HashSet::new(),
            added: 0,
            replaced: 0,
            passages: 0,
        }
    }

    /// Records that an unchanged document lies elsewhere, where its old place is empty: a moved file keeps its document, a
    /// copy needs none.
    pub fn unchanged(&mut self, id: &wenbao_index::DocumentId, stored_path: &str, path: &Path) -> Result<()> {
        let stored = wenbao_index::text_path(stored_path);
        if stored != path && !stored.exists() {
            self.writer.moved(id, path)?;
        }
        Ok(())
    }

    /// Whether this run had the same content before.
    pub fn is_known(&self, source: &Source) -> bool {
        self.contents.contains(&source.sha256)
    }

    /// Embeds a document and stores it with the next ones; false if stopped before it was embedded. `done` is told the
    /// share of its passages that are embedded.
    pub fn put(&mut self, source: Source, document: Box<Document>, done: &mut dyn FnMut(usize)) -> Result<bool> {
        let texts = Texts::of(&document);
        let Some(vectors) = self.embed(&texts.unique, document.passages.len(), done)? else { return Ok(false) };
        let (passages, sentences) = texts.rows(&vectors, self.encoder.stamp().dimensions)?;
        if self.ready.is_empty() {
            self.since = Instant::now();
        }
        self.contents.insert(source.sha256.clone());
        self.ready.push(Ready { source, document, passages, sentences });
        let waiting: usize = self.ready.iter().map(|ready| ready.document.passages.len()).sum();
        if waiting >= STORE_PASSAGES || self.since.elapsed() >= STORE_WAIT {
            self.flush()?;
        }
        Ok(true)
    }

    fn embed(
        &self,
        texts: &[(String, Vec<Range<usize>>)],
        passages: usize,
        done: &mut dyn FnMut(usize),
    ) -> Result<Option<Vec<Vectors>>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(self.batch) {
            if self.cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let batch: Vec<(&str, &[Range<usize>])> = batch.iter().map(|(t, r)| (t.as_str(), r.as_slice())).collect();
            vectors.extend(self.encoder.encode(&batch)?);
            // A passage is done when its share of the document's texts is.
            done(passages * vectors.len() / texts.len().max(1));
        }
        Ok(Some(vectors))
    }

    /// Stores what waits.
    pub fn flush(&mut self) -> Result<()> {
        let ready = std::mem::take(&mut self.ready);
        if ready.is_empty() {
            return Ok(());
        }
        let new: Vec<New<'_>> = ready
            .iter()
            .map(|r| New {
                source: &r.source,
                document: &r.document,
                passages: &r.passages,
                sentences: &r.sentences,
                made: None,
            })
            .collect();
        self.writer.put_all(&new)?;
        for stored in &ready {
            if self.paths.insert(path_text(&stored.source.path)) {
                self.added += 1;
            } else {
                self.replaced += 1;
            }
            self.passages += stored.document.passages.len();
        }
        Ok(())
    }

    /// Makes the derived parts of all that was stored.
    pub fn finish(self) -> Result<()> {
        Ok(self.writer.finish_unless(self.cancel)?)
    }
}

/// The texts of a document that are put before the model, each once, and which of them stands for what.
struct Texts {
    /// Each with the ranges of its sentences; the only sentence says what its passage says and has none.
    unique: Vec<(String, Vec<Range<usize>>)>,
    /// For each passage its text, and how many sentences it has.
    passages: Vec<(usize, usize)>,
}

impl Texts {
    fn of(document: &Document) -> Self {
        let mut places: HashMap<(String, Vec<Range<usize>>), usize> = HashMap::new();
        let mut unique = Vec::new();
        let mut passages = Vec::new();
        for passage in &document.passages {
            let mut ranges = sentence_ranges(document, passage);
            let count = ranges.len();
            if count == 1 {
                ranges.clear();
            }
            let at = match places.entry((passage_text(document, passage), ranges)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    unique.push(new.key().clone());
                    *new.insert(unique.len() - 1)
                }
            };
            passages.push((at, count));
        }
        Self { unique, passages }
    }

    /// The vectors of the passages, and those of their sentences, passage after passage.
    fn rows(&self, vectors: &[Vectors], dimensions: usize) -> Result<(Vectors, Vectors)> {
        let (mut passages, mut sentences) = (Vec::new(), Vec::new());
        for &(at, count) in &self.passages {
            let own = &vectors[at];
            passages.extend_from_slice(own.row(0));
            match count {
                1 => sentences.extend_from_slice(own.row(0)),
                _ => (1..=count).for_each(|i| sentences.extend_from_slice(own.row(i))),
            }
        }
        let made = |values| Vectors::from_parts(dimensions, values).map_err(|e| Error::Encode(e.to_string()));
        Ok((made(passages)?, made(sentences)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wenbao_report::{Passage, Sentence};

    #[test]
    fn a_text_is_embedded_once() {
        let sentence = |range| Sentence { range, ..Sentence::default() };
        let passage = |text: &str, cuts: &[usize]| Passage {
            text: text.into(),
            sentences: cuts.windows(2).map(|cut| sentence(cut[0]..cut[1])).collect(),
            ..Passage::default()
        };
        let document = Document {
            meta: Default::default(),
            text: String::new(),
            outline: Vec::new(),
            passages: vec![passage("甲。", &[0, 2]), passage("乙。丙。乙。", &[0, 2, 4, 6]), passage("甲。", &[0, 2])],
        };
        let texts = Texts::of(&document);
        let unique: Vec<_> = texts.unique.iter().map(|(t, r)| (t.as_str(), r.as_slice())).collect();
        assert_eq!(unique, [("：甲。", &[][..]), ("：乙。丙。乙。", &[1..3, 3..5, 5..7])]);
        assert_eq!(texts.passages, [(0, 1), (1, 3), (0, 1)]);
    }
}
