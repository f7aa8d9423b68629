//! Which segments make up the derived part. The manifest is replaced as a whole: written beside, synced, renamed.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::segment::sync_folder;
use crate::{Error, Result};

/// The folder of all derived parts: what is in it can be removed at any time and is made anew.
pub(crate) const FOLDER: &str = "derived";
const NAME: &str = "manifest.json";
/// Raised when a derived file, the cutting of terms or what goes into an entry changes: older ones are made anew.
const VERSION: u32 = 1;

/// The manifest's content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub version: u32,
    /// Of the truth that it was made from.
    pub identity: String,
    /// The truth's generation that it was made from: older views must not use it, they may see rows that it left out.
    pub generation: u64,
    /// Counts the manifests and the segments of a folder: no number is given twice.
    pub sequence: u64,
    /// Names of the segments' folders, in order of rows.
    pub segments: Vec<String>,
}

impl Manifest {
    /// An empty one.
    pub fn empty(identity: &str) -> Self {
        Self { version: VERSION, identity: identity.to_owned(), ..Self::default() }
    }

    /// Reads it; none where there is none.
    ///
    /// # Errors
    /// A line that says why it cannot be used.
    pub fn load(dir: &Path, identity: &str) -> Result<Option<Self>, String> {
        let path = path(dir);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(format!("{}: {e}", path.display())),
        };
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        if manifest.version != VERSION || manifest.identity != identity {
            return Err(format!("{}: made by another version or for another index", path.display()));
        }
        if manifest.segments.iter().any(|name| !is_name(name)) {
            return Err(format!("{}: a segment's name is not one", path.display()));
        }
        Ok(Some(manifest))
    }

    /// Puts it in place of the old one.
    pub fn save(&self, dir: &Path) -> Result<()> {
        let folder = dir.join(FOLDER);
        let path = path(dir);
        let beside = folder.join(format!("{NAME}.new"));
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| Error::file("writing", &path)(e.into()))?;
        // The segments' own names first: a manifest must not be there before what it names.
        sync_folder(&folder)?;
        let mut file = File::create(&beside).map_err(Error::file("writing", &beside))?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(Error::file("writing", &beside))?;
        fs::rename(&beside, &path).map_err(Error::file("writing", &path))?;
        sync_folder(&folder)
    }
}

/// Where a segment lies.
pub(crate) fn segment_folder(dir: &Path, name: &str) -> PathBuf {
    dir.join(FOLDER).join(name)
}

/// What tells one manifest from the next without reading it.
pub(crate) fn mark(dir: &Path) -> Option<(std::time::SystemTime, u64, u64)> {
    let metadata = fs::metadata(path(dir)).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Some((metadata.modified().ok()?, metadata.len(), inode))
}

/// Removes what no manifest names: left by a crash, or replaced by a merge; but not what is being `built`. Readers keep
/// what they have mapped.
pub(crate) fn sweep(dir: &Path, manifest: &Manifest, built: Option<&str>) {
    let Ok(entries) = fs::read_dir(dir.join(FOLDER)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_name(&name) && !manifest.segments.contains(&name) && built != Some(&name) {
            // What cannot be removed now is tried again by the next writer.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join(FOLDER).join(NAME)
}

fn is_name(name: &str) -> bool {
    name.strip_prefix("segment-").is_some_and(|number| number.len() >= 6 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// The name of the segment of this number.
pub(crate) fn segment_name(number: u64) -> String {
    format!("segment-{number:06}")
}

/// An empty manifest where there is none, or none that can be used: its numbers go on after those of the folders that
/// are there, so that no name is given twice.
pub(crate) fn fresh(dir: &Path, identity: &str) -> Manifest {
    let numbers = fs::read_dir(dir.join(FOLDER))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("segment-")?.parse().ok());
    Manifest { sequence: numbers.max().unwrap_or(0), ..Manifest::empty(identity) }
}
