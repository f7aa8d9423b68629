//! The form of a question that the rules read: one width, one set of marks, years in digits, no stray spaces.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use wenbao_lang::fold::{half_width, is_zero_width};
use wenbao_lang::numeral;

/// Marks that mean the same, and the one that the rules know.
const MARKS: &[(char, char)] = &[
    ('?', '？'),
    (';', '；'),
    ('!', '！'),
    ('(', '（'),
    (')', '）'),
    ('「', '“'),
    ('」', '”'),
    ('『', '“'),
    ('』', '”'),
    ('〝', '“'),
    ('〞', '”'),
    ('﹑', '、'),
    ('～', '-'),
    ('~', '-'),
    ('—', '-'),
    ('–', '-'),
    ('－', '-'),
    ('−', '-'),
    ('―', '-'),
];

/// Politeness and lead-ins that say nothing about what is asked, at the beginning.
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:请问一下|请问|想问一下|想问问|想问|问一下|问下|麻烦问下|麻烦|帮我查一下|帮我查查|帮我查|帮忙查一下|查一下|查查|请告诉我|告诉我|我想知道|想知道|我想了解|想了解|请?(?:概括|总结|归纳|梳理|列举|列出|介绍)(?:一下|下)?|讲讲|谈谈|请说说|说说|你好|您好|嗨|喂)[，, 、:：]*",
    )
});

/// Particles at the end that say nothing ("多少亿斤啊").
static CLOSING: LazyLock<Regex> = LazyLock::new(|| regex(r"(?:来着|[啊呀呢哦哟嘛哈噢吖啦])?[？。！，…\s]*$"));

/// Builds one of this module's fixed patterns.
///
/// # Panics
/// If the pattern is wrong, which every test would show: patterns are constants of the program.
#[allow(clippy::expect_used)]
pub(super) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a fixed pattern is valid")
}

/// Normalises a question in simplified Chinese.
pub(super) fn normalise(text: &str) -> String {
    let folded: String = text.chars().filter_map(fold).collect();
    let quoted = pair_quotes(&folded);
    let tight = tighten(&quoted);
    let years = capitals(&years_in_digits(&tight));
    let mut rest = years.as_str();
    while let Some(found) = OPENING.find(rest).filter(|found| !found.is_empty() && found.end() < rest.len()) {
        rest = &rest[found.end()..];
    }
    let end = CLOSING.find(rest).map_or(rest.len(), |found| found.start());
    // "那2024年呢" keeps its 呢: it is all that marks it as a follow-up.
    let body = &rest[..end];
    if rest[end..].starts_with('呢') { format!("{body}呢") } else { body.to_string() }
}

/// Abbreviations that reports write in capitals: gdp, pm2.5, 5g.
fn capitals(text: &str) -> String {
    static SMALL: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)gdp|cpi|ppi|pm2\.5|pm10|[2-6]g|rcep|cptpp|apec|wto|r&d|ai"));
    SMALL
        .replace_all(text, |found: &Captures| {
            let whole = found.get(0).map_or(0..0, |m| m.range());
            let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
            // "said" holds no "ai".
            if letter(text[..whole.start].chars().next_back()) || letter(text[whole.end..].chars().next()) {
                found[0].to_string()
            } else {
                found[0].to_ascii_uppercase()
            }
        })
        .into_owned()
}

/// One character in the one width; `None` for what cannot be seen.
fn fold(c: char) -> Option<char> {
    let c = match c {
        _ if is_zero_width(c) => return None,
        '\u{3000}' | '\u{a0}' | '\t' | '\n' | '\r' => ' ',
        // A variant that people mix into simplified Chinese.
        '麽' => '么',
        _ => half_width(c),
    };
    Some(MARKS.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to))
}

/// Straight quotes become opening and closing ones in turn.
fn pair_quotes(text: &str) -> String {
    let mut open = false;
    text.chars()
        .map(|c| match c {
            '"' => {
                open = !open;
                if open { '“' } else { '”' }
            }
            '‘' => '“',
            '’' => '”',
            _ => c,
        })
        .collect()
}

