//! Fills a table: each cell is answered as a question of its own, by rules, and then beside its neighbours: what most places call
//! the thing, and in what unit they give it, tells which of a place's values is meant. Where the rules find nothing, the reader
//! looks.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use wenbao_lang::unit;
use wenbao_report::{Region, Status};

use super::fits::{Fits, Names, fits, stands_as_read};
use super::rows::Line;
use crate::candidate::{self, Candidate};
use crate::cell::{self, Means};
use crate::error::Error;
use crate::evidence::{self, Depth, Probe, Scored};
use crate::found::{Found, take};
use crate::interpret::{Cell, Query};
use crate::projection::QuestionVector;
use crate::values;

/// What a cell was answered.
#[derive(Clone)]
pub(crate) struct Given {
    /// The answer.
    pub found: Found,
    /// The sentence that it stands in.
    pub scored: Scored,
    /// How good it looks, beside the other values of its place.
    score: f32,
    /// The share of the topic that it has.
    covered: f32,
    /// The units of what it measures.
    measure: HashSet<u64>,
}

/// Threads that fill a table, at most.
const THREADS: usize = 4;

/// What a value must score to stand for choice at all: the best of its place have 0 and more.
const FLOOR: f32 = -4.0;

/// Values of a place that stand for choice.
const CHOICE: usize = 8;

/// A column: what is asked of each row.
pub(crate) struct Column {
    /// The question as read.
    pub query: Query,
    /// Its one cell, without a place.
    pub cell: Cell,
    /// The question's vector.
    pub vector: QuestionVector,
}

impl Column {
    /// The column's question asked of one row.
    fn of(&self, line: &Line) -> (Query, Cell) {
        let mut cell = self.cell.clone();
        cell.region = line.region.clone();
        cell.explicit.region = true;
        if let Some(year) = line.year {
            cell.period = Some(wenbao_report::Period::year(year));
            cell.explicit.period = true;
        }
        let place = line.region.as_ref().map_or("", |r: &Region| r.0.as_str());
        let year = line.year.map_or(String::new(), |y| format!("{y}年"));
        cell.text = format!("{place}{year}{}", cell.text);
        let text = cell.text.clone();
        (Query { cells: vec![cell.clone()], text, ..self.query.clone() }, cell)
    }
}

