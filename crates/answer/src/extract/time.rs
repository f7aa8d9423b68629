//! Times: dates and spans of time, as reports write them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::find;

const NUMERAL: &str =
    "(?:[0-9]+(?:\\.[0-9]+)?(?:[-—－至到][0-9]+)?|[一二两三四五六七八九十百半]+(?:、[二三四五六七八九十])?)";

/// Points of the calendar, as reports write them.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let n = "(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})";
    let year = "(?:[0-9]{4}|[一二三四五六七八九〇○零]{4})年";
    let close = "(?:底前|底|末|初|中旬|上旬|下旬|以前|之前|前|起|内|以内|份)?";
    let pattern = format!(
        "(?:上午|下午|晚上|凌晨|中午){n}[时点](?:{n}分|半|整)?|{year}(?:上半年|下半年|[一二三四]季度|{n}月(?:{n}日)?)?{close}|{n}月(?:{n}日)?{close}|(?:今年|明年|去年|当年|次年)?(?:年底|年末|年初|年中|年内|上半年|下半年)(?:前|之前|以前)?|(?:今|明|去|当|次)年(?:底|末|初)(?:前|之前|以前)?|(?:本届政府)?任期内|本届政府任期|“[一二三四五六七八九十]+五”(?:时期|期间|末)|[一二三四]季度(?:末|前)?|本世纪(?:中叶|末)|(?:今年|明年|去年)"
    );
    Regex::new(&pattern).unwrap_or_else(|_| unreachable!("a constant pattern"))
});

/// Spans of time.
static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!("(?:近|约|超过|连续)?{NUMERAL}(?:多|余)?(?:个)?(?:多|余)?(?:年半|周年|年|月|天|日|小时|分钟|周岁|岁|周|星期|季度)(?:半)?(?:以上|以内|之内|内|左右|多)?"))
        .unwrap_or_else(|_| unreachable!("a constant pattern"))
});

/// Dates and spans of time in a sentence.
pub(crate) fn time_spans(chars: &[char]) -> Vec<Range<usize>> {
    let mut all = find(&DATE, chars);
    all.extend(find(&DURATION, chars));
    all.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in all {
        if out.last().is_none_or(|last| range.start >= last.end) {
            out.push(range);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{chars, words};
    use super::*;

    #[test]
    fn times_are_found_whole() {
        for (text, expected) in [
            ("7月1日起全面禁止", vec!["7月1日起"]),
            ("力争高铁年底建成通车", vec!["年底"]),
            ("历时7年建设", vec!["7年"]),
            ("8月底前全部完成", vec!["8月底前"]),
            ("保证到一九八○年建成", vec!["一九八○年"]),
            ("本届政府任期内基本消除", vec!["本届政府任期内"]),
            ("在两、三年内实现", vec!["两、三年内"]),
            ("到明年底，基本实现", vec!["明年底"]),
            ("2017年上半年追平增速", vec!["2017年上半年"]),
            ("上午9时宣布开幕", vec!["上午9时"]),
            ("力争3至5年完成", vec!["3至5年"]),
        ] {
            assert_eq!(words(text, &time_spans(&chars(text))), expected, "{text}");
        }
    }
}
