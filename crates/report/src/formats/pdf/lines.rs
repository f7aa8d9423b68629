//! Pieces of text on a page to lines, with what the eye sees: indents and gaps.

/// A piece of text where it stands, in points from the lower left.
#[derive(Debug, Clone)]
pub(super) struct Piece {
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
pub(super) fn page(pieces: &[Piece]) -> String {
    let lines = lines(pieces);
    let left = quantile(lines.iter().map(|l| l.x).collect(), 0.25);
    let pitch = quantile(lines.windows(2).map(|w| w[0].y - w[1].y).filter(|d| *d > 0.0).collect(), 0.25);
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
        let text = page(&[
            piece(70.0, 700.0, "甲甲甲甲"),
            piece(70.0, 685.0, "\u{3000}\u{3000}乙乙"),
            piece(70.0, 670.0, "丙丙丙丙"),
        ]);
        assert_eq!(text, "甲甲甲甲\n\u{3000}\u{3000}乙乙\n丙丙丙丙\n");
    }

    #[test]
    fn lines_indents_and_gaps() {
        let text = page(&[
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
