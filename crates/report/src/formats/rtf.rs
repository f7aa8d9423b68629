//! Rich text: the words between its control words, a line a paragraph, with the levels of headings and the numbers shown
//! before paragraphs, tables on their grid, footnotes behind the paragraph that calls them. What was deleted is left out.

use std::collections::HashMap;

use super::table::{EdgedCell, EdgedRow, of_edges};
use super::{Extracted, Writer};
use crate::error::{Error, Limits};

/// Groups may nest no deeper.
const MAX_DEPTH: usize = 512;
/// Groups whose content is no running text.
const DESTINATIONS: &[&str] = &[
    "fonttbl",
    "colortbl",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "headerl",
    "headerr",
    "footerl",
    "footerr",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "generator",
    "themedata",
    "colorschememapping",
    "datastore",
    "xmlnstbl",
    "fldinst",
    "latentstyles",
    "ftnsep",
    "ftnsepc",
    "aftnsep",
    "aftnsepc",
    "annotation",
    "atnid",
    "atnauthor",
    "nesttableprops",
    "nonesttables",
    "shpinst",
];

/// Where the words of a group go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Into the text.
    Text,
    Nowhere,
    /// The number that the program shows before the paragraph.
    Label,
    /// A note, which stands behind the paragraph that calls it.
    Note,
    /// The list of styles; only their names and levels count.
    Styles,
}

/// What a group inherits and changes.
#[derive(Debug, Clone, Copy)]
struct State {
    target: Target,
    /// Deleted and hidden words, which nobody sees.
    unseen: bool,
    /// Characters behind a `\u` that only older programs show.
    fallback: usize,
}

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let damaged = |detail: &str| Error::Damaged { format: ".rtf", detail: detail.to_owned() };
    if bytes.len() as u64 > limits.content_bytes {
        return Err(Error::TooLarge { what: "its text", limit: format!("{} MB", limits.content_bytes >> 20) });
    }
    let mut reader = Reader::default();
    let mut states = vec![State { target: Target::Text, unseen: false, fallback: 1 }];
    let (mut i, mut to_skip) = (0, 0);
    while i < bytes.len() {
        let Some(&state) = states.last() else { break };
        match bytes[i] {
            b'{' => {
                if states.len() >= MAX_DEPTH {
                    return Err(damaged("its groups nest too deep"));
                }
                reader.settle(state);
                states.push(state);
                i += 1;
            }
            b'}' => {
                reader.settle(state);
                states.pop();
                let outer = states.last().map_or(Target::Text, |s| s.target);
                if state.target == Target::Note && outer != Target::Note {
                    reader.end_note();
                }
                if state.target == Target::Styles && outer == Target::Styles {
                    reader.end_style();
                }
                i += 1;
            }
            b'\\' => {
                let (word, number, next) = control(bytes, i);
                i = next;
                if word != "'" {
                    reader.settle(state);
                }
                let Some(state) = states.last_mut() else { break };
                match word.as_str() {
                    "*" => {
                        // A destination of newer programs: known ones say themselves what they are.
                        let (known, ..) =
                            if bytes.get(i) == Some(&b'\\') { control(bytes, i) } else { Default::default() };
                        if known != "footnote" && state.target != Target::Styles {
                            state.target = Target::Nowhere;
                        }
                    }
                    "stylesheet" => state.target = Target::Styles,
                    "listtext" | "pntext" if state.target == Target::Text => state.target = Target::Label,
                    "footnote" if state.target == Target::Text => state.target = Target::Note,
                    _ if DESTINATIONS.contains(&word.as_str()) => state.target = Target::Nowhere,
                    "bin" => i = i.saturating_add(number.unwrap_or(0).max(0) as usize),
                    "ansicpg" => {
                        let label = format!("windows-{}", number.unwrap_or(936));
                        let gbk = matches!(number, Some(936));
                        reader.encoding = if gbk {
                            encoding_rs::GBK
                        } else {
                            encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::GBK)
                        };
                    }
                    "uc" => state.fallback = number.unwrap_or(1).clamp(0, 8) as usize,
                    _ if state.target == Target::Nowhere => {}
                    "deleted" | "v" => state.unseen = number != Some(0),
                    "plain" => state.unseen = false,
                    "'" if to_skip > 0 => to_skip -= 1,
                    "'" => reader.bytes.push(number.unwrap_or(0) as u8),
                    "u" => {
                        // Above 32,767 the number is written as a negative one.
                        let unit = number.unwrap_or(0).rem_euclid(0x1_0000) as u16;
                        reader.unit(unit, *state);
                        to_skip = state.fallback;
                    }
                    // What a note or a number looks like says nothing of its paragraph.
                    "s" | "outlinelevel" | "pard" if matches!(state.target, Target::Note | Target::Label) => {}
                    "s" => reader.style = number,
                    "outlinelevel" => reader.level = number.and_then(|n| u8::try_from(n).ok()),
                    _ if state.target == Target::Styles => {}
                    // A note ends with a paragraph of its own.
                    "par" if state.target != Target::Text => {}
                    "par" | "line" | "page" | "sect" => reader.end_line(),
                    "pard" => (reader.style, reader.level) = (None, None),
                    "tab" | "nestcell" => reader.push(" ", *state),
                    "trowd" => reader.begin_row(),
                    "trleft" => reader.edges.0 = number.and_then(|n| i32::try_from(n).ok()).unwrap_or(0),
                    "clvmrg" => reader.next.below = true,
                    "clmrg" => reader.next.beside = true,
                    "cellx" => reader.edge(number),
                    "cell" => reader.end_cell(),
                    "row" => reader.end_row(),
                    "emdash" => reader.push("—", *state),
                    "ldblquote" => reader.push("“", *state),
                    "rdblquote" => reader.push("”", *state),
                    "\\" | "{" | "}" => reader.push(&word, *state),
                    "~" => reader.push(" ", *state),
                    _ => {}
                }
            }
            b'\r' | b'\n' => i += 1,
            byte => {
                i += 1;
                if to_skip > 0 {
                    to_skip -= 1;
                } else if state.target != Target::Nowhere {
                    reader.bytes.push(byte);
                }
            }
        }
    }
    if let Some(&state) = states.last() {
        reader.settle(state);
    }
    reader.end_line();
    reader.end_table();
    let mut out = reader.writer.out;
    out.whole = true;
    Ok(out)
}

