//! Splits a question over several times, regions, statuses, indicators or clauses into questions of one value each.
//!
//! A split works on the text: the enumeration gives way to one of its members, and what comes out is read again like any
//! other question. So a member inherits everything that the question says about all of them, and two enumerations
//! ("山西和陕西2023年和2024年") give their product.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use wenbao_report::Status;

use super::against;
use super::analysis::Analysis;
use super::clauses;
use super::model::{Asked, Combine, Rate};
use super::names;
use super::normalise::regex;
use super::status::Strength;
use super::yes_no;

/// A question that asks for one value, and what tells it from its neighbours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub label: String,
    pub text: String,
}

/// No question has more cells; what has is not a comparison but noise.
const MOST: usize = 24;

/// Splits as far as it goes; one part without a label, the question itself, where nothing is enumerated.
pub(super) fn split(whole: &Analysis) -> (Vec<(String, Analysis)>, Option<Combine>) {
    let mut parts = vec![(String::new(), whole.clone())];
    let mut combine = None;
    // Four dimensions at most: clause, time, region, status or name.
    for _ in 0..4 {
        let mut next = Vec::new();
        let mut changed = false;
        for (label, part) in &parts {
            let Some((split, how)) = once(part) else {
                next.push((label.clone(), part.clone()));
                continue;
            };
            changed = true;
            combine = combine.or(how);
            let read = |p: Part| (join_labels(label, &p.label), Analysis::new(&p.text, &whole.clock));
            next.extend(split.into_iter().map(read));
        }
        if !changed || next.len() > MOST {
            break;
        }
        parts = next;
    }
    (parts, combine)
}

fn join_labels(first: &str, second: &str) -> String {
    if first.is_empty() || second.contains(first) { second.to_string() } else { format!("{first}{second}") }
}

pub(super) type Split = (Vec<Part>, Option<Combine>);

fn once(analysis: &Analysis) -> Option<Split> {
    against::split(analysis)
        .or_else(|| yes_no::split(analysis))
        .or_else(|| clauses::split(analysis))
        .or_else(|| by_time(analysis))
        .or_else(|| by_region(analysis))
        .or_else(|| by_status(analysis))
        .or_else(|| names::by_name(analysis))
}

/// Whether the words speak of the members one by one.
pub(super) static EACH: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"分别|各自|依次|各(?:是|有|为|多少|定|达|增|减|下降|上升|涨|办|完成|安排|累计|新|改|建|投|占|经历|\x04|打算|做|实现|提高|降|花|给|发|用|产|收)|各[^，种类项省市区县地级方界族国大部行位式样个]{1,6}\x04|(?:两|三|四|五)(?:年|者|省|地|个)各",
    )
});

/// Words that ask for a comparison as such; they give way to "是多少".
static HOW_IT_CHANGED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:是|有|又)?(?:怎么样?|怎样|如何|什么|哪些|多大)?(?:调整?的|变的|变化的?|调整|变化|不同|区别|差别|差异|怎么样|怎样|如何)(?:的)?$",
    )
});

// -------------------------------------------------------------------------------------------------------- by time

fn by_time(analysis: &Analysis) -> Option<Split> {
    let asked = analysis.asks.first().map(|ask| ask.asked);
    let times: Vec<&Range<usize>> = analysis
        .times
        .iter()
        .filter(|t| !(t.value.report && analysis.times.len() > 1 && !is_joined(analysis, &t.range)))
        .map(|t| &t.range)
        .collect();
    if let Some(run) = longest_run(analysis, &times) {
        let sum = TOGETHER.is_match(&analysis.masked) && !EACH.is_match(&analysis.masked);
        let difference = asks_for_difference(analysis);
        let combine = if sum {
            Some(Combine::Sum)
        } else if difference {
            Some(Combine::Difference)
        } else {
            greatest(analysis)
        };
        return Some((replace_run(analysis, &run), combine));
    }
    if let [only] = times[..]
        && BOTH.is_match(&analysis.masked)
        && let Some(ends) = both_ends(analysis, only)
    {
        return Some((ends, None));
    }
    // "2023年……跟2020年比怎么样", "2024年比2023年多多少座".
    let (first, second) = match times[..] {
        [first, second] => (first, second),
        _ => return None,
    };
    let (from, to) = compared(analysis, second)?;
    if asked == Some(Asked::Rate(Rate::Growth)) {
        return None;
    }
    let difference = asks_for_difference(analysis);
    let make = |time: &Range<usize>| {
        let words = &analysis.text[time.clone()];
        let rest = format!("{}{}", &analysis.text[first.end..from], &analysis.text[to..]);
        let text = plain_question(&format!("{}{words}{rest}", &analysis.text[..first.start]));
        // "比2023年多了多少亿元": each cell asks for its own amount.
        let text = if difference { MORE_BY.replace(&text, "是$how").into_owned() } else { text };
        Part { label: words.to_string(), text }
    };
    Some((vec![make(first), make(second)], if difference { Some(Combine::Difference) } else { None }))
}

