//! The engine over the real index and model.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use wenbao_answer::{Answer, Answerer, Error as AnswerError, Question, RankedPassage, Searched};
use wenbao_embed::{Embedder, Role, Vectors};
use wenbao_index::{DocumentId, DocumentRecord, Error as StoreError, Generation, PassageId, Store, text_path};
use wenbao_ingest::{Here, Ingest, Progress, Reader};

use crate::engine::{Engine, EngineError, Given, Original, Readiness, Taken};
use crate::paths::Root;
use crate::view::{DocumentView, FileState, PassageView, SourceView};

/// Passages shown before and after one.
const NEIGHBOURS: usize = 3;
/// Largest file that is read again to see whether it is still the same.
const LARGEST_FILE: u64 = 64 << 20;

/// The real thing: a store, and a model of this machine.
pub struct Local {
    store: Arc<dyn Store>,
    embedder: Arc<Embedder>,
    answerer: Answerer,
    /// What reads files that come over HTTP.
    reader: Arc<dyn Reader>,
    /// Where such files are kept.
    shelf: Option<PathBuf>,
    /// What the paths of a generation have in common.
    root: Mutex<Option<(u64, Arc<Root>)>>,
}

impl Local {
    /// Puts the parts together; `answerer` must stand on the same `store` and `embedder`.
    pub fn new(store: Arc<dyn Store>, embedder: Arc<Embedder>, answerer: Answerer) -> Self {
        Self { store, embedder, answerer, reader: Arc::new(Here::default()), shelf: None, root: Mutex::default() }
    }

    /// With a folder of files that came over HTTP, and something that reads what nobody vouches for; without it they are read in
    /// this process.
    #[must_use]
    pub fn with_files(mut self, folder: PathBuf, reader: Arc<dyn Reader>) -> Self {
        (self.shelf, self.reader) = (Some(folder), reader);
        self
    }

    fn snapshot(&self) -> Result<Arc<dyn Generation>, EngineError> {
        self.store.newest().map_err(reading)
    }

    /// What the documents' paths have in common, found anew only when the index changed.
    fn root(&self, snapshot: &dyn Generation) -> Arc<Root> {
        let mut kept = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((generation, root)) = kept.as_ref()
            && *generation == snapshot.generation()
        {
            return Arc::clone(root);
        }
        let root = Arc::new(Root::of(
            snapshot.documents().iter().map(|document| document.path.as_str()),
            self.shelf.as_deref(),
        ));
        *kept = Some((snapshot.generation(), Arc::clone(&root)));
        root
    }

    fn show(&self, passages: &mut [RankedPassage]) -> Result<(), EngineError> {
        let root = self.root(&*self.snapshot()?);
        for passage in passages {
            root.strip(&mut passage.document.path);
            passage.also_in.iter_mut().for_each(|other| root.strip(&mut other.document.path));
        }
        Ok(())
    }
}

impl Engine for Local {
    fn ask(&self, question: &Question) -> Result<Answer, EngineError> {
        let mut answer = self.answerer.ask(question).map_err(answering)?;
        self.show(&mut answer.passages)?;
        Ok(answer)
    }

    fn search(&self, query: &Question) -> Result<Searched, EngineError> {
        let mut found = self.answerer.search(query).map_err(answering)?;
        self.show(&mut found.passages)?;
        Ok(found)
    }

    fn embed(&self, role: Role, texts: &[String]) -> Result<Vectors, EngineError> {
        self.embedder.embed(role, texts).map_err(failed)
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.embedder.count_tokens(text)
    }

    fn model_name(&self) -> &str {
        self.embedder.name()
    }

    fn dimensions(&self) -> usize {
        self.embedder.dimensions()
    }

    fn documents(&self) -> Result<Vec<DocumentView>, EngineError> {
        let snapshot = self.snapshot()?;
        let root = self.root(&*snapshot);
        Ok(snapshot.documents().iter().map(|document| shown(DocumentView::from(&**document), &root)).collect())
    }

    fn passage(&self, id: &str) -> Result<Option<PassageView>, EngineError> {
        let snapshot = self.snapshot()?;
        view(&*snapshot, id, &self.root(&*snapshot))
    }

    fn source(&self, id: &str) -> Result<Option<SourceView>, EngineError> {
        let snapshot = self.snapshot()?;
        let root = self.root(&*snapshot);
        let Some(passage) = view(&*snapshot, id, &root)? else { return Ok(None) };
        let Some((document, at)) = PassageId::parse(id) else { return Ok(None) };
        let Some(record) = snapshot.document(&document) else { return Ok(None) };
        let around = |range: std::ops::Range<usize>| {
            range
                .filter_map(|n| view(&*snapshot, &PassageId::new(&document, n).to_string(), &root).transpose())
                .collect::<Result<Vec<_>, _>>()
        };
        let end = (at + 1 + NEIGHBOURS).min(record.passages);
        Ok(Some(SourceView {
            passage,
            before: around(at.saturating_sub(NEIGHBOURS)..at)?,
            after: around(at + 1..end)?,
            file: state(record),
        }))
    }

