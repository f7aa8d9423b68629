//! A fake encoder, a simple reader and small documents for the tests.
#![allow(dead_code, missing_docs)]

use std::path::{Path, PathBuf};

use wenbao_embed::Vectors;
use wenbao_index::grain::{passage_text, sentence_ranges};
use wenbao_index::{Index, ModelStamp, Result, Source};
use wenbao_report::{Document, DocumentKind, Meta, Passage, Period, Region, Sentence, Status};

/// Components of the fake vectors.
pub const DIMENSIONS: usize = 32;

/// A vector of the text's character pairs: texts that share words are near.
pub struct Fake;

impl Fake {
    pub fn stamp(&self) -> ModelStamp {
        ModelStamp { name: "fake".into(), fingerprint: "f00d".into(), dimensions: DIMENSIONS }
    }

    pub fn encode(&self, texts: &[String]) -> Vectors {
        Vectors::from_parts(DIMENSIONS, texts.iter().flat_map(|text| vector(text)).collect()).unwrap()
    }
}

pub fn vector(text: &str) -> Vec<f32> {
    let mut row = vec![0.01f32; DIMENSIONS];
    let chars: Vec<char> = text.chars().collect();
    for pair in chars.windows(2) {
        let hash = (pair[0] as u32).wrapping_mul(2654435761).wrapping_add((pair[1] as u32).wrapping_mul(40503));
        row[(hash >> 7) as usize % DIMENSIONS] += 1.0;
    }
    let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
    row.into_iter().map(|v| v / norm).collect()
}

/// A document of the lines of a text: a line is a passage; the first is the title, "年" and region in it are read, and whether it
/// is a work report; sentences end with 。
pub fn read(path: &Path, bytes: &[u8]) -> std::result::Result<Document, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| format!("not UTF-8: {e}"))?;
    let mut lines = text.lines();
    let title = lines.next().unwrap_or_default().to_owned();
    let year: Option<i32> = title.get(..4).and_then(|y| y.parse().ok());
    let region = ["山西", "陕西"].into_iter().find(|r| title.contains(r)).map(|r| Region(r.into()));
    let mut at = title.chars().count() + 1;
    let mut passages = Vec::new();
    for line in lines {
        let length = line.chars().count();
        let mut sentences = Vec::new();
        let mut start = 0;
        for (i, c) in line.chars().enumerate() {
            if c == '。' || i + 1 == length {
                sentences.push(Sentence { range: start..i + 1, ..Default::default() });
                start = i + 1;
            }
        }
        let plan = line.contains("计划");
        passages.push(Passage {
            section: vec![path.file_stem().unwrap().to_string_lossy().into_owned()],
            text: line.to_owned(),
            source_range: at..at + length,
            period: year.map(|y| Period::year(if plan { y } else { y - 1 })),
            status: Some(if plan { Status::Target } else { Status::Actual }),
            region: region.clone(),
            sentences,
            ..Default::default()
        });
        at += length + 1;
    }
    let doc_type = if title.contains("工作报告") { DocumentKind::WorkReport } else { DocumentKind::Other };
    let meta = Meta { title: Some(title), region, year, doc_type, ..Default::default() };
    Ok(Document { meta, text: text.to_owned(), outline: Vec::new(), passages })
}

pub fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A name for a content, as long as a SHA-256 is.
pub fn sum(bytes: &[u8]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for &byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:016x}").repeat(4)
}

/// Stores the files, or those of a folder in order of names; those whose content is stored are left out.
pub fn ingest(index: &Index, paths: &[PathBuf]) -> Result<()> {
    let mut writer = index.writer()?;
    let stored = writer.stored()?;
    for path in paths {
        let mut files = vec![path.clone()];
        if path.is_dir() {
            files = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
        }
        for path in files {
            let bytes = std::fs::read(&path).unwrap();
            let sha256 = sum(&bytes);
            if stored.contains_key(&sha256) {
                continue;
            }
            let document = read(&path, &bytes).unwrap();
            let passages: Vec<String> = document.passages.iter().map(|p| passage_text(&document, p)).collect();
            let sentences: Vec<String> = document
                .passages
                .iter()
                .zip(&passages)
                .flat_map(|(p, text)| {
                    let cut = |r: std::ops::Range<usize>| text.chars().skip(r.start).take(r.len()).collect();
                    sentence_ranges(&document, p).into_iter().map(cut).collect::<Vec<String>>()
                })
                .collect();
            let source = Source { path, sha256, bytes: bytes.len() as u64 };
            writer.put(&source, &document, &Fake.encode(&passages), &Fake.encode(&sentences))?;
        }
    }
    writer.finish()
}

pub fn open(dir: &Path) -> Index {
    Index::open(dir, &Fake.stamp()).unwrap()
}

pub const SHANXI: &str = "2025年山西政府工作报告\n\
去年建成智能化煤矿268座。粮食产量又获丰收。\n\
今年计划新建智能化煤矿130座。计划新增清洁能源装机1000万千瓦。\n\
养老服务不断完善，城乡居民收入稳步提高。\n";

pub const SHAANXI: &str = "2025年陕西政府工作报告\n\
去年苹果产量居全国第一，果业强省建设迈出新步伐。\n\
今年计划新增城镇就业40万人。\n";

/// Two documents in a folder, and a place for an index.
pub struct Setup {
    pub files: tempfile::TempDir,
    pub home: tempfile::TempDir,
}

impl Setup {
    pub fn new() -> Self {
        let setup = Self { files: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() };
        write(setup.files.path(), "shanxi.txt", SHANXI);
        write(setup.files.path(), "shaanxi.txt", SHAANXI);
        setup
    }
}
