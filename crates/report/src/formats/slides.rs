//! Slides (.pptx): slide after slide, the title of each as a heading, its words a line a paragraph, its tables on their
//! grid. Speaker's notes, hidden slides and charts are left out and said.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::package::{Package, attribute, words};
use super::table::Table;
use super::{Extracted, Writer};
use crate::error::{Error, Limits};

/// No talk has more slides.
const MOST_SLIDES: usize = 2000;

fn damaged(detail: impl ToString) -> Error {
    Error::Damaged { format: ".pptx", detail: detail.to_string() }
}

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let started = std::time::Instant::now();
    let mut package = Package::open(bytes, limits)?;
    let main = package.main()?.ok_or_else(|| damaged("it has no presentation"))?;
    let relations = package.relations(&main)?;
    let mut walk = Walk::default();
    let (mut spoken, mut bare) = (0, Vec::new());
    for (i, id) in order(&package.text(&main)?)?.iter().enumerate().take(MOST_SLIDES) {
        if started.elapsed().as_secs() >= limits.seconds {
            return Err(Error::TooSlow { seconds: limits.seconds });
        }
        let target = relations.iter().find(|r| r.id == *id).map(|r| r.target.clone());
        let Some(target) = target.filter(|t| package.holds(t)) else { continue };
        let notes = package.relations(&target)?.into_iter().find(|r| r.kind == "notesSlide");
        if let Some(notes) = notes.filter(|n| package.holds(&n.target)) {
            let mut said = Walk::default();
            said.slide(&package.text(&notes.target)?)?;
            spoken += usize::from(!said.out.out.text.trim().is_empty());
        }
        let before = walk.out.out.text.len();
        let charts = walk.charts;
        if walk.slide(&package.text(&target)?)? {
            walk.out.out.warnings.push(format!("the hidden slide {} is not read", i + 1));
        } else if walk.out.out.text.len() == before && walk.charts == charts {
            bare.push((i + 1).to_string());
        }
        Limits::count("the number of its table cells", walk.cells, limits.table_cells)?;
    }
    let mut out = walk.out.out;
    if !bare.is_empty() {
        out.warnings.push(format!("no text on slide {}: images are not read", bare.join(", ")));
    }
    if walk.charts > 0 {
        out.warnings.push(format!("{} charts or diagrams are not read", walk.charts));
    }
    if spoken > 0 {
        out.warnings.push(format!("the speaker's notes of {spoken} slides are not read"));
    }
    out.whole = true;
    Ok(out)
}

