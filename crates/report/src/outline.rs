//! The outline: which paragraphs are headings, which begin with one, and how deep they stand.

use crate::layout::Paragraph;
pub use crate::show::render;

/// What a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    /// 一、 or 第一部分
    Part,
    /// （一）
    Section,
    /// 第一， 一是 1. （1） ① ——
    Item,
}

impl Marker {
    pub fn level(self) -> u8 {
        match self {
            Marker::Part => 1,
            Marker::Section => 2,
            Marker::Item => 3,
        }
    }
}

/// The marker that `text` begins with, and its length in characters.
pub(crate) fn marker(text: &str) -> Option<(Marker, usize)> {
    let chars: Vec<char> = text.chars().take(12).collect();
    let han = |c: char| matches!(c, '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百' | '零');
    let run = |from: usize| chars[from.min(chars.len())..].iter().take_while(|&&c| han(c)).count();
    let digits = |from: usize| chars[from.min(chars.len())..].iter().take_while(|c| c.is_ascii_digit()).count();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let n = run(0);
    if n > 0 && n <= 3 {
        match at(n) {
            // 二、三级子公司: numerals on both sides of the mark.
            '、' if !han(at(n + 1)) => return Some((Marker::Part, n + 1)),
            '是' | '要' => return Some((Marker::Item, n + 1)),
            _ => {}
        }
    }
    match at(0) {
        '第' => {
            let n = run(1);
            if n > 0 && at(1 + n) == '部' && at(2 + n) == '分' {
                return Some((Marker::Part, n + 3));
            }
            if n > 0 && matches!(at(1 + n), '，' | '、') {
                return Some((Marker::Item, n + 2));
            }
            // 第一章 总则, 第二节, 第二十一条; 第一条生产线 is none: a blank or the end follows a chapter, a blank an article.
            let digits = digits(1).max(n);
            let apart = matches!(at(2 + digits), ' ' | '\u{3000}' | '\0');
            match at(1 + digits) {
                '章' if digits > 0 => return Some((Marker::Part, digits + 2)),
                '节' if digits > 0 && apart => return Some((Marker::Section, digits + 2)),
                '条' if digits > 0 && apart => return Some((Marker::Item, digits + 2)),
                _ => {}
            }
        }
        '（' | '(' => {
            let n = run(1);
            if n > 0 && matches!(at(1 + n), '）' | ')') {
                return Some((Marker::Section, n + 2));
            }
            let n = digits(1);
            if (1..=2).contains(&n) && matches!(at(1 + n), '）' | ')') {
                return Some((Marker::Item, n + 2));
            }
        }
        '—' if at(1) == '—' && at(2) != '—' => return Some((Marker::Item, 2)),
        '①'..='⑳' => return Some((Marker::Item, 1)),
        _ => {}
    }
    let n = digits(0);
    if (1..=2).contains(&n) && matches!(at(n), '.' | '．' | '、') && !at(n + 1).is_ascii_digit() && at(n + 1) != '\0'
    {
        return Some((Marker::Item, n + 1));
    }
    None
}

/// How a paragraph stands in the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing but a heading of this level.
    Heading(u8),
    /// Text that begins with a heading of this level and of this many characters, its closing mark left out.
    RunIn { level: u8, chars: usize },
    /// Text.
    Body,
}

/// A heading is no longer than this many characters.
const LONGEST_HEADING: usize = 60;
/// A run-in head without a marker is no longer than this.
const LONGEST_RUN_IN: usize = 26;
/// A line without a marker that is a heading is no longer than this.
const LONGEST_PLAIN: usize = 32;

/// Words with which a sentence begins that only looks like a head.
const NO_HEAD: &[&str] = &[
    "各位代表",
    "同志们",
    "我们",
    "今年",
    "去年",
    "过去",
    "目前",
    "同时",
    "其中",
    "这",
    "现在",
    "一年来",
    "五年来",
    "对此",
    "当前",
    "总的看",
];

/// How `paragraph` stands in the outline.
pub(crate) fn role(paragraph: &Paragraph) -> Role {
    if paragraph.table.is_some() {
        return Role::Body;
    }
    let named = paragraph.heading.filter(|_| paragraph.chars.len() <= LONGEST_NAMED);
    if named == Some(0) {
        return Role::Body;
    }
    // The number that the program shows counts like one that is written.
    let label: Vec<char> = paragraph.label.chars().collect();
    let written: Vec<char> = paragraph.chars.iter().map(|s| s.c).collect();
    let whole: Vec<char> = label.iter().chain(&written).copied().collect();
    match role_of(&whole) {
        Role::Heading(level) => Role::Heading(level),
        // What a style calls a heading is one, whatever it looks like.
        _ if let Some(level) = named => Role::Heading(level.min(3)),
        Role::Body if !label.is_empty() && numbered_heading(&label, &written) => {
            Role::Heading(marker(&whole.iter().collect::<String>()).map_or(3, |(m, _)| m.level()))
        }
        Role::RunIn { level, chars } if chars > label.len() => Role::RunIn { level, chars: chars - label.len() },
        _ => Role::Body,
    }
}

