//! An index of 1,000,000 passages: filled through the writer with reports that never were, then opened and searched.
//!
//!     cargo run --release --example bench_million -- DIR [DOCUMENTS=5000] [PASSAGES=200] [rebuild]
//!     cargo run --release --example bench_million -- DIR opening     # only a vector file of 1,000,000, without links
//!
//! Words follow the Zipf–Mandelbrot law: the first are those of `samples/`, by their frequency there, the others are put
//! together from their characters. Vectors lie in clusters inside a narrow cone, as sentence embeddings do, in place of
//! embedding. Parts of a search are given in processor time. Every fourth passage has a sentence of its own entry. A DIR that holds reports already is filled
//! further: DOCUMENTS says where to end.
#![allow(missing_docs)]

mod common;

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use common::Random;
use wenbao_embed::Vectors;
use wenbao_index::graph::{Flat, Mask};
use wenbao_index::terms::{Cut, cut, terms};
use wenbao_index::{Error, Filter, Grain, Index, ModelStamp, Snapshot, Source};
use wenbao_report::{Document, Meta, Passage, Period, Region, Sentence, Status};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const DIMENSIONS: usize = 384;
/// Components that differ between the vectors of a cluster, and clusters.
const LATENT: usize = 64;
const CLUSTERS: usize = 2000;
const MILLION: usize = 1_000_000;
const WORDS: usize = 30_000;
/// The passage's first so many words are of its cluster's own.
const OWN: usize = 8;
/// One passage in so many has a sentence.
const SENTENCE_EVERY: usize = 4;
const QUESTIONS: usize = 400;
/// Hits asked of each search, and passages read for the answer.
const K: usize = 100;
const SHOWN: usize = 10;

impl Random {
    fn index(&mut self, limit: usize) -> usize {
        self.below(limit as u64) as usize
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    /// The sum of four uniform numbers, of variance 1: near enough to the normal distribution.
    fn normal(&mut self) -> f32 {
        let bits = self.next();
        let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
        (sum as f32 / 65_536.0 - 2.0) * 1.732_050_8
    }
}

/// Where words and vectors are drawn from.
struct World {
    words: Vec<String>,
    /// Up to which share each word is drawn.
    shares: Vec<f64>,
    basis: Vec<f32>,
    cone: Vec<f32>,
    centres: Vec<f32>,
    own_words: Vec<[u16; 24]>,
}

impl World {
    fn new(random: &mut Random) -> Outcome<Self> {
        let mut text = String::new();
        for entry in std::fs::read_dir("samples")? {
            text += &std::fs::read_to_string(entry?.path())?;
        }
        let mut counts: HashMap<String, usize> = HashMap::new();
        cut(&text, Cut::Words).into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
        let mut known: Vec<(String, usize)> = counts.into_iter().collect();
        known.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut words: Vec<String> = known.into_iter().map(|(word, _)| word).collect();
        let characters: Vec<char> = text.chars().filter(|c| ('一'..='龥').contains(c)).collect();
        while words.len() < WORDS {
            words.push((0..2 + random.index(2)).map(|_| characters[random.index(characters.len())]).collect());
        }
        let mut sum = 0.0;
        let mut shares: Vec<f64> = (0..WORDS)
            .map(|rank| {
                sum += 1.0 / (rank as f64 + 2.7);
                sum
            })
            .collect();
        shares.iter_mut().for_each(|share| *share /= sum);
        let mut normals = |count: usize, scale: f32| (0..count).map(|_| scale * random.normal()).collect::<Vec<f32>>();
        let narrow = 1.0 / (DIMENSIONS as f32).sqrt();
        let (basis, centres) = (normals(LATENT * DIMENSIONS, narrow), normals(CLUSTERS * LATENT, 1.0));
        let cone = normals(DIMENSIONS, 8.0 * narrow);
        let own_words = (0..CLUSTERS).map(|_| std::array::from_fn(|_| random.index(WORDS) as u16)).collect();
        Ok(Self { words, shares, basis, cone, centres, own_words })
    }

    fn word(&self, random: &mut Random) -> &str {
        let drawn = random.unit();
        &self.words[self.shares.partition_point(|&share| share < drawn).min(WORDS - 1)]
    }

    /// A passage of some sixty characters.
    fn text(&self, cluster: usize, random: &mut Random) -> String {
        let mut text = String::new();
        let count = 20 + random.index(20);
        for at in 0..count {
            match at {
                _ if at < OWN => text += &self.words[usize::from(self.own_words[cluster][random.index(24)])],
                _ if at % 10 == 9 => text += &format!("{}万元，", random.index(100_000)),
                _ => text += self.word(random),
            }
        }
        text + "。"
    }

