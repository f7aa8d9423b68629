//! Files and folders into the index: read, embedded, stored, one document at a time.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use sha2::{Digest, Sha256};
use wenbao_embed::{Role, Vectors};
use wenbao_report::Document;

use crate::encode::Encode;
use crate::grain::{passage_text, sentence_text};
use crate::{DocumentId, Error, Index, Result, Source, Writer};

/// Texts embedded between two looks at the cancel flag.
const BATCH: usize = 64;
/// Documents read ahead of the one being embedded.
const AHEAD: usize = 2;
/// Larger files are not reports.
const MAX_BYTES: u64 = 256 << 20;

/// Where an ingest stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Files looked at, this one included.
    pub file: usize,
    /// All files.
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
    /// Files that could not be read, each with one line that says why.
    pub failures: Vec<(PathBuf, String)>,
    /// Whether it was stopped before the end; what was stored until then stays.
    pub cancelled: bool,
}

/// Reads a file's bytes; the reader of reports, or a simple one in tests.
pub type Read<'a> = dyn Fn(&Path, &[u8]) -> std::result::Result<Document, String> + Sync + 'a;

/// [`ingest_with`] the reader of reports.
///
/// # Errors
/// As [`ingest_with`].
pub fn ingest(
    index: &Index,
    encoder: &dyn Encode,
    paths: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Report> {
    let read = |path: &Path, bytes: &[u8]| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        wenbao_report::read_bytes(bytes, name.as_deref()).map_err(|e| e.to_string())
    };
    ingest_with(index, encoder, &read, paths, progress, cancel)
}

/// Ingests files and folders (recursively, in order of names, hidden files skipped). Files whose content is in the
/// index already are skipped; a file with new content takes the place of what came from its path. A bad file is a
/// line in [`Report::failures`], the others go on. Stopping by `cancel` loses no document that was stored.
///
/// # Errors
/// A path that does not exist or a folder without files; an index that cannot be written; an encoder that fails.
pub fn ingest_with(
    index: &Index,
    encoder: &dyn Encode,
    read: &Read<'_>,
    paths: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Report> {
    let files = files(paths)?;
    let mut writer = index.writer()?;
    let known = writer.stored()?;
    let total = AtomicUsize::new(0);
    let mut run = Run {
        encoder,
        progress,
        cancel,
        total: &total,
        files: files.len(),
        file: 0,
        done: 0,
        began: Instant::now(),
        paths: known.values().map(|(_, path)| path.clone()).collect(),
        now_stored: HashMap::new(),
        report: Report::default(),
    };
    let (sender, receiver) = sync_channel(AHEAD);
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            for path in &files {
                let item = prepare(path, &known, read);
                if let Item::Read { document, .. } = &item {
                    total.fetch_add(document.passages.len(), Ordering::Relaxed);
                }
                // A receiver that is gone, or a wish to stop, ends the reading.
                if cancel.load(Ordering::Relaxed) || sender.send(item).is_err() {
                    break;
                }
            }
            drop(sender);
        });
        run.all(&mut writer, receiver)
    });
    run.report.cancelled |= cancel.load(Ordering::Relaxed);
    // What was stored is stored, whatever happened after: its derived parts are made in any case.
    let finished = writer.finish_unless(cancel);
    outcome?;
    finished?;
    Ok(run.report)
}

/// A file on its way from the reading to the embedding thread.
enum Item {
    Unchanged { path: PathBuf, id: DocumentId, stored_path: String },
    Read { source: Source, document: Box<Document> },
    Failed { path: PathBuf, problem: String },
}

fn prepare(path: &Path, known: &HashMap<String, (DocumentId, String)>, read: &Read<'_>) -> Item {
    let failed = |problem: String| Item::Failed { path: path.to_path_buf(), problem };
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > MAX_BYTES => {
            return failed(format!("larger than {} MiB: not a report; split it", MAX_BYTES >> 20));
        }
        Ok(_) => {}
        Err(e) => return failed(format!("cannot be read: {e}")),
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => return failed(format!("cannot be read: {e}")),
    };
    let sha256 = hex(&Sha256::digest(&bytes));
    if let Some((id, stored_path)) = known.get(&sha256) {
        return Item::Unchanged { path: path.to_path_buf(), id: id.clone(), stored_path: stored_path.clone() };
    }
    match read(path, &bytes) {
        Ok(document) if document.passages.is_empty() => failed("no text in it".to_owned()),
        Ok(document) => {
            let source = Source { path: path.to_path_buf(), sha256, bytes: bytes.len() as u64 };
            Item::Read { source, document: Box::new(document) }
        }
        Err(problem) => failed(problem),
    }
}

