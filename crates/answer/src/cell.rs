//! One cell of a question answered: its evidence ranked and read, and the best of its candidates taken.

use std::sync::Arc;

use wenbao_index::DocumentRecord;
use wenbao_report::{Quantity, Region, Trend};

use crate::candidate::{self, Candidate, CandidateFeature};
use crate::compose::MIN_CONFIDENCE;
use crate::confidence::{Signals, signals};
use crate::error::Error;
use crate::evidence::{self, Depth, Probe, Scored, SentenceFeature};
use crate::extract;
use crate::features::Weighing;
use crate::found::{Found, STRIVING, grown, is_beyond, is_plan, of_several, same_measure, take, words};
use crate::head;
use crate::interpret::{Asked, Cell, Query, Rate, spelled_out};
use crate::many::fits;
use crate::model::{Kind, Restriction};
use crate::open;
use crate::projection::QuestionVector;
use crate::time::{Fit, fit};
use crate::values::{self, ScoredValue};
use crate::view::{PassageView, View};
use crate::weights::Weights;
use crate::window::{self, ReadWindow, Reads, Window};

/// Windows that the reader sees of a cell: so many first, and as long as none of them clearly answers, so many more.
pub(crate) const WINDOWS: [usize; 2] = [3, 5];

/// The reader's logit that a window answers from which on no further ones are read.
const CLEAR: f32 = 1.0;

/// Why a cell has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No document is about the region.
    Region(Region),
    /// No document speaks of the time.
    Period,
    /// There is a plan, but no result is reported.
    OnlyPlan {
        /// What is planned.
        label: String,
        /// The plan, in the report's words.
        value: String,
    },
    /// There is a result, but no plan is reported.
    OnlyResult {
        /// What was reached.
        label: String,
        /// The result, in the report's words.
        value: String,
    },
    /// Nothing found speaks of it.
    Unmentioned,
}

/// A cell with its evidence.
pub(crate) struct CellAnswer {
    /// What tells the cell from its neighbours; empty for a simple question.
    pub label: String,
    /// Sentences, best first; those of other places than the one asked about last.
    pub ranked: Vec<Scored>,
    /// Quantities as the rules weigh them, best first; empty where none is asked for.
    pub values: Vec<ScoredValue>,
    /// What may answer, best first.
    pub candidates: Vec<Candidate>,
    /// The answer, or why there is none.
    pub outcome: Result<Found, Missing>,
    /// What the confidence judges.
    pub signals: Signals,
    /// Probability that the answer is right.
    pub confidence: f32,
    /// The reader's logit of the window that answers best, where any was read.
    pub answers: Option<f32>,
    /// How long finding the candidates took; ranking them comes on top.
    pub retrieved: std::time::Duration,
}

/// What a cell is answered with.
pub(crate) struct Means<'a> {
    /// One generation of the index.
    pub view: &'a View,
    /// The reader, where there is one.
    pub reader: Option<&'a dyn Reads>,
    /// Everything fitted.
    pub weights: &'a Weights,
    /// What the caller narrows the search down to.
    pub restriction: &'a Restriction,
    /// How many windows are read of a cell: [`WINDOWS`], or less.
    pub windows: [usize; 2],
}

