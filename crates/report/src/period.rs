//! Times that a text names, made absolute with the year of its report.

use std::ops::Range;

use wenbao_lang::numeral::{digit, han_digit, scan};
use wenbao_lang::plan::FiveYearPlan;
use wenbao_lang::starts_with;

use crate::model::{Moment, Period};

/// How a time is named: what it is worth as evidence for a sentence's period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A year, a month, a five-year plan by name.
    Absolute,
    /// Relative to the report: 今年, 去年, 过去五年, 年底.
    Relative,
    /// The end of a span that something reaches: 到2035年, “十四五”末.
    Until,
    /// Only compared with: 比2015年, 较上年.
    Compared,
    /// A day or month without its year.
    DayOfYear,
}

/// A time found in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub range: Range<usize>,
    pub period: Period,
    pub kind: Kind,
}

/// Every time that `text` names, with its range in characters. Relative times (今年, 过去五年) need the year of the
/// report, which is the year its plan is for; without it they are left out.
pub fn find(text: &str, year_of_report: Option<i32>) -> Vec<(Range<usize>, Period)> {
    let chars: Vec<char> = text.chars().collect();
    find_all(&chars, year_of_report)
        .into_iter()
        .filter(|f| f.kind != Kind::DayOfYear || year_of_report.is_some())
        .map(|f| (f.range, f.period))
        .collect()
}

/// Words relative to the report's year `y`: first and last year they mean.
#[rustfmt::skip]
const RELATIVE: &[(&str, i32, i32)] = &[
    ("刚刚过去的一年", -1, -1), ("过去的一年", -1, -1), ("过去一年", -1, -1), ("这一年", -1, -1), ("一年来", -1, -1),
    ("过去的五年", -5, -1), ("过去五年", -5, -1), ("五年来", -5, -1), ("这五年", -5, -1), ("近五年", -5, -1), ("过去5年", -5, -1), ("5年来", -5, -1),
    ("三年来", -3, -1), ("近三年", -3, -1), ("过去三年", -3, -1), ("四年来", -4, -1), ("近两年", -2, -1), ("两年来", -2, -1),
    ("今后五年", 0, 4), ("未来五年", 0, 4), ("今后5年", 0, 4), ("未来5年", 0, 4), ("今后三年", 0, 2), ("未来三年", 0, 2), ("今后两年", 0, 1),
    ("前年", -2, -2), ("去年", -1, -1), ("上年", -1, -1), ("上一年", -1, -1), ("今年", 0, 0), ("本年", 0, 0), ("年内", 0, 0), ("明年", 1, 1), ("后年", 2, 2),
];

/// Words that only compare when they stand before a time.
const COMPARING: &[&str] = &["比", "较", "同比", "与", "相比", "高于", "低于", "快于", "好于", "多于"];

pub(crate) fn find_all(chars: &[char], year: Option<i32>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let hit =
            five_year_plan(chars, i).or_else(|| calendar(chars, i, year, &found)).or_else(|| relative(chars, i, year?));
        let Some(mut hit) = hit else {
            i += 1;
            continue;
        };
        let before = |words: &[&str]| {
            words.iter().any(|w| {
                let n = w.chars().count();
                hit.range.start >= n && starts_with(&chars[hit.range.start - n..], w)
            })
        };
        // 与上年持平, 和去年相比: the clauses after it speak of the year at hand again.
        let as_before = before(&["与", "和", "同"])
            && ["持平", "基本持平", "大体持平", "大致持平", "相当", "相比"]
                .iter()
                .any(|w| starts_with(&chars[hit.range.end..], w));
        if hit.kind != Kind::DayOfYear && (as_before || before(COMPARING) && !before(&["与", "相比"])) {
            hit.kind = Kind::Compared;
        } else if hit.kind == Kind::Absolute && before(&["到", "至"]) && hit.period.single_year().is_some() {
            // 到2035年: nothing is said of when it begins. 2017年至2019年 is a span and found as one.
            hit.kind = Kind::Until;
            hit.period.from = None;
        }
        i = hit.range.end;
        found.push(hit);
    }
    found
}

