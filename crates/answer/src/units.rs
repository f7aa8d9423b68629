//! Whether a quantity can be what a question asks for, judged by its unit.

use wenbao_report::Quantity;
use wenbao_report::quantity;

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

/// Measure words (量词) that count single things; any of them may stand for any other in a question.
const COUNTERS: &[&str] = &[
    "个", "座", "处", "家", "所", "项", "件", "条", "台", "辆", "套", "户", "名", "人", "位", "场", "次", "轮", "支",
    "张", "架", "间", "栋", "幢", "部", "艘", "列", "架次", "口", "眼", "只", "头", "株", "棵", "根", "块", "片", "本",
    "册", "份", "枚", "类", "种", "批", "款", "宗", "起", "例", "村", "县", "市", "镇", "乡", "省", "国", "孔", "道",
    "列次", "辆次", "人次", "班", "门", "篇", "对", "组", "队", "届", "期", "级", "步", "档", "面", "峰", "匹", "封",
    "趟", "桩", "点", "站", "港", "线", "岛", "店", "厂", "院", "校", "园",
];

/// Measure words for people.
const PEOPLE: &[&str] = &["人", "名", "位", "口", "人次"];

fn is_ratio(unit: &str) -> bool {
    matches!(unit, "%" | "％" | "‰" | "个百分点" | "倍" | "成" | "百分点" | "分之")
}

/// Relates the unit of a quantity to those that the question accepts (none: any).
pub(crate) fn unit_fit(accepted: &[String], quantity: &Quantity) -> UnitFit {
    if accepted.is_empty() {
        // "有多少车经过" asks for no span of time, whatever it asks for.
        let time = quantity::unit(&quantity.unit).is_some_and(|u| u.dimension == quantity::UnitDimension::Time);
        return if time { UnitFit::None } else { UnitFit::Open };
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
    if asked == unit {
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
    let counted = COUNTERS.contains(&asked);
    if PEOPLE.contains(&asked) && PEOPLE.contains(&unit) {
        return UnitFit::Dimension;
    }
    if counted && COUNTERS.contains(&unit) {
        return UnitFit::Count;
    }
    if let (Some(a), Some(b)) = (quantity::unit(asked), quantity::unit(unit))
        && a.dimension == b.dimension
    {
        return if counted { UnitFit::Count } else { UnitFit::Dimension };
    }
    // "贫困人口减少1386万", "200万中小学生": a bare number, or one before the noun itself, counts things.
    if counted && (unit.is_empty() || quantity::unit(unit).is_none()) {
        return UnitFit::Count;
    }
    UnitFit::None
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ];
        for (asked, unit, expected) in cases {
            assert_eq!(one_fit(asked, unit), expected, "{asked} {unit}");
        }
    }
}
