//! Fixed pages by GB/T 33190 (.ofd): pieces of text where they stand on each page, put into lines as those of a PDF are.

use std::collections::HashSet;
use std::time::Instant;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Extracted;
use super::package::{Package, attribute, resolve, words};
use super::pdf::lines::{self, Piece};
use crate::error::{Error, Limits};

/// No document has more pages, and no page more pieces of text.
const MOST_PAGES: usize = 10_000;
const MOST_PIECES: usize = 200_000;

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: ".ofd", detail: detail.to_string() }
}

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let started = Instant::now();
    let mut package = Package::open(bytes, limits)?;
    if package.holds("Encryptions.xml") {
        return Err(Error::Encrypted);
    }
    let mut out = Extracted::default();
    let mut bare: Vec<String> = Vec::new();
    let mut length = 0;
    for document in named(&package.text("OFD.xml")?, "DocRoot")? {
        let document = resolve("", document.trim());
        if !package.holds(&document) {
            out.warnings.push(format!("a part is missing: {document}"));
            continue;
        }
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let xml = package.text(&document)?;
        for page in locations(&xml)?.into_iter().take(MOST_PAGES) {
            if started.elapsed().as_secs() >= limits.seconds {
                return Err(Error::TooSlow { seconds: limits.seconds });
            }
            let path = resolve(&folder, page.trim());
            let text = if package.holds(&path) { lines::page(pieces(&package.text(&path)?)?) } else { String::new() };
            out.pages.push(length);
            if text.trim().is_empty() {
                bare.push(out.pages.len().to_string());
            }
            length += text.chars().count();
            out.text.push_str(&text);
        }
    }
    if out.text.trim().is_empty() {
        return Err(if out.pages.is_empty() { damaged("it has no pages") } else { Error::NoTextLayer });
    }
    if !bare.is_empty() {
        let (shown, more) = (bare.len().min(20), if bare.len() > 20 { " and more" } else { "" });
        let (pages, all) = (bare[..shown].join(", "), out.pages.len());
        out.warnings.push(format!("no text on page {pages}{more} of {all}: a scan or an image without a text layer"));
    }
    Ok(out)
}

/// The text of each element of this name.
fn named(xml: &str, element: &str) -> Result<Vec<String>, Error> {
    let mut out: Vec<String> = Vec::new();
    let mut inside = false;
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) if e.local_name().as_ref() == element => {
                inside = true;
                out.push(String::new());
            }
            Event::End(e) if e.local_name().as_ref() == element => inside = false,
            Event::Eof => return Ok(out),
            event => {
                if let Some((last, text)) = out.last_mut().zip(words(&event)).filter(|_| inside) {
                    last.push_str(&text);
                }
            }
        }
    }
}

/// Where the pages lie, in order.
fn locations(xml: &str) -> Result<Vec<String>, Error> {
    let mut out = Vec::new();
    let mut seen = HashSet::new();
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) if e.local_name().as_ref() == "Page" => {
                // One that is named again is made to be slow.
                out.extend(attribute(&e, "BaseLoc").filter(|l| seen.insert(l.clone())));
            }
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

/// An object of text: where it stands and how large it is written, in millimetres.
#[derive(Default, Clone, Copy)]
struct Object {
    left: f32,
    top: f32,
    size: f32,
    /// How much wider and higher it is drawn than said.
    scale: (f32, f32),
    turned: bool,
}

impl Object {
    fn of(e: &BytesStart<'_>) -> Self {
        let numbers = |key: &str| -> Vec<f32> {
            attribute(e, key)
                .map(|v| v.split_whitespace().filter_map(|n| n.parse().ok()).filter(|n: &f32| n.is_finite()).collect())
                .unwrap_or_default()
        };
        let place = numbers("Boundary");
        let map = numbers("CTM");
        let (scale, turned) = match map[..] {
            [a, b, _, d, ..] => ((a, d), b.abs() > 0.1 * a.abs()),
            _ => ((1.0, 1.0), false),
        };
        Self {
            left: place.first().copied().unwrap_or(0.0),
            top: place.get(1).copied().unwrap_or(0.0),
            size: numbers("Size").first().copied().unwrap_or(3.5),
            scale,
            turned,
        }
    }
}

