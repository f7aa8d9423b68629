//! One cell of a question answered: its evidence ranked, and the answer taken out of the best of it.

use wenbao_report::{Quantity, Region, Trend};

use crate::confidence::{SIGNALS, signals};
use crate::error::Error;
use crate::evidence::{self, Depth, Probe, Scored};
use crate::extract;
use crate::extract::name::{self, ScoredName};
use crate::found::{Found, is_plan, of_several, phrase, quantity_answer, same_measure};
use crate::interpret::{Asked, Cell, Query};
use crate::model::Kind;
use crate::overview;
use crate::time::{Fit, fit};
use crate::values::{self, ScoredValue};
use crate::view::{PassageView, View};
use crate::weights::{Weights, aligned, dot};

/// Sentences whose values are looked at.
const VALUE_SENTENCES: usize = 60;

/// Sentences out of which a phrase is taken.
const PHRASE_SENTENCES: usize = 4;

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
    /// Sentences, best first.
    pub ranked: Vec<Scored>,
    /// Quantities, best first; empty where none is asked for.
    pub values: Vec<ScoredValue>,
    /// Stretches of sentences, best first; empty where no name is asked for.
    pub names: Vec<ScoredName>,
    /// The answer, or why there is none.
    pub outcome: Result<Found, Missing>,
    /// What [`crate::confidence`] judges.
    pub signals: [f32; SIGNALS.len()],
    /// How long finding the candidates took; ranking them comes on top.
    pub retrieved: std::time::Duration,
}

/// Answers a cell.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn answer(
    view: &View,
    query: &Query,
    cell: &Cell,
    vector: &[f32],
    expansions: &[String],
    weights: &Weights,
) -> Result<CellAnswer, Error> {
    let probe = Probe::new(query, cell, vector, expansions, view);
    let (mut ranked, retrieved) = evidence::rank(view, &probe, weights, Depth::default())?;
    let mut values =
        if wants_value(cell) { values::rank(&probe, &ranked, &weights.value, VALUE_SENTENCES) } else { Vec::new() };
    if let Some(winner) = values.first().map(|v| v.sentence) {
        lift(&mut ranked, &mut values, winner);
    }
    let mut names = Vec::new();
    let mut outcome = decide(view, &probe, &ranked, &values, weights, &mut names);
    if outcome.as_ref().is_ok_and(|found| found.kind == Kind::Time) {
        // Words answer, and no quantity stands behind them.
        values.clear();
    }
    let signals = signals(view, &probe, &ranked, &values, &names, outcome.as_ref().ok())?;
    // What answers stands first, also where something else looked better but was of another time.
    if let Ok(found) = &mut outcome
        && found.sentence > 0
    {
        lift(&mut ranked, &mut values, found.sentence);
        for name in &mut names {
            name.sentence = moved(name.sentence, found.sentence);
        }
        if let Some(plan) = &mut found.plan {
            plan.sentence = moved(plan.sentence, found.sentence);
        }
        for (sentence, _) in &mut found.more {
            *sentence = moved(*sentence, found.sentence);
        }
        found.sentence = 0;
    }
    Ok(CellAnswer { ranked, values, names, outcome, signals, retrieved })
}

/// Whether the answer is a quantity.
pub(crate) fn wants_value(cell: &Cell) -> bool {
    cell.asked.is_quantity() || (matches!(cell.asked, Asked::YesNo) && !cell.units.is_empty())
}

