//! What the reader sees: runs of whole sentences around the best candidates, each under a head that says whose, of when
//! and in which section it is; and what it makes of them, in positions of the passage.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use wenbao_embed::{Passage as ReaderPassage, Reader, Reading};
use wenbao_report::{Period, Status};

use crate::error::Error;
use crate::view::{PassageView, slice};

/// Characters of a window, unless its sentence alone has more. Training draws 60 to 240.
const CHARS: usize = 110;

/// Characters of a heading, and of a title, that the head takes.
const HEADING: usize = 24;
const TITLE: usize = 30;

/// What reads passages for a question: the reader, or something that stands for it.
pub trait Reads: Send + Sync {
    /// One reading a passage, in order.
    ///
    /// # Errors
    /// As [`Reader::read`].
    fn read(&self, question: &str, passages: &[ReaderPassage<'_>]) -> Result<Vec<Reading>, wenbao_embed::Error>;
}

impl Reads for Reader {
    fn read(&self, question: &str, passages: &[ReaderPassage<'_>]) -> Result<Vec<Reading>, wenbao_embed::Error> {
        Reader::read(self, question, passages)
    }
}

/// A run of whole sentences of one passage.
pub(crate) struct Window {
    /// The passage.
    pub passage: Arc<PassageView>,
    /// Its sentences.
    pub sentences: Range<usize>,
    /// Where they stand in the passage's text.
    pub range: Range<usize>,
}

/// A window as read.
pub(crate) struct ReadWindow {
    /// What was read.
    pub window: Window,
    /// What the reader made of it; its tokens' ranges count in the window's text, those of a name put in are empty.
    reading: Reading,
}

impl Window {
    /// The window around a sentence: grown by its neighbours, in turn behind and before, while it stays short enough.
    pub fn around(passage: &Arc<PassageView>, sentence: usize) -> Self {
        let all = &passage.sentences;
        let (mut first, mut last) = (sentence, sentence);
        let fits = |first: usize, last: usize| all[last].range.end - all[first].range.start <= CHARS;
        let (mut before, mut stuck) = (false, 0);
        while stuck < 2 {
            let grown = if before {
                first.checked_sub(1).map(|low| (low, last))
            } else {
                Some((first, last + 1)).filter(|(_, high)| *high < all.len())
            };
            before = !before;
            match grown.filter(|(low, high)| fits(*low, *high)) {
                Some((low, high)) => (first, last, stuck) = (low, high, 0),
                None => stuck += 1,
            }
        }
        let range = all[first].range.start..all[last].range.end;
        Self { passage: passage.clone(), sentences: first..last + 1, range }
    }

    /// The line that it is read under; `training/reader/documents.py` makes the same one.
    fn head(&self) -> String {
        let (record, mut parts) = (&self.passage.record, Vec::new());
        let (document, passage) = (&record.document, &record.passage);
        let stem = || Path::new(&document.path).file_stem().map(|s| s.to_string_lossy().into_owned());
        let title = document.meta.title.clone().or_else(stem).unwrap_or_default();
        let who = match &passage.region {
            Some(region) if title.contains("政府工作报告") => region.0.clone(),
            _ => title.chars().take(TITLE).collect(),
        };
        parts.push(who);
        parts.push(format!("{}{}", period(passage.period.as_ref()), status(passage.status)));
        let kept = passage.section.len().saturating_sub(2);
        parts.extend(passage.section[kept..].iter().map(|heading| heading.chars().take(HEADING).collect()));
        parts.retain(|part| !part.is_empty());
        if parts.is_empty() { String::new() } else { format!("{}：", parts.join(" ")) }
    }
}

fn period(period: Option<&Period>) -> String {
    let Some(period) = period else { return String::new() };
    let end = |moment: Option<wenbao_report::Moment>| moment.map_or(String::new(), |m| m.to_string());
    let (from, to) = (end(period.from), end(period.to));
    if from == to { format!("{from}年") } else { format!("{from}-{to}年") }
}

fn status(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Actual) => "完成",
        Some(Status::Estimated) => "预计",
        Some(Status::Target) => "计划",
        None => "",
    }
}

/// The windows around so many of the sentences, in their order; a sentence that lies in an earlier window needs none.
pub(crate) fn windows<'a>(sentences: impl Iterator<Item = (&'a Arc<PassageView>, usize)>, most: usize) -> Vec<Window> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for (passage, sentence) in sentences {
        if out.len() == most {
            break;
        }
        let row = passage.record.row;
        if seen.contains(&(row, sentence)) {
            continue;
        }
        let window = Window::around(passage, sentence);
        seen.extend(window.sentences.clone().map(|s| (row, s)));
        out.push(window);
    }
    out
}

