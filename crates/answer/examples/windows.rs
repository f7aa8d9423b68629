//! What a reader is shown of questions before it has learned to choose, for `training/reader/negatives.py`.
//!
//!     windows MODELS_DIR QUESTIONS.jsonl=INDEX_DIR …
//!
//! Questions are in the form of ../shared/eval/grade.py, as `training/grade_form.py` writes them. Prints a line a question, {"id",
//! "windows": [[head, text], …]}: the windows that the ranking without a reader puts first, in its order, as they would be read.

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use wenbao_answer::{Answerer, Clock, Question, Reads, Restriction, tuning};
use wenbao_embed::{Embedder, Options, Passage, Reading};
use wenbao_index::{Index, ModelStamp};

/// A reader that writes down what it is shown and finds nothing clear, so that all is shown to it.
#[derive(Default)]
struct Recorder(Mutex<Vec<[String; 2]>>);

impl Reads for Recorder {
    fn read(&self, _: &str, passages: &[Passage<'_>]) -> Result<Vec<Reading>, wenbao_embed::Error> {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.extend(passages.iter().map(|p| [p.head.to_string(), p.text.to_string()]));
        Ok(passages.iter().map(|_| Reading { null: 0.0, answers: 0.0, tokens: Vec::new() }).collect())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, sets @ ..] = arguments.as_slice() else {
        return Err("usage: windows MODELS_DIR QUESTIONS.jsonl=INDEX_DIR …".into());
    };
    let embedder = Arc::new(Embedder::open(Path::new(models), None, &Options { threads: 1, ..Options::default() })?);
    let stamp = ModelStamp {
        name: embedder.name().to_string(),
        fingerprint: embedder.fingerprint().to_string(),
        dimensions: embedder.dimensions(),
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    for set in sets {
        let (questions, directory) = set.split_once('=').ok_or("a set is QUESTIONS.jsonl=INDEX_DIR")?;
        let index = Arc::new(Index::open(Path::new(directory), &stamp)?);
        let recorder = Arc::new(Recorder::default());
        let answerer = Answerer::new(index, embedder.clone(), Clock::system()).with_reader(Some(recorder.clone()));
        for line in std::fs::read_to_string(questions)?.lines() {
            let question: Value = serde_json::from_str(line)?;
            let mut asked = Question::new(question["question"].as_str().unwrap_or_default());
            if !question["filter"].is_null() {
                asked.filter = serde_json::from_value::<Restriction>(question["filter"].clone())?;
            }
            tuning::candidates(&answerer, &asked)?;
            let shown = std::mem::take(&mut *recorder.0.lock().unwrap_or_else(PoisonError::into_inner));
            writeln!(out, "{}", json!({ "id": question["id"], "windows": shown }))?;
        }
    }
    Ok(out.flush()?)
}
