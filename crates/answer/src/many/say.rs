//! The answer of a filled table: the result, the table as people read it, its values and proofs.

use wenbao_report::{Hedge, Period, Region, Status, Trend};

use super::Filled;
use super::fill::{Column, Given};
use super::mentions::Mention;
use super::operate::{Entry, Outcome, SHORT, cut, is_range, operate};
use super::read::{Order, Rows, Wish};
use super::rows::Line;
use crate::compose::{Builder, without_evidence};
use crate::interpret::{Asked, Query, Rate};
use crate::model::{Answer, Interpretation, Kind, Table, TableCell, TableColumn, TableRow, Timings, Value};
use crate::view::{View, slice};

/// The share of cells that are right, as measured (docs/EVALUATION.md).
const RIGHT: f32 = 0.9;

/// The value of a cell; among rates of growth a fall of 3% is -3%, which is less than a growth of 1%.
fn signed(given: &Given, column: &Column) -> Value {
    let value = given.found.value.clone();
    let fell = given.found.trend == Some(Trend::Down) && column.cell.asked == Asked::Rate(Rate::Growth);
    Value { value: value.value.map(|number| if fell { -number } else { number }), ..value }
}

/// What was asked, of whom.
pub(crate) struct Ask<'a> {
    /// The question, as asked.
    pub question: &'a str,
    /// The same as read.
    pub query: &'a Query,
    /// What it is asked of.
    pub view: &'a View,
    /// What it wants.
    pub order: &'a Order,
    /// The rows.
    pub lines: &'a [Line],
}

/// The answer that a filled table gives.
pub(crate) fn table(ask: &Ask<'_>, filled: &Filled) -> Answer {
    let Ask { question, view, order, lines, .. } = *ask;
    let mut builder = Builder::new(view, &[]);
    let years = matches!(order.rows, Rows::Years(..));
    let columns: Vec<TableColumn> = filled
        .columns
        .iter()
        .map(|c| TableColumn {
            label: label(&c.cell.text, &c.cell.label, years),
            period: if years { None } else { c.cell.period },
            status: c.cell.status,
        })
        .collect();
    let mut values = Vec::new();
    let mut rows = Vec::new();
    for (line, cells) in lines.iter().zip(&filled.cells) {
        let cells: Vec<Option<TableCell>> = cells
            .iter()
            .zip(&filled.columns)
            .map(|(given, column)| {
                let given = given.as_ref()?;
                let n = builder.cite_range(&given.scored, given.found.quote.clone());
                let value = signed(given, column);
                let cell = cell(given, &value, n);
                values.push(Value { region: line.region.clone(), citations: vec![n], ..value });
                Some(cell)
            })
            .collect();
        rows.push(row(line, cells, &filled.cells[rows.len()]));
    }
    let lacking: Vec<String> = lines
        .iter()
        .zip(&rows)
        .filter(|(_, r)| r.cells.iter().any(Option::is_none))
        .map(|(l, _)| l.label.clone())
        .collect();
    let entries = |column: usize| -> Vec<Entry> {
        lines
            .iter()
            .enumerate()
            .filter_map(|(at, line)| {
                let given = filled.cells[at].get(column)?.as_ref()?;
                given.found.value.value?;
                let value = Value { region: line.region.clone(), ..signed(given, &filled.columns[column]) };
                Some(Entry { line: at, name: line.label.clone(), value, words: given.found.answer.clone() })
            })
            .collect()
    };
    let (first, second) = (entries(0), entries(1));
    let found = rows.len() - lacking.len();
    let outcomes: Vec<Outcome> =
        order.wishes.iter().filter_map(|wish| operate(wish, order.how_many, &first, &second, &lacking)).collect();
    let nothing = rows.iter().all(|r| r.cells.iter().all(Option::is_none));
    let asks_for_lack = order.wishes.contains(&Wish::Lacking);
    let title = columns.iter().map(titled).collect::<Vec<_>>().join("、");
    // What cannot be set against the number that is named has nothing to do with the question.
    let beside = outcomes.is_empty() && order.wishes.iter().any(|wish| matches!(wish, Wish::Where(_)));
    if nothing && !asks_for_lack || beside {
        return none(ask, &title);
    }
    let mut head: Vec<String> = outcomes.iter().map(|o| format!("{}。", o.sentence)).collect();
    let unit = if years { "个年份" } else { "个地方" };
    if head.is_empty() {
        head.push(format!("{title}：{found}{unit}有数。"));
    }
    let answer = match outcomes.as_slice() {
        [] => side_by_side(&first, columns.len()).unwrap_or_else(|| format!("{found}{unit}有数")),
        [one] => one.answer.clone(),
        [a, b] if matches!(order.wishes.as_slice(), [Wish::First { .. }, Wish::First { .. }]) => {
            format!("{}；{}", end_of(&order.wishes[0], a), end_of(&order.wishes[1], b))
        }
        many => many.iter().map(|o| o.answer.as_str()).collect::<Vec<_>>().join("；"),
    };
    let shown = order_of(&outcomes, lines.len(), &order.wishes);
    let body = markdown(&columns, &rows, &shown, years);
    let mut tail = Vec::new();
    if !lacking.is_empty() && !asks_for_lack {
        tail.push(format!("{found}{unit}有数，{}个未提及：{}。", lacking.len(), lacking.join("、")));
    }
    if outcomes.iter().any(|o| o.compared) && (first.iter().chain(&second)).any(is_rough) {
        tail.push("比较时按写出的数：区间取下限，“左右”“以上”“以内”不加减；有基数和力争数的取基数。".to_string());
    }
    for outcome in &outcomes {
        if let Some(value) = &outcome.value {
            let citations = outcome
                .lines
                .iter()
                .flat_map(|l| rows[*l].cells.iter().take(1).flatten())
                .flat_map(|c| c.citations.clone())
                .collect();
            values.push(Value { citations, ..value.clone() });
        }
    }
    let (passages, citations) = builder.finish(0);
    let text =
        [vec![head.concat()], vec![body], tail].concat().into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>();
    Answer {
        question: question.to_string(),
        answer,
        text: text.join("\n\n"),
        kind: Kind::Table,
        abstained: false,
        confidence: RIGHT,
        reason: None,
        interpretation: interpretation(ask, filled),
        values,
        table: Some(Table { columns, asked: lines.len(), found, missing: lacking, rows }),
        passages,
        citations,
        unreachable: Vec::new(),
        timings_ms: Timings::default(),
        explanation: None,
    }
}

