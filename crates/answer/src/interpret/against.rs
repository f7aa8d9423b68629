//! One value set against another: "城镇居民收入比农村居民高多少", "营业收入比当年目标多多少", "2024年比2023年下降了吗".
//!
//! Both sides become questions of their own; what the second leaves out it takes from the first.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use wenbao_report::Status;

use super::analysis::{ASK, Analysis, NAME, TIME};
use super::asked::{self, Ask};
use super::cells::{Part, Split};
use super::model::{Asked, Claim, Combine, Rate};
use super::normalise::regex;
use super::topic::topic;
use super::yes_no::with_status;

/// Sets the two sides next to each other.
pub(super) fn split(analysis: &Analysis) -> Option<Split> {
    early(analysis)
        .or_else(|| compared(&whether_last(analysis)))
        .or_else(|| taken_off(analysis))
        .or_else(|| between_years(analysis))
}

/// "是否比2023年下降" → "比2023年下降吗": the question word where the rules look for it.
fn whether_last(analysis: &Analysis) -> Analysis {
    let [ask] = &analysis.asks[..] else { return analysis.clone() };
    if ask.asked != Asked::YesNo || analysis.masked.ends_with(ASK) {
        return analysis.clone();
    }
    let mut text = analysis.text.clone();
    text.replace_range(ask.range.clone(), "");
    Analysis::new(&format!("{}吗", text.trim_end_matches(['？', '，', ' '])), &analysis.clock)
}

// ------------------------------------------------------------------------------------------- A 比 B 多多少, A 比 B 多吗

/// The words that set one thing against another, and what they claim by themselves. 占比 and 比重 are other words.
static JOINT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "(?P<before>^|[^占同环对相好评可])(?P<joint>比|较|(?P<more>超出|超过|高于|多于|高出|大于)|(?P<less>低于|少于|不及|小于))(?P<after>[^重例率较赛亚值]|$)",
    )
});

/// What follows: the other side, which way, and the question.
static SIDE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?P<other>[^，？\u{4}]{1,60}?)(?P<way>(?:更|还|要|是不是|实际)*(?:(?P<more>多|高|快|大|长|重|贵|强|增加|提高|增长|上升|上涨|扩大|提升)|(?P<less>少|低|慢|小|短|轻|便宜|减少|下降|降低|回落|缩小|缩短|下滑|降)|(?P<same>一样|持平))(?:多|高|大|出)?(?:出|了|些|一些|一点)*)?[是有]?(?P<ask>\u{4}+)[^，？\u{4}]{0,10}[？]?$",
    )
});

/// What a value is always measured against: the report itself says the change.
static USUAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:上年|上一年|上个|前一年|上半年|去年|同期|以前|之前|过去|往年|原来|原先|平均|预期$|预计|[一二两三四五六七八九十几\\d]{1,2}年(?:以|之)?前)",
    )
});

fn compared(analysis: &Analysis) -> Option<Split> {
    let [ask] = &analysis.asks[..] else { return None };
    let whether = ask.asked == Asked::YesNo;
    if !whether && !matches!(ask.asked, Asked::Amount | Asked::Rate(_)) {
        return None;
    }
    for hit in JOINT.captures_iter(&analysis.masked) {
        let Some(joint) = hit.name("joint") else { continue };
        let Some(side) = SIDE.captures(&analysis.masked[joint.end()..]) else { continue };
        let Some(other) = side.name("other").map(|m| joint.end() + m.start()..joint.end() + m.end()) else { continue };
        let alone = hit.name("more").or(hit.name("less")).is_some();
        if side.name("way").is_none() && !alone {
            continue;
        }
        let less = hit.name("less").or(side.name("less")).is_some();
        let claim = match side.name("same") {
            Some(_) => Claim::Same,
            None if less => Claim::Less,
            None => Claim::More,
        };
        let combine = if whether { Combine::Compare(claim) } else { Combine::Difference };
        let parts = sides(analysis, ask, &(0..joint.start()), &other, whether)?;
        return Some((parts, Some(combine)));
    }
    None
}

