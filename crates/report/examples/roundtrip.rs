//! For `make test-pdf`: `roundtrip make FILE.txt STEM` writes STEM.docx and STEM.html with the text of a file, a paragraph
//! a line. A line that begins with | is a row of a table and | parts its cells, "字*2" covers two columns and "字/2" two
//! rows, || begins a row of headings; a row of one cell is a frame around a paragraph.
//! `roundtrip compare A B` compares the passages read from two files and fails if they differ in more than 0.2% of their
//! characters. `roundtrip cells A B…` compares the cells of their tables, A against each B: a cell is right if B has, at
//! the same place, the same sentence of row, column, value and unit, with the same period and status; a cell that only
//! B has is wrong. It fails below the share of right cells that was reached.

use std::io::{Cursor, Write};
use std::path::Path;

/// Share of characters in which two readings may differ.
const BAR: f64 = 0.002;
/// Share of table cells that have to be the same.
const CELLS: f64 = 1.0;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", file, stem] => make(file, stem),
        ["compare", a, b] => compare(a, b),
        ["cells", ref pairs @ ..] if !pairs.is_empty() && pairs.len() % 2 == 0 => cells(pairs),
        _ => Err("usage: roundtrip make FILE.txt STEM | compare A B | cells A B [A B…]".to_owned()),
    };
    if let Err(error) = outcome {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn make(file: &str, stem: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
    let escape = |line: &str| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let blocks = blocks(&text);
    let page: String = blocks.iter().map(|b| b.html(&escape)).collect();
    // One table in two is open at its sides, as statistical tables are.
    let style = "table{border-collapse:collapse;width:100%}td,th{border:1px solid #000}thead{display:table-header-group}\
                 .open td:first-child,.open th:first-child{border-left:none}.open td:last-child,.open th:last-child{border-right:none}";
    let html = format!(
        "<!doctype html><html><head><meta charset=utf-8><style>{style}</style></head><body>{page}</body></html>"
    );
    std::fs::write(format!("{stem}.html"), html).map_err(|e| e.to_string())?;
    let body: String = blocks.iter().map(|b| b.docx(&escape)).collect();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
    );
    let types = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    let relations = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>";
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in
        [("[Content_Types].xml", types), ("_rels/.rels", relations), ("word/document.xml", xml.as_str())]
    {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).map_err(|e| e.to_string())?;
        zip.write_all(content.as_bytes()).map_err(|e| e.to_string())?;
    }
    let bytes = zip.finish().map_err(|e| e.to_string())?.into_inner();
    std::fs::write(format!("{stem}.docx"), bytes).map_err(|e| e.to_string())
}

/// A paragraph or a table.
enum Block {
    Line(String),
    Table { rows: Vec<Row>, open: bool },
}

struct Row {
    head: bool,
    cells: Vec<Cell>,
}

impl Row {
    /// A frame around a paragraph.
    fn is_frame(&self) -> bool {
        self.cells.len() == 1 && self.cells[0].columns == 1
    }
}

struct Cell {
    text: String,
    columns: usize,
    rows: usize,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut tables = 0;
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let Some(row) = line.strip_prefix('|') else {
            out.push(Block::Line(line.to_owned()));
            continue;
        };
        let head = row.starts_with('|');
        let cell = |cell: &str| {
            let span = |mark: char| cell.rsplit_once(mark).and_then(|(t, n)| Some((t, n.parse().ok()?)));
            let (text, columns, rows) = match (span('*'), span('/')) {
                (Some((text, n)), _) => (text, n, 1),
                (_, Some((text, n))) => (text, 1, n),
                _ => (cell, 1, 1),
            };
            Cell { text: text.to_owned(), columns, rows }
        };
        let row = Row { head, cells: row.trim_start_matches('|').split('|').map(cell).collect() };
        match out.last_mut() {
            // Headings behind a body begin another table.
            Some(Block::Table { rows, .. })
                if (!row.head || rows.iter().all(|r| r.head)) && row.is_frame() == rows[0].is_frame() =>
            {
                rows.push(row)
            }
            _ => {
                tables += 1;
                out.push(Block::Table { rows: vec![row], open: tables % 2 == 0 });
            }
        }
    }
    out
}