/// “十四五”时期, “十四五”末, “十三五”以来: five-year plans by name.
fn five_year_plan(chars: &[char], at: usize) -> Option<Found> {
    let quoted = matches!(chars.get(at), Some('“' | '"' | '「'));
    let mut i = at + usize::from(quoted);
    let (plan, next) = FiveYearPlan::at(chars, i)?;
    i = next;
    if quoted {
        if !matches!(chars.get(i), Some('”' | '"' | '」')) {
            return None;
        }
        i += 1;
    } else if !["时期", "期间", "规划", "末", "计划"].iter().any(|w| starts_with(&chars[i..], w)) {
        return None;
    }
    let (from, to) = plan.years();
    let rest = &chars[i..];
    for (word, period, kind) in [
        ("末", until(to), Kind::Until),
        ("期末", until(to), Kind::Until),
        ("时期末", until(to), Kind::Until),
        ("计划期间", Period::years(from, to), Kind::Absolute),
        ("规划期间", Period::years(from, to), Kind::Absolute),
        ("收官之年", Period::year(to), Kind::Absolute),
        ("规划收官之年", Period::year(to), Kind::Absolute),
        ("开局之年", Period::year(from), Kind::Absolute),
        ("时期", Period::years(from, to), Kind::Absolute),
        ("期间", Period::years(from, to), Kind::Absolute),
        ("以来", Period { from: Some(Moment::year(from)), to: None }, Kind::Absolute),
    ] {
        if starts_with(rest, word) {
            return Some(Found { range: at..i + word.chars().count(), period, kind });
        }
    }
    // “十四五”规划, “十四五”目标: a name, no time of the statement.
    Some(Found { range: at..i, period: Period::years(from, to), kind: Kind::Compared })
}

fn until(year: i32) -> Period {
    Period { from: None, to: Some(Moment::year(year)) }
}

fn relative(chars: &[char], at: usize, year: i32) -> Option<Found> {
    let rest = &chars[at..];
    let &(word, from, to) = RELATIVE.iter().find(|(w, ..)| starts_with(rest, w))?;
    // 上年结余, 上年结转: what was left over, counted in the year that has it.
    if ["结余", "结转", "滚存"].iter().any(|w| starts_with(&rest[word.chars().count()..], w)) {
        return None;
    }
    let mut end = at + word.chars().count();
    // 今年1月7日, 去年底, 今年6月底前
    let mut period = Period::years(year + from, year + to);
    if from == to {
        if let Some((month, next)) = month(chars, end) {
            let moment = Some(Moment { year: year + from, month: Some(month) });
            period = month_period(chars, next, moment);
            end = day(chars, next).unwrap_or(next);
        } else if matches!(chars.get(end), Some('底' | '末')) {
            end += 1;
        }
    }
    Some(Found { range: at..end, period, kind: Kind::Relative })
}

/// 2025年, 二〇二五年, 2016—2020年, 2017至2019年, 2017年上半年, 8月底前, 5月16日.
fn calendar(chars: &[char], at: usize, year: Option<i32>, found: &[Found]) -> Option<Found> {
    if at > 0
        && chars
            .get(at - 1)
            .is_some_and(|&c| digit(c).is_some() || han_digit(c).is_some() || matches!(c, '.' | '．' | '第'))
    {
        return None;
    }
    if let Some((first, next)) = year_number(chars, at) {
        let mut i = next;
        let mut last = first;
        let mut closed = false;
        let with_nian = usize::from(chars.get(i) == Some(&'年'));
        if let Some(dash) = span_word(chars, i + with_nian)
            && let Some((second, after)) = year_number(chars, i + with_nian + dash)
            && second > first
            && chars.get(after) == Some(&'年')
        {
            last = second;
            i = after;
            closed = true;
        }
        if chars.get(i) != Some(&'年') {
            return None;
        }
        i += 1;
        if closed {
            return Some(Found { range: at..i, period: Period::years(first, last), kind: Kind::Absolute });
        }
        // 2035年远景目标, 2030年议程: part of a name.
        if ["远景目标", "议程", "世界杯"].iter().any(|w| starts_with(&chars[i..], w)) {
            return Some(Found { range: at..i, period: Period::year(first), kind: Kind::Compared });
        }
        if let Some((month, next)) = month(chars, i) {
            let period = month_period(chars, next, Some(Moment { year: first, month: Some(month) }));
            return Some(Found { range: at..day(chars, next).unwrap_or(next), period, kind: Kind::Absolute });
        }
        let mut period = Period::year(first);
        let mut end = i;
        for (word, p) in [
            ("以来", Period { from: Some(Moment::year(first)), to: None }),
            ("底前", Period { from: None, to: Some(Moment::year(first)) }),
            ("前", Period { from: None, to: Some(Moment::year(first)) }),
            ("底", Period::year(first)),
            ("末", Period::year(first)),
            ("的一年", Period::year(first)),
        ] {
            if starts_with(&chars[i..], word) {
                period = p;
                end = i + word.chars().count();
                break;
            }
        }
        return Some(Found { range: at..end, period, kind: Kind::Absolute });
    }
    let (month, next) = month(chars, at)?;
    // A month without its year is of the year named just before it, or of the report's own.
    let year = found.iter().rev().find_map(|f| f.period.single_year()).or(year)?;
    let period = month_period(chars, next, Some(Moment { year, month: Some(month) }));
    Some(Found { range: at..day(chars, next).unwrap_or(next), period, kind: Kind::DayOfYear })
}