/// The two sides as questions; `None` where they are better read as one ("比上年多多少").
fn sides(
    analysis: &Analysis,
    ask: &Ask,
    first: &Range<usize>,
    other: &Range<usize>,
    whether: bool,
) -> Option<Vec<Part>> {
    let text = |range: &Range<usize>| {
        analysis.text.get(range.clone()).unwrap_or("").trim_matches(['，', '的', ' ']).to_string()
    };
    let (a, b) = (text(first), text(other));
    if a.is_empty() || b.is_empty() || USUAL.is_match(&b) {
        return None;
    }
    let own = within(analysis.times.iter().map(|t| &t.range), first);
    let theirs = within(analysis.times.iter().map(|t| &t.range), other);
    let number = |range: &Range<usize>| analysis.masked[range.clone()].chars().any(|c| c.is_ascii_digit());
    if number(other) && b.chars().next().is_some_and(|c| c.is_ascii_digit()) && theirs.is_none() {
        return None;
    }
    let asking = asking(analysis, ask, first);
    let label = |range: &Option<Range<usize>>| range.as_ref().map_or(String::new(), &text);
    let bare = analysis.masked[other.clone()].chars().all(|c| c == TIME || "年的同期".contains(c));
    if bare {
        let (own, theirs) = (own?, theirs?);
        // The report says a change itself; only what is a rate or a plan already is set side by side.
        let ratio = matches!(
            asked::implied(analysis.masked[first.clone()].trim_end_matches(['，', '的'])).asked,
            Asked::Rate(_)
        );
        let in_points = ratio && ask.units.iter().any(|unit| unit == "个百分点");
        if !(whether || in_points) {
            return None;
        }
        let swapped = format!("{}{}{}", &analysis.text[..own.start], text(&theirs), &analysis.text[own.end..first.end]);
        let swapped = swapped.trim_end_matches(['，', '的']).to_string();
        return Some(vec![
            Part { label: text(&own), text: format!("{a}{asking}") },
            Part { label: text(&theirs), text: format!("{swapped}{asking}") },
        ]);
    }
    let place = analysis.names.iter().any(|n| other.contains(&n.range.start) && analysis.text[n.range.clone()] == b);
    if place || analysis.masked[other.clone()].trim_matches('的').chars().all(|c| c == NAME) {
        let region = within(analysis.names.iter().map(|n| &n.range), first)?;
        let swapped = format!("{}{b}{}", &analysis.text[..region.start], &analysis.text[region.end..first.end]);
        return Some(vec![
            Part { label: text(&region), text: format!("{a}{asking}") },
            Part { label: b, text: format!("{}{asking}", swapped.trim_end_matches(['，', '的'])) },
        ]);
    }
    if PLAN.is_match(&analysis.masked[other.clone()]) {
        let level = without_plan(&a);
        return Some(vec![
            Part { label: "实际".into(), text: with_status(&format!("{level}{asking}"), "实际") },
            Part { label: "目标".into(), text: with_status(&format!("{level}{asking}"), "计划") },
        ]);
    }
    let lead = head(analysis, first, own.as_ref());
    let noun = topic(analysis, first);
    let their_noun = topic(analysis, other);
    if noun.is_empty() {
        return None;
    }
    if their_noun.is_empty() || DONE.is_match(&their_noun) {
        // "2025年的目标比2024年实际完成的少吗": the same thing at another time or stage.
        theirs.as_ref()?;
        let noun = noun.trim_end_matches("任务").trim_end_matches("目标").trim_end_matches(['的']);
        let status = analysis.cues.iter().find(|cue| other.contains(&cue.range.start)).map(|cue| cue.value.status);
        let status = match status {
            Some(Status::Target) => "计划",
            Some(_) => "实际",
            None => "",
        };
        let (time, region) = (label(&theirs), head(analysis, first, None));
        return Some(vec![
            Part { label: label(&own), text: format!("{a}{asking}") },
            Part { label: label(&theirs), text: format!("{time}{region}{status}{noun}{asking}") },
        ]);
    }
    let (a, b) = completed(&a, &b, &noun, &their_noun);
    let b = if theirs.is_some() { b } else { format!("{lead}{b}") };
    let mut labels = completed(&noun, &their_noun, &noun, &their_noun);
    if labels.0 == labels.1 {
        labels = (label(&own), label(&theirs));
    }
    Some(vec![
        Part { label: labels.0, text: format!("{a}{asking}") },
        Part { label: labels.1, text: format!("{b}{asking}") },
    ])
}