/// The most rows of a table, and cells of a row, that are kept.
const MOST_ROWS: usize = 20_000;
const MOST_CELLS: usize = 64;

struct Reader {
    encoding: &'static encoding_rs::Encoding,
    /// Bytes that wait to be decoded together: a character may be written as two escapes.
    bytes: Vec<u8>,
    /// The first half of a character outside the basic plane.
    half: Option<u16>,
    line: String,
    label: String,
    /// The paragraph's style, and the level of a heading that it says itself.
    style: Option<i64>,
    level: Option<u8>,
    /// Headings by their style: 0 the title.
    headings: HashMap<i64, u8>,
    note: String,
    /// Notes called in the paragraph, and how many there were so far.
    notes: Vec<String>,
    noted: usize,
    row: Vec<String>,
    in_row: bool,
    /// Where the row begins, and its cells as they are defined.
    edges: (i32, Vec<EdgedCell>),
    /// What is known of the cell whose edge comes next.
    next: EdgedCell,
    rows: Vec<EdgedRow>,
    writer: Writer,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            encoding: encoding_rs::GBK,
            bytes: Vec::new(),
            half: None,
            line: String::new(),
            label: String::new(),
            style: None,
            level: None,
            headings: HashMap::new(),
            note: String::new(),
            notes: Vec::new(),
            noted: 0,
            row: Vec::new(),
            in_row: false,
            edges: (0, Vec::new()),
            next: EdgedCell::default(),
            rows: Vec::new(),
            writer: Writer::default(),
        }
    }
}

impl Reader {
    fn push(&mut self, text: &str, state: State) {
        if state.unseen && state.target != Target::Styles {
            return;
        }
        match state.target {
            Target::Text => self.line.push_str(text),
            Target::Label => self.label.push_str(text),
            Target::Note | Target::Styles => self.note.push_str(text),
            Target::Nowhere => {}
        }
    }

    fn settle(&mut self, state: State) {
        if !self.bytes.is_empty() {
            let (text, _) = self.encoding.decode_without_bom_handling(&self.bytes);
            let text = text.into_owned();
            self.bytes.clear();
            self.push(&text, state);
        }
    }

    fn unit(&mut self, unit: u16, state: State) {
        let units: Vec<u16> = self.half.take().into_iter().chain([unit]).collect();
        if (0xd800..0xdc00).contains(&unit) {
            self.half = Some(unit);
            return;
        }
        let text: String = char::decode_utf16(units).flatten().collect();
        self.push(&text, state);
    }

    /// An entry of the list of styles ends: "heading 1;" names a level, as its own outline level does.
    fn end_style(&mut self) {
        let name = std::mem::take(&mut self.note).trim().trim_end_matches(';').to_lowercase().replace(' ', "");
        let named = match name.as_str() {
            "title" | "标题" => Some(0),
            name => name.strip_prefix("heading").or_else(|| name.strip_prefix("标题")).and_then(|l| l.parse().ok()),
        };
        let level = self.level.filter(|l| *l < 9).map(|l| l + 1);
        if let Some((style, heading)) = self.style.zip(named.or(level)) {
            self.headings.insert(style, heading);
        }
        (self.style, self.level) = (None, None);
    }

    fn end_note(&mut self) {
        let note = std::mem::take(&mut self.note).trim().to_owned();
        if !note.is_empty() {
            self.notes.push(note);
        }
    }

    fn end_line(&mut self) {
        if self.in_row {
            self.line.push(' ');
            return;
        }
        let line = std::mem::take(&mut self.line);
        let label = std::mem::take(&mut self.label);
        if !line.trim().is_empty() {
            self.end_table();
            let own = self.level.filter(|l| *l < 9).map(|l| l + 1);
            let heading = own.or_else(|| self.style.and_then(|s| self.headings.get(&s).copied()));
            // A bullet says nothing.
            let label = label.trim();
            let label = if label.chars().any(char::is_alphanumeric) { label } else { "" };
            self.writer.line(line.trim_end(), heading, label);
        }
        self.write_notes();
    }

