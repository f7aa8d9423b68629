//! What the first question after a commit costs beside a warm one, in an index of many passages.
//!
//!     cargo run --release --example after_commit -- DIR [PASSAGES=30000] [ROUNDS=40] [READER.gguf]
//!
//! DIR is filled with reports that never were: sentences of `samples/` in random order, their digits and every eighth
//! character drawn anew, read as any report is; vectors are random. One that is filled already is used as it is. Then, in
//! every round, a question is asked twice, of which the second counts as warm, a document is committed, and the same
//! question is asked again. In half of the rounds the generation is opened before, apart. Questions' vectors are kept from
//! the first asking on, so that nothing but the index's part is compared. A fresh answerer's first question at the end
//! counts all statistics anew: what every commit cost when nothing was taken over from the generation before.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use wenbao_answer::{Answerer, Clock, Question, Reads};
use wenbao_embed::{Embedder, Options, Reader, Vectors, models};
use wenbao_index::{Index, ModelStamp, Source};
use wenbao_report::Document;

/// Passages of a document, about.
const PARAGRAPHS: usize = 60;

const QUESTIONS: &[&str] = &[
    "2025年山西新建智能化煤矿多少座",
    "2024年城镇新增就业多少万人",
    "2025年粮食产量目标是多少",
    "2023年地区生产总值增长多少",
    "2025年新建充电桩多少个",
    "2024年农村居民人均可支配收入多少元",
    "2025年改造城镇老旧小区多少个",
    "2024年高新技术企业有多少家",
];

/// xorshift64*: the same seed gives the same numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % limit.max(1)
    }
}

/// Where documents are made of.
struct World {
    sentences: Vec<Vec<char>>,
    characters: Vec<char>,
    random: Random,
    made: usize,
}

impl World {
    /// Goes on behind so many documents.
    fn new(made: usize) -> Result<Self, Box<dyn Error>> {
        let mut text = String::new();
        for entry in std::fs::read_dir("samples")? {
            text += &std::fs::read_to_string(entry?.path())?;
        }
        let sentences = text.split_inclusive(['。', '\n']).map(|s| s.trim().chars().collect::<Vec<char>>());
        let sentences = sentences.filter(|s| s.len() > 10 && s.last() == Some(&'。')).collect();
        let characters = text.chars().filter(|c| ('一'..='龥').contains(c)).collect();
        Ok(Self { sentences, characters, random: Random(20_261_130 + made as u64), made })
    }

    fn document(&mut self) -> Result<(Source, Document), Box<dyn Error>> {
        self.made += 1;
        let year = 2016 + self.made % 10;
        let mut text = format!("{year}年山西省政府工作报告\n一、{}年工作回顾\n", year - 1);
        for paragraph in 0..PARAGRAPHS {
            if paragraph == PARAGRAPHS / 2 {
                text += &format!("二、{year}年工作安排\n");
            }
            for _ in 0..3 {
                let chosen = self.random.below(self.sentences.len());
                for at in 0..self.sentences[chosen].len() {
                    let c = self.sentences[chosen][at];
                    text.push(match c {
                        '0'..='9' => char::from(b'1' + self.random.below(9) as u8),
                        '一'..='龥' if self.random.below(8) == 0 => {
                            self.characters[self.random.below(self.characters.len())]
                        }
                        _ => c,
                    });
                }
            }
            text.push('\n');
        }
        let name = format!("{year}-{}.txt", self.made);
        let document = wenbao_report::read_bytes(text.as_bytes(), Some(&name))?;
        let source =
            Source { path: name.into(), sha256: format!("{:012x}{:052x}", self.made, 7), bytes: text.len() as u64 };
        Ok((source, document))
    }

