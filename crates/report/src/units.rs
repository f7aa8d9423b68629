//! The table of units: what they measure and how they compare.

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Things counted; every classifier is its own unit, so that 家 and 座 do not compare as amounts of one thing.
    Count,
    /// Chinese money, in 元.
    Yuan,
    /// United States money, in dollars.
    Dollar,
    /// Other money, not convertible here.
    OtherMoney,
    /// In kilograms.
    Mass,
    /// In metres.
    Length,
    /// In square metres.
    Area,
    /// In cubic metres.
    Volume,
    /// In kilowatt-hours.
    Energy,
    /// In kilowatts.
    Power,
    /// In days.
    Time,
    /// A share, in per cent.
    Ratio,
    /// A difference of shares, in percentage points.
    Points,
    /// A multiple.
    Times,
    /// Doublings (番).
    Doublings,
    /// A rank (第…位).
    Rank,
    /// One unit per another.
    Per,
    /// Anything else with a scale of its own.
    Other,
}

/// A unit of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// What it measures.
    pub dimension: Dimension,
    /// How many of the dimension's base unit one of it is.
    pub factor: f64,
}

use Dimension::*;

/// Measures with their factors. 亩 is 10000/15 m², 斤 half a kilogram, as in Chinese official statistics.
#[rustfmt::skip]
const MEASURES: &[(&str, Dimension, f64)] = &[
    ("元", Yuan, 1.0), ("元人民币", Yuan, 1.0), ("块钱", Yuan, 1.0),
    ("美元", Dollar, 1.0), ("港元", OtherMoney, 1.0), ("欧元", OtherMoney, 1.0), ("日元", OtherMoney, 1.0), ("卢布", OtherMoney, 1.0),
    ("吨", Mass, 1000.0), ("公斤", Mass, 1.0), ("千克", Mass, 1.0), ("斤", Mass, 0.5), ("市斤", Mass, 0.5), ("担", Mass, 50.0),
    ("克", Mass, 1e-3), ("毫克", Mass, 1e-6), ("微克", Mass, 1e-9), ("吨标准煤", Mass, 1000.0), ("吨标煤", Mass, 1000.0),
    ("公里", Length, 1000.0), ("千米", Length, 1000.0), ("里", Length, 500.0), ("华里", Length, 500.0), ("米", Length, 1.0), ("厘米", Length, 0.01),
    ("毫米", Length, 1e-3), ("微米", Length, 1e-6), ("纳米", Length, 1e-9), ("海里", Length, 1852.0), ("英寸", Length, 0.0254),
    ("皮长公里", Length, 1000.0), ("芯公里", Length, 1000.0), ("车道公里", Length, 1000.0),
    ("平方公里", Area, 1e6), ("平方千米", Area, 1e6), ("平方米", Area, 1.0), ("平米", Area, 1.0), ("亩", Area, 10000.0 / 15.0), ("公顷", Area, 1e4), ("亩次", Area, 10000.0 / 15.0),
    ("立方米", Volume, 1.0), ("方", Volume, 1.0), ("立方", Volume, 1.0), ("升", Volume, 1e-3), ("标方", Volume, 1.0), ("标准立方米", Volume, 1.0),
    ("千瓦时", Energy, 1.0), ("度电", Energy, 1.0), ("兆瓦时", Energy, 1e3), ("吉瓦时", Energy, 1e6), ("千瓦小时", Energy, 1.0),
    ("千瓦", Power, 1.0), ("瓦", Power, 1e-3), ("兆瓦", Power, 1e3), ("吉瓦", Power, 1e6), ("马力", Power, 0.7355), ("千伏安", Other, 1.0), ("千伏", Other, 1.0),
    ("年", Time, 365.25), ("个年头", Time, 365.25), ("周年", Time, 365.25), ("个月", Time, 30.4375), ("个季度", Time, 91.3125), ("天", Time, 1.0), ("日", Time, 1.0),
    ("个小时", Time, 1.0 / 24.0), ("小时", Time, 1.0 / 24.0), ("分钟", Time, 1.0 / 1440.0), ("秒", Time, 1.0 / 86400.0), ("毫秒", Time, 1.0 / 86_400_000.0), ("周", Time, 7.0), ("个工作日", Time, 1.0), ("工作日", Time, 1.0), ("个自然日", Time, 1.0), ("自然日", Time, 1.0), ("个半月", Time, 15.0),
    ("岁", Other, 1.0), ("周岁", Other, 1.0), ("级", Other, 1.0), ("分", Other, 1.0), ("摄氏度", Other, 1.0), ("℃", Other, 1.0), ("分贝", Other, 1.0), ("度", Other, 1.0),
    ("%", Ratio, 1.0), ("‰", Ratio, 0.1), ("成", Ratio, 10.0), ("个百分点", Points, 1.0), ("百分点", Points, 1.0), ("个点", Points, 1.0), ("个基点", Points, 0.01), ("个千分点", Points, 0.1),
    ("倍", Times, 1.0), ("番", Doublings, 1.0),
    ("标准箱", Count, 1.0), ("标箱", Count, 1.0), ("人次", Count, 1.0), ("户次", Count, 1.0), ("架次", Count, 1.0), ("车次", Count, 1.0), ("班次", Count, 1.0), ("列次", Count, 1.0), ("家次", Count, 1.0), ("场次", Count, 1.0), ("件次", Count, 1.0), ("项次", Count, 1.0), ("台次", Count, 1.0), ("例次", Count, 1.0), ("艘次", Count, 1.0), ("笔次", Count, 1.0),
    ("EFLOPS", Other, 1.0), ("E", Other, 1.0), ("P", Other, 1e-3), ("PFLOPS", Other, 1e-3), ("EB", Other, 1.0), ("PB", Other, 1e-3), ("TB", Other, 1e-6), ("GW", Power, 1e6), ("MW", Power, 1e3), ("kW", Power, 1.0), ("KM", Length, 1000.0), ("km", Length, 1000.0), ("Gbps", Other, 1.0), ("Tbps", Other, 1e3), ("兆", Other, 1.0), ("吨公里", Other, 1.0), ("人公里", Other, 1.0), ("吨级", Other, 1.0), ("位点", Count, 1.0), ("金", Count, 1.0), ("银", Count, 1.0), ("铜", Count, 1.0), ("方面", Count, 1.0), ("批次", Count, 1.0), ("频次", Count, 1.0),
];

