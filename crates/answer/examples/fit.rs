//! Fits the answerer's weights on questions with known evidence and writes `crates/answer/src/weights.toml`.
//!
//! usage: fit MODELS_DIR OUT.toml SET.jsonl=INDEX_DIR [SET.jsonl=INDEX_DIR ...]
//!
//! With OUT.toml `-` nothing is written: an ablation is printed instead, each part of the features left out in turn and the
//! rest fitted anew.
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
use wenbao_answer::tuning::{self, CellCandidates, NAMES, SENTENCES, SIGNALS, VALUES};
use wenbao_answer::{Answerer, Clock, Question, Weights};
use wenbao_embed::{Embedder, Options};
use wenbao_index::{Index, ModelStamp};

const FOLDS: usize = 5;
const ROUNDS: usize = 400;
const RATE: f32 = 0.03;

/// What is thought of a name's features before any question is seen. There are too few questions for names to fit
/// thirty weights from nothing: held out, that loses five points against these.
const NAME_PRIOR: [(&str, f32); 22] = [
    ("sentence", 1.5),
    ("clause", 5.0),
    ("part", 1.5),
    ("clause_topic", 1.0),
    ("doubt", -1.0),
    ("torn", -0.8),
    ("fresh", 1.0),
    ("class_end", 2.5),
    ("class_kin", 2.0),
    ("class_held", 0.5),
    ("place_missed", -1.0),
    ("left_context", 0.6),
    ("right_context", 0.6),
    ("left_run", 1.0),
    ("right_run", 1.0),
    ("verbs", -0.8),
    ("and_others", -0.6),
    ("long", -0.64),
    ("numeric", -2.0),
    ("marked", 0.3),
    ("title", 1.5),
    ("place_cut_off", -1.0),
];

/// A question's candidates with what is right among them.
struct Group {
    fold: usize,
    features: Vec<Vec<f32>>,
    right: Vec<bool>,
    /// Candidates that belong together (rows of passages), to count a hit by passage.
    rows: Vec<u32>,
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

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_string)).collect()
}

