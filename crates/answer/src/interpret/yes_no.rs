//! Yes-or-no questions about values: "新建150座的目标完成了吗" is the plan and the result side by side, "产量是500亿斤吗" the
//! value that is doubted.

use std::sync::LazyLock;

use regex::Regex;
use wenbao_report::Status;

use super::analysis::Analysis;
use super::cells::{Part, Split};
use super::model::{Asked, Claim, Combine};
use super::normalise::regex;
use super::status::Strength;

/// The cells of a yes-or-no question.
pub(super) fn split(analysis: &Analysis) -> Option<Split> {
    attainment(analysis).or_else(|| doubted(analysis)).or_else(|| direction(analysis))
}

/// Words of a change upwards and downwards. 提高 and 扩大 are left out: they are done to things as often as they happen to values.
static CHANGED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?P<verb>(?P<up>正?增长|增加|上涨|上升|涨|升)|(?P<down>负增长|减少|下降|下跌|下滑|回落|降|跌))(?:过|了)?\x04*[？]?$",
    )
});

/// What a question whether something rose or fell claims: "固定资产投资增长了吗", "物价是不是下降了". `None` for any other.
pub(super) fn claimed(analysis: &Analysis) -> Option<(Claim, String)> {
    let [ask] = &analysis.asks[..] else { return None };
    if ask.asked != Asked::YesNo {
        return None;
    }
    let hit = CHANGED.captures(&analysis.masked)?;
    let verb = hit.name("verb")?;
    let mut text = analysis.text[..verb.start()].to_string();
    if ask.range.end <= verb.start() {
        text.replace_range(ask.range.clone(), "");
    }
    let text = AGAINST_BEFORE.replace(text.trim_end_matches(['了', '有', '是']), "").into_owned();
    let claim = if hit.name("up").is_some() { Claim::More } else { Claim::Less };
    Some((claim, text)).filter(|(_, text)| !text.is_empty() && !text.contains('比'))
}

/// What a change is measured against anyway.
static AGAINST_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| regex("(?:同比|(?:比|较)(?:上年|去年|上一年|前一年)(?:同期)?)(?:是|有)?$"));

/// "固定资产投资增长了吗": the report gives the change with its direction; what is claimed is set against it.
fn direction(analysis: &Analysis) -> Option<Split> {
    let (claim, text) = claimed(analysis)?;
    let verb = if claim == Claim::More { "增长" } else { "下降" };
    Some((vec![Part { label: String::new(), text: format!("{text}{verb}多少") }], Some(Combine::Direction(claim))))
}

static QUANTITY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\d+(?:\.\d+)?(?:万|亿|千|百)*(?P<unit>个百分点|平方米|立方米|千瓦时|公里|公顷|千瓦|人次|个|座|家|亩|吨|斤|元|户|人|名|项|件|套|台|所|条|处|%|辆|张|场)(?:以上|左右)?",
    )
});

/// The same words asking for the value that they give: "新建150座" → "新建多少座".
fn asking_for_given(text: &str) -> Option<String> {
    let hit = QUANTITY.captures(text)?;
    let question = if &hit["unit"] == "%" { "百分之多少".to_string() } else { format!("多少{}", &hit["unit"]) };
    Some(QUANTITY.replace(text, question.as_str()).into_owned())
}

/// "2024年粮食产量是500亿斤吗", "是不是新建了150座".
fn doubted(analysis: &Analysis) -> Option<Split> {
    let [ask] = &analysis.asks[..] else { return None };
    if ask.asked != Asked::YesNo {
        return None;
    }
    let mut text = analysis.text.clone();
    text.replace_range(ask.range.clone(), "");
    let text = asking_for_given(&text)?;
    Some((vec![Part { label: String::new(), text: text.trim_matches(['，', '？', ' ']).to_string() }], None))
}

static AROUND: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?P<verb>(?:如期|按时|提前)?(?:完成|实现|达到|达成|兑现)了?)[^，？\x04]{2,24}?(?P<tail>的?(?:目标|任务|计划|指标)(?:了)?\x04+)",
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
    // 是否 and 有没有 stand before the verb; "完成增长5%的目标了吗" has the plan between verb and 目标.
    let mut text = analysis.text.clone();
    let (start, end) = match (ATTAIN.find(&analysis.masked), AROUND.captures(&analysis.masked)) {
        (Some(hit), _) => (hit.start(), hit.end()),
        (None, Some(hit)) => {
            let (verb, tail) = (hit.name("verb")?, hit.name("tail")?);
            text.replace_range(tail.range(), "");
            (verb.start(), verb.end())
        }
        (None, None) => {
            let verb = ["完成", "实现", "达到", "达成", "兑现", "做到"].iter().find_map(|v| {
                let rest = analysis.masked[ask.range.end..].trim_start_matches('\u{4}');
                rest.find(v).filter(|at| *at <= "超额".len()).map(|at| ask.range.end + at + v.len())
            })?;
            (ask.range.start, verb)
        }
    };
    let planned =
        analysis.cues.iter().any(|cue| cue.value.status == Status::Target && cue.value.strength >= Strength::Wish)
            || ["目标", "任务", "计划", "指标"].iter().any(|word| analysis.text.contains(word));
    if !planned {
        return None;
    }
    let mut base = text;
    base.replace_range(start..end, "");
    for word in ["目标", "任务", "计划", "打算", "定下的", "定的", "实际"] {
        base = base.replace(word, "");
    }
    let base = base.trim_matches(['的', '，', '？', ' ', '了']).to_string();
    let asking = match asking_for_given(&base) {
        Some(asking) => asking,
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
pub(super) fn with_status(text: &str, word: &str) -> String {
    let at = text.rfind('，').map_or(0, |at| at + '，'.len_utf8());
    let year = YEAR_HEAD.find(&text[at..]).map_or(0, |m| m.end());
    format!("{}{word}{}", &text[..at + year], &text[at + year..])
}

static YEAR_HEAD: LazyLock<Regex> = LazyLock::new(|| regex(r"^[^\d，]{0,8}\d{4}年(?:底|初|末)?"));
