//! What reports are asked to have a word of, or none.

use std::sync::LazyLock;

use regex::Regex;

use super::{HOLE, regex};

/// Verbs of having a word: 提到, 写进.
const SAY: &str = "(?:提到|提及|提出|提|谈到|说到|讲到|写到|写进|写入|写上|涉及|出现|点名|部署|强调|用到|包含)";

/// A thing that reports mention or do not: the word, and whether it must stand there. A plain noun is looked for as it is;
/// "没提失业率的目标" asks for a value that is not given.
pub(super) fn mention(text: &str) -> Option<(String, bool)> {
    static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            "(?P<neg>没有?|未|并未|不)?(?:都|也|明确|专门|曾)?(?P<verb>{SAY})(?:过|了)?(?:关于|有关)?(?P<thing>[^，。？\u{5}]+)"
        ))
    });
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?P<thing>[^，。？\u{5}]+?)(?:这个词|一词)?\u{5}*(?:的?报告)?(?:里|中)?(?:都|也)?(?P<neg>没有?|未|并未)?(?:被)?(?P<verb>提到|提及|提|谈到|写到|写进|写入|出现)(?:过|了)?\u{5}*$",
        )
    });
    for pattern in [&*BEHIND, &*BEFORE] {
        let Some(hit) = pattern.captures(text) else { continue };
        let thing = thing(&hit["thing"]);
        let quoted = hit["thing"].contains(['“', '《']);
        let long = thing.chars().count() > MENTION || thing.contains('的') && !quoted;
        if thing.chars().count() < 2 || long || wants_a_value(&thing, &hit["verb"]) {
            continue;
        }
        return Some((thing, hit.name("neg").is_none()));
    }
    None
}

/// Characters of a thing that is mentioned, at most: longer ones are clauses.
const MENTION: usize = 16;

/// What is mentioned, without marks and what belongs to the sentence around it.
fn thing(words: &str) -> String {
    static TAIL: LazyLock<Regex> =
        LazyLock::new(|| regex("(?:的?(?:有|是|分别|共|一共).*|的|这个词|这一?(?:概念|提法|说法)|一词|过|了|呢|吗)$"));
    let inner = words.find(['“', '《']).and_then(|open| {
        let rest = &words[open..];
        let close = rest.find(['”', '》'])?;
        rest.get(rest.chars().next()?.len_utf8()..close)
    });
    let words = inner.unwrap_or(words).trim_matches(['“', '”', '《', '》', ' ', '：', HOLE]);
    let mut out = words.to_string();
    while inner.is_none() {
        let cut = TAIL.replace(&out, "").into_owned();
        if cut == out || cut.is_empty() {
            break;
        }
        out = cut;
    }
    out
}

/// Whether what is (not) said is a value of an indicator rather than a word.
fn wants_a_value(thing: &str, verb: &str) -> bool {
    let value = ["目标", "多少", "几", "增速", "增长", "增幅", "具体", "数字", "数据", "人数", "指标", "总量", "是否"];
    value.iter().any(|word| thing.contains(word)) || verb == "提出" && thing.chars().any(|c| c.is_ascii_digit())
}
