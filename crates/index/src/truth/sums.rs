//! Checksums of what is stored: SQLite has none, and a flipped bit in a text or a vector would go unnoticed.

use rusqlite::{Connection, Transaction, params};

/// CRC-32 of parts, one after the other.
pub(crate) fn crc32(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

/// The stored parts of a document that its checksum covers, as SQL. A path can change when a file is moved.
const OF_DOCUMENT: &str = "CAST(id || sha256 || recipe || meta || outline || text || ingested_at AS BLOB)";

/// One table: what names an entry, and what its checksum is over.
const TABLES: [(&str, &str, &str); 3] = [
    ("documents", "id", OF_DOCUMENT),
    ("passages", "row", "CAST(body AS BLOB)"),
    ("vectors", "row", "passage || sentences"),
];

/// The checksum of a document's parts.
pub(crate) fn of_document(parts: [&str; 7]) -> u32 {
    crc32(&parts.map(str::as_bytes))
}

/// Puts the checksums into entries that have none.
pub(crate) fn fill(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    for (table, _, parts) in TABLES {
        let mut all = transaction.prepare(&format!("SELECT rowid, CAST({parts} AS BLOB) FROM {table}"))?;
        let mut rows = all.query([])?;
        let mut update = transaction.prepare(&format!("UPDATE {table} SET crc32 = ?2 WHERE rowid = ?1"))?;
        while let Some(row) = rows.next()? {
            let sum = crc32(&[row.get_ref(1)?.as_blob()?]);
            update.execute(params![row.get::<_, i64>(0)?, sum])?;
        }
    }
    Ok(())
}

/// Names every entry that differs from its checksum.
pub(crate) fn check(connection: &Connection, found: &mut dyn FnMut(String)) -> rusqlite::Result<()> {
    for (table, name, parts) in TABLES {
        let sql = format!("SELECT CAST({name} AS TEXT), CAST({parts} AS BLOB), crc32 FROM {table}");
        let mut all = connection.prepare(&sql)?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            if crc32(&[row.get_ref(1)?.as_bytes()?]) != row.get::<_, u32>(2)? {
                found(format!("truth.db: {table} {} differs from its checksum", row.get::<_, String>(0)?));
            }
        }
    }
    Ok(())
}
