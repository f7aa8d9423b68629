//! OpenDocument: texts (.odt), sheets (.ods) and slides (.odp), in a package or laid flat in one file. Paragraphs with the
//! levels of headings and the numbers that count by themselves, tables on their grid, footnotes behind the paragraph that
//! calls them.

mod styles;

use quick_xml::events::BytesStart;
use quick_xml::name::QName;

use super::package::{MAX_DEPTH, Package, Visit, attribute, walk};
use super::sheet::{MOST_COLUMNS, Sheet, is_named};
use super::table::Table;
use super::{Extracted, Writer};
use crate::error::{Error, Limits};
use styles::{OUTLINE, Styles};

/// A row or a cell that stands for several is written no more often.
const MOST_REPEATED: usize = 256;

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: "OpenDocument", detail: detail.to_string() }
}

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let mut package = Package::open(bytes, limits)?;
    let manifest = "META-INF/manifest.xml";
    if package.holds(manifest) && package.text(manifest)?.contains("encryption-data") {
        return Err(Error::Encrypted);
    }
    let mut walk = Walk::default();
    if package.holds("styles.xml") {
        walk.run(&package.text("styles.xml")?, limits)?;
    }
    walk.run(&package.text("content.xml")?, limits)?;
    Ok(walk.finish())
}

/// A document in one XML file (.fodt, .fods, .fodp).
pub(crate) fn extract_flat(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let mut walk = Walk::default();
    walk.run(&crate::decode::decode(bytes, limits)?, limits)?;
    Ok(walk.finish())
}

/// A paragraph being read.
#[derive(Default)]
struct Paragraph {
    text: String,
    heading: Option<u8>,
    label: String,
    /// Notes called in it, with their numbers.
    notes: Vec<(usize, String)>,
}

/// A table being read.
#[derive(Default)]
struct OpenTable {
    name: String,
    table: Table,
    /// Of a spreadsheet its cells on their places.
    sheet: Sheet,
    row: usize,
    column: usize,
    /// For how many rows the current one stands.
    rows: usize,
    cell: String,
    /// Columns and rows that the open cell covers, and for how many cells it stands.
    span: (usize, usize, usize),
    head: bool,
    /// Tables inside its cells, which stand behind it.
    inner: Vec<Table>,
}

/// A list being read.
struct OpenList {
    style: String,
    /// Whether the next paragraph is the first of an item, which shows its number.
    fresh: bool,
}

#[derive(Default)]
struct Walk {
    styles: Styles,
    out: Writer,
    depth: usize,
    /// Depth at which a subtree to be skipped began.
    skipping: Option<usize>,
    in_body: bool,
    is_sheet: bool,
    /// Paragraphs being written; a text box inside a paragraph opens another.
    paragraphs: Vec<Paragraph>,
    tables: Vec<OpenTable>,
    lists: Vec<OpenList>,
    /// The text of an open note.
    note: Option<String>,
    notes: usize,
    /// Cells of all tables so far.
    cells: usize,
    /// Whether what is read is the title of a slide.
    slide_title: bool,
    /// Slides with a speaker's notes, and things embedded that are no text.
    spoken: usize,
    objects: usize,
    /// Within a speaker's notes whether they say anything.
    speech: Option<bool>,
}

impl Walk {
    /// Walks the XML of a part.
    fn run(&mut self, xml: &str, limits: &Limits) -> Result<(), Error> {
        walk(xml, limits, damaged, self)?;
        (self.depth, self.skipping) = (0, None);
        Ok(())
    }
}

