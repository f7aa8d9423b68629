//! PDF: the text layer, a line a line, with the pages they stand on.
//!
//! lopdf parses the file and the fonts' ToUnicode maps within limits; here its drawing operators are followed just far
//! enough to know where each piece of text stands, and the pieces are put into lines.

mod fonts;
pub(super) mod lines;
mod pictures;

use std::time::{Duration, Instant};

use lopdf::content::Content;
use lopdf::{Dictionary, Document, LoadOptions, Object};

use super::Extracted;
use super::scan::{Scans, named};
use crate::error::{Error, Limits};
use crate::ocr::Ocr;
use fonts::Fonts;
use lines::Piece;

/// Forms drawn inside forms are followed no deeper.
const MAX_FORMS: usize = 8;
/// Pieces of text on one page: a page of a report has some hundreds.
const MAX_PIECES: usize = 200_000;
/// Stack of the thread that parses: the parser recurses, within its own limit, on nested objects.
const STACK: usize = 32 << 20;

pub(crate) fn extract(bytes: &[u8], limits: &Limits, ocr: Option<&dyn Ocr>) -> Result<Extracted, Error> {
    // A thread of its own: a file that drives the parser into a panic costs that file and nothing else.
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("pdf".to_owned()).stack_size(STACK);
        match builder.spawn_scoped(scope, || read(bytes, limits, ocr)) {
            Ok(handle) => handle.join().unwrap_or_else(|_| Err(damaged("the parser gave up"))),
            Err(error) => Err(damaged(error)),
        }
    })
}

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: ".pdf", detail: detail.to_string() }
}

fn read(bytes: &[u8], limits: &Limits, ocr: Option<&dyn Ocr>) -> Result<Extracted, Error> {
    let started = Instant::now();
    let budget = usize::try_from(limits.content_bytes).unwrap_or(usize::MAX);
    let options = LoadOptions { max_decompressed_size: Some(budget), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).map_err(|e| match e {
        lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) | lopdf::Error::AlreadyEncrypted => {
            Error::Encrypted
        }
        e => damaged(e),
    })?;
    if document.is_encrypted() {
        return Err(Error::Encrypted);
    }
    let mut out = Extracted::default();
    let mut bare: Vec<usize> = Vec::new();
    let (mut length, mut spent) = (0usize, 0usize);
    let mut fonts = Fonts::new(&document, budget);
    let mut scans = Scans::new(limits);
    let mut recognising = Duration::ZERO;
    for page in document.page_iter() {
        if started.elapsed().saturating_sub(recognising).as_secs() >= limits.seconds {
            return Err(Error::TooSlow { seconds: limits.seconds });
        }
        let content = document.get_page_content_with_limit(page, budget.saturating_sub(spent)).map_err(|_| {
            Error::TooLarge { what: "its unpacked pages", limit: format!("{} MB", limits.content_bytes >> 20) }
        })?;
        spent += content.len();
        let mut painter = Painter {
            document: &document,
            fonts: &mut fonts,
            pieces: Vec::new(),
            budget: budget.saturating_sub(spent),
        };
        let resources = resources(&document, page);
        painter.run(&content, &resources, Matrix::IDENTITY, 0);
        let mut text = lines::page(painter.pieces);
        out.pages.push(length);
        if text.trim().is_empty() {
            let began = Instant::now();
            match ocr {
                None => bare.push(out.pages.len()),
                Some(ocr) => {
                    let left = budget.saturating_sub(spent);
                    let read = || ocr.page(&pictures::of_page(&document, page, &content, left)?);
                    text = scans.text(out.pages.len(), read);
                }
            }
            recognising += began.elapsed();
        }
        length += text.chars().count();
        out.text.push_str(&text);
    }
    if out.text.trim().is_empty() {
        let font = fonts.unreadable.first().cloned();
        return Err(match font {
            _ if out.pages.is_empty() => damaged("it has no pages"),
            Some(font) => Error::NoCharacters { font },
            None if ocr.is_some() => scans.error(),
            None => Error::Scanned,
        });
    }
    for font in fonts.unreadable.iter().take(8) {
        out.warnings
            .push(format!("the font {font} does not say which characters its codes are; text in it is missing"));
    }
    if !bare.is_empty() {
        out.warnings.push(format!(
            "no text on {} of {}: a scan or an image without a text layer; `wenbao model pull ocr` lets it be read",
            named(&bare),
            out.pages.len()
        ));
    }
    out.warnings.extend(scans.warnings(out.pages.len()));
    Ok(out)
}

