//! How many of the nearest passages and sentences a graph (HNSW) finds of those that comparing with all vectors finds:
//! recall_postgres MODELS ADDRESSES QUESTIONS [K]
//!
//! QUESTIONS are JSON lines with "question". The databases need graphs: `wenbao rebuild
//! --nearest graph`. Prints, for each grain and filter, recall@K (of 100, unless K says otherwise), the share of questions
//! that miss nothing, and the medians of both ways in milliseconds.
#![allow(missing_docs)]

use std::path::Path;
use std::time::Instant;

use wenbao_embed::{Embedder, Role};
use wenbao_index::{Filter, Grain, Hit, Search, Store};
use wenbao_index_postgres::{Options, Postgres, addresses};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, named, file, rest @ ..] = arguments.as_slice() else {
        return Err("recall_postgres MODELS ADDRESSES QUESTIONS [K]".into());
    };
    let k: usize = rest.first().map_or(Ok(100), |k| k.parse())?;
    let embedder = Embedder::open(Path::new(models), None, &wenbao_embed::Options::default())?;
    let mut questions = Vec::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        questions.push(line["question"].as_str().ok_or("a line without a question")?.to_owned());
    }
    let addresses = addresses(named);
    let exact = Postgres::existing(&addresses, Options::default())?.newest()?;
    let graph = Postgres::existing(&addresses, Options { approximate: true, ..Options::default() })?.newest()?;
    println!("{} questions, {} passages", questions.len(), exact.len());
    // A third of the documents, as whoever asks of some places has.
    let third = exact.documents().iter().step_by(3).map(|document| document.id.clone()).collect();
    let filters = [
        ("all", Filter::default()),
        ("two years", Filter { years: Some((2024, 2025)), undated: true, ..Filter::default() }),
        ("a third", Filter { documents: Some(third), ..Filter::default() }),
    ];
    for (what, filter) in &filters {
        for grain in [Grain::Passage, Grain::Sentence] {
            let (mut found, mut wanted, mut whole, mut times) = (0, 0, 0, [Vec::new(), Vec::new()]);
            for question in &questions {
                let vectors = embedder.embed(Role::Query, &[question])?;
                let search = Search::Vectors { grain, query: vectors.row(0), k, filter };
                let [all, near] = [(&exact, 0), (&graph, 1)].map(|(generation, side)| {
                    let began = Instant::now();
                    let hits = generation.search(&[search]).map(|mut hits| hits.pop().unwrap_or_default());
                    times[side].push(began.elapsed().as_secs_f64() * 1e3);
                    hits
                });
                let (all, near): (Vec<Hit>, Vec<Hit>) = (all?, near?);
                // Equals of the last are as good as the last.
                let last = all.last().map_or(0.0, |hit| hit.score);
                let hit = near.iter().filter(|hit| hit.score >= last - 1e-6).count().min(all.len());
                found += hit;
                wanted += all.len();
                whole += usize::from(hit == all.len());
            }
            let [all, near] = times.map(|mut times| {
                times.sort_by(f64::total_cmp);
                times.get(times.len() / 2).copied().unwrap_or_default()
            });
            println!(
                "{what:10} {grain:?}: recall@{k} {:.4}, {:.3} miss nothing; exact {all:.1} ms, graph {near:.1} ms",
                found as f64 / wanted.max(1) as f64,
                whole as f64 / questions.len().max(1) as f64
            );
        }
    }
    Ok(())
}
