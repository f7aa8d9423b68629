//! "A、B、C四个产业集群的营收目标各是多少": indicators named side by side.

use std::sync::LazyLock;

use regex::Regex;

use super::analysis::Analysis;
use super::cells::{EACH, Part, TOGETHER, greatest, plain_question};
use super::model::Combine;
use super::normalise::regex;
use super::unit;
use super::words::{ends_with, words};

/// Where the enumeration ends: "四个产业集群", "三项指标".
static APPOSITION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "(?:这|等)?(?:[两二三四五六七八九十]|\\d)(?:大类|大|个|项|类|种|家|座|条|所|市|县|区|地|者)(?P<noun>[^、，\u{1}\u{2}\u{4}的定]{0,10})",
    )
});

/// Splits an enumeration of names where the words ask for each of them.
pub(super) fn by_name(analysis: &Analysis) -> Option<(Vec<Part>, Option<Combine>)> {
    let (each, combine) = wanted(analysis)?;
    let ask = if combine == Some(Combine::Greatest) {
        analysis.asks.first()?
    } else {
        analysis.asks.iter().find(|ask| ask.asked.is_quantity())?
    };
    // The names stand before 分别 or 各, in one clause; what stands behind the question word is not enumerated.
    let until = each.min(ask.range.start);
    let before: Vec<_> = analysis.clauses.iter().filter(|c| c.start < until).collect();
    let own = enumeration_start(analysis, before.last()?.start, until);
    // "小麦和稻谷的收购价，每斤各提高多少": the names may stand in the clause before.
    let (from, until) = match &before[..] {
        [.., earlier, _] if joints(&analysis.masked[own..until]).is_empty() => {
            (enumeration_start(analysis, earlier.start, earlier.end), earlier.end)
        }
        _ => (own, until),
    };
    let joints = joints(&analysis.masked[from..until]);
    if joints.is_empty() {
        return None;
    }
    // "三个产业里2024年哪个最高": a time behind the names belongs to the question.
    let behind = from + joints.last().map_or(0, |(_, end)| *end);
    let late = analysis.times.iter().map(|t| t.range.start).find(|at| (behind..until).contains(at));
    let until = late.filter(|_| combine == Some(Combine::Greatest)).unwrap_or(until);
    let region = &analysis.masked[from..until];
    let mut bounds = Vec::new();
    let mut at = 0;
    for (start, end) in &joints {
        bounds.push((at, *start));
        at = *end;
    }
    bounds.push((at, region.len()));
    let text = &analysis.text[from..until];
    let mut items: Vec<String> = bounds.iter().map(|(s, e)| text[*s..*e].trim().to_string()).collect();
    let last = items.pop()?;
    let (name, shared) = last_name(&last, &items);
    items.push(name);
    // "企业的营业收入和利润": what stands before 的 belongs to every name.
    let mut prefix = String::new();
    if let Some(of) = items[0].rfind('的').filter(|of| *of > 0 && !items[1..].iter().any(|item| item.contains('的')))
    {
        let cut = of + '的'.len_utf8();
        prefix = items[0][..cut].to_string();
        items[0] = items[0][cut..].to_string();
    }
    if items.len() < 2 || items.iter().any(|item| !(1..=24).contains(&item.chars().count())) {
        return None;
    }
    let head = &analysis.text[..from];
    let tail = analysis.text[until..].replacen("分别", "", 1).replacen("各自", "", 1);
    let tail = match tail.strip_prefix('各') {
        Some(tail) => tail.to_string(),
        None if tail.starts_with('，') => {
            let comma = if analysis.text[until..].starts_with('，') { "，" } else { "" };
            format!("{comma}{}", plain_question(&tail))
        }
        None => tail,
    };
    // "2023年产量和2024年产量": a member with its own year does not take the first one's.
    let first = analysis.times.iter().find(|t| t.range.end <= from).map(|t| &analysis.text[t.range.clone()]);
    let own_year = |item: &str| {
        analysis.times.iter().any(|t| t.range.start >= from && item.contains(&analysis.text[t.range.clone()]))
    };
    let parts = items
        .iter()
        .map(|item| {
            let head = if own_year(item) { head.replace(first.unwrap_or("，，"), "") } else { head.to_string() };
            let text = format!("{head}{prefix}{item}{shared}{tail}");
            let text = match combine {
                Some(Combine::Sum) => TOGETHER.replace(&text, "").into_owned(),
                Some(_) => plain_question(&text),
                None => text,
            };
            Part { label: item.clone(), text }
        })
        .collect();
    Some((parts, combine))
}

