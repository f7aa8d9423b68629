//! Ruled tables: the straight lines that a page draws are snapped to a grid, and the text between them is put into cells.
//!
//! Only what is certain becomes a table. Its cells are closed by lines on all sides and are rectangles, no text runs over
//! a line, and what they hold are data: frames around paragraphs and layouts stay text.

use super::lines::{self, Piece};
use crate::formats::table::Table;

/// Lines so near, in points, are one: the borders of two neighbours, double lines, what printers round.
const NEAR: f32 = 3.0;
/// A filled area no thicker is a line.
const THICK: f32 = 3.0;
/// Shorter pieces of a line are corners and dots.
const SHORT: f32 = 2.0;
/// A page with more lines is a drawing.
const MOST_RULES: usize = 20_000;
/// So many pairs of lines are looked at for where they meet.
const MOST_PAIRS: usize = 4_000_000;
/// A page with more grids is a drawing.
const MOST_GRIDS: usize = 100;
const MOST_ROWS: usize = 400;
const MOST_COLUMNS: usize = 64;
/// Points of one path that are followed.
const MOST_POINTS: usize = 20_000;

/// A straight line, level or upright.
#[derive(Debug, Clone, Copy)]
struct Rule {
    upright: bool,
    /// Its height on the page, or how far right an upright one stands.
    at: f32,
    from: f32,
    to: f32,
}

/// The lines of a page as its paths are drawn.
#[derive(Debug, Default)]
pub(super) struct Rules {
    rules: Vec<Rule>,
    /// The parts of the path being made, in points of the page.
    path: Vec<Vec<(f32, f32)>>,
    points: usize,
}

impl Rules {
    pub fn move_to(&mut self, to: (f32, f32)) {
        if self.points < MOST_POINTS {
            self.points += 1;
            self.path.push(vec![to]);
        }
    }

    pub fn line_to(&mut self, to: (f32, f32)) {
        if self.points < MOST_POINTS
            && let Some(part) = self.path.last_mut()
        {
            self.points += 1;
            part.push(to);
        }
    }

    pub fn close(&mut self) {
        if let Some(first) = self.path.last().and_then(|part| part.first().copied()) {
            self.line_to(first);
        }
    }

    /// Ends the path: drawn along its lines, filled, or neither.
    pub fn paint(&mut self, stroked: bool, filled: bool) {
        self.points = 0;
        for part in std::mem::take(&mut self.path) {
            if stroked {
                part.windows(2).for_each(|w| self.stretch(w));
            } else if filled {
                self.stretch(&part);
            }
        }
    }