/// A window's text as it is read, and where each of its characters, and its end, stand in the window.
struct Told {
    text: String,
    at: Vec<usize>,
}

impl Told {
    /// Of a window; `told_apart` of `training/reader/windows.py` makes the same text.
    fn of(window: &Window) -> Self {
        let passage = &window.passage.record.passage;
        let source: Vec<char> = slice(&passage.text, &window.range).chars().collect();
        let values = passage.sentences[window.sentences.clone()].iter().flat_map(|sentence| {
            let begin = sentence.range.start.saturating_sub(window.range.start);
            let place = |range: &Range<usize>| range.start.checked_sub(window.range.start);
            sentence.quantities.iter().filter_map(move |q| Some((begin, place(&q.range)?, q.measure.as_str())))
        });
        Self::apart(&source, values)
    }

    /// In a parallel list every value stands behind its own name: "甲、乙分别增长1%、2%" is read as "甲、乙分别增长甲1%、乙2%". Names
    /// that are put in stand where their value begins. Values are given by where their sentence and they begin, and their name.
    fn apart<'a>(source: &[char], values: impl Iterator<Item = (usize, usize, &'a str)>) -> Self {
        const LIST: &str = "分别";
        let ends = |c: char| matches!(c, '，' | '。' | '；' | '！' | '？' | ',' | ';' | '\n');
        let (mut text, mut at, mut last) = (String::new(), Vec::new(), 0);
        for (sentence, begin, name) in values {
            if name.is_empty() || begin < last || source.get(sentence..begin).is_none() {
                continue;
            }
            // A comma between digits parts thousands.
            let digit = |at: Option<usize>| at.and_then(|at| source.get(at)).is_some_and(char::is_ascii_digit);
            let ended = (sentence..begin).rev().find(|at| {
                ends(source[*at]) && !(source[*at] == ',' && digit(at.checked_sub(1)) && digit(Some(at + 1)))
            });
            let clause = &source[ended.map_or(sentence, |at| at + 1)..begin];
            if !clause.iter().collect::<String>().contains(LIST) {
                continue;
            }
            text.extend(&source[last..begin]);
            text.push_str(name);
            at.extend(last..begin);
            at.extend(name.chars().map(|_| begin));
            last = begin;
        }
        text.extend(&source[last..]);
        at.extend(last..=source.len());
        Self { text, at }
    }
}

/// Reads the windows for a question, all in one pass.
///
/// # Errors
/// When the reader cannot compute.
pub(crate) fn read(reader: &dyn Reads, question: &str, windows: Vec<Window>) -> Result<Vec<ReadWindow>, Error> {
    let told: Vec<(String, Told)> = windows.iter().map(|w| (w.head(), Told::of(w))).collect();
    let pairs: Vec<ReaderPassage<'_>> =
        told.iter().map(|(head, told)| ReaderPassage { head, text: &told.text }).collect();
    let mut readings = reader.read(question, &pairs)?;
    for (reading, (_, told)) in readings.iter_mut().zip(&told) {
        let end = told.at.len().saturating_sub(1);
        for token in &mut reading.tokens {
            token.range = told.at[token.range.start.min(end)]..told.at[token.range.end.min(end)];
        }
    }
    Ok(windows.into_iter().zip(readings).map(|(window, reading)| ReadWindow { window, reading }).collect())
}

/// Tokens that a span has at most; answers of training have fewer.
const SPAN_TOKENS: usize = 64;
/// Beginnings that spans are tried from.
const BEGINNINGS: usize = 6;

impl ReadWindow {
    /// The logit of "this answers the question".
    pub fn answers(&self) -> f32 {
        self.reading.answers
    }

