//! The values that the index takes and gives.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wenbao_report::{DocumentKind, Meta, Passage, Region, Status};

/// Which model made the vectors: the index refuses any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStamp {
    /// Its name in models.toml, or the path of its folder.
    pub name: String,
    /// Differs whenever the vectors would.
    pub fingerprint: String,
    /// Components of a vector.
    pub dimensions: usize,
}

/// What one vector and one lexical entry stand for. Every passage is held in both grains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grain {
    /// A whole passage.
    Passage,
    /// One sentence of a passage.
    Sentence,
}

/// A document's name in the index: the first twelve hex digits of its file's SHA-256, so that the same content has
/// the same name in every index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentId(pub String);

impl DocumentId {
    /// Hex digits of a name.
    pub const LENGTH: usize = 12;

    /// The name of a content.
    pub fn of_sha256(sha256: &str) -> Self {
        Self(sha256.chars().take(Self::LENGTH).collect())
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A passage's name: its document's and its number in reading order, from 1 ("5fad7b0a6e39-0017").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PassageId(pub String);

impl PassageId {
    /// The name of a document's passage; `ordinal` counts from 0.
    pub fn new(document: &DocumentId, ordinal: usize) -> Self {
        Self(format!("{document}-{:04}", ordinal + 1))
    }

    /// The document's name and the passage's place (from 0), if it is a well-formed name.
    pub fn parse(id: &str) -> Option<(DocumentId, usize)> {
        let (document, number) = id.rsplit_once('-')?;
        let number: usize = number.parse().ok()?;
        Some((DocumentId(document.to_owned()), number.checked_sub(1)?))
    }
}

impl fmt::Display for PassageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a document came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its file.
    pub path: PathBuf,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// A document of the index.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentRecord {
    /// Its name.
    pub id: DocumentId,
    /// The path it was ingested from.
    pub path: String,
    /// SHA-256 of the file's bytes, lower-case hex.
    pub sha256: String,
    /// What its head says.
    pub meta: Meta,
    /// How many passages it has.
    pub passages: usize,
    /// Scalar values of its extracted text.
    pub characters: usize,
    /// When it was ingested: RFC 3339, UTC.
    pub ingested_at: String,
    /// The row of its first passage; the others follow in reading order.
    pub first_row: u32,
}

impl DocumentRecord {
    /// The rows of its passages, in reading order.
    pub fn rows(&self) -> std::ops::Range<u32> {
        self.first_row..self.first_row + self.passages as u32
    }
}

/// A passage of the index.
#[derive(Debug, Clone, PartialEq)]
pub struct PassageRecord {
    /// Its row: never given to another passage, also not after its removal.
    pub row: u32,
    /// Its name.
    pub id: PassageId,
    /// The document it is from.
    pub document: Arc<DocumentRecord>,
    /// What was read.
    pub passage: Arc<Passage>,
}

/// Something found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The passage.
    pub row: u32,
    /// The sentence of it, in a search of the grain [`Grain::Sentence`].
    pub sentence: Option<u16>,
    /// Inner product or BM25 score: higher is better.
    pub score: f32,
}

/// What may be found. The default lets everything pass; every field that is set must agree.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Only these documents.
    pub documents: Option<Vec<DocumentId>>,
    /// Only documents of these kinds; empty lets all pass.
    pub kinds: Vec<DocumentKind>,
    /// Only these rows.
    pub rows: Option<Vec<u32>>,
    /// Only what speaks of a time within these years, both ends included (a sentence of its own period, else its
    /// passage's; a passage of its own or any of its sentences').
    pub years: Option<(i32, i32)>,
    /// With `years`: also what has no period.
    pub undated: bool,
    /// Only what is about one of these regions (the passage's, else its document's); empty lets all pass.
    pub regions: Vec<Region>,
    /// Only these statuses (a sentence's own, else its passage's); empty lets all pass.
    pub statuses: Vec<Status>,
}

impl Filter {
    /// Whether it lets everything pass.
    pub fn is_empty(&self) -> bool {
        self.documents.is_none()
            && self.kinds.is_empty()
            && self.rows.is_none()
            && self.years.is_none()
            && self.regions.is_empty()
            && self.statuses.is_empty()
    }
}
