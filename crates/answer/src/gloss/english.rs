//! Reads an English question.

use super::english_time as time;
use super::english_words::{Token, number_word, ordinal, tokens};
use super::lexicon::{self, Asked, Class, Concept, Lexicon};
use super::numerals;
use super::piece::Piece;
use super::{Language, han};

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
            // "grow in 1955 over 1954": growth is over the year before, and that is not asked about.
            let over = token.lower == "over" || at > 0 && tokens[at - 1].lower == "over";
            if !(over && pieces.iter().any(|piece| is_year_after(piece, &when))) {
                pieces.push(Piece::Time(when));
            }
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
                // "Shanxi province" is a name, "Chinese province" is not.
                if place && concept.target() != "全国" {
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
    threshold(level_change(text, units(pieces)))
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

/// Whether the piece is the year after this one.
fn is_year_after(piece: &Piece, when: &str) -> bool {
    let year = |time: &str| time.strip_suffix('年').and_then(|year| year.parse::<i32>().ok());
    matches!(piece, Piece::Time(time) if year(time).zip(year(when)).is_some_and(|(later, year)| later == year + 1))
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
            "congres" | "committe" | "conferenc" | "gam" | "worldskil" | "olympic" | "expo" | "festival" => Some("届"),
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

/// Words between "how many" and what is counted.
const MAGNITUDES: &[&str] =
    &["thousand", "million", "billion", "trillion", "тысяч", "миллионов", "миллиардов", "млн", "млрд"];

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
            // "how many million tourists": the tourists are asked for.
            (Piece::Unknown(word), Some(Piece::Ask(Asked::Many, _))) if MAGNITUDES.contains(&word.as_str()) => {}
            // "by how many kilometres": what has a unit is no rate.
            (Piece::Term { targets, class: Class::Unit, .. }, Some(Piece::Ask(asked @ Asked::Rate, unit)))
                if targets.first().is_some_and(|target| !matches!(target.as_str(), "%" | "个百分点" | "倍")) =>
            {
                *asked = Asked::Many;
                unit.extend(targets.first().map(String::as_str));
            }
            (piece, _) => joined.push(piece),
        }
    }
    joined
}

/// "By how much did it fall from 2023 to 2024" asks for a difference of two values, not for a rate.
fn level_change(text: &str, mut pieces: Vec<Piece>) -> Vec<Piece> {
    let text = text.to_lowercase();
    let by_how_much = text.contains("by how much");
    // "To how much did it rise" asks for the level, "How much did it set aside" for a sum: neither for a rate.
    let to_level = ["to how much", "to how many", "to what"].iter().any(|words| text.contains(words));
    for piece in pieces.iter_mut().filter(|_| to_level) {
        if let Piece::Term { targets, class: Class::After, .. } = piece
            && let Some(first) = targets.first_mut()
            && let Some((_, level)) = LEVELS.iter().find(|(change, _)| first == change)
        {
            *first = (*level).to_owned();
        }
    }
    let between = pieces.iter().any(|piece| matches!(piece, Piece::Time(time) if time.contains('到')));
    let changes = pieces.iter().any(|piece| matches!(piece, Piece::Term { class: Class::After, .. }));
    // What is cut of costs, taxes or burdens is money.
    let named = |piece: &Piece, words: &[&str], action: bool| {
        matches!(piece, Piece::Term { targets, class, .. }
            if (*class == Class::Before) == action
                && targets.first().is_some_and(|target| words.iter().any(|word| target.ends_with(word))))
    };
    let money = pieces.iter().any(|piece| named(piece, &["压减", "减免"], true))
        && pieces.iter().any(|piece| named(piece, &["成本", "税费", "费用", "负担", "收费"], false));
    let no_rate = if by_how_much { between || money } else { !changes && text.contains("how much did") };
    for piece in pieces.iter_mut().filter(|_| no_rate) {
        if let Piece::Ask(asked @ Asked::Rate, words) = piece {
            (*asked, *words) = (Asked::Many, String::new());
        }
    }
    pieces
}

/// Changes, and what Chinese says for reaching a level by them.
const LEVELS: [(&str, &str); 3] = [("增长", "增加到"), ("提高", "提高到"), ("下降", "降至")];

/// "more than 300 coal mines" in a yes-or-no question: in Chinese the verb, the number and the counter follow the noun.
fn threshold(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let asks_value = pieces.iter().any(|piece| matches!(piece, Piece::Ask(asked, _) if *asked != Asked::YesNo));
    let is_verb = |piece: &Piece| {
        matches!(piece, Piece::Term { targets, class: Class::After, .. }
            if targets.first().is_some_and(|t| matches!(t.as_str(), "超过" | "达到" | "控制在")))
    };
    let at = pieces.windows(2).position(|pair| {
        is_verb(&pair[0])
            && matches!(&pair[1], Piece::Literal(number)
                if number.starts_with(|c: char| c.is_ascii_digit()) && !number.ends_with(['%', '年']))
    });
    let Some(at) = at.filter(|_| !asks_value) else { return pieces };
    let nouns = pieces[at + 2..].iter().take_while(|p| matches!(p, Piece::Term { class: Class::Noun(_), .. })).count();
    let end = at + 2 + nouns;
    let measure = pieces[at + 2..end].iter().rev().find_map(|piece| match piece {
        Piece::Term { class: Class::Noun(measure), .. } => *measure,
        _ => None,
    });
    let (Some(measure), Piece::Literal(number)) = (measure, pieces[at + 1].clone()) else { return pieces };
    if let Piece::Term { targets, .. } = &mut pieces[at]
        && let Some(verb) = targets.first_mut()
    {
        let word = if verb == "控制在" { "低于" } else { verb.as_str() };
        *targets = vec![format!("{word}{number}{measure}")];
    }
    pieces.remove(at + 1);
    pieces[at..end - 1].rotate_left(1);
    pieces
}
