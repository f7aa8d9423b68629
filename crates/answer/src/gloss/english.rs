//! Reads an English question.

use super::lexicon::{self, Asked, Class, Concept, Lexicon};
use super::numerals;
use super::piece::Piece;
use super::time;
use super::{Language, han};

/// A word, a number or a mark.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// As written, without a possessive 's.
    pub raw: String,
    /// In lower case.
    pub lower: String,
    /// Its stem; the mark itself for marks.
    pub stem: String,
    /// How names of places are looked up: a name has no stem.
    pub exact: String,
    /// Whether it is digits, with or without a decimal point.
    pub number: bool,
}

impl Token {
    fn new(raw: &str) -> Self {
        let lower = raw.to_lowercase();
        let number =
            lower.starts_with(|c: char| c.is_ascii_digit()) && lower.chars().all(|c| c.is_ascii_digit() || c == '.');
        let stem = if number { lower.clone() } else { stem(&lower) };
        Self { raw: raw.to_owned(), exact: exact(&lower), lower, stem, number }
    }

    /// A year that reports speak of.
    pub fn year(&self) -> Option<i32> {
        let year: i32 = self.lower.parse().ok()?;
        (self.number && self.lower.len() == 4 && (1900..2100).contains(&year)).then_some(year)
    }

    fn is_word(&self) -> bool {
        self.lower.starts_with(char::is_alphanumeric)
    }
}

/// Marks that the reader looks at.
const MARKS: &str = ",;:()-–—~/%&?$€";

/// Cuts a text into words, numbers and marks; articles are dropped.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text: String =
        text.replace(['’', '‘', '`'], "'").replace("s' ", "s ").replace("R&D", "rd").replace("r&d", "rd");
    let chars: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let start = at;
        if c.is_ascii_digit() {
            // A comma between groups of three digits belongs to the number, a point before a digit too.
            let mut word = String::new();
            while let Some(&c) = chars.get(at) {
                let digits = |range: std::ops::Range<usize>| {
                    chars.get(range).is_some_and(|group| group.iter().all(char::is_ascii_digit))
                };
                match c {
                    _ if c.is_alphanumeric() => word.push(c),
                    '.' if digits(at + 1..at + 2) => word.push(c),
                    ',' if digits(at + 1..at + 4) && !digits(at + 4..at + 5) => {}
                    _ => break,
                }
                at += 1;
            }
            tokens.push(Token::new(&word));
        } else if han::is_han(c) {
            while chars.get(at).is_some_and(|&c| han::is_han(c)) {
                at += 1;
            }
            tokens.push(Token::new(&chars[start..at].iter().collect::<String>()));
        } else if c.is_alphabetic() {
            let mut word = String::new();
            while let Some(&c) = chars.get(at) {
                match c {
                    _ if c.is_alphanumeric() && !han::is_han(c) => word.push(c),
                    // "PM2.5", "U.S.", "people's"
                    '.' if chars.get(at + 1).is_some_and(|next| next.is_alphanumeric()) => {
                        if chars.get(at + 1).is_some_and(char::is_ascii_digit) {
                            word.push(c);
                        }
                    }
                    '\'' if matches!(chars.get(at + 1), Some('s'))
                        && !chars.get(at + 2).is_some_and(|c| c.is_alphanumeric()) =>
                    {
                        at += 2;
                        break;
                    }
                    '\'' => {}
                    _ => break,
                }
                at += 1;
            }
            // "A-share" has no article.
            let article = matches!(word.to_lowercase().as_str(), "the" | "a" | "an") && chars.get(at) != Some(&'-');
            if !article {
                tokens.push(Token::new(&word));
            }
        } else {
            at += 1;
            if MARKS.contains(c) {
                tokens.push(Token::new(&c.to_string()));
            }
        }
    }
    tokens
}

/// Stems of the words of a phrase; hyphens and other marks do not count.
pub(super) fn stems(phrase: &str) -> Vec<String> {
    tokens(phrase).into_iter().filter(Token::is_word).map(|token| token.stem).collect()
}

/// The symbols of a place's name, which has no plural and no participle ("Xi'an" is not "Xianning").
pub(super) fn exact_words(name: &str) -> Vec<String> {
    tokens(name).into_iter().filter(Token::is_word).map(|token| token.exact).collect()
}

fn exact(lower: &str) -> String {
    format!("={lower}")
}

