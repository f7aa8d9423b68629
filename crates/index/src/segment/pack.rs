//! Tantivy's files of one segment in a single file, written once and mapped: one file to sync, to check and to remove,
//! and no lock files, so that it can be read from a folder that cannot be written to.

use std::fmt;
use std::io;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use serde::{Deserialize, Serialize};
use stable_deref_trait::StableDeref;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    DirectoryLock, FileHandle, Lock, OwnedBytes, RamDirectory, WatchCallback, WatchHandle, WritePtr,
};
use tantivy::{Directory, Index};

const MAGIC: &[u8; 8] = b"wenbaoLX";
/// Magic, length of the table, CRC-32 of the table.
const HEADER: usize = 16;

/// Where a file lies behind the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    name: String,
    start: usize,
    length: usize,
    crc32: u32,
}

/// A packed directory, mapped.
#[derive(Clone)]
pub(crate) struct Pack {
    entries: Arc<Vec<Entry>>,
    bytes: OwnedBytes,
}

struct Mapped(Mmap);

impl Deref for Mapped {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

// SAFETY: a mapping does not move when the value that holds it does; nor is it written to (see Pack::open).
unsafe impl StableDeref for Mapped {}

/// The packed bytes of an index that lies in a RAM directory.
pub(crate) fn pack(index: &Index, directory: &RamDirectory) -> io::Result<Vec<u8>> {
    let other = |e: &dyn fmt::Display| io::Error::other(e.to_string());
    let mut names: Vec<PathBuf> = vec!["meta.json".into()];
    names.extend(index.directory().list_managed_files());
    names.sort();
    names.dedup();
    let (mut entries, mut body) = (Vec::new(), Vec::new());
    for name in names {
        if !directory.exists(&name).map_err(|e| other(&e))? {
            continue;
        }
        let bytes = directory.atomic_read(&name).map_err(|e| other(&e))?;
        entries.push(Entry {
            name: name.to_string_lossy().into_owned(),
            start: body.len(),
            length: bytes.len(),
            crc32: crc32fast::hash(&bytes),
        });
        body.extend(bytes);
    }
    let table = serde_json::to_vec(&entries)?;
    let mut packed = MAGIC.to_vec();
    packed.extend((table.len() as u32).to_le_bytes());
    packed.extend(crc32fast::hash(&table).to_le_bytes());
    packed.extend(table);
    packed.extend(body);
    Ok(packed)
}

impl Pack {
    /// Maps a packed file and compares all of it with its checksums: tantivy has none of its own and panics over what is
    /// damaged. It is read anew for this, but it is the smallest of a segment's large files.
    pub fn open(path: &Path) -> io::Result<Self> {
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let file = std::fs::File::open(path)?;
        // SAFETY: as every file of a segment it is written once under a name of its own and never changed after.
        let bytes = OwnedBytes::new(Mapped(unsafe { Mmap::map(&file) }?));
        if bytes.len() < HEADER || bytes[..8] != *MAGIC {
            return Err(bad("not a packed lexical index"));
        }
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let (length, sum) = (number(8) as usize, number(12));
        let table = bytes.get(HEADER..HEADER + length).ok_or_else(|| bad("its table is cut off"))?;
        if crc32fast::hash(table) != sum {
            return Err(bad("its table differs from its checksum"));
        }
        let entries: Vec<Entry> = serde_json::from_slice(table)?;
        let body = bytes.slice(HEADER + length..bytes.len());
        let end = entries.iter().map(|e| e.start.saturating_add(e.length)).max().unwrap_or(0);
        if body.len() != end {
            return Err(bad("it is cut off or too long"));
        }
        for Entry { name, start, length, crc32 } in &entries {
            let content = start.checked_add(*length).and_then(|end| body.get(*start..end));
            if content.map(crc32fast::hash) != Some(*crc32) {
                return Err(bad(&format!("{name} differs from its checksum")));
            }
        }
        Ok(Self { entries: Arc::new(entries), bytes: body })
    }

    fn find(&self, path: &Path) -> Result<OwnedBytes, OpenReadError> {
        let name = path.to_string_lossy();
        let entry = self.entries.iter().find(|e| e.name == name);
        let entry = entry.ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_path_buf()))?;
        Ok(self.bytes.slice(entry.start..entry.start + entry.length))
    }
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pack({} files)", self.entries.len())
    }
}

/// A file of the pack.
#[derive(Debug)]
struct Handle(OwnedBytes);

impl tantivy::HasLen for Handle {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl FileHandle for Handle {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        Ok(self.0.slice(range))
    }
}

fn read_only() -> io::Error {
    io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "a packed lexical index is never changed")
}

impl Directory for Pack {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(Handle(self.find(path)?)))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError { io_error: Arc::new(read_only()), filepath: path.to_path_buf() })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.find(path).is_ok())
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::IoError { io_error: Arc::new(read_only()), filepath: path.to_path_buf() })
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        Ok(self.find(path)?.to_vec())
    }

    fn atomic_write(&self, _path: &Path, _data: &[u8]) -> io::Result<()> {
        Err(read_only())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    /// Nothing changes, so nothing needs a lock.
    fn acquire_lock(&self, _lock: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexical::{Builder, Lexical};
    use super::*;

    #[test]
    fn every_damaged_byte_is_an_error_before_tantivy_reads_it() {
        let mut builder = Builder::new().unwrap();
        builder.add_passage(["road", "built"].into_iter()).unwrap();
        builder.add_sentence(["road"].into_iter());
        let good = builder.finish_packed().unwrap();
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("lexical");
        let open = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            Pack::open(&file).map(|pack| Lexical::open(pack, [1, 1]).is_ok())
        };
        assert!(open(&good).unwrap());
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            assert!(open(&bad).is_err(), "byte {at} of {}", good.len());
        }
        assert!(open(&good[..good.len() - 1]).is_err());
        assert!(open(&[good.as_slice(), b"x"].concat()).is_err());
    }
}
