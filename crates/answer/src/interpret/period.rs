//! Times that a question names, after [`super::normalise`]: years are four ASCII digits here.

use std::sync::LazyLock;

use regex::Regex;
pub(super) use wenbao_lang::numeral::whole as numeral;
use wenbao_lang::plan::FiveYearPlan;
use wenbao_report::{Moment, Period};

use super::Clock;
use super::model::Span;
use super::normalise::regex;

/// A time and the words around it that say how it is meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Time {
    /// The time itself.
    pub period: Period,
    /// 年底, 末, 截至: the state at its end.
    pub as_of: bool,
    /// 年初: as planned at its beginning.
    pub start: bool,
    /// The question names the report of that year (1978年报告里说, 按2024年的安排).
    pub report: bool,
    /// A change is measured against it (比2020年).
    pub baseline: bool,
    /// 以来, 以后: it only begins there.
    pub since: bool,
    /// 近三年, 今后三年: counted from the report's year or today.
    pub relative: Option<Way>,
}

/// Which way a relative span of years runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Behind,
    Ahead,
}

impl Time {
    fn new(period: Period) -> Self {
        Self { period, as_of: false, start: false, report: false, baseline: false, since: false, relative: None }
    }
}

/// Two years with a dash or 到 between them.
static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:从|自|在)?(?P<from>(?:19|20)\d{2})年?(?P<from_end>底|末|初)?(?:-+|至|到|直到)(?P<to>(?:19|20)\d{2})年?(?P<to_end>底|末|初)?(?:这?[一二三四五六七八九十\d]+个?年)?(?:之间|期间|年间|间|里)?",
    )
});

/// One year, with month or what it says about its ends.
static YEAR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?P<lead>截至|截止到|截止|到了|直到|等到|到|至|从|自|在|按照|按|于|据)?(?P<year>(?:19|20)\d{2})(?:年)?(?:的?(?P<month>(?:1[0-2]|[1-9])月|(?:十[一二]?|[一二三四五六七八九])月))?(?P<day>\d{1,2}[日号])?(?P<end>全年|年度|年底|年末|年初|年内|年终|年中|底|末|初|度)?(?P<tail>前后|之前|以前|前|为止|止|以来|以后|之后|当年|那年|这一年|一年|一整年|起|开始)?",
    )
});

/// 去年 and its kin: words and the distance from the current year.
const RELATIVE_YEARS: &[(&str, i32)] =
    &[("大前年", -3), ("前年", -2), ("去年", -1), ("今年", 0), ("本年度", 0), ("明年", 1), ("后年", 2)];

/// 近三年, 过去五年, 今后三年.
static YEARS_AROUND: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?P<way>最近|近|过去|前|此前|今后|未来|接下来|往后)(?:的|这)?(?P<count>[一二两三四五六七八九十]|\d{1,2})年(?:来|里|间|内|中)?",
    )
});

/// A five-year plan; without quotes only where nothing else can be meant.
static PLAN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:到|在|截至)?(?:“(?P<quoted>十?[一二三四五六七八九])五”|(?P<tens>十[一二三四五六])五|(?P<bare>[一二三四五六七八九])五(?:时期|期间|计划|规划|末)|第(?P<nth>十?[一二三四五六七八九])个五年(?:计划|规划))(?:规划期|规划|时期|期间|计划)?(?P<end>末期|末|初)?(?:的?(?:这)?五年)?(?:间|里)?",
    )
});

/// 本届政府, 上届政府: terms of five years.
static TERM: LazyLock<Regex> = LazyLock::new(|| regex(r"(?P<which>本届|这届|上届|新一届)政府(?:任期)?(?:内|期间)?"));

/// What follows a year that names a report, not the time of a value.
static NAMES_REPORT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:[初的]|年初|全国|[^，。？、]{0,4}省)*(?:政府工作报告|工作报告|政府报告|报告|那会儿|那阵子|那时候?)?(?:里|中|上|就)?(?:提出|提到|设想|规划|讲的?|说|说好|号召|预告|想着|要求|工作安排|的安排)",
    )
});

