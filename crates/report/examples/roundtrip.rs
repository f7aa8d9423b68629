//! For `make test-pdf`: `roundtrip make FILE.txt STEM` writes STEM.docx and STEM.html with the text of a file, a paragraph
//! a line; `roundtrip compare A B` compares the passages read from two files and fails if they differ in more than 0.2% of
//! their characters.

use std::io::{Cursor, Write};
use std::path::Path;

/// Share of characters in which two readings may differ.
const BAR: f64 = 0.002;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", file, stem] => make(file, stem),
        ["compare", a, b] => compare(a, b),
        _ => Err("usage: roundtrip make FILE.txt STEM | compare A B".to_owned()),
    };
    if let Err(error) = outcome {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn make(file: &str, stem: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
    let escape = |line: &str| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines: Vec<String> = text.lines().filter(|l| !l.trim().is_empty()).map(escape).collect();
    let page: String = lines.iter().map(|l| format!("<p>{l}</p>\n")).collect();
    let html = format!("<!doctype html><html><head><meta charset=utf-8></head><body>{page}</body></html>");
    std::fs::write(format!("{stem}.html"), html).map_err(|e| e.to_string())?;
    let body: String = lines.iter().map(|l| format!("<w:p><w:pPr><w:ind w:firstLineChars=\"200\" w:firstLine=\"480\"/></w:pPr><w:r><w:t>{l}</w:t></w:r></w:p>")).collect();
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