/// Drops spaces that do not part two Latin words, and commas inside numbers; a comma elsewhere becomes ，.
fn tighten(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (i, &c) in chars.iter().enumerate() {
        let before = chars[..i].iter().rev().find(|c| **c != ' ').copied();
        let after = chars[i + 1..].iter().find(|c| **c != ' ').copied();
        match c {
            ' ' => {
                let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.' || c == '%');
                if i > 0 && chars[i - 1] != ' ' && latin(before) && latin(after) {
                    out.push(' ');
                }
            }
            ',' => {
                let thousands = before.is_some_and(|c| c.is_ascii_digit())
                    && chars[i + 1..].iter().take_while(|c| c.is_ascii_digit()).count() == 3;
                if !thousands {
                    out.push('，');
                }
            }
            ':' => out.push('：'),
            _ => out.push(c),
        }
    }
    out
}

/// "二〇二五年", "二0二一年" and "九八年" become 2025年, 2021年 and 1998年: one form for every later rule.
fn years_in_digits(text: &str) -> String {
    static FOUR: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?:[一1]\s?[九9]|[二2]\s?[〇零○Oo0])[〇零○Oo0-9一二三四五六七八九]{2}"));
    static SHORT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?P<before>^|[到从在自和与跟同比及至、，：（是那按把说]|^[^\dA-Za-z零〇○一二三四五六七八九十百千万亿第近前后过续满了逾每约共这用修建]{2,4})(?P<year>[〇零○一二三四五六七八九]{2}|\d{2})年(?P<after>[代来间内以之]?[^\d]?)",
        )
    });
    let four = FOUR.replace_all(text, |found: &Captures| {
        // "二00" may be an amount, but four digits in a row that begin with 19 or 20 are a year in a report.
        found[0].chars().filter_map(digit).collect::<String>()
    });
    let short = |found: &Captures| -> String {
        let (all, after) = (&found[0], &found["after"]);
        let value: i32 = found["year"].chars().filter_map(digit).collect::<String>().parse().unwrap_or(0);
        let span = after.starts_with(['代', '来', '间', '内', '以', '之']) && !after.starts_with("以来");
        let adjacent = is_adjacent_pair(&found["year"]) && !after.starts_with(['那', '底', '末', '初', '的']);
        let year = match value {
            49..=99 => 1900 + value,
            0..=35 => 2000 + value,
            _ => return all.to_string(),
        };
        if span || adjacent && !found["before"].is_empty() && !found["before"].starts_with(['到', '从']) {
            return all.to_string();
        }
        format!("{}{year}年{after}", &found["before"])
    };
    // Twice: in "一三年到一七年" the first match takes the 到 that the second needs before it.
    let once = SHORT.replace_all(&four, short);
    SHORT.replace_all(&once, short).into_owned()
}

/// 七八年 may be seven or eight years: two neighbouring numerals in Chinese writing.
fn is_adjacent_pair(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter(|c| !c.is_ascii()).filter_map(|c| digit(c)?.to_digit(10)).collect();
    matches!(digits[..], [a, b] if b == a + 1)
}

/// The ASCII digit that a numeral of a year stands for.
fn digit(c: char) -> Option<char> {
    Some(match c {
        'O' | 'o' => '0',
        '两' => return None,
        _ => char::from_digit(numeral::digit(c).or_else(|| numeral::han_digit(c))?, 10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_come_out_in_one_form() {
        for (raw, expected) in [
            ("２０２５年  新建 多少座?", "2025年新建多少座"),
            ("二〇二五年粮食产量多少啊？", "2025年粮食产量多少"),
            ("二0二一年小规模纳税人", "2021年小规模纳税人"),
            ("二零二四年 山西森林", "2024年山西森林"),
            ("一九八○年之前", "1980年之前"),
            ("九八年争取让多少人解决温饱", "1998年争取让多少人解决温饱"),
            ("浙江25年播种面积", "浙江2025年播种面积"),
            ("一九年国务院带头", "2019年国务院带头"),
            ("七八年那会儿想着到八五年", "1978年那会儿想着到1985年"),
            ("用了七八年才修好", "用了七八年才修好"),
            ("征收了66年的税种", "征收了66年的税种"),
            ("大庆十七年间年均增幅", "大庆十七年间年均增幅"),
            ("山西PM10年均浓度", "山西PM10年均浓度"),
            ("这条路前后修了20年", "这条路前后修了20年"),
            ("连续11年没涨", "连续11年没涨"),
            ("请问，2024年出口12,345,678元的\"新三样\"", "2024年出口12345678元的“新三样”"),
            ("那2024年呢？", "那2024年呢"),
            ("山西gdp和5g基站", "山西GDP和5G基站"),
            ("that is GDP growth 2024 , ok", "that is GDP growth 2024，ok"),
        ] {
            assert_eq!(normalise(raw), expected, "{raw}");
        }
    }
}
