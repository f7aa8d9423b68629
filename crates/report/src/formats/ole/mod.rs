//! Compound files, the container of Office 97 to 2003 and of WPS: which of their streams hold what.

mod doc;
mod numbers;
mod pieces;
mod xls;

use std::io::{Cursor, Read};

use super::Extracted;
use crate::error::{Error, Limits};

/// The first bytes of a compound file.
pub(crate) const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

type File<'a> = cfb::CompoundFile<Cursor<&'a [u8]>>;

/// Reads a document of Word or WPS (.doc, .wps) or a workbook of Excel (.xls).
pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes))
        .map_err(|e| Error::Damaged { format: "Office 97", detail: e.to_string() })?;
    if file.is_stream("/WordDocument") {
        return doc::extract(&mut file, limits);
    }
    for name in ["/Workbook", "/Book"] {
        if file.is_stream(name) {
            return xls::extract(&stream(&mut file, name, limits)?, limits);
        }
    }
    if file.is_stream("/EncryptedPackage") {
        return Err(Error::Encrypted);
    }
    let found = match () {
        () if file.is_stream("/PowerPoint Document") => "old slides (.ppt); save them as .pptx",
        () if file.is_stream("/__properties_version1.0") => "an Outlook message (.msg); save it as .eml",
        () => "an Office 97 container without a text or a workbook",
    };
    Err(Error::UnknownFormat { found: found.to_owned() })
}

/// A whole stream; no longer than the limits allow.
fn stream(file: &mut File<'_>, name: &str, limits: &Limits) -> Result<Vec<u8>, Error> {
    let damaged = |e: std::io::Error| Error::Damaged { format: "Office 97", detail: e.to_string() };
    let mut out = Vec::new();
    let stream = file.open_stream(name).map_err(damaged)?;
    stream.take(limits.content_bytes + 1).read_to_end(&mut out).map_err(damaged)?;
    if out.len() as u64 > limits.content_bytes {
        return Err(Error::TooLarge { what: "its text", limit: format!("{} MB", limits.content_bytes >> 20) });
    }
    Ok(out)
}

/// Two bytes at a place, the lower first; none beyond the end.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes([two[0], two[1]]))
}

/// Four bytes at a place.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// Four bytes at a place, as an index.
fn index_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(bytes, at)?).ok()
}