/// Answers a cell. `text` is the question as the reader sees it, `vector` its embedding.
///
/// # Errors
/// When the index cannot be read or the reader cannot compute.
pub(crate) fn answer(
    means: &Means<'_>,
    query: &Query,
    cell: &Cell,
    text: &str,
    vector: &QuestionVector,
) -> Result<CellAnswer, Error> {
    let (view, weights) = (means.view, means.weights);
    let probe = Probe::new(query, cell, vector, means.restriction, view);
    let (mut ranked, retrieved) = evidence::rank(view, &probe, weights, Depth::default())?;
    // Where some speak of the place asked about, what others say of theirs is no rival.
    let near = here_first(&mut ranked, &probe);
    let mut values = if wants_value(cell) { values::rank(&probe, &ranked[..near], &weights.value) } else { Vec::new() };
    let read = match means.reader {
        Some(reader) => read(reader, &spelled_out(text), worth_reading(&probe, &ranked, &values), means.windows)?,
        None => Vec::new(),
    };
    let judgement = weights.judgement(means.reader.is_some());
    let mut candidates = candidate::candidates(&probe, &ranked, &values, &read, &judgement.candidate);
    let lead = candidates.iter().find(|c| c.barred.is_none() && c.answers.is_some()).map(|c| c.sentence);
    let overview = if cell.asked == Asked::Overview { open_answer(view, &probe, &mut ranked, lead)? } else { None };
    let mut outcome = decide(view, &probe, &ranked, &candidates, overview);
    if let Some(found) = head::speaker(view, means.restriction, &probe, &mut ranked)? {
        outcome = Ok(found);
    }
    let signals = signals(view, &probe, &ranked, &candidates, &read, outcome.as_ref().ok())?;
    let odds = Weighing::of::<Signals>(&judgement.confidence).sum(&signals);
    let answers = read.iter().map(ReadWindow::answers).reduce(f32::max);
    let mut confidence = confidence(odds, cell, &outcome, &ranked, answers);
    // How something is done may be told in a phrase; where none is sure, the sentences tell it.
    if cell.asked == Asked::Manner
        && confidence < MIN_CONFIDENCE
        && !matches!(outcome, Err(Missing::Region(_)))
        && let Some(found) = open_answer(view, &probe, &mut ranked, None)?
    {
        outcome = Ok(found);
        confidence = told(&ranked).max(confidence);
    }
    // An overview is made of whole sentences; where one of them holds the very answer, that is its result.
    let result = candidates.iter().find(|c| c.barred.is_none()).filter(|c| c.answers.is_some());
    if let (Asked::Overview, Ok(found), Some(result)) = (cell.asked, &mut outcome, result)
        && found.kind == Kind::Overview
        && probability(odds) >= MIN_CONFIDENCE
    {
        let scored = &ranked[result.sentence];
        let whole = scored.passage.sentences[scored.sentence].range.clone();
        found.lead_with(Found { quote: whole, ..take(&probe, &ranked, result) });
    }
    // What answers stands first, also where something else looked better but was of another time.
    if let Ok(found) = &mut outcome
        && found.sentence > 0
    {
        let winner = found.sentence;
        let scored = ranked.remove(winner);
        ranked.insert(0, scored);
        for value in &mut values {
            value.sentence = moved(value.sentence, winner);
        }
        for candidate in &mut candidates {
            candidate.sentence = moved(candidate.sentence, winner);
        }
        if let Some(plan) = &mut found.plan {
            plan.sentence = moved(plan.sentence, winner);
        }
        for (sentence, _) in &mut found.more {
            *sentence = moved(*sentence, winner);
        }
        found.sentence = 0;
    }
    let label = cell.label.clone();
    Ok(CellAnswer { label, ranked, values, candidates, outcome, signals, confidence, answers, retrieved })
}

/// Puts sentences that speak of the places asked about before those that do not, each in their order; how many there are, or
/// all where there is none.
fn here_first(ranked: &mut [Scored], probe: &Probe) -> usize {
    if probe.places.is_empty() {
        return ranked.len();
    }
    let here = ranked.iter().filter(|scored| !probe.is_elsewhere(scored)).count();
    if here == 0 {
        return ranked.len();
    }
    ranked.sort_by_cached_key(|scored| probe.is_elsewhere(scored));
    here
}

/// Whether the answer is a quantity.
pub(crate) fn wants_value(cell: &Cell) -> bool {
    cell.asked.is_quantity() || (matches!(cell.asked, Asked::YesNo) && !cell.units.is_empty())
}

/// Reads the windows around sentences, a few at a time, until one of them clearly answers.
fn read<'a>(
    reader: &dyn Reads,
    question: &str,
    sentences: impl Iterator<Item = (&'a Arc<PassageView>, usize)>,
    counts: [usize; 2],
) -> Result<Vec<ReadWindow>, Error> {
    let mut windows = window::windows(sentences, counts.iter().sum()).into_iter();
    let mut out: Vec<ReadWindow> = Vec::new();
    for count in counts {
        let some: Vec<Window> = windows.by_ref().take(count).collect();
        if some.is_empty() || out.iter().any(|window| window.answers() >= CLEAR) {
            break;
        }
        out.extend(window::read(reader, question, some)?);
    }
    Ok(out)
}

