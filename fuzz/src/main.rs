//! Throws damaged files at the readers of reports: `wenbao-fuzz SECONDS [SEED] [FILE...]`.
//!
//! cargo-fuzz needs a nightly compiler; this runner needs none. It takes small files of every format (its own and those
//! named), damages them at random, and reads them. A panic, a broken promise of the model or a reading of more than five
//! seconds is a finding: the input is written to `fuzz/findings/` and the run goes on. The seed makes a run repeatable.
#![forbid(unsafe_code)]

use std::io::{Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use wenbao_lang::fold::is_zero_width;
use wenbao_report::{Document, Limits, Passage, read_all};

const SLOW: Duration = Duration::from_secs(5);

/// Smaller than the default, so that a reading that runs away is seen soon.
fn limits() -> Limits {
    Limits { file_bytes: 4 << 20, content_bytes: 4 << 20, seconds: 5, ..Limits::default() }
}

/// Pieces that readers treat in a special way.
const TOKENS: &[&str] = &[
    "\n",
    "\n\n",
    "　　",
    "一、",
    "（一）",
    "——",
    "。",
    "，",
    "“",
    "”",
    "1.45亿",
    "百分之八点五",
    "2024年",
    "“十四五”末",
    "分别达到",
    "、",
    "%",
    "60%-70%",
    "\u{200b}",
    "\u{202e}",
    "\0",
    "<p>",
    "</table>",
    "<td>",
    "&amp;",
    "&#xD800;",
    "<w:tbl>",
    "</w:p>",
    "<w:t>",
    "BT",
    "ET",
    "[(a)-99999999999(b)]TJ",
    "1 0 R",
    "<</",
    ">>",
    "stream",
    "endobj",
    "/ToUnicode",
    "beginbfrange",
    "<0000><ffff><0000>",
    "999999999999",
    "-1",
    "万亿万亿万亿",
    "一一一一一一一一",
    "第",
    "各位代表",
];

/// xorshift64*: small, fast and repeatable (Vigna, "An experimental exploration of Marsaglia's xorshift generators").
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let seconds: u64 = args.next().and_then(|s| s.parse().ok()).unwrap_or(60);
    let seed: u64 = args.next().and_then(|s| s.parse().ok()).unwrap_or(1);
    let mut corpus = seeds();
    corpus.extend(formats());
    corpus.extend(args.filter_map(|path| std::fs::read(path).ok()).map(|mut bytes| {
        bytes.truncate(200_000);
        bytes
    }));
    if let Err(error) = std::fs::create_dir_all("fuzz/findings") {
        eprintln!("cannot create fuzz/findings: {error}");
        std::process::exit(2);
    }
    std::panic::set_hook(Box::new(|_| {}));
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (started, mut runs, mut read, mut findings) = (Instant::now(), 0u64, 0u64, 0u64);
    while started.elapsed().as_secs() < seconds {
        let input = damaged(&corpus, &mut random);
        runs += 1;
        // Should the process itself be killed, the last input is the finding.
        let _ = std::fs::write("fuzz/findings/current", &input);
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            read_all(&input, None, &limits())
                .map(|all| all.iter().flat_map(|member| &member.document).find_map(broken_promise))
        }));
        let fault = match outcome {
            Err(panic) => Some(format!("panic: {}", message(&*panic))),
            Ok(Ok(Some(promise))) => Some(promise),
            // A machine that pauses is no finding: slow is what is slow again.
            _ if begun.elapsed() > SLOW && takes_long(&input) => Some("slow".to_owned()),
            Ok(outcome) => {
                read += u64::from(outcome.is_ok());
                None
            }
        };
        if let Some(fault) = fault {
            findings += 1;
            let path = format!("fuzz/findings/{seed}-{runs}");
            let saved = std::fs::write(&path, &input);
            println!("{path}: {fault}{}", saved.err().map_or_else(String::new, |e| format!(" (not saved: {e})")));
        }
    }
    let _ = std::fs::remove_file("fuzz/findings/current");
    println!("{runs} files, {read} of them read, {findings} findings, {} s, seed {seed}", started.elapsed().as_secs());
    std::process::exit(i32::from(findings > 0));
}

fn takes_long(input: &[u8]) -> bool {
    let begun = Instant::now();
    let _ = catch_unwind(AssertUnwindSafe(|| read_all(input, None, &limits()).is_ok()));
    begun.elapsed() > SLOW
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?")
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
        for (i, c) in text.iter().enumerate() {
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

fn damaged(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        match random.below(8) {
            0 => bytes.truncate(at.max(4)),
            1 | 2 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            3 if at < bytes.len() => bytes[at] = random.next() as u8,
            4 => {
                let end = (at + random.below(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                let piece = other[from..(from + random.below(400)).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => {
                let end = (at + random.below(200)).min(bytes.len());
                let piece = bytes[at..end].repeat(1 + random.below(20));
                bytes.splice(at..at, piece);
            }
            _ => {
                let token = TOKENS[random.below(TOKENS.len())];
                bytes.splice(at..at, token.bytes());
            }
        }
    }
    // A damaged archive is found out by its checksum: damage what is inside as well.
    if random.below(3) == 0 && bytes.starts_with(b"<w:document") {
        return docx(&bytes);
    }
    if random.below(2) == 0 && bytes.starts_with(b"PK") {
        let pick = random.below(corpus.len());
        let original = corpus.iter().cycle().skip(pick).take(corpus.len()).find(|c| c.starts_with(b"PK"));
        return original.and_then(|package| inside(package, random)).unwrap_or(bytes);
    }
    bytes
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
