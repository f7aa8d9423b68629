//! What a question turns into and what comes back: the JSON contract of the command and of `POST /api/v1/ask`.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use wenbao_report::{DocumentKind, Hedge, Period, Region, Status};

/// One turn of a conversation, as chat front ends send it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Whether the user said it (else the assistant did).
    pub from_user: bool,
    /// Its words.
    pub text: String,
}

/// A question and how it wants to be answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// The question itself, in any of the supported languages.
    pub text: String,
    /// The conversation before it, oldest first; a follow-up takes from it what it leaves out.
    pub history: Vec<Turn>,
    /// How many passages to return; what is cited comes back even beyond it. 0 means the default.
    pub top_k: usize,
    /// Whether to return the candidates with their features ([`Answer::explanation`]).
    pub explain: bool,
    /// What may answer at all.
    pub filter: Restriction,
    /// Whether to answer without the parts of the index that nobody can reach now ([`Answer::unreachable`]); else that is an
    /// error.
    pub partial: bool,
}

impl Question {
    /// What of the history is read, at most: questions with their replies, and characters of both.
    pub const MAX_TURNS: usize = 20;
    /// Characters.
    pub const MAX_HISTORY: usize = 20_000;

    /// The newest turns of the history that are read, oldest first: what is older than the bounds is forgotten, so that no
    /// conversation, however long, makes a question slow.
    pub fn recent(&self) -> &[Turn] {
        let (mut questions, mut chars, mut from) = (0, 0, self.history.len());
        for (at, turn) in self.history.iter().enumerate().rev() {
            questions += usize::from(turn.from_user);
            chars += turn.text.chars().count();
            if questions > Self::MAX_TURNS || chars > Self::MAX_HISTORY {
                break;
            }
            from = at;
        }
        &self.history[from..]
    }
}

/// Narrows down what may answer a question, beside what it says itself. What is empty or none lets everything pass.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Restriction {
    /// Only what is about one of these regions, by short name.
    pub regions: Vec<Region>,
    /// Only what speaks of a time within these years, both ends included, or of none.
    pub years: Option<(i32, i32)>,
    /// Only results, or only plans.
    pub status: Option<Status>,
    /// Only documents of these kinds.
    #[serde(alias = "kinds")]
    pub doc_types: Vec<DocumentKind>,
    /// Only these documents, by id or by the name of their file.
    pub documents: Vec<String>,
}

/// A table asked for by its parts rather than in a question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableRequest {
    /// What to lay out, as a report would say it: "经济增长", "城镇新增就业".
    pub indicator: String,
    /// Places and named groups of them; empty for every place that has a report.
    pub regions: Vec<String>,
    /// First and last year; none for that of the newest reports.
    pub years: Option<(i32, i32)>,
    /// Plans or results; none for whichever most reports give.
    pub status: Option<Status>,
}

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An amount with its unit.
    Number,
    /// A growth rate, a share or another ratio.
    Rate,
    /// A name: who, which, where, what.
    Entity,
    /// A date, a year, a span of time.
    Time,
    /// Several items.
    List,
    /// Several cells (years, regions, indicators) side by side.
    Compare,
    /// Yes or no, with its proof.
    YesNo,
    /// The relevant sentences of several passages.
    Overview,
    /// The best passage, where nothing shorter answers.
    Passage,
    /// Places or periods by indicators, or what follows from such a table.
    Table,
    /// Small talk: a greeting, thanks, what the program is. Nothing is cited.
    Chat,
    /// No answer: abstained.
    None,
}

/// How the question was understood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Interpretation {
    /// Times it asks about; empty where it names none.
    pub periods: Vec<Period>,
    /// Regions it asks about, short names, in its order.
    pub regions: Vec<Region>,
    /// Whether it asks for results or plans; empty where it does not say.
    pub statuses: Vec<Status>,
    /// The unit that the answer is expected in ("座", "%"), or null.
    pub expects: Option<String>,
    /// The topic phrase, in the reports' language as far as possible.
    pub topic: String,
}

/// A value of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// What it is the value of.
    pub label: String,
    /// The number in `unit`; null for a value that is words (a name, a date).
    pub value: Option<f64>,
    /// Its unit, with its Chinese multiplier as the report writes it ("万千瓦"); empty if none.
    pub unit: String,
    /// How exact it is.
    pub hedge: Option<Hedge>,
    /// The words themselves where the value is not a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The time it is for.
    pub period: Option<Period>,
    /// The region it is for.
    pub region: Option<Region>,
    /// Result or plan.
    pub status: Option<Status>,
    /// How it was computed ("268 − 118"), or null where the report says it itself.
    pub computed: Option<String>,
    /// Numbers (`n`) of the citations that prove it.
    pub citations: Vec<usize>,
}

