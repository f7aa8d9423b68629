//! What answers behind the HTTP interface.

#[cfg(test)]
pub(crate) mod fake;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use wenbao_answer::{Answer, Question, Searched};
use wenbao_embed::{Role, Vectors};

use crate::view::{DocumentView, PassageView, SourceView};

/// Why the engine gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The question itself cannot be served; the message says why and what to do.
    #[error("{0}")]
    Invalid(String),
    /// Somebody else has what it needs, or does not answer; it can be had later.
    #[error("{0}")]
    Busy(String),
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

/// A file to be read into the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
}

/// What became of such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Its document is in the index.
    Stored {
        /// The document's id.
        id: String,
        /// Whether the index reads it from another file of the same content, so that this one is not needed.
        elsewhere: bool,
        /// Whether the index had the same content before.
        unchanged: bool,
        /// What of it could not be read.
        warnings: Vec<String>,
    },
    /// It could not be read; one line says why and what to do.
    Refused(String),
    /// The run was stopped before it.
    Stopped,
}

/// The file that a document was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original {
    /// Its bytes, as they were when it was read.
    Bytes {
        /// Its name.
        name: String,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// There are others in its place.
    Changed,
    /// It is not there, or too large to be given out.
    Missing,
}

/// What the handlers ask. All methods may compute or read files for a while: they are called on the [`crate::Pool`] only,
/// [`Engine::model_name`] and [`Engine::dimensions`] excepted.
pub trait Engine: Send + Sync + 'static {
    /// Answers a question.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for a question that is no question.
    fn ask(&self, question: &Question) -> Result<Answer, EngineError>;
    /// The best passages for a query, the question's text, best first.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    fn search(&self, query: &Question) -> Result<Searched, EngineError>;
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
    /// Reads files into the index, one outcome each, in their order; `tell` hears how many passages are embedded, of how many.
    /// It ends within seconds once `stop` is set. It takes as long as it takes: it is never called on the pool.
    ///
    /// # Errors
    /// [`EngineError::Busy`] while another program writes to the index.
    fn ingest(
        &self,
        files: &[Given],
        tell: &(dyn Fn(usize, usize) + Sync),
        stop: &AtomicBool,
    ) -> Result<Vec<Taken>, EngineError>;
    /// Takes a document out of the index; the file that it was read from, or `None` if there is no such document.
    ///
    /// # Errors
    /// As [`Engine::ingest`].
    fn remove(&self, id: &str) -> Result<Option<PathBuf>, EngineError>;
    /// The file that a document was read from; `None` if there is no such document.
    ///
    /// # Errors
    /// If the index cannot be read.
    fn original(&self, id: &str) -> Result<Option<Original>, EngineError>;
}
