//! The threads that read ahead of the one that embeds: files in, in order; what became of them out, in the same order.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use wenbao_index::{DocumentId, Source};
use wenbao_report::Document;

use crate::reader::{Inside, Part, Reader};
use crate::{Error, Result, file};

/// How often a wait looks whether it should stop.
pub(crate) const TICK: Duration = Duration::from_millis(50);
/// How much longer than its reading a file may take to come from its disk.
const DISK: Duration = Duration::from_secs(60);
/// Threads that may be lost to disks that do not answer.
const MOST_LOST: usize = 16;

/// A file on its way from its disk to the embedding.
pub(crate) enum Item {
    /// The same content is in the index.
    Unchanged { path: PathBuf, id: DocumentId, stored_path: String },
    /// It was read.
    Read { source: Source, document: Box<Document> },
    /// It was not, and why.
    Failed { path: PathBuf, problem: String },
    /// It holds several documents.
    Several(Vec<Item>),
}

/// What the threads share. They may outlive the run, where a disk does not answer: nothing is borrowed.
pub(crate) struct Shared {
    /// Who reads.
    pub reader: Arc<dyn Reader>,
    /// Names and paths of what the index holds, by the SHA-256 of its content.
    pub known: HashMap<String, (DocumentId, String)>,
    /// Passages of all that was read.
    pub passages: AtomicUsize,
    /// The run is over.
    pub stop: AtomicBool,
}

/// A file to read, and where to say what became of it.
struct Task {
    path: PathBuf,
    began: Arc<OnceLock<Instant>>,
    done: SyncSender<Item>,
}

/// A file that is being read, or one that needs no reading.
struct Ticket {
    path: PathBuf,
    began: Arc<OnceLock<Instant>>,
    done: Receiver<Item>,
}

/// The threads, and what they were given to do.
pub(crate) struct Workers {
    shared: Arc<Shared>,
    tasks: SyncSender<Task>,
    waiting: Arc<Mutex<Receiver<Task>>>,
    tickets: VecDeque<Ticket>,
    most: usize,
    lost: usize,
}

impl Workers {
    /// So many threads, and as many files read ahead, and one.
    pub fn start(shared: Arc<Shared>, count: usize) -> Result<Self> {
        let most = count + 1;
        let (tasks, waiting) = sync_channel(most);
        let workers = Self {
            shared,
            tasks,
            waiting: Arc::new(Mutex::new(waiting)),
            tickets: VecDeque::with_capacity(most),
            most,
            lost: 0,
        };
        for _ in 0..count {
            workers.thread()?;
        }
        Ok(workers)
    }

    fn thread(&self) -> Result<()> {
        let (shared, waiting) = (Arc::clone(&self.shared), Arc::clone(&self.waiting));
        let work = move || {
            loop {
                let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(task) = next else { return };
                let _ = task.began.set(Instant::now());
                // Nobody waits for it any more if the run is over.
                let _ = task.done.send(prepare(&shared, task.path));
            }
        };
        std::thread::Builder::new().name("read".to_owned()).spawn(work).map(drop).map_err(Error::Threads)
    }

    /// Whether no more can be taken until something is given out.
    pub fn is_full(&self) -> bool {
        self.tickets.len() >= self.most
    }

    /// Whether all that was taken was given out.
    pub fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    /// Takes a file.
    pub fn put(&mut self, path: PathBuf) {
        let began = Arc::new(OnceLock::new());
        let (done, result) = sync_channel(1);
        self.tickets.push_back(Ticket { path: path.clone(), began: Arc::clone(&began), done: result });
        // There is a place for each ticket, and the other end is held here.
        let _ = self.tasks.send(Task { path, began, done });
    }

    /// Takes a file that cannot be read.
    pub fn put_failed(&mut self, path: PathBuf, problem: String) {
        let (done, result) = sync_channel(1);
        let _ = done.send(Item::Failed { path: path.clone(), problem });
        self.tickets.push_back(Ticket { path, began: Arc::default(), done: result });
    }

    /// What became of the file that was taken first. `None` where nothing was taken, or `cancel` was set.
    pub fn next(&mut self, cancel: &AtomicBool) -> Result<Option<Item>> {
        let Some(ticket) = self.tickets.pop_front() else { return Ok(None) };
        let longest = self.shared.reader.longest() + DISK;
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            match ticket.done.recv_timeout(TICK) {
                Ok(item) => return Ok(Some(item)),
                Err(RecvTimeoutError::Timeout) => {
                    if ticket.began.get().is_some_and(|began| began.elapsed() > longest) {
                        let problem = "does not come from its disk: look whether it is still there".to_owned();
                        return self.lose(ticket.path, problem).map(Some);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let problem = "meets a defect of the program; convert it to .txt first".to_owned();
                    return self.lose(ticket.path, problem).map(Some);
                }
            }
        }
    }

    /// Gives up a thread that does not come back.
    fn lose(&mut self, path: PathBuf, problem: String) -> Result<Item> {
        self.lost += 1;
        if self.lost > MOST_LOST {
            return Err(Error::Input { path, problem: "the disk does not answer; nothing more is read".to_owned() });
        }
        self.thread()?;
        Ok(Item::Failed { path, problem })
    }
}

fn prepare(shared: &Shared, path: PathBuf) -> Item {
    let bytes = match file::bytes(&path, shared.reader.limits().file_bytes, &shared.stop) {
        Ok(bytes) => bytes,
        Err(problem) => return Item::Failed { path, problem },
    };
    let sha256 = hex(&Sha256::digest(&bytes));
    if let Some((id, stored_path)) = shared.known.get(&sha256) {
        return Item::Unchanged { path, id: id.clone(), stored_path: stored_path.clone() };
    }
    let mut items: Vec<Item> = match shared.reader.read(&path, &bytes, &shared.stop) {
        Ok(parts) => {
            let whole = Source { path: path.clone(), sha256, bytes: bytes.len() as u64 };
            parts.into_iter().map(|part| item(shared, &whole, part)).collect()
        }
        Err(problem) => return Item::Failed { path, problem },
    };
    match items.len() {
        0 => Item::Failed { path, problem: "no text in it".to_owned() },
        1 => items.remove(0),
        _ => Item::Several(items),
    }
}

/// What becomes of a document of the file `whole`.
fn item(shared: &Shared, whole: &Source, part: Part) -> Item {
    let source = match part.inside {
        None => whole.clone(),
        Some(Inside { path, sha256, bytes }) => Source { path: inside(&whole.path, &path), sha256, bytes },
    };
    if let Some((id, stored_path)) = shared.known.get(&source.sha256) {
        return Item::Unchanged { path: source.path, id: id.clone(), stored_path: stored_path.clone() };
    }
    match part.document {
        Ok(document) if document.passages.is_empty() => {
            Item::Failed { path: source.path, problem: "no text in it".to_owned() }
        }
        Ok(document) => {
            shared.passages.fetch_add(document.passages.len(), Ordering::Relaxed);
            Item::Read { source, document }
        }
        Err(problem) => Item::Failed { path: source.path, problem },
    }
}

/// The path of what lies in a file, as if the file were a folder. Steps out of it are none.
fn inside(file: &Path, path: &str) -> PathBuf {
    let steps = path.split('/').filter(|step| !matches!(*step, "" | "." | ".."));
    steps.fold(file.to_path_buf(), |at, step| at.join(step))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
