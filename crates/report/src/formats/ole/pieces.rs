//! The text of a Word 97 document and what is said of its paragraphs and runs ([MS-DOC]): the piece table, the pages of
//! properties, and the changes that they make.

use super::{index_at, u16_at};

/// A formatted page is as long as this.
const PAGE: usize = 512;

/// Where a part of the table stream lies, by its number among those that the file's head lists ([MS-DOC] 2.5.6).
pub(super) fn part<'a>(main: &[u8], table: &'a [u8], number: usize) -> &'a [u8] {
    let at = 0x9a + 8 * number;
    let found = index_at(main, at).zip(index_at(main, at + 4));
    found.and_then(|(from, length)| table.get(from..from.checked_add(length)?)).unwrap_or_default()
}

/// A stretch of the text: its first character, how many there are, and where they lie in the main stream.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from: usize,
    length: usize,
    at: usize,
    /// One byte a character (Windows-1252), else two (UTF-16).
    narrow: bool,
}

/// The text, character after character, each with its offset in the main stream.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// UTF-16 units.
    pub units: Vec<u16>,
    /// For each unit where it lies.
    pub at: Vec<u32>,
}

impl Text {
    /// The first `most` characters by the piece table (part 33 of the table stream).
    pub fn read(main: &[u8], clx: &[u8], most: usize) -> Option<Self> {
        let mut out = Self::default();
        for piece in pieces(clx)? {
            if piece.from != out.units.len() {
                return None;
            }
            for i in 0..piece.length.min(most.saturating_sub(out.units.len())) {
                let (at, unit) = if piece.narrow {
                    let at = piece.at + i;
                    let byte = *main.get(at)?;
                    (at, if byte < 0x80 { u16::from(byte) } else { windows_1252(byte) })
                } else {
                    let at = piece.at + 2 * i;
                    (at, u16_at(main, at)?)
                };
                out.units.push(unit);
                out.at.push(u32::try_from(at).ok()?);
            }
        }
        Some(out)
    }
}

fn windows_1252(byte: u8) -> u16 {
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte));
    text.encode_utf16().next().unwrap_or(0xfffd)
}

/// The pieces of a Clx ([MS-DOC] 2.9.38): property changes first, then the table.
fn pieces(clx: &[u8]) -> Option<Vec<Piece>> {
    let mut at = 0;
    while *clx.get(at)? == 1 {
        at += 3 + usize::from(u16_at(clx, at + 1)?);
    }
    if clx[at] != 2 {
        return None;
    }
    let length = index_at(clx, at + 1)?;
    let table = clx.get(at + 5..(at + 5).checked_add(length)?)?;
    let count = table.len().checked_sub(4)? / 12;
    let mut out = Vec::with_capacity(count);
    for i in 0..count {
        let (from, to) = (index_at(table, 4 * i)?, index_at(table, 4 * i + 4)?);
        let place = index_at(table, 4 * (count + 1) + 8 * i + 2)?;
        let narrow = place & 0x4000_0000 != 0;
        let at = place & 0x3fff_ffff;
        out.push(Piece { from, length: to.checked_sub(from)?, at: if narrow { at / 2 } else { at }, narrow });
    }
    Some(out)
}

/// A run or a paragraph: where it begins and ends in the main stream, and what is said of it.
#[derive(Debug)]
pub(super) struct Said<'a> {
    pub from: u32,
    pub to: u32,
    /// Of a paragraph its style.
    pub style: u16,
    /// Changes of properties, one after the other.
    pub changes: &'a [u8],
}

/// What the pages of properties say, in the order of the main stream. `bins` names the pages (part 12 of the table stream
/// for runs, 13 for paragraphs).
pub(super) fn said<'a>(main: &'a [u8], bins: &[u8], paragraphs: bool) -> Vec<Said<'a>> {
    let count = bins.len().saturating_sub(4) / 8;
    let mut out = Vec::new();
    for i in 0..count {
        let Some(number) = index_at(bins, 4 * (count + 1) + 4 * i) else { break };
        let Some(page) = number.checked_mul(PAGE).and_then(|from| main.get(from..from.checked_add(PAGE)?)) else {
            continue;
        };
        out.extend(page_says(page, paragraphs));
    }
    out.sort_by_key(|s| s.from);
    out
}

