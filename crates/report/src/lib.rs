//! Reads an official report the way a person does: bytes to text, outline and passages, each with its
//! period, status, region and quantities.
//!
//! [`read`] takes a file, [`read_bytes`] its content; both give a [`Document`]; [`read_all`] gives all those of an archive. The crate knows nothing of vectors,
//! indexes or questions. [`period`], [`quantity`] and [`region`] hold what a question needs to be read with the same eyes.
//!
//! ```
//! let report = "一、2024年工作回顾\n建成智能化煤矿268座。\n二、2025年工作安排\n新建智能化煤矿130座。\n";
//! let document = wenbao_report::read_bytes(report.as_bytes(), Some("report.txt")).unwrap();
//! let plan = document.passages.last().unwrap();
//! assert_eq!(plan.status, Some(wenbao_report::Status::Target));
//! assert_eq!(plan.sentences[0].quantities[0].measure, "新建智能化煤矿");
//! ```
#![forbid(unsafe_code)]

mod context;
mod decode;
mod error;
pub mod fingerprint;
mod formats;
mod furniture;
mod head;
mod kinds;
mod layout;
mod measure;
mod model;
mod ocr;
pub mod outline;
mod passages;
pub mod period;
mod place;
pub mod quantity;
pub mod region;
mod show;
mod tables;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use sha2::Digest;

pub use error::{Error, Limits};
pub use model::*;
pub use ocr::{Coding, Colour, Ocr, Picture, Placed, Scan, Seen};

/// Reads the report at `path` within the default [`Limits`].
pub fn read(path: &Path) -> Result<Document, Error> {
    read_with(path, &Limits::default())
}

/// Reads the report at `path`; no more of it than the limits allow is ever in memory.
pub fn read_with(path: &Path, limits: &Limits) -> Result<Document, Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(limits.file_bytes + 1).read_to_end(&mut bytes).map_err(io)?;
    let name = path.file_name().map(|n| n.to_string_lossy());
    read_bytes_with(&bytes, name.as_deref(), limits)
}

/// Reads a report from its bytes; the name only helps where the content does not say the format.
pub fn read_bytes(bytes: &[u8], name_hint: Option<&str>) -> Result<Document, Error> {
    read_bytes_with(bytes, name_hint, &Limits::default())
}

/// [`read_bytes`] within given limits.
pub fn read_bytes_with(bytes: &[u8], name_hint: Option<&str>, limits: &Limits) -> Result<Document, Error> {
    one(bytes, name_hint, limits, None)
}

fn one(bytes: &[u8], name_hint: Option<&str>, limits: &Limits, ocr: Option<&dyn Ocr>) -> Result<Document, Error> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(Error::TooLarge { what: "the file", limit: format!("{} MB", limits.file_bytes >> 20) });
    }
    document(formats::extract(bytes, name_hint, limits, ocr)?, name_hint, limits)
}

/// A document of a file, and where in it.
#[derive(Debug)]
pub struct Member {
    /// Its path inside the file; none where the file is the document.
    pub inside: Option<String>,
    /// SHA-256 of its own bytes, lower-case hex.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// The document, or why there is none.
    pub document: Result<Document, Error>,
}

/// All documents of a file: an archive has those of its files, a list of texts (.csv) one a row, any other file itself. Pages
/// that are pictures are read where there is an [`Ocr`], and said where there is none.
///
/// # Errors
/// If nothing of the file can be read. That one of several documents cannot be read is said with it.
pub fn read_all(
    bytes: &[u8],
    name_hint: Option<&str>,
    limits: &Limits,
    ocr: Option<&dyn Ocr>,
) -> Result<Vec<Member>, Error> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(Error::TooLarge { what: "the file", limit: format!("{} MB", limits.file_bytes >> 20) });
    }
    let started = Instant::now();
    let in_time = || {
        let seconds = limits.seconds + if ocr.is_some() { limits.ocr_seconds } else { 0 };
        let late = started.elapsed().as_secs() >= seconds;
        if late { Err(Error::TooSlow { seconds: limits.seconds }) } else { Ok(()) }
    };
    let member = |inside: Option<String>, bytes: &[u8], document| Member {
        inside,
        sha256: sha256(bytes),
        bytes: bytes.len() as u64,
        document,
    };
    match formats::open(bytes, name_hint, limits, ocr)? {
        formats::Opened::One(extracted) => Ok(vec![member(None, bytes, Ok(document(*extracted, name_hint, limits)?))]),
        formats::Opened::Texts(texts) => Ok(texts
            .into_iter()
            .map(|(name, extracted)| {
                let text = extracted.text.clone();
                let document = in_time().and_then(|()| document(extracted, Some(&name), limits));
                member(Some(name), text.as_bytes(), document)
            })
            .collect()),
        formats::Opened::Files(files) => Ok(files
            .into_iter()
            .map(|file| {
                let name = file.path.rsplit('/').next().unwrap_or(&file.path);
                let (bytes, document) = match file.bytes {
                    Ok(bytes) => {
                        let document = in_time().and_then(|()| one(&bytes, Some(name), limits, ocr));
                        (bytes, document)
                    }
                    Err(error) => (Vec::new(), Err(error)),
                };
                member(Some(file.path), &bytes, document)
            })
            .collect()),
    }
}

fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The document of a text.
fn document(extracted: formats::Extracted, name_hint: Option<&str>, limits: &Limits) -> Result<Document, Error> {
    Limits::count("the number of its characters", extracted.text.chars().count(), limits.characters)?;
    let cells = extracted.tables.iter().map(|t| t.cells.len()).sum();
    Limits::count("the number of its table cells", cells, limits.table_cells)?;
    let paragraphs = layout::of(&extracted);
    if paragraphs.is_empty() {
        return Err(Error::Empty);
    }
    let roles: Vec<outline::Role> = paragraphs.iter().map(outline::role).collect();
    let head = head::length(&paragraphs, &roles);
    let outside = head::Outside { name: name_hint, page: &extracted.page };
    let (mut meta, clock) = head::meta(&paragraphs, head, &outside);
    meta.warnings = extracted.warnings;
    let scene = passages::Scene { meta: &meta, clock, tables: &extracted.tables, pages: &extracted.pages };
    let (outline, mut passages) = passages::build(&paragraphs, &roles, head, &scene);
    let values = passages.iter().flat_map(|p| &p.sentences).map(|s| s.quantities.len()).sum();
    Limits::count("the number of its headings", outline.len(), limits.headings)?;
    Limits::count("the number of its passages", passages.len(), limits.passages)?;
    Limits::count("the number of its values", values, limits.values)?;
    if !extracted.pages.is_empty() {
        for passage in &mut passages {
            let page = extracted.pages.partition_point(|&start| start <= passage.source_range.start);
            passage.page = u32::try_from(page.max(1)).ok();
        }
    }
    Ok(Document { meta, text: extracted.text, outline, passages })
}
