//! Tables as text: every row a line that names its columns.

/// A longer cell in the first row is no column's name: each of a table's rows would say it again.
const LONGEST_NAME: usize = 80;

/// A table being read.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Adds a finished cell to the current row; its line breaks become spaces.
    pub fn cell(&mut self, text: &str) {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match self.rows.last_mut() {
            Some(row) => row.push(words),
            None => self.rows.push(vec![words]),
        }
    }

    /// Characters of the longest cell.
    pub fn longest_cell(&self) -> usize {
        self.rows.iter().flatten().map(|c| c.chars().count()).max().unwrap_or(0)
    }

    /// Characters of all cells.
    pub fn characters(&self) -> usize {
        self.rows.iter().flatten().map(|c| c.chars().count()).sum()
    }

    /// One line a row, "列名：值；列名：值。"; the first row names the columns. A table of one row or one column is laid
    /// out only for looks and stays plain text.
    pub fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let full = self.rows.iter().filter(|r| r.iter().any(|c| !c.is_empty())).count();
        if columns < 2 || full < 2 {
            return self.rows.iter().flatten().filter(|c| !c.is_empty()).cloned().collect();
        }
        let Some((head, body)) = self.rows.split_first() else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        for row in body {
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .filter(|(_, value)| !value.is_empty())
                .map(|(i, value)| {
                    match head.get(i).filter(|name| !name.is_empty() && name.chars().nth(LONGEST_NAME).is_none()) {
                        Some(name) => format!("{name}：{value}"),
                        None => value.clone(),
                    }
                })
                .collect();
            if !cells.is_empty() {
                lines.push(format!("{}。", cells.join("；")));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[&str]]) -> Vec<String> {
        let mut table = Table::default();
        for row in rows {
            table.begin_row();
            row.iter().for_each(|c| table.cell(c));
        }
        table.lines()
    }

    #[test]
    fn rows_name_their_columns() {
        assert_eq!(
            table(&[&["指标", "目标"], &["粮食", "300亿斤"], &["煤炭", ""]]),
            ["指标：粮食；目标：300亿斤。", "指标：煤炭。"]
        );
    }

    #[test]
    fn a_first_row_of_long_texts_names_no_columns() {
        let long = "很长".repeat(60);
        assert_eq!(table(&[&[&long, "目标"], &["粮食", "300亿斤"]]), ["粮食；目标：300亿斤。"]);
    }

    #[test]
    fn a_frame_around_text_is_no_table() {
        assert_eq!(table(&[&["一段话。"]]), ["一段话。"]);
        assert_eq!(table(&[&["甲"], &["乙"]]), ["甲", "乙"]);
    }
}
