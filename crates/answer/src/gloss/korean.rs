//! Reads a Korean question: words carry particles and endings, compounds are written together or apart.

use super::lexicon::{self, Asked, Class, Lexicon};
use super::numerals;
use super::piece::Piece;
use super::{Language, english, han};

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{AC00}'..='\u{D7A3}')
}

/// The pieces of a question.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let text = text.to_lowercase();
    let text = which_shanxi(&text);
    let chars: Vec<char> = text.chars().collect();
    let lexicon = lexicon::of(Language::Ko);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let c = chars[at];
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        // A number of days is asked for with the word that also asks for a date.
        if rest.starts_with(&['며', '칠']) && chars[..at].windows(2).any(|pair| pair == ['일', '수']) {
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
        if c.is_ascii_digit() || c.is_ascii_alphabetic() {
            // A way may begin with Latin letters or digits: "5G 기지국", "1인당".
            if let Some((taken, piece)) = matched(rest, lexicon) {
                pieces.extend(piece);
                at += taken;
                continue;
            }
            let end = rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '.').count();
            pieces.push(Piece::Literal(rest[..end].iter().collect::<String>().to_uppercase()));
            at += end;
            continue;
        }
        let begins = at == 0 || !is_hangul(chars[at - 1]);
        match matched(rest, lexicon) {
            Some((taken, piece)) => {
                let source: String = rest[..taken].iter().collect();
                let ends = rest.get(taken).is_none_or(|&c| !is_hangul(c));
                match piece {
                    Some(piece) => pieces.push(piece),
                    // Subject, topic and object particles end a noun phrase.
                    None if ends
                        && !begins
                        && matches!(
                            source.as_str(),
                            "은" | "는" | "이" | "가" | "을" | "를" | "에" | "에서" | "에는"
                        ) =>
                    {
                        pieces.push(Piece::Break);
                    }
                    None => {}
                }
                at += taken;
            }
            None if is_hangul(c) => {
                // The rest of a word that no table has, up to something known.
                let mut end = 1;
                while rest.get(end).is_some_and(|&c| is_hangul(c)) && matched(&rest[end..], lexicon).is_none() {
                    end += 1;
                }
                // A syllable or two inside a word are an ending rather than a word of content.
                if begins && end >= 2 {
                    pieces.push(Piece::Unknown(rest[..end].iter().collect()));
                }
                at += end;
            }
            None if han::is_han(c) => {
                let end = rest.iter().take_while(|c| han::is_han(**c)).count();
                pieces.push(Piece::Literal(han::simplified(&rest[..end].iter().collect::<String>())));
                at += end;
            }
            None => {
                if matches!(c, ',' | '(' | ')' | ':' | '、' | '·') {
                    pieces.push(Piece::Break);
                }
                at += 1;
            }
        }
    }
    english::units(pieces)
}

/// 산시 is Shanxi as well as Shaanxi; the capital or the Sino-Korean reading beside it tells which.
fn which_shanxi(text: &str) -> String {
    let shaanxi = text.contains("시안") || text.contains("섬서") || text.contains("陕") || text.contains("陝");
    let text = if shaanxi { text.replace("산시", "섬서") } else { text.to_owned() };
    [
        "(시안)",
        "(타이위안)",
        "(성도: 시안)",
        "(성도 시안)",
        "(성도: 타이위안)",
        "(성도 타이위안)",
        "(섬서)",
        "(산서)",
        "(섬서성)",
        "(산서성)",
        "(陕西)",
        "(山西)",
        "(陝西)",
        "(陕西省)",
        "(山西省)",
        "(陝西省)",
    ]
    .iter()
    .fold(text, |text, gloss| text.replace(gloss, ""))
}

