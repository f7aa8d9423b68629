//! Changing the store. Several may write at once: each draws rows of its own, stores what belongs to them where nobody sees
//! it, and makes it seen by one commit in the catalogue; these commits alone follow one another.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::{ClientWrapper, Object, Transaction};
use futures_util::future::try_join_all;
use wenbao_index::store::{Made, check_shape};
use wenbao_index::{DocumentId, Error, ModelStamp, New, Result, StoreWriter, path_text};

use crate::body::{self, Body, PATIENCE};
use crate::database::{Database, Parameters};
use crate::error::said;
use crate::postgres::{finish, shard_of};
use crate::sweep::{WRITING, sweep};
use crate::twins;

/// A writer of the store.
pub(crate) struct PostgresWriter {
    database: Arc<Database>,
    model: ModelStamp,
    /// Its connection holds the lock that says that somebody writes; it ends with this value.
    presence: ClientWrapper,
}

impl PostgresWriter {
    pub fn new(database: Arc<Database>, model: ModelStamp) -> Result<Self> {
        let own = Arc::clone(&database);
        let presence = database.wait(async move {
            let head = own.head();
            let client = Object::take(head.client().await?);
            let locked = client.execute("SELECT pg_advisory_lock_shared($1)", &[&WRITING]).await;
            locked.map_err(|e| said("beginning to write", &head.name, &e))?;
            Ok(client)
        })?;
        Ok(Self { database, model, presence })
    }
}

impl StoreWriter for PostgresWriter {
    fn put_all(&mut self, documents: &[New<'_>]) -> Result<Vec<DocumentId>> {
        let mut bodies = Vec::with_capacity(documents.len());
        for new in documents {
            check_shape(new, self.model.dimensions)?;
            bodies.push(Body::new(new)?);
        }
        let ids = bodies.iter().map(|body| body.id.clone()).collect();
        let database = Arc::clone(&self.database);
        self.database.wait(async move { put(&database, &bodies).await })?;
        Ok(ids)
    }

    fn moved(&mut self, id: &DocumentId, path: &Path) -> Result<()> {
        let (database, id, path) = (Arc::clone(&self.database), id.clone(), path_text(path));
        self.database.wait(async move { relocate(&database, &id, &path).await })
    }

    fn remove(&mut self, id: &DocumentId) -> Result<bool> {
        let (database, id) = (Arc::clone(&self.database), id.clone());
        self.database.wait(async move { remove(&database, &id).await })
    }

    fn stored(&self) -> Result<HashMap<String, (DocumentId, String)>> {
        let database = Arc::clone(&self.database);
        self.database.wait(async move {
            let sql = "SELECT sha256, id, path FROM wenbao.documents WHERE recipe = $1";
            let rows = database.query(0, "reading the documents", sql, &[&Made::now().recipe]).await?;
            Ok(rows.iter().map(|row| (row.get(0), (DocumentId(row.get(1)), row.get(2)))).collect())
        })
    }

    fn finish_unless(self: Box<Self>, cancel: &AtomicBool) -> Result<()> {
        let Self { database, model, presence } = *self;
        let hurry = cancel.load(Ordering::Relaxed);
        let own = Arc::clone(&database);
        database.wait(async move {
            // Else nobody could know that nobody writes. A connection that is lost has given the lock up.
            let _ = presence.execute("SELECT pg_advisory_unlock_shared($1)", &[&WRITING]).await;
            drop(presence);
            if !hurry {
                finish(&own, model.dimensions).await?;
            }
            sweep(&own).await
        })
    }
}

/// Stores documents in their order, all of them or none.
async fn put(database: &Database, bodies: &[Body]) -> Result<()> {
    let firsts = draw(database, bodies).await?;
    let mut of_shards: BTreeMap<usize, Vec<(i64, &Body)>> = BTreeMap::new();
    for (&first, body) in firsts.iter().zip(bodies) {
        of_shards.entry(shard_of(&body.id, database.shards.len())).or_default().push((first, body));
    }
    try_join_all(of_shards.iter().map(|(&shard, bodies)| body::write(database, shard, bodies))).await?;
    show(database, &firsts, bodies).await
}

/// Draws rows for documents, and writes down that something may be stored there.
async fn draw(database: &Database, bodies: &[Body]) -> Result<Vec<i64>> {
    let (doing, head) = ("drawing rows", database.head());
    let fail = |error: tokio_postgres::Error| said(doing, &head.name, &error);
    let rows: i64 = bodies.iter().map(Body::rows).sum();
    let mut client = head.client().await?;
    let transaction = client.transaction().await.map_err(fail)?;
    let sql = "UPDATE wenbao.state SET next_row = next_row + $1 RETURNING next_row - $1";
    let mut next: i64 = transaction.query_one(sql, &[&rows]).await.map_err(fail)?.get(0);
    if u32::try_from(next + rows).is_err() {
        return Err(Error::Refused(format!(
            "{} has given all rows that there are: copy it into a new store",
            database.name
        )));
    }
    let (mut firsts, mut ends, mut shards) = (Vec::new(), Vec::new(), Vec::new());
    for body in bodies {
        firsts.push(next);
        next += body.rows();
        ends.push(next);
        shards.push(shard_of(&body.id, database.shards.len()) as i32);
    }
    let sql = "INSERT INTO wenbao.unsettled (first_row, end_row, shard, removed)
               SELECT f, e, s, false FROM unnest($1::bigint[], $2::bigint[], $3::integer[]) AS u(f, e, s)";
    transaction.execute(sql, &[&firsts, &ends, &shards]).await.map_err(fail)?;
    transaction.commit().await.map_err(fail)?;
    Ok(firsts)
}

/// Makes stored documents seen, each in place of what came from the same path and of what has the same content.
async fn show(database: &Database, firsts: &[i64], bodies: &[Body]) -> Result<()> {
    let mut client = database.head().client().await?;
    let (doing, name) = ("storing documents", &database.head().name);
    let fail = |error: tokio_postgres::Error| said(doing, name, &error);
    let transaction = client.transaction().await.map_err(fail)?;
    let since = next_generation(&transaction).await.map_err(fail)?;
    let seen = transaction.query("SELECT first_row FROM wenbao.documents", &[]).await.map_err(fail)?;
    let mut seen: HashSet<i64> = seen.iter().map(|row| row.get(0)).collect();
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for (&first, body) in firsts.iter().zip(bodies) {
        let sql = "DELETE FROM wenbao.documents WHERE id = $1 OR path = $2";
        for replaced in gone(&transaction, sql, &[&body.id.0, &body.path]).await.map_err(fail)? {
            seen.remove(&replaced);
        }
        if !insert(&transaction, first, body, since, database.shards.len()).await.map_err(fail)? {
            return Err(Error::Unreachable {
                store: name.clone(),
                detail: "the connection was lost for so long that another writer put away what was being stored"
                    .to_owned(),
            });
        }
        for (a, b) in twins::find(database, first, body, &seen).await? {
            own.extend([a, b]);
            other.extend([b, a]);
        }
        seen.insert(first);
    }
    let sql = "INSERT INTO wenbao.twins SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING";
    transaction.execute(sql, &[&own, &other]).await.map_err(fail)?;
    transaction.commit().await.map_err(fail)
}

/// Puts a document into the catalogue; false if its parts are not there any more.
async fn insert(
    transaction: &Transaction<'_>,
    first: i64,
    body: &Body,
    since: i64,
    shards: usize,
) -> Result<bool, tokio_postgres::Error> {
    let sql = "INSERT INTO wenbao.documents (id, path, sha256, bytes, recipe, meta, first_row, passages, sentences,
                   passage_tokens, sentence_tokens, characters, ingested_at, shard, since)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let (sentences, shard) = (body.of_sentences.len() as i32, shard_of(&body.id, shards) as i32);
    let statement = transaction.prepare_cached(sql).await?;
    transaction
        .execute(
            &statement,
            &[
                &body.id.0,
                &body.path,
                &body.sha256,
                &body.bytes,
                &body.made.recipe,
                &body.meta,
                &first,
                &body.passages(),
                &sentences,
                &body.of_passages.tokens,
                &body.of_sentences.tokens,
                &body.characters,
                &body.made.ingested_at,
                &shard,
                &since,
            ],
        )
        .await?;
    // A writer whose connection was lost for a while may have been taken for dead, and its parts been put away.
    let sql = "DELETE FROM wenbao.unsettled WHERE NOT removed AND first_row = $1";
    Ok(transaction.execute(sql, &[&first]).await? == 1)
}