    fn vectors(&mut self, dimensions: usize, count: usize) -> Result<Vectors, Box<dyn Error>> {
        let mut values = Vec::with_capacity(dimensions * count);
        for _ in 0..count {
            let row: Vec<f32> = (0..dimensions).map(|_| self.random.below(2001) as f32 / 1000.0 - 1.0).collect();
            let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            values.extend(row.into_iter().map(|v| v / norm));
        }
        Ok(Vectors::from_parts(dimensions, values)?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().ok_or("usage: after_commit DIR [PASSAGES] [ROUNDS] [READER.gguf]")?;
    let passages: usize = arguments.next().map_or(Ok(30_000), |n| n.parse())?;
    let rounds: usize = arguments.next().map_or(Ok(40), |n| n.parse())?;
    let embedder = Arc::new(Embedder::open(&models::find_dir(), None, &Options::default())?);
    let reader = arguments.next().map(|path| Reader::open(Path::new(&path), &embedder)).transpose()?;
    let reader = reader.map(|reader| Arc::new(reader) as Arc<dyn Reads>);
    let stamp = ModelStamp {
        name: embedder.name().to_owned(),
        fingerprint: embedder.fingerprint().to_owned(),
        dimensions: embedder.dimensions(),
    };
    let index = Arc::new(Index::open(Path::new(&dir), &stamp)?);
    let mut world = World::new(index.snapshot()?.documents().len())?;
    let commit = |world: &mut World, most: usize| -> Result<(), Box<dyn Error>> {
        let mut writer = index.writer()?;
        let mut stored = 0;
        while stored < most {
            let (source, document) = world.document()?;
            let sentences = document.passages.iter().map(|p| p.sentences.len()).sum();
            let count = document.passages.len();
            let (rows, sentence_rows) =
                (world.vectors(stamp.dimensions, count)?, world.vectors(stamp.dimensions, sentences)?);
            writer.put(&source, &document, &rows, &sentence_rows)?;
            stored += count.max(1);
        }
        Ok(writer.finish()?)
    };
    let (began, before) = (Instant::now(), index.snapshot()?.len());
    if before < passages {
        commit(&mut world, passages - before)?;
    }
    println!("{} passages, {before} of them before; {:.0} s", index.snapshot()?.len(), began.elapsed().as_secs_f64());

    let answerer = || {
        Answerer::new(index.clone(), Arc::clone(&embedder), Clock::fixed(jiff::civil::date(2025, 6, 1)))
            .with_reader(reader.clone())
    };
    let asking = answerer();
    let ask = |answerer: &Answerer, question: &str| -> Result<f64, Box<dyn Error>> {
        let began = Instant::now();
        answerer.ask(&Question::new(question))?;
        Ok(began.elapsed().as_secs_f64() * 1e3)
    };
    for question in QUESTIONS {
        ask(&asking, question)?;
    }
    let (mut warm, mut opened, mut opened_first, mut first, mut ratio) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let question = QUESTIONS[round % QUESTIONS.len()];
        ask(&asking, question)?;
        let usual = ask(&asking, question)?;
        warm.push(usual);
        commit(&mut world, 1)?;
        if round / QUESTIONS.len() % 2 == 1 {
            let began = Instant::now();
            index.snapshot()?;
            opened.push(began.elapsed().as_secs_f64() * 1e3);
            opened_first.push(ask(&asking, question)?);
        } else {
            let took = ask(&asking, question)?;
            first.push(took);
            ratio.push(took / usual);
        }
    }
    let mut anew = Vec::new();
    for question in &QUESTIONS[..3] {
        anew.push(ask(&answerer(), question)?);
    }
    for (name, times) in [
        ("warm", warm),
        ("first after a commit", first),
        ("opening the generation, apart", opened),
        ("first after it", opened_first),
        ("first of all, counting all", anew),
    ] {
        show(name, "ms", times);
    }
    show("first to warm, by pairs", "times", ratio);
    Ok(())
}

fn show(name: &str, unit: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let at = |share: usize| values.get(values.len() * share / 100).copied().unwrap_or(f64::NAN);
    println!("{name:30} median {:7.2} {unit}, p90 {:7.2} {unit}, of {}", at(50), at(90), values.len());
}