/// The document a passage is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRef {
    /// Its id in the index.
    pub id: String,
    /// Its title, as far as the text says one.
    pub title: Option<String>,
    /// The path it was ingested from.
    pub path: String,
    /// ISO 8601, as exact as known.
    pub date: Option<String>,
    /// Short name of what it is about.
    pub region: Option<Region>,
    /// What kind of document it is.
    #[serde(default)]
    pub doc_type: DocumentKind,
    /// The office that issued it.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Its number: "穗府办规〔2024〕13号".
    #[serde(default)]
    pub number: Option<String>,
    /// What of its file could not be read, a sentence each.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// The same fact in another document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlsoIn {
    /// The other passage.
    pub id: String,
    /// Its document.
    pub document: DocumentRef,
}

/// A ranked passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankedPassage {
    /// Its id in the index.
    pub id: String,
    /// Its score, higher is better; comparable within one answer only.
    pub score: f32,
    /// The document it is from.
    pub document: DocumentRef,
    /// Headings it stands under.
    pub section: Vec<String>,
    /// The time it speaks of.
    pub period: Option<Period>,
    /// Result or plan.
    pub status: Option<Status>,
    /// Its words.
    pub text: String,
    /// Where it stands in the document's extracted text (Unicode scalar values, half-open).
    pub source_range: [usize; 2],
    /// Its page, for paged formats.
    pub page: Option<u32>,
    /// Where else the same fact stands.
    pub also_in: Vec<AlsoIn>,
    /// Whether the words were made of a table's row: headings and cells, each value with its name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub made: bool,
    /// Of made words the cell that the first quote's value stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<CellRef>,
}

/// A cell of a table of the document, as it is laid out: all from 0, headings included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellRef {
    /// Which table of the document.
    pub table: u32,
    /// Its row.
    pub row: u32,
    /// Its column.
    pub column: u32,
}

/// A quote that proves a part of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Its mark in the text: [1].
    pub n: usize,
    /// Index into [`Answer::passages`].
    pub passage: usize,
    /// Verbatim in that passage's text.
    pub quote: String,
    /// Where it stands in the passage's text (Unicode scalar values, half-open).
    pub quote_range: [usize; 2],
}

/// Places or periods by indicators, each cell answered as a question of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What the cells of a row are, in their order.
    pub columns: Vec<TableColumn>,
    /// The places or periods, also those that say nothing.
    pub rows: Vec<TableRow>,
    /// How many places or periods were asked.
    pub asked: usize,
    /// How many of them have every cell.
    pub found: usize,
    /// Names of the others, in the table's order.
    pub missing: Vec<String>,
}

/// A column of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableColumn {
    /// What it gives: "经济增长目标".
    pub label: String,
    /// The time it is for; null where each row has its own.
    pub period: Option<Period>,
    /// Result or plan, where the question says so.
    pub status: Option<Status>,
}

/// A row of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// The place or the period, as people name it.
    pub label: String,
    /// The place.
    pub region: Option<Region>,
    /// The time of the row, where rows are periods.
    pub period: Option<Period>,
    /// Result or plan, where its cells agree.
    pub status: Option<Status>,
    /// A cell a column; null where the reports do not say it.
    pub cells: Vec<Option<TableCell>>,
}

/// A value of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableCell {
    /// In the report's own words: "5%左右".
    pub text: String,
    /// The number in `unit`, of a range its lower end; null for words.
    pub value: Option<f64>,
    /// Its unit, with its Chinese multiplier; empty if none.
    pub unit: String,
    /// How exact it is.
    pub hedge: Option<Hedge>,
    /// Numbers (`n`) of the citations that prove it.
    pub citations: Vec<usize>,
}

/// Where the time went, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Reading the question.
    pub interpret: f64,
    /// The question's vectors.
    pub embed: f64,
    /// Candidates from the indexes.
    pub retrieve: f64,
    /// Scoring the candidates.
    pub rank: f64,
    /// Taking the answer out of the evidence.
    pub extract: f64,
    /// All of it.
    pub total: f64,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The question as asked.
    pub question: String,
    /// Short, in the report's own words and units; empty when abstained.
    pub answer: String,
    /// Sentences with citation marks, in the question's language.
    pub text: String,
    /// What kind of answer it is.
    pub kind: Kind,
    /// Whether it says that the reports do not know.
    pub abstained: bool,
    /// Calibrated: the share of answers of this confidence that are right.
    pub confidence: f32,
    /// Why it abstained, in the question's language.
    pub reason: Option<String>,
    /// How the question was understood.
    pub interpretation: Interpretation,
    /// The values it gives.
    pub values: Vec<Value>,
    /// The table that a question over several places or periods is answered with.
    pub table: Option<Table>,
    /// Ranked evidence, best first.
    pub passages: Vec<RankedPassage>,
    /// The proofs.
    pub citations: Vec<Citation>,
    /// Places whose documents it could not look at, because nobody answered there: only where a partial answer was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreachable: Vec<String>,
    /// Where the time went.
    pub timings_ms: Timings,
    /// Candidates, features and weights, only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Box<serde_json::Value>>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Searched {
    /// Best first.
    pub passages: Vec<RankedPassage>,
    /// As [`Answer::unreachable`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreachable: Vec<String>,
}

/// Makes a contract range of a Rust one.
pub(crate) fn pair(range: &Range<usize>) -> [usize; 2] {
    [range.start, range.end]
}
