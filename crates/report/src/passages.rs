//! Sentences and passages: a few sentences under one heading, never more than [`Passage::MAX_CHARS`] characters.

use crate::context::{self, Context};
use crate::formats::Grid;
use crate::kinds::{self, Clock};
use crate::layout::{Paragraph, Sourced};
use crate::model::{Heading, Meta, Passage, Period, Sentence, Status};
use crate::outline::{self, ITEM_LEVEL, Role};
use crate::{quantity, tables};

/// Length that passages aim at, in characters.
const AIM: usize = 260;

/// Outline and passages of the paragraphs; the first `head` of them are the report's head.
pub(crate) fn build(
    paragraphs: &[Paragraph],
    roles: &[Role],
    head: usize,
    scene: &Scene<'_>,
) -> (Vec<Heading>, Vec<Passage>) {
    let kind = kinds::of(scene.meta.doc_type);
    let whole = (kind.whole)(&scene.clock);
    let mut builder = Builder {
        meta: scene.meta,
        clock: scene.clock,
        kind,
        grids: scene.tables,
        captions: Vec::new(),
        structured: roles[head..]
            .iter()
            .zip(&paragraphs[head..])
            .any(|(r, p)| matches!(r, Role::Heading(1)) && (kind.heading)(&p.text(), &scene.clock).is_some()),
        path: Vec::new(),
        part: whole,
        hull: None,
        here: whole,
        turned: None,
        pending: Vec::new(),
        outline: Vec::new(),
        passages: Vec::new(),
    };
    builder.pending = join(&paragraphs[..head]);
    builder.flush();
    let page = |p: &Paragraph| scene.pages.partition_point(|&at| p.chars.first().is_some_and(|c| at <= c.at as usize));
    let mut before = paragraphs[..head].last().map(page);
    for (paragraph, role) in paragraphs[head..].iter().zip(&roles[head..]) {
        // A passage is cited with the page on which it begins: what begins on another is another passage.
        if !paragraph.chars.is_empty() && before.replace(page(paragraph)) != Some(page(paragraph)) {
            builder.flush();
        }
        if let Some(table) = paragraph.table {
            builder.table(table);
            continue;
        }
        let text = paragraph.text();
        builder.caption(&text);
        if begins_piece(&text) {
            builder.next_piece();
        }
        builder.paragraph(paragraph, role);
        if ends_piece(&text) {
            builder.next_piece();
        }
    }
    builder.flush();
    (builder.outline, builder.passages)
}

/// What passages are made with.
pub(crate) struct Scene<'a> {
    pub meta: &'a Meta,
    pub clock: Clock,
    pub tables: &'a [Grid],
    /// Where pages begin in the text; empty for what has none.
    pub pages: &'a [usize],
}

/// So many lines before a table may be its title.
const MOST_CAPTIONS: usize = 3;
/// A line longer than this is no title of a table.
const LONGEST_CAPTION: usize = 60;

struct Builder<'a> {
    meta: &'a Meta,
    clock: Clock,
    kind: &'static kinds::Kind,
    grids: &'a [Grid],
    /// The last short lines: what a table that follows may be called.
    captions: Vec<String>,
    /// Whether the headings of the parts say what is review and what is plan.
    structured: bool,
    /// Headings in force, with their levels.
    path: Vec<(u8, String)>,
    /// What the part says.
    part: Context,
    /// The years between the first and the last that the part's heading names.
    hull: Option<(i32, i32)>,
    /// What holds here: the part, or what a paragraph's opening turned to.
    here: Context,
    /// What a paragraph straight under the part's heading turned to: 今年是… under “十五五”时期目标任务和2026年工作安排.
    turned: Option<Context>,
    /// Sentences that wait to become passages.
    pending: Vec<Vec<Sourced>>,
    outline: Vec<Heading>,
    passages: Vec<Passage>,
}