fn month_period(chars: &[char], next: usize, moment: Option<Moment>) -> Period {
    let rest = &chars[day(chars, next).unwrap_or(next)..];
    if ["底前", "末前", "前", "底之前"].iter().any(|w| starts_with(rest, w)) {
        Period { from: None, to: moment }
    } else if ["起", "以来", "份以来", "份起"].iter().any(|w| starts_with(rest, w)) {
        Period { from: moment, to: None }
    } else {
        Period { from: moment, to: moment }
    }
}

/// A year of four digits, Arabic or Chinese, between 1900 and 2100.
pub(crate) fn year_number(chars: &[char], at: usize) -> Option<(i32, usize)> {
    let four = chars.get(at..at + 4)?;
    let value = four
        .iter()
        .try_fold(0i32, |sum, &c| Some(sum * 10 + digit(c).or_else(|| han_digit(c).filter(|_| c != '两'))? as i32))?;
    let followed = chars.get(at + 4).is_some_and(|&c| digit(c).is_some() || matches!(c, '.' | '．'));
    ((1900..=2100).contains(&value) && !followed).then_some((value, at + 4))
}

fn span_word(chars: &[char], at: usize) -> Option<usize> {
    match chars.get(at)? {
        '—' => Some(1 + usize::from(chars.get(at + 1) == Some(&'—'))),
        '-' | '－' | '–' | '~' | '～' | '至' | '到' => Some(1),
        _ => None,
    }
}

/// A month with its 月: number and where it ends. 个月 is a span and no month.
fn month(chars: &[char], at: usize) -> Option<(u8, usize)> {
    let number = scan(chars, at)?;
    let whole = number.value.fract() == 0.0 && (1.0..=12.0).contains(&number.value);
    (whole && chars.get(number.end) == Some(&'月') && number.sign.is_none())
        .then(|| (number.value as u8, number.end + 1 + usize::from(chars.get(number.end + 1) == Some(&'份'))))
}

/// A day with its 日 or 号 after a month.
fn day(chars: &[char], at: usize) -> Option<usize> {
    let number = scan(chars, at)?;
    ((1.0..=31.0).contains(&number.value) && matches!(chars.get(number.end), Some('日' | '号')))
        .then_some(number.end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn years(text: &str) -> Vec<(Option<i32>, Option<i32>)> {
        find(text, Some(2025)).into_iter().map(|(_, p)| (p.from.map(|m| m.year), p.to.map(|m| m.year))).collect()
    }

    #[test]
    fn times_become_absolute() {
        let y = |from, to| vec![(Some(from), Some(to))];
        for (text, want) in [
            ("2024年全省增长", y(2024, 2024)),
            ("二〇二五年", y(2025, 2025)),
            ("一九八五年", y(1985, 1985)),
            ("“十三五”时期", y(2016, 2020)),
            ("“十四五”末，", vec![(None, Some(2025))]),
            ("到2035年", vec![(None, Some(2035))]),
            ("过去五年", y(2020, 2024)),
            ("五年来", y(2020, 2024)),
            ("今年要", y(2025, 2025)),
            ("去年底", y(2024, 2024)),
            ("2017至2019年", y(2017, 2019)),
            ("2016—2020年", y(2016, 2020)),
            ("“八五”计划期间", y(1991, 1995)),
            ("增长2024万吨", vec![]),
            ("第一个五年", vec![]),
        ] {
            assert_eq!(years(text), want, "{text}");
        }
    }

    #[test]
    fn months_keep_their_year_and_their_open_end() {
        let got = find("8月底前完成", Some(2021));
        assert_eq!(got[0].1, Period { from: None, to: Some(Moment { year: 2021, month: Some(8) }) });
        let got = find("2024年5月16日", None);
        assert_eq!(got[0].1.from, Some(Moment { year: 2024, month: Some(5) }));
        assert_eq!(got[0].0, 0..10);
    }

    #[test]
    fn a_compared_time_is_not_the_time_of_the_statement() {
        let chars: Vec<char> = "比2015年增长".chars().collect();
        assert_eq!(find_all(&chars, Some(2021))[0].kind, Kind::Compared);
    }
}
