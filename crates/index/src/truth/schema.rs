//! The tables, and opening the file.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::meta;
use crate::{Error, ModelStamp, Result};

/// The file's name in the index folder.
pub(crate) const FILE: &str = "truth.db";

/// The format that this program writes. A change of the tables adds a step to [`migrate`] and raises it.
pub(crate) const FORMAT: i64 = 3;

/// How long a reader or the writer waits for SQLite's own short locks.
pub(crate) const BUSY: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
    id          TEXT PRIMARY KEY,
    path        TEXT NOT NULL UNIQUE,
    sha256      TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    recipe      TEXT NOT NULL,       -- what read it and put it into words for the model: another recipe, another reading
    meta        TEXT NOT NULL,       -- JSON of report::Meta
    outline     TEXT NOT NULL,       -- JSON of [report::Heading]
    text        TEXT NOT NULL,       -- the extracted text: what source_range counts in
    first_row   INTEGER NOT NULL UNIQUE,
    passages    INTEGER NOT NULL,
    characters  INTEGER NOT NULL,
    ingested_at TEXT NOT NULL,
    crc32       INTEGER NOT NULL     -- over all of the above but first_row, passages and characters: SQLite has no checksums of its own
) STRICT;
CREATE TABLE passages (
    row      INTEGER PRIMARY KEY,    -- never given twice
    document TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    body     TEXT NOT NULL,          -- JSON of report::Passage, with sentences and quantities
    crc32    INTEGER NOT NULL        -- over body
) STRICT;
CREATE INDEX passages_of_document ON passages(document);
CREATE TABLE vectors (
    row       INTEGER PRIMARY KEY REFERENCES passages(row) ON DELETE CASCADE,
    passage   BLOB NOT NULL,         -- f32, little-endian, one row
    sentences BLOB NOT NULL,         -- the same, one row a sentence
    crc32     INTEGER NOT NULL       -- over both
) STRICT;
-- Near-duplicates: a sketch of every passage, and the pairs found, in both directions.
CREATE TABLE sketches (
    hash INTEGER NOT NULL,
    row  INTEGER NOT NULL REFERENCES passages(row) ON DELETE CASCADE,
    PRIMARY KEY (hash, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX sketches_of_row ON sketches(row);
CREATE TABLE twins (
    row   INTEGER NOT NULL REFERENCES passages(row) ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES passages(row) ON DELETE CASCADE,
    PRIMARY KEY (row, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX twins_of_other ON twins(other);
";

/// What the file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The model of its vectors.
    pub model: ModelStamp,
    /// Its format; the writer brings an older one up to date.
    pub format: i64,
    /// Drawn when the file was made: derived parts of another file are not taken for this one's.
    pub identity: String,
}

/// Opens the file for writing; with a model, makes it where there is none.
pub(crate) fn open_writer(dir: &Path, create_for: Option<&ModelStamp>) -> Result<(Connection, Stamp)> {
    let path = dir.join(FILE);
    if create_for.is_none() && !path.exists() {
        return Err(Error::Missing(dir.to_path_buf()));
    }
    let mut connection = Connection::open(&path).map_err(Error::truth("opening the index", dir))?;
    let setup = |c: &Connection| {
        c.busy_timeout(BUSY)?;
        c.pragma_update(None, "journal_mode", "WAL")?;
        // FULL: what `put` returned for is on the disk, also after a loss of power.
        c.pragma_update(None, "synchronous", "FULL")?;
        // Keys of near-duplicates are written all over their table: 64 MiB, in KiB as SQLite counts negative sizes.
        c.pragma_update(None, "cache_size", -65_536)?;
        // The same pages change with every document: what is copied from the log into the file is copied less often, every
        // 64 MiB of log (in pages of 4 KiB).
        c.pragma_update(None, "wal_autocheckpoint", 16_384)?;
        c.pragma_update(None, "foreign_keys", true)
    };
    setup(&connection).map_err(Error::truth("opening the index", dir))?;
    let made = made(&connection).map_err(Error::truth("opening the index", dir))?;
    if !made {
        let Some(model) = create_for else { return Err(Error::Missing(dir.to_path_buf())) };
        create(&mut connection, model).map_err(Error::truth("creating the index", dir))?;
    }
    let stamp = stamp(&connection, dir)?;
    if stamp.format < FORMAT {
        migrate(&mut connection, stamp.format).map_err(Error::truth("bringing the index to today's format", dir))?;
    }
    Ok((connection, stamp))
}

/// Opens the file for reading, also in a folder that cannot be written to.
pub(crate) fn open_reader(dir: &Path) -> Result<(Connection, Stamp)> {
    let path = dir.join(FILE);
    if !path.exists() {
        return Err(Error::Missing(dir.to_path_buf()));
    }
    let try_open = |uri: &str, flags: OpenFlags| -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", true)?;
        made(&connection)?;
        Ok(connection)
    };
    let base = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let name = uri(&path);
    let connection = match try_open(&name, base | OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Ok(connection) => connection,
        // Without a place for its shared memory SQLite can only read a file that nobody changes.
        Err(_) if !wal_in_use(&path) => {
            try_open(&format!("{name}?immutable=1"), base | OpenFlags::SQLITE_OPEN_READ_ONLY)
                .map_err(Error::truth("opening the index", dir))?
        }
        Err(source) => return Err(Error::truth("opening the index", dir)(source)),
    };
    if !made(&connection).map_err(Error::truth("opening the index", dir))? {
        return Err(Error::Missing(dir.to_path_buf()));
    }
    let stamp = stamp(&connection, dir)?;
    Ok((connection, stamp))
}

fn wal_in_use(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    std::fs::metadata(wal).is_ok_and(|m| m.len() > 0)
}

/// The file as a URI: SQLite takes everything but the three characters with a meaning of their own as it is.
fn uri(path: &Path) -> String {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}")
}

fn made(connection: &Connection) -> rusqlite::Result<bool> {
    let found: Option<i64> = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'", [], |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}

fn create(connection: &mut Connection, model: &ModelStamp) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    if !made(&transaction)? {
        transaction.execute_batch(TABLES)?;
        transaction.execute_batch(super::sketches::TABLE)?;
        let mut insert = transaction.prepare("INSERT INTO meta (key, value) VALUES (?1, ?2)")?;
        let identity: String = transaction.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?;
        for (key, value) in [
            ("format", FORMAT.to_string()),
            ("identity", identity),
            ("model", model.name.clone()),
            ("fingerprint", model.fingerprint.clone()),
            ("dimensions", model.dimensions.to_string()),
            ("generation", "0".to_owned()),
            ("next_row", "0".to_owned()),
        ] {
            insert.execute([key, value.as_str()])?;
        }
        drop(insert);
    }
    transaction.commit()
}

fn stamp(connection: &Connection, dir: &Path) -> Result<Stamp> {
    let get = |key: &str| -> Result<String> {
        meta(connection, key)
            .map_err(Error::truth("reading the index's stamp", dir))?
            .ok_or_else(|| Error::Damaged { dir: dir.to_path_buf(), detail: format!("its stamp has no {key}") })
    };
    let number = |key: &str| -> Result<i64> {
        let text = get(key)?;
        text.parse().map_err(|_| Error::Damaged { dir: dir.to_path_buf(), detail: format!("its {key} is {text:?}") })
    };
    let format = number("format")?;
    if format > FORMAT {
        return Err(Error::Newer { dir: dir.to_path_buf(), found: format, known: FORMAT });
    }
    let dimensions = usize::try_from(number("dimensions")?).unwrap_or(0);
    Ok(Stamp {
        model: ModelStamp { name: get("model")?, fingerprint: get("fingerprint")?, dimensions },
        identity: get("identity")?,
        format,
    })
}

/// Steps from older formats to this one, all in one transaction.
fn migrate(connection: &mut Connection, from: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    if from < 2 {
        // Format 1 had no checksums.
        for table in ["documents", "passages", "vectors"] {
            transaction.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN crc32 INTEGER NOT NULL DEFAULT 0"))?;
        }
        super::sums::fill(&transaction)?;
    }
    if from < 3 {
        // Until format 2 all fingerprints went to their table at once.
        transaction.execute_batch(super::sketches::TABLE)?;
    }
    transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'format'", [FORMAT.to_string()])?;
    transaction.commit()
}
