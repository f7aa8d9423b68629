//! Word 97 to 2003 and WPS (.doc, .wps): the text by the piece table, a line a paragraph, with the levels of headings, the
//! numbers that count by themselves, tables on their grid, and footnotes behind the paragraph that calls them.

use std::collections::HashMap;

use super::numbers::{Place, Styles, numbering};
use super::pieces::{Said, Text, changes, part, said};
use super::{File, index_at, stream, u16_at, u32_at};
use crate::error::{Error, Limits};
use crate::formats::numbering::Numbering;
use crate::formats::table::{EdgedCell, EdgedRow, of_edges};
use crate::formats::{Extracted, Writer};

/// Rows of a table, and cells of a row, that are kept.
const MOST_ROWS: usize = 20_000;
const MOST_CELLS: usize = 64;

fn damaged(detail: &str) -> Error {
    Error::Damaged { format: ".doc", detail: detail.to_owned() }
}

pub(super) fn extract(file: &mut File<'_>, limits: &Limits) -> Result<Extracted, Error> {
    let main = stream(file, "/WordDocument", limits)?;
    let (Some(version), Some(flags)) = (u16_at(&main, 2), u16_at(&main, 10)) else {
        return Err(damaged("it ends in its head"));
    };
    if flags & 0x0100 != 0 {
        return Err(Error::Encrypted);
    }
    // Word 97 began with 193; before it the text was bytes of a code page that the file does not name.
    if version < 193 {
        return Err(Error::UnknownFormat { found: "a document of Word 95 or older".to_owned() });
    }
    let name = if flags & 0x0200 != 0 { "/1Table" } else { "/0Table" };
    if !file.is_stream(name) {
        return Err(damaged("its table of pieces is missing"));
    }
    let table = stream(file, name, limits)?;
    let length = |at: usize| index_at(&main, at).unwrap_or(0);
    let (body, footnotes) = (length(0x4c), length(0x50));
    let all =
        [0x4c, 0x50, 0x54, 0x58, 0x5c, 0x60, 0x64, 0x68].iter().map(|&at| length(at)).fold(0, usize::saturating_add);
    Limits::count("the number of its characters", all, limits.characters)?;
    let text = Text::read(&main, part(&main, &table, 33), all).ok_or_else(|| damaged("its table of pieces is cut"))?;
    if text.units.len() < body {
        return Err(damaged("its text is cut"));
    }
    let lists = index_at(&main, 0x9a + 8 * 73).and_then(|from| table.get(from..)).unwrap_or_default();
    let mut walk = Walk {
        text: &text,
        runs: said(&main, part(&main, &table, 12), false),
        paragraphs: said(&main, part(&main, &table, 13), true),
        styles: Styles::read(part(&main, &table, 1)),
        numbering: numbering(lists, part(&main, &table, 73).len(), part(&main, &table, 74)),
        notes: HashMap::new(),
        out: Writer::default(),
        rows: Vec::new(),
        cells: Vec::new(),
        cell: String::new(),
        noted: 0,
        all_cells: 0,
    };
    walk.notes = walk.collect(part(&main, &table, 2), part(&main, &table, 3), body, footnotes);
    walk.run(body, limits)?;
    Ok(walk.finish())
}

struct Walk<'a> {
    text: &'a Text,
    runs: Vec<Said<'a>>,
    paragraphs: Vec<Said<'a>>,
    styles: Styles,
    numbering: Numbering,
    /// Footnotes by the character that calls them.
    notes: HashMap<usize, String>,
    out: Writer,
    /// The rows of the open table, the finished cells of its open row, and the words of its open cell.
    rows: Vec<EdgedRow>,
    cells: Vec<String>,
    cell: String,
    noted: usize,
    all_cells: usize,
}

