//! More databases for the documents that there are: each document goes to where its name says among all of them. One
//! document after the other, while others read and write; whoever is interrupted goes on with the same command.

use std::sync::atomic::{AtomicBool, Ordering};

use wenbao_index::{DocumentId, Error, Generation, Result};

use crate::body::{self, Body, PATIENCE};
use crate::database::Database;
use crate::error::said;
use crate::postgres::{Postgres, shard_of};
use crate::schema;
use crate::writer::next_generation;

/// A document on its way.
struct Move {
    id: DocumentId,
    first_row: i64,
    from: usize,
    to: usize,
}

impl Postgres {
    /// Takes the databases of the store's addresses that it does not know yet into it, and moves documents until each is
    /// where its name says. How many were moved; `tell` is told how many of all are.
    ///
    /// # Errors
    /// Databases that do not answer; one that has documents of its own.
    pub fn spread(&self, tell: &dyn Fn(usize, usize), cancel: &AtomicBool) -> Result<usize> {
        let newest = self.generation()?;
        let shards = self.database().shards.len();
        let moves: Vec<Move> = newest
            .catalogue()
            .entries()
            .iter()
            .map(|entry| Move {
                id: entry.record.id.clone(),
                first_row: i64::from(entry.record.first_row),
                from: entry.shard,
                to: shard_of(&entry.record.id, shards),
            })
            .filter(|wanted| wanted.from != wanted.to)
            .collect();
        let all = moves.len();
        let mut done = 0;
        for wanted in moves {
            if cancel.load(Ordering::Relaxed) {
                break;
            }
            // Removed meanwhile: then there is nothing to move.
            let Some(whole) = newest.whole(&wanted.id)? else { continue };
            let body = Body::new(&whole.as_new())?;
            let own = self.database().clone();
            self.database().wait(async move { relocate(&own, &wanted, &body).await })?;
            done += 1;
            tell(done, all);
        }
        Ok(done)
    }
}

/// Makes databases that are not part of a store a part of it.
pub(crate) async fn adopt(database: &Database) -> Result<()> {
    let fail = |error: tokio_postgres::Error| said("taking databases in", &database.head().name, &error);
    let head = schema::said_by(database, 0).await?;
    let Some(head) = head else {
        return Err(Error::Refused(format!(
            "no documents are in {} yet: there is nothing to spread",
            database.head().name
        )));
    };
    if head.shards > database.shards.len() {
        return Err(Error::Refused(format!(
            "the documents are spread over {} databases, {} are named: name all of them and the new ones",
            head.shards,
            database.shards.len()
        )));
    }
    schema::prepare(database, &head.model).await?;
    for shard in 1..database.shards.len() {
        let said = schema::said_by(database, shard).await?;
        if !said.is_some_and(|said| said.identity == head.identity && said.shard == shard) {
            let name = &database.shards[shard].name;
            return Err(Error::Refused(format!("{name} has documents of its own: name an empty database")));
        }
    }
    // The others are ready: now they count.
    let count = database.shards.len().to_string();
    let client = database.head().client().await?;
    client.execute("UPDATE wenbao.meta SET value = $1 WHERE key = 'shards'", &[&count]).await.map_err(fail).map(drop)
}

async fn relocate(database: &Database, wanted: &Move, body: &Body) -> Result<()> {
    let name = &database.head().name;
    let fail = |error: tokio_postgres::Error| said("moving a document", name, &error);
    let (first, past, to) = (wanted.first_row, wanted.first_row + body.rows(), wanted.to as i32);
    let mut client = database.head().client().await?;
    // In a generation of its own: whoever reads from now on passes the copy over until it is whole.
    let transaction = client.transaction().await.map_err(fail)?;
    next_generation(&transaction).await.map_err(fail)?;
    let sql = "INSERT INTO wenbao.unsettled VALUES ($1, $2, $3, false)
               ON CONFLICT (first_row, shard) DO UPDATE SET removed = false, since = now()";
    transaction.execute(sql, &[&first, &past, &to]).await.map_err(fail)?;
    transaction.commit().await.map_err(fail)?;
    body::replace(database, wanted.to, first, body).await?;
    let transaction = client.transaction().await.map_err(fail)?;
    let since = next_generation(&transaction).await.map_err(fail)?;
    transaction.batch_execute(PATIENCE).await.map_err(fail)?;
    let sql = "UPDATE wenbao.documents SET shard = $1, since = $2 WHERE id = $3 AND first_row = $4";
    let moved = transaction.execute(sql, &[&to, &since, &wanted.id.0, &first]).await.map_err(fail)?;
    // Replaced meanwhile: the copy is what nobody needs. Else the original is.
    let (left, kept) = if moved == 0 { (to, None) } else { (wanted.from as i32, Some(to)) };
    let sql = "INSERT INTO wenbao.unsettled VALUES ($1, $2, $3, true)
               ON CONFLICT (first_row, shard) DO UPDATE SET removed = true, since = now()";
    transaction.execute(sql, &[&first, &past, &left]).await.map_err(fail)?;
    if let Some(kept) = kept {
        let sql = "DELETE FROM wenbao.unsettled WHERE first_row = $1 AND shard = $2";
        transaction.execute(sql, &[&first, &kept]).await.map_err(fail)?;
    }
    transaction.commit().await.map_err(fail)
}
