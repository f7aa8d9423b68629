//! Exact sums, differences and comparisons of values that a report gives.
//!
//! Numbers are computed in decimal, as they are written: 2.57 − 1.765 is 0.805, whatever binary floats make of it.

use wenbao_lang::unit;

use crate::model::Value;

/// A decimal number: `digits` × 10^−`scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    /// The shortest decimal that stands for the float: what was written before it was read.
    pub fn of(value: f64) -> Option<Self> {
        if !value.is_finite() || value.abs() >= 1e18 {
            return None;
        }
        // Rust prints the shortest decimal that reads back as the same float.
        let text = format!("{value}");
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        Some(Self { digits: format!("{whole}{part}").parse().ok()?, scale: part.len() as u32 })
    }

    /// Both with the larger scale of the two.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let up = |d: Self| 10_i128.checked_pow(scale - d.scale).and_then(|f| d.digits.checked_mul(f));
        Some((up(self)?, up(other)?, scale))
    }

    /// The sum, or `None` where it overflows.
    pub fn plus(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self { digits: a.checked_add(b)?, scale })
    }

    /// The difference, or `None` where it overflows.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { digits: -other.digits, scale: other.scale })
    }

    /// The quotient by a count, with at least so many places behind the point and as many as it has itself, the half rounded
    /// away from nought; `None` where it overflows or the count is none.
    pub fn over(self, count: usize, places: u32) -> Option<Self> {
        let scale = self.scale.max(places);
        let (count, digits) =
            (i128::try_from(count).ok()?, self.digits.checked_mul(10_i128.checked_pow(scale - self.scale)?)?);
        let (whole, rest) = (digits.checked_div(count)?, digits.checked_rem(count)?);
        let up = if rest.abs() * 2 >= count { digits.signum() } else { 0 };
        Some(Self { digits: whole + up, scale })
    }

    /// Which is larger.
    pub fn compare(self, other: Self) -> Option<std::cmp::Ordering> {
        let (a, b, _) = self.aligned(other)?;
        Some(a.cmp(&b))
    }

    /// The nearest float.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.digits.abs(), width = self.scale as usize + 1);
        let (whole, part) = digits.split_at(digits.len() - self.scale as usize);
        let part = part.trim_end_matches('0');
        if part.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{part}") }
    }
}

/// Two values in one unit: that of the first.
fn same_unit(a: &Value, b: &Value) -> Option<(Decimal, Decimal)> {
    let (x, y) = (Decimal::of(a.value?)?, Decimal::of(b.value?)?);
    if a.unit == b.unit {
        return Some((x, y));
    }
    // 公斤 and 斤, 公顷 and 亩, 亿元 and 万元; nothing where no exact factor is known (欧元 and 日元, 家 and 座).
    let factor = unit::convertible(&b.unit, &a.unit)?;
    Some((x, Decimal::of((factor.apply(b.value?) * 1e9).round() / 1e9)?))
}

/// A number computed from others, with its computation: "268 − 118".
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Computed {
    /// What it comes to, in the first value's unit.
    pub value: Decimal,
    /// The unit.
    pub unit: String,
    /// How it was computed, for people.
    pub how: String,
}

/// `a − b`; per cent leave points. `None` where the units do not go together.
pub(crate) fn difference(a: &Value, b: &Value) -> Option<Computed> {
    let (x, y) = same_unit(a, b)?;
    let unit = if a.unit == "%" { "个百分点".to_string() } else { a.unit.clone() };
    Some(Computed { value: x.minus(y)?, unit, how: format!("{x} − {y}") })
}

/// The sum of all. `None` where the units do not go together.
pub(crate) fn sum(values: &[&Value]) -> Option<Computed> {
    let (first, rest) = values.split_first()?;
    let mut total = Decimal::of(first.value?)?;
    let mut how = total.to_string();
    for value in rest {
        let (_, y) = same_unit(first, value)?;
        total = total.plus(y)?;
        how.push_str(&format!(" + {y}"));
    }
    Some(Computed { value: total, unit: first.unit.clone(), how })
}

/// Which of two values is larger. `None` where the units do not go together.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    let (x, y) = same_unit(a, b)?;
    x.compare(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(number: f64, unit: &str) -> Value {
        Value {
            label: String::new(),
            value: Some(number),
            unit: unit.into(),
            hedge: None,
            text: None,
            period: None,
            region: None,
            status: None,
            computed: None,
            citations: Vec::new(),
        }
    }

    #[test]
    fn differences_are_exact_in_decimal() {
        let cases = [
            (value(268.0, "座"), value(118.0, "座"), "150", "座"),
            (value(2.57, "万亿元"), value(1.765, "万亿元"), "0.805", "万亿元"),
            (value(49.7, "%"), value(47.0, "%"), "2.7", "个百分点"),
            (value(1.2, "亿元"), value(3000.0, "万元"), "0.9", "亿元"),
            (value(295.6, "亿斤"), value(142.4, "亿公斤"), "10.8", "亿斤"),
        ];
        for (a, b, expected, unit) in cases {
            let computed = difference(&a, &b).expect("one dimension");
            assert_eq!((computed.value.to_string().as_str(), computed.unit.as_str()), (expected, unit));
        }
    }

    #[test]
    fn units_without_an_exact_factor_are_not_computed_with() {
        for (a, b) in
            [("座", "元"), ("岁", "千伏"), ("欧元", "日元"), ("家", "座"), ("年", "天"), ("微克/立方米", "元/千瓦时")]
        {
            let (a, b) = (value(1.0, a), value(1.0, b));
            assert_eq!((difference(&a, &b), compare(&a, &b)), (None, None), "{} {}", a.unit, b.unit);
            assert_eq!(sum(&[&a, &b]), None, "{} {}", a.unit, b.unit);
        }
    }

    #[test]
    fn sums_show_how_they_were_made() {
        let values = [value(940.0, "万亩"), value(850.5, "万亩")];
        let total = sum(&values.iter().collect::<Vec<_>>()).expect("one unit");
        assert_eq!((total.value.to_string().as_str(), total.how.as_str()), ("1790.5", "940 + 850.5"));
    }

    #[test]
    fn means_are_rounded_once() {
        let over = |value: f64, count| Decimal::of(value).and_then(|d| d.over(count, 2)).map(|d| d.to_string());
        assert_eq!(over(10.0, 3).as_deref(), Some("3.33"));
        assert_eq!(over(20.0, 3).as_deref(), Some("6.67"));
        assert_eq!(over(-20.0, 3).as_deref(), Some("-6.67"));
        assert_eq!(over(22.8935, 2).as_deref(), Some("11.4468"));
        assert_eq!(over(1.0, 0), None);
    }

    #[test]
    fn negative_results_keep_their_sign() {
        let computed = difference(&value(0.5, "%"), &value(0.75, "%")).expect("one unit");
        assert_eq!(computed.value.to_string(), "-0.25");
    }
}
