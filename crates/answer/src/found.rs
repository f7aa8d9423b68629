//! An answer with its proof: taken out of a sentence as a quantity or as words, with the quote around it.

use std::ops::Range;

use wenbao_report::{Quantity, Status, Trend};

use crate::candidate::{Candidate, Form};
use crate::evidence::{Probe, Scored};
use crate::extract::MAX_ANSWER;
use crate::interpret::Asked;
use crate::model::{Kind, Value};
use crate::values::clause_around;
use crate::view::{SentenceView, slice};

/// An answer with its proof.
#[derive(Clone)]
pub(crate) struct Found {
    /// Short, verbatim where it is one phrase.
    pub answer: String,
    /// What kind it is.
    pub kind: Kind,
    /// Index into the ranked sentences.
    pub sentence: usize,
    /// What proves it, in the passage's text.
    pub quote: Range<usize>,
    /// The value for the contract.
    pub value: Value,
    /// Where both are known: the plan beside the result.
    pub plan: Option<Box<Found>>,
    /// Nothing else can be meant: the date in a report's head.
    pub certain: bool,
    /// Further sentences of an overview, each with its quote: indices into the ranked ones.
    pub more: Vec<(usize, Range<usize>)>,
}

impl Found {
    /// Whether two answers are taken from the same words.
    pub fn same_place(&self, other: &Self) -> bool {
        self.answer == other.answer && self.quote == other.quote && self.value.period == other.value.period
    }
}

/// An answer of several whole sentences, `first` the one that proves it.
pub(crate) fn of_several(
    probe: &Probe,
    ranked: &[Scored],
    kind: Kind,
    first: usize,
    answer: String,
    chosen: Vec<usize>,
) -> Found {
    let whole = |at: usize| ranked[at].passage.sentences[ranked[at].sentence].range.clone();
    let sentence = 0..ranked[first].passage.sentences[ranked[first].sentence].chars.len();
    let mut found = words(probe, ranked, first, sentence, None, kind);
    found.quote = whole(first);
    found.value.text = Some(answer.clone());
    found.answer = answer;
    found.more = chosen.into_iter().map(|at| (at, whole(at))).collect();
    found
}

/// Whether two values measure the same, by the words of their labels.
pub(crate) fn same_measure(a: &Value, b: &Value) -> bool {
    let (x, y) = (crate::grams::grams(&a.label), crate::grams::grams(&b.label));
    let shared = x.iter().filter(|g| y.iter().any(|h| h.key == g.key)).count();
    shared * 2 >= x.len().max(y.len()).max(1)
}

/// The quote around a stretch of a sentence: its clause, and the one before where it begins with the value alone.
fn quote(scored: &Scored, at: &Range<usize>) -> Range<usize> {
    let view = &scored.passage.sentences[scored.sentence];
    let mut clause = clause_around(&view.chars, at);
    // "…，达到5744公里": a clause that starts with a verb of reaching needs the one before to be understood.
    if at.start.saturating_sub(clause.start) < 4 && clause.start > 0 {
        let mark = clause.start - 1;
        clause.start = clause_around(&view.chars, &(mark..mark)).start;
    }
    let offset = view.range.start;
    let blank = |i: usize| view.chars.get(i).is_some_and(|c| c.is_whitespace());
    while clause.start < clause.end && blank(clause.start) {
        clause.start += 1;
    }
    clause.start + offset..clause.end + offset
}

/// The answer that a candidate gives.
pub(crate) fn take(probe: &Probe, ranked: &[Scored], candidate: &Candidate) -> Found {
    match (&candidate.form, candidate.quantity(ranked)) {
        (_, Some(quantity)) => quantity_answer(probe, ranked, candidate, quantity),
        (Form::Items(items), _) => {
            words(probe, ranked, candidate.sentence, candidate.range.clone(), Some(items), Kind::List)
        }
        (form, _) => {
            let time = *form == Form::Time || matches!(probe.cell.asked, Asked::Time | Asked::Duration);
            let kind = if time { Kind::Time } else { Kind::Entity };
            words(probe, ranked, candidate.sentence, candidate.range.clone(), None, kind)
        }
    }
}