/// The longest way that begins the text; spaces inside it do not count. A way of one syllable must be a particle or a whole word.
fn matched(chars: &[char], lexicon: &Lexicon) -> Option<(usize, Option<Piece>)> {
    let solid: Vec<usize> = (0..chars.len()).take(40).filter(|&i| !chars[i].is_whitespace()).collect();
    let longest = |solid: &[usize]| lexicon.match_chars(solid.iter().map(|&i| chars[i]));
    let (mut taken, mut concept) = longest(&solid)?;
    // "성의 해양" has the particle 의, not 의해: what has no content does not reach into the next word.
    let word = (1..taken).find(|&i| solid[i] > solid[i - 1] + 1);
    if concept.class == Class::Stop
        && let Some((shorter, other)) = word.and_then(|word| longest(&solid[..word]))
    {
        (taken, concept) = (shorter, other);
    }
    let end = solid[taken - 1] + 1;
    if taken == 1 && !matches!(concept.class, Class::Stop | Class::Unit) {
        // One syllable of content is a word only with a particle or nothing after it.
        let next = chars.get(end).copied().unwrap_or(' ');
        if is_hangul(next) && !"은는이가을를의에로와과도만".contains(next) {
            return None;
        }
    }
    let source: String = chars[..end].iter().collect();
    Some((end, Piece::of(source, concept)))
}

/// "제47회", "제14기", "제2차" with the counter that Chinese has for it; five-year plans were read before.
fn ordinal(chars: &[char]) -> Option<(usize, String)> {
    let (taken, number) = digits(chars.strip_prefix(&['제'])?);
    let number = number.parse().ok()?;
    let end = chars[1 + taken..].iter().take_while(|c| c.is_whitespace()).count() + 1 + taken;
    let (counter, counted) = match chars.get(end) {
        Some('회' | '기' | '대') => ("届", 1),
        Some('차') => ("次", 1),
        _ => ("", 0),
    };
    let end = if counted > 0 { end + 1 } else { 1 + taken };
    Some((end, format!("第{}{counter}", numerals::chinese(number))))
}

fn digits(chars: &[char]) -> (usize, String) {
    let end = chars.iter().take_while(|c| c.is_ascii_digit() || **c == ',').count();
    (end, chars[..end].iter().filter(|c| c.is_ascii_digit()).collect())
}

/// Years with what follows them, five-year plans, months and days.
fn time(chars: &[char]) -> Option<(usize, Piece)> {
    // Positions without spaces, so that "2024년 말까지" and "2024년말까지" read alike.
    let solid: Vec<usize> = (0..chars.len()).take(40).filter(|&i| !chars[i].is_whitespace()).collect();
    let text: Vec<char> = solid.iter().map(|&i| chars[i]).collect();
    let end = |at: usize| if at == 0 { 0 } else { solid[at - 1] + 1 };
    let follows = |at: usize, word: &str| word.chars().enumerate().all(|(i, c)| text.get(at + i) == Some(&c));
    let start = usize::from(follows(0, "제"));
    let (taken, number) = digits(text.get(start..)?);
    if number.is_empty() {
        return None;
    }
    let mut at = start + taken;
    for plan in ["차5개년계획", "차5개년규획", "차오개년계획", "·5계획", "차경제사회발전5개년계획"]
    {
        if follows(at, plan) {
            at += plan.chars().count();
            let when = numerals::five_year_plan(number.parse().ok()?)?;
            if follows(at, "(")
                && let Some(close) = text[at..].iter().position(|&c| c == ')')
            {
                at += close + 1;
            }
            at += if follows(at, "기간") || follows(at, "시기") { 2 } else { 0 };
            return Some((end(at), Piece::Time(when)));
        }
    }
    if start == 0 && number.len() == 4 && matches!(&number[..2], "19" | "20") {
        at += usize::from(follows(at, "년"));
        let joint = ["부터", "에서", "~", "-", "–", "—"].into_iter().find(|joint| follows(at, joint));
        if let Some(joint) = joint {
            let from = at + joint.chars().count();
            let (taken, to) = digits(text.get(from..)?);
            if to.len() == 4 {
                at = from + taken;
                at += usize::from(follows(at, "년"));
                at += if follows(at, "까지") { 2 } else { 0 };
                return Some((end(at), Piece::Time(format!("{number}到{to}年"))));
            }
        }
        for (tail, part) in [
            ("말까지", "年底"),
            ("말기준", "年底"),
            ("말", "年底"),
            ("연말", "年底"),
            ("초", "年初"),
            ("상반기", "年上半年"),
            ("하반기", "年下半年"),
            ("까지", "年"),
            ("이후", "年以来"),
            ("이래", "年以来"),
            ("도", "年"),
        ] {
            let end_of_tail = at + tail.chars().count();
            // "2025년 도시" begins another word: only what is written together, or ends a word, belongs to the year.
            let apart = at > 0 && solid.get(at).is_some_and(|&i| i > solid[at - 1] + 1);
            let open = text.get(end_of_tail).is_some_and(|&c| is_hangul(c) && !"에의까기부는은".contains(c))
                && solid.get(end_of_tail).is_some_and(|&i| i == solid[end_of_tail - 1] + 1);
            if follows(at, tail) && !(apart && (open || tail == "도")) {
                let to = if tail.starts_with("까지") { "到" } else { "" };
                return Some((end(at + tail.chars().count()), Piece::Time(format!("{to}{number}{part}"))));
            }
        }
        let month = month(&text[at..]);
        let (taken, month) = month.unwrap_or((0, String::new()));
        return Some((end(at + taken), Piece::Time(format!("{number}年{month}"))));
    }
    let (taken, month) = month(&text)?;
    Some((end(taken), Piece::Time(month)))
}

