//! The file formats: each gives lines of text, what it knows of them, and its tables; everything after that is the same
//! for all of them.

mod csv;
mod docx;
mod html;
mod mime;
mod package;
mod pdf;
mod rtf;
mod sniff;
pub(crate) mod table;
mod workbook;

use crate::error::{Error, Limits};
pub(crate) use table::Grid;

/// What a format's reader hands on.
#[derive(Debug, Default)]
pub(crate) struct Extracted {
    /// The text as it is in the file, one line or paragraph a line, a row of a table a line with tabs between its cells.
    pub text: String,
    /// For paged formats: where each page begins in `text`, in Unicode scalar values; page 1 first.
    pub pages: Vec<usize>,
    /// Whether a line is a paragraph by the format's own word (Word, web pages), and not by guess.
    pub whole: bool,
    /// What the format says of single lines, ascending.
    pub marks: Vec<Mark>,
    /// Its tables, in reading order.
    pub tables: Vec<Grid>,
    /// What the file says of itself outside its text.
    pub page: PageHead,
    /// What of the file could not be read, a sentence each.
    pub warnings: Vec<String>,
}

/// What a format says of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Where the line begins in the text, in Unicode scalar values.
    pub at: usize,
    /// The level of a heading, 1 the outermost; 0 for the title of the whole document.
    pub heading: Option<u8>,
    /// The number that the program shows before it and that no character of the file holds: "一、", "（二）".
    pub label: String,
}

/// What a page says of itself in its head, outside the article.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PageHead {
    /// ArticleTitle, or the title without the site's name.
    pub title: Option<String>,
    /// PubDate, as an ISO date.
    pub date: Option<String>,
    /// ContentSource: the office it comes from.
    pub source: Option<String>,
    /// SiteName, which names the place.
    pub site: Option<String>,
}

/// Lines and tables as they are written, with the count of characters so far.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub out: Extracted,
    chars: usize,
}

impl Writer {
    /// Adds a line, which may hold line feeds; the mark belongs to the first of its lines.
    pub fn line(&mut self, text: &str, heading: Option<u8>, label: &str) {
        if heading.is_some() || !label.is_empty() {
            self.out.marks.push(Mark { at: self.chars, heading, label: label.to_owned() });
        }
        self.push(text);
        self.push("\n");
    }

    /// Adds a table as lines of its rows; one that is laid out only for looks becomes the text of its cells.
    pub fn table(&mut self, table: table::Table) {
        match table.grid() {
            Ok(mut grid) => {
                let from = self.chars;
                for row in &grid.owned_rows() {
                    for (i, &cell) in row.iter().enumerate() {
                        if i > 0 {
                            self.push("\t");
                        }
                        let text = grid.cells[cell].text.clone();
                        let start = self.chars;
                        self.push(&text);
                        grid.cells[cell].range = start..self.chars;
                    }
                    self.push("\n");
                }
                grid.range = from..self.chars;
                self.out.tables.push(grid);
            }
            Err(lines) => lines.iter().for_each(|l| self.line(l, None, "")),
        }
    }

    fn push(&mut self, text: &str) {
        self.out.text.push_str(text);
        self.chars += text.chars().count();
    }
}

/// Recognises the format by content, then by name, and takes the text out.
pub(crate) fn extract(bytes: &[u8], name_hint: Option<&str>, limits: &Limits) -> Result<Extracted, Error> {
    use sniff::Format;
    match sniff::sniff(bytes, name_hint)? {
        Format::Text => {
            let text = crate::decode::decode(bytes, limits)?;
            sniff::refuse_disguised(&text)?;
            Ok(Extracted { text, ..Extracted::default() })
        }
        Format::Pdf => pdf::extract(bytes, limits),
        Format::Html => html::extract(bytes, limits),
        Format::Docx => docx::extract(bytes, limits),
        Format::WordXml => docx::extract_flat(bytes, limits),
        Format::Rtf => rtf::extract(bytes, limits),
        Format::Mail => mime::extract(bytes, limits),
        Format::Workbook => workbook::extract(bytes, limits),
        Format::Csv => csv::extract(bytes, limits),
    }
}
