//! Answers as rows of cells, for programs that lay them out. Numbers stay numbers; no text of a report can become a formula.

use wenbao_report::{Hedge, Moment, Period, Status};

use crate::model::{Answer, Value};

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words.
    Text(String),
    /// A number.
    Number(f64),
}

impl Cell {
    /// Words, or nothing where there are none.
    pub fn text(words: impl Into<String>) -> Self {
        let words = words.into();
        if words.is_empty() { Self::Empty } else { Self::Text(words) }
    }
}

/// The rows of an answer, the heads first: those of its table, or where it has none, one a value.
pub fn rows(answer: &Answer) -> Vec<Vec<Cell>> {
    match &answer.table {
        Some(table) => {
            let mut head = vec![Cell::text("name")];
            for column in &table.columns {
                let time = when(column.period.as_ref(), column.status);
                let title = [column.label.as_str(), &time].join(" ").trim().to_string();
                head.extend([&*title, "number", "unit", "hedge", "quote", "document"].map(Cell::text));
            }
            let body = table.rows.iter().map(|row| {
                let mut cells = vec![Cell::text(&row.label)];
                for cell in &row.cells {
                    match cell {
                        Some(cell) => {
                            cells.push(Cell::text(&cell.text));
                            cells.push(cell.value.map_or(Cell::Empty, Cell::Number));
                            cells.push(Cell::text(&cell.unit));
                            cells.push(Cell::text(cell.hedge.map(name_of).unwrap_or_default()));
                            cells.extend(proof(answer, &cell.citations));
                        }
                        None => cells.extend(std::iter::repeat_n(Cell::Empty, 6)),
                    }
                }
                cells
            });
            std::iter::once(head).chain(body).collect()
        }
        None => {
            let head = ["label", "region", "time", "text", "number", "unit", "hedge", "computed", "quote", "document"];
            let body = answer.values.iter().map(|value| of_value(answer, value));
            std::iter::once(head.map(Cell::text).to_vec()).chain(body).collect()
        }
    }
}

fn of_value(answer: &Answer, value: &Value) -> Vec<Cell> {
    let mut cells = vec![
        Cell::text(&value.label),
        Cell::text(value.region.as_ref().map_or("", |r| r.0.as_str())),
        Cell::text(when(value.period.as_ref(), value.status)),
        Cell::text(value.text.clone().unwrap_or_default()),
        value.value.map_or(Cell::Empty, Cell::Number),
        Cell::text(&value.unit),
        Cell::text(value.hedge.map(name_of).unwrap_or_default()),
        Cell::text(value.computed.clone().unwrap_or_default()),
    ];
    cells.extend(proof(answer, &value.citations));
    cells
}

/// The contract's name of a hedge: "about", "at_least".
fn name_of(hedge: Hedge) -> String {
    serde_json::to_value(hedge).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Quote and document of the first citation.
fn proof(answer: &Answer, citations: &[usize]) -> [Cell; 2] {
    let citation = citations.first().and_then(|n| answer.citations.iter().find(|c| c.n == *n));
    let document = citation.and_then(|c| answer.passages.get(c.passage)).map(|p| &p.document);
    let title = document.map(|d| d.title.clone().unwrap_or_else(|| d.path.clone()));
    [Cell::text(citation.map_or("", |c| c.quote.as_str())), Cell::text(title.unwrap_or_default())]
}

/// Text that no spreadsheet takes for a formula: one that begins as a formula does is led by an apostrophe. Line breaks and what
/// steers a terminal become blanks.
pub fn harmless(words: &str) -> String {
    let flat: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match flat.chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => format!("'{flat}"),
        _ => flat,
    }
}

/// Comma-separated values: UTF-8 with a byte order mark, which spreadsheets need to see that it is, lines ended by CRLF (RFC 4180).
pub fn csv(rows: &[Vec<Cell>]) -> String {
    let mut out = String::from("\u{feff}");
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Cell::Empty => String::new(),
                Cell::Number(number) => number.to_string(),
                Cell::Text(words) => format!("\"{}\"", harmless(words).replace('"', "\"\"")),
            })
            .collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

/// "2025 target", "2016–2020 actual".
pub fn when(period: Option<&Period>, status: Option<Status>) -> String {
    let period = period.map(|period| match (period.from, period.to) {
        (Some(from), Some(to)) if from == to => from.to_string(),
        (from, to) => {
            let end = |moment: Option<Moment>| moment.map(|moment| moment.to_string()).unwrap_or_default();
            format!("{}–{}", end(from), end(to))
        }
    });
    let status = status.map(|status| match status {
        Status::Actual => "actual",
        Status::Estimated => "estimated",
        Status::Target => "target",
    });
    [period.as_deref(), status].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_reads_shortly() {
        assert_eq!(when(Some(&Period::years(2016, 2020)), Some(Status::Actual)), "2016–2020 actual");
        assert_eq!(when(Some(&Period::year(2025)), None), "2025");
        assert_eq!(when(None, None), "");
    }
}
