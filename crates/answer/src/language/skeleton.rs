//! What the rules can be told of a question in another language: its years and five-year plans, its places, whether it
//! speaks of a plan, and the kind of answer, put together as one line of Chinese. What it is about is left to the models; of
//! Japanese the Han words go along, since most of them are the reports' own.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Language;
use super::han::{is_han, simplified};
use super::places::{TABLE, column};

/// Years, spans of years, and five-year plans by their numbers.
static TIMES: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = format!(
        r"(?ix)
        (?P<year>(?:19|20)[0-9]{{2}})
            (?:\s*(?:-|–|—|~|to|から|부터|до|по)\s*(?P<until>(?:19|20)[0-9]{{2}}) | [-–—~](?P<short>[0-9]{{2}})(?-u:\b))?
            (?:\s*plan\s+period)?
        | (?-u:\b)(?:(?P<nth>[0-9]{{1,2}})(?:st|nd|rd|th) | (?P<word>{ordinals})) \s+ (?:five[-\ ]year(?:\s+plan)?|plan\b)
        | (?:(?P<ru>[0-9]{{1,2}})-?[йяюе]\S* | (?P<stem>{ordinals})[а-я]*) \s+ пятилет\S*(?:\s+план\S*)?
        | (?P<east>[0-9]{{1,2}}) \s* (?:次\s*[五5]\s*[カヵか]年(?:計画)?|차\s*5개년(?:\s*계획)?)",
        // Longer words first: пятнадцатый begins as пятый does.
        ordinals = ORDINALS.iter().rev().flatten().copied().collect::<Vec<_>>().join("|")
    );
    Regex::new(&pattern).unwrap_or_else(|_| unreachable!("a constant pattern"))
});

/// First to fifteenth: English words, and the beginnings of Russian ones.
const ORDINALS: [[&str; 2]; 15] = [
    ["first", "перв"],
    ["second", "втор"],
    ["third", "трет"],
    ["fourth", "четв[её]рт"],
    ["fifth", "пят"],
    ["sixth", "шест"],
    ["seventh", "седьм"],
    ["eighth", "восьм"],
    ["ninth", "девят"],
    ["tenth", "десят"],
    ["eleventh", "одиннадцат"],
    ["twelfth", "двенадцат"],
    ["thirteenth", "тринадцат"],
    ["fourteenth", "четырнадцат"],
    ["fifteenth", "пятнадцат"],
];

/// The number of an ordinal's word.
fn ordinal(word: &str) -> Option<usize> {
    let word = word.replace('ё', "е");
    ORDINALS
        .iter()
        .position(|[english, russian]| *english == word || russian.replace("[её]", "е") == word)
        .map(|at| at + 1)
}

/// What stands in brackets explains what is before it, unless it is a time: Shaanxi (capital: Xi'an) is not about Xi'an.
static REMARKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\([^()0-9]*\)|（[^（）0-9]*）").unwrap_or_else(|_| unreachable!("a constant pattern"))
});

/// Words by which questions count from today.
const RELATIVE: &[(&str, &str)] = &[
    ("last year", "去年"),
    ("this year", "今年"),
    ("next year", "明年"),
    ("昨年", "去年"),
    ("来年", "明年"),
    ("작년", "去年"),
    ("지난해", "去年"),
    ("올해", "今年"),
    ("내년", "明年"),
    ("прошлом году", "去年"),
    ("этом году", "今年"),
    ("следующем году", "明年"),
];

/// Words of plans: English ones whole, since a plant is none, beginnings of Russian ones, and parts of the others.
const PLANNED: &[&str] = &[
    "plan",
    "plans",
    "planned",
    "planning",
    "target",
    "targets",
    "targeted",
    "goal",
    "goals",
    "aim",
    "aims",
    "aimed",
    "will",
    "intend",
    "intends",
    "intended",
    "projected",
    "目標",
    "計画",
    "予定",
    "目指",
    "목표",
    "계획",
    "예정",
    "план",
    "цель",
    "намеч",
    "намерен",
    "планир",
];