/// The pieces of text of a page, heights counted from below as in a PDF.
fn pieces(xml: &str) -> Result<Vec<Piece>, Error> {
    let mut out: Vec<Piece> = Vec::new();
    let mut object: Option<Object> = None;
    // Where the open piece begins, and how far its characters stand apart.
    let mut code: Option<(f32, f32, Vec<f32>)> = None;
    let mut text = String::new();
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) => match e.local_name().as_ref() {
                "TextObject" => object = Some(Object::of(&e)),
                "TextCode" => {
                    let number = |key: &str| attribute(&e, key).and_then(|v| v.trim().parse::<f32>().ok());
                    // What is not said goes on from the piece before.
                    let (x, y) = code.as_ref().map_or((0.0, 0.0), |(x, y, _)| (*x, *y));
                    let deltas = attribute(&e, "DeltaX").map(|d| deltas(&d)).unwrap_or_default();
                    code = Some((number("X").unwrap_or(x), number("Y").unwrap_or(y), deltas));
                    text.clear();
                }
                _ => {}
            },
            Event::End(e) => match e.local_name().as_ref() {
                "TextObject" => (object, code) = (None, None),
                "TextCode" => {
                    let (Some(object), Some((x, y, deltas))) = (object, &code) else { continue };
                    // What is turned is a watermark or a stamp.
                    if object.turned || text.trim().is_empty() || out.len() >= MOST_PIECES {
                        continue;
                    }
                    let (across, up) = object.scale;
                    let size = object.size * up.abs();
                    let advance: f32 = if deltas.is_empty() {
                        text.chars().skip(1).map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum::<f32>() * object.size
                    } else {
                        deltas.iter().take(text.chars().count().saturating_sub(1)).sum()
                    };
                    let from = object.left + x * across;
                    let end = from + advance * across + size;
                    let height = -(object.top + y * up);
                    if [from, end, height, size].iter().all(|n| n.is_finite()) {
                        out.push(Piece { x: from, y: height, end, size, text: text.trim_end().to_owned() });
                    }
                }
                _ => {}
            },
            Event::Eof => return Ok(out),
            event => {
                if code.is_some()
                    && let Some(words) = words(&event)
                {
                    text.push_str(&words);
                }
            }
        }
    }
}

/// Distances between characters; "g 3 4.5" is 4.5 three times.
fn deltas(text: &str) -> Vec<f32> {
    const MOST: usize = 10_000;
    let mut out = Vec::new();
    let mut parts = text.split_whitespace();
    while let Some(part) = parts.next() {
        let (times, value) = match part {
            "g" => (parts.next().and_then(|n| n.parse().ok()).unwrap_or(0), parts.next()),
            part => (1usize, Some(part)),
        };
        let value: f32 = value.and_then(|v| v.parse().ok()).unwrap_or(0.0);
        out.extend(std::iter::repeat_n(value, times.min(MOST.saturating_sub(out.len()))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_written_one_by_one_or_as_so_many() {
        assert_eq!(deltas("3.5 g 2 4 1"), [3.5, 4.0, 4.0, 1.0]);
        assert!(deltas("g 99999999 1").len() <= 10_000);
    }

    #[test]
    fn pieces_stand_where_the_page_has_them() {
        let xml = "<ofd:Page><ofd:Content><ofd:Layer><ofd:TextObject Boundary=\"20 30 100 5\" Size=\"5\"><ofd:TextCode X=\"0\" Y=\"4\" DeltaX=\"g 3 5\">新建学校</ofd:TextCode></ofd:TextObject>\
            <ofd:TextObject Boundary=\"40 30 100 5\" Size=\"5\"><ofd:TextCode X=\"0\" Y=\"4\" DeltaX=\"2.5\">18</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>";
        let got = pieces(xml).unwrap();
        assert_eq!((got[0].x, got[0].y, got[0].end), (20.0, -34.0, 40.0));
        assert_eq!(lines::page(got), "新建学校18\n");
    }
}
