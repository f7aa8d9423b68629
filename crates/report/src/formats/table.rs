//! Tables as a file has them: cells with their spans, laid onto a grid.

use std::ops::Range;

use crate::tables::is_value;

/// A cell longer than this is a piece of layout and no datum.
const LONGEST_CELL: usize = 300;
/// Columns and rows beyond these are cut: no table of a report has them.
const MOST_COLUMNS: usize = 64;
const MOST_ROWS: usize = 20_000;

/// A cell of a grid.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cell {
    /// Its words, line breaks as spaces.
    pub text: String,
    /// Where it stands in the extracted text, in Unicode scalar values.
    pub range: Range<usize>,
    /// Whether the file calls it a heading (`<th>`).
    pub head: bool,
}

/// A table of data with its spans expanded.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Grid {
    /// The distinct cells.
    pub cells: Vec<Cell>,
    /// Row by row, column by column, the index of the cell that covers the place; all rows are of one length.
    pub rows: Vec<Vec<Option<usize>>>,
    /// Where its lines stand in the extracted text, in Unicode scalar values.
    pub range: Range<usize>,
}

impl Grid {
    /// The words at a place; empty where nothing stands.
    pub fn text(&self, row: usize, column: usize) -> &str {
        self.at(row, column).map_or("", |c| self.cells[c].text.as_str())
    }

    /// The cell at a place.
    pub fn at(&self, row: usize, column: usize) -> Option<usize> {
        self.rows.get(row)?.get(column).copied().flatten()
    }

    /// How many columns it has.
    pub fn columns(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// The cells of each row that begin there: what is written once though it covers several places.
    pub fn owned_rows(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.cells.len()];
        self.rows
            .iter()
            .map(|row| {
                let mut own = Vec::new();
                for &cell in row.iter().flatten() {
                    if !std::mem::replace(&mut seen[cell], true) {
                        own.push(cell);
                    }
                }
                own
            })
            .collect()
    }
}

/// A cell being read.
#[derive(Debug, Clone, Default, PartialEq)]
struct Raw {
    text: String,
    columns: usize,
    rows: usize,
    head: bool,
    /// Whether it goes on with the cell above it (Word's way to say a span of rows).
    continues: bool,
}

/// A table being read.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<Raw>>,
}

impl Table {
    pub fn begin_row(&mut self) {
        if self.rows.len() < MOST_ROWS {
            self.rows.push(Vec::new());
        }
    }

    /// Adds a finished cell to the current row, over so many columns and rows; its line breaks become spaces.
    pub fn cell(&mut self, text: &str, columns: usize, rows: usize, head: bool) {
        self.push(Raw {
            text: squeeze(text),
            columns: columns.clamp(1, MOST_COLUMNS),
            rows: rows.clamp(1, MOST_ROWS),
            head,
            continues: false,
        });
    }

    /// Adds a cell that only goes on with the one above it.
    pub fn continued(&mut self, columns: usize) {
        self.push(Raw { columns: columns.clamp(1, MOST_COLUMNS), rows: 1, continues: true, ..Raw::default() });
    }

    fn push(&mut self, cell: Raw) {
        match self.rows.last_mut() {
            Some(row) if row.len() < MOST_COLUMNS => row.push(cell),
            Some(_) => {}
            None => self.rows.push(vec![cell]),
        }
    }

    /// Characters of the longest cell.
    pub fn longest_cell(&self) -> usize {
        self.rows.iter().flatten().map(|c| c.text.chars().count()).max().unwrap_or(0)
    }

    /// Characters of all cells.
    pub fn characters(&self) -> usize {
        self.rows.iter().flatten().map(|c| c.text.chars().count()).sum()
    }

    /// Whether it is a table of data: two columns and two rows with something in them, and no cell that is a page of text.
    pub fn is_data(&self) -> bool {
        let filled = |row: &&Vec<Raw>| row.iter().filter(|c| !c.text.is_empty() || c.continues).count() >= 2;
        self.rows.iter().filter(filled).count() >= 2 && self.longest_cell() <= LONGEST_CELL
    }

