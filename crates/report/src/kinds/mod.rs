//! Kinds of document: what a title of each looks like, what its year means, and how its parts give time and status.
//!
//! One file a kind; a new kind is one more file with its examples, listed in [`ALL`].

mod budget_report;
mod communique;
mod five_year_plan;
mod guide;
mod measure;
pub(crate) mod newspaper;
mod plan_report;
mod work_report;

use std::sync::LazyLock;

use regex::Regex;

use crate::context::Context;
use crate::model::DocumentKind;
use crate::period::year_number;

/// What times and status words of a document are counted from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The year that 今年 means; 去年 and 上年 are the one before.
    pub year: Option<i32>,
    /// The first year that is still to come for the one who writes: what is said of it is a plan.
    pub present: Option<i32>,
    /// Whether headings and openings turn to review and plan, and words like 要 and 将 make a sentence a plan; a measure's
    /// 应当 plans nothing.
    pub plans: bool,
}

impl Clock {
    /// A document of this year, which plans it.
    pub fn of(year: Option<i32>) -> Self {
        Self { year, present: year, plans: true }
    }
}

/// The clock of what says what holds: the year of its date, else the first that its title names; it plans nothing.
fn in_force(years: &[i32], date: Option<i32>) -> Clock {
    let year = date.or(years.first().copied());
    Clock { year, present: year, plans: false }
}

/// A kind of document.
pub(crate) struct Kind {
    pub id: DocumentKind,
    /// A title has all the words of one of these rows.
    pub titles: &'static [&'static [&'static str]],
    /// What is counted from, by the years that the title names, in order, and the year of its date.
    pub clock: fn(&[i32], Option<i32>) -> Clock,
    /// What holds where no part says otherwise.
    pub whole: fn(&Clock) -> Context,
    /// What a heading says of its part, where the kind has its own words for it.
    pub heading: fn(&str, &Clock) -> Option<Context>,
}

/// All kinds but [`DocumentKind::Other`], those with the most particular titles first.
static ALL: &[&Kind] = &[
    &work_report::KIND,
    &budget_report::KIND,
    &plan_report::KIND,
    &communique::KIND,
    &five_year_plan::KIND,
    &measure::KIND,
    &guide::KIND,
    &newspaper::KIND,
];

/// What is counted and what holds in a document of no known kind: a text of its year.
static OTHER: Kind = Kind {
    id: DocumentKind::Other,
    titles: &[],
    clock: |years, date| Clock::of(years.iter().copied().max().or(date)),
    whole: |_| Context::default(),
    heading: |text, clock| crate::context::of_heading(text, clock),
};

/// The rules of a kind.
pub(crate) fn of(id: DocumentKind) -> &'static Kind {
    ALL.iter().copied().find(|k| k.id == id).unwrap_or(&OTHER)
}

/// A title is no longer than this many characters.
const LONGEST_TITLE: usize = 90;

/// The kind whose title a line is. A sentence is none, nor what only speaks of a report (…作政府工作报告).
pub(crate) fn of_title(line: &str) -> Option<DocumentKind> {
    let line: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    if line.chars().count() > LONGEST_TITLE || line.contains(['。', '；']) {
        return None;
    }
    if ["来源", "作政府工作报告", "当前位置", "听取", "审议", "审查结果", "关于批准"].iter().any(|w| line.contains(w))
    {
        return None;
    }
    // 一、一般公共预算执行情况: a heading of a part.
    let numbered = line.trim_start_matches(|c| "一二三四五六七八九十".contains(c));
    if numbered.len() < line.len() && numbered.starts_with('、') || line.starts_with(['（', '(']) {
        return None;
    }
    let kind = ALL.iter().find(|k| k.titles.iter().any(|row| row.iter().all(|w| line.contains(w))))?;
    Some(kind.id)
}

/// The years that a title names, in order: 2025 and 2026 of "2025年预算执行情况和2026年预算草案", 2021 and 2025 of
/// "（2021—2025年）". The year of a day (2024年4月18日), on which it was told or printed, counts where no other stands.
pub(crate) fn years(title: &str) -> Vec<i32> {
    let chars: Vec<char> = title.chars().collect();
    let mut years: Vec<i32> = plan_start(title).into_iter().collect();
    let mut days = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match year_number(&chars, i) {
            Some((year, next)) if matches!(chars.get(next), Some('年' | '—' | '-' | '－' | '–' | '至' | '～')) =>
            {
                // 2035年远景目标 is what a plan looks ahead to, and not its own year.
                let after: String = chars[next..].iter().take(8).collect();
                if DAY.is_match(&after) {
                    days.push(year);
                } else if !after.starts_with("年远景") {
                    years.push(year);
                }
                i = next;
            }
            _ => i += 1,
        }
    }
    if years.is_empty() { days } else { years }
}

/// What follows a year that is a day's.
#[allow(clippy::expect_used)]
static DAY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^年\d{1,2}月\d{1,2}日").expect("a constant pattern"));

/// The first year of the five-year plan that a title names: 2021 of “十四五” and of 第十四个五年规划.
fn plan_start(title: &str) -> Option<i32> {
    let written = title.replace("个五年规划", "五”").replace("个五年计划", "五”");
    let written = if written == title { written } else { written.replacen('第', "“", 1) };
    let found = crate::period::find(&written, None);
    let span = found.into_iter().find_map(|(_, p)| p.year_span().filter(|(from, to)| to - from == 4))?;
    Some(span.0)
}

#[cfg(test)]
pub(crate) mod examples {
    use super::*;
    use crate::model::Status;

    /// A title, the year of the date, and the year that 今年 then means.
    pub type Title = (&'static str, Option<i32>, Option<i32>);
    /// A heading, and the years and the status of its part; none where it says nothing.
    pub type Part = (&'static str, Option<((i32, i32), Status)>);

    /// Checks the examples of a kind; parts are read in a document with the first title.
    pub fn check(kind: &Kind, titles: &[Title], parts: &[Part]) {
        for (title, date, year) in titles {
            assert_eq!(of_title(title), Some(kind.id), "{title}");
            assert_eq!((kind.clock)(&years(title), *date).year, *year, "{title}");
        }
        let clock = (kind.clock)(&years(titles[0].0), titles[0].1);
        for (heading, want) in parts {
            let got = (kind.heading)(heading, &clock);
            let got = got.and_then(|c| Some((c.period.and_then(|p| p.year_span())?, c.status?)));
            assert_eq!(got, *want, "{heading}");
        }
    }

    #[test]
    fn a_day_is_the_year_of_a_title_that_names_no_other() {
        assert_eq!(years("江北县2023年度环境状况的报告（2024年4月18日）"), [2023]);
        assert_eq!(years("在庆祝大会上的讲话（2021年7月1日）"), [2021]);
    }

    #[test]
    fn what_only_speaks_of_a_report_is_no_title() {
        for line in [
            "来源：某市政府工作报告",
            "市长在大会上作政府工作报告",
            "听取和审议政府工作报告",
            "政府工作报告指出，全年增长5%。城镇新增就业20万人。",
            "一份普通的文章",
            "一、一般公共预算执行情况",
        ] {
            assert_eq!(of_title(line), None, "{line}");
        }
    }
}
