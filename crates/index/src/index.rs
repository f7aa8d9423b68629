//! A folder with an index: opening it, taking snapshots, becoming its writer.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use crate::snapshot::Snapshot;
use crate::truth::{self, Stamp, View};
use crate::writer::Writer;
use crate::{Error, ModelStamp, Result};

/// The name of the file that the writer holds locked. The system releases the lock when the process ends, however
/// it ends, so that a crash leaves no lock behind.
const LOCK: &str = "lock";

/// An index in a folder: many readers, one writer, in this and in other processes.
pub struct Index {
    dir: PathBuf,
    stamp: Stamp,
    state: Mutex<State>,
}

struct State {
    /// Asked for the generation; never inside a transaction.
    watch: Connection,
    newest: Option<Arc<Snapshot>>,
}

impl Index {
    /// Opens the index of this model, and makes it where there is none.
    ///
    /// # Errors
    /// [`Error::OtherModel`] for an index of another model, [`Error::Newer`] for one of a newer program.
    pub fn open(dir: &Path, model: &ModelStamp) -> Result<Self> {
        if !dir.join(truth::FILE).exists() {
            std::fs::create_dir_all(dir).map_err(Error::file("creating the index folder", dir))?;
            drop(truth::open_writer(dir, Some(model))?);
        }
        let index = Self::open_existing(dir)?;
        let made_with = &index.stamp.model;
        if made_with.fingerprint != model.fingerprint || made_with.dimensions != model.dimensions {
            let short = |print: &str| print.chars().take(12).collect();
            return Err(Error::OtherModel {
                dir: dir.to_path_buf(),
                made_with: made_with.name.clone(),
                made_with_print: short(&made_with.fingerprint),
                asked: model.name.clone(),
                asked_print: short(&model.fingerprint),
            });
        }
        Ok(index)
    }

    /// Opens an index whatever its model: to look at it, or to remove from it.
    pub fn open_existing(dir: &Path) -> Result<Self> {
        let (watch, stamp) = truth::open_reader(dir)?;
        Ok(Self { dir: dir.to_path_buf(), stamp, state: Mutex::new(State { watch, newest: None }) })
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The model of its vectors.
    pub fn model(&self) -> &ModelStamp {
        &self.stamp.model
    }

    /// The newest committed generation, whoever committed it. Cheap when nothing changed.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = truth::generation(&state.watch).map_err(Error::truth("reading the index", &self.dir))?;
        if let Some(newest) = &state.newest
            && newest.generation() == generation
        {
            return Ok(Arc::clone(newest));
        }
        let (connection, _) = truth::open_reader(&self.dir)?;
        let view = View::begin(connection, &self.dir)?;
        let snapshot = Arc::new(Snapshot::new(&self.dir, self.stamp.model.dimensions, view)?);
        state.newest = Some(Arc::clone(&snapshot));
        Ok(snapshot)
    }

    /// Becomes the writer.
    ///
    /// # Errors
    /// [`Error::Locked`] while another one writes, here or in another process.
    pub fn writer(&self) -> Result<Writer<'_>> {
        let path = self.dir.join(LOCK);
        let lock = File::options().create(true).write(true).truncate(false).open(&path).map_err(|source| {
            match source.kind() {
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    Error::ReadOnly(self.dir.clone())
                }
                _ => Error::file("opening the lock", &path)(source),
            }
        })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Locked(self.dir.clone())),
            Err(TryLockError::Error(source)) => return Err(Error::file("locking", &path)(source)),
        }
        let (connection, _) = truth::open_writer(&self.dir, None)?;
        Ok(Writer::new(self, connection, lock))
    }
}
