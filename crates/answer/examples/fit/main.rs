//! Fits the answerer's weights on questions with known evidence and writes them.
//!
//! usage: fit MODELS_DIR OUT.toml [--judge] [rank:|judge:]QUESTIONS.jsonl=INDEX_DIR …
//!
//! Questions are in the form of ../shared/eval/grade.py, as `training/grade_form.py` writes them. Sets marked `rank:` serve for
//! ranking sentences and values alone, which know nothing of the reader; what judges the reader's work (candidates and
//! confidence) is fitted on the others, whose documents the reader was not trained on. With `--judge` only what judges the reader's
//! work is fitted anew. Cross-validation leaves out whole
//! documents; figures fitted and held out are printed, the weights written are those fitted on everything.

mod linear;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use linear::{FOLDS, Group, Judged, confidence, ranking};
use serde_json::Value;
use wenbao_answer::tuning::{self, CANDIDATES, CellSeen, SENTENCES, SIGNALS, Seen, VALUES};
use wenbao_answer::{Answerer, Clock, Judgement, Linear, Question, Reads, Restriction, Weights};
use wenbao_embed::{Embedder, Options, Passage, Reader, Reading};
use wenbao_index::{Index, ModelStamp};

/// Questions of one index, and whether the reader's work may be judged by them.
struct Set {
    questions: Vec<Value>,
    index: Arc<Index>,
    judged: bool,
}

/// What is needed to ask.
struct Bench {
    embedder: Arc<Embedder>,
    reader: Option<Arc<dyn Reads>>,
    sets: Vec<Set>,
}

/// A reader that reads nothing twice: the same windows are asked for while the weights that judge them change.
struct Remembering {
    reader: Reader,
    read: Mutex<HashMap<[String; 3], Reading>>,
}