static MORE_BY: LazyLock<Regex> =
    LazyLock::new(|| regex("(?:高出|多出|增加|减少|净增|提高|下降|多|少|高|低)出?了?(?P<how>多少|几)"));

/// Whether a time stands in an enumeration.
fn is_joined(analysis: &Analysis, range: &Range<usize>) -> bool {
    analysis.times.iter().any(|other| analysis.joined(range, &other.range) || analysis.joined(&other.range, range))
}

pub(super) static TOGETHER: LazyLock<Regex> = LazyLock::new(|| regex("一共|总共|合计|合起来|加起来|共计|累计"));

/// The longest chain of spans with nothing but joints between them; from … to counts as one where both ends are asked for.
fn longest_run<'a>(analysis: &Analysis, ranges: &[&'a Range<usize>]) -> Option<Vec<&'a Range<usize>>> {
    let mut best: Vec<&Range<usize>> = Vec::new();
    let mut run: Vec<&Range<usize>> = Vec::new();
    for range in ranges {
        let joined = run.last().is_some_and(|last| {
            let between = analysis.text.get(last.end..range.start).unwrap_or("");
            analysis.joined(last, range)
                || between.is_empty() && FROM_TO.is_match(&analysis.masked) && ends_in_to(&analysis.text[range.start..])
        });
        if !joined {
            run.clear();
        }
        run.push(range);
        if run.len() > best.len() {
            best.clone_from(&run);
        }
    }
    (best.len() >= 2).then_some(best)
}

/// "从2020年到2024年由多少增加到多少" asks for its first and its last year; a plan's or a past span's first value is that
/// of the year before it ("过去五年从多少增加到多少").
fn both_ends(analysis: &Analysis, range: &Range<usize>) -> Option<Vec<Part>> {
    let time = analysis.times.iter().find(|t| t.range == *range)?;
    let (from, to) = time.value.period.year_span().filter(|(from, to)| from < to)?;
    let named = analysis.text[range.clone()].contains(&from.to_string());
    let first = if named { from } else { from - 1 };
    let part = |year: i32| Part {
        label: format!("{year}年"),
        text: plain_question(&format!("{}{year}年{}", &analysis.text[..range.start], &analysis.text[range.end..])),
    };
    Some(vec![part(first), part(to)])
}

/// "由多少座变成多少座": both ends are asked for.
static FROM_TO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "[由从]\u{4}+.{0,6}(?:变成|变为|变到|增加到|增长到|增至|提高到|降到|降至|到|发展到)\u{4}|变化|怎么变|增加\u{4}|增加了\u{4}",
    )
});

/// The same with the question words of both ends.
static BOTH: LazyLock<Regex> = LazyLock::new(|| regex("[由从]\u{4}[^，]{0,10}(?:变|到|至|成|为)\u{4}"));

fn ends_in_to(text: &str) -> bool {
    text.starts_with(['到', '至'])
}

/// "和2024年相比", "跟2020年比", "比2023年": where the phrase begins and ends.
fn compared(analysis: &Analysis, range: &Range<usize>) -> Option<(usize, usize)> {
    let before = &analysis.text[..range.start];
    let joint = ["相比于", "对比", "比起", "和", "与", "跟", "同", "较", "比"]
        .iter()
        .find(|joint| before.ends_with(**joint))?;
    let after = &analysis.text[range.end..];
    let tail = ["相比较", "相比", "比较", "对比", "比"].iter().find(|tail| after.starts_with(**tail));
    if tail.is_none() && !matches!(*joint, "比" | "较" | "比起" | "相比于") {
        return None;
    }
    Some((range.start - joint.len(), range.end + tail.map_or(0, |tail| tail.len())))
}

