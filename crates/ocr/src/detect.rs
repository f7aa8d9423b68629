//! Where on a page lines of text stand (DBNet): a chance for each pixel, connected pixels to boxes, boxes grown to what they stand
//! for.

use crate::canvas::{Canvas, Line};

/// Pixels along the longer side of what the model sees.
const LONGEST: f32 = 1280.0;
/// The model halves five times.
const STEP: usize = 32;
/// The mean and the deviation of red, green and blue in what it was trained on.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];
/// A pixel is text from this chance on.
const TEXT: f32 = 0.3;
/// A box is a line from this mean chance on.
const LINE: f32 = 0.5;
/// The model is trained to see a line's core: a box grows by so much of its area over its circumference.
const GROW: f32 = 1.6;
/// Smaller cores are specks.
const LEAST: f32 = 3.0;
/// Lines on a page, at most.
const MAX_LINES: usize = 1000;
/// A page is turned by no more than this, in radians; what stands steeper is no line of it.
const STEEPEST: f32 = 0.2;

/// Numbers and their shape.
type Numbers<S> = (S, Vec<f32>);

/// The lines of the page, from above, and the angle by which the page is turned, in radians.
pub(crate) fn lines(
    canvas: &Canvas,
    run: impl FnOnce(Numbers<[usize; 4]>) -> Result<Numbers<Vec<usize>>, String>,
) -> Result<(Vec<Line>, f32), String> {
    let scale = LONGEST / canvas.width.max(canvas.height) as f32;
    let side = |length: usize| (((length as f32 * scale) / STEP as f32).round() as usize).max(1) * STEP;
    let (width, height) = (side(canvas.width), side(canvas.height));
    let grey = canvas.shrunk(width, height);
    let channel = |i: usize| grey.iter().map(move |g| (g / 255.0 - MEAN[i]) / DEVIATION[i]);
    let input: Vec<f32> = (0..3).flat_map(channel).collect();
    let (_, chances) = run(([1, 3, height, width], input))?;
    if chances.len() != width * height {
        return Err("its model gives a map of another size".to_owned());
    }
    let cores = cores(&chances, width);
    let angle = angle(&cores);
    let (sx, sy) = (canvas.width as f32 / width as f32, canvas.height as f32 / height as f32);
    let mut lines: Vec<Line> = cores.iter().filter_map(|core| boxed(core, angle, sx, sy)).collect();
    lines.sort_by(|a, b| a.top.total_cmp(&b.top));
    lines.truncate(MAX_LINES);
    Ok((lines, angle))
}

/// Connected pixels that are text.
#[derive(Debug, Default)]
struct Core {
    pixels: Vec<(f32, f32)>,
    /// The mean chance.
    chance: f32,
}

fn cores(chances: &[f32], width: usize) -> Vec<Core> {
    let mut open: Vec<bool> = chances.iter().map(|&c| c > TEXT).collect();
    let height = chances.len() / width;
    let mut out = Vec::new();
    for start in 0..chances.len() {
        if !open[start] {
            continue;
        }
        open[start] = false;
        let (mut stack, mut core) = (vec![start], Core::default());
        while let Some(at) = stack.pop() {
            let (x, y) = (at % width, at / width);
            core.pixels.push((x as f32, y as f32));
            core.chance += chances[at];
            for ny in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let next = ny * width + nx;
                    if open[next] {
                        open[next] = false;
                        stack.push(next);
                    }
                }
            }
        }
        core.chance /= core.pixels.len() as f32;
        out.push(core);
    }
    out
}

/// How the page is turned: the median of the directions of its long cores, by their lengths.
fn angle(cores: &[Core]) -> f32 {
    let mut directions: Vec<(f32, f32)> = cores.iter().filter_map(direction).collect();
    directions.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = directions.iter().map(|d| d.1).sum::<f32>() / 2.0;
    let mut passed = 0.0;
    for (angle, length) in directions {
        passed += length;
        if passed >= half {
            return angle;
        }
    }
    0.0
}