/// Answers every column of every line, on a few threads; row by row.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn fill(means: &Means<'_>, columns: &[Column], lines: &[Line]) -> Result<Vec<Vec<Option<Given>>>, Error> {
    let jobs: Vec<(usize, usize)> = (0..lines.len())
        .filter(|line| lines[*line].reported)
        .flat_map(|line| (0..columns.len()).map(move |column| (line, column)))
        .collect();
    let choices: Mutex<Vec<Vec<Vec<Given>>>> = Mutex::new(vec![vec![Vec::new(); lines.len()]; columns.len()]);
    let failed = Mutex::new(None);
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((line, column)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            match choice(means, &columns[*column], &lines[*line]) {
                Ok(given) => lock(&choices)[*column][*line] = given,
                Err(error) => {
                    *lock(&failed) = Some(error);
                    return;
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS).min(jobs.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(error);
    }
    let mut out: Vec<Vec<Option<Given>>> = vec![Vec::new(); lines.len()];
    let choices = choices.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (column, choices) in columns.iter().zip(choices) {
        for (row, given) in out.iter_mut().zip(settle(column, choices)) {
            row.push(given);
        }
    }
    Ok(out)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The values of a place that may be the cell's, best first.
fn choice(means: &Means<'_>, column: &Column, line: &Line) -> Result<Vec<Given>, Error> {
    let (query, cell) = column.of(line);
    let (view, weights) = (means.view, means.weights);
    let probe = Probe::new(&query, &cell, &column.vector, means.restriction, view);
    let (ranked, _) = evidence::rank(view, &probe, weights, Depth::default())?;
    let values = values::rank(&probe, &ranked, &weights.value);
    let candidates = candidate::candidates(&probe, &ranked, &values, &[], &weights.judgement(false).candidate);
    let names = Names::of(&cell);
    let mut out: Vec<Given> = Vec::new();
    for candidate in candidates.iter().filter(|c| c.barred.is_none() && c.score > FLOOR) {
        let Some(fit) = fits(&probe, &names, &ranked, candidate) else { continue };
        if candidate.score - fit.behind > FLOOR {
            out.push(given(&probe, &ranked, candidate, &fit));
        }
        if out.len() == CHOICE {
            break;
        }
    }
    out.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(out)
}

fn given(probe: &Probe, ranked: &[Scored], candidate: &Candidate, fit: &Fits) -> Given {
    let scored = ranked[candidate.sentence].clone();
    let measure = match candidate.form {
        candidate::Form::Quantity(number) => scored.passage.sentences[scored.sentence].measures[number].clone(),
        _ => HashSet::new(),
    };
    let found = take(probe, ranked, candidate);
    Given { found, scored, score: candidate.score - fit.behind, covered: fit.covered, measure }
}

/// How much it counts that a value measures what those of other places do.
const ALIKE: f32 = 2.0;

/// Rows that agree before they overrule one.
const ENOUGH: usize = 4;

/// Chooses of each row's values the one that is most like its neighbours'.
fn settle(column: &Column, rows: Vec<Vec<Given>>) -> Vec<Option<Given>> {
    let found = rows.iter().filter(|row| !row.is_empty()).count();
    // What the units of a measure are worth: the share of rows whose best value has them.
    let mut common: HashMap<u64, f32> = HashMap::new();
    for key in rows.iter().filter_map(|row| row.first()).flat_map(|g| &g.measure) {
        *common.entry(*key).or_default() += 1.0 / found.max(1) as f32;
    }
    let alike = |given: &Given| -> f32 {
        let total: f32 = given.measure.len() as f32;
        if total == 0.0 { 0.0 } else { given.measure.iter().filter_map(|k| common.get(k)).sum::<f32>() / total }
    };
    let unit = most_common_unit(&rows);
    let plans = plans(column, &rows);
    rows.into_iter()
        .map(|row| {
            row.into_iter()
                .filter(|given| stands_beside(given, unit.as_deref(), plans))
                .map(|g| (g.score + if found >= ENOUGH { ALIKE * alike(&g) } else { 0.0 }, g))
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(_, g)| g)
        })
        .collect()
}

/// Windows that are read of a cell that the rules found nothing for.
pub(crate) const WINDOWS: [usize; 2] = [1, 0];

/// Cells of a table that are read, at most: reading one takes as long as ranking for several.
const READ: usize = 16;

/// So sure must a reading be to stand in a table.
const SURE: f32 = 0.7;

/// Has the reader look where the rules found nothing, in columns whose other cells tell what unit the value has, and whether it is
/// a plan.
///
/// # Errors
/// When the index cannot be read or the reader cannot compute.
pub(crate) fn read_missing(
    means: &Means<'_>,
    columns: &[Column],
    lines: &[Line],
    cells: &mut [Vec<Option<Given>>],
) -> Result<(), Error> {
    let mut left = if means.reader.is_some() { READ } else { 0 };
    for (number, column) in columns.iter().enumerate() {
        let known: Vec<Vec<Given>> = cells.iter().filter_map(|row| row[number].clone()).map(|g| vec![g]).collect();
        let Some(unit) = most_common_unit(&known) else { continue };
        let plans = plans(column, &known);
        for line in 0..lines.len() {
            if left == 0 {
                return Ok(());
            }
            if lines[line].reported && cells[line][number].is_none() {
                left -= 1;
                let given = read(means, column, &lines[line])?;
                cells[line][number] = given.filter(|given| stands_beside(given, Some(&unit), plans));
            }
        }
    }
    Ok(())
}

/// The value of one cell by the reader, where it is sure and nothing speaks against it.
fn read(means: &Means<'_>, column: &Column, line: &Line) -> Result<Option<Given>, Error> {
    let (query, cell) = column.of(line);
    let answer = cell::answer(means, &query, &cell, &cell.text, &column.vector)?;
    let (Ok(found), true) = (answer.outcome, answer.confidence >= SURE) else { return Ok(None) };
    let probe = Probe::new(&query, &cell, &column.vector, means.restriction, means.view);
    let taken = answer.candidates.iter().find(|c| {
        c.barred.is_none() && c.quantity(&answer.ranked).is_some() && take(&probe, &answer.ranked, c).same_place(&found)
    });
    let behind = taken.and_then(|taken| stands_as_read(&probe, &Names::of(&cell), &answer.ranked, taken));
    Ok(taken.zip(behind).map(|(taken, behind)| given(&probe, &answer.ranked, taken, &Fits { covered: 1.0, behind })))
}

/// How far the share of the topic that a value has may lie below the best one's, to speak of the same thing.
const NEAR: f32 = 0.15;

/// Takes out what speaks of the thing less surely than the best does: where no place is named, only those that have the thing
/// itself count.
pub(crate) fn keep_the_nearest(cells: &mut [Vec<Option<Given>>]) {
    let best = cells.iter().flatten().flatten().map(|g| g.covered).fold(0.0, f32::max);
    for cell in cells.iter_mut().flatten() {
        if cell.as_ref().is_some_and(|g| g.covered < best - NEAR) {
            *cell = None;
        }
    }
}

/// Whether a value has a unit that goes with its column's, and is a plan where the others are.
fn stands_beside(given: &Given, unit: Option<&str>, plans: Option<bool>) -> bool {
    let value = &given.found.value;
    unit.is_none_or(|unit| goes_with(&value.unit, unit))
        && plans.is_none_or(|plans| (value.status == Some(Status::Target)) == plans)
}

/// Whether two units measure the same and convert.
fn goes_with(a: &str, b: &str) -> bool {
    unit::plain(a) == unit::plain(b) || unit::convertible(a, b).is_some()
}

/// The unit that most rows' best values go with, where there are enough of them.
fn most_common_unit(rows: &[Vec<Given>]) -> Option<String> {
    let best: Vec<&str> = rows.iter().filter_map(|row| row.first()).map(|g| g.found.value.unit.as_str()).collect();
    let count = |unit: &str| best.iter().filter(|u| goes_with(u, unit)).count();
    let most = best.iter().max_by_key(|unit| count(unit))?;
    (count(most) >= ENOUGH && 2 * count(most) > best.len()).then(|| (*most).to_string())
}

/// Whether a column that does not say it gives plans or results: what most rows give, since one is not set against the other.
fn plans(column: &Column, rows: &[Vec<Given>]) -> Option<bool> {
    if column.cell.status.is_some() && column.cell.explicit.status {
        return None;
    }
    let best: Vec<bool> =
        rows.iter().filter_map(|row| row.first()).map(|g| g.found.value.status == Some(Status::Target)).collect();
    let results: usize = rows.iter().filter(|r| r.iter().any(|g| g.found.value.status != Some(Status::Target))).count();
    if best.is_empty() { None } else { Some(3 * results < best.len()) }
}
