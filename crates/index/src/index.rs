//! A folder with an index: opening it, taking snapshots, becoming its writer.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use crate::manifest::{self, Manifest};
use crate::rows::open_segments;
use crate::segment::Segment;
use crate::snapshot::{Cache, Snapshot, cache};
use crate::truth::{self, Stamp, View};
use crate::writer::Writer;
use crate::{Error, ModelStamp, Result};

/// The name of the file that the writer holds locked. The system releases the lock when the process ends, however
/// it ends, so that a crash leaves no lock behind.
const LOCK: &str = "lock";

/// How often a snapshot is begun again when a merge gets in between.
const ATTEMPTS: usize = 20;
const FUTURE: &str = "the derived parts are newer than the documents: these come from a backup";

/// An index in a folder: many readers, one writer, in this and in other processes.
pub struct Index {
    dir: PathBuf,
    stamp: Stamp,
    state: Mutex<State>,
    /// Outlives the snapshots: one commit more does not change what was stored before.
    cache: Cache,
}

struct State {
    /// Asked for the generation; never inside a transaction.
    watch: Connection,
    newest: Option<Arc<Snapshot>>,
    /// Segments of the newest that was given up: they are opened already.
    opened: Vec<Arc<Segment>>,
    /// The manifest that it was made with.
    mark: Option<(std::time::SystemTime, u64, u64)>,
}

impl Index {
    /// Opens the index of this model, and makes it where there is none.
    ///
    /// # Errors
    /// [`Error::OtherModel`] for an index of another model, [`Error::Newer`] for one of a newer program.
    pub fn open(dir: &Path, model: &ModelStamp) -> Result<Self> {
        let index = match Self::open_existing(dir) {
            // Also where another process has only just begun to make it: whoever is first fills in the tables.
            Err(Error::Missing(_)) => {
                std::fs::create_dir_all(dir).map_err(Error::file("creating the index folder", dir))?;
                drop(truth::open_writer(dir, Some(model))?);
                Self::open_existing(dir)?
            }
            opened => opened?,
        };
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
        index.repair();
        Ok(index)
    }

    /// Makes damaged or missing derived parts anew, if nobody else writes; else they are left out until somebody does.
    fn repair(&self) {
        let problems = self.problems();
        if problems.is_empty() {
            return;
        }
        for problem in problems {
            tracing::warn!("a derived part is damaged or missing: {problem}");
        }
        // Merges are left to the next who writes: opening should not take longer than it must.
        match self.writer().and_then(|writer| writer.finish_unless(&AtomicBool::new(true))) {
            Ok(()) => tracing::warn!("the derived parts were made anew"),
            Err(problem) => tracing::warn!("the derived parts could not be made anew: {problem}"),
        }
    }

