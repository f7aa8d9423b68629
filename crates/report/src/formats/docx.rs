//! Word documents: the text of word/document.xml, a line a paragraph, tables as rows that name their columns.

use std::io::{Cursor, Read};
use std::time::Instant;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::Extracted;
use super::table::Table;
use crate::error::{Error, Limits};

/// Elements may nest no deeper: real documents stay below fifty.
const MAX_DEPTH: usize = 512;

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let xml = part(bytes, "word/document.xml", limits)?;
    let xml = crate::decode::decode(&xml, limits)?;
    Ok(Extracted { text: text(&xml, limits)?, pages: Vec::new() })
}

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: ".docx", detail: detail.to_string() }
}

/// One part of the package, unpacked up to the limit whatever its header says.
fn part(bytes: &[u8], name: &str, limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let found = archive.file_names().any(|n| n.is_ok_and(|n| n == name));
    if !found {
        let odf = archive.file_names().any(|n| n.is_ok_and(|n| n == "content.xml"));
        let found = if odf { "an OpenDocument file" } else { "a zip archive" };
        return Err(Error::UnknownFormat { found: found.to_owned() });
    }
    let file = archive.by_name(name).map_err(|e| match e {
        zip::result::ZipError::UnsupportedArchive(_) | zip::result::ZipError::InvalidPassword => Error::Encrypted,
        e => damaged(e),
    })?;
    let mut out = Vec::new();
    file.take(limits.content_bytes + 1).read_to_end(&mut out).map_err(damaged)?;
    if out.len() as u64 > limits.content_bytes {
        return Err(Error::TooLarge { what: "its unpacked text", limit: format!("{} MB", limits.content_bytes >> 20) });
    }
    Ok(out)
}

/// Walks the XML. Entities other than the five of XML are left out: a document needs none, and an attacker would.
fn text(xml: &str, limits: &Limits) -> Result<String, Error> {
    let started = Instant::now();
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut walk = Walk::default();
    let mut events = 0u64;
    loop {
        events += 1;
        if events.is_multiple_of(4096) && started.elapsed().as_secs() >= limits.seconds {
            return Err(Error::TooSlow { seconds: limits.seconds });
        }
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) => walk.start(e.local_name().as_ref())?,
            Event::Empty(e) => {
                walk.start(e.local_name().as_ref())?;
                walk.end(e.local_name().as_ref());
            }
            Event::End(e) => walk.end(e.local_name().as_ref()),
            Event::Text(e) => walk.text(&e.xml10_content()),
            Event::CData(e) => walk.text(&e.xml10_content()),
            Event::GeneralRef(e) => {
                if let Ok(Some(c)) = e.resolve_char_ref() {
                    walk.text(c.encode_utf8(&mut [0; 4]));
                } else if let Some(s) = quick_xml::escape::resolve_predefined_entity(&e.xml10_content()) {
                    walk.text(s);
                }
            }
            Event::Eof => break,
            _ => {}
        }
        Limits::count("the number of its table cells", walk.cells, limits.table_cells)?;
    }
    if walk.depth > 0 && walk.out.trim().is_empty() {
        return Err(damaged("it ends in the middle"));
    }
    Ok(walk.finish())
}

#[derive(Default)]
struct Walk {
    out: String,
    /// Paragraphs being written; a text box inside a paragraph opens another.
    paragraphs: Vec<String>,
    /// Tables being read, the innermost last, each with the text of its open cell.
    tables: Vec<(Table, String)>,
    in_text: bool,
    /// Cells of all tables so far.
    cells: usize,
    depth: usize,
    /// Depth at which a subtree to be skipped began.
    skipping: Option<usize>,
}

impl Walk {
    fn start(&mut self, name: &str) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(damaged("its elements nest too deep"));
        }
        if self.skipping.is_some() {
            return Ok(());
        }
        match name {
            // Deleted and moved-away text, field codes, and the second copy of what a newer Word draws.
            "del" | "moveFrom" | "instrText" | "Fallback" | "rPr" | "pPr" | "sectPr" => {
                self.skipping = Some(self.depth)
            }
            "p" => self.paragraphs.push(String::new()),
            "t" => self.in_text = true,
            "tab" => self.push(' '),
            "br" | "cr" => self.push('\n'),
            "noBreakHyphen" => self.push('-'),
            "tbl" => self.tables.push((Table::default(), String::new())),
            "tr" => {
                if let Some((table, _)) = self.tables.last_mut() {
                    table.begin_row();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        if self.skipping == Some(self.depth) {
            self.skipping = None;
        } else if self.skipping.is_none() {
            match name {
                "t" => self.in_text = false,
                "p" => {
                    if let Some(paragraph) = self.paragraphs.pop() {
                        self.line(&paragraph);
                    }
                }
                "tc" => {
                    if let Some((table, cell)) = self.tables.last_mut() {
                        table.cell(cell);
                        cell.clear();
                        self.cells += 1;
                    }
                }
                "tbl" => {
                    if let Some((table, _)) = self.tables.pop() {
                        table.lines().iter().for_each(|l| self.line(l));
                    }
                }
                _ => {}
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn text(&mut self, text: &str) {
        if self.in_text && self.skipping.is_none() {
            match self.paragraphs.last_mut() {
                Some(paragraph) => paragraph.push_str(text),
                None => self.out.push_str(text),
            }
        }
    }

    fn push(&mut self, c: char) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.push(c);
        }
    }

    /// A finished paragraph goes into the open cell, or out.
    fn line(&mut self, line: &str) {
        let target = self.tables.last_mut().map_or(&mut self.out, |(_, cell)| cell);
        target.push_str(line);
        target.push('\n');
    }

    fn finish(mut self) -> String {
        while let Some((table, _)) = self.tables.pop() {
            table.lines().iter().for_each(|l| self.line(l));
        }
        for paragraph in std::mem::take(&mut self.paragraphs) {
            self.line(&paragraph);
        }
        self.out
    }
}
