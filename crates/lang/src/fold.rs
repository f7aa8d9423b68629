//! Normal forms: what counts as the same character when words are compared; and a form that is safe to show.

use std::borrow::Cow;
use std::fmt::Write;

/// The matching form of a text: full-width letters, digits and signs to half-width, ideographic space to space,
/// zero-width characters and thousands separators dropped, ASCII letters in lower case.
///
/// Chinese sentence marks (，；：！？) stay as they are: they part clauses, and a comma between digits does not.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().filter(|&c| !is_zero_width(c)).map(half_width).peekable();
    let mut digits = 0;
    while let Some(c) = rest.next() {
        if c == ',' && digits > 0 && thousands_follow(&mut rest.clone()) {
            continue;
        }
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn thousands_follow(rest: &mut impl Iterator<Item = char>) -> bool {
    let three = (0..3).all(|_| rest.next().is_some_and(|c| c.is_ascii_digit()));
    three && !rest.next().is_some_and(|c| c.is_ascii_digit())
}

/// The half-width form of a character; Chinese sentence marks stay.
pub fn half_width(c: char) -> char {
    match c {
        '，' | '；' | '：' | '！' | '？' => c,
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Whether a character has no width and counts as nothing when words are compared: joiners, byte order marks,
/// direction marks, soft hyphens and variation selectors.
pub fn is_zero_width(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// One character in the form in which words are compared one by one, marks included: half width, lower case.
pub fn fold_char(c: char) -> char {
    match c {
        '，' => ',',
        '；' => ';',
        '：' => ':',
        '！' => '!',
        '？' => '?',
        _ => half_width(c).to_ascii_lowercase(),
    }
}

/// The text as it may be shown on a terminal or written to a log, on one line: characters that steer (escape sequences, line
/// breaks, marks of direction) are written out, `\u{1b}[31m` for one that would turn all red. Every name, title, question and
/// message that comes from outside is shown through this.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if steers(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a character is no mark on the paper but does something to what is shown: controls, line and paragraph
/// separators, marks of direction, tags, and what is attached to no letter of its own.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        for (text, want) in [
            ("2025年山西省政府工作报告.txt", "2025年山西省政府工作报告.txt"),
            ("a\u{1b}[31mb\u{7}", "a\\u{1b}[31mb\\u{7}"),
            ("x\r\ny\tz\u{7f}", "x\\r\\ny\\tz\\u{7f}"),
            ("\u{9b}31m\u{2028}", "\\u{9b}31m\\u{2028}"),
            ("gpj.\u{202e}txt\u{202c}\u{2066}", "gpj.\\u{202e}txt\\u{202c}\\u{2066}"),
        ] {
            assert_eq!(shown(text), want);
        }
    }

    #[test]
    fn folding_makes_widths_separators_and_invisible_characters_equal() {
        for (text, want) in [
            ("２０２５年", "2025年"),
            ("８．８％", "8.8%"),
            ("1,234,567元", "1234567元"),
            ("5G，3家", "5g，3家"),
            ("1,23", "1,23"),
            ("粮\u{200b}食", "粮食"),
            ("Ａ档", "a档"),
        ] {
            assert_eq!(fold(text), want, "{text}");
        }
    }

    #[test]
    fn one_character_keeps_its_place() {
        let folded: String = "５Ｇ，基站！".chars().map(fold_char).collect();
        assert_eq!(folded, "5g,基站!");
    }
}