/// A line that a style calls a heading is no longer than this, or the style is misused.
const LONGEST_NAMED: usize = 80;

/// Whether a paragraph that counts by itself is nothing but a heading: short, without an end.
fn numbered_heading(label: &[char], written: &[char]) -> bool {
    label.first() != Some(&'[')
        && written.len() <= LONGEST_PLAIN
        && plain_heading(&written.iter().collect::<String>())
        && !states_value(&written.iter().collect::<String>())
        && !written.iter().any(|c| matches!(c, '。' | '；' | '，'))
}

fn role_of(chars: &[char]) -> Role {
    let text: String = chars.iter().collect();
    let end = chars.iter().position(|c| matches!(c, '。' | '！' | '？'));
    let more_follows = end.is_some_and(|e| e + 1 < chars.len());
    if let Some((marker, _)) = marker(&text) {
        let head = end.unwrap_or(chars.len());
        // 1.什么人可以申请？ A question of a guide is the head of its answer.
        if !more_follows && text.ends_with(['？', '?']) && head <= LONGEST_HEADING {
            return Role::Heading(3);
        }
        if !more_follows {
            let is_heading = match marker {
                Marker::Part | Marker::Section => head <= LONGEST_HEADING && !text.contains('；'),
                // 第一，全国动员，大办农业: on a line of its own and without a closing mark.
                Marker::Item => {
                    end.is_none() && head <= 40 && text.starts_with('第') && !text.ends_with(['；', '：', '，'])
                }
            };
            return if is_heading && states_value(&text) {
                Role::RunIn { level: marker.level(), chars: head }
            } else if is_heading {
                Role::Heading(if marker == Marker::Item { 2 } else { marker.level() })
            } else {
                Role::Body
            };
        }
        if head <= LONGEST_HEADING {
            return Role::RunIn { level: marker.level(), chars: head };
        }
        // （二）聚焦甲，实施乙，…: a first sentence too long for a heading lends its first clause.
        let clause = chars.iter().position(|&c| c == '，').filter(|_| marker != Marker::Item);
        return match clause {
            Some(clause) if clause <= LONGEST_HEADING => Role::RunIn { level: marker.level(), chars: clause },
            _ => Role::Body,
        };
    }
    if asks(&text) && !more_follows && chars.len() <= LONGEST_HEADING {
        return Role::Heading(3);
    }
    match end {
        None if chars.len() <= LONGEST_PLAIN && plain_heading(&text) && !states_value(&text) => {
            Role::Heading(if crate::context::names_part(&text) { 1 } else { 3 })
        }
        Some(e) if more_follows && e <= LONGEST_RUN_IN && run_in(&chars[..e], chars[e]) => {
            Role::RunIn { level: 3, chars: e }
        }
        _ => Role::Body,
    }
}

/// Level in the outline of an item that stands in running text.
pub(crate) const ITEM_LEVEL: u8 = 4;
/// An item's name in the outline is no longer than this.
const LONGEST_ITEM: usize = 40;
/// So many items in a row make a list; fewer may be 一是 by chance.
const FEWEST_ITEMS: usize = 3;

/// The numbered items that stand in the running text of a paragraph (一是…；二是…。三是…), each with the characters that name
/// it and those that belong to it. A list begins with the first number and leaves none out.
pub(crate) fn items(chars: &[char]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut list = 0;
    for at in 0..chars.len() {
        let begins = at == 0 || matches!(chars[at - 1], '。' | '；' | ';' | '：' | ':' | '！' | '　' | ' ');
        let Some(number) = begins.then(|| ordinal(&chars[at..])).flatten() else { continue };
        if number == 1 {
            close(&mut items, list);
            list = items.len();
        } else if number != items.len() - list + 1 {
            continue;
        }
        if let Some(last) = items[list..].last_mut() {
            last.end = at;
        }
        let rest = &chars[at..];
        let mark = rest.iter().position(|c| matches!(c, '，' | '。' | '；' | '：')).unwrap_or(rest.len());
        let end = rest.iter().position(|c| matches!(c, '。' | '；')).map_or(rest.len(), |e| e + 1);
        items.push(Item { start: at, name: at + mark.min(LONGEST_ITEM), end: at + end });
    }
    close(&mut items, list);
    items
}

/// An item of a list in running text; offsets into its paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item {
    /// Where its number stands.
    pub start: usize,
    /// Where the words that name it end.
    pub name: usize,
    /// Where it ends.
    pub end: usize,
}

/// Drops the list that begins at `list` if it is none.
fn close(items: &mut Vec<Item>, list: usize) {
    if items.len() - list < FEWEST_ITEMS {
        items.truncate(list);
    }
}

/// The number of an item that begins here: 一是, 十二是, 三要, 第三，, 3. and （3）.
fn ordinal(chars: &[char]) -> Option<usize> {
    let text: String = chars.iter().take(12).collect();
    let (Marker::Item, length) = marker(&text)? else { return None };
    let number: String = chars[..length].iter().filter(|c| !"是要第，、.．（）()".contains(**c)).collect();
    wenbao_lang::numeral::number(&number).map(|n| n as usize)
}

