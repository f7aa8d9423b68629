//! What a reader makes of pairs, to compare with the program that trained it. JSON lines on stdin,
//! {"question": …, "head": …, "text": …}; one line for each on stdout, all numbers logits:
//! {"null": …, "answers": …, "tokens": [[from, to, start, end, inside], …]}
//! `cargo run --release --example read_pairs -- READER.gguf [THREADS] < PAIRS`

use std::{
    io::{BufRead, BufWriter, Write},
    path::Path,
};

use wenbao_embed::{Embedder, Options, Passage, Reader, models};

#[derive(serde::Deserialize)]
struct Pair {
    question: String,
    #[serde(default)]
    head: String,
    text: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("usage: read_pairs READER.gguf [THREADS] < PAIRS")?;
    let threads = args.next().map_or(Ok(0), |t| t.parse())?;
    let embedder = Embedder::open(&models::find_dir(), None, &Options { threads, ..Options::default() })?;
    let reader = Reader::open(Path::new(&file), &embedder)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let Pair { question, head, text } = serde_json::from_str(&line?)?;
        for reading in reader.read(&question, &[Passage { head: &head, text: &text }])? {
            let tokens = reading.tokens.iter().map(|t| (t.range.start, t.range.end, t.start, t.end, t.inside));
            let tokens: Vec<_> = tokens.collect();
            let line = serde_json::json!({"null": reading.null, "answers": reading.answers, "tokens": tokens});
            writeln!(out, "{line}")?;
        }
    }
    Ok(out.flush()?)
}
