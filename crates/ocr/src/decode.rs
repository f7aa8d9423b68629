//! Pictures to grey pixels.

use std::borrow::Cow;
use std::io::Cursor;

use wenbao_report::{Coding, Colour, Picture};
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Pixels of a picture, at most: A3 at 600 dpi has 70 million.
const MAX_PIXELS: usize = 80_000_000;
/// Pixels along a side, at most.
const MAX_SIDE: usize = 32_000;

/// A grey picture, row after row; 0 is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grey {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

fn damaged(kind: &str, detail: impl std::fmt::Display) -> String {
    format!("the {kind} picture is damaged or of a kind that is not read ({detail})")
}

fn fits(width: usize, height: usize) -> Result<(), String> {
    let fits = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height) && width * height <= MAX_PIXELS;
    if fits { Ok(()) } else { Err(format!("a picture of {width} x {height} pixels is too large, or empty")) }
}

/// How light a colour is.
fn light(r: u8, g: u8, b: u8) -> u8 {
    ((u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000) as u8
}

/// What ink leaves of white.
fn inked(c: u8, m: u8, y: u8, k: u8) -> u8 {
    let paper = |ink: u8| (u32::from(255 - ink) * u32::from(255 - k) / 255) as u8;
    light(paper(c), paper(m), paper(y))
}

/// A page of a picture file, counted from 0; none behind its last.
pub(crate) fn file(bytes: &[u8], page: usize) -> Result<Option<Grey>, String> {
    if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
        return of_tiff(bytes, page);
    }
    if page > 0 {
        return Ok(None);
    }
    if bytes.starts_with(b"\x89PNG") { of_png(bytes) } else { of_jpeg(bytes, false) }.map(Some)
}

/// A picture of a PDF.
pub(crate) fn picture(picture: &Picture<'_>) -> Result<Grey, String> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    fits(width, height)?;
    let mut grey = match &picture.coding {
        Coding::Jpeg => of_jpeg(&picture.bytes, picture.inverted)?,
        Coding::Plain => of_samples(picture, &picture.bytes)?,
        Coding::Fax { k, columns, aligned, marked, black_is_1 } => {
            fits(*columns as usize, height)?;
            let mut rows = Rows::new(*columns as usize, height);
            let settings = hayro_ccitt::DecodeSettings {
                columns: *columns,
                rows: picture.height,
                end_of_block: true,
                end_of_line: *marked,
                rows_are_byte_aligned: *aligned,
                encoding: match k {
                    0 => hayro_ccitt::EncodingMode::Group3_1D,
                    k if *k < 0 => hayro_ccitt::EncodingMode::Group4,
                    _ => hayro_ccitt::EncodingMode::Group3_2D,
                },
                strict: false,
            };
            let mut context = hayro_ccitt::DecoderContext::new(settings);
            let outcome = hayro_ccitt::decode(&picture.bytes, &mut rows, &mut context);
            // What was decoded before the damage stands.
            if rows.grey.pixels.is_empty() {
                return Err(damaged("fax", format!("{outcome:?}")));
            }
            let mut grey = rows.done();
            if picture.inverted != *black_is_1 {
                // The samples say the opposite of what fax calls black.
                grey.pixels.iter_mut().for_each(|p| *p = 255 - *p);
            }
            grey
        }
        Coding::Jbig2(shared) => {
            let settings = hayro_jbig2::DecodeSettings { strict: false };
            let failed = |e: &dyn std::fmt::Debug| damaged("JBIG2", format!("{e:?}"));
            let globals = match shared {
                Some(bytes) => Some(hayro_jbig2::Globals::new(bytes, &settings).map_err(|e| failed(&e))?),
                None => None,
            };
            let page =
                hayro_jbig2::Page::new_embedded(&picture.bytes, globals.as_ref(), &settings).map_err(|e| failed(&e))?;
            let (columns, lines) = (page.width() as usize, page.height() as usize);
            fits(columns, lines)?;
            let mut rows = Rows::new(columns, lines);
            page.decode(&mut rows).map_err(|e| failed(&e))?;
            let mut grey = rows.done();
            if picture.inverted {
                grey.pixels.iter_mut().for_each(|p| *p = 255 - *p);
            }
            grey
        }
    };
    if picture.stencil {
        // A sample of 0 paints, whatever the colour: black here, as everything that is written.
        grey.pixels.iter_mut().for_each(|p| *p = if *p < 128 { 0 } else { 255 });
    }
    Ok(grey)
}