/// "当年目标", "年初定的计划": the plan for the value itself, and nothing else.
static PLAN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:当年|全年|当初|年初|原定|既定|原来|预期|预定|定下|设定|所定|定|控制|的|那年|同年|自己)*(?:预期目标|目标值|目标|计划数|计划|任务|预期)(?:值|数|要求|定)?的?$",
    )
});

static DONE: LazyLock<Regex> = LazyLock::new(|| regex("^(?:完成|实现|达到|做到|水平|结果|情况|数|数字|量)+$"));

fn without_plan(text: &str) -> String {
    ["实际", "最终"].iter().fold(text.to_string(), |text, word| text.replace(word, ""))
}

/// How each side is asked for by itself: in the unit that is named, a share in per cent where points are.
fn asking(analysis: &Analysis, ask: &Ask, first: &Range<usize>) -> String {
    let points = ask.units.iter().any(|unit| unit == "个百分点");
    let ratio =
        matches!(asked::implied(analysis.masked[first.clone()].trim_end_matches(['，', '的'])).asked, Asked::Rate(_));
    if ask.asked == Asked::YesNo || !ask.unit_named || points && ratio {
        "是多少".to_string()
    } else if points {
        "是百分之多少".to_string()
    } else if matches!(ask.asked, Asked::Rate(Rate::Other)) {
        "是多少".to_string()
    } else {
        format!("是{}", &analysis.text[ask.range.clone()])
    }
}

fn within<'a>(mut ranges: impl Iterator<Item = &'a Range<usize>>, range: &Range<usize>) -> Option<Range<usize>> {
    ranges.find(|r| range.start <= r.start && r.end <= range.end).cloned()
}

/// Time and region of the first side.
fn head(analysis: &Analysis, first: &Range<usize>, time: Option<&Range<usize>>) -> String {
    let time = time.map_or("", |range| &analysis.text[range.clone()]);
    let region = within(analysis.subject_names().iter().map(|n| &n.range), first);
    format!("{time}{}", region.map_or("", |range| &analysis.text[range]))
}

/// The side that leaves its head noun out takes it from the other: 农村居民 beside 城镇居民人均可支配收入.
fn completed(a: &str, b: &str, noun: &str, their_noun: &str) -> (String, String) {
    if let Some(rest) = rest_of(their_noun, noun) {
        return (a.to_string(), format!("{b}{rest}"));
    }
    if let Some(rest) = rest_of(noun, their_noun) {
        return (format!("{a}{rest}"), b.to_string());
    }
    (a.to_string(), b.to_string())
}

/// What follows in `long` the longest end of `short` that it contains; two characters at least.
fn rest_of<'a>(short: &str, long: &'a str) -> Option<&'a str> {
    let starts: Vec<usize> = short.char_indices().map(|(at, _)| at).collect();
    starts.iter().filter(|at| short[**at..].chars().count() >= 2).find_map(|at| {
        let end = &short[*at..];
        let found = long.find(end)? + end.len();
        Some(&long[found..]).filter(|rest| !rest.is_empty())
    })
}

// ---------------------------------------------------------------------------------------------------- 扣除, 从…到…