    /// Goes on with the rows of the same table on the next page, and gives the number of the first cell there. The second
    /// repeats the headings, which are left out, or begins with a row of values; else it is another table, and nothing
    /// is done.
    pub fn go_on(&mut self, next: &Self) -> Option<usize> {
        let alike = self.rows.iter().zip(&next.rows).take_while(|(a, b)| a == b).count();
        let mut rows = next.rows[alike..].to_vec();
        let first = rows.first()?;
        let year = |t: &str| t.parse::<i32>().is_ok_and(|y| (1949..=2100).contains(&y));
        let values = |row: &[Raw]| row.iter().skip(1).any(|c| is_value(&c.text) && !year(&c.text));
        // A row that the page parts goes on without its name, or, where the name goes on too, without its values.
        let empty = |c: &Raw| c.text.is_empty();
        let unnamed = first.first().is_some_and(empty);
        let valueless = !values(first) && first.iter().skip(1).any(empty) && !first.iter().skip(1).all(empty);
        let parted = unnamed || valueless && self.rows.last().is_some_and(|last| values(last));
        if alike == 0 && !values(first) && !(parted && rows[1..].iter().any(|r| values(r))) {
            return None;
        }
        let first = rows.first_mut()?;
        let cells = self.rows.iter().flatten().filter(|c| !c.continues).count();
        let last = self.rows.last_mut()?;
        if parted && first.len() == last.len() {
            if first.iter().zip(last.iter()).any(|(a, b)| is_value(&a.text) && is_value(&b.text)) {
                // The page parts the rows of one name.
                first[0].continues = true;
            } else {
                // The page parts the lines of one row.
                for (above, below) in last.iter_mut().zip(rows.remove(0)) {
                    above.text = squeeze(&format!("{} {}", above.text, below.text));
                }
            }
        }
        self.rows.extend(rows);
        self.rows.truncate(MOST_ROWS);
        Some(cells)
    }

    /// The table on its grid; of one that is laid out only for looks the texts of its cells.
    pub fn grid(self) -> Result<Grid, Vec<String>> {
        if !self.is_data() {
            return Err(self.rows.into_iter().flatten().map(|c| c.text).filter(|t| !t.is_empty()).collect());
        }
        let mut grid = Grid::default();
        // Columns that a cell of an earlier row still covers: the cell and for how many more rows.
        let mut hanging: Vec<Option<(usize, usize)>> = Vec::new();
        for row in self.rows {
            let mut line: Vec<Option<usize>> = Vec::new();
            let take_hanging = |line: &mut Vec<Option<usize>>, hanging: &mut Vec<Option<(usize, usize)>>| {
                while let Some(Some((cell, left))) = hanging.get(line.len()).copied() {
                    hanging[line.len()] = (left > 1).then_some((cell, left - 1));
                    line.push(Some(cell));
                }
            };
            for raw in row {
                take_hanging(&mut line, &mut hanging);
                let above = grid.rows.last().and_then(|r| r.get(line.len()).copied().flatten());
                let cell = match above.filter(|_| raw.continues) {
                    Some(above) => above,
                    None => {
                        grid.cells.push(Cell { text: raw.text, range: 0..0, head: raw.head });
                        grid.cells.len() - 1
                    }
                };
                for _ in 0..raw.columns {
                    if line.len() >= MOST_COLUMNS {
                        break;
                    }
                    if hanging.len() <= line.len() {
                        hanging.resize(line.len() + 1, None);
                    }
                    hanging[line.len()] = (raw.rows > 1).then(|| (cell, raw.rows - 1));
                    line.push(Some(cell));
                }
            }
            take_hanging(&mut line, &mut hanging);
            if line.iter().flatten().any(|&c| !grid.cells[c].text.is_empty()) {
                grid.rows.push(line);
            }
        }
        let columns = grid.rows.iter().map(Vec::len).max().unwrap_or(0);
        for row in &mut grid.rows {
            row.resize(columns, None);
        }
        Ok(grid)
    }
}

/// A row of which the format gives no spans but where each cell ends (.rtf, .doc).
#[derive(Debug, Default)]
pub(crate) struct EdgedRow {
    /// Where its first cell begins, in twentieths of a point.
    pub left: i32,
    pub cells: Vec<EdgedCell>,
}

/// A cell of such a row.
#[derive(Debug, Default, Clone)]
pub(crate) struct EdgedCell {
    pub text: String,
    /// Where it ends, in twentieths of a point.
    pub right: i32,
    /// Whether it goes on with the cell above it.
    pub below: bool,
    /// Whether it goes on with the cell before it.
    pub beside: bool,
}

/// The table of such rows: a cell spans as many columns as edges of other rows lie under it.
pub(crate) fn of_edges(rows: Vec<EdgedRow>) -> Table {
    /// Edges so near are one: programs round.
    const NEAR: i32 = 40;
    let mut edges: Vec<i32> =
        rows.iter().flat_map(|r| std::iter::once(r.left).chain(r.cells.iter().map(|c| c.right))).collect();
    edges.sort_unstable();
    edges.dedup_by(|b, a| b.saturating_sub(*a) <= NEAR);
    // Of edges that were taken as one, the first stands for all.
    let column = |edge: i32| edges.partition_point(|&e| e <= edge).saturating_sub(1);
    let mut table = Table::default();
    for row in rows {
        table.begin_row();
        let mut from = column(row.left);
        if from > 0 {
            table.cell("", from, 1, false);
        }
        let mut cells = row.cells.into_iter().peekable();
        while let Some(mut cell) = cells.next() {
            while let Some(next) = cells.next_if(|next| next.beside) {
                cell.text.push(' ');
                cell.text.push_str(&next.text);
                cell.right = next.right;
            }
            let to = column(cell.right).max(from + 1);
            if cell.below {
                table.continued(to - from);
            } else {
                table.cell(&cell.text, to - from, 1, false);
            }
            from = to;
        }
    }
    table
}

