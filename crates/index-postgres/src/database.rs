//! The databases together, and the threads that talk to them.

use std::future::Future;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use wenbao_index::{Error, ModelStamp, Result};

use crate::connect::Shard;
use crate::error::said;

/// Threads that wait for databases; they compute next to nothing.
const THREADS: usize = 2;
/// Longer than any statement may take: a server that says nothing at all.
const SILENCE: Duration = Duration::from_secs(5);

/// How soon a database must say that it is there, where the others are asked without it.
const PRESENCE: Duration = Duration::from_secs(2);

/// How databases are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Find vectors by a graph (HNSW) instead of looking at all of them.
    pub approximate: bool,
    /// How long one search may take in a database.
    pub deadline: Duration,
    /// Connections to each database at most.
    pub connections: usize,
    /// Open a store although some of its databases do not answer; the first must.
    pub partial: bool,
    /// File of the certificates (PEM) by which a server's own is judged; none: those of the public authorities.
    pub authority: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { approximate: false, deadline: Duration::from_secs(10), connections: 16, partial: false, authority: None }
    }
}

/// What a store's databases say of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The model of the vectors.
    pub model: ModelStamp,
    /// Drawn when the store was made: databases of another store are told by it.
    pub identity: String,
}

/// The databases of a store.
pub(crate) struct Database {
    /// The first has the catalogue.
    pub shards: Vec<Shard>,
    pub options: Options,
    /// All addresses, without passwords.
    pub name: String,
    /// Taken out when it is dropped, so that nothing waits for it.
    runtime: Option<tokio::runtime::Runtime>,
}

/// Parameters of a statement.
pub(crate) type Parameters<'a> = [&'a (dyn ToSql + Sync)];

impl Database {
    pub fn new(addresses: &[String], options: Options) -> Result<Self> {
        if addresses.is_empty() {
            return Err(Error::Refused("no database is named: postgres://USER@HOST/NAME is an address".to_owned()));
        }
        let shards = addresses.iter().map(|address| Shard::new(address, &options)).collect::<Result<Vec<_>>>()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("postgres")
            .enable_all()
            .build()
            .map_err(|e| Error::Threads(e.to_string()))?;
        let name = shards.iter().map(|shard| shard.name.as_str()).collect::<Vec<_>>().join(", ");
        Ok(Self { shards, options, name, runtime: Some(runtime) })
    }

    /// The database with the catalogue.
    pub fn head(&self) -> &Shard {
        &self.shards[0]
    }

    /// Does the work on the threads that talk to databases, and waits for it, whatever thread this is.
    pub fn wait<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        let (sender, receiver) = sync_channel(1);
        let Some(runtime) = &self.runtime else { return Err(ended()) };
        runtime.spawn(async move {
            // Nobody listens any more: then nobody needs it.
            let _ = sender.send(work.await);
        });
        receiver.recv().map_err(|_| ended())?
    }

    /// The rows of a statement in one database, in no more time than it may take.
    pub async fn query(&self, shard: usize, doing: &str, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>> {
        let shard = &self.shards[shard];
        let work = async {
            let client = shard.client().await?;
            let statement = client.prepare_cached(sql).await.map_err(|e| said(doing, &shard.name, &e))?;
            client.query(&statement, parameters).await.map_err(|e| said(doing, &shard.name, &e))
        };
        match tokio::time::timeout(self.options.deadline + SILENCE, work).await {
            Ok(rows) => rows,
            Err(_) => Err(Error::Unreachable { store: shard.name.clone(), detail: format!("{doing} took too long") }),
        }
    }

    /// The databases that do not answer now.
    pub async fn silent(&self) -> Result<Vec<usize>> {
        let asked = join_all((0..self.shards.len()).map(async |shard| {
            let answer = self.query(shard, "asking whether it is there", "SELECT 1", &[]);
            match tokio::time::timeout(PRESENCE, answer).await {
                Ok(Ok(_)) => Ok(None),
                Err(_) | Ok(Err(Error::Unreachable { .. })) => Ok(Some(shard)),
                Ok(Err(other)) => Err(other),
            }
        }));
        let silent: Result<Vec<Option<usize>>> = asked.await.into_iter().collect();
        Ok(silent?.into_iter().flatten().collect())
    }

    /// The rows of a statement in all databases at once, one list a database. One that does not answer fails all.
    pub async fn query_all(&self, doing: &str, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Vec<Row>>> {
        try_join_all((0..self.shards.len()).map(|shard| self.query(shard, doing, sql, parameters))).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn ended() -> Error {
    Error::Refused("the threads that talk to the database have ended: this is a fault of the program".to_owned())
}