/// Strips what plurals, gerunds and participles add. It only has to send the forms of a word to one string, not to a word;
/// it keeps apart what reports keep apart ("product", "production").
fn stem(word: &str) -> String {
    let mut stem = match word {
        "men" => "man".to_owned(),
        "women" => "woman".to_owned(),
        "people" | "persons" => "person".to_owned(),
        "children" => "child".to_owned(),
        "built" => "build".to_owned(),
        "rebuilt" => "rebuild".to_owned(),
        "rose" | "risen" => "rise".to_owned(),
        "grew" | "grown" => "grow".to_owned(),
        "fell" | "fallen" => "fall".to_owned(),
        "spent" => "spend".to_owned(),
        "held" => "hold".to_owned(),
        "sent" => "send".to_owned(),
        "went" | "gone" => "go".to_owned(),
        "gave" | "given" => "give".to_owned(),
        "made" => "make".to_owned(),
        "broke" | "broken" => "break".to_owned(),
        "paid" => "pay".to_owned(),
        "won" => "win".to_owned(),
        "began" | "begun" => "begin".to_owned(),
        "took" | "taken" => "take".to_owned(),
        "sold" => "sell".to_owned(),
        "bought" => "buy".to_owned(),
        "brought" => "bring".to_owned(),
        "kept" => "keep".to_owned(),
        "lost" => "lose".to_owned(),
        "met" => "meet".to_owned(),
        "saw" | "seen" => "see".to_owned(),
        "became" => "become".to_owned(),
        "shrank" | "shrunk" => "shrink".to_owned(),
        "meetings" => return "meeting".to_owned(),
        "buildings" => return "building".to_owned(),
        "meeting" | "building" | "opening" | "housing" | "listing" | "shipping" | "projected" => {
            return word.to_owned();
        }
        "news" | "gas" | "bus" | "as" | "its" | "this" | "is" | "was" | "has" | "does" | "us" => {
            return word.to_owned();
        }
        _ => word.to_owned(),
    };
    let vowel = |s: &str| s.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    if stem.len() > 4 && stem.ends_with("ies") {
        stem.truncate(stem.len() - 3);
        stem.push('y');
    } else if stem.len() > 4 && ["sses", "xes", "ches", "shes", "zes"].iter().any(|end| stem.ends_with(end)) {
        stem.truncate(stem.len() - 2);
    } else if stem.len() > 3 && stem.ends_with('s') && !["ss", "us", "is"].iter().any(|end| stem.ends_with(end)) {
        stem.pop();
    }
    for end in ["ing", "ed"] {
        if stem.ends_with(end)
            && !stem.ends_with("eed")
            && stem.len() >= end.len() + 3
            && vowel(&stem[..stem.len() - end.len()])
        {
            stem.truncate(stem.len() - end.len());
            break;
        }
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    let mut last = stem.chars().rev();
    if stem.len() > 3
        && let (Some(a), Some(b)) = (last.next(), last.next())
        && a == b
        && a.is_ascii_alphabetic()
    {
        stem.pop();
    }
    // "modernise" and "modernize", "labour" and "labor", "centre" and "center" are the same words.
    stem.replace("isation", "ization").replace("our", "or").replace("programm", "program").replace("centr", "center")
}

/// Number words up to twelve and the tens.
pub(super) fn number_word(word: &str) -> Option<u32> {
    const WORDS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let index = |list: &[&str]| list.iter().position(|&known| known == word);
    let number = index(&WORDS).or_else(|| index(&TENS).map(|at| (at + 2) * 10))?;
    u32::try_from(number).ok()
}

/// "14th", "second".
pub(super) fn ordinal(word: &str) -> Option<u32> {
    const WORDS: [&str; 20] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ];
    if let Some(at) = WORDS.iter().position(|&known| known == word) {
        return u32::try_from(at + 1).ok();
    }
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end))?;
    digits.parse().ok()
}

