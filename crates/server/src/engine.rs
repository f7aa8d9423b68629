//! What answers behind the HTTP interface.

#[cfg(test)]
pub(crate) mod fake;

use wenbao_answer::{Answer, Question, RankedPassage, Restriction};
use wenbao_embed::{Role, Vectors};

use crate::view::{DocumentView, PassageView, SourceView};

/// Why the engine gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The question itself cannot be served; the message says why and what to do.
    #[error("{0}")]
    Invalid(String),
    /// Something on our side failed.
    #[error("{0}")]
    Failed(String),
}

/// How much there is to answer from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// Documents of the index.
    pub documents: usize,
    /// Passages of the index.
    pub passages: usize,
}

/// What the handlers ask. All methods may compute or read files for a while: they are called on the [`crate::Pool`] only,
/// [`Engine::model_name`] and [`Engine::dimensions`] excepted.
pub trait Engine: Send + Sync + 'static {
    /// Answers a question.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a question that is no question.
    fn ask(&self, question: &Question) -> Result<Answer, EngineError>;
    /// The best passages for a query, best first.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    fn search(&self, query: &str, top_k: usize, filter: &Restriction) -> Result<Vec<RankedPassage>, EngineError>;
    /// One vector of unit length for each text.
    ///
    /// # Errors
    /// If the model fails.
    fn embed(&self, role: Role, texts: &[String]) -> Result<Vectors, EngineError>;
    /// How many tokens the model sees in a text.
    fn count_tokens(&self, text: &str) -> usize;
    /// The embedding model's name.
    fn model_name(&self) -> &str;
    /// Components of its vectors.
    fn dimensions(&self) -> usize;
    /// The documents of the index.
    ///
    /// # Errors
    /// If the index cannot be read.
    fn documents(&self) -> Result<Vec<DocumentView>, EngineError>;
    /// A passage by its id.
    ///
    /// # Errors
    /// If the index cannot be read.
    fn passage(&self, id: &str) -> Result<Option<PassageView>, EngineError>;
    /// A passage by its id, with what stands around it in its document.
    ///
    /// # Errors
    /// If the index cannot be read.
    fn source(&self, id: &str) -> Result<Option<SourceView>, EngineError>;
    /// Whether it can answer, and from how much.
    ///
    /// # Errors
    /// If the index cannot be read.
    fn readiness(&self) -> Result<Readiness, EngineError>;
}