/// Records that a content now lies elsewhere.
async fn relocate(database: &Database, id: &DocumentId, path: &str) -> Result<()> {
    let fail = |error: tokio_postgres::Error| said("recording a document's new path", &database.head().name, &error);
    let mut client = database.head().client().await?;
    let transaction = client.transaction().await.map_err(fail)?;
    let since = next_generation(&transaction).await.map_err(fail)?;
    gone(&transaction, "DELETE FROM wenbao.documents WHERE path = $1 AND id <> $2", &[&path, &id.0])
        .await
        .map_err(fail)?;
    let sql = "UPDATE wenbao.documents SET path = $1, since = $3 WHERE id = $2";
    transaction.execute(sql, &[&path, &id.0, &since]).await.map_err(fail)?;
    transaction.commit().await.map_err(fail)
}

async fn remove(database: &Database, id: &DocumentId) -> Result<bool> {
    let fail = |error: tokio_postgres::Error| said("removing a document", &database.head().name, &error);
    let mut client = database.head().client().await?;
    let transaction = client.transaction().await.map_err(fail)?;
    next_generation(&transaction).await.map_err(fail)?;
    let gone = gone(&transaction, "DELETE FROM wenbao.documents WHERE id = $1", &[&id.0]).await.map_err(fail)?;
    if gone.is_empty() {
        return Ok(false);
    }
    transaction.commit().await.map_err(fail)?;
    Ok(true)
}

/// Takes documents out of the catalogue; their parts are put away later. Their first rows.
async fn gone(
    transaction: &Transaction<'_>,
    delete: &str,
    parameters: &Parameters<'_>,
) -> Result<Vec<i64>, tokio_postgres::Error> {
    let sql = format!(
        "WITH gone AS ({delete} RETURNING first_row, greatest(passages, 1) AS rows, shard),
              noted AS (INSERT INTO wenbao.unsettled (first_row, end_row, shard, removed)
                        SELECT first_row, first_row + rows, shard, true FROM gone)
         SELECT first_row FROM gone"
    );
    Ok(transaction.query(&sql, parameters).await?.iter().map(|row| row.get(0)).collect())
}

/// Begins the next generation; others who do wait until this transaction has ended.
async fn next_generation(transaction: &Transaction<'_>) -> Result<i64, tokio_postgres::Error> {
    transaction.batch_execute(PATIENCE).await?;
    let sql = "UPDATE wenbao.state SET generation = generation + 1 RETURNING generation";
    Ok(transaction.query_one(sql, &[]).await?.get(0))
}
