//! The lexical index of one segment: tantivy's postings and its BM25, over terms of our own tokenizer.

use tantivy::directory::RamDirectory;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::query::{BooleanQuery, BoostQuery, EnableScoring, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{
    DocSet, Index, IndexBuilder, IndexSettings, ReloadPolicy, Searcher, SingleSegmentIndexWriter, TantivyDocument, Term,
};

use super::pack::{Pack, pack};
use crate::graph::Mask;
use crate::graph::top::{Scored, Top};
use crate::{Error, Grain, Result};

/// Room for the writer's hash table at the start; it grows with what is added.
const WRITER_MEMORY: usize = 15_000_000;

/// Postings of both grains in one tantivy segment: first all passages, then all sentences, in order, so that a
/// document number there is an ordinal here.
pub(crate) struct Lexical {
    searcher: Searcher,
    fields: [Field; 2],
    counts: [u32; 2],
}

/// Adds entries one after the other.
pub(crate) struct Builder {
    writer: SingleSegmentIndexWriter,
    /// The same that the writer writes to: clones of it share their files.
    directory: RamDirectory,
    fields: [Field; 2],
    counts: [u32; 2],
}

fn schema() -> (Schema, [Field; 2]) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::WithFreqs);
    let options = TextOptions::default().set_indexing_options(indexing);
    let passage = schema.add_text_field("passage", options.clone());
    let sentence = schema.add_text_field("sentence", options);
    (schema.build(), [passage, sentence])
}

fn at(grain: Grain) -> usize {
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
        Ok(Self { writer, directory, fields, counts: [0; 2] })
    }

    /// Adds the next entry: all passages before the first sentence.
    pub fn add(&mut self, grain: Grain, terms: Vec<String>) -> Result<()> {
        debug_assert!(grain == Grain::Sentence || self.counts[1] == 0, "passages come first");
        let tokens = terms
            .into_iter()
            .enumerate()
            .map(|(position, text)| Token { offset_from: 0, offset_to: 0, position, text, position_length: 1 })
            .collect();
        let mut document = TantivyDocument::default();
        document.add_pre_tokenized_text(self.fields[at(grain)], PreTokenizedString { text: String::new(), tokens });
        self.writer.add_document(document).map_err(Error::lexical("adding an entry"))?;
        self.counts[at(grain)] += 1;
        Ok(())
    }

    /// Ready to be searched, in memory.
    pub fn finish(self) -> Result<Lexical> {
        let index = self.writer.finalize().map_err(Error::lexical("writing a segment"))?;
        Lexical::over(&index, self.counts)
    }

    /// Ready to be written to a file.
    pub fn finish_packed(self) -> Result<Vec<u8>> {
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

    /// Entries of the grain that hold the term.
    pub fn document_frequency(&self, grain: Grain, term: &str) -> Result<u64> {
        let term = Term::from_field_text(self.fields[at(grain)], term);
        self.searcher.doc_freq(&term).map_err(Error::lexical("counting a term"))
    }

    /// Whether the entry holds the term.
    pub fn holds(&self, grain: Grain, term: &str, ordinal: u32) -> Result<bool> {
        let field = self.fields[at(grain)];
        let base = if grain == Grain::Passage { 0 } else { self.counts[0] };
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

    /// The k best of those that the mask lets pass, by BM25, best first. `all` are the segments whose statistics count.
    pub fn search(
        &self,
        grain: Grain,
        all: &Statistics<'_>,
        terms: &[(String, f32)],
        k: usize,
        mask: Option<&Mask>,
    ) -> Result<Vec<Scored>> {
        let field = self.fields[at(grain)];
        let clauses: Vec<(Occur, Box<dyn Query>)> = terms
            .iter()
            .map(|(term, weight)| {
                let query = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
                let query: Box<dyn Query> = Box::new(query);
                (Occur::Should, Box::new(BoostQuery::new(query, *weight)) as Box<dyn Query>)
            })
            .collect();
        let base = if grain == Grain::Passage { 0 } else { self.counts[0] };
        let mut top = Top::new(k);
        let scoring = EnableScoring::enabled_from_statistics_provider(all, &self.searcher);
        let weight = BooleanQuery::new(clauses).weight(scoring).map_err(Error::lexical("weighing a query"))?;
        for segment in self.searcher.segment_readers() {
            let mut collect = |doc: u32, score: f32| {
                let ordinal = doc - base;
                if score > top.threshold() && mask.is_none_or(|mask| mask.contains(ordinal)) {
                    top.push(score, ordinal);
                }
                top.threshold()
            };
            weight.for_each_pruning(f32::NEG_INFINITY, segment, &mut collect).map_err(Error::lexical("searching"))?;
        }
        Ok(top.into_sorted())
    }
}

/// The statistics of several segments as one: scores are the same however the documents are spread over segments.
pub(crate) struct Statistics<'a> {
    grain: Grain,
    segments: Vec<&'a Lexical>,
}

impl<'a> Statistics<'a> {
    /// Of one grain over these segments.
    pub fn new(grain: Grain, segments: Vec<&'a Lexical>) -> Self {
        Self { grain, segments }
    }
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let mut tokens = 0;
        for segment in &self.segments {
            tokens += segment.searcher.total_num_tokens(field)?;
        }
        Ok(tokens)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.segments.iter().map(|s| u64::from(s.counts[at(self.grain)])).sum())
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.segments.iter().map(|s| s.searcher.doc_freq(term)).sum()
    }
}
