//! Splits a question over several times, regions, statuses, indicators or clauses into questions of one value each.
//!
//! A split works on the text: the enumeration gives way to one of its members, and what comes out is read again like any
//! other question. So a member inherits everything that the question says about all of them, and two enumerations
//! ("山西和陕西2023年和2024年") give their product.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use wenbao_report::Status;

use super::Clock;
use super::analysis::Analysis;
use super::asked::{self, Ask};
use super::model::{Asked, Combine, Rate};
use super::names;
use super::normalise::regex;
use super::status::Strength;
use super::topic::topic;

/// A question that asks for one value, and what tells it from its neighbours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub label: String,
    pub text: String,
}

/// No question has more cells; what has is not a comparison but noise.
const MOST: usize = 24;

/// Splits as far as it goes; one part, the question itself, where nothing is enumerated.
pub(super) fn split(text: &str, clock: &Clock) -> (Vec<Part>, Option<Combine>) {
    let mut parts = vec![Part { label: String::new(), text: text.to_string() }];
    let mut combine = None;
    // Four dimensions at most: clause, time, region, status or name.
    for _ in 0..4 {
        let mut next = Vec::new();
        let mut changed = false;
        for part in &parts {
            match once(&Analysis::new(&part.text, clock)) {
                Some((split, how)) => {
                    changed = true;
                    combine = combine.or(how);
                    next.extend(
                        split.into_iter().map(|p| Part { label: join_labels(&part.label, &p.label), text: p.text }),
                    );
                }
                None => next.push(part.clone()),
            }
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

type Split = (Vec<Part>, Option<Combine>);

fn once(analysis: &Analysis) -> Option<Split> {
    attainment(analysis)
        .or_else(|| by_clause(analysis))
        .or_else(|| by_time(analysis))
        .or_else(|| by_region(analysis))
        .or_else(|| by_status(analysis))
        .or_else(|| names::by_name(analysis))
}

/// Whether the words speak of the members one by one.
pub(super) static EACH: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"分别|各自|依次|各(?:是|有|为|多少|定|达|增|减|下降|上升|涨|办|完成|安排|累计|新|改|建|投|占|经历|\x04|打算|做|实现|提高|降|花|给|发|用|产|收)|(?:两|三|四|五)(?:年|者|省|地|个)各",
    )
});

/// Words that ask for a comparison as such; they give way to "是多少".
static HOW_IT_CHANGED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:是|有|又)?(?:怎么样?|怎样|如何|什么|哪些|多大)?(?:调整?的|变的|变化的?|调整|变化|不同|区别|差别|差异|怎么样|怎样|如何)(?:的)?$",
    )
});

// ---------------------------------------------------------------------------------------------- plan against result

static QUANTITY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\d+(?:\.\d+)?(?:万|亿|千|百)*(?P<unit>个百分点|平方米|立方米|千瓦时|公里|公顷|千瓦|人次|个|座|家|亩|吨|斤|元|户|人|名|项|件|套|台|所|条|处|%|辆|张|场)(?:以上|左右)?",
    )
});

static ATTAIN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:的)?(?:年初)?(?:预期)?(?:目标|任务|计划|指标|承诺)?(?:最后|最终|实际|都|按时|如期|到底|究竟)*(?:完成|实现|达到|做到|达成|兑现|落实|超额完成)(?:目标|任务|计划)?(?:了)?\x04+",
    )
});

/// "2024年新建150座的目标完成了吗": the plan and the result, side by side.
fn attainment(analysis: &Analysis) -> Option<Split> {
    let ask = analysis.asks.iter().find(|ask| ask.asked == Asked::YesNo)?;
    // 是否 and 有没有 stand before the verb.
    let (start, end) = match ATTAIN.find(&analysis.masked) {
        Some(hit) => (hit.start(), hit.end()),
        None => {
            let verb = ["完成", "实现", "达到", "达成", "兑现", "做到"].iter().find_map(|v| {
                let rest = analysis.masked[ask.range.end..].trim_start_matches('\u{4}');
                rest.find(v).filter(|at| *at <= "超额".len()).map(|at| ask.range.end + at + v.len())
            })?;
            (ask.range.start, verb)
        }
    };
    let planned =
        analysis.cues.iter().any(|cue| cue.value.status == Status::Target && cue.value.strength == Strength::Word)
            || ["目标", "任务", "计划", "指标"].iter().any(|word| analysis.text.contains(word));
    if !planned {
        return None;
    }
    let mut base = analysis.text.clone();
    base.replace_range(start..end, "");
    for word in ["目标", "任务", "计划", "打算", "定下的", "定的", "实际"] {
        base = base.replace(word, "");
    }
    let base = base.trim_matches(['的', '，', '？', ' ', '了']).to_string();
    let asking = match QUANTITY.captures(&base) {
        Some(hit) => {
            let unit = hit["unit"].replace('%', "百分之");
            let question = if unit == "百分之" { "百分之多少".to_string() } else { format!("多少{unit}") };
            QUANTITY.replace(&base, question.as_str()).into_owned()
        }
        // A follow-up brings the question that the plan answered: "新建多少座，目标完成了吗".
        None if analysis.asks.iter().any(|ask| ask.asked.is_quantity()) => base,
        None => format!("{base}是多少"),
    };
    Some((
        vec![
            Part { label: "计划".into(), text: with_status(&asking, "计划") },
            Part { label: "实际".into(), text: with_status(&asking, "实际") },
        ],
        Some(Combine::Attainment),
    ))
}

