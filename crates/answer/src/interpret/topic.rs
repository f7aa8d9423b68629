//! The topic phrase: what is left of a question when time, region, status and question words are taken out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::analysis::Analysis;
use super::asked;
use super::classes;
use super::model::{Asked, Rate};
use super::normalise::regex;
use super::words::words;

/// Words that say nothing about the topic. Masked text: \x01 time, \x02 region, # quoted, \x04 question word.
static NOISE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        取得(?:了|过)?\x04*(?:成绩|进展|成效|成果|成就|突破) | 分别 | 各自 | 对比一下 | 比较一下 | 对比 | 相比 | 一下
        | (?:里面|其中)?(?:都|分别)?(?:方面)?(?:包括|包含|叫做|叫|指的是|指|是|有)\x04+
        | (?P<each>各)(?:[是有多定为达\x04增减经办完安累新改建投占下上涨]|打算)
        | 年初 | 年末 | 年底 | 当年 | 全年 | 年内 | 同年
        | [里中上]?(?:政府工作报告|工作报告|报告)(?:里|中|上)?(?:提出|提到过?|讲到过?|说到过?|谈到过?|讲的?|说)?
        | (?P<said>[提讲说谈]到过?)[^\d\x01\x04百零]
        | 那会儿 | 那阵子 | 提出的? | 说好 | 说的? | 讲的?
        | （(?:不[算含计]|不包括|除去|除了)[^）]*） | 比上年 | 比上一年 | 较上年 | 比去年 | [比较]\x01+ | [和跟与同]\x01+相?比
        | 全省 | 全区 | 全自治区 | 省里 | 省政府 | 预计 | 的时候 | 一共 | 总共 | 已经
        | 民生实事(?:里|中)[，]? | (?:这)?[两三四五]个?(?:年|五年)(?:间|内|里)? | [两三四五]省 | [两三]地
        ",
    )
});

/// The topic phrase of a range of the text.
pub(super) fn topic(analysis: &Analysis, within: &Range<usize>) -> String {
    let mut out: Vec<Range<usize>> = Vec::new();
    out.extend(analysis.times.iter().map(|span| span.range.clone()));
    let subject = |short: &str| analysis.subject_names().iter().any(|name| name.value.short == short);
    out.extend(analysis.names.iter().filter(|n| !n.value.keep && subject(&n.value.short)).map(|n| n.range.clone()));
    // "列入预期目标的是哪个指标": the noun is what is asked about, not how.
    let quantity = analysis.asks.is_empty() || analysis.asks.iter().any(|ask| ask.asked.is_quantity());
    let content = |range: &Range<usize>| !quantity && analysis.text[range.clone()].ends_with(['标', '务']);
    out.extend(analysis.cues.iter().filter(|c| c.value.bare && !content(&c.range)).map(|c| c.range.clone()));
    for hit in NOISE.captures_iter(&analysis.masked) {
        // "提到人均多少": raised to, not mentioned.
        if quantity && hit.name("said").is_some() {
            continue;
        }
        out.extend(hit.name("each").or(hit.name("said")).or_else(|| hit.get(0)).map(|m| m.range()));
    }
    for ask in &analysis.asks {
        out.push(ask.range.clone());
        // 市 or 县 alone narrows nothing; 医院 does.
        if let Some(class) = ask.class.as_deref().filter(|class| classes::is_place(class))
            && analysis.text[ask.range.end..].starts_with(class)
        {
            out.push(ask.range.end..ask.range.end + class.len());
        }
        if ask.asked.is_quantity() {
            out.push(ask_tail(&analysis.masked, ask.range.start, ask.asked));
        }
    }
    if analysis.asks.is_empty() {
        let ask = asked::implied(&analysis.masked);
        out.push(ask_tail(&analysis.masked, analysis.text.len(), ask.asked));
    }
    out.sort_by_key(|range| range.start);
    join(&pieces(&analysis.text, within, &out))
}

/// The fillers before a question word, with the word of growth that only says what is asked.
pub(super) fn ask_tail(masked: &str, start: usize, asked: Asked) -> Range<usize> {
    let (mut head, _) = asked::left(masked, start);
    if asked == Asked::Rate(Rate::Growth)
        && let Some(word) = ["同比", "涨", "上涨"]
            .into_iter()
            .chain(words().asked.growth_heads.iter().map(String::as_str))
            .filter(|word| head.ends_with(word))
            .max_by_key(|word| word.len())
    {
        head = &head[..head.len() - word.len()];
    }
    head.len()..start
}

/// What the ranges in `out` leave of `within`, cut at marks too.
fn pieces<'t>(text: &'t str, within: &Range<usize>, out: &[Range<usize>]) -> Vec<(usize, &'t str)> {
    let mut found = Vec::new();
    let mut at = within.start;
    for range in out.iter().chain(std::iter::once(&(within.end..within.end))) {
        let (start, end) = (range.start.clamp(within.start, within.end), range.end.clamp(within.start, within.end));
        if at < start {
            found.push((at, &text[at..start]));
        }
        at = at.max(end);
    }
    found
}

/// Trims the pieces and puts them together; a comma between them becomes a space.
fn join(pieces: &[(usize, &str)]) -> String {
    let mut out = String::new();
    for (_, piece) in pieces {
        for (i, part) in piece.split(['，', '。', '？', '；', '！', '：', '…']).enumerate() {
            if i > 0 && !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            let part = trim(part);
            if !words().topic.empty.iter().any(|word| word == part) {
                out.push_str(part);
            }
        }
    }
    let out = out.replace("（）", "");
    trim(out.trim()).to_string()
}

/// Takes function words off both ends where they cannot be part of a word.
fn trim(piece: &str) -> &str {
    let mut rest = piece.trim_matches(['的', '了', '是', '、', ' ', '，', '-', '/']);
    for head in ["和", "与", "跟"] {
        if let Some(tail) = rest.strip_prefix(head)
            && !["美", "谐", "平", "田", "林", "硕", "顺", "静", "会", "时俱进"].iter().any(|t| tail.starts_with(t))
        {
            rest = tail;
        }
    }
    if let Some(tail) = rest
        .strip_prefix('在')
        .filter(|tail| !tail.starts_with(['建', '校', '岗', '线', '产', '职', '册', '研', '役', '读', '用', '学']))
    {
        rest = tail;
    }
    for tail in ["方面", "上面"] {
        rest = rest.strip_suffix(tail).filter(|head| !head.is_empty()).unwrap_or(rest);
    }
    if let Some(tail) = rest.strip_prefix('把').filter(|tail| !tail.starts_with(['握', '关', '手', '控'])) {
        rest = tail;
    }
    rest.trim_matches(['的', '了', '是', '、', ' '])
}