/// A report named outright, with or without a verb: "2025年山西省政府工作报告".
static IS_REPORT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:[^，。？、\d]{0,8})?(?:政府工作报告|政府报告|年报告|报告)"));

/// Every time in the text, in order, not overlapping.
pub(super) fn find(text: &str, clock: &Clock) -> Vec<Span<Time>> {
    let mut found: Vec<Span<Time>> = Vec::new();
    plans(text, &mut found);
    ranges(text, &mut found);
    years(text, &mut found);
    relative(text, clock, &mut found);
    found.sort_by_key(|span| span.range.start);
    bracketed(text, &mut found);
    settle_relative(&mut found);
    // "1986年“七五”期间": a year in front of a span of years is the report's.
    for i in 1..found.len() {
        let (year, span) = (&found[i - 1], &found[i]);
        if year.range.end == span.range.start
            && year.value.period.single_year().is_some()
            && span.value.period.single_year().is_none()
        {
            found[i - 1].value.report = true;
        }
    }
    found
}

/// "今年（2025年）", "2025年（今年）": one time said twice, and the year in figures says which.
fn bracketed(text: &str, found: &mut Vec<Span<Time>>) {
    let mut at = 1;
    while at < found.len() {
        let (first, second) = (&found[at - 1], &found[at]);
        let inside = &text[first.range.end..second.range.start] == "（" && text[second.range.end..].starts_with('）');
        if !inside {
            at += 1;
            continue;
        }
        let figures = |span: &Span<Time>| text[span.range.clone()].contains(|c: char| c.is_ascii_digit());
        let value = if figures(second) { second.value } else { first.value };
        let range = first.range.start..second.range.end + '）'.len_utf8();
        found[at - 1] = Span { range, value };
        found.remove(at);
    }
}

fn free(found: &[Span<Time>], start: usize, end: usize) -> bool {
    found.iter().all(|span| end <= span.range.start || span.range.end <= start)
}

fn plans(text: &str, found: &mut Vec<Span<Time>>) {
    for hit in PLAN.captures_iter(text) {
        let (Some(all), Some(name)) = (hit.get(0), ["quoted", "tens", "bare", "nth"].iter().find_map(|n| hit.name(n)))
        else {
            continue;
        };
        let Some(plan) = numeral(name.as_str()).and_then(FiveYearPlan::new) else {
            continue;
        };
        let end = hit.name("end").map_or("", |m| m.as_str());
        let (first, last) = plan.years();
        let mut time = Time::new(Period::years(first, last));
        if end.starts_with('末') {
            time = Time::new(Period::year(last));
            time.as_of = true;
        }
        if end == "初" {
            time = Time::new(Period::year(first));
        }
        let mut stop = all.end();
        // “十三五”期间（2016—2020）: the bracket says the same again.
        if let Some(bracket) = SAME_AGAIN.find(&text[stop..]) {
            stop += bracket.end();
        }
        found.push(Span { range: all.start()..stop, value: time });
    }
}

/// "（2016-2020）" or "五年（2016-2020）" behind the plan's name.
static SAME_AGAIN: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:五年)?（(?:19|20)\d{2}年?-+(?:19|20)\d{2}年?）"));

fn ranges(text: &str, found: &mut Vec<Span<Time>>) {
    for hit in RANGE.captures_iter(text) {
        let Some(all) = hit.get(0) else { continue };
        let (Ok(from), Ok(to)) = (hit["from"].parse::<i32>(), hit["to"].parse::<i32>()) else {
            continue;
        };
        // "从2023年底到2024年底": two points in time, not what lies between.
        let points = hit.name("from_end").is_some() && hit.name("to_end").is_some();
        if from >= to || points || !free(found, all.start(), all.end()) {
            continue;
        }
        found.push(Span { range: all.range(), value: Time::new(Period::years(from, to)) });
    }
}

