//! The pictures that a page paints, for pages with no text.

use std::borrow::Cow;

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object, Stream};

use super::{MAX_FORMS, Matrix, resources};
use crate::ocr::{Coding, Colour, Picture, Placed, Scan};

/// Pictures on one page: a scanner that cuts a page into strips makes some dozens.
const MAX_PICTURES: usize = 256;
/// Pixels of one picture: a page of A3 at 600 dpi has 70 million.
const MAX_PIXELS: u64 = 80_000_000;

/// What a page paints.
///
/// # Errors
/// If it paints no pictures, or one that is written in a way that is not read.
pub(super) fn of_page<'a>(
    document: &'a Document,
    page: lopdf::ObjectId,
    content: &[u8],
    budget: usize,
) -> Result<Scan<'a>, String> {
    let (low, high) = media_box(document, page);
    let mut finder = Finder { document, budget, unpack: true, area: 0.0, pictures: Vec::new(), problem: None };
    let shown = Matrix::shift(-low.0, -low.1);
    finder.run(content, &resources(document, page), shown, 0);
    let (width, height) = (high.0 - low.0, high.1 - low.1);
    let turns = inherited(document, page, b"Rotate").and_then(|r| r.as_i64().ok()).unwrap_or(0).rem_euclid(360) / 90;
    // A turn by 90 degrees clockwise, and back into the first quadrant.
    let turn = match turns {
        1 => Matrix { a: 0.0, b: -1.0, c: 1.0, d: 0.0, e: 0.0, f: width },
        2 => Matrix { a: -1.0, b: 0.0, c: 0.0, d: -1.0, e: width, f: height },
        3 => Matrix { a: 0.0, b: 1.0, c: -1.0, d: 0.0, e: height, f: 0.0 },
        _ => Matrix::IDENTITY,
    };
    let size = if turns % 2 == 1 { (height, width) } else { (width, height) };
    let Finder { pictures, problem, .. } = finder;
    if pictures.is_empty() {
        return Err(problem.unwrap_or_else(|| "it paints no picture".to_owned()));
    }
    let place = |(picture, map): (Picture<'a>, Matrix)| {
        let m = map.then(turn);
        Placed { picture, map: [m.a, m.b, m.c, m.d, m.e, m.f] }
    };
    Ok(Scan { size, pictures: pictures.into_iter().map(place).collect() })
}

/// Whether pictures cover most of a page: what is to be read of it then stands in them.
pub(super) fn cover(document: &Document, page: lopdf::ObjectId, content: &[u8], budget: usize) -> bool {
    let (low, high) = media_box(document, page);
    let mut finder = Finder { document, budget, unpack: false, area: 0.0, pictures: Vec::new(), problem: None };
    finder.run(content, &resources(document, page), Matrix::IDENTITY, 0);
    finder.area > 0.5 * (high.0 - low.0) * (high.1 - low.1)
}

/// Lower left and upper right corner of a page; A4 where it does not say.
fn media_box(document: &Document, page: lopdf::ObjectId) -> ((f32, f32), (f32, f32)) {
    let found = inherited(document, page, b"CropBox").or_else(|| inherited(document, page, b"MediaBox"));
    let numbers: Vec<f32> = found
        .and_then(|b| b.as_array().ok())
        .map(|b| b.iter().filter_map(|n| document.dereference(n).ok()?.1.as_float().ok()).collect())
        .unwrap_or_default();
    match numbers[..] {
        [a, b, c, d] if (1.0..20_000.0).contains(&(c - a).abs()) && (1.0..20_000.0).contains(&(d - b).abs()) => {
            ((a.min(c), b.min(d)), (a.max(c), b.max(d)))
        }
        _ => ((0.0, 0.0), (595.0, 842.0)),
    }
}

/// What a page says, or a node of the tree above it.
fn inherited<'a>(document: &'a Document, page: lopdf::ObjectId, key: &[u8]) -> Option<&'a Object> {
    let mut node = document.get_dictionary(page).ok()?;
    for _ in 0..64 {
        if let Ok(found) = node.get_deref(key, document) {
            return Some(found);
        }
        node = node.get_deref(b"Parent", document).ok()?.as_dict().ok()?;
    }
    None
}