/// "支出扣除收入还剩多少".
fn taken_off(analysis: &Analysis) -> Option<Split> {
    static OFF: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?P<first>[^\u{4}]+?)，?(?:扣除|减去|除去|刨去|刨除|去掉|扣掉)了?(?P<other>[^，\u{4}]{2,40}?)(?:(?:之后|以后|后)，?(?:还|净)?(?:剩下?|余下?|结余|等于|是|有|为)*|，?(?:还|净)?(?:剩下?|余下?|结余|等于)(?:是|有|为)*)(?:了|是)?\u{4}+[^，\u{4}]{0,8}$",
        )
    });
    let [ask] = &analysis.asks[..] else { return None };
    if ask.asked != Asked::Amount {
        return None;
    }
    let hit = OFF.captures(&analysis.masked)?;
    let (first, other) = (hit.name("first")?.range(), hit.name("other")?.range());
    let mut parts = sides(analysis, ask, &first, &other, false)?;
    // "支出扣除收入": a short name of the same kind stands in the place of the first one's end.
    let (noun, theirs) = (topic(analysis, &first), topic(analysis, &other));
    let (long, short) = (noun.chars().count(), theirs.chars().count());
    if short == 2 && long > 4 && rest_of(&theirs, &noun).is_none() {
        let kept: String = noun.chars().take(long - short).collect();
        if let Some(part) = parts.get_mut(1) {
            part.text = part.text.replacen(&theirs, &format!("{kept}{theirs}"), 1);
        }
    }
    Some((parts, Some(Combine::Difference)))
}

/// "浓度从2023年到2024年下降了多少": a level at both ends; a sum over the years in between would make no sense.
fn between_years(analysis: &Analysis) -> Option<Split> {
    static CHANGED: LazyLock<Regex> =
        LazyLock::new(|| regex("(?:下降|减少|增加|提高|上升|降低|提升|降|升|涨)了?\u{4}+[^，\u{4}]{0,6}$"));
    static LEVEL: LazyLock<Regex> = LazyLock::new(|| regex("浓度|占比|比重|比例|率$|强度|指数|水平|面积$"));
    let [ask] = &analysis.asks[..] else { return None };
    let [time] = &analysis.times[..] else { return None };
    let (from, to) = time.value.period.year_span().filter(|(from, to)| from + 1 == *to)?;
    let words = &analysis.text[time.range.clone()];
    let named = words.contains(&from.to_string()) && words.contains(&to.to_string());
    let noun = CHANGED.find(&analysis.masked).map(|hit| topic(analysis, &(0..hit.start())))?;
    let percent = ask.units.iter().all(|unit| unit == "%") && ask.unit_named;
    if !named || percent || !ask.asked.is_quantity() || !LEVEL.is_match(&noun) {
        return None;
    }
    let region = head(analysis, &(0..analysis.text.len()), None);
    let part = |year: i32| Part { label: format!("{year}年"), text: format!("{year}年{region}{noun}是多少") };
    Some((vec![part(to), part(from)], Some(Combine::Difference)))
}

// --------------------------------------------------------------------------------------------------- a plan met early

/// "2025年的目标，2024年就已经达到了吗": the plan of one year and the result of another.
fn early(analysis: &Analysis) -> Option<Split> {
    static REACHED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:目标|任务|计划|指标)(?:值|数)?，?(?:在)?(?P<then>\u{1}+)(?:\u{4}|就|是不是|已经|已|提前|是否|便)*(?:达到|完成|实现|达成|做到|达标)了?(?:目标|任务)?\u{4}*[？]?$",
        )
    });
    let asks = !analysis.asks.is_empty() && analysis.asks.iter().all(|ask| ask.asked == Asked::YesNo);
    let hit = REACHED.captures(&analysis.masked).filter(|_| asks)?;
    let then = hit.name("then")?.range();
    let own = within(analysis.times.iter().map(|t| &t.range), &(0..then.start))?;
    let noun = topic(analysis, &(0..hit.get(0)?.start()));
    let region = head(analysis, &(0..then.start), None);
    let (plan, result) = (&analysis.text[own], &analysis.text[then]);
    (!noun.is_empty()).then(|| {
        let parts = vec![
            Part { label: "计划".into(), text: format!("{plan}{region}计划{noun}是多少") },
            Part { label: "实际".into(), text: format!("{result}{region}实际{noun}是多少") },
        ];
        (parts, Some(Combine::Attainment))
    })
}