/// Resource dictionaries of a page, its own first, then those it inherits.
fn resources(document: &Document, page: lopdf::ObjectId) -> Vec<&Dictionary> {
    let Ok((own, inherited)) = document.get_page_resources(page) else { return Vec::new() };
    own.into_iter().chain(inherited.into_iter().filter_map(|id| document.get_dictionary(id).ok())).collect()
}

/// An affine map: x' = a x + c y + e, y' = b x + d y + f.
#[derive(Debug, Clone, Copy)]
struct Matrix {
    a: f32,
    b: f32,
    c: f32,
    d: f32,
    e: f32,
    f: f32,
}

impl Matrix {
    const IDENTITY: Self = Self { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };

    /// First `self`, then `next`.
    fn then(self, next: Self) -> Self {
        Self {
            a: self.a * next.a + self.b * next.c,
            b: self.a * next.b + self.b * next.d,
            c: self.c * next.a + self.d * next.c,
            d: self.c * next.b + self.d * next.d,
            e: self.e * next.a + self.f * next.c + next.e,
            f: self.e * next.b + self.f * next.d + next.f,
        }
    }

    fn shift(x: f32, y: f32) -> Self {
        Self { e: x, f: y, ..Self::IDENTITY }
    }

    fn of(operands: &[Object]) -> Option<Self> {
        let n: Vec<f32> = operands.iter().filter_map(|o| o.as_float().ok()).collect();
        let &[a, b, c, d, e, f] = n.as_slice() else { return None };
        Some(Self { a, b, c, d, e, f })
    }
}

struct Painter<'a, 'f> {
    document: &'a Document,
    fonts: &'f mut Fonts<'a>,
    pieces: Vec<Piece>,
    budget: usize,
}

/// What BT, Tf, Td and their like set.
#[derive(Clone, Copy)]
struct TextState {
    matrix: Matrix,
    line: Matrix,
    size: f32,
    leading: f32,
    font: Option<usize>,
}