impl Block {
    fn html(&self, escape: &dyn Fn(&str) -> String) -> String {
        let (rows, open) = match self {
            Self::Line(line) => return format!("<p>{}</p>\n", escape(line)),
            Self::Table { rows, open } => (rows, *open),
        };
        let line = |row: &Row| {
            let tag = if row.head { "th" } else { "td" };
            let cells: String = (row.cells.iter())
                .map(|c| format!("<{tag} colspan={} rowspan={}>{}</{tag}>", c.columns, c.rows, escape(&c.text)))
                .collect();
            format!("<tr>{cells}</tr>\n")
        };
        let (head, body): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|r| r.head);
        let head: String = head.into_iter().map(line).collect();
        let body: String = body.into_iter().map(line).collect();
        let class = if open { " class=open" } else { "" };
        format!("<table{class}><thead>{head}</thead><tbody>{body}</tbody></table>\n")
    }

    fn docx(&self, escape: &dyn Fn(&str) -> String) -> String {
        let (rows, open) = match self {
            Self::Line(line) => {
                return format!(
                    "<w:p><w:pPr><w:ind w:firstLineChars=\"200\" w:firstLine=\"480\"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>",
                    escape(line)
                );
            }
            Self::Table { rows, open } => (rows, *open),
        };
        let columns: usize = rows[0].cells.iter().map(|c| c.columns).sum();
        let width = 9000 / columns.max(1);
        let sides: &[&str] = if open {
            &["top", "bottom", "insideH", "insideV"]
        } else {
            &["top", "left", "bottom", "right", "insideH", "insideV"]
        };
        let borders: String =
            sides.iter().map(|s| format!("<w:{s} w:val=\"single\" w:sz=\"4\" w:color=\"000000\"/>")).collect();
        let grid = format!("<w:gridCol w:w=\"{width}\"/>").repeat(columns);
        let mut out = format!(
            "<w:tbl><w:tblPr><w:tblW w:w=\"9000\" w:type=\"dxa\"/><w:tblBorders>{borders}</w:tblBorders></w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        );
        // So many more rows the cell over a column goes on.
        let mut hanging = vec![0usize; columns];
        for row in rows {
            out.push_str(if row.head { "<w:tr><w:trPr><w:tblHeader/></w:trPr>" } else { "<w:tr>" });
            let mut cells = row.cells.iter();
            let mut at = 0;
            while at < columns {
                let (span, merge, text) = if hanging[at] > 0 {
                    hanging[at] -= 1;
                    (1, "<w:vMerge/>", String::new())
                } else {
                    let Some(cell) = cells.next() else { break };
                    let merge = if cell.rows > 1 { "<w:vMerge w:val=\"restart\"/>" } else { "" };
                    hanging[at] = cell.rows - 1;
                    (cell.columns, merge, escape(&cell.text))
                };
                out.push_str(&format!(
                    "<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/><w:gridSpan w:val=\"{span}\"/>{merge}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>",
                    width * span
                ));
                at += span;
            }
            out.push_str("</w:tr>");
        }
        // Word wants a paragraph between two tables.
        out + "</w:tbl><w:p/>"
    }
}

/// What is read of the cells of a file's tables.
fn said(path: &str) -> Result<Vec<String>, String> {
    let document = wenbao_report::read(Path::new(path)).map_err(|e| format!("{path}: {e}"))?;
    let mut out = Vec::new();
    for passage in document.passages.iter().filter(|p| p.made) {
        for (sentence, cell) in passage.sentences.iter().zip(&passage.cells) {
            let text: String = passage.text.chars().skip(sentence.range.start).take(sentence.range.len()).collect();
            let values: Vec<String> =
                sentence.quantities.iter().map(|q| format!("{} {} of {}", q.value, q.unit, q.measure)).collect();
            out.push(format!(
                "{text} [{}, row {}, column {}; {:?} {:?}; {}]",
                cell.table,
                cell.row,
                cell.column,
                sentence.period,
                sentence.status,
                values.join(", ")
            ));
        }
    }
    Ok(out)
}

fn cells(pairs: &[&str]) -> Result<(), String> {
    let (mut right, mut all) = (0, 0);
    for pair in pairs.chunks(2) {
        let (wanted, mut got) = (said(pair[0])?, said(pair[1])?);
        let mut found = 0;
        for cell in &wanted {
            match got.iter().position(|g| g == cell) {
                Some(at) => {
                    got.swap_remove(at);
                    found += 1;
                }
                None => println!("  not in {}: {cell}", pair[1]),
            }
        }
        for cell in &got {
            println!("  only in {}: {cell}", pair[1]);
        }
        right += found;
        // A cell that is read otherwise stands on both sides and counts once.
        all += found + (wanted.len() - found).max(got.len());
    }
    let share = right as f64 / all as f64;
    println!("{right} of {all} cells of tables are the same: {share:.4}");
    if share < CELLS { Err(format!("fewer than {CELLS} of the cells are the same")) } else { Ok(()) }
}

fn compare(a: &str, b: &str) -> Result<(), String> {
    let (x, y) = (passages(a)?, passages(b)?);
    let different = distance(&x, &y);
    let share = different as f64 / x.len().max(1) as f64;
    println!("{share:.4} of {} characters differ: {b}", x.len());
    if share > BAR { Err(format!("{a} and {b} differ in more than {BAR}")) } else { Ok(()) }
}

/// The text of all passages without white space.
fn passages(path: &str) -> Result<Vec<char>, String> {
    let document = wenbao_report::read(Path::new(path)).map_err(|e| format!("{path}: {e}"))?;
    let text = document.passages.iter().flat_map(|p| p.text.chars());
    Ok(text.filter(|c| !c.is_whitespace()).collect())
}

/// Insertions and deletions between two texts (Myers, "An O(ND) Difference Algorithm", 1986; the length only).
fn distance(a: &[char], b: &[char]) -> usize {
    let (n, m) = (a.len() as isize, b.len() as isize);
    let most = n + m;
    let mut reach = vec![0isize; 2 * most as usize + 3];
    for d in 0..=most {
        for k in (-d..=d).step_by(2) {
            let at = (k + most + 1) as usize;
            let down = k == -d || k != d && reach[at - 1] < reach[at + 1];
            let mut x = if down { reach[at + 1] } else { reach[at - 1] + 1 };
            let mut y = x - k;
            while x < n && y < m && a[x as usize] == b[y as usize] {
                x += 1;
                y += 1;
            }
            reach[at] = x;
            if x >= n && y >= m {
                return d as usize;
            }
        }
    }
    most as usize
}