    /// Why the derived parts cannot be used. A snapshot would say it too, but index in memory what they lack.
    fn problems(&self) -> Vec<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for attempt in 1.. {
            let mark = manifest::mark(&self.dir);
            let manifest = Manifest::load(&self.dir, &self.stamp.identity);
            // After the manifest: a commit in between makes the truth newer, which is as it should be.
            let Ok(generation) = truth::generation(&state.watch) else { return Vec::new() };
            let problems = match manifest {
                Ok(Some(manifest)) if manifest.generation > generation => vec![FUTURE.to_owned()],
                Ok(Some(manifest)) => {
                    let (opened, problems) =
                        open_segments(&self.dir, self.stamp.model.dimensions, &manifest.segments, &state.opened);
                    state.opened = opened;
                    problems
                }
                // They were removed, or a truth was copied back from a backup, or nothing was finished yet.
                Ok(None) if truth::holds_passages(&state.watch) => vec!["there is none at all".to_owned()],
                Ok(None) => Vec::new(),
                Err(problem) => vec![problem],
            };
            // A segment that vanished while it was opened was merged away: there is a newer manifest then.
            if problems.is_empty() || manifest::mark(&self.dir) == mark || attempt == ATTEMPTS {
                return problems;
            }
        }
        Vec::new()
    }

    /// The identity of its truth.
    pub(crate) fn identity(&self) -> &str {
        &self.stamp.identity
    }

    /// Opens an index whatever its model: to look at it, or to remove from it.
    pub fn open_existing(dir: &Path) -> Result<Self> {
        // Beside the opening of the model, which whoever opens an index does next; who ends before does not wait.
        std::thread::spawn(crate::terms::prepare);
        let (watch, stamp) = truth::open_reader(dir)?;
        if stamp.format < truth::FORMAT {
            // An older format is brought up to date by whoever opens it first; readers of a snapshot go on.
            let _lock = lock(dir)?;
            drop(truth::open_writer(dir, None)?);
        }
        Ok(Self {
            dir: dir.to_path_buf(),
            stamp,
            state: Mutex::new(State { watch, newest: None, opened: Vec::new(), mark: None }),
            cache: cache(),
        })
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
        let mark = manifest::mark(&self.dir);
        if let Some(newest) = &state.newest
            && newest.generation() == generation
            && state.mark == mark
        {
            return Ok(Arc::clone(newest));
        }
        for attempt in 1.. {
            // First the view, then the manifest: a merge in between is noticed by its generation.
            let (connection, _) = truth::open_reader(&self.dir)?;
            let view = View::begin(connection, &self.dir)?;
            let mark = manifest::mark(&self.dir);
            let manifest = Manifest::load(&self.dir, &self.stamp.identity)
                .map(|found| found.unwrap_or_else(|| Manifest::empty(&self.stamp.identity)));
            let newer = manifest.as_ref().is_ok_and(|manifest| manifest.generation > view.generation);
            if newer && attempt < ATTEMPTS {
                continue;
            }
            // A backup put in place of a newer truth: derived parts from its future do not fit it.
            let manifest = if newer { Err(FUTURE.to_owned()) } else { manifest };
            let before = state.newest.as_ref().map_or_else(|| state.opened.clone(), |newest| newest.opened());
            // A backup put in place of a newer truth may have given the same rows to others.
            let earlier = state.newest.as_ref().filter(|newest| newest.generation() <= view.generation);
            let known = earlier.map_or(&[][..], |newest| newest.documents());
            let snapshot = Snapshot::new(
                &self.dir,
                self.stamp.model.dimensions,
                view,
                manifest,
                &before,
                known,
                Arc::clone(&self.cache),
            )?;
            // A segment that vanished while it was opened was merged away: there is a newer manifest then.
            if !snapshot.problems().is_empty() && manifest::mark(&self.dir) != mark && attempt < ATTEMPTS {
                continue;
            }
            for problem in snapshot.problems() {
                tracing::warn!("a derived part is damaged and left out until it is made anew: {problem}");
            }
            state.newest = Some(Arc::new(snapshot));
            state.opened.clear();
            state.mark = mark;
            break;
        }
        state.newest.clone().ok_or_else(|| Error::Missing(self.dir.clone()))
    }

    /// Gives up the newest snapshot if nobody else has it: as long as its view is held, the truth's log only grows.
    pub(crate) fn forget(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(newest) = state.newest.take_if(|newest| Arc::strong_count(newest) == 1) {
            state.opened = newest.opened();
        }
    }

    /// Becomes the writer.
    ///
    /// # Errors
    /// [`Error::Locked`] while another one writes, here or in another process.
    pub fn writer(&self) -> Result<Writer<'_>> {
        let lock = lock(&self.dir)?;
        let (connection, _) = truth::open_writer(&self.dir, None)?;
        self.forget();
        Ok(Writer::new(self, connection, lock))
    }
}

/// Takes the writer's lock.
fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(LOCK);
    let lock =
        File::options().create(true).write(true).truncate(false).open(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Error::ReadOnly(dir.to_path_buf())
            }
            _ => Error::file("opening the lock", &path)(source),
        })?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(dir.to_path_buf())),
        Err(TryLockError::Error(source)) => Err(Error::file("locking", &path)(source)),
    }
}