/// The sentences to read, best first: where a value is asked for, those of the best values and the best by their words in
/// turn. What is of another time, place or status cannot answer and is not read.
fn worth_reading<'a>(
    probe: &Probe,
    ranked: &'a [Scored],
    values: &[ScoredValue],
) -> impl Iterator<Item = (&'a Arc<PassageView>, usize)> {
    let mut order: Vec<usize> = Vec::new();
    let fits = |v: &&ScoredValue| mismatch(probe, &ranked[v.sentence], Some(v.of(ranked))).is_none();
    let mut by_value = values.iter().filter(fits).map(|v| v.sentence);
    let mut by_words = (0..ranked.len().min(values::DEPTH)).filter(|i| may_answer(probe, &ranked[*i]));
    loop {
        let (value, words) = (by_value.next(), by_words.next());
        if value.is_none() && words.is_none() {
            break;
        }
        order.extend(value.into_iter().chain(words));
    }
    order.into_iter().map(|at| (&ranked[at].passage, ranked[at].sentence))
}

/// Where a sentence stands after the winner was put first.
fn moved(sentence: usize, winner: usize) -> usize {
    match sentence {
        s if s == winner => 0,
        s if s < winner => s + 1,
        s => s,
    }
}

/// How the time of the winner fits: that of its value first, else that of its sentence.
pub(crate) fn fit_of(scored: &Scored, quantity: Option<&Quantity>, asked: &wenbao_report::Period) -> Fit {
    let own = quantity.and_then(|q| q.period.as_ref());
    let view = &scored.passage.sentences[scored.sentence];
    match own {
        Some(period) => match fit(asked, Some(period)) {
            Fit::Apart => fit(asked, view.period.as_ref()),
            other => other,
        },
        None => fit(asked, view.period.as_ref()),
    }
}

/// The answer: of a few special questions by their form, of all others the best candidate that may answer.
fn decide(
    view: &View,
    probe: &Probe,
    ranked: &[Scored],
    candidates: &[Candidate],
    overview: Option<Found>,
) -> Result<Found, Missing> {
    let cell = probe.cell;
    if let Some(region) = &cell.region
        && !covered(view, region)
    {
        return Err(Missing::Region(region.clone()));
    }
    let Some(first) = ranked.first() else { return Err(Missing::Unmentioned) };
    let fitting = ranked.iter().position(|s| may_answer(probe, s));
    if matches!(cell.asked, Asked::Overview | Asked::List)
        && let Some(found) = numbered_answer(probe, ranked)
    {
        return Ok(found);
    }
    if cell.asked == Asked::Overview {
        if !reported(view, cell, ranked) {
            return Err(Missing::Period);
        }
        return overview.ok_or_else(|| mismatch(probe, first, None).unwrap_or(Missing::Unmentioned));
    }
    if cell.asked == Asked::Time
        && asks_for_report_date(&cell.text)
        && let Some(found) = report_date(probe, ranked)
    {
        return Ok(found);
    }
    // Whether something is so is proved by a whole sentence, and cannot be told from something like it.
    if cell.asked == Asked::YesNo && !wants_value(cell) {
        let stated = |i: &usize| ranked[*i].features[SentenceFeature::TopicInSentence] >= STATED;
        let at = fitting.filter(stated).ok_or(Missing::Unmentioned)?;
        let span = extract::clause(probe, &ranked[at]);
        return Ok(words(probe, ranked, at, span.range, None, Kind::Passage));
    }
    decide_candidate(probe, ranked, candidates)
}

/// Whether a question asks when the report itself was given: 政府工作报告是哪天作的.
fn asks_for_report_date(text: &str) -> bool {
    text.contains("工作报告")
        && ["作的", "做的", "作报告", "作了", "上作", "宣读", "作政府工作报告", "天作", "候作", "日作"]
            .iter()
            .any(|w| text.contains(w))
}

/// The date in the head of the report that the question names.
fn report_date(probe: &Probe, ranked: &[Scored]) -> Option<Found> {
    let year = probe.cell.report_year.or(probe.cell.period.and_then(|p| p.single_year()));
    let named = |s: &Scored| {
        let record = &s.passage.record;
        let meta = &record.document.meta;
        record.passage.section.is_empty()
            && (year.is_none() || meta.year == year)
            && probe.cell.region.as_ref().is_none_or(|r| meta.region.as_ref() == Some(r))
    };
    let day = |s: &Scored| {
        let chars = &s.passage.sentences[s.sentence].chars;
        extract::time::time_spans(chars).into_iter().find(|r| chars[r.end - 1] == '日')
    };
    let (at, range) = ranked.iter().enumerate().filter(|(_, s)| named(s)).find_map(|(i, s)| Some((i, day(s)?)))?;
    Some(Found { certain: true, ..words(probe, ranked, at, range, None, Kind::Time) })
}

