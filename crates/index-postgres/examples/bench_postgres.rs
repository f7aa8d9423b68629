//! How long a question's searches take in a folder and in databases that have the same documents (`wenbao copy`), in turn,
//! without embedding: bench_postgres FOLDER ADDRESSES [ROUNDS] [graph]
//!
//! Questions are made of stored passages: the vector of one, the words of its neighbour. Each asks what answering asks, the
//! nearest passages and sentences and the best by words of both, all at once; then the same of a span of years. Prints
//! medians and 95th percentiles in milliseconds, and how many of the folder's exact hits the databases find.
#![allow(missing_docs)]

use std::path::Path;
use std::time::Instant;

use wenbao_index::{Filter, Generation, Grain, Hit, Index, Search, Store, terms};
use wenbao_index_postgres::{Options, Postgres, addresses};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Hits asked for, of each kind: as many as answering asks for.
const DEPTH: usize = 100;
/// Words of a question, about.
const WORDS: usize = 16;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, named, rest @ ..] = arguments.as_slice() else {
        return Err("bench_postgres FOLDER ADDRESSES [ROUNDS] [graph]".into());
    };
    let rounds: usize = rest.first().map_or(Ok(50), |n| n.parse())?;
    let options = Options { approximate: rest.iter().any(|word| word == "graph"), ..Options::default() };
    let index = Index::open_existing(Path::new(folder))?;
    let store = Postgres::existing(&addresses(named), options)?;
    let (here, there) = (index.newest()?, store.newest()?);
    println!("{} documents, {} passages in {}", there.documents().len(), there.len(), store.place());
    let rows = here.rows();
    for (what, filter) in
        [("all", Filter::default()), ("a span of years", Filter { years: Some((2023, 2024)), ..Filter::default() })]
    {
        let (mut times, mut found, mut wanted) = ([Vec::new(), Vec::new()], 0, 0);
        for round in 0..rounds {
            // Spread over all rows, and never the same twice.
            let row = rows[(round * 7_919 + 13) % rows.len()];
            let vector = here.vector(Grain::Passage, row, 0)?.ok_or("a row without a vector")?;
            let text = &here.passage(rows[(round * 7_919 + 14) % rows.len()])?.passage.text;
            let words: Vec<(String, f32)> = terms::terms(text).into_iter().take(WORDS).map(|t| (t, 1.0)).collect();
            let mut hits: [Vec<Vec<Hit>>; 2] = Default::default();
            for (side, generation) in [&here, &there].into_iter().enumerate() {
                let began = Instant::now();
                hits[side] = ask(&**generation, &vector, &words, &filter)?;
                times[side].push(began.elapsed().as_secs_f64() * 1e3);
            }
            for (a, b) in hits[0].iter().zip(&hits[1]) {
                wanted += a.len();
                found +=
                    a.iter().filter(|hit| b.iter().any(|h| (h.row, h.sentence) == (hit.row, hit.sentence))).count();
            }
        }
        for (side, times) in ["folder", "databases"].iter().zip(&mut times) {
            times.sort_by(f64::total_cmp);
            let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
            println!("{what:16} {side:10} p50 {:8.1} ms  p95 {:8.1} ms", at(0.5), at(0.95));
        }
        println!("{what:16} {found} of {wanted} hits of the folder are found");
    }
    Ok(())
}

/// The searches of one question.
fn ask(generation: &dyn Generation, query: &[f32], terms: &[(String, f32)], filter: &Filter) -> Outcome<Vec<Vec<Hit>>> {
    let k = DEPTH;
    let searches: Vec<Search<'_>> = [Grain::Passage, Grain::Sentence]
        .into_iter()
        .flat_map(|grain| [Search::Vectors { grain, query, k, filter }, Search::Text { grain, terms, k, filter }])
        .collect();
    Ok(generation.search(&searches)?)
}
