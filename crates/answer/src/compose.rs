//! From answered cells to the answer of the contract: passages in order, citations, values, words.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use wenbao_index::DocumentRecord;
use wenbao_report::{Region, region};

use crate::answerer::Reading;
use crate::cell::{self, CellAnswer, Missing};
use crate::combine::{combine, is_yes_no};
use crate::compute;
use crate::error::Error;
use crate::evidence::Scored;
use crate::examples::examples;
use crate::found::Found;
use crate::interpret::{Cell, Combine, Query, SmallTalk};
use crate::language::Language;
use crate::many;
use crate::model::{
    AlsoIn, Answer, CellRef, Citation, DocumentRef, Interpretation, Kind, Question, RankedPassage, Timings, Value, pair,
};
use crate::open;
use crate::phrases::{Phrases, Statement, phrases};
use crate::view::{PassageView, View, slice};

/// Below this probability of being right, silence is better.
pub(crate) const MIN_CONFIDENCE: f32 = 0.5;

/// The log-odds from which on the best evidence has something to do with the question, and below which even what looks like an
/// answer is none, unless it is very sure.
const NEAR: f32 = 0.75;
const FAR: f32 = -0.5;
const VERY_SURE: f32 = 0.8;

/// What tells whether evidence has something to do with a question: weights of the reader's logit that a window answers and of the
/// cosine of the nearest sentence, and the bias. Fitted by logistic regression (maximum likelihood) on the questions about nothing
/// of `tests/questions/off_topic.jsonl` that are not held and on 352 that a document answers; those in other languages lie further from all
/// passages.
const CHINESE: [f32; 3] = [0.870, 106.27, -89.64];
const OTHERS: [f32; 3] = [0.791, 31.88, -25.28];

/// The same of the cosine alone, where nothing is read: [`NEAR`] lies at .863 and .79, [`FAR`] at .838 and .74. Words in common prove
/// nothing: "capital" stands in many a report, and the capital of France in none.
const CHINESE_UNREAD: [f32; 2] = [50.0, -42.4];
const OTHERS_UNREAD: [f32; 2] = [25.0, -19.0];

/// For a question of a time, as those about reports are, from so little on; or from this confidence on.
const DATED: f32 = -1.5;
const PLAUSIBLE: f32 = 0.1;

/// The answer to small talk.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn small_talk(
    question: &Question,
    view: &View,
    language: Language,
    talk: SmallTalk,
) -> Result<Answer, Error> {
    Ok(without_evidence(&question.text, Kind::Chat, phrases(language).small_talk(talk, &examples(view)?)))
}

/// The answer to what no report is about, and to commands: nothing is looked up, nothing cited.
pub(crate) fn beyond(question: &Question, language: Language) -> Answer {
    let reason = phrases(language).out_of_scope();
    let answer = without_evidence(&question.text, Kind::None, reason.clone());
    Answer { answer: String::new(), abstained: true, reason: Some(reason), ..answer }
}

/// What is said without a passage: sure of itself, cited from nothing.
pub(crate) fn without_evidence(question: &str, kind: Kind, text: String) -> Answer {
    Answer {
        question: question.to_owned(),
        answer: text.lines().next().unwrap_or_default().chars().take(open::SHORT).collect(),
        text,
        kind,
        abstained: false,
        confidence: 1.0,
        reason: None,
        interpretation: Interpretation::default(),
        values: Vec::new(),
        table: None,
        passages: Vec::new(),
        citations: Vec::new(),
        unreachable: Vec::new(),
        timings_ms: Timings::default(),
        explanation: None,
    }
}

/// Whether a cell's answer is sure enough to be told: very sure where its evidence lies far from the question.
pub(crate) fn sure(cell: &CellAnswer, language: Language) -> bool {
    cell.outcome.is_ok()
        && cell.confidence >= MIN_CONFIDENCE
        && (cell.confidence >= VERY_SURE || relevance(cell, language) >= FAR)
}

