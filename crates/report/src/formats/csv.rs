//! Values parted by commas, semicolons or tabs: one table.

use super::table::Table;
use super::{Extracted, Writer};
use crate::error::{Error, Limits};

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let text = crate::decode::decode(bytes, limits)?;
    super::sniff::refuse_disguised(&text)?;
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let comma = [',', '\t', ';'].into_iter().max_by_key(|c| first.matches(*c).count()).unwrap_or(',');
    let mut table = Table::default();
    for row in rows(&text, comma) {
        table.begin_row();
        row.iter().for_each(|cell| table.cell(cell, 1, 1, false));
    }
    let mut writer = Writer::default();
    writer.table(table);
    let mut out = writer.out;
    out.whole = true;
    Ok(out)
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
    }
}