fn years(text: &str, found: &mut Vec<Span<Time>>) {
    for hit in YEAR.captures_iter(text) {
        let (Some(all), Some(year)) = (hit.get(0), hit.name("year")) else {
            continue;
        };
        let before = text[..year.start()].chars().next_back();
        let after = text[year.end()..].chars().next();
        let part_of_number = before.is_some_and(|c| c.is_ascii_digit() || c == '.' || c.is_ascii_alphabetic())
            || after.is_some_and(|c| c.is_ascii_digit() || "%.万亿元个家座处项件名户亩吨人台套公米".contains(c));
        if part_of_number || !free(found, all.start(), all.end()) {
            continue;
        }
        let Ok(number) = year.as_str().parse::<i32>() else {
            continue;
        };
        let mut time = Time::new(Period::year(number));
        if let Some(month) = hit.name("month").and_then(|m| numeral(m.as_str().trim_end_matches('月'))) {
            let moment = Moment { year: number, month: u8::try_from(month).ok() };
            time.period = Period { from: Some(moment), to: Some(moment) };
        }
        let lead = hit.name("lead").map_or("", |m| m.as_str());
        let end = hit.name("end").map_or("", |m| m.as_str());
        time.as_of = matches!(end, "年底" | "年末" | "底" | "末" | "年终") || lead.starts_with('截');
        let rest = &text[all.end()..];
        // 2025年初步核算的总值: as first reckoned, not as the year began.
        time.start = matches!(end, "年初" | "初") && !rest.starts_with('步');
        time.since = hit.name("tail").is_some_and(|m| matches!(m.as_str(), "以来" | "以后" | "之后"));
        // "到1998年初": how things stood when the year before was over.
        if time.start && (lead.starts_with('截') || lead.starts_with('到') || lead.starts_with('至')) {
            time = Time { as_of: true, ..Time::new(Period::year(number - 1)) };
        }
        time.report = NAMES_REPORT.is_match(rest) || IS_REPORT.is_match(rest) || lead.starts_with('按');
        let preceding = &text[..all.start()];
        time.baseline = preceding.ends_with(['比', '较']) || preceding.ends_with("相比") || preceding.ends_with("同比");
        found.push(Span { range: all.range(), value: time });
    }
}

fn relative(text: &str, clock: &Clock, found: &mut Vec<Span<Time>>) {
    for (word, distance) in RELATIVE_YEARS {
        for (start, _) in text.match_indices(word) {
            let mut end = start + word.len();
            let mut time = Time::new(Period::year(clock.year() + distance));
            let rest = &text[end..];
            for (tail, as_of, at_start) in [
                ("年底", true, false),
                ("底", true, false),
                ("年末", true, false),
                ("年初", false, true),
                ("初", false, true),
                ("全年", false, false),
            ] {
                if rest.starts_with(tail) {
                    end += tail.len();
                    (time.as_of, time.start) = (as_of, at_start);
                    break;
                }
            }
            time.baseline = text[..start].ends_with(['比', '较']);
            if free(found, start, end) {
                found.push(Span { range: start..end, value: time });
            }
        }
    }
    for hit in YEARS_AROUND.captures_iter(text) {
        let Some(all) = hit.get(0) else { continue };
        let Some(count) = numeral(&hit["count"]) else {
            continue;
        };
        if !free(found, all.start(), all.end()) || count == 0 {
            continue;
        }
        let now = clock.year();
        let way = match &hit["way"] {
            "今后" | "未来" | "接下来" | "往后" => Way::Ahead,
            _ => Way::Behind,
        };
        let period = years_around(now, count, way);
        found.push(Span { range: all.range(), value: Time { relative: Some(way), ..Time::new(period) } });
    }
    for hit in TERM.captures_iter(text) {
        let Some(all) = hit.get(0) else { continue };
        // Terms begin in the years that end in 3 and 8 since 1978; a province's follows the nation's.
        let mut from = clock.year() - (clock.year() - 1978).rem_euclid(5);
        if &hit["which"] == "上届" {
            from -= 5;
        }
        if free(found, all.start(), all.end()) {
            found.push(Span { range: all.range(), value: Time::new(Period::years(from, from + 4)) });
        }
    }
}