/// Whether there is nothing to tell: no cell is sure, or not all of those that something is computed of.
pub(crate) fn abstains(reading: &Reading, cells: &[CellAnswer]) -> bool {
    let known = cells.iter().filter(|cell| sure(cell, reading.language)).count();
    known == 0 || reading.query.combine.is_some() && known < cells.len()
}

/// The answer of a question from the answers of its cells.
pub(crate) fn compose(question: &Question, view: &View, reading: &Reading, cells: Vec<CellAnswer>) -> Answer {
    let phrases = phrases(reading.language);
    let mut builder = Builder::new(view, &cells);
    // A cell that is missing, or not sure enough, does not silence the others: it is said what is missing. What is computed
    // of them needs them all.
    let missing: Vec<usize> = (0..cells.len()).filter(|i| !sure(&cells[*i], reading.language)).collect();
    let abstained = abstains(reading, &cells);
    let given = |(_, c): &(usize, &CellAnswer)| abstained || sure(c, reading.language);
    let confidence = cells.iter().enumerate().filter(given).map(|(_, c)| c.confidence).fold(1.0_f32, f32::min);
    let found: Vec<(usize, &Found)> =
        cells.iter().enumerate().filter(given).filter_map(|(i, c)| c.outcome.as_ref().ok().map(|f| (i, f))).collect();
    // 已建和在建装机合计多少: where the report has one value for both, it is not added to itself.
    let one_fact = reading.query.combine == Some(Combine::Sum)
        && found.len() == cells.len()
        && found.windows(2).all(|w| {
            let (a, b) = (w[0].1, w[1].1);
            a.value.value.is_some()
                && (a.value.value, &a.value.label, &a.quote) == (b.value.value, &b.value.label, &b.quote)
        });
    let found = if one_fact { found[..1].to_vec() } else { found };
    // Where reports of several places are there, every answer names its own.
    let several = many::provinces(view).len() > 1;
    let mut values = Vec::new();
    let mut sentences = Vec::new();
    for (i, f) in &found {
        if !f.more.is_empty() {
            let ranked = &cells[*i].ranked;
            let mut titles: Vec<&str> = f.more.iter().map(|(at, _)| title(&ranked[*at].passage)).collect();
            titles.dedup();
            sentences.push(phrases.overview(&titles));
            for (at, quote) in &f.more {
                let n = builder.cite_range(&ranked[*at], quote.clone());
                let words = ranked[*at].passage.sentence_text(ranked[*at].sentence).trim();
                sentences.push(format!("\n{}", phrases.cited(words, &[n])));
            }
            continue;
        }
        let n = builder.cite(&cells[*i], f);
        let mut value = f.value.clone();
        value.citations.push(n);
        // Whether something is so is proved by the report's own words.
        let said = match (f.value.value, is_yes_no(&reading.query)) {
            (None, true) => format!("“{}”", builder.quote(n)),
            _ => say(phrases, several || !reading.query.regions.is_empty(), f),
        };
        sentences.push(phrases.cited(&said, &[n]));
        let citations = value.citations.clone();
        values.push(value);
        if let Some(stretch) = f.stretch.as_ref().filter(|_| found.len() == 1) {
            let number = stretch.value.and_then(compute::Decimal::of).map(|d| d.to_string()).unwrap_or_default();
            sentences.push(phrases.cited(&phrases.stretch_is(&format!("{number}{}", stretch.unit)), &[n]));
            values.push(Value { citations, ..(**stretch).clone() });
        }
        // Side by side, each cell says what it was asked; a plan beside it would be one value too many.
        if let Some(plan) = f.plan.as_ref().filter(|_| found.len() == 1) {
            let n = builder.cite(&cells[*i], plan);
            let mut value = plan.value.clone();
            value.citations.push(n);
            values.push(value);
            sentences.push(phrases.cited(&phrases.plan_was(&plan.answer), &[n]));
        }
    }
    let combined = if !missing.is_empty() || one_fact { None } else { combine(&reading.query, &found, phrases) };
    let answer = match &combined {
        _ if abstained => String::new(),
        Some(combined) => combined.answer.clone(),
        None => short(&reading.query, &cells, &found),
    };
    if let Some(combined) = &combined {
        sentences.insert(0, combined.sentence.clone());
        if let Some(value) = &combined.value {
            let citations = values.iter().flat_map(|v: &Value| v.citations.clone()).collect();
            values.push(Value { citations, ..value.clone() });
        }
    }
    let mut lacking = missing.iter().map(|which| why(phrases, view, &reading.query, *which, cells.get(*which)));
    let is_near = |(i, cell)| is_near(cell, reading.query.cells.get(i), reading.language);
    let beyond = abstained && !view.snapshot.documents().is_empty() && !cells.iter().enumerate().any(is_near);
    let reason = match (abstained, beyond) {
        (false, _) => None,
        (true, true) => Some(phrases.out_of_scope()),
        (true, false) => lacking.next().or_else(|| Some(phrases.unsure())),
    };
    let text = match &reason {
        None => phrases.text(sentences.into_iter().chain(lacking)),
        Some(reason) => {
            let nearest = if beyond { None } else { builder.nearest(&cells) };
            let nearest = nearest.map(|(quote, n)| phrases.cited(&phrases.nearest(&quote), &[n]));
            phrases.text(std::iter::once(reason.clone()).chain(nearest))
        }
    };
    let kind = match (abstained, found.as_slice()) {
        (true, _) | (_, []) => Kind::None,
        _ if combined.is_some() => combined.as_ref().map_or(Kind::None, |c| c.kind),
        (_, [(_, one)]) => one.kind,
        _ => Kind::Compare,
    };
    let top_k = if question.top_k == 0 { Question::DEFAULT_TOP_K } else { question.top_k };
    let (passages, citations) = if beyond { Default::default() } else { builder.finish(top_k) };
    Answer {
        question: question.text.clone(),
        answer,
        text,
        kind,
        abstained,
        confidence,
        reason,
        interpretation: interpretation(&reading.query),
        values: if abstained { Vec::new() } else { values },
        table: None,
        passages,
        citations,
        unreachable: Vec::new(),
        timings_ms: Timings::default(),
        explanation: None,
    }
}