    fn write_notes(&mut self) {
        for note in std::mem::take(&mut self.notes) {
            self.noted += 1;
            self.writer.line(&note, None, &format!("[{}]", self.noted));
        }
    }

    fn begin_row(&mut self) {
        self.in_row = true;
        self.edges = (0, Vec::new());
        self.next = EdgedCell::default();
    }

    fn edge(&mut self, right: Option<i64>) {
        let right = right.and_then(|n| i32::try_from(n).ok()).unwrap_or(0);
        let cell = std::mem::take(&mut self.next);
        if self.edges.1.len() < MOST_CELLS {
            self.edges.1.push(EdgedCell { right, ..cell });
        }
    }

    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.line);
        let label = std::mem::take(&mut self.label);
        self.row.push(if cell.trim().is_empty() { cell } else { format!("{}{cell}", label.trim()) });
    }

    /// The definition of a row holds for the rows after it that have none of their own.
    fn end_row(&mut self) {
        let texts = std::mem::take(&mut self.row);
        let (left, cells) = &self.edges;
        let last = cells.last().map_or(*left, |c| c.right);
        let cells = texts.into_iter().enumerate().map(|(i, text)| {
            let beyond = EdgedCell { right: last.saturating_add(1000 * (i as i32 + 1)), ..EdgedCell::default() };
            EdgedCell { text, ..cells.get(i).cloned().unwrap_or(beyond) }
        });
        let row = EdgedRow { left: *left, cells: cells.take(MOST_CELLS).collect() };
        if self.rows.len() < MOST_ROWS {
            self.rows.push(row);
        }
        self.in_row = false;
    }

    fn end_table(&mut self) {
        if !self.rows.is_empty() {
            self.writer.table(of_edges(std::mem::take(&mut self.rows)));
        }
    }
}

/// The control word or symbol at the backslash at `at`: its name, its number, and where the text goes on. Of `\'c4` the
/// name is "'" and the number 0xc4.
fn control(bytes: &[u8], at: usize) -> (String, Option<i64>, usize) {
    let mut i = at + 1;
    let Some(&first) = bytes.get(i) else { return (String::new(), None, i) };
    if first == b'\'' {
        let hex = bytes.get(i + 1..i + 3).and_then(|h| std::str::from_utf8(h).ok());
        return ("'".to_owned(), hex.and_then(|h| i64::from_str_radix(h, 16).ok()), (i + 3).min(bytes.len()));
    }
    if !first.is_ascii_alphabetic() {
        let word = if matches!(first, b'\r' | b'\n') { "par".to_owned() } else { char::from(first).to_string() };
        return (word, None, i + 1);
    }
    let from = i;
    while bytes.get(i).is_some_and(u8::is_ascii_alphabetic) {
        i += 1;
    }
    let word = String::from_utf8_lossy(&bytes[from..i]).into_owned();
    let from = i;
    if bytes.get(i) == Some(&b'-') {
        i += 1;
    }
    while bytes.get(i).is_some_and(u8::is_ascii_digit) {
        i += 1;
    }
    let number = std::str::from_utf8(&bytes[from..i]).ok().and_then(|n| n.parse().ok());
    // A space behind it belongs to the word.
    let next = if bytes.get(i) == Some(&b' ') { i + 1 } else { i };
    (word, number, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_both_codings_and_rows_are_read() {
        let rtf = r"{\rtf1\ansi\ansicpg936{\fonttbl{\f0 SimSun;}}\f0 \'d0\'c2\'d4\'f65\'d7\'f9\par \u20135?\u37327?120{\b \u19975?}\par
\trowd\cellx1\cellx2 \'b4\'b2\'ce\'bb\cell 12\cell\row\trowd \'d1\'a7\'d0\'a3\cell 8\cell\row\pard\'cd\'ea\par}";
        let got = extract(rtf.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(got.text, "新增5座\n产量120万\n床位\t12\n学校\t8\n完\n");
        assert_eq!(got.tables.len(), 1);
    }

    #[test]
    fn headings_labels_and_notes_are_known_and_deleted_words_are_not_read() {
        let rtf = r"{\rtf1\ansi{\stylesheet{\s0 Normal;}{\s3\sbasedon0 heading 1;}{\s5 Title;}}\pard\s5 Report\par
\pard\s3{\listtext\pard\plain 1.\tab}Work\par\pard\outlinelevel1 Part\par\pard\s0 Built 5{\super \chftn{\*\footnote \pard\s9 \chftn with 2 old}} new{\deleted 99}.\par}";
        let got = extract(rtf.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(got.text, "Report\nWork\nPart\nBuilt 5 new.\nwith 2 old\n");
        let marks: Vec<(Option<u8>, &str)> = got.marks.iter().map(|m| (m.heading, m.label.as_str())).collect();
        assert_eq!(marks, [(Some(0), ""), (Some(1), "1."), (Some(2), ""), (None, "[1]")]);
    }
}
