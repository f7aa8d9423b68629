//! What a question wants beyond its cells side by side: a difference, a sum, the greatest, whether a plan was met, yes or no.
//!
//! Everything computed is computed exactly from cited values, and shows how.

use std::cmp::Ordering;

use wenbao_report::{Trend, quantity};

use crate::compute::{self, Computed};
use crate::found::Found;
use crate::interpret::{Asked, Claim, Combine, Query};
use crate::model::{Kind, Value};
use crate::phrases::Phrases;
use crate::units::{UnitFit, unit_fit};

/// What the combination says.
pub(crate) struct Combined {
    /// The short answer.
    pub answer: String,
    /// Its sentence, without marks; the cells' own sentences follow it.
    pub sentence: String,
    /// Its kind.
    pub kind: Kind,
    /// The computed value, without citations.
    pub value: Option<Value>,
}

/// Combines the answers of a question's cells; `None` where side by side is all that is asked, or where the values do not go
/// together (then they stand side by side, which is true in any case).
pub(crate) fn combine(query: &Query, found: &[(usize, &Found)], phrases: Phrases) -> Option<Combined> {
    let values: Vec<&Value> = found.iter().map(|(_, f)| &f.value).collect();
    match query.combine {
        Some(Combine::Difference) => {
            let [a, b] = values.as_slice() else { return None };
            // One and the same value has no difference from itself: a cell was misread.
            if found[0].1.same_place(found[1].1) && a.value == b.value && a.label == b.label {
                return None;
            }
            // The larger comes first, so that the difference needs no sign.
            let (a, b) = if compute::compare(a, b)? == Ordering::Less { (b, a) } else { (a, b) };
            let difference = compute::difference(a, b)?;
            let words = words(&difference);
            let how = format!("{} = {}", difference.how, difference.value);
            Some(Combined {
                sentence: phrases.difference(&words, &how),
                answer: words,
                kind: Kind::Number,
                value: Some(computed_value(a, &difference)),
            })
        }
        Some(Combine::Sum) => {
            let sum = compute::sum(&values)?;
            let words = words(&sum);
            Some(Combined {
                sentence: phrases.sum(&words, &format!("{} = {}", sum.how, sum.value)),
                answer: words,
                kind: Kind::Number,
                value: Some(computed_value(values.first()?, &sum)),
            })
        }
        Some(which @ (Combine::Greatest | Combine::Least)) => {
            let further = if which == Combine::Greatest { Ordering::Greater } else { Ordering::Less };
            let mut best = 0;
            for at in 1..values.len() {
                if compute::compare(values[at], values[best])? == further {
                    best = at;
                }
            }
            let label = query.cells.get(found.get(best)?.0)?.label.clone();
            Some(Combined {
                sentence: phrases.words(None, None, &label),
                answer: label,
                kind: Kind::Entity,
                value: None,
            })
        }
        Some(Combine::Attainment) => attainment(found, phrases),
        Some(Combine::Compare(claim)) => {
            let [a, b] = values.as_slice() else { return None };
            let yes = claim.holds(compute::compare(a, b)?);
            // The cells' own sentences follow and show both values.
            Some(Combined {
                answer: plain(&phrases.yes_no(yes)),
                sentence: phrases.yes_no(yes),
                kind: Kind::YesNo,
                value: None,
            })
        }
        Some(Combine::Direction(claim)) => direction(claim, found, phrases),
        None => doubted(query, found, phrases),
    }
}

/// Whether a value changed as claimed: "增长了吗" against 下降3.1% is no, and what it did. Several values stand side by side, each
/// with its direction.
fn direction(claim: Claim, found: &[(usize, &Found)], phrases: Phrases) -> Option<Combined> {
    let [(_, found)] = found else { return None };
    let value = found.value.value?;
    let order = match found.trend {
        _ if value == 0.0 => Ordering::Equal,
        Some(Trend::Down) => Ordering::Less,
        Some(Trend::Up) if value > 0.0 => Ordering::Greater,
        // A level or a share says nothing of a direction.
        _ if value > 0.0 => return None,
        _ => Ordering::Less,
    };
    let yes = claim.holds(order);
    Some(Combined {
        answer: phrases.yes_no_and(yes, &found.changed()),
        sentence: phrases.yes_no(yes),
        kind: Kind::YesNo,
        value: None,
    })
}