/// The answer to which reports have a word.
pub(crate) fn mentions(ask: &Ask<'_>, term: &str, holds: bool, found: &[Option<Mention>]) -> Answer {
    let Ask { question, view, order, lines, .. } = *ask;
    let mut builder = Builder::new(view, &[]);
    let mut rows = Vec::new();
    for (line, mention) in lines.iter().zip(found) {
        let cell = mention.as_ref().map(|m| {
            let n = builder.cite_range(&m.scored, m.quote.clone());
            let text = slice(&m.scored.passage.record.passage.text, &m.quote).trim().to_string();
            TableCell { text, citations: vec![n], ..TableCell::default() }
        });
        rows.push(TableRow {
            label: line.label.clone(),
            region: line.region.clone(),
            period: line.year.map(Period::year),
            status: None,
            cells: vec![cell],
        });
    }
    let names = |has: bool| -> Vec<&str> {
        lines.iter().zip(found).filter(|(_, m)| m.is_some() == has).map(|(l, _)| l.label.as_str()).collect()
    };
    let (with, without) = (names(true), names(false));
    let wanted = if holds { &with } else { &without };
    let said = if holds { "提到" } else { "没有提到" };
    let count = format!("{}个", wanted.len());
    let joined = wanted.join("、");
    let sentence = match wanted.as_slice() {
        [] if holds => format!("没有一个提到“{term}”。"),
        [] => format!("{}个都提到了“{term}”。", lines.len()),
        _ => format!("{count}{said}“{term}”：{joined}。"),
    };
    let answer = match (wanted.is_empty(), order.how_many) {
        (_, true) => count,
        (true, false) => "没有".to_string(),
        (false, false) => cut(&joined),
    };
    let columns = vec![TableColumn { label: format!("提到“{term}”"), ..TableColumn::default() }];
    let shown: Vec<usize> = (0..rows.len()).filter(|at| found[*at].is_some()).collect();
    let body = if shown.is_empty() { String::new() } else { markdown(&columns, &rows, &shown, false) };
    let rest = match (holds, without.as_slice()) {
        (true, [_, ..]) => format!("另外{}个没有提到：{}。", without.len(), without.join("、")),
        _ => String::new(),
    };
    let (passages, citations) = builder.finish(0);
    let missing: Vec<String> = without.iter().map(|name| (*name).to_string()).collect();
    Answer {
        question: question.to_string(),
        answer,
        text: [sentence, body, rest].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("\n\n"),
        kind: Kind::Table,
        abstained: false,
        // The words stand there or they do not.
        confidence: 0.97,
        reason: None,
        interpretation: Interpretation {
            periods: ask.query.periods.clone(),
            regions: lines.iter().filter_map(|l| l.region.clone()).collect(),
            statuses: Vec::new(),
            expects: None,
            topic: term.to_string(),
        },
        values: Vec::new(),
        table: Some(Table { columns, asked: lines.len(), found: with.len(), missing, rows }),
        passages,
        citations,
        unreachable: Vec::new(),
        timings_ms: Timings::default(),
        explanation: None,
    }
}

