//! What a question wants of a filled table: the highest, those above a number, how many, the sum. Exact, in decimal; ties are
//! told as ties, and what is compared of a range is its lower end.

use std::cmp::Ordering;

use wenbao_report::{Hedge, quantity};

use super::read::{Bound, Relation, Wish};
use crate::compute::{self, Decimal};
use crate::found::written;
use crate::model::Value;

/// A value of the table, as it is computed with.
#[derive(Clone)]
pub(crate) struct Entry {
    /// Its line.
    pub line: usize,
    /// The line's name.
    pub name: String,
    /// The value.
    pub value: Value,
    /// In the report's words.
    pub words: String,
}

/// What a wish comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Outcome {
    /// The short answer.
    pub answer: String,
    /// Its sentence, without the full stop.
    pub sentence: String,
    /// The lines that it names, in its order.
    pub lines: Vec<usize>,
    /// A value that was computed.
    pub value: Option<Value>,
    /// Whether numbers were set against each other, so that it must be said how hedges count.
    pub compared: bool,
}

/// Does what is wished with the values of the first column; `second` are those of the second one, `lacking` the names of lines
/// without a value, `asked` how many lines there are.
///
/// `None` where the values do not go together or none is there.
pub(crate) fn operate(
    wish: &Wish,
    how_many: bool,
    first: &[Entry],
    second: &[Entry],
    lacking: &[String],
) -> Option<Outcome> {
    match wish {
        Wish::First { high, count } => extreme(first, *high, *count),
        Wish::Order { high } => in_order(first, *high),
        Wish::Where(bound) => {
            // None is above ten thousand yuan where all that is known is by how much they grew.
            first.iter().find(|e| compute::compare(&e.value, &number(&bound.than, e)).is_some())?;
            let kept: Vec<Entry> = first.iter().filter(|e| holds(bound, e)).cloned().collect();
            Some(named(kept, how_many, true))
        }
        Wish::Against { place, higher } => {
            let other = first.iter().find(|e| e.name == *place)?;
            let wanted = if *higher { Ordering::Greater } else { Ordering::Less };
            let above = |e: &&Entry| compute::compare(&e.value, &other.value) == Some(wanted);
            Some(named(first.iter().filter(above).cloned().collect(), how_many, true))
        }
        Wish::RankOf(place) => rank_of(first, place),
        Wish::Having => Some(named(first.to_vec(), how_many, false)),
        Wish::Lacking => {
            let names = lacking.join("、");
            let count = format!("{}个", lacking.len());
            let sentence = match lacking {
                [] => "都提到了，没有一个缺".to_string(),
                _ => format!("{count}没有提到：{names}"),
            };
            let answer = match lacking {
                [] => "没有".to_string(),
                _ if how_many => count,
                _ => names,
            };
            Some(Outcome { answer, sentence, ..Outcome::default() })
        }
        Wish::Sum => {
            let values: Vec<&Value> = first.iter().map(|e| &e.value).collect();
            let sum = compute::sum(&values)?;
            computed(first, sum.value, &sum.unit, format!("{} = {}", sum.how, sum.value), "合计")
        }
        Wish::Mean => {
            let values: Vec<&Value> = first.iter().map(|e| &e.value).collect();
            let sum = compute::sum(&values)?;
            let mean = sum.value.over(values.len(), 2)?;
            computed(first, mean, &sum.unit, format!("({}) ÷ {} ≈ {mean}", sum.how, values.len()), "平均")
        }
        Wish::Median => median(first),
        Wish::Spread => spread(first),
        Wish::Met(met) => both(first, second, how_many, |target, result| {
            Some((compute::compare(result, target)? != Ordering::Less) == *met)
        }),
        Wish::Moved { up } => {
            let wanted = if *up { Ordering::Greater } else { Ordering::Less };
            both(first, second, how_many, |now, before| Some(compute::compare(now, before)? == wanted))
        }
        Wish::Mentions { .. } => None,
    }
}

