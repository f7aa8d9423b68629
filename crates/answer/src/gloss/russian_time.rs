//! Time phrases of Russian questions.

use super::numerals;
use super::russian_words::Token;

const MONTHS: [&str; 12] =
    ["январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр"];

fn month(word: &str) -> Option<usize> {
    let at = MONTHS.iter().position(|month| {
        word.strip_prefix(month).is_some_and(|end| matches!(end, "" | "ь" | "я" | "е" | "й" | "а" | "ю"))
            && word.chars().count() >= 3
    })?;
    Some(at + 1)
}

fn year(token: &Token) -> Option<i32> {
    let year: i32 = token.lower.parse().ok()?;
    (token.lower.len() == 4 && (1900..2100).contains(&year)).then_some(year)
}

/// The time phrase that begins the tokens.
pub(super) fn time(tokens: &[Token]) -> Option<(usize, String)> {
    let lower = |at: usize| tokens.get(at).map_or("", |token| token.lower.as_str());
    let year_word = |at: usize| {
        usize::from(matches!(lower(at), "год" | "году" | "года" | "годы" | "годах" | "годов" | "годам" | "г" | "гг"))
    };
    match lower(0) {
        "к" if matches!(lower(1), "концу" | "началу") || tokens.get(1).and_then(year).is_some() => {
            let (taken, when) = time(&tokens[1..])?;
            let to = if when.ends_with('底') { "" } else { "到" };
            return Some((taken + 1, format!("{to}{when}")));
        }
        "в" | "во" | "на" | "за" | "с" | "по" | "до" => {
            let (taken, when) = time(&tokens[1..])?;
            let end = if lower(0) == "с" && !when.contains('到') { "以来" } else { "" };
            let to = if lower(0) == "до" { "到" } else { "" };
            return Some((taken + 1, format!("{to}{when}{end}")));
        }
        "период" | "периоде" | "течение" => {
            let (taken, when) = time(&tokens[1..])?;
            return Some((taken + 1, when));
        }
        "конец" | "конце" | "концу" | "конца" | "начало" | "начале" | "началу" => {
            let (taken, when) = time(&tokens[1..])?;
            let part = if lower(0).starts_with("кон") { "底" } else { "初" };
            return when.ends_with('年').then(|| (taken + 1, when + part));
        }
        "прошлом" | "прошлый" | "прошлого" | "прошлым" if year_word(1) > 0 => {
            return Some((2, "去年".to_owned()));
        }
        "этом" | "этот" | "этого" | "текущем" | "нынешнем" if year_word(1) > 0 => {
            return Some((2, "今年".to_owned()));
        }
        "следующем" | "будущем" | "следующий" if year_word(1) > 0 => {
            return Some((2, "明年".to_owned()));
        }
        _ => {}
    }
    // "13-й пятилетки", "XIII", "тринадцатой пятилетки"
    const ORDINALS: [&str; 15] = [
        "перв",
        "втор",
        "трет",
        "четверт",
        "пят",
        "шест",
        "седьм",
        "восьм",
        "девят",
        "десят",
        "одиннадцат",
        "двенадцат",
        "тринадцат",
        "четырнадцат",
        "пятнадцат",
    ];
    let five_years = |at: usize| lower(at).starts_with("пятилет");
    let number = lower(0).parse::<u32>().ok().or_else(|| {
        let at = ORDINALS.iter().rposition(|stem| lower(0).starts_with(stem))?;
        u32::try_from(at + 1).ok()
    });
    if let Some(number) = number.filter(|n| *n <= 19) {
        let suffix = if lower(1) == "-" { 2 } else { 0 };
        let mut at = 1 + suffix;
        if five_years(at) {
            let when = numerals::five_year_plan(number)?;
            at += 1;
            at += usize::from(matches!(lower(at), "план" | "плана" | "плане" | "плану"));
            if lower(at) == "("
                && let Some(close) = tokens[at..].iter().position(|t| t.lower == ")")
            {
                at += close + 1;
            }
            return Some((at, when));
        }
        // "17 января 2025 года"
        if let Some(month) = month(lower(1)).filter(|_| number <= 31 && number > 0) {
            let (year, taken) = tokens.get(2).and_then(year).map_or((String::new(), 2), |y| (format!("{y}年"), 3));
            return Some((taken + year_word(taken), format!("{year}{month}月{number}日")));
        }
    }
    if let Some(day) = lower(0).parse::<u32>().ok().filter(|day| (1..=31).contains(day))
        && let Some(month) = month(lower(1))
    {
        let (year, taken) = tokens.get(2).and_then(year).map_or((String::new(), 2), |y| (format!("{y}年"), 3));
        return Some((taken + year_word(taken), format!("{year}{month}月{day}日")));
    }
    if let Some(month) = month(lower(0))
        && let Some(year) = tokens.get(1).and_then(year)
    {
        return Some((2 + year_word(2), format!("{year}年{month}月")));
    }
    let half = match (lower(0), lower(1)) {
        ("первом" | "первое" | "первого", "полугодии" | "полугодие" | "полугодия") => {
            "上半年"
        }
        ("втором" | "второе" | "второго", "полугодии" | "полугодие" | "полугодия") => {
            "下半年"
        }
        _ => "",
    };
    if !half.is_empty()
        && let Some(year) = tokens.get(2).and_then(year)
    {
        return Some((3 + year_word(3), format!("{year}年{half}")));
    }
    let from = tokens.first().and_then(year)?;
    let at = 1 + year_word(1);
    if matches!(lower(at), "-" | "–" | "—" | "по" | "до")
        && let Some(to) = tokens.get(at + 1).and_then(year)
    {
        return Some((at + 2 + year_word(at + 2), format!("{from}到{to}年")));
    }
    Some((at, format!("{from}年")))
}
