//! An answer with its proof: taken out of a sentence as a quantity or as words, with the quote around it.

use std::ops::Range;

use wenbao_lang::unit;
use wenbao_report::{Quantity, Status, Trend};

use crate::candidate::{Candidate, Form};
use crate::compute;
use crate::evidence::{Probe, Scored};
use crate::extract::MAX_ANSWER;
use crate::interpret::{Asked, Change, Rate};
use crate::model::{Kind, Value};
use crate::open;
use crate::units::is_time;
use crate::values::clause_around;
use crate::view::SentenceView;

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
    /// Whether it is a change, and which way.
    pub trend: Option<Trend>,
    /// Beside a base target the one beyond it: "增长7%以上、力争达到8%".
    pub stretch: Option<Box<Value>>,
    /// Further sentences of an overview, each with its quote: indices into the ranked ones.
    pub more: Vec<(usize, Range<usize>)>,
}

impl Found {
    /// The answer with the verb of its change: "增长2.6%" where the answer is "2.6%".
    pub fn changed(&self) -> String {
        let signed = self.answer.starts_with(|c: char| !c.is_ascii_digit()) || self.value.value == Some(0.0);
        let verb = CHANGES.iter().filter(|verb| self.value.label.ends_with(**verb)).max_by_key(|verb| verb.len());
        match verb {
            Some(verb) if !signed => format!("{verb}{}", self.answer),
            _ => self.answer.clone(),
        }
    }

    /// What it is the value of, without the verb of change that the answer has itself.
    pub fn label(&self) -> &str {
        let label = self.value.label.as_str();
        let said = CHANGES.iter().filter(|verb| label.ends_with(**verb) && self.answer.starts_with(**verb));
        let longest = said.max_by_key(|verb| verb.len());
        // 原煤产量增长持平: a change by nothing has no verb.
        let none =
            (self.value.value == Some(0.0)).then(|| CHANGES.iter().find(|verb| label.ends_with(**verb))).flatten();
        longest.or(none).and_then(|verb| label.strip_suffix(*verb)).unwrap_or(label)
    }

    /// Makes of an overview's sentence its short result, if it is short; the sentence is one of the overview's lines then.
    pub fn lead_with(&mut self, result: Found) {
        if result.answer.chars().count() > open::SHORT {
            return;
        }
        if !self.more.iter().any(|(at, _)| *at == result.sentence) {
            self.more.insert(0, (result.sentence, result.quote));
        }
        self.value.text = Some(result.answer.clone());
        self.answer = result.answer;
    }

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
            let range = candidate.extent.as_ref().unwrap_or(&candidate.range);
            let end = range.end + usize::from(time && is_limit(&ranked[candidate.sentence], range.end));
            words(probe, ranked, candidate.sentence, range.start..end, None, kind)
        }
    }
}

fn quantity_answer(probe: &Probe, ranked: &[Scored], candidate: &Candidate, quantity: &Quantity) -> Found {
    let scored = &ranked[candidate.sentence];
    let ratio = matches!(probe.cell.asked, Asked::Rate(_)) || quantity.unit == "%";
    let mut found = Found {
        answer: quantity.text.clone(),
        kind: if ratio { Kind::Rate } else { Kind::Number },
        sentence: candidate.sentence,
        quote: quote(scored, &candidate.range),
        value: value_of(probe, scored, quantity),
        plan: None,
        certain: false,
        trend: quantity.trend,
        stretch: None,
        more: Vec::new(),
    };
    let range = candidate.extent.as_ref().unwrap_or(&candidate.range);
    if candidate.extent.is_some() {
        found.answer = scored.text(range).split_whitespace().collect();
    }
    if let Some(verb) = fall(probe, scored, quantity).filter(|verb| !found.answer.contains(verb)) {
        found.answer.insert_str(0, verb);
    }
    if is_time(&quantity.unit) && is_limit(scored, range.end) {
        found.answer.push('内');
    }
    let all = &scored.passage.record.passage.sentences[scored.sentence].quantities;
    if let Some(number) = all.iter().position(|q| std::ptr::eq(q, quantity)) {
        if let Some(before) = number.checked_sub(1).and_then(|at| all.get(at))
            && probe.cell.change == Some(Change::Increment)
            && grown(before, quantity)
        {
            by_how_much(&mut found, before, quantity);
        } else if let Some(beyond) = all.get(number + 1).filter(|beyond| is_beyond(scored, quantity, beyond)) {
            found.stretch = Some(Box::new(value_of(probe, scored, beyond)));
        }
    }
    in_unit_asked(probe, quantity, &mut found);
    found
}

