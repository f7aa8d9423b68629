//! What day it is: the one thing a question cannot say itself. Serves only 去年, 今年, 明年 and their kin.

use jiff::Zoned;
use jiff::civil::Date;

/// Where "today" comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock(Option<Date>);

impl Clock {
    /// The machine's clock and time zone.
    pub fn system() -> Self {
        Self(None)
    }

    /// Always this day.
    pub fn fixed(date: Date) -> Self {
        Self(Some(date))
    }

    /// The last day of a year.
    pub fn in_year(year: i32) -> Self {
        Self(i16::try_from(year).ok().and_then(|year| Date::new(year, 12, 31).ok()))
    }

    /// The current year.
    pub fn year(&self) -> i32 {
        i32::from(self.0.unwrap_or_else(|| Zoned::now().date()).year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_fixed_clock_tells_its_own_year() {
        assert_eq!(Clock::fixed(date(2025, 3, 1)).year(), 2025);
    }
}
