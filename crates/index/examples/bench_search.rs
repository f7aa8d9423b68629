//! What one question costs in an index: opening it, and the four searches (words and vectors, both grains, k = 100), with
//! stored passages as the questions.
//!
//!     cargo run --release --example bench_search -- INDEX
#![allow(missing_docs)]

use std::time::Instant;

use wenbao_index::terms::terms;
use wenbao_index::{Filter, Grain, Index};

fn main() -> wenbao_index::Result<()> {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "index".to_owned());
    // The dictionary is read once a process.
    let began = Instant::now();
    terms("政府工作报告");
    println!("first cutting {:8.2} ms", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    let index = Index::open_existing(dir.as_ref())?;
    let snapshot = index.snapshot()?;
    println!("opening       {:8.2} ms, {} passages", began.elapsed().as_secs_f64() * 1e3, snapshot.len());
    let rows: Vec<u32> = snapshot.rows().collect();
    let mut times: Vec<[f64; 5]> = Vec::new();
    for number in 0..300 {
        let row = rows[number * 7919 % rows.len()];
        let text: String = snapshot.passage(row)?.passage.text.chars().take(24).collect();
        let Some(vector) = snapshot.vector(Grain::Passage, row, 0) else { continue };
        let all = Filter::default();
        let mut time = [0.0; 5];
        let mut clock = Instant::now();
        let mut lap = |slot: &mut f64| {
            *slot = clock.elapsed().as_secs_f64() * 1e3;
            clock = Instant::now();
        };
        let words: Vec<(String, f32)> = terms(&text).into_iter().map(|t| (t, 1.0)).collect();
        lap(&mut time[0]);
        for (at, grain) in [Grain::Passage, Grain::Sentence].into_iter().enumerate() {
            snapshot.search_vectors(grain, &vector, 100, &all)?;
            lap(&mut time[1 + at]);
            snapshot.search_text(grain, &words, 100, &all)?;
            lap(&mut time[3 + at]);
        }
        times.push(time);
    }
    let names = ["cutting", "vectors, passages", "vectors, sentences", "words, passages", "words, sentences"];
    for (at, name) in names.into_iter().enumerate() {
        println!("{name:20} median {:6.3} ms", median(times.iter().map(|t| t[at]).collect()));
    }
    println!("{:20} median {:6.3} ms", "all of a question", median(times.iter().map(|t| t.iter().sum()).collect()));
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