fn asks_for_difference(analysis: &Analysis) -> bool {
    static DIFFERENCE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "相差|差\u{4}|差了|[多少高低]\u{4}|[多少高低]出?了?\u{4}|(?:[多少]|多出|少了)[^，]{0,4}\u{4}|增加了?\u{4}|减少了?\u{4}",
        )
    });
    // "各比上年增加多少": each has its own change, and nobody asks how far the changes are apart.
    analysis.asks.iter().any(|ask| matches!(ask.asked, Asked::Amount | Asked::Rate(_)))
        && !EACH.is_match(&analysis.masked)
        && DIFFERENCE.is_match(&analysis.masked)
}

pub(super) fn greatest(analysis: &Analysis) -> Option<Combine> {
    let hit = GREATEST.captures(&analysis.text)?;
    Some(if LESS.contains(&&hit["way"]) { Combine::Least } else { Combine::Greatest })
}

const LESS: &[&str] = &["少", "低", "小", "慢", "短"];

static GREATEST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "(?:谁|哪一?(?:个|年|省|市|地|边)|哪里)(?P<of>的?[^，？]{0,12}?)(?:更|最|比较)?(?P<way>多|高|大|快|少|低|小|慢|长|短|强)(?:一些|一点|些)?[？]?$",
    )
});

/// Puts each member in the place of the whole run, with the words that only make sense of several taken out.
fn replace_run(analysis: &Analysis, run: &[&Range<usize>]) -> Vec<Part> {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return Vec::new();
    };
    let head = &analysis.text[..first.start];
    let tail = APPOSITION.replace(&analysis.text[last.end..], "");
    // "2021、2024、2025年": the bare numbers are years too.
    run.iter()
        .map(|range| {
            let mut words = analysis.text[(*range).clone()].to_string();
            if words.ends_with(|c: char| c.is_ascii_digit()) {
                words.push('年');
            }
            let words = words.trim_start_matches(['从', '由', '自', '到', '至', '在']).to_string();
            let text = plain_question(&format!("{head}{words}{tail}"));
            Part { label: words, text }
        })
        .collect()
}

/// "三年", "这三个五年", "三省", "两地" right behind an enumeration.
static APPOSITION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:年)?(?:这)?(?:[两二三四五六七八九十]|\\d)个?(?:五年|年度|年间|年份|年|省份|省市|省区|省|市|地区|地|者|个?时期)(?:里|中|的)?",
    )
});

/// Takes "分别", "各", "对比" and "由多少变成" out, so that what stays asks for one value.
pub(super) fn plain_question(text: &str) -> String {
    static DROP: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?:对比一下|比较一下|对比|比较)|分别|各自|依次|(?:两|三|四|五)(?:年|者|省|地)各|(?P<each>各)(?:是|有|为|多少|定|达|增|减|下降|上升|涨|办|完成|安排|累计|新|改|建|投|占|经历|打算|做|实现|提高|降|花|给|发|用|产|收|[^，种类项省市区县地级方界族国大部行位式样个]{1,6}(?:多少|几))",
        )
    });
    static BOTH_ENDS: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"[由从](?:多少|几)[^，]{0,4}?(?:变成|变为|变到|增加到|增长到|增至|提高到|降到|降至|到|发展到)(?P<rest>(?:多少|几).*)$",
        )
    });
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for hit in DROP.captures_iter(text) {
        let Some(range) = hit.name("each").or_else(|| hit.get(0)).map(|m| m.range()) else {
            continue;
        };
        out.push_str(&text[at..range.start]);
        at = range.end;
    }
    out.push_str(&text[at..]);
    let out = BOTH_ENDS.replace(&out, "是$rest").into_owned();
    let out = GREATEST.replace(&out, "${of}是多少").into_owned();
    let out = if out.contains("多少") {
        HOW_IT_CHANGED.replace(&out, "").into_owned()
    } else {
        HOW_IT_CHANGED.replace(&out, "是多少").into_owned()
    };
    // "提高多少" stays what it is.
    static HIGHER: LazyLock<Regex> = LazyLock::new(|| regex("(?P<verb>提)?高多少"));
    let out = HIGHER.replace_all(&out, |hit: &regex::Captures| {
        if hit.name("verb").is_some() { "提高多少".to_string() } else { "是多少".to_string() }
    });
    let out = out
        .replace("怎么样，", "，")
        .replace("多多少", "多少")
        .replace("少多少", "多少")
        .replace("相差多少", "是多少")
        .replace("差多少", "是多少");
    out.replace("，是多少", "是多少").trim_matches(['，', ' ']).to_string()
}

