//! Rich text: the words between its control words, a line a paragraph, the rows of its tables on a grid.

use super::table::Table;
use super::{Extracted, Writer};
use crate::error::{Error, Limits};

/// Groups may nest no deeper.
const MAX_DEPTH: usize = 512;
/// Groups whose content is no running text.
const DESTINATIONS: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
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
    "pntext",
    "listtext",
    "latentstyles",
];

/// What a group inherits and changes.
#[derive(Debug, Clone, Copy)]
struct State {
    skipped: bool,
    /// Characters behind a `\u` that only older programs show.
    fallback: usize,
}

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let damaged = |detail: &str| Error::Damaged { format: ".rtf", detail: detail.to_owned() };
    if bytes.len() as u64 > limits.content_bytes {
        return Err(Error::TooLarge { what: "its text", limit: format!("{} MB", limits.content_bytes >> 20) });
    }
    let mut reader = Reader {
        encoding: encoding_rs::GBK,
        bytes: Vec::new(),
        line: String::new(),
        row: Vec::new(),
        in_row: false,
        table: None,
        writer: Writer::default(),
    };
    let mut states = vec![State { skipped: false, fallback: 1 }];
    let (mut i, mut to_skip) = (0, 0);
    while i < bytes.len() {
        let Some(&state) = states.last() else { break };
        match bytes[i] {
            b'{' => {
                if states.len() >= MAX_DEPTH {
                    return Err(damaged("its groups nest too deep"));
                }
                states.push(state);
                i += 1;
            }
            b'}' => {
                reader.settle();
                states.pop();
                i += 1;
            }
            b'\\' => {
                let (word, number, next) = control(bytes, i);
                i = next;
                if word != "'" {
                    reader.settle();
                }
                let Some(state) = states.last_mut() else { break };
                match word.as_str() {
                    "*" => state.skipped = true,
                    _ if DESTINATIONS.contains(&word.as_str()) => state.skipped = true,
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
                    _ if state.skipped => {}
                    "'" if to_skip > 0 => to_skip -= 1,
                    "'" => reader.bytes.push(number.unwrap_or(0) as u8),
                    "u" => {
                        // Above 32,767 the number is written as a negative one.
                        let unit = number.unwrap_or(0).rem_euclid(0x1_0000) as u16;
                        reader.unit(unit);
                        to_skip = state.fallback;
                    }
                    "par" | "line" | "page" | "sect" => reader.end_line(),
                    "tab" => reader.line.push(' '),
                    "trowd" => reader.in_row = true,
                    "cell" => reader.end_cell(),
                    "row" => reader.end_row(),
                    "emdash" => reader.line.push('—'),
                    "ldblquote" => reader.line.push('“'),
                    "rdblquote" => reader.line.push('”'),
                    "\\" | "{" | "}" => reader.line.push_str(&word),
                    "~" => reader.line.push(' '),
                    _ => {}
                }
            }
            b'\r' | b'\n' => i += 1,
            byte => {
                i += 1;
                if to_skip > 0 {
                    to_skip -= 1;
                } else if !state.skipped {
                    reader.bytes.push(byte);
                }
            }
        }
    }
    reader.settle();
    reader.end_line();
    reader.end_table();
    let mut out = reader.writer.out;
    out.whole = true;
    Ok(out)
}

struct Reader {
    encoding: &'static encoding_rs::Encoding,
    /// Bytes that wait to be decoded together: a character may be written as two escapes.
    bytes: Vec<u8>,
    line: String,
    row: Vec<String>,
    in_row: bool,
    table: Option<Table>,
    writer: Writer,
}

impl Reader {
    fn settle(&mut self) {
        if !self.bytes.is_empty() {
            let (text, _) = self.encoding.decode_without_bom_handling(&self.bytes);
            self.line.push_str(&text);
            self.bytes.clear();
        }
    }

    fn unit(&mut self, unit: u16) {
        self.line.extend(char::decode_utf16([unit]).flatten());
    }

    fn end_line(&mut self) {
        if self.in_row {
            self.line.push(' ');
            return;
        }
        let line = std::mem::take(&mut self.line);
        if !line.trim().is_empty() {
            self.end_table();
            self.writer.line(line.trim_end(), None, "");
        }
    }

    fn end_cell(&mut self) {
        self.row.push(std::mem::take(&mut self.line));
    }

    fn end_row(&mut self) {
        let table = self.table.get_or_insert_default();
        table.begin_row();
        for cell in std::mem::take(&mut self.row) {
            table.cell(&cell, 1, 1, false);
        }
        self.in_row = false;
    }

    fn end_table(&mut self) {
        if let Some(table) = self.table.take() {
            self.writer.table(table);
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
}