/// Whether what ends there is a limit and no length of time: "15个工作日内".
fn is_limit(scored: &Scored, end: usize) -> bool {
    scored.passage.sentences[scored.sentence].chars.get(end) == Some(&'内')
}

/// Verbs of a fall.
const FALLS: &[&str] =
    &["下降", "降低", "压减", "减少", "回落", "缩小", "压缩", "下跌", "下滑", "负增长", "降", "减", "跌"];

/// The verb that a fall cannot do without: 6.4% for "增长多少" against 下降6.4% would be a lie, and so would 0.3 points for "比全国高
/// 多少" against 低于全国. A question that asks for a fall itself needs none.
fn fall(probe: &Probe, scored: &Scored, quantity: &Quantity) -> Option<&'static str> {
    const BELOW: &[&str] =
        &["低于全国", "低于全国平均", "低于全国平均水平", "低于全国水平", "比全国低", "比全国平均低"];
    let change = matches!(probe.cell.asked, Asked::Rate(Rate::Growth)) || probe.cell.change == Some(Change::Increment);
    let asks_for_it = FALLS.iter().chain(&["低", "缩", "少多少", "少了"]).any(|verb| probe.cell.text.contains(verb));
    if !change || asks_for_it || quantity.value <= 0.0 {
        return None;
    }
    let view = &scored.passage.sentences[scored.sentence];
    let at = view.within(&quantity.range);
    let lead: String = view.chars[at.start.saturating_sub(12)..at.start].iter().collect();
    if probe.cell.text.contains("全国") && BELOW.iter().any(|words| lead.ends_with(words)) {
        return Some("低");
    }
    if quantity.trend != Some(Trend::Down) {
        return None;
    }
    let said = FALLS.iter().filter_map(|verb| lead.rfind(verb).map(|at| (at + verb.len(), verb.len(), *verb)));
    said.max().map(|(_, _, verb)| verb)
}

/// "由860公里增加到1020公里": the first of two values is what the second has grown from.
pub(crate) fn grown(before: &Quantity, after: &Quantity) -> bool {
    before.earlier && before.unit == after.unit && before.upper.is_none() && after.upper.is_none()
}

/// Makes an increment of a level and the level before it.
fn by_how_much(found: &mut Found, before: &Quantity, after: &Quantity) {
    let as_value = |quantity: &Quantity| {
        let (value, unit) = written(quantity);
        Value { value: Some(value), unit, ..found.value.clone() }
    };
    let (mut from, mut to) = (as_value(before), as_value(after));
    let fell = after.value < before.value;
    if fell {
        std::mem::swap(&mut from, &mut to);
    }
    let Some(difference) = compute::difference(&to, &from) else { return };
    let verb = if fell { "减少" } else { "" };
    found.answer = format!("{verb}{}{}", difference.value, difference.unit);
    found.trend = Some(if fell { Trend::Down } else { Trend::Up });
    found.value.value = Some(difference.value.to_f64());
    found.value.unit = difference.unit;
    found.value.hedge = None;
    found.kind = if after.unit == "%" { Kind::Rate } else { Kind::Number };
    found.value.computed = Some(difference.how);
}

/// Words that lead to a target beyond the one planned.
pub(crate) const STRIVING: &[&str] = &["力争", "争取", "奋斗目标", "努力", "冲刺"];

