//! What every handler shares, and what requests may take.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wenbao_answer::Answer;

use super::{Metrics, log};
use crate::access::Access;
use crate::engine::Engine;
use crate::error::ApiError;
use crate::library::Library;
use crate::notes::{Note, Notes};
use crate::pool::{Lane, Pool, Refused};

/// What one request, and all of them together, may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads that compute answers and vectors.
    pub workers: usize,
    /// Questions that may wait for one of them, and as many slices of long lists; more get a 429.
    pub queue: usize,
    /// Time limit of a question or a search, its wait included.
    pub answer_time: Duration,
    /// Time limit of an embeddings or reranking request.
    pub embed_time: Duration,
    /// Time limit of everything else that a request does.
    pub request_time: Duration,
    /// Largest request body in bytes.
    pub body: usize,
    /// Bytes of bodies of all requests together, those under [`Limits::SMALL_BODY`] aside.
    pub bodies: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long the head of a request may take to arrive.
    pub head_time: Duration,
    /// How long a connection may lie idle.
    pub idle_time: Duration,
    /// How long a client may take nothing of its reply.
    pub stall_time: Duration,
    /// Connections at once; the one that has been idle for longest makes room for a new one.
    pub connections: usize,
    /// Most passages that a client may ask for.
    pub top_k: usize,
    /// Most texts of one embeddings request (OpenAI's own limit).
    pub inputs: usize,
    /// How long open requests may take to finish once the server is told to stop.
    pub shutdown: Duration,
}

impl Limits {
    /// Bodies up to this size are not counted together: a question always finds room.
    pub const SMALL_BODY: usize = 64 << 10;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            queue: 64,
            answer_time: Duration::from_secs(30),
            embed_time: Duration::from_secs(300),
            request_time: Duration::from_secs(330),
            body: 4 << 20,
            bodies: 64 << 20,
            body_time: Duration::from_secs(30),
            head_time: Duration::from_secs(15),
            idle_time: Duration::from_secs(75),
            stall_time: Duration::from_secs(30),
            connections: descriptors().map_or(512, |most| (most / 2).clamp(16, 4096)),
            top_k: 100,
            inputs: 2048,
            shutdown: Duration::from_secs(10),
        }
    }
}

/// How many files the process may have open, where the system says so in a file.
fn descriptors() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok())
}

/// What every handler shares.
#[derive(Clone)]
pub struct App {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) pool: Pool,
    pub(crate) limits: Limits,
    pub(crate) access: Arc<Access>,
    pub(crate) metrics: Arc<Metrics>,
    /// Where documents that come over HTTP go; none where the index may not be changed.
    pub(crate) library: Option<Arc<Library>>,
    /// Where questions without an answer are kept; none where they are not.
    pub(crate) notes: Option<Arc<Notes>>,
    /// Whether questions are written into the log.
    logs_questions: bool,
    bodies: Arc<Semaphore>,
    /// Looks at the index beside the pool, one at a time.
    looking: Arc<Semaphore>,
}

impl App {
    /// Starts the pool over `engine`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn new(engine: Arc<dyn Engine>, limits: Limits) -> io::Result<Self> {
        Ok(Self {
            engine,
            pool: Pool::new(limits.workers, limits.queue)?,
            limits,
            access: Arc::default(),
            metrics: Arc::default(),
            library: None,
            notes: None,
            logs_questions: false,
            bodies: Arc::new(Semaphore::new(limits.bodies)),
            looking: Arc::new(Semaphore::new(1)),
        })
    }

    /// With rules of access; without them whoever reaches this machine's own addresses may do everything.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Self {
        self.access = Arc::new(access);
        self
    }

    /// With a place for documents that come over HTTP; without it the index is only read.
    #[must_use]
    pub fn with_library(mut self, library: Library) -> Self {
        self.library = Some(Arc::new(library));
        self
    }

    /// Keeps questions that had no answer; without it none is ever written down.
    #[must_use]
    pub fn with_notes(mut self, notes: Notes) -> Self {
        self.notes = Some(Arc::new(notes));
        self
    }

    /// Writes questions and what is searched for into the log; without it no word of them is ever there.
    #[must_use]
    pub fn with_questions_logged(mut self) -> Self {
        self.logs_questions = true;
        self
    }

    /// Tells the log what was searched for, where it is to know.
    pub(crate) fn searched(&self, query: &str) {
        if self.logs_questions {
            log::question(query, None);
        }
    }

    /// Counts an answer, tells the log where it is to know, and keeps its question if it had none and questions are kept.
    pub(crate) fn heard(&self, answer: &Answer) {
        self.metrics.answered(answer);
        if self.logs_questions {
            log::question(&answer.question, Some(answer));
        }
        if let Some(notes) = &self.notes
            && let Some(note) = Note::of(answer)
        {
            notes.add(note);
        }
    }

    /// The place for documents; where there is none, the routes that ask for it are not there either.
    pub(crate) fn library(&self) -> Result<Arc<Library>, ApiError> {
        self.library.clone().ok_or_else(|| ApiError::unavailable("this server does not take documents"))
    }

    /// Runs something that a person waits for on the pool.
    pub(crate) async fn answer<T, F>(&self, job: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, ApiError> + Send + 'static,
    {
        let ran = self.pool.run(Lane::Question, self.limits.answer_time, job).await;
        ran.inspect_err(|refused| self.metrics.refused(*refused))?
    }

    /// Runs a slice of a long list on the pool; `left` is what is left of the list's time.
    pub(crate) async fn slice<T, F>(&self, left: Duration, job: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, ApiError> + Send + 'static,
    {
        let ran = self.pool.run(Lane::Bulk, left, job).await.map_err(|refused| match refused {
            // What was left of the time is not the limit that the client ran into.
            Refused::TimedOut(_) => Refused::TimedOut(self.limits.embed_time),
            other => other,
        });
        ran.inspect_err(|refused| self.metrics.refused(*refused))?
    }

    /// Runs something short beside the pool, one at a time: what it tells must not depend on how busy the pool is.
    pub(crate) async fn look<T, F>(&self, limit: Duration, job: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let looking = Arc::clone(&self.looking);
        let run = async move {
            let turn = looking.acquire_owned().await;
            tokio::task::spawn_blocking(move || {
                let _turn = turn;
                job()
            })
            .await
        };
        match tokio::time::timeout(limit, run).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(Refused::Failed.into()),
            Err(_) => Err(ApiError::unavailable(format!("the index did not answer within {} s", limit.as_secs()))),
        }
    }

    /// Room for bytes of a body; none if all bodies together are too large.
    pub(crate) fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).ok()?;
        Arc::clone(&self.bodies).try_acquire_many_owned(bytes).ok()
    }

    /// Bytes of bodies that are held.
    pub(crate) fn held(&self) -> usize {
        self.limits.bodies.saturating_sub(self.bodies.available_permits())
    }
}
