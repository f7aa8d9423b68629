//! A picture file: a page of a document as it was scanned or photographed. Without an OCR it says nothing.

use super::Extracted;
use super::pdf::lines;
use super::scan::Scans;
use crate::error::{Error, Limits};
use crate::ocr::Ocr;

pub(super) fn extract(
    bytes: &[u8],
    kind: &'static str,
    limits: &Limits,
    ocr: Option<&dyn Ocr>,
) -> Result<Extracted, Error> {
    let Some(ocr) = ocr else { return Err(Error::Picture { kind }) };
    let mut out = Extracted::default();
    let mut scans = Scans::new(limits);
    let mut length = 0;
    // A page more than may be read shows that there are more.
    for page in 0..=limits.ocr_pages {
        let seen = match ocr.picture_file(bytes, page) {
            Ok(None) => break,
            Ok(Some(seen)) => Ok(seen),
            // What cannot be decoded has no page behind it that could.
            Err(problem) => {
                scans.page(page + 1, || Err(problem));
                break;
            }
        };
        let text = lines::page(scans.page(page + 1, || seen));
        out.pages.push(length);
        length += text.chars().count();
        out.text.push_str(&text);
        if scans.elapsed().as_secs() >= limits.ocr_seconds {
            break;
        }
    }
    if out.text.trim().is_empty() {
        return Err(scans.error());
    }
    out.warnings = scans.warnings(out.pages.len());
    Ok(out)
}