impl Builder<'_> {
    fn paragraph(&mut self, paragraph: &Paragraph, role: &Role) {
        match *role {
            Role::Heading(level) => {
                self.flush();
                self.heading(level, &paragraph.label, &paragraph.chars);
            }
            Role::RunIn { level, chars } => {
                self.flush();
                self.heading(level, &paragraph.label, &paragraph.chars[..chars]);
                self.pending = sentences(&paragraph.chars);
                self.here = self.opening(&paragraph.text());
                self.items(paragraph);
                self.flush();
            }
            Role::Body => {
                let text = paragraph.text();
                let context = self.opening(&text);
                let waiting: usize = self.pending.iter().map(Vec::len).sum();
                if context != self.here || waiting + paragraph.chars.len() > AIM {
                    self.flush();
                }
                self.here = context;
                if self.path.last().is_some_and(|(level, _)| *level == 1) {
                    self.turned = Some(context);
                }
                // A head on an earlier paragraph ends with it; what follows stands under the section again.
                if self.path.last().is_some_and(|(level, _)| *level == 3)
                    && self.innermost_heading().is_some_and(|h| h.level == 3)
                    && self.run_in_closed()
                {
                    self.path.pop();
                }
                self.items(paragraph);
                self.append(sentences(&paragraph.chars));
            }
        }
    }

    fn caption(&mut self, text: &str) {
        if text.chars().count() > LONGEST_CAPTION {
            self.captions.clear();
            return;
        }
        if self.captions.len() == MOST_CAPTIONS {
            self.captions.remove(0);
        }
        self.captions.push(text.to_owned());
    }

    /// The rows of a table as passages of their own.
    fn table(&mut self, index: usize) {
        self.flush();
        let Some(grid) = self.grids.get(index) else { return };
        let captions = std::mem::take(&mut self.captions);
        let scene = tables::Scene { grid, index, captions: &captions, context: self.here, clock: self.clock };
        let section: Vec<String> = self.path.iter().map(|(_, text)| text.clone()).collect();
        self.passages.extend(tables::passages(&scene).into_iter().map(|p| Passage {
            section: section.clone(),
            region: self.meta.region.clone(),
            ..p
        }));
    }

    /// Whether the innermost heading was a run-in head, whose paragraph is over.
    fn run_in_closed(&self) -> bool {
        let Some(heading) = self.innermost_heading() else {
            return false;
        };
        self.pending.is_empty()
            && self.passages.last().is_some_and(|p| p.source_range.contains(&heading.source_range.start))
    }

    fn innermost_heading(&self) -> Option<&Heading> {
        self.outline.iter().rev().find(|h| h.level < ITEM_LEVEL)
    }

    /// Puts the items of a list into the outline: those in the running text of a paragraph, or one on lines of its own.
    fn items(&mut self, paragraph: &Paragraph) {
        let chars: Vec<char> = paragraph.chars.iter().map(|s| s.c).collect();
        for item in outline::items(&chars) {
            let name = chars[item.start..item.name].iter().collect();
            self.outline.push(Heading {
                level: ITEM_LEVEL,
                text: name,
                source_range: source_range(&paragraph.chars[item.start..item.end]),
                period: self.here.period,
                status: self.here.status,
            });
        }
    }

    /// Another piece of a newspaper page: no passage and no heading reaches over the border.
    fn next_piece(&mut self) {
        self.flush();
        self.path.clear();
    }

    fn append(&mut self, sentences: Vec<Vec<Sourced>>) {
        if let Some(last) = self.pending.last_mut() {
            break_after(last);
        }
        self.pending.extend(sentences);
    }

    /// A heading begins; the number that the program shows before it is part of its words and of no quote.
    fn heading(&mut self, level: u8, label: &str, chars: &[Sourced]) {
        let written: String = chars.iter().map(|s| s.c).collect();
        let text = format!("{label}{}", written.trim_end_matches(['。', '：']));
        self.path.retain(|(l, _)| *l < level);
        self.path.push((level, text.clone()));
        if let Some(context) =
            (self.kind.heading)(&text, &self.clock).filter(|c| level == 1 || c.period.is_some() && !self.structured)
        {
            self.part = context;
            self.hull = context::hull_of_heading(&text, &self.clock);
            self.turned = None;
        }
        if self.structured && level <= 2 {
            // Where the heading of a plan names the time that a paragraph turned to, what is under it stays there. Reviews turn
            // to and fro.
            let named = |turned: &Context| {
                let part = self.path.first().filter(|(first, _)| *first == 1 && level == 2);
                let plan = part.filter(|_| turned.status == Some(Status::Target));
                plan.zip(turned.period).is_some_and(|((_, part), time)| context::names(part, time, &self.clock))
            };
            self.here = self.turned.filter(named).unwrap_or(self.part);
        }
        self.outline.push(Heading {
            level,
            text,
            source_range: source_range(chars),
            period: self.here.period,
            status: self.here.status,
        });
    }

    /// What holds from a paragraph with this opening on. Where the headings say it, an opening only narrows it: in a
    /// review of five years, 刚刚过去的2020年 turns to the last of them.
    fn opening(&self, text: &str) -> Context {
        let Some(context) = context::of_opening(text, &self.clock) else { return self.here };
        if !self.structured || self.part == Context::default() {
            return context;
        }
        let inside = |part: (i32, i32), own: (i32, i32)| part.0 <= own.0 && own.1 <= part.1;
        let part = self.hull.or_else(|| self.part.period.and_then(|p| p.year_span()));
        let narrows = part.zip(context.period.and_then(|p| p.year_span()));
        if context.status == self.part.status && narrows.is_some_and(|(part, own)| inside(part, own)) {
            context
        } else {
            self.here
        }
    }

    /// Makes passages of the waiting sentences: as few as needed, of about equal length.
    fn flush(&mut self) {
        let sentences = std::mem::take(&mut self.pending);
        let total: usize = sentences.iter().map(Vec::len).sum();
        if total == 0 {
            return;
        }
        let goal = total.div_ceil(total.div_ceil(AIM));
        let mut group: Vec<Vec<Sourced>> = Vec::new();
        let mut length = 0;
        for sentence in sentences {
            let too_long = length + sentence.len() > Passage::MAX_CHARS;
            let long_enough = length > 0 && length + sentence.len() / 2 > goal;
            if !group.is_empty() && (too_long || long_enough) {
                self.passage(&std::mem::take(&mut group));
                length = 0;
            }
            length += sentence.len();
            group.push(sentence);
        }
        self.passage(&group);
    }

    fn passage(&mut self, group: &[Vec<Sourced>]) {
        let mut chars: Vec<Sourced> = group.concat();
        while chars.last().is_some_and(|s| s.c.is_whitespace()) {
            chars.pop();
        }
        if chars.is_empty() {
            return;
        }
        let text: String = chars.iter().map(|s| s.c).collect();
        let mut sentences = Vec::new();
        let mut scope: Option<Period> = None;
        let mut at = 0;
        for sentence in group {
            let end = (at + sentence.len()).min(chars.len());
            if at < end {
                let read = self.sentence(&chars[at..end], at, scope);
                // “十四五”以来，…: years that a sentence opens with hold for its paragraph, until it names others.
                let own = read.period.filter(|p| Some(*p) != self.here.period && Some(*p) != scope);
                if let Some(period) = own {
                    let several = period.single_year().is_none() && period.from.is_some();
                    scope = (several && read.status == Some(Status::Actual)).then_some(period);
                }
                if chars[at..end].last().is_some_and(|s| s.c.is_whitespace()) {
                    scope = None;
                }
                sentences.push(read);
            }
            at = end;
        }
        self.passages.push(Passage {
            section: self.path.iter().map(|(_, text)| text.clone()).collect(),
            text,
            source_range: source_range(&chars),
            page: None,
            period: self.here.period,
            status: self.here.status,
            region: self.meta.region.clone(),
            sentences,
            runs: runs(&chars),
            made: false,
            cells: Vec::new(),
        });
    }

    /// A sentence that begins at `at` of its passage; `scope` are the years that its paragraph turned to.
    fn sentence(&self, chars: &[Sourced], at: usize, scope: Option<Period>) -> Sentence {
        let own: Vec<char> = chars.iter().map(|s| s.c).collect();
        let chars = with_full_marks(&own);
        let here = Context { period: scope.or(self.here.period), ..self.here };
        let (period, status, times) = context::of_sentence(&chars, here, &self.clock);
        let mut quantities = quantity::of_sentence(&chars, self.part.period, period, status, &times);
        for q in &mut quantities {
            q.text = own[q.range.clone()].iter().collect();
            q.range = q.range.start + at..q.range.end + at;
            q.measure_range = q.measure_range.take().map(|r| r.start + at..r.end + at);
        }
        Sentence { range: at..at + chars.len(), period, status, quantities }
    }
}