impl<'a> Painter<'a, '_> {
    /// Follows the operators of a content stream.
    fn run(&mut self, content: &[u8], resources: &[&'a Dictionary], base: Matrix, depth: usize) {
        let mut ctm = base;
        let mut saved: Vec<(Matrix, TextState)> = Vec::new();
        let mut text =
            TextState { matrix: Matrix::IDENTITY, line: Matrix::IDENTITY, size: 0.0, leading: 0.0, font: None };
        let Ok(content) = Content::decode(content) else { return };
        for operation in &content.operations {
            let operands = operation.operands.as_slice();
            let number = |i: usize| operands.get(i).and_then(|o| o.as_float().ok()).unwrap_or(0.0);
            if self.pieces.len() >= MAX_PIECES {
                return;
            }
            match operation.operator.as_str() {
                "q" if saved.len() < 512 => saved.push((ctm, text)),
                "Q" => {
                    if let Some((matrix, state)) = saved.pop() {
                        (ctm, text) = (matrix, state);
                    }
                }
                "cm" => {
                    if let Some(matrix) = Matrix::of(operands) {
                        ctm = matrix.then(ctm);
                    }
                }
                "BT" => (text.matrix, text.line) = (Matrix::IDENTITY, Matrix::IDENTITY),
                "Tf" => {
                    text.size = number(1);
                    text.font =
                        operands.first().and_then(|n| n.as_name().ok()).and_then(|n| self.fonts.named(n, resources));
                }
                "TL" => text.leading = number(0),
                "Td" => next_line(&mut text, number(0), number(1)),
                "TD" => {
                    text.leading = -number(1);
                    next_line(&mut text, number(0), number(1));
                }
                "Tm" => {
                    if let Some(matrix) = Matrix::of(operands) {
                        (text.matrix, text.line) = (matrix, matrix);
                    }
                }
                "T*" => {
                    let leading = text.leading;
                    next_line(&mut text, 0.0, -leading);
                }
                "Tj" => self.show(operands, &mut text, ctm),
                "'" | "\"" => {
                    let leading = text.leading;
                    next_line(&mut text, 0.0, -leading);
                    self.show(operands.last().map(std::slice::from_ref).unwrap_or_default(), &mut text, ctm);
                }
                "TJ" => {
                    if let Some(Ok(parts)) = operands.first().map(Object::as_array) {
                        self.show(parts, &mut text, ctm);
                    }
                }
                "Do" if depth < MAX_FORMS => {
                    if let Some(Ok(name)) = operands.first().map(Object::as_name) {
                        self.form(name, resources, ctm, depth);
                    }
                }
                _ => {}
            }
        }
    }

    /// Shows strings and the gaps between them.
    fn show(&mut self, parts: &[Object], text: &mut TextState, ctm: Matrix) {
        let Some(font) = text.font else { return };
        for part in parts {
            let (words, advance) = match part {
                Object::String(bytes, _) => self.fonts.decode(font, bytes),
                // Gaps are in thousandths of the size, to the left.
                gap => (String::new(), -gap.as_float().unwrap_or(0.0) / 1000.0),
            };
            let at = text.matrix.then(ctm);
            let shift = advance * text.size;
            text.matrix = Matrix::shift(shift, 0.0).then(text.matrix);
            if !words.is_empty() && self.pieces.len() < MAX_PIECES {
                // What is turned on the page is a watermark or a stamp.
                let turned = at.b.abs() > 0.1 * at.a.abs();
                let end = text.matrix.then(ctm);
                let size = (text.size * at.d.abs().max(at.a.abs())).abs();
                if !turned && at.e.is_finite() && at.f.is_finite() && size.is_finite() {
                    self.pieces.push(Piece { x: at.e, y: at.f, end: end.e, size, text: words });
                }
            }
        }
    }

    /// Follows the content of a form.
    fn form(&mut self, name: &[u8], resources: &[&'a Dictionary], ctm: Matrix, depth: usize) {
        let found = resources.iter().find_map(|r| {
            let forms = r.get_deref(b"XObject", self.document).ok()?.as_dict().ok()?;
            forms.get_deref(name, self.document).ok()?.as_stream().ok()
        });
        let Some(stream) =
            found.filter(|s| s.dict.get(b"Subtype").is_ok_and(|t| t.as_name().is_ok_and(|t| t == b"Form")))
        else {
            return;
        };
        let Ok(content) = stream.decompressed_content_with_limit(self.budget) else { return };
        self.budget = self.budget.saturating_sub(content.len());
        let matrix = stream.dict.get(b"Matrix").ok().and_then(|m| m.as_array().ok()).and_then(|m| Matrix::of(m));
        let own = stream.dict.get_deref(b"Resources", self.document).ok().and_then(|r| r.as_dict().ok());
        let inner: Vec<&'a Dictionary> = own.into_iter().chain(resources.iter().copied()).collect();
        self.run(&content, &inner, matrix.unwrap_or(Matrix::IDENTITY).then(ctm), depth + 1);
    }
}

fn next_line(text: &mut TextState, x: f32, y: f32) {
    text.line = Matrix::shift(x, y).then(text.line);
    text.matrix = text.line;
}