fn month(text: &[char]) -> Option<(usize, String)> {
    let (taken, month) = digits(text);
    if text.get(taken) != Some(&'월') || !(1..=12).contains(&month.parse::<u32>().ok()?) {
        return None;
    }
    let (more, day) = digits(text.get(taken + 1..)?);
    if more > 0 && text.get(taken + 1 + more) == Some(&'일') {
        return Some((taken + more + 2, format!("{month}月{day}日")));
    }
    Some((taken + 1, format!("{month}月")))
}

/// "몇 채", "몇 억 달러": 몇 and a unit, with a multiplier between.
fn asked_count(chars: &[char], lexicon: &Lexicon) -> Option<(usize, Piece)> {
    if chars.first() != Some(&'몇') {
        return None;
    }
    let solid: Vec<usize> = (1..chars.len()).take(24).filter(|&i| !chars[i].is_whitespace()).collect();
    let letters: Vec<char> = solid.iter().map(|&i| chars[i]).collect();
    // A fixed question phrase such as 몇 년도 goes first, unless the unit is longer: "몇 위안" is no rank.
    let fixed = match lexicon.match_chars(std::iter::once('몇').chain(letters.iter().copied())) {
        Some((taken, concept)) if taken > 1 && matches!(concept.class, Class::Ask(_)) => taken,
        _ => 0,
    };
    let multipliers: String = letters.iter().take_while(|c| "십백천만억조".contains(**c)).collect();
    let at = multipliers.chars().count();
    // "몇 개 조성" counts by 개: only the word after 몇 is the unit, though "개조" is a word too.
    let apart = |i: usize| i > at && solid[i] > solid[i - 1] + 1;
    let word = (at..letters.len()).find(|&i| apart(i)).unwrap_or(letters.len());
    let unit = |letters: &[char]| {
        let (taken, concept) = lexicon.match_chars(letters.iter().copied())?;
        (concept.class == Class::Unit).then(|| (taken, concept.target()))
    };
    let (taken, unit) = match unit(&letters[at..]).or_else(|| unit(&letters[at..word])) {
        Some(found) => found,
        _ if at > 0 => (0, ""),
        _ => return None,
    };
    if fixed > at + taken {
        return None;
    }
    let chinese: String = multipliers
        .chars()
        .map(|c| match c {
            '십' => "十",
            '백' => "百",
            '천' => "千",
            '만' => "万",
            '억' => "亿",
            _ => "万亿",
        })
        .collect();
    let end = solid.get((at + taken).checked_sub(1)?)? + 1;
    Some((end, Piece::Ask(Asked::Many, chinese + unit)))
}
