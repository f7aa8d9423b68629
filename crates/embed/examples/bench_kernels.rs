//! Speed of the embedder on lines of a text file:
//! `cargo run --release --example bench_kernels -- FILE [THREADS]`

use std::time::Instant;

use wenbao_embed::{Embedder, Options, Role, models};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("usage: bench FILE [THREADS]")?;
    let threads = args.next().map_or(Ok(0), |t| t.parse())?;
    let start = Instant::now();
    let embedder = Embedder::open(&models::find_dir(), None, &Options { threads, cached_queries: 0 })?;
    println!("open {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let text = std::fs::read_to_string(file)?;
    let texts: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let start = Instant::now();
    let tokens: usize = texts.iter().map(|t| embedder.count_tokens(t)).sum();
    println!(
        "{} texts, {tokens} tokens, tokenized at {:.0} tokens/s",
        texts.len(),
        tokens as f64 / start.elapsed().as_secs_f64()
    );
    for _ in 0..3 {
        let (start, cpu) = (Instant::now(), cpu_seconds());
        embedder.embed(Role::Passage, &texts)?;
        let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        println!(
            "{:.0} tokens/s, {:.0} tokens per second of processor time",
            tokens as f64 / wall,
            tokens as f64 / cpu
        );
    }
    let mut times: Vec<f64> = (0..200)
        .map(|i| {
            let start = Instant::now();
            let query = format!("{}年新建智能化煤矿多少座", 1900 + i);
            embedder.embed(Role::Query, &[query]).map(|_| start.elapsed().as_secs_f64() * 1e3)
        })
        .collect::<Result<_, _>>()?;
    times.sort_by(f64::total_cmp);
    println!("query p50 {:.2} ms, p95 {:.2} ms", times[100], times[190]);
    Ok(())
}

/// Processor time of this process so far, all threads; 0 where the system does not tell this way.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
