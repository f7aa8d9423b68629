//! Workbooks of Excel 97 to 2003 (.xls): the records of their stream ([MS-XLS]), every sheet its tables as those of .xlsx.
//! Numbers are shown by their formats, which no crate that was found gives: 0.056 is 5.6% where the cell says so.

use std::collections::HashMap;

use super::{index_at, u16_at};
use crate::error::{Error, Limits};
use crate::formats::sheet::{Format, Sheet, built_in, format, is_named, shown};
use crate::formats::{Extracted, Writer};

/// Records of a workbook that are looked at.
const MOST_RECORDS: usize = 4_000_000;

fn damaged(detail: &str) -> Error {
    Error::Damaged { format: ".xls", detail: detail.to_owned() }
}

/// A record: its kind and its bytes.
type Record<'a> = (u16, &'a [u8]);

fn records(bytes: &[u8]) -> impl Iterator<Item = (usize, Record<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (kind, length) = u16_at(bytes, at).zip(u16_at(bytes, at + 2))?;
        let from = at + 4;
        let body = bytes.get(from..from + usize::from(length))?;
        let start = std::mem::replace(&mut at, from + usize::from(length));
        Some((start, (kind, body)))
    })
    .take(MOST_RECORDS)
}

/// What holds for all sheets.
#[derive(Default)]
struct Book {
    strings: Vec<String>,
    /// How the cells of each style show numbers.
    styles: Vec<Format>,
    /// Where each sheet begins, its name, and whether it is hidden.
    sheets: Vec<(usize, String, bool)>,
}

pub(super) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let Some((_, (0x0809, head))) = records(bytes).next() else { return Err(damaged("it has no head")) };
    if u16_at(head, 0) != Some(0x0600) {
        return Err(Error::UnknownFormat { found: "a workbook of Excel 95 or older".to_owned() });
    }
    let book = book(bytes)?;
    let mut writer = Writer::default();
    let mut cells = 0;
    for (start, name, hidden) in &book.sheets {
        if *hidden {
            writer.out.warnings.push(format!("the hidden sheet {name} is not read"));
            continue;
        }
        let Some(bytes) = bytes.get(*start..) else { continue };
        let sheet = sheet(bytes, &book, &mut cells);
        Limits::count("the number of its table cells", cells, limits.table_cells)?;
        if is_named(name) && !sheet.is_empty() {
            writer.line(name, Some(2), "");
        }
        sheet.write(&mut writer);
    }
    let mut out = writer.out;
    out.whole = true;
    Ok(out)
}

fn book(bytes: &[u8]) -> Result<Book, Error> {
    let mut out = Book::default();
    let mut codes: HashMap<u16, Format> = HashMap::new();
    let mut shared: Vec<&[u8]> = Vec::new();
    let mut last = 0;
    for (_, (kind, body)) in records(bytes) {
        match kind {
            // FILEPASS.
            0x002f => return Err(Error::Encrypted),
            // BOUNDSHEET: where it begins, hidden or not, its kind (0 is a sheet of cells), its name.
            0x0085 => {
                let (Some(at), Some(&state), Some(&sort)) = (index_at(body, 0), body.get(4), body.get(5)) else {
                    continue;
                };
                let length = body.get(6).map_or(0, |&n| usize::from(n));
                let name = Strings::of(&[body.get(7..).unwrap_or_default()]).characters(length).unwrap_or_default();
                if sort == 0 {
                    out.sheets.push((at, name, state & 3 != 0));
                }
            }
            // FORMAT: its number, and its code as a string with a length of two bytes.
            0x041e => {
                let code = Strings::of(&[body.get(2..).unwrap_or_default()]).next();
                if let Some((id, code)) = u16_at(body, 0).zip(code) {
                    codes.insert(id, format(&code));
                }
            }
            // XF: the number of its format behind that of its font.
            0x00e0 => {
                let id = u16_at(body, 2).unwrap_or(0);
                out.styles.push(built_in(id).or_else(|| codes.get(&id).copied()).unwrap_or(Format::Plain));
            }
            // SST, and CONTINUE behind it.
            0x00fc => shared.push(body),
            0x003c if matches!(last, 0x00fc) => shared.push(body),
            // EOF of the part that holds for all sheets.
            0x000a => break,
            _ => {}
        }
        if kind != 0x003c {
            last = kind;
        }
    }
    if let Some(first) = shared.first_mut() {
        let count = index_at(first, 4).unwrap_or(0);
        *first = first.get(8..).unwrap_or_default();
        let mut strings = Strings::of(&shared);
        // A string takes at least three bytes.
        let most = shared.iter().map(|s| s.len()).sum::<usize>() / 3;
        for _ in 0..count.min(most) {
            let Some(text) = strings.next() else { break };
            out.strings.push(text);
        }
    }
    Ok(out)
}

/// Strings that follow each other in a record and those that continue it.
struct Strings<'a> {
    pieces: Vec<&'a [u8]>,
    piece: usize,
    at: usize,
}

