//! A page as one grey picture.

use wenbao_report::{Placed, Scan};

use crate::decode::{self, Grey};

/// Pixels along the longer side, at most: A4 at some 250 dpi, which no model sees more of.
const LONGEST: f32 = 3000.0;
/// Points of the original that are averaged for one pixel, along each side.
const FINEST: f32 = 6.0;

/// A grey page, the first row above.
#[derive(Debug, Clone)]
pub(crate) struct Canvas {
    pub width: usize,
    pub height: usize,
    /// Pixels a point.
    pub scale: f32,
    /// Row after row, 0 is black.
    pub pixels: Vec<u8>,
}

/// A line of text, in pixels of the page once it is turned upright.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

/// What a page paints, on white, as fine as its finest picture.
pub(crate) fn of_scan(scan: &Scan<'_>) -> Result<Canvas, String> {
    let (width, height) = scan.size;
    let density = |p: &Placed<'_>| {
        let [a, b, ..] = p.map;
        let across = a.hypot(b).max(1.0);
        // What is a small part of the page, a logo or a seal, does not say how fine the page is.
        if across * 3.0 < width.min(height) { 0.0 } else { p.picture.width as f32 / across }
    };
    let finest = scan.pictures.iter().map(density).fold(0.0, f32::max);
    let scale = if finest > 0.0 { finest } else { 2.0 }.min(LONGEST / width.max(height));
    let side = |points: f32| ((points * scale).round() as usize).max(1);
    let mut canvas =
        Canvas { width: side(width), height: side(height), scale, pixels: vec![255; side(width) * side(height)] };
    for placed in &scan.pictures {
        let picture = decode::picture(&placed.picture)?;
        canvas.paint(&picture, placed.picture.stencil, placed.map);
    }
    Ok(canvas)
}

/// A picture alone; a pixel is a point.
pub(crate) fn of_picture(picture: &Grey) -> Canvas {
    let (width, height) = (picture.width as f32, picture.height as f32);
    let scale = (LONGEST / width.max(height)).min(1.0);
    let side = |points: f32| ((points * scale).round() as usize).max(1);
    let mut canvas =
        Canvas { width: side(width), height: side(height), scale, pixels: vec![255; side(width) * side(height)] };
    canvas.paint(picture, false, [width, 0.0, 0.0, height, 0.0, 0.0]);
    canvas
}

