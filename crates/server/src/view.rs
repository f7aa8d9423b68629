//! The JSON shapes of documents and passages: one for `GET /api/v1/documents` and `wenbao documents --json` alike.

use serde::Serialize;
use utoipa::ToSchema;
use wenbao_index::{DocumentRecord, PassageRecord};
use wenbao_report::{DocumentKind, Passage, Period, Region, Status};

/// A document of the index. What its text does not say is null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DocumentView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// The path it was ingested from; over HTTP relative to what all documents have in common.
    pub path: String,
    /// ISO 8601, as exact as known.
    pub date: Option<String>,
    /// Short name of what it is about.
    #[schema(value_type = Option<String>)]
    pub region: Option<Region>,
    /// The meeting it was given to.
    pub session: Option<String>,
    /// Who gave it.
    pub speaker: Option<String>,
    /// The year that 今年 means in it: of a work report the one that its plan is for.
    pub year: Option<i32>,
    /// The place from the province down; the last is the region.
    pub places: Vec<String>,
    /// What kind of document it is: "work_report", "communique", "measure" and so on.
    #[schema(value_type = crate::schemas::DocumentKind)]
    pub doc_type: DocumentKind,
    /// The office that issued it.
    pub issuer: Option<String>,
    /// Its number: "穗府办规〔2024〕13号".
    pub number: Option<String>,
    /// What of the file could not be read, a sentence each.
    pub warnings: Vec<String>,
    /// How many passages it has.
    pub passages: usize,
    /// Unicode scalar values of its extracted text.
    pub characters: usize,
    /// SHA-256 of the file's bytes, lower-case hex.
    pub sha256: String,
    /// RFC 3339, UTC.
    pub ingested_at: String,
}

impl DocumentView {
    /// Whether it is about a region, or about a place in it.
    pub fn is_about(&self, region: &str) -> bool {
        self.region.as_ref().is_some_and(|own| own.0 == region) || self.places.iter().any(|place| place == region)
    }
}

impl From<&DocumentRecord> for DocumentView {
    fn from(record: &DocumentRecord) -> Self {
        Self {
            id: record.id.to_string(),
            title: record.meta.title.clone(),
            path: record.path.clone(),
            date: record.meta.date.clone(),
            region: record.meta.region.clone(),
            session: record.meta.session.clone(),
            speaker: record.meta.speaker.clone(),
            year: record.meta.year,
            places: record.meta.places.clone(),
            doc_type: record.meta.doc_type,
            issuer: record.meta.issuer.clone(),
            number: record.meta.number.clone(),
            warnings: record.meta.warnings.clone(),
            passages: record.passages,
            characters: record.characters,
            sha256: record.sha256.clone(),
            ingested_at: record.ingested_at.clone(),
        }
    }
}

/// A passage with everything that reading found in it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PassageView {
    /// Its id.
    pub id: String,
    /// The document it is from.
    pub document: DocumentView,
    /// Headings it stands under.
    pub section: Vec<String>,
    /// The time it speaks of.
    #[schema(value_type = Option<crate::schemas::Period>)]
    pub period: Option<Period>,
    /// Result or plan.
    #[schema(value_type = Option<crate::schemas::Status>)]
    pub status: Option<Status>,
    /// What it is about.
    #[schema(value_type = Option<String>)]
    pub region: Option<Region>,
    /// Its words.
    pub text: String,
    /// Where it stands in the document's extracted text (Unicode scalar values, half-open).
    pub source_range: [usize; 2],
    /// Its page, for paged formats.
    pub page: Option<u32>,
    /// Its sentences with their values.
    #[schema(value_type = Vec<Object>)]
    pub sentences: Vec<wenbao_report::Sentence>,
}

impl From<&PassageRecord> for PassageView {
    fn from(record: &PassageRecord) -> Self {
        let Passage { section, text, source_range, page, period, status, region, sentences, .. } =
            (*record.passage).clone();
        Self {
            id: record.id.to_string(),
            document: DocumentView::from(&*record.document),
            section,
            period,
            status,
            region,
            text,
            source_range: [source_range.start, source_range.end],
            page,
            sentences,
        }
    }
}

/// A passage and what stands around it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SourceView {
    /// The passage itself.
    pub passage: PassageView,
    /// The passages right before it, in reading order.
    pub before: Vec<PassageView>,
    /// The passages right after it, in reading order.
    pub after: Vec<PassageView>,
    /// What became of the file that it was read from.
    pub file: FileState,
}

/// Whether a document's file is still the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Its bytes have the same hash.
    Unchanged,
    /// They have another one.
    Changed,
    /// It is not where it was, or cannot be read.
    Missing,
}