/// The relations of the slides, in the order of the talk.
fn order(xml: &str) -> Result<Vec<String>, Error> {
    let mut out = Vec::new();
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(e) | Event::Empty(e) if e.local_name().as_ref() == "sldId" => {
                // Its own id is a number, that of its relation has a prefix.
                let id = e
                    .attributes()
                    .with_checks(false)
                    .flatten()
                    .find(|a| a.key.prefix().is_some() && a.key.local_name().as_ref() == "id")
                    .map(|a| a.value.to_string());
                out.extend(id);
            }
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Walk {
    out: Writer,
    table: Option<Table>,
    cell: Option<String>,
    /// Columns and rows that the cell covers; none for one that another covers.
    span: Option<(usize, usize)>,
    line: String,
    in_text: bool,
    /// What kind of place the shape fills: "title", "sldNum".
    place: String,
    charts: usize,
    cells: usize,
}

impl Walk {
    /// Reads a slide; whether it is hidden.
    fn slide(&mut self, xml: &str) -> Result<bool, Error> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = false;
        loop {
            match reader.read_event().map_err(damaged)? {
                Event::Start(e) => {
                    if e.local_name().as_ref() == "sld" && attribute(&e, "show").is_some_and(|s| s == "0") {
                        return Ok(true);
                    }
                    self.start(&e);
                }
                Event::Empty(e) => {
                    self.start(&e);
                    self.end(e.local_name().as_ref());
                }
                Event::End(e) => self.end(e.local_name().as_ref()),
                Event::Eof => return Ok(false),
                event => {
                    if let Some(text) = words(&event).filter(|_| self.in_text) {
                        self.line.push_str(&text);
                    }
                }
            }
        }
    }

    fn start(&mut self, e: &BytesStart<'_>) {
        let number = |key: &str| attribute(e, key).and_then(|v| v.parse().ok()).unwrap_or(1);
        match e.local_name().as_ref() {
            "sp" | "graphicFrame" => self.place.clear(),
            "ph" => self.place = attribute(e, "type").unwrap_or_default(),
            "t" => self.in_text = true,
            "br" => self.line.push('\n'),
            "chart" | "relIds" => self.charts += 1,
            "tbl" => self.table = Some(Table::default()),
            "tr" => {
                if let Some(table) = &mut self.table {
                    table.begin_row();
                }
            }
            "tc" => {
                let covered =
                    ["hMerge", "vMerge"].iter().any(|k| attribute(e, k).is_some_and(|v| v == "1" || v == "true"));
                self.span = (!covered).then(|| (number("gridSpan"), number("rowSpan")));
                self.cell = Some(String::new());
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "t" => self.in_text = false,
            "p" => {
                let line = std::mem::take(&mut self.line);
                match &mut self.cell {
                    Some(cell) => {
                        cell.push_str(&line);
                        cell.push('\n');
                    }
                    // Numbers of slides, dates and feet are furniture.
                    None if line.trim().is_empty()
                        || matches!(self.place.as_str(), "sldNum" | "dt" | "ftr" | "hdr") => {}
                    None => {
                        let heading = matches!(self.place.as_str(), "title" | "ctrTitle").then_some(2);
                        self.out.line(line.trim_end(), heading, "");
                    }
                }
            }
            "tc" => {
                let (cell, span) = (self.cell.take().unwrap_or_default(), self.span.take());
                if let Some((table, (columns, rows))) = self.table.as_mut().zip(span) {
                    self.cells += 1;
                    table.cell(&cell, columns, rows, false);
                }
            }
            "tbl" => {
                if let Some(table) = self.table.take() {
                    self.out.table(table);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slide_gives_its_title_its_words_and_its_table() {
        let p = |text: &str| format!("<a:p><a:r><a:t>{text}</a:t></a:r></a:p>");
        let sp = |place: &str, text: &str| format!("<p:sp><p:nvPr><p:ph type=\"{place}\"/></p:nvPr>{}</p:sp>", p(text));
        let tc = |more: &str, text: &str| format!("<a:tc {more}>{}</a:tc>", p(text));
        let rows = [
            tc("rowSpan=\"2\"", "指标") + &tc("gridSpan=\"2\"", "2024年") + &tc("hMerge=\"1\"", ""),
            tc("vMerge=\"1\"", "") + &tc("", "计划") + &tc("", "实际"),
            tc("", "粮食") + &tc("", "150") + &tc("", "162"),
        ];
        let table: String = rows.iter().map(|r| format!("<a:tr>{r}</a:tr>")).collect();
        let mut walk = Walk::default();
        let xml = format!(
            "<p:sld>{}{}{}<a:tbl>{table}</a:tbl></p:sld>",
            sp("title", "工作"),
            sp("body", "建成5座。"),
            sp("sldNum", "3")
        );
        assert!(!walk.slide(&xml).unwrap());
        assert!(walk.slide("<p:sld show=\"0\"><a:p/></p:sld>").unwrap());
        let out = walk.out.out;
        assert_eq!(out.text, "工作\n建成5座。\n指标\t2024年\n计划\t实际\n粮食\t150\t162\n");
        assert_eq!(out.tables[0].text(1, 1), "计划");
        assert_eq!(out.marks[0].heading, Some(2));
    }
}
