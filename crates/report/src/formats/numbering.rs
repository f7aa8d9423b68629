//! Paragraphs that number themselves: how each level counts, and what the program shows before a paragraph.

use std::collections::HashMap;

/// Levels of a numbering; Word has nine, OpenDocument ten.
pub(crate) const LEVELS: usize = 10;

/// How a level counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Count {
    #[default]
    Arabic,
    /// 一, 二, 三.
    Han,
    /// ①, ②, ③.
    Circled,
    LowerLetter,
    UpperLetter,
    LowerRoman,
    UpperRoman,
    /// A bullet, or nothing: what it shows says nothing.
    Silent,
}

/// How a level counts and looks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Level {
    /// The first number.
    pub start: usize,
    pub count: Count,
    /// "%1、", "（%2）", "%1.%2": %n stands for the number of level n.
    pub text: String,
}

/// The numberings of a document, and how far each has counted.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    /// Of each kind of numbering its levels.
    pub kinds: HashMap<String, Vec<Level>>,
    /// The kind of a numbering; several numberings of a kind count on from each other.
    pub of: HashMap<String, String>,
    counts: HashMap<String, [usize; LEVELS]>,
}

impl Numbering {
    /// Begins a numbering again at its first number.
    pub fn restart(&mut self, numbering: &str) {
        if let Some(kind) = self.of.get(numbering) {
            self.counts.remove(kind);
        }
    }

    /// Counts one more paragraph of this numbering and level: what the program shows before it. Bullets and unknown
    /// numberings show nothing that says anything.
    pub fn next(&mut self, numbering: &str, level: usize) -> String {
        let level = level.min(LEVELS - 1);
        let Some(kind) = self.of.get(numbering) else { return String::new() };
        let Some(levels) = self.kinds.get(kind) else { return String::new() };
        let counts = self.counts.entry(kind.clone()).or_default();
        let start = |l: usize| levels.get(l).map_or(1, |l| l.start);
        counts[level] = if counts[level] == 0 { start(level) } else { counts[level].saturating_add(1) };
        counts[level + 1..].fill(0);
        let Some(own) = levels.get(level).filter(|l| l.count != Count::Silent) else {
            return String::new();
        };
        let mut label = own.text.clone();
        for (l, &count) in counts.iter().enumerate().take(level + 1) {
            let way = levels.get(l).map_or(Count::Arabic, |l| l.count);
            let count = if count == 0 { start(l) } else { count };
            label = label.replace(&format!("%{}", l + 1), &written(count, way));
        }
        label
    }
}

/// A number as it is written in a way of counting.
fn written(number: usize, way: Count) -> String {
    let letter = |first: u8| char::from(first + (number.saturating_sub(1) % 26) as u8).to_string();
    match way {
        Count::Han => han(number),
        Count::Circled if (1..=20).contains(&number) => {
            char::from_u32(0x2460 + number as u32 - 1).map_or_else(|| number.to_string(), String::from)
        }
        Count::LowerLetter if (1..=26).contains(&number) => letter(b'a'),
        Count::UpperLetter if (1..=26).contains(&number) => letter(b'A'),
        Count::UpperRoman if (1..=99).contains(&number) => roman(number),
        Count::LowerRoman if (1..=99).contains(&number) => roman(number).to_lowercase(),
        _ => number.to_string(),
    }
}

/// 1 to 99 in Chinese numerals; Arabic beyond.
fn han(count: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match count {
        1..=9 => DIGITS[count].to_owned(),
        10..=19 => format!("十{}", DIGITS[count - 10]),
        20..=99 => format!("{}十{}", DIGITS[count / 10], DIGITS[count % 10]),
        _ => count.to_string(),
    }
}

/// 1 to 99 in Roman numerals.
fn roman(number: usize) -> String {
    const TENS: [&str; 10] = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"];
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    format!("{}{}", TENS[number / 10 % 10], ONES[number % 10])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_count_by_themselves_and_begin_again_below_another() {
        let level = |count, text: &str| Level { start: 1, count, text: text.to_owned() };
        let mut numbering = Numbering::default();
        let levels = vec![level(Count::Han, "%1、"), level(Count::Han, "（%2）"), level(Count::Arabic, "%1.%3")];
        numbering.kinds.insert("a".to_owned(), levels);
        numbering.of.insert("1".to_owned(), "a".to_owned());
        let got: Vec<String> = [0, 1, 1, 2, 0, 1].iter().map(|&l| numbering.next("1", l)).collect();
        assert_eq!(got, ["一、", "（一）", "（二）", "一.1", "二、", "（一）"]);
        assert_eq!(numbering.next("9", 0), "");
    }

    #[test]
    fn numbers_are_written_in_each_way() {
        for (number, way, want) in [
            (10, Count::Han, "十"),
            (21, Count::Han, "二十一"),
            (3, Count::Circled, "③"),
            (2, Count::LowerLetter, "b"),
            (14, Count::UpperRoman, "XIV"),
            (120, Count::Han, "120"),
        ] {
            assert_eq!(written(number, way), want);
        }
    }
}
