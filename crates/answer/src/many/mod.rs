//! Questions over many reports: a table of places or years by what is asked, and what follows from it.
//!
//! [`answer`] takes a question that asks for more than one place or year at once: "各省2026年GDP增长目标", "哪些省提到低空经济", "历年的
//! 增长目标". It is read ([`read`]), its rows are found ([`rows`]), every cell is answered as a question of its own ([`fill`]) or
//! looked up word for word ([`mentions`]), what is wished is done with the values ([`operate`]), and said ([`say`]).

mod fill;
pub(crate) mod fits;
mod mentions;
mod operate;
pub(crate) mod read;
mod rows;
mod say;

use std::collections::HashSet;

use wenbao_lang::place;
use wenbao_report::{Period, Region, Status};

use crate::answerer::Reading;
use crate::cell::{self, Means};
use crate::error::Error;
use crate::interpret::{self, Asked, Cell, Clock, Query};
use crate::model::{Answer, Question, TableRequest};
use crate::projection::QuestionVector;
use crate::view::View;

use fill::{Column, Given};
use read::{Order, Rows, Wish};
use rows::Line;

pub(crate) use fill::WINDOWS;
pub(crate) use rows::provinces;

/// Embeds questions: a vector each.
pub(crate) type Embed<'a> = dyn Fn(&[&str]) -> Result<Vec<QuestionVector>, Error> + 'a;

/// What a question turns out to be.
pub(crate) enum Many {
    /// One over many reports, and its answer.
    Answered(Box<Answer>),
    /// It names no place, and this is the only one whose reports speak of it.
    Only(Region),
    /// One over a single report.
    Not,
}

/// Answers a question over many reports.
///
/// # Errors
/// When the index cannot be read or a model cannot compute.
pub(crate) fn answer(
    means: &Means<'_>,
    clock: &Clock,
    embed: &Embed<'_>,
    question: &Question,
    reading: &Reading,
) -> Result<Many, Error> {
    let view = means.view;
    if !reading.language.is_chinese() || view.snapshot.is_empty() {
        return Ok(Many::Not);
    }
    let query = &reading.query;
    let named = named(view, query);
    let names: Vec<String> = named.iter().map(|r| r.0.clone()).collect();
    let Some(order) = read::read(&query.text, &names) else { return no_place(means, embed, question, query, &named) };
    // A few places side by side are a question of as many cells.
    if order.rows == Rows::Listed && order.wishes.is_empty() && !order.table && named.len() <= SIDE_BY_SIDE {
        return Ok(Many::Not);
    }
    let Some(lines) = rows::lines(view, &order, &named) else { return Ok(Many::Not) };
    let ask = say::Ask { question: &question.text, query, view, order: &order, lines: &lines };
    if let Some(Wish::Mentions { term, holds }) = order.wishes.first() {
        let found = mentions::mentions(view, means.restriction, &lines, term, order.report_year)?;
        return Ok(Many::Answered(Box::new(say::mentions(&ask, term, *holds, &found))));
    }
    let Some(asked_of) = asked(&order, clock) else { return Ok(Many::Not) };
    let mut table = table(means, embed, &order, &lines, asked_of)?;
    // "各省固定资产投资目标": where reports give no amount, they tell by how much it is to grow; a bound that is an amount needs one.
    let in_amounts =
        matches!(order.wishes.first(), Some(Wish::Where(bound)) if !matches!(bound.than.unit.as_str(), "" | "%"));
    if !in_amounts
        && 4 * table.found() < lines.len()
        && let Some(growth) = read::as_growth(&order.question)
        && let Some(of_growth) = asked(&Order { question: growth, ..order.clone() }, clock)
    {
        let other = self::table(means, embed, &order, &lines, of_growth)?;
        if other.found() > table.found() {
            table = other;
        }
    }
    fill::read_missing(means, &table.columns, &lines, &mut table.cells)?;
    Ok(Many::Answered(Box::new(say::table(&ask, &table))))
}

