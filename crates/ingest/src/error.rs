//! What ends an ingest. What is wrong with one file does not: it is a line of [`crate::Report::failures`].

use std::path::PathBuf;

/// An error of a whole run. Each message names the cause and the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing to ingest.
    #[error("{}: {problem}", .path.display())]
    Input {
        /// The path given.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The index refused.
    #[error(transparent)]
    Index(#[from] wenbao_index::Error),
    /// The encoder failed.
    #[error("embedding failed: {0}")]
    Encode(String),
    /// The system gives no threads.
    #[error("no threads to read files with: {0}; end other programs, or raise the limit of processes")]
    Threads(std::io::Error),
}

/// The result of an ingest.
pub type Result<T, E = Error> = std::result::Result<T, E>;
