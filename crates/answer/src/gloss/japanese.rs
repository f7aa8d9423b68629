//! Reads a Japanese question: no spaces, so the longest known way at each place, particles between.

use super::han::{is_han, simplified};
use super::lexicon::{self, Asked, Class, Lexicon};
use super::numerals;
use super::piece::Piece;
use super::{Language, english};

/// The form that is matched, but for its Han characters: half-width, lower-case, without spaces.
pub(super) fn narrow(text: &str) -> String {
    text.chars().map(half_width).filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    }
}

/// The pieces of a question.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let chars: Vec<char> = simplified(&narrow(text)).chars().collect();
    let lexicon = lexicon::of(Language::Ja);
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        // A number of days is asked for with the word that also asks for a date.
        if rest.starts_with(&['何', '日']) && chars[..at].windows(2).any(|pair| pair == ['日', '数']) {
            pieces.push(Piece::Ask(Asked::Many, "天".to_owned()));
            at += 2;
            continue;
        }
        if let Some((taken, piece)) = time(rest).or_else(|| asked_count(rest, lexicon)) {
            pieces.push(piece);
            at += taken;
            continue;
        }
        if let Some((taken, text)) = ordinal(rest) {
            pieces.push(Piece::Literal(text));
            at += taken;
            continue;
        }
        if let Some((taken, concept)) = lexicon.match_chars(rest.iter().copied()) {
            let source: String = rest[..taken].iter().collect();
            let particle = matches!(source.as_str(), "は" | "が" | "を" | "に" | "で");
            match Piece::of(source, concept) {
                Some(piece) => pieces.push(piece),
                // A particle after a noun phrase ends it.
                None if particle => pieces.push(Piece::Break),
                None => {}
            }
            at += taken;
            continue;
        }
        if let Some((taken, piece)) = number(rest) {
            pieces.push(piece);
            at += taken;
            continue;
        }
        at += unmatched(rest, lexicon, &mut pieces);
    }
    english::units(pieces)
}

/// A run of one script that no table has: Han is Chinese enough, Latin may be a name, katakana is unknown.
fn unmatched(chars: &[char], lexicon: &Lexicon, pieces: &mut Vec<Piece>) -> usize {
    let first = chars[0];
    let kind = |c: char| match c {
        c if is_han(c) => 1,
        c if c.is_ascii_alphanumeric() => 2,
        '\u{30A1}'..='\u{30FC}' => 3,
        '\u{3041}'..='\u{3096}' => 4,
        _ => 0,
    };
    let run = kind(first);
    let mut end = 1;
    while let Some(&c) = chars.get(end) {
        if kind(c) != run || run == 0 || (run != 3 && lexicon.match_chars(chars[end..].iter().copied()).is_some()) {
            break;
        }
        end += 1;
    }
    let word: String = chars[..end].iter().collect();
    match run {
        1 => pieces.push(Piece::Term { source: word.clone(), targets: vec![word], class: Class::Noun(None) }),
        2 => pieces.push(Piece::Literal(word.to_uppercase())),
        3 => pieces.push(Piece::Unknown(word)),
        _ if matches!(first, '、' | ',' | '(' | ')' | '「' | '」' | ':') => pieces.push(Piece::Break),
        _ => {}
    }
    end
}

/// "第47回大会", "第2回会議", "第14期全人代" with the counter that Chinese has for it.
fn ordinal(chars: &[char]) -> Option<(usize, String)> {
    let (taken, number) = digits(chars.strip_prefix(&['第'])?)?;
    let number = number.parse().ok()?;
    let end = 1 + taken;
    let counter = match chars.get(end) {
        Some('回') if chars[end + 1..].starts_with(&['会', '议']) => "次",
        Some('回' | '届') => "届",
        Some('期') if chars[end..].iter().take(12).any(|c| *c == '代') => "届",
        _ => return None,
    };
    Some((end + 1, format!("第{}{counter}", numerals::chinese(number))))
}

fn digits(chars: &[char]) -> Option<(usize, String)> {
    let mut text = String::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next_digit = chars.get(at + 1).is_some_and(char::is_ascii_digit);
        match c {
            '0'..='9' => text.push(c),
            '.' if next_digit && !text.is_empty() => text.push(c),
            ',' if next_digit && !text.is_empty() => {}
            _ => break,
        }
        at += 1;
    }
    (!text.is_empty()).then_some((at, text))
}

