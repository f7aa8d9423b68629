//! Who turns a file's bytes into a document.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wenbao_report::{Document, Limits, Member};

/// A document of a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Part {
    /// Where in the file it lies; none where the file is the document.
    pub inside: Option<Inside>,
    /// The document, or one line that says why there is none.
    pub document: Result<Box<Document>, String>,
}

/// A place in an archive, or in a list of texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// Its path in the file, with slashes.
    pub path: String,
    /// SHA-256 of what lies there, lower-case hex.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
}

impl From<Member> for Part {
    fn from(member: Member) -> Self {
        let Member { inside, sha256, bytes, document } = member;
        Self {
            inside: inside.map(|path| Inside { path, sha256, bytes }),
            document: document.map(Box::new).map_err(|e| e.to_string()),
        }
    }
}

impl From<Document> for Part {
    fn from(document: Document) -> Self {
        Self { inside: None, document: Ok(Box::new(document)) }
    }
}

/// Reads the bytes of one file. It is asked from several threads at once.
pub trait Reader: Send + Sync {
    /// The documents of the file, or one line that says why there are none. `stop` asks to give up.
    ///
    /// # Errors
    /// The line.
    fn read(&self, path: &Path, bytes: &[u8], stop: &AtomicBool) -> Result<Vec<Part>, String>;

    /// How large a file may be.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// Whether it reads pages that are pictures.
    fn reads_pictures(&self) -> bool {
        false
    }

    /// How long [`Self::read`] may take before it gives up by itself.
    fn longest(&self) -> Duration {
        Duration::from_secs(self.limits().seconds.saturating_mul(2))
    }
}

/// Reads in this process: for files that are trusted, and for systems without child processes to confine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Here(pub Limits);

impl Reader for Here {
    fn read(&self, path: &Path, bytes: &[u8], _: &AtomicBool) -> Result<Vec<Part>, String> {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let members = wenbao_report::read_all(bytes, name.as_deref(), &self.0, None).map_err(|e| e.to_string())?;
        Ok(members.into_iter().map(Part::from).collect())
    }

    fn limits(&self) -> Limits {
        self.0
    }
}

impl<F> Reader for F
where
    F: Fn(&Path, &[u8]) -> Result<Document, String> + Send + Sync,
{
    fn read(&self, path: &Path, bytes: &[u8], _: &AtomicBool) -> Result<Vec<Part>, String> {
        self(path, bytes).map(|document| vec![document.into()])
    }
}