/// Words without line breaks; between Han characters a space is only the trace of a line's end.
fn squeeze(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        let apart = out.chars().last().is_some_and(|c| c.is_ascii_alphanumeric())
            && word.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
        if apart {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of cells given as text, columns, rows.
    fn grid(rows: &[&[(&str, usize, usize)]]) -> Result<Grid, Vec<String>> {
        let mut table = Table::default();
        for row in rows {
            table.begin_row();
            row.iter().for_each(|(text, columns, rows)| table.cell(text, *columns, *rows, false));
        }
        table.grid()
    }

    fn texts(grid: &Grid) -> Vec<Vec<&str>> {
        (0..grid.rows.len()).map(|r| (0..grid.columns()).map(|c| grid.text(r, c)).collect()).collect()
    }

    #[test]
    fn spans_cover_all_their_places() {
        let got = grid(&[
            &[("指标", 1, 2), ("2024年", 2, 1), ("2025年", 1, 2)],
            &[("计划", 1, 1), ("实际", 1, 1)],
            &[("粮食", 1, 1), ("150", 1, 1), ("162", 1, 1), ("165", 1, 1)],
        ])
        .unwrap();
        assert_eq!(
            texts(&got),
            [["指标", "2024年", "2024年", "2025年"], ["指标", "计划", "实际", "2025年"], ["粮食", "150", "162", "165"]]
        );
    }

    #[test]
    fn a_cell_of_word_goes_on_with_the_one_above() {
        let mut table = Table::default();
        table.begin_row();
        table.cell("居民收入", 1, 1, false);
        table.cell("城镇", 1, 1, false);
        table.begin_row();
        table.continued(1);
        table.cell("农村", 1, 1, false);
        assert_eq!(texts(&table.grid().unwrap()), [["居民收入", "城镇"], ["居民收入", "农村"]]);
    }

    #[test]
    fn a_table_goes_on_on_the_next_page() {
        let page = |rows: &[&[&str]]| {
            let mut table = Table::default();
            for row in rows {
                table.begin_row();
                row.iter().for_each(|text| table.cell(text, 1, 1, false));
            }
            table
        };
        let first = || page(&[&["指标", "2024年"], &["粮食", "162"]]);
        let joined = |next: &[&[&str]]| {
            let mut table = first();
            let cell = table.go_on(&page(next));
            (cell, texts(&table.grid().unwrap()).concat().concat())
        };
        assert_eq!(joined(&[&["指标", "2024年"], &["棉花", "7"]]), (Some(4), "指标2024年粮食162棉花7".to_owned()));
        assert_eq!(joined(&[&["棉花", "7"]]), (Some(4), "指标2024年粮食162棉花7".to_owned()));
        // Other headings, also years alone: another table.
        assert_eq!(joined(&[&["地区", "产量"], &["江北", "7"]]).0, None);
        assert_eq!(joined(&[&["指标", "2025"], &["粮食", "7"]]).0, None);
        // A row that the page parts, and rows of one name that it parts.
        assert_eq!(joined(&[&["指标", "2024年"], &["", "万吨"]]).1, "指标2024年粮食162万吨");
        assert_eq!(joined(&[&["", "万吨"], &["棉花", "7"]]).1, "指标2024年粮食162万吨棉花7");
        assert_eq!(joined(&[&["", "163"]]).1, "指标2024年粮食162粮食163");
    }

    #[test]
    fn spans_follow_from_edges() {
        let row = |edges: &[(&str, i32)]| EdgedRow {
            left: 0,
            cells: edges
                .iter()
                .map(|&(text, right)| EdgedCell { text: text.to_owned(), right, ..EdgedCell::default() })
                .collect(),
        };
        let mut second = row(&[("", 1000), ("计划", 2000), ("实际", 3000)]);
        second.cells[0].below = true;
        let third = row(&[("粮食", 1003), ("150", 1998), ("162", 3000)]);
        let got = of_edges(vec![row(&[("指标", 1000), ("2024年", 3000)]), second, third]).grid().unwrap();
        assert_eq!(texts(&got), [["指标", "2024年", "2024年"], ["指标", "计划", "实际"], ["粮食", "150", "162"]]);
    }

    #[test]
    fn a_frame_around_text_is_no_table() {
        assert_eq!(grid(&[&[("一段话。", 1, 1)]]), Err(vec!["一段话。".to_owned()]));
        assert_eq!(grid(&[&[("甲", 1, 1)], &[("乙", 1, 1)]]), Err(vec!["甲".to_owned(), "乙".to_owned()]));
    }
}
