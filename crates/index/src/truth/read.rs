//! Reading one committed generation.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};
use wenbao_report::Passage;

use super::{from_json, generation, meta, push_floats, sums};
use crate::{DocumentId, DocumentRecord, Error, Result};

/// A connection inside a read transaction: whatever others commit, it sees the generation it began with.
pub(crate) struct View {
    connection: Connection,
    dir: PathBuf,
    /// The generation seen.
    pub generation: u64,
    /// One past the highest row ever given.
    pub next_row: u32,
}

/// What is stored of a document and asked for rarely.
pub(crate) struct Stored {
    /// The extracted text.
    pub text: String,
    /// JSON of its headings.
    pub outline: String,
    pub recipe: String,
    /// Size of its file.
    pub bytes: u64,
}

/// A stored passage with its vectors.
pub(crate) struct Loaded {
    pub row: u32,
    pub passage: Passage,
    pub vector: Vec<f32>,
    /// One row a sentence, end to end.
    pub sentences: Vec<f32>,
}

impl View {
    /// Begins to read.
    pub fn begin(connection: Connection, dir: &Path) -> Result<Self> {
        let begin = |connection: &Connection| {
            connection.execute_batch("BEGIN")?;
            // The transaction takes its snapshot with its first read, not with BEGIN.
            let generation = generation(connection)?;
            let next_row = meta(connection, "next_row")?.and_then(|n| n.parse().ok()).unwrap_or(0);
            Ok((generation, next_row))
        };
        let (generation, next_row) = begin(&connection).map_err(Error::truth("reading the index", dir))?;
        Ok(Self { connection, dir: dir.to_path_buf(), generation, next_row })
    }

    /// All documents, by path. Those of a generation `before` are used again: what is read of a document lies behind all
    /// of its text, so that reading it takes longest of all that a new generation takes.
    pub fn documents(&self, before: &[Arc<DocumentRecord>]) -> Result<Vec<Arc<DocumentRecord>>> {
        let doing = "reading the documents";
        // A first row is given once, unless nothing was stored for it.
        let known: HashMap<u32, &Arc<DocumentRecord>> =
            before.iter().filter(|d| d.passages > 0).map(|d| (d.first_row, d)).collect();
        // Each of these is in an index of its own, beside the number of the entry.
        let number = |row: &Row<'_>| row.get::<_, i64>(0);
        let sql = "SELECT rowid, first_row FROM documents";
        let first_rows = self.collect(doing, sql, [], |row| Ok((number(row)?, row.get::<_, u32>(1)?)))?;
        let sql = "SELECT rowid, id FROM documents";
        let ids = self.collect(doing, sql, [], |row| Ok((number(row)?, row.get::<_, String>(1)?)))?;
        let sql = "SELECT rowid, path FROM documents ORDER BY path";
        let paths = self.collect(doing, sql, [], |row| Ok((number(row)?, row.get::<_, String>(1)?)))?;
        let (first_rows, ids): (HashMap<_, _>, HashMap<_, _>) =
            (first_rows.into_iter().collect(), ids.into_iter().collect());
        let mut documents = Vec::with_capacity(paths.len());
        for (number, path) in paths {
            let same = first_rows.get(&number).and_then(|first| known.get(first));
            documents.push(match same.filter(|d| d.path == path && ids.get(&number) == Some(&d.id.0)) {
                Some(document) => Arc::clone(document),
                None => self.document(number)?,
            });
        }
        Ok(documents)
    }

