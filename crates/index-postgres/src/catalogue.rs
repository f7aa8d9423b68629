//! One generation of the catalogue: which documents there are, and in which database each is.

use std::collections::HashMap;
use std::sync::Arc;

use tokio_postgres::IsolationLevel;
use wenbao_index::{DocumentId, DocumentRecord, Error, Grain, Result};

use crate::database::Database;
use crate::error::said;

/// The columns of a document's record, in the order of [`entry`].
const COLUMNS: &str = "id, path, sha256, meta, passages, characters, ingested_at, first_row, shard, sentences, \
                       passage_tokens, sentence_tokens, bytes, recipe";

/// What the catalogue says in one generation.
pub(crate) struct Catalogue {
    pub generation: u64,
    /// One past the highest row given until then.
    pub next_row: i64,
    /// All documents, by path.
    pub documents: Vec<Arc<DocumentRecord>>,
    /// All with where they are, by first row.
    by_row: Vec<Arc<Entry>>,
    /// For each database, the first rows of what it may have and what is no document of this generation.
    pub unsettled: Vec<Vec<i64>>,
    /// The databases that are left out, with their documents.
    pub silent: Vec<usize>,
}

/// A document of the catalogue.
pub(crate) struct Entry {
    pub record: Arc<DocumentRecord>,
    /// The database that has its passages.
    pub shard: usize,
    pub sentences: u64,
    /// Words of its passages, and of its sentences.
    pub tokens: [u64; 2],
    pub bytes: u64,
    pub recipe: String,
}

/// Entries and words of a grain: what BM25's statistics stand on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub entries: u64,
    pub tokens: u64,
}

impl Catalogue {
    /// Reads the newest generation, of which entries that did not change since `before` are taken over.
    pub async fn read(database: &Database, before: Option<&Self>) -> Result<Self> {
        let (doing, name) = ("reading the documents", &database.head().name);
        let fail = |error: tokio_postgres::Error| said(doing, name, &error);
        let mut client = database.head().client().await?;
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(fail)?;
        let state = transaction.query_one("SELECT generation, next_row FROM wenbao.state", &[]).await.map_err(fail)?;
        let (generation, next_row): (i64, i64) = (state.get(0), state.get(1));
        // A backup put in place of a newer state has fewer generations: nothing of before holds then.
        let before = before.filter(|before| before.generation <= generation as u64);
        let since = before.map_or(-1, |before| before.generation as i64);
        let sql = format!("SELECT {COLUMNS} FROM wenbao.documents WHERE since > $1");
        let changed = transaction.query(&sql, &[&since]).await.map_err(fail)?;
        let living = transaction.query("SELECT id, first_row FROM wenbao.documents", &[]).await.map_err(fail)?;
        let unsettled = transaction.query("SELECT first_row, shard FROM wenbao.unsettled", &[]).await.map_err(fail)?;
        transaction.commit().await.map_err(fail)?;

        let mut entries: HashMap<String, Arc<Entry>> = HashMap::new();
        for entry in before.iter().flat_map(|before| &before.by_row) {
            entries.insert(entry.record.id.0.clone(), Arc::clone(entry));
        }
        for row in &changed {
            let entry = entry(row, name)?;
            entries.insert(entry.record.id.0.clone(), Arc::new(entry));
        }
        let mut by_row = Vec::with_capacity(living.len());
        for row in &living {
            let id: &str = row.get(0);
            let Some(entry) = entries.remove(id) else {
                return Err(Error::Refused(format!("the catalogue of {name} lacks {id}: restore a backup")));
            };
            by_row.push(entry);
        }
        let shards = database.shards.len();
        if by_row.iter().any(|entry| entry.shard >= shards) {
            return Err(Error::Refused(format!(
                "documents were spread over more databases than the {shards} of {}: name all of them",
                database.name
            )));
        }
        by_row.sort_by_key(|entry| entry.record.first_row);
        let documents = by_path(&by_row);
        let mut of_shards = vec![Vec::new(); database.shards.len()];
        for row in &unsettled {
            let (first, shard): (i64, i32) = (row.get(0), row.get(1));
            if let Some(firsts) = of_shards.get_mut(shard.unsigned_abs() as usize) {
                firsts.push(first);
            }
        }
        Ok(Self {
            generation: generation.unsigned_abs(),
            next_row,
            documents,
            by_row,
            unsettled: of_shards,
            silent: Vec::new(),
        })
    }

    /// The same generation without these databases and what they have.
    pub fn without(&self, silent: Vec<usize>) -> Self {
        let by_row: Vec<_> = self.by_row.iter().filter(|entry| !silent.contains(&entry.shard)).cloned().collect();
        let documents = by_path(&by_row);
        let (generation, next_row, unsettled) = (self.generation, self.next_row, self.unsettled.clone());
        Self { generation, next_row, documents, by_row, unsettled, silent }
    }

    /// The databases that are asked.
    pub fn shards(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.unsettled.len()).filter(|shard| !self.silent.contains(shard))
    }

    /// All documents with where they are, by first row.
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.by_row
    }

    /// The document of this name.
    pub fn entry(&self, id: &DocumentId) -> Option<&Arc<Entry>> {
        self.by_row.iter().find(|entry| entry.record.id == *id)
    }

    /// The document whose passage a row is.
    pub fn holding(&self, row: u32) -> Option<&Arc<Entry>> {
        let after = self.by_row.partition_point(|entry| entry.record.first_row <= row);
        self.by_row.get(after.checked_sub(1)?).filter(|entry| entry.record.rows().contains(&row))
    }

    /// Passages, or sentences, of all documents.
    pub fn size(&self, grain: Grain) -> Size {
        self.by_row.iter().fold(Size::default(), |sum, entry| match grain {
            Grain::Passage => {
                Size { entries: sum.entries + entry.record.passages as u64, tokens: sum.tokens + entry.tokens[0] }
            }
            Grain::Sentence => Size { entries: sum.entries + entry.sentences, tokens: sum.tokens + entry.tokens[1] },
        })
    }
}

fn by_path(entries: &[Arc<Entry>]) -> Vec<Arc<DocumentRecord>> {
    let mut documents: Vec<_> = entries.iter().map(|entry| Arc::clone(&entry.record)).collect();
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    documents
}

fn entry(row: &tokio_postgres::Row, name: &str) -> Result<Entry> {
    let id = DocumentId(row.get(0));
    let meta = serde_json::from_str(row.get(3)).map_err(|e| {
        Error::Refused(format!("the head of document {id} in {name} is damaged ({e}): restore a backup"))
    })?;
    let count = |at: usize| row.get::<_, i64>(at).unsigned_abs();
    let record = DocumentRecord {
        id,
        path: row.get(1),
        sha256: row.get(2),
        meta,
        passages: row.get::<_, i32>(4).unsigned_abs() as usize,
        characters: count(5) as usize,
        ingested_at: row.get(6),
        first_row: u32::try_from(row.get::<_, i64>(7)).unwrap_or(u32::MAX),
    };
    Ok(Entry {
        record: Arc::new(record),
        shard: row.get::<_, i32>(8).unsigned_abs() as usize,
        sentences: u64::from(row.get::<_, i32>(9).unsigned_abs()),
        tokens: [count(10), count(11)],
        bytes: count(12),
        recipe: row.get(13),
    })
}
