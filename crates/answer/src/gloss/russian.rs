//! Reads a Russian question: endings stripped, a noun in the genitive modifies the one before it.

use super::lexicon::{self, Class};
use super::numerals;
use super::piece::Piece;
use super::russian_time::time;
use super::russian_words::{Token, exact, is_adjective, is_word, tokens};
use super::{Language, english};

/// "47-м чемпионате", "2-я сессия": the ordinal with the counter that Chinese gives to what follows.
fn ordinal(tokens: &[Token]) -> Option<(usize, String)> {
    let [number, hyphen, ending, ..] = tokens else { return None };
    let number: u32 = number.lower.parse().ok()?;
    let endings = ["й", "я", "е", "м", "х", "го", "му", "ю", "ми", "ый", "ий", "ой", "ая", "ое", "ом", "ую"];
    if hyphen.lower != "-" || number > 200 || !endings.contains(&ending.lower.as_str()) {
        return None;
    }
    let counter = tokens[3..].iter().take(4).find_map(|token| {
        if token.lower.starts_with("сесси") {
            return Some("次");
        }
        let held = ["съезд", "созыв", "чемпионат", "игр", "конференц", "форум", "олимпиад", "спартакиад", "экспо"];
        held.iter().any(|held| token.lower.starts_with(held)).then_some("届")
    });
    Some((3, format!("第{}{}", numerals::chinese(number), counter.unwrap_or(""))))
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
        if let Some((taken, text)) = ordinal(rest) {
            pieces.push(Piece::Literal(text));
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
