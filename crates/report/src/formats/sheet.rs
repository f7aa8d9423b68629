//! A sheet of figures, of whatever program: its filled cells on their places, how numbers are shown, and its tables.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Writer;
use super::table::Table;

/// Columns and rows beyond these are cut: no table of a report has them.
pub(crate) const MOST_COLUMNS: usize = 64;
const MOST_ROWS: usize = 20_000;
/// Places covered by spans beyond these are not followed.
const MOST_COVERED: usize = 1 << 20;

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Plain,
    /// 0.056 as 5.6%.
    Percent,
    /// Days since 1899-12-30.
    Date,
}

/// The filled cells of a sheet by row and column, from 0, and the spans of those that cover more than one place.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    cells: BTreeMap<usize, BTreeMap<usize, String>>,
    /// First place of a span, and how many rows and columns it covers.
    pub spans: HashMap<(usize, usize), (usize, usize)>,
}

impl Sheet {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Fills a place; what is empty or beyond the bounds is left out.
    pub fn put(&mut self, row: usize, column: usize, text: String) {
        if !text.trim().is_empty() && row < MOST_ROWS && column < MOST_COLUMNS {
            self.cells.entry(row).or_default().insert(column, text);
        }
    }

    /// Writes the tables of the sheet and the lines between them.
    pub fn write(self, writer: &mut Writer) {
        let covered = self.covered();
        let mut table: Option<Table> = None;
        let mut last = None;
        for (&row, cells) in &self.cells {
            if last.is_some_and(|last| row > last + 1)
                && !cells.keys().any(|&c| covered.contains(&(row, c + 1)) || c > 0 && covered.contains(&(row, c - 1)))
            {
                table.take().into_iter().for_each(|t| writer.table(t));
            }
            last = Some(row);
            // A single cell before a table is its title, or a line of its own.
            if cells.len() == 1 && table.is_none() {
                cells.values().for_each(|text| writer.line(text, None, ""));
                continue;
            }
            let open = table.get_or_insert_default();
            open.begin_row();
            let width = cells.keys().last().map_or(0, |c| c + 1);
            let mut column = 0;
            while column < width {
                if covered.contains(&(row, column)) {
                    column += 1;
                    continue;
                }
                let text = cells.get(&column).map_or("", String::as_str);
                let (rows, columns) = self.spans.get(&(row, column)).copied().unwrap_or((1, 1));
                open.cell(text, columns, rows, false);
                column += columns.max(1);
            }
        }
        table.into_iter().for_each(|t| writer.table(t));
    }

    /// The places that a span covers from an earlier row.
    fn covered(&self) -> HashSet<(usize, usize)> {
        let mut out = HashSet::new();
        for (&(row, column), &(rows, columns)) in &self.spans {
            for r in row + 1..(row + rows).min(MOST_ROWS) {
                for c in column..(column + columns).min(MOST_COLUMNS) {
                    if out.len() >= MOST_COVERED {
                        return out;
                    }
                    out.insert((r, c));
                }
            }
        }
        out
    }
}

/// How a format code shows numbers: "0.0%", "yyyy年m月d日".
pub(crate) fn format(code: &str) -> Format {
    let code = code.to_lowercase();
    if code.contains('%') {
        Format::Percent
    } else if code.contains("yy") || code.contains('年') {
        Format::Date
    } else {
        Format::Plain
    }
}

/// How the formats that need no code show numbers (ECMA-376, 18.8.30): 9 and 10 are percentages, 14 to 17 and 22 dates.
pub(crate) fn built_in(id: u16) -> Option<Format> {
    match id {
        9 | 10 => Some(Format::Percent),
        14..=17 | 22 => Some(Format::Date),
        _ => None,
    }
}

/// Whether a sheet's name is one that somebody gave it: Sheet1 and 工作表1 are none.
pub(crate) fn is_named(name: &str) -> bool {
    !name.starts_with("Sheet") && !name.starts_with("工作表")
}

/// A number as its format shows it, without the noise of binary fractions.
pub(crate) fn shown(value: &str, format: Format) -> String {
    let Ok(number) = value.trim().parse::<f64>() else { return value.to_owned() };
    let plain = |n: f64| {
        let text = format!("{n:.6}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match format {
        Format::Plain => plain(number),
        Format::Percent => format!("{}%", plain(number * 100.0)),
        Format::Date => date(number).unwrap_or_else(|| plain(number)),
    }
}

/// The day that is so many days after 1899-12-30 (Howard Hinnant's civil_from_days).
fn date(days: f64) -> Option<String> {
    if !(1.0..2_958_466.0).contains(&days) {
        return None;
    }
    // Days since 0000-03-01.
    let z = days as i64 - 25_569 + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some(format!("{year}年{month}月{day}日"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_they_are_shown() {
        assert_eq!(shown("3268.3999999999996", Format::Plain), "3268.4");
        assert_eq!(shown("5.6000000000000001E-2", format("0.0%")), "5.6%");
        assert_eq!(shown("45658", built_in(14).unwrap()), "2025年1月1日");
    }
}
