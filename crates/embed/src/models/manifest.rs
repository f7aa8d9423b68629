//! What a pull leaves beside a model's files: where they come from, what they hash to, how they are used.

use std::{collections::BTreeMap, fmt::Write as _, io::Read, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::registry::{Model, Pooling};
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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileStamp {
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    /// The manifest for files that lie in `dir`; hashes them.
    pub fn of(model: &Model, source: &str, dir: &Path, files: &[String]) -> Result<Self, Error> {
        let stamp = |name: &String| {
            let path = dir.join(name);
            let bytes = std::fs::metadata(&path).map_err(Error::io("read", &path))?.len();
            Ok((name.clone(), FileStamp { bytes, sha256: sha256_file(&path)? }))
        };
        Ok(Self {
            name: model.name.clone(),
            license: model.license.clone(),
            source: source.to_owned(),
            dimensions: model.dimensions,
            pooling: model.pooling,
            query_prefix: model.query_prefix.clone(),
            passage_prefix: model.passage_prefix.clone(),
            max_tokens: model.max_tokens,
            files: files.iter().map(stamp).collect::<Result<_, Error>>()?,
        })
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

    pub fn write(&self, dir: &Path) -> Result<(), Error> {
        let path = dir.join(MANIFEST);
        let json = serde_json::to_vec_pretty(self).map_err(|e| Error::load(&path, e))?;
        std::fs::write(&path, json).map_err(Error::io("write", &path))
    }

    /// Whether every file is there with its recorded size; with `thorough` its hash too.
    pub fn holds(&self, dir: &Path, thorough: bool) -> bool {
        self.files.iter().all(|(name, stamp)| {
            let path = dir.join(name);
            let size_fits = std::fs::metadata(&path).is_ok_and(|m| m.len() == stamp.bytes);
            size_fits && (!thorough || sha256_file(&path).is_ok_and(|found| found == stamp.sha256))
        })
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