/// Years with what follows them, five-year plans, months, days.
fn time(chars: &[char]) -> Option<(usize, Piece)> {
    let follows = |at: usize, word: &str| word.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    // "第13次五カ年計画(2016~2020年)期間"
    let start = usize::from(follows(0, "第"));
    let (taken, number) = digits(&chars[start..]).or_else(|| {
        let words: String = chars[start..].iter().take_while(|c| "一二三四五六七八九十".contains(**c)).collect();
        let number = (1..=19).find(|&n| numerals::chinese(n) == words)?;
        Some((words.chars().count(), number.to_string()))
    })?;
    let mut at = start + taken;
    for plan in [
        "次5か年计画",
        "次5ヵ年计画",
        "次5カ年计画",
        "次五か年计画",
        "次五ヵ年计画",
        "次五カ年计画",
        "次5ケ年计画",
        "次五年计画",
        "次5年计画",
        "次5个年计画",
        "次5箇年计画",
        "次五箇年计画",
        "五",
    ] {
        let plain = plan.replace("计画", "計画");
        let len = plan.chars().count();
        if (follows(at, plan) || follows(at, &plain) || follows(at, &plan.replace("计画", "计划")))
            && (plan != "五" || follows(at + 1, "期间"))
        {
            at += len;
            let when = numerals::five_year_plan(number.parse().ok()?)?;
            if follows(at, "(")
                && let Some(close) = chars[at..].iter().position(|&c| c == ')')
            {
                at += close + 1;
            }
            at += if follows(at, "期间") || follows(at, "时期") { 2 } else { 0 };
            return Some((at, Piece::Time(when)));
        }
    }
    if start == 0 && number.len() == 4 && matches!(&number[..2], "19" | "20") {
        let year: i32 = number.parse().ok()?;
        at += usize::from(follows(at, "年"));
        let joint = ["年から", "から", "~", "-", "–", "—", "〜"].into_iter().find(|joint| follows(at, joint));
        if let Some(joint) = joint
            && let Some((taken, to)) = digits(&chars[at + joint.chars().count()..])
            && to.len() == 4
        {
            let mut end = at + joint.chars().count() + taken;
            end += usize::from(follows(end, "年"));
            end += if follows(end, "まで") { 2 } else { 0 };
            return Some((end, Piece::Time(format!("{year}到{to}年"))));
        }
        for (tail, part) in [
            ("末まで", "年底"),
            ("年末まで", "年底"),
            ("末时点", "年底"),
            ("末", "年底"),
            ("底", "年底"),
            ("初め", "年初"),
            ("初", "年初"),
            ("上半期", "年上半年"),
            ("上半年", "年上半年"),
            ("下半期", "年下半年"),
            ("度", "年"),
            ("までに", "年"),
            ("まで", "年"),
            ("以来", "年以来"),
            ("以降", "年以来"),
        ] {
            if follows(at, tail) {
                let to = if tail.starts_with("まで") { "到" } else { "" };
                return Some((at + tail.chars().count(), Piece::Time(format!("{to}{year}{part}"))));
            }
        }
        let (month, end) = month(&chars[at..]).map_or((String::new(), at), |(taken, month)| (month, at + taken));
        return Some((end, Piece::Time(format!("{year}年{month}"))));
    }
    let (taken, month) = month(chars)?;
    Some((taken, Piece::Time(month)))
}

fn month(chars: &[char]) -> Option<(usize, String)> {
    let (taken, month) = digits(chars)?;
    if chars.get(taken) != Some(&'月') || month.parse::<u32>().is_ok_and(|m| !(1..=12).contains(&m)) {
        return None;
    }
    match digits(&chars[taken + 1..]) {
        Some((more, day)) if chars.get(taken + 1 + more) == Some(&'日') => {
            Some((taken + more + 2, format!("{month}月{day}日")))
        }
        _ => Some((taken + 1, format!("{month}月"))),
    }
}

/// "何億ドル", "何人", "何カ所": 何 and a unit, with a multiplier between.
fn asked_count(chars: &[char], lexicon: &Lexicon) -> Option<(usize, Piece)> {
    if chars.first() != Some(&'何') && chars.first() != Some(&'几') {
        return None;
    }
    if let Some((_, concept)) = lexicon.match_chars(chars.iter().copied())
        && matches!(concept.class, Class::Ask(asked) if asked != Asked::What)
    {
        return None;
    }
    let multipliers: String = chars[1..].iter().take_while(|c| "十百千万亿兆".contains(**c)).collect();
    let at = 1 + multipliers.chars().count();
    let (taken, unit) = match lexicon.match_chars(chars[at..].iter().copied()) {
        Some((taken, concept)) if concept.class == Class::Unit => (taken, concept.target()),
        _ if !multipliers.is_empty() => (0, ""),
        _ => return None,
    };
    Some((at + taken, Piece::Ask(Asked::Many, multipliers.replace('兆', "万亿") + unit)))
}

/// Other numbers, with what directly follows.
fn number(chars: &[char]) -> Option<(usize, Piece)> {
    // A name such as 5G or PM2.5 is no number.
    let (taken, text) = digits(chars)?;
    if chars.get(taken).is_some_and(char::is_ascii_alphabetic) {
        let end = taken + chars[taken..].iter().take_while(|c| c.is_ascii_alphanumeric()).count();
        return Some((end, Piece::Literal(chars[..end].iter().collect::<String>().to_uppercase())));
    }
    // "5年間" is a span of years, not "every year".
    if chars.get(taken) == Some(&'年')
        && chars.get(taken + 1).is_some_and(|c| matches!(c, '間' | '间'))
        && let Some(years) = text.parse().ok().filter(|years| (2..=20).contains(years))
    {
        return Some((taken + 2, Piece::Literal(format!("{}年", numerals::chinese(years)))));
    }
    Some((taken, Piece::Literal(text)))
}
