//! Fits the answerer's weights on questions with known evidence and writes `crates/answer/src/weights.toml`.
//!
//! usage: fit MODELS_DIR OUT.toml SET.jsonl=INDEX_DIR [SET.jsonl=INDEX_DIR ...]
//!
//! Sentences and quantities are each fitted by a softmax over a question's candidates (the conditional logit of McFadden
//! 1974, listwise in Cao et al. 2007), with an L2 penalty, by Adam (Kingma and Ba 2015). Cross-validation leaves out one
//! document group at a time: a question belongs to the group of its first gold document. Both figures are printed, fitted
//! and held out; the weights written are those fitted on everything.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use wenbao_answer::tuning::{self, CellCandidates, SENTENCES, SIGNALS, VALUES};
use wenbao_answer::{Answerer, Clock, Question, Weights};
use wenbao_embed::{Embedder, Options};
use wenbao_index::{Index, ModelStamp};

const FOLDS: usize = 5;
const ROUNDS: usize = 400;
const RATE: f32 = 0.03;

/// A question's candidates with what is right among them.
struct Group {
    fold: usize,
    features: Vec<Vec<f32>>,
    right: Vec<bool>,
    /// Candidates that belong together (rows of passages), to count a hit by passage.
    rows: Vec<u32>,
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')).collect()
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

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_string)).collect()
}

