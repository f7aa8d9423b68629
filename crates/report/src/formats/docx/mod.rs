//! Word documents: the text of the main part, a line a paragraph, with the levels of its headings, the numbers that count
//! by themselves, tables on their grid, and footnotes behind the paragraph that calls them.

mod styles;

use std::collections::HashMap;

use quick_xml::events::BytesStart;
use quick_xml::name::QName;

use super::numbering::Numbering;
use super::package::{MAX_DEPTH, Package, Relation, Visit, attribute, walk};
use super::table::Table;
use super::{Extracted, Writer};
use crate::error::{Error, Limits};
use styles::{Place, Styles};

/// With less text than this, the images may show most of what the document says.
const LITTLE_TEXT: usize = 200;

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: ".docx", detail: detail.to_string() }
}

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let mut package = Package::open(bytes, limits)?;
    let Some(main) = package.main()? else {
        return Err(Error::UnknownFormat { found: "an Office package without a main part".to_owned() });
    };
    let relations = package.relations(&main)?;
    let mut part = |kind: &str| -> Result<Option<String>, Error> {
        let target = relations.iter().find(|r| r.kind == kind).map(|r| r.target.clone());
        target.filter(|t| package.holds(t)).map(|t| package.text(&t)).transpose()
    };
    let known = Known {
        styles: part("styles")?.map(|xml| Styles::read(&xml)).transpose()?.unwrap_or_default(),
        numbering: part("numbering")?.map(|xml| styles::numbering(&xml)).transpose()?.unwrap_or_default(),
        footnotes: part("footnotes")?.map(|xml| notes(&xml, "footnote", limits)).transpose()?.unwrap_or_default(),
        endnotes: part("endnotes")?.map(|xml| notes(&xml, "endnote", limits)).transpose()?.unwrap_or_default(),
    };
    let xml = package.text(&main)?;
    let mut walk = Walk { known, ..Walk::default() };
    walk.run(&xml, limits)?;
    let chunks = std::mem::take(&mut walk.chunks);
    let mut out = walk.finish();
    for id in chunks {
        chunk(&mut package, &relations, &id, limits, &mut out)?;
    }
    Ok(out)
}

/// A document in one XML file: Word 2003 XML, or a package laid flat, whose parts follow each other in it.
pub(crate) fn extract_flat(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let xml = crate::decode::decode(bytes, limits)?;
    let part = |suffix: &str| {
        let at = xml.find(&format!("/{suffix}\""))?;
        let rest = &xml[at..];
        let from = rest.find("<pkg:xmlData>")?;
        let to = rest.find("</pkg:xmlData>")?;
        rest.get(from + "<pkg:xmlData>".len()..to)
    };
    // Word 2003 has its styles in the same document.
    let own = || {
        let from = xml.find("<w:styles")?;
        let to = xml[from..].find("</w:styles>")?;
        Some(&xml[from..from + to])
    };
    let known = Known {
        styles: part("styles.xml").or_else(own).map(Styles::read).transpose()?.unwrap_or_default(),
        numbering: part("numbering.xml").map(styles::numbering).transpose()?.unwrap_or_default(),
        footnotes: part("footnotes.xml").map(|x| notes(x, "footnote", limits)).transpose()?.unwrap_or_default(),
        endnotes: part("endnotes.xml").map(|x| notes(x, "endnote", limits)).transpose()?.unwrap_or_default(),
    };
    let mut walk = Walk { known, ..Walk::default() };
    walk.run(&xml, limits)?;
    Ok(walk.finish())
}

/// Puts the text of a part in another format, which the document imports, behind what was read.
fn chunk(
    package: &mut Package<'_>,
    relations: &[Relation],
    id: &str,
    limits: &Limits,
    out: &mut Extracted,
) -> Result<(), Error> {
    let target = relations.iter().find(|r| r.id == id).map(|r| r.target.clone()).filter(|t| package.holds(t));
    let read = match target {
        Some(target) => {
            let bytes = package.bytes(&target)?;
            super::extract(&bytes, Some(&target), limits, None).map_err(|e| e.to_string())
        }
        None => Err("it is missing".to_owned()),
    };
    match read {
        Ok(inner) if out.text.trim().is_empty() => {
            let warnings = std::mem::take(&mut out.warnings);
            *out = inner;
            out.warnings.extend(warnings);
        }
        Ok(inner) => out.append(inner),
        Err(reason) => out.warnings.push(format!("an imported part (altChunk) was left out: {reason}")),
    }
    Ok(())
}

