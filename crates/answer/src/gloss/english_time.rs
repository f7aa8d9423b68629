//! Time phrases of English questions.

use super::english_words::{Token, number_word, ordinal};
use super::numerals;

/// The time phrase that begins the tokens: how many it takes, and the time in Chinese.
pub(super) fn read(tokens: &[Token]) -> Option<(usize, String)> {
    let lower = |at: usize| tokens.get(at).map_or("", |token| token.lower.as_str());
    // A preposition belongs to the phrase only where it says more than "in".
    match lower(0) {
        "since" | "after" | "before" => {
            let (taken, when) = read(&tokens[1..])?;
            let end = match lower(0) {
                "since" => "以来",
                "after" => "以后",
                _ => "以前",
            };
            return Some((taken + 1, when + end));
        }
        "by" | "until" | "till" => {
            let (taken, when) = read(&tokens[1..])?;
            return Some((taken + 1, until(when)));
        }
        "in" | "during" | "for" | "over" | "throughout" | "within" | "on" | "at" | "of" | "through" => {
            let (taken, when) = read(&tokens[1..])?;
            return Some((taken + 1, when));
        }
        "as" if lower(1) == "of" => {
            let (taken, when) = read(&tokens[2..])?;
            return Some((taken + 2, until(when)));
        }
        "between" if tokens.get(2).is_some_and(|joint| joint.lower == "and") => {
            let (from, to) = (tokens.get(1)?.year()?, tokens.get(3)?.year()?);
            return (from < to).then(|| (4, format!("{from}到{to}年")));
        }
        "from" | "between" => {
            let (taken, when) = range(&tokens[1..])?;
            return Some((taken + 1, when));
        }
        _ => {}
    }
    plan(tokens)
        .or_else(|| part_of_year(tokens))
        .or_else(|| date(tokens))
        .or_else(|| relative(tokens))
        .or_else(|| range(tokens))
        .or_else(|| decade(tokens))
        .or_else(|| tokens.first()?.year().map(|year| (1, format!("{year}年"))))
}

/// "By 2035" is a horizon; "by the end of 2024" is a day.
fn until(when: String) -> String {
    if when.ends_with('底') { when } else { format!("到{when}") }
}

/// Years of a range: "2016-2020", "2016 to 2020", "1993 and 1997" (after "between"), "the five years from 1993 to 1997".
fn range(tokens: &[Token]) -> Option<(usize, String)> {
    // "the five years from 1993 to 1997", "the five-year period 2013-2017" say the span twice.
    let word = |at: usize| tokens.get(at).map_or("", |token| token.lower.as_str());
    if number_word(word(0)).is_some() || tokens.first().is_some_and(|token| token.number && token.lower.len() <= 2) {
        let mut at = 1 + usize::from(word(1) == "-");
        if !matches!(word(at), "year" | "years") {
            return None;
        }
        at += 1 + usize::from(word(at + 1) == "period");
        at += usize::from(matches!(word(at), "from" | "of" | "between" | "(" | ","));
        let (taken, when) = range(&tokens[at.min(tokens.len())..])?;
        let end = at + taken;
        return Some((end + usize::from(word(end) == ")"), when));
    }
    let from = tokens.first()?.year()?;
    let joint = tokens.get(1)?;
    if !matches!(joint.lower.as_str(), "-" | "–" | "—" | "~" | "to" | "through" | "until" | "till") {
        return None;
    }
    // "2021-25"
    let to = match tokens.get(2)?.year() {
        Some(to) => to,
        None if joint.lower != "to" => {
            let short: i32 = tokens.get(2).filter(|t| t.lower.len() == 2)?.lower.parse().ok()?;
            from / 100 * 100 + short
        }
        None => return None,
    };
    Some((3, format!("{from}到{to}年")))
}