    /// Takes points that lie in a band no thicker than a line as one.
    fn stretch(&mut self, points: &[(f32, f32)]) {
        let span = |values: &mut dyn Iterator<Item = f32>| {
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let (left, right) = span(&mut points.iter().map(|p| p.0));
        let (low, high) = span(&mut points.iter().map(|p| p.1));
        let (width, height) = (right - left, high - low);
        if !(width.is_finite() && height.is_finite()) || self.rules.len() > MOST_RULES {
            return;
        }
        if height <= THICK && width >= SHORT && width > height {
            self.rules.push(Rule { upright: false, at: (low + high) / 2.0, from: left, to: right });
        } else if width <= THICK && height >= SHORT {
            self.rules.push(Rule { upright: true, at: (left + right) / 2.0, from: low, to: high });
        }
    }

    /// The lines with those that are pieces of one put together; none where the page is a drawing.
    fn whole(mut self) -> Vec<Rule> {
        if self.rules.len() > MOST_RULES {
            return Vec::new();
        }
        self.rules.sort_by(|a, b| a.upright.cmp(&b.upright).then(a.at.total_cmp(&b.at)));
        let mut out: Vec<Rule> = Vec::new();
        let mut rest = self.rules.as_mut_slice();
        while let Some(&first) = rest.first() {
            let same = rest.partition_point(|r| r.upright == first.upright && r.at <= first.at + NEAR);
            let (group, behind) = std::mem::take(&mut rest).split_at_mut(same.max(1));
            let at = (first.at + group[group.len() - 1].at) / 2.0;
            group.sort_by(|a, b| a.from.total_cmp(&b.from));
            for rule in group.iter() {
                match out.last_mut().filter(|o| o.upright == rule.upright && o.at == at && rule.from <= o.to + NEAR) {
                    Some(open) => open.to = open.to.max(rule.to),
                    None => out.push(Rule { at, ..*rule }),
                }
            }
            rest = behind;
        }
        out
    }
}

/// A table of a page.
#[derive(Debug)]
pub(super) struct Ruled {
    pub table: Table,
    /// Where its columns are parted.
    pub columns: Vec<f32>,
    pub top: f32,
}

impl Ruled {
    /// Whether another table has the same columns.
    pub fn fits(&self, other: &Self) -> bool {
        self.columns.len() == other.columns.len()
            && self.columns.iter().zip(&other.columns).all(|(a, b)| (a - b).abs() <= NEAR)
    }
}

/// Takes the tables of a page out of its text, from above.
pub(super) fn tables(rules: Rules, pieces: Vec<Piece>) -> (Vec<Ruled>, Vec<Piece>) {
    let (mut found, mut rest) = (Vec::new(), pieces);
    // The smaller ones first: a table in a cell of another is one of its own.
    let mut groups: Vec<Frame> = groups(&rules.whole()).iter().filter_map(|g| Frame::of(g)).collect();
    if groups.len() > MOST_GRIDS {
        groups.clear();
    }
    groups.sort_by(|a, b| a.area().total_cmp(&b.area()));
    for frame in groups {
        let Some(frame) = frame.without_prose(&rest) else { continue };
        let (inside, outside): (Vec<Piece>, Vec<Piece>) = rest.into_iter().partition(|p| frame.place(p).is_some());
        rest = match frame.table(&inside) {
            Some(table) => {
                found.push(Ruled { table, top: frame.rows[0], columns: frame.columns });
                outside
            }
            None => inside.into_iter().chain(outside).collect(),
        };
    }
    found.sort_by(|a, b| b.top.total_cmp(&a.top));
    (found, rest)
}

/// Lines that hang together.
fn groups(rules: &[Rule]) -> Vec<Vec<Rule>> {
    let upright = rules.partition_point(|r| !r.upright);
    if upright.saturating_mul(rules.len() - upright) > MOST_PAIRS {
        return Vec::new();
    }
    let mut root: Vec<usize> = (0..rules.len()).collect();
    fn find(root: &mut [usize], mut i: usize) -> usize {
        while root[i] != i {
            root[i] = root[root[i]];
            i = root[i];
        }
        i
    }
    for (i, level) in rules[..upright].iter().enumerate() {
        for (j, post) in rules.iter().enumerate().skip(upright) {
            let meets = (level.from - NEAR..=level.to + NEAR).contains(&post.at)
                && (post.from - NEAR..=post.to + NEAR).contains(&level.at);
            if meets {
                let (a, b) = (find(&mut root, i), find(&mut root, j));
                root[a] = b;
            }
        }
    }
    let mut out: std::collections::BTreeMap<usize, Vec<Rule>> = std::collections::BTreeMap::new();
    for (i, rule) in rules.iter().enumerate() {
        out.entry(find(&mut root, i)).or_default().push(*rule);
    }
    out.into_values().collect()
}

/// The grid of lines that hang together.
struct Frame {
    /// The edges of the columns, from the left.
    columns: Vec<f32>,
    /// The edges of the rows, from above.
    rows: Vec<f32>,
    /// Whether a line parts a place from the next to the right, row by row; the first of each row is its left side.
    right: Vec<Vec<bool>>,
    /// Whether a line parts a place from the one below, from the side above the first row on.
    below: Vec<Vec<bool>>,
}

impl Frame {
    fn of(rules: &[Rule]) -> Option<Self> {
        let (level, mut posts): (Vec<Rule>, Vec<Rule>) = rules.iter().partition(|r| !r.upright);
        let edges = |rules: &[Rule]| {
            let mut at: Vec<f32> = rules.iter().map(|r| r.at).collect();
            at.dedup();
            at
        };
        let mut rows = edges(&level);
        rows.reverse();
        let columns = edges(&posts);
        let (&first, &last) = (columns.first()?, columns.last()?);
        let (&top, &bottom) = (rows.first()?, rows.last()?);
        // Tables are often open at their sides, all or some of their rows: there the ends of the lines are the edge, if
        // most of them end together.
        let side = |end: fn(&Rule) -> f32, far: f32, post: f32| {
            let count = level.iter().filter(|r| (end(r) - far).abs() <= NEAR).count();
            let at = if (far - post).abs() <= 2.0 * NEAR { post } else { far };
            (count * 2 > level.len()).then_some(Rule { upright: true, at, from: bottom, to: top })
        };
        let left = level.iter().map(|r| r.from).fold(f32::INFINITY, f32::min);
        let right = level.iter().map(|r| r.to).fold(f32::NEG_INFINITY, f32::max);
        match (side(|r| r.from, left, first), side(|r| r.to, right, last)) {
            (None, _) if left < first - 2.0 * NEAR => return None,
            (_, None) if right > last + 2.0 * NEAR => return None,
            (from, to) => posts = from.into_iter().chain(posts).chain(to).collect(),
        }
        let columns = edges(&posts);
        if !(3..=MOST_COLUMNS + 1).contains(&columns.len()) || !(3..=MOST_ROWS + 1).contains(&rows.len()) {
            return None;
        }
        let covers = |rule: &Rule, from: f32, to: f32| {
            let common = rule.to.min(to) - rule.from.max(from);
            common > 0.6 * (to - from)
        };
        let mut frame = Self {
            right: vec![vec![false; columns.len()]; rows.len() - 1],
            below: vec![vec![false; columns.len() - 1]; rows.len()],
            columns,
            rows,
        };
        for post in &posts {
            let x = frame.columns.partition_point(|&c| c < post.at);
            for y in 0..frame.rows.len() - 1 {
                frame.right[y][x] |= covers(post, frame.rows[y + 1], frame.rows[y]);
            }
        }
        for line in &level {
            let y = frame.rows.partition_point(|&r| r > line.at);
            for x in 0..frame.columns.len() - 1 {
                frame.below[y][x] |= covers(line, frame.columns[x], frame.columns[x + 1]);
            }
        }
        // A last row of one cell is a note under the table, or a box that touches it.
        let cells = frame.cells();
        let whole = |row: usize| cells[row][0] == Some([row, row, 0, frame.columns.len() - 2]);
        let kept = (0..cells.len()).rev().find(|&row| !whole(row)).map_or(0, |row| row + 1);
        frame.rows.truncate(kept + 1);
        frame.right.truncate(kept);
        frame.below.truncate(kept + 1);
        (kept >= 2).then_some(frame)
    }

