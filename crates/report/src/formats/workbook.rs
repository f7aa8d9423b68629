//! Workbooks (.xlsx): every sheet its tables, parted by empty rows; rows of one cell before a table are its title.

use std::collections::HashMap;
use std::time::Instant;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::package::{Package, attribute, words};
use super::sheet::{Format, Sheet, built_in, format, is_named, shown};
use super::{Extracted, Writer};
use crate::error::{Error, Limits};

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: ".xlsx", detail: detail.to_string() }
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
        if is_named(&name) {
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
                    let format = format(&attribute(&e, "formatCode").unwrap_or_default());
                    own.insert(attribute(&e, "numFmtId").unwrap_or_default(), format);
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells => {
                    let id = attribute(&e, "numFmtId").unwrap_or_default();
                    let built = id.parse().ok().and_then(built_in);
                    out.push(built.or_else(|| own.get(&id).copied()).unwrap_or(Format::Plain));
                }
                _ => {}
            },
            Event::End(e) if e.local_name().as_ref() == "cellXfs" => in_cells = false,
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

fn sheet(xml: &str, strings: &[String], formats: &[Format]) -> Result<Sheet, Error> {
    let mut out = Sheet::default();
    let mut reader = Reader::from_str(xml);
    let (mut row, mut column) = (0usize, 0usize);
    let (mut kind, mut shape, mut value) = (String::new(), Format::Plain, String::new());
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
                    shape = formats.get(style).copied().unwrap_or(Format::Plain);
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
                        _ => shown(&value, shape),
                    };
                    out.put(row, column, text);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_row_and_column() {
        assert_eq!((place("A1"), place("AB12"), place("x")), (Some((0, 0)), Some((11, 27)), None));
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
