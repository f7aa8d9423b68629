//! The file formats: each gives lines of text; everything after that is the same for all of them.

mod docx;
mod html;
mod pdf;
mod sniff;
mod table;

use crate::error::{Error, Limits};

/// What a format's reader hands on.
#[derive(Debug, Default)]
pub(crate) struct Extracted {
    /// The text as it is in the file, one line or paragraph a line, no cleaning.
    pub text: String,
    /// For paged formats: where each page begins in `text`, in Unicode scalar values; page 1 first.
    pub pages: Vec<usize>,
}

/// Recognises the format by content, then by name, and takes the text out.
pub(crate) fn extract(bytes: &[u8], name_hint: Option<&str>, limits: &Limits) -> Result<Extracted, Error> {
    match sniff::sniff(bytes, name_hint)? {
        sniff::Format::Text => Ok(Extracted { text: crate::decode::decode(bytes, limits)?, pages: Vec::new() }),
        sniff::Format::Pdf => pdf::extract(bytes, limits),
        sniff::Format::Html => html::extract(bytes, limits),
        sniff::Format::Docx => docx::extract(bytes, limits),
    }
}