/// Classifiers and nouns that stand right after a number as its unit.
#[rustfmt::skip]
const CLASSIFIERS: &[&str] = &[
    "个", "家", "座", "所", "项", "件", "户", "人", "名", "位", "次", "条", "套", "台", "架", "处", "只", "种", "类", "批", "场", "期", "张", "辆", "艘",
    "列", "班", "支", "株", "头", "羽", "册", "部", "篇", "首", "枚", "块", "颗", "片", "例", "起", "宗", "笔", "单", "间", "栋", "幢", "层", "床", "箱",
    "口", "匹", "门", "道", "轮", "步", "份", "封", "幅", "盏", "根", "段", "对", "双", "队", "组", "团", "伙", "眼", "孔", "盘", "瓶", "袋", "车", "趟", "遍",
    "回", "集", "档", "款", "尊", "顶", "代", "股", "标段", "万", "县", "市", "省", "区", "乡", "镇", "村", "国", "校", "馆", "园", "站", "点", "县区", "县市", "市县", "省份", "旗", "盟", "店", "尾", "挂", "桩", "机位", "床位", "泊位", "车位", "学位", "托位", "机组", "台套", "台（套）", "台(套)", "户（次）", "辆次", "头只", "万元户", "宗地", "亿", "棵", "席", "副", "票", "人份", "剂次", "剂", "岗位", "路",
];

/// Every unit name, longest first, so that 个百分点 is found before 个.
fn names() -> &'static [&'static str] {
    static NAMES: std::sync::LazyLock<Vec<&str>> = std::sync::LazyLock::new(|| {
        let mut names: Vec<&str> = MEASURES.iter().map(|m| m.0).chain(CLASSIFIERS.iter().copied()).collect();
        names.retain(|n| !matches!(*n, "万" | "亿"));
        names.sort_by_key(|n| std::cmp::Reverse(n.chars().count()));
        names
    });
    &NAMES
}

/// The longest unit that stands at the beginning of `rest`: its length in characters.
pub(crate) fn longest_at(rest: &[char]) -> Option<usize> {
    let name = names().iter().find(|n| {
        let mut rest = rest.iter();
        n.chars().all(|c| rest.next() == Some(&c))
    })?;
    Some(name.chars().count())
}

/// A unit by its name, also with a multiplier before it ("万千瓦") and as a ratio of two ("微克/立方米").
pub fn unit(name: &str) -> Option<Unit> {
    let name = name.trim();
    if let Some((above, below)) = name.split_once(['/', '／']) {
        let (above, below) = (unit(above)?, unit(below)?);
        return Some(Unit { dimension: Per, factor: above.factor / below.factor });
    }
    if let Some(&(_, dimension, factor)) = MEASURES.iter().find(|m| m.0 == name) {
        return Some(Unit { dimension, factor });
    }
    match name {
        "％" => return unit("%"),
        "" => return None,
        _ => {}
    }
    if CLASSIFIERS.contains(&name) && !matches!(name, "万" | "亿") {
        return Some(Unit { dimension: if name == "位" { Rank } else { Count }, factor: 1.0 });
    }
    let mut rest = name.chars();
    let multiplier = match rest.next()? {
        '百' => 1e2,
        '千' => 1e3,
        '万' => 1e4,
        '亿' => 1e8,
        _ => return None,
    };
    if rest.as_str().is_empty() {
        return Some(Unit { dimension: Count, factor: multiplier });
    }
    let base = unit(rest.as_str())?;
    Some(Unit { factor: base.factor * multiplier, ..base })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_dimension_compare_by_their_factors() {
        for (a, b, ratio) in [
            ("万千瓦", "千瓦", 1e4),
            ("亿斤", "万吨", 5.0),
            ("亿千瓦时", "千瓦时", 1e8),
            ("公顷", "亩", 15.0),
            ("万亿元", "亿元", 1e4),
            ("‰", "%", 0.1),
        ] {
            let (x, y) = (unit(a).unwrap(), unit(b).unwrap());
            assert_eq!(x.dimension, y.dimension, "{a} {b}");
            assert!((x.factor / y.factor - ratio).abs() < 1e-9 * ratio, "{a} {b}: {}", x.factor / y.factor);
        }
    }

    #[test]
    fn a_ratio_of_units_and_an_unknown_name() {
        assert_eq!(unit("微克/立方米").map(|u| u.dimension), Some(Dimension::Per));
        assert_eq!(unit("煤矿"), None);
        assert_eq!(unit(""), None);
    }
}
