//! Units: what each measures, and what converts into what.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::numeral::MULTIPLIERS;
use crate::{rows, words};

/// What a unit measures. Of units in one dimension it can be asked which is more; only some of them convert: see
/// [`convertible`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Things counted; every classifier is a unit of its own, so that 家 and 座 do not compare as amounts of one thing.
    Count,
    /// Money; every currency is a unit of its own.
    Money,
    /// Mass.
    Mass,
    /// Length.
    Length,
    /// Area.
    Area,
    /// Volume.
    Volume,
    /// Energy.
    Energy,
    /// Power.
    Power,
    /// A span of time.
    Time,
    /// A share of a whole.
    Ratio,
    /// A difference of shares.
    Points,
    /// A multiple.
    Times,
    /// Doublings (番).
    Doublings,
    /// A rank (第…位).
    Rank,
    /// One unit per another.
    Per,
    /// Anything else with a scale of its own (岁, 千伏, 级).
    Other,
}

impl Dimension {
    /// Whether the unit counts or ranks things rather than measuring them.
    pub fn counts(self) -> bool {
        matches!(self, Self::Count | Self::Rank)
    }

    /// Whether it says how large something is beside something else (%, 个百分点, 倍).
    pub fn compares(self) -> bool {
        matches!(self, Self::Ratio | Self::Points | Self::Times)
    }

    /// The dimension of a row of units.tsv.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Count" => Self::Count,
            "Money" => Self::Money,
            "Mass" => Self::Mass,
            "Length" => Self::Length,
            "Area" => Self::Area,
            "Volume" => Self::Volume,
            "Energy" => Self::Energy,
            "Power" => Self::Power,
            "Time" => Self::Time,
            "Ratio" => Self::Ratio,
            "Points" => Self::Points,
            "Times" => Self::Times,
            "Doublings" => Self::Doublings,
            "Rank" => Self::Rank,
            "Other" => Self::Other,
            _ => return None,
        })
    }
}

/// An exact factor, a fraction in its lowest terms: 2000/3 m² are a 亩.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    over: u128,
    under: u128,
}

impl Factor {
    const ONE: Self = Self { over: 1, under: 1 };

    /// `None` for what is no positive fraction.
    fn new(over: u128, under: u128) -> Option<Self> {
        if over == 0 || under == 0 {
            return None;
        }
        let (mut a, mut b) = (over, under);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        Some(Self { over: over / a, under: under / a })
    }

    /// As a row of units.tsv writes it: "1000", "2000/3".
    fn parse(text: &str) -> Option<Self> {
        let (over, under) = text.split_once('/').unwrap_or((text, "1"));
        Self::new(over.parse().ok()?, under.parse().ok()?)
    }

    /// `None` where the product has no room.
    fn times(self, other: Self) -> Option<Self> {
        Self::new(self.over.checked_mul(other.over)?, self.under.checked_mul(other.under)?)
    }

    fn inverse(self) -> Self {
        Self { over: self.under, under: self.over }
    }

    /// A value times the factor: rounded at most twice, and not at all where value and factor are small whole numbers.
    pub fn apply(self, value: f64) -> f64 {
        value * self.over as f64 / self.under as f64
    }

    /// The nearest float.
    pub fn to_f64(self) -> f64 {
        self.apply(1.0)
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.under == 1 { write!(f, "{}", self.over) } else { write!(f, "{}/{}", self.over, self.under) }
    }
}

/// A unit that is no ratio of two.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Measure {
    dimension: Dimension,
    /// What it is a multiple of; units of one base convert.
    base: &'static str,
    factor: Factor,
}

impl Measure {
    fn same_kind(&self, other: &Self) -> bool {
        let own = matches!(self.dimension, Dimension::Money | Dimension::Other);
        self.dimension == other.dimension && (!own || self.base == other.base)
    }
}

/// A unit by what it measures and how much of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    of: Measure,
    per: Option<Measure>,
}

impl Unit {
    /// What it measures.
    pub fn dimension(&self) -> Dimension {
        if self.per.is_some() { Dimension::Per } else { self.of.dimension }
    }

    /// Whether both say how much there is of one kind of thing, also where no exact factor relates them: 年 and 天, 家 and
    /// 座. Currencies are kinds of their own, and so is whatever has a scale of its own (岁, 千伏).
    pub fn same_kind(&self, other: &Self) -> bool {
        match (&self.per, &other.per) {
            (None, None) => self.of.same_kind(&other.of),
            (Some(a), Some(b)) => self.of.same_kind(&other.of) && a.same_kind(b),
            _ => false,
        }
    }
}

/// A row of the table: the name that reports use, and what the unit is.
struct Row {
    plain: &'static str,
    measure: Measure,
}