    /// The tokens that a range of the passage touches.
    fn tokens(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let start = range.start.checked_sub(self.window.range.start)?;
        let end = range.end.saturating_sub(self.window.range.start);
        let tokens = &self.reading.tokens;
        let first = tokens.iter().position(|t| t.range.end > start && t.range.start < end)?;
        let last = tokens.iter().rposition(|t| t.range.start < end && t.range.end > start)?;
        Some(first..last + 1)
    }

    /// Log-odds of a range of the passage as the answer, against none: start and end over twice the null.
    pub fn span(&self, range: &Range<usize>) -> Option<f32> {
        let at = self.tokens(range)?;
        let tokens = &self.reading.tokens;
        Some(tokens[at.start].start + tokens[at.end - 1].end - 2.0 * self.reading.null)
    }

    /// Mean logit of "inside the answer" over a range of the passage.
    pub fn inside(&self, range: &Range<usize>) -> Option<f32> {
        let at = self.tokens(range)?;
        let n = at.len() as f32;
        Some(self.reading.tokens[at].iter().map(|t| t.inside).sum::<f32>() / n)
    }

    /// The best spans within the sentences of the window, best first, in positions of the passage.
    pub fn best_spans(&self, most: usize) -> Vec<(Range<usize>, f32)> {
        let tokens = &self.reading.tokens;
        let mut beginnings: Vec<usize> = (0..tokens.len()).filter(|i| !tokens[*i].range.is_empty()).collect();
        beginnings.sort_by(|a, b| tokens[*b].start.total_cmp(&tokens[*a].start));
        let mut spans: Vec<(Range<usize>, f32)> = Vec::new();
        for &first in beginnings.iter().take(BEGINNINGS) {
            let end = self.sentence_end(tokens[first].range.start);
            let lasts = (first..tokens.len().min(first + SPAN_TOKENS)).take_while(|i| tokens[*i].range.end <= end);
            let mut lasts: Vec<usize> = lasts.filter(|i| !tokens[*i].range.is_empty()).collect();
            lasts.sort_by(|a, b| tokens[*b].end.total_cmp(&tokens[*a].end));
            for &last in lasts.iter().take(2) {
                let score = tokens[first].start + tokens[last].end - 2.0 * self.reading.null;
                let offset = self.window.range.start;
                spans.push((tokens[first].range.start + offset..tokens[last].range.end + offset, score));
            }
        }
        spans.sort_by(|a, b| b.1.total_cmp(&a.1));
        spans.truncate(most);
        spans
    }

    /// Where the sentence that holds a position of the window's text ends in it.
    fn sentence_end(&self, at: usize) -> usize {
        let offset = self.window.range.start;
        let all = &self.window.passage.sentences[self.window.sentences.clone()];
        all.iter().map(|s| s.range.end - offset).find(|end| *end > at).unwrap_or(self.window.range.len())
    }

    /// Stretches that the reader takes to be inside the answer, in positions of the passage. A token or two that it is not
    /// sure of within a stretch belong to it, unless they part items. Parts of an enumeration are whole ones: see [`whole_items`].
    pub fn items(&self) -> Vec<Range<usize>> {
        const UNSURE: usize = 2;
        let offset = self.window.range.start;
        let text: Vec<char> = slice(&self.window.passage.record.passage.text, &self.window.range).chars().collect();
        let parts = |range: &Range<usize>| match &text[range.clone()] {
            [one] => "、，；：。,;和与及或".contains(*one),
            several => several.iter().any(|c| "、，；：。,;".contains(*c)),
        };
        let mut out: Vec<Range<usize>> = Vec::new();
        // Tokens passed since the last stretch; `None` where what comes next begins another.
        let mut passed = None;
        for token in self.reading.tokens.iter().filter(|token| !token.range.is_empty()) {
            if token.inside <= 0.0 {
                passed = passed.map(|n| n + 1).filter(|n| *n <= UNSURE && !parts(&token.range));
                continue;
            }
            match out.last_mut().filter(|_| passed.is_some()) {
                Some(last) => last.end = token.range.end,
                None => out.push(token.range.clone()),
            }
            passed = Some(0);
        }
        whole_items(&text, out).into_iter().map(|r| r.start + offset..r.end + offset).collect()
    }