struct Finder<'a> {
    document: &'a Document,
    /// Bytes that may still be unpacked.
    budget: usize,
    /// Whether the pictures are wanted, and not only the area that they cover.
    unpack: bool,
    /// What the pictures cover, each for itself.
    area: f32,
    pictures: Vec<(Picture<'a>, Matrix)>,
    /// Why a picture was not taken.
    problem: Option<String>,
}

impl<'a> Finder<'a> {
    fn run(&mut self, content: &[u8], resources: &[&'a Dictionary], base: Matrix, depth: usize) {
        let Ok(content) = Content::decode(content) else { return };
        let (mut ctm, mut saved) = (base, Vec::new());
        for operation in &content.operations {
            if self.pictures.len() >= MAX_PICTURES {
                return;
            }
            match operation.operator.as_str() {
                "q" if saved.len() < 512 => saved.push(ctm),
                "Q" => ctm = saved.pop().unwrap_or(ctm),
                "cm" => ctm = Matrix::of(&operation.operands).map_or(ctm, |m| m.then(ctm)),
                "Do" => {
                    if let Some(Ok(name)) = operation.operands.first().map(Object::as_name) {
                        self.paint(name, resources, ctm, depth);
                    }
                }
                _ => {}
            }
        }
    }

    fn paint(&mut self, name: &[u8], resources: &[&'a Dictionary], ctm: Matrix, depth: usize) {
        let document = self.document;
        let found = resources.iter().find_map(|r| {
            let all = r.get_deref(b"XObject", document).ok()?.as_dict().ok()?;
            all.get_deref(name, document).ok()?.as_stream().ok()
        });
        let Some(stream) = found else { return };
        match stream.dict.get(b"Subtype").and_then(Object::as_name) {
            Ok(b"Form") if depth < MAX_FORMS => {
                let Ok(content) = stream.get_plain_content_with_limit(self.budget) else { return };
                self.budget = self.budget.saturating_sub(content.len());
                let matrix =
                    stream.dict.get(b"Matrix").ok().and_then(|m| m.as_array().ok()).and_then(|m| Matrix::of(m));
                let own = stream.dict.get_deref(b"Resources", document).ok().and_then(|r| r.as_dict().ok());
                let inner: Vec<&'a Dictionary> = own.into_iter().chain(resources.iter().copied()).collect();
                self.run(&content, &inner, matrix.unwrap_or(Matrix::IDENTITY).then(ctm), depth + 1);
            }
            Ok(b"Image") => {
                self.area += (ctm.a * ctm.d - ctm.b * ctm.c).abs();
                if self.unpack {
                    match self.picture(stream) {
                        Ok(picture) => self.pictures.push((picture, ctm)),
                        Err(problem) => self.problem = Some(problem),
                    }
                }
            }
            _ => {}
        }
    }

    fn picture(&mut self, stream: &'a Stream) -> Result<Picture<'a>, String> {
        let document = self.document;
        let number = |dict: &Dictionary, key: &[u8]| dict.get_deref(key, document).ok().and_then(|n| n.as_i64().ok());
        let truth = |dict: &Dictionary, key: &[u8]| dict.get_deref(key, document).ok().and_then(|b| b.as_bool().ok());
        let side = |key: &[u8]| number(&stream.dict, key).and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0);
        let (Some(width), Some(height)) = (side(b"Width"), side(b"Height")) else {
            return Err("a picture does not say its size".to_owned());
        };
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(format!("a picture of {width} x {height} pixels is too large"));
        }
        let stencil = truth(&stream.dict, b"ImageMask").unwrap_or(false);
        let bits = if stencil { 1 } else { number(&stream.dict, b"BitsPerComponent").unwrap_or(8) };
        let filters = stream.filters().unwrap_or_default();
        // The last filter is the picture's own; what stands before it only packs.
        let last = filters.last().copied().unwrap_or_default();
        let packed = matches!(last, b"DCTDecode" | b"CCITTFaxDecode" | b"JBIG2Decode" | b"JPXDecode");
        let parameters = match stream.dict.get_deref(b"DecodeParms", document) {
            Ok(Object::Array(all)) => all.last().and_then(|p| document.dereference(p).ok()?.1.as_dict().ok()),
            Ok(other) => other.as_dict().ok(),
            Err(_) => None,
        };
        let none = Dictionary::new();
        let parameters = parameters.unwrap_or(&none);
        let bytes = if packed && filters.len() == 1 {
            Cow::Borrowed(stream.content.as_slice())
        } else {
            let mut inner = stream.clone();
            if packed {
                let outer: Vec<Object> =
                    filters[..filters.len() - 1].iter().map(|f| Object::Name(f.to_vec())).collect();
                inner.dict.set("Filter", outer);
            }
            let plain = inner.get_plain_content_with_limit(self.budget);
            let plain = plain.map_err(|_| "a picture is damaged, or too large when it is unpacked".to_owned())?;
            self.budget = self.budget.saturating_sub(plain.len());
            Cow::Owned(plain)
        };
        let coding = match last {
            b"DCTDecode" => Coding::Jpeg,
            b"CCITTFaxDecode" => Coding::Fax {
                k: number(parameters, b"K").unwrap_or(0),
                columns: number(parameters, b"Columns").and_then(|n| u32::try_from(n).ok()).unwrap_or(1728),
                aligned: truth(parameters, b"EncodedByteAlign").unwrap_or(false),
                marked: truth(parameters, b"EndOfLine").unwrap_or(false),
                black_is_1: truth(parameters, b"BlackIs1").unwrap_or(false),
            },
            b"JBIG2Decode" => {
                let shared = parameters.get_deref(b"JBIG2Globals", document).ok().and_then(|g| g.as_stream().ok());
                Coding::Jbig2(shared.and_then(|g| g.get_plain_content_with_limit(self.budget).ok()))
            }
            b"JPXDecode" => return Err("a picture is in JPEG 2000, which is not read".to_owned()),
            _ => Coding::Plain,
        };
        let first = stream
            .dict
            .get_deref(b"Decode", document)
            .ok()
            .and_then(|d| d.as_array().ok())
            .and_then(|d| d.first().and_then(|n| n.as_float().ok()));
        Ok(Picture {
            width,
            height,
            bits: u8::try_from(bits).unwrap_or(8),
            colour: if stencil {
                Colour::Gray
            } else {
                self.colour(stream.dict.get_deref(b"ColorSpace", document).ok(), 0)
            },
            inverted: first == Some(1.0),
            stencil,
            coding,
            bytes,
        })
    }

    fn colour(&self, space: Option<&'a Object>, depth: usize) -> Colour {
        let document = self.document;
        let of_name = |name: &[u8]| match name {
            b"DeviceRGB" | b"CalRGB" | b"Lab" | b"RGB" => Colour::Rgb,
            b"DeviceCMYK" | b"CMYK" => Colour::Cmyk,
            _ => Colour::Gray,
        };
        let Some(space) = space else { return Colour::Gray };
        let Ok(parts) = space.as_array() else { return of_name(space.as_name().unwrap_or_default()) };
        let part = |i: usize| parts.get(i).and_then(|p| document.dereference(p).ok()).map(|(_, object)| object);
        match part(0).and_then(|n| n.as_name().ok()).unwrap_or_default() {
            b"ICCBased" => {
                let count = part(1).and_then(|s| s.as_stream().ok()).and_then(|s| s.dict.get(b"N").ok()?.as_i64().ok());
                match count {
                    Some(3) => Colour::Rgb,
                    Some(4) => Colour::Cmyk,
                    _ => Colour::Gray,
                }
            }
            b"Indexed" | b"I" if depth == 0 => {
                let base = self.colour(part(1), 1);
                let table = match part(3) {
                    Some(Object::String(bytes, _)) => bytes.clone(),
                    Some(Object::Stream(s)) => s.get_plain_content_with_limit(1 << 16).unwrap_or_default(),
                    _ => Vec::new(),
                };
                Colour::Palette(match base {
                    Colour::Rgb => table.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect(),
                    Colour::Cmyk => {
                        table.chunks_exact(4).map(|c| [0, 1, 2].map(|i| 255 - c[i].saturating_add(c[3]))).collect()
                    }
                    _ => table.iter().map(|&g| [g; 3]).collect(),
                })
            }
            name => of_name(name),
        }
    }
}
