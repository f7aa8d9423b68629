//! Which format a file is: by its content; the name only decides between kinds of text.

use crate::error::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Html,
    Docx,
    Pdf,
}

/// First bytes of what people try to read and cannot: what it is called.
const REFUSED: &[(&[u8], &str)] = &[
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
];

pub(crate) fn sniff(bytes: &[u8], name_hint: Option<&str>) -> Result<Format, Error> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    if let Some((_, found)) = REFUSED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Error::UnknownFormat { found: (*found).to_owned() });
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(Format::Docx);
    }
    // The header may stand anywhere in the first kilobyte (ISO 32000-1, annex H).
    if bytes[..bytes.len().min(1024)].windows(5).any(|w| w == b"%PDF-") {
        return Ok(Format::Pdf);
    }
    let named_html = name_hint
        .is_some_and(|n| [".html", ".htm", ".xhtml", ".shtml"].iter().any(|e| n.to_ascii_lowercase().ends_with(e)));
    if looks_like_html(bytes) || named_html && bytes.contains(&b'<') {
        return Ok(Format::Html);
    }
    Ok(Format::Text)
}

/// Whether the file begins like a web page: a doctype or a tag that only pages begin with.
fn looks_like_html(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let head = head.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    ["<!doctype html", "<html", "<head", "<body", "<meta", "<div", "<table"].iter().any(|t| head.starts_with(t))
        || (head.starts_with("<?xml") || head.starts_with("<!--")) && head.contains("<html")
}