/// Whether a text speaks of a plan.
fn is_planned(folded: &str) -> bool {
    let is_word = |word: &str| folded.split(|c: char| !c.is_ascii_alphabetic()).any(|own| own == word);
    PLANNED.iter().any(|word| if word.is_ascii() { is_word(word) } else { folded.contains(word) })
}

/// Kinds of answers by their question words, the more special first.
const KINDS: &[(&[&str], &str)] = &[
    (
        &[
            "growth rate",
            "how fast",
            "grow by",
            "rate of growth",
            "increase in percent",
            "伸び率",
            "増加率",
            "成長率",
            "증가율",
            "성장률",
            "темп роста",
            "на сколько процент",
            "на какой процент",
        ],
        "增长百分之几",
    ),
    (
        &[
            "percent",
            "per cent",
            "what share",
            "what proportion",
            "what rate",
            "何％",
            "何%",
            "何パーセント",
            "割合",
            "몇 %",
            "몇 퍼센트",
            "비율",
            "сколько процентов",
            "какой процент",
            "какая доля",
        ],
        "百分之几",
    ),
    (&["what year", "which year", "何年に", "몇 년에", "каком году"], "哪一年"),
    (&["when ", "by when", "いつ", "언제", "когда"], "什么时候"),
    (&["how long", "どのくらいの期間", "何年間", "얼마 동안", "как долго", "сколько лет"], "多长时间"),
    (
        &[
            "how many",
            "how much",
            "how large",
            "how big",
            "how high",
            "what was the total",
            "what is the total",
            "どれだけ",
            "どれくらい",
            "どのくらい",
            "いくつ",
            "いくら",
            "何人",
            "何個",
            "何件",
            "何社",
            "何か所",
            "何カ所",
            "何トン",
            "何億",
            "何万",
            "何キロ",
            "몇 ",
            "얼마",
            "сколько",
        ],
        "多少",
    ),
];

/// The line, and whether it says what kind of answer is wanted.
pub(super) fn of(text: &str, language: Language) -> (String, bool) {
    let text = &REMARKS.replace_all(text, " ");
    let folded: String = text.to_lowercase().chars().map(|c| if c == '’' { '\'' } else { c }).collect();
    let mut times: Vec<String> = Vec::new();
    for hit in TIMES.captures_iter(&folded) {
        let part = |name: &str| hit.name(name).map(|part| part.as_str());
        let time = match (part("year"), part("until"), part("short")) {
            (Some(year), Some(until), _) => format!("{year}-{until}年"),
            // 1981-85; 2005-12 may be a month, and what does not come after the year is a number of its own.
            (Some(year), _, Some(short)) if short > &year[2..] && short > "12" => {
                format!("{year}-{}{short}年", &year[..2])
            }
            (Some(year), ..) => format!("{year}年"),
            _ => {
                let digits = ["nth", "ru", "east"].into_iter().find_map(part).and_then(|digits| digits.parse().ok());
                let number = digits.or_else(|| ["word", "stem"].into_iter().find_map(part).and_then(ordinal));
                match number.and_then(five_year_plan) {
                    Some(plan) => plan,
                    None => continue,
                }
            }
        };
        if !times.contains(&time) {
            times.push(time);
        }
    }
    if times.is_empty() {
        times.extend(RELATIVE.iter().find(|(word, _)| folded.contains(word)).map(|(_, time)| (*time).to_owned()));
    }
    let mut rest = folded.clone();
    let mut places: Vec<(Range<usize>, &str)> = Vec::new();
    if let Some(column) = column(language) {
        for place in TABLE.iter() {
            let found = place.names[column].iter().filter_map(|name| place_at(text, &folded, name));
            if let Some(range) = found.min_by_key(|range| (range.start, std::cmp::Reverse(range.end))) {
                rest = rest.replace(&folded[range.clone()], " ");
                places.push((range, place.chinese));
            }
        }
    }
    // Of places of one name (Suzhou) the first of the table is meant, of names that begin with one another the longer.
    places.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    places.dedup_by_key(|(range, _)| range.start);
    // The nation beside a province is where it lies, or what it is compared with: the province is meant.
    if places.len() > 1 {
        places.retain(|(_, place)| *place != "全国");
    }
    // What the Seventh Plan has in it is no plan of the question's.
    let timeless = TIMES.replace_all(&folded, " ");
    let planned = is_planned(&timeless);
    let kind = KINDS.iter().find(|(words, _)| words.iter().any(|word| folded.contains(word))).map(|(_, kind)| *kind);
    let places: Vec<&str> = places.into_iter().map(|(_, place)| place).collect();
    let topic = if language == Language::Ja { han_words(&rest) } else { latin_names(text) };
    let status = if planned { "目标" } else { "" };
    let line = format!("{}{}{status}{topic}{}", times.join("和"), places.join("和"), kind.unwrap_or_default());
    (line, kind.is_some())
}