/// Whether the best evidence has something to do with the question: by what the models make of it, or because the question is of a
/// time, as those about reports are, and something was found that may answer it.
fn is_near(cell: &CellAnswer, asked: Option<&Cell>, language: Language) -> bool {
    let dated = asked.is_some_and(|asked| asked.period.is_some());
    let relevance = relevance(cell, language);
    relevance >= NEAR || (dated && (relevance >= DATED || cell.confidence >= PLAUSIBLE))
}

/// Log-odds that the evidence has something to do with the question.
fn relevance(cell: &CellAnswer, language: Language) -> f32 {
    let cosine = nearest_cosine(cell);
    let chinese = language.is_chinese();
    // What several sentences tell together none of them answers alone: the reader has nothing to say of it.
    let told_by_several = cell.outcome.as_ref().is_ok_and(|found| !found.more.is_empty());
    match cell.answers.filter(|_| !told_by_several) {
        Some(answers) => {
            let [of_answers, of_cosine, bias] = if chinese { CHINESE } else { OTHERS };
            of_answers * answers + of_cosine * cosine + bias
        }
        None => {
            let [of_cosine, bias] = if chinese { CHINESE_UNREAD } else { OTHERS_UNREAD };
            of_cosine * cosine + bias
        }
    }
}

/// Of the sentence that stands first. A numbered list found by its heading has no other evidence.
fn nearest_cosine(cell: &CellAnswer) -> f32 {
    cell.ranked.iter().take(5).map(|s| s.cosine).fold(0.0, f32::max)
}

