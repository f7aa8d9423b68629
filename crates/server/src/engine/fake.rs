//! An engine that needs no model, for tests.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender};

use wenbao_answer::{Answer, Citation, DocumentRef, Interpretation, Kind, Question, RankedPassage, Timings};
use wenbao_embed::{Role, Vectors};

use super::{Engine, EngineError, Readiness};
use crate::view::{DocumentView, PassageView};

/// Answers "42座" with one citation; with a gate, it waits at it first and says so.
#[derive(Default)]
pub(crate) struct Fake {
    pub gate: Option<(SyncSender<()>, Mutex<Receiver<()>>)>,
}

impl Engine for Fake {
    fn ask(&self, question: &Question) -> Result<Answer, EngineError> {
        if let Some((waiting, gate)) = &self.gate {
            // Whoever waited may have gone on.
            let _ = waiting.send(());
            gate.lock().unwrap().recv().unwrap();
        }
        match question.text.as_str() {
            "bad" => return Err(EngineError::Invalid("the question is bad".into())),
            "broken" => return Err(EngineError::Failed("the index is gone".into())),
            "defect" => panic!("on purpose"),
            _ => {}
        }
        Ok(Answer {
            question: question.text.clone(),
            answer: "42座".into(),
            text: format!("答案是42座。[1] ({} before)", question.history.len()),
            kind: Kind::Number,
            abstained: false,
            confidence: 1.0,
            reason: None,
            interpretation: Interpretation::default(),
            values: vec![],
            table: None,
            passages: vec![passage()],
            citations: vec![Citation { n: 1, passage: 0, quote: "42座".into(), quote_range: [0, 3] }],
            timings_ms: Timings::default(),
            explanation: None,
        })
    }

    fn search(&self, _: &str, top_k: usize) -> Result<Vec<RankedPassage>, EngineError> {
        Ok(vec![passage(); top_k.max(1)])
    }

    fn embed(&self, role: Role, texts: &[String]) -> Result<Vectors, EngineError> {
        let first = if role == Role::Query { 1.0 } else { -1.0 };
        let values = texts.iter().flat_map(|text| [first, text.len() as f32]).collect();
        Vectors::from_parts(2, values).map_err(|error| EngineError::Failed(error.to_string()))
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count()
    }

    fn model_name(&self) -> &str {
        "fake"
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn documents(&self) -> Result<Vec<DocumentView>, EngineError> {
        Ok(vec![])
    }

    fn passage(&self, _: &str) -> Result<Option<PassageView>, EngineError> {
        Ok(None)
    }

    fn readiness(&self) -> Result<Readiness, EngineError> {
        Err(EngineError::Failed("no index".into()))
    }
}

fn passage() -> RankedPassage {
    RankedPassage {
        id: "d-0001".into(),
        score: 1.0,
        document: DocumentRef {
            id: "d".into(),
            title: None,
            path: "reports/样例.txt".into(),
            date: None,
            region: None,
        },
        section: vec!["一、回顾".into()],
        period: None,
        status: None,
        text: "42座".into(),
        source_range: [0, 3],
        page: None,
        also_in: vec![],
    }
}