/// The notes of a part, by their id.
fn notes(xml: &str, element: &str, limits: &Limits) -> Result<HashMap<String, String>, Error> {
    let mut out = HashMap::new();
    let open = format!("<w:{element} ");
    let close = format!("</w:{element}>");
    for piece in xml.split(open.as_str()).skip(1) {
        let Some(end) = piece.find(&close) else { continue };
        let whole = format!("<w:note {}</w:note>", &piece[..end]);
        let id = piece.split_once("w:id=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(id, _)| id.to_owned());
        let mut walk = Walk::default();
        walk.run(&whole, limits)?;
        let text = walk.finish().text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(id) = id.filter(|_| !text.is_empty()) {
            out.insert(id, text);
        }
    }
    Ok(out)
}

/// What the other parts of the package say.
#[derive(Default)]
struct Known {
    styles: Styles,
    numbering: Numbering,
    footnotes: HashMap<String, String>,
    endnotes: HashMap<String, String>,
}

/// A paragraph being read.
#[derive(Default)]
struct Paragraph {
    text: String,
    style: Option<String>,
    own: Place,
    /// The number that Word 2003 writes down as it shows it.
    label: Option<String>,
    /// Notes called in it, with their numbers.
    notes: Vec<(usize, String)>,
}

/// A table being read.
#[derive(Default)]
struct OpenTable {
    table: Table,
    cell: String,
    columns: usize,
    continues: bool,
    /// Tables inside its cells, which stand behind it.
    inner: Vec<Table>,
}

#[derive(Default)]
struct Walk {
    known: Known,
    out: Writer,
    /// Paragraphs being written; a text box inside a paragraph opens another.
    paragraphs: Vec<Paragraph>,
    /// Tables being read, the innermost last.
    tables: Vec<OpenTable>,
    in_text: bool,
    /// Cells of all tables so far.
    cells: usize,
    in_properties: bool,
    depth: usize,
    /// Depth at which a subtree to be skipped began.
    skipping: Option<usize>,
    notes: usize,
    /// The words of a note that stands where it is called.
    open_note: Option<String>,
    /// Imported parts by their relation.
    chunks: Vec<String>,
    /// Images, and charts and other things that are embedded.
    images: usize,
    objects: usize,
}

impl Walk {
    /// Walks the XML of a part.
    fn run(&mut self, xml: &str, limits: &Limits) -> Result<(), Error> {
        walk(xml, limits, damaged, self)?;
        if self.depth > 0 && self.out.out.text.trim().is_empty() && self.paragraphs.is_empty() {
            return Err(damaged("it ends in the middle"));
        }
        Ok(())
    }
}

impl Visit for Walk {
    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(damaged("its elements nest too deep"));
        }
        if self.skipping.is_some() {
            return Ok(());
        }
        let name = element.local_name();
        let value = || attribute(element, "val").unwrap_or_default();
        match name.as_ref() {
            // Deleted and moved-away text, field codes, the second copy of what a newer Word draws, properties as they
            // were before a change, and the parts of a flat package that are not its text.
            "del" | "moveFrom" | "instrText" | "Fallback" | "rPr" | "sectPr" | "pPrChange" | "tcPrChange"
            | "styles" | "numbering" | "fonts" | "docSuppData" | "binData" | "binaryData" | "DocumentProperties" => {
                self.skipping = Some(self.depth)
            }
            "part" if attribute(element, "name").is_some_and(|n| !is_text_part(&n)) => self.skipping = Some(self.depth),
            "pPr" => self.in_properties = true,
            "pStyle" if self.in_properties => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.style = Some(value());
                }
            }
            "outlineLvl" | "numId" | "ilvl" if self.in_properties => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    styles::place(&mut paragraph.own, name.as_ref(), &value());
                }
            }
            "p" => self.paragraphs.push(Paragraph::default()),
            "t" if self.in_properties => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.label = Some(value());
                }
            }
            "t" | "delText" => self.in_text = name.as_ref() == "t",
            "tab" if !self.in_properties => self.push(' '),
            "br" | "cr" => self.push('\n'),
            "noBreakHyphen" => self.push('-'),
            // Word 2003 has notes where they are called.
            "footnote" | "endnote" if !self.paragraphs.is_empty() => self.open_note = Some(String::new()),
            "footnoteReference" => self.note(&attribute(element, "id").unwrap_or_default(), true),
            "endnoteReference" => self.note(&attribute(element, "id").unwrap_or_default(), false),
            "blip" => self.images += 1,
            "chart" | "relIds" | "OLEObject" => self.objects += 1,
            "altChunk" => self.chunks.extend(attribute(element, "id")),
            "tbl" => self.tables.push(OpenTable::default()),
            "tr" => {
                if let Some(open) = self.tables.last_mut() {
                    open.table.begin_row();
                }
            }
            "tc" => {
                if let Some(open) = self.tables.last_mut() {
                    (open.columns, open.continues) = (1, false);
                }
            }
            "gridSpan" => {
                if let Some(open) = self.tables.last_mut() {
                    open.columns = value().parse().unwrap_or(1);
                }
            }
            "vMerge" | "vmerge" => {
                if let Some(open) = self.tables.last_mut() {
                    open.continues = value() != "restart";
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: QName<'_>) {
        if self.skipping == Some(self.depth) {
            self.skipping = None;
        } else if self.skipping.is_none() {
            match name.local_name().as_ref() {
                "t" => self.in_text = false,
                "pPr" => self.in_properties = false,
                "footnote" | "endnote" => {
                    if let Some(note) = self.open_note.take().map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()) {
                        self.notes += 1;
                        if let Some(paragraph) = self.paragraphs.last_mut() {
                            paragraph.notes.push((self.notes, note));
                        }
                    }
                }
                "p" => {
                    if let Some(paragraph) = self.paragraphs.pop() {
                        self.paragraph(paragraph);
                    }
                }
                "tc" => {
                    if let Some(open) = self.tables.last_mut() {
                        self.cells += 1;
                        let cell = std::mem::take(&mut open.cell);
                        if open.continues {
                            open.table.continued(open.columns);
                        } else {
                            open.table.cell(&cell, open.columns, 1, false);
                        }
                    }
                }
                "tbl" => self.end_table(),
                _ => {}
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn text(&mut self, text: &str) {
        if self.in_text && self.skipping.is_none() {
            match self.paragraphs.last_mut() {
                Some(paragraph) => paragraph.text.push_str(text),
                None => self.out.line(text, None, ""),
            }
        }
    }

    fn cells(&self) -> usize {
        self.cells
    }
}

impl Walk {
    fn push(&mut self, c: char) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.text.push(c);
        }
    }

    /// A note is called: it stands behind its paragraph.
    fn note(&mut self, id: &str, foot: bool) {
        let notes = if foot { &self.known.footnotes } else { &self.known.endnotes };
        let Some(text) = notes.get(id).cloned() else { return };
        self.notes += 1;
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.notes.push((self.notes, text));
        }
    }

    /// A finished paragraph goes into the open cell, or out.
    fn paragraph(&mut self, paragraph: Paragraph) {
        if let Some(note) = &mut self.open_note {
            note.push_str(&paragraph.text);
            return;
        }
        if let Some(open) = self.tables.last_mut() {
            open.cell.push_str(&paragraph.text);
            open.cell.push('\n');
            return;
        }
        let styled = paragraph.style.as_deref().map(|s| self.known.styles.place(s)).unwrap_or_default();
        let numbering = paragraph.own.numbering.or(styled.numbering);
        let level = paragraph.own.level.or(styled.level).unwrap_or(0);
        let shown = !paragraph.text.trim().is_empty();
        let label = match numbering.filter(|_| shown) {
            _ if shown && paragraph.label.is_some() => paragraph.label.unwrap_or_default(),
            Some(numbering) => self.known.numbering.next(&numbering, level),
            None => String::new(),
        };
        self.out.line(&paragraph.text, paragraph.own.heading.or(styled.heading).filter(|_| shown), &label);
        for (number, text) in paragraph.notes {
            self.out.line(&text, None, &format!("[{number}]"));
        }
    }

    /// A table in a cell is a table of its own, behind the one around it.
    fn end_table(&mut self) {
        let Some(open) = self.tables.pop() else { return };
        let OpenTable { table, inner, .. } = open;
        match self.tables.last_mut() {
            Some(outer) if table.is_data() => {
                outer.inner.push(table);
                outer.inner.extend(inner);
            }
            Some(outer) => {
                if let Err(lines) = table.grid() {
                    outer.cell.push_str(&lines.join("\n"));
                    outer.cell.push('\n');
                }
                outer.inner.extend(inner);
            }
            None => {
                self.out.table(table);
                inner.into_iter().for_each(|t| self.out.table(t));
            }
        }
    }

    fn finish(mut self) -> Extracted {
        while !self.tables.is_empty() {
            self.end_table();
        }
        for paragraph in std::mem::take(&mut self.paragraphs) {
            self.paragraph(paragraph);
        }
        let mut out = self.out.out;
        if self.objects > 0 {
            out.warnings.push(format!("{} charts or embedded objects are not read", self.objects));
        }
        if self.images > 0 && out.text.chars().filter(|c| !c.is_whitespace()).count() < LITTLE_TEXT {
            out.warnings.push(format!("the document has little text and {} images, which are not read", self.images));
        }
        out.whole = true;
        out
    }
}

