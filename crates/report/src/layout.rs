//! Lines to paragraphs: undoes hard wraps, drops stray spaces and what is furniture of the page, and keeps for every
//! character where it came from.

use wenbao_lang::fold::is_zero_width;
use wenbao_lang::han::is_han;

use crate::formats::{Extracted, Mark};

/// A character with its offset in the extracted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sourced {
    pub c: char,
    pub at: u32,
}

/// A paragraph of clean text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paragraph {
    pub chars: Vec<Sourced>,
    /// The level of a heading that the format names, 0 for the title.
    pub heading: Option<u8>,
    /// The number that the program shows before it and no character of the file holds.
    pub label: String,
    /// The table that stands here instead of words.
    pub table: Option<usize>,
}

impl Paragraph {
    pub fn text(&self) -> String {
        self.chars.iter().map(|s| s.c).collect()
    }
}

/// A line of the extracted text: trimmed, without characters of no width.
#[derive(Debug)]
struct Line {
    chars: Vec<Sourced>,
    /// Display columns: a Han character takes two.
    width: usize,
    /// An empty line before it; one of nothing but zero-width characters is a scar of copying and no gap.
    gap_before: bool,
    scar_before: bool,
    /// Whether it begins with an indent of two Han characters or more.
    indented: bool,
    /// What the format says of it.
    mark: Option<Mark>,
    table: Option<usize>,
}

impl Line {
    fn first(&self) -> char {
        self.chars.first().map_or('\0', |s| s.c)
    }

    fn last(&self) -> char {
        self.chars.last().map_or('\0', |s| s.c)
    }

    fn text(&self) -> String {
        self.chars.iter().map(|s| s.c).collect()
    }

    /// Whether it ends where a sentence may end.
    fn ends_sentence(&self) -> bool {
        ends_sentence(self.chars.iter().rev().map(|s| s.c))
    }

    fn holds_sentence_end(&self) -> bool {
        self.chars.iter().any(|s| matches!(s.c, '。' | '！' | '？' | '；'))
    }
}

pub(crate) fn ends_sentence(reversed: impl Iterator<Item = char>) -> bool {
    for c in reversed {
        match c {
            '”' | '’' | '"' | '）' | ')' | '」' | '』' => {}
            '。' | '！' | '？' | '：' | '；' | '!' | '?' | ':' | ';' | '…' => return true,
            _ => return false,
        }
    }
    false
}

/// The paragraphs of a text without any word of its format.
#[cfg(test)]
pub(crate) fn paragraphs(text: &str, page_starts: &[usize]) -> Vec<Paragraph> {
    of(&Extracted { text: text.to_owned(), pages: page_starts.to_vec(), ..Extracted::default() })
}

/// The paragraphs of an extracted text, tables in their places.
pub(crate) fn of(extracted: &Extracted) -> Vec<Paragraph> {
    let lines = lines(extracted);
    let full = full_lines(&lines, if extracted.whole { NARROWEST_OF_WHOLE } else { NARROWEST });
    // On pages an indent or a gap is what the eye sees a new paragraph by; in text files both come and go with copying.
    let paged = !extracted.pages.is_empty();
    let loose = paged || !extracted.whole && is_wrapped(&lines);
    let mut out: Vec<Paragraph> = Vec::new();
    let mut open: Option<(Vec<Sourced>, &Line)> = None;
    for (i, line) in lines.iter().enumerate() {
        let seen = paged && (line.gap_before || line.indented);
        let so_far = open.as_ref().map(|(chars, _)| chars.as_slice()).unwrap_or_default();
        let joins = i > 0 && !seen && joins(&lines[i - 1], line, full[i - 1], loose, so_far);
        match &mut open {
            Some((chars, _)) if joins => chars.extend(&line.chars),
            _ => {
                out.extend(open.take().map(|(chars, first)| paragraph(&chars, first)));
                open = Some((line.chars.clone(), line));
            }
        }
    }
    out.extend(open.map(|(chars, first)| paragraph(&chars, first)));
    out.retain(|p| !p.chars.is_empty() || p.table.is_some());
    out
}