/// The entries that can be compared with most of the others, from the high end or the low one; equal ones in their order.
fn sorted(entries: &[Entry], high: bool) -> Vec<Entry> {
    let alike = |e: &Entry| entries.iter().filter(|o| compute::compare(&e.value, &o.value).is_some()).count();
    let Some(most) = entries.iter().max_by_key(|e| alike(e)) else { return Vec::new() };
    let mut out: Vec<Entry> =
        entries.iter().filter(|e| compute::compare(&e.value, &most.value).is_some()).cloned().collect();
    out.sort_by(|a, b| {
        let order = compute::compare(&a.value, &b.value).unwrap_or(Ordering::Equal);
        if high { order.reverse() } else { order }
    });
    out
}

fn equal(a: &Entry, b: &Entry) -> bool {
    compute::compare(&a.value, &b.value) == Some(Ordering::Equal)
}

/// The first so many, and whoever shares the last one's place.
fn extreme(entries: &[Entry], high: bool, count: usize) -> Option<Outcome> {
    let sorted = sorted(entries, high);
    let last = sorted.get(count.max(1) - 1).or(sorted.last())?.clone();
    let upto = sorted.iter().rposition(|e| equal(e, &last)).map_or(sorted.len(), |at| at + 1);
    let taken = &sorted[..upto];
    let end = if high { "最高" } else { "最低" };
    let told = told(taken);
    let sentence = match (count, taken.len()) {
        (1, 1) => format!("{end}的是{told}"),
        (1, n) => format!("{end}的有{n}个，并列：{told}"),
        (count, n) if n > count => format!("{end}的{count}个（末位并列，共{n}个）：{told}"),
        (count, _) => format!("{end}的{count}个依次是{told}"),
    };
    Some(Outcome {
        answer: short(taken),
        sentence,
        lines: taken.iter().map(|e| e.line).collect(),
        compared: true,
        ..Outcome::default()
    })
}

fn in_order(entries: &[Entry], high: bool) -> Option<Outcome> {
    let sorted = sorted(entries, high);
    let (first, last) = (sorted.first()?, sorted.last()?);
    let of = |end: &Entry| sorted.iter().filter(|e| equal(e, end)).cloned().collect::<Vec<_>>();
    let (head, tail) = (of(first), of(last));
    let sentence = format!(
        "从{}到{}，{}个：{}",
        if high { "高" } else { "低" },
        if high { "低" } else { "高" },
        sorted.len(),
        names(&sorted)
    );
    Some(Outcome {
        answer: format!("{}…{}", short(&head), short(&tail)).chars().take(SHORT).collect(),
        sentence,
        lines: sorted.iter().map(|e| e.line).collect(),
        compared: true,
        ..Outcome::default()
    })
}

/// Those that a condition keeps.
fn named(kept: Vec<Entry>, how_many: bool, compared: bool) -> Outcome {
    let count = format!("{}个", kept.len());
    let names = names(&kept);
    let (answer, sentence) = match (kept.is_empty(), how_many) {
        (true, true) => (count, "0个：没有一个符合".to_string()),
        (true, false) => ("没有".to_string(), "没有一个符合".to_string()),
        (false, true) => (count.clone(), format!("{count}：{names}")),
        (false, false) => (cut(&names), format!("{names}（{count}）")),
    };
    Outcome { answer, sentence, lines: kept.iter().map(|e| e.line).collect(), value: None, compared }
}

/// Those of which both values are there and stand so to each other.
fn both(
    first: &[Entry],
    second: &[Entry],
    how_many: bool,
    holds: impl Fn(&Value, &Value) -> Option<bool>,
) -> Option<Outcome> {
    let pair = |e: &&Entry| second.iter().find(|s| s.line == e.line).map(|s| (e.value.clone(), s.value.clone()));
    let known = first.iter().filter(|e| pair(e).is_some()).count();
    if known == 0 {
        return None;
    }
    let kept = first.iter().filter(|e| pair(e).and_then(|(a, b)| holds(&a, &b)) == Some(true)).cloned().collect();
    let mut outcome = named(kept, how_many, true);
    outcome.sentence = format!("两项都有数的{known}个里：{}", outcome.sentence);
    Some(outcome)
}

