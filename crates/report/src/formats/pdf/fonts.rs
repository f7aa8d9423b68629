//! Fonts: codes to characters by ToUnicode map, by a predefined Chinese map, or by a simple encoding.

use std::collections::{BTreeSet, HashMap};

use lopdf::{Dictionary, Document, Encoding, Object};

/// The fonts of a document, each read once.
pub(super) struct Fonts<'a> {
    document: &'a Document,
    budget: usize,
    known: HashMap<*const Dictionary, usize>,
    fonts: Vec<Font<'a>>,
    /// Names of fonts that show something and say nowhere which characters their codes are.
    pub unreadable: BTreeSet<String>,
}

struct Font<'a> {
    name: String,
    codes: Codes<'a>,
    /// Bytes of a code.
    wide: bool,
}

enum Codes<'a> {
    Map(Encoding<'a>),
    /// Codes are characters of this encoding.
    Legacy(&'static encoding_rs::Encoding),
    Unreadable,
}

/// Predefined maps whose codes are an encoding's own bytes, by the beginning of their names (ISO 32000-1, table 118).
const PREDEFINED: &[(&str, &encoding_rs::Encoding)] = &[
    ("GB-EUC", encoding_rs::GBK),
    ("GBK2K", encoding_rs::GB18030),
    ("GBKp-EUC", encoding_rs::GBK),
    ("GBK-EUC", encoding_rs::GBK),
    ("GBpc-EUC", encoding_rs::GBK),
    ("UniGB-", encoding_rs::UTF_16BE),
    ("UniCNS-", encoding_rs::UTF_16BE),
    ("ETen-B5", encoding_rs::BIG5),
    ("ETenms-B5", encoding_rs::BIG5),
    ("B5pc", encoding_rs::BIG5),
];

impl<'a> Fonts<'a> {
    pub fn new(document: &'a Document, budget: usize) -> Self {
        Self { document, budget, known: HashMap::new(), fonts: Vec::new(), unreadable: BTreeSet::new() }
    }

    /// The font that `name` stands for in the resources: its number for [`Fonts::decode`].
    pub fn named(&mut self, name: &[u8], resources: &[&'a Dictionary]) -> Option<usize> {
        let document = self.document;
        let font = resources.iter().find_map(|r| {
            let fonts = r.get_deref(b"Font", document).ok()?.as_dict().ok()?;
            fonts.get_deref(name, document).ok()?.as_dict().ok()
        })?;
        if let Some(&known) = self.known.get(&std::ptr::from_ref(font)) {
            return Some(known);
        }
        self.fonts.push(self.read(font));
        self.known.insert(std::ptr::from_ref(font), self.fonts.len() - 1);
        Some(self.fonts.len() - 1)
    }

    fn read(&self, font: &'a Dictionary) -> Font<'a> {
        let composite = font.get(b"Subtype").is_ok_and(|s| s.as_name().is_ok_and(|s| s == b"Type0"));
        let name = font.get_deref(b"Encoding", self.document).ok().and_then(|e| e.as_name().ok()).unwrap_or_default();
        let name = String::from_utf8_lossy(name);
        // What the file says of its own glyphs comes first: subset fonts have codes of their own under a standard name.
        let mapped = font.get_deref(b"ToUnicode", self.document).and_then(Object::as_stream).is_ok();
        let codes = if mapped {
            self.to_unicode(font)
        } else if let Some((_, encoding)) = PREDEFINED.iter().find(|(prefix, _)| name.starts_with(prefix)) {
            Codes::Legacy(encoding)
        } else if composite {
            // Glyph numbers of a font without a map: nothing says which characters they are.
            Codes::Unreadable
        } else {
            font.get_font_encoding_with_limit(self.document, self.budget).map_or(Codes::Unreadable, Codes::Map)
        };
        let name = font.get(b"BaseFont").ok().and_then(|n| n.as_name().ok()).unwrap_or(b"without a name");
        Font { name: String::from_utf8_lossy(name).into_owned(), codes, wide: composite }
    }

    /// The ToUnicode map of a font, whatever encoding stands beside it.
    fn to_unicode(&self, font: &'a Dictionary) -> Codes<'a> {
        let mut only_map = Dictionary::new();
        only_map.set("Type", Object::Name(b"Font".to_vec()));
        if let Ok(map) = font.get(b"ToUnicode") {
            only_map.set("ToUnicode", map.clone());
        }
        match only_map.get_font_encoding_with_limit(self.document, self.budget) {
            Ok(Encoding::UnicodeMapEncoding(map)) => Codes::Map(Encoding::UnicodeMapEncoding(map)),
            _ => Codes::Unreadable,
        }
    }

    /// The characters of a string and about how far they advance, in units of the font's size: Han characters take one,
    /// others half. Exact widths are not needed to tell lines and words apart.
    pub fn decode(&mut self, font: usize, bytes: &[u8]) -> (String, f32) {
        let Some(font) = self.fonts.get(font) else { return (String::new(), 0.0) };
        let text = match &font.codes {
            Codes::Map(encoding) => encoding.bytes_to_string(bytes).unwrap_or_default(),
            Codes::Legacy(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Codes::Unreadable => {
                if !bytes.is_empty() && !self.unreadable.contains(&font.name) {
                    self.unreadable.insert(font.name.clone());
                }
                String::new()
            }
        };
        let text: String = text.chars().filter(|c| *c != '\u{fffd}' && !c.is_control()).collect();
        let advance = text.chars().map(|c| if (c as u32) < 0x2000 { 0.5 } else { 1.0 }).sum::<f32>();
        let advance = if text.is_empty() { bytes.len() as f32 * if font.wide { 0.5 } else { 0.25 } } else { advance };
        (text, advance)
    }
}
