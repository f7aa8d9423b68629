//! What a table says: every value with the full headings of its row and column, its unit, its time, and whether it is a
//! plan or a result; said as sentences ("2024年粮食产量（实际）：162万吨。") that are found like any other.

use std::ops::Range;

use wenbao_lang::numeral;

use crate::formats::Grid;
use crate::kinds::Clock;
use crate::model::{CellPlace, Passage, Period, Quantity, Sentence, Status, Trend};
use crate::period::{self, Kind};
use crate::{context::Context, quantity};

/// Headings of columns that number rows and say nothing.
const SERIALS: &[&str] = &["序号", "编号", "顺序", "No"];
/// Headings of the column that holds the units.
const UNITS: &[&str] = &["单位", "计量单位", "计算单位"];
/// Headings of columns that remark.
const REMARKS: &[&str] = &["备注", "说明", "注"];
/// Words of a heading that only say that a value stands there.
const PLAIN: &[&str] = &[
    "指标值",
    "绝对数",
    "绝对额",
    "绝对值",
    "总量",
    "数值",
    "数量",
    "金额",
    "数额",
    "合计数",
    "实绩",
    "完成数",
    "全年",
    "本年",
    "当年",
    "总计数",
    "指标",
    "数",
];
/// Words of a heading that make its values changes in per cent.
const GROWTH: &[&str] = &["增长", "增速", "增幅", "同比", "比上年±", "比上年增减", "±%", "升降"];
/// Words of a heading that make its values shares in per cent.
const SHARES: &[&str] = &["比重", "占比", "比例", "构成"];
/// Words of a heading that say plan and result.
const TARGETS: &[&str] = &["计划", "目标", "预期", "预算", "草案", "规划", "安排"];
const RESULTS: &[&str] = &["实际", "完成", "实绩", "执行", "决算", "实现"];
const ESTIMATES: &[&str] = &["预计", "预计完成", "预计执行"];
/// A longer cell is no heading: each of a table's rows would say it again.
const LONGEST_NAME: usize = 80;
/// A kind of what the row above names: it stands before that, 农村 and 居民收入 are 农村居民收入.
const QUALIFIERS: &[&str] = &[
    "城镇",
    "农村",
    "城市",
    "乡村",
    "全体",
    "男",
    "女",
    "男性",
    "女性",
    "全市",
    "全省",
    "全县",
    "全区",
    "市级",
    "省级",
    "县级",
    "区级",
    "市本级",
    "区本级",
    "县本级",
];
/// Headings of the column whose rows are places.
const PLACES: &[&str] =
    &["地区", "县区", "区县", "县市区", "市州", "各县", "单位名称", "行政区", "县（市、区）", "县（区）"];

/// A table with what stands around it.
pub(crate) struct Scene<'a> {
    pub grid: &'a Grid,
    /// Which table of the document it is, from 0.
    pub index: usize,
    /// The lines before it that may be its title: the nearest last.
    pub captions: &'a [String],
    /// What holds where it stands.
    pub context: Context,
    pub clock: Clock,
}

/// A sentence about one cell.
struct Said {
    text: String,
    /// The value in `text`, in characters.
    value: Range<usize>,
    /// The words in `text` that it measures.
    measure: Range<usize>,
    period: Option<Period>,
    status: Option<Status>,
    trend: Option<Trend>,
    /// Where the cell's own words stand in the document.
    source: Range<usize>,
    row: usize,
    column: usize,
    /// Whether the value is a number with its unit.
    counted: bool,
}

/// How a table is laid out, or one of several that stand side by side in it.
struct Layout {
    /// So many first rows are headings.
    heads: usize,
    /// Its first column, and the one behind its last.
    columns: Range<usize>,
    /// The columns before this one name the rows.
    stubs: usize,
    /// The column of units.
    unit: Option<usize>,
}