fn lines(extracted: &Extracted) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut gap, mut scar) = (false, false);
    let mut at = 0u32;
    let mut marks = extracted.marks.iter().peekable();
    let mut tables = extracted.tables.iter().enumerate().peekable();
    for raw in extracted.text.split('\n') {
        let start = at as usize;
        let mut mark = None;
        while let Some(next) = marks.next_if(|m| m.at <= start) {
            mark = Some(next.clone());
        }
        while tables.next_if(|(_, t)| t.range.end <= start).is_some() {}
        let inside = tables.peek().filter(|(_, t)| t.range.contains(&start)).map(|(i, t)| (*i, t.range.start));
        if let Some((table, begins)) = inside {
            // The rows of a table are read from its cells: its first line holds its place.
            if begins == start {
                let chars = vec![Sourced { c: '\t', at }];
                lines.push(Line {
                    chars,
                    width: 0,
                    gap_before: true,
                    scar_before: false,
                    indented: false,
                    mark: None,
                    table: Some(table),
                });
            }
            at += raw.chars().count() as u32 + 1;
            continue;
        }
        let mut chars = Vec::new();
        let mut invisible = false;
        for c in raw.chars() {
            if is_zero_width(c) || (c.is_control() && c != '\t') {
                invisible |= is_zero_width(c);
            } else {
                chars.push(Sourced { c, at });
            }
            at += 1;
        }
        at += 1;
        while chars.last().is_some_and(|s| s.c.is_whitespace()) {
            chars.pop();
        }
        let blank = chars.iter().take_while(|s| s.c.is_whitespace()).count();
        let indent: usize = chars.drain(..blank).map(|s| if s.c.is_ascii() { 1 } else { 2 }).sum();
        if chars.is_empty() {
            gap = true;
            scar |= invisible;
            continue;
        }
        let width = chars.iter().map(|s| if s.c.is_ascii() { 1 } else { 2 }).sum();
        let indented = indent >= 4;
        lines.push(Line { chars, width, gap_before: gap, scar_before: scar, indented, mark, table: None });
        (gap, scar) = (false, false);
    }
    crate::furniture::drop_lines(&mut lines, &extracted.pages, |l| l.text(), |l| l.chars[0].at as usize);
    lines
}

/// Columns below which a line is a heading or a list item rather than a wrapped line.
const NARROWEST: usize = 24;
/// The same where the format says that lines are paragraphs: there it takes more to prove that they are not.
const NARROWEST_OF_WHOLE: usize = 40;

/// Whether the lines of a text are cut where they end and not where the sense does: of those long enough for a line of a
/// column, a good part ends in the middle of a sentence.
fn is_wrapped(lines: &[Line]) -> bool {
    const LONG: usize = 24;
    let long = lines.iter().filter(|l| l.width >= LONG).count();
    let broken = lines
        .iter()
        .filter(|l| l.width >= LONG && !l.ends_sentence() && l.chars.iter().any(|s| matches!(s.c, '，' | '、' | '。')))
        .count();
    broken >= 3 && broken * 5 > long
}

/// For each line whether it runs to the right margin of a hard-wrapped text.
///
/// The margin is looked for around the line, because one file may hold columns of several widths: it is the upper
/// quartile of the widths of the short lines near by, if most of those end in the middle of a sentence.
fn full_lines(lines: &[Line], narrowest: usize) -> Vec<bool> {
    const WINDOW: usize = 10;
    /// Columns beyond which no page of a report is wrapped.
    const WIDEST: usize = 100;
    (0..lines.len())
        .map(|i| {
            let near = &lines[i.saturating_sub(WINDOW)..(i + WINDOW + 1).min(lines.len())];
            let near: Vec<&Line> = near.iter().filter(|l| l.table.is_none()).collect();
            let mut widths: Vec<usize> = near.iter().filter(|l| l.width <= WIDEST).map(|l| l.width).collect();
            let broken = near.iter().filter(|l| l.width <= WIDEST && !l.ends_sentence()).count();
            if widths.len() < 5 || widths.len() * 3 < near.len() * 2 || broken * 2 < widths.len() {
                return false;
            }
            widths.sort_unstable();
            let margin = widths[widths.len() * 3 / 4];
            // One long line among headings is no margin; a column of text has several of a width.
            let at_margin = near
                .iter()
                .filter(|l| {
                    !l.ends_sentence() && l.width >= narrowest && l.width <= margin + 4 && l.width + 9 >= margin
                })
                .count();
            if at_margin < 4 {
                return false;
            }
            // A number or a quoted name that would not fit is carried over whole: up to four Han characters short.
            margin >= narrowest && lines[i].width + 9 >= margin && lines[i].width <= WIDEST
        })
        .collect()
}

