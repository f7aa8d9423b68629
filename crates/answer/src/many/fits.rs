//! Whether a value may stand in a table beside those of other places. A single question shows its sentence, and whoever reads it
//! sees what the value is of; a table shows the number alone, so it must be of just the thing, the time and the place asked for.

use std::collections::HashSet;

use wenbao_lang::place::{self, Place};
use wenbao_report::{Hedge, Quantity, Trend};

use crate::candidate::Candidate;
use crate::cell::fit_of;
use crate::evidence::{Probe, Scored};
use crate::interpret::{Asked, Rate};
use crate::time::Fit;
use crate::units::{UnitFit, unit_fit};
use crate::values::{clause_around, other_head};
use crate::view::SentenceView;

/// Share of the topic that must stand in what a value measures, or in its clause and the one before.
const COVERED: f32 = 0.55;

/// What a value loses that measures the thing with a further word before it.
const FURTHER: f32 = 1.5;

/// Words of more years than one, where one is asked for.
const SPANS: &[&str] = &["累计", "年均", "每年", "五年来", "五年累计", "三年累计", "年年", "平均每年", "五年间"];

/// Words of one of many: 人均 is not the whole.
const PER: &[&str] = &["人均", "户均", "亩均", "每人", "每户", "每亩", "单位"];

/// How a value fits a cell.
pub(crate) struct Fits {
    /// The share of the topic that it has.
    pub covered: f32,
    /// How far it falls behind a plain one, 0 for none.
    pub behind: f32,
}

/// How a value fits a cell; `None` where it cannot be its value.
pub(crate) fn fits(probe: &Probe, ranked: &[Scored], candidate: &Candidate) -> Option<Fits> {
    let cell = probe.cell;
    let quantity = candidate.quantity(ranked)?;
    let scored = &ranked[candidate.sentence];
    let view = &scored.passage.sentences[scored.sentence];
    let at = view.within(&quantity.range);
    let clause = clause_around(&view.chars, &at);
    let lead: String = view.chars[clause.start..at.start.max(clause.start)].iter().collect();
    let asked: String = probe.question_chars.iter().collect();
    let says = |words: &[&str], text: &str| words.iter().any(|w| text.contains(w));
    if quantity.earlier || !right_unit(probe, quantity, &asked) {
        return None;
    }
    if says(PER, &quantity.measure) && !says(PER, &asked) {
        return None;
    }
    if other_head(&probe.question_chars, &cell.topic, &quantity.measure) {
        return None;
    }
    if of_another_place(probe, quantity) || is_stretch(scored, view, quantity, &lead) {
        return None;
    }
    if let Some(period) = cell.period.as_ref() {
        let one_year = period.single_year().is_some();
        let flow = matches!(quantity.trend, Some(Trend::Up | Trend::Down))
            || says(&["新增", "新建", "净增", "完成", "新"], &quantity.measure);
        match fit_of(scored, Some(quantity), period) {
            Fit::Same | Fit::Unknown => {}
            Fit::Ends if !flow => {}
            _ => return None,
        }
        if one_year && says(SPANS, &lead) && !says(SPANS, &asked) {
            return None;
        }
    }
    let covered = covered(probe, view, quantity, candidate);
    let behind = if has_further_word(probe, quantity) { FURTHER } else { 0.0 };
    (covered >= COVERED).then_some(Fits { covered, behind })
}

/// Whether the unit can be that of the thing. A thing that no unit is known of is no share unless its name says so.
fn right_unit(probe: &Probe, quantity: &Quantity, asked: &str) -> bool {
    let cell = probe.cell;
    if quantity.unit == "个百分点" {
        return asked.contains("百分点");
    }
    if matches!(cell.asked, Asked::Rate(Rate::Growth)) {
        return quantity.unit == "%" || quantity.unit == "倍";
    }
    if !cell.units.is_empty() {
        return unit_fit(&cell.units, quantity) > UnitFit::None;
    }
    let change = matches!(quantity.trend, Some(Trend::Up | Trend::Down));
    let rate = ["率", "比重", "占比", "比例", "强度", "涨幅", "增速", "增幅", "增长", "程度"];
    quantity.unit != "%" || !change || rate.iter().any(|w| cell.topic.ends_with(w) || asked.contains(w))
}