/// The pieces of a question.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let tokens = drop_capitals(tokens(text));
    let lexicon = lexicon::of(Language::En);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = &tokens[at..];
        if let Some((taken, when)) = time::read(rest) {
            drop_links(&mut pieces);
            pieces.push(Piece::Time(when));
            at += taken;
            continue;
        }
        if token.lower == "," && begins_aside(rest) && pieces.iter().any(|piece| matches!(piece, Piece::Ask(..))) {
            break;
        }
        if !token.is_word() {
            pieces.extend(mark(token, &pieces));
            at += 1;
            continue;
        }
        if let Some((taken, piece)) = directed_province(rest) {
            pieces.extend(piece);
            at += taken;
            continue;
        }
        if let Some((taken, piece)) = number(rest) {
            pieces.push(piece);
            at += taken;
            continue;
        }
        // Marks inside a phrase do not count: "high-speed rail", "by the end of 2024 (year-end)".
        let words: Vec<usize> = (0..rest.len())
            .take_while(|&i| rest[i].is_word() || rest[i].lower == "-")
            .filter(|&i| rest[i].is_word())
            .take(12)
            .collect();
        match look_up(lexicon, rest, &words) {
            Some((taken, concept)) => {
                let end = words[taken - 1] + 1;
                let source = rest[..end].iter().map(|t| t.raw.as_str()).collect::<Vec<_>>().join(" ");
                let place = matches!(concept.class, Class::Province(_) | Class::City);
                if place {
                    drop_links(&mut pieces);
                }
                pieces.extend(relative(Piece::of(source, concept), &pieces));
                at += end;
                if place {
                    at += suffix(
                        &tokens[at..],
                        &["province", "provincial", "municipality", "municipal", "city", "region"],
                    );
                }
            }
            None => {
                pieces.push(unmatched(token));
                at += 1;
            }
        }
    }
    units(pieces)
}

/// ", after five years of growth" at the end of a question tells a circumstance, not what is asked.
fn begins_aside(tokens: &[Token]) -> bool {
    const WORDS: [&str; 9] = ["after", "following", "despite", "amid", "up", "down", "thanks", "according", "as"];
    tokens.get(1).is_some_and(|token| WORDS.contains(&token.lower.as_str()))
        && !tokens.iter().any(|token| matches!(token.lower.as_str(), "what" | "how" | "which" | "who" | "when"))
}

/// The longer of what the stems and what the exact words begin with.
fn look_up<'a>(lexicon: &'a Lexicon, tokens: &[Token], words: &[usize]) -> Option<(usize, &'a Concept)> {
    let by_stem = lexicon.match_words(words.iter().map(|&i| tokens[i].stem.as_str()));
    let by_name = lexicon.match_words(words.iter().map(|&i| tokens[i].exact.as_str()));
    match (by_stem, by_name) {
        (Some(stem), Some(name)) => Some(if name.0 >= stem.0 { name } else { stem }),
        (stem, name) => stem.or(name),
    }
}

fn suffix(tokens: &[Token], words: &[&str]) -> usize {
    usize::from(tokens.first().is_some_and(|token| words.contains(&token.lower.as_str())))
}

/// Prepositions before a time or a place lead to nothing once that went to the front.
fn drop_links(pieces: &mut Vec<Piece>) {
    while pieces.last() == Some(&Piece::Link) {
        pieces.pop();
    }
}

/// "Shaanxi Province (capital: Xi'an)" names the city to say which province, not to ask about it.
fn drop_capitals(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.lower == "("
            && let Some(end) = tokens[at..].iter().position(|t| t.lower == ")")
            && tokens[at..at + end].iter().any(|t| t.lower == "capital")
        {
            at += end + 1;
            continue;
        }
        kept.push(token.clone());
        at += 1;
    }
    kept
}

fn mark(token: &Token, before: &[Piece]) -> Option<Piece> {
    match token.lower.as_str() {
        "&" => Some(Piece::And),
        // In "coal, oil and gas" the comma lists; between clauses it separates. A list needs no break, and none hurts much.
        "," if matches!(before.last(), Some(Piece::Term { class: Class::Noun(_), .. })) => Some(Piece::And),
        "," | ";" | "(" | ")" | ":" | "—" => Some(Piece::Break),
        _ => None,
    }
}

/// "northern Shanxi" is 晋北.
fn directed_province(tokens: &[Token]) -> Option<(usize, [Piece; 2])> {
    let side = match tokens.first()?.lower.as_str() {
        "northern" | "north" => "北",
        "southern" | "south" => "南",
        "eastern" | "east" => "东",
        "western" | "west" => "西",
        "central" => "中",
        _ => return None,
    };
    let words = tokens[1..].iter().take(3).map(|token| token.exact.as_str());
    let (taken, concept) = lexicon::of(Language::En).match_words(words)?;
    let Class::Province(Some(short)) = concept.class else { return None };
    let source = tokens[..=taken].iter().map(|t| t.raw.as_str()).collect::<Vec<_>>().join(" ");
    let province = Piece::of(tokens[1].raw.clone(), concept)?;
    Some((1 + taken, [province, Piece::noun(source, format!("{short}{side}"))]))
}

