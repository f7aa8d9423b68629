//! Pages that are pictures, and what reads them.
//!
//! The crate finds pictures where a page has no text and puts what is read off them where text would stand; decoding and
//! recognising them is another's work, [`Ocr`], which may be missing.

use std::borrow::Cow;

/// What a user who has no OCR does to have one; a warning that says it tells of pages that were left out for want of it.
pub(crate) const PULL: &str = "`wenbao model pull ocr`";

/// Recognises text in pictures.
pub trait Ocr: Send + Sync {
    /// The lines of a page on which these pictures are painted.
    ///
    /// # Errors
    /// One line that says why nothing can be recognised.
    fn page(&self, scan: &Scan<'_>) -> Result<Vec<Seen>, String>;

    /// The lines of a page, counted from 0, of a picture file (PNG, JPEG, TIFF); none behind its last page. A pixel is a point.
    ///
    /// # Errors
    /// One line that says why nothing can be recognised.
    fn picture_file(&self, bytes: &[u8], page: usize) -> Result<Option<Vec<Seen>>, String>;
}

/// A line of text as it was recognised.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its left end, in points from the left of the page.
    pub x: f32,
    /// Its lower edge, in points from the bottom of the page.
    pub y: f32,
    /// Its right end.
    pub end: f32,
    /// Its height.
    pub size: f32,
    /// Its characters.
    pub text: String,
    /// How sure the least sure of its characters is, from 0 to 1.
    pub sure: f32,
}

/// A page with nothing but pictures.
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    /// Width and height in points, as the page is shown.
    pub size: (f32, f32),
    /// The pictures, in the order in which they are painted.
    pub pictures: Vec<Placed<'a>>,
}

/// A picture where it stands.
#[derive(Debug, Clone)]
pub struct Placed<'a> {
    /// The picture.
    pub picture: Picture<'a>,
    /// Maps the unit square, whose upper edge is the picture's first row, to the page, whose lower left corner is its origin:
    /// x' = a x + c y + e, y' = b x + d y + f.
    pub map: [f32; 6],
}

/// A picture as its file holds it.
#[derive(Debug, Clone)]
pub struct Picture<'a> {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bits of a sample.
    pub bits: u8,
    /// What the samples of a pixel are.
    pub colour: Colour,
    /// Whether the least sample is the lightest.
    pub inverted: bool,
    /// Whether it is a stencil: where it is dark something is painted, and nothing elsewhere.
    pub stencil: bool,
    /// How its samples are written.
    pub coding: Coding,
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
}

/// What the samples of a pixel are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Colour {
    /// One: its light.
    Gray,
    /// Three.
    Rgb,
    /// Four.
    Cmyk,
    /// One: a place in a list of colours, each of red, green and blue.
    Palette(Vec<[u8; 3]>),
}

/// How samples are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coding {
    /// One after the other, each row from a whole byte.
    Plain,
    /// JPEG.
    Jpeg,
    /// CCITT group 3 and 4, by the parameters of PDF.
    Fax {
        /// Below 0 group 4, 0 group 3 in one dimension, above 0 in two.
        k: i64,
        /// Pixels a row.
        columns: u32,
        /// Whether rows begin at whole bytes.
        aligned: bool,
        /// Whether rows end with a mark.
        marked: bool,
        /// Whether a 1 is black.
        black_is_1: bool,
    },
    /// JBIG2, with what several pictures share.
    Jbig2(Option<Vec<u8>>),
}
