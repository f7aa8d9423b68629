//! Files for the readers of reports.

use std::io::{Cursor, Read, Write};

use wenbao_lang::fold::is_zero_width;
use wenbao_report::{Document, Limits, Passage, read_all};

use crate::Target;
use crate::damage::{Random, damaged};

/// Reads a file; what it says keeps the promises of the model.
pub struct Readers;

impl Target for Readers {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut all = seeds();
        all.extend(formats());
        all
    }

    /// A damaged archive is found out by its checksum: what is inside is damaged as well.
    fn dress(&self, input: Vec<u8>, random: &mut Random) -> Vec<u8> {
        if random.below(3) == 0 && input.starts_with(b"<w:document") {
            return docx(&input);
        }
        if random.below(2) == 0 && input.starts_with(b"PK") {
            let packages: Vec<Vec<u8>> = formats().into_iter().filter(|file| file.starts_with(b"PK")).collect();
            let chosen = random.below(packages.len());
            return packages.get(chosen).and_then(|package| inside(package, random)).unwrap_or(input);
        }
        input
    }

    fn run(&self, input: &[u8]) -> Result<bool, String> {
        match read_all(input, None, &limits(), None) {
            Ok(all) => all.iter().flat_map(|member| &member.document).find_map(broken_promise).map_or(Ok(true), Err),
            Err(_) => Ok(false),
        }
    }
}

/// A package with one of its parts damaged and its checksums right.
fn inside(package: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(package)).ok()?;
    let chosen = random.below(archive.len());
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).ok()?;
        let name = file.name().ok()?.into_owned();
        let mut part = Vec::new();
        file.read_to_end(&mut part).ok()?;
        if i == chosen && !part.is_empty() {
            part = damaged(&[part], random);
        }
        out.start_file(name, zip::write::SimpleFileOptions::default()).ok()?;
        out.write_all(&part).ok()?;
    }
    out.finish().ok().map(Cursor::into_inner)
}

/// The files of all formats that the tests of the readers read.
fn formats() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/report/tests/formats");
    let mut paths: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_none_or(|e| e != "py"));
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

/// Smaller than the default, so that a reading that runs away is seen soon.
fn limits() -> Limits {
    Limits { file_bytes: 4 << 20, content_bytes: 4 << 20, seconds: 5, ..Limits::default() }
}

/// The first promise of the model that a document breaks.
fn broken_promise(document: &Document) -> Option<String> {
    let source: Vec<char> = document.text.chars().collect();
    for passage in &document.passages {
        let text: Vec<char> = passage.text.chars().collect();
        if text.is_empty() || text.len() > Passage::MAX_CHARS || passage.source_range.end > source.len() {
            return Some(format!("passage of {} characters at {:?}", text.len(), passage.source_range));
        }
        let mut at = 0;
        for sentence in &passage.sentences {
            if sentence.range.start != at || sentence.range.end > text.len() {
                return Some(format!("sentence {:?} after {at}", sentence.range));
            }
            at = sentence.range.end;
            for q in &sentence.quantities {
                let words: Option<String> = text.get(q.range.clone()).map(|c| c.iter().collect());
                if words.as_ref() != Some(&q.text) || !q.value.is_finite() {
                    return Some(format!("quantity {:?} at {:?}", q.text, q.range));
                }
            }
        }
        if at != text.len() {
            return Some(format!("sentences end at {at} of {}", text.len()));
        }
        // A value of made text points at its cell; all other text stands in the document, character by character.
        for cell in &passage.cells {
            let value: String = text.get(cell.range.clone()).into_iter().flatten().collect();
            let words: String = source.get(passage.source_of(cell.range.clone())).into_iter().flatten().collect();
            if value.is_empty() || !value.starts_with(&words) {
                return Some(format!("cell {value:?} comes from {words:?}"));
            }
        }
        for (i, c) in text.iter().enumerate().filter(|_| !passage.made) {
            let from = source.get(passage.source_of(i..i + 1).start);
            if from != Some(c)
                && !(*c == ' ' && from.is_some_and(|f| f.is_whitespace() || f.is_control() || is_zero_width(*f)))
            {
                return Some(format!("character {c:?} comes from {from:?}"));
            }
        }
    }
    None
}

fn docx(xml: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let written = zip.start_file("word/document.xml", options).is_ok() && zip.write_all(xml).is_ok();
    zip.finish().ok().filter(|_| written).map(Cursor::into_inner).unwrap_or_default()
}

/// A small file of every format.
fn seeds() -> Vec<Vec<u8>> {
    let text = "2025年某省政府工作报告\n——2025年1月17日在某省第十四届人民代表大会第三次会议上\n省长 某某某\n各位代表：\n一、2024年工作回顾\n\
        去年，粮食产量达到297.1亿斤，增长5%左右。城乡居民人均可支配收入分别增长4.6%和7.6%。\n（一）着力转型。新建智能化煤矿130座、改造30座以上，\
        企业数量由26个增至88个。\n二、2025年工作安排\n到“十四五”末，力争装机达到1.45亿千瓦，占比提高0.5个百分点；一是抓投资。二是抓消费。\n";
    let wrapped: String =
        text.chars().collect::<Vec<_>>().chunks(30).map(|l| l.iter().collect::<String>() + "\n\n").collect();
    let page = format!(
        "<html><head><title>报告</title></head><body><div class=nav><a>首页</a></div><div>{}</div><table><tr><th>指标<th>目标<tr><td>粮食<td>300亿斤</table></body></html>",
        text.replace('\n', "<p>")
    );
    let paragraphs: String = text.lines().map(|l| format!("<w:p><w:r><w:t>{l}</w:t></w:r></w:p>")).collect();
    let xml = format!(
        "<w:document xmlns:w=\"w\"><w:body>{paragraphs}<w:tbl><w:tr><w:tc><w:p><w:r><w:t>指标</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>"
    );
    vec![
        text.as_bytes().to_vec(),
        wrapped.into_bytes(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        page.into_bytes(),
        docx(xml.as_bytes()),
        xml.into_bytes(),
        pdf(),
    ]
}

/// A PDF of one page whose font has a ToUnicode map.
fn pdf() -> Vec<u8> {
    let map = "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000><ffff> endcodespacerange 2 beginbfchar <0001><65b0> <0002><5efa> endbfchar 1 beginbfrange <0003><0005><7164> endbfrange endcmap end";
    let content =
        "BT /F1 12 Tf 70 700 Td <00010002> Tj 0 -14 Td [<0003>-20<0004>] TJ T* (0005) ' ET q 1 0 0 1 0 0 cm /X1 Do Q";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 6 0 R>>".to_owned(),
        format!("<</Length {}>>stream\n{map}\nendstream", map.len()),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", i + 1));
    }
    let table = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        out.push_str(&format!("{offset:010} 00000 n \n"));
    }
    out.push_str(&format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1));
    out.into_bytes()
}
