//! Five-year plans: their names and their years.

use std::fmt;

use crate::numeral::han_digit;

/// The years of the plans that follow no rule: (ordinal, first year, last year). The third begins after three years of
/// adjustment (1963–1965); from it on each follows the one before at once. The years are those that the plans say.
const EARLY: [(u8, i32, i32); 3] = [(1, 1953, 1957), (2, 1958, 1962), (3, 1966, 1970)];

/// The years of every plan.
const LENGTH: i32 = 5;

/// The last plan that has a name to be told from others: of the twentieth it would be 二十五.
const LAST: u8 = 19;

/// One of the five-year plans of the People's Republic, by its ordinal: 14 is 十四五.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiveYearPlan(u8);

impl FiveYearPlan {
    /// The plan of an ordinal from 1 to 19.
    pub fn new(ordinal: i32) -> Option<Self> {
        u8::try_from(ordinal).ok().filter(|n| (1..=LAST).contains(n)).map(Self)
    }

    /// The plan that runs from the year `from` to the year `to`.
    pub fn of_years(from: i32, to: i32) -> Option<Self> {
        (1..=LAST).map(Self).find(|plan| plan.years() == (from, to))
    }

    /// The plan whose short name (八五, 十五, 十四五) stands at `at`, and where the name ends. 十五 is the tenth; 十五五 the
    /// fifteenth.
    pub fn at(chars: &[char], at: usize) -> Option<(Self, usize)> {
        let (tens, at) = if chars.get(at) == Some(&'十') { (10, at + 1) } else { (0, at) };
        let ones = chars.get(at).copied().and_then(han_digit).filter(|d| (1..=9).contains(d))? as i32;
        if chars.get(at + 1) == Some(&'五') {
            Some((Self::new(tens + ones)?, at + 2))
        } else if (tens, ones) == (10, 5) {
            Some((Self::new(10)?, at + 1))
        } else {
            None
        }
    }

    /// 1 for the first.
    pub fn ordinal(self) -> i32 {
        i32::from(self.0)
    }

    /// Its first and its last year.
    pub fn years(self) -> (i32, i32) {
        if let Some(&(_, from, to)) = EARLY.iter().find(|row| row.0 == self.0) {
            return (from, to);
        }
        let (third, from, to) = EARLY[2];
        let later = LENGTH * i32::from(self.0 - third);
        (from + later, to + later)
    }
}

/// Its short name: 十四五.
impl fmt::Display for FiveYearPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ones = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"][usize::from(self.0 % 10)];
        write!(f, "{}{ones}五", if self.0 >= 10 { "十" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_by_ordinal_by_years_and_by_name() {
        for (ordinal, years, name) in [
            (1, (1953, 1957), "一五"),
            (2, (1958, 1962), "二五"),
            (3, (1966, 1970), "三五"),
            (9, (1996, 2000), "九五"),
            (10, (2001, 2005), "十五"),
            (13, (2016, 2020), "十三五"),
            (14, (2021, 2025), "十四五"),
            (15, (2026, 2030), "十五五"),
        ] {
            let plan = FiveYearPlan::new(ordinal).unwrap();
            assert_eq!((plan.years(), plan.to_string().as_str()), (years, name));
            assert_eq!(FiveYearPlan::of_years(years.0, years.1), Some(plan), "{name}");
            let chars: Vec<char> = format!("“{name}”时期").chars().collect();
            assert_eq!(FiveYearPlan::at(&chars, 1), Some((plan, chars.len() - 3)), "{name}");
        }
    }

    #[test]
    fn what_is_no_plan_is_none() {
        assert_eq!(FiveYearPlan::new(0), None);
        assert_eq!(FiveYearPlan::new(20), None);
        assert_eq!(FiveYearPlan::of_years(1963, 1965), None);
        assert_eq!(FiveYearPlan::of_years(2017, 2021), None);
        for text in ["十二", "五年", "二十五", "十个", ""] {
            assert_eq!(FiveYearPlan::at(&text.chars().collect::<Vec<_>>(), 0), None, "{text}");
        }
    }
}