/// Every unit by each of its names.
///
/// # Panics
/// If units.tsv has a row that is no unit: it is compiled in, so every test would show it.
#[allow(clippy::expect_used)]
static TABLE: LazyLock<HashMap<&'static str, Row>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    for kind in ["both", "written"] {
        for name in counters(kind) {
            let measure = Measure { dimension: Dimension::Count, base: name, factor: Factor::ONE };
            table.insert(name, Row { plain: name, measure });
        }
    }
    for [name, others, dimension, base, factor] in rows(include_str!("../data/units.tsv")) {
        let dimension = Dimension::named(dimension).expect("units.tsv names dimensions alone");
        let factor = Factor::parse(factor).expect("units.tsv has exact factors");
        let measure = Measure { dimension, base, factor };
        for other in std::iter::once(name).chain(words(others)) {
            table.insert(other, Row { plain: name, measure });
        }
    }
    table
});

/// The words of a group of counters.txt.
fn counters(group: &str) -> impl Iterator<Item = &'static str> {
    let lines = include_str!("../data/counters.txt").lines();
    lines.filter_map(move |line| line.strip_prefix(group)?.strip_prefix(' ')).flat_map(words)
}

/// Whether the word counts single things, so that any other of them may stand for it in a question (个 for 座).
pub fn is_counter(word: &str) -> bool {
    counters("both").chain(counters("asked")).any(|counter| counter == word)
}

/// Whether the word counts people.
pub fn counts_people(word: &str) -> bool {
    counters("people").any(|counter| counter == word)
}

/// The longest unit that stands at the beginning of `rest`: its length in characters. 个百分点 is found before 个.
pub fn longest_at(rest: &[char]) -> Option<usize> {
    /// Names by their first character, the longest first.
    static NAMES: LazyLock<HashMap<char, Vec<Vec<char>>>> = LazyLock::new(|| {
        let mut names: HashMap<char, Vec<Vec<char>>> = HashMap::new();
        for name in TABLE.keys() {
            let name: Vec<char> = name.chars().collect();
            names.entry(name[0]).or_default().push(name);
        }
        for names in names.values_mut() {
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        }
        names
    });
    NAMES.get(rest.first()?)?.iter().find(|name| rest.starts_with(name)).map(Vec::len)
}

/// A unit by its name, also with multipliers before it ("万千瓦") and as a ratio of two ("微克/立方米"). A multiplier alone
/// counts.
pub fn unit(name: &str) -> Option<Unit> {
    let name = name.trim();
    if let Some((of, per)) = name.split_once(['/', '／']) {
        return Some(Unit { of: measure(of)?, per: Some(measure(per)?) });
    }
    Some(Unit { of: measure(name)?, per: None })
}

/// The name by which reports call the unit ("平米": 平方米); the name itself where there is no other.
pub fn plain(name: &str) -> &str {
    TABLE.get(name).map_or(name, |row| row.plain)
}

fn measure(name: &str) -> Option<Measure> {
    let (factor, rest) = scaled(name.trim())?;
    match TABLE.get(rest) {
        Some(row) => Some(Measure { factor: row.measure.factor.times(factor)?, ..row.measure }),
        None if rest.is_empty() && factor != Factor::ONE => {
            Some(Measure { dimension: Dimension::Count, base: "", factor })
        }
        None => None,
    }
}

/// Parts the multipliers before a unit's name: 万亿元 is 10¹² and 元. 千瓦 is a name, and so is 万元户.
fn scaled(name: &str) -> Option<(Factor, &str)> {
    let (mut factor, mut rest) = (Factor::ONE, name);
    while !TABLE.contains_key(rest) {
        let multiplier = MULTIPLIERS.iter().find_map(|(word, by)| Some((rest.strip_prefix(word)?, *by)));
        let Some((behind, by)) = multiplier else { break };
        factor = factor.times(Factor::new(by as u128, 1)?)?;
        rest = behind;
    }
    Some((factor, rest))
}

/// The exact factor by which an amount in the unit `from` becomes one in the unit `to`: 亿元 to 万元 10000, 公顷 to 亩 15.
///
/// `None` where there is no such factor, whatever the two measure: 欧元 and 日元 (rates change), 家 and 座 (other things), 岁
/// and 千伏, 年 and 天 (years differ). A name that the table lacks converts into itself with another multiplier (万煤矿).
pub fn convertible(from: &str, to: &str) -> Option<Factor> {
    match (from.split_once(['/', '／']), to.split_once(['/', '／'])) {
        (Some((a, below_a)), Some((b, below_b))) => {
            simple(a.trim(), b.trim())?.times(simple(below_a.trim(), below_b.trim())?.inverse())
        }
        (None, None) => simple(from.trim(), to.trim()),
        _ => None,
    }
}