fn quantity_answer(probe: &Probe, ranked: &[Scored], candidate: &Candidate, quantity: &Quantity) -> Found {
    let scored = &ranked[candidate.sentence];
    let ratio = matches!(probe.cell.asked, Asked::Rate(_)) || quantity.unit == "%";
    Found {
        answer: quantity.text.clone(),
        kind: if ratio { Kind::Rate } else { Kind::Number },
        sentence: candidate.sentence,
        quote: quote(scored, &candidate.range),
        value: value_of(probe, scored, quantity),
        plan: None,
        certain: false,
        more: Vec::new(),
    }
}

/// The contract's value of a quantity: the number in the unit that the report writes.
pub(crate) fn value_of(probe: &Probe, scored: &Scored, quantity: &Quantity) -> Value {
    let view = &scored.passage.sentences[scored.sentence];
    let (value, unit) = written(quantity);
    Value {
        label: label(probe, view, quantity),
        value: Some(value),
        unit,
        hedge: quantity.hedge,
        text: None,
        period: quantity.period.or(view.period),
        region: scored.passage.record.passage.region.clone(),
        status: quantity.status.or(view.status),
        computed: None,
        citations: Vec::new(),
    }
}

/// Verbs that a growth rate cannot do without: "地区生产总值5%" is something else than "地区生产总值增长5%".
const CHANGES: &[&str] = &[
    "增长", "提高", "下降", "降低", "压减", "减少", "增加", "上涨", "上升", "回落", "提升", "缩小", "扩大", "压缩",
    "减排", "降", "涨", "增",
];

/// What a value is the value of: its measure without the list's marker, with the verb of its change.
fn label(probe: &Probe, view: &SentenceView, quantity: &Quantity) -> String {
    let measure = if quantity.measure.is_empty() { &probe.cell.topic } else { &quantity.measure };
    let numeral = |c: char| "一二三四五六七八九十".contains(c);
    let label = match measure.find('是') {
        Some(at) if at > 0 && measure[..at].chars().all(numeral) => &measure[at + '是'.len_utf8()..],
        _ => measure,
    };
    if !matches!(quantity.trend, Some(Trend::Up | Trend::Down)) || CHANGES.iter().any(|verb| label.ends_with(verb)) {
        return label.to_string();
    }
    let at = view.within(&quantity.range);
    let lead: String = view.chars[at.start.saturating_sub(12)..at.start].iter().collect();
    let verb = CHANGES
        .iter()
        .filter_map(|verb| lead.rfind(verb).map(|at| (at + verb.len(), *verb)))
        .max_by_key(|(end, verb)| (*end, verb.len()));
    format!("{label}{}", verb.map_or("", |(_, verb)| verb))
}

/// A quantity with the multiplier in its unit, as people read it: 1.45 亿千瓦, not 145,000,000 千瓦.
pub(crate) fn written(quantity: &Quantity) -> (f64, String) {
    for (word, factor) in wenbao_lang::numeral::LARGE {
        let in_text = quantity.text.contains(word) && !quantity.unit.starts_with(word);
        if in_text && quantity.value.abs() >= factor {
            let scaled = quantity.value / factor;
            return ((scaled * 1e6).round() / 1e6, format!("{word}{}", quantity.unit));
        }
    }
    (quantity.value, quantity.unit.clone())
}

/// Words of a sentence as the answer: a stretch of it, or its items joined.
pub(crate) fn words(
    probe: &Probe,
    ranked: &[Scored],
    sentence: usize,
    range: Range<usize>,
    items: Option<&[Range<usize>]>,
    kind: Kind,
) -> Found {
    let scored = &ranked[sentence];
    let view = &scored.passage.sentences[scored.sentence];
    let text = |r: &Range<usize>| {
        slice(&scored.passage.record.passage.text, &(r.start + view.range.start..r.end + view.range.start)).to_string()
    };
    let answer = match items {
        Some(items) => items.iter().map(&text).collect::<Vec<_>>().join("、"),
        None => text(&range).chars().take(MAX_ANSWER).collect(),
    };
    let answer = answer.split_whitespace().collect::<String>();
    Found {
        quote: quote(scored, &range),
        kind,
        sentence,
        value: Value {
            label: probe.cell.topic.clone(),
            value: None,
            unit: String::new(),
            hedge: None,
            text: Some(answer.clone()),
            period: view.period,
            region: scored.passage.record.passage.region.clone(),
            status: view.status,
            computed: None,
            citations: Vec::new(),
        },
        answer,
        plan: None,
        certain: false,
        more: Vec::new(),
    }
}

/// Whether the status of a value is a plan.
pub(crate) fn is_plan(value: &Value) -> bool {
    value.status == Some(Status::Target)
}