/// The characters with the comma, semicolon and colon of ASCII as those of Chinese, unless they stand between digits: some
/// writers use them for one another, and a clause ends with either.
fn with_full_marks(chars: &[char]) -> Vec<char> {
    let digit = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(|c| c.is_numeric());
    let full = |i: usize| match chars[i] {
        c @ (',' | ';' | ':') if !(digit(i.checked_sub(1)) && digit(Some(i + 1))) => match c {
            ',' => '，',
            ';' => '；',
            _ => '：',
        },
        c => c,
    };
    (0..chars.len()).map(full).collect()
}

/// Whether a paragraph begins a piece of a newspaper page: 本报讯（记者…）.
fn begins_piece(text: &str) -> bool {
    ["本报讯", "本报记者", "新华社", "本报评论员"].iter().any(|w| text.starts_with(w))
}

/// Whether a paragraph ends a piece of a newspaper page with its source: …。据《某某晚报》
fn ends_piece(text: &str) -> bool {
    let Some(at) = text.rfind("据《") else { return false };
    let source = &text[at..];
    let sentence_before = at == 0 || text[..at].trim_end().ends_with(['。', '！', '”']);
    sentence_before && source.ends_with('》') && source.chars().count() <= 14
}

/// The head's lines as sentences of one passage.
fn join(head: &[Paragraph]) -> Vec<Vec<Sourced>> {
    let mut lines: Vec<Vec<Sourced>> = Vec::new();
    for paragraph in head {
        if let Some(line) = lines.last_mut() {
            break_after(line);
        }
        lines.extend(pieces(&paragraph.chars));
    }
    lines
}

