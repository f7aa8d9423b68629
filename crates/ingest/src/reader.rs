//! Who turns a file's bytes into a document.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use wenbao_report::{Document, Limits};

/// Reads the bytes of one file. It is asked from several threads at once.
pub trait Reader: Send + Sync {
    /// The document, or one line that says why there is none. `stop` asks to give up.
    ///
    /// # Errors
    /// The line.
    fn read(&self, path: &Path, bytes: &[u8], stop: &AtomicBool) -> Result<Document, String>;

    /// How large a file may be.
    fn limits(&self) -> Limits {
        Limits::default()
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
    fn read(&self, path: &Path, bytes: &[u8], _: &AtomicBool) -> Result<Document, String> {
        let name = path.file_name().map(|name| name.to_string_lossy());
        wenbao_report::read_bytes_with(bytes, name.as_deref(), &self.0).map_err(|e| e.to_string())
    }

    fn limits(&self) -> Limits {
        self.0
    }
}

impl<F> Reader for F
where
    F: Fn(&Path, &[u8]) -> Result<Document, String> + Send + Sync,
{
    fn read(&self, path: &Path, bytes: &[u8], _: &AtomicBool) -> Result<Document, String> {
        self(path, bytes)
    }
}