/// The passages of a table: its rows, as many to a passage as fit.
pub(crate) fn passages(scene: &Scene<'_>) -> Vec<Passage> {
    let layouts = layouts(scene.grid);
    let heads = layouts.first().map_or(0, |l| l.heads);
    let mut out: Vec<Passage> = Vec::new();
    for (row, layout) in (heads..scene.grid.rows.len()).flat_map(|row| layouts.iter().map(move |l| (row, l))) {
        let said = scene.row(row, layout);
        let mut open = None::<Passage>;
        for sentence in said {
            let length = sentence.text.chars().count();
            if open.as_ref().is_some_and(|p| p.text.chars().count() + length > Passage::MAX_CHARS) {
                out.extend(open.take());
            }
            scene.add(open.get_or_insert_with(Passage::default), &sentence);
        }
        out.extend(open);
    }
    for passage in &mut out {
        let first = passage.sentences.first().map(|s| (s.period, s.status));
        let alike = passage.sentences.iter().all(|s| Some((s.period, s.status)) == first);
        (passage.period, passage.status) = first.filter(|_| alike).unwrap_or_default();
    }
    out
}

fn layouts(grid: &Grid) -> Vec<Layout> {
    let (rows, columns) = (grid.rows.len(), grid.columns());
    let counted = |row: usize, column: usize| is_value(grid.text(row, column));
    // A title over the whole width, and headings, go before the first row that has a value behind its first cell.
    let named = |row: usize| grid.rows[row].iter().flatten().all(|&c| grid.cells[c].head);
    let valued = |row: usize| {
        let apart = |c: usize| grid.at(row, c) != grid.at(row, 0);
        (1..columns).any(|c| apart(c) && counted(row, c)) && !is_year_head(grid, row) && !named(row)
    };
    let first = (0..rows).find(|&r| valued(r));
    // The first row of a table of words names its columns.
    let heads = first.unwrap_or(1);
    let head =
        |column: usize| (0..heads).rev().map(|r| grid.text(r, column)).find(|t| !t.is_empty()).unwrap_or_default();
    // The first columns of words; of numbers only one that counts the rows or names years.
    let words = |column: usize| {
        let body = (heads..rows).filter(|&r| !grid.text(r, column).is_empty());
        let (mut all, mut numbers) = (0, 0);
        for row in body {
            all += 1;
            numbers += usize::from(counted(row, column));
        }
        numbers * 2 < all || all == 0
    };
    // Where a column of words has the heading of the first one again, another table begins beside it: income on the left, and
    // what it is spent for on the right.
    let again = |c: &usize| grid.at(0, *c) != grid.at(0, 0) && !head(0).is_empty() && head(*c) == head(0) && words(*c);
    let mut starts: Vec<usize> = vec![0];
    starts.extend((2..columns.saturating_sub(1)).filter(|c| first.is_some() && again(c)));
    let ends = starts.iter().skip(1).copied().chain([columns]).collect::<Vec<_>>();
    let laid_out = |(from, to): (usize, usize)| {
        let unit = (from..to).find(|&c| UNITS.contains(&head(c)));
        let mut stubs = from;
        while stubs + 1 < to && (words(stubs) || SERIALS.contains(&head(stubs)) || unit == Some(stubs)) {
            stubs += 1;
        }
        if first.is_none() {
            stubs = from + 1;
        }
        Layout { heads, columns: from..to, stubs: stubs.max(from + 1), unit }
    };
    starts.into_iter().zip(ends).map(laid_out).collect()
}

/// Whether a row is one of years as headings: 2023 2024 2025.
fn is_year_head(grid: &Grid, row: usize) -> bool {
    let mut years = 0;
    for column in 1..grid.columns() {
        let text = grid.text(row, column);
        match text.parse::<i32>() {
            Ok(year) if (1949..=2100).contains(&year) => years += 1,
            _ if is_value(text) => return false,
            _ => {}
        }
    }
    years > 0
}

/// Whether a cell holds a number, with or without its unit: 162, -3.1, 1，260张, 5.6%, 持平.
pub(crate) fn is_value(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    if chars.is_empty() || chars.len() > 24 {
        return false;
    }
    if text == "持平" {
        return true;
    }
    let Some((_, end)) = plain_number(&chars) else { return false };
    let rest: String = chars[end..].iter().collect();
    // 2024年, 3月: a time; 1.新建: an item.
    !(rest.starts_with(['年', '月', '.', '．', '、', '季']) || rest.chars().count() > 8)
}