fn of_jpeg(bytes: &[u8], inverted: bool) -> Result<Grey, String> {
    let options = DecoderOptions::default().set_max_width(MAX_SIDE).set_max_height(MAX_SIDE);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| damaged("JPEG", format!("{e:?}")))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| damaged("JPEG", "it has no size"))?;
    fits(width, height)?;
    decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::Luma));
    let mut pixels = decoder.decode().map_err(|e| damaged("JPEG", format!("{e:?}")))?;
    if pixels.len() != width * height {
        return Err(damaged("JPEG", "it has other colours than it says"));
    }
    if inverted {
        pixels.iter_mut().for_each(|p| *p = 255 - *p);
    }
    Ok(Grey { width, height, pixels })
}

fn of_png(bytes: &[u8]) -> Result<Grey, String> {
    let failed = |e: png::DecodingError| damaged("PNG", e);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: 4 * MAX_PIXELS });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(failed)?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    fits(width, height)?;
    let size = reader.output_buffer_size().ok_or_else(|| damaged("PNG", "it is too large"))?;
    let mut samples = vec![0; size];
    let frame = reader.next_frame(&mut samples).map_err(failed)?;
    samples.truncate(frame.buffer_size());
    // What shows through is white paper.
    let over = |grey: u8, alpha: u8| (u32::from(grey) * u32::from(alpha) / 255) as u8 + (255 - alpha);
    let pixels: Vec<u8> = match frame.color_type {
        png::ColorType::Grayscale => samples,
        png::ColorType::GrayscaleAlpha => samples.chunks_exact(2).map(|p| over(p[0], p[1])).collect(),
        png::ColorType::Rgb => samples.chunks_exact(3).map(|p| light(p[0], p[1], p[2])).collect(),
        png::ColorType::Rgba => samples.chunks_exact(4).map(|p| over(light(p[0], p[1], p[2]), p[3])).collect(),
        png::ColorType::Indexed => return Err(damaged("PNG", "its palette is missing")),
    };
    Ok(Grey { width, height, pixels })
}

fn of_tiff(bytes: &[u8], page: usize) -> Result<Option<Grey>, String> {
    use tiff::decoder::{Decoder, DecodingResult, Limits};
    let failed = |e: tiff::TiffError| damaged("TIFF", e);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = 4 * MAX_PIXELS;
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(failed)?.with_limits(limits);
    for _ in 0..page {
        if !decoder.more_images() {
            return Ok(None);
        }
        decoder.next_image().map_err(failed)?;
    }
    let (width, height) = decoder.dimensions().map_err(failed)?;
    fits(width as usize, height as usize)?;
    let colour = decoder.colortype().map_err(failed)?;
    let samples = match decoder.read_image().map_err(failed)? {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(samples) => samples.into_iter().map(|s| (s >> 8) as u8).collect(),
        _ => return Err(damaged("TIFF", "its samples are no whole numbers of 8 or 16 bits")),
    };
    let (colour, bits, step) = match colour {
        tiff::ColorType::Gray(bits @ (1 | 2 | 4)) => (Colour::Gray, bits, 1),
        tiff::ColorType::Gray(_) => (Colour::Gray, 8, 1),
        tiff::ColorType::GrayA(_) => (Colour::Gray, 8, 2),
        tiff::ColorType::RGB(_) => (Colour::Rgb, 8, 3),
        tiff::ColorType::RGBA(_) => (Colour::Rgb, 8, 4),
        tiff::ColorType::CMYK(_) => (Colour::Cmyk, 8, 4),
        other => return Err(damaged("TIFF", format!("colours of the kind {other:?}"))),
    };
    let plain = Picture {
        width,
        height,
        bits,
        colour,
        inverted: false,
        stencil: false,
        coding: Coding::Plain,
        bytes: Cow::Owned(samples),
    };
    samples_of(&plain, &plain.bytes, step).map(Some)
}

fn of_samples(picture: &Picture<'_>, bytes: &[u8]) -> Result<Grey, String> {
    let step = match picture.colour {
        Colour::Gray | Colour::Palette(_) => 1,
        Colour::Rgb => 3,
        Colour::Cmyk => 4,
    };
    samples_of(picture, bytes, step)
}

