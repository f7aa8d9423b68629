//! One ingest, from paths to a report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use wenbao_index::Store as Documents;

use crate::store::Store;
use crate::walk::{Place, Walk};
use crate::workers::{Item, Shared, TICK, Workers};
use crate::{Encode, Error, Reader, Result};

/// Threads that read, at most: the embedding is slower than they are.
const MOST_WORKERS: usize = 4;
/// How long threads that read are waited for at the end.
const LEAVE: Duration = Duration::from_millis(500);
/// Places found ahead of the reading.
const FOUND: usize = 4096;

/// Where an ingest stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Files looked at, this one included.
    pub file: usize,
    /// Files found so far: it grows as more are found.
    pub files: usize,
    /// The file at hand.
    pub path: PathBuf,
    /// Passages embedded so far, in all files.
    pub passages_done: usize,
    /// Passages of the files read so far: it grows as more are read.
    pub passages_total: usize,
    /// Passages embedded a second, on average.
    pub passages_per_second: f64,
}

/// What an ingest did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Documents stored for the first time.
    pub added: usize,
    /// Documents that took the place of an older one of the same path.
    pub replaced: usize,
    /// Files whose content is in the index already.
    pub unchanged: usize,
    /// Passages embedded and stored.
    pub passages: usize,
    /// Links to folders that were not followed.
    pub links: usize,
    /// Files that could not be read, and folders that could not be looked into, each with one line that says why.
    pub failures: Vec<(PathBuf, String)>,
    /// What of the documents stored could not be read, each with its document; it is stored with them.
    pub warnings: Vec<(PathBuf, String)>,
    /// Whether it was stopped before the end; what was stored until then stays.
    pub cancelled: bool,
}

/// An ingest of files and folders into a store.
pub struct Ingest<'a> {
    /// Where to.
    pub index: &'a dyn Documents,
    /// What makes the vectors.
    pub encoder: &'a dyn Encode,
    /// What reads the files.
    pub reader: Arc<dyn Reader>,
    /// Whether links to folders are followed, below the folders given.
    pub follow: bool,
}

impl Ingest<'_> {
    /// Ingests files and folders (recursively, in order of names, hidden files and the index itself left out). Files whose
    /// content is in the index already are skipped; a file with new content takes the place of what came from its path. A bad
    /// file is a line in [`Report::failures`], the others go on. After `cancel` is set it ends within two seconds,
    /// whatever disk or file it waits for, and loses no document that was embedded.
    ///
    /// # Errors
    /// A path that does not exist or a folder without files; an index that cannot be written; an encoder that fails.
    pub fn run(&self, paths: &[PathBuf], progress: &(dyn Fn(Progress) + Sync), cancel: &AtomicBool) -> Result<Report> {
        let writer = self.index.writing()?;
        let mut known = writer.stored()?;
        let held = known.values().map(|(_, path)| path.clone()).collect();
        if self.reader.reads_pictures() {
            // Pages that waited for an OCR are read now that there is one.
            let newest = self.index.newest()?;
            known.retain(|_, (id, _)| !newest.document(id).is_some_and(|d| d.meta.waits_for_ocr()));
        }
        let shared = Arc::new(Shared {
            reader: Arc::clone(&self.reader),
            known,
            passages: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let found = Arc::new(AtomicUsize::new(0));
        let mut run = Run {
            places: self.walk(paths, &shared, &found)?,
            shared: Arc::clone(&shared),
            found,
            progress,
            cancel,
            file: 0,
            done: 0,
            began: Instant::now(),
            report: Report::default(),
        };
        let mut store = Store::new(self.encoder, cancel, writer, held);
        let outcome = run.all(&mut store);
        // Threads that wait for a disk may be there longer than the run: they are told, and hardly waited for.
        shared.stop.store(true, Ordering::Relaxed);
        let Run { places, shared: own, mut report, .. } = run;
        drop((places, own));
        // What was embedded is stored, whatever happened after, and its derived parts are made.
        let stored = store.flush();
        (report.added, report.replaced, report.passages) = (store.added, store.replaced, store.passages);
        report.cancelled |= cancel.load(Ordering::Relaxed);
        let finished = store.finish();
        leave(&shared);
        outcome?;
        stored?;
        finished?;
        Ok(report)
    }

    /// Looks for files in a thread of its own, which nobody waits for: a folder may lie on a disk that does not answer.
    fn walk(&self, paths: &[PathBuf], shared: &Arc<Shared>, found: &Arc<AtomicUsize>) -> Result<Receiver<Place>> {
        let (sender, places) = sync_channel(FOUND);
        let (paths, follow, index) = (paths.to_vec(), self.follow, self.index.folder().map(Path::to_path_buf));
        let (shared, found) = (Arc::clone(shared), Arc::clone(found));
        let walk = move || {
            let mut tell = |place: Place| {
                if !matches!(place, Place::Link) {
                    found.fetch_add(1, Ordering::Relaxed);
                }
                !shared.stop.load(Ordering::Relaxed) && sender.send(place).is_ok()
            };
            Walk::new(follow, index.as_deref(), &mut tell).all(&paths);
        };
        std::thread::Builder::new().name("walk".to_owned()).spawn(walk).map_err(Error::Threads)?;
        Ok(places)
    }
}

/// Gives threads that read a moment to end the processes that read for them: nobody else would, if this one ends now.
fn leave(shared: &Arc<Shared>) {
    let began = Instant::now();
    while Arc::strong_count(shared) > 1 && began.elapsed() < LEAVE {
        std::thread::sleep(Duration::from_millis(2));
    }
}

struct Run<'a> {
    places: Receiver<Place>,
    shared: Arc<Shared>,
    /// Files found.
    found: Arc<AtomicUsize>,
    progress: &'a (dyn Fn(Progress) + Sync),
    cancel: &'a AtomicBool,
    /// Files looked at.
    file: usize,
    /// Passages embedded.
    done: usize,
    began: Instant,
    report: Report,
}