/// The break behind a paragraph counts as a space, where the source has its line feed; a sentence that fills a passage
/// ends with it anyway.
fn break_after(sentence: &mut Vec<Sourced>) {
    if let Some(end) = sentence.last().copied().filter(|_| sentence.len() < Passage::MAX_CHARS) {
        sentence.push(Sourced { c: ' ', at: end.at + 1 });
    }
}

fn source_range(chars: &[Sourced]) -> std::ops::Range<usize> {
    match (chars.first(), chars.last()) {
        (Some(a), Some(b)) => a.at as usize..b.at as usize + 1,
        _ => 0..0,
    }
}

/// Offsets at which text and source part ways.
fn runs(chars: &[Sourced]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (i, s) in chars.iter().enumerate() {
        let i = i as u32;
        if runs.last().is_none_or(|&(text, source)| s.at != source + (i - text)) {
            runs.push((i, s.at));
        }
    }
    runs
}

/// The sentences of a paragraph; one that is longer than a passage may be is cut at semicolons, then at commas.
pub(crate) fn sentences(chars: &[Sourced]) -> Vec<Vec<Sourced>> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut i = 0;
    while i < chars.len() {
        if matches!(chars[i].c, '。' | '！' | '？' | '!' | '?') {
            let mut end = i + 1;
            while end < chars.len()
                && matches!(chars[end].c, '”' | '’' | '」' | '』' | '）' | ')' | '》' | '。' | '！' | '？')
            {
                end += 1;
            }
            out.push(&chars[from..end]);
            from = end;
            i = end;
        } else {
            i += 1;
        }
    }
    if from < chars.len() {
        out.push(&chars[from..]);
    }
    out.into_iter().flat_map(pieces).collect()
}

/// A sentence in pieces that fit into a passage: one if it fits, else cut at semicolons, at commas, and anywhere.
fn pieces(sentence: &[Sourced]) -> Vec<Vec<Sourced>> {
    cut(sentence, &['；', ';'])
        .into_iter()
        .flat_map(|s| cut(s, &['，', ',']))
        .flat_map(|s| s.chunks(Passage::MAX_CHARS))
        .map(<[Sourced]>::to_vec)
        .collect()
}

