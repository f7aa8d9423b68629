//! Turns a question into a plain value: the times, regions and statuses it is about, what kind of answer in which unit
//! it wants, its topic phrase, and, for a comparison, its cells.
//!
//! [`interpret`] reads one question, [`follow_up`] one that leans on the turns before. Everything is a pure function of the
//! words and the [`Clock`]; the words that matter stand in tables beside the code that reads them:
//! `period`, `region`, `status`, `asked`, `unit`, `classes`. [`Speller`] repairs typing errors before all of this.

mod against;
mod analysis;
mod asked;
mod beyond;
mod cells;
mod classes;
mod clauses;
mod clock;
mod follow_up;
mod model;
mod names;
mod normalise;
mod period;
mod region;
mod small_talk;
mod sounds;
mod spell;
mod spelled_out;
mod status;
#[cfg(test)]
mod tests;
mod topic;
mod unit;
mod words;
mod yes_no;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use wenbao_report::Region;

use analysis::Analysis;
use normalise::regex;
use status::Strength;

pub use beyond::{beyond, wordless};
pub use clock::Clock;
pub use follow_up::{follow_up, leans_abroad, with_its_place};
pub use model::{Asked, Cell, Change, Claim, Combine, Explicit, Hints, Query, Rate};
pub use small_talk::{SmallTalk, small_talk};
pub use spell::Speller;
pub use spelled_out::spelled_out;

/// Understands a question in Chinese (or the line of Chinese that stands for one in another language).
pub fn interpret(text: &str, clock: &Clock) -> Query {
    let whole = Analysis::new(&normalise::normalise(text), clock);
    let (parts, combine) = cells::split(&whole);
    of_parts(text, &whole, &parts, combine)
}

/// The same without taking the question apart: what looks like two questions may be one ("先做哪步、后做哪步").
pub fn interpret_as_one(text: &str, clock: &Clock) -> Query {
    let whole = Analysis::new(&normalise::normalise(text), clock);
    let only = [(String::new(), Analysis::new(&whole.text, clock))];
    of_parts(text, &whole, &only, None)
}

fn of_parts(text: &str, whole: &Analysis, parts: &[(String, Analysis)], mut combine: Option<Combine>) -> Query {
    let many = parts.len() > 1;
    let cells: Vec<Cell> = parts
        .iter()
        .map(|(label, part)| {
            let mut cell = cell(part);
            if many {
                cell.label.clone_from(label);
            }
            cell
        })
        .collect();
    if many && combine.is_none() && whole.asks.iter().all(|ask| ask.asked == Asked::YesNo) && !whole.asks.is_empty() {
        combine = Some(Combine::Difference);
    }
    let first = cells.first().cloned().unwrap_or_default();
    let asked = if whole.asks.iter().any(|ask| ask.asked == Asked::YesNo) { Asked::YesNo } else { first.asked };
    let all = 0..whole.text.len();
    Query {
        foreign: false,
        original: text.to_string(),
        asked,
        units: first.units.clone(),
        class: first.class.clone(),
        change: first.change,
        periods: distinct(cells.iter().filter_map(|cell| cell.period)),
        regions: distinct(cells.iter().filter_map(|cell| cell.region.clone())),
        places: region::cities(&whole.masked),
        statuses: distinct(cells.iter().filter_map(|cell| cell.status)),
        report_year: first.report_year,
        hints: hints(&whole.text, whole),
        topic: if many { topic::topic(whole, &all) } else { first.topic.clone() },
        count: whole.asks.iter().find_map(|ask| ask.count).or_else(|| count_of_items(whole)),
        combine,
        explicit: Explicit {
            period: cells.iter().all(|cell| cell.explicit.period),
            region: cells.iter().all(|cell| cell.explicit.region),
            status: cells.iter().all(|cell| cell.explicit.status),
        },
        ask_words: ask_words(whole),
        text: whole.text.clone(),
        cells,
    }
}

fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut out = Vec::new();
    for item in items {
        if !out.contains(&item) {
            out.push(item);
        }
    }
    out
}

