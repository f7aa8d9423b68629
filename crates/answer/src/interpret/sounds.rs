//! How characters sound and look: what can be mistaken for what.

use std::collections::HashMap;

use pinyin::ToPinyin;

/// Characters that are mistaken for each other by their shape, or by a neighbouring key of a shape-based input method.
const LOOK_ALIKE: &[&str] = &[
    "口囗",
    "亿忆艺",
    "未末",
    "己已巳",
    "曰日",
    "土士",
    "人入",
    "准淮",
    "摸模",
    "才财",
    "折拆",
    "晴睛",
    "侯候",
    "拔拨",
    "治冶",
    "析折",
    "干千",
    "元无",
    "今令",
    "大太",
    "天夫",
    "拨拔",
    "复覆",
    "仓苍",
    "圆园",
    "清请",
    "抓爪",
    "由田",
    "免兔",
    "享亨",
    "徒徙",
    "幻幼",
    "崇祟",
    "间问",
    "斤斥",
    "斗科",
];

/// Second readings that are common in words; the dictionary's rare ones would make everything sound like everything.
const ALSO_READ: &[(char, &str)] = &[
    ('长', "zhang"),
    ('行', "hang"),
    ('重', "chong"),
    ('曾', "ceng"),
    ('曾', "zeng"),
    ('率', "lv"),
    ('率', "shuai"),
    ('种', "zhong"),
    ('调', "tiao"),
    ('调', "diao"),
    ('乐', "yue"),
    ('乐', "le"),
    ('降', "xiang"),
    ('省', "xing"),
    ('校', "jiao"),
    ('会', "kuai"),
    ('传', "zhuan"),
    ('藏', "zang"),
    ('藏', "cang"),
    ('朝', "zhao"),
    ('朝', "chao"),
    ('强', "jiang"),
    ('参', "shen"),
    ('系', "ji"),
    ('给', "ji"),
    ('数', "shu"),
    ('便', "pian"),
    ('单', "shan"),
    ('盛', "cheng"),
    ('石', "dan"),
    ('血', "xie"),
    ('车', "ju"),
    ('弹', "dan"),
    ('弹', "tan"),
    ('提', "di"),
    ('积', "ji"),
    ('企', "qi"),
    ('期', "qi"),
];

/// A toneless syllable with the pairs folded that speakers of many dialects do not tell apart.
type Sound = u32;

/// The readings of a character, exact and folded.
pub(super) fn sounds(c: char) -> Vec<(Sound, Sound)> {
    let main = c.to_pinyin().map(|reading| reading.plain());
    let also = ALSO_READ.iter().filter(|(other, _)| *other == c).map(|(_, reading)| *reading);
    let mut out: Vec<(Sound, Sound)> = main.into_iter().chain(also).map(|r| (code(r), code(&folded(r)))).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// zh, ch, sh like z, c, s; n like l; ang, eng, ing like an, en, in.
fn folded(syllable: &str) -> String {
    let mut text = syllable.to_string();
    for (from, to) in [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l")] {
        if text.starts_with(from) {
            text.replace_range(..from.len(), to);
            break;
        }
    }
    for (from, to) in [("ang", "an"), ("eng", "en"), ("ing", "in")] {
        if text.ends_with(from) {
            text.truncate(text.len() - from.len());
            text.push_str(to);
            break;
        }
    }
    text
}

/// A syllable as a number: at most six letters (and ü), five bits each.
fn code(syllable: &str) -> Sound {
    syllable.chars().fold(0, |code, c| (code << 5) | (u32::from(c) & 31))
}

/// Puts a character into an ordered list, once.
fn insert(list: &mut Vec<char>, c: char) {
    if let Err(at) = list.binary_search(&c) {
        list.insert(at, c);
    }
}

/// How a character can be mistaken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// It sounds nearly the same.
    Near,
    /// It sounds or looks the same.
    Same,
}

/// Which of the corpus's characters a character may stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Confusions {
    exact: HashMap<Sound, Vec<char>>,
    near: HashMap<Sound, Vec<char>>,
    known: Vec<char>,
}

impl Confusions {
    /// Of the characters that the corpus uses, in order.
    pub fn new(characters: &[char]) -> Self {
        let mut out = Self::default();
        characters.iter().for_each(|c| out.add(*c));
        out
    }

    /// Whether the corpus uses the character.
    pub fn knows(&self, c: char) -> bool {
        self.known.binary_search(&c).is_ok()
    }

    /// Adds a character that the corpus uses too.
    pub fn add(&mut self, c: char) {
        insert(&mut self.known, c);
        for (exact, near) in sounds(c) {
            insert(self.exact.entry(exact).or_default(), c);
            insert(self.near.entry(near).or_default(), c);
        }
    }

    /// What `c` may have been meant to be, without itself; the likelier kind first.
    pub fn of(&self, c: char) -> Vec<(char, Likeness)> {
        let mut out: Vec<(char, Likeness)> = Vec::new();
        let readings = sounds(c);
        let add = |other: char, likeness: Likeness, out: &mut Vec<(char, Likeness)>| {
            if other != c && !out.iter().any(|(seen, _)| *seen == other) {
                out.push((other, likeness));
            }
        };
        for group in LOOK_ALIKE.iter().filter(|group| group.contains(c)) {
            for other in group.chars().filter(|other| self.knows(*other)) {
                add(other, Likeness::Same, &mut out);
            }
        }
        for (exact, _) in &readings {
            for other in self.exact.get(exact).into_iter().flatten() {
                add(*other, Likeness::Same, &mut out);
            }
        }
        for (_, near) in &readings {
            for other in self.near.get(near).into_iter().flatten() {
                add(*other, Likeness::Near, &mut out);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sounds_or_looks_alike_is_found() {
        let confusions = Confusions::new(&['涨', '长', '里', '园', '口', '增', '年', '亩', '亿']);
        let of = |c| confusions.of(c).into_iter().map(|(c, _)| c).collect::<String>();
        assert_eq!(of('圆'), "园");
        assert_eq!(of('理'), "里");
        assert_eq!(of('囗'), "口");
        assert_eq!(of('曾'), "增");
        assert_eq!(of('忆'), "亿");
        assert!(of('涨').contains('长'));
        assert_eq!(of('天'), "");
    }
}
