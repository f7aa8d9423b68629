//! The vector graph alone: build time, then queries a second and recall for growing effort. Vectors come from a file of
//! little-endian f32 rows (what `scripts/bench_index.py` wrote), so that other programs measure on the same ones.
//!
//!     cargo run --release -p wenbao-index --example bench_graph -- BASE.f32 QUERIES.f32 TRUTH.u32 DIMENSIONS [KEY=VALUE]
#![allow(missing_docs)]

use std::time::Instant;

use wenbao_index::graph::{Flat, Options, Refinement, build};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, queries, truth, dimensions, settings @ ..] = arguments.as_slice() else {
        eprintln!(
            "usage: bench_graph BASE.f32 QUERIES.f32 TRUTH.u32 DIMENSIONS [M=16 ef=64 alpha=1.2 R=30 L=64 passes=1 save=FILE]"
        );
        std::process::exit(2);
    };
    let get = |key: &str, default: f64| -> f64 {
        let prefix = format!("{key}=");
        settings.iter().find_map(|s| s.strip_prefix(&prefix)).and_then(|v| v.parse().ok()).unwrap_or(default)
    };
    let dimensions: usize = dimensions.parse().expect("dimensions: a number");
    let (base, queries) = (floats(base), floats(queries));
    let truth: Vec<u32> = bytemuck::cast_slice(&std::fs::read(truth).expect("TRUTH")).to_vec();
    let count = queries.len() / dimensions;
    let k = truth.len() / count;
    let pass = Refinement {
        effort: get("L", 64.0) as usize,
        degree: get("R", 30.0) as usize,
        alpha: get("alpha", 1.2) as f32,
    };
    let options = Options {
        connections: get("M", 16.0) as usize,
        effort: get("ef", 64.0) as usize,
        refinements: vec![pass; get("passes", 1.0) as usize],
        degree: get("R", 30.0) as usize,
    };
    println!("{options:?}");
    let began = Instant::now();
    let (flat, timings) = build(dimensions, &base, &options);
    println!("built in {:.1} s: {timings:.1?}", began.elapsed().as_secs_f64());
    let (walk, all) = flat.sizes();
    println!("bytes a vector: {} for the walk, {} in the file", walk / flat.len(), all / flat.len());
    if let Some(path) = settings.iter().find_map(|s| s.strip_prefix("save=")) {
        flat.write(path.as_ref()).expect("saving");
        let began = Instant::now();
        Flat::open(path.as_ref()).expect("opening");
        println!("opened in {:.3} ms", began.elapsed().as_secs_f64() * 1e3);
    }
    for effort in [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512] {
        let mut best = f64::INFINITY;
        let mut found = 0;
        for round in 0..3 {
            let began = Instant::now();
            for (query, truth) in queries.chunks_exact(dimensions).zip(truth.chunks_exact(k)) {
                let hits = flat.search(query, k, effort, None);
                if round == 0 {
                    found += hits.iter().filter(|h| truth.contains(&h.ordinal)).count();
                }
            }
            best = best.min(began.elapsed().as_secs_f64());
        }
        let recall = found as f64 / truth.len() as f64;
        println!("effort {effort:4}  recall@{k} {recall:.4}  {:8.0} queries/s", count as f64 / best);
    }
}

fn floats(path: &str) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}
