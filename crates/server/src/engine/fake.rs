//! An engine that needs no model, for tests.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, SyncSender};

use wenbao_answer::{
    Answer, Citation, DocumentRef, Interpretation, Kind, Question, RankedPassage, Restriction, Searched, Table,
    TableCell, TableColumn, TableRow, Timings,
};
use wenbao_embed::{Role, Vectors};
use wenbao_report::{DocumentKind, Region};

use super::{Engine, EngineError, Given, Original, Readiness, Taken};
use crate::view::{DocumentView, FileState, PassageView, SourceView};

/// Answers "42座" with one citation; with a gate, it waits at it first and says so.
#[derive(Default)]
pub(crate) struct Fake {
    pub gate: Option<(SyncSender<()>, Mutex<Receiver<()>>)>,
    /// Whether the index cannot be read.
    pub broken: bool,
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
        let mut answer = answer(&question.text);
        answer.text = format!("答案是42座。[1] ({} before)", question.history.len());
        answer.unreachable = unreachable(question);
        if question.text.starts_with("各省") {
            answer.table = Some(table());
        }
        if question.text == "unknown" || !is_work_report_of_shanxi(&question.filter) {
            answer.abstained = true;
            answer.text = "报告没有说。".into();
            answer.reason = Some("没有这样的报告".into());
            answer.citations.clear();
        }
        Ok(answer)
    }

    fn search(&self, query: &Question) -> Result<Searched, EngineError> {
        let passages = vec![passage("d-0001", "42座"); query.top_k.max(1)];
        Ok(Searched { passages, unreachable: unreachable(query) })
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
        Ok((1..=3).map(document).collect())
    }

    fn passage(&self, id: &str) -> Result<Option<PassageView>, EngineError> {
        Ok((id == "d-0002").then(|| view(2)))
    }

    fn source(&self, id: &str) -> Result<Option<SourceView>, EngineError> {
        Ok((id == "d-0002").then(|| SourceView {
            passage: view(2),
            before: vec![view(1)],
            after: vec![view(3)],
            file: FileState::Unchanged,
        }))
    }

    fn readiness(&self) -> Result<Readiness, EngineError> {
        match self.broken {
            true => Err(EngineError::Failed("no index".into())),
            false => Ok(Readiness { documents: 3, passages: 9 }),
        }
    }

    /// Files that hold "bad" cannot be read.
    fn ingest(
        &self,
        files: &[Given],
        tell: &(dyn Fn(usize, usize) + Sync),
        _: &AtomicBool,
    ) -> Result<Vec<Taken>, EngineError> {
        tell(0, files.len());
        let taken = files.iter().map(|file| match std::fs::read_to_string(&file.path).unwrap().as_str() {
            "bad" => Taken::Refused("is damaged; save it again".into()),
            text => Taken::Stored {
                id: format!("of-{text}"),
                elsewhere: false,
                unchanged: false,
                warnings: vec!["a picture is not read".into()],
            },
        });
        let taken = taken.collect();
        tell(files.len(), files.len());
        Ok(taken)
    }

    fn remove(&self, id: &str) -> Result<Option<PathBuf>, EngineError> {
        Ok((id == "d1").then(|| "/data/reports/1.txt".into()))
    }

    fn original(&self, id: &str) -> Result<Option<Original>, EngineError> {
        Ok(match id {
            "d1" => Some(Original::Bytes { name: "报告 1.txt".into(), bytes: "原文".into() }),
            "d2" => Some(Original::Changed),
            "d3" => Some(Original::Missing),
            _ => None,
        })
    }
}

/// Whether the only kind of document and the only place that there are pass.
fn is_work_report_of_shanxi(filter: &Restriction) -> bool {
    let Restriction { regions, doc_types, .. } = filter;
    regions.iter().all(|region| region.0 == "山西")
        && (doc_types.is_empty() || doc_types.contains(&DocumentKind::WorkReport))
}

/// A third of the documents lies elsewhere and cannot be had.
fn unreachable(question: &Question) -> Vec<String> {
    if question.partial { vec!["postgres://elsewhere/wenbao".into()] } else { Vec::new() }
}

/// "42座", with one citation.
pub(crate) fn answer(question: &str) -> Answer {
    Answer {
        question: question.into(),
        answer: "42座".into(),
        text: "答案是42座。[1]".into(),
        kind: Kind::Number,
        abstained: false,
        confidence: 1.0,
        reason: None,
        interpretation: Interpretation::default(),
        values: vec![],
        table: None,
        passages: vec![passage("d-0001", "42座")],
        citations: vec![Citation { n: 1, passage: 0, quote: "42座".into(), quote_range: [0, 3] }],
        unreachable: Vec::new(),
        timings_ms: Timings::default(),
        explanation: None,
    }
}

/// A table of one place that has the answer and one that has none.
pub(crate) fn table() -> Table {
    let cell =
        TableCell { text: "42座".into(), value: Some(42.0), unit: "座".into(), hedge: None, citations: vec![1] };
    let row = |label: &str, cell: Option<TableCell>| TableRow {
        label: label.into(),
        region: Some(Region(label.into())),
        cells: vec![cell],
        ..TableRow::default()
    };
    Table {
        columns: vec![TableColumn { label: "煤矿".into(), ..TableColumn::default() }],
        rows: vec![row("山西", Some(cell)), row("河北", None)],
        asked: 2,
        found: 1,
        missing: vec!["河北".into()],
    }
}

fn document(n: usize) -> DocumentView {
    DocumentView {
        id: format!("d{n}"),
        title: Some(format!("202{n}年山西省政府工作报告")),
        path: format!("reports/{n}.txt"),
        date: None,
        region: Some(Region("山西".into())),
        session: None,
        speaker: None,
        year: Some(2020 + n as i32),
        places: vec!["山西".into()],
        doc_type: DocumentKind::WorkReport,
        issuer: None,
        number: None,
        warnings: vec![],
        passages: 3,
        characters: 30,
        sha256: "ab".repeat(32),
        ingested_at: "2026-01-02T03:04:05Z".into(),
    }
}

fn view(n: usize) -> PassageView {
    PassageView {
        id: format!("d-000{n}"),
        document: document(1),
        section: vec!["一、<回顾>".into()],
        period: None,
        status: None,
        region: None,
        text: format!("第{n}段。建成煤矿{n}座。"),
        source_range: [n * 10, n * 10 + 10],
        page: Some(7),
        sentences: vec![],
    }
}

pub(crate) fn passage(id: &str, text: &str) -> RankedPassage {
    RankedPassage {
        id: id.into(),
        score: 1.0,
        document: DocumentRef {
            id: "d".into(),
            title: None,
            path: "reports/样例.txt".into(),
            date: None,
            region: None,
            doc_type: DocumentKind::WorkReport,
            issuer: None,
            number: None,
            warnings: vec![],
        },
        section: vec!["一、回顾".into()],
        period: None,
        status: None,
        text: text.into(),
        source_range: [0, text.chars().count()],
        page: None,
        also_in: vec![],
        made: false,
        cell: None,
    }
}
