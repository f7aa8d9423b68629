//! Workbooks (.xlsx): every sheet its tables, parted by empty rows; rows of one cell before a table are its title.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::package::{Package, attribute};
use super::table::Table;
use super::{Extracted, Writer};
use crate::error::{Error, Limits};

/// Columns and rows beyond these are cut: no table of a report has them.
const MOST_COLUMNS: usize = 64;
const MOST_ROWS: usize = 20_000;
/// Places covered by spans beyond these are not followed.
const MOST_COVERED: usize = 1 << 20;

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: ".xlsx", detail: detail.to_string() }
}

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Plain,
    /// 0.056 as 5.6%.
    Percent,
    /// Days since 1899-12-30.
    Date,
}

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let started = Instant::now();
    let mut package = Package::open(bytes, limits)?;
    let main = package.main()?.ok_or_else(|| damaged("it has no workbook"))?;
    let relations = package.relations(&main)?;
    let mut part = |kind: &str| -> Result<Option<String>, Error> {
        let target = relations.iter().find(|r| r.kind == kind).map(|r| r.target.clone());
        target.filter(|t| package.holds(t)).map(|t| package.text(&t)).transpose()
    };
    let strings = part("sharedStrings")?.map(|xml| strings(&xml)).transpose()?.unwrap_or_default();
    let formats = part("styles")?.map(|xml| formats(&xml)).transpose()?.unwrap_or_default();
    let mut writer = Writer::default();
    for (name, relation, hidden) in sheets(&package.text(&main)?)? {
        if hidden {
            writer.out.warnings.push(format!("the hidden sheet {name} is not read"));
            continue;
        }
        let target = relations.iter().find(|r| r.id == relation).map(|r| r.target.clone());
        let Some(target) = target.filter(|t| package.holds(t)) else { continue };
        if started.elapsed().as_secs() >= limits.seconds {
            return Err(Error::TooSlow { seconds: limits.seconds });
        }
        // Sheet1 and 工作表1 are no names.
        let own = !name.starts_with("Sheet") && !name.starts_with("工作表");
        if own {
            writer.line(&name, Some(2), "");
        }
        sheet(&package.text(&target)?, &strings, &formats)?.write(&mut writer);
    }
    let mut out = writer.out;
    out.whole = true;
    Ok(out)
}

/// Name, relation and whether it is hidden, of each sheet.
fn sheets(xml: &str) -> Result<Vec<(String, String, bool)>, Error> {
    let mut out = Vec::new();
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) if e.local_name().as_ref() == "sheet" => {
                let hidden = attribute(&e, "state").is_some_and(|s| s != "visible");
                let id = attribute(&e, "id").unwrap_or_default();
                out.push((attribute(&e, "name").unwrap_or_default(), id, hidden));
            }
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

/// The strings that cells share; of one with phonetic readings the words alone.
fn strings(xml: &str) -> Result<Vec<String>, Error> {
    let mut out: Vec<String> = Vec::new();
    let mut reader = Reader::from_str(xml);
    let (mut in_text, mut phonetic) = (false, false);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) => match e.local_name().as_ref() {
                "si" => out.push(String::new()),
                "t" => in_text = true,
                "rPh" => phonetic = true,
                _ => {}
            },
            Event::Empty(e) if e.local_name().as_ref() == "si" => out.push(String::new()),
            Event::End(e) => match e.local_name().as_ref() {
                "t" => in_text = false,
                "rPh" => phonetic = false,
                _ => {}
            },
            event => {
                if let Some(text) = words(&event).filter(|_| in_text && !phonetic)
                    && let Some(last) = out.last_mut()
                {
                    last.push_str(&text);
                }
                if matches!(event, Event::Eof) {
                    return Ok(out);
                }
            }
        }
    }
}

/// The words of an event of text.
fn words(event: &Event<'_>) -> Option<String> {
    match event {
        Event::Text(e) => Some(e.xml10_content().into_owned()),
        Event::CData(e) => Some(e.xml10_content().into_owned()),
        Event::GeneralRef(e) => match e.resolve_char_ref() {
            Ok(Some(c)) => Some(c.to_string()),
            _ => quick_xml::escape::resolve_predefined_entity(&e.xml10_content()).map(str::to_owned),
        },
        _ => None,
    }
}