    /// Characters of the window's sentences that the reader marks as inside the answer and that lie outside of `ranges`
    /// (positions of the passage).
    pub fn marked_outside(&self, ranges: &[Range<usize>]) -> usize {
        let offset = self.window.range.start;
        let marked = self.reading.tokens.iter().filter(|token| token.inside > 0.0);
        let outside = marked.flat_map(|token| token.range.clone()).map(|at| at + offset);
        outside.filter(|at| !ranges.iter().any(|range| range.contains(at))).count()
    }
}

/// Stretches as whole items where they stand in an enumeration: one that begins or ends between two marks 、 goes to both, and one
/// that covers less than half of what stands between them is none. Before the first mark and behind the last the sentence
/// goes on with other words, so that there a stretch ends where the reader says; but for a lone character before a mark or 等.
fn whole_items(text: &[char], stretches: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let ends = |c: &char| "，；：。,;？！".contains(*c);
    let mut out: Vec<Range<usize>> = Vec::new();
    for mut stretch in stretches {
        let before = text[..stretch.start].iter().rposition(|c| *c == '、' || ends(c));
        let behind = text[stretch.end..].iter().position(|c| *c == '、' || ends(c)).map(|at| stretch.end + at);
        let opens = before.filter(|at| text[*at] == '、').map(|at| at + 1);
        let closes = behind.filter(|at| text[*at] == '、');
        if let (Some(start), Some(end)) = (opens, closes) {
            // A joint inside parts two items, which are not told here.
            if !text[start..end].iter().any(|c| "和及与等".contains(*c)) {
                if stretch.len() * 2 < end - start {
                    continue;
                }
                stretch = start..end;
            }
        } else if opens.is_some() || closes.is_some() {
            let end = behind.unwrap_or(text.len());
            if matches!(text[stretch.end..end], [c] | [c, '等', ..] if c != '等') {
                stretch.end += 1;
            }
        }
        match out.last_mut().filter(|last| last.end >= stretch.start) {
            Some(last) => last.end = last.end.max(stretch.end),
            None => out.push(stretch),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_an_enumeration_are_whole() {
        let text: Vec<char> =
            "其中烟酒类、服装鞋帽类、金银珠宝类、日用品类、永春县等下降，甲和乙、丙增长".chars().collect();
        let items = |marked: &[&str]| -> Vec<String> {
            let at = |word: &&str| {
                let word: Vec<char> = word.chars().collect();
                let start = text.windows(word.len()).position(|w| w == word).expect("the word stands there");
                start..start + word.len()
            };
            let found = whole_items(&text, marked.iter().map(at).collect());
            found.into_iter().map(|r| text[r].iter().collect()).collect()
        };
        assert_eq!(
            items(&["烟酒类", "服装鞋", "银珠", "日用品类", "永春"]),
            ["烟酒类", "服装鞋帽类", "日用品类", "永春县"]
        );
        // What stands before the first mark is more than the item.
        assert_eq!(items(&["烟酒类"]), ["烟酒类"]);
        assert_eq!(items(&["乙", "丙"]), ["乙", "丙"]);
    }

    #[test]
    fn values_of_a_parallel_list_are_read_with_their_names() {
        let source: Vec<char> = "好。甲、乙分别增长1%、2%，丙增长3%。".chars().collect();
        let told = Told::apart(&source, [(2, 9, "甲"), (2, 12, "乙"), (2, 18, "丙")].into_iter());
        assert_eq!(told.text, "好。甲、乙分别增长甲1%、乙2%，丙增长3%。");
        let name = told.text.chars().position(|c| c == '1').unwrap() - 1;
        assert_eq!(told.at[name..name + 3], [9, 9, 10]);
        assert_eq!(told.at.len(), told.text.chars().count() + 1);
        assert_eq!(told.at.last(), Some(&source.len()));
        let thousands: Vec<char> = "甲、乙分别为1,234吨、5,678吨。".chars().collect();
        let told = Told::apart(&thousands, [(0, 6, "甲"), (0, 13, "乙")].into_iter());
        assert_eq!(told.text, "甲、乙分别为甲1,234吨、乙5,678吨。");
        let plain = Told::apart(&source, std::iter::empty());
        assert_eq!((plain.text.chars().collect::<Vec<_>>(), plain.at.len()), (source.clone(), source.len() + 1));
    }
}
