//! The lexical index of one segment: tantivy's postings over terms of our own tokenizer. It is searched in [`super::bm25`].

use std::collections::HashMap;

use tantivy::directory::RamDirectory;
use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{
    DocSet, Index, IndexBuilder, IndexSettings, ReloadPolicy, Searcher, SingleSegmentIndexWriter, TERMINATED,
    TantivyDocument, Term,
};

use super::pack::{Pack, pack};
use crate::{Error, Grain, Result};

/// Room for the writer's hash table at the start; it grows with what is added.
const WRITER_MEMORY: usize = 15_000_000;
pub(super) const WITH_FREQUENCIES: IndexRecordOption = IndexRecordOption::WithFreqs;

/// Postings of both grains in one tantivy segment: first all passages, then all sentences, in order, so that a
/// document number there is an ordinal here.
pub(crate) struct Lexical {
    pub(super) searcher: Searcher,
    pub(super) fields: [Field; 2],
    pub(super) counts: [u32; 2],
}

/// Adds entries one after the other.
pub(crate) struct Builder {
    writer: SingleSegmentIndexWriter,
    /// The same that the writer writes to: clones of it share their files.
    directory: RamDirectory,
    fields: [Field; 2],
    counts: [u32; 2],
    /// Sentences wait here until all passages are in.
    sentences: Entries,
    /// Number of each of their terms.
    numbers: HashMap<String, u32>,
}

/// Which terms each entry of a grain holds, each as often as it stands there, in no order.
#[derive(Default)]
pub(crate) struct Entries {
    /// The different terms, by number.
    pub words: Vec<String>,
    /// Numbers of all entries' terms, one entry behind the other.
    terms: Vec<u32>,
    /// Where each entry ends.
    ends: Vec<usize>,
}

impl Entries {
    /// Numbers of an entry's terms; none for an entry that is not there.
    pub fn terms(&self, ordinal: u32) -> &[u32] {
        let at = ordinal as usize;
        let Some(&end) = self.ends.get(at) else { return &[] };
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.terms[start..end]
    }

    /// An entry's terms.
    pub fn texts(&self, ordinal: u32) -> impl Iterator<Item = &str> {
        self.terms(ordinal).iter().map(|&number| self.words[number as usize].as_str())
    }
}

fn schema() -> (Schema, [Field; 2]) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::WithFreqs);
    let options = TextOptions::default().set_indexing_options(indexing);
    let passage = schema.add_text_field("passage", options.clone());
    let sentence = schema.add_text_field("sentence", options);
    (schema.build(), [passage, sentence])
}

pub(super) fn at(grain: Grain) -> usize {
    match grain {
        Grain::Passage => 0,
        Grain::Sentence => 1,
    }
}

impl Builder {
    /// In memory.
    pub fn new() -> Result<Self> {
        let (schema, fields) = schema();
        let directory = RamDirectory::create();
        let writer = IndexBuilder::new()
            .schema(schema)
            .settings(IndexSettings::default())
            .single_segment_index_writer(directory.clone(), WRITER_MEMORY)
            .map_err(Error::lexical("beginning a segment"))?;
        let (sentences, numbers) = Default::default();
        Ok(Self { writer, directory, fields, counts: [0; 2], sentences, numbers })
    }

    /// Adds the next passage's terms.
    pub fn add_passage<'t>(&mut self, terms: impl Iterator<Item = &'t str>) -> Result<()> {
        self.add(Grain::Passage, terms.map(str::to_owned))
    }

    /// Adds the next sentence's terms.
    pub fn add_sentence<'t>(&mut self, terms: impl Iterator<Item = &'t str>) {
        let Entries { words, terms: numbers, ends } = &mut self.sentences;
        for term in terms {
            let number = self.numbers.get(term).copied().unwrap_or_else(|| {
                let number = words.len() as u32;
                self.numbers.insert(term.to_owned(), number);
                words.push(term.to_owned());
                number
            });
            numbers.push(number);
        }
        ends.push(numbers.len());
    }

    fn add(&mut self, grain: Grain, terms: impl Iterator<Item = String>) -> Result<()> {
        let tokens = terms
            .enumerate()
            .map(|(position, text)| Token { offset_from: 0, offset_to: 0, position, text, position_length: 1 })
            .collect();
        let mut document = TantivyDocument::default();
        document.add_pre_tokenized_text(self.fields[at(grain)], PreTokenizedString { text: String::new(), tokens });
        self.writer.add_document(document).map_err(Error::lexical("adding an entry"))?;
        self.counts[at(grain)] += 1;
        Ok(())
    }

    fn add_sentences(&mut self) -> Result<()> {
        self.numbers = HashMap::new();
        let sentences = std::mem::take(&mut self.sentences);
        for ordinal in 0..sentences.ends.len() as u32 {
            self.add(Grain::Sentence, sentences.texts(ordinal).map(str::to_owned))?;
        }
        Ok(())
    }

    /// Ready to be searched, in memory.
    pub fn finish(mut self) -> Result<Lexical> {
        self.add_sentences()?;
        let index = self.writer.finalize().map_err(Error::lexical("writing a segment"))?;
        Lexical::over(&index, self.counts)
    }

    /// Ready to be written to a file.
    pub fn finish_packed(mut self) -> Result<Vec<u8>> {
        self.add_sentences()?;
        let packing = |e: std::io::Error| Error::lexical("packing a segment")(e.into());
        let index = self.writer.finalize().map_err(Error::lexical("writing a segment"))?;
        pack(&index, &self.directory).map_err(packing)
    }
}

