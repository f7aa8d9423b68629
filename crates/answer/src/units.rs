//! Whether a quantity can be what a question asks for, judged by its unit.

use wenbao_lang::unit::{self, Dimension};
use wenbao_report::Quantity;

/// How well a quantity's unit fits the units a question accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UnitFit {
    /// Another dimension: it cannot be the answer.
    None,
    /// Both count things, with other measure words: people use 个 for what a report counts in 座.
    Count,
    /// The same dimension in another unit.
    Dimension,
    /// The question names no unit.
    Open,
    /// Another unit that the question accepts: 个 where it says 场.
    Also,
    /// The very unit.
    Same,
}

fn is_ratio(unit: &str) -> bool {
    unit == "分之" || unit::unit(unit).is_some_and(|u| u.dimension().compares())
}

/// Whether a unit measures time: 年, 个工作日.
pub(crate) fn is_time(unit: &str) -> bool {
    unit::unit(unit).is_some_and(|u| u.dimension() == Dimension::Time)
}

/// Relates the unit of a quantity to those that the question accepts (none: any).
pub(crate) fn unit_fit(accepted: &[String], quantity: &Quantity) -> UnitFit {
    if accepted.is_empty() {
        // "有多少车经过" asks for no span of time, whatever it asks for.
        return if is_time(&quantity.unit) { UnitFit::None } else { UnitFit::Open };
    }
    let part = quantity.unit.is_empty() && quantity.text.contains("分之");
    accepted
        .iter()
        .enumerate()
        // 五分之一 is a share as 20% is.
        .map(|(rank, unit)| match (part, unit.as_str()) {
            (true, "分之") => UnitFit::Same,
            (true, unit) if is_ratio(unit) => UnitFit::Dimension,
            (_, unit) => match one_fit(unit, &quantity.unit) {
                UnitFit::Same if rank > 0 => UnitFit::Also,
                fit => fit,
            },
        })
        .max()
        .unwrap_or(UnitFit::None)
}

fn one_fit(asked: &str, unit: &str) -> UnitFit {
    if unit::plain(asked) == unit::plain(unit) {
        return UnitFit::Same;
    }
    // "每天多少吨": 吨/日 is said in tonnes.
    if let Some((base, "日" | "天" | "年" | "小时" | "月")) = unit.split_once('/').filter(|_| !asked.contains('/'))
    {
        return if asked == base { UnitFit::Same } else { one_fit(asked, base) };
    }
    if asked == "倍" && unit.is_empty() {
        return UnitFit::Dimension;
    }
    if is_ratio(asked) || is_ratio(unit) {
        // A percentage is no amount, and points are no per cent; a multiple or tenths may say either.
        let both = is_ratio(asked) && is_ratio(unit);
        return if both { UnitFit::Dimension } else { UnitFit::None };
    }
    let counted = unit::is_counter(asked);
    if unit::counts_people(asked) && unit::counts_people(unit) {
        return UnitFit::Dimension;
    }
    if counted && unit::is_counter(unit) {
        return UnitFit::Count;
    }
    if let (Some(a), Some(b)) = (unit::unit(asked), unit::unit(unit))
        && a.same_kind(&b)
    {
        return if counted { UnitFit::Count } else { UnitFit::Dimension };
    }
    // "贫困人口减少1386万", "200万中小学生": a bare number, or one before the noun itself, counts things.
    if counted && (unit.is_empty() || unit::unit(unit).is_none()) {
        return UnitFit::Count;
    }
    UnitFit::None
}

#[cfg(test)]
mod tests {
    use super::*;
    use wenbao_report::quantity;

    #[test]
    fn the_first_unit_is_the_one_asked_for() {
        let accepted = ["场".to_string(), "个".to_string()];
        let quantities = quantity::parse("在25个省市巡演760多场");
        let fits: Vec<UnitFit> = quantities.iter().map(|q| unit_fit(&accepted, q)).collect();
        assert_eq!(fits, [UnitFit::Also, UnitFit::Same]);
    }

    #[test]
    fn units_relate_by_dimension_and_by_counting() {
        let cases = [
            ("座", "座", UnitFit::Same),
            ("个", "座", UnitFit::Count),
            ("%", "座", UnitFit::None),
            ("%", "%", UnitFit::Same),
            ("元", "座", UnitFit::None),
            ("吨", "吨/日", UnitFit::Same),
            ("公里", "千米", UnitFit::Same),
            ("年", "天", UnitFit::Dimension),
            ("岁", "千伏", UnitFit::None),
            ("欧元", "日元", UnitFit::None),
            ("微克/立方米", "元/千瓦时", UnitFit::None),
        ];
        for (asked, unit, expected) in cases {
            assert_eq!(one_fit(asked, unit), expected, "{asked} {unit}");
        }
    }
}
