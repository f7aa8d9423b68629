//! The store itself.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::try_join_all;
use wenbao_index::{
    DocumentId, Error, Generation, ModelStamp, Recent, Result, SegmentStatus, Status, Store, StoreWriter, Verification,
};

use crate::body::{Body, DERIVED, TRUE, rewrite};
use crate::catalogue::Catalogue;
use crate::database::{Database, Options, Stamp};
use crate::error::said;
use crate::generation::{Kept, Newest};
use crate::search::table;
use crate::writer::PostgresWriter;
use crate::{schema, spread, verify};

/// Passages kept with their vectors at most: some 80 MB.
const CACHE: usize = 8_192;
/// Tables of the catalogue, which the first database has beside its share.
const CATALOGUE: [&str; 2] = ["documents", "twins"];

/// Documents in one PostgreSQL database, or in several.
pub struct Postgres {
    database: Arc<Database>,
    stamp: Stamp,
    newest: Mutex<Option<Arc<Newest>>>,
    /// The newest without the databases that were silent when it was last asked for.
    part: Mutex<Option<Arc<Newest>>>,
    kept: Kept,
}

impl Postgres {
    /// Opens the store of this model in the databases of these addresses, and makes it where there is none.
    ///
    /// # Errors
    /// Databases that do not answer or are of another store; another model.
    pub fn open(addresses: &[String], options: Options, model: &ModelStamp) -> Result<Self> {
        let database = Arc::new(Database::new(addresses, options)?);
        let (own, wanted) = (Arc::clone(&database), model.clone());
        let stamp = database.wait(async move {
            schema::prepare_if_needed(&own, &wanted).await?;
            schema::stamp(&own).await
        })?;
        let made_with = &stamp.model;
        if made_with.fingerprint != model.fingerprint || made_with.dimensions != model.dimensions {
            let short = |print: &str| print.chars().take(12).collect::<String>();
            return Err(Error::Refused(format!(
                "the documents in {} were put in with model {} ({}), not with {} ({}): use that model, or another database",
                database.name,
                made_with.name,
                short(&made_with.fingerprint),
                model.name,
                short(&model.fingerprint)
            )));
        }
        Ok(Self::new(database, stamp))
    }

    /// Opens a store whatever its model: to look at it, or to remove from it.
    ///
    /// # Errors
    /// Databases that hold no documents, do not answer, or are of different stores.
    pub fn existing(addresses: &[String], options: Options) -> Result<Self> {
        let database = Arc::new(Database::new(addresses, options)?);
        // Beside the opening of the model, as the index in a folder does.
        std::thread::spawn(wenbao_index::terms::prepare);
        let own = Arc::clone(&database);
        let stamp = database.wait(async move { schema::stamp(&own).await })?;
        Ok(Self::new(database, stamp))
    }

    fn new(database: Arc<Database>, stamp: Stamp) -> Self {
        Self { database, stamp, newest: Mutex::default(), part: Mutex::default(), kept: Arc::new(Recent::new(CACHE)) }
    }

    /// Opens a store together with databases that shall be part of it: for [`Self::spread`].
    ///
    /// # Errors
    /// As for [`Self::existing`].
    pub fn with_more(addresses: &[String], options: Options) -> Result<Self> {
        let database = Arc::new(Database::new(addresses, options)?);
        let own = Arc::clone(&database);
        let stamp = database.wait(async move {
            spread::adopt(&own).await?;
            schema::stamp(&own).await
        })?;
        Ok(Self::new(database, stamp))
    }

    pub(crate) fn database(&self) -> &Arc<Database> {
        &self.database
    }