fn page_says(page: &[u8], paragraphs: bool) -> Vec<Said<'_>> {
    let count = usize::from(page[PAGE - 1]);
    let mut out = Vec::new();
    for i in 0..count {
        let ends = index_at(page, 4 * i).zip(index_at(page, 4 * i + 4));
        let Some((from, to)) = ends else { break };
        // Thirteen bytes a paragraph, one a run; the first says where the changes lie, in words.
        let entry = 4 * (count + 1) + i * if paragraphs { 13 } else { 1 };
        let Some(&word) = page.get(entry).filter(|_| entry < PAGE - 1) else { break };
        let at = 2 * usize::from(word);
        let mut said = Said { from: from as u32, to: to as u32, style: 0, changes: &[] };
        if at > 0 {
            let first = page.get(at).copied().unwrap_or(0);
            let (start, length) = match (paragraphs, first) {
                // A length of zero says that the next byte is the length, in words.
                (true, 0) => (at + 2, 2 * usize::from(page.get(at + 1).copied().unwrap_or(0))),
                (true, words) => (at + 1, 2 * usize::from(words) - 1),
                (false, bytes) => (at + 1, usize::from(bytes)),
            };
            let all = page.get(start..(start + length).min(PAGE)).unwrap_or_default();
            if paragraphs {
                said.style = u16_at(all, 0).unwrap_or(0);
                said.changes = all.get(2..).unwrap_or_default();
            } else {
                said.changes = all;
            }
        }
        out.push(said);
    }
    out
}

/// One change after the other: its code and its operand ([MS-DOC] 2.6).
pub(super) fn changes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let code = u16_at(bytes, 0)?;
        let rest = bytes.get(2..)?;
        let length = match code >> 13 {
            0 | 1 => 1,
            2 | 4 | 5 => 2,
            3 => 4,
            7 => 3,
            // The operand says its own length; that of a table's definition in two bytes, one too many.
            _ if code == 0xd608 => usize::from(u16_at(rest, 0)?).checked_add(1)?,
            _ => usize::from(*rest.first()?) + 1,
        };
        let operand = rest.get(..length)?;
        bytes = rest.get(length..)?;
        Some((code, operand))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_say_how_long_they_are() {
        let bytes = [0x16, 0x24, 1, 0x0a, 0x26, 2, 0x0b, 0x46, 3, 0, 0x08, 0xd6, 3, 0, 9, 9, 0x17, 0x24, 1];
        let got: Vec<(u16, Vec<u8>)> = changes(&bytes).map(|(code, operand)| (code, operand.to_vec())).collect();
        let want =
            [(0x2416, vec![1]), (0x260a, vec![2]), (0x460b, vec![3, 0]), (0xd608, vec![3, 0, 9, 9]), (0x2417, vec![1])];
        assert_eq!(got, want);
        assert_eq!(changes(&[0x08, 0xd6, 0xff, 0xff]).count(), 0);
    }

    #[test]
    fn a_text_in_two_widths_is_one() {
        let main = [b'A', 0x93, 0, 0, 0xb0, 0x65];
        let mut clx = vec![2];
        let table: Vec<u8> = [0u32, 2, 3].iter().flat_map(|n| n.to_le_bytes()).collect();
        let pieces = [[0, 0, 0, 0, 0, 0x40, 0, 0], [0, 0, 4, 0, 0, 0, 0, 0]].concat();
        clx.extend(u32::try_from(table.len() + pieces.len()).unwrap().to_le_bytes());
        clx.extend([table, pieces].concat());
        let text = Text::read(&main, &clx, 100).unwrap();
        assert_eq!(String::from_utf16_lossy(&text.units), "A“新");
        assert_eq!(text.at, [0, 1, 4]);
        assert!(Text::read(&main[..4], &clx, 100).is_none());
    }
}