/// “十四五”时期 of 14; the first plan is of 1953 to 1957.
fn five_year_plan(number: usize) -> Option<String> {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let name = match number {
        1..=9 => DIGITS[number].to_owned(),
        10..=19 => format!("十{}", DIGITS[number - 10]),
        _ => return None,
    };
    Some(format!("“{name}五”时期"))
}

/// Where a name stands as a word of its own. Letters on either side make it part of another word, but for the endings of Russian
/// cases and adjectives. Latin letters bound only Latin names: Korean and Japanese write no spaces.
fn place_at(text: &str, folded: &str, name: &str) -> Option<Range<usize>> {
    let name = name.to_lowercase();
    let cyrillic = name.chars().next().is_some_and(is_cyrillic);
    // Цзилинь is Цзилиня and цзилиньский as well.
    let long = name.chars().count() > SHORT_NAME;
    let stem = if cyrillic && long { name.strip_suffix(['ь', 'й', 'а', 'я']).unwrap_or(&name) } else { &name };
    let letter = |c: char| if cyrillic { is_cyrillic(c) } else { c.is_ascii_alphabetic() };
    folded.match_indices(stem).find_map(|(at, _)| {
        let behind = &folded[at + stem.len()..];
        let ending = &behind[..behind.len() - behind.trim_start_matches(letter).len()];
        let adjective = ending.trim_start_matches(['й', 'ь']).starts_with("ск");
        let ends = ending.is_empty() || cyrillic && (adjective || long && ending.chars().count() <= 3);
        // Words are like names but for their capital: дали, "gave", and кит, "whale". Adjectives have none.
        let named = !cyrillic || adjective || is_capital(text, folded, at);
        let begins = !folded[..at].chars().next_back().is_some_and(letter);
        (begins && ends && named).then_some(at..at + stem.len() + ending.len())
    })
}

/// Cyrillic names of so many letters are looked for as they stand.
const SHORT_NAME: usize = 3;

fn is_cyrillic(c: char) -> bool {
    ('\u{400}'..='\u{4ff}').contains(&c)
}

/// Whether the letter at a byte of the folded text was a capital before.
fn is_capital(text: &str, folded: &str, at: usize) -> bool {
    text.chars().nth(folded[..at].chars().count()).is_some_and(char::is_uppercase)
}

/// The Han words of a Japanese question, in simplified characters, without those of asking, and those that are of planning there or
/// here (準備, a reserve, would be 准备, to be about to).
fn han_words(text: &str) -> String {
    const IDLE: &[&str] =
        &["目標", "計画", "予定", "準備", "年間", "何", "年", "省", "市", "県", "全体", "割合", "今", "昨", "来"];
    let mut words: Vec<String> = Vec::new();
    for run in text.split(|c: char| !is_han(c)).filter(|run| run.chars().count() >= 2) {
        let word = IDLE.iter().fold(run.to_owned(), |word, idle| word.replace(idle, ""));
        if word.chars().count() >= 2 {
            words.push(word);
        }
    }
    simplified(&words.concat())
}

/// Names that any language writes in Latin letters or Han characters: 5G, GDP, PM2.5, R&D, “双碳”.
fn latin_names(text: &str) -> String {
    let name = |word: &&str| {
        let capitals = word.chars().filter(|c| c.is_ascii_uppercase()).count();
        let han = word.chars().any(is_han);
        han || capitals >= 2 || capitals == 1 && word.chars().any(|c| c.is_ascii_digit())
    };
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '&') || is_han(c)))
        .map(|word| word.trim_matches(['.', '&']))
        .filter(|word| word.len() >= 2)
        .filter(name)
        .collect()
}