/// Where the enumeration ends, and what is wanted of its values: each, their sum, their difference, the greatest.
fn wanted(analysis: &Analysis) -> Option<(usize, Option<Combine>)> {
    static SUM: LazyLock<Regex> =
        LazyLock::new(|| regex("，?(?:一共|总共|合计|合起来|加起来|加在一起)(?:是|有|为|达到?|了)*\u{4}"));
    static APART: LazyLock<Regex> =
        LazyLock::new(|| regex("，?(?:之间)?(?:的)?(?:相差|差距|差额|差)(?:是|有|为|了|出)*\u{4}"));
    if let Some(each) = EACH.find(&analysis.masked) {
        return Some((each.start(), None));
    }
    if let Some(sum) = SUM.find(&analysis.masked) {
        return Some((sum.start(), Some(Combine::Sum)));
    }
    if let Some(apart) = APART.find(&analysis.masked) {
        return Some((apart.start(), Some(Combine::Difference)));
    }
    let [ask] = &analysis.asks[..] else { return None };
    greatest(analysis).map(|combine| (ask.range.start, Some(combine)))
}

/// The enumeration begins behind the last time or region before its first joint, and behind 给 or 对.
fn enumeration_start(analysis: &Analysis, from: usize, until: usize) -> usize {
    let masked = &analysis.masked[from..until];
    let joint = joints(masked).first().map_or(masked.len(), |(start, _)| *start);
    let blank = masked[..joint].rfind(|c: char| c.is_ascii_control()).map_or(0, |at| at + 1);
    let mut start = from + blank;
    for lead in ["的", "给", "对", "，", "把"] {
        if analysis.text[start..until].starts_with(lead) {
            start += lead.len();
        }
    }
    start
}

/// Where the joints are: 、 and 和, 与, 及, 以及, unless inside a word.
fn joints(text: &str) -> Vec<(usize, usize)> {
    static JOINTS: LazyLock<Regex> = LazyLock::new(|| regex("、|以及|和|与|及|跟"));
    let blocked: Vec<(usize, usize)> = words()
        .names
        .no_joint
        .iter()
        .flat_map(|word| text.match_indices(word.as_str()).map(|(at, w)| (at, at + w.len())))
        .collect();
    JOINTS
        .find_iter(text)
        .filter(|m| m.start() > 0 && !blocked.iter().any(|(s, e)| *s < m.end() && m.start() < *e))
        .map(|m| (m.start(), m.end()))
        .collect()
}

/// Parts the last name from what all names share: "废弃资源综合利用四个产业集群定的营收" → name and "定的营收".
fn last_name(last: &str, others: &[String]) -> (String, String) {
    if let Some(hit) = APPOSITION.captures(last)
        && let Some(all) = hit.get(0)
        && all.start() > 0
    {
        let noun = hit.name("noun").map_or("", |noun| noun.as_str());
        let rest = &last[all.end()..];
        // "三大产业营业收入": the noun is what is measured; "三个产业里" is not.
        let measured = rest.is_empty() && !unit::implied(noun).is_empty();
        return (last[..all.start()].to_string(), if measured { noun.to_string() } else { rest.to_string() });
    }
    let carried = words().names.shared_heads.iter().filter(|head| {
        last.contains(head.as_str())
            && !last.starts_with(head.as_str())
            && !others.iter().any(|other| ends_with(other, &words().names.shared_heads))
    });
    if let Some(at) = carried.filter_map(|head| last.find(head.as_str())).min() {
        return (last[..at].trim_end_matches('的').to_string(), last[at..].to_string());
    }
    // "A和B的增长目标": 的 parts the last name from what is shared.
    if let Some(of) = last.rfind('的').filter(|of| *of > 0 && last.len() > of + '的'.len_utf8()) {
        return (last[..of].to_string(), last[of..].to_string());
    }
    (last.to_string(), String::new())
}