/// All items of the numbered list that stands under the heading asked for ("2025年的民生实事有哪些").
fn numbered_answer(probe: &Probe, ranked: &[Scored]) -> Option<Found> {
    let fits = |s: &Scored| may_answer(probe, s);
    let headed = open::numbered(ranked, fits);
    let mut chosen = if headed.len() < 3 { open::numbered_behind(ranked, fits) } else { headed };
    if chosen.len() < 3
        && let Some(class) = probe.cell.class.as_ref().filter(|_| probe.cell.asked == Asked::List)
    {
        chosen = open::headed_behind(ranked, fits, class);
    }
    if chosen.len() < 3 {
        return None;
    }
    let answer = open::items(chosen.iter().map(|at| ranked[*at].passage.sentence_text(ranked[*at].sentence)));
    Some(of_several(probe, ranked, Kind::List, chosen[0], answer, chosen))
}

/// What the reports say about the topic: several sentences around the one where the reader found most, if that is nearly the best
/// that may answer, else around that best one, which is the main proof.
///
/// # Errors
/// When the index cannot be read.
fn open_answer(
    view: &View,
    probe: &Probe,
    ranked: &mut Vec<Scored>,
    read: Option<usize>,
) -> Result<Option<Found>, Error> {
    let fits = |s: &Scored| may_answer(probe, s);
    let Some(best) = ranked.iter().position(fits) else { return Ok(None) };
    let near = |at: &usize| fits(&ranked[*at]) && ranked[*at].score >= ranked[best].score - open::REACH;
    let first = read.filter(near).unwrap_or(best);
    let chosen = open::sentences(view, probe, ranked, first, fits)?;
    let line = chosen.first().unwrap_or(&first);
    let answer = open::shortened(ranked[*line].passage.sentence_text(ranked[*line].sentence));
    Ok(Some(of_several(probe, ranked, Kind::Overview, first, answer, chosen)))
}

/// The best candidate that may answer, if it is about as good as the best of all.
fn decide_candidate(probe: &Probe, ranked: &[Scored], candidates: &[Candidate]) -> Result<Found, Missing> {
    let Some(best) = candidates.first() else {
        return Err(ranked.first().and_then(|s| mismatch(probe, s, None)).unwrap_or(Missing::Unmentioned));
    };
    let fits = |c: &&Candidate| c.barred.is_none();
    let Some(winner) = candidates.iter().find(fits).filter(|c| c.score > best.score - MARGIN) else {
        return Err(best.barred.clone().unwrap_or(Missing::Unmentioned));
    };
    let winner = unchanged(ranked, winner, candidates.iter().filter(fits))
        .unwrap_or_else(|| meant(probe, ranked, winner, candidates.iter().filter(fits)));
    let mut found = take(probe, ranked, winner);
    // The question does not say whether it means the plan or the result: the result answers, the plan is named.
    if probe.cell.status.is_none()
        && probe.cell.period.is_some()
        && let Some(own) = winner.quantity(ranked)
    {
        let plan = is_plan(&found.value);
        let other = candidates
            .iter()
            .filter(fits)
            .filter(|c| c.score > winner.score - TWIN_MARGIN)
            .filter(|c| c.quantity(ranked).is_some_and(|q| q.unit == own.unit))
            .map(|c| take(probe, ranked, c))
            .find(|f| f.value.status.is_some() && is_plan(&f.value) != plan && same_measure(&f.value, &found.value));
        if let Some(mut other) = other {
            if plan {
                std::mem::swap(&mut found, &mut other);
            }
            found.plan = Some(Box::new(other));
        }
    }
    Ok(found)
}

/// 持平, where the rules put it first and the reader finds no answer at all: it has seldom been shown that words can be a value.
fn unchanged<'a>(
    ranked: &[Scored],
    winner: &Candidate,
    mut others: impl Iterator<Item = &'a Candidate>,
) -> Option<&'a Candidate> {
    use CandidateFeature as F;
    let first = |c: &Candidate| [F::Sentence, F::Value, F::Unweighed].iter().all(|feature| c.features[*feature] == 0.0);
    let found = others.find(|c| first(c) && c.quantity(ranked).is_some_and(|q| q.text == "持平"));
    found.filter(|_| winner.features[F::Span] < 0.0)
}