// ------------------------------------------------------------------------------------------------------ by region

fn by_region(analysis: &Analysis) -> Option<Split> {
    let subjects: Vec<&Range<usize>> = analysis.subject_names().iter().map(|n| &n.range).collect();
    let combine = || {
        if asks_for_difference(analysis) {
            Some(Combine::Difference)
        } else if TOGETHER.is_match(&analysis.masked) && !EACH.is_match(&analysis.masked) && subjects.len() > 1 {
            Some(Combine::Sum)
        } else {
            greatest(analysis)
        }
    };
    if subjects.len() >= 2 {
        // "山西和陕西比": the two are set against each other, whatever else is said.
        let mut parts = replace_run(analysis, &subjects);
        for (part, name) in parts.iter_mut().zip(analysis.subject_names()) {
            part.label.clone_from(&name.value.short);
            part.text = part.text.replacen(
                &format!("{}比", &analysis.text[name.range.clone()]),
                &analysis.text[name.range.clone()],
                1,
            );
        }
        return Some((parts, combine()));
    }
    let [first] = subjects[..] else { return None };
    let second =
        analysis.names.iter().find(|n| n.range.start > first.end && n.value.short != wenbao_report::Region::NATION)?;
    let (from, to) = compared(analysis, &second.range)?;
    let make = |range: &Range<usize>| {
        let words = &analysis.text[range.clone()];
        let rest = format!("{}{}", &analysis.text[first.end..from], &analysis.text[to..]);
        Part {
            label: words.to_string(),
            text: plain_question(&format!("{}{words}{rest}", &analysis.text[..first.start])),
        }
    };
    Some((vec![make(first), make(&second.range)], combine()))
}

// ------------------------------------------------------------------------------------------------------ by status

/// "目标和实际各是多少": a plan's word and a result's word joined in one clause.
fn by_status(analysis: &Analysis) -> Option<Split> {
    let strong: Vec<_> = analysis.cues.iter().filter(|cue| cue.value.strength >= Strength::Wish).collect();
    let pair = strong.windows(2).find(|pair| {
        let between = &analysis.masked[pair[0].range.end..pair[1].range.start];
        pair[0].value.status != pair[1].value.status
            && between.chars().count() <= 8
            && between.contains(['和', '与', '跟', '同', '及', '、', '，'])
            && !between.contains('\u{4}')
    })?;
    let (first, second) = (&pair[0].range, &pair[1].range);
    let between = &analysis.text[first.end..second.start];
    let joint = between.find(['和', '与', '跟', '同', '及', '、', '，'])?;
    let (left, right) = between.split_at(joint);
    let right = right.trim_start_matches(['和', '与', '跟', '同', '及', '、', '，', '以']);
    // "目标和实际结果": a second word of the same status belongs to the first.
    let mut end = second.end;
    while let Some(next) =
        analysis.cues.iter().find(|cue| cue.range.start == end && cue.value.status == pair[1].value.status)
    {
        end = next.range.end;
    }
    let (head, mut tail) = (&analysis.text[..first.start], &analysis.text[end..]);
    // "粮食产量的年初目标和实际产量": the noun is said twice.
    let noun = tail.find(['各', '分', '是', '，']).map_or("", |at| &tail[..at]);
    if !noun.is_empty() && head.trim_end_matches(['的', '，']).ends_with(noun) {
        tail = &tail[noun.len()..];
    }
    let part = |words: String, status: Status| Part {
        label: if status == Status::Target { "计划".into() } else { "实际".into() },
        text: plain_question(&format!("{head}{words}{tail}")),
    };
    Some((
        vec![
            part(format!("{}{left}", &analysis.text[first.clone()]), pair[0].value.status),
            part(format!("{right}{}", &analysis.text[second.start..end.min(second.end)]), pair[1].value.status),
        ],
        None,
    ))
}
