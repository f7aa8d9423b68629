//! Period and status: what a heading says of its part, and what a sentence says of itself.

use crate::kinds::Clock;
use crate::model::{Moment, Period, Status};
use crate::period::{Found, Kind, find_all};

/// The time and the status that hold where nothing else is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Context {
    pub period: Option<Period>,
    pub status: Option<Status>,
}

/// Words of headings over what has been done.
const REVIEW: &[&str] = &[
    "回顾",
    "工作情况",
    "发展成就",
    "主要成就",
    "工作总结",
    "来的斗争",
    "来的工作",
    "取得的成绩",
    "五年的政府工作",
    "年的工作",
];
/// Words of headings over what is to be done.
const PLAN: &[&str] = &[
    "安排",
    "任务",
    "部署",
    "建议",
    "重点工作",
    "目标",
    "总体要求",
    "指导思想",
    "打算",
    "展望",
    "主要工作",
    "工作重点",
];

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|w| text.contains(w))
}

/// Whether a line without a marker names a part of a report.
pub(crate) fn names_part(text: &str) -> bool {
    text.contains("工作回顾")
        || text.contains("工作安排")
        || text.contains("目标任务")
        || text.contains("总体要求")
        || text.contains("重点工作")
}

/// The years between the first and the last that a heading names: 2021 to 2025 of 2025年和“十四五”时期工作回顾. A paragraph
/// under it may turn to any of them.
pub(crate) fn hull_of_heading(text: &str, clock: &Clock) -> Option<(i32, i32)> {
    let chars: Vec<char> = text.chars().collect();
    let spans = find_all(&chars, clock.year).into_iter().filter_map(|t| t.period.year_span());
    spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Whether a heading names this time.
pub(crate) fn names(text: &str, time: Period, clock: &Clock) -> bool {
    let chars: Vec<char> = text.chars().collect();
    find_all(&chars, clock.year).iter().any(|t| t.period == time)
}

/// What a heading says of what stands under it, if it does.
pub(crate) fn of_heading(text: &str, clock: &Clock) -> Option<Context> {
    let year = clock.year;
    let chars: Vec<char> = text.chars().collect();
    let times = find_all(&chars, year);
    let review = has(text, REVIEW);
    let plan = has(text, PLAN);
    let period = times.iter().find(|t| t.kind != Kind::Compared).or(times.first()).map(|t| t.period);
    match (review, plan) {
        // 过去的成就和今后的任务 under one heading: the paragraphs have to say.
        (true, true) => Some(Context::default()),
        (true, false) => {
            Some(Context { period: period.or(year.map(|y| Period::year(y - 1))), status: Some(Status::Actual) })
        }
        (false, true) => Some(Context { period: period.or(year.map(Period::year)), status: Some(Status::Target) }),
        (false, false) if has(text, THEMATIC) => Some(Context::default()),
        // 三、关于2026年工作: nothing but a year and its work. The report's own year is planned, the one before is told.
        (false, false) if text.trim_end_matches('。').ends_with("年工作") => {
            let (own, spoken) = (year?, times.iter().find_map(|t| t.period.single_year())?);
            let status = match spoken {
                y if y == own => Status::Target,
                y if y + 1 == own => Status::Actual,
                _ => return None,
            };
            Some(Context { period: Some(Period::year(spoken)), status: Some(status) })
        }
        (false, false) => None,
    }
}

/// Words of headings over affairs that are told and planned in one breath: nothing holds for the whole part.
const THEMATIC: &[&str] = &["国际形势", "外交"];

/// Openings that turn to what has been done; the time they name is the period.
const TURNS_BACK: &[&str] =
    &["过去一年", "过去的一年", "刚刚过去的", "过去五年", "五年来", "一年来", "回顾过去", "回顾"];
/// Openings that turn to what is to be done.
const TURNS_AHEAD: &[&str] = &[
    "做好今年",
    "今年是",
    "年是",
    "今年发展",
    "今年经济社会发展",
    "今年，要",
    "今年要",
    "今后五年",
    "新的一年",
    "预期目标",
];

/// What the opening of a paragraph says of it and of those after it, in a text whose headings do not say.
pub(crate) fn of_opening(text: &str, clock: &Clock) -> Option<Context> {
    if !clock.plans {
        return None;
    }
    let year = clock.year;
    let opening: Vec<char> = text.chars().take(60).collect();
    let words: String = opening.iter().collect();
    let times = find_all(&opening, year);
    let period = |default: i32| {
        times
            .iter()
            .find(|t| matches!(t.kind, Kind::Absolute | Kind::Relative))
            .map(|t| t.period)
            .or(year.map(|y| Period::year(y + default)))
    };
    let future = |p: Option<Period>| p.and_then(|p| p.year_span()).zip(year).is_some_and(|((from, _), y)| from >= y);
    if has(&words, TURNS_AHEAD) && future(period(0)) {
        return Some(Context { period: period(0), status: Some(Status::Target) });
    }
    if has(&words, TURNS_BACK) || (words.contains("主要做了") || words.contains("做了以下")) {
        let back = period(-1).filter(|_| !future(period(-1)));
        return Some(Context { period: back.or(year.map(|y| Period::year(y - 1))), status: Some(Status::Actual) });
    }
    // “十四五”时期…: under a heading that names two plans, a paragraph that opens with one is about it.
    let plan =
        times.first().filter(|t| t.range.start == 0 && t.kind == Kind::Absolute && opening.first() == Some(&'“'))?;
    let (from, to) = plan.period.year_span()?;
    let status = match year? {
        y if to < y => Status::Actual,
        y if from >= y => Status::Target,
        _ => return None,
    };
    Some(Context { period: Some(plan.period), status: Some(status) })
}

/// Words that speak of what is still to come.
const AHEAD: &[&str] = &[
    "力争", "要", "将", "目标", "预期", "必须", "计划", "拟", "确保", "争取", "规划", "应当", "努力", "到时", "届时",
    "今后",
];
/// Words that hold one of [`AHEAD`] and say nothing of the time.
const NOT_AHEAD: &[&str] = &[
    "重要",
    "主要",
    "需要",
    "首要",
    "必要",
    "要素",
    "要求",
    "要点",
    "纪要",
    "将军",
    "计划生育",
    "要道",
    "紧要",
    "概要",
    "超额完成目标",
];
/// Verbs with which a report says what is to be done, where it has no other word for it.
const IMPERATIVE: &[&str] = &["抓好", "搞好", "大力", "加强", "加快", "坚决", "进一步", "做好", "可以形成"];
/// Words that speak of what is done.
const BEHIND: &[&str] =
    &["已经", "已有", "已达", "已建成", "已完成", "已实现", "截至", "目前", "了", "曾", "过去", "以来", "年间"];

/// Whether a text speaks of what is still to come.
fn looks_ahead(text: &str) -> bool {
    let mut text = text.to_owned();
    for words in NOT_AHEAD.iter().filter(|w| w.len() > 3) {
        if text.contains(words) {
            text = text.replace(words, "");
        }
    }
    has(&text, AHEAD)
}

/// Period and status of a sentence under `context`.
pub(crate) fn of_sentence(
    chars: &[char],
    context: Context,
    clock: &Clock,
) -> (Option<Period>, Option<Status>, Vec<Found>) {
    let year = clock.year;
    let month_year = context.period.and_then(|p| p.single_year()).or(year);
    let times: Vec<Found> = find_all(chars, year)
        .into_iter()
        .map(|mut t| {
            if t.kind == Kind::DayOfYear
                && let (Some(y), Some(report)) = (month_year, year)
            {
                shift(&mut t.period, y - report);
            }
            t
        })
        .collect();
    let text: String = chars.iter().collect();
    let first_clause = chars.iter().position(|c| matches!(c, '，' | '；')).unwrap_or(chars.len());
    let said: Vec<&Found> =
        times.iter().filter(|t| matches!(t.kind, Kind::Absolute | Kind::Relative | Kind::Until)).collect();
    // A time in the first clause stands for the sentence; one further on only for its own clause.
    let leading = said.iter().find(|t| t.range.start <= first_clause).copied();
    let period = leading.map(|t| t.period).or(context.period);
    // 全年 in a review of several years that ends with the last one speaks of that year: 全年完成投资15.9亿元.
    let whole_year = || chars[..first_clause].windows(2).any(|w| w == ['全', '年']);
    let period = match (leading, period, year) {
        (None, Some(Period { from: Some(from), to: Some(to) }), Some(y))
            if from.year < to.year && to.year + 1 == y && whole_year() =>
        {
            Some(Period::year(to.year))
        }
        _ => period,
    };
    let mut status = context.status;
    let spoken = leading.and_then(|t| t.period.year_span());
    let ahead = |text: &str| clock.plans && looks_ahead(text);
    if let (Some((from, to)), Some(y), Some(t)) = (spoken, clock.present, leading) {
        let past = to < y;
        let future = from > y || (t.kind == Kind::Until && to >= y) || (from >= y && to > y);
        if future && (clock.plans || status.is_some()) {
            status = Some(Status::Target);
        } else if past && status != Some(Status::Actual) && (clock.plans || status.is_some()) {
            status = Some(Status::Actual);
        } else if !past && status.is_none() {
            status = (clock.plans).then(|| if looks_ahead(&text) { Status::Target } else { Status::Actual });
        } else if clock.plans
            && !past
            && status == Some(Status::Actual)
            && from == y
            && has(&text, &["要", "力争", "将", "确保"])
        {
            status = Some(Status::Target);
        }
    } else if status == Some(Status::Target) && has(&text, &["已经", "已有", "已达", "截至", "目前"]) && !ahead(&text)
    {
        status = Some(Status::Actual);
    } else if status.is_none() && clock.plans {
        status = match (ahead(&text), has(&text, BEHIND)) {
            (true, false) => Some(Status::Target),
            (false, true) => Some(Status::Actual),
            (false, false) if has(&text, IMPERATIVE) => Some(Status::Target),
            _ => None,
        };
    }
    if status == Some(Status::Actual)
        && let Some(at) = text.find("预计")
    {
        let before: Vec<char> = text[..at].chars().collect();
        if !before.iter().any(char::is_ascii_digit) {
            status = Some(Status::Estimated);
        }
    }
    (period, status, times)
}

fn shift(period: &mut Period, years: i32) {
    for moment in [&mut period.from, &mut period.to].into_iter().flatten() {
        *moment = Moment { year: moment.year + years, ..*moment };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Context {
        Context { period: Some(Period::year(2025)), status: Some(Status::Target) }
    }

    fn review() -> Context {
        Context { period: Some(Period::year(2024)), status: Some(Status::Actual) }
    }

    #[test]
    fn headings_say_time_and_status() {
        for (text, year, want) in [
            ("一、2024年工作回顾", 2025, Some((Period::year(2024), Status::Actual))),
            ("二、2025年工作安排", 2025, Some((Period::year(2025), Status::Target))),
            ("一、“十三五”时期工作回顾", 2021, Some((Period::years(2016, 2020), Status::Actual))),
            ("一、过去五年工作回顾", 2018, Some((Period::years(2013, 2017), Status::Actual))),
            (
                "二、“十四五”时期经济社会发展的指导思想和目标任务",
                2021,
                Some((Period::years(2021, 2025), Status::Target)),
            ),
            ("三、全面提升治理效能", 2025, None),
        ] {
            let got = of_heading(text, &Clock::of(Some(year))).map(|c| (c.period.unwrap(), c.status.unwrap()));
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn a_sentence_may_say_another_time_and_status_than_its_part() {
        for (text, context, period, status) in [
            ("新建煤矿130座。", plan(), Period::year(2025), Status::Target),
            ("2024年，我省产量增长5%。", plan(), Period::year(2024), Status::Actual),
            ("到2035年达到中游水平。", plan(), Period { from: None, to: Some(Moment::year(2035)) }, Status::Target),
            ("营业收入预计达到2000亿元。", review(), Period::year(2024), Status::Estimated),
            ("比2015年增长3.5倍。", review(), Period::year(2024), Status::Actual),
            ("5月16日，会议召开。", review(), Period::year(2024), Status::Actual),
        ] {
            let chars: Vec<char> = text.chars().collect();
            let (p, s, _) = of_sentence(&chars, context, &Clock::of(Some(2025)));
            assert_eq!((p, s), (Some(period), Some(status)), "{text}");
        }
    }
}
