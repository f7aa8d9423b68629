//! Pieces of text on a page to lines, with what the eye sees: indents and gaps.

/// A piece of text where it stands, in points from the lower left.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub x: f32,
    pub y: f32,
    pub end: f32,
    pub size: f32,
    pub text: String,
}

struct Line {
    x: f32,
    y: f32,
    end: f32,
    size: f32,
    text: String,
}

/// The text of a page: a line a line, an indent as two ideographic spaces, a gap as an empty line.
pub(crate) fn page(pieces: Vec<Piece>) -> String {
    bands(vec![once(pieces)]).concat()
}

/// The texts of the bands of a page, which tables part: margin and pitch are those of the whole page.
pub(super) fn bands(bands: Vec<Vec<Piece>>) -> Vec<String> {
    let bands: Vec<Vec<Line>> = bands.into_iter().map(|pieces| lines(&in_reading_order(pieces))).collect();
    let left = quantile(bands.iter().flatten().map(|l| l.x).collect(), 0.25);
    let steps = |lines: &Vec<Line>| lines.windows(2).map(|w| w[0].y - w[1].y).filter(|d| *d > 0.0).collect::<Vec<_>>();
    let pitch = quantile(bands.iter().flat_map(steps).collect(), 0.25);
    bands.iter().map(|lines| text(lines, left, pitch)).collect()
}

/// The text of a cell: what stands on one height is a line.
pub(super) fn block(pieces: Vec<Piece>) -> String {
    let order = rows(&pieces).into_iter().flatten().map(|i| pieces[i].clone()).collect::<Vec<_>>();
    lines(&order).iter().map(|l| l.text.trim()).collect::<Vec<_>>().join("\n")
}

fn text(lines: &[Line], left: f32, pitch: f32) -> String {
    let mut out = String::new();
    for (i, line) in lines.iter().enumerate() {
        let above = i.checked_sub(1).map(|p| lines[p].y - line.y);
        if above.is_some_and(|gap| gap > 1.35 * pitch) {
            out.push('\n');
        }
        // Titles are centred: only what stands in by one to four characters is a paragraph's indent.
        let indent = line.x - left + blank_width(line);
        if indent > 1.2 * line.size && indent < 4.5 * line.size {
            out.push_str("\u{3000}\u{3000}");
        }
        out.push_str(line.text.trim());
        out.push('\n');
    }
    out
}

/// Bold by double printing, the same words again a hair beside, once.
pub(super) fn once(pieces: Vec<Piece>) -> Vec<Piece> {
    /// So many pieces back the first printing may stand.
    const WITHIN: usize = 64;
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let near = |a: &Piece| {
            (a.x - piece.x).abs() < 0.25 * piece.size
                && (a.y - piece.y).abs() < 0.25 * piece.size
                && a.text == piece.text
        };
        if !out.iter().rev().take(WITHIN).any(near) {
            out.push(piece);
        }
    }
    out
}

/// The pieces of a page in two columns, the left one first; of any other page as they are. A column is told from a table
/// by its lines, most of which fill it. What stands in the right column is moved over the left, so that both have one margin.
fn in_reading_order(pieces: Vec<Piece>) -> Vec<Piece> {
    const FEWEST: usize = 6;
    let rows = rows(&pieces);
    let left = pieces.iter().map(|p| p.x).fold(f32::INFINITY, f32::min);
    let right = pieces.iter().map(|p| p.end).fold(f32::NEG_INFINITY, f32::max);
    let width = right - left;
    if rows.len() < FEWEST || !width.is_finite() || width <= 0.0 {
        return pieces;
    }
    // The widest gap of each row near the middle of the page.
    let middle = left + 0.3 * width..left + 0.7 * width;
    let gap = |row: &Vec<usize>| {
        row.windows(2)
            .map(|w| (pieces[w[0]].end, pieces[w[1]].x, pieces[w[1]].size))
            .filter(|(from, to, size)| to - from > 0.9 * size && middle.contains(&((from + to) / 2.0)))
            .max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
            .map(|(from, to, _)| (from, to))
    };
    let gaps: Vec<(f32, f32)> = rows.iter().filter_map(gap).collect();
    let hits = |x: f32| gaps.iter().filter(|(from, to)| *from <= x && x <= *to).count();
    let Some(gutter) = gaps.iter().map(|(_, to)| to - 0.1).max_by_key(|&x| hits(x)) else { return pieces };
    let crosses = |row: &Vec<usize>| row.iter().any(|&i| pieces[i].x < gutter && gutter < pieces[i].end);
    let fills = |row: &&Vec<usize>| {
        let ends = row.iter().map(|&i| pieces[i].end).filter(|&e| e <= gutter).fold(left, f32::max);
        ends - left > 0.7 * (gutter - left)
    };
    let crossing = rows.iter().filter(|r| crosses(r)).count();
    let filled = rows.iter().filter(|r| !crosses(r)).filter(fills).count();
    if hits(gutter) < FEWEST || crossing * 2 > hits(gutter) || filled * 2 < hits(gutter) {
        return pieces;
    }
    let base = pieces.iter().map(|p| p.x).filter(|&x| x > gutter).fold(f32::INFINITY, f32::min);
    let (mut out, mut behind) = (Vec::new(), Vec::new());
    for row in rows {
        if crosses(&row) {
            out.append(&mut behind);
            out.extend(row.iter().map(|&i| pieces[i].clone()));
            continue;
        }
        for &i in &row {
            let piece = pieces[i].clone();
            if piece.x > gutter {
                behind.push(Piece { x: piece.x - base + left, end: piece.end - base + left, ..piece });
            } else {
                out.push(piece);
            }
        }
    }
    out.append(&mut behind);
    out
}

