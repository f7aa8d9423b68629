//! The source of truth: documents, passages and vectors in one SQLite file. Everything else in the folder is derived
//! from it and can be made anew.

mod read;
mod schema;
mod sketches;
mod sums;
mod write;

pub(crate) use read::{Loaded, View, check};
pub(crate) use schema::{BUSY, FORMAT, Stamp, open_reader, open_writer};
pub(crate) use sketches::Sketches;
pub(crate) use write::{Put, moved, put_all, remove, stored};

use rusqlite::Connection;

use crate::{Error, Result};

/// Little-endian components, row after row.
pub(crate) fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// The reverse of [`to_bytes`], appended to `out`; a torn last component is left out.
pub(crate) fn push_floats(bytes: &[u8], out: &mut Vec<f32>) {
    out.extend(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
}

/// A counter or a text of the table `meta`.
pub(crate) fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    use rusqlite::OptionalExtension;
    connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()
}

/// The number of the newest committed change; 0 for an index that never held anything.
pub(crate) fn generation(connection: &Connection) -> rusqlite::Result<u64> {
    Ok(meta(connection, "generation")?.and_then(|g| g.parse().ok()).unwrap_or(0))
}

/// Whether any passage is stored; false where that cannot be read.
pub(crate) fn holds_passages(connection: &Connection) -> bool {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM passages)", [], |row| row.get(0)).unwrap_or(false)
}

/// JSON that this program wrote itself: not readable means damaged.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(dir: &std::path::Path, what: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| Error::Damaged { dir: dir.to_path_buf(), detail: format!("{what}: {e}") })
}