    /// The document of this number.
    fn document(&self, number: i64) -> Result<Arc<DocumentRecord>> {
        let read = |row: &Row<'_>| {
            let record = DocumentRecord {
                id: DocumentId(row.get(0)?),
                path: row.get(1)?,
                sha256: row.get(2)?,
                meta: Default::default(),
                passages: row.get::<_, u32>(3)? as usize,
                characters: row.get::<_, u32>(4)? as usize,
                ingested_at: row.get(5)?,
                first_row: row.get(6)?,
            };
            Ok((record, row.get::<_, String>(7)?))
        };
        let (record, meta) = self
            .connection
            .prepare_cached(
                "SELECT id, path, sha256, passages, characters, ingested_at, first_row, meta FROM documents WHERE rowid = ?1",
            )
            .and_then(|mut statement| statement.query_row([number], read))
            .map_err(Error::truth("reading a document", &self.dir))?;
        let meta = from_json(&self.dir, "a document's head", &meta)?;
        Ok(Arc::new(DocumentRecord { meta, ..record }))
    }

    /// Near-duplicates of a row, ascending.
    pub fn twins(&self, row: u32) -> Result<Vec<u32>> {
        let sql = "SELECT other FROM twins WHERE row = ?1 ORDER BY other";
        self.collect("reading near-duplicates", sql, [row], |row| row.get(0))
    }

    /// A passage.
    pub fn passage(&self, row: u32) -> Result<Option<Passage>> {
        let body: Option<(String, u32)> = self
            .connection
            .prepare_cached("SELECT body, crc32 FROM passages WHERE row = ?1")
            .and_then(|mut statement| statement.query_row([row], |row| Ok((row.get(0)?, row.get(1)?))).optional())
            .map_err(Error::truth("reading a passage", &self.dir))?;
        let Some((body, sum)) = body else { return Ok(None) };
        self.intact(row, &[body.as_bytes()], sum)?;
        from_json(&self.dir, "a passage", &body).map(Some)
    }

    /// Calls `each` with every passage whose row is in `from..to`, in order of rows.
    pub fn for_each(&self, from: u32, to: u32, mut each: impl FnMut(Loaded) -> Result<()>) -> Result<()> {
        let doing = "reading passages and vectors";
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT p.row, p.body, v.passage, v.sentences, p.crc32, v.crc32 FROM passages p JOIN vectors v ON v.row = p.row
                 WHERE p.row >= ?1 AND p.row < ?2 ORDER BY p.row",
            )
            .map_err(Error::truth(doing, &self.dir))?;
        let mut rows = statement.query([from, to]).map_err(Error::truth(doing, &self.dir))?;
        while let Some(row) = rows.next().map_err(Error::truth(doing, &self.dir))? {
            let loaded = self.loaded(row).map_err(Error::truth(doing, &self.dir))??;
            each(loaded)?;
        }
        Ok(())
    }

    /// A row of [`Self::for_each`], compared with its checksums.
    fn loaded(&self, row: &Row<'_>) -> rusqlite::Result<Result<Loaded>> {
        let number: u32 = row.get(0)?;
        let body = row.get_ref(1)?.as_str()?;
        let blobs = [row.get_ref(2)?.as_blob()?, row.get_ref(3)?.as_blob()?];
        let sums: [u32; 2] = [row.get(4)?, row.get(5)?];
        let intact = self
            .intact(number, &[body.as_bytes()], sums[0])
            .and_then(|()| self.intact(number, &blobs, sums[1]))
            .and_then(|()| from_json(&self.dir, "a passage", body));
        let [vector, sentences] = blobs.map(|bytes| {
            let mut floats = Vec::with_capacity(bytes.len() / 4);
            push_floats(bytes, &mut floats);
            floats
        });
        Ok(intact.map(|passage| Loaded { row: number, passage, vector, sentences }))
    }

    fn intact(&self, row: u32, parts: &[&[u8]], sum: u32) -> Result<()> {
        if sums::crc32(parts) == sum {
            return Ok(());
        }
        Err(Error::Damaged { dir: self.dir.clone(), detail: format!("row {row} differs from its checksum") })
    }

    /// What is stored of a document and is no part of its record.
    pub fn stored(&self, id: &DocumentId) -> Result<Option<Stored>> {
        let read = |row: &Row<'_>| {
            let bytes = row.get::<_, i64>(3)?.unsigned_abs();
            Ok(Stored { text: row.get(0)?, outline: row.get(1)?, recipe: row.get(2)?, bytes })
        };
        self.connection
            .prepare_cached("SELECT text, outline, recipe, bytes FROM documents WHERE id = ?1")
            .and_then(|mut statement| statement.query_row([&id.0], read).optional())
            .map_err(Error::truth("reading a document", &self.dir))
    }

    fn collect<T>(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl rusqlite::Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(Error::truth(doing, &self.dir))?;
        let rows = statement.query_map(params, map).map_err(Error::truth(doing, &self.dir))?;
        rows.collect::<rusqlite::Result<_>>().map_err(Error::truth(doing, &self.dir))
    }
}

/// SQLite's own checks, and that nothing refers to what is not there; names each difference.
pub(crate) fn check(connection: &Connection, dir: &Path, mut found: impl FnMut(String)) -> Result<()> {
    let doing = "checking the truth";
    let lines = |sql: &str, line: &dyn Fn(&Row<'_>) -> rusqlite::Result<String>| -> rusqlite::Result<Vec<String>> {
        connection.prepare(sql)?.query_map([], |row| line(row))?.collect()
    };
    for line in lines("PRAGMA integrity_check(1000000)", &|row| row.get(0)).map_err(Error::truth(doing, dir))? {
        if line != "ok" {
            found(format!("truth.db: {line}"));
        }
    }
    sums::check(connection, &mut found).map_err(Error::truth(doing, dir))?;
    let foreign = |row: &Row<'_>| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("truth.db: an entry of {table} refers to one of {parent} that is not there"))
    };
    for line in lines("PRAGMA foreign_key_check", &foreign).map_err(Error::truth(doing, dir))? {
        found(line);
    }
    for (sql, what) in [
        ("SELECT p.row FROM passages p LEFT JOIN vectors v ON v.row = p.row WHERE v.row IS NULL", "has no vectors"),
        (
            "SELECT row FROM twins t WHERE NOT EXISTS (SELECT 1 FROM twins u WHERE u.row = t.other AND u.other = t.row)",
            "has a near-duplicate that does not know it",
        ),
    ] {
        let line = |row: &Row<'_>| Ok(format!("truth.db: row {} {what}", row.get::<_, u32>(0)?));
        for line in lines(sql, &line).map_err(Error::truth(doing, dir))? {
            found(line);
        }
    }
    Ok(())
}