    /// Without first rows of one cell that holds a sentence: a box that touches the table.
    fn without_prose(mut self, pieces: &[Piece]) -> Option<Self> {
        while let Some(&[top, bottom, 0, right]) = self.cells()[0][0].as_ref()
            && right + 2 == self.columns.len()
            && lines::block(
                pieces.iter().filter(|p| self.place(p).is_some_and(|(y, _)| y <= bottom)).cloned().collect(),
            )
            .contains('。')
        {
            self.rows.drain(..=bottom - top);
            self.right.drain(..=bottom - top);
            self.below.drain(..=bottom - top);
            if self.rows.len() < 3 {
                return None;
            }
        }
        Some(self)
    }

    fn area(&self) -> f32 {
        (self.columns[self.columns.len() - 1] - self.columns[0]) * (self.rows[0] - self.rows[self.rows.len() - 1])
    }

    /// The row and column in which a piece begins.
    fn place(&self, piece: &Piece) -> Option<(usize, usize)> {
        let x = piece.x + (0.5 * piece.size).min(0.5 * (piece.end - piece.x));
        let y = piece.y + 0.25 * piece.size;
        let column = self.columns.partition_point(|&c| c <= x).checked_sub(1)?;
        let row = self.rows.partition_point(|&r| r >= y).checked_sub(1)?;
        (column + 1 < self.columns.len() && row + 1 < self.rows.len()).then_some((row, column))
    }

