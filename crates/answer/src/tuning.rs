//! What fitting the weights needs to see: the candidates of a question with their features. Not part of the API.

use crate::answerer::Answerer;
use crate::candidate::{CandidateFeatures, Form};
use crate::confidence::Signals;
use crate::error::Error;
use crate::evidence::{Scored, SentenceFeatures};
use crate::features::FeatureSet;
use crate::model::Question;
use crate::values::{self, ValueFeatures};

/// Names of the features of sentences, values and candidates, and of the signals, each in the order of its numbers.
pub const SENTENCES: &[&str] = SentenceFeatures::NAMES;
/// See [`SENTENCES`].
pub const VALUES: &[&str] = ValueFeatures::NAMES;
/// See [`SENTENCES`].
pub const CANDIDATES: &[&str] = CandidateFeatures::NAMES;
/// See [`SENTENCES`].
pub const SIGNALS: &[&str] = Signals::NAMES;

/// A candidate with its features.
pub struct Seen {
    /// Path of its document.
    pub path: String,
    /// Row of its passage.
    pub row: u32,
    /// The passage's text.
    pub passage: String,
    /// Its own words: of a sentence, a value, or an answer (items of a list joined by 、).
    pub text: String,
    /// Its features.
    pub features: Vec<f32>,
    /// Whether it may answer at all.
    pub may: bool,
}

/// A cell's candidates.
pub struct CellSeen {
    /// Sentences, best first by the current weights.
    pub sentences: Vec<Seen>,
    /// Quantities as the rules weigh them; empty where none is asked for.
    pub values: Vec<Seen>,
    /// Candidate answers.
    pub candidates: Vec<Seen>,
    /// The answer taken, before the confidence is asked; `None` where the cell is missing.
    pub answer: Option<String>,
    /// Path of its document.
    pub answer_path: Option<String>,
    /// What the confidence judges.
    pub signals: Vec<f32>,
}

/// The candidates of each cell of a question.
///
/// # Errors
/// As [`Answerer::ask`].
pub fn candidates(answerer: &Answerer, question: &Question) -> Result<Vec<CellSeen>, Error> {
    let view = answerer.view()?;
    let reading = answerer.read(&view, question)?;
    let vectors = answerer.vectors(question, &reading.query)?;
    let cells = answerer.cells(&view, question, &reading, &vectors)?;
    let seen = |s: &Scored, text: String, features: &[f32], may: bool| Seen {
        path: s.passage.record.document.path.clone(),
        row: s.passage.record.row,
        passage: s.passage.record.passage.text.clone(),
        text,
        features: features.to_vec(),
        may,
    };
    Ok(cells
        .into_iter()
        .map(|c| CellSeen {
            sentences: c
                .ranked
                .iter()
                .map(|s| seen(s, s.passage.sentence_text(s.sentence).to_string(), s.features.values(), true))
                .collect(),
            values: c
                .values
                .iter()
                .map(|v| seen(&c.ranked[v.sentence], v.of(&c.ranked).text.clone(), v.features.values(), true))
                .collect(),
            candidates: c
                .candidates
                .iter()
                .map(|x| {
                    let scored = &c.ranked[x.sentence];
                    let text = match &x.form {
                        Form::Items(items) => {
                            let chars: Vec<char> = scored.passage.sentence_text(scored.sentence).chars().collect();
                            let item = |r: &std::ops::Range<usize>| chars[r.clone()].iter().collect::<String>();
                            items.iter().map(item).collect::<Vec<_>>().join("、")
                        }
                        _ => x.text(&c.ranked).to_string(),
                    };
                    seen(scored, text, x.features.values(), x.barred.is_none())
                })
                .collect(),
            answer: c.outcome.as_ref().ok().map(|f| f.answer.clone()),
            answer_path: c.outcome.as_ref().ok().map(|f| c.ranked[f.sentence].passage.record.document.path.clone()),
            signals: c.signals.values().to_vec(),
        })
        .collect())
}

/// How many sentences' values are weighed.
pub const DEPTH: usize = values::DEPTH;
