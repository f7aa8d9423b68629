//! Reads a Russian question: endings stripped, a noun in the genitive modifies the one before it.

use super::lexicon::{self, Class};
use super::numerals;
use super::piece::Piece;
use super::{Language, english};

/// A word or a mark.
#[derive(Debug)]
struct Token {
    raw: String,
    lower: String,
    stem: String,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut flush = |word: &mut String| {
        if !word.is_empty() {
            let lower = word.to_lowercase().replace('ё', "е");
            tokens.push(Token { stem: stem(&lower), lower, raw: std::mem::take(word) });
        }
    };
    let chars: Vec<char> = text.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        let between_digits =
            at > 0 && chars[at - 1].is_ascii_digit() && chars.get(at + 1).is_some_and(char::is_ascii_digit);
        if c.is_alphanumeric() || (c == '.' || c == ',') && between_digits {
            word.push(if c == ',' { '.' } else { c });
        } else {
            flush(&mut word);
            if "(),;:-–—?%".contains(c) {
                flush(&mut c.to_string());
            }
        }
    }
    flush(&mut word);
    tokens
}

/// Stems of the words of a phrase; marks do not count.
pub(super) fn stems(phrase: &str) -> Vec<String> {
    tokens(phrase).into_iter().filter(is_word).map(|token| token.stem).collect()
}

fn is_word(token: &Token) -> bool {
    token.lower.starts_with(char::is_alphanumeric)
}

/// Endings of adjectives, nouns and verbs, longest first.
const ENDINGS: &[&str] = &[
    "ившимися",
    "ывшимися",
    "ившиеся",
    "ующиеся",
    "ившихся",
    "ившийся",
    "ившаяся",
    "ующийся",
    "ующихся",
    "ились",
    "ились",
    "илась",
    "илось",
    "ыми",
    "ими",
    "ого",
    "его",
    "ому",
    "ему",
    "ами",
    "ями",
    "иями",
    "иях",
    "иям",
    "ием",
    "ией",
    "ться",
    "лась",
    "лось",
    "лись",
    "лся",
    "ется",
    "ются",
    "ится",
    "ятся",
    "ена",
    "ено",
    "ены",
    "ает",
    "яет",
    "ают",
    "яют",
    "уют",
    "ует",
    "ые",
    "ие",
    "ый",
    "ий",
    "ой",
    "ей",
    "ая",
    "яя",
    "ое",
    "ее",
    "ую",
    "юю",
    "ых",
    "их",
    "ым",
    "им",
    "ом",
    "ем",
    "ам",
    "ям",
    "ах",
    "ях",
    "ов",
    "ев",
    "ью",
    "ия",
    "ии",
    "ию",
    "ла",
    "ло",
    "ли",
    "ть",
    "ет",
    "ют",
    "ит",
    "ят",
    "ат",
    "ут",
    "на",
    "но",
    "ны",
    "ен",
    "ан",
    "а",
    "я",
    "о",
    "е",
    "и",
    "ы",
    "у",
    "ю",
    "ь",
    "й",
    "л",
];

/// Ends that a stem of one form keeps and that of another loses ("бюджета", "бюджет").
const SECOND: &[&str] = &["ет", "ит", "ат", "ут", "ют", "ят", "ем", "ов", "ев", "ен", "ан"];

/// Strips endings; forms of a word meet in one string, which is all that is asked of it.
fn stem(word: &str) -> String {
    if word.chars().count() <= 3 || !word.chars().any(|c| ('а'..='я').contains(&c)) {
        return word.to_owned();
    }
    let long = |stem: &&str| stem.chars().count() >= 3;
    let mut stem = match word.strip_suffix("ость") {
        Some(_) => &word[..word.len() - 'ь'.len_utf8()],
        None => ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(long)).unwrap_or(word),
    };
    // Participles and adjectives double the н.
    stem = if stem.ends_with("нн") { &stem[..stem.len() - 'н'.len_utf8()] } else { stem };
    let longer = |stem: &&str| stem.chars().count() >= 4;
    stem = SECOND.iter().find_map(|ending| stem.strip_suffix(ending).filter(longer)).unwrap_or(stem);
    while let Some(shorter) = stem.strip_suffix(['а', 'я', 'о', 'е', 'и', 'ы', 'у', 'ю', 'ь', 'й']).filter(longer)
    {
        stem = shorter;
    }
    // "уровень" has a vowel that "уровня" has not.
    let mut chars: Vec<char> = stem.chars().collect();
    let last = chars.len() - 1;
    if last >= 3 && "нкцлр".contains(chars[last]) && "ео".contains(chars[last - 1]) {
        chars.remove(last - 1);
    }
    chars.into_iter().collect()
}