struct Run<'a> {
    encoder: &'a dyn Encode,
    progress: &'a (dyn Fn(Progress) + Sync),
    cancel: &'a AtomicBool,
    total: &'a AtomicUsize,
    files: usize,
    file: usize,
    done: usize,
    began: Instant,
    /// Paths that the index holds.
    paths: std::collections::HashSet<String>,
    /// Contents stored by this run, and from where.
    now_stored: HashMap<String, DocumentId>,
    report: Report,
}

impl Run<'_> {
    fn all(&mut self, writer: &mut Writer<'_>, items: Receiver<Item>) -> Result<()> {
        for item in items {
            self.file += 1;
            match item {
                Item::Failed { path, problem } => self.report.failures.push((path, problem)),
                Item::Unchanged { path, id, stored_path } => {
                    // The same content at another place: a moved file keeps its document, a copy needs none.
                    if Path::new(&stored_path) != path && !Path::new(&stored_path).exists() {
                        writer.moved(&id, &path)?;
                    }
                    self.report.unchanged += 1;
                    self.tell(&path);
                }
                Item::Read { source, .. } if self.now_stored.contains_key(&source.sha256) => {
                    self.report.unchanged += 1;
                }
                Item::Read { source, document } => {
                    if !self.store(writer, source, &document)? {
                        self.report.cancelled = true;
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Embeds and stores a document; false if stopped before it was done.
    fn store(&mut self, writer: &mut Writer<'_>, source: Source, document: &Document) -> Result<bool> {
        let passages: Vec<String> = document.passages.iter().map(|p| passage_text(document, p)).collect();
        let sentences: Vec<String> = document
            .passages
            .iter()
            .flat_map(|p| (0..p.sentences.len()).map(move |i| sentence_text(document, p, i)))
            .collect();
        let before = self.done;
        self.tell(&source.path);
        let (count, texts) = (passages.len(), passages.len() + sentences.len());
        let mut embedded = 0;
        let mut embed = |run: &mut Self, texts_of: &[String]| -> Result<Option<Vectors>> {
            let mut values = Vec::new();
            let mut dimensions = run.encoder.stamp().dimensions;
            for batch in texts_of.chunks(BATCH) {
                if run.cancel.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let vectors = run.encoder.encode(Role::Passage, batch)?;
                dimensions = vectors.dimensions();
                values.extend_from_slice(vectors.as_slice());
                embedded += batch.len();
                // A passage is done when its share of the document's texts is.
                run.done = before + count * embedded / texts.max(1);
                run.tell(&source.path);
            }
            Vectors::from_parts(dimensions, values).map(Some).map_err(|e| Error::Encode(e.to_string()))
        };
        let Some(passage_vectors) = embed(self, &passages)? else { return Ok(false) };
        let Some(sentence_vectors) = embed(self, &sentences)? else { return Ok(false) };
        let id = writer.put(&source, document, &passage_vectors, &sentence_vectors)?;
        if self.paths.insert(source.path.to_string_lossy().into_owned()) {
            self.report.added += 1;
        } else {
            self.report.replaced += 1;
        }
        self.report.passages += count;
        self.now_stored.insert(source.sha256, id);
        Ok(true)
    }

    fn tell(&self, path: &Path) {
        let seconds = self.began.elapsed().as_secs_f64();
        (self.progress)(Progress {
            file: self.file,
            files: self.files,
            path: path.to_path_buf(),
            passages_done: self.done,
            passages_total: self.total.load(Ordering::Relaxed),
            passages_per_second: if seconds > 0.0 { self.done as f64 / seconds } else { 0.0 },
        });
    }
}

/// The files of the paths, folders opened, in order of names, each once.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|e| Error::Input {
            path: path.clone(),
            problem: match e.kind() {
                std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
                _ => format!("cannot be read: {e}"),
            },
        })?;
        if metadata.is_dir() {
            let before = found.len();
            walk(path, 0, &mut found)?;
            if found.len() == before {
                return Err(Error::Input { path: path.clone(), problem: "no files in this folder".to_owned() });
            }
        } else {
            found.push(path.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    Ok(found)
}

/// Folders deeper than this are a loop of links, or not reports.
const MAX_DEPTH: usize = 32;

fn walk(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    if depth > MAX_DEPTH {
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir).map_err(Error::file("reading the folder", dir))? {
        entries.push(entry.map_err(Error::file("reading the folder", dir))?.path());
    }
    entries.sort();
    for path in entries {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        match fs::metadata(&path) {
            _ if hidden => {}
            Ok(metadata) if metadata.is_dir() => walk(&path, depth + 1, found)?,
            // A link to nothing is reported like any file that cannot be read.
            _ => found.push(path),
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
