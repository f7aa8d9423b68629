//! The JSON shapes of documents and passages: one for `GET /api/v1/documents` and `wenbao documents --json` alike.

use serde::Serialize;
use wenbao_index::{DocumentRecord, PassageRecord};
use wenbao_report::{Passage, Period, Region, Status};

/// A document of the index. What its text does not say is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DocumentView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// The path it was ingested from.
    pub path: String,
    /// ISO 8601, as exact as known.
    pub date: Option<String>,
    /// Short name of what it is about.
    pub region: Option<Region>,
    /// The meeting it was given to.
    pub session: Option<String>,
    /// Who gave it.
    pub speaker: Option<String>,
    /// The year that its plan is for.
    pub year: Option<i32>,
    /// How many passages it has.
    pub passages: usize,
    /// Unicode scalar values of its extracted text.
    pub characters: usize,
    /// SHA-256 of the file's bytes, lower-case hex.
    pub sha256: String,
    /// RFC 3339, UTC.
    pub ingested_at: String,
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
            passages: record.passages,
            characters: record.characters,
            sha256: record.sha256.clone(),
            ingested_at: record.ingested_at.clone(),
        }
    }
}

/// A passage with everything that reading found in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PassageView {
    /// Its id.
    pub id: String,
    /// The document it is from.
    pub document: DocumentView,
    /// Headings it stands under.
    pub section: Vec<String>,
    /// The time it speaks of.
    pub period: Option<Period>,
    /// Result or plan.
    pub status: Option<Status>,
    /// What it is about.
    pub region: Option<Region>,
    /// Its words.
    pub text: String,
    /// Where it stands in the document's extracted text (Unicode scalar values, half-open).
    pub source_range: [usize; 2],
    /// Its page, for paged formats.
    pub page: Option<u32>,
    /// Its sentences with their values.
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
