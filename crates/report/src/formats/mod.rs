//! The file formats: each gives lines of text, what it knows of them, and its tables; everything after that is the same
//! for all of them.

pub(crate) mod archive;
mod csv;
mod docx;
mod epub;
mod html;
mod mime;
mod numbering;
mod odf;
mod ofd;
mod ole;
mod package;
mod pdf;
mod picture;
mod rtf;
mod scan;
mod sheet;
mod slides;
mod sniff;
pub(crate) mod table;
mod workbook;

use crate::error::{Error, Limits};
use crate::ocr::Ocr;
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
    /// Whether it is ArticleTitle, which is the title of what stands on the page and of nothing else.
    pub titled: bool,
    /// PubDate, as an ISO date.
    pub date: Option<String>,
    /// ContentSource: the office it comes from.
    pub source: Option<String>,
    /// SiteName, which names the place.
    pub site: Option<String>,
}

impl Extracted {
    /// Puts another text behind this one, with all that is known of it.
    pub fn append(&mut self, other: Self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let by = self.text.chars().count();
        let moved = |range: std::ops::Range<usize>| range.start + by..range.end + by;
        self.text.push_str(&other.text);
        self.pages.extend(other.pages.into_iter().map(|at| at + by));
        self.marks.extend(other.marks.into_iter().map(|mark| Mark { at: mark.at + by, ..mark }));
        self.tables.extend(other.tables.into_iter().map(|mut grid| {
            grid.range = moved(grid.range);
            grid.cells.iter_mut().for_each(|cell| cell.range = moved(cell.range.clone()));
            grid
        }));
        self.warnings.extend(other.warnings);
    }
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

    /// Characters so far.
    pub fn length(&self) -> usize {
        self.chars
    }

    /// Adds text as it is.
    pub fn push(&mut self, text: &str) {
        self.out.text.push_str(text);
        self.chars += text.chars().count();
    }
}

/// What a file holds.
pub(crate) enum Opened {
    /// One text.
    One(Box<Extracted>),
    /// Several, each under a name.
    Texts(Vec<(String, Extracted)>),
    /// Files of their own.
    Files(Vec<archive::Packed>),
}

/// Recognises the format by content, then by name, and takes out what is in the file.
pub(crate) fn open(
    bytes: &[u8],
    name_hint: Option<&str>,
    limits: &Limits,
    ocr: Option<&dyn Ocr>,
) -> Result<Opened, Error> {
    match sniff::sniff(bytes, name_hint)? {
        sniff::Format::Archive => archive::files(bytes, limits).map(Opened::Files),
        sniff::Format::Csv => Ok(match csv::documents(bytes, limits)? {
            Some(texts) => Opened::Texts(texts),
            None => Opened::One(Box::new(csv::extract(bytes, limits)?)),
        }),
        format => read(format, bytes, limits, ocr).map(|extracted| Opened::One(Box::new(extracted))),
    }
}

/// The text of a file that holds one.
pub(crate) fn extract(
    bytes: &[u8],
    name_hint: Option<&str>,
    limits: &Limits,
    ocr: Option<&dyn Ocr>,
) -> Result<Extracted, Error> {
    read(sniff::sniff(bytes, name_hint)?, bytes, limits, ocr)
}

fn read(format: sniff::Format, bytes: &[u8], limits: &Limits, ocr: Option<&dyn Ocr>) -> Result<Extracted, Error> {
    use sniff::Format;
    let mut out = match format {
        Format::Text => {
            let text = crate::decode::decode(bytes, limits)?;
            sniff::refuse_disguised(&text)?;
            Extracted { text, ..Extracted::default() }
        }
        Format::Pdf => pdf::extract(bytes, limits, ocr)?,
        Format::Picture(kind) => picture::extract(bytes, kind, limits, ocr)?,
        Format::Html => html::extract(bytes, limits)?,
        Format::Docx => docx::extract(bytes, limits)?,
        Format::WordXml => docx::extract_flat(bytes, limits)?,
        Format::Rtf => rtf::extract(bytes, limits)?,
        Format::Mail => mime::extract(bytes, limits)?,
        Format::Workbook => workbook::extract(bytes, limits)?,
        Format::Slides => slides::extract(bytes, limits)?,
        Format::OpenDocument => odf::extract(bytes, limits)?,
        Format::FlatOpenDocument => odf::extract_flat(bytes, limits)?,
        Format::Epub => epub::extract(bytes, limits)?,
        Format::Ofd => ofd::extract(bytes, limits)?,
        Format::Ole => ole::extract(bytes, limits)?,
        Format::Csv => csv::extract(bytes, limits)?,
        Format::Archive => return Err(Error::Several),
    };
    garbled(&mut out)?;
    Ok(out)
}

/// Says how many characters came out as nothing, where the file's encoding is not what it says or is damaged; refuses a
/// text that is hardly anything else.
fn garbled(out: &mut Extracted) -> Result<(), Error> {
    // U+FFFD stands for what could not be decoded; 锟斤拷 is what becomes of it when it is taken for GBK.
    let lost = out.text.chars().filter(|&c| c == '\u{fffd}').count() + 2 * out.text.matches("锟斤拷").count();
    if lost == 0 {
        return Ok(());
    }
    let all = out.text.chars().filter(|c| !c.is_whitespace()).count();
    if lost * 5 > all {
        return Err(Error::UnknownFormat {
            found: "a text whose characters are lost, in an unknown encoding".to_owned(),
        });
    }
    out.warnings.push(format!("{lost} characters are garbled: the encoding is damaged or not what the file says"));
    Ok(())
}
