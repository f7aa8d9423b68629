//! What people say, and what the reports say for it.
//!
//! and words of another decade in a text and gives the phrases that reports use instead, the likeliest first. The tables
//! are the files of `data/thesaurus`; `economy.tsv` opens with their format.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use crate::grams::fold_char;

#[cfg(test)]
mod tests;

/// The tables, by subject; which of them holds a row makes no difference.
const TABLES: [&str; 7] = [
    include_str!("../../data/thesaurus/economy.tsv"),
    include_str!("../../data/thesaurus/industry.tsv"),
    include_str!("../../data/thesaurus/rural.tsv"),
    include_str!("../../data/thesaurus/society.tsv"),
    include_str!("../../data/thesaurus/environment.tsv"),
    include_str!("../../data/thesaurus/state.tsv"),
    include_str!("../../data/thesaurus/guards.tsv"),
];

/// A phrase and what reports say for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sense {
    /// The phrase as the table has it.
    pub source: &'static str,
    /// What reports say instead, the likeliest first; never empty, at most five.
    pub targets: Vec<&'static str>,
}

/// What a row does to the phrase it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Gives its sense, and the phrase is spent.
    Whole,
    /// Gives its sense, and phrases inside it may still give theirs.
    WithParts,
    /// Gives nothing: it keeps a shorter phrase from being found where it is not meant ("国企" in "中国企业").
    Guard,
}

/// One row of a table.
#[derive(Debug)]
struct Row {
    kind: Kind,
    sense: Sense,
    /// The source's characters, folded.
    chars: Vec<char>,
}

/// The rows by their first character, the longest first.
type Rows = HashMap<char, Vec<Row>>;

static ROWS: LazyLock<Rows> = LazyLock::new(|| compile(&TABLES));

/// Every phrase of the tables: what people say beside what reports do.
pub(crate) fn sources() -> impl Iterator<Item = &'static str> {
    ROWS.values().flatten().map(|row| row.sense.source)
}

/// The senses found in `text`, in its order, each with the range of characters (Unicode scalar values) it was found at.
///
/// The longest phrase wins over those inside it, except that a row marked `+` is followed by them; phrases may overlap at
/// their ends. Case and width make no difference.
pub(crate) fn senses(text: &str) -> Vec<(Range<usize>, Sense)> {
    let chars: Vec<char> = text.chars().map(fold_char).collect();
    let mut found = Vec::new();

    scan(&ROWS, &chars, 0..chars.len(), false, &mut found);
    found
}

/// Finds the phrases within `range`, from left to right; `inside` leaves out the one that is the whole range.
fn scan(rows: &Rows, chars: &[char], range: Range<usize>, inside: bool, found: &mut Vec<(Range<usize>, Sense)>) {
    let mut at = range.start;
    let mut reached = range.start;
    while at < range.end {
        let longest = if inside && at == range.start { range.len() - 1 } else { range.end - at };
        // A phrase within another is no phrase of its own; one that goes on where another ends is: 再修 and 修路 in 再修路.
        let Some(row) = longest_at(rows, chars, at, longest).filter(|row| at + row.chars.len() > reached) else {
            at += 1;
            continue;
        };
        let matched = at..at + row.chars.len();
        reached = matched.end;
        at = if row.kind == Kind::Guard { matched.end } else { at + 1 };
        if row.kind != Kind::Guard {
            found.push((matched.clone(), row.sense.clone()));
        }
        if row.kind == Kind::WithParts {
            scan(rows, chars, matched, true, found);
        }
    }
}

/// The longest row of at most `longest` characters that stands at `at`.
fn longest_at<'r>(rows: &'r Rows, chars: &[char], at: usize, longest: usize) -> Option<&'r Row> {
    rows.get(chars.get(at)?)?.iter().find(|row| {
        let end = at + row.chars.len();
        row.chars.len() <= longest && chars[at..end] == row.chars && is_cut(chars, at) && is_cut(chars, end)
    })
}

/// Whether a phrase may begin or end before the character at `at`: not within a Latin word or a number, so that "EV" is
/// not found in "seven", "5G" in "15G", nor "千万工程" in "百千万工程".
fn is_cut(chars: &[char], at: usize) -> bool {
    let (Some(before), Some(after)) = (at.checked_sub(1).and_then(|i| chars.get(i)), chars.get(at)) else {
        return true;
    };
    [char::is_ascii_alphabetic, char::is_ascii_digit, is_numeral].iter().all(|is| !(is(before) && is(after)))
}

fn is_numeral(c: &char) -> bool {
    "〇零一二三四五六七八九十百千万亿".contains(*c)
}

/// Reads the tables. Lines that are no rows are left out here and shown by the tests.
fn compile(tables: &[&'static str]) -> Rows {
    let mut rows = Rows::new();
    for row in tables.iter().flat_map(|table| table.lines()).filter_map(read_row) {
        if let Some(&first) = row.chars.first() {
            rows.entry(first).or_default().push(row);
        }
    }
    for same_first in rows.values_mut() {
        same_first.sort_by_key(|row| std::cmp::Reverse(row.chars.len()));
    }
    rows
}

/// One line as a row; `None` for comments, empty lines, and what is neither.
fn read_row(line: &'static str) -> Option<Row> {
    if line.starts_with('#') {
        return None;
    }
    let (kind, source, targets) = if let Some(guard) = line.strip_prefix('!') {
        (Kind::Guard, guard, Vec::new())
    } else {
        let (source, targets) = line.split_once('\t')?;
        let targets = targets.split('|').collect();
        match source.strip_prefix('+') {
            Some(source) => (Kind::WithParts, source, targets),
            None => (Kind::Whole, source, targets),
        }
    };
    let chars = source.chars().map(fold_char).collect();
    Some(Row { kind, sense: Sense { source, targets }, chars })
}