/// Whether the result reaches the plan. Where the report gives only the level that was reached, the third cell is the level a
/// year before, and their difference is what was added.
fn attainment(found: &[(usize, &Found)], phrases: Phrases) -> Option<Combined> {
    let [(_, plan), (_, result), before @ ..] = found else { return None };
    let (reached, how, value) = match before.first() {
        Some((_, before)) => {
            let added = compute::difference(&result.value, &before.value)?;
            let how = format!("{} = {}", added.how, added.value);
            (computed_value(&plan.value, &added), how, Some(computed_value(&result.value, &added)))
        }
        None => (result.value.clone(), String::new(), None),
    };
    let order = compute::compare(&reached, &plan.value)?;
    let met = order != Ordering::Less;
    let sign = match order {
        Ordering::Less => "<",
        Ordering::Equal => "=",
        Ordering::Greater => ">",
    };
    let number =
        |v: &Value| compute::Decimal::of(v.value.unwrap_or_default()).map(|d| d.to_string()).unwrap_or_default();
    let shown = format!(
        "{}{} {sign} {}",
        if how.is_empty() { String::new() } else { format!("{how}，") },
        number(&reached),
        number(&plan.value)
    );
    let result_words =
        if before.is_empty() { result.answer.clone() } else { format!("{}{}", number(&reached), reached.unit) };
    Some(Combined {
        answer: plain(&phrases.yes_no(met)),
        sentence: phrases.plan_met(met, &plan.answer, &result_words, &shown),
        kind: Kind::YesNo,
        value,
    })
}

/// Whether a value is the one that the question names, or reaches it.
fn doubted(query: &Query, found: &[(usize, &Found)], phrases: Phrases) -> Option<Combined> {
    if !is_yes_no(query) {
        return None;
    }
    let [(at, found)] = found else { return None };
    let cell = query.cells.get(*at)?;
    let Some(actual) = found.value.value else {
        // "有没有…": what was found proves it.
        return (cell.asked == Asked::YesNo).then(|| Combined {
            answer: plain(&phrases.yes_no(true)),
            sentence: phrases.yes_no(true),
            kind: Kind::YesNo,
            value: None,
        });
    };
    let stated = quantity::parse(&query.text)
        .into_iter()
        .find(|q| !matches!(unit_fit(&cell.units, q), UnitFit::None | UnitFit::Open))?;
    let (value, unit) = crate::found::written(&stated);
    let named = Value { value: Some(value), unit, ..found.value.clone() };
    let own = Value { value: Some(actual), ..found.value.clone() };
    let order = compute::compare(&own, &named)?;
    let says = |words: &[&str]| words.iter().any(|w| query.text.contains(w));
    let yes = if says(&["不超过", "不高于", "以内", "以下"]) {
        order != Ordering::Greater
    } else if says(&["不低于", "不少于", "达到", "以上", "至少"]) {
        order != Ordering::Less
    } else if says(&["超过", "突破", "高于", "多于", "超"]) {
        order == Ordering::Greater
    } else if says(&["不到", "低于", "少于", "不足"]) {
        order == Ordering::Less
    } else {
        order == Ordering::Equal
    };
    Some(Combined {
        answer: plain(&phrases.yes_no(yes)),
        sentence: phrases.yes_no(yes),
        kind: Kind::YesNo,
        value: None,
    })
}

/// Whether the question wants a yes or a no.
pub(crate) fn is_yes_no(query: &Query) -> bool {
    query.asked == Asked::YesNo
        || ["吗", "是不是", "是否", "有没有", "有无", "了没有", "了么"].iter().any(|w| query.text.contains(w))
}

/// A word without its full stop.
fn plain(sentence: &str) -> String {
    sentence.trim_end_matches(['。', '.', ' ']).to_string()
}

fn words(computed: &Computed) -> String {
    format!("{}{}", computed.value, computed.unit)
}

fn computed_value(like: &Value, computed: &Computed) -> Value {
    Value {
        value: Some(computed.value.to_f64()),
        unit: computed.unit.clone(),
        hedge: None,
        computed: Some(computed.how.clone()),
        citations: Vec::new(),
        ..like.clone()
    }
}
