//! Rows of cells as an Excel workbook.

use std::fmt::Write as _;
use std::io::{self, Cursor, IsTerminal, Write};

use wenbao_answer::sheet::{Cell, harmless};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::args::Format;

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
    use wenbao_answer::sheet::csv;

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
