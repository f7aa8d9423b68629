//! What an OCR read of pages that are pictures: which of it is kept, and what is said of it.

use std::time::{Duration, Instant};

use super::pdf::lines::Piece;
use crate::error::{Error, Limits};
use crate::ocr::Seen;

/// A line is kept when the least sure of its characters is at least so sure: docs/EVALUATION.md has what that costs and saves.
const SURE: f32 = 0.5;
/// Pages that a warning names.
const NAMED: usize = 20;

/// What became of the pages of one file.
#[derive(Debug)]
pub(super) struct Scans {
    began: Instant,
    pages: usize,
    time: Duration,
    read: Vec<usize>,
    doubtful: Vec<(usize, usize)>,
    bare: Vec<usize>,
    beyond: Vec<usize>,
    failed: Vec<(usize, String)>,
}

impl Scans {
    pub fn new(limits: &Limits) -> Self {
        Self {
            began: Instant::now(),
            pages: limits.ocr_pages,
            time: Duration::from_secs(limits.ocr_seconds),
            read: Vec::new(),
            doubtful: Vec::new(),
            bare: Vec::new(),
            beyond: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// What is on a page, counted from 1, as `ocr` reads it; nothing where it reads nothing, or where no more pages may be read.
    pub fn page(&mut self, number: usize, ocr: impl FnOnce() -> Result<Vec<Seen>, String>) -> Vec<Piece> {
        if self.read.len() + self.bare.len() + self.failed.len() >= self.pages || self.began.elapsed() >= self.time {
            self.beyond.push(number);
            return Vec::new();
        }
        let seen = match ocr() {
            Ok(seen) => seen,
            Err(problem) => {
                self.failed.push((number, problem));
                return Vec::new();
            }
        };
        let (kept, doubtful): (Vec<Seen>, Vec<Seen>) =
            seen.into_iter().filter(|s| !s.text.trim().is_empty()).partition(|s| s.sure >= SURE);
        if !doubtful.is_empty() {
            self.doubtful.push((number, doubtful.len()));
        }
        if kept.is_empty() {
            self.bare.push(number);
            return Vec::new();
        }
        self.read.push(number);
        kept.into_iter().map(|s| Piece { x: s.x, y: s.y, end: s.end, size: s.size, text: s.text }).collect()
    }

    /// Why there is no text at all.
    pub fn error(&self) -> Error {
        let detail = match self.failed.first() {
            Some((_, problem)) => problem.clone(),
            None if self.doubtful.is_empty() => "it sees no line of text".to_owned(),
            None => "it is not sure of a single line".to_owned(),
        };
        Error::Unrecognised { detail }
    }

    /// How long the pages took.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// A sentence for everything that a reader of the document should know, of so many pages.
    pub fn warnings(&self, of: usize) -> Vec<String> {
        let mut out = Vec::new();
        if !self.read.is_empty() {
            let were = if self.read.len() == 1 { "was" } else { "were" };
            out.push(format!(
                "{} of {of} {were} read by OCR: compare its numbers with the original",
                named(&self.read)
            ));
        }
        for (page, lines) in self.doubtful.iter().take(NAMED) {
            let (lines, were) =
                if *lines == 1 { ("1 line".to_owned(), "was") } else { (format!("{lines} lines"), "were") };
            out.push(format!("{lines} on page {page} {were} left out: OCR is not sure of every character"));
        }
        if self.doubtful.len() > NAMED {
            out.push(format!("lines on {} more pages were left out for the same reason", self.doubtful.len() - NAMED));
        }
        if !self.bare.is_empty() {
            out.push(format!("OCR found no text on {} of {of}", named(&self.bare)));
        }
        for (page, problem) in self.failed.iter().take(NAMED) {
            out.push(format!("page {page} was not read by OCR: {problem}"));
        }
        if !self.beyond.is_empty() {
            out.push(format!(
                "{} of {of} were not read by OCR: no more than {} pages or {} s a file; split it",
                named(&self.beyond),
                self.pages,
                self.time.as_secs()
            ));
        }
        out
    }
}

/// Pages in words: "page 3", "pages 1, 2 and more".
pub(super) fn named(pages: &[usize]) -> String {
    let numbers: Vec<String> = pages.iter().take(NAMED).map(ToString::to_string).collect();
    let (word, more) =
        (if pages.len() == 1 { "page" } else { "pages" }, if pages.len() > NAMED { " and more" } else { "" });
    format!("{word} {}{more}", numbers.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, y: f32, sure: f32) -> Seen {
        Seen { x: 10.0, y, end: 200.0, size: 10.0, text: text.to_owned(), sure }
    }

    #[test]
    fn what_ocr_is_not_sure_of_is_left_out_and_said() {
        let mut scans = Scans::new(&Limits::default());
        let pieces =
            scans.page(3, || Ok(vec![line("甲县有小学12所。", 50.0, 0.98), line("乙县有小学8所。", 30.0, 0.2)]));
        assert_eq!(pieces.iter().map(|p| p.text.as_str()).collect::<Vec<_>>(), ["甲县有小学12所。"]);
        assert_eq!(
            scans.warnings(5),
            [
                "page 3 of 5 was read by OCR: compare its numbers with the original",
                "1 line on page 3 was left out: OCR is not sure of every character"
            ]
        );
    }

    #[test]
    fn no_more_pages_are_read_than_the_limits_allow() {
        let mut scans = Scans::new(&Limits { ocr_pages: 1, ..Limits::default() });
        for page in 1..=3 {
            scans.page(page, || Ok(vec![line("甲", 50.0, 1.0)]));
        }
        let last = scans.warnings(3).pop().unwrap();
        assert!(last.starts_with("pages 2, 3 of 3 were not read by OCR: no more than 1 pages"), "{last}");
    }
}