fn rank_of(entries: &[Entry], place: &str) -> Option<Outcome> {
    let sorted = sorted(entries, true);
    let own = sorted.iter().find(|e| e.name == place)?;
    let rank = sorted.iter().position(|e| equal(e, own))? + 1;
    let shared = sorted.iter().filter(|e| equal(e, own)).count();
    let tie = if shared > 1 { format!("，{shared}个并列") } else { String::new() };
    Some(Outcome {
        answer: format!("第{rank}位"),
        sentence: format!("{place}（{}）从高到低排第{rank}位{tie}，共{}个有数", own.words, sorted.len()),
        lines: sorted.iter().map(|e| e.line).collect(),
        compared: true,
        ..Outcome::default()
    })
}

fn median(entries: &[Entry]) -> Option<Outcome> {
    let sorted = sorted(entries, false);
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        let value = Decimal::of(upper.value.value?)?;
        return computed(&sorted, value, &upper.value.unit, format!("第{}个", middle + 1), "中位数");
    }
    let pair = [&sorted[middle - 1].value, &upper.value];
    let sum = compute::sum(&pair)?;
    let value = sum.value.over(2, 2)?;
    computed(&sorted, value, &sum.unit, format!("({}) ÷ 2 = {value}", sum.how), "中位数")
}

fn spread(entries: &[Entry]) -> Option<Outcome> {
    let sorted = sorted(entries, true);
    let (high, low) = (sorted.first()?, sorted.last()?);
    let apart = compute::difference(&high.value, &low.value)?;
    let of = |end: &Entry| told(&sorted.iter().filter(|e| equal(e, end)).cloned().collect::<Vec<_>>());
    let words = format!("{}{}", apart.value, apart.unit);
    let sentence = format!("最高{}，最低{}，相差{words}（{} = {}）", of(high), of(low), apart.how, apart.value);
    let value = Value {
        value: Some(apart.value.to_f64()),
        unit: apart.unit.clone(),
        hedge: None,
        region: None,
        computed: Some(apart.how.clone()),
        ..high.value.clone()
    };
    let lines = sorted.iter().filter(|e| equal(e, high) || equal(e, low)).map(|e| e.line).collect();
    Some(Outcome { answer: words, sentence, lines, value: Some(value), compared: true })
}

fn computed(entries: &[Entry], value: Decimal, unit: &str, how: String, what: &str) -> Option<Outcome> {
    let like = &entries.first()?.value;
    let words = format!("{value}{unit}");
    let shown = if entries.len() <= 6 { format!("（{how}）") } else { String::new() };
    Some(Outcome {
        answer: words.clone(),
        sentence: format!("{}个有数，{what}{words}{shown}", entries.len()),
        lines: entries.iter().map(|e| e.line).collect(),
        value: Some(Value {
            label: format!("{}{what}", like.label),
            value: Some(value.to_f64()),
            unit: unit.to_string(),
            hedge: None,
            region: None,
            computed: Some(how),
            citations: Vec::new(),
            ..like.clone()
        }),
        compared: true,
    })
}

/// A question's number as a value like that of an entry.
fn number(q: &wenbao_report::Quantity, entry: &Entry) -> Value {
    let (value, mut unit) = written(q);
    // "超过10万亿": of what, the values say.
    if q.unit.is_empty() {
        unit.push_str(entry.value.unit.trim_start_matches(['万', '亿']));
    }
    Value { value: Some(value), unit, ..entry.value.clone() }
}

