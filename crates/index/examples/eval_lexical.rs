//! How well words alone find the evidence: recall of the development questions' gold passages by BM25, for each way
//! of cutting Chinese and of what goes into an entry beside the passage's text.
//!
//!     cargo run --release --example eval_lexical -- ../shared
#![allow(missing_docs)]

use std::collections::HashMap;
use std::path::Path;

use wenbao_index::terms::{Cut, cut};
use wenbao_report::{Document, Passage};

/// What goes into a passage's entry beside its text.
#[derive(Clone, Copy, Debug)]
enum Context {
    None,
    Heading,
    TwoHeadings,
    HeadingsAndTitle,
}

fn main() {
    let shared = std::env::args().nth(1).unwrap_or_else(|| "../shared".to_owned());
    println!(
        "{:10} {:9} {:8} {:17} {:>6} {:>6} {:>6} {:>6}",
        "set", "grain", "cut", "context", "r@1", "r@5", "r@10", "r@50"
    );
    for set in ["shanxi", "provinces", "national"] {
        let documents = documents(&Path::new(&shared).join("reports").join(set));
        let questions =
            std::fs::read_to_string(Path::new(&shared).join(format!("questions/{set}.jsonl"))).expect("questions");
        let questions: Vec<serde_json::Value> =
            questions.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
        for how in [Cut::Words, Cut::Bigrams, Cut::Both] {
            for context in [Context::None, Context::Heading, Context::TwoHeadings, Context::HeadingsAndTitle] {
                for by_sentence in [false, true] {
                    evaluate(set, &documents, &questions, how, context, by_sentence);
                }
            }
        }
    }
}

fn documents(dir: &Path) -> Vec<(String, Document)> {
    let mut paths: Vec<_> = std::fs::read_dir(dir).expect("reports").map(|e| e.expect("entry").path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            (
                path.file_stem().expect("name").to_string_lossy().into_owned(),
                wenbao_report::read(&path).expect("readable"),
            )
        })
        .collect()
}

fn entry(document: &Document, passage: &Passage, text: &str, how: Cut, context: Context) -> Vec<String> {
    let mut found = cut(text, how);
    let headings = match context {
        Context::None => 0,
        Context::Heading => 1,
        _ => 2,
    };
    for heading in &passage.section[passage.section.len().saturating_sub(headings)..] {
        found.extend(cut(&heading.chars().take(40).collect::<String>(), how));
    }
    if let (Context::HeadingsAndTitle, Some(title)) = (context, &document.meta.title) {
        found.extend(cut(title, how));
    }
    found
}

fn evaluate(
    set: &str,
    documents: &[(String, Document)],
    questions: &[serde_json::Value],
    how: Cut,
    context: Context,
    by_sentence: bool,
) {
    let passages: Vec<(&str, &Passage, HashMap<String, f32>, f32)> = documents
        .iter()
        .flat_map(|(name, document)| {
            let texts = move |passage: &Passage| -> Vec<String> {
                if !by_sentence {
                    return vec![passage.text.clone()];
                }
                let chars: Vec<char> = passage.text.chars().collect();
                passage.sentences.iter().map(|s| chars[s.range.clone()].iter().collect()).collect()
            };
            document.passages.iter().flat_map(move |p| texts(p).into_iter().map(move |t| (p, t))).map(
                move |(passage, text)| {
                    let terms = entry(document, passage, &text, how, context);
                    let length = terms.len() as f32;
                    let mut counts = HashMap::new();
                    for term in terms {
                        *counts.entry(term).or_insert(0.0) += 1.0;
                    }
                    (name.as_str(), passage, counts, length)
                },
            )
        })
        .collect();
    let mut holding: HashMap<&str, f32> = HashMap::new();
    for (_, _, counts, _) in &passages {
        for term in counts.keys() {
            *holding.entry(term).or_insert(0.0) += 1.0;
        }
    }
    let all = passages.len() as f32;
    let average = passages.iter().map(|p| p.3).sum::<f32>() / all;
    let (mut groups, mut hits) = (0.0f64, [0.0f64; 4]);
    for question in questions.iter().filter(|q| q["answerable"] == true) {
        let terms = cut(question["question"].as_str().expect("question"), how);
        let mut ranked: Vec<(f32, usize)> = passages
            .iter()
            .enumerate()
            .map(|(at, (_, _, counts, length))| {
                let score = terms
                    .iter()
                    .filter_map(|term| {
                        let tf = counts.get(term)?;
                        let n = holding[term.as_str()];
                        let idf = (1.0 + (all - n + 0.5) / (n + 0.5)).ln();
                        Some(idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / average)))
                    })
                    .sum::<f32>();
                (score, at)
            })
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        // A passage stands where its best entry does.
        let mut seen = std::collections::HashSet::new();
        ranked.retain(|&(_, at)| seen.insert(std::ptr::from_ref(passages[at].1)));
        for group in question["gold"].as_array().into_iter().flatten() {
            let members: Vec<(String, String)> = group
                .as_array()
                .into_iter()
                .flatten()
                .map(|m| {
                    let doc = m["doc"].as_str().unwrap_or_default();
                    let stem = doc.rsplit_once('.').map_or(doc, |(stem, _)| stem);
                    (stem.to_owned(), squeeze(m["quote"].as_str().unwrap_or_default()))
                })
                .collect();
            let rank = ranked.iter().position(|&(score, at)| {
                let (name, passage, ..) = &passages[at];
                score > 0.0 && members.iter().any(|(doc, quote)| doc == name && squeeze(&passage.text).contains(quote))
            });
            groups += 1.0;
            for (slot, k) in [1, 5, 10, 50].into_iter().enumerate() {
                hits[slot] += f64::from(rank.is_some_and(|r| r < k));
            }
        }
    }
    let [a, b, c, d] = hits.map(|h| h / groups);
    let grain = if by_sentence { "sentence" } else { "passage" };
    println!(
        "{set:10} {grain:9} {:8} {:17} {a:6.3} {b:6.3} {c:6.3} {d:6.3}",
        format!("{how:?}"),
        format!("{context:?}")
    );
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