impl Canvas {
    /// Paints a picture where `map` puts it; of a stencil its dark parts alone.
    fn paint(&mut self, picture: &Grey, stencil: bool, [a, b, c, d, e, f]: [f32; 6]) {
        let determinant = a * d - b * c;
        if !determinant.is_finite() || determinant.abs() < 1e-6 || picture.pixels.is_empty() {
            return;
        }
        let (columns, rows) = (picture.width as f32, picture.height as f32);
        // How many of its pixels lie on one of the page's, along a side.
        let fine = (columns * rows / (determinant.abs() * self.scale * self.scale)).sqrt();
        let samples = fine.clamp(1.0, FINEST).round() as usize;
        let corners = [(e, f), (e + a, f + b), (e + c, f + d), (e + a + c, f + b + d)];
        let bounds = |values: [f32; 4], size: usize| {
            let low = values.iter().copied().fold(f32::INFINITY, f32::min).floor().clamp(0.0, size as f32);
            let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max).ceil().clamp(0.0, size as f32);
            low as usize..high as usize
        };
        let top = self.height as f32;
        let across = bounds(corners.map(|p| p.0 * self.scale), self.width);
        let down = bounds(corners.map(|p| top - p.1 * self.scale), self.height);
        for y in down {
            for x in across.clone() {
                let (mut sum, mut count) = (0u32, 0u32);
                for sample in 0..samples * samples {
                    let step = |i: usize| (i as f32 + 0.5) / samples as f32;
                    let px = (x as f32 + step(sample % samples)) / self.scale;
                    let py = (top - y as f32 - step(sample / samples)) / self.scale;
                    let (dx, dy) = (px - e, py - f);
                    let (u, v) = ((d * dx - c * dy) / determinant, (a * dy - b * dx) / determinant);
                    if (0.0..1.0).contains(&u) && (0.0..1.0).contains(&(1.0 - v)) {
                        let at = ((1.0 - v) * rows) as usize * picture.width + (u * columns) as usize;
                        sum += u32::from(picture.pixels.get(at).copied().unwrap_or(255));
                        count += 1;
                    }
                }
                if let Some(grey) = sum.checked_div(count).map(|grey| grey as u8) {
                    let pixel = &mut self.pixels[y * self.width + x];
                    *pixel = if stencil { (*pixel).min(grey) } else { grey };
                }
            }
        }
    }

    /// The grey at a point between pixels; white outside.
    fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, above) = (x.floor(), y.floor());
        let (fx, fy) = (x - left, y - above);
        let get = |dx: i64, dy: i64| {
            let (x, y) = (left as i64 + dx, above as i64 + dy);
            let inside = x >= 0 && y >= 0 && x < self.width as i64 && y < self.height as i64;
            if inside { f32::from(self.pixels[y as usize * self.width + x as usize]) } else { 255.0 }
        };
        let upper = get(0, 0) * (1.0 - fx) + get(1, 0) * fx;
        let lower = get(0, 1) * (1.0 - fx) + get(1, 1) * fx;
        upper * (1.0 - fy) + lower * fy
    }

    /// The part of the page that is `line` once the page is turned by `angle`, `height` rows high, at most `widest` wide.
    pub fn cut(&self, line: &Line, angle: f32, height: usize, widest: usize) -> Vec<f32> {
        let step = (line.bottom - line.top) / height as f32;
        let wanted = ((line.right - line.left) / step).round() as usize;
        // Whole steps of the model, which sees eight columns at a time.
        let width = wanted.clamp(height, widest).div_ceil(8) * 8;
        let across = (line.right - line.left) / wanted.clamp(1, widest) as f32;
        let fine = step.clamp(1.0, 3.0).round() as usize;
        let (sine, cosine) = angle.sin_cos();
        let mut out = Vec::with_capacity(width * height);
        for row in 0..height {
            for column in 0..width {
                let mut sum = 0.0;
                for sample in 0..fine * fine {
                    let part = |i: usize| (i as f32 + 0.5) / fine as f32;
                    let u = line.left + (column as f32 + part(sample % fine)) * across;
                    let v = line.top + (row as f32 + part(sample / fine)) * step;
                    sum += self.at(u * cosine - v * sine, u * sine + v * cosine);
                }
                out.push(sum / (fine * fine) as f32);
            }
        }
        out
    }

    /// The page at another size, each pixel the mean of those that it covers.
    pub fn shrunk(&self, width: usize, height: usize) -> Vec<f32> {
        let (sx, sy) = (self.width as f32 / width as f32, self.height as f32 / height as f32);
        let samples = sx.max(sy).clamp(1.0, FINEST).ceil() as usize;
        let mut out = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let mut sum = 0.0;
                for sample in 0..samples * samples {
                    let part = |i: usize| (i as f32 + 0.5) / samples as f32;
                    sum += self.at((x as f32 + part(sample % samples)) * sx, (y as f32 + part(sample / samples)) * sy);
                }
                out.push(sum / (samples * samples) as f32);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;
    use wenbao_report::{Coding, Colour, Picture};

    /// A picture whose left half is black, on a square page of 8 points, turned and placed by `map`.
    fn painted(map: [f32; 6], inverted: bool) -> Vec<u8> {
        let bytes: Vec<u8> = (0..8).flat_map(|_| [0, 0, 0, 0, 255, 255, 255, 255]).collect();
        let picture = Picture {
            width: 8,
            height: 8,
            bits: 8,
            colour: Colour::Gray,
            inverted,
            stencil: false,
            coding: Coding::Plain,
            bytes: Cow::Owned(bytes),
        };
        let scan = Scan { size: (8.0, 8.0), pictures: vec![Placed { picture, map }] };
        let canvas = of_scan(&scan).unwrap();
        // The middle of the left, the right, the upper and the lower edge.
        let at = |x: usize, y: usize| canvas.pixels[y * canvas.height / 8 * canvas.width + x * canvas.width / 8];
        vec![at(1, 4), at(6, 4), at(4, 1), at(4, 6)]
    }

    #[test]
    fn a_picture_is_painted_where_the_page_puts_it() {
        assert_eq!(painted([8.0, 0.0, 0.0, 8.0, 0.0, 0.0], false)[..2], [0, 255]);
        assert_eq!(painted([8.0, 0.0, 0.0, 8.0, 0.0, 0.0], true)[..2], [255, 0]);
        // Mirrored.
        assert_eq!(painted([-8.0, 0.0, 0.0, 8.0, 8.0, 0.0], false)[..2], [255, 0]);
        // A quarter turn against the clock: what was left is below.
        assert_eq!(painted([0.0, 8.0, -8.0, 0.0, 8.0, 0.0], false)[2..], [255, 0]);
    }
}