/// The value that is meant where the winner stands beside another of the same thing: of a change the earlier one, where the question
/// asks for it, else the later one, unless the reader is sure of the earlier ("由240元提高到450元"); of a target the one planned,
/// not the one beyond it, unless the question speaks of striving ("增长7%以上、力争达到8%").
fn meant<'a>(
    probe: &Probe,
    ranked: &[Scored],
    winner: &'a Candidate,
    mut others: impl Iterator<Item = &'a Candidate>,
) -> &'a Candidate {
    let Some(own) = winner.quantity(ranked) else { return winner };
    let asks = probe.cell.text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| asks.contains(word));
    let (earlier, base) = (says(EARLIER), !says(STRIVING));
    let is_meant = |c: &&Candidate| {
        let Some(other) = c.quantity(ranked).filter(|_| c.sentence == winner.sentence) else { return false };
        let scored = &ranked[c.sentence];
        let changed = |a: &Quantity, b: &Quantity| follows(scored, a, b) && grown(a, b);
        let sure = winner.features[CandidateFeature::SpanBelow] - c.features[CandidateFeature::SpanBelow] > SURE;
        earlier && changed(other, own)
            || !earlier && !sure && changed(own, other)
            || base && is_beyond(scored, other, own)
    };
    others.find(is_meant).unwrap_or(winner)
}

/// How far above the later value of a change the reader puts the earlier one where it is sure (a third of log-odds).
const SURE: f32 = 1.0;

/// Whether one value is the next after another in their sentence.
fn follows(scored: &Scored, before: &Quantity, after: &Quantity) -> bool {
    let all = &scored.passage.record.passage.sentences[scored.sentence].quantities;
    all.windows(2).any(|pair| std::ptr::eq(&pair[0], before) && std::ptr::eq(&pair[1], after))
}

/// Words that ask for the value before a change, in the languages that questions come in.
#[rustfmt::skip]
const EARLIER: &[&str] = &[
    "从多少", "由多少", "从几", "原来", "原先", "原本", "此前", "之前", "以前", "提高前", "调整前", "起步前", "起步时", "起初", "当初", "一开始",
    "年前", " before ", "originally", "initially", "at the start of", "at the beginning of", "もともと", "初め", "前は",
    "하기 전", "되기 전", "기 전에", "처음에", "당초", "до того", "до повышения", "в начале", "первоначально",
];

/// Share of the topic's words that a sentence must hold to prove that something is so.
const STATED: f32 = 0.6;

/// How far below the best candidate one that fits the question's time, status and place may lie and still answer.
const MARGIN: f32 = 3.0;

/// How far a plan may lie below its result, or the other way round, to be the same indicator.
const TWIN_MARGIN: f32 = 3.5;

/// Why a candidate cannot answer, whatever its words: another time, plan for result, another place.
pub(crate) fn mismatch(probe: &Probe, scored: &Scored, quantity: Option<&Quantity>) -> Option<Missing> {
    let cell = probe.cell;
    let view = &scored.passage.sentences[scored.sentence];
    if let Some(period) = cell.period.as_ref().filter(|_| !probe.is_of_report(&scored.passage)) {
        // A date may lie in another year than the report that announces it.
        let dated = cell.asked == Asked::Time
            && scored
                .passage
                .record
                .document
                .meta
                .year
                .is_some_and(|y| period.year_span().is_some_and(|(a, b)| (a..=b + 1).contains(&y)));
        let said = scored.features[SentenceFeature::YearInWords] > 0.0;
        match fit_of(scored, quantity, period) {
            Fit::Apart if !dated && (!said || quantity.is_some()) => return Some(Missing::Period),
            // What five years came to, or their yearly average, is not what the last of them did.
            Fit::Ends
                if quantity.is_some_and(|q| {
                    matches!(q.trend, Some(Trend::Up | Trend::Down))
                        || fits::ADDED.iter().any(|word| q.measure.contains(word))
                }) && !said
                    && !cell.hints.as_of =>
            {
                return Some(Missing::Period);
            }
            Fit::Holds if quantity.is_some() && !said => return Some(Missing::Period),
            _ => {}
        }
    }
    let status = quantity.and_then(|q| q.status).or(view.status);
    if let (Some(asked), Some(status)) = (cell.status, status)
        && cell.explicit.status
        && asked.is_result() != status.is_result()
    {
        // The nearest thing that is known belongs to the reason.
        let label = quantity.map_or_else(|| cell.topic.clone(), |q| q.measure.clone());
        let value =
            quantity.map_or_else(|| open::shortened(scored.passage.sentence_text(scored.sentence)), |q| q.text.clone());
        return Some(if asked.is_result() {
            Missing::OnlyPlan { label, value }
        } else {
            Missing::OnlyResult { label, value }
        });
    }
    if probe.misses_identifier(scored, quantity) {
        return Some(Missing::Unmentioned);
    }
    None
}