/// A question for a value that names no place, over reports of several: whose value is meant?
///
/// # Errors
/// As [`answer`].
fn no_place(
    means: &Means<'_>,
    embed: &Embed<'_>,
    question: &Question,
    query: &Query,
    named: &[Region],
) -> Result<Many, Error> {
    let ([cell], None) = (query.cells.as_slice(), query.combine) else { return Ok(Many::Not) };
    let free = named.is_empty() && query.places.is_empty() && question.filter.regions.is_empty();
    let narrowed = !question.filter.documents.is_empty() || cell.asked == Asked::YesNo;
    if !free || narrowed || cell.topic.is_empty() || !cell::wants_value(cell) || !rows::is_of_provinces(means.view) {
        return Ok(Many::Not);
    }
    let order = Order { question: query.text.clone(), ..Order::default() };
    let Some(lines) = rows::lines(means.view, &order, named) else { return Ok(Many::Not) };
    let mut table = table(means, embed, &order, &lines, vec![(query.clone(), cell.clone())])?;
    fill::keep_the_nearest(&mut table.cells);
    let speaking: Vec<usize> = (0..lines.len()).filter(|at| table.cells[*at].iter().any(Option::is_some)).collect();
    match speaking.as_slice() {
        [] => Ok(Many::Not),
        [one] => Ok(lines[*one].region.clone().map_or(Many::Not, Many::Only)),
        _ => {
            let ask = say::Ask { question: &question.text, query, view: means.view, order: &order, lines: &lines };
            Ok(Many::Answered(Box::new(say::table(&ask, &table))))
        }
    }
}

/// A table that is asked for by its parts.
///
/// # Errors
/// When nothing or no place is named, and as [`answer`].
pub(crate) fn request(
    means: &Means<'_>,
    clock: &Clock,
    embed: &Embed<'_>,
    request: &TableRequest,
) -> Result<Answer, Error> {
    let view = means.view;
    let indicator = request.indicator.trim();
    if indicator.is_empty() {
        return Err(Error::EmptyQuestion);
    }
    let length = indicator.chars().count();
    if length > Question::MAX_CHARS {
        return Err(Error::LongQuestion(length));
    }
    let regions = regions(view, &request.regions)?;
    let count = request.years.map_or(0, |(from, to)| usize::try_from(i64::from(to) - i64::from(from) + 1).unwrap_or(0));
    let of_years = regions.len() == 1 && count > 1;
    let most = if of_years { rows::MOST } else { COLUMNS };
    if count > most {
        return Err(Error::ManyYears { years: count, most });
    }
    let years: Vec<i32> = request.years.map_or(Vec::new(), |(from, to)| (from..=to).collect());
    let rows = match (of_years, regions.is_empty()) {
        (true, _) => Rows::Years(years.first().copied(), years.last().copied()),
        (false, true) => Rows::All,
        (false, false) => Rows::Listed,
    };
    let order = Order { rows, table: true, question: indicator.to_string(), ..Order::default() };
    let lines = rows::requested(view, &order, &regions);
    let ask = say::Ask { question: indicator, query: &Query::default(), view, order: &order, lines: &lines };
    let times: Vec<Option<i32>> =
        if of_years || years.is_empty() { vec![None] } else { years.into_iter().map(Some).collect() };
    let mut asked = Vec::new();
    for year in times {
        let text = format!("{}{}", year.map_or(String::new(), |y| format!("{y}年")), read::complete(indicator));
        let query = interpret::interpret(&text, clock);
        let Some(first) = query.cells.first() else { continue };
        let mut cell = Cell { text, ..first.clone() };
        if let Some(status) = request.status {
            cell.status = Some(status);
            cell.explicit.status = true;
        }
        asked.push((Query { cells: vec![cell.clone()], ..query.clone() }, cell));
    }
    if lines.is_empty() || !asked.iter().all(|(_, cell)| cell::wants_value(cell)) {
        return Ok(say::none(&ask, indicator));
    }
    let mut table = table(means, embed, &order, &lines, asked)?;
    fill::read_missing(means, &table.columns, &lines, &mut table.cells)?;
    Ok(say::table(&ask, &table))
}

/// The places that names stand for: provinces, groups, cities, and whatever a report is about.
fn regions(view: &View, names: &[String]) -> Result<Vec<Region>, Error> {
    let mut out: Vec<Region> = Vec::new();
    for name in names.iter().map(|n| n.trim()).filter(|n| !n.is_empty()) {
        let own = view.snapshot.documents().iter().find_map(|d| d.meta.region.clone().filter(|r| r.0 == name));
        let found: Vec<Region> = match (place::group(name), place::named(name), own) {
            (_, _, Some(region)) => vec![region],
            (Some(group), ..) if !group.provinces.is_empty() => {
                group.provinces.iter().filter(|p| p.reports()).map(|p| Region(p.short.to_string())).collect()
            }
            (_, Some(place), _) => vec![Region(place.name().to_string())],
            _ => return Err(Error::NoPlace(name.to_string())),
        };
        out.extend(found);
    }
    let mut seen = HashSet::new();
    out.retain(|region| seen.insert(region.clone()));
    Ok(out)
}