/// The topic as it may be said back: the question's own words, in one piece, and not such as the rules have read by halves, with a
/// time or a question word left in them.
fn said_back<'a>(query: &Query, topic: &'a str) -> &'a str {
    const LEFT_OVER: &[&str] = &[
        "什么", "怎么", "多少", "哪", "谁", "吗", "今天", "现在", "如何", "给我", "告诉", "说说", "0年", "1年", "2年",
        "3年", "4年", "5年", "6年", "7年", "8年", "9年",
    ];
    let chars = topic.chars().count();
    let whole = (2..=16).contains(&chars)
        && query.text.contains(topic)
        && !topic.contains(|c: char| c.is_whitespace() || "，。？！“”；".contains(c))
        && !LEFT_OVER.iter().any(|word| topic.contains(word));
    if whole && !query.foreign { topic } else { "" }
}

fn interpretation(query: &Query) -> Interpretation {
    Interpretation {
        periods: query.periods.clone(),
        regions: query.regions.clone(),
        statuses: query.statuses.clone(),
        expects: query.units.first().cloned(),
        topic: query.topic.clone(),
    }
}

/// The answers side by side, each behind what tells it from the others. Where only one of them is there it stands alone, unless the
/// question says that in one piece.
fn short(query: &Query, cells: &[CellAnswer], found: &[(usize, &Found)]) -> String {
    match found {
        [(i, one)] if cells.len() == 1 || !query.text.contains(&cells[*i].label) => one.answer.clone(),
        many => many.iter().map(|(i, f)| format!("{}{}", cells[*i].label, f.answer)).collect::<Vec<_>>().join("，"),
    }
}

/// The sentence that says one answer, with its place where that is not plain.
fn say(phrases: Phrases, placed: bool, found: &Found) -> String {
    let value = &found.value;
    let region = value.region.as_ref().filter(|_| placed);
    let statement = Statement {
        period: value.period.as_ref(),
        region,
        status: value.status,
        label: found.label(),
        value: &found.answer,
    };
    match (value.value, &value.computed) {
        (Some(_), Some(how)) => phrases.computed(&statement, &whole(how, &found.answer)),
        (Some(_), None) => phrases.statement(&statement),
        (None, _) => phrases.words(value.period.as_ref(), region, &found.answer),
    }
}

/// A computation with its result: "1020 − 860 = 160公里".
fn whole(how: &str, result: &str) -> String {
    if how.contains('=') { how.to_string() } else { format!("{how} = {result}") }
}

