//! Our side of `make bench-embed`: answers one JSON line for each on stdin, see bench/run.py.

use std::{
    io::{BufRead, Write},
    path::Path,
    time::Instant,
};

use wenbao_embed::{Embedder, Options, Role};

#[derive(serde::Deserialize)]
struct Request {
    texts: Vec<String>,
    role: String,
    batch: usize,
    vectors: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, dir, threads] = &args[..] else { return Err("usage: bench_engine MODEL_DIR THREADS".into()) };
    let dir = Path::new(dir);
    let (parent, name) = (dir.parent().unwrap_or(dir), dir.file_name().and_then(|n| n.to_str()));
    let start = Instant::now();
    // No cache: repeated questions would cost nothing.
    let options = Options { threads: threads.parse()?, cached_queries: 0 };
    let embedder = Embedder::open(parent, name, &options)?;
    let load_ms = start.elapsed().as_secs_f64() * 1e3;
    println!("{}", serde_json::json!({"ready": embedder.engine(), "load_ms": load_ms}));
    for line in std::io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line?)?;
        let role = if request.role == "query" { Role::Query } else { Role::Passage };
        let (start, cpu) = (Instant::now(), cpu_seconds());
        let mut vectors = Vec::new();
        // The whole mix may come at once, as in an ingest; a batch of 1 or 8 must not.
        let size = if request.batch >= 32 { request.texts.len() } else { request.batch };
        for texts in request.texts.chunks(size.max(1)) {
            vectors.extend(embedder.embed(role, texts)?.rows().map(<[f32]>::to_vec));
        }
        let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let vectors = request.vectors.then_some(vectors);
        let reply = serde_json::json!({"wall": wall, "cpu": cpu, "peak_mb": peak_mb(), "vectors": vectors});
        println!("{reply}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Processor time of all threads so far. Linux counts it in nanoseconds here, in hundredths of a second elsewhere.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().filter_map(Result::ok);
    let schedstat = |t: std::fs::DirEntry| std::fs::read_to_string(t.path().join("schedstat")).ok();
    let nanoseconds = tasks.filter_map(schedstat).filter_map(|s| s.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.sum::<f64>() / 1e9
}

/// The most memory that was ever resident.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM"));
    line.and_then(|l| l.split_whitespace().nth(1)?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