/// The number that a cell begins with, its sign included: its value and where it ends.
fn plain_number(chars: &[char]) -> Option<(f64, usize)> {
    let signed = matches!(chars.first()?, '-' | '−' | '－' | '–' | '+' | '＋');
    let minus = signed && !matches!(chars[0], '+' | '＋');
    let from = usize::from(signed);
    numeral::digit(*chars.get(from)?)?;
    let mut plain = String::new();
    let mut i = from;
    while let Some(&c) = chars.get(i) {
        if let Some(d) = numeral::digit(c) {
            plain.push(char::from(b'0' + d as u8));
        } else if matches!(c, '.' | '．') && chars.get(i + 1).is_some_and(|c| numeral::digit(*c).is_some()) {
            plain.push('.');
        } else if !(matches!(c, ',' | '，' | ' ' | '\u{a0}' | '\u{2009}')
            && (1..=3).all(|k| chars.get(i + k).is_some_and(|c| numeral::digit(*c).is_some())))
        {
            break;
        }
        i += 1;
    }
    let value: f64 = plain.parse().ok()?;
    Some((if minus { -value } else { value }, i))
}

/// A heading without its unit in brackets, and the unit: "粮食产量（万吨）" is 粮食产量 in 万吨.
fn split_unit(text: &str) -> (String, Option<String>) {
    let open = text.rfind(['（', '(', '[']);
    if let Some(open) = open
        && let Some(inner) = text[open..].strip_prefix(['（', '(', '[']).and_then(|t| t.strip_suffix(['）', ')', ']']))
    {
        let inner = inner.trim().trim_start_matches("单位").trim_start_matches(['：', ':']).trim();
        if is_unit(inner) {
            return (text[..open].trim().to_owned(), Some(inner.to_owned()));
        }
    }
    if let Some(plain) = text.strip_suffix(['%', '％']).filter(|t| !t.is_empty()) {
        return (plain.trim_end_matches(['（', '(', '/', '、', '，']).to_owned(), Some("%".to_owned()));
    }
    (text.to_owned(), None)
}

/// Whether a word is a unit: one that a value is read with.
fn is_unit(word: &str) -> bool {
    if word.is_empty() || word.chars().count() > 10 {
        return false;
    }
    matches!(word, "%" | "％" | "‰" | "个百分点")
        || quantity::parse(&format!("达到1{word}")).first().is_some_and(|q| {
            !q.unit.is_empty() && q.text.trim_start_matches("达到").chars().count() == word.chars().count() + 1
        })
}

/// The unit that a caption gives for the whole table: "（单位：亿元）".
fn caption_unit(captions: &[String]) -> Option<String> {
    captions.iter().rev().find_map(|line| {
        let (_, rest) =
            line.split_once("单位：").or_else(|| line.split_once("单位:")).or_else(|| line.split_once("单位"))?;
        let unit: String = rest
            .trim_start()
            .chars()
            .take_while(|c| !matches!(c, '）' | ')' | '、' | '，' | ' ' | ',' | '\u{3000}'))
            .collect();
        is_unit(&unit).then_some(unit)
    })
}

/// The year that the title of a table names, if it names one: 2025年全市预算收支总表. Lines before it that are sentences are none.
fn caption_period(captions: &[String], year: Option<i32>) -> Option<Period> {
    captions.iter().rev().filter(|line| !line.contains(['。', '，'])).find_map(|line| {
        let chars: Vec<char> = line.chars().collect();
        let mut times = period::find_all(&chars, year).into_iter().filter(|t| t.kind != Kind::Compared);
        let first = times.next()?;
        let alone = times.all(|t| t.period == first.period);
        first.period.single_year().filter(|y| alone && line.contains(&y.to_string())).map(Period::year)
    })
}

/// What a heading says, its time, its status and its unit taken out.
#[derive(Debug, Default)]
struct Heading {
    /// What is left of its words.
    rest: String,
    period: Option<Period>,
    status: Option<Status>,
    unit: Option<String>,
    trend: Option<Trend>,
}