/// Puts the sentence that holds the best value first: it is the evidence, whatever its words alone would rank.
fn lift(ranked: &mut Vec<Scored>, values: &mut [ScoredValue], winner: usize) {
    let scored = ranked.remove(winner);
    ranked.insert(0, scored);
    for value in values {
        value.sentence = moved(value.sentence, winner);
    }
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

fn decide(
    view: &View,
    probe: &Probe,
    ranked: &[Scored],
    values: &[ScoredValue],
    weights: &Weights,
    names: &mut Vec<ScoredName>,
) -> Result<Found, Missing> {
    let cell = probe.cell;
    if let Some(region) = &cell.region
        && !covered(view, region)
    {
        return Err(Missing::Region(region.clone()));
    }
    if ranked.is_empty() {
        return Err(Missing::Unmentioned);
    }
    if wants_value(cell) {
        let decided = decide_value(probe, ranked, values);
        // "提升五年行动": a span of time inside a name is no quantity, and answers all the same where nothing else does.
        let top = (0..ranked.len()).max_by(|a, b| ranked[*a].score.total_cmp(&ranked[*b].score)).unwrap_or(0);
        let apart = |found: &Found| ranked[found.sentence].score < ranked[top].score - MARGIN;
        if cell.asked == Asked::Duration
            && decided.as_ref().map_or(true, apart)
            && mismatch(probe, &ranked[top], None).is_none()
        {
            let span = extract::time::time(probe, &ranked[top], true).filter(|span| span.form > 0.5);
            if let Some(span) = span {
                return Ok(phrase(probe, ranked, &[top], Kind::Time, |_| Some((span.clone(), None))));
            }
        }
        return decided;
    }
    // The date in a report's head is that of the session, and answers nothing else.
    let head =
        |s: &Scored| s.passage.record.passage.section.is_empty() && s.passage.record.passage.text.contains("工作报告");
    let of_session = ["报告", "会议", "大会", "开幕", "召开"].iter().any(|w| cell.text.contains(w));
    let fitting: Vec<usize> = (0..ranked.len())
        .filter(|i| mismatch(probe, &ranked[*i], None).is_none())
        .filter(|i| cell.asked != Asked::Time || of_session || !head(&ranked[*i]))
        .take(PHRASE_SENTENCES)
        .collect();
    let near = fitting.first().is_some_and(|i| ranked[*i].score > ranked[0].score - MARGIN);
    if !near {
        return Err(mismatch(probe, &ranked[0], None).unwrap_or(Missing::Unmentioned));
    }
    // Whether something is so cannot be told from something like it.
    let stated = |s: &Scored| s.feature("topic_in_sentence") >= STATED;
    if cell.asked == Asked::YesNo && !fitting.first().is_some_and(|i| stated(&ranked[*i])) {
        return Err(Missing::Unmentioned);
    }
    if matches!(cell.asked, Asked::Overview | Asked::List)
        && let Some(found) = numbered_answer(probe, ranked)
    {
        return Ok(found);
    }
    if cell.asked == Asked::Overview {
        return Ok(overview_answer(probe, ranked, fitting.first().copied().unwrap_or(0)));
    }
    if cell.asked == Asked::Time
        && asks_for_report_date(&cell.text)
        && let Some(found) = report_date(probe, ranked)
    {
        return Ok(found);
    }
    let several = probe.count.is_some_and(|n| n > 1) && matches!(cell.asked, Asked::Entity | Asked::Place);
    let found = match cell.asked {
        _ if several => phrase(probe, ranked, &fitting, Kind::List, |s| {
            extract::list::list(probe, s).map(|(span, items)| (span, Some(items)))
        }),
        Asked::Time | Asked::Duration => {
            let duration = cell.asked == Asked::Duration;
            phrase(probe, ranked, &fitting, Kind::Time, |s| extract::time::time(probe, s, duration).map(|x| (x, None)))
        }
        Asked::List => phrase(probe, ranked, &fitting, Kind::List, |s| {
            extract::list::list(probe, s).map(|(span, items)| (span, Some(items)))
        }),
        Asked::Entity | Asked::Place => match probe.ordinal_class() {
            Some(class) => {
                phrase(probe, ranked, &fitting, Kind::Entity, |s| name::ordinal(probe, s, &class).map(|x| (x, None)))
            }
            None => {
                names.extend(name::rank(probe, ranked, &fitting, &weights.name));
                let (at, taken) = match name::best(names, ranked) {
                    Some((at, span)) => (at, Some((span, None))),
                    None => (fitting[0], None),
                };
                phrase(probe, ranked, &[at], Kind::Entity, |_| taken.clone())
            }
        },
        _ => phrase(probe, ranked, &fitting, Kind::Passage, |_| None),
    };
    Ok(found)
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
        let range = extract::time::time_spans(chars).into_iter().find(|r| chars[r.end - 1] == '日')?;
        Some((extract::Span { range, score: 1.0, form: 1.0 }, None))
    };
    let at = ranked.iter().position(|s| named(s) && day(s).is_some())?;
    Some(Found { form: HEAD, ..phrase(probe, ranked, &[at], Kind::Time, day) })
}

/// The form of what stands in the head of a report, where nothing else can be meant.
const HEAD: f32 = 2.0;

/// All items of the numbered list that stands under the heading asked for ("2025年的民生实事有哪些").
fn numbered_answer(probe: &Probe, ranked: &[Scored]) -> Option<Found> {
    let fits = |s: &Scored| mismatch(probe, s, None).is_none();
    let headed = overview::numbered(ranked, fits);
    let mut chosen = if headed.len() < 3 { overview::numbered_behind(ranked, fits) } else { headed };
    if chosen.len() < 3
        && let Some(class) = probe.cell.class.as_ref().filter(|_| probe.cell.asked == Asked::List)
    {
        chosen = overview::headed_behind(ranked, fits, class);
    }
    if chosen.len() < 3 {
        return None;
    }
    let answer = overview::items(chosen.iter().map(|at| ranked[*at].passage.sentence_text(ranked[*at].sentence)));
    Some(of_several(probe, ranked, Kind::List, chosen[0], answer, chosen))
}

