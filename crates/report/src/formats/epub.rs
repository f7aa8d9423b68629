//! Books (.epub): the pages of the package in the order of its spine, read as web pages.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::package::{Package, attribute, resolve, words};
use super::{Extracted, html};
use crate::error::{Error, Limits};

/// No book has more parts.
const MOST_PARTS: usize = 2000;

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: ".epub", detail: detail.to_string() }
}

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let mut package = Package::open(bytes, limits)?;
    if package.holds("META-INF/encryption.xml") && package.text("META-INF/encryption.xml")?.contains("EncryptedData") {
        return Err(Error::Encrypted);
    }
    let root = root(&package.text("META-INF/container.xml")?)?;
    let book = book(&package.text(&root)?)?;
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut out = Extracted { whole: true, ..Extracted::default() };
    let mut last = Ok(());
    for part in book.spine.iter().take(MOST_PARTS) {
        let Some(path) = book.parts.get(part).map(|href| named(folder, href)).filter(|p| package.holds(p)) else {
            out.warnings.push(format!("a part of the book is missing: {part}"));
            continue;
        };
        let page = package.bytes(&path)?;
        match html::extract(&page, limits) {
            Ok(page) => out.append(page),
            Err(error @ (Error::Empty | Error::Elsewhere { .. })) => {
                out.warnings.push(format!("the part {path} {error}"));
                last = Err(error);
            }
            Err(error) => return Err(error),
        }
    }
    if out.text.trim().is_empty() {
        last?;
    }
    out.page.title = book.title;
    Ok(out)
}

/// Where the package's own description lies.
fn root(xml: &str) -> Result<String, Error> {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) if e.local_name().as_ref() == "rootfile" => {
                if let Some(path) = attribute(&e, "full-path") {
                    return Ok(path);
                }
            }
            Event::Eof => return Err(damaged("it does not say what is in it")),
            _ => {}
        }
    }
}

/// What a book says of itself.
#[derive(Default)]
struct Book {
    title: Option<String>,
    /// Names of its parts in the package, by their ids.
    parts: HashMap<String, String>,
    /// Ids in reading order.
    spine: Vec<String>,
}

fn book(xml: &str) -> Result<Book, Error> {
    let mut out = Book::default();
    let mut title: Option<String> = None;
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) => match e.local_name().as_ref() {
                "title" if out.title.is_none() => title = Some(String::new()),
                "item" => {
                    if let Some((id, href)) = attribute(&e, "id").zip(attribute(&e, "href")) {
                        out.parts.insert(id, href);
                    }
                }
                // What stands outside the reading order is a picture's page or a list of contents.
                "itemref" if attribute(&e, "linear").is_none_or(|l| l != "no") => {
                    out.spine.extend(attribute(&e, "idref"));
                }
                _ => {}
            },
            Event::End(e) if e.local_name().as_ref() == "title" => {
                // LibreOffice writes this for a document that has none.
                let said = title.take().map(|t| t.trim().to_owned());
                out.title = out.title.or(said.filter(|t| !t.is_empty() && t != "Unknown Title"));
            }
            Event::Eof => return Ok(out),
            event => {
                if let Some((title, text)) = title.as_mut().zip(words(&event)) {
                    title.push_str(&text);
                }
            }
        }
    }
}

/// The path of a part as a page names it: percent-escapes undone, without the place in the page.
fn named(folder: &str, href: &str) -> String {
    let path = resolve(folder, href.split('#').next().unwrap_or_default());
    String::from_utf8_lossy(&crate::decode::unescaped(&path)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_from_where_they_are_named() {
        assert_eq!(named("OEBPS", "text/a%20b.xhtml#c"), "OEBPS/text/a b.xhtml");
    }

    #[test]
    fn a_book_says_its_title_and_the_order_of_its_parts() {
        let xml = "<package><metadata><dc:title>报告</dc:title></metadata><manifest><item id=\"b\" href=\"2.xhtml\"/><item id=\"a\" href=\"1.xhtml\"/></manifest><spine><itemref idref=\"a\"/><itemref idref=\"b\"/><itemref idref=\"c\" linear=\"no\"/></spine></package>";
        let book = book(xml).unwrap();
        assert_eq!((book.title.as_deref(), book.spine), (Some("报告"), vec!["a".to_owned(), "b".to_owned()]));
    }
}