/// Puts a status word in front of the clause that asks.
fn with_status(text: &str, word: &str) -> String {
    let at = text.rfind('，').map_or(0, |at| at + '，'.len_utf8());
    let year = YEAR_HEAD.find(&text[at..]).map_or(0, |m| m.end());
    format!("{}{word}{}", &text[..at + year], &text[at + year..])
}

static YEAR_HEAD: LazyLock<Regex> = LazyLock::new(|| regex(r"^[^\d，]{0,8}\d{4}年(?:底|初|末)?"));

// ------------------------------------------------------------------------------------------------------ by clause

/// "2024年改了多少座户厕，2025年还要改多少座": every clause that asks for a value of its own.
fn by_clause(analysis: &Analysis) -> Option<Split> {
    let asking: Vec<(usize, &Ask)> = analysis
        .clauses
        .iter()
        .enumerate()
        .filter_map(|(i, clause)| Some((i, analysis.asks_in(clause).find(|ask| asks_for_a_value(ask.asked))?)))
        .collect();
    if asking.len() < 2 {
        return None;
    }
    let (first, first_ask) = asking[0];
    let first_clause = &analysis.clauses[first];
    let lead = if first > 0 { &analysis.text[..analysis.clauses[first - 1].end] } else { "" };
    let object = asked::object(&analysis.masked[first_ask.range.end..first_clause.end]);
    let object_text = analysis.text[first_ask.range.end..first_clause.end].trim();
    // What stands before the first question is said of all of them.
    let told = first > 0 && topic(analysis, &(0..analysis.clauses[first - 1].end)).chars().count() > 1;
    let shared = if object.is_empty() && !told { shared_topic(analysis, first_clause) } else { String::new() };
    let first_time = words_in(analysis.times.iter().map(|t| &t.range), first_clause, analysis);
    let first_region = words_in(analysis.subject_names().iter().map(|n| &n.range), first_clause, analysis);

    let mut parts = Vec::new();
    let mut from = first;
    for (i, ask) in asking {
        let own_range = analysis.clauses[from].start..analysis.clauses[i].end;
        let clause = &analysis.clauses[i];
        let mut own = analysis.text[own_range.clone()].to_string();
        if i > first {
            let own_object = asked::object(&analysis.masked[ask.range.end..clause.end]);
            let own_topic = topic(analysis, &own_range);
            let alone = own_topic.chars().count() > 4;
            if own_object.is_empty() && !object.is_empty() && ask.asked.is_quantity() && !alone {
                own.insert_str(ask.range.end - own_range.start, object_text);
            }
            let mut head = String::new();
            if !analysis.names.iter().any(|n| own_range.contains(&n.range.start)) {
                head.push_str(&first_region);
            }
            if !analysis.times.iter().any(|t| own_range.contains(&t.range.start)) {
                head.push_str(&first_time);
            }
            if !alone && !shared.is_empty() && !lead.contains(&shared) {
                head.push_str(&shared);
                // "人口自然增长率" + "到1997年实际降到了多少": a comma keeps the words apart.
                head.push('，');
            }
            own = format!("{head}{own}");
        }
        let text = if lead.is_empty() { own } else { format!("{lead}，{own}") };
        let label = words_in(analysis.times.iter().map(|t| &t.range), &own_range, analysis);
        let label = label.trim_start_matches(['到', '至', '在', '从']).to_string();
        parts.push(Part { label, text });
        from = i + 1;
    }
    if parts.iter().any(|part| part.label.is_empty()) || parts.iter().all(|part| part.label == parts[0].label) {
        label_by_status(&mut parts);
    }
    Some((parts, None))
}

