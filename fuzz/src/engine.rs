//! What answers behind the server that requests are thrown at: no model, no index, and the question comes back in every
//! place where a reply has words.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wenbao_answer::{
    Answer, Citation, DocumentRef, Interpretation, Kind, Question, RankedPassage, Searched, Table, TableCell,
    TableColumn, TableRow, Timings,
};
use wenbao_embed::{Role, Vectors};
use wenbao_report::{DocumentKind, Region};
use wenbao_server::notes::Notes;
use wenbao_server::view::{DocumentView, FileState, PassageView, SourceView};
use wenbao_server::{App, Engine, EngineError, Given, Library, Limits, Original, Readiness, Taken, UploadLimits};

/// The server's parts, with everything that can be switched on.
///
/// # Errors
/// If the folder cannot be written to.
pub fn app(home: &std::path::Path) -> std::io::Result<App> {
    let limits = Limits { workers: 2, ..Limits::default() };
    let library = Library::new(home.join("files"), UploadLimits { files: 8, ..UploadLimits::default() });
    let notes = Notes::open(&home.join("notes.jsonl"))?;
    Ok(App::new(Arc::new(Echo), limits)?.with_library(library).with_notes(notes))
}

struct Echo;

impl Engine for Echo {
    fn ask(&self, question: &Question) -> Result<Answer, EngineError> {
        let text = &question.text;
        if text.trim().is_empty() || text.chars().count() > Question::MAX_CHARS {
            return Err(EngineError::Invalid("a question has 1 to 2000 characters".to_owned()));
        }
        let quote_range = [0, text.chars().count()];
        let abstained = text.contains("没有");
        Ok(Answer {
            question: text.clone(),
            answer: text.clone(),
            text: format!("{text}。[1]"),
            kind: Kind::Number,
            abstained,
            confidence: 0.5,
            reason: abstained.then(|| text.clone()),
            interpretation: Interpretation::default(),
            values: Vec::new(),
            table: text.contains('各').then(|| table(text)),
            passages: vec![passage("d1-0001", text)],
            citations: vec![Citation { n: 1, passage: 0, quote: text.clone(), quote_range }],
            timings_ms: Timings::default(),
            unreachable: Vec::new(),
            explanation: None,
        })
    }

    fn search(&self, query: &Question) -> Result<Searched, EngineError> {
        let passages = vec![passage("d1-0001", &query.text); query.top_k.clamp(1, 50)];
        Ok(Searched { passages, unreachable: Vec::new() })
    }

    fn embed(&self, _: Role, texts: &[String]) -> Result<Vectors, EngineError> {
        let values = texts.iter().flat_map(|text| [text.len() as f32, 1.0]).collect();
        Vectors::from_parts(2, values).map_err(|error| EngineError::Failed(error.to_string()))
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count()
    }

    fn model_name(&self) -> &str {
        "echo"
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn documents(&self) -> Result<Vec<DocumentView>, EngineError> {
        Ok((1..=3).map(document).collect())
    }

    fn passage(&self, id: &str) -> Result<Option<PassageView>, EngineError> {
        Ok(id.starts_with("d1").then(|| view(id)))
    }

    fn source(&self, id: &str) -> Result<Option<SourceView>, EngineError> {
        let source = |passage| SourceView {
            passage,
            before: vec![view("d1-0000")],
            after: vec![view("d1-0002")],
            file: FileState::Changed,
        };
        Ok(self.passage(id)?.map(source))
    }

    fn readiness(&self) -> Result<Readiness, EngineError> {
        Ok(Readiness { documents: 3, passages: 9 })
    }

    fn ingest(
        &self,
        files: &[Given],
        tell: &(dyn Fn(usize, usize) + Sync),
        _: &AtomicBool,
    ) -> Result<Vec<Taken>, EngineError> {
        tell(files.len(), files.len());
        let taken = |file: &Given| match std::fs::read_to_string(&file.path) {
            // Not kept: the shelf would fill.
            Ok(text) => Taken::Stored { id: "d2".into(), elsewhere: true, unchanged: false, warnings: vec![text] },
            Err(problem) => Taken::Refused(problem.to_string()),
        };
        Ok(files.iter().map(taken).collect())
    }

    fn remove(&self, id: &str) -> Result<Option<PathBuf>, EngineError> {
        Ok((id == "d1").then(|| "reports/1.txt".into()))
    }

    fn original(&self, id: &str) -> Result<Option<Original>, EngineError> {
        Ok(match id {
            "d1" => Some(Original::Bytes { name: "报告 \"1\"\n.txt".into(), bytes: "原文".into() }),
            "d2" => Some(Original::Changed),
            _ => None,
        })
    }
}

fn table(text: &str) -> Table {
    let cell =
        TableCell { text: text.to_owned(), value: Some(42.0), unit: "座".into(), hedge: None, citations: vec![1] };
    let row = |label: &str, cell| TableRow { label: label.to_owned(), cells: vec![cell], ..TableRow::default() };
    Table {
        columns: vec![TableColumn { label: text.to_owned(), ..TableColumn::default() }],
        rows: vec![row("山西", Some(cell)), row(text, None)],
        asked: 2,
        found: 1,
        missing: vec![text.to_owned()],
    }
}

fn document(number: usize) -> DocumentView {
    DocumentView {
        id: format!("d{number}"),
        title: Some(format!("202{number}年<某省>政府工作报告")),
        path: format!("reports/{number}.txt"),
        date: None,
        region: Some(Region("山西".into())),
        session: None,
        speaker: None,
        year: Some(2025),
        places: vec!["山西".into()],
        doc_type: DocumentKind::WorkReport,
        issuer: None,
        number: None,
        warnings: Vec::new(),
        passages: 3,
        characters: 30,
        sha256: "ab".repeat(32),
        ingested_at: "2026-01-02T03:04:05Z".into(),
    }
}

fn view(id: &str) -> PassageView {
    PassageView {
        id: id.to_owned(),
        document: document(1),
        section: vec!["一、<回顾>".into()],
        period: None,
        status: None,
        region: None,
        text: "建成煤矿<b>130座</b>。".into(),
        source_range: [0, 16],
        page: Some(7),
        sentences: Vec::new(),
    }
}

fn passage(id: &str, text: &str) -> RankedPassage {
    RankedPassage {
        id: id.to_owned(),
        score: 1.0,
        document: DocumentRef {
            id: "d1".into(),
            title: Some(text.to_owned()),
            path: "reports/1.txt".into(),
            date: None,
            region: None,
            doc_type: Default::default(),
            issuer: None,
            number: None,
            warnings: Vec::new(),
        },
        section: vec![text.to_owned()],
        period: None,
        status: None,
        text: text.to_owned(),
        source_range: [0, text.chars().count()],
        page: None,
        also_in: Vec::new(),
        made: false,
        cell: None,
    }
}