fn stem(path: &str) -> String {
    Path::new(path).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Negative log-likelihood descent over the groups that have a right candidate.
///
/// The penalty draws each weight towards its prior.
fn fit(groups: &[&Group], width: usize, start: &[f32], prior: &[f32], penalty: f32) -> Vec<f32> {
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
            let g = gradient[i] / f32::max(used, 1.0) + penalty * (weights[i] - prior[i]);
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

fn report(name: &str, groups: &[Group], start: &[f32], prior: &[f32], penalty: f32) -> Vec<f32> {
    let width = start.len();
    let all: Vec<&Group> = groups.iter().collect();
    let before = hit(&all, start, 1);
    let fitted = fit(&all, width, start, prior, penalty);
    let mut held = [0.0_f32; 3];
    for fold in 0..FOLDS {
        let train: Vec<&Group> = groups.iter().filter(|g| g.fold != fold).collect();
        let test: Vec<&Group> = groups.iter().filter(|g| g.fold == fold).collect();
        let weights = fit(&train, width, start, prior, penalty);
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

/// Features that belong together, by their names' beginnings.
const PARTS: [(&str, &[&str]); 8] = [
    ("dense vectors", &["dense_"]),
    ("lexical index", &["lexical_"]),
    ("sentence grain", &["dense_sentence", "lexical_sentence"]),
    ("passage grain", &["dense_passage", "lexical_passage"]),
    ("period", &["period_", "year_in_words"]),
    ("status", &["status_"]),
    ("words in common", &["topic_", "question_", "rare_", "longest_run", "quoted", "number", "head_word"]),
    ("values and units", &["unit_", "value_measure", "time_words", "enumeration"]),
];

/// Held-out hit@1 of sentences with each part of the features left out and the rest fitted anew.
fn ablation(groups: &[Group], start: &[f32]) {
    let held = |left_out: &[&str]| {
        let keep: Vec<bool> = SENTENCES.iter().map(|n| !left_out.iter().any(|p| n.starts_with(p))).collect();
        let masked: Vec<Group> = groups
            .iter()
            .map(|g| Group {
                fold: g.fold,
                features: g
                    .features
                    .iter()
                    .map(|f| f.iter().zip(&keep).map(|(x, k)| if *k { *x } else { 0.0 }).collect())
                    .collect(),
                right: g.right.clone(),
                rows: g.rows.clone(),
            })
            .collect();
        let mut sums = [0.0_f32; 2];
        for fold in 0..FOLDS {
            let train: Vec<&Group> = masked.iter().filter(|g| g.fold != fold).collect();
            let test: Vec<&Group> = masked.iter().filter(|g| g.fold == fold).collect();
            let weights = fit(&train, SENTENCES.len(), start, &[0.0; SENTENCES.len()], 0.002);
            for (sum, k) in sums.iter_mut().zip([1, 5]) {
                *sum += hit(&test, &weights, k) * test.len() as f32 / groups.len() as f32;
            }
        }
        sums
    };
    println!("left out            hit@1   hit@5  (sentences ranked, held out by document)");
    let report = |name: &str, sums: [f32; 2]| println!("{name:18}  {:.3}   {:.3}", sums[0], sums[1]);
    report("nothing", held(&[]));
    for (name, prefixes) in PARTS {
        report(name, held(prefixes));
    }
}

/// An answer that was taken, with what is known of it.
struct Judged {
    signals: [f32; SIGNALS.len()],
    right: bool,
    answerable: bool,
    fold: usize,
}

/// A question without evidence belongs to a fold by its id.
fn judged_fold(question: &Value) -> usize {
    question["id"].as_str().unwrap_or_default().bytes().map(usize::from).sum::<usize>() % FOLDS
}

/// Answers to questions that have none are rare in the sets and weigh as much as a wrong answer costs.
const UNANSWERABLE_WEIGHT: f32 = 4.0;

/// Logistic regression of right against wrong, on standardised signals.
fn logistic(rows: &[&Judged]) -> Vec<f32> {
    const N: usize = SIGNALS.len();
    let count = rows.len().max(1) as f32;
    let mut mean = [0.0_f32; N];
    let mut deviation = [0.0_f32; N];
    for i in 1..N {
        mean[i] = rows.iter().map(|r| r.signals[i]).sum::<f32>() / count;
        deviation[i] = (rows.iter().map(|r| (r.signals[i] - mean[i]).powi(2)).sum::<f32>() / count).sqrt().max(1e-3);
    }
    deviation[0] = 1.0;
    let scaled = |r: &Judged, i: usize| (r.signals[i] - mean[i]) / deviation[i];
    let mut weights = [0.0_f32; N];
    for _ in 0..3000 {
        let mut gradient = [0.0_f32; N];
        for row in rows {
            let odds: f32 = (0..N).map(|i| scaled(row, i) * weights[i]).sum();
            let weight = if row.answerable { 1.0 } else { UNANSWERABLE_WEIGHT };
            let pull = weight * (1.0 / (1.0 + (-odds).exp()) - f32::from(u8::from(row.right)));
            for (i, g) in gradient.iter_mut().enumerate() {
                *g += pull * scaled(row, i);
            }
        }
        for (i, w) in weights.iter_mut().enumerate() {
            *w -= 0.1 * (gradient[i] / count + if i == 0 { 0.0 } else { 0.01 * *w });
        }
    }
    // Back to the signals as they come: the means go into the bias.
    let mut out: Vec<f32> = (0..N).map(|i| weights[i] / deviation[i]).collect();
    out[0] = weights[0] - (1..N).map(|i| weights[i] * mean[i] / deviation[i]).sum::<f32>();
    out
}

/// What each threshold would do, held out: the figures to choose it by.
fn thresholds(judged: &[Judged]) {
    let mut held: Vec<(f32, bool, bool)> = Vec::new();
    for fold in 0..FOLDS {
        let train: Vec<&Judged> = judged.iter().filter(|j| j.fold != fold).collect();
        let weights = logistic(&train);
        for row in judged.iter().filter(|j| j.fold == fold) {
            let odds: f32 = row.signals.iter().zip(&weights).map(|(x, w)| x * w).sum();
            held.push((1.0 / (1.0 + (-odds).exp()), row.right, row.answerable));
        }
    }
    let count = |f: &dyn Fn(&(f32, bool, bool)) -> bool| held.iter().filter(|h| f(h)).count();
    println!(
        "threshold  right kept  right silenced  wrong kept  unanswerable answered (of {} answers, held out)",
        held.len()
    );
    for threshold in [0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8] {
        println!(
            "{threshold:9}  {:10}  {:14}  {:10}  {:21}",
            count(&|h| h.1 && h.0 >= threshold),
            count(&|h| h.1 && h.0 < threshold),
            count(&|h| !h.1 && h.2 && h.0 >= threshold),
            count(&|h| !h.2 && h.0 >= threshold),
        );
    }
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
    let mut name_groups = Vec::new();
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
                judged.extend(cells.iter().filter(|c| c.answer.is_some()).map(|c| Judged {
                    signals: c.signals,
                    right: false,
                    answerable: false,
                    fold: judged_fold(&question),
                }));
                continue;
            }
            collect(&question, &cells, &mut sentence_groups, &mut value_groups, &mut name_groups, &mut judged);
        }
    }
    let shipped = Weights::shipped();
    let start = |names: &[&str], model: &wenbao_answer::Linear| -> Vec<f32> {
        names.iter().map(|n| model.get(*n).copied().unwrap_or(0.0)).collect()
    };
    if out == "-" {
        ablation(&sentence_groups, &start(&SENTENCES, &shipped.sentence));
        return Ok(());
    }
    let sentence =
        report("sentences", &sentence_groups, &start(&SENTENCES, &shipped.sentence), &[0.0; SENTENCES.len()], 0.002);
    let value = report("values", &value_groups, &start(&VALUES, &shipped.value), &[0.0; VALUES.len()], 0.002);
    let prior = NAMES.map(|name| NAME_PRIOR.iter().find(|(n, _)| *n == name).map_or(0.0, |(_, weight)| *weight));
    let name = report("names", &name_groups, &prior, &prior, 0.05);
    thresholds(&judged);
    let confidence = logistic(&judged.iter().collect::<Vec<_>>());
    let weights = Weights {
        sentence: named(&SENTENCES, &sentence),
        value: named(&VALUES, &value),
        name: named(&NAMES, &name),
        confidence: named(&SIGNALS, &confidence),
    };
    std::fs::write(
        out,
        format!("# Learned weights; written by `make fit`, see docs/EVALUATION.md.\n\n{}", toml::to_string(&weights)?),
    )?;
    Ok(())
}

/// How many characters more than an accepted name a stretch may have and still be it.
const NAME_SLACK: usize = 6;

/// Sorts a question's candidates into right and wrong.
fn collect(
    question: &Value,
    cells: &[CellCandidates],
    sentence_groups: &mut Vec<Group>,
    value_groups: &mut Vec<Group>,
    name_groups: &mut Vec<Group>,
    judged: &mut Vec<Judged>,
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
                .map(|m| {
                    (stem(m["doc"].as_str().unwrap_or_default()), squeeze(m["quote"].as_str().unwrap_or_default()))
                })
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
                    *doc == name
                        && passage.contains(quote.as_str())
                        && (text.contains(quote.as_str())
                            || quote.contains(text.as_str())
                            || overlaps(&passage, &text, quote))
                })
            })
        };
        let right: Vec<bool> = cell.sentences.iter().map(evidence).collect();
        let wanted = if accepted.len() == cells.len() { accepted[number].clone() } else { accepted.concat() };
        let is_value = |v: &tuning::ValueCandidate| right[v.sentence] && wanted.iter().any(|w| holds(&v.text, w));
        let values: Vec<bool> = cell.values.iter().map(is_value).collect();
        if let Some(answer) = &cell.answer {
            let list = nested && cells.len() == 1;
            let correct = if list {
                accepted.iter().all(|item| item.iter().any(|w| holds(answer, w)))
            } else {
                wanted.iter().any(|w| holds(answer, w))
            };
            judged.push(Judged { signals: cell.signals, right: correct, answerable: true, fold });
        }
        sentence_groups.push(Group {
            fold,
            features: cell.sentences.iter().map(|s| s.features.to_vec()).collect(),
            rows: cell.sentences.iter().map(|s| s.row).collect(),
            right,
        });
        // The shortest stretches that hold the name, with a few characters of its surroundings at most.
        let names: Vec<bool> = cell
            .names
            .iter()
            .map(|n| {
                let (name, passage) = (stem(&n.path), squeeze(&n.passage));
                let length = n.text.chars().count();
                mine.iter()
                    .any(|group| group.iter().any(|(doc, quote)| *doc == name && passage.contains(quote.as_str())))
                    && wanted.iter().any(|w| holds(&n.text, w) && length <= w.chars().count() + NAME_SLACK)
            })
            .collect();
        push_single(name_groups, fold, cell.names.iter().map(|n| n.features.to_vec()).collect(), names);
        push_single(value_groups, fold, cell.values.iter().map(|v| v.features.to_vec()).collect(), values);
    }
}

/// Adds candidates each of which stands for itself, where one of them is right.
fn push_single(groups: &mut Vec<Group>, fold: usize, features: Vec<Vec<f32>>, right: Vec<bool>) {
    if right.iter().any(|r| *r) {
        groups.push(Group { fold, rows: (0..features.len() as u32).collect(), features, right });
    }
}

/// Whether a quote that crosses sentences touches this one.
fn overlaps(passage: &str, sentence: &str, quote: &str) -> bool {
    let (Some(q), Some(s)) = (passage.find(quote), passage.find(sentence)) else { return false };
    q < s + sentence.len() && s < q + quote.len()
}
