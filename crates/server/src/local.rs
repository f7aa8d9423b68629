//! The engine over the real index and model.

use std::sync::Arc;

use wenbao_answer::{Answer, Answerer, Error as AnswerError, Question, RankedPassage};
use wenbao_embed::{Embedder, Role, Vectors};
use wenbao_index::{Index, Snapshot};

use crate::engine::{Engine, EngineError, Readiness};
use crate::view::{DocumentView, PassageView};

/// The real thing: an index and a model of this machine.
pub struct Local {
    index: Arc<Index>,
    embedder: Arc<Embedder>,
    answerer: Answerer,
}

impl Local {
    /// Puts the parts together; `answerer` must stand on the same `index` and `embedder`.
    pub fn new(index: Arc<Index>, embedder: Arc<Embedder>, answerer: Answerer) -> Self {
        Self { index, embedder, answerer }
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, EngineError> {
        self.index.snapshot().map_err(failed)
    }
}

impl Engine for Local {
    fn ask(&self, question: &Question) -> Result<Answer, EngineError> {
        self.answerer.ask(question).map_err(answering)
    }

    fn search(&self, query: &str, top_k: usize) -> Result<Vec<RankedPassage>, EngineError> {
        self.answerer.search(query, top_k).map_err(answering)
    }

    fn embed(&self, role: Role, texts: &[String]) -> Result<Vectors, EngineError> {
        self.embedder.embed(role, texts).map_err(failed)
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.embedder.count_tokens(text)
    }

    fn model_name(&self) -> &str {
        self.embedder.name()
    }

    fn dimensions(&self) -> usize {
        self.embedder.dimensions()
    }

    fn documents(&self) -> Result<Vec<DocumentView>, EngineError> {
        Ok(self.snapshot()?.documents().iter().map(|document| DocumentView::from(&**document)).collect())
    }

    fn passage(&self, id: &str) -> Result<Option<PassageView>, EngineError> {
        let found = self.snapshot()?.passage_by_id(id).map_err(failed)?;
        Ok(found.map(|record| PassageView::from(&*record)))
    }

    fn readiness(&self) -> Result<Readiness, EngineError> {
        let snapshot = self.snapshot()?;
        Ok(Readiness { documents: snapshot.documents().len(), passages: snapshot.len() })
    }
}

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError::Failed(error.to_string())
}

fn answering(error: AnswerError) -> EngineError {
    match error {
        AnswerError::EmptyQuestion | AnswerError::LongQuestion(_) => EngineError::Invalid(error.to_string()),
        other => failed(other),
    }
}