    /// The cells: for each place the rectangle that it is part of, as its first and last row and column; none where
    /// that is no rectangle or not closed.
    fn cells(&self) -> Vec<Vec<Option<[usize; 4]>>> {
        let (rows, columns) = (self.rows.len() - 1, self.columns.len() - 1);
        let mut out = vec![vec![None; columns]; rows];
        let mut seen = vec![vec![false; columns]; rows];
        for row in 0..rows {
            for column in 0..columns {
                if seen[row][column] {
                    continue;
                }
                // All places that no line parts from this one.
                let (mut open, mut region, mut closed) = (vec![(row, column)], Vec::new(), true);
                seen[row][column] = true;
                while let Some((y, x)) = open.pop() {
                    region.push((y, x));
                    let sides = [
                        (!self.right[y][x], y, x.checked_sub(1)),
                        (!self.right[y][x + 1], y, (x + 1 < columns).then_some(x + 1)),
                    ];
                    let ends = [
                        (!self.below[y][x], y.checked_sub(1), x),
                        (!self.below[y + 1][x], (y + 1 < rows).then_some(y + 1), x),
                    ];
                    let next = sides
                        .into_iter()
                        .map(|(free, y, x)| (free, x.map(|x| (y, x))))
                        .chain(ends.into_iter().map(|(free, y, x)| (free, y.map(|y| (y, x)))));
                    for (_, place) in next.filter(|(free, _)| *free) {
                        match place {
                            None => closed = false,
                            Some((y, x)) if !seen[y][x] => {
                                seen[y][x] = true;
                                open.push((y, x));
                            }
                            Some(_) => {}
                        }
                    }
                }
                let bounds = region
                    .iter()
                    .fold([row, row, column, column], |[a, b, c, d], &(y, x)| [a.min(y), b.max(y), c.min(x), d.max(x)]);
                let [top, bottom, left, right] = bounds;
                if closed && region.len() == (bottom - top + 1) * (right - left + 1) {
                    region.into_iter().for_each(|(y, x)| out[y][x] = Some(bounds));
                }
            }
        }
        out
    }