/// Whether a value stands so to the number.
fn holds(bound: &Bound, entry: &Entry) -> bool {
    let than = number(&bound.than, entry);
    let Some(order) = compute::compare(&entry.value, &than) else { return false };
    match bound.relation {
        Relation::Above => order.is_gt() || order.is_eq() && exceeds(&entry.words),
        Relation::AtLeast => order.is_ge(),
        Relation::Below => order.is_lt(),
        Relation::AtMost => order.is_le(),
        Relation::Same => order.is_eq() && same_hedge(entry.value.hedge, bound.than.hedge) && !is_range(&entry.words),
        Relation::Between => {
            let upper = bound.to.as_ref().map(|q| number(q, entry));
            order.is_ge() && upper.and_then(|u| compute::compare(&entry.value, &u)).is_some_and(Ordering::is_le)
        }
    }
}

/// Whether the words say that the value lies above their number: 超万亿元, 突破200家, 1万多家.
fn exceeds(words: &str) -> bool {
    words.starts_with(['超']) || words.starts_with("突破") || words.contains(['多', '余'])
}

/// Whether two values are hedged alike; what is only striven for has no hedge of its own.
fn same_hedge(a: Option<Hedge>, b: Option<Hedge>) -> bool {
    let plain = |hedge: Option<Hedge>| hedge.filter(|h| *h != Hedge::Strive);
    plain(a) == plain(b)
}

/// Whether the words give two ends.
pub(crate) fn is_range(words: &str) -> bool {
    quantity::parse(words).first().is_some_and(|q| q.upper.is_some())
}

/// Characters of a short answer.
pub(crate) const SHORT: usize = 60;

fn names(entries: &[Entry]) -> String {
    entries.iter().map(|e| e.name.as_str()).collect::<Vec<_>>().join("、")
}

/// Names with their values; those of one value share it: "云南、天津（均为4.5%）、海南（6%左右）".
fn told(entries: &[Entry]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut at = 0;
    while at < entries.len() {
        let same = entries[at..].iter().take_while(|e| e.words == entries[at].words).count();
        let group = &entries[at..at + same];
        let all = if same > 1 { "均为" } else { "" };
        parts.push(format!("{}（{all}{}）", names(group), group[0].words));
        at += same;
    }
    parts.join("、")
}

/// The same in few characters: without the values where they leave no room.
fn short(entries: &[Entry]) -> String {
    let full = told(entries);
    if full.chars().count() <= SHORT { full } else { cut(&names(entries)) }
}

