//! A disk as it is after a loss of power: what was synced is there, of the rest some or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::common::Random;

/// Bytes that a disk writes wholly or not at all.
const SECTOR: usize = 512;

/// One record of the log that io.c writes.
#[derive(Debug, Clone)]
pub enum Op {
    Create(PathBuf),
    Write(PathBuf, usize, Vec<u8>),
    Cut(PathBuf, usize),
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    Folder(PathBuf),
    /// What the process said on its standard output.
    Said(String),
}

/// The records of a log, as far as they are whole: the process may have been killed while it wrote one.
pub fn read(log: &[u8]) -> Vec<Op> {
    let (mut rest, mut ops) = (log, Vec::new());
    while let Some((op, after)) = one(rest) {
        ops.extend(op);
        rest = after;
    }
    ops
}

/// The next record; none inside for a kind that nobody knows.
fn one(rest: &[u8]) -> Option<(Option<Op>, &[u8])> {
    let (kind, rest) = rest.split_first()?;
    let (path_length, rest) = rest.split_first_chunk::<4>()?;
    let (data_length, rest) = rest.split_first_chunk::<4>()?;
    let (offset, rest) = rest.split_first_chunk::<8>()?;
    let (path, rest) = rest.split_at_checked(u32::from_le_bytes(*path_length) as usize)?;
    let (data, rest) = rest.split_at_checked(u32::from_le_bytes(*data_length) as usize)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (path, at) = (PathBuf::from(text(path)), u64::from_le_bytes(*offset) as usize);
    let op = match kind {
        b'c' => Op::Create(path),
        b'w' => Op::Write(path, at, data.to_vec()),
        b't' => Op::Cut(path, at),
        b'f' => Op::Sync(path),
        b'r' => Op::Rename(path, PathBuf::from(text(data))),
        b'u' => Op::Remove(path),
        b'm' => Op::Folder(path),
        b's' => Op::Said(text(data)),
        _ => return Some((None, rest)),
    };
    Some((Some(op), rest))
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Entry {
    Folder,
    File(usize),
}

#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

/// A change of names that is made wholly or not at all.
#[derive(Debug)]
struct Names(Vec<(PathBuf, Option<Entry>)>);

/// A folder on a disk, before and after what waits in the system's memory. It begins empty.
#[derive(Debug, Default)]
pub struct Disk {
    files: Vec<File>,
    names: BTreeMap<PathBuf, Entry>,
    synced: BTreeMap<PathBuf, Entry>,
    since: Vec<Names>,
}

impl Disk {
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Create(path) => {
                self.files.push(File::default());
                self.rename(vec![(path.clone(), Some(Entry::File(self.files.len() - 1)))]);
            }
            Op::Folder(path) => self.rename(vec![(path.clone(), Some(Entry::Folder))]),
            Op::Remove(path) => self.rename(vec![(path.clone(), None)]),
            Op::Rename(from, to) => {
                let entry = self.names.get(from).copied();
                self.rename(vec![(from.clone(), None), (to.clone(), entry)]);
            }
            Op::Write(path, at, data) => self.change(path, Change::Write(*at, data.clone())),
            Op::Cut(path, length) => self.change(path, Change::Cut(*length)),
            Op::Sync(path) => self.sync(path),
            Op::Said(_) => {}
        }
    }

    fn rename(&mut self, changes: Vec<(PathBuf, Option<Entry>)>) {
        put(&mut self.names, &changes);
        self.since.push(Names(changes));
    }

    fn change(&mut self, path: &Path, change: Change) {
        if let Some(Entry::File(number)) = self.names.get(path) {
            self.files[*number].since.push(change);
        }
    }

    /// A file's content, or the names in a folder; not the file's own name.
    fn sync(&mut self, path: &Path) {
        if let Some(Entry::File(number)) = self.names.get(path) {
            let file = &mut self.files[*number];
            let since = std::mem::take(&mut file.since);
            since.iter().for_each(|change| change.make(&mut file.synced));
            return;
        }
        let is_in = |name: &Path| name.parent() == Some(path);
        self.synced.retain(|name, _| !is_in(name));
        self.synced
            .extend(self.names.iter().filter(|(name, _)| is_in(name)).map(|(name, entry)| (name.clone(), *entry)));
        self.since.retain(|names| !names.0.iter().all(|(name, _)| is_in(name)));
    }

    /// Puts what is left of `root` after a loss of power into the folder `to`: what was synced alone, or with `some` of
    /// the rest by chance, the last of a file's writes perhaps torn.
    ///
    /// # Errors
    /// When `to` cannot be written to.
    pub fn lose_power(&self, root: &Path, to: &Path, some: Option<&mut Random>) -> io::Result<()> {
        let mut names = self.synced.clone();
        let mut random = some;
        if let Some(random) = random.as_deref_mut() {
            // File systems keep changes of names in order.
            let many = random.below(self.since.len() as u64 + 1) as usize;
            self.since[..many].iter().for_each(|change| put(&mut names, &change.0));
        }
        for (name, entry) in &names {
            // What an index shares between processes does not outlive them.
            let (Ok(below), false) = (name.strip_prefix(root), name.to_string_lossy().ends_with("-shm")) else {
                continue;
            };
            let path = to.join(below);
            match entry {
                Entry::Folder => fs::create_dir_all(&path)?,
                Entry::File(number) => {
                    let file = &self.files[*number];
                    let mut bytes = file.synced.clone();
                    if let Some(random) = random.as_deref_mut() {
                        file.since.iter().for_each(|change| change.make_perhaps(&mut bytes, random));
                    }
                    // A file whose folder is lost is lost too.
                    if path.parent().is_some_and(Path::is_dir) {
                        fs::write(&path, bytes)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn put(names: &mut BTreeMap<PathBuf, Entry>, changes: &[(PathBuf, Option<Entry>)]) {
    for (name, entry) in changes {
        match entry {
            Some(entry) => drop(names.insert(name.clone(), *entry)),
            None => drop(names.remove(name)),
        }
    }
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, data) => write(bytes, *at, data),
            Self::Cut(length) => bytes.resize(*length, 0),
        }
    }

    fn make_perhaps(&self, bytes: &mut Vec<u8>, random: &mut Random) {
        match (random.below(8), self) {
            (0..4, _) => self.make(bytes),
            (4, Self::Write(at, data)) => {
                let sectors = random.below((data.len() / SECTOR + 1) as u64) as usize;
                write(bytes, *at, &data[..(sectors * SECTOR).min(data.len())]);
            }
            _ => {}
        }
    }
}

fn write(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    let end = at + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(data);
}