/// Numbers, ordinals and what they count.
fn number(tokens: &[Token]) -> Option<(usize, Piece)> {
    let token = tokens.first()?;
    let skip = |from: usize| from + tokens.get(from).map_or(0, |t| usize::from(t.lower == "-"));
    let next = |from: usize| tokens.get(from).map_or("", |t| t.stem.as_str());
    if let Some(ordinal) = ordinal(&token.lower) {
        // A session and a congress have their own counters, and a lexicon entry may begin with an ordinal ("second-hand").
        if begins_entry(tokens) {
            return None;
        }
        let counter = tokens[1..].iter().take(4).find_map(|t| match t.stem.as_str() {
            "session" => Some("次"),
            "congres" | "committe" | "conferenc" => Some("届"),
            _ => None,
        });
        if ordinal == 1 && counter.is_none() {
            let targets = vec!["首个".to_owned(), "第一".to_owned()];
            return Some((1, Piece::Term { source: token.raw.clone(), targets, class: Class::Noun(None) }));
        }
        let text = format!("第{}{}", numerals::chinese(ordinal), counter.unwrap_or(""));
        return Some((1, Piece::Literal(text)));
    }
    let (mut text, small) = match number_word(&token.lower) {
        Some(number) if !begins_entry(tokens) => (number.to_string(), Some(number)),
        None if token.number => (token.lower.clone(), token.lower.parse().ok()),
        _ => return None,
    };
    let mut taken = 1;
    let places = match next(1) {
        "hundred" => 2,
        "thousand" => 3,
        "million" => 6,
        "billion" => 9,
        "trillion" => 12,
        _ => 0,
    };
    if places > 0 {
        text = numerals::folded(&numerals::shift(&text, places)?);
        taken = 2;
    } else {
        text = numerals::folded(&text);
    }
    if next(taken) == "%" || next(taken) == "percent" {
        return Some((taken + 1, Piece::Literal(text + "%")));
    }
    let at = skip(taken);
    if next(at) == "year" && next(at + 1) != "old" {
        let text = match small {
            Some(2) => "两".to_owned(),
            Some(small @ 1..=10) => numerals::chinese(small),
            _ => text,
        };
        return Some((at + 1, Piece::Literal(text + "年")));
    }
    if let Some(small @ 1..=10) = small
        && places == 0
        && token.number == (small > 20)
    {
        text = if small == 2 { "两".to_owned() } else { numerals::chinese(small) };
    }
    Some((taken, Piece::Literal(text)))
}

fn begins_entry(tokens: &[Token]) -> bool {
    let words = tokens.iter().filter(|token| token.is_word()).take(5);
    lexicon::of(Language::En).match_words(words.map(|token| token.stem.as_str())).is_some()
}

/// "which" after a noun begins a clause, it does not ask.
fn relative(piece: Option<Piece>, before: &[Piece]) -> Option<Piece> {
    match (&piece, before.last()) {
        (Some(Piece::Ask(Asked::Which | Asked::Fixed, _)), Some(Piece::Term { class: Class::Noun(_), .. }))
            if before.iter().any(|piece| matches!(piece, Piece::Ask(..))) =>
        {
            Some(Piece::Break)
        }
        _ => piece,
    }
}

/// A word that no table has: a name like "5G" stays, any other word is unknown.
fn unmatched(token: &Token) -> Piece {
    let letters = token.raw.chars().filter(|c| c.is_alphabetic()).count();
    let name = token.raw.chars().any(|c| c.is_ascii_digit())
        || letters >= 2 && token.raw.chars().filter(|c| c.is_uppercase()).count() == letters
        || token.raw.chars().any(han::is_han);
    if name { Piece::Literal(token.raw.clone()) } else { Piece::Unknown(token.raw.clone()) }
}

/// Joins "how many" with the unit that follows it; a unit elsewhere is a word of the topic.
pub(super) fn units(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (piece, joined.last_mut()) {
            (Piece::Term { targets, class: Class::Unit, source }, Some(Piece::Ask(Asked::Many, unit))) => {
                match targets.first() {
                    Some(target) => unit.push_str(target),
                    None => joined.push(Piece::Unknown(source)),
                }
            }
            (piece, _) => joined.push(piece),
        }
    }
    joined
}
