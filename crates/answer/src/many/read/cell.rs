//! The question that each cell is asked: what is left when all that was recognised is cut out.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::regex;

/// Clauses that only ask.
static ASKS_ONLY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:它们|他们|各省|各地|具体|分别|各自?|都|又|其|数值|目标|值|大概|大约|一共|总共|共|是|有|为|定|在|的|了|能|会|到底|究竟)*(?:多少|多大|多高|多快|几|是什么|什么|怎么样|怎样|如何|几何)?(?:个|亿元|万亿元|万人|亿斤|%|百分之几|钱)?$",
    )
});

/// The question of one cell, of what was not recognised; `None` where nothing is left to ask.
pub(super) fn question(text: &str, report_year: Option<i32>) -> Option<String> {
    let mut text = text.to_string();
    if let Some(year) = report_year {
        // "2026年报告没提当年…": the year of the report, unless the value has its own.
        static REPORT: LazyLock<Regex> = LazyLock::new(|| {
            regex("(?P<year>(?:19|20)\\d{2})年?(?:初)?的?(?:政府)?(?:工作)?报告(?:里面|里|中)?(?:都|也)?(?:提出)?的?")
        });
        static YEAR: LazyLock<Regex> = LazyLock::new(|| regex("(?:19|20)\\d{2}年"));
        let rest = REPORT.replace(&text, "\u{5}").replace("当年", &format!("{year}年"));
        text = if YEAR.is_match(&rest) { rest } else { format!("{year}年{rest}") };
    }
    static REPORTS: LazyLock<Regex> = LazyLock::new(|| {
        regex("(?:在)?(?:各自)?的?(?:政府工作报告|工作报告|政府报告|报告)(?:里面|里|中|上)?(?:提出|定|写|说|讲)?的?")
    });
    let text = REPORTS.replace_all(&text, "\u{5}");
    let mut kept: Vec<String> = Vec::new();
    for clause in text.split(['，', '。', '；', '？']) {
        let clause = trim(clause);
        if clause.is_empty() || ASKS_ONLY.is_match(&clause) {
            continue;
        }
        kept.push(clause);
    }
    let joined = kept.join("，");
    // What else is asked is no value.
    if ["怎么", "怎样", "如何", "为什么", "哪", "什么", "谁", "是否", "有没有"].iter().any(|word| joined.contains(word))
    {
        return None;
    }
    let bare: String = joined.chars().filter(|c| c.is_alphanumeric()).collect();
    (bare.chars().count() > 1).then(|| complete(&joined))
}

/// Takes holes and function words out: "把2026年GDP增长目标定" is "2026年GDP增长目标".
fn trim(clause: &str) -> String {
    static INNER: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "\u{5}+(?:的|里|中|之间|之中|当中)?|(?:分别|各自|依次|都各?|大概|(?P<each>各)(?:是|有|为|多少|定|增长|达))",
        )
    });
    let cut = INNER.replace_all(clause, |hit: &Captures| match hit.name("each") {
        Some(each) => hit[0][each.as_str().len()..].to_string(),
        None => String::new(),
    });
    let cut = cut.replace("年把", "年").replace("年将", "年");
    let mut rest = cut.trim();
    loop {
        let before = rest;
        for head in [
            "定的", "把", "将", "在", "的", "里", "中", "、", "和", "与", "有", "是", "请", "其中", "那么", "，", "从",
            "看", "被",
        ] {
            rest = rest.strip_prefix(head).filter(|r| !r.is_empty()).unwrap_or(rest).trim();
        }
        for tail in [
            "定得", "定在", "定为", "定到", "设定", "设得", "确定", "定了", "定的", "写成", "写的", "写", "定", "的是",
            "的有", "是", "有", "的", "了", "为", "在", "达到", "达", "里", "中", "都", "各", "和", "与", "、", "，",
            "呢", "吗", "排", "分别", "数量", "情况", "把", "得", "成", "要", "被", "地方", "最", "又", "份",
        ] {
            // 产量, 认定, 稳定: words of their own.
            let own = ["稳定", "认定", "固定", "所有", "国有", "城中", "集中", "其中", "拥有", "股份", "年份", "月份"];
            if rest.ends_with(tail) && !own.iter().any(|w| rest.ends_with(w)) {
                rest = rest.strip_suffix(tail).unwrap_or(rest).trim();
            }
        }
        if rest == before {
            break;
        }
    }
    rest.to_string()
}

/// A phrase as a question that asks for its value. The growth of an unnamed thing is that of the economy.
pub(crate) fn complete(phrase: &str) -> String {
    static BARE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?P<head>^(?:(?:\\d{2,4}|[今明去前本当])年度?的?)?)(?P<growth>(?:预期)?(?:增长|增速|发展)(?:预期)?(?:目标|率|速度)?)(?P<tail>$|是|多少)",
        )
    });
    let phrase = BARE.replace(phrase, |hit: &Captures| {
        let growth = hit["growth"].replace("发展", "增长");
        format!("{}经济{growth}{}", &hit["head"], &hit["tail"])
    });
    let asks = ["多少", "几", "百分之", "多大", "多高", "多快"].iter().any(|w| phrase.contains(w));
    if asks {
        phrase.into_owned()
    } else if phrase.ends_with("增长") || phrase.ends_with("下降") || phrase.ends_with("提高") {
        format!("{phrase}多少")
    } else {
        format!("{phrase}是多少")
    }
}
