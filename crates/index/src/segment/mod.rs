//! A segment: the derived indexes over a range of rows. What a row holds never changes, so a segment never does;
//! whether a row still lives is known by the truth alone.

mod bm25;
mod columns;
mod lexical;
mod pack;
mod store;

use std::ops::Range;

use wenbao_report::Meta;

pub(crate) use bm25::Words;
pub(crate) use columns::Attributes;
pub(crate) use store::{GRAPH_FROM, size, sync_folder};

use crate::grain::{Contexts, slice};
use crate::graph::Flat;
use crate::terms::terms;
use crate::truth::Loaded;
use crate::{Error, Grain, Result};
use lexical::Lexical;

/// The indexes over some rows.
pub(crate) struct Segment {
    /// Its folder's name; none for one in memory.
    pub name: Option<String>,
    pub places: Places,
    pub passages: Flat,
    pub sentences: Flat,
    pub lexical: Lexical,
}

/// Which rows a segment covers, and what filters ask of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Places {
    /// All rows that lived in this range when it was made are in it.
    pub range: Range<u32>,
    /// The row of each passage, ascending.
    pub rows: Vec<u32>,
    /// The first sentence (ordinal) of each passage, and one past the last of all.
    pub first_sentences: Vec<u32>,
    /// The passage (ordinal) of each sentence.
    pub parents: Vec<u32>,
    /// What filters ask.
    pub attributes: Attributes,
}

/// Collects a segment.
pub(crate) struct Builder {
    dimensions: usize,
    places: Places,
    passages: Vec<f32>,
    sentences: Vec<f32>,
    lexical: lexical::Builder,
    /// Terms of the last title and headings: passages that follow each other have most of them in common.
    contexts: Contexts,
}

impl Builder {
    /// Of all rows that live in the range.
    pub fn new(dimensions: usize, range: Range<u32>) -> Result<Self> {
        Ok(Self {
            dimensions,
            places: Places { range, first_sentences: vec![0], ..Places::default() },
            passages: Vec::new(),
            sentences: Vec::new(),
            lexical: lexical::Builder::new()?,
            contexts: Contexts::default(),
        })
    }

    /// Adds the next row.
    pub fn push(&mut self, meta: Option<&Meta>, loaded: Loaded) -> Result<()> {
        let passage = &loaded.passage;
        let count = passage.sentences.len() * self.dimensions;
        for (what, expected, found) in [
            ("components of a stored passage's vector", self.dimensions, loaded.vector.len()),
            ("components of a stored passage's sentences' vectors", count, loaded.sentences.len()),
        ] {
            if expected != found {
                return Err(Error::Shape { what, expected, found });
            }
        }
        let context = self.contexts.terms(meta, passage);
        let own = terms(&passage.text);
        self.lexical.add_passage(own.iter().chain(&context).map(String::as_str))?;
        for sentence in &passage.sentences {
            let own = terms(slice(&passage.text, &sentence.range));
            self.lexical.add_sentence(own.iter().chain(&context).map(String::as_str));
        }
        self.places.push(loaded.row, meta, passage);
        self.passages.extend(loaded.vector);
        self.sentences.extend(loaded.sentences);
        Ok(())
    }

    /// Adds those rows of a segment that live. What was computed for it is taken over, nothing is read from the truth;
    /// so its files must have been compared with their checksums.
    pub fn absorb(&mut self, segment: &Segment, lives: impl Fn(u32) -> bool) -> Result<()> {
        let (passages, sentences) =
            (segment.lexical.entries(Grain::Passage)?, segment.lexical.entries(Grain::Sentence)?);
        let places = &segment.places;
        for (ordinal, &row) in places.rows.iter().enumerate() {
            if !lives(row) {
                continue;
            }
            let of_passage = places.first_sentences[ordinal]..places.first_sentences[ordinal + 1];
            self.places.absorb(places, ordinal);
            let ordinal = ordinal as u32;
            self.lexical.add_passage(passages.texts(ordinal))?;
            self.passages.extend(segment.passages.row(ordinal).unwrap_or_default());
            for sentence in of_passage {
                self.lexical.add_sentence(sentences.texts(sentence));
                self.sentences.extend(segment.sentences.row(sentence).unwrap_or_default());
            }
        }
        Ok(())
    }

    /// Puts the indexes together, in memory and without graphs.
    pub fn finish(self) -> Result<Segment> {
        Ok(Segment {
            name: None,
            places: self.places,
            passages: Flat::in_memory(self.dimensions, &self.passages),
            sentences: Flat::in_memory(self.dimensions, &self.sentences),
            lexical: self.lexical.finish()?,
        })
    }
}

impl Places {
    fn push(&mut self, row: u32, meta: Option<&Meta>, passage: &wenbao_report::Passage) {
        let ordinal = self.rows.len() as u32;
        self.rows.push(row);
        self.attributes.push(meta, passage);
        self.parents.extend(std::iter::repeat_n(ordinal, passage.sentences.len()));
        self.first_sentences.push(self.parents.len() as u32);
    }

    /// Adds a passage of another segment, with its sentences.
    fn absorb(&mut self, other: &Self, passage: usize) {
        let ordinal = self.rows.len() as u32;
        let sentences = other.first_sentences[passage] as usize..other.first_sentences[passage + 1] as usize;
        self.rows.push(other.rows[passage]);
        self.parents.extend(std::iter::repeat_n(ordinal, sentences.len()));
        self.first_sentences.push(self.parents.len() as u32);
        self.attributes.absorb(&other.attributes, passage, sentences);
    }

    /// Entries of a grain.
    pub fn len(&self, grain: Grain) -> usize {
        match grain {
            Grain::Passage => self.rows.len(),
            Grain::Sentence => self.parents.len(),
        }
    }

    /// The row of an entry.
    pub fn row(&self, grain: Grain, ordinal: u32) -> u32 {
        match grain {
            Grain::Passage => self.rows[ordinal as usize],
            Grain::Sentence => self.rows[self.parents[ordinal as usize] as usize],
        }
    }

    /// The row of an entry, and the sentence in it.
    pub fn place(&self, grain: Grain, ordinal: u32) -> (u32, Option<u16>) {
        let row = self.row(grain, ordinal);
        let sentence = (grain == Grain::Sentence).then(|| {
            let sentence = ordinal - self.first_sentences[self.parents[ordinal as usize] as usize];
            u16::try_from(sentence).unwrap_or(u16::MAX)
        });
        (row, sentence)
    }

    /// The entries of a range of rows.
    pub fn ordinals(&self, grain: Grain, rows: Range<u32>) -> Range<u32> {
        let passages = [rows.start, rows.end].map(|end| self.rows.partition_point(|&row| row < end));
        let [from, to] = match grain {
            Grain::Passage => passages.map(|passage| passage as u32),
            Grain::Sentence => passages.map(|passage| self.first_sentences[passage]),
        };
        from..to
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

impl Segment {
    /// Vectors of a grain.
    pub fn flat(&self, grain: Grain) -> &Flat {
        match grain {
            Grain::Passage => &self.passages,
            Grain::Sentence => &self.sentences,
        }
    }
}