/// Why a cell has no answer, as exactly as it is known.
fn why(phrases: Phrases, view: &View, query: &Query, which: usize, answer: Option<&CellAnswer>) -> String {
    let (Some(cell), Some(answer)) = (query.cells.get(which), answer) else { return phrases.unsure() };
    let missing = answer.outcome.as_ref().err();
    let topic = said_back(query, &cell.topic);
    let documents = view.snapshot.documents();
    if documents.is_empty() {
        return phrases.no_documents();
    }
    let mut available: Vec<&Region> = documents.iter().filter_map(|d| d.meta.region.as_ref()).collect();
    available.sort();
    available.dedup();
    // Of what a place without a report is asked, its name must stand in what answers; where nothing does, that is why. A city of
    // the only province is no stranger.
    let at_home = |r: &Region| matches!(available[..], [only] if region::province_of(r).as_ref() == Some(only));
    let unknown: Vec<Region> = query.places.iter().cloned().map(Region).collect();
    let unknown: Vec<&Region> = unknown.iter().filter(|r| !available.contains(r) && !at_home(r)).collect();
    match missing {
        Some(Missing::Region(region)) => phrases.no_region(&[region], &available),
        _ if !unknown.is_empty() && cell.region.is_none() && !available.is_empty() => {
            phrases.no_region(&unknown, &available)
        }
        Some(Missing::Period) => {
            // A report of the year or of the next one would speak of it; where there is one, it is silent on the topic.
            let mut available: Vec<i32> =
                documents.iter().filter_map(|d| d.meta.year).flat_map(|y| [y - 1, y]).collect();
            available.sort_unstable();
            available.dedup();
            match cell.period.and_then(|p| p.year_span()) {
                Some((from, to)) if !available.is_empty() && !(from..=to).any(|y| available.contains(&y)) => {
                    let years: Vec<i32> = if from == to { vec![from] } else { vec![from, to] };
                    phrases.no_year(&years, &available)
                }
                _ => phrases.not_for(topic, cell.period.as_ref(), cell.region.as_ref()),
            }
        }
        Some(Missing::OnlyPlan { label, value }) => match &cell.period {
            Some(period) => phrases.only_plan(period, label, value),
            None => phrases.not_found(topic),
        },
        Some(Missing::OnlyResult { label, value }) => match &cell.period {
            Some(period) => phrases.only_result(period, label, value),
            None => phrases.not_found(topic),
        },
        // What some sentence holds is told, but not for this time or place; of what none holds nothing was found.
        Some(Missing::Unmentioned) if answer.mentions_topic() => {
            phrases.not_for(topic, cell.period.as_ref(), cell.region.as_ref())
        }
        Some(Missing::Unmentioned) => phrases.not_found(topic),
        // Something was found, and is not sure enough to be told.
        None => phrases.unsure(),
    }
}

/// The ranked passages of all cells: the best of each cell first, in the question's order, then the second of each.
pub(crate) fn ranked_passages(view: &View, cells: &[CellAnswer]) -> Vec<RankedPassage> {
    Builder::new(view, cells).finish(usize::MAX).0
}

/// Collects passages in rank order and the citations into them.
pub(crate) struct Builder<'a> {
    view: &'a View,
    order: Vec<(Arc<PassageView>, f32)>,
    place: HashMap<u32, usize>,
    citations: Vec<Citation>,
}

impl<'a> Builder<'a> {
    /// The passages of some cells; more are added as they are cited.
    pub fn new(view: &'a View, cells: &[CellAnswer]) -> Self {
        let lists: Vec<_> = cells.iter().map(|c| cell::passages(&c.ranked)).collect();
        let mut builder = Self { view, order: Vec::new(), place: HashMap::new(), citations: Vec::new() };
        let mut twins = HashSet::new();
        for rank in 0..lists.iter().map(Vec::len).max().unwrap_or(0) {
            for list in &lists {
                let Some((passage, score)) = list.get(rank) else { continue };
                let record = &passage.record;
                // The same fact from another document stands beside the first one, it does not crowd the list.
                if twins.contains(&record.row) || builder.place.contains_key(&record.row) {
                    continue;
                }
                twins.extend(also_in(view, record.row));
                builder.push(passage.clone(), *score);
            }
        }
        builder
    }

    fn push(&mut self, passage: Arc<PassageView>, score: f32) -> usize {
        let at = self.order.len();
        self.place.insert(passage.record.row, at);
        self.order.push((passage, score));
        at
    }

    /// Cites what proves an answer; the same quote is cited once.
    fn cite(&mut self, cell: &CellAnswer, found: &Found) -> usize {
        self.cite_range(&cell.ranked[found.sentence], found.quote.clone())
    }

    /// Cites a range of a passage's text.
    pub fn cite_range(&mut self, scored: &Scored, quoted: Range<usize>) -> usize {
        let row = scored.passage.record.row;
        let passage = match self.place.get(&row) {
            Some(at) => *at,
            None => self.push(scored.passage.clone(), scored.score),
        };
        let quote_range = pair(&quoted);
        if let Some(known) = self.citations.iter().find(|c| c.passage == passage && c.quote_range == quote_range) {
            return known.n;
        }
        let n = self.citations.len() + 1;
        let quote = slice(&scored.passage.record.passage.text, &quoted).to_string();
        self.citations.push(Citation { n, passage, quote, quote_range });
        n
    }

