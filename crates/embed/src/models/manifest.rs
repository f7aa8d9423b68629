//! What a pull leaves beside a model's files: where they come from, what they hash to, how they are used.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Read, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    proof::Proof,
    registry::{Files, Model, Pooling},
};
use crate::Error;

pub(crate) const MANIFEST: &str = "manifest.json";

/// The content of manifest.json in a pulled model's directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub name: String,
    pub license: String,
    /// "pip" or "hf".
    pub source: String,
    pub dimensions: usize,
    pub pooling: Pooling,
    pub query_prefix: String,
    pub passage_prefix: String,
    pub max_tokens: usize,
    /// Relative path -> size and hash.
    pub files: BTreeMap<String, FileStamp>,
    /// SHA-256 of the word table, for models that have one to share with a reader. Hashing its 54 MB takes long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word_table: Option<String>,
    /// What the model computed when it was pulled; none if that was before there was such a thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileStamp {
    pub bytes: u64,
    pub sha256: String,
}

impl FileStamp {
    /// What is wrong with the file; `thorough` hashes it.
    pub fn complaint(&self, path: &Path, thorough: bool) -> Option<String> {
        match std::fs::metadata(path) {
            Err(e) => return Some(format!("cannot be read ({e})")),
            Ok(m) if m.len() != self.bytes => return Some(format!("has {} bytes, not {}", m.len(), self.bytes)),
            Ok(_) => {}
        }
        match if thorough { sha256_file(path) } else { return None } {
            Ok(found) if found == self.sha256 => None,
            Ok(_) => Some("is damaged: its hash is not the recorded one".into()),
            Err(e) => Some(format!("cannot be read ({e})")),
        }
    }
}

impl Manifest {
    /// The manifest for files that lie in `dir`; hashes them.
    pub fn of(model: &Model, source: &str, dir: &Path, files: &[String]) -> Result<Self, Error> {
        Self::stamped(files, dir).map(|files| Self {
            name: model.name.clone(),
            license: model.license.clone(),
            source: source.to_owned(),
            dimensions: model.dimensions,
            pooling: model.pooling,
            query_prefix: model.query_prefix.clone(),
            passage_prefix: model.passage_prefix.clone(),
            max_tokens: model.max_tokens,
            files,
            word_table: None,
            proof: None,
        })
    }

    /// The manifest for files that make no vectors: it has none of what decides about them.
    pub fn of_files(model: &Files, dir: &Path, files: &[String]) -> Result<Self, Error> {
        Self::stamped(files, dir).map(|files| Self {
            name: model.name.clone(),
            license: model.license.clone(),
            source: "pip".to_owned(),
            dimensions: 0,
            pooling: Pooling::Mean,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            max_tokens: 0,
            files,
            word_table: None,
            proof: None,
        })
    }

    fn stamped(files: &[String], dir: &Path) -> Result<BTreeMap<String, FileStamp>, Error> {
        let stamp = |name: &String| {
            let path = dir.join(name);
            let bytes = std::fs::metadata(&path).map_err(Error::io("read", &path))?.len();
            Ok((name.clone(), FileStamp { bytes, sha256: sha256_file(&path)? }))
        };
        files.iter().map(stamp).collect()
    }

    /// The manifest of a directory; none when it has no such file.
    pub fn read(dir: &Path) -> Result<Option<Self>, Error> {
        let path = dir.join(MANIFEST);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| Error::load(&path, e)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io("read", &path)(e)),
        }
    }

    /// Puts the manifest into the directory, in place of the one that is there in one step.
    pub fn write(&self, dir: &Path) -> Result<(), Error> {
        let path = dir.join(MANIFEST);
        let json = serde_json::to_vec_pretty(self).map_err(|e| Error::load(&path, e))?;
        write_whole(&path, &json)
    }

    /// Whether every file is there with its recorded size; with `thorough` its hash too.
    pub fn holds(&self, dir: &Path, thorough: bool) -> bool {
        self.files.iter().all(|(name, stamp)| stamp.complaint(&dir.join(name), thorough).is_none())
    }

    /// A hash over everything that decides what the vectors are.
    pub fn fingerprint(&self) -> String {
        let mut text = format!(
            "{} {:?} {:?} {:?} {}",
            self.dimensions, self.pooling, self.query_prefix, self.passage_prefix, self.max_tokens
        );
        for (name, stamp) in &self.files {
            // Writing into a String cannot fail.
            let _ = write!(text, "\n{name} {}", stamp.sha256);
        }
        hex(&Sha256::digest(text.as_bytes()))[..32].to_owned()
    }
}

/// Writes a file under a temporary name and gives it its own when it is complete and on the disk.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(Error::io("write in", dir))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(Error::io("write", path))?;
    // Temporary files are their owner's alone; a model may be shared like its other files.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(mode).map_err(Error::io("write", path))?;
    }
    file.persist(path).map_err(|e| Error::io("write", path)(e.error))?;
    Ok(())
}

/// SHA-256 of a file, hexadecimal.
pub(crate) fn sha256_file(path: &Path) -> Result<String, Error> {
    let mut file = std::fs::File::open(path).map_err(Error::io("open", path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let n = file.read(&mut buffer).map_err(Error::io("read", path))?;
        if n == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..n]);
    }
}

/// SHA-256 of bytes in memory, hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