/// No report says it.
pub(crate) fn none(ask: &Ask<'_>, title: &str) -> Answer {
    let Ask { question, order, lines, .. } = *ask;
    let names: Vec<&str> = lines.iter().map(|l| l.label.as_str()).collect();
    let reason = format!("没有找到{title}：{}个都未提及（{}）。", lines.len(), names.join("、"));
    Answer {
        answer: String::new(),
        abstained: true,
        confidence: 0.0,
        reason: Some(reason.clone()),
        interpretation: Interpretation {
            periods: ask.query.periods.clone(),
            regions: lines.iter().filter_map(|l| l.region.clone()).collect(),
            statuses: ask.query.statuses.clone(),
            expects: None,
            topic: order.question.clone(),
        },
        ..without_evidence(question, Kind::None, reason)
    }
}

fn interpretation(ask: &Ask<'_>, filled: &Filled) -> Interpretation {
    let Ask { order, lines, .. } = *ask;
    let cell = filled.columns.first().map(|c| &c.cell);
    let mut regions: Vec<Region> = lines.iter().filter_map(|l| l.region.clone()).collect();
    regions.dedup();
    let mut periods: Vec<Period> = match order.rows {
        Rows::Years(..) => lines.iter().filter_map(|l| l.year.map(Period::year)).collect(),
        _ => filled.columns.iter().filter_map(|c| c.cell.period).collect(),
    };
    periods.dedup();
    let mut statuses: Vec<Status> = filled.columns.iter().filter_map(|c| c.cell.status).collect();
    statuses.dedup();
    Interpretation {
        periods,
        regions,
        statuses,
        expects: cell.and_then(|c| c.units.first().cloned()),
        topic: cell.map_or_else(|| ask.query.topic.clone(), |c| c.topic.clone()),
    }
}

fn cell(given: &Given, value: &Value, n: usize) -> TableCell {
    TableCell {
        text: given.found.answer.clone(),
        value: value.value,
        unit: value.unit.clone(),
        hedge: value.hedge.filter(|h| *h != Hedge::Strive),
        citations: vec![n],
    }
}

fn row(line: &Line, cells: Vec<Option<TableCell>>, given: &[Option<Given>]) -> TableRow {
    let mut statuses: Vec<Option<Status>> = given.iter().flatten().map(|g| g.found.value.status).collect();
    statuses.dedup();
    TableRow {
        label: line.label.clone(),
        region: line.region.clone(),
        period: line.year.map(Period::year),
        status: match statuses.as_slice() {
            [one] => *one,
            _ => None,
        },
        cells,
    }
}

