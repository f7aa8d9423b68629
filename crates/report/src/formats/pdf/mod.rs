//! PDF: the text layer, a line a line, with the pages they stand on.
//!
//! lopdf parses the file and the fonts' ToUnicode maps within limits; here its drawing operators are followed just far
//! enough to know where each piece of text stands, and the pieces are put into lines. Straight lines that make a grid are
//! followed too: what stands in it is a table.

mod fonts;
pub(super) mod lines;
mod pictures;
mod ruled;

use std::time::{Duration, Instant};

use lopdf::content::Content;
use lopdf::{Dictionary, Document, LoadOptions, Object};

use super::scan::{Scans, named};
use super::{Extracted, Writer};
use crate::error::{Error, Limits};
use crate::ocr::{Ocr, PULL};
use fonts::Fonts;
use lines::Piece;
use ruled::{Ruled, Rules};

/// Forms drawn inside forms are followed no deeper.
const MAX_FORMS: usize = 8;
/// A scan has so many characters of its own, at most: its number, or the name of the program that made it.
const STAMP: usize = 40;
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
    let mut bare: Vec<usize> = Vec::new();
    let (mut flow, mut count, mut spent) = (Vec::new(), 0usize, 0usize);
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
            rules: Rules::default(),
            budget: budget.saturating_sub(spent),
        };
        let resources = resources(&document, page);
        painter.run(&content, &resources, Matrix::IDENTITY, 0);
        let characters = painter.pieces.iter().flat_map(|p| p.text.chars()).filter(|c| !c.is_whitespace()).count();
        let mut blocks = blocks(painter.pieces, painter.rules);
        count += 1;
        let left = budget.saturating_sub(spent);
        if characters == 0 || characters <= STAMP && pictures::cover(&document, page, &content, left) {
            let began = Instant::now();
            match ocr {
                None => bare.push(count),
                Some(ocr) => {
                    let seen = scans.page(count, || ocr.page(&pictures::of_page(&document, page, &content, left)?));
                    if !seen.is_empty() {
                        blocks.insert(0, Block::Text(lines::page(seen)));
                    }
                }
            }
            recognising += began.elapsed();
        }
        add_page(&mut flow, blocks);
    }
    let mut out = written(flow);
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
            "no text or hardly any on {} of {}: a scan or an image without a text layer; {PULL} and ingesting it again let it be read",
            named(&bare),
            out.pages.len()
        ));
    }
    out.warnings.extend(scans.warnings(out.pages.len()));
    Ok(out)
}

/// A piece of the document.
enum Block {
    /// A page begins.
    Page,
    Text(String),
    Table(Box<Joined>),
}

/// A table, and the cells with which it goes on on further pages.
struct Joined {
    ruled: Ruled,
    pages: Vec<usize>,
}

/// What stands on a page, from above: text parted by tables.
fn blocks(pieces: Vec<Piece>, rules: Rules) -> Vec<Block> {
    let (tables, mut rest) = ruled::tables(rules, lines::once(pieces));
    let mut bands = Vec::new();
    for table in &tables {
        let (above, below): (Vec<Piece>, Vec<Piece>) = rest.into_iter().partition(|p| p.y >= table.top);
        bands.push(above);
        rest = below;
    }
    bands.push(rest);
    let mut out = Vec::new();
    let mut tables = tables.into_iter();
    for text in lines::bands(bands) {
        out.push(Block::Text(text));
        out.extend(tables.next().map(|ruled| Block::Table(Box::new(Joined { ruled, pages: Vec::new() }))));
    }
    out
}

/// Puts a page behind those before. A table at its very top goes on with one at the very foot of the page before if both
/// have the same columns and the second repeats the headings or begins with a row of values.
fn add_page(flow: &mut Vec<Block>, blocks: Vec<Block>) {
    let aside = |block: &Block| match block {
        Block::Text(text) => text.lines().all(|l| {
            let line = l.trim();
            crate::furniture::is_page_number(line) || line.len() <= 4 && line.bytes().all(|b| b.is_ascii_digit())
        }),
        Block::Page | Block::Table(_) => false,
    };
    let first = blocks.iter().position(|b| !aside(b));
    let last = flow.iter().rposition(|b| !aside(b));
    let mut blocks: Vec<Option<Block>> = blocks.into_iter().map(Some).collect();
    if let (Some(first), Some(last)) = (first, last)
        && let Block::Table(before) = &mut flow[last]
        && let Some(Block::Table(next)) = &blocks[first]
        && before.ruled.fits(&next.ruled)
        && let Some(at) = before.ruled.table.go_on(&next.ruled.table)
    {
        before.pages.push(at);
        blocks[first] = None;
    } else {
        flow.push(Block::Page);
    }
    flow.extend(blocks.into_iter().flatten());
}

/// The text of all pages with its tables.
fn written(flow: Vec<Block>) -> Extracted {
    let mut writer = Writer::default();
    for block in flow {
        match block {
            Block::Page => writer.out.pages.push(writer.length()),
            Block::Text(text) => writer.push(&text),
            Block::Table(joined) => {
                writer.table(joined.ruled.table);
                // The further pages begin with their first cells.
                let grid = writer.out.tables.last();
                let end = writer.length();
                let begins = joined.pages.iter().map(|&cell| {
                    let cells = grid.and_then(|g| g.cells.get(cell..)).unwrap_or_default();
                    cells.iter().map(|c| c.range.start).find(|&at| at > 0).unwrap_or(end)
                });
                let begins: Vec<usize> = begins.collect();
                writer.out.pages.extend(begins);
            }
        }
    }
    writer.out
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

    /// Where a point comes to lie.
    fn point(self, x: f32, y: f32) -> (f32, f32) {
        (self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)
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
    rules: Rules,
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
                "m" => self.rules.move_to(ctm.point(number(0), number(1))),
                "l" => self.rules.line_to(ctm.point(number(0), number(1))),
                // A curve is no line: what follows begins anew where it ends.
                "c" => self.rules.move_to(ctm.point(number(4), number(5))),
                "v" | "y" => self.rules.move_to(ctm.point(number(2), number(3))),
                "h" => self.rules.close(),
                "re" => {
                    let (x, y, width, height) = (number(0), number(1), number(2), number(3));
                    self.rules.move_to(ctm.point(x, y));
                    for (x, y) in [(x + width, y), (x + width, y + height), (x, y + height)] {
                        self.rules.line_to(ctm.point(x, y));
                    }
                    self.rules.close();
                }
                "S" => self.rules.paint(true, false),
                "s" | "b" | "b*" => {
                    self.rules.close();
                    self.rules.paint(true, true);
                }
                "B" | "B*" => self.rules.paint(true, true),
                "f" | "F" | "f*" => self.rules.paint(false, true),
                "n" => self.rules.paint(false, false),
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
