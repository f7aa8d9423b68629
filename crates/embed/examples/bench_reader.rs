//! Speed of a reader on passages of about 110 tokens, cut from a text file:
//! `make bench-reader READER=FILE`, or `cargo run --release --example bench_reader -- READER.gguf TEXT [THREADS]`

use std::{path::Path, time::Instant};

use wenbao_embed::{Embedder, Options, Passage, Reader, models};

const QUESTION: &str = "2025年新建智能化煤矿多少座";
const HEAD: &str = "2025年政府工作报告 二、2025年重点工作";
const TOKENS: usize = 110;
const ROUNDS: usize = 40;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [reader, text, ..] = &args[..] else { return Err("usage: bench_reader READER.gguf TEXT [THREADS]".into()) };
    let threads = args.get(2).map_or(Ok(2), |t| t.parse())?;
    let start = Instant::now();
    let embedder = Embedder::open(&models::find_dir(), None, &Options { threads, cached_queries: 0 })?;
    println!("embedder {} opened in {:.1} ms", embedder.engine(), start.elapsed().as_secs_f64() * 1e3);
    for _ in 0..3 {
        let start = Instant::now();
        Reader::open(Path::new(reader), &embedder)?;
        println!("reader opened in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    }
    let reader = Reader::open(Path::new(reader), &embedder)?;
    let texts = passages(&embedder, &std::fs::read_to_string(text)?);
    if texts.is_empty() {
        return Err("the text is too short".into());
    }
    // Of all threads; they wait for one another in the processor, which is counted too.
    println!("passages  p50 ms  p90 ms  ms a passage  of processor time");
    for count in 1..=6 {
        let cpu = cpu_seconds();
        let mut times: Vec<f64> = (0..ROUNDS)
            .map(|round| {
                let texts = texts.iter().cycle().skip(round * count).take(count);
                let passages: Vec<_> = texts.map(|text| Passage { head: HEAD, text }).collect();
                let start = Instant::now();
                reader.read(QUESTION, &passages).map(|_| start.elapsed().as_secs_f64() * 1e3)
            })
            .collect::<Result<_, _>>()?;
        times.sort_by(f64::total_cmp);
        let (p50, p90) = (times[ROUNDS / 2], times[ROUNDS * 9 / 10]);
        let cpu = (cpu_seconds() - cpu) * 1e3 / (ROUNDS * count) as f64;
        println!("{count:8}  {p50:6.1}  {p90:6.1}  {:12.1}  {cpu:17.1}", p50 / count as f64);
    }
    Ok(())
}

/// Processor time of all threads so far, on Linux.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().filter_map(Result::ok);
    let schedstat = |t: std::fs::DirEntry| std::fs::read_to_string(t.path().join("schedstat")).ok();
    let nanoseconds = tasks.filter_map(schedstat).filter_map(|s| s.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.sum::<f64>() / 1e9
}

/// The text without its line ends, cut at the first stop or comma after every [`TOKENS`] tokens.
fn passages(embedder: &Embedder, text: &str) -> Vec<String> {
    let mut passages = Vec::new();
    let mut passage = String::new();
    for c in text.chars().filter(|c| *c != '\n') {
        passage.push(c);
        if matches!(c, '。' | '，' | '；' | '.') && embedder.count_tokens(&passage) >= TOKENS {
            passages.push(std::mem::take(&mut passage));
        }
    }
    passages
}
