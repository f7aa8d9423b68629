//! What can go wrong with an index, and the way out of it.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the index. Each message names what was being done to what, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no index in the folder.
    #[error(
        "no index in {}: run `wenbao ingest PATH` first (`wenbao quickstart` tries it on samples), or name its folder with --index",
        .0.display()
    )]
    Missing(PathBuf),
    /// Nothing was ever put into the databases.
    #[error("no documents are in {0} yet: `wenbao ingest PATH` puts some in")]
    Empty(String),
    /// The index holds vectors of another model; their inner products with this one's mean nothing.
    #[error(
        "the index in {} was made with model {made_with} ({made_with_print}), not with {asked} ({asked_print}): \
         use that model, or ingest into another folder with --index", .dir.display()
    )]
    OtherModel {
        /// The index.
        dir: PathBuf,
        /// Name of the model it was made with.
        made_with: String,
        /// Its fingerprint, shortened.
        made_with_print: String,
        /// Name of the model asked for.
        asked: String,
        /// Its fingerprint, shortened.
        asked_print: String,
    },
    /// The index was written by a newer version of the program.
    #[error("the index in {} has format {found}, this program reads up to {known}: use a newer wenbao, or another folder", .dir.display())]
    Newer {
        /// The index.
        dir: PathBuf,
        /// Its format.
        found: i64,
        /// The newest known format.
        known: i64,
    },
    /// Another process is writing.
    #[error("another process is writing to the index in {}: wait until it is done", .0.display())]
    Locked(PathBuf),
    /// The folder cannot be written to.
    #[error("cannot write to the index in {}: the folder is read-only; copy it elsewhere to change it", .0.display())]
    ReadOnly(PathBuf),
    /// Nothing is left on the disk (or of the quota).
    #[error("disk full while {doing} in {}: what was stored before is safe; make room and run the command again", .dir.display())]
    DiskFull {
        /// What was being done.
        doing: &'static str,
        /// The index.
        dir: PathBuf,
    },
    /// The source of truth is damaged.
    #[error("the index in {} is damaged ({detail}): restore a backup, or delete the folder and ingest again", .dir.display())]
    Damaged {
        /// The index.
        dir: PathBuf,
        /// What was found.
        detail: String,
    },
    /// SQLite refused.
    #[error("{doing} in {} failed: {source}", .dir.display())]
    Truth {
        /// What was being done.
        doing: &'static str,
        /// The index.
        dir: PathBuf,
        /// SQLite's own words.
        source: rusqlite::Error,
    },
    /// A file could not be read or written.
    #[error("{doing} {} failed: {source}", .path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// The lexical index refused.
    #[error("{doing} failed in the lexical index: {source}; `wenbao rebuild` makes it anew")]
    Lexical {
        /// What was being done.
        doing: &'static str,
        /// Tantivy's own words.
        source: Box<tantivy::TantivyError>,
    },
    /// A caller's vectors do not fit.
    #[error("{what}: expected {expected}, got {found}")]
    Shape {
        /// What was counted.
        what: &'static str,
        /// As it should be.
        expected: usize,
        /// As it is.
        found: usize,
    },
    /// A database that keeps a store does not answer, or not in time.
    #[error("{store} does not answer ({detail}): see that it runs and can be reached, then try again")]
    Unreachable {
        /// Its address.
        store: String,
        /// What happened.
        detail: String,
    },
    /// A database that keeps a store says no: a line with its cause and its way out.
    #[error("{0}")]
    Refused(String),
    /// A row that this generation does not hold.
    #[error("no passage in row {0} of this snapshot")]
    NoRow(u32),
    /// The system gives no threads.
    #[error("no threads to merge segments with: {0}; the index is whole, it is searched more slowly")]
    Threads(String),
    /// A path that cannot be used.
    #[error("{}: {problem}", .path.display())]
    Input {
        /// The path given.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl Error {
    /// Whether the cause is a full disk.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull { .. })
    }

    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { doing, dir: path.parent().unwrap_or(path).to_path_buf() }
            }
            _ => Self::File { doing, path: path.to_path_buf(), source },
        }
    }

    pub(crate) fn truth(doing: &'static str, dir: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| {
            use rusqlite::ErrorCode::{
                DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase, ReadOnly,
            };
            let dir = dir.to_path_buf();
            match source.sqlite_error_code() {
                Some(DiskFull) => Self::DiskFull { doing, dir },
                Some(DatabaseCorrupt | NotADatabase) => Self::Damaged { dir, detail: source.to_string() },
                Some(DatabaseBusy | DatabaseLocked) => Self::Locked(dir),
                Some(ReadOnly) => Self::ReadOnly(dir),
                _ => Self::Truth { doing, dir, source },
            }
        }
    }

    pub(crate) fn lexical(doing: &'static str) -> impl FnOnce(tantivy::TantivyError) -> Self {
        move |source| Self::Lexical { doing, source: Box::new(source) }
    }
}

/// The result of an operation on an index.
pub type Result<T, E = Error> = std::result::Result<T, E>;
