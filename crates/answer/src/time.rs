//! How the time of a statement relates to the time of a question.

use wenbao_report::Period;

/// How a statement's time fits the time asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The same span.
    Same,
    /// The statement's time ends where the question's does: "“十三五”时期" and the end of 2020.
    Ends,
    /// The statement's time lies within that of the question.
    Within,
    /// The statement's time is a longer one that holds that of the question.
    Holds,
    /// They share no year.
    Apart,
    /// The statement's time is not known.
    Unknown,
}

/// Relates the time of a statement to the time asked for.
pub(crate) fn fit(asked: &Period, stated: Option<&Period>) -> Fit {
    let (Some(stated), Some((from, to))) = (stated, asked.year_span()) else { return Fit::Unknown };
    let Some((start, end)) = stated.year_span() else { return Fit::Unknown };
    if stated.from.is_none() || stated.to.is_none() {
        // "到2035年": only its end is known.
        return if end == to { Fit::Same } else { Fit::Apart };
    }
    match () {
        () if (start, end) == (from, to) => Fit::Same,
        () if asked.from.is_none() && end == to => Fit::Same,
        () if end == to && start < from => Fit::Ends,
        () if start >= from && end <= to => Fit::Within,
        () if start <= from && end >= to => Fit::Holds,
        () => Fit::Apart,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_relate_by_their_years() {
        let cases = [
            (Period::year(2024), Period::year(2024), Fit::Same),
            (Period::year(2020), Period::years(2016, 2020), Fit::Ends),
            (Period::years(2016, 2020), Period::year(2018), Fit::Within),
            (Period::year(2018), Period::years(2016, 2020), Fit::Holds),
            (Period::year(2024), Period::year(2023), Fit::Apart),
        ];
        for (asked, stated, expected) in cases {
            assert_eq!(fit(&asked, Some(&stated)), expected, "{asked:?} {stated:?}");
        }
        assert_eq!(fit(&Period::year(2024), None), Fit::Unknown);
    }

    #[test]
    fn an_open_beginning_is_judged_by_its_end() {
        let until = Period { from: None, ..Period::year(2035) };
        assert_eq!(fit(&Period::year(2035), Some(&until)), Fit::Same);
        assert_eq!(fit(&Period::year(2030), Some(&until)), Fit::Apart);
    }
}
