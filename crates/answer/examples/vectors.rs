//! Vectors of passages, sentences and questions, for `training/reader/projection.py`.
//!
//!     vectors MODELS_DIR OUT_DIR INDEX_DIR… -- QUESTIONS.jsonl…
//!
//! Writes OUT_DIR/passages.jsonl, one passage a line with its document, text and sentences, and OUT_DIR/passages.f32:
//! of each line in turn the passage's vector and those of its sentences, f32, lowest byte first.
//! OUT_DIR/questions.f32 has one vector for each line of the files of questions, in their order.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};
use wenbao_embed::{Embedder, Options, Role};
use wenbao_index::{Grain, Index, ModelStamp};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = "usage: vectors MODELS_DIR OUT_DIR INDEX_DIR… -- QUESTIONS.jsonl…";
    let (folders, files) = arguments.split_at(arguments.iter().position(|a| a == "--").ok_or(usage)?);
    let [models, out, indexes @ ..] = folders else { return Err(usage.into()) };
    let embedder = Embedder::open(Path::new(models), None, &Options::default())?;
    let stamp = ModelStamp {
        name: embedder.name().to_string(),
        fingerprint: embedder.fingerprint().to_string(),
        dimensions: embedder.dimensions(),
    };
    let out = Path::new(out);
    std::fs::create_dir_all(out)?;
    let mut lines = BufWriter::new(File::create(out.join("passages.jsonl"))?);
    let mut vectors = BufWriter::new(File::create(out.join("passages.f32"))?);
    for directory in indexes {
        let snapshot = Index::open(Path::new(directory), &stamp)?.snapshot()?;
        for row in snapshot.rows() {
            let record = snapshot.passage(row)?;
            let whole = snapshot.vector(Grain::Passage, row, 0).ok_or("a passage has no vector")?;
            write(&mut vectors, &whole)?;
            let mut sentences = Vec::new();
            for (number, sentence) in record.passage.sentences.iter().enumerate() {
                // One that is all of its passage has no vector of its own.
                let own = snapshot.vector(Grain::Sentence, row, u16::try_from(number)?);
                write(&mut vectors, own.as_deref().unwrap_or(&whole))?;
                sentences.push((sentence.range.start, sentence.range.end));
            }
            let name = Path::new(&record.document.path).file_stem().map(|s| s.to_string_lossy().into_owned());
            let line = json!({ "doc": name, "text": record.passage.text, "sentences": sentences });
            writeln!(lines, "{line}")?;
        }
    }
    let mut vectors = BufWriter::new(File::create(out.join("questions.f32"))?);
    for file in &files[1..] {
        let text = std::fs::read_to_string(file)?;
        let questions: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let asked: Vec<&str> = questions.iter().map(|q| q["question"].as_str().unwrap_or_default()).collect();
        let embedded = embedder.embed(Role::Query, &asked)?;
        for row in 0..asked.len() {
            write(&mut vectors, embedded.row(row))?;
        }
    }
    Ok(())
}

fn write(out: &mut impl Write, vector: &[f32]) -> std::io::Result<()> {
    vector.iter().try_for_each(|x| out.write_all(&x.to_le_bytes()))
}
