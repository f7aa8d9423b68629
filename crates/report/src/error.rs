use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::ocr::PULL;

/// Why a file could not be read. Every message names the cause and the way out; the caller adds the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be opened or read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Nothing is in it, or nothing but white space.
    #[error("holds no text; nothing to read")]
    Empty,
    /// It is no text and none of the known formats.
    #[error("is neither text nor a known format ({found}); convert it to .txt, .html, .docx, .xlsx or .pdf")]
    UnknownFormat {
        /// What it looks like.
        found: String,
    },
    /// It holds several documents where one was asked for.
    #[error("holds several documents; ingest it, and each gets a name of its own")]
    Several,
    /// It holds more than the limits allow.
    #[error("is too large: {what} exceeds {limit}; split it")]
    TooLarge {
        /// What exceeds it.
        what: &'static str,
        /// The limit, with its unit.
        limit: String,
    },
    /// Reading took longer than the limits allow.
    #[error("took longer than {seconds} s to read; it is damaged or made to be slow, so convert it to .txt first")]
    TooSlow {
        /// The limit.
        seconds: u64,
    },
    /// A container is protected by a password.
    #[error("is encrypted; save a copy without a password")]
    Encrypted,
    /// A container is damaged.
    #[error("is a damaged {format} file ({detail}); save it again or convert it to .txt")]
    Damaged {
        /// Its format.
        format: &'static str,
        /// What the parser said.
        detail: String,
    },
    /// A page whose text is not in the file.
    #[error(
        "holds no text of its own: it is in {place}; open it in a browser and save it as shown, or print it to PDF"
    )]
    Elsewhere {
        /// Where the text is.
        place: &'static str,
    },
    /// A paged document whose fonts do not say which characters their codes are.
    #[error(
        "has text in the font {font}, which does not say which characters its codes are; save it again with its fonts' maps, or run OCR over it"
    )]
    NoCharacters {
        /// The font's name.
        font: String,
    },
    /// A paged document without a text layer.
    #[error("has no text layer (scanned pages?); {PULL} lets it be read, or run another OCR over it first")]
    Scanned,
    /// The same of a format whose pictures are not read.
    #[error("has no text layer (scanned pages?); run OCR over it first")]
    NoTextLayer,
    /// A picture, and nobody to read it.
    #[error("is a {kind} image; {PULL} lets it be read")]
    Picture {
        /// Its format.
        kind: &'static str,
    },
    /// Pictures of which nothing could be recognised.
    #[error("holds pictures of which OCR read nothing ({detail}); scan it again, upright and at 200 dpi or more")]
    Unrecognised {
        /// What went wrong with the first.
        detail: String,
    },
}

/// How much of a file is read before it is refused, so that no file can exhaust memory or time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Limits {
    /// Size of the file in bytes.
    pub file_bytes: u64,
    /// Size of its decoded or unpacked content in bytes.
    pub content_bytes: u64,
    /// Wall time in seconds.
    pub seconds: u64,
    /// Characters of its text, whatever its format.
    pub characters: usize,
    /// Headings of its outline, items of lists included.
    pub headings: usize,
    /// Passages.
    pub passages: usize,
    /// Values with their units.
    pub values: usize,
    /// Cells of all its tables.
    pub table_cells: usize,
    /// Pages of one file that are read by OCR.
    pub ocr_pages: usize,
    /// Seconds more for a file whose pages are read by OCR.
    pub ocr_seconds: u64,
    /// Seconds of processor time for one of these pages.
    pub ocr_page_seconds: u64,
}

impl Default for Limits {
    /// Far above any report (the longest known has some 100 kB of text), far below a machine's memory.
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            content_bytes: 32 << 20,
            seconds: 60,
            characters: 1_000_000,
            headings: 20_000,
            passages: 10_000,
            values: 200_000,
            table_cells: 100_000,
            ocr_pages: 200,
            ocr_seconds: 1800,
            // Fifteen times what a page of A4 takes.
            ocr_page_seconds: 120,
        }
    }
}

impl Limits {
    /// That there are not more than `limit` of `what`.
    pub(crate) fn count(what: &'static str, count: usize, limit: usize) -> Result<(), Error> {
        if count <= limit { Ok(()) } else { Err(Error::TooLarge { what, limit: limit.to_string() }) }
    }
}