impl Scene<'_> {
    /// The words of all distinct headings over a column, from above.
    fn column_words(&self, column: usize, layout: &Layout) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let mut last = None;
        for row in 0..layout.heads {
            let cell = self.grid.at(row, column);
            let wide = (0..self.grid.columns()).all(|c| self.grid.at(row, c) == cell);
            let text = self.grid.text(row, column);
            let wide = wide || text.chars().nth(LONGEST_NAME).is_some();
            if cell != last && !wide && !text.is_empty() && out.last().is_none_or(|l| l != text) {
                out.push(text.to_owned());
            }
            last = cell;
        }
        out
    }

    fn heading(&self, words: &[String]) -> Heading {
        let mut heading = Heading::default();
        let mut rest: Vec<String> = Vec::new();
        for word in words {
            let (plain, unit) = split_unit(word);
            heading.unit = unit.or(heading.unit);
            let chars: Vec<char> = plain.chars().collect();
            let bare_year = plain.parse::<i32>().ok().filter(|y| (1949..=2100).contains(y));
            let times = period::find_all(&chars, self.clock.year);
            // 上年=100: what an index is counted from is not its time.
            let base = ["=100", "＝100", "为100"].iter().any(|w| plain.replace(' ', "").contains(w));
            let time = times.iter().find(|t| t.kind != Kind::Compared && !base);
            if let Some(year) = bare_year {
                heading.period = Some(Period::year(year));
                continue;
            }
            if let Some(time) = time {
                heading.period = Some(time.period);
            }
            let without: String = match time {
                Some(t) => chars[..t.range.start].iter().chain(&chars[t.range.end..]).collect(),
                None => plain.clone(),
            };
            let has = |words: &[&str]| words.iter().any(|w| without.contains(w));
            if has(ESTIMATES) {
                heading.status = Some(Status::Estimated);
            } else if has(RESULTS) {
                heading.status = Some(Status::Actual);
            } else if has(TARGETS) {
                heading.status = Some(Status::Target);
            }
            if has(GROWTH) {
                heading.trend = Some(Trend::Up);
            } else if has(SHARES) {
                heading.trend = Some(Trend::Share);
            }
            let without = without.trim_matches(['（', '）', '(', ')', '：', ':', ' ', '、']).to_owned();
            if !without.is_empty() && !PLAIN.contains(&without.as_str()) {
                rest.push(without);
            }
        }
        if heading.trend.is_some() && heading.unit.is_none() {
            heading.unit = Some("%".to_owned());
        }
        heading.rest = rest.join("、");
        heading
    }

    /// The name of a row by its stub columns, its unit and its time.
    fn stub(&self, row: usize, layout: &Layout) -> (Vec<String>, Option<String>, Option<Period>) {
        let mut names: Vec<String> = Vec::new();
        let (mut unit, mut time) = (None, None);
        let mut seen = Vec::new();
        for column in layout.columns.start..layout.stubs {
            let heads = self.column_words(column, layout);
            let head = heads.last().map(String::as_str).unwrap_or_default();
            let Some(cell) = self.grid.at(row, column).filter(|c| !seen.contains(c)) else { continue };
            seen.push(cell);
            let text = self.grid.cells[cell].text.as_str();
            if text.is_empty() || SERIALS.contains(&head) || REMARKS.contains(&head) {
                continue;
            }
            if layout.unit == Some(column) && is_unit(text) {
                unit = Some(text.to_owned());
                continue;
            }
            let (plain, own) = split_unit(text);
            unit = own.or(unit);
            let plain = clean_stub(&plain);
            let chars: Vec<char> = plain.chars().collect();
            let year = plain.strip_suffix('年').unwrap_or(&plain).parse::<i32>().ok();
            if let Some(year) = year.filter(|y| (1949..=2100).contains(y)) {
                time = Some(Period::year(year));
                continue;
            }
            if let Some(found) =
                period::find_all(&chars, self.clock.year).into_iter().find(|f| f.range == (0..chars.len()))
            {
                time = Some(found.period);
                continue;
            }
            if !plain.is_empty() {
                names.push(plain);
            }
        }
        (names, unit, time)
    }

    /// The sentences about the cells of a row.
    fn row(&self, row: usize, layout: &Layout) -> Vec<Said> {
        let (names, row_unit, row_time) = self.stub(row, layout);
        let caption = caption_unit(self.captions).or_else(|| {
            let wide: Vec<String> = (0..layout.heads)
                .flat_map(|r| (0..self.grid.columns()).map(move |c| (r, c)))
                .map(|(r, c)| self.grid.text(r, c).to_owned())
                .filter(|t| t.contains("单位"))
                .collect();
            caption_unit(&wide)
        });
        let of_places = {
            let head = self.column_words(layout.columns.start, layout);
            head.last().is_some_and(|h| PLACES.iter().any(|p| h.contains(p)))
                || names
                    .first()
                    .is_some_and(|n| crate::region::find(n).first().is_some_and(|(r, _)| *r == (0..n.chars().count())))
        };
        let mut out = Vec::new();
        let (mut last, mut latest) = (None, None::<Period>);
        for column in layout.stubs..layout.columns.end {
            let Some(cell) = self.grid.at(row, column).filter(|c| Some(*c) != last) else { continue };
            last = Some(cell);
            let cell = &self.grid.cells[cell];
            if layout.unit == Some(column)
                || matches!(cell.text.as_str(), "" | "-" | "—" | "－" | "–" | "/" | "…" | "——" | "--")
            {
                continue;
            }
            let words = self.column_words(column, layout);
            if words.last().is_some_and(|h| SERIALS.contains(&h.as_str())) {
                continue;
            }
            let mut heading = self.heading(&words);
            // A change without a year of its own is that of the last year before it: 2024年, 2025年, 增长%.
            if heading.trend == Some(Trend::Up) {
                heading.period = heading.period.or(latest);
            }
            latest = heading.period.or(latest);
            out.push(self.say(
                &names,
                row_unit.as_deref(),
                row_time,
                &heading,
                caption.as_deref(),
                of_places,
                cell,
                (row, column),
            ));
        }
        out
    }

    #[allow(clippy::too_many_arguments)]
    fn say(
        &self,
        names: &[String],
        row_unit: Option<&str>,
        row_time: Option<Period>,
        heading: &Heading,
        caption: Option<&str>,
        of_places: bool,
        cell: &crate::formats::table::Cell,
        place: (usize, usize),
    ) -> Said {
        let titled = || caption_period(self.captions, self.clock.year);
        let period = row_time.or(heading.period).or_else(titled).or(self.context.period);
        let year = period.and_then(|p| p.single_year());
        let future = year.zip(self.clock.present).map(|(y, present)| y >= present);
        let status = heading.status.or(match future {
            Some(true) => Some(Status::Target),
            Some(false) => Some(Status::Actual),
            None => self.context.status,
        });
        let chars: Vec<char> = cell.text.chars().collect();
        let counted = is_value(&cell.text);
        let own_unit = plain_number(&chars).is_some_and(|(_, end)| end < chars.len());
        let unit = match heading.unit.as_deref().or(row_unit).or(caption) {
            Some(unit) if counted && !own_unit && cell.text != "持平" => unit,
            _ => "",
        };
        // The words of the row, then those of the column: what is measured is the last that names something.
        let (name, lead) = match names {
            [] => (String::new(), String::new()),
            [only] => (only.clone(), String::new()),
            [.., above, own] if QUALIFIERS.contains(&own.as_str()) => (format!("{own}{above}"), String::new()),
            [above @ .., own] => (own.clone(), format!("{}中的", above.join("、"))),
        };
        let mut text = String::new();
        // The year itself, or the time as the heading has it.
        let timed = heading.period.is_some() || row_time.is_some();
        if let Some(year) = year.filter(|_| counted || timed) {
            text.push_str(&format!("{year}年"));
        } else if let Some((from, to)) = period.and_then(|p| p.year_span()).filter(|_| timed) {
            text.push_str(&if from == to { format!("{from}年") } else { format!("{from}—{to}年") });
        }
        text.push_str(&lead);
        let start = text.chars().count();
        let joined = of_places || name.is_empty();
        text.push_str(&name);
        let mut from = start;
        if joined && !heading.rest.is_empty() {
            from = text.chars().count();
            text.push_str(&heading.rest);
        }
        let measure = from..text.chars().count();
        if !joined && !heading.rest.is_empty() {
            text.push_str(&format!("（{}）", heading.rest));
        }
        text.push('：');
        let value_from = text.chars().count();
        text.push_str(&cell.text);
        text.push_str(unit);
        let value = value_from..text.chars().count();
        text.push('。');
        let (mut measure, mut value) = (measure, value);
        if text.chars().count() > Passage::MAX_CHARS {
            // Headings that fill a passage by themselves are left out, the cell never.
            text = format!("{}{unit}。", cell.text);
            (measure, value) = (0..0, 0..text.chars().count() - 1);
        }
        Said {
            text,
            value,
            measure,
            period,
            status,
            trend: heading.trend,
            source: cell.range.clone(),
            row: place.0,
            column: place.1,
            counted,
        }
    }

    /// Puts a sentence behind those that a passage has.
    fn add(&self, passage: &mut Passage, said: &Said) {
        let at = passage.text.chars().count();
        let length = said.text.chars().count();
        let shift = |r: &Range<usize>| r.start + at..r.end + at;
        let value: String = said.text.chars().skip(said.value.start).take(said.value.len()).collect();
        let measure: String = said.text.chars().skip(said.measure.start).take(said.measure.len()).collect();
        let mut quantities = Vec::new();
        if said.counted {
            quantities.push(quantity_of(&value, &measure, said.trend, shift(&said.value), shift(&said.measure)));
        } else {
            // Words in a cell may hold values of their own.
            for mut q in quantity::parse(&said.text) {
                q.measure_range = q.measure_range.map(|r| shift(&r));
                q.range = shift(&q.range);
                quantities.push(q);
            }
        }
        // Every made character points at the cell: the headings' words at its first, a unit's at its last.
        let own = said.source.len();
        for i in 0..length {
            let inside = i.saturating_sub(said.value.start).min(own.saturating_sub(1));
            let source = said.source.start + if i < said.value.start { 0 } else { inside };
            let (text, source) = ((at + i) as u32, source as u32);
            if passage.runs.last().is_none_or(|&(t, s)| source != s + (text - t)) {
                passage.runs.push((text, source));
            }
        }
        let (first, last) = (said.source.start, said.source.end);
        passage.source_range = if passage.text.is_empty() {
            first..last
        } else {
            passage.source_range.start.min(first)..passage.source_range.end.max(last)
        };
        passage.text.push_str(&said.text);
        passage.made = true;
        passage.cells.push(CellPlace {
            range: shift(&said.value),
            table: self.index as u32,
            row: said.row as u32,
            column: said.column as u32,
        });
        passage.sentences.push(Sentence {
            range: at..at + length,
            period: said.period,
            status: said.status,
            quantities,
        });
    }
}

