//! Files that wait to be read, so that several machines embed at once. A worker's claim is a row that its transaction has
//! locked: others skip it, and if the worker dies the database gives it to the next.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use deadpool_postgres::{ClientWrapper, Object};
use wenbao_index::{Result, path_text, text_path};

use crate::database::Database;
use crate::error::said;
use crate::postgres::Postgres;

/// How many files wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Those that somebody will read, or reads now.
    pub files: usize,
    /// Those that could not be read.
    pub failed: usize,
}

/// A file that is this worker's, until the claim is given up or ended.
pub struct Claim {
    database: Arc<Database>,
    /// A transaction that ends with its connection.
    client: ClientWrapper,
    number: i64,
    path: PathBuf,
}

impl Postgres {
    /// Puts files to the end of the queue; one that could not be read before is tried again. How many are new.
    ///
    /// # Errors
    /// A database that does not answer.
    pub fn enqueue(&self, files: &[PathBuf]) -> Result<usize> {
        let (own, paths) = (self.database().clone(), files.iter().map(|file| path_text(file)).collect::<Vec<String>>());
        self.database().wait(async move {
            // A file that a worker has in hand is left alone, and not waited for.
            let sql = "WITH again AS (UPDATE wenbao.queue SET problem = NULL
                                      WHERE path = ANY ($1) AND problem IS NOT NULL RETURNING number),
                            new AS (INSERT INTO wenbao.queue (path)
                                    SELECT path FROM unnest($1::text[]) WITH ORDINALITY AS q(path, at) ORDER BY at
                                    ON CONFLICT (path) DO NOTHING RETURNING number)
                       SELECT number FROM again UNION ALL SELECT number FROM new";
            Ok(own.query(0, "putting files into the queue", sql, &[&paths]).await?.len())
        })
    }

    /// How many files wait.
    ///
    /// # Errors
    /// A database that does not answer.
    pub fn waiting(&self) -> Result<Waiting> {
        let own = self.database().clone();
        self.database().wait(async move {
            let sql = "SELECT count(*) FILTER (WHERE problem IS NULL), count(problem) FROM wenbao.queue";
            let rows = own.query(0, "looking at the queue", sql, &[]).await?;
            let count = |at: usize| rows.first().map_or(0, |row| row.get::<_, i64>(at).unsigned_abs() as usize);
            Ok(Waiting { files: count(0), failed: count(1) })
        })
    }

    /// The next file that no other worker has; none where there is none.
    ///
    /// # Errors
    /// A database that does not answer.
    pub fn claim(&self) -> Result<Option<Claim>> {
        let own = self.database().clone();
        self.database().wait(async move {
            let fail = |error: tokio_postgres::Error| said("taking a file from the queue", &own.head().name, &error);
            let client = Object::take(own.head().client().await?);
            // A file takes as long as it takes; a worker that is gone is noticed by its connection.
            client.batch_execute("SET statement_timeout = '10min'; BEGIN").await.map_err(fail)?;
            let sql = "SELECT number, path FROM wenbao.queue WHERE problem IS NULL
                       ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED";
            let row = client.query_opt(sql, &[]).await.map_err(fail)?;
            let claim = row.map(|row| (row.get(0), text_path(row.get(1))));
            let database = Arc::clone(&own);
            Ok(claim.map(|(number, path)| Claim { database, client, number, path }))
        })
    }
}

impl Claim {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes it off the queue: it is stored. With a problem it stays there for somebody who looks.
    ///
    /// # Errors
    /// A database that does not answer: then the file comes to another worker, who finds it stored.
    pub fn end(self, problem: Option<String>) -> Result<()> {
        let Self { database, client, number, .. } = self;
        let own = Arc::clone(&database);
        database.wait(async move {
            let fail = |error: tokio_postgres::Error| said("taking a file off the queue", &own.head().name, &error);
            match problem {
                None => client.execute("DELETE FROM wenbao.queue WHERE number = $1", &[&number]).await,
                Some(problem) => {
                    let sql = "UPDATE wenbao.queue SET problem = $2 WHERE number = $1";
                    client.execute(sql, &[&number, &problem]).await
                }
            }
            .map_err(fail)?;
            client.batch_execute("COMMIT").await.map_err(fail)
        })
    }
}