/// Samples one after the other, `step` of them a pixel.
fn samples_of(picture: &Picture<'_>, bytes: &[u8], step: usize) -> Result<Grey, String> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let bits = usize::from(picture.bits);
    if !matches!(bits, 1 | 2 | 4 | 8 | 16) {
        return Err(format!("a picture has samples of {bits} bits, which are not read"));
    }
    let row = (width * step * bits).div_ceil(8);
    // A whole scale, but for places in a list of colours.
    let full =
        if matches!(picture.colour, Colour::Palette(_)) || bits >= 8 { 1 } else { 255 / ((1u16 << bits) - 1) as u8 };
    let sample = |line: &[u8], i: usize| -> u8 {
        let value = match bits {
            8 => line.get(i).copied().unwrap_or(255),
            16 => line.get(2 * i).copied().unwrap_or(255),
            _ => {
                let byte = line.get(i * bits / 8).copied().unwrap_or(255);
                (byte >> (8 - bits - i * bits % 8)) & ((1u16 << bits) - 1) as u8
            }
        };
        let value = value.saturating_mul(full);
        if picture.inverted && !matches!(picture.colour, Colour::Palette(_)) { 255 - value } else { value }
    };
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        // What is missing at the end is white.
        let line = bytes.get((y * row).min(bytes.len())..((y + 1) * row).min(bytes.len())).unwrap_or_default();
        if line.is_empty() {
            pixels.resize(width * (y + 1), 255);
            continue;
        }
        for x in 0..width {
            let at = |i: usize| sample(line, x * step + i);
            pixels.push(match &picture.colour {
                Colour::Gray => at(0),
                Colour::Rgb => light(at(0), at(1), at(2)),
                Colour::Cmyk => inked(at(0), at(1), at(2), at(3)),
                Colour::Palette(colours) => colours.get(usize::from(at(0))).map_or(255, |c| light(c[0], c[1], c[2])),
            });
        }
    }
    Ok(Grey { width, height, pixels })
}

/// Rows of black and white as a decoder gives them.
struct Rows {
    grey: Grey,
    /// Where the row that is being written begins.
    row: usize,
}

impl Rows {
    fn new(width: usize, height: usize) -> Self {
        Self { grey: Grey { width, height, pixels: Vec::new() }, row: 0 }
    }

    fn put(&mut self, black: bool, count: usize) {
        let left = self.grey.width.saturating_sub(self.grey.pixels.len() - self.row);
        let whole = self.grey.width * self.grey.height - self.grey.pixels.len();
        let to = self.grey.pixels.len() + count.min(left).min(whole);
        self.grey.pixels.resize(to, if black { 0 } else { 255 });
    }

    fn end(&mut self) {
        self.put(false, self.grey.width);
        self.row = self.grey.pixels.len();
    }

    /// The picture; rows that did not come are white.
    fn done(mut self) -> Grey {
        self.grey.pixels.resize(self.grey.width * self.grey.height, 255);
        self.grey
    }
}

impl hayro_ccitt::Decoder for Rows {
    fn push_row(&mut self, changes: &[u32]) {
        let (mut at, mut black) = (0u32, false);
        for &change in changes {
            self.put(black, change.saturating_sub(at) as usize);
            (at, black) = (change.max(at), !black);
        }
        self.put(black, self.grey.width);
        self.end();
    }
}

impl hayro_jbig2::Decoder for Rows {
    fn push_pixel(&mut self, black: bool) {
        self.put(black, 1);
    }

    fn push_pixel_chunk(&mut self, black: bool, chunk_count: u32) {
        self.put(black, 8 * chunk_count as usize);
    }

    fn next_line(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey PNG of this size that is white but for a black pixel on the left of its second row.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        let mut samples = vec![255; (width * height) as usize];
        samples[width as usize] = 0;
        encoder.write_header().unwrap().write_image_data(&samples).unwrap();
        out
    }