    pub(crate) fn generation(&self) -> Result<Arc<Newest>> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let (own, before) = (Arc::clone(&self.database), newest.as_ref().map(|newest| Arc::clone(newest.catalogue())));
        let read = self.database.wait(async move {
            let sql = "SELECT generation FROM wenbao.state";
            let state = own.query(0, "reading the documents", sql, &[]).await?;
            let generation = state.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs());
            if before.as_ref().is_some_and(|before| before.generation == generation) {
                return Ok(None);
            }
            Catalogue::read(&own, before.as_deref()).await.map(Some)
        })?;
        match (&*newest, read) {
            (Some(same), None) => Ok(Arc::clone(same)),
            (_, Some(catalogue)) => {
                let new = Arc::new(Newest::new(Arc::clone(&self.database), catalogue, Arc::clone(&self.kept)));
                *newest = Some(Arc::clone(&new));
                Ok(new)
            }
            (None, None) => Err(Error::Refused(format!("{} says nothing of its documents", self.database.name))),
        }
    }
}

impl Store for Postgres {
    fn model(&self) -> &ModelStamp {
        &self.stamp.model
    }

    fn place(&self) -> String {
        self.database.name.clone()
    }

    fn folder(&self) -> Option<&Path> {
        None
    }

    fn newest(&self) -> Result<Arc<dyn Generation>> {
        Ok(self.generation()?)
    }

    fn reachable(&self) -> Result<Arc<dyn Generation>> {
        let whole = self.generation()?;
        let own = Arc::clone(&self.database);
        let silent = self.database.wait(async move { own.silent().await })?;
        if silent.is_empty() {
            return Ok(whole);
        }
        // One value as long as it is the same, as of the whole: what is derived of it is made once.
        let mut part = self.part.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |part: &&Arc<Newest>| {
            part.catalogue().silent == silent && part.catalogue().generation == whole.catalogue().generation
        };
        if let Some(same) = part.as_ref().filter(same) {
            return Ok(Arc::clone(same) as Arc<dyn Generation>);
        }
        Ok(Arc::clone(part.insert(Arc::new(whole.without(silent)))) as Arc<dyn Generation>)
    }

    fn writing(&self) -> Result<Box<dyn StoreWriter + '_>> {
        Ok(Box::new(PostgresWriter::new(Arc::clone(&self.database), self.stamp.model.clone())?))
    }

    fn status(&self) -> Result<Status> {
        let newest = self.generation()?;
        let own = Arc::clone(&self.database);
        let (sizes, graphs) = self.database.wait(async move {
            let truth: Vec<&str> = TRUE.iter().chain(&CATALOGUE).copied().collect();
            let sizes = (bytes(&own, &truth).await?, bytes(&own, &DERIVED).await?);
            let sql = "SELECT to_regclass('wenbao.' || grain || '_graph') IS NOT NULL
                       FROM unnest(ARRAY['passage', 'sentence']) WITH ORDINALITY AS g(grain, at) ORDER BY at";
            Ok((sizes, own.query_all("looking at the graphs", sql, &[]).await?))
        })?;
        let catalogue = newest.catalogue();
        let segments = self.database.shards.iter().zip(&graphs).enumerate().map(|(shard, (database, graphs))| {
            let own = || catalogue.entries().iter().filter(|entry| entry.shard == shard);
            let passages = own().map(|entry| entry.record.passages).sum();
            let graph = |at: usize| graphs.get(at).is_some_and(|row| row.get(0));
            SegmentStatus {
                name: Some(database.name.clone()),
                passages,
                living: passages,
                sentences: own().map(|entry| entry.sentences as usize).sum(),
                graphs: (graph(0), graph(1)),
            }
        });
        let segments: Vec<SegmentStatus> = segments.collect();
        Ok(Status {
            model: self.stamp.model.clone(),
            generation: catalogue.generation,
            documents: catalogue.documents.len(),
            passages: newest.len(),
            sentences: segments.iter().map(|segment| segment.sentences).sum(),
            truth_bytes: sizes.0,
            derived_bytes: sizes.1,
            segments,
            problems: Vec::new(),
        })
    }

    fn verify(&self) -> Result<Verification> {
        verify::verify(&self.database, &*self.generation()?)
    }

    fn rebuild(&self) -> Result<()> {
        let newest = self.generation()?;
        for entry in newest.catalogue().entries() {
            let Some(whole) = newest.whole(&entry.record.id)? else { continue };
            let body = Body::new(&whole.as_new())?;
            let (own, entry) = (Arc::clone(&self.database), Arc::clone(entry));
            self.database
                .wait(async move { rewrite(&own, entry.shard, i64::from(entry.record.first_row), &body).await })?;
        }
        let (own, dimensions) = (Arc::clone(&self.database), self.stamp.model.dimensions);
        self.database.wait(async move { finish(&own, dimensions).await })
    }

    fn backup(&self, _: &Path) -> Result<()> {
        Err(Error::Refused(format!(
            "{} is backed up as databases are: with pg_basebackup or pg_dump, the first database last (docs/SCALE.md)",
            self.database.name
        )))
    }
}