/// Whether `next` goes on with the paragraph that `line` belongs to.
///
/// `loose`: the text is known to be cut by columns or pages, so that what only looks cut is taken as such.
fn joins(line: &Line, next: &Line, full: bool, loose: bool, paragraph: &[Sourced]) -> bool {
    if line.table.is_some() || next.table.is_some() {
        return false;
    }
    // What the format calls a heading or numbers by itself stands alone.
    if next.mark.is_some() || line.mark.as_ref().is_some_and(|m| m.heading.is_some()) {
        return false;
    }
    // In the middle of a sentence and of a column a marker is a chance of the wrap.
    let mid_sentence = full && !line.ends_sentence() && !next.gap_before && !next.indented;
    if starts_block(next) && !mid_sentence {
        return false;
    }
    let open = open_bracket(paragraph);
    if matches!(next.first(), '，' | '。' | '、' | '；' | '）' | '》' | '”' | '％' | '%' | '！' | '？')
        && !line.ends_sentence()
    {
        return true;
    }
    if open && !line.ends_sentence() {
        return true;
    }
    if line.ends_sentence() {
        // A full line that happens to end with a sentence: its paragraph most likely goes on, unless a gap says otherwise
        // where gaps are rare; joined or not, no sentence is harmed.
        return full && !next.gap_before && !ends_with_colon(line) && line.last() != '！';
    }
    // A heading on lines of its own: its second line, if it has one, is short.
    let marker = crate::outline::marker(&line.text()).map(|(m, _)| m.level());
    if full && marker.is_some_and(|level| level <= 2) && !line.holds_sentence_end() {
        let end = next.chars.iter().position(|s| matches!(s.c, '。' | '！'));
        return match end {
            Some(end) => end <= 12,
            None => next.width + 9 < line.width,
        };
    }
    if full || next.scar_before && line.chars.iter().any(|s| matches!(s.c, '，' | '、' | '。')) {
        return true;
    }
    if matches!(line.last(), '，' | '、' | '（' | '《' | '“' | '—') {
        return true;
    }
    // A long line without an end was cut by a column or a page; a short one is a heading.
    if loose && line.width > 90
        || loose && line.width > 50 && marker.is_none() && line.chars.iter().any(|s| s.c == '，')
        || loose && line.holds_sentence_end() && line.width > 30
    {
        return true;
    }
    // A subscript that stands on a line of its own (M2, PM2.5).
    let numeric = |l: &Line| l.chars.len() <= 4 && l.chars.iter().all(|s| s.c.is_ascii_digit() || s.c == '.');
    (numeric(next) && line.last().is_ascii_alphabetic())
        || (numeric(line) && paragraph.len() > line.chars.len())
        || (paragraph.len() <= 6 && line.text() + &next.text() == "政府工作报告")
}

fn ends_with_colon(line: &Line) -> bool {
    matches!(line.last(), '：' | ':')
}

/// Whether a bracket or title mark of the paragraph is still open.
fn open_bracket(paragraph: &[Sourced]) -> bool {
    let mut depth = [0i32; 3];
    for s in paragraph.iter().rev().take(60).rev() {
        match s.c {
            '《' => depth[0] += 1,
            '》' => depth[0] -= 1,
            '（' => depth[1] += 1,
            '）' => depth[1] -= 1,
            '“' => depth[2] += 1,
            '”' => depth[2] -= 1,
            _ => {}
        }
    }
    depth.iter().any(|&d| d > 0)
}

/// Whether a line begins something of its own: a heading, an item, a salutation.
fn starts_block(line: &Line) -> bool {
    let text = line.text();
    crate::outline::marker(&text).is_some() || text.starts_with("各位代表")
}

/// Whether a space between two characters says something: between Latin words, between two numbers, between the names
/// of a headline.
fn keeps_space(before: char, after: char, headline: bool) -> bool {
    let latin = |c: char| c.is_ascii_alphabetic();
    (latin(before) && latin(after))
        || (before.is_ascii_digit() && after.is_ascii_digit())
        || (headline && is_han(before) && is_han(after))
}

/// Joins the characters of a paragraph without its stray spaces.
fn paragraph(chars: &[Sourced], first: &Line) -> Paragraph {
    if first.table.is_some() {
        return Paragraph { table: first.table, ..Paragraph::default() };
    }
    let headline = !chars.iter().any(|s| matches!(s.c, '。' | '；'));
    let mut out: Vec<Sourced> = Vec::with_capacity(chars.len());
    let mut i = 0;
    while i < chars.len() {
        if !chars[i].c.is_whitespace() {
            out.push(chars[i]);
            i += 1;
            continue;
        }
        let space = chars[i];
        while i < chars.len() && chars[i].c.is_whitespace() {
            i += 1;
        }
        let (Some(before), Some(after)) = (out.last().map(|s| s.c), chars.get(i).map(|s| s.c)) else {
            continue;
        };
        if (keeps_space(before, after, headline) || ends_article_number(&out)) && !spaced_digits(&out, chars, i) {
            out.push(Sourced { c: ' ', at: space.at });
        }
    }
    let mark = first.mark.clone().unwrap_or_default();
    Paragraph { chars: out, heading: mark.heading, label: mark.label, table: None }
}

/// Whether nothing stands so far but the number of an article or chapter (第二十一条): the blank behind it ends it.
fn ends_article_number(out: &[Sourced]) -> bool {
    let [first, inner @ .., last] = out else { return false };
    let number = |c: char| "一二三四五六七八九十百零〇0123456789".contains(c);
    first.c == '第' && matches!(last.c, '章' | '节' | '条') && inner.len() <= 6 && inner.iter().all(|s| number(s.c))
}

