//! Answers as rows of cells, for CSV and Excel. Numbers stay numbers; no text of a report can become a formula.

use std::fmt::Write as _;
use std::io::{self, Cursor, IsTerminal, Write};

use wenbao_answer::{Answer, Value};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::args::Format;
use crate::render::when;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Nothing.
    Empty,
    /// Words.
    Text(String),
    /// A number.
    Number(f64),
}

impl Cell {
    fn text(words: impl Into<String>) -> Self {
        let words = words.into();
        if words.is_empty() { Self::Empty } else { Self::Text(words) }
    }
}

/// A workbook on a terminal helps nobody.
///
/// # Errors
/// If the format is binary and standard output is a terminal.
pub(crate) fn may_go_to_stdout(format: Format) -> anyhow::Result<()> {
    anyhow::ensure!(
        format != Format::Xlsx || !io::stdout().is_terminal(),
        "a workbook is no text: send it to a file, as in `… --format xlsx > table.xlsx`"
    );
    Ok(())
}

/// The rows of an answer, the heads first: those of its table, or where it has none, one a value.
pub(crate) fn rows(answer: &Answer) -> Vec<Vec<Cell>> {
    match &answer.table {
        Some(table) => {
            let mut head = vec![Cell::text("name")];
            for column in &table.columns {
                let time = when(column.period.as_ref(), column.status);
                let title = [column.label.as_str(), &time].join(" ").trim().to_string();
                head.extend([&*title, "number", "unit", "hedge", "quote", "document"].map(Cell::text));
            }
            let body = table.rows.iter().map(|row| {
                let mut cells = vec![Cell::text(&row.label)];
                for cell in &row.cells {
                    match cell {
                        Some(cell) => {
                            cells.push(Cell::text(&cell.text));
                            cells.push(cell.value.map_or(Cell::Empty, Cell::Number));
                            cells.push(Cell::text(&cell.unit));
                            cells.push(Cell::text(cell.hedge.map(name_of).unwrap_or_default()));
                            cells.extend(proof(answer, &cell.citations));
                        }
                        None => cells.extend(std::iter::repeat_n(Cell::Empty, 6)),
                    }
                }
                cells
            });
            std::iter::once(head).chain(body).collect()
        }
        None => {
            let head = ["label", "region", "time", "text", "number", "unit", "hedge", "computed", "quote", "document"];
            let body = answer.values.iter().map(|value| of_value(answer, value));
            std::iter::once(head.map(Cell::text).to_vec()).chain(body).collect()
        }
    }
}

fn of_value(answer: &Answer, value: &Value) -> Vec<Cell> {
    let mut cells = vec![
        Cell::text(&value.label),
        Cell::text(value.region.as_ref().map_or("", |r| r.0.as_str())),
        Cell::text(when(value.period.as_ref(), value.status)),
        Cell::text(value.text.clone().unwrap_or_default()),
        value.value.map_or(Cell::Empty, Cell::Number),
        Cell::text(&value.unit),
        Cell::text(value.hedge.map(name_of).unwrap_or_default()),
        Cell::text(value.computed.clone().unwrap_or_default()),
    ];
    cells.extend(proof(answer, &value.citations));
    cells
}

/// The contract's name of a hedge: "about", "at_least".
fn name_of(hedge: wenbao_report::Hedge) -> String {
    serde_json::to_value(hedge).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Quote and document of the first citation.
fn proof(answer: &Answer, citations: &[usize]) -> [Cell; 2] {
    let citation = citations.first().and_then(|n| answer.citations.iter().find(|c| c.n == *n));
    let document = citation.and_then(|c| answer.passages.get(c.passage)).map(|p| &p.document);
    let title = document.map(|d| d.title.clone().unwrap_or_else(|| d.path.clone()));
    [Cell::text(citation.map_or("", |c| c.quote.as_str())), Cell::text(title.unwrap_or_default())]
}

/// Text that no spreadsheet takes for a formula: one that begins as a formula does is led by an apostrophe. Line breaks and what
/// steers a terminal become blanks.
fn harmless(words: &str) -> String {
    let flat: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match flat.chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => format!("'{flat}"),
        _ => flat,
    }
}

/// Comma-separated values: UTF-8 with a byte order mark, which spreadsheets need to see that it is, lines ended by CRLF (RFC 4180).
pub(crate) fn csv(rows: &[Vec<Cell>]) -> String {
    let mut out = String::from("\u{feff}");
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Cell::Empty => String::new(),
                Cell::Number(number) => number.to_string(),
                Cell::Text(words) => format!("\"{}\"", harmless(words).replace('"', "\"\"")),
            })
            .collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

/// Parts of a workbook of one sheet that are always the same.
const PARTS: &[(&str, &str)] = &[
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="wenbao" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
    ),
];

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// A workbook of one sheet, as bytes.
///
/// # Errors
/// If it cannot be packed.
pub(crate) fn xlsx(rows: &[Vec<Cell>]) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let sheet = sheet(rows);
    for (name, part) in PARTS.iter().copied().chain([("xl/worksheets/sheet1.xml", sheet.as_str())]) {
        zip.start_file(name, options)?;
        zip.write_all(XML.as_bytes())?;
        zip.write_all(part.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

fn sheet(rows: &[Vec<Cell>]) -> String {
    let mut out =
        String::from(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#);
    for row in rows {
        out.push_str("<row>");
        for cell in row {
            // Writing to a String cannot fail.
            let _ = match cell {
                Cell::Empty => write!(out, "<c/>"),
                Cell::Number(number) => write!(out, "<c><v>{number}</v></c>"),
                Cell::Text(words) => write!(
                    out,
                    r#"<c t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>"#,
                    escaped(&harmless(words))
                ),
            };
        }
        out.push_str("</row>");
    }
    out.push_str("</sheetData></worksheet>");
    out
}

/// Text as XML has it; what XML cannot hold at all is left out.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn hostile() -> Vec<Vec<Cell>> {
        vec![
            vec![Cell::text("=1+1"), Cell::text("+8"), Cell::text("-3.1%"), Cell::text("@SUM(A1)")],
            vec![Cell::Number(-3.1), Cell::Empty, Cell::text("a \"b\", <c> & d\nnext"), Cell::text("5%左右")],
        ]
    }

    #[test]
    fn texts_cannot_be_formulas_and_numbers_stay_numbers() {
        let expected =
            "\u{feff}\"'=1+1\",\"'+8\",\"'-3.1%\",\"'@SUM(A1)\"\r\n-3.1,,\"a \"\"b\"\", <c> & d next\",\"5%左右\"\r\n";
        assert_eq!(csv(&hostile()), expected);
    }

    #[test]
    fn a_workbook_holds_the_same_cells() {
        let bytes = xlsx(&hostile()).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut sheet = String::new();
        archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
        assert!(sheet.contains("<c><v>-3.1</v></c><c/>"), "{sheet}");
        assert!(sheet.contains("<t xml:space=\"preserve\">'=1+1</t>"), "{sheet}");
        assert!(sheet.contains("a \"b\", &lt;c&gt; &amp; d next"), "{sheet}");
        for part in ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"] {
            assert!(archive.by_name(part).is_ok(), "{part}");
        }
    }
}