/// Whether a sentence as a whole can answer.
pub(crate) fn may_answer(probe: &Probe, scored: &Scored) -> bool {
    mismatch(probe, scored, None).is_none()
}

/// Whether any document can speak of the region: one of its own, or any of the whole country.
fn covered(view: &View, region: &Region) -> bool {
    let documents = view.snapshot.documents();
    documents.iter().any(|d| match &d.meta.region {
        Some(r) => r == region || r.is_nation(),
        None => false,
    }) || documents.iter().all(|d| d.meta.region.is_none())
}

/// Whether a report of the year asked for, or of the year after it, is there, or a sentence that speaks of it.
fn reported(view: &View, cell: &Cell, ranked: &[Scored]) -> bool {
    let Some(year) = cell.period.and_then(|p| p.single_year()) else { return true };
    let near = |d: &std::sync::Arc<DocumentRecord>| d.meta.year.is_none_or(|own| own == year || own == year + 1);
    view.snapshot.documents().iter().any(near) || ranked.iter().any(|s| s.features[SentenceFeature::PeriodSame] > 0.0)
}

/// Passages in the order of their best sentences, each once.
pub(crate) fn passages(ranked: &[Scored]) -> Vec<(std::sync::Arc<PassageView>, f32)> {
    let mut seen = std::collections::HashSet::new();
    let mut out = Vec::new();
    for scored in ranked {
        if seen.insert(scored.passage.record.row) {
            out.push((scored.passage.clone(), scored.score));
        }
    }
    out
}

/// Probability that the answer is right. What is made of whole sentences has no one value that could be wrong: it is at least as
/// sure as its evidence is about the topic, or as the reader is that something answers; so is what a whole sentence states to be so.
fn confidence(
    odds: f32,
    cell: &Cell,
    outcome: &Result<Found, Missing>,
    ranked: &[Scored],
    answers: Option<f32>,
) -> f32 {
    let learned = probability(odds);
    match outcome {
        Ok(found) if found.certain => learned.max(0.9),
        Ok(found) if found.kind == Kind::Overview && !found.more.is_empty() => {
            learned.max(told(ranked)).max(answers.map_or(0.0, probability).min(0.95))
        }
        Ok(found) if !found.more.is_empty() => learned.max(told(ranked)),
        // 持平 stands behind what it says it of, or is no answer.
        Ok(found) if found.answer == "持平" => {
            learned.max(ranked[found.sentence].features[SentenceFeature::TopicInSentence].min(0.9))
        }
        // So does a fall where growth is asked for: the reader has seldom been shown that it answers.
        Ok(found) if is_fall(cell, found) => {
            learned.max(ranked[found.sentence].features[SentenceFeature::TopicInSentence].min(0.9))
        }
        Ok(found) if cell.asked == Asked::YesNo && !wants_value(cell) => {
            learned.max(ranked[found.sentence].features[SentenceFeature::TopicInSentence].min(0.95))
        }
        _ => learned,
    }
}

/// Whether a question for growth is answered with a fall of the very thing that it names.
fn is_fall(cell: &Cell, found: &Found) -> bool {
    let (topic, label) = (cell.topic.as_str(), found.label());
    cell.asked == Asked::Rate(Rate::Growth)
        && found.trend == Some(Trend::Down)
        && label.chars().count() > 1
        && (topic.contains(label) || label.contains(topic))
}

fn probability(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

/// How surely the best passages speak of the topic, at most .95: by the share of its words that they hold, or by the
/// cosine of the best sentence, which tells other words for it. At NEAR it is as good as half of the words.
fn told(ranked: &[Scored]) -> f32 {
    const NEAR: f32 = 0.89;
    const STEEPNESS: f32 = 100.0;
    let words = ranked.iter().take(12).map(|s| s.features[SentenceFeature::TopicInPassage]).fold(0.0, f32::max);
    let near = ranked.first().map_or(0.0, |s| 1.0 / (1.0 + (STEEPNESS * (NEAR - s.cosine)).exp()));
    words.max(near).min(0.95)
}

impl CellAnswer {
    /// Whether any sentence holds most of the topic's words.
    pub fn mentions_topic(&self) -> bool {
        self.ranked.iter().any(|s| s.features[SentenceFeature::TopicInSentence] >= STATED)
    }
}