/// Whether the digits around a space are one number written with gaps (1 9 9 7): one of the two stands alone.
fn spaced_digits(out: &[Sourced], chars: &[Sourced], next: usize) -> bool {
    let alone_before = out.len() < 2 || !out[out.len() - 2].c.is_ascii_digit() || spaced_before(out);
    let alone_after = !chars.get(next + 1).is_some_and(|s| s.c.is_ascii_digit());
    out.last().is_some_and(|s| s.c.is_ascii_digit()) && chars[next].c.is_ascii_digit() && (alone_before && alone_after)
}

/// Whether the two last digits were themselves apart in the source.
fn spaced_before(out: &[Sourced]) -> bool {
    match out {
        [.., a, b] => b.at - a.at > 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        paragraphs(text, &[]).iter().map(Paragraph::text).collect()
    }

    #[test]
    fn spaces_inside_numbers_go_and_between_words_stay() {
        for (text, want) in [
            ("——2024年 1月 23 日在会上", "——2024年1月23日在会上"),
            ("1 9 9 7 年达到4 9 2 5 0 万吨，增长8 ．8 ％。", "1997年达到49250万吨，增长8．8％。"),
            ("Public domain 2.5", "Public domain2.5"),
            ("省长 某某某", "省长 某某某"),
            ("产量 120 万吨， 增长 5%。", "产量120万吨，增长5%。"),
        ] {
            assert_eq!(texts(text), [want], "{text}");
        }
    }

    #[test]
    fn a_wrapped_paragraph_is_one_again_even_inside_a_number() {
        let wrapped = "全省粮食播种面积比上年有所增加，总产量达到一个新的高\n\n度，规模以上工业企业发电量四千多亿千瓦时，煤炭产量13.78亿\n\n吨，外送电量1576亿千瓦时，城镇新增就业四十多万人，转移农\n\n村劳动力三十多万人，居民收入稳步增长，社会保障水平不断提\n\n高，生态环境明显改善，营造林四百多万亩，治理水土流失面积\n\n五百多万亩。\n\n（一）稳步推进。";
        let got = texts(wrapped);
        assert_eq!(got.len(), 2, "{got:?}");
        assert!(got[0].contains("煤炭产量13.78亿吨，外送"), "{got:?}");
    }

    #[test]
    fn short_lines_are_headings_and_do_not_join() {
        assert_eq!(texts("经济发展稳中向好\n初步核算，增长5%。"), ["经济发展稳中向好", "初步核算，增长5%。"]);
        assert_eq!(texts("我国第一部《\n国防法\n》已经实施。"), ["我国第一部《国防法》已经实施。"]);
    }

    #[test]
    fn lines_of_a_text_that_is_not_wrapped_are_paragraphs() {
        let text = "关于全市今年以来项目建设、招商引资和营商环境等各项重点工作推进的基本情况\n（一）总的情况\n一季度全市开工项目120个，完成投资80亿元，同比增长12%。其中，工业项目60个\n新建数字化车间50个。\n第一条 为了规范管理，制定本办法。";
        assert_eq!(texts(text).len(), 5, "{:?}", texts(text));
        assert!(texts(text)[4].starts_with("第一条 为了"));
    }

    #[test]
    fn headings_of_a_short_report_are_no_column() {
        let report = "2025年江北市政府工作报告\n一、2024年工作回顾\n新建车间35个。\n二、2025年工作安排\n（一）主要预期目标\n\
            地区生产总值增长5.5%左右。\n（二）抓好项目建设\n坚持项目为王。新建车间50个。";
        assert_eq!(texts(report).len(), 8, "{:?}", texts(report));
    }

    #[test]
    fn tables_and_headings_of_the_format_stand_alone() {
        let mark = |at, heading, label: &str| Mark { at, heading, label: label.to_owned() };
        let extracted = Extracted {
            text: "工作回顾\n指标\t数\n完成五座，\n".to_owned(),
            whole: true,
            marks: vec![mark(0, Some(1), "一、")],
            tables: vec![crate::formats::Grid { range: 5..10, ..Default::default() }],
            ..Extracted::default()
        };
        let got = of(&extracted);
        assert_eq!(got.len(), 3, "{got:?}");
        assert_eq!((got[0].heading, got[0].label.as_str()), (Some(1), "一、"));
        assert_eq!((got[1].table, got[2].text().as_str()), (Some(0), "完成五座，"));
    }

    #[test]
    fn every_character_knows_its_source() {
        let text = "产量 120\n\n万吨，增长。";
        let source: Vec<char> = text.chars().collect();
        for p in paragraphs(text, &[]) {
            for s in &p.chars {
                assert_eq!(source[s.at as usize], s.c);
            }
        }
    }
}
