//! How long reading takes: the median of many readings of each file given, and per 20,000 characters.

use std::path::Path;
use std::time::Instant;

const ROUNDS: usize = 21;

fn main() {
    for path in std::env::args().skip(1) {
        let mut times = Vec::new();
        let mut characters = 0;
        for _ in 0..ROUNDS {
            let started = Instant::now();
            match wenbao_report::read(Path::new(&path)) {
                Ok(document) => characters = document.text.chars().count(),
                Err(error) => {
                    eprintln!("{path}: {error}");
                    break;
                }
            }
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        if let Some(median) = times.get(times.len() / 2) {
            let scaled = median * 20_000.0 / f64::from(u32::try_from(characters.max(1)).unwrap_or(u32::MAX));
            println!("{median:8.1} ms  {characters:6} characters  {scaled:6.1} ms per 20,000  {path}");
        }
    }
}