    /// The table that the pieces inside make; none if it is not certain to be one.
    fn table(&self, inside: &[Piece]) -> Option<Table> {
        let cells = self.cells();
        let mut texts: std::collections::BTreeMap<(usize, usize), Vec<Piece>> = std::collections::BTreeMap::new();
        for piece in inside {
            let (row, column) = self.place(piece)?;
            if piece.text.trim().is_empty() {
                continue;
            }
            let [top, _, left, right] = cells[row][column]?;
            // Widths are estimates: what clearly ends behind its cell says that the lines are no table's.
            if piece.x + 0.7 * (piece.end - piece.x) > self.columns[right + 1] + NEAR {
                return None;
            }
            texts.entry((top, left)).or_default().push(piece.clone());
        }
        let mut table = Table::default();
        let (mut filled, mut sentences, mut numbers) = (0, 0, false);
        for (row, line) in cells.iter().enumerate() {
            table.begin_row();
            for (column, cell) in line.iter().enumerate() {
                let Some([top, bottom, left, right]) = *cell else {
                    table.cell("", 1, 1, false);
                    continue;
                };
                if (top, left) != (row, column) {
                    continue;
                }
                let text = texts.remove(&(top, left)).map_or_else(String::new, lines::block);
                filled += usize::from(!text.is_empty());
                sentences += usize::from(text.trim_end().ends_with(['。', '；', '！', '？']));
                numbers |= text.contains(|c: char| wenbao_lang::numeral::digit(c).is_some());
                table.cell(&text, right - left + 1, bottom - top + 1, false);
            }
        }
        let data = if numbers { sentences * 2 <= filled } else { sentences == 0 };
        (data && table.is_data()).then_some(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(x: f32, y: f32, text: &str) -> Piece {
        Piece { x, y, end: x + 10.0 * text.chars().count() as f32, size: 10.0, text: text.to_owned() }
    }

    fn stroke(rules: &mut Rules, from: (f32, f32), to: (f32, f32)) {
        rules.move_to(from);
        rules.line_to(to);
        rules.paint(true, false);
    }

    /// A grid of lines over edges; `gone` leaves out the line right of a row and column.
    fn grid(columns: &[f32], rows: &[f32], gone: &[(usize, usize)]) -> Rules {
        let mut rules = Rules::default();
        for &y in rows {
            stroke(&mut rules, (columns[0], y), (columns[columns.len() - 1], y));
        }
        for (x, &at) in columns.iter().enumerate() {
            for (y, w) in rows.windows(2).enumerate() {
                if !gone.iter().any(|&(row, column)| (row, column + 1) == (y, x)) {
                    stroke(&mut rules, (at, w[0]), (at, w[1]));
                }
            }
        }
        rules
    }

    fn read(rules: Rules, pieces: Vec<Piece>) -> Vec<Vec<Vec<String>>> {
        let texts = |r: Ruled| {
            let grid = r.table.grid().unwrap();
            (0..grid.rows.len()).map(|y| (0..grid.columns()).map(|x| grid.text(y, x).to_owned()).collect()).collect()
        };
        tables(rules, pieces).0.into_iter().map(texts).collect()
    }

    const X: [f32; 4] = [70.0, 170.0, 270.0, 370.0];
    const Y: [f32; 4] = [700.0, 680.0, 660.0, 640.0];

    fn words() -> Vec<Piece> {
        vec![
            piece(75.0, 686.0, "指标"),
            piece(200.0, 686.0, "2024年"),
            piece(75.0, 666.0, "单位"),
            piece(175.0, 666.0, "计划"),
            piece(275.0, 666.0, "实际"),
            piece(75.0, 646.0, "粮食"),
            piece(175.0, 646.0, "150"),
            piece(275.0, 646.0, "162"),
        ]
    }

    #[test]
    fn a_missing_line_joins_cells() {
        assert_eq!(
            read(grid(&X, &Y, &[(0, 1)]), words()),
            [[["指标", "2024年", "2024年"], ["单位", "计划", "实际"], ["粮食", "150", "162"]]]
        );
    }

    #[test]
    fn thin_areas_and_boxes_around_each_cell_are_lines() {
        let mut rules = Rules::default();
        for y in Y.windows(2) {
            for x in X.windows(2) {
                let (left, right, top, bottom) = (x[0] + 1.0, x[1] - 1.0, y[0] - 1.0, y[1] + 1.0);
                rules.move_to((left, top));
                [(right, top), (right, bottom), (left, bottom)].into_iter().for_each(|p| rules.line_to(p));
                rules.close();
                rules.paint(true, false);
            }
        }
        let mut pieces = words();
        pieces[1].x = 175.0;
        assert_eq!(read(rules, pieces)[0][2], ["粮食", "150", "162"]);
        let mut filled = Rules::default();
        for (x, y, w, h) in [(70.0, 699.5, 300.0, 1.0), (70.0, 679.5, 300.0, 1.0), (70.0, 659.5, 300.0, 1.0)]
            .into_iter()
            .chain(X.map(|x| (x, 660.0, 1.0, 40.0)))
        {
            filled.move_to((x, y));
            [(x + w, y), (x + w, y + h), (x, y + h)].into_iter().for_each(|p| filled.line_to(p));
            filled.paint(false, true);
        }
        let got = read(
            filled,
            words()[2..5].iter().cloned().chain([piece(75.0, 686.0, "数"), piece(175.0, 686.0, "1")]).collect(),
        );
        assert_eq!(got[0], [["数", "1", ""], ["单位", "计划", "实际"]]);
    }

    #[test]
    fn a_table_open_at_its_sides_ends_with_its_lines() {
        let mut rules = Rules::default();
        for y in Y {
            stroke(&mut rules, (70.0, y), (370.0, y));
        }
        for x in &X[1..3] {
            stroke(&mut rules, (*x, 700.0), (*x, 640.0));
        }
        let mut pieces = words();
        pieces[1].x = 175.0;
        assert_eq!(read(rules, pieces)[0][0], ["指标", "2024年", ""]);
    }

    #[test]
    fn a_box_under_a_table_is_no_row_of_it() {
        let mut rules = grid(&X, &Y, &[(0, 1)]);
        rules.rules.extend(grid(&[70.0, 370.0], &[640.0, 610.0], &[]).rules);
        let mut pieces = words();
        pieces.push(piece(75.0, 620.0, "标准如有调整，另行通知。"));
        let (found, rest) = tables(rules, pieces);
        assert_eq!((found.len(), rest.len()), (1, 1));
    }

    #[test]
    fn lines_of_a_cell_are_one_text() {
        let mut pieces = words();
        pieces[5] = piece(75.0, 652.0, "粮食");
        pieces.push(piece(75.0, 641.0, "产量"));
        assert_eq!(read(grid(&X, &Y, &[(0, 1)]), pieces)[0][2][0], "粮食产量");
    }

    #[test]
    fn frames_layouts_and_text_over_lines_are_no_tables() {
        let frame = grid(&[70.0, 370.0], &[700.0, 640.0], &[]);
        assert_eq!(read(frame, words()).len(), 0);
        let columns = grid(&[70.0, 220.0, 370.0], &[700.0, 670.0, 640.0], &[]);
        let prose = vec![
            piece(75.0, 686.0, "建成五座学校。"),
            piece(225.0, 686.0, "修路三百公里。"),
            piece(75.0, 656.0, "种树3万棵。"),
            piece(225.0, 656.0, "产粮9万吨。"),
        ];
        assert_eq!(read(columns, prose).len(), 0);
        let mut over = words();
        over[5] = piece(75.0, 646.0, "这一行字一直写过了线，写到下一格里去了");
        assert_eq!(read(grid(&X, &Y, &[(0, 1)]), over).len(), 0);
        // A cell that is no rectangle: 2024年, 计划 and what stands above 实际.
        let mut angle = grid(&X, &Y, &[(0, 1)]);
        angle.rules.retain(|r| r.upright || r.at != 680.0);
        stroke(&mut angle, (70.0, 680.0), (170.0, 680.0));
        stroke(&mut angle, (270.0, 680.0), (370.0, 680.0));
        assert_eq!(read(angle, words()).len(), 0);
    }

    #[test]
    fn two_tables_of_a_page_stay_apart() {
        let mut rules = grid(&X, &Y, &[(0, 1)]);
        let lower = Y.map(|y| y - 100.0);
        rules.rules.extend(grid(&X, &lower, &[(0, 1)]).rules);
        let mut pieces = words();
        pieces.extend(words().into_iter().map(|p| Piece { y: p.y - 100.0, ..p }));
        pieces.push(piece(70.0, 610.0, "两表之间"));
        let (found, rest) = tables(rules, pieces);
        assert_eq!((found.len(), rest.len()), (2, 1));
        assert!(found[0].top > found[1].top && found[0].fits(&found[1]));
    }

    #[test]
    fn drawings_cost_little_and_are_no_tables() {
        let mut rules = Rules::default();
        for i in 0..100_000 {
            let at = (i % 997) as f32;
            stroke(&mut rules, (at, 0.0), (at, if i % 2 == 0 { f32::NAN } else { 800.0 }));
            stroke(&mut rules, (0.0, at), (f32::INFINITY, at));
            stroke(&mut rules, (at, at), (at, at));
        }
        rules.paint(true, true);
        for _ in 0..MOST_POINTS * 2 {
            rules.line_to((1.0, 1.0));
            rules.move_to((1.0, 1.0));
        }
        rules.paint(true, true);
        let started = std::time::Instant::now();
        assert_eq!(read(rules, words()).len(), 0);
        assert!(started.elapsed().as_secs() < 5);
        assert!(tables(grid(&[0.0; 8], &[0.0; 8], &[]), words()).0.is_empty());
    }
}