fn simple(from: &str, to: &str) -> Option<Factor> {
    let ((by_from, a), (by_to, b)) = (scaled(from)?, scaled(to)?);
    let of_names = match (TABLE.get(a), TABLE.get(b)) {
        _ if a == b => Factor::ONE,
        (Some(a), Some(b)) if a.measure.base == b.measure.base && a.measure.dimension == b.measure.dimension => {
            a.measure.factor.times(b.measure.factor.inverse())?
        }
        _ => return None,
    };
    of_names.times(by_from)?.times(by_to.inverse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_base_convert_exactly() {
        for (from, to, factor) in [
            ("万千瓦", "千瓦", "10000"),
            ("亿斤", "万吨", "5"),
            ("亿千瓦时", "千瓦时", "100000000"),
            ("公顷", "亩", "15"),
            ("亩", "公顷", "1/15"),
            ("万亿元", "亿元", "10000"),
            ("‰", "%", "1/10"),
            ("吉瓦", "万千瓦", "100"),
            ("小时", "天", "1/24"),
            ("年", "个月", "12"),
            ("元/公斤", "元/斤", "1/2"),
            ("微克/立方米", "毫克/立方米", "1/1000"),
            ("标箱", "标准箱", "1"),
            ("座", "座", "1"),
            ("万座", "座", "10000"),
            ("亿", "万", "10000"),
            ("万煤矿", "煤矿", "10000"),
            ("", "", "1"),
        ] {
            assert_eq!(convertible(from, to).map(|f| f.to_string()).as_deref(), Some(factor), "{from} {to}");
        }
    }

    #[test]
    fn what_has_no_lasting_factor_does_not_convert() {
        for (a, b) in [
            ("岁", "千伏"),
            ("欧元", "日元"),
            ("元", "美元"),
            ("家", "座"),
            ("人", "人次"),
            ("个", "标箱"),
            ("吨", "吨标准煤"),
            ("公里", "车道公里"),
            ("年", "天"),
            ("个工作日", "天"),
            ("个百分点", "%"),
            ("微克/立方米", "元/千瓦时"),
            ("吨/日", "吨"),
            ("元", "煤矿"),
            ("", "元"),
        ] {
            assert_eq!(convertible(a, b), None, "{a} {b}");
            assert_eq!(convertible(b, a), None, "{b} {a}");
        }
    }

    #[test]
    fn units_of_one_kind_answer_one_question() {
        let same = |a: &str, b: &str| unit(a).zip(unit(b)).map(|(a, b)| a.same_kind(&b));
        for (a, b, want) in [
            ("年", "天", true),
            ("家", "座", true),
            ("吨", "亿斤", true),
            ("微克/立方米", "毫克/立方米", true),
            ("微克/立方米", "元/千瓦时", false),
            ("岁", "千伏", false),
            ("岁", "周岁", true),
            ("欧元", "日元", false),
            ("元", "亿元", true),
            ("吨", "公里", false),
        ] {
            assert_eq!(same(a, b), Some(want), "{a} {b}");
        }
    }

    #[test]
    fn names_ratios_multipliers_and_what_is_no_unit() {
        for (name, want) in [
            ("微克/立方米", Some(Dimension::Per)),
            ("万亿元", Some(Dimension::Money)),
            ("％", Some(Dimension::Ratio)),
            ("位", Some(Dimension::Rank)),
            ("万", Some(Dimension::Count)),
            ("万元户", Some(Dimension::Count)),
            ("煤矿", None),
            ("港", None),
            ("", None),
            ("元/", None),
        ] {
            assert_eq!(unit(name).map(|u| u.dimension()), want, "{name}");
        }
        assert_eq!(unit(&"亿".repeat(100_000)), None);
    }

    #[test]
    fn the_longest_name_is_found_first() {
        for (text, want) in [
            ("个百分点", Some(4)),
            ("个煤矿", Some(1)),
            ("千瓦时电", Some(3)),
            ("平方米", Some(3)),
            ("煤矿", None),
            ("", None),
        ] {
            assert_eq!(longest_at(&text.chars().collect::<Vec<_>>()), want, "{text}");
        }
    }

    #[test]
    fn other_names_of_one_unit() {
        for (name, want) in [("平米", "平方米"), ("标准箱", "标箱"), ("块钱", "元"), ("座", "座"), ("煤矿", "煤矿")]
        {
            assert_eq!(plain(name), want);
        }
    }

    #[test]
    fn words_that_count_things_and_people() {
        assert!(is_counter("座") && is_counter("届") && is_counter("位") && !is_counter("吨") && !is_counter("床"));
        assert!(counts_people("名") && counts_people("位") && !counts_people("家"));
    }

    #[test]
    fn a_name_stands_in_the_tables_once() {
        let units = rows(include_str!("../data/units.tsv"));
        let named = units.flat_map(|[name, others, _, _, _]| std::iter::once(name).chain(words(others)));
        let mut names: Vec<&str> = named.chain(counters("both")).chain(counters("written")).collect();
        names.sort_unstable();
        let twice: Vec<&str> = names.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        let base_is_a_unit =
            TABLE.values().all(|row| TABLE.get(row.measure.base).is_some_and(|b| b.plain == row.measure.base));
        assert!(base_is_a_unit);
    }
}