/// Whether a value is given with a hedge or two ends.
fn is_rough(entry: &Entry) -> bool {
    entry.value.hedge.is_some() || is_range(&entry.words)
}

/// The values of a few rows in the short answer: "上海5%左右，浙江5%—5.5%"; `None` where they are too many.
fn side_by_side(entries: &[Entry], columns: usize) -> Option<String> {
    let all: Vec<String> = entries.iter().map(|e| format!("{}{}", e.name, e.words)).collect();
    let joined = all.join("，");
    (columns == 1 && !all.is_empty() && joined.chars().count() <= SHORT).then_some(joined)
}

/// "最高新疆（10%左右）".
fn end_of(wish: &Wish, outcome: &Outcome) -> String {
    let end = if matches!(wish, Wish::First { high: true, .. }) { "最高" } else { "最低" };
    format!("{end}{}", outcome.answer)
}

/// What a column is called: its question without the words that ask and without the year.
fn label(text: &str, own: &str, years: bool) -> String {
    let _ = years;
    let mut out = text.to_string();
    for word in ["分别是多少", "各是多少", "是多少", "是什么", "有多少", "达到多少", "多少", "？"]
    {
        out = out.replace(word, "");
    }
    let year = |c: &[char]| c[..4].iter().all(char::is_ascii_digit) && c[4] == '年';
    let chars: Vec<char> = out.chars().collect();
    let mut at = 0;
    let mut bare = String::new();
    while at < chars.len() {
        if chars.len() >= at + 5 && year(&chars[at..at + 5]) {
            at += 5;
            if chars.get(at) == Some(&'的') {
                at += 1;
            }
            continue;
        }
        bare.push(chars[at]);
        at += 1;
    }
    let bare = bare.trim_matches(['的', '，', ' ']).to_string();
    match own {
        "目标" | "实际" if !bare.contains(own) => format!("{bare}{own}"),
        _ => bare,
    }
}

/// The column's name with its year.
fn titled(column: &TableColumn) -> String {
    let year = column.period.and_then(|p| p.single_year()).map_or(String::new(), |y| format!("{y}年"));
    format!("{year}{}", column.label)
}

/// In which order rows are shown, and which.
fn order_of(outcomes: &[Outcome], rows: usize, wishes: &[Wish]) -> Vec<usize> {
    let all = || (0..rows).collect();
    match (outcomes, wishes) {
        ([one], [Wish::Order { .. } | Wish::RankOf(_)]) => {
            let mut out = one.lines.clone();
            out.extend((0..rows).filter(|at| !one.lines.contains(at)));
            out
        }
        ([one], [Wish::First { .. } | Wish::Where(_) | Wish::Against { .. }]) => {
            let mut out = one.lines.clone();
            out.extend((0..rows).filter(|at| !one.lines.contains(at)));
            out
        }
        _ => all(),
    }
}

/// The table in Markdown: a row a line that says something.
fn markdown(columns: &[TableColumn], rows: &[TableRow], shown: &[usize], years: bool) -> String {
    let clean = |text: &str| text.replace('|', "｜").replace(['\n', '\r'], " ");
    let mut out = String::new();
    let heads: Vec<String> = columns.iter().map(|c| clean(&titled(c))).collect();
    out.push_str(&format!("| {} | {} |\n", if years { "年份" } else { "地方" }, heads.join(" | ")));
    out.push_str(&format!("| --- |{}", " --- |".repeat(columns.len())));
    for row in shown.iter().filter_map(|at| rows.get(*at)).filter(|r| r.cells.iter().any(Option::is_some)) {
        let cells: Vec<String> = row
            .cells
            .iter()
            .map(|cell| match cell {
                Some(cell) => {
                    let marks: String = cell.citations.iter().map(|n| format!("[{n}]")).collect();
                    format!("{}{marks}", clean(&cell.text))
                }
                None => "—".to_string(),
            })
            .collect();
        out.push_str(&format!("\n| {} | {} |", clean(&row.label), cells.join(" | ")));
    }
    out
}