impl Visit for Walk {
    fn start(&mut self, e: &BytesStart<'_>) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(damaged("its elements nest too deep"));
        }
        if self.skipping.is_some() {
            return Ok(());
        }
        let name = e.name();
        if !self.in_body {
            match name.as_ref() {
                "office:body" => self.in_body = true,
                // Heads and feet of pages.
                "office:master-styles" => self.skipping = Some(self.depth),
                name => self.styles.start(name, e),
            }
            return Ok(());
        }
        let number = |key: &str| attribute(e, key).and_then(|v| v.parse::<usize>().ok()).unwrap_or(1).max(1);
        match name.as_ref() {
            "office:spreadsheet" => self.is_sheet = true,
            // What was deleted, comments, readings beside the words, and lists of the headings, which say nothing new.
            "text:tracked-changes"
            | "office:annotation"
            | "text:ruby-text"
            | "text:note-citation"
            | "svg:title"
            | "svg:desc"
            | "text:table-of-content"
            | "office:forms"
            | "office:scripts"
            | "table:tracked-changes" => {
                self.skipping = Some(self.depth);
            }
            "draw:object" | "draw:object-ole" | "draw:plugin" => {
                self.objects += 1;
                self.skipping = Some(self.depth);
            }
            "presentation:notes" => {
                self.speech = Some(false);
                self.skipping = Some(self.depth);
            }
            "draw:frame" | "draw:custom-shape" => {
                self.slide_title = attribute(e, "class").is_some_and(|c| c == "title");
            }
            "text:p" | "text:h" => self.paragraph(e),
            "text:s" => {
                for _ in 0..number("c").min(MOST_REPEATED) {
                    self.text(" ");
                }
            }
            "text:tab" => self.text(" "),
            "text:line-break" => self.text("\n"),
            "text:note" => self.note = Some(String::new()),
            "text:list" => self.list(e),
            "text:list-item" => {
                if let Some(list) = self.lists.last_mut() {
                    list.fresh = true;
                }
            }
            "text:list-header" => {
                if let Some(list) = self.lists.last_mut() {
                    list.fresh = false;
                }
            }
            "table:table" => {
                let named = attribute(e, "name").unwrap_or_default();
                if attribute(e, "style-name").is_some_and(|s| self.styles.is_hidden(&s)) {
                    self.out.out.warnings.push(format!("the hidden sheet {named} is not read"));
                    self.skipping = Some(self.depth);
                } else {
                    self.tables.push(OpenTable { name: named, ..OpenTable::default() });
                }
            }
            "table:table-header-rows" => {
                if let Some(open) = self.tables.last_mut() {
                    open.head = true;
                }
            }
            "table:table-row" => {
                if let Some(open) = self.tables.last_mut() {
                    (open.column, open.rows) = (0, number("number-rows-repeated"));
                    open.table.begin_row();
                }
            }
            "table:table-cell" => {
                if let Some(open) = self.tables.last_mut() {
                    let columns = number("number-columns-spanned");
                    open.span = (columns, number("number-rows-spanned"), number("number-columns-repeated"));
                    open.cell.clear();
                }
            }
            "table:covered-table-cell" => {
                if let Some(open) = self.tables.last_mut() {
                    open.column += number("number-columns-repeated");
                    // A covered cell may hold words that nobody sees.
                    self.skipping = Some(self.depth);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: QName<'_>) {
        if self.skipping == Some(self.depth) {
            self.skipping = None;
            self.spoken += usize::from(self.speech.take() == Some(true));
        } else if self.skipping.is_none() {
            match name.as_ref() {
                "office:body" => self.in_body = false,
                name if !self.in_body => self.styles.end(name),
                "text:p" | "text:h" => {
                    if let Some(paragraph) = self.paragraphs.pop() {
                        self.end_paragraph(paragraph);
                    }
                }
                "text:note" => self.end_note(),
                "text:list" => drop(self.lists.pop()),
                "draw:frame" | "draw:custom-shape" => self.slide_title = false,
                "table:table-cell" => self.end_cell(),
                "table:table-row" => {
                    if let Some(open) = self.tables.last_mut() {
                        open.row = open.row.saturating_add(open.rows.max(1));
                    }
                }
                "table:table-header-rows" => {
                    if let Some(open) = self.tables.last_mut() {
                        open.head = false;
                    }
                }
                "table:table" => self.end_table(),
                _ => {}
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn text(&mut self, text: &str) {
        self.speech = self.speech.map(|said| said || !text.trim().is_empty());
        if self.skipping.is_none()
            && let Some(paragraph) = self.paragraphs.last_mut()
        {
            // White space of the source is one space, unless an element says more.
            if text != " " && text.chars().all(char::is_whitespace) && text != "\n" {
                return;
            }
            paragraph.text.push_str(text);
        }
    }

    fn cells(&self) -> usize {
        self.cells
    }
}

impl Walk {
    fn paragraph(&mut self, e: &BytesStart<'_>) {
        let style = attribute(e, "style-name").unwrap_or_default();
        let mut paragraph = Paragraph::default();
        if e.name().as_ref() == "text:h" {
            let level = attribute(e, "outline-level").and_then(|l| l.parse::<u8>().ok()).unwrap_or(1).clamp(1, 9);
            paragraph.heading = Some(level);
            let header = attribute(e, "is-list-header").is_some_and(|h| h == "true");
            if !header && self.lists.is_empty() && self.styles.is_outlined(&style) {
                paragraph.label = self.styles.numbering.next(OUTLINE, usize::from(level) - 1);
            }
        } else if self.styles.is_title(&style) {
            paragraph.heading = Some(0);
        } else if self.slide_title {
            paragraph.heading = Some(2);
        }
        let level = self.lists.len().saturating_sub(1);
        if let Some(list) = self.lists.last_mut()
            && std::mem::take(&mut list.fresh)
        {
            paragraph.label = self.styles.numbering.next(&list.style, level);
        }
        self.paragraphs.push(paragraph);
    }

    /// A finished paragraph goes into the open note or cell, or out.
    fn end_paragraph(&mut self, paragraph: Paragraph) {
        if let Some(note) = &mut self.note {
            note.push_str(paragraph.text.trim());
            return;
        }
        if let Some(open) = self.tables.last_mut() {
            open.cell.push_str(&paragraph.text);
            open.cell.push('\n');
            return;
        }
        let shown = !paragraph.text.trim().is_empty();
        let label = if shown { paragraph.label.as_str() } else { "" };
        self.out.line(&paragraph.text, paragraph.heading.filter(|_| shown), label);
        for (number, text) in paragraph.notes {
            self.out.line(&text, None, &format!("[{number}]"));
        }
    }

    fn end_note(&mut self) {
        let text = self.note.take().unwrap_or_default();
        self.notes += 1;
        if let Some(paragraph) = self.paragraphs.last_mut().filter(|_| !text.is_empty()) {
            paragraph.notes.push((self.notes, text));
        }
    }

    /// A list begins to count anew, unless it says that it goes on.
    fn list(&mut self, e: &BytesStart<'_>) {
        let outer = self.lists.last().map(|l| l.style.clone());
        let style = attribute(e, "style-name").or(outer).unwrap_or_default();
        let goes_on =
            attribute(e, "continue-list").is_some() || attribute(e, "continue-numbering").is_some_and(|c| c == "true");
        if self.lists.is_empty() && !goes_on && style != OUTLINE {
            self.styles.numbering.restart(&style);
        }
        self.lists.push(OpenList { style, fresh: false });
    }

    fn end_cell(&mut self) {
        let Some(open) = self.tables.last_mut() else { return };
        let text = std::mem::take(&mut open.cell);
        let (columns, rows, repeated) = open.span;
        let empty = text.trim().is_empty();
        if !self.is_sheet {
            for _ in 0..repeated.min(MOST_REPEATED) {
                self.cells += 1;
                open.table.cell(&text, columns, rows, open.head);
            }
            return;
        }
        if !empty {
            if (columns, rows) != (1, 1) {
                open.sheet.spans.insert((open.row, open.column), (rows, columns));
            }
            for row in 0..open.rows.min(MOST_REPEATED) {
                for column in 0..repeated.min(MOST_COLUMNS) {
                    self.cells += 1;
                    let (row, column) = (open.row.saturating_add(row), open.column.saturating_add(column));
                    open.sheet.put(row, column, text.trim_end().to_owned());
                }
            }
        }
        open.column = open.column.saturating_add(repeated);
    }

    /// A table in a cell is a table of its own, behind the one around it.
    fn end_table(&mut self) {
        let Some(open) = self.tables.pop() else { return };
        if self.is_sheet && self.tables.is_empty() {
            if is_named(&open.name) && !open.sheet.is_empty() {
                self.out.line(&open.name, Some(2), "");
            }
            open.sheet.write(&mut self.out);
            return;
        }
        match self.tables.last_mut() {
            Some(outer) => {
                outer.inner.push(open.table);
                outer.inner.extend(open.inner);
            }
            None => {
                self.out.table(open.table);
                open.inner.into_iter().for_each(|t| self.out.table(t));
            }
        }
    }

    fn finish(mut self) -> Extracted {
        while !self.tables.is_empty() {
            self.end_table();
        }
        for paragraph in std::mem::take(&mut self.paragraphs) {
            self.end_paragraph(paragraph);
        }
        let mut out = self.out.out;
        if self.spoken > 0 {
            out.warnings.push(format!("the speaker's notes of {} slides are not read", self.spoken));
        }
        if self.objects > 0 {
            out.warnings.push(format!("{} embedded objects (charts, formulas) are not read", self.objects));
        }
        out.whole = true;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Extracted {
        let xml = format!("<office:document><office:body>{body}</office:body></office:document>");
        extract_flat(xml.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn lists_headings_and_notes_are_lines_of_their_own() {
        let styles = "<text:list-style style:name=\"L\"><text:list-level-style-number text:level=\"1\" style:num-format=\"1\" style:num-suffix=\".\"/></text:list-style>";
        let body = "<office:text><text:h text:outline-level=\"2\">工作</text:h><text:p>建成5座<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>含2座改建。</text:p></text:note-body></text:note>。</text:p>\
            <text:list text:style-name=\"L\"><text:list-item><text:p>食堂</text:p></text:list-item><text:list-item><text:p>学校</text:p></text:list-item></text:list>\
            <text:tracked-changes><text:p>删去</text:p></text:tracked-changes></office:text>";
        let xml = format!(
            "<office:document><office:automatic-styles>{styles}</office:automatic-styles><office:body>{body}</office:body></office:document>"
        );
        let got = extract_flat(xml.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(got.text, "工作\n建成5座。\n含2座改建。\n食堂\n学校\n");
        let marks: Vec<(Option<u8>, &str)> = got.marks.iter().map(|m| (m.heading, m.label.as_str())).collect();
        assert_eq!(marks, [(Some(2), ""), (None, "[1]"), (None, "1."), (None, "2.")]);
    }

    #[test]
    fn a_sheet_that_repeats_rows_without_end_is_bounded() {
        let cell = "<table:table-cell table:number-columns-repeated=\"1000000\"><text:p>1</text:p></table:table-cell>";
        let row = format!("<table:table-row table:number-rows-repeated=\"1000000\">{cell}</table:table-row>");
        let got = read(&format!("<office:spreadsheet><table:table>{row}{row}</table:table></office:spreadsheet>"));
        assert!(got.tables[0].cells.len() < 100_000);
    }
}
