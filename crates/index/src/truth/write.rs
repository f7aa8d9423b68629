//! Changing the truth: every document wholly or not at all, several of them in one transaction.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use wenbao_report::Document;

use super::sketches::Sketches;
use super::{generation, meta, sums, to_bytes};
use crate::store::Made;
use crate::{DocumentId, Error, Result, Source, path_text};

/// All that one document brings.
pub(crate) struct Put<'a> {
    pub source: &'a Source,
    pub made: &'a Made,
    pub document: &'a Document,
    /// One row a passage, end to end.
    pub passages: &'a [f32],
    /// One row a sentence, passage after passage.
    pub sentences: &'a [f32],
    pub dimensions: usize,
}

/// Stores the documents, each in place of what came from the same path or has the same content, all in one transaction.
pub(crate) fn put_all(
    connection: &mut Connection,
    dir: &Path,
    documents: &[Put<'_>],
    sketches: &mut Sketches,
) -> Result<Vec<DocumentId>> {
    let texts: Vec<Texts> = documents.iter().map(|put| put.texts(dir)).collect::<Result<_>>()?;
    let run = |connection: &mut Connection, sketches: &mut Sketches| {
        sketches.load(connection)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (put, texts) in documents.iter().zip(&texts) {
            put.store(&transaction, texts, sketches)?;
        }
        bump(&transaction)?;
        transaction.commit()
    };
    if let Err(error) = run(connection, sketches) {
        // It may hold what was not stored.
        sketches.forget();
        return Err(Error::truth("storing a document", dir)(error));
    }
    Ok(texts.into_iter().map(|texts| texts.id).collect())
}

/// A document as the tables hold it.
struct Texts {
    id: DocumentId,
    bodies: Vec<String>,
    head: String,
    outline: String,
}

impl Put<'_> {
    fn texts(&self, dir: &Path) -> Result<Texts> {
        let text = |e: serde_json::Error| Error::Damaged { dir: dir.to_path_buf(), detail: e.to_string() };
        let bodies =
            self.document.passages.iter().map(serde_json::to_string).collect::<Result<_, _>>().map_err(text)?;
        Ok(Texts {
            id: DocumentId::of_sha256(&self.source.sha256),
            bodies,
            head: serde_json::to_string(&self.document.meta).map_err(text)?,
            outline: serde_json::to_string(&self.document.outline).map_err(text)?,
        })
    }

    fn store(&self, transaction: &Transaction<'_>, texts: &Texts, sketches: &mut Sketches) -> rusqlite::Result<()> {
        let Texts { id, bodies, head, outline } = texts;
        let path = path_text(&self.source.path);
        transaction.execute("DELETE FROM documents WHERE id = ?1 OR path = ?2", params![id.0, path])?;
        let first: u32 = meta(transaction, "next_row")?.and_then(|n| n.parse().ok()).unwrap_or(0);
        transaction.execute(
            "INSERT INTO documents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                id.0,
                path,
                self.source.sha256,
                self.source.bytes as i64,
                self.made.recipe,
                head,
                outline,
                self.document.text,
                first,
                bodies.len() as i64,
                self.document.text.chars().count() as i64,
                self.made.ingested_at,
                sums::of_document([
                    &id.0,
                    &self.source.sha256,
                    &self.made.recipe,
                    head,
                    outline,
                    &self.document.text,
                    &self.made.ingested_at
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
            sketches.store(transaction, first, first + at as u32, passage)?;
        }
        set(transaction, "next_row", &(first as usize + bodies.len()).to_string())
    }
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
        let path = path_text(path);
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