impl<'a> Strings<'a> {
    fn of(pieces: &[&'a [u8]]) -> Self {
        Self { pieces: pieces.to_vec(), piece: 0, at: 0 }
    }

    fn byte(&mut self) -> Option<u8> {
        loop {
            let piece = self.pieces.get(self.piece)?;
            if let Some(&byte) = piece.get(self.at) {
                self.at += 1;
                return Some(byte);
            }
            (self.piece, self.at) = (self.piece + 1, 0);
        }
    }

    fn number(&mut self, bytes: u32) -> Option<usize> {
        (0..bytes).try_fold(0, |sum, i| Some(sum | usize::from(self.byte()?) << (8 * i)))
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        (0..bytes).try_for_each(|_| self.byte().map(|_| ()))
    }

    /// A string with its length in two bytes before it ([MS-XLS] 2.5.293).
    fn next(&mut self) -> Option<String> {
        let length = self.number(2)?;
        self.characters(length)
    }

    /// A string of so many characters: flags, then what they say, then the characters. Where a record ends within them,
    /// the next begins with flags of its own.
    fn characters(&mut self, length: usize) -> Option<String> {
        let flags = self.byte()?;
        let runs = if flags & 8 != 0 { self.number(2)? } else { 0 };
        let more = if flags & 4 != 0 { self.number(4)? } else { 0 };
        let mut wide = flags & 1 == 1;
        let mut units = Vec::new();
        while units.len() < length {
            if self.pieces.get(self.piece)?.len() == self.at {
                (self.piece, self.at) = (self.piece + 1, 0);
                wide = self.byte()? & 1 == 1;
            }
            units.push(self.number(if wide { 2 } else { 1 })? as u16);
        }
        self.skip(runs.checked_mul(4)?.checked_add(more)?)?;
        Some(String::from_utf16_lossy(&units))
    }
}

/// The cells of the sheet whose records begin with `bytes`.
fn sheet(bytes: &[u8], book: &Book, cells: &mut usize) -> Sheet {
    let mut out = Sheet::default();
    let mut depth = 0;
    // The place of a formula whose result is the string that follows.
    let mut waiting: Option<(usize, usize)> = None;
    for (_, (kind, body)) in records(bytes) {
        let number = |at: usize| u16_at(body, at).map_or(0, usize::from);
        let (row, column) = (number(0), number(2));
        let style = |at: usize| book.styles.get(number(at)).copied().unwrap_or(Format::Plain);
        let mut put = |row: usize, column: usize, text: String| {
            *cells += 1;
            out.put(row, column, text);
        };
        match kind {
            // BOF and EOF: charts lie within sheets.
            0x0809 => depth += 1,
            0x000a => {
                depth -= 1;
                if depth <= 0 {
                    break;
                }
            }
            _ if depth != 1 => {}
            // LABELSST.
            0x00fd => {
                if let Some(text) = index_at(body, 6).and_then(|i| book.strings.get(i)) {
                    put(row, column, text.clone());
                }
            }
            // LABEL.
            0x0204 => {
                if let Some(text) = Strings::of(&[body.get(6..).unwrap_or_default()]).next() {
                    put(row, column, text);
                }
            }
            // NUMBER.
            0x0203 => {
                if let Some(value) = double(body, 6) {
                    put(row, column, shown(&value.to_string(), style(4)));
                }
            }
            // RK.
            0x027e => {
                if let Some(value) = rk(body, 6) {
                    put(row, column, shown(&value.to_string(), style(4)));
                }
            }
            // MULRK: style and value of each cell from the first column on.
            0x00bd => {
                for (i, at) in (4..body.len().saturating_sub(6)).step_by(6).enumerate() {
                    if let Some(value) = rk(body, at + 2) {
                        put(row, column + i, shown(&value.to_string(), style(at)));
                    }
                }
            }
            // FORMULA: its last result; a string comes in a record of its own.
            0x0006 => {
                if number(12) != 0xffff {
                    if let Some(value) = double(body, 6) {
                        put(row, column, shown(&value.to_string(), style(4)));
                    }
                } else if body.get(6) == Some(&0) {
                    waiting = Some((row, column));
                }
            }
            // STRING.
            0x0207 => {
                let text = Strings::of(&[body]).next();
                if let Some(((row, column), text)) = waiting.take().zip(text) {
                    put(row, column, text);
                }
            }
            // MERGEDCELLS: first and last row, first and last column of each.
            0x00e5 => {
                for at in (2..body.len().saturating_sub(7)).step_by(8) {
                    let (top, bottom, left, right) = (number(at), number(at + 2), number(at + 4), number(at + 6));
                    out.spans.insert((top, left), (bottom.saturating_sub(top) + 1, right.saturating_sub(left) + 1));
                }
            }
            _ => {}
        }
    }
    out
}

fn double(body: &[u8], at: usize) -> Option<f64> {
    let eight: [u8; 8] = body.get(at..at + 8)?.try_into().ok()?;
    Some(f64::from_le_bytes(eight)).filter(|v| v.is_finite())
}

/// A number in four bytes: the upper half of a double or an integer, a hundred times as large or not.
fn rk(body: &[u8], at: usize) -> Option<f64> {
    let bits = super::u32_at(body, at)?;
    let value = if bits & 2 == 0 { f64::from_bits(u64::from(bits & !3) << 32) } else { f64::from((bits as i32) >> 2) };
    Some(if bits & 1 == 1 { value / 100.0 } else { value }).filter(|v| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_goes_on_in_the_next_record_in_another_width() {
        let pieces: [&[u8]; 2] = [&[4, 0, 0, b'a', b'b'], &[1, 0x0e, 0x66, 0x2f, 0x66]];
        assert_eq!(Strings::of(&pieces).next().as_deref(), Some("ab明是"));
        assert_eq!(Strings::of(&[&[9, 0, 1, 1]]).next(), None);
    }

    #[test]
    fn small_numbers_are_packed() {
        assert_eq!(rk(&[0x02 | 1, 0x64, 0, 0], 0), Some(f64::from(0x6403i32 >> 2) / 100.0));
        assert_eq!(rk(&(((2.5f64.to_bits() >> 32) as u32) & !3).to_le_bytes(), 0), Some(2.5));
    }
}
