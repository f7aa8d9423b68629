//! Jobs: files on their way into the index.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

use super::{Kept, Library};
use crate::engine::{EngineError, Given, Taken};
use crate::error::ApiError;
use crate::http::App;

/// Files that a job reads before it gives way to others.
const SLICE: usize = 8;
/// Ended jobs that can still be asked for.
const REMEMBERED: usize = 200;
/// How long a job waits, and how often, where another program writes to the index.
const WAIT: Duration = Duration::from_secs(1);
const WAITS: usize = 120;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It waits for others.
    Queued,
    /// It reads.
    Running,
    /// It ended; what could not be read is in its errors.
    Done,
    /// It ended and nothing came of it.
    Failed,
    /// It was stopped; what it had stored by then stays.
    Cancelled,
}

/// A file's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Stored {
    /// The file's name.
    pub name: String,
    /// The document's id.
    pub id: String,
    /// Whether the index had the same content before.
    pub unchanged: bool,
}

/// Something to say of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Remark {
    /// The file's name; empty for what is said of all.
    pub name: String,
    /// One sentence, with a way out.
    pub message: String,
}

/// A job as its sender sees it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct JobView {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// When it came, in seconds since 1970.
    pub created_at: u64,
    /// How many files it has.
    pub files: usize,
    /// How many of them have been read, or could not be.
    pub files_done: usize,
    /// Passages embedded so far.
    pub done: usize,
    /// Passages of the files read so far: it grows as more are read.
    pub total: usize,
    /// What is in the index.
    pub documents: Vec<Stored>,
    /// Files that could not be read.
    pub errors: Vec<Remark>,
    /// What of the others could not be read.
    pub warnings: Vec<Remark>,
}

impl JobView {
    /// Whether nothing of it will change any more.
    pub fn has_ended(&self) -> bool {
        !matches!(self.state, State::Queued | State::Running)
    }
}

/// A job.
pub(crate) struct Job {
    id: String,
    now: watch::Sender<JobView>,
    cancel: AtomicBool,
}

impl Job {
    /// Where it stands now, and every change from here on.
    pub fn watch(&self) -> watch::Receiver<JobView> {
        self.now.subscribe()
    }

    /// Where it stands.
    pub fn view(&self) -> JobView {
        self.now.borrow().clone()
    }

    /// Asks it to stop.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// All jobs.
pub(crate) struct Jobs {
    all: Mutex<VecDeque<Arc<Job>>>,
    most: usize,
    count: AtomicU64,
}

impl Jobs {
    pub fn new(most: usize) -> Self {
        Self { all: Mutex::default(), most, count: AtomicU64::new(0) }
    }

    fn locked(&self) -> MutexGuard<'_, VecDeque<Arc<Job>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job by its id, as long as it is remembered.
    pub fn get(&self, id: &str) -> Option<Arc<Job>> {
        self.locked().iter().find(|job| job.id == id).cloned()
    }

    /// All of them, the newest first.
    pub fn list(&self) -> Vec<JobView> {
        self.locked().iter().rev().map(|job| job.view()).collect()
    }

    /// How many have not ended.
    pub fn unfinished(&self) -> usize {
        self.locked().iter().filter(|job| !job.now.borrow().has_ended()).count()
    }

    /// Asks all of them to stop: the program is about to end.
    pub fn cancel_all(&self) {
        self.locked().iter().for_each(|job| job.cancel());
    }

    /// Whether there is room for another one.
    ///
    /// # Errors
    /// If too many have not ended.
    pub fn room(&self) -> Result<(), ApiError> {
        match self.unfinished() < self.most {
            true => Ok(()),
            false => Err(ApiError::busy("too many jobs wait already; GET /api/v1/jobs shows them")),
        }
    }

    fn add(&self, files: usize) -> Arc<Job> {
        let created_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = format!("job-{:x}-{:x}", created_at.as_nanos(), self.count.fetch_add(1, Ordering::Relaxed));
        let view = JobView {
            id: id.clone(),
            state: State::Queued,
            created_at: created_at.as_secs(),
            files,
            files_done: 0,
            done: 0,
            total: 0,
            documents: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
        };
        let job = Arc::new(Job { id, now: watch::Sender::new(view), cancel: AtomicBool::new(false) });
        let mut all = self.locked();
        while all.len() >= REMEMBERED {
            let Some(oldest) = all.iter().position(|job| job.now.borrow().has_ended()) else { break };
            all.remove(oldest);
        }
        all.push_back(Arc::clone(&job));
        job
    }