fn label_by_status(parts: &mut [Part]) {
    for part in parts {
        let result = ["实际", "完成", "做到", "最终", "达到了"].iter().any(|word| part.text.contains(word));
        part.label = if result { "实际".into() } else { "计划".into() };
    }
}

fn asks_for_a_value(asked: Asked) -> bool {
    !matches!(asked, Asked::Overview | Asked::YesNo | Asked::Manner)
}

fn words_in<'a>(
    mut ranges: impl Iterator<Item = &'a Range<usize>>,
    within: &Range<usize>,
    analysis: &Analysis,
) -> String {
    ranges.find(|r| within.contains(&r.start)).map_or_else(String::new, |r| analysis.text[r.clone()].to_string())
}

/// What a clause says before its own verb: the part that the next clause leaves out.
fn shared_topic(analysis: &Analysis, clause: &Range<usize>) -> String {
    static HELD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "把(?P<held>[^，？。]{2,20}?)(?:[压降提控增减缩扩做建改升拉稳收放调]|提高|控制|压减|降低|提升)(?:到|至|在|成|低|高|短|大|小|上)",
        )
    });
    if let Some(held) = HELD.captures(&analysis.text[clause.clone()]).and_then(|hit| hit.name("held")) {
        return held.as_str().to_string();
    }
    let until = analysis
        .cues
        .iter()
        .map(|cue| cue.range.start)
        .chain(analysis.asks.iter().map(|ask| ask.range.start))
        .filter(|at| clause.contains(at))
        .min()
        .unwrap_or(clause.end);
    let before = topic(analysis, &(clause.start..until));
    if before.chars().count() >= 2 { before } else { topic(analysis, clause) }
}

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
        Part {
            label: words.to_string(),
            text: plain_question(&format!("{}{words}{rest}", &analysis.text[..first.start])),
        }
    };
    Some((vec![make(first), make(second)], if difference { Some(Combine::Difference) } else { None }))
}

/// Whether a time stands in an enumeration.
fn is_joined(analysis: &Analysis, range: &Range<usize>) -> bool {
    analysis.times.iter().any(|other| analysis.joined(range, &other.range) || analysis.joined(&other.range, range))
}

static TOGETHER: LazyLock<Regex> = LazyLock::new(|| regex("一共|总共|合计|合起来|加起来|共计|累计"));

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

/// "由多少座变成多少座": both ends are asked for.
static FROM_TO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "[由从]\u{4}+.{0,6}(?:变成|变为|变到|增加到|增长到|增至|提高到|降到|降至|到|发展到)\u{4}|变化|怎么变|增加\u{4}|增加了\u{4}",
    )
});

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
    analysis.asks.iter().any(|ask| matches!(ask.asked, Asked::Amount | Asked::Rate(_)))
        && DIFFERENCE.is_match(&analysis.masked)
}

fn greatest(analysis: &Analysis) -> Option<Combine> {
    GREATEST.is_match(&analysis.text).then_some(Combine::Greatest)
}

static GREATEST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "(?:谁|哪一?(?:个|年|省|市|地|边)|哪里)的?[^，？]{0,12}?(?:更|最|比较)?(?:多|高|大|快|少|低|小|慢|长|强)(?:一些|一点|些)?$",
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
fn plain_question(text: &str) -> String {
    static DROP: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?:对比一下|比较一下|对比|比较)|分别|各自|依次|(?:两|三|四|五)(?:年|者|省|地)各|(?P<each>各)(?:是|有|为|多少|定|达|增|减|下降|上升|涨|办|完成|安排|累计|新|改|建|投|占|经历|打算|做|实现|提高|降|花|给|发|用|产|收)",
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
    let out = GREATEST.replace(&out, "是多少").into_owned();
    let out = if out.contains("多少") {
        HOW_IT_CHANGED.replace(&out, "").into_owned()
    } else {
        HOW_IT_CHANGED.replace(&out, "是多少").into_owned()
    };
    let out = out
        .replace("怎么样，", "，")
        .replace("多多少", "多少")
        .replace("少多少", "多少")
        .replace("高多少", "是多少")
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
    let strong: Vec<_> = analysis.cues.iter().filter(|cue| cue.value.strength == Strength::Word).collect();
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