impl Reads for Remembering {
    fn read(&self, question: &str, passages: &[Passage<'_>]) -> Result<Vec<Reading>, wenbao_embed::Error> {
        let key = |p: &Passage<'_>| [question, p.head, p.text].map(str::to_owned);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<Passage<'_>> = passages.iter().filter(|p| !read.contains_key(&key(p))).copied().collect();
        for (passage, reading) in new.iter().zip(self.reader.read(question, &new)?) {
            read.insert(key(passage), reading);
        }
        Ok(passages.iter().filter_map(|p| read.get(&key(p)).cloned()).collect())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, out, sets @ ..] = arguments.as_slice() else {
        return Err("usage: fit MODELS_DIR OUT.toml [--judge] [rank:|judge:]QUESTIONS.jsonl=INDEX_DIR …".into());
    };
    let embedder = Arc::new(Embedder::open(Path::new(models), None, &Options { threads: 2, ..Options::default() })?);
    let reader = Reader::open(&Path::new(models).join(Reader::FILE), &embedder)?;
    let reader: Arc<dyn Reads> = Arc::new(Remembering { reader, read: Mutex::default() });
    let stamp = ModelStamp {
        name: embedder.name().to_string(),
        fingerprint: embedder.fingerprint().to_string(),
        dimensions: embedder.dimensions(),
    };
    let mut bench = Bench { embedder, reader: None, sets: Vec::new() };
    let judge_only = sets.first().is_some_and(|first| first == "--judge");
    for set in &sets[usize::from(judge_only)..] {
        let (judged, set) = match set.strip_prefix("rank:") {
            Some(rest) => (false, rest),
            None => (true, set.strip_prefix("judge:").unwrap_or(set)),
        };
        let (questions, directory) = set.split_once('=').ok_or("a set is QUESTIONS.jsonl=INDEX_DIR")?;
        let lines = std::fs::read_to_string(questions)?;
        bench.sets.push(Set {
            questions: lines
                .lines()
                .filter(|l| !l.trim().is_empty())
                .map(serde_json::from_str)
                .collect::<Result<_, _>>()?,
            index: Arc::new(Index::open(Path::new(directory), &stamp)?),
            judged,
        });
    }
    let mut weights = Weights::shipped().clone();
    if judge_only {
        // A feature that is new counts nothing in what is not fitted.
        let kept = &mut weights.unread;
        kept.candidate = named(CANDIDATES, &start(CANDIDATES, &kept.candidate));
        kept.confidence = named(SIGNALS, &start(SIGNALS, &kept.confidence));
    } else {
        rank(&bench, &mut weights)?;
        write(out, &weights)?;
    }
    for read in if judge_only { vec![true] } else { vec![false, true] } {
        bench.reader = read.then(|| reader.clone());
        let mut candidates = Vec::new();
        bench.ask(&weights, true, &mut |question, cells| {
            for (cell, key) in cells.iter().zip(Key::of(question, cells.len())) {
                // One group a question: each candidate stands for itself.
                let may: Vec<Seen> = cell.candidates.iter().filter(|c| c.may).map(copied).collect();
                let right: Vec<bool> = may.iter().map(|c| key.document(c) && key.exact(&c.text)).collect();
                let mut group = group(&key, &may, right);
                group.rows = (0..may.len() as u32).collect();
                candidates.push(group);
            }
        })?;
        let name = if read { "read" } else { "unread" };
        let judgement = if read { &mut weights.read } else { &mut weights.unread };
        let fitted = ranking(&format!("{name} candidates"), &candidates, &start(CANDIDATES, &judgement.candidate));
        *judgement = Judgement { candidate: named(CANDIDATES, &fitted), confidence: Linear::new() };
        let mut judged = Vec::new();
        bench.ask(&weights, true, &mut |question, cells| judge(question, cells, &mut judged))?;
        let fitted = confidence(name, &judged);
        let judgement = if read { &mut weights.read } else { &mut weights.unread };
        judgement.confidence = named(SIGNALS, &fitted);
        write(out, &weights)?;
    }
    Ok(())
}

/// Fits what ranks sentences and values, which know nothing of the reader.
fn rank(bench: &Bench, weights: &mut Weights) -> Result<(), Box<dyn Error>> {
    let (mut sentences, mut values) = (Vec::new(), Vec::new());
    bench.ask(weights, false, &mut |question, cells| {
        for (cell, key) in cells.iter().zip(Key::of(question, cells.len())) {
            let right: Vec<bool> = cell.sentences.iter().map(|s| key.evidence(s)).collect();
            sentences.push(group(&key, &cell.sentences, right));
            let right: Vec<bool> = cell.values.iter().map(|v| key.passage(v) && key.exact(&v.text)).collect();
            if right.iter().any(|r| *r) {
                values.push(group(&key, &cell.values, right));
            }
        }
    })?;
    weights.sentence = named(SENTENCES, &ranking("sentences", &sentences, &start(SENTENCES, &weights.sentence)));
    weights.value = named(VALUES, &ranking("values", &values, &start(VALUES, &weights.value)));
    Ok(())
}

/// After every stage: a later one takes long.
fn write(out: &str, weights: &Weights) -> Result<(), Box<dyn Error>> {
    let head = "# Learned weights; written by `make fit`, see docs/EVALUATION.md.\n\n";
    Ok(std::fs::write(out, format!("{head}{}", toml::to_string(weights)?))?)
}

impl Bench {
    /// Asks the questions that have an answer (with `judged`, also the others, of the sets that may be judged by).
    fn ask(
        &self,
        weights: &Weights,
        judged: bool,
        each: &mut dyn FnMut(&Value, Vec<CellSeen>),
    ) -> Result<(), Box<dyn Error>> {
        for set in self.sets.iter().filter(|set| set.judged || !judged) {
            let answerer = Answerer::new(set.index.clone(), self.embedder.clone(), Clock::system())
                .with_reader(self.reader.clone())
                .with_weights(weights.clone());
            for question in &set.questions {
                if !judged && question["answerable"] != Value::Bool(true) {
                    continue;
                }
                let mut asked = Question::new(question["question"].as_str().unwrap_or_default());
                if !question["filter"].is_null() {
                    asked.filter = serde_json::from_value::<Restriction>(question["filter"].clone())?;
                }
                each(question, tuning::candidates(&answerer, &asked)?);
            }
        }
        Ok(())
    }
}

fn copied(seen: &Seen) -> Seen {
    Seen {
        path: seen.path.clone(),
        row: seen.row,
        passage: seen.passage.clone(),
        text: seen.text.clone(),
        features: seen.features.clone(),
        may: seen.may,
    }
}

fn start(names: &[&str], model: &Linear) -> Vec<f32> {
    names.iter().map(|n| model.get(*n).copied().unwrap_or(0.0)).collect()
}

fn named(names: &[&str], weights: &[f32]) -> BTreeMap<String, f32> {
    names.iter().map(|n| n.to_string()).zip(weights.iter().map(|w| (w * 1e4).round() / 1e4)).collect()
}

fn group(key: &Key, seen: &[Seen], right: Vec<bool>) -> Group {
    Group {
        fold: key.fold,
        features: seen.iter().map(|s| s.features.clone()).collect(),
        rows: seen.iter().map(|s| s.row).collect(),
        right,
    }
}

/// What is right for one cell of a question.
struct Key {
    /// Members of its gold groups: document and quote.
    gold: Vec<(String, String)>,
    /// Accepted answers; of a list those of each item.
    accepted: Vec<Vec<String>>,
    list: bool,
    fold: usize,
}

impl Key {
    /// One for each cell. The cells of a comparison stand in the order of its gold groups, where there are as many of them.
    fn of(question: &Value, cells: usize) -> Vec<Self> {
        let member =
            |m: &Value| (stem(m["doc"].as_str().unwrap_or_default()), squeeze(m["quote"].as_str().unwrap_or_default()));
        let gold: Vec<Vec<(String, String)>> = question["gold"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|group| group.as_array().into_iter().flatten().map(member).collect())
            .collect();
        let nested = question["answers"].get(0).is_some_and(Value::is_array);
        let accepted: Vec<Vec<String>> = if nested {
            question["answers"].as_array().into_iter().flatten().map(strings).collect()
        } else {
            vec![strings(&question["answers"])]
        };
        let first = gold.first().and_then(|g| g.first()).map(|m| m.0.clone());
        let name = first.unwrap_or_else(|| question["id"].as_str().unwrap_or_default().to_string());
        let fold = name.bytes().fold(0_usize, |h, b| h.wrapping_mul(31).wrapping_add(b as usize)) % FOLDS;
        (0..cells)
            .map(|i| Self {
                gold: if gold.len() == cells { gold[i].clone() } else { gold.concat() },
                accepted: if accepted.len() == cells && cells > 1 {
                    vec![accepted[i].clone()]
                } else {
                    accepted.clone()
                },
                list: nested && cells == 1,
                fold,
            })
            .collect()
    }