/// The direction in which a core is long, and its length; none where it is about as high as long.
fn direction(core: &Core) -> Option<(f32, f32)> {
    let count = core.pixels.len() as f64;
    let mean = |of: fn(&(f32, f32)) -> f32| core.pixels.iter().map(|p| f64::from(of(p))).sum::<f64>() / count;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for &(x, y) in &core.pixels {
        let (dx, dy) = (f64::from(x) - mx, f64::from(y) - my);
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
    // A line of length l has the variance l²/12 along itself.
    let length = (12.0 * xx.max(yy) / count).sqrt();
    let long = xx > 25.0 * yy && length > 60.0 && angle.abs() < f64::from(STEEPEST);
    long.then_some((angle as f32, length as f32))
}

/// The line that a core stands for, in pixels of the page turned upright.
fn boxed(core: &Core, angle: f32, sx: f32, sy: f32) -> Option<Line> {
    if core.chance < LINE {
        return None;
    }
    let (sine, cosine) = angle.sin_cos();
    let mut line = Line { left: f32::MAX, top: f32::MAX, right: f32::MIN, bottom: f32::MIN };
    for &(x, y) in &core.pixels {
        let (x, y) = (x + 0.5, y + 0.5);
        let (u, v) = (x * cosine + y * sine, y * cosine - x * sine);
        line.left = line.left.min(u - 0.5);
        line.right = line.right.max(u + 0.5);
        line.top = line.top.min(v - 0.5);
        line.bottom = line.bottom.max(v + 0.5);
    }
    let (width, height) = (line.right - line.left, line.bottom - line.top);
    if width.min(height) < LEAST {
        return None;
    }
    let grow = width * height * GROW / (2.0 * (width + height));
    Some(Line {
        left: (line.left - grow) * sx,
        right: (line.right + grow) * sx,
        top: (line.top - grow) * sy,
        bottom: (line.bottom + grow) * sy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with lines drawn on it, and a model that sees dark pixels as text.
    fn seen(draw: impl Fn(f32, f32) -> bool) -> (Vec<Line>, f32) {
        let (width, height) = (1280usize, 640usize);
        let pixels =
            (0..width * height).map(|i| if draw((i % width) as f32, (i / width) as f32) { 0 } else { 255 }).collect();
        let canvas = Canvas { width, height, scale: 1.0, pixels };
        lines(&canvas, |(shape, input)| {
            let one = &input[..width * height];
            Ok((shape.to_vec(), one.iter().map(|&g| if g < 0.0 { 0.9 } else { 0.0 }).collect()))
        })
        .unwrap()
    }

    #[test]
    fn lines_are_found_from_above_and_grown() {
        let (lines, angle) =
            seen(|x, y| (100.0..900.0).contains(&x) && ((200.0..210.0).contains(&y) || (50.0..60.0).contains(&y)));
        assert_eq!(lines.len(), 2);
        assert!(angle.abs() < 1e-3, "{angle}");
        let first = lines[0];
        assert!((first.top - 42.1).abs() < 0.5 && (first.bottom - 67.9).abs() < 0.5, "{first:?}");
        assert!((first.left - 92.1).abs() < 0.5 && (first.right - 907.9).abs() < 0.5, "{first:?}");
    }

    #[test]
    fn a_turned_page_gives_its_angle_and_upright_lines() {
        let turn = 0.03f32;
        let (lines, angle) = seen(|x, y| {
            let (u, v) = (x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin());
            (100.0..900.0).contains(&u) && (200.0..210.0).contains(&v)
        });
        assert!((angle - turn).abs() < 0.002, "{angle}");
        assert!(lines.len() == 1 && (lines[0].bottom - lines[0].top - 26.0).abs() < 4.0, "{lines:?}");
    }

    #[test]
    fn a_white_page_has_no_lines() {
        assert_eq!(seen(|_, _| false), (Vec::new(), 0.0));
    }
}