    fn readiness(&self) -> Result<Readiness, EngineError> {
        let snapshot = self.snapshot()?;
        Ok(Readiness { documents: snapshot.documents().len(), passages: snapshot.len() })
    }

    fn ingest(
        &self,
        files: &[Given],
        tell: &(dyn Fn(usize, usize) + Sync),
        stop: &AtomicBool,
    ) -> Result<Vec<Taken>, EngineError> {
        let before: HashSet<String> = {
            let snapshot = self.snapshot()?;
            files
                .iter()
                .filter(|file| snapshot.document(&name(file)).is_some())
                .map(|file| file.sha256.clone())
                .collect()
        };
        let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
        let ingest =
            Ingest { index: &*self.store, encoder: &*self.embedder, reader: Arc::clone(&self.reader), follow: false };
        let progress = |progress: Progress| tell(progress.passages_done, progress.passages_total);
        let report = ingest.run(&paths, &progress, stop).map_err(|error| match error {
            wenbao_ingest::Error::Index(error) => writing(error),
            other => failed(other),
        })?;
        let snapshot = self.snapshot()?;
        let taken = files.iter().map(|file| {
            if let Some((_, problem)) = report.failures.iter().find(|(path, _)| *path == file.path) {
                return Taken::Refused(problem.clone());
            }
            let Some(record) = snapshot.document(&name(file)) else { return Taken::Stopped };
            Taken::Stored {
                id: record.id.to_string(),
                elsewhere: text_path(&record.path) != file.path,
                unchanged: before.contains(&file.sha256),
                warnings: record.meta.warnings.clone(),
            }
        });
        Ok(taken.collect())
    }

    fn remove(&self, id: &str) -> Result<Option<PathBuf>, EngineError> {
        let id = DocumentId(id.to_owned());
        let file = self.snapshot()?.document(&id).map(|record| text_path(&record.path));
        let Some(file) = file else { return Ok(None) };
        let mut writer = self.store.writing().map_err(writing)?;
        let removed = writer.remove(&id).map_err(writing)?;
        writer.finish().map_err(writing)?;
        Ok(removed.then_some(file))
    }

    fn original(&self, id: &str) -> Result<Option<Original>, EngineError> {
        let snapshot = self.snapshot()?;
        let Some(record) = snapshot.document(&DocumentId(id.to_owned())) else { return Ok(None) };
        let path = text_path(&record.path);
        let Ok(bytes) = whole(&path) else { return Ok(Some(Original::Missing)) };
        if hex(Sha256::digest(&bytes)) != record.sha256 {
            return Ok(Some(Original::Changed));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Some(Original::Bytes { name, bytes }))
    }
}

/// The document that a file's content becomes.
fn name(file: &Given) -> DocumentId {
    DocumentId::of_sha256(&file.sha256)
}

/// The bytes of a file that is not too large.
fn whole(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Another writer is nothing that failed.
fn writing(error: StoreError) -> EngineError {
    match error {
        StoreError::Locked(_) => {
            EngineError::Busy("another program is writing to the index; try again when it is done".to_owned())
        }
        other => reading(other),
    }
}

/// A store that cannot be reached may be there again soon.
fn reading(error: StoreError) -> EngineError {
    match error {
        StoreError::Unreachable { .. } => EngineError::Busy(error.to_string()),
        other => failed(other),
    }
}

fn view(snapshot: &dyn Generation, id: &str, root: &Root) -> Result<Option<PassageView>, EngineError> {
    let found = snapshot.passage_by_id(id).map_err(reading)?;
    Ok(found.map(|record| {
        let mut view = PassageView::from(&*record);
        view.document = shown(view.document, root);
        view
    }))
}

fn shown(mut document: DocumentView, root: &Root) -> DocumentView {
    root.strip(&mut document.path);
    document
}

/// Whether the document's file still has the bytes that were read.
fn state(record: &DocumentRecord) -> FileState {
    let hash = || -> std::io::Result<Option<String>> {
        let mut file = std::fs::File::open(text_path(&record.path))?;
        if file.metadata()?.len() > LARGEST_FILE {
            return Ok(None);
        }
        let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 16]);
        loop {
            match file.read(&mut block)? {
                0 => break,
                n => hash.update(&block[..n]),
            }
        }
        Ok(Some(hex(hash.finalize())))
    };
    match hash() {
        Ok(Some(hash)) if hash == record.sha256 => FileState::Unchanged,
        Ok(Some(_)) => FileState::Changed,
        Ok(None) | Err(_) => FileState::Missing,
    }
}

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError::Failed(error.to_string())
}

fn answering(error: AnswerError) -> EngineError {
    match error {
        AnswerError::EmptyQuestion | AnswerError::LongQuestion(_) => EngineError::Invalid(error.to_string()),
        AnswerError::Index(error) => reading(error),
        other => failed(other),
    }
}
