//! What Word knows of a paragraph and its text does not show: the level of a heading, and the number that counts by itself.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::damaged;
use crate::error::Error;
use crate::formats::numbering::{Count, LEVELS, Level, Numbering};
use crate::formats::package::attribute;

/// A style's chain of parents is followed no further.
const MOST_PARENTS: usize = 16;

/// What a paragraph or its style says of its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// 1 for a heading of the first level; 0 for the title.
    pub heading: Option<u8>,
    /// Which numbering counts it.
    pub numbering: Option<String>,
    /// The level of that numbering, from 0.
    pub level: Option<usize>,
}

#[derive(Debug, Default)]
struct Style {
    parent: Option<String>,
    place: Place,
}

/// The paragraph styles of a document.
#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, Style>);

impl Styles {
    pub fn read(xml: &str) -> Result<Self, Error> {
        let mut styles = HashMap::new();
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = false;
        let mut open: Option<(String, Style)> = None;
        loop {
            match reader.read_event().map_err(damaged)? {
                Event::Start(e) | Event::Empty(e) => {
                    let name = e.local_name();
                    let value = || attribute(&e, "val").unwrap_or_default();
                    if name.as_ref() == "style" {
                        open = attribute(&e, "styleId").map(|id| (id, Style::default()));
                    } else if let Some((_, style)) = &mut open {
                        match name.as_ref() {
                            "name" => style.place.heading = heading_by_name(&value()),
                            "basedOn" => style.parent = Some(value()),
                            _ => place(&mut style.place, name.as_ref(), &value()),
                        }
                    }
                }
                Event::End(e) if e.local_name().as_ref() == "style" => styles.extend(open.take()),
                Event::Eof => return Ok(Self(styles)),
                _ => {}
            }
        }
    }

    /// What the style of this name, or one that it is based on, says.
    pub fn place(&self, id: &str) -> Place {
        let mut out = Place::default();
        let mut next = Some(id);
        for _ in 0..MOST_PARENTS {
            let Some(style) = next.and_then(|id| self.0.get(id)) else { break };
            out.heading = out.heading.or(style.place.heading);
            out.numbering = out.numbering.or_else(|| style.place.numbering.clone());
            out.level = out.level.or(style.place.level);
            next = style.parent.as_deref();
        }
        if !self.0.contains_key(id) {
            out.heading = heading_by_name(id);
        }
        out
    }
}

/// Takes what an element of a paragraph's properties says of its place.
pub(super) fn place(place: &mut Place, element: &str, value: &str) {
    match element {
        "outlineLvl" => place.heading = value.parse::<u8>().ok().filter(|l| *l < 9).map(|l| l + 1).or(place.heading),
        "numId" => place.numbering = Some(value.to_owned()),
        "ilvl" => place.level = value.parse().ok(),
        _ => {}
    }
}

/// "heading 1", "Heading1", "标题 2", and "Title" for 0.
fn heading_by_name(name: &str) -> Option<u8> {
    // LibreOffice writes "Heading_20_1" for the name of a style in Word 2003 XML.
    let name = name.to_lowercase().replace("_20_", "").replace(' ', "");
    if matches!(name.as_str(), "title" | "标题") {
        return Some(0);
    }
    let level = name.strip_prefix("heading").or_else(|| name.strip_prefix("标题"))?;
    level.parse().ok().filter(|l| (1..=9).contains(l))
}

/// Reads the numberings of a document: its `numbering.xml`.
pub(super) fn numbering(xml: &str) -> Result<Numbering, Error> {
    let mut out = Numbering::default();
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let (mut kind, mut number) = (None::<String>, None::<String>);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) => {
                let value = || attribute(&e, "val").unwrap_or_default();
                match e.local_name().as_ref() {
                    "abstractNum" => (kind, number) = (attribute(&e, "abstractNumId"), None),
                    "num" => (kind, number) = (None, attribute(&e, "numId")),
                    "abstractNumId" => {
                        if let Some(number) = &number {
                            out.of.insert(number.clone(), value());
                        }
                    }
                    "lvl" => {
                        if let Some(kind) = &kind {
                            let levels = out.kinds.entry(kind.clone()).or_default();
                            if levels.len() < LEVELS {
                                levels.push(Level { start: 1, ..Level::default() });
                            }
                        }
                    }
                    name => {
                        let level = kind.as_ref().and_then(|k| out.kinds.get_mut(k)).and_then(|l| l.last_mut());
                        match (name, level) {
                            ("start", Some(level)) => level.start = value().parse().unwrap_or(1),
                            ("numFmt", Some(level)) => level.count = count(&value()),
                            ("lvlText", Some(level)) => level.text = value(),
                            _ => {}
                        }
                    }
                }
            }
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

/// The way of counting that Word names so (ECMA-376, 17.18.59).
fn count(format: &str) -> Count {
    match format {
        "bullet" | "none" => Count::Silent,
        "chineseCounting"
        | "chineseCountingThousand"
        | "ideographTraditional"
        | "japaneseCounting"
        | "taiwaneseCounting"
        | "taiwaneseCountingThousand" => Count::Han,
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => Count::Circled,
        "lowerLetter" => Count::LowerLetter,
        "upperLetter" => Count::UpperLetter,
        "lowerRoman" => Count::LowerRoman,
        "upperRoman" => Count::UpperRoman,
        _ => Count::Arabic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_word_shows_them() {
        let level = |i: usize, format: &str, text: &str| {
            format!(
                "<w:lvl w:ilvl=\"{i}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"{text}\"/></w:lvl>"
            )
        };
        let xml = format!(
            "<w:numbering><w:abstractNum w:abstractNumId=\"0\">{}{}{}</w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num></w:numbering>",
            level(0, "chineseCountingThousand", "%1、"),
            level(1, "chineseCounting", "（%2）"),
            level(2, "decimal", "%3．")
        );
        let mut numbering = super::numbering(&xml).unwrap();
        let got: Vec<String> = [0, 1, 1, 2, 0, 1].iter().map(|&l| numbering.next("1", l)).collect();
        assert_eq!(got, ["一、", "（一）", "（二）", "1．", "二、", "（一）"]);
        assert_eq!(numbering.next("9", 0), "");
    }

    #[test]
    fn headings_by_style_name_parent_and_outline_level() {
        let xml = "<w:styles><w:style w:styleId=\"1\"><w:name w:val=\"heading 1\"/></w:style>\
            <w:style w:styleId=\"a\"><w:name w:val=\"自己的\"/><w:basedOn w:val=\"1\"/></w:style>\
            <w:style w:styleId=\"b\"><w:name w:val=\"x\"/><w:pPr><w:outlineLvl w:val=\"2\"/></w:pPr></w:style></w:styles>";
        let styles = Styles::read(xml).unwrap();
        for (id, want) in
            [("1", Some(1)), ("a", Some(1)), ("b", Some(3)), ("Heading2", Some(2)), ("Title", Some(0)), ("c", None)]
        {
            assert_eq!(styles.place(id).heading, want, "{id}");
        }
    }
}
