//! More databases for the documents that there are: each document goes to where its name says among all of them. A few at
//! a time they are put anew, as an ingest would put it in place of itself: so readers see it in the one place or in the other, and
//! whoever is interrupted goes on with the same command.

use std::sync::atomic::{AtomicBool, Ordering};

use wenbao_index::store::Whole;
use wenbao_index::{Error, Generation, Result, Store};

use crate::database::Database;
use crate::error::said;
use crate::postgres::{Postgres, shard_of};
use crate::schema;

/// Documents moved in one transaction.
const TOGETHER: usize = 8;

impl Postgres {
    /// Moves documents until each is in the database that its name says. How many were moved; `tell` is told how many of
    /// all are. A document that moves gets rows after all others', like one that is ingested anew.
    ///
    /// # Errors
    /// Databases that do not answer.
    pub fn spread(&self, tell: &dyn Fn(usize, usize), cancel: &AtomicBool) -> Result<usize> {
        let newest = self.generation()?;
        let shards = self.database().shards.len();
        let misplaced: Vec<_> = newest
            .catalogue()
            .entries()
            .iter()
            .filter(|entry| entry.shard != shard_of(&entry.record.id, shards))
            .map(|entry| entry.record.id.clone())
            .collect();
        let mut writer = self.writing()?;
        let mut done = 0;
        for together in misplaced.chunks(TOGETHER) {
            if cancel.load(Ordering::Relaxed) {
                break;
            }
            // Of the newest generation: what was removed or replaced meanwhile must not come back.
            let newest = self.generation()?;
            let whole: Vec<Option<Whole>> = together.iter().map(|id| newest.whole(id)).collect::<Result<_>>()?;
            writer.put_all(&whole.iter().flatten().map(Whole::as_new).collect::<Vec<_>>())?;
            done += together.len();
            tell(done, misplaced.len());
        }
        writer.finish_unless(cancel)?;
        Ok(done)
    }
}

/// Makes databases that are not part of a store a part of it.
pub(crate) async fn adopt(database: &Database) -> Result<()> {
    let name = |shard: usize| &database.shards[shard].name;
    let Some(head) = schema::said_by(database, 0).await? else {
        return Err(Error::Refused(format!("no documents are in {} yet: there is nothing to spread", name(0))));
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
            return Err(Error::Refused(format!("{} has documents of its own: name an empty database", name(shard))));
        }
    }
    // All are ready: now they count.
    let count = database.shards.len().to_string();
    let sql = "UPDATE wenbao.meta SET value = $1 WHERE key = 'shards'";
    let client = database.head().client().await?;
    client.execute(sql, &[&count]).await.map_err(|e| said("taking databases in", name(0), &e)).map(drop)
}
