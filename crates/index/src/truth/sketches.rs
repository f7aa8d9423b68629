//! Fingerprints of passages, by which near-duplicates are found.
//!
//! A passage has some fifty, spread all over their table: written one passage after the other they change a page of the
//! file for each. So they wait, a passage's together ([`TABLE`]), and here in memory, where they are looked up; and go to
//! the table of all in the order of their hashes, when they are so many that each page takes several.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use wenbao_report::{Passage, fingerprint};

use super::meta;

/// The table of those that wait.
pub(crate) const TABLE: &str = "
CREATE TABLE IF NOT EXISTS fresh_sketches (
    row    INTEGER PRIMARY KEY REFERENCES passages(row) ON DELETE CASCADE,
    hashes BLOB NOT NULL             -- a passage's fingerprints, eight bytes each, little-endian
) STRICT;
";

/// So many passages wait at most, in a small index.
const FEW: usize = 4_000;
/// One in so many, in a large one.
const SHARE: usize = 8;
/// Fingerprints that go to their table in one transaction.
const SLICE: usize = 200_000;

/// The fingerprints that wait.
#[derive(Debug, Default)]
pub(crate) struct Sketches {
    /// Rows by fingerprint, once they were read. Rows of removed passages may be among them.
    waiting: Option<HashMap<u64, Vec<u32>>>,
    /// Passages that wait.
    passages: usize,
}

impl Sketches {
    /// Reads what waits, unless that was done.
    pub fn load(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.waiting.is_some() {
            return Ok(());
        }
        self.passages = 0;
        let mut waiting: HashMap<u64, Vec<u32>> = HashMap::new();
        for (row, hashes) in all(connection)? {
            self.passages += 1;
            hashes.into_iter().for_each(|hash| waiting.entry(hash).or_default().push(row));
        }
        self.waiting = Some(waiting);
        Ok(())
    }

    /// What waits is read again when it is needed.
    pub fn forget(&mut self) {
        self.waiting = None;
    }

    /// Finds the near-duplicates of a new passage among older documents, and stores its fingerprints. `first` is its
    /// document's first row.
    pub fn store(
        &mut self,
        transaction: &Transaction<'_>,
        first: u32,
        row: u32,
        passage: &Passage,
    ) -> rusqlite::Result<()> {
        let sketch = fingerprint::keys(&passage.text);
        let waiting = self.waiting.get_or_insert_default();
        let mut shared: BTreeMap<u32, usize> = BTreeMap::new();
        {
            let mut rows = transaction.prepare_cached("SELECT row FROM sketches WHERE hash = ?1 AND row < ?2")?;
            for hash in &sketch {
                for other in rows.query_map(params![hash.cast_signed(), first], |row| row.get::<_, u32>(0))? {
                    *shared.entry(other?).or_default() += 1;
                }
                for &other in waiting.get(hash).into_iter().flatten().filter(|&&other| other < first) {
                    *shared.entry(other).or_default() += 1;
                }
            }
        }
        for other in fingerprint::candidates(shared) {
            let body: Option<String> = transaction
                .prepare_cached("SELECT json_extract(body, '$.text') FROM passages WHERE row = ?1")?
                .query_row([other], |row| row.get(0))
                .optional()?;
            if body.is_some_and(|text| fingerprint::same_fact(&passage.text, &text)) {
                let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO twins VALUES (?1, ?2)")?;
                insert.execute([row, other])?;
                insert.execute([other, row])?;
            }
        }
        if sketch.is_empty() {
            return Ok(());
        }
        let bytes: Vec<u8> = sketch.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        transaction.prepare_cached("INSERT INTO fresh_sketches VALUES (?1, ?2)")?.execute(params![row, bytes])?;
        for hash in sketch {
            waiting.entry(hash).or_default().push(row);
        }
        self.passages += 1;
        Ok(())
    }

    /// Whether so many wait that they should go to their table.
    pub fn are_many(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let rows: usize = meta(connection, "next_row")?.and_then(|n| n.parse().ok()).unwrap_or(0);
        Ok(self.passages > FEW.max(rows / SHARE))
    }

    /// Puts all that wait into their table, a slice of them a transaction. Where it is interrupted some are in both
    /// places, which changes nothing that is found.
    pub fn settle(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        self.settle_by(connection, SLICE)
    }

    fn settle_by(&mut self, connection: &mut Connection, slice: usize) -> rusqlite::Result<()> {
        let waiting = all(connection)?;
        let mut pairs: Vec<(i64, u32)> =
            waiting.iter().flat_map(|(row, hashes)| hashes.iter().map(|hash| (hash.cast_signed(), *row))).collect();
        // As the table has them.
        pairs.sort_unstable();
        for slice in pairs.chunks(slice) {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO sketches VALUES (?1, ?2)")?;
            for (hash, row) in slice {
                insert.execute(params![hash, row])?;
            }
            drop(insert);
            transaction.commit()?;
        }
        connection.execute("DELETE FROM fresh_sketches", [])?;
        self.forget();
        Ok(())
    }
}

/// The fingerprints that wait, by row; a torn last one is left out.
fn all(connection: &Connection) -> rusqlite::Result<Vec<(u32, Vec<u64>)>> {
    connection
        .prepare("SELECT row, hashes FROM fresh_sketches ORDER BY row")?
        .query_map([], |row| {
            let hashes = row.get_ref(1)?.as_blob()?.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
            Ok((row.get(0)?, hashes.collect()))
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(connection: &Connection, table: &str) -> i64 {
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn what_waits_is_found_before_and_after_it_is_put_in_order() {
        let mut connection = Connection::open_in_memory().unwrap();
        let tables = "CREATE TABLE passages (row INTEGER PRIMARY KEY, body TEXT) STRICT;
            CREATE TABLE sketches (hash INTEGER, row INTEGER, PRIMARY KEY (hash, row)) STRICT, WITHOUT ROWID;
            CREATE TABLE twins (row INTEGER, other INTEGER, PRIMARY KEY (row, other)) STRICT, WITHOUT ROWID;";
        connection.execute_batch(&format!("{tables}{TABLE}")).unwrap();
        let text = "全年新建改建农村公路1200公里，改造危桥36座，建制村全部通了客车。";
        let passage = Passage { text: text.to_owned(), ..Passage::default() };
        let mut sketches = Sketches::default();
        for row in 0..3 {
            sketches.load(&connection).unwrap();
            let transaction = connection.transaction().unwrap();
            let body = serde_json::to_string(&passage).unwrap();
            transaction.execute("INSERT INTO passages VALUES (?1, ?2)", params![row, body]).unwrap();
            sketches.store(&transaction, row, row, &passage).unwrap();
            transaction.commit().unwrap();
            assert_eq!(count(&connection, "twins"), i64::from(row * (row + 1)));
            match row {
                // Another writer begins with what waits in the file.
                0 => sketches = Sketches::default(),
                1 => sketches.settle_by(&mut connection, 3).unwrap(),
                _ => {}
            }
        }
        let keys = fingerprint::keys(text).len() as i64;
        assert_eq!((count(&connection, "sketches"), count(&connection, "fresh_sketches")), (2 * keys, 1));
    }
}