/// What the reports say about the topic: several sentences, the best of them as the main proof.
fn overview_answer(probe: &Probe, ranked: &[Scored], first: usize) -> Found {
    let chosen = overview::sentences(ranked, |s| mismatch(probe, s, None).is_none());
    let lines: Vec<String> =
        chosen.iter().map(|at| overview::shortened(ranked[*at].passage.sentence_text(ranked[*at].sentence))).collect();
    of_several(probe, ranked, Kind::Overview, first, lines.join("；"), chosen)
}

/// The best value whose time, status and place are those asked for, if it is about as good as the best of all.
fn decide_value(probe: &Probe, ranked: &[Scored], values: &[ScoredValue]) -> Result<Found, Missing> {
    let Some(best) = values.first() else { return Err(Missing::Unmentioned) };
    let fits = |v: &&ScoredValue| mismatch(probe, &ranked[v.sentence], Some(v.of(ranked))).is_none();
    let winner = values.iter().find(fits).filter(|v| v.score > best.score - MARGIN);
    let Some(winner) = winner else {
        return Err(mismatch(probe, &ranked[best.sentence], Some(best.of(ranked))).unwrap_or(Missing::Unmentioned));
    };
    let mut found = quantity_answer(probe, ranked, winner);
    // The question does not say whether it means the plan or the result: the result answers, the plan is named.
    if probe.cell.status.is_none() && probe.cell.period.is_some() {
        let own = winner.of(ranked);
        let plan = is_plan(&found.value);
        let other = values
            .iter()
            .filter(fits)
            .filter(|v| v.of(ranked).unit == own.unit && v.score > winner.score - TWIN_MARGIN)
            .map(|v| (v, quantity_answer(probe, ranked, v)))
            .find(|(_, f)| {
                f.value.status.is_some() && is_plan(&f.value) != plan && same_measure(&f.value, &found.value)
            });
        if let Some((_, mut other)) = other {
            if plan {
                std::mem::swap(&mut found, &mut other);
            }
            found.plan = Some(Box::new(other));
        }
    }
    Ok(found)
}

/// Share of the topic's words that a sentence must hold to prove that something is so.
const STATED: f32 = 0.6;

/// How far below the best candidate one that fits the question's time, status and place may lie and still answer.
const MARGIN: f32 = 3.0;

/// How far a plan may lie below its result, or the other way round, to be the same indicator.
const TWIN_MARGIN: f32 = 2.5;

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
        let said = scored.feature("year_in_words") > 0.0;
        match fit_of(scored, quantity, period) {
            Fit::Apart if !dated && (!said || quantity.is_some()) => return Some(Missing::Period),
            // What five years came to, or their yearly average, is not what the last of them did.
            Fit::Ends
                if quantity.is_some_and(|q| q.trend == Some(Trend::Up) || q.trend == Some(Trend::Down))
                    && !said
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
        let value = quantity
            .map_or_else(|| overview::shortened(scored.passage.sentence_text(scored.sentence)), |q| q.text.clone());
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

/// Whether any document can speak of the region: one of its own, or any of the whole country.
fn covered(view: &View, region: &Region) -> bool {
    let documents = view.snapshot.documents();
    documents.iter().any(|d| match &d.meta.region {
        Some(r) => r == region || r.is_nation(),
        None => false,
    }) || documents.iter().all(|d| d.meta.region.is_none())
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

impl CellAnswer {
    /// Probability that the answer is right. An overview has no one value that could be wrong: it is at least as sure as its
    /// evidence is about the topic.
    pub fn confidence(&self, weights: &Weights) -> f32 {
        let odds = dot(&aligned(&weights.confidence, &SIGNALS), &self.signals);
        let learned = 1.0 / (1.0 + (-odds).exp());
        match &self.outcome {
            Ok(found) if found.form >= HEAD => learned.max(0.9),
            Ok(found) if !found.more.is_empty() => {
                let told = self.ranked.iter().take(12).map(|s| s.feature("topic_in_passage")).fold(0.0, f32::max);
                learned.max(told.min(0.95))
            }
            _ => learned,
        }
    }

    /// Whether any sentence holds most of the topic's words.
    pub fn mentions_topic(&self) -> bool {
        self.ranked.iter().any(|s| s.feature("topic_in_sentence") >= STATED)
    }
}