    /// The words of a citation.
    fn quote(&self, n: usize) -> &str {
        self.citations.get(n - 1).map_or("", |c| c.quote.as_str())
    }

    /// The nearest evidence, quoted, where there is no answer.
    fn nearest(&mut self, cells: &[CellAnswer]) -> Option<(String, usize)> {
        let cell = cells.iter().find(|c| c.outcome.is_err()).or(cells.first())?;
        let scored = cell.ranked.first()?;
        let view = &scored.passage.sentences[scored.sentence];
        let n = self.cite_range(scored, view.range.clone());
        Some((self.citations.get(n - 1)?.quote.trim().to_string(), n))
    }

    /// The first `top_k` passages and whatever is cited beyond them.
    pub fn finish(self, top_k: usize) -> (Vec<RankedPassage>, Vec<Citation>) {
        let cited: HashSet<usize> = self.citations.iter().map(|c| c.passage).collect();
        let mut moved = HashMap::new();
        let mut passages: Vec<RankedPassage> = Vec::new();
        for (at, (passage, score)) in self.order.iter().enumerate() {
            if at < top_k || cited.contains(&at) {
                moved.insert(at, passages.len());
                passages.push(ranked_passage(self.view, passage, *score));
            }
        }
        let mut citations = self.citations;
        for citation in &mut citations {
            let at = citation.passage;
            citation.passage = moved.get(&at).copied().unwrap_or(0);
            let [from, to] = citation.quote_range;
            let cells = &self.order[at].0.record.passage.cells;
            let quoted = cells.iter().find(|cell| from <= cell.range.start && cell.range.end <= to);
            if let (Some(passage), Some(cell)) = (passages.get_mut(citation.passage), quoted)
                && passage.cell.is_none()
            {
                passage.cell = Some(CellRef { table: cell.table, row: cell.row, column: cell.column });
            }
        }
        (passages, citations)
    }
}

/// The title of a passage's document, or else its file's name.
fn title(passage: &PassageView) -> &str {
    let document = &passage.record.document;
    let stem = || Path::new(&document.path).file_stem().and_then(|s| s.to_str()).unwrap_or(&document.path);
    document.meta.title.as_deref().unwrap_or_else(stem)
}

fn document_ref(document: &DocumentRecord) -> DocumentRef {
    DocumentRef {
        id: document.id.to_string(),
        title: document.meta.title.clone(),
        path: document.path.clone(),
        date: document.meta.date.clone(),
        region: document.meta.region.clone(),
        doc_type: document.meta.doc_type,
        issuer: document.meta.issuer.clone(),
        number: document.meta.number.clone(),
        warnings: document.meta.warnings.clone(),
    }
}

/// Rows of passages in other documents that say the same; none where that cannot be read, which costs no answer.
fn also_in(view: &View, row: u32) -> Vec<u32> {
    view.snapshot.also_in(row).unwrap_or_default()
}

fn ranked_passage(view: &View, passage: &PassageView, score: f32) -> RankedPassage {
    let record = &passage.record;
    let also_in = also_in(view, record.row)
        .into_iter()
        .filter_map(|row| view.snapshot.passage(row).ok())
        .map(|other| AlsoIn { id: other.id.to_string(), document: document_ref(&other.document) })
        .collect();
    RankedPassage {
        id: record.id.to_string(),
        score,
        document: document_ref(&record.document),
        section: record.passage.section.clone(),
        period: record.passage.period,
        status: record.passage.status,
        text: record.passage.text.clone(),
        source_range: pair(&record.passage.source_range),
        page: record.passage.page,
        also_in,
        made: record.passage.made,
        cell: None,
    }
}