/// The pieces by the height they stand on, from above, each row from the left.
fn rows(pieces: &[Piece]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by(|&a, &b| pieces[b].y.total_cmp(&pieces[a].y));
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for i in order {
        let same = rows
            .last()
            .and_then(|r| r.first())
            .is_some_and(|&f| (pieces[f].y - pieces[i].y).abs() < 0.4 * pieces[i].size.max(pieces[f].size).max(1.0));
        match rows.last_mut().filter(|_| same) {
            Some(row) => row.push(i),
            None => rows.push(vec![i]),
        }
    }
    for row in &mut rows {
        row.sort_by(|&a, &b| pieces[a].x.total_cmp(&pieces[b].x));
    }
    rows
}

/// How far the spaces that a line begins with move its text in: some writers indent with ideographic spaces.
fn blank_width(line: &Line) -> f32 {
    let width = |c: char| if c.is_ascii() { 0.25 } else { 1.0 };
    line.text.chars().take_while(|c| c.is_whitespace()).map(width).sum::<f32>() * line.size
}

fn quantile(mut values: Vec<f32>, share: f32) -> f32 {
    values.sort_by(f32::total_cmp);
    let at = ((values.len() as f32 - 1.0).max(0.0) * share) as usize;
    values.get(at).copied().unwrap_or(0.0)
}

/// Pieces on one height are one line; they come in reading order but for what is drawn afterwards on the same line.
fn lines(pieces: &[Piece]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for piece in pieces {
        if piece.text.is_empty() {
            continue;
        }
        let same = lines.last_mut().filter(|l| (l.y - piece.y).abs() < 0.5 * l.size.max(piece.size).max(1.0));
        match same {
            // Far to the left on the same height is another column, not the same line drawn again.
            Some(line) if piece.x > line.x - piece.size => {
                let apart = piece.x - line.end > 0.25 * piece.size.max(line.size);
                let words =
                    line.text.ends_with(|c: char| c.is_ascii()) && piece.text.starts_with(|c: char| c.is_ascii());
                if apart && words && !line.text.ends_with(' ') {
                    line.text.push(' ');
                }
                line.text.push_str(&piece.text);
                line.end = line.end.max(piece.end);
                line.size = line.size.max(piece.size);
            }
            _ => {
                lines.push(Line { x: piece.x, y: piece.y, end: piece.end, size: piece.size, text: piece.text.clone() })
            }
        }
    }
    lines.retain(|l| !l.text.trim().is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(x: f32, y: f32, text: &str) -> Piece {
        Piece { x, y, end: x + 10.0 * text.chars().count() as f32, size: 10.0, text: text.to_owned() }
    }

    #[test]
    fn spaces_at_the_beginning_of_a_line_are_an_indent() {
        let text = page(vec![
            piece(70.0, 700.0, "甲甲甲甲"),
            piece(70.0, 685.0, "\u{3000}\u{3000}乙乙"),
            piece(70.0, 670.0, "丙丙丙丙"),
        ]);
        assert_eq!(text, "甲甲甲甲\n\u{3000}\u{3000}乙乙\n丙丙丙丙\n");
    }

    #[test]
    fn bold_printed_twice_is_read_once() {
        assert_eq!(
            page(vec![piece(70.0, 700.0, "收入"), piece(70.4, 700.0, "收入"), piece(90.0, 700.0, "增长")]),
            "收入增长\n"
        );
    }

    #[test]
    fn two_columns_are_read_one_after_the_other() {
        let mut pieces = vec![piece(120.0, 730.0, "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳")];
        for i in 0..8 {
            let y = 700.0 - 15.0 * i as f32;
            pieces.push(piece(70.0, y, "左左左左左左左左左左"));
            pieces.push(piece(190.0, y, "右右右右右右右右右右"));
        }
        let text = page(pieces);
        let left = text.rfind('左').unwrap();
        assert!(text.find('右').unwrap() > left && text.starts_with('甲'), "{text}");
    }

    #[test]
    fn lines_indents_and_gaps() {
        let text = page(vec![
            piece(70.0, 700.0, "各位代表"),
            piece(110.0, 700.0, "："),
            piece(90.0, 685.0, "新建公路"),
            piece(70.0, 670.0, "一百公里。"),
            piece(70.0, 655.0, "又一行。"),
            piece(70.0, 620.0, "隔开的段。"),
        ]);
        assert_eq!(text, "各位代表：\n\u{3000}\u{3000}新建公路\n一百公里。\n又一行。\n\n隔开的段。\n");
    }
}