/// The database that a document belongs to: by its name, which is a hash already.
pub(crate) fn shard_of(id: &DocumentId, shards: usize) -> usize {
    let number = id.0.get(..8).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    // What has no such name is no content's: it goes by its bytes.
    let number = number.unwrap_or_else(|| id.0.bytes().fold(0, |sum, byte| sum * 31 % 0xffff_fffb + u64::from(byte)));
    (number % shards.max(1) as u64) as usize
}

/// Leaves the tables in order after much was written: statistics for the planner, and graphs where they are wanted.
pub(crate) async fn finish(database: &Database, dimensions: usize) -> Result<()> {
    try_join_all(database.shards.iter().map(async |shard| {
        let fail = |error: tokio_postgres::Error| said("putting the tables in order", &shard.name, &error);
        // With time of its own: the connection is not given back.
        let client = deadpool_postgres::Object::take(shard.client().await?);
        client.batch_execute("SET statement_timeout = 0").await.map_err(fail)?;
        if database.options.approximate {
            for grain in [wenbao_index::Grain::Passage, wenbao_index::Grain::Sentence] {
                let table = table(grain);
                let sql = format!("SELECT to_regclass('wenbao.{table}_graph') IS NULL");
                // Who may only write rows finds it made, by whoever owns the tables.
                if !client.query_one(&sql, &[]).await.map_err(fail)?.get::<_, bool>(0) {
                    continue;
                }
                let sql = format!(
                    "CREATE INDEX IF NOT EXISTS {table}_graph ON wenbao.{table}_entries
                     USING hnsw ((v::halfvec({dimensions})) halfvec_ip_ops) WITH (m = 32, ef_construction = 200)"
                );
                client.batch_execute(&sql).await.map_err(fail)?;
            }
        }
        for table in DERIVED.iter().chain(&TRUE) {
            client.batch_execute(&format!("ANALYZE wenbao.{table}")).await.map_err(fail)?;
        }
        Ok(())
    }))
    .await
    .map(drop)
}

/// Bytes of tables, in all databases together.
async fn bytes(database: &Database, tables: &[&str]) -> Result<u64> {
    let sql = "SELECT coalesce(sum(pg_total_relation_size(to_regclass('wenbao.' || name))), 0)::bigint
               FROM unnest($1::text[]) AS t(name)";
    let sizes = database.query_all("measuring tables", sql, &[&tables]).await?;
    Ok(sizes.iter().flatten().map(|row| row.get::<_, i64>(0).unsigned_abs()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_spread_evenly_and_always_the_same_way() {
        let ids: Vec<DocumentId> = (0..3_000u64)
            .map(|n| DocumentId(format!("{:012x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16)))
            .collect();
        let mut counts = [0; 3];
        ids.iter().for_each(|id| counts[shard_of(id, 3)] += 1);
        assert!(counts.iter().all(|&count| count > 800), "{counts:?}");
        assert_eq!(shard_of(&DocumentId("5fad7b0a6e39".into()), 3), (0x5fad_7b0a_u64 % 3) as usize);
        assert_eq!(shard_of(&DocumentId("不是".into()), 1), 0);
    }
}