impl Lexical {
    /// Over a packed file; `counts` are the entries of passages and sentences.
    pub fn open(packed: Pack, counts: [u32; 2]) -> Result<Self> {
        let index = Index::open(packed).map_err(Error::lexical("opening a segment"))?;
        let lexical = Self::over(&index, counts)?;
        let held = lexical.searcher.num_docs();
        if held != u64::from(counts[0]) + u64::from(counts[1]) {
            let detail = format!("{held} entries for {} passages and {} sentences", counts[0], counts[1]);
            return Err(Error::lexical("opening a segment")(tantivy::TantivyError::InvalidArgument(detail)));
        }
        Ok(lexical)
    }

    fn over(index: &Index, counts: [u32; 2]) -> Result<Self> {
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .num_warming_threads(0)
            .try_into()
            .map_err(Error::lexical("opening a segment"))?;
        let (_, fields) = schema();
        Ok(Self { searcher: reader.searcher(), fields, counts })
    }

    /// The terms of every entry of the grain, out of the postings: cutting the texts again takes many times as long.
    pub fn entries(&self, grain: Grain) -> Result<Entries> {
        let run = || -> tantivy::Result<Entries> {
            let (field, base) = (self.fields[at(grain)], self.base(grain));
            let mut entries = Entries::default();
            let mut postings = Vec::new();
            let mut ends = vec![0usize; self.counts[at(grain)] as usize];
            for segment in self.searcher.segment_readers() {
                let index = segment.inverted_index(field)?;
                let mut dictionary = index.terms().stream()?;
                while dictionary.advance() {
                    let number = entries.words.len() as u32;
                    entries.words.push(String::from_utf8_lossy(dictionary.key()).into_owned());
                    let mut of_term = index.read_postings_from_terminfo(dictionary.value(), WITH_FREQUENCIES)?;
                    while of_term.doc() != TERMINATED {
                        let (ordinal, count) = (of_term.doc().wrapping_sub(base) as usize, of_term.term_freq());
                        if let Some(length) = ends.get_mut(ordinal) {
                            *length += count as usize;
                            postings.push((ordinal as u32, number, count));
                        }
                        of_term.advance();
                    }
                }
            }
            let mut sum = 0;
            for end in &mut ends {
                // The place of an entry's next term; at its end when all are there.
                (*end, sum) = (sum, sum + *end);
            }
            entries.terms = vec![0; sum];
            for (ordinal, number, count) in postings {
                let next = &mut ends[ordinal as usize];
                entries.terms[*next..*next + count as usize].fill(number);
                *next += count as usize;
            }
            entries.ends = ends;
            Ok(entries)
        };
        run().map_err(Error::lexical("reading a segment"))
    }

    /// The document of the grain's first entry.
    pub(super) fn base(&self, grain: Grain) -> u32 {
        if grain == Grain::Passage { 0 } else { self.counts[0] }
    }

    /// Entries of the grain that hold the term.
    pub fn document_frequency(&self, grain: Grain, term: &str) -> Result<u64> {
        let term = Term::from_field_text(self.fields[at(grain)], term);
        self.searcher.doc_freq(&term).map_err(Error::lexical("counting a term"))
    }

    /// Whether the entry holds the term.
    pub fn holds(&self, grain: Grain, term: &str, ordinal: u32) -> Result<bool> {
        let field = self.fields[at(grain)];
        let base = self.base(grain);
        let run = || -> tantivy::Result<bool> {
            for segment in self.searcher.segment_readers() {
                let index = segment.inverted_index(field)?;
                let postings = index.read_postings(&Term::from_field_text(field, term), IndexRecordOption::Basic)?;
                if postings.is_some_and(|mut postings| postings.seek(base + ordinal) == base + ordinal) {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        run().map_err(Error::lexical("looking up a term"))
    }
}
