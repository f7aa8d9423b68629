//! Documents that come over HTTP: files kept on a shelf of their own, and read into the index by jobs.
//!
//! A file is written to the [`Shelf`] as it arrives, never held in memory, and named by its content there, so that two
//! files of one name do not meet. A [`Job`] then reads it as an ingest from the command line would. Only one job, or one
//! removal, writes to the index at a time; a long job gives way to others after every few files.

mod jobs;
mod shelf;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) use jobs::{Job, JobView, Jobs};
pub(crate) use shelf::{Incoming, Kept, Shelf};

use crate::engine::EngineError;
use crate::error::ApiError;
use crate::http::App;

/// What documents over HTTP may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadLimits {
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files of one request.
    pub request: u64,
    /// Files of one request.
    pub files: usize,
    /// Requests that send files at once.
    pub requests: usize,
    /// Jobs that wait or run.
    pub jobs: usize,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self { file: wenbao_report::Limits::default().file_bytes, request: 1 << 30, files: 1000, requests: 8, jobs: 16 }
    }
}

/// Where documents that come over HTTP go.
pub struct Library {
    pub(crate) shelf: Shelf,
    pub(crate) jobs: Jobs,
    pub(crate) limits: UploadLimits,
    /// Whose turn it is to write to the index: whoever waited for longest.
    turn: Arc<Semaphore>,
    receiving: Arc<Semaphore>,
}

impl Library {
    /// Keeps files in `folder`, which is made with the first of them.
    pub fn new(folder: PathBuf, limits: UploadLimits) -> Self {
        Self {
            shelf: Shelf::new(folder),
            jobs: Jobs::new(limits.jobs),
            limits,
            turn: Arc::new(Semaphore::new(1)),
            receiving: Arc::new(Semaphore::new(limits.requests)),
        }
    }

    /// A place among the requests that send files.
    pub(crate) fn receive(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.receiving)
            .try_acquire_owned()
            .map_err(|_| ApiError::busy("others are sending files at the moment; try again when they are done"))
    }

    /// Waits for the turn to write to the index.
    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turn).acquire_owned().await.ok()
    }

    /// Takes a document out of the index, and its file off the shelf if it came over HTTP; false if there is none. A file
    /// that was ingested from elsewhere stays where it is.
    pub(crate) async fn remove(self: &Arc<Self>, app: &App, id: String, limit: Duration) -> Result<bool, ApiError> {
        let Ok(Some(turn)) = tokio::time::timeout(limit, self.turn()).await else {
            return Err(ApiError::unavailable("others are writing to the index; try again in a moment"));
        };
        let (library, engine) = (Arc::clone(self), Arc::clone(&app.engine));
        let removed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let file = engine.remove(&id)?;
            if let Some(file) = &file {
                library.shelf.discard(file);
            }
            Ok::<_, EngineError>(file.is_some())
        });
        match removed.await {
            Ok(removed) => Ok(removed?),
            Err(_) => Err(crate::pool::Refused::Failed.into()),
        }
    }
}