fn stem(path: &str) -> String {
    Path::new(path).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Negative log-likelihood descent over the groups that have a right candidate.
fn fit(groups: &[&Group], width: usize, start: &[f32], penalty: f32) -> Vec<f32> {
    let mut weights = start.to_vec();
    let (mut first, mut second) = (vec![0.0_f32; width], vec![0.0_f32; width]);
    for round in 1..=ROUNDS {
        let mut gradient = vec![0.0_f32; width];
        let mut used = 0.0;
        for group in groups {
            if !group.right.iter().any(|r| *r) || group.right.iter().all(|r| *r) {
                continue;
            }
            used += 1.0;
            let scores: Vec<f32> =
                group.features.iter().map(|f| f.iter().zip(&weights).map(|(x, w)| x * w).sum()).collect();
            let top = scores.iter().copied().fold(f32::MIN, f32::max);
            let all: Vec<f32> = scores.iter().map(|s| (s - top).exp()).collect();
            let total: f32 = all.iter().sum();
            let right: f32 = all.iter().zip(&group.right).filter(|(_, r)| **r).map(|(e, _)| e).sum::<f32>().max(1e-12);
            for ((f, e), r) in group.features.iter().zip(&all).zip(&group.right) {
                let pull = e / total - if *r { e / right } else { 0.0 };
                for (g, x) in gradient.iter_mut().zip(f) {
                    *g += pull * x;
                }
            }
        }
        for i in 0..width {
            let g = gradient[i] / f32::max(used, 1.0) + penalty * weights[i];
            first[i] = 0.9 * first[i] + 0.1 * g;
            second[i] = 0.999 * second[i] + 0.001 * g * g;
            let m = first[i] / (1.0 - 0.9_f32.powi(round as i32));
            let v = second[i] / (1.0 - 0.999_f32.powi(round as i32));
            weights[i] -= RATE * m / (v.sqrt() + 1e-8);
        }
    }
    weights
}

/// Share of groups whose best candidate (or best `k` distinct rows) holds a right one.
fn hit(groups: &[&Group], weights: &[f32], k: usize) -> f32 {
    let mut hits = 0.0;
    for group in groups {
        let mut order: Vec<usize> = (0..group.features.len()).collect();
        let score = |i: usize| group.features[i].iter().zip(weights).map(|(x, w)| x * w).sum::<f32>();
        order.sort_by(|a, b| score(*b).total_cmp(&score(*a)));
        let mut rows = Vec::new();
        for i in order {
            if !rows.contains(&group.rows[i]) {
                rows.push(group.rows[i]);
            }
            if rows.len() > k {
                break;
            }
            if group.right[i] {
                hits += 1.0;
                break;
            }
        }
    }
    hits / groups.len().max(1) as f32
}

fn report(name: &str, groups: &[Group], width: usize, start: &[f32], penalty: f32) -> Vec<f32> {
    let all: Vec<&Group> = groups.iter().collect();
    let before = hit(&all, start, 1);
    let fitted = fit(&all, width, start, penalty);
    let mut held = [0.0_f32; 3];
    for fold in 0..FOLDS {
        let train: Vec<&Group> = groups.iter().filter(|g| g.fold != fold).collect();
        let test: Vec<&Group> = groups.iter().filter(|g| g.fold == fold).collect();
        let weights = fit(&train, width, start, penalty);
        for (h, k) in held.iter_mut().zip([1, 3, 5]) {
            *h += hit(&test, &weights, k) * test.len() as f32 / groups.len() as f32;
        }
    }
    println!(
        "{name:9} {} questions, {} without a right candidate; hit@1 before {before:.3}, fitted {:.3} (@3 {:.3}, @5 {:.3}), held out {:.3} (@3 {:.3}, @5 {:.3})",
        groups.len(),
        groups.iter().filter(|g| !g.right.iter().any(|r| *r)).count(),
        hit(&all, &fitted, 1),
        hit(&all, &fitted, 3),
        hit(&all, &fitted, 5),
        held[0],
        held[1],
        held[2],
    );
    fitted
}

/// Plain logistic regression of right against wrong.
fn logistic(rows: &[([f32; SIGNALS.len()], bool)]) -> Vec<f32> {
    let mut weights = vec![0.0_f32; SIGNALS.len()];
    for _ in 0..4000 {
        let mut gradient = [0.0_f32; SIGNALS.len()];
        for (x, right) in rows {
            let odds: f32 = x.iter().zip(&weights).map(|(a, b)| a * b).sum();
            let p = 1.0 / (1.0 + (-odds).exp());
            for (g, v) in gradient.iter_mut().zip(x) {
                *g += (p - f32::from(u8::from(*right))) * v;
            }
        }
        for (w, g) in weights.iter_mut().zip(gradient) {
            *w -= 0.05 * (g / rows.len() as f32 + 0.002 * *w);
        }
    }
    weights
}

fn named(names: &[&str], weights: &[f32]) -> BTreeMap<String, f32> {
    names.iter().map(|n| n.to_string()).zip(weights.iter().map(|w| (w * 1e4).round() / 1e4)).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, out, sets @ ..] = arguments.as_slice() else {
        return Err("usage: fit MODELS_DIR OUT.toml SET.jsonl=INDEX_DIR ...".into());
    };
    let embedder = Arc::new(Embedder::open(Path::new(models), None, &Options { threads: 2, ..Options::default() })?);
    let stamp = ModelStamp {
        name: embedder.name().to_string(),
        fingerprint: embedder.fingerprint().to_string(),
        dimensions: embedder.dimensions(),
    };
    let mut sentence_groups = Vec::new();
    let mut value_groups = Vec::new();
    let mut judged = Vec::new();
    for set in sets {
        let (questions, directory) = set.split_once('=').ok_or("a set is QUESTIONS.jsonl=INDEX_DIR")?;
        let index = Arc::new(Index::open(Path::new(directory), &stamp)?);
        let answerer = Answerer::new(index, embedder.clone(), Clock::system());
        for line in std::fs::read_to_string(questions)?.lines().filter(|l| !l.trim().is_empty()) {
            let question: Value = serde_json::from_str(line)?;
            let asked = Question::new(question["question"].as_str().unwrap_or_default());
            let cells = tuning::candidates(&answerer, &asked)?;
            if question["answerable"] != Value::Bool(true) {
                judged.extend(cells.first().map(|c| (c.signals, false)));
                continue;
            }
            collect(&question, &cells, &mut sentence_groups, &mut value_groups, &mut judged);
        }
    }
    let shipped = Weights::shipped();
    let start = |names: &[&str], model: &wenbao_answer::Linear| -> Vec<f32> {
        names.iter().map(|n| model.get(*n).copied().unwrap_or(0.0)).collect()
    };
    let sentence = report("sentences", &sentence_groups, SENTENCES.len(), &start(&SENTENCES, &shipped.sentence), 0.002);
    let value = report("values", &value_groups, VALUES.len(), &start(&VALUES, &shipped.value), 0.002);
    let confidence = logistic(&judged);
    let weights = Weights {
        sentence: named(&SENTENCES, &sentence),
        value: named(&VALUES, &value),
        confidence: named(&SIGNALS, &confidence),
    };
    std::fs::write(out, format!("# Learned weights; written by `make fit`, see docs/EVALUATION.md.\n\n{}", toml::to_string(&weights)?))?;
    Ok(())
}