/// Whether a line is the question of a pair: 问：…, Q1：….
fn asks(text: &str) -> bool {
    let mark = |word: &str| {
        text.strip_prefix(word)
            .is_some_and(|r| r.starts_with(['：', ':', '.', '、']) || r.starts_with(|c: char| c.is_ascii_digit()))
    };
    mark("问") || mark("Q") || mark("问题")
}

/// Whether a line states a value: what looks like a heading is text then, or nobody would find the value.
/// "（一）保障标准为每人每月900元。", "办结时限：20个工作日"
fn states_value(text: &str) -> bool {
    /// So many characters before the number the word stands that states it.
    const NEAR: usize = 8;
    if !text.contains(['为', '：', ':', '达']) {
        return false;
    }
    let chars: Vec<char> = text.chars().collect();
    crate::quantity::parse(text).iter().any(|q| {
        let before = &chars[q.range.start.saturating_sub(NEAR)..q.range.start];
        !q.unit.is_empty() && before.iter().any(|c| matches!(c, '为' | '：' | ':' | '达'))
    })
}

fn plain_heading(text: &str) -> bool {
    let first = text.chars().next().unwrap_or('\0');
    !text.ends_with(['：', '；', '，', '、', ':', ')', '）', '…'])
        && !first.is_ascii_digit() | crate::context::names_part(text)
        && text.chars().count() >= 3
}

fn run_in(head: &[char], mark: char) -> bool {
    let text: String = head.iter().collect();
    mark == '。'
        && head.len() >= 4
        && !NO_HEAD.iter().any(|w| text.starts_with(w))
        && !text.contains("我们")
        && !text.contains("各位代表")
        && !head.iter().any(|c| c.is_ascii_digit() || "壹贰叁肆伍陆柒捌玖".contains(*c))
        && head.iter().filter(|c| **c == '“').count() == head.iter().filter(|c| **c == '”').count()
        && head.iter().filter(|c| **c == '，').count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::paragraphs;

    #[test]
    fn markers_of_parts_sections_and_items() {
        for (text, want) in [
            ("一、工作回顾", Some((Marker::Part, 2))),
            ("十二、其他", Some((Marker::Part, 3))),
            ("（三）聚焦", Some((Marker::Section, 3))),
            ("第一，坚持", Some((Marker::Item, 3))),
            ("一是稳住", Some((Marker::Item, 2))),
            ("1.新建", Some((Marker::Item, 2))),
            ("1.5亿元", None),
            ("——经济", Some((Marker::Item, 2))),
            ("一批项目", None),
            ("二、三级子公司", None),
        ] {
            assert_eq!(marker(text), want, "{text}");
        }
    }

    #[test]
    fn items_in_running_text() {
        let names = |text: &str| -> Vec<String> {
            let chars: Vec<char> = text.chars().collect();
            items(&chars).iter().map(|i| chars[i.start..i.name].iter().collect()).collect()
        };
        assert_eq!(
            names("今年办好3件实事。一是新建食堂50个，方便老人。二是送戏下乡1万场；三是新建书房。用心办好。"),
            ["一是新建食堂50个", "二是送戏下乡1万场", "三是新建书房"]
        );
        assert_eq!(names("1.新建食堂。2.送戏下乡。3.新建书房。").len(), 3);
        assert!(names("一是稳住。二是向前。").is_empty(), "two are no list");
        assert!(names("一是稳住。三是向前。四是向上。").is_empty(), "one is missing");
        assert_eq!(names("一是甲。二是乙。三是丙。又一是甲；一是丁。二是戊。三是己。四是庚。").len(), 7);
    }

    #[test]
    fn roles_of_paragraphs() {
        for (text, want) in [
            ("一、2024年工作回顾", Role::Heading(1)),
            ("（一）着力稳定。加强指导，完成一批。", Role::RunIn { level: 2, chars: 7 }),
            ("激发潜能。开展行动，发放补贴。", Role::RunIn { level: 3, chars: 4 }),
            ("去年增长。今年要继续。", Role::Body),
            ("2024年工作回顾", Role::Heading(1)),
            ("经济发展稳中向好", Role::Heading(3)),
            ("第一，大办农业", Role::Heading(2)),
            ("各位代表：", Role::Body),
            ("1.什么人可以申请？", Role::Heading(3)),
            ("问：怎么办理？", Role::Heading(3)),
            ("第二章总则", Role::Heading(1)),
            ("（一）保障标准为每人每月900元。", Role::RunIn { level: 2, chars: 16 }),
            ("（二）成年人：个人缴费420元", Role::RunIn { level: 2, chars: 15 }),
            ("办结时限：20个工作日", Role::Body),
            ("（三）实施500个重大项目", Role::Heading(2)),
            ("第十二条 本办法自发布之日起施行。", Role::Body),
        ] {
            assert_eq!(role(&paragraphs(text, &[])[0]), want, "{text}");
        }
    }
}