/// The `count` years ahead of `year` begin with it; those behind it end with the year before.
fn years_around(year: i32, count: i32, way: Way) -> Period {
    match way {
        Way::Ahead => Period::years(year, year + count - 1),
        Way::Behind => Period::years(year - count, year - 1),
    }
}

/// "2009年提出今后三年": the count runs from the report's year, not from today.
fn settle_relative(found: &mut [Span<Time>]) {
    let anchor =
        found.iter().find(|span| span.value.relative.is_none()).and_then(|span| span.value.period.single_year());
    let Some(anchor) = anchor else { return };
    for span in found.iter_mut() {
        if let (Some(way), Some((from, to))) = (span.value.relative, span.value.period.year_span()) {
            span.value.period = years_around(anchor, to - from + 1, way);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn spans(text: &str) -> Vec<(i32, i32)> {
        find(text, &Clock::fixed(date(2025, 11, 1))).iter().filter_map(|span| span.value.period.year_span()).collect()
    }

    #[test]
    fn every_way_to_name_a_time_is_read() {
        for (text, expected) in [
            ("2025年新建多少座", vec![(2025, 2025)]),
            ("2024山西建成海外仓", vec![(2024, 2024)]),
            ("去年粮食产量", vec![(2024, 2024)]),
            ("今年（2021年）新建多少座", vec![(2021, 2021)]),
            ("到1998年初，哪两条铁路投入运营", vec![(1997, 1997)]),
            ("2021年（去年）新建多少座", vec![(2021, 2021)]),
            ("明年的目标", vec![(2026, 2026)]),
            ("2016-2020年", vec![(2016, 2020)]),
            ("2016到2020年关停多少", vec![(2016, 2020)]),
            ("1974到1976年", vec![(1974, 1976)]),
            ("1978年到1985年这八年，每年增长", vec![(1978, 1985)]),
            ("从2023年底到2024年底", vec![(2023, 2023), (2024, 2024)]),
            ("“十三五”期间", vec![(2016, 2020)]),
            ("“十三五”五年（2016-2020）一共", vec![(2016, 2020)]),
            ("十四五末", vec![(2025, 2025)]),
            ("到“十四五”末", vec![(2025, 2025)]),
            ("“八五”期间", vec![(1991, 1995)]),
            ("第七个五年计划期间", vec![(1986, 1990)]),
            ("2021、2024、2025三年的目标", vec![(2021, 2021), (2024, 2024), (2025, 2025)]),
            ("2009年提出今后三年投入", vec![(2009, 2009), (2009, 2011)]),
            ("近三年的粮食产量", vec![(2022, 2024)]),
            ("2018年报告说过去五年", vec![(2018, 2018), (2013, 2017)]),
            ("本届政府", vec![(2023, 2027)]),
            ("新建2025座", vec![]),
            ("安排2000亿元", vec![]),
        ] {
            assert_eq!(spans(text), expected, "{text}");
        }
    }

    #[test]
    fn the_words_around_a_year_say_how_it_is_meant() {
        let one = |text: &str| find(text, &Clock::fixed(date(2025, 11, 1)))[0].value;
        assert!(one("截至2020年底有多少户").as_of);
        assert!(one("2024年初的安排").start);
        assert!(!one("2024年初步核算的总值").start);
        assert!(one("按2024年初的安排").report);
        assert!(one("1978年报告里说大庆").report);
        assert!(one("2025年山西省政府工作报告是谁作的").report);
        assert!(!one("2025年安排多少项").as_of);
        assert!(one("比2020年增长多少").baseline);
        assert_eq!(one("2024年1月山西").period.from, Some(Moment { year: 2024, month: Some(1) }));
    }
}