    /// Adds the vector of something in the cluster.
    fn vector(&self, cluster: usize, random: &mut Random, out: &mut Vec<f32>) {
        let start = out.len();
        out.extend(self.cone.iter().map(|c| c + 2.0 / (DIMENSIONS as f32).sqrt() * random.normal()));
        let centre = &self.centres[cluster * LATENT..(cluster + 1) * LATENT];
        for (at, c) in centre.iter().enumerate() {
            let weight = c + 0.8 * random.normal();
            let direction = &self.basis[at * DIMENSIONS..(at + 1) * DIMENSIONS];
            out[start..].iter_mut().zip(direction).for_each(|(v, d)| *v += weight * d);
        }
        normalize(&mut out[start..]);
    }

    /// Report `number`, whose year and region it gives.
    fn report(
        &self,
        number: usize,
        count: usize,
        random: &mut Random,
    ) -> Outcome<(Source, Document, Vectors, Vectors)> {
        let (year, region) = (2000 + (number % 27) as i32, Region(REGIONS[number / 27 % REGIONS.len()].into()));
        let title = format!("{year}年{}政府工作报告（{number}）", region.0);
        let (mut passages, mut rows, mut sentence_rows) = (Vec::with_capacity(count), Vec::new(), Vec::new());
        let mut full_text = String::new();
        for at in 0..count {
            let cluster = random.index(CLUSTERS);
            let text = self.text(cluster, random);
            let length = text.chars().count();
            let plan = at > count / 2;
            self.vector(cluster, random, &mut rows);
            let mut sentences = Vec::new();
            if at % SENTENCE_EVERY == 0 {
                sentences.push(Sentence { range: 0..length, ..Sentence::default() });
                self.vector(cluster, random, &mut sentence_rows);
            }
            full_text += &text;
            passages.push(Passage {
                text,
                period: Some(Period::year(year - i32::from(!plan))),
                status: Some(if plan { Status::Target } else { Status::Actual }),
                sentences,
                ..Passage::default()
            });
        }
        let meta = Meta { title: Some(title), region: Some(region), year: Some(year), ..Meta::default() };
        let source = Source {
            path: format!("report-{number}.txt").into(),
            // As spread as real ones are: by them documents are shared out among databases.
            sha256: format!("{:016x}{:048x}", (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15), 0),
            bytes: full_text.len() as u64,
        };
        let document = Document { meta, text: full_text, outline: Vec::new(), passages };
        let vectors = |rows| Vectors::from_parts(DIMENSIONS, rows);
        Ok((source, document, vectors(rows)?, vectors(sentence_rows)?))
    }
}

const REGIONS: [&str; 8] = ["全国", "山西", "陕西", "广东", "浙江", "河南", "四川", "辽宁"];

fn normalize(row: &mut [f32]) {
    let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
    row.iter_mut().for_each(|v| *v /= norm);
}

/// Stores the reports behind those that an earlier filling left.
fn fill(index: &Index, documents: usize, passages: usize) -> Outcome<()> {
    let mut random = Random(20_261_122);
    let world = World::new(&mut random)?;
    let began = Instant::now();
    let stored = index.snapshot()?.documents().len();
    let mut writer = index.writer()?;
    for number in 0..documents {
        let (source, document, rows, sentences) = world.report(number, passages, &mut random)?;
        if number < stored {
            continue;
        }
        writer.put(&source, &document, &rows, &sentences)?;
        if (number + 1) % (documents / 50).max(1) == 0 {
            let (done, seconds) = ((number + 1 - stored) * passages, began.elapsed().as_secs_f64());
            println!("{done:9} passages in {seconds:6.0} s ({:.0} a second)", done as f64 / seconds);
        }
    }
    println!("stored in {:.0} s", began.elapsed().as_secs_f64());
    writer.finish()?;
    println!("with all merges in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn milliseconds(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}

fn opening(dir: &Path) -> Outcome<()> {
    let mut largest: Option<Flat> = None;
    for entry in std::fs::read_dir(dir.join("derived"))?.flatten().filter(|e| e.path().is_dir()) {
        let began = Instant::now();
        // A folder of an interrupted merge has none yet.
        let Ok(flat) = Flat::open(&entry.path().join("passages")) else { continue };
        let took = milliseconds(began);
        if largest.as_ref().is_none_or(|l| l.len() < flat.len()) {
            println!("opening a vector file of {:8} vectors: {took:.3} ms", flat.len());
            largest = Some(flat);
        }
    }
    if let Some(flat) = largest.filter(Flat::has_graph) {
        let (walk, all) = flat.sizes();
        println!("  bytes a vector: {} for the walk, {} in the file", walk / flat.len(), all / flat.len());
        recall(&flat);
    }
    for round in 1..=3 {
        let began = Instant::now();
        let index = Index::open_existing(dir)?;
        let opened = milliseconds(began);
        let snapshot = index.snapshot()?;
        println!("opening {round}: {opened:.1} ms, with its first snapshot {:.1} ms", milliseconds(began));
        drop(snapshot);
    }
    Ok(())
}

/// A file of 1,000,000 vectors, opened. It has no graph, whose links only make its records longer: opening reads the header.
fn opening_alone(dir: &Path) -> Outcome<()> {
    let (mut random, mut rows) = (Random(7), Vec::with_capacity(MILLION * DIMENSIONS));
    for _ in 0..MILLION {
        let start = rows.len();
        rows.extend((0..DIMENSIONS).map(|_| random.normal()));
        normalize(&mut rows[start..]);
    }
    let path = dir.join("vectors");
    Flat::in_memory(DIMENSIONS, &rows).write(&path)?;
    for round in 1..=5 {
        let began = Instant::now();
        let flat = Flat::open(&path)?;
        println!("opening {round}, {} vectors, {} bytes: {:.3} ms", flat.len(), flat.sizes().1, milliseconds(began));
    }
    Ok(std::fs::remove_file(path)?)
}

/// Recall against a scan of all, for the efforts that a search uses, and under filters that let one in so many pass:
/// scattered over the file, or in runs of a hundred as a report's passages are.
fn recall(flat: &Flat) {
    let queries: Vec<Vec<f32>> =
        (0..20).map(|n| nearby(flat.row(n * 7919 % flat.len() as u32).unwrap_or(&[]))).collect();
    let measure = |k: usize, effort: usize, mask: Option<&Mask>| {
        let (mut found, mut wanted, mut took) = (0, 0, 0.0);
        for query in &queries {
            let truth: Vec<u32> = flat.search_all(query, k, mask).iter().map(|s| s.ordinal).collect();
            let began = cpu();
            let hits = flat.search(query, k, effort, mask);
            took += cpu() - began;
            found += hits.iter().filter(|s| truth.contains(&s.ordinal)).count();
            wanted += truth.len();
        }
        format!("recall@{k} {:.4} in {:.3} ms", found as f64 / wanted as f64, took / queries.len() as f64)
    };
    for (k, effort) in [(10, 64), (10, 128), (K, 2 * K)] {
        println!("  effort {effort}: {}", measure(k, effort, None));
    }
    for share in [4, 8, 32, 128] {
        let fair = |number: u32| number.wrapping_mul(2_654_435_761) >> 7 & 0xffff < 0x10000 / share;
        let (scattered, runs) = (Mask::new(flat.len(), fair), Mask::new(flat.len(), |o| fair(o / 100)));
        let of = |mask| [(10, 64), (K, 2 * K)].map(|(k, effort)| measure(k, effort, Some(mask))).join(", ");
        println!("  1 in {share:4}, scattered: {}; in runs: {}", of(&scattered), of(&runs));
    }
}

/// A question's vector: near a stored one, not the same.
fn nearby(row: &[f32]) -> Vec<f32> {
    let mut random = Random(u64::from(row.first().map_or(1, |v| v.to_bits())) | 1);
    let mut query: Vec<f32> = row.iter().map(|v| v + 0.01 * random.normal()).collect();
    normalize(&mut query);
    query
}

const PARTS: [&str; 6] = [
    "vectors, passages",
    "words, passages",
    "vectors, sentences",
    "words, sentences",
    "cutting the question",
    "reading what is shown",
];

/// Processor time of this thread, in milliseconds: others may have the processor meanwhile.
fn cpu() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec that outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// The parts of a search, in milliseconds of processor time, in the order of [`PARTS`].
fn search(snapshot: &Snapshot, text: &str, vector: &[f32], filter: &Filter) -> Outcome<[f64; 6]> {
    let mut times = [0.0; 6];
    let mut clock = cpu();
    let mut lap = |slot: &mut f64| {
        *slot = cpu() - clock;
        clock = cpu();
    };
    let words: Vec<(String, f32)> = terms(text).into_iter().map(|t| (t, 1.0)).collect();
    lap(&mut times[4]);
    let mut shown = Vec::new();
    for (at, grain) in [Grain::Passage, Grain::Sentence].into_iter().enumerate() {
        shown.extend(snapshot.search_vectors(grain, vector, K, filter)?.into_iter().take(SHOWN / 2));
        lap(&mut times[2 * at]);
        shown.extend(snapshot.search_text(grain, &words, K, filter)?.into_iter().take(SHOWN / 2));
        lap(&mut times[2 * at + 1]);
    }
    for hit in shown {
        snapshot.passage(hit.row)?;
    }
    lap(&mut times[5]);
    Ok(times)
}

fn searching(index: &Index) -> Outcome<()> {
    let snapshot = index.snapshot()?;
    let rows: Vec<u32> = snapshot.rows().collect();
    println!(
        "{} passages, {} sentences, {} segments",
        rows.len(),
        index.status()?.sentences,
        index.status()?.segments.len()
    );
    terms("政府工作报告");
    // A question is a piece of a passage, some sixteen characters, and a vector near its own.
    let questions: Vec<(String, Vec<f32>)> = (0..QUESTIONS)
        .map(|number| {
            let row = rows[number * 104_729 % rows.len()];
            let text = snapshot.passage(row)?.passage.text.chars().skip(number % 24).take(16).collect();
            Ok((text, nearby(&snapshot.vector(Grain::Passage, row, 0).ok_or(Error::NoRow(row))?)))
        })
        .collect::<Outcome<_>>()?;
    let year = Filter { years: Some((2021, 2021)), ..Filter::default() };
    let region = Filter { regions: vec![Region("山西".into())], ..Filter::default() };
    let targets = Filter { statuses: vec![Status::Target], ..Filter::default() };
    let narrow = Filter { regions: region.regions.clone(), ..year.clone() };
    for (name, filter) in [
        ("no filter", Filter::default()),
        ("targets only (1 in 2)", targets),
        ("one region (1 in 8)", region),
        ("one year (1 in 27)", year),
        ("one year of one region (1 in 216)", narrow),
    ] {
        let began = Instant::now();
        search(&snapshot, &questions[0].0, &questions[0].1, &filter)?;
        let first = milliseconds(began);
        let (mut times, mut elapsed) = (Vec::new(), Vec::new());
        for (text, vector) in &questions {
            let began = Instant::now();
            times.push(search(&snapshot, text, vector, &filter)?);
            elapsed.push(milliseconds(began));
        }
        println!("{name}: the first search {first:.1} ms, then {} searches", times.len());
        for (at, part) in PARTS.iter().enumerate() {
            println!("  {part:22} {}", spread(times.iter().map(|t| t[at]).collect()));
        }
        println!("  {:22} {}", "passages, both", spread(times.iter().map(|t| t[0] + t[1]).collect()));
        println!("  {:22} {}", "all of it", spread(times.iter().map(|t| t.iter().sum()).collect()));
        println!("  {:22} {}", "all of it, elapsed", spread(elapsed));
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|l| l.starts_with("VmHWM") || l.starts_with("Rss")).for_each(|l| println!("{l}"));
    Ok(())
}

fn spread(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
    format!("median {:7.3} ms, p95 {:7.3} ms", at(0.5), at(0.95))
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dir = arguments.first().ok_or("usage: bench_million DIR [DOCUMENTS] [PASSAGES] [rebuild]")?;
    if arguments.iter().any(|a| a == "opening") {
        return opening_alone(dir.as_ref());
    }
    let number = |at: usize, default: usize| arguments.get(at).and_then(|a| a.parse().ok()).unwrap_or(default);
    let model = ModelStamp { name: "none".into(), fingerprint: "synthetic".into(), dimensions: DIMENSIONS };
    let index = Index::open(dir.as_ref(), &model)?;
    if index.snapshot()?.documents().len() < number(1, 5000) {
        fill(&index, number(1, 5000), number(2, 200))?;
    }
    drop(index);
    measure(dir.as_ref())?;
    if arguments.iter().any(|a| a == "rebuild") {
        let began = Instant::now();
        Index::open_existing(dir.as_ref())?.rebuild()?;
        println!("\nmade anew as one segment in {:.0} s", began.elapsed().as_secs_f64());
        measure(dir.as_ref())?;
    }
    Ok(())
}

fn measure(dir: &Path) -> Outcome<()> {
    let index = Index::open_existing(dir)?;
    let status = index.status()?;
    println!("{:.2} GB truth, {:.2} GB derived", status.truth_bytes as f64 / 1e9, status.derived_bytes as f64 / 1e9);
    drop(index);
    opening(dir)?;
    searching(&Index::open_existing(dir)?)
}