/// Names that fit into a short answer, and how many more there are.
pub(crate) fn cut(names: &str) -> String {
    if names.chars().count() <= SHORT {
        return names.to_string();
    }
    let all: Vec<&str> = names.split('、').collect();
    let mut out = String::new();
    for name in &all {
        if out.chars().count() + name.chars().count() + 8 > SHORT {
            break;
        }
        if !out.is_empty() {
            out.push('、');
        }
        out.push_str(name);
    }
    format!("{out}等{}个", all.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wenbao_report::Status;

    /// A value as a report writes it.
    fn entry(line: usize, name: &str, words: &str) -> Entry {
        let quantity = quantity::parse(words).into_iter().next().expect("a value");
        let (value, unit) = written(&quantity);
        let value = Value {
            label: "地区生产总值".into(),
            value: Some(value),
            unit,
            hedge: quantity.hedge,
            text: None,
            period: None,
            region: None,
            status: Some(Status::Target),
            computed: None,
            citations: Vec::new(),
        };
        Entry { line, name: name.into(), value, words: words.into() }
    }

    fn growth() -> Vec<Entry> {
        ["西藏 7%以上", "浙江 5%—5.5%", "湖北 5.5%左右", "上海 5%左右", "山东 5%以上", "云南 4.5%左右", "天津 4.5%"]
            .iter()
            .enumerate()
            .map(|(line, text)| {
                let (name, words) = text.split_once(' ').expect("a name and a value");
                entry(line, name, words)
            })
            .collect()
    }

    fn done(wish: Wish, how_many: bool, entries: &[Entry]) -> (String, String) {
        let outcome = operate(&wish, how_many, entries, &[], &[]).expect("the values go together");
        (outcome.answer, outcome.sentence)
    }

    fn bound(relation: Relation, than: &str) -> Wish {
        Wish::Where(Box::new(Bound { relation, than: quantity::parse(than).remove(0), to: None }))
    }

    #[test]
    fn ties_are_told_as_ties() {
        let (answer, sentence) = done(Wish::First { high: false, count: 1 }, false, &growth());
        assert_eq!(answer, "云南（4.5%左右）、天津（4.5%）");
        assert_eq!(sentence, "最低的有2个，并列：云南（4.5%左右）、天津（4.5%）");
        let (answer, _) = done(Wish::First { high: true, count: 2 }, false, &growth());
        assert_eq!(answer, "西藏（7%以上）、湖北（5.5%左右）");
        let (answer, sentence) = done(Wish::First { high: true, count: 3 }, false, &growth());
        assert_eq!(answer, "西藏（7%以上）、湖北（5.5%左右）、浙江（5%—5.5%）、上海（5%左右）、山东（5%以上）");
        assert!(sentence.contains("末位并列，共5个"), "{sentence}");
    }

    #[test]
    fn a_range_counts_by_its_lower_end_and_a_hedge_is_kept() {
        assert_eq!(done(bound(Relation::AtLeast, "5.5%"), false, &growth()).0, "西藏、湖北");
        assert_eq!(done(bound(Relation::Below, "5%"), false, &growth()).0, "云南、天津");
        assert_eq!(done(bound(Relation::Same, "5%左右"), true, &growth()).0, "1个");
        assert_eq!(done(bound(Relation::Same, "4.5%"), false, &growth()).0, "天津");
        assert_eq!(done(bound(Relation::Above, "8%"), false, &growth()).0, "没有");
    }

    #[test]
    fn units_that_convert_are_compared_and_added() {
        let values =
            [entry(0, "四川", "67665亿元"), entry(1, "重庆", "3.375793万亿元"), entry(2, "广东", "14.58万亿元")];
        assert_eq!(done(Wish::First { high: true, count: 1 }, false, &values).0, "广东（14.58万亿元）");
        assert_eq!(done(Wish::Sum, false, &values[..2]).0, "101422.93亿元");
        assert_eq!(done(bound(Relation::Above, "5万亿元"), false, &values).0, "四川、广东");
        assert_eq!(done(Wish::Spread, false, &values[..2]).0, "33907.07亿元");
    }

    #[test]
    fn means_and_middles_are_exact() {
        let values = [entry(0, "甲", "5%"), entry(1, "乙", "4.5%"), entry(2, "丙", "6%")];
        assert_eq!(done(Wish::Mean, false, &values).0, "5.17%");
        assert_eq!(done(Wish::Median, false, &values).0, "5%");
        assert_eq!(done(Wish::Median, false, &values[..2]).0, "4.75%");
        assert_eq!(done(Wish::RankOf("甲".into()), false, &values).0, "第2位");
    }

    #[test]
    fn results_are_set_against_plans() {
        let target = [entry(0, "甲", "5%左右"), entry(1, "乙", "6%")];
        let result = [entry(0, "甲", "5.2%"), entry(1, "乙", "5.9%")];
        let names = |met| operate(&Wish::Met(met), false, &target, &result, &[]).map(|o| o.answer);
        assert_eq!((names(true).as_deref(), names(false).as_deref()), (Some("甲"), Some("乙")));
        let moved = |up| operate(&Wish::Moved { up }, false, &result, &target, &[]).map(|o| o.answer);
        assert_eq!((moved(true).as_deref(), moved(false).as_deref()), (Some("甲"), Some("乙")));
    }

    #[test]
    fn a_short_answer_says_how_many_it_leaves_out() {
        let names = vec!["黑龙江"; 31].join("、");
        let short = cut(&names);
        assert!(short.ends_with("等31个") && short.chars().count() <= SHORT, "{short}");
    }
}