/// "增长7%以上、力争达到8%": whether the second value is the target beyond the first.
pub(crate) fn is_beyond(scored: &Scored, base: &Quantity, beyond: &Quantity) -> bool {
    let view = &scored.passage.sentences[scored.sentence];
    let (end, start) = (view.within(&base.range).end, view.within(&beyond.range).start);
    if base.unit != beyond.unit || end > start || start - end > 12 {
        return false;
    }
    let between: String = view.chars[end..start].iter().collect();
    let verb = STRIVING.iter().find_map(|word| between.find(word).map(|at| at + word.len()));
    // What stands behind the verb is no other thing's name: "力争固定资产投资增长8%" is a target of its own.
    verb.is_some_and(|at| between[at..].chars().count() <= 5 && !between[at..].contains('资'))
        && between.chars().take_while(|c| !"力争奋努冲".contains(*c)).all(|c| "、，（(；, 左右以上".contains(c))
}

/// Says a value in the unit that the question names, where the report has another one with an exact factor: 亿斤 in 万吨, 公顷 in
/// 亩. Another multiplier alone (万人 for 人) is no other unit.
fn in_unit_asked(probe: &Probe, quantity: &Quantity, found: &mut Found) {
    let Some(unit) = probe.cell.units.first().filter(|_| probe.cell.unit_named) else { return };
    let known = |name: &str| unit::unit(name).is_some();
    let same = unit::plain(unit) == unit::plain(&quantity.unit);
    if probe.cell.asked != Asked::Amount || same || !known(unit) || !known(&quantity.unit) || quantity.upper.is_some() {
        return;
    }
    let wanted = format!("{}{unit}", multiplier(&probe.cell.text, unit));
    let (Some(value), Some(factor)) = (found.value.value, unit::convertible(&found.value.unit, &wanted)) else {
        return;
    };
    let exact = factor.apply(value);
    let rounded = (exact * 1e6).round() / 1e6;
    if factor.to_f64() == 1.0 || rounded == 0.0 {
        return;
    }
    // 1 亩 is a fifteenth of a hectare: what does not come out is rounded and says so.
    let even = (exact - rounded).abs() <= 1e-9 * exact.abs();
    let value = if even { rounded } else { (exact * 100.0).round() / 100.0 };
    let Some(said) = compute::Decimal::of(value) else { return };
    let source = std::mem::take(&mut found.answer);
    let about = if even { "" } else { "约" };
    // 以上, 不少于: the report's own words around the number stay.
    let lead = source.find(|c: char| c.is_ascii_digit()).map_or("", |at| &source[..at]);
    let tail = source.rfind(quantity.unit.as_str()).map_or("", |at| &source[at + quantity.unit.len()..]);
    let about = if lead.contains('约') { "" } else { about };
    found.answer = format!("{lead}{about}{said}{wanted}{tail}");
    found.value.computed = Some(format!("{source} = {about}{said}{wanted}"));
    found.value.value = Some(value);
    found.value.unit = wanted;
}

/// The multiplier that a question asks for with a unit: 万 of "多少万吨".
fn multiplier(text: &str, unit: &str) -> String {
    let behind = ["多少", "几"].iter().filter_map(|word| text.rfind(word).map(|at| &text[at + word.len()..])).next();
    let Some(at) = behind.and_then(|rest| rest.find(unit).map(|at| &rest[..at])) else { return String::new() };
    if at.chars().all(|c| "千百万亿".contains(c)) { at.to_string() } else { String::new() }
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
        // What something was before a change is not of the sentence's time.
        period: quantity.period.or(view.period.filter(|_| !quantity.earlier)),
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
    let answer = match items {
        Some(items) => items.iter().map(|r| scored.text(r)).collect::<Vec<_>>().join("、"),
        None => scored.text(&range).chars().take(MAX_ANSWER).collect(),
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
        trend: None,
        stretch: None,
        more: Vec::new(),
    }
}

/// Whether the status of a value is a plan.
pub(crate) fn is_plan(value: &Value) -> bool {
    value.status == Some(Status::Target)
}
