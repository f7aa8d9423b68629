//! What Word 97 knows of its styles and numberings ([MS-DOC] 2.9.271, 2.9.131): levels of headings, and how paragraphs
//! number themselves.

use super::pieces::changes;
use super::{index_at, u16_at, u32_at};
use crate::formats::numbering::{Count, LEVELS, Level, Numbering};

/// A style's chain of parents is followed no further.
const MOST_PARENTS: usize = 16;
/// No document has more lists.
const MOST_LISTS: usize = 4096;

/// What a paragraph or its style says of its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The level of a heading, 0 for the title.
    pub heading: Option<u8>,
    /// Which numbering counts it, from 1; 0 for none.
    pub numbering: Option<u16>,
    /// The level of that numbering, from 0.
    pub level: Option<u8>,
}

impl Place {
    /// Takes what changes of properties say.
    pub fn take(&mut self, bytes: &[u8]) {
        for (code, operand) in changes(bytes) {
            match code {
                // sprmPOutLvl, sprmPIlvl, sprmPIlfo.
                0x2640 => self.heading = operand.first().copied().filter(|l| *l < 9).map(|l| l + 1).or(self.heading),
                0x260a => self.level = operand.first().copied(),
                0x460b => self.numbering = u16_at(operand, 0),
                _ => {}
            }
        }
    }

    /// This, and where it is silent the other.
    pub fn or(self, other: Self) -> Self {
        Self {
            heading: self.heading.or(other.heading),
            numbering: self.numbering.or(other.numbering),
            level: self.level.or(other.level),
        }
    }
}

/// The styles of a document by their index.
#[derive(Debug, Default)]
pub(super) struct Styles(Vec<(Option<usize>, Place)>);

impl Styles {
    /// Reads a style sheet (part 1 of the table stream).
    pub fn read(sheet: &[u8]) -> Self {
        let Some(head) = u16_at(sheet, 0).map(usize::from) else { return Self::default() };
        let count = u16_at(sheet, 2).map_or(0, usize::from);
        let base = u16_at(sheet, 4).map_or(0, usize::from);
        let mut at = 2 + head;
        let mut out = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(length) = u16_at(sheet, at).map(usize::from) else { break };
            let entry = sheet.get(at + 2..at + 2 + length).unwrap_or_default();
            out.push(style(entry, base));
            at += 2 + length + length % 2;
        }
        Self(out)
    }

    /// What the style of this index, or one that it is based on, says.
    pub fn place(&self, index: u16) -> Place {
        let (mut out, mut next) = (Place::default(), Some(usize::from(index)));
        for _ in 0..MOST_PARENTS {
            let Some((parent, place)) = next.and_then(|i| self.0.get(i)) else { break };
            out = out.or(*place);
            next = *parent;
        }
        out
    }
}

/// The parent of a style and what it says itself.
fn style(entry: &[u8], base: usize) -> (Option<usize>, Place) {
    let mut place = Place::default();
    let Some((first, second)) = u16_at(entry, 0).zip(u16_at(entry, 2)) else { return (None, place) };
    // Built-in styles have numbers: 1 to 9 are headings, 62 is the title.
    match first & 0xfff {
        level @ 1..=9 => place.heading = Some(level as u8),
        62 => place.heading = Some(0),
        _ => {}
    }
    let (kind, parent) = (second & 0xf, usize::from(second >> 4));
    let parent = Some(parent).filter(|p| *p != 0xfff);
    // A paragraph's style: behind its name come the changes of its paragraphs, with their length and the style's index.
    let name = u16_at(entry, base).map_or(0, usize::from);
    let at = base + 2 + 2 * name + 2;
    if kind == 1
        && let Some(length) = u16_at(entry, at).map(usize::from)
        && let Some(own) = entry.get(at + 4..(at + 2 + length).min(entry.len()))
    {
        let mut said = Place::default();
        said.take(own);
        place = Place { heading: place.heading, ..said }.or(said);
    }
    (parent, place)
}

/// Reads the numberings: `lists` is part 73 of the table stream with all that lies behind it, of which `length` bytes are
/// the lists themselves; `overrides` is part 74. Numberings are called by their number.
pub(super) fn numbering(lists: &[u8], length: usize, overrides: &[u8]) -> Numbering {
    let mut out = Numbering::default();
    let count = u16_at(lists, 0).map_or(0, usize::from).min(MOST_LISTS);
    let mut at = length;
    for i in 0..count {
        let list = 2 + 28 * i;
        let (Some(id), Some(flags)) = (u32_at(lists, list), lists.get(list + 26)) else { break };
        let mut levels = Vec::new();
        for _ in 0..if flags & 1 == 1 { 1 } else { 9 } {
            let Some((level, end)) = level(lists, at) else { break };
            levels.push(level);
            at = end;
        }
        levels.truncate(LEVELS);
        out.kinds.insert(id.to_string(), levels);
    }
    let count = index_at(overrides, 0).unwrap_or(0).min(MOST_LISTS);
    for i in 0..count {
        if let Some(id) = u32_at(overrides, 4 + 16 * i) {
            out.of.insert((i + 1).to_string(), id.to_string());
        }
    }
    out
}

/// The level at a place, and where the next one begins.
fn level(lists: &[u8], at: usize) -> Option<(Level, usize)> {
    let head = lists.get(at..at + 28)?;
    let start = index_at(head, 0)?;
    let text_at = at + 28 + usize::from(head[24]) + usize::from(head[25]);
    let length = usize::from(u16_at(lists, text_at)?);
    let end = text_at + 2 + 2 * length;
    let units = lists.get(text_at + 2..end)?;
    let mut text = String::new();
    for unit in units.chunks_exact(2) {
        // A character below nine stands for the number of a level.
        match u16::from_le_bytes([unit[0], unit[1]]) {
            level @ 0..=8 => text.push_str(&format!("%{}", level + 1)),
            unit => text.extend(char::decode_utf16([unit]).flatten()),
        }
    }
    Some((Level { start: start.max(1), count: count(head[4]), text }, end))
}

/// The way of counting by its number ([MS-OSHARED] 2.2.1.3).
fn count(format: u8) -> Count {
    match format {
        1 => Count::UpperRoman,
        2 => Count::LowerRoman,
        3 => Count::UpperLetter,
        4 => Count::LowerLetter,
        10 | 11 | 16 | 17 | 29 | 30 | 33 | 35 | 37 | 39 => Count::Han,
        18 | 28 => Count::Circled,
        23 | 255 => Count::Silent,
        _ => Count::Arabic,
    }
}