impl Run<'_> {
    fn all(&mut self, store: &mut Store<'_, '_>) -> Result<()> {
        let count = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
        let mut workers = Workers::start(Arc::clone(&self.shared), count)?;
        let mut walking = true;
        while !self.cancel.load(Ordering::Relaxed) {
            while walking && !workers.is_full() {
                // Only where there is nothing else to do.
                let wait = if workers.is_empty() { TICK } else { Duration::ZERO };
                match self.places.recv_timeout(wait) {
                    Ok(Place::File(path)) => workers.put(path),
                    Ok(Place::Failed(path, problem)) => workers.put_failed(path, problem),
                    Ok(Place::Link) => self.report.links += 1,
                    Ok(Place::Nothing(path, problem)) => return Err(Error::Input { path, problem }),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => walking = false,
                }
            }
            match workers.next(self.cancel)? {
                Some(item) => self.item(item, store)?,
                None if workers.is_empty() && !walking => break,
                None => {}
            }
        }
        Ok(())
    }

    fn item(&mut self, item: Item, store: &mut Store<'_, '_>) -> Result<()> {
        self.file += 1;
        self.document(item, store)
    }

    fn document(&mut self, item: Item, store: &mut Store<'_, '_>) -> Result<()> {
        match item {
            Item::Several(items) => {
                for item in items {
                    if self.cancel.load(Ordering::Relaxed) {
                        break;
                    }
                    self.document(item, store)?;
                }
            }
            Item::Failed { path, problem } => self.report.failures.push((path, problem)),
            Item::Unchanged { path, id, stored_path } => {
                store.unchanged(&id, &stored_path, &path)?;
                self.report.unchanged += 1;
                self.tell(&path);
            }
            Item::Read { source, .. } if store.is_known(&source) => self.report.unchanged += 1,
            Item::Read { source, document } => {
                let (path, before, passages) = (source.path.clone(), self.done, document.passages.len());
                let warnings = document.meta.warnings.iter().map(|warning| (path.clone(), warning.clone()));
                self.report.warnings.extend(warnings);
                self.tell(&path);
                let mut done = |count| {
                    self.done = before + count;
                    self.tell(&path);
                };
                if store.put(source, document, &mut done)? {
                    self.done = before + passages;
                } else {
                    self.report.cancelled = true;
                }
            }
        }
        Ok(())
    }

    fn tell(&self, path: &Path) {
        let seconds = self.began.elapsed().as_secs_f64();
        (self.progress)(Progress {
            file: self.file,
            files: self.found.load(Ordering::Relaxed),
            path: path.to_path_buf(),
            passages_done: self.done,
            passages_total: self.shared.passages.load(Ordering::Relaxed),
            passages_per_second: if seconds > 0.0 { self.done as f64 / seconds } else { 0.0 },
        });
    }
}
