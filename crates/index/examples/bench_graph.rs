//! The vector graph alone: build time, then queries a second and recall for growing effort, on one and on two threads, and
//! with filters. Vectors come from a file of little-endian f32 rows (what `scripts/bench_index.py` wrote), so that other
//! programs measure on the same ones.
//!
//!     cargo run --release --example bench_graph -- BASE.f32 QUERIES.f32 TRUTH.u32 DIMENSIONS [KEY=VALUE]
#![allow(missing_docs)]

use std::time::Instant;

use hnsw_rs::prelude::{AnnT, DistDot, Hnsw, HnswIo};
use wenbao_index::graph::{Flat, Mask, Options, Refinement, Timings, build};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, queries, truth, dimensions, settings @ ..] = arguments.as_slice() else {
        eprintln!(
            "usage: bench_graph BASE.f32 QUERIES.f32 TRUTH.u32 DIMENSIONS [M=16 ef=64 sample=16384 alpha=1.2 R=30 L=64 passes=1 save=FILE]"
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
        sample: get("sample", 16_384.0) as usize,
        refinements: vec![pass; get("passes", 1.0) as usize],
        degree: get("R", 30.0) as usize,
    };
    let program = settings.iter().find_map(|s| s.strip_prefix("program=")).unwrap_or("wenbao");
    let json = get("json", 0.0) > 0.0;
    let (build_s, detail, search): (f64, serde_json::Value, Search<'_>) = if program == "hnsw_rs" {
        hnsw_rs_itself(dimensions, &base, settings.iter().find_map(|s| s.strip_prefix("save=")))
    } else {
        let began = cpu_seconds_of_all();
        let (flat, timings) = match settings.iter().find_map(|s| s.strip_prefix("open=")) {
            Some(path) => (Flat::open(path.as_ref()).expect("opening"), Timings::default()),
            None => build(dimensions, &base, &options),
        };
        let built = cpu_seconds_of_all() - began;
        let (walk, all) = flat.sizes();
        let own = timings.insert.as_secs_f64();
        let mut detail = serde_json::json!({
            "options": format!("{options:?}"), "timings": format!("{timings:.1?}"),
            "refinement_and_export_share_of_insertion": (timings.refine + timings.export).as_secs_f64() / own,
            "walk_bytes": walk as f64 / flat.len() as f64, "file_bytes": all as f64 / flat.len() as f64,
        });
        if let Some(path) = settings.iter().find_map(|s| s.strip_prefix("save=")) {
            flat.write(path.as_ref()).expect("saving");
            let began = Instant::now();
            Flat::open(path.as_ref()).expect("opening");
            detail["open_ms"] = (began.elapsed().as_secs_f64() * 1e3).into();
        }
        detail["filtered"] = filtered(&flat, &queries, dimensions, k);
        let search = move |query: &[f32], effort: usize| -> Vec<u32> {
            flat.search(query, k, effort, None).iter().map(|s| s.ordinal).collect()
        };
        (built, detail, Box::new(search))
    };
    if !json {
        println!("built in {build_s:.1} s of processor time: {detail:#}");
    }
    let mut points = Vec::new();
    let rows: Vec<&[f32]> = queries.chunks_exact(dimensions).collect();
    for effort in [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512] {
        let hits = rows.iter().zip(truth.chunks_exact(k));
        let found: usize = hits.map(|(q, truth)| search(q, effort).iter().filter(|h| truth.contains(h)).count()).sum();
        let recall = found as f64 / truth.len() as f64;
        let [one, two] = [1, 2].map(|threads| rate(&rows, threads, &|query| drop(search(query, effort))));
        points.push((effort, recall, one, two));
        if !json {
            println!("effort {effort:4}  recall@{k} {recall:.4}  {one:8.0} queries/s, on two threads {two:8.0}");
        }
    }
    if json {
        println!("{}", serde_json::json!({ "build_s": build_s, "points": points, "detail": detail }));
    }
}

/// Queries a second, the best of three rounds, each long enough for the system's clock: what the threads would answer if
/// they had a processor each, from the processor time that they took.
fn rate(queries: &[&[f32]], threads: usize, search: &(dyn Fn(&[f32]) + Sync)) -> f64 {
    let round = || -> f64 {
        let work = || {
            let (began, mut answered) = (cpu_seconds(), 0);
            while cpu_seconds() - began < 0.2 {
                queries.iter().for_each(|query| search(query));
                answered += queries.len();
            }
            answered as f64 / (cpu_seconds() - began)
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            work() + others.into_iter().map(|thread| thread.join().expect("a querying thread")).sum::<f64>()
        })
    };
    (0..3).map(|_| round()).fold(0.0, f64::max)
}