/// A row's name without what only leads in: 其中：, 1., 一、, and indents.
fn clean_stub(text: &str) -> String {
    let text = text.trim().trim_start_matches("其中：").trim_start_matches("其中:").trim_start_matches("#").trim();
    let length = crate::outline::marker(text).map_or(0, |(_, n)| n);
    text.chars().skip(length).collect::<String>().trim().to_owned()
}

/// The quantity of a value with its unit.
fn quantity_of(
    value: &str,
    measure: &str,
    trend: Option<Trend>,
    range: Range<usize>,
    measure_range: Range<usize>,
) -> Quantity {
    let chars: Vec<char> = value.chars().collect();
    let (plain, end) = plain_number(&chars).unwrap_or((0.0, chars.len()));
    // The value as prose would have it, its separators gone: 1，260张 is read as 1260张.
    let prose = format!("达到{}{}", plain.abs(), chars[end..].iter().collect::<String>());
    let read = quantity::parse(&prose).into_iter().next();
    let (mut number, unit, hedge) = match read {
        Some(q) => (q.value, q.unit, q.hedge),
        None => (plain.abs(), chars[end..].iter().collect(), None),
    };
    if plain < 0.0 {
        number = -number;
    }
    Quantity {
        text: value.to_owned(),
        value: number,
        unit,
        hedge,
        trend,
        measure: measure.to_owned(),
        measure_range: (!measure_range.is_empty()).then_some(measure_range),
        range,
        ..Quantity::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::table::Table;

    fn grid(rows: &[&[&str]]) -> Grid {
        let mut table = Table::default();
        for row in rows {
            table.begin_row();
            for cell in *row {
                // "字*2" covers two columns, "字/2" two rows.
                let (text, columns, down) = match cell.split_once('*').filter(|(_, n)| n.parse::<usize>().is_ok()) {
                    Some((text, n)) => (text, n.parse().unwrap(), 1),
                    None => match cell.split_once('/').filter(|(_, n)| n.parse::<usize>().is_ok()) {
                        Some((text, n)) => (text, 1, n.parse().unwrap()),
                        None => (*cell, 1, 1),
                    },
                };
                table.cell(text, columns, down, false);
            }
        }
        table.grid().unwrap()
    }

    fn read(rows: &[&[&str]], captions: &[&str]) -> Vec<Passage> {
        let captions: Vec<String> = captions.iter().map(|c| (*c).to_owned()).collect();
        let context = Context { period: Some(Period::year(2024)), status: Some(Status::Actual) };
        let clock = Clock::of(Some(2025));
        passages(&Scene { grid: &grid(rows), index: 0, captions: &captions, context, clock })
    }

    fn texts(passages: &[Passage]) -> Vec<&str> {
        passages.iter().map(|p| p.text.as_str()).collect()
    }

    #[test]
    fn values_are_said_with_time_status_and_unit() {
        let got = read(
            &[
                &["指标/2", "2024年*2", "2025年/2"],
                &["计划", "实际"],
                &["粮食产量（万吨）", "150", "162", "165"],
                &["企业（家）", "1,400", "1，452", "1 500"],
            ],
            &[],
        );
        assert_eq!(
            texts(&got),
            [
                "2024年粮食产量（计划）：150万吨。2024年粮食产量（实际）：162万吨。2025年粮食产量：165万吨。",
                "2024年企业（计划）：1,400家。2024年企业（实际）：1，452家。2025年企业：1 500家。"
            ]
        );
        let said: Vec<_> = got
            .iter()
            .flat_map(|p| &p.sentences)
            .map(|s| {
                let q = &s.quantities[0];
                (s.period.and_then(|p| p.single_year()), s.status, q.value, q.unit.as_str(), q.measure.as_str())
            })
            .collect();
        assert_eq!(said[0], (Some(2024), Some(Status::Target), 1.5e6, "吨", "粮食产量"));
        assert_eq!(said[1], (Some(2024), Some(Status::Actual), 1.62e6, "吨", "粮食产量"));
        assert_eq!(said[2], (Some(2025), Some(Status::Target), 1.65e6, "吨", "粮食产量"));
        assert_eq!(said[4], (Some(2024), Some(Status::Actual), 1452.0, "家", "企业"));
        assert_eq!(said[5].2, 1500.0);
    }

    #[test]
    fn units_come_from_their_column_the_caption_or_the_cell() {
        let column = read(&[&["指标", "单位", "2024年"], &["粮食产量", "万吨", "162"]], &[]);
        assert_eq!(texts(&column), ["2024年粮食产量：162万吨。"]);
        let caption =
            read(&[&["指标", "2024年", "2025年目标"], &["公共预算收入", "286.4", "298"]], &["完成情况（单位：亿元）"]);
        assert_eq!(texts(&caption), ["2024年公共预算收入：286.4亿元。2025年公共预算收入（目标）：298亿元。"]);
        let cell = read(&[&["新建学校", "18所"], &["新增床位", "1，260张"]], &[]);
        assert_eq!(texts(&cell), ["2024年新建学校：18所。", "2024年新增床位：1，260张。"]);
        assert_eq!(cell[1].sentences[0].quantities[0].value, 1260.0);
    }

    #[test]
    fn nested_rows_changes_and_places() {
        let nested = read(
            &[&["指标", "计量单位", "实际"], &["居民收入/2", "城镇（元）", "48，512"], &["农村（元）", "22，630"]],
            &[],
        );
        assert_eq!(
            texts(&nested),
            ["2024年城镇居民收入（实际）：48，512元。", "2024年农村居民收入（实际）：22，630元。"]
        );
        let change = read(&[&["指标", "绝对数", "比上年增长（%）"], &["进出口（亿元）", "120", "-3.1"]], &[]);
        assert_eq!(texts(&change), ["2024年进出口：120亿元。2024年进出口（比上年增长）：-3.1%。"]);
        let q = &change[0].sentences[1].quantities[0];
        assert_eq!((q.value, q.trend), (-3.1, Some(Trend::Up)));
        let places = read(&[&["地区", "生产总值（亿元）", "增速（%）"], &["江北县", "300", "5.2"]], &[]);
        assert_eq!(places[0].sentences[0].quantities[0].measure, "生产总值");
        assert!(places[0].text.starts_with("2024年江北县生产总值：300亿元。"), "{}", places[0].text);
    }

    #[test]
    fn a_table_of_words_says_its_columns() {
        let got = read(&[&["对象", "标准", "部门"], &["高龄老人", "每月300元", "民政局"]], &[]);
        assert_eq!(texts(&got), ["高龄老人（标准）：每月300元。高龄老人（部门）：民政局。"]);
    }

    #[test]
    fn tables_side_by_side_are_told_apart_by_their_first_heading() {
        let got = read(
            &[
                &["项目", "2024年决算数", "2025年预计数", "增长%", "项目", "2024年决算数", "2025年预计数", "增长%"],
                &["一、甲类收入", "30", "33", "10%", "一、乙类支出", "50", "45", "-10%"],
                &["", "", "", "", "二、丙类支出", "8", "10", "25%"],
            ],
            &["单位：亿元"],
        );
        assert_eq!(
            texts(&got),
            [
                "2024年甲类收入（决算数）：30亿元。2025年甲类收入（预计数）：33亿元。2025年甲类收入（增长）：10%。",
                "2024年乙类支出（决算数）：50亿元。2025年乙类支出（预计数）：45亿元。2025年乙类支出（增长）：-10%。",
                "2024年丙类支出（决算数）：8亿元。2025年丙类支出（预计数）：10亿元。2025年丙类支出（增长）：25%。",
            ]
        );
        let place = &got[1].cells[0];
        assert_eq!((place.row, place.column), (1, 5));
        // Two columns of values with one heading are one table.
        let one = read(&[&["项目", "数", "数"], &["甲", "1", "2"]], &[]);
        assert_eq!(texts(&one), ["2024年甲：1。2024年甲：2。"]);
    }

    #[test]
    fn the_title_of_a_table_says_its_year_where_no_heading_does() {
        let rows: &[&[&str]] = &[&["项目", "合计"], &["甲类收入", "30"]];
        let year = |captions: &[&str]| read(rows, captions)[0].sentences[0].period.and_then(|p| p.single_year());
        assert_eq!(year(&["附件3", "2022年收支总表", "单位：亿元"]), Some(2022));
        assert_eq!(year(&["2021年至2022年收支总表"]), Some(2024));
        assert_eq!(year(&["2022年有所增长，见下表。"]), Some(2024));
        let own = read(&[&["项目", "2023年"], &["甲类收入", "30"]], &["2022年收支总表"]);
        assert_eq!(texts(&own), ["2023年甲类收入：30。"]);
    }

    #[test]
    fn what_an_index_is_counted_from_is_not_its_time() {
        let got = read(&[&["类别", "上年同期=100"], &["食品", "99.3"]], &["2024年价格指数"]);
        assert_eq!(texts(&got), ["2024年食品（上年同期=100）：99.3。"]);
    }
}
