//! A [`Filter`] as conditions in SQL, on the entries of a grain.

use std::collections::HashSet;

use tokio_postgres::types::ToSql;
use wenbao_index::{DocumentId, DocumentRecord, Filter, Grain};

use crate::catalogue::Catalogue;

/// A row's sentences have the places from its row times this.
pub(crate) const PLACES: i64 = 1 << 16;

/// Parameters that are collected while a statement is written.
#[derive(Default)]
pub(crate) struct Values(Vec<Box<dyn ToSql + Sync + Send>>);

impl Values {
    /// Adds one; gives its name in the statement.
    pub fn push(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.0.push(Box::new(value));
        format!("${}", self.0.len())
    }

    /// As they are sent.
    pub fn borrowed(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.0.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect()
    }
}

/// The condition that an entry (or a posting) is of a document of this generation, on its column `first_row`.
pub(crate) fn living(catalogue: &Catalogue, shard: usize, values: &mut Values) -> String {
    let mut condition = format!("first_row < {}", values.push(catalogue.next_row));
    let unsettled = &catalogue.unsettled[shard];
    if !unsettled.is_empty() {
        condition.push_str(&format!(" AND first_row <> ALL ({})", values.push(unsettled.clone())));
    }
    condition
}

/// The condition that a document is one that the filter names and of a kind that it names, on the column `first_row`; none where it
/// names neither. The catalogue knows both, so that the databases need no column for them.
pub(crate) fn documents(catalogue: &Catalogue, filter: &Filter, values: &mut Values) -> Option<String> {
    if filter.documents.is_none() && filter.kinds.is_empty() {
        return None;
    }
    let named: Option<HashSet<&DocumentId>> = filter.documents.as_ref().map(|documents| documents.iter().collect());
    let wanted = |record: &DocumentRecord| {
        named.as_ref().is_none_or(|named| named.contains(&record.id))
            && (filter.kinds.is_empty() || filter.kinds.contains(&record.meta.doc_type))
    };
    let records = catalogue.entries().iter().map(|entry| &*entry.record);
    let rows: Vec<i64> = records.filter(|record| wanted(record)).map(|record| i64::from(record.first_row)).collect();
    Some(format!("first_row = ANY ({})", values.push(rows)))
}

/// The condition on what entries themselves say, on their columns; none where the filter asks nothing of these.
pub(crate) fn entries(grain: Grain, filter: &Filter, values: &mut Values) -> Option<String> {
    let mut all = Vec::new();
    if let Some(rows) = &filter.rows {
        let rows: Vec<i64> = rows.iter().map(|&row| i64::from(row)).collect();
        all.push(match grain {
            Grain::Passage => {
                let places: Vec<i64> = rows.iter().map(|row| row * PLACES).collect();
                format!("place = ANY ({})", values.push(places))
            }
            Grain::Sentence => format!("place / {PLACES} = ANY ({})", values.push(rows)),
        });
    }
    if let Some((from, to)) = filter.years {
        let (from, to) = (values.push(from), values.push(to));
        // Only what is undated ends before it begins.
        let undated = if filter.undated { " OR first_year IS NULL OR first_year > last_year" } else { "" };
        all.push(format!("((first_year <= {to}::int AND last_year >= {from}::int){undated})"));
    }
    if !filter.statuses.is_empty() {
        let wanted = i32::from(wenbao_index::entry::statuses(&filter.statuses));
        all.push(format!("statuses & {}::int <> 0", values.push(wanted)));
    }
    if !filter.regions.is_empty() {
        let regions: Vec<String> = filter.regions.iter().map(|region| region.0.clone()).collect();
        all.push(format!("region = ANY ({})", values.push(regions)));
    }
    (!all.is_empty()).then(|| all.join(" AND "))
}

#[cfg(test)]
mod tests {
    use wenbao_report::{Region, Status};

    use super::*;

    #[test]
    fn every_field_that_is_set_is_a_condition() {
        let mut values = Values::default();
        assert_eq!(entries(Grain::Passage, &Filter::default(), &mut values), None);
        let filter = Filter {
            rows: Some(vec![3]),
            years: Some((2024, 2025)),
            undated: true,
            regions: vec![Region("山西".into())],
            statuses: vec![Status::Target],
            ..Filter::default()
        };
        let sql = entries(Grain::Sentence, &filter, &mut values).unwrap();
        for part in ["place / 65536 = ANY ($1)", "first_year <= $3", "last_year >= $2", "IS NULL", "& $4", "ANY ($5)"] {
            assert!(sql.contains(part), "{part}: {sql}");
        }
        assert_eq!(values.borrowed().len(), 5);
    }
}
