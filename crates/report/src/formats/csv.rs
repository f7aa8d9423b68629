//! Values parted by commas, semicolons or tabs: one table, or a document a row where its columns are a title and a text.

use super::table::Table;
use super::{Extracted, Writer};
use crate::error::{Error, Limits};

/// Names of the columns that make a row a document: its title, its text, and what else is known of it.
const TITLES: &[&str] = &["标题", "题名", "文件名称", "名称", "title"];
const TEXTS: &[&str] = &["正文", "内容", "全文", "文本", "content", "text", "body"];
const DATES: &[&str] = &["日期", "发布日期", "发布时间", "成文日期", "date"];
const SOURCES: &[&str] = &["来源", "发布机构", "发文机关", "source"];
/// A row whose text is shorter is no document.
const LEAST_TEXT: usize = 30;
/// Documents of one file.
const MOST_DOCUMENTS: usize = 1000;

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let mut table = Table::default();
    for row in values(bytes, limits)? {
        table.begin_row();
        row.iter().for_each(|cell| table.cell(cell, 1, 1, false));
    }
    let mut writer = Writer::default();
    writer.table(table);
    let mut out = writer.out;
    out.whole = true;
    Ok(out)
}

/// A document a row, named by its title, if the first row names a column for titles and one for texts and most texts are long.
pub(crate) fn documents(bytes: &[u8], limits: &Limits) -> Result<Option<Vec<(String, Extracted)>>, Error> {
    let rows = values(bytes, limits)?;
    let Some((head, rows)) = rows.split_first() else { return Ok(None) };
    let column = |names: &[&str]| {
        head.iter().position(|cell| names.contains(&cell.trim().trim_start_matches('\u{feff}').to_lowercase().as_str()))
    };
    let (Some(title), Some(text)) = (column(TITLES), column(TEXTS)) else { return Ok(None) };
    let value = |row: &[String], column: usize| row.get(column).map(|v| v.trim().to_owned()).unwrap_or_default();
    let is_document = |row: &&Vec<String>| value(row, text).chars().count() >= LEAST_TEXT;
    if rows.iter().filter(is_document).count() * 2 < rows.len().max(1) {
        return Ok(None);
    }
    Limits::count("the number of its documents", rows.len(), MOST_DOCUMENTS)?;
    let (dates, sources) = (column(DATES), column(SOURCES));
    let said = |row: &[String], column: Option<usize>| column.map(|c| value(row, c)).filter(|v| !v.is_empty());
    let mut out = Vec::new();
    for (i, row) in rows.iter().enumerate().filter(|(_, row)| row.iter().any(|v| !v.trim().is_empty())) {
        let name = value(row, title);
        let mut writer = Writer::default();
        if !name.is_empty() {
            writer.line(&name, Some(0), "");
        }
        value(row, text).lines().for_each(|line| writer.line(line, None, ""));
        let mut document = writer.out;
        document.whole = true;
        document.page.title = Some(name.clone()).filter(|n| !n.is_empty());
        document.page.date = said(row, dates).as_deref().and_then(super::html::iso_date);
        document.page.source = said(row, sources);
        // Names are told apart by their rows.
        out.push((format!("{} {name}", i + 2).trim_end().to_owned(), document));
    }
    Ok(Some(out).filter(|out| !out.is_empty()))
}

fn values(bytes: &[u8], limits: &Limits) -> Result<Vec<Vec<String>>, Error> {
    let text = crate::decode::decode(bytes, limits)?;
    super::sniff::refuse_disguised(&text)?;
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let comma = [',', '\t', ';'].into_iter().max_by_key(|c| first.matches(*c).count()).unwrap_or(',');
    Ok(rows(&text, comma))
}

/// The rows of RFC 4180: a quoted value may hold commas, line ends and doubled quotes.
fn rows(text: &str, comma: char) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let (mut row, mut value, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().filter(|c| *c != '\r').peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                value.push('"');
                chars.next();
            }
            '"' if quoted || value.trim().is_empty() => quoted = !quoted,
            '\n' if !quoted => {
                row.push(std::mem::take(&mut value));
                rows.push(std::mem::take(&mut row));
            }
            c if c == comma && !quoted => row.push(std::mem::take(&mut value)),
            c => value.push(c),
        }
    }
    if !value.is_empty() || !row.is_empty() {
        row.push(value);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_keep_their_commas() {
        let got = extract("指标,2024年\n\"粮食,万吨\",\"1,234\"\n".as_bytes(), &Limits::default()).unwrap();
        assert_eq!(got.text, "指标\t2024年\n粮食,万吨\t1,234\n");
        assert!(documents("标题,正文\n指标,短\n".as_bytes(), &Limits::default()).unwrap().is_none());
    }

    #[test]
    fn a_row_with_a_title_and_a_text_is_a_document() {
        let long = "新建学校18所。".repeat(5);
        let csv =
            format!("\u{feff}标题,发布日期,正文\n甲市工作报告,2025-01-16,\"{long}\n第二段。\"\n乙市工作报告,,{long}\n");
        let got = documents(csv.as_bytes(), &Limits::default()).unwrap().unwrap();
        let names: Vec<&str> = got.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["2 甲市工作报告", "3 乙市工作报告"]);
        assert_eq!(got[0].1.page.date.as_deref(), Some("2025-01-16"));
        assert!(got[0].1.text.ends_with("第二段。\n"));
    }
}