    /// Begins to read `files`; the document `replaces` is taken out once there is one in its place.
    pub fn start(app: &App, library: &Arc<Library>, files: Vec<Kept>, replaces: Option<String>) -> JobView {
        let job = library.jobs.add(files.len());
        let view = job.view();
        tokio::spawn(run(app.clone(), Arc::clone(library), job, files, replaces));
        view
    }
}

async fn run(app: App, library: Arc<Library>, job: Arc<Job>, files: Vec<Kept>, replaces: Option<String>) {
    let mut broken = false;
    for slice in files.chunks(SLICE) {
        if broken || job.is_cancelled() {
            slice.iter().for_each(|file| library.shelf.discard(&file.path));
            continue;
        }
        if let Err(message) = read(&app, &library, &job, slice, replaces.as_deref()).await {
            broken = true;
            slice.iter().for_each(|file| library.shelf.discard(&file.path));
            job.now.send_modify(|view| view.errors.push(Remark { name: String::new(), message }));
        }
    }
    job.now.send_modify(|view| {
        view.state = match () {
            () if broken || (view.documents.is_empty() && !view.errors.is_empty()) => State::Failed,
            () if job.is_cancelled() => State::Cancelled,
            () => State::Done,
        };
    });
    let JobView { state, documents, errors, .. } = job.view();
    let (id, documents, errors) = (&job.id, documents.len(), errors.len());
    tracing::info!(job = %id, ?state, documents, errors, "job");
}

/// Reads some files of a job when it is its turn; else one line that says why it cannot go on.
async fn read(
    app: &App,
    library: &Arc<Library>,
    job: &Arc<Job>,
    files: &[Kept],
    replaces: Option<&str>,
) -> Result<(), String> {
    for wait in 0.. {
        let turn = library.turn().await.ok_or("the server ends")?;
        let (engine, telling) = (Arc::clone(&app.engine), Arc::clone(job));
        let given: Vec<Given> =
            files.iter().map(|file| Given { path: file.path.clone(), sha256: file.sha256.clone() }).collect();
        let replaces = replaces.map(str::to_owned);
        let before = job.view();
        let ran = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let tell = |done: usize, total: usize| {
                telling.now.send_modify(|view| {
                    view.state = State::Running;
                    (view.done, view.total) = (before.done + done, before.total.max(before.done + total));
                });
            };
            let taken = engine.ingest(&given, &tell, &telling.cancel)?;
            // In the same turn: nobody sees both, or neither, for long.
            let replaced = match (replaces, taken.first()) {
                (Some(old), Some(Taken::Stored { id, .. })) if old != *id => engine.remove(&old)?,
                _ => None,
            };
            Ok::<_, EngineError>((taken, replaced))
        });
        match ran.await {
            Ok(Ok((taken, replaced))) => {
                if let Some(file) = replaced {
                    library.shelf.discard(&file);
                }
                job.now.send_modify(|view| note(view, library, files, taken));
                return Ok(());
            }
            Ok(Err(EngineError::Busy(_))) if wait < WAITS && !job.is_cancelled() => tokio::time::sleep(WAIT).await,
            Ok(Err(EngineError::Invalid(message) | EngineError::Busy(message))) => return Err(message),
            Ok(Err(EngineError::Failed(message))) => {
                tracing::error!(job = %job.id, "{message}");
                return Err("the server could not store the documents; its log says why".to_owned());
            }
            Err(_) => return Err("reading ran into a defect of the server; its log says more".to_owned()),
        }
    }
    Ok(())
}

fn note(view: &mut JobView, library: &Library, files: &[Kept], taken: Vec<Taken>) {
    for (file, taken) in files.iter().zip(taken) {
        let name = || file.name.clone();
        view.files_done += 1;
        match taken {
            Taken::Stored { id, elsewhere, unchanged, warnings } => {
                if elsewhere {
                    library.shelf.discard(&file.path);
                }
                view.documents.push(Stored { name: name(), id, unchanged });
                view.warnings.extend(warnings.into_iter().map(|message| Remark { name: name(), message }));
            }
            Taken::Refused(message) => {
                library.shelf.discard(&file.path);
                view.errors.push(Remark { name: name(), message });
            }
            Taken::Stopped => {
                library.shelf.discard(&file.path);
                view.files_done -= 1;
            }
        }
    }
    view.total = view.total.max(view.done);
}