/// Cuts what is too long behind the marks given, into pieces as long as may be.
fn cut<'a>(sentence: &'a [Sourced], marks: &[char]) -> Vec<&'a [Sourced]> {
    if sentence.len() <= Passage::MAX_CHARS {
        return vec![sentence];
    }
    let mut out = Vec::new();
    let (mut from, mut last) = (0, 0);
    for i in 0..sentence.len() {
        if i + 1 - from > Passage::MAX_CHARS && last > from {
            out.push(&sentence[from..last]);
            from = last;
        }
        if marks.contains(&sentence[i].c) {
            last = i + 1;
        }
    }
    out.push(&sentence[from..]);
    out
}

#[cfg(test)]
mod tests {
    use crate::model::Passage;

    fn longest(text: &str) -> usize {
        let document = crate::read_bytes(text.as_bytes(), None).unwrap();
        document.passages.iter().map(|p| p.text.chars().count()).max().unwrap_or(0)
    }

    #[test]
    fn no_passage_is_longer_than_a_citation_may_be() {
        let word = "甲".repeat(450);
        for text in [
            // Found by fuzzing: a head line longer than a passage, and a break behind a sentence that fills one.
            format!("某省政府工作报告{word}\n省长 某某某\n各位代表：\n一、工作回顾\n完成。"),
            format!("一、工作回顾\n{}。\n乙。\n", "甲".repeat(399)),
            format!("{word}；{word}，{word}。"),
        ] {
            assert!(longest(&text) <= Passage::MAX_CHARS, "{} in {text}", longest(&text));
        }
    }

    #[test]
    fn years_that_a_paragraph_turns_to_hold_until_it_names_others() {
        let report = "2026年江北市政府工作报告\n\n一、2025年和“十四五”时期工作回顾\n2025年，新增就业4.8万人。修路20公里。\n\
            “十四五”以来，发展迈上新台阶。\n五是民生改善。新增就业24.6万人。\n二、2026年工作安排\n新增就业5万人。\n";
        let document = crate::read_bytes(report.as_bytes(), None).unwrap();
        let of = |value: f64| {
            let mut all = document.passages.iter().flat_map(|p| &p.sentences);
            let sentence = all.find(|s| s.quantities.iter().any(|q| q.value == value)).unwrap();
            sentence.period.map(|p| (p.from.map(|m| m.year), p.to.map(|m| m.year)))
        };
        assert_eq!(of(48000.0), Some((Some(2025), Some(2025))));
        assert_eq!(of(20.0), Some((Some(2025), Some(2025))));
        assert_eq!(of(246000.0), Some((Some(2021), None)));
        assert_eq!(of(50000.0), Some((Some(2026), Some(2026))));
    }

    #[test]
    fn a_plan_for_five_years_and_one_turns_to_the_one_for_all_its_sections() {
        let report = "2026年江北市政府工作报告\n一、2025年工作回顾\n修路20公里。\n二、“十五五”时期目标任务和2026年工作安排\n\
            到2030年，经济总量迈上新台阶。建设学校9所。\n今年是“十五五”开局之年，要做好各项工作。\n（一）抓项目\n新建车间50个。\n（二）抓民生\n新建食堂40个。\n";
        let document = crate::read_bytes(report.as_bytes(), None).unwrap();
        let mut got: Vec<(f64, Option<i32>)> = Vec::new();
        for sentence in document.passages.iter().flat_map(|p| &p.sentences) {
            let year = sentence.period.and_then(|p| p.single_year());
            got.extend(sentence.quantities.iter().map(|q| (q.value, year)));
        }
        assert_eq!(got, [(20.0, Some(2025)), (9.0, None), (50.0, Some(2026)), (40.0, Some(2026))]);
    }

    #[test]
    fn pieces_of_a_newspaper_page_are_kept_apart() {
        let page =
            "办理建议600件。据《某某晚报》\n本次会议隆重开幕，代表出席。\n本报讯（记者某某）代表们说，今年要努力。";
        let document = crate::read_bytes(page.as_bytes(), None).unwrap();
        assert_eq!(document.passages.len(), 3, "{:?}", document.passages);
    }

    #[test]
    fn a_sentence_that_fits_is_never_split() {
        let sentence = format!("{}。", "新建公路，改造桥梁；".repeat(39));
        let document = crate::read_bytes(format!("前一句。{sentence}后一句。").as_bytes(), None).unwrap();
        assert!(document.passages.iter().any(|p| p.text.contains(&sentence)));
    }
}