/// Reads a text that asks for one value.
fn cell(analysis: &Analysis) -> Cell {
    // The last value asked for: in "要新建一百二十个大型项目，包括哪几类" it is the clause at the end.
    let implied;
    let ask = match main_ask(analysis) {
        Some(ask) => ask,
        None => {
            implied = asked::implied(&analysis.masked);
            &implied
        }
    };
    let all: Range<usize> = 0..analysis.text.len();
    let time = main_time(analysis);
    let cue = status::settle(&analysis.cues);
    let report = analysis.times.iter().find(|t| t.value.report).and_then(|t| t.value.period.single_year());
    // "1998年的报告说哪部法开始实施": the year is the report's alone, and the report speaks of other years too.
    let whole_report = report.is_some()
        && analysis.times.iter().all(|t| t.value.report)
        && ["年报告", "年的报告", "工作报告", "年政府报告"].iter().any(|w| analysis.text.contains(w));
    // "按2024年的工作安排" speaks of a plan, whatever the verb.
    let by_plan = analysis.text.starts_with('按') && report.is_some();
    // "2022年年初预计": what is said at the beginning of a year is a plan, unless a result's word stands by.
    let remains = ["剩", "还有", "尚有", "结存"].iter().any(|w| analysis.text.contains(w));
    let at_start = time.is_some_and(|t| t.start) && !remains && cue.is_none_or(|cue| cue.strength < Strength::Wish);
    let planned = by_plan || at_start;
    Cell {
        text: analysis.text.clone(),
        label: String::new(),
        period: time.map(|t| t.period),
        region: analysis.subject_names().first().map(|n| Region(n.value.short.clone())),
        status: if planned { Some(wenbao_report::Status::Target) } else { cue.map(|cue| cue.status) },
        asked: ask.asked,
        units: ask.units.clone(),
        unit_named: ask.unit_named,
        class: ask.class.clone(),
        change: ask.change,
        report_year: report,
        whole_report,
        baseline: analysis.times.iter().find(|t| t.value.baseline).map(|t| t.value.period),
        topic: topic::topic(analysis, &all),
        hints: hints(&analysis.text, analysis),
        explicit: Explicit {
            period: time.is_some(),
            region: !analysis.subject_names().is_empty(),
            status: planned
                || cue.is_some_and(|cue| {
                    cue.strength == Strength::Word || cue.strength == Strength::Wish && time.is_some()
                }),
        },
    }
}

/// The question word that decides: the first that is not a mere 怎么样.
fn main_ask(analysis: &Analysis) -> Option<&asked::Ask> {
    let is_view = |ask: &&asked::Ask| ask.asked == Asked::Overview;
    analysis.asks.iter().find(|ask| !is_view(ask)).or_else(|| analysis.asks.first())
}

/// The time of the value: not that of the report, nor that a change is measured against.
fn main_time(analysis: &Analysis) -> Option<period::Time> {
    let candidates: Vec<period::Time> = analysis.times.iter().map(|t| t.value).filter(|t| !t.baseline).collect();
    // "2013年以后新增的企业，2021年交了多少税": a time that something only began at is not that of the value.
    let own = |t: &&period::Time| !t.report && !t.since;
    candidates.iter().find(own).or_else(|| candidates.iter().find(|t| !t.report)).or(candidates.first()).copied()
}

/// "四个产业集群各是多少", "三个项目是哪些": how many items there must be.
fn count_of_items(analysis: &Analysis) -> Option<usize> {
    static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:^|[^第])(?P<n>[两二三四五六七八九十]{1,3}|\\d{1,2})(?:大)?(?:个|项|家|条|类|重|座|处|位|所|种|款)[^，。？\u{4}]{0,24}(?:是|叫|包括|有|分别|都|：)[^，。？]{0,4}\u{4}",
        )
    });
    static NAMED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "哪“(?P<n>[两二三四五六七八九十])[^”]{1,3}”|“(?P<m>[两二三四五六七八九十])(?:个|大)?[^”\\d]{1,3}”[^，。？]{0,6}(?:是|指|叫|包括|有)[^，。？]{0,6}(?:什么|哪|啥)",
        )
    });
    let list = analysis.asks.iter().any(|ask| matches!(ask.asked, Asked::List | Asked::Entity | Asked::Place));
    let named =
        NAMED.captures(&analysis.text).and_then(|hit| hit.name("n").or(hit.name("m")).map(|n| n.as_str().to_string()));
    if let Some(named) = named.filter(|_| list) {
        return period::numeral(&named).and_then(|n| usize::try_from(n).ok());
    }
    let hit = COUNTED.captures(&analysis.masked).filter(|_| list)?;
    period::numeral(&hit["n"]).and_then(|n| usize::try_from(n).ok())
}

fn hints(text: &str, analysis: &Analysis) -> Hints {
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    Hints {
        as_of: analysis.times.iter().any(|t| t.value.as_of) || any(&["年底", "年末", "截至", "截止"]),
        year_start: analysis.times.iter().any(|t| t.value.start) || any(&["年初"]),
        cumulative: any(&["累计", "一共", "总共", "共计", "总量", "总数", "总里程", "合计"]),
        newly: any(&[
            "新增",
            "新建",
            "新改建",
            "新培育",
            "新认定",
            "新开工",
            "新设",
            "新组建",
            "净增",
            "增加",
            "再建",
            "再造",
        ]),
        consecutive: any(&["连续", "连着"]),
        per_unit: any(&["每", "人均", "户均", "亩均", "平均", "一人", "一口人", "一个人", "一亩", "一户", "一度"]),
        annual: any(&["年均", "每年", "一年比一年", "年平均"]),
        extreme: any(&["最多", "最少", "最快", "最高", "最低", "最大", "至少", "最晚", "最迟", "起码"]),
    }
}

/// The words that ask ("多少座"), for the question that a follow-up makes of this one.
fn ask_words(analysis: &Analysis) -> String {
    analysis.asks.first().map_or_else(String::new, |ask| analysis.text[ask.range.clone()].to_string())
}