/// "13th Five-Year Plan period (2016-2020)", "2021-2025 five-year plan".
fn plan(tokens: &[Token]) -> Option<(usize, String)> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.lower.as_str());
    let phrase = |mut at: usize| {
        for expected in ["five", "year", "plan"] {
            at += usize::from(word(at) == "-");
            if word(at) != expected && !(expected == "five" && word(at) == "5") {
                return None;
            }
            at += 1;
        }
        Some(at + usize::from(matches!(word(at), "period" | "years")))
    };
    if let Some(number) = ordinal(word(0))
        && let Some(mut at) = phrase(1)
    {
        let when = numerals::five_year_plan(number)?;
        // The years in brackets say the same again.
        if word(at) == "("
            && let Some((taken, _)) = range(&tokens[at + 1..])
            && word(at + 1 + taken) == ")"
        {
            at += taken + 2;
        }
        at += usize::from(matches!(word(at), "period" | "years"));
        return Some((at, when));
    }
    let years = |at: usize| {
        let from = tokens.get(at)?.year()?;
        let to = tokens.get(at + 2)?.year()?;
        range(&tokens[at..]).and_then(|_| numerals::plan_of_years(from, to))
    };
    if let Some(number) = years(0)
        && let Some(at) = phrase(3)
    {
        return Some((at, numerals::five_year_plan(number)?));
    }
    if let Some(at) = phrase(0)
        && let open = usize::from(matches!(word(at), "(" | "of" | "for"))
        && let Some(number) = years(at + open)
    {
        let at = at + open + 3;
        return Some((at + usize::from(word(at) == ")"), numerals::five_year_plan(number)?));
    }
    None
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month(word: &str) -> Option<usize> {
    let at = MONTHS.iter().position(|&month| {
        month == word
            || word.len() >= 3 && word != "mar" && &month[..3] == word
            || word == "sept" && month == "september"
    })?;
    Some(at + 1)
}

/// "January 17, 2025", "17 January 2025", "January 2025", "July 1".
fn date(tokens: &[Token]) -> Option<(usize, String)> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.lower.as_str());
    let day = |at: usize| {
        let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word(at).strip_suffix(end)).unwrap_or(word(at));
        digits.parse::<u32>().ok().filter(|day| (1..=31).contains(day))
    };
    let year = |at: usize| {
        let at = at + usize::from(matches!(word(at), "," | "of" | "in"));
        Some((at + 1, tokens.get(at)?.year()?))
    };
    let (mut at, month, day) = if let Some(month) = month(word(0)) {
        match day(1) {
            Some(day) => (2, month, Some(day)),
            // "may" and "march" are verbs too: alone they are no month.
            None if year(1).is_some() || !matches!(word(0), "may" | "march") => (1, month, None),
            None => return None,
        }
    } else {
        let day = day(0)?;
        let of = usize::from(word(1) == "of");
        (2 + of, month(word(1 + of))?, Some(day))
    };
    let mut when = String::new();
    if let Some((end, year)) = year(at) {
        when = format!("{year}年");
        at = end;
    }
    when.push_str(&format!("{month}月"));
    if let Some(day) = day {
        when.push_str(&format!("{day}日"));
    }
    Some((at, when))
}

/// "end of 2024", "first half of 2024", "third quarter of 2023", "first ten months of 2020", "year-end 2024".
fn part_of_year(tokens: &[Token]) -> Option<(usize, String)> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.lower.as_str());
    // "did it start in 2024" has no beginning of a year.
    let of_year = |at: usize| {
        let at = at + usize::from(matches!(word(at), "of" | "-"));
        if let Some(year) = tokens.get(at).and_then(Token::year) {
            return Some((at + 1, format!("{year}年")));
        }
        let (taken, when) = relative(&tokens[at.min(tokens.len())..])?;
        when.ends_with('年').then_some((at + taken, when))
    };
    let (at, part) = match (word(0), word(1), word(2)) {
        ("year", "-", "end") => (3, "底".to_owned()),
        ("year", "end", _) => (2, "底".to_owned()),
        ("end" | "close", _, _) => (1, "底".to_owned()),
        ("late", _, _) => (1, "底".to_owned()),
        ("beginning" | "start" | "early", _, _) => (1, "初".to_owned()),
        ("middle" | "mid", _, _) => (1, "中".to_owned()),
        ("first", "half", _) => (2, "上半年".to_owned()),
        ("second", "half", _) => (2, "下半年".to_owned()),
        (first, "quarter", _) => (2, format!("第{}季度", numerals::chinese(ordinal(first).filter(|n| *n <= 4)?))),
        ("first", count, "months") => {
            let count = number_word(count).or_else(|| count.parse().ok()).filter(|n| *n <= 12)?;
            (3, format!("前{count}个月"))
        }
        _ => return None,
    };
    let (end, year) = of_year(at)?;
    Some((end, year + &part))
}

