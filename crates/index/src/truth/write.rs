//! Changing the truth: every document in one transaction.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use wenbao_report::{Document, Passage, fingerprint};

use super::{generation, meta, sums, to_bytes};
use crate::{DocumentId, Error, Result, Source};

/// How many passages that share a fingerprint are compared in full with a new one.
const CANDIDATES: usize = 16;

/// All that one document brings.
pub(crate) struct Put<'a> {
    pub source: &'a Source,
    pub recipe: &'a str,
    pub document: &'a Document,
    /// One row a passage, end to end.
    pub passages: &'a [f32],
    /// One row a sentence, passage after passage.
    pub sentences: &'a [f32],
    pub dimensions: usize,
    pub now: &'a str,
}

impl Put<'_> {
    /// Stores the document in place of what came from the same path or has the same content, all in one transaction.
    pub fn run(&self, connection: &mut Connection, dir: &Path) -> Result<DocumentId> {
        let id = DocumentId::of_sha256(&self.source.sha256);
        let text = |e: serde_json::Error| Error::Damaged { dir: dir.to_path_buf(), detail: e.to_string() };
        let bodies: Vec<String> =
            self.document.passages.iter().map(serde_json::to_string).collect::<Result<_, _>>().map_err(text)?;
        let head = serde_json::to_string(&self.document.meta).map_err(text)?;
        let outline = serde_json::to_string(&self.document.outline).map_err(text)?;
        self.store(connection, &id, &bodies, &head, &outline).map_err(Error::truth("storing a document", dir))?;
        Ok(id)
    }

    fn store(
        &self,
        connection: &mut Connection,
        id: &DocumentId,
        bodies: &[String],
        head: &str,
        outline: &str,
    ) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let path = self.source.path.to_string_lossy();
        transaction.execute("DELETE FROM documents WHERE id = ?1 OR path = ?2", params![id.0, path])?;
        let first: u32 = meta(&transaction, "next_row")?.and_then(|n| n.parse().ok()).unwrap_or(0);
        transaction.execute(
            "INSERT INTO documents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                id.0,
                path,
                self.source.sha256,
                self.source.bytes as i64,
                self.recipe,
                head,
                outline,
                self.document.text,
                first,
                bodies.len() as i64,
                self.document.text.chars().count() as i64,
                self.now,
                sums::of_document([
                    &id.0,
                    &self.source.sha256,
                    self.recipe,
                    head,
                    outline,
                    &self.document.text,
                    self.now
                ]),
            ],
        )?;
        let mut next_sentence = 0;
        for (at, (body, passage)) in bodies.iter().zip(&self.document.passages).enumerate() {
            let row = first + at as u32;
            let end = next_sentence + passage.sentences.len() * self.dimensions;
            transaction.prepare_cached("INSERT INTO passages VALUES (?1, ?2, ?3, ?4)")?.execute(params![
                row,
                id.0,
                body,
                sums::crc32(&[body.as_bytes()])
            ])?;
            let vector = to_bytes(&self.passages[at * self.dimensions..(at + 1) * self.dimensions]);
            let sentences = to_bytes(&self.sentences[next_sentence..end]);
            transaction.prepare_cached("INSERT INTO vectors VALUES (?1, ?2, ?3, ?4)")?.execute(params![
                row,
                vector,
                sentences,
                sums::crc32(&[&vector, &sentences])
            ])?;
            next_sentence = end;
        }
        for (at, passage) in self.document.passages.iter().enumerate() {
            store_twins(&transaction, first, first + at as u32, passage)?;
        }
        set(&transaction, "next_row", &(first as usize + bodies.len()).to_string())?;
        bump(&transaction)?;
        transaction.commit()
    }
}

/// Finds the near-duplicates of a new passage among older documents, and stores its sketch. `first` is its
/// document's first row.
fn store_twins(transaction: &Transaction<'_>, first: u32, row: u32, passage: &Passage) -> rusqlite::Result<()> {
    let sketch = fingerprint::keys(&passage.text);
    let mut shared: std::collections::BTreeMap<u32, usize> = std::collections::BTreeMap::new();
    {
        let mut rows = transaction.prepare_cached("SELECT row FROM sketches WHERE hash = ?1 AND row < ?2")?;
        for hash in &sketch {
            for other in rows.query_map(params![hash.cast_signed(), first], |row| row.get::<_, u32>(0))? {
                *shared.entry(other?).or_default() += 1;
            }
        }
    }
    let mut candidates: Vec<(u32, usize)> = shared.into_iter().collect();
    candidates.sort_by_key(|&(other, count)| (std::cmp::Reverse(count), other));
    for (other, _) in candidates.into_iter().take(CANDIDATES) {
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
    let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO sketches VALUES (?1, ?2)")?;
    for hash in sketch {
        insert.execute(params![hash.cast_signed(), row])?;
    }
    Ok(())
}

/// Removes a document; false if there is none of this name.
pub(crate) fn remove(connection: &mut Connection, dir: &Path, id: &DocumentId) -> Result<bool> {
    let run = |connection: &mut Connection| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let removed = transaction.execute("DELETE FROM documents WHERE id = ?1", [&id.0])? > 0;
        if removed {
            bump(&transaction)?;
        }
        transaction.commit()?;
        Ok(removed)
    };
    run(connection).map_err(Error::truth("removing a document", dir))
}

/// Records that a content now lies elsewhere.
pub(crate) fn moved(connection: &mut Connection, dir: &Path, id: &DocumentId, path: &Path) -> Result<()> {
    let run = |connection: &mut Connection| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let path = path.to_string_lossy();
        transaction.execute("DELETE FROM documents WHERE path = ?1 AND id <> ?2", params![path, id.0])?;
        transaction.execute("UPDATE documents SET path = ?1 WHERE id = ?2", params![path, id.0])?;
        bump(&transaction)?;
        transaction.commit()
    };
    run(connection).map_err(Error::truth("recording a document's new path", dir))
}

fn bump(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let next = generation(transaction)? + 1;
    set(transaction, "generation", &next.to_string())
}

fn set(transaction: &Transaction<'_>, key: &str, value: &str) -> rusqlite::Result<()> {
    transaction.execute("UPDATE meta SET value = ?2 WHERE key = ?1", [key, value])?;
    Ok(())
}

/// Name and path of every document of this recipe, by the SHA-256 of its content.
pub(crate) fn stored(
    connection: &Connection,
    dir: &Path,
    recipe: &str,
) -> Result<HashMap<String, (DocumentId, String)>> {
    let run = || -> rusqlite::Result<_> {
        connection
            .prepare("SELECT sha256, id, path FROM documents WHERE recipe = ?1")?
            .query_map([recipe], |row| Ok((row.get(0)?, (DocumentId(row.get(1)?), row.get(2)?))))?
            .collect()
    };
    run().map_err(Error::truth("reading the documents", dir))
}