impl Walk<'_> {
    /// The footnotes: the n-th call belongs to the n-th stretch of their story, which lies behind the body.
    fn collect(&self, calls: &[u8], stretches: &[u8], body: usize, length: usize) -> HashMap<usize, String> {
        let count = calls.len().saturating_sub(4) / 6;
        let mut out = HashMap::new();
        for i in 0..count {
            let ends = index_at(stretches, 4 * i).zip(index_at(stretches, 4 * i + 4));
            let (Some(at), Some((from, to))) = (index_at(calls, 4 * i), ends) else { break };
            if from <= to && to <= length {
                let words = self.words(body.saturating_add(from), body.saturating_add(to));
                let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
                if !words.is_empty() {
                    out.insert(at, words);
                }
            }
        }
        out
    }

    /// The words between two characters, without what nobody sees.
    fn words(&self, from: usize, to: usize) -> String {
        let to = to.min(self.text.units.len());
        let mut units = Vec::new();
        // Fields: their instruction stands before a mark in their middle.
        let mut fields: Vec<bool> = Vec::new();
        for i in from.min(to)..to {
            let unit = self.text.units[i];
            match unit {
                0x13 => fields.push(true),
                0x14 => {
                    if let Some(field) = fields.last_mut() {
                        *field = false;
                    }
                }
                0x15 => {
                    fields.pop();
                }
                _ if fields.contains(&true) || self.is_unseen(i) => {}
                0x0b | 0x0c | 0x0e => units.push(u16::from(b'\n')),
                0x0d | 0x07 | 0x09 | 0xa0 => units.push(u16::from(b' ')),
                0x1e => units.push(u16::from(b'-')),
                0..0x20 => {}
                unit => units.push(unit),
            }
        }
        String::from_utf16_lossy(&units)
    }

    /// Whether a character was deleted or is hidden.
    fn is_unseen(&self, i: usize) -> bool {
        let on = |operand: &[u8]| operand.first().is_some_and(|&v| v & 1 == 1);
        // sprmCFRMarkDel, sprmCFVanish.
        at(&self.runs, self.text.at[i]).is_some_and(|run| {
            changes(run.changes).any(|(code, operand)| matches!(code, 0x0800 | 0x083c) && on(operand))
        })
    }

    fn run(&mut self, body: usize, limits: &Limits) -> Result<(), Error> {
        let started = std::time::Instant::now();
        let mut from = 0;
        for i in 0..body {
            if i.is_multiple_of(1 << 14) && started.elapsed().as_secs() >= limits.seconds {
                return Err(Error::TooSlow { seconds: limits.seconds });
            }
            // A paragraph ends with its mark, that of a page or a section, or that of a cell or a row.
            let mark = self.text.units[i];
            if !matches!(mark, 0x0d | 0x07 | 0x0c) && i + 1 < body {
                continue;
            }
            let end = if matches!(mark, 0x0d | 0x07 | 0x0c) { i } else { i + 1 };
            self.paragraph(from, end, i, mark == 0x07);
            Limits::count("the number of its table cells", self.all_cells, limits.table_cells)?;
            from = i + 1;
        }
        Ok(())
    }

    /// A paragraph from one character to another, with its mark.
    fn paragraph(&mut self, from: usize, to: usize, mark: usize, cell: bool) {
        let paragraph = at(&self.paragraphs, self.text.at[mark]);
        let (style, own) = paragraph.map_or((0, &[][..]), |p| (p.style, p.changes));
        let on = |wanted: u16| changes(own).any(|(code, operand)| code == wanted && operand.first() == Some(&1));
        let words = self.words(from, to);
        // sprmPFTtp: the mark of a row; sprmPFInTable.
        if cell && on(0x2417) {
            let row = row(own, std::mem::take(&mut self.cells));
            if self.rows.len() < MOST_ROWS {
                self.rows.push(row);
            }
            return;
        }
        if cell || on(0x2416) {
            self.cell.push_str(&words);
            self.cell.push('\n');
            if cell {
                let text = std::mem::take(&mut self.cell);
                self.all_cells += 1;
                if self.cells.len() < MOST_CELLS {
                    self.cells.push(text);
                }
            }
            return;
        }
        self.end_table();
        let mut place = Place::default();
        place.take(own);
        let place = place.or(self.styles.place(style));
        let shown = !words.trim().is_empty();
        let label = match place.numbering.filter(|n| shown && *n > 0) {
            Some(n) => self.numbering.next(&n.to_string(), usize::from(place.level.unwrap_or(0))),
            None => String::new(),
        };
        self.out.line(&words, place.heading.filter(|_| shown), label.trim());
        let mut called: Vec<usize> = self.notes.keys().copied().filter(|n| (from..to).contains(n)).collect();
        called.sort_unstable();
        for call in called {
            if let Some(note) = self.notes.remove(&call) {
                self.noted += 1;
                self.out.line(&note, None, &format!("[{}]", self.noted));
            }
        }
    }

    fn end_table(&mut self) {
        if !self.rows.is_empty() {
            self.out.table(of_edges(std::mem::take(&mut self.rows)));
        }
    }

    fn finish(mut self) -> Extracted {
        self.end_table();
        // A row that never ends is no row.
        let left: String = self.cells.join("\n") + &self.cell;
        if !left.trim().is_empty() {
            self.out.line(&left, None, "");
        }
        let mut out = self.out.out;
        // Notes whose call was deleted have gone with it.
        out.whole = true;
        out
    }
}

/// The run or paragraph that holds a place of the main stream.
fn at<'s, 'a>(said: &'s [Said<'a>], place: u32) -> Option<&'s Said<'a>> {
    let next = said.partition_point(|s| s.from <= place);
    said.get(next.checked_sub(1)?).filter(|s| place < s.to)
}

/// A row by the definition of its table, sprmTDefTable ([MS-DOC] 2.9.325): so many cells, where each begins and ends, and
/// how each goes on with its neighbours.
fn row(changed: &[u8], texts: Vec<String>) -> EdgedRow {
    let definition = changes(changed).find(|(code, _)| *code == 0xd608).map(|(_, operand)| operand).unwrap_or_default();
    let count = definition.get(2).map_or(0, |&n| usize::from(n));
    let edge = |i: usize| u16_at(definition, 3 + 2 * i).map(|e| i32::from(e as i16));
    let mut cells = Vec::new();
    for (i, text) in texts.into_iter().enumerate() {
        let merged = u32_at(definition, 3 + 2 * (count + 1) + 20 * i).map_or(0, |flags| flags & 0xffff);
        let right = edge(i + 1).filter(|_| i < count).unwrap_or(30_000 + 100 * (i as i32 + 1));
        // Bits 0-1: the cell is merged with the one before it (1) or begins such (2); bits 5-6: with the one above (1).
        let (across, down) = (merged & 3, merged >> 5 & 3);
        cells.push(EdgedCell { text, right, below: i < count && down == 1, beside: i < count && across == 1 });
    }
    EdgedRow { left: edge(0).unwrap_or(0), cells }
}