/// "last year", "the past five years", "next three years".
fn relative(tokens: &[Token]) -> Option<(usize, String)> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.lower.as_str());
    let one = match (word(0), word(1)) {
        ("last" | "previous", "year") => "去年",
        ("this" | "current", "year") => "今年",
        ("next" | "coming", "year") => "明年",
        _ => "",
    };
    if !one.is_empty() {
        return Some((2, one.to_owned()));
    }
    let lead = match word(0) {
        "past" | "last" | "previous" | "preceding" => "过去",
        "next" | "coming" | "following" => "今后",
        _ => return None,
    };
    let count = number_word(word(1)).or_else(|| word(1).parse().ok()).filter(|n| *n <= 50)?;
    let count = if count == 2 { "两".to_owned() } else { numerals::chinese(count) };
    (word(2) == "years").then(|| (3, format!("{lead}{count}年")))
}

/// "the 1990s".
fn decade(tokens: &[Token]) -> Option<(usize, String)> {
    let digits = tokens.first()?.lower.strip_suffix('s').filter(|digits| digits.len() == 4)?;
    let year: u32 = digits.parse().ok().filter(|year: &u32| (1940..2030).contains(year) && year.is_multiple_of(10))?;
    Some((1, format!("{}世纪{}年代", if year < 2000 { "上" } else { "本" }, year % 100)))
}

#[cfg(test)]
mod tests {
    use super::super::english_words::tokens;
    use super::*;

    #[test]
    fn time_phrases() {
        for (text, expected) in [
            ("in 2025", "2025年"),
            ("by the end of 2020", "2020年底"),
            ("at the end of 2024", "2024年底"),
            ("at year-end 2024", "2024年底"),
            ("by 2035", "到2035年"),
            ("since 2012", "2012年以来"),
            ("from 2016 to 2020", "2016到2020年"),
            ("over the five years from 1993 to 1997", "1993到1997年"),
            ("in the 5-year period 2013-2017", "2013到2017年"),
            ("2021-25", "2021到2025年"),
            ("during the 13th Five-Year Plan period (2016-2020)", "“十三五”时期"),
            ("the fourteenth five-year plan", "“十四五”时期"),
            ("over the 2021-2025 five-year plan", "“十四五”时期"),
            ("the Five-Year Plan for 2021-2025", "“十四五”时期"),
            ("January 17, 2025", "2025年1月17日"),
            ("on 17 January 2025", "2025年1月17日"),
            ("in May 2023", "2023年5月"),
            ("July 1st", "7月1日"),
            ("in the first half of 2024", "2024年上半年"),
            ("in the third quarter of 2023", "2023年第三季度"),
            ("at the end of last year", "去年底"),
            ("over the past five years", "过去五年"),
            ("in the 1990s", "上世纪90年代"),
        ] {
            let tokens = tokens(text);
            assert_eq!(read(&tokens), Some((tokens.len(), expected.to_owned())), "{text}");
        }
        for text in ["in Hebei", "may rise", "start in 2024", "two years", "second", "fifth plan"] {
            assert_eq!(read(&tokens(text)), None, "{text}");
        }
    }
}
