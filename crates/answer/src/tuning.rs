//! What fitting the weights needs to see: the candidates of a question with their features. Not part of the API.

use crate::answerer::Answerer;
use crate::cell;
use crate::error::Error;
use crate::evidence::SENTENCE_FEATURES;
use crate::extract::name::NAME_FEATURES;
use crate::model::Question;
use crate::values::VALUE_FEATURES;

pub use crate::confidence::SIGNALS;
pub use crate::evidence::SENTENCE_FEATURES as SENTENCES;
pub use crate::extract::name::NAME_FEATURES as NAMES;
pub use crate::values::VALUE_FEATURES as VALUES;

/// A candidate sentence.
pub struct SentenceCandidate {
    /// Path of its document.
    pub path: String,
    /// Row of its passage.
    pub row: u32,
    /// The passage's text.
    pub passage: String,
    /// The sentence's text.
    pub text: String,
    /// In the order of [`SENTENCES`].
    pub features: [f32; SENTENCE_FEATURES.len()],
}

/// A candidate quantity.
pub struct ValueCandidate {
    /// Index into the sentences.
    pub sentence: usize,
    /// Its words.
    pub text: String,
    /// In the order of [`VALUES`].
    pub features: [f32; VALUE_FEATURES.len()],
}

/// A candidate name.
pub struct NameCandidate {
    /// The text of its passage.
    pub passage: String,
    /// Path of its document.
    pub path: String,
    /// Its words.
    pub text: String,
    /// In the order of [`NAMES`].
    pub features: [f32; NAME_FEATURES.len()],
}

/// A cell's candidates.
pub struct CellCandidates {
    /// Sentences, best first by the current weights.
    pub sentences: Vec<SentenceCandidate>,
    /// Quantities, best first by the current weights; empty where none is asked for.
    pub values: Vec<ValueCandidate>,
    /// Names, best first by the current weights; empty where none is asked for.
    pub names: Vec<NameCandidate>,
    /// The answer taken, before the confidence is asked; `None` where the cell is missing.
    pub answer: Option<String>,
    /// What the confidence judges.
    pub signals: [f32; SIGNALS.len()],
}

/// The candidates of each cell of a question.
///
/// # Errors
/// As [`Answerer::ask`].
pub fn candidates(answerer: &Answerer, question: &Question) -> Result<Vec<CellCandidates>, Error> {
    let view = answerer.view()?;
    let reading = answerer.read(&view, question)?;
    let vectors = answerer.vectors(question, &reading.query)?;
    let cells = answerer.cells(&view, &reading, &vectors)?;
    Ok(cells
        .into_iter()
        .map(|c: cell::CellAnswer| CellCandidates {
            sentences: c
                .ranked
                .iter()
                .map(|s| SentenceCandidate {
                    path: s.passage.record.document.path.clone(),
                    row: s.passage.record.row,
                    passage: s.passage.record.passage.text.clone(),
                    text: s.passage.sentence_text(s.sentence).to_string(),
                    features: s.features,
                })
                .collect(),
            values: c
                .values
                .iter()
                .map(|v| ValueCandidate {
                    sentence: v.sentence,
                    text: v.of(&c.ranked).text.clone(),
                    features: v.features,
                })
                .collect(),
            names: c
                .names
                .iter()
                .map(|n| {
                    let scored = &c.ranked[n.sentence];
                    NameCandidate {
                        passage: scored.passage.record.passage.text.clone(),
                        path: scored.passage.record.document.path.clone(),
                        text: scored.passage.sentences[scored.sentence].chars[n.range.clone()].iter().collect(),
                        features: n.features,
                    }
                })
                .collect(),
            answer: c.outcome.as_ref().ok().map(|f| f.answer.clone()),
            signals: c.signals,
        })
        .collect())
}