/// How the numbers of each style are shown, in the order of the styles.
fn formats(xml: &str) -> Result<Vec<Format>, Error> {
    let mut own: HashMap<String, Format> = HashMap::new();
    let mut out = Vec::new();
    let mut in_cells = false;
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) => match e.local_name().as_ref() {
                "numFmt" => {
                    let code = attribute(&e, "formatCode").unwrap_or_default().to_lowercase();
                    let format = if code.contains('%') {
                        Format::Percent
                    } else if code.contains("yy") || code.contains('年') {
                        Format::Date
                    } else {
                        Format::Plain
                    };
                    own.insert(attribute(&e, "numFmtId").unwrap_or_default(), format);
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells => {
                    let id = attribute(&e, "numFmtId").unwrap_or_default();
                    // ECMA-376, 18.8.30: 9 and 10 are percentages, 14 to 17 and 22 dates.
                    out.push(match id.as_str() {
                        "9" | "10" => Format::Percent,
                        "14" | "15" | "16" | "17" | "22" => Format::Date,
                        id => own.get(id).copied().unwrap_or(Format::Plain),
                    });
                }
                _ => {}
            },
            Event::End(e) if e.local_name().as_ref() == "cellXfs" => in_cells = false,
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

/// The filled cells of a sheet by row and column, from 0, and the spans of those that cover more than one place.
#[derive(Debug, Default)]
struct Sheet {
    cells: BTreeMap<usize, BTreeMap<usize, String>>,
    /// First place of a span, and how many rows and columns it covers.
    spans: HashMap<(usize, usize), (usize, usize)>,
}

fn sheet(xml: &str, strings: &[String], formats: &[Format]) -> Result<Sheet, Error> {
    let mut out = Sheet::default();
    let mut reader = Reader::from_str(xml);
    let (mut row, mut column) = (0usize, 0usize);
    let (mut kind, mut format, mut value) = (String::new(), Format::Plain, String::new());
    let mut in_value = false;
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) => match e.local_name().as_ref() {
                "c" => {
                    if let Some((r, c)) = attribute(&e, "r").as_deref().and_then(place) {
                        (row, column) = (r, c);
                    }
                    kind = attribute(&e, "t").unwrap_or_default();
                    let style = attribute(&e, "s").and_then(|s| s.parse::<usize>().ok()).unwrap_or(0);
                    format = formats.get(style).copied().unwrap_or(Format::Plain);
                    value.clear();
                }
                "v" | "t" => in_value = true,
                _ => {}
            },
            Event::Empty(e) if e.local_name().as_ref() == "mergeCell" => {
                let span = attribute(&e, "ref");
                let ends = span.as_deref().and_then(|s| s.split_once(':'));
                if let Some((from, to)) = ends.and_then(|(a, b)| Some((place(a)?, place(b)?))) {
                    let size = (to.0.saturating_sub(from.0) + 1, to.1.saturating_sub(from.1) + 1);
                    out.spans.insert(from, size);
                }
            }
            Event::End(e) => match e.local_name().as_ref() {
                "v" | "t" => in_value = false,
                "c" => {
                    let text = match kind.as_str() {
                        "s" => value.parse::<usize>().ok().and_then(|i| strings.get(i)).cloned().unwrap_or_default(),
                        "inlineStr" | "str" => value.clone(),
                        "e" => String::new(),
                        _ => shown(&value, format),
                    };
                    if !text.trim().is_empty() && row < MOST_ROWS && column < MOST_COLUMNS {
                        out.cells.entry(row).or_default().insert(column, text);
                    }
                }
                _ => {}
            },
            event => {
                if let Some(text) = words(&event).filter(|_| in_value) {
                    value.push_str(&text);
                }
                if matches!(event, Event::Eof) {
                    return Ok(out);
                }
            }
        }
    }
}

/// A number as its format shows it, without the noise of binary fractions.
fn shown(value: &str, format: Format) -> String {
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

/// Row and column, from 0, of a place like "B12".
fn place(name: &str) -> Option<(usize, usize)> {
    let at = name.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = name.split_at(at);
    let mut column = 0usize;
    for c in letters.bytes().filter(|b| *b != b'$') {
        let letter = usize::from(c.to_ascii_uppercase().checked_sub(b'A').filter(|l| *l < 26)?);
        column = column.checked_mul(26)?.checked_add(letter + 1)?;
    }
    Some((digits.parse::<usize>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

impl Sheet {
    /// Writes the tables of the sheet and the lines between them.
    fn write(self, writer: &mut Writer) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_numbers_as_they_are_shown() {
        assert_eq!((place("A1"), place("AB12"), place("x")), (Some((0, 0)), Some((11, 27)), None));
        assert_eq!(shown("3268.3999999999996", Format::Plain), "3268.4");
        assert_eq!(shown("5.6000000000000001E-2", Format::Percent), "5.6%");
        assert_eq!(shown("45658", Format::Date), "2025年1月1日");
    }

    #[test]
    fn a_sheet_gives_its_title_and_its_table() {
        let xml = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>主要指标（单位：亿元）</t></is></c></row>\
            <row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"inlineStr\"><is><t>2024年</t></is></c></row>\
            <row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>收入</t></is></c><c r=\"B3\"><v>286.4</v></c></row></sheetData></worksheet>";
        let mut writer = Writer::default();
        sheet(xml, &["指标".to_owned()], &[]).unwrap().write(&mut writer);
        assert_eq!(writer.out.text, "主要指标（单位：亿元）\n指标\t2024年\n收入\t286.4\n");
        assert_eq!(writer.out.tables.len(), 1);
    }
}