/// The symbols of a place's name in each of its cases: names keep what a stem would lose ("Шанхай", "Шанхая").
pub(super) fn name_forms(name: &str) -> Vec<Vec<String>> {
    let words: Vec<String> = tokens(name).into_iter().filter(is_word).map(|token| token.lower).collect();
    let [word] = words.as_slice() else {
        return vec![words.iter().map(|word| exact(word)).collect()];
    };
    let cases: (&str, &[&str]) = if let Some(base) = word.strip_suffix('й') {
        (base, &["й", "я", "ю", "ем", "е"])
    } else if let Some(base) = word.strip_suffix('ь') {
        (base, &["ь", "я", "ю", "ем", "е", "и", "ью"])
    } else if let Some(base) = word.strip_suffix('а') {
        (base, &["а", "ы", "у", "ой", "е"])
    } else if word.ends_with(['и', 'э', 'о', 'у', 'е', 'я', 'ы', 'ю']) {
        (word, &[""])
    } else {
        (word, &["", "а", "у", "ом", "е"])
    };
    cases.1.iter().map(|ending| vec![exact(&format!("{}{ending}", cases.0))]).collect()
}

fn exact(lower: &str) -> String {
    format!("={lower}")
}

/// Whether a form stands before its noun as an adjective does.
fn is_adjective(word: &str) -> bool {
    let long = word.chars().count() > 4;
    let noun = [
        "ние", "ния", "нию", "нием", "ний", "тие", "тий", "тия", "ство", "ции", "ций", "рии", "гии", "гий", "ией",
        "дой",
    ];
    let ends = [
        "ый", "ой", "ий", "ая", "яя", "ое", "ее", "ые", "ие", "ого", "его", "ому", "ему", "ым", "им", "ую", "юю", "ых",
        "их", "ыми", "ими",
    ];
    long && ends.iter().any(|end| word.ends_with(end)) && !noun.iter().any(|end| word.ends_with(end))
}

/// The pieces of a question.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let tokens = tokens(text);
    let lexicon = lexicon::of(Language::Ru);
    let mut pieces: Vec<Piece> = Vec::new();
    // Whether the noun phrase so far ends in a noun, which a following one would modify.
    let mut noun = false;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = &tokens[at..];
        if let Some((taken, when)) = time(rest) {
            pieces.push(Piece::Time(when));
            at += taken;
            continue;
        }
        if !is_word(token) {
            if matches!(token.lower.as_str(), "," | ";" | "(" | ")" | ":" | "—") {
                pieces.push(Piece::Break);
                noun = false;
            }
            at += 1;
            continue;
        }
        let words: Vec<usize> = (0..rest.len())
            .take_while(|&i| is_word(&rest[i]) || rest[i].lower == "-")
            .filter(|&i| is_word(&rest[i]))
            .take(10)
            .collect();
        let by_name: Vec<String> = words.iter().map(|&i| exact(&rest[i].lower)).collect();
        let by_name = lexicon.match_words(by_name.iter().map(String::as_str));
        let by_stem = lexicon.match_words(words.iter().map(|&i| rest[i].stem.as_str()));
        let longer = match (by_stem, by_name) {
            (Some(stem), Some(name)) if stem.0 > name.0 => Some(stem),
            (stem, name) => name.or(stem),
        };
        let Some((taken, concept)) = longer else {
            if token.lower.starts_with(|c: char| c.is_ascii_digit()) {
                pieces.push(Piece::Literal(numerals::folded(&token.lower)));
            } else if token.raw.is_ascii() {
                pieces.push(Piece::Literal(token.raw.clone()));
            } else {
                pieces.push(Piece::Unknown(token.raw.clone()));
            }
            at += 1;
            continue;
        };
        let end = words[taken - 1] + 1;
        let source = rest[..end].iter().map(|t| t.raw.as_str()).collect::<Vec<_>>().join(" ");
        let last = &rest[end - 1].lower;
        match Piece::of(source, concept) {
            Some(piece @ Piece::Term { class: Class::Noun(_), .. }) => {
                let adjective = taken == 1 && is_adjective(last);
                if noun {
                    pieces.push(Piece::Link);
                }
                pieces.push(piece);
                noun = !adjective;
            }
            Some(Piece::Term { class: Class::Province(_) | Class::City, targets, source }) => {
                // "провинции Шэньси (Сиань)": the capital says which province.
                let capital =
                    at > 0 && tokens[at - 1].lower == "(" && tokens.get(at + end).is_some_and(|t| t.lower == ")");
                if !capital || !matches!(concept.class, Class::City) {
                    pieces.push(Piece::Term { class: concept.class, targets, source });
                }
            }
            // A preposition belongs to the noun phrase before it or begins another; the link that a noun brings is enough.
            Some(Piece::Link) | None => {}
            Some(Piece::And) => {
                pieces.push(Piece::And);
                noun = false;
            }
            Some(piece) => {
                pieces.push(piece);
                noun = false;
            }
        }
        at += end;
    }
    english::units(pieces)
}

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
fn time(tokens: &[Token]) -> Option<(usize, String)> {
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
