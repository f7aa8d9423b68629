//! The package of an Office document: a zip archive of parts that point at each other.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::time::Instant;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::QName;
use quick_xml::{Reader, XmlVersion};

use crate::error::{Error, Limits};

/// Elements may nest no deeper: real documents stay below fifty.
pub(crate) const MAX_DEPTH: usize = 512;

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: "Office", detail: detail.to_string() }
}

/// A part that another one points at.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// What the other one calls it: "rId5".
    pub id: String,
    /// The last word of its type: "officeDocument", "styles", "footnotes", "aFChunk".
    pub kind: String,
    /// Its name in the archive.
    pub target: String,
}

/// An opened package.
pub(crate) struct Package<'a> {
    archive: zip::ZipArchive<Cursor<&'a [u8]>>,
    limits: &'a Limits,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl<'a> Package<'a> {
    pub fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, Error> {
        let archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        Ok(Self { archive, limits, left: limits.content_bytes })
    }

    pub fn holds(&self, name: &str) -> bool {
        self.archive.file_names().any(|n| n.is_ok_and(|n| n == name))
    }

    /// The main part: what the package's own relations say, else where Word puts it.
    pub fn main(&mut self) -> Result<Option<String>, Error> {
        let said = self.relations("")?.into_iter().find(|r| r.kind == "officeDocument").map(|r| r.target);
        Ok(said.filter(|name| self.holds(name)).or_else(|| {
            let usual = "word/document.xml";
            self.holds(usual).then(|| usual.to_owned())
        }))
    }

    /// The relations of a part ("" for those of the package).
    pub fn relations(&mut self, part: &str) -> Result<Vec<Relation>, Error> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let path = if folder.is_empty() { format!("_rels/{name}.rels") } else { format!("{folder}/_rels/{name}.rels") };
        if !self.holds(&path) {
            return Ok(Vec::new());
        }
        let xml = self.text(&path)?;
        relations(&xml, folder)
    }

    /// The decoded XML of a part.
    pub fn text(&mut self, name: &str) -> Result<String, Error> {
        let bytes = self.bytes(name)?;
        crate::decode::decode(&bytes, self.limits)
    }

    /// One part, unpacked up to the limit whatever its header says.
    pub fn bytes(&mut self, name: &str) -> Result<Vec<u8>, Error> {
        let file = self.archive.by_name(name).map_err(|e| match e {
            zip::result::ZipError::UnsupportedArchive(_) | zip::result::ZipError::InvalidPassword => Error::Encrypted,
            e => damaged(e),
        })?;
        let mut out = Vec::new();
        file.take(self.left + 1).read_to_end(&mut out).map_err(damaged)?;
        if out.len() as u64 > self.left {
            let limit = format!("{} MB", self.limits.content_bytes >> 20);
            return Err(Error::TooLarge { what: "its unpacked text", limit });
        }
        self.left -= out.len() as u64;
        Ok(out)
    }
}

/// The relations in the XML of a `.rels` part whose owner stands in `folder`.
fn relations(xml: &str, folder: &str) -> Result<Vec<Relation>, Error> {
    let mut out = Vec::new();
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) if e.local_name().as_ref() == "Relationship" => {
                let (Some(id), Some(kind), Some(target)) =
                    (attribute(&e, "Id"), attribute(&e, "Type"), attribute(&e, "Target"))
                else {
                    continue;
                };
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                let target = resolve(folder, &target);
                out.push(Relation { id, kind, target });
            }
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

/// The path of a part from the folder of the part that names it: "../media/a.xml" in "ppt/slides" is "ppt/media/a.xml". One
/// that begins with a slash begins at the root.
pub(crate) fn resolve(folder: &str, path: &str) -> String {
    let folder = if path.starts_with('/') { "" } else { folder };
    let mut out: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(path.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                out.pop();
            }
            step => out.push(step),
        }
    }
    out.join("/")
}

/// The value of an attribute by its local name.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|a| a.key.local_name().as_ref() == name)
        .and_then(|a| a.normalized_value(XmlVersion::Implicit1_0).ok().map(|v| v.into_owned()))
}

/// The words of an event of text. Entities other than the five of XML are none: a document needs none, and an attacker would.
pub(crate) fn words<'a>(event: &'a Event<'_>) -> Option<Cow<'a, str>> {
    match event {
        Event::Text(e) => Some(e.xml10_content()),
        Event::CData(e) => Some(e.xml10_content()),
        Event::GeneralRef(e) => match e.resolve_char_ref() {
            Ok(Some(c)) => Some(c.to_string().into()),
            _ => quick_xml::escape::resolve_predefined_entity(&e.xml10_content()).map(Cow::Borrowed),
        },
        _ => None,
    }
}

/// What is told of a part's XML, in its order.
pub(crate) trait Visit {
    /// An element begins.
    ///
    /// # Errors
    /// If the part cannot go on so.
    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), Error>;

    /// An element ends; an empty one does so too.
    fn end(&mut self, name: QName<'_>);

    /// Words, as they stand.
    fn text(&mut self, text: &str);

    /// Cells of tables so far.
    fn cells(&self) -> usize;
}

/// Tells all of a part's XML, in the time and with the cells that the limits allow.
pub(crate) fn walk(
    xml: &str,
    limits: &Limits,
    damaged: fn(quick_xml::Error) -> Error,
    to: &mut impl Visit,
) -> Result<(), Error> {
    let started = Instant::now();
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut events = 0u64;
    loop {
        events += 1;
        if events.is_multiple_of(4096) && started.elapsed().as_secs() >= limits.seconds {
            return Err(Error::TooSlow { seconds: limits.seconds });
        }
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) => to.start(&e)?,
            Event::Empty(e) => {
                to.start(&e)?;
                to.end(e.name());
            }
            Event::End(e) => to.end(e.name()),
            Event::Eof => return Ok(()),
            event => {
                if let Some(text) = words(&event) {
                    to.text(&text);
                }
            }
        }
        Limits::count("the number of its table cells", to.cells(), limits.table_cells)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_from_where_they_are_named() {
        for (folder, path, want) in [
            ("OEBPS", "text/a.xhtml", "OEBPS/text/a.xhtml"),
            ("x/y", "../a.xhtml", "x/a.xhtml"),
            ("x", "/word/document.xml", "word/document.xml"),
            ("", "../../a.xhtml", "a.xhtml"),
        ] {
            assert_eq!(resolve(folder, path), want);
        }
    }
}