/// Whether what is measured is of a city or another province: a report tells of its cities too.
fn of_another_place(probe: &Probe, quantity: &Quantity) -> bool {
    let own = probe.cell.region.as_ref().map_or("", |r| r.0.as_str());
    let asked: String = probe.question_chars.iter().collect();
    place::find(&quantity.measure).into_iter().any(|(_, place)| {
        let name = place.name();
        let home = matches!(place, Place::City(_, province) if province.short == name);
        name != own && !asked.contains(name) && !home
    })
}

/// Whether it is what is striven for beyond the plan that stands before it: 7%以上、力争达到8%.
fn is_stretch(scored: &Scored, view: &SentenceView, quantity: &Quantity, lead: &str) -> bool {
    let near: String = {
        let chars: Vec<char> = lead.chars().collect();
        chars[chars.len().saturating_sub(10)..].iter().collect()
    };
    let strives = quantity.hedge == Some(Hedge::Strive)
        || ["力争", "争取", "奋斗", "努力", "冲刺", "更好"].iter().any(|w| near.contains(w));
    let at = view.within(&quantity.range).start;
    let all = &scored.passage.record.passage.sentences[scored.sentence].quantities;
    strives
        && all.iter().any(|other| {
            let end = view.within(&other.range).end;
            other.unit == quantity.unit && end <= at && at - end <= 14 && other.measure == quantity.measure
        })
}

/// The share of the topic that the value's measure has, or its clause and the one before, the better of them.
fn covered(probe: &Probe, view: &SentenceView, quantity: &Quantity, candidate: &Candidate) -> f32 {
    let crate::candidate::Form::Quantity(number) = candidate.form else { return 0.0 };
    let measure = &view.measures[number];
    let at = view.within(&quantity.range);
    let clause = clause_around(&view.chars, &at);
    let start = clause.start.checked_sub(1).map_or(clause.start, |mark| clause_around(&view.chars, &(mark..mark)).start);
    let keys = |from: usize, to: usize| -> HashSet<u64> {
        view.grams.iter().filter(|g| g.range.start >= from && g.range.end <= to).map(|g| g.key).collect()
    };
    let near = keys(clause.start.max(at.start.saturating_sub(24)), (at.end + 8).min(clause.end));
    let wide = keys(start, at.end);
    let of = |keys: &HashSet<u64>| probe.topic.coverage(|k| keys.contains(&k));
    of(measure).max(of(&near)).max(of(&wide) - 0.1)
}

/// Words before a thing's name that do not make another thing of it.
const PLAIN: &[&str] = &[
    "全省", "全市", "全区", "全自治区", "全年", "全州", "全县", "我省", "我市", "我区", "年度", "当年", "地区", "国内", "地方", "实现", "完成", "达到", "预计",
    "预期", "力争", "确保", "其中", "同比", "名义", "保持", "推动", "努力", "争取", "初步", "核算", "总量", "规模", "目标", "主要", "本地", "省", "市", "区", "年", "的", "了", "和",
];

/// Whether something stands before the thing's name in what is measured: 海洋生产总值 is not 生产总值.
fn has_further_word(probe: &Probe, quantity: &Quantity) -> bool {
    let measure: Vec<char> = quantity.measure.chars().filter(|c| c.is_alphanumeric()).collect();
    let asked = &probe.question_chars;
    // Where what is measured begins to be what is asked, or what reports say for it.
    let known = |pair: &[char]| asked.windows(2).any(|w| w == pair);
    let head: String = match measure.windows(2).position(known) {
        Some(at) => measure[..at].iter().collect(),
        None => match quantity.measure.find("生产总值").or_else(|| quantity.measure.find("经济")) {
            Some(at) => quantity.measure[..at].to_string(),
            None => return false,
        },
    };
    let own = probe.cell.region.as_ref().map_or("", |r| r.0.as_str());
    let mut rest = head;
    for word in PLAIN.iter().copied().chain([own]).filter(|w| !w.is_empty()) {
        rest = rest.replace(word, "");
    }
    rest.chars().filter(|c| c.is_alphabetic()).count() >= 2
}