/// Sorts a question's candidates into right and wrong.
fn collect(
    question: &Value,
    cells: &[CellCandidates],
    sentence_groups: &mut Vec<Group>,
    value_groups: &mut Vec<Group>,
    judged: &mut Vec<([f32; SIGNALS.len()], bool)>,
) {
    let gold: Vec<Vec<(String, String)>> = question["gold"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|group| {
            group
                .as_array()
                .into_iter()
                .flatten()
                .map(|m| (stem(m["doc"].as_str().unwrap_or_default()), squeeze(m["quote"].as_str().unwrap_or_default())))
                .collect()
        })
        .collect();
    let nested = question["answers"].get(0).is_some_and(Value::is_array);
    let accepted: Vec<Vec<String>> = if nested {
        question["answers"].as_array().into_iter().flatten().map(strings).collect()
    } else {
        vec![strings(&question["answers"])]
    };
    let first = gold.first().and_then(|g| g.first()).map(|m| m.0.clone()).unwrap_or_default();
    let fold = first.bytes().fold(0_usize, |h, b| h.wrapping_mul(31).wrapping_add(b as usize)) % FOLDS;
    for (number, cell) in cells.iter().enumerate() {
        // The cells of a comparison stand in the order of its gold groups, where there are as many of them.
        let mine: Vec<&Vec<(String, String)>> =
            if gold.len() == cells.len() { vec![&gold[number]] } else { gold.iter().collect() };
        let evidence = |s: &tuning::SentenceCandidate| {
            let (name, passage, text) = (stem(&s.path), squeeze(&s.passage), squeeze(&s.text));
            mine.iter().any(|group| {
                group.iter().any(|(doc, quote)| {
                    *doc == name && passage.contains(quote.as_str()) && (text.contains(quote.as_str()) || quote.contains(text.as_str()) || overlaps(&passage, &text, quote))
                })
            })
        };
        let right: Vec<bool> = cell.sentences.iter().map(evidence).collect();
        let wanted = if accepted.len() == cells.len() { accepted[number].clone() } else { accepted.concat() };
        let is_value = |v: &tuning::ValueCandidate| right[v.sentence] && wanted.iter().any(|w| holds(&v.text, w));
        let values: Vec<bool> = cell.values.iter().map(is_value).collect();
        let correct = match values.first() {
            Some(first) => *first,
            None => right.first().copied().unwrap_or(false),
        };
        judged.push((cell.signals, correct));
        sentence_groups.push(Group {
            fold,
            features: cell.sentences.iter().map(|s| s.features.to_vec()).collect(),
            rows: cell.sentences.iter().map(|s| s.row).collect(),
            right,
        });
        if values.iter().any(|r| *r) {
            value_groups.push(Group {
                fold,
                features: cell.values.iter().map(|v| v.features.to_vec()).collect(),
                rows: (0..cell.values.len() as u32).collect(),
                right: values,
            });
        }
    }
}

/// Whether a quote that crosses sentences touches this one.
fn overlaps(passage: &str, sentence: &str, quote: &str) -> bool {
    let (Some(q), Some(s)) = (passage.find(quote), passage.find(sentence)) else { return false };
    q < s + sentence.len() && s < q + quote.len()
}