    fn document(&self, seen: &Seen) -> bool {
        let name = stem(&seen.path);
        self.gold.iter().any(|(doc, _)| *doc == name)
    }

    fn passage(&self, seen: &Seen) -> bool {
        let (name, passage) = (stem(&seen.path), squeeze(&seen.passage));
        self.gold.iter().any(|(doc, quote)| *doc == name && passage.contains(quote.as_str()))
    }

    /// Whether a sentence touches a gold quote.
    fn evidence(&self, seen: &Seen) -> bool {
        let (name, passage, text) = (stem(&seen.path), squeeze(&seen.passage), squeeze(&seen.text));
        self.gold.iter().any(|(doc, quote)| {
            let places = (passage.find(quote.as_str()), passage.find(&text));
            *doc == name && matches!(places, (Some(q), Some(s)) if q < s + text.len() && s < q + quote.len())
        })
    }

    /// Whether a text is an accepted answer, and hardly more: every item of a list.
    fn exact(&self, text: &str) -> bool {
        let near = |text: &str, wanted: &String| {
            holds(text, wanted) && text.chars().count() <= wanted.chars().count() * 5 / 4 + 2
        };
        if self.list {
            let all = self.accepted.iter().all(|item| item.iter().any(|w| holds(text, w)));
            let longest: usize =
                self.accepted.iter().map(|i| i.iter().map(|w| w.chars().count()).max().unwrap_or(0) + 1).sum();
            return all && text.chars().count() <= longest * 5 / 4 + 6;
        }
        self.accepted.iter().flatten().any(|w| near(text, w))
    }
}

/// Sorts the answers taken into right and wrong. A near miss counts only where it was its own quote that misled: something
/// else in the document may well answer.
fn judge(question: &Value, cells: Vec<CellSeen>, judged: &mut Vec<Judged>) {
    let answerable = question["answerable"] == Value::Bool(true);
    let keys = Key::of(question, cells.len());
    for (cell, key) in cells.into_iter().zip(keys) {
        let Some(answer) = &cell.answer else { continue };
        let misled = || cell.sentences.first().is_some_and(|s| key.passage(s));
        let of_none = question["kind"] == "none";
        if !answerable && of_none && !misled() {
            continue;
        }
        let right = answerable
            && key.exact(answer)
            && cell.answer_path.as_ref().is_some_and(|p| key.gold.iter().any(|(d, _)| *d == stem(p)));
        judged.push(Judged { signals: cell.signals, right, answerable, fold: key.fold });
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_string)).collect()
}

fn stem(path: &str) -> String {
    Path::new(path).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

fn squeeze(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'))
        .collect()
}

fn fold_text(text: &str) -> String {
    squeeze(text)
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' if c != '，' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            _ => c,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether `answer` holds `wanted`, not as part of a longer number.
fn holds(answer: &str, wanted: &str) -> bool {
    let (answer, wanted) = (fold_text(answer), fold_text(wanted));
    let number = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == '.');
    answer.match_indices(&wanted).any(|(at, _)| {
        let before = answer[..at].chars().next_back();
        let after = answer[at + wanted.len()..].chars().next();
        !(wanted.starts_with(|c: char| c.is_ascii_digit()) && number(before)
            || wanted.ends_with(|c: char| c.is_ascii_digit()) && (number(after) || matches!(after, Some('万' | '亿'))))
    })
}
