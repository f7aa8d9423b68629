//! A segment: the derived indexes over a range of rows. What a row holds never changes, so a segment never does;
//! whether a row still lives is known by the truth alone.

use wenbao_report::Meta;

use crate::columns::Attributes;
use crate::grain::{passage_terms, sentence_terms};
use crate::graph::Flat;
use crate::lexical::{self, Lexical};
use crate::truth::Loaded;
use crate::{Grain, Result};

/// The indexes over some rows.
pub(crate) struct Segment {
    /// The row of each passage, ascending.
    pub rows: Vec<u32>,
    /// The passage (ordinal) of each sentence.
    pub parents: Vec<u32>,
    /// The first sentence (ordinal) of each passage, and one past the last of all.
    pub first_sentences: Vec<u32>,
    /// What filters ask.
    pub attributes: Attributes,
    pub passages: Flat,
    pub sentences: Flat,
    pub lexical: Lexical,
}

/// Collects a segment.
pub(crate) struct Builder {
    dimensions: usize,
    rows: Vec<u32>,
    parents: Vec<u32>,
    first_sentences: Vec<u32>,
    attributes: Attributes,
    passages: Vec<f32>,
    sentences: Vec<f32>,
    lexical: lexical::Builder,
    /// Sentences follow all passages in the lexical index.
    sentence_terms: Vec<Vec<String>>,
}

impl Builder {
    /// In memory.
    pub fn new(dimensions: usize) -> Result<Self> {
        Ok(Self {
            dimensions,
            rows: Vec::new(),
            parents: Vec::new(),
            first_sentences: vec![0],
            attributes: Attributes::default(),
            passages: Vec::new(),
            sentences: Vec::new(),
            lexical: lexical::Builder::new(None)?,
            sentence_terms: Vec::new(),
        })
    }

    /// Adds the next row.
    pub fn push(&mut self, meta: Option<&Meta>, loaded: Loaded) -> Result<()> {
        let ordinal = self.rows.len() as u32;
        self.rows.push(loaded.row);
        self.attributes.push(meta, &loaded.passage);
        self.lexical.add(Grain::Passage, passage_terms(&loaded.passage))?;
        for i in 0..loaded.passage.sentences.len() {
            self.parents.push(ordinal);
            self.sentence_terms.push(sentence_terms(&loaded.passage, i));
        }
        self.first_sentences.push(self.parents.len() as u32);
        self.passages.extend(loaded.vector);
        self.sentences.extend(loaded.sentences);
        Ok(())
    }

    /// Puts the indexes together.
    pub fn finish(mut self) -> Result<Segment> {
        for terms in self.sentence_terms {
            self.lexical.add(Grain::Sentence, terms)?;
        }
        Ok(Segment {
            rows: self.rows,
            parents: self.parents,
            first_sentences: self.first_sentences,
            attributes: self.attributes,
            passages: Flat::in_memory(self.dimensions, &self.passages),
            sentences: Flat::in_memory(self.dimensions, &self.sentences),
            lexical: self.lexical.finish()?,
        })
    }
}

impl Segment {
    /// Vectors of a grain.
    pub fn flat(&self, grain: Grain) -> &Flat {
        match grain {
            Grain::Passage => &self.passages,
            Grain::Sentence => &self.sentences,
        }
    }

    /// The row, and the sentence in it, of an entry.
    pub fn place(&self, grain: Grain, ordinal: u32) -> (u32, Option<u16>) {
        match grain {
            Grain::Passage => (self.rows[ordinal as usize], None),
            Grain::Sentence => {
                let parent = self.parents[ordinal as usize] as usize;
                let sentence = ordinal - self.first_sentences[parent];
                (self.rows[parent], Some(u16::try_from(sentence).unwrap_or(u16::MAX)))
            }
        }
    }

    /// The entry of a row's passage or sentence.
    pub fn ordinal(&self, grain: Grain, row: u32, sentence: u16) -> Option<u32> {
        let passage = self.rows.binary_search(&row).ok()?;
        match grain {
            Grain::Passage => Some(passage as u32),
            Grain::Sentence => {
                let ordinal = self.first_sentences[passage] + u32::from(sentence);
                (ordinal < self.first_sentences[passage + 1]).then_some(ordinal)
            }
        }
    }
}