/// Recall and queries a second where only a share of the vectors passes a filter.
fn filtered(flat: &Flat, queries: &[f32], dimensions: usize, k: usize) -> serde_json::Value {
    let mut lines = serde_json::Map::new();
    let queries: Vec<&[f32]> = queries.chunks_exact(dimensions).take(200).collect();
    for share in SHARES {
        let mask = Mask::new(flat.len(), |o| passes(o, share));
        let (mut found, mut wanted) = (0, 0);
        for query in &queries {
            let truth: Vec<u32> = flat.search_all(query, k, Some(&mask)).iter().map(|s| s.ordinal).collect();
            let hits = flat.search(query, k, FILTERED_EFFORT, Some(&mask));
            found += hits.iter().filter(|s| truth.contains(&s.ordinal)).count();
            wanted += truth.len();
        }
        let rate = rate(&queries, 1, &|query| drop(flat.search(query, k, FILTERED_EFFORT, Some(&mask))));
        lines.insert(format!("1/{share}"), serde_json::json!([found as f64 / wanted as f64, rate]));
    }
    // The same without any mask, to compare with.
    let rate = rate(&queries, 1, &|query| drop(flat.search(query, k, FILTERED_EFFORT, None)));
    let (mut found, mut wanted) = (0, 0);
    for query in &queries {
        let truth: Vec<u32> = flat.search_all(query, k, None).iter().map(|s| s.ordinal).collect();
        found += flat.search(query, k, FILTERED_EFFORT, None).iter().filter(|s| truth.contains(&s.ordinal)).count();
        wanted += truth.len();
    }
    lines.insert("none".into(), serde_json::json!([found as f64 / wanted as f64, rate]));
    lines.into()
}

/// Filters let one vector in so many pass; `scripts/bench_index.py` has the same ones.
const SHARES: [u32; 6] = [2, 4, 10, 20, 100, 1000];
/// Length of the walk's list under a filter: what gives recall@10 of 0.99 and more without one.
const FILTERED_EFFORT: usize = 64;

/// Fair for all places of a vector, and the same in every program: Knuth's multiplicative hash.
fn passes(ordinal: u32, share: u32) -> bool {
    ordinal.wrapping_mul(2_654_435_761) >> 7 & 0xffff < 0x10000 / share
}

/// Processor time of this thread: others may have the processor meanwhile. Elapsed time where the system does not say.
fn cpu_seconds() -> f64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(|| START.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

/// Processor time of all threads so far, in hundredths of a second as Linux counts; elapsed time elsewhere.
fn cpu_seconds_of_all() -> f64 {
    let parse = |text: String| -> Option<f64> {
        // Fields 14 and 15, counted behind the name in brackets.
        let fields: Vec<f64> =
            text.rsplit(')').next()?.split_whitespace().skip(11).take(2).map_while(|f| f.parse().ok()).collect();
        Some(fields.iter().sum::<f64>() / 100.0)
    };
    std::fs::read_to_string("/proc/self/stat").ok().and_then(parse).unwrap_or_else(cpu_seconds)
}

/// A query and an effort to ordinals.
type Search<'a> = Box<dyn Fn(&[f32], usize) -> Vec<u32> + Sync + 'a>;

/// hnsw_rs as it is: f32 vectors, its own SIMD distance. With a file name to save to it is also written and read again.
fn hnsw_rs_itself<'a>(dimensions: usize, base: &[f32], save: Option<&str>) -> (f64, serde_json::Value, Search<'a>) {
    let (began, before) = (cpu_seconds_of_all(), resident_bytes());
    let count = base.len() / dimensions;
    let mut hnsw: Hnsw<'static, f32, DistDot> = Hnsw::new(16, count, 16, 200, DistDot {});
    let rows: Vec<(&[f32], usize)> = base.chunks_exact(dimensions).enumerate().map(|(id, row)| (row, id)).collect();
    hnsw.parallel_insert_slice(&rows);
    hnsw.set_searching_mode(true);
    let built = cpu_seconds_of_all() - began;
    let mut detail = serde_json::json!({ "walk_bytes": (resident_bytes() - before) / count as f64 });
    if let Some(path) = save.map(std::path::Path::new) {
        let (folder, name) = (path.parent().expect("a folder"), path.file_name().expect("a name").to_string_lossy());
        let name = hnsw.file_dump(folder, &name).expect("saving");
        let bytes = |end: &str| std::fs::metadata(folder.join(format!("{name}.hnsw.{end}"))).map_or(0, |m| m.len());
        detail["file_bytes"] = ((bytes("graph") + bytes("data")) as f64 / count as f64).into();
        let began = Instant::now();
        let mut reader = HnswIo::new(folder, &name);
        let again: Hnsw<'_, f32, DistDot> = reader.load_hnsw().expect("reading again");
        detail["open_ms"] = (began.elapsed().as_secs_f64() * 1e3).into();
        assert_eq!(again.get_nb_point(), count);
    }
    let search = move |query: &[f32], effort: usize| -> Vec<u32> {
        hnsw.search(query, 10, effort).iter().map(|n| n.d_id as u32).collect()
    };
    (built, detail, Box::new(search))
}

/// Memory of this process, as Linux counts it; 0 elsewhere.
fn resident_bytes() -> f64 {
    let pages = |text: String| text.split(' ').nth(1)?.parse::<f64>().ok();
    std::fs::read_to_string("/proc/self/statm").ok().and_then(pages).unwrap_or(0.0) * 4096.0
}

fn floats(path: &str) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}