    fn plain(width: u32, height: u32, bits: u8, colour: Colour, bytes: &'static [u8]) -> Picture<'static> {
        let (inverted, stencil, coding) = (false, false, Coding::Plain);
        Picture { width, height, bits, colour, inverted, stencil, coding, bytes: Cow::Borrowed(bytes) }
    }

    #[test]
    fn a_png_is_grey_row_after_row_and_has_one_page() {
        let grey = file(&png(3, 2), 0).unwrap().unwrap();
        assert_eq!(grey, Grey { width: 3, height: 2, pixels: vec![255, 255, 255, 0, 255, 255] });
        assert_eq!(file(&png(3, 2), 1), Ok(None));
    }

    #[test]
    fn samples_of_every_kind_become_light() {
        let cases: &[(Picture<'_>, &[u8])] = &[
            // A bit a pixel, each row from a whole byte.
            (plain(3, 2, 1, Colour::Gray, &[0b1010_0000, 0b0100_0000]), &[255, 0, 255, 0, 255, 0]),
            (plain(2, 1, 4, Colour::Gray, &[0x0f]), &[0, 255]),
            (plain(2, 1, 16, Colour::Gray, &[0x80, 0, 0xff, 0xff]), &[128, 255]),
            (plain(2, 1, 8, Colour::Rgb, &[255, 255, 255, 255, 0, 0]), &[255, 76]),
            // Black is ink, of the fourth colour alone too.
            (plain(2, 1, 8, Colour::Cmyk, &[0, 0, 0, 0, 0, 0, 0, 255]), &[255, 0]),
            (plain(2, 1, 1, Colour::Palette(vec![[0, 0, 0], [255, 255, 255]]), &[0b0100_0000]), &[0, 255]),
            // A place that the list does not have, and rows that are missing, are white.
            (plain(1, 2, 8, Colour::Palette(vec![[0, 0, 0]]), &[7]), &[255, 255]),
        ];
        for (made, want) in cases {
            assert_eq!(picture(made).unwrap().pixels, *want, "{made:?}");
        }
        let stencil = Picture { stencil: true, ..plain(2, 1, 1, Colour::Gray, &[0b0100_0000]) };
        assert_eq!(picture(&stencil).unwrap().pixels, [0, 255]);
        assert!(picture(&plain(1, 1, 5, Colour::Gray, &[0])).unwrap_err().contains("5 bits"));
    }

    #[test]
    fn a_picture_that_says_to_be_huge_is_refused_before_it_is_unpacked() {
        let mut huge = png(3, 2);
        // Width and height stand at the beginning of the first part; its check sum follows it.
        huge[16..24].copy_from_slice(&[0, 0, 0x7f, 0xff, 0, 0, 0x7f, 0xff]);
        let sum = crc(&huge[12..29]);
        huge[29..33].copy_from_slice(&sum.to_be_bytes());
        let problem = file(&huge, 0).unwrap_err();
        assert!(problem.contains("32767 x 32767 pixels is too large"), "{problem}");
        // A JPEG of 65,500 by 65,500: start of image, start of frame.
        let jpeg =
            [b"\xff\xd8\xff\xc0\x00\x0b\x08".as_slice(), &[0xff, 0xdc, 0xff, 0xdc], b"\x01\x01\x11\x00"].concat();
        assert!(file(&jpeg, 0).is_err());
        let huge = picture(&plain(40_000, 40_000, 1, Colour::Gray, &[])).unwrap_err();
        assert!(huge.contains("40000 x 40000 pixels is too large"), "{huge}");
        let fax = Coding::Fax { k: -1, columns: 4_000_000, aligned: false, marked: false, black_is_1: false };
        assert!(
            picture(&Picture { coding: fax, ..plain(8, 8, 1, Colour::Gray, &[0]) }).unwrap_err().contains("too large")
        );
    }

    #[test]
    fn a_picture_that_is_cut_is_an_error_or_a_picture_and_never_a_defect() {
        let whole = png(64, 64);
        for cut in 0..whole.len() - 12 {
            assert!(file(&whole[..cut], 0).is_err(), "{cut}");
        }
        for bytes in [&b"\xff\xd8\xff"[..], b"II*\0", b"MM\0*\0\0\0\x08\0\0", b"II*\0\x08\0\0\0\xff\xff", b""] {
            assert!(file(bytes, 0).is_err(), "{bytes:?}");
        }
        for coding in [
            Coding::Jpeg,
            Coding::Jbig2(None),
            Coding::Jbig2(Some(vec![0, 1, 2])),
            Coding::Fax { k: 0, columns: 8, aligned: true, marked: true, black_is_1: true },
        ] {
            for bytes in [&b""[..], b"\xff\xd8\xff\xe0\0", b"\0\0\0\x01\x30\0\x01\0\0\0\x13", &[0x55; 64]] {
                let _ = picture(&Picture { coding: coding.clone(), ..plain(8, 8, 1, Colour::Gray, bytes) });
            }
        }
    }

    /// The check sum of a part of a PNG.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |sum, &byte| {
            (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
        })
    }
}