/// Whether a part of a flat package holds running text.
fn is_text_part(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("document")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Extracted {
        let xml = format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
        extract_flat(xml.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn word_2003_writes_numbers_and_notes_where_they_are_shown() {
        let xml = "<w:wordDocument><w:styles><w:style w:styleId=\"H_20_1\"><w:name w:val=\"heading 1\"/></w:style></w:styles><w:body>\
            <w:p><w:pPr><w:pStyle w:val=\"H_20_1\"/><w:listPr><w:ilvl w:val=\"0\"/><w:ilfo w:val=\"1\"/><wx:t wx:val=\"一、\"/></w:listPr></w:pPr><w:r><w:t>工作回顾</w:t></w:r></w:p>\
            <w:p><w:r><w:t>建成5座</w:t></w:r><w:r><w:footnote><w:p><w:r><w:t>含2座改建。</w:t></w:r></w:p></w:footnote></w:r><w:r><w:t>。</w:t></w:r></w:p></w:body></w:wordDocument>";
        let got = extract_flat(xml.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(got.text, "工作回顾\n建成5座。\n含2座改建。\n");
        let marks: Vec<(Option<u8>, &str)> = got.marks.iter().map(|m| (m.heading, m.label.as_str())).collect();
        assert_eq!(marks, [(Some(1), "一、"), (None, "[1]")]);
    }

    #[test]
    fn styles_are_headings_and_old_properties_are_not() {
        let got = read(
            "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/><w:pPrChange><w:pPr><w:outlineLvl w:val=\"4\"/></w:pPr></w:pPrChange></w:pPr>\
             <w:r><w:t>工作回顾</w:t></w:r></w:p><w:p><w:r><w:t>建成五座。</w:t></w:r></w:p>",
        );
        assert_eq!(got.text, "工作回顾\n建成五座。\n");
        assert_eq!(got.marks, [super::super::Mark { at: 0, heading: Some(1), label: String::new() }]);
    }

    #[test]
    fn a_table_in_a_cell_stands_apart() {
        let cell = |t: &str| format!("<w:tc><w:p><w:r><w:t>{t}</w:t></w:r></w:p></w:tc>");
        let row = |a: &str, b: &str| format!("<w:tr>{}{}</w:tr>", cell(a), cell(b));
        let inner = format!("<w:tbl>{}{}</w:tbl>", row("学校", "18所"), row("床位", "20张"));
        let got = read(&format!("<w:tbl><w:tr>{}<w:tc>{inner}</w:tc></w:tr></w:tbl>", cell("社会事业")));
        assert_eq!(got.text, "社会事业\n学校\t18所\n床位\t20张\n");
        assert_eq!(got.tables.len(), 1);
    }
}