/// Places that are answered side by side, without a table, where nothing else is wished.
const SIDE_BY_SIDE: usize = 4;

/// Columns of a table, at most.
const COLUMNS: usize = 6;

/// A filled table.
pub(crate) struct Filled {
    /// What is asked of each row.
    pub columns: Vec<Column>,
    /// A cell a line and column.
    pub cells: Vec<Vec<Option<Given>>>,
}

impl Filled {
    /// How many cells have a value.
    fn found(&self) -> usize {
        self.cells.iter().flatten().flatten().count()
    }
}

/// The places that the question names: those it is about, or else those that have a report and whose name stands in it.
fn named(view: &View, query: &Query) -> Vec<Region> {
    if !query.regions.is_empty() {
        return query.regions.clone();
    }
    let mut found: Vec<Region> = view
        .snapshot
        .documents()
        .iter()
        .filter_map(|d| d.meta.region.clone())
        .filter(|r| r.0.chars().count() > 1 && query.text.contains(&r.0))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The cells that each row is asked: one a column.
fn asked(order: &Order, clock: &Clock) -> Option<Vec<(Query, Cell)>> {
    let query = interpret::interpret(&order.question, clock);
    let mut cells = query.cells.clone();
    if cells.is_empty() || cells.len() > COLUMNS || !cells.iter().all(|c| !c.topic.is_empty() && cell::wants_value(c)) {
        return None;
    }
    for cell in &mut cells {
        // A report's year is that of its plan.
        if cell.whole_report && cell.status == Some(Status::Target) {
            cell.whole_report = false;
        }
    }
    if let (Some(Wish::Met(_)), [cell]) = (order.wishes.first(), cells.as_slice()) {
        let with = |status: Status, label: &str| {
            let mut cell = Cell { status: Some(status), label: label.to_string(), ..cell.clone() };
            cell.explicit.status = true;
            cell
        };
        cells = vec![with(Status::Target, "目标"), with(Status::Actual, "实际")];
    }
    Some(cells.into_iter().map(|cell| (Query { cells: vec![cell.clone()], ..query.clone() }, cell)).collect())
}

/// Asks every line. A question that names no time is asked of the year that most places have a value for: that of the
/// newest reports' plan, or the one that they review.
fn table(
    means: &Means<'_>,
    embed: &Embed<'_>,
    order: &Order,
    lines: &[Line],
    asked: Vec<(Query, Cell)>,
) -> Result<Filled, Error> {
    let texts: Vec<&str> = asked.iter().map(|(_, cell)| cell.text.as_str()).collect();
    let vectors = embed(&texts)?;
    let columns: Vec<Column> =
        asked.into_iter().zip(vectors).map(|((query, cell), vector)| Column { query, cell, vector }).collect();
    let years = matches!(order.rows, Rows::Years(..));
    let open = !years && columns.iter().all(|c| c.cell.period.is_none());
    let newest = newest(means.view, lines).filter(|_| open);
    let Some(newest) = newest else { return filled(means, columns, lines) };
    let planned = columns.iter().all(|c| c.cell.status == Some(Status::Target));
    let mut best: Option<(usize, Filled)> = None;
    let times = if planned { vec![Some(newest)] } else { vec![Some(newest - 1), Some(newest), None] };
    for year in times {
        let of_year = columns
            .iter()
            .map(|c| {
                let cell = Cell { period: year.map(Period::year), ..c.cell.clone() };
                Column { query: Query { cells: vec![cell.clone()], ..c.query.clone() }, cell, vector: c.vector.clone() }
            })
            .collect();
        let filled = filled(means, of_year, lines)?;
        let found = filled.cells.iter().flatten().flatten().count();
        if best.as_ref().is_none_or(|(most, _)| found > *most) {
            best = Some((found, filled));
        }
        // Most have a value for that year: no other is tried.
        if 2 * found >= lines.len() {
            break;
        }
    }
    match best {
        Some((_, filled)) => Ok(filled),
        None => filled(means, columns, lines),
    }
}

fn filled(means: &Means<'_>, columns: Vec<Column>, lines: &[Line]) -> Result<Filled, Error> {
    let cells = fill::fill(means, &columns, lines)?;
    Ok(Filled { columns, cells })
}

/// The year of the newest report of any line's place.
fn newest(view: &View, lines: &[Line]) -> Option<i32> {
    let own = |d: &wenbao_index::DocumentRecord| lines.iter().any(|l| l.region == d.meta.region);
    view.snapshot.documents().iter().filter(|d| own(d)).filter_map(|d| d.meta.year).max()
}
