//! Which files there are: folders opened in order of names, each once, and what cannot be opened told.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::file::{no_file, reason};

/// Folders deeper than this are no place for reports.
const MAX_DEPTH: usize = 32;

/// What was found.
#[derive(Debug, PartialEq)]
pub(crate) enum Place {
    /// A file, or a link to one.
    File(PathBuf),
    /// A link to a folder, which was not followed.
    Link,
    /// Something that cannot be looked into, and why.
    Failed(PathBuf, String),
    /// What was asked for is not there, or holds nothing: nothing can be done at all.
    Nothing(PathBuf, String),
}

/// The files of files and folders, in the order of an ingest, and what could not be looked into, each with one line that
/// says why.
pub fn files(paths: &[PathBuf], follow: bool) -> (Vec<PathBuf>, Vec<(PathBuf, String)>) {
    let (mut files, mut failures) = (Vec::new(), Vec::new());
    let mut found = |place: Place| {
        match place {
            Place::File(path) => files.push(path),
            Place::Link => {}
            Place::Failed(path, problem) | Place::Nothing(path, problem) => failures.push((path, problem)),
        }
        true
    };
    Walk::new(follow, None, &mut found).all(paths);
    (files, failures)
}

/// What a folder is, whatever path leads to it: device and inode.
type Id = (u64, u64);

/// One walk over files and folders. `found` is told of each place in turn, and ends the walk by `false`.
pub(crate) struct Walk<'a> {
    follow: bool,
    seen: HashSet<Id>,
    found: &'a mut dyn FnMut(Place) -> bool,
    told: usize,
}

/// Somebody ended the walk.
struct Ended;

impl<'a> Walk<'a> {
    /// A walk that follows links to folders or not, and keeps out of the folder `but`, if there is one.
    pub fn new(follow: bool, but: Option<&Path>, found: &'a mut dyn FnMut(Place) -> bool) -> Self {
        let seen = but.and_then(|but| fs::metadata(but).ok()).and_then(|metadata| id(&metadata)).into_iter().collect();
        Self { follow, seen, found, told: 0 }
    }

    /// Walks over all of `paths`. That one of them is not there is told before anything is looked at.
    pub fn all(&mut self, paths: &[PathBuf]) {
        // Whoever ended the walk knows it.
        let _ = self.run(paths);
    }

    fn run(&mut self, paths: &[PathBuf]) -> Result<(), Ended> {
        let mut roots = Vec::new();
        for path in paths {
            match fs::metadata(path) {
                Ok(metadata) => roots.push((path, metadata)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    return self.tell(Place::Nothing(path.clone(), "no such file or folder".to_owned()));
                }
                Err(e) => return self.tell(Place::Nothing(path.clone(), format!("cannot be read: {}", reason(&e)))),
            }
        }
        for (path, metadata) in roots {
            // A path that was asked for by name is followed, whatever it is.
            if metadata.is_dir() {
                self.folder(path, 0)?;
            } else {
                self.file(path.clone(), metadata.file_type())?;
            }
        }
        match paths.first() {
            Some(first) if self.told == 0 => {
                self.tell(Place::Nothing(first.clone(), "no files in this folder".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn folder(&mut self, path: &Path, depth: usize) -> Result<(), Ended> {
        if depth > MAX_DEPTH {
            let problem = format!("lies more than {MAX_DEPTH} folders deep: ingest it by itself");
            return self.tell(Place::Failed(path.to_path_buf(), problem));
        }
        let unreadable = |e: io::Error| Place::Failed(path.to_path_buf(), format!("cannot be read: {}", reason(&e)));
        match fs::metadata(path) {
            Ok(metadata) if id(&metadata).is_some_and(|id| !self.seen.insert(id)) => return Ok(()),
            Ok(_) => {}
            Err(e) => return self.tell(unreadable(e)),
        }
        let mut entries: Vec<(OsString, io::Result<FileType>)> = Vec::new();
        match fs::read_dir(path) {
            Ok(listed) => {
                for entry in listed {
                    match entry {
                        Ok(entry) => entries.push((entry.file_name(), entry.file_type())),
                        // What was listed until then is read all the same.
                        Err(e) => {
                            self.tell(unreadable(e))?;
                            break;
                        }
                    }
                }
            }
            Err(e) => return self.tell(unreadable(e)),
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, kind) in entries {
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = path.join(name);
            match kind {
                Ok(kind) if kind.is_dir() => self.folder(&path, depth + 1)?,
                Ok(kind) if kind.is_symlink() => self.link(path, depth)?,
                Ok(kind) => self.file(path, kind)?,
                Err(e) => self.tell(Place::Failed(path, format!("cannot be read: {}", reason(&e))))?,
            }
        }
        Ok(())
    }

    fn link(&mut self, path: PathBuf, depth: usize) -> Result<(), Ended> {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() && self.follow => self.folder(&path, depth + 1),
            Ok(metadata) if metadata.is_dir() => self.tell(Place::Link),
            Ok(metadata) => self.file(path, metadata.file_type()),
            Err(e) => self.tell(Place::Failed(path, format!("is a link that leads nowhere: {}", reason(&e)))),
        }
    }

    fn file(&mut self, path: PathBuf, kind: FileType) -> Result<(), Ended> {
        let place = if kind.is_file() { Place::File(path) } else { Place::Failed(path, no_file(kind)) };
        self.tell(place)
    }

    fn tell(&mut self, place: Place) -> Result<(), Ended> {
        self.told += 1;
        if (self.found)(place) { Ok(()) } else { Err(Ended) }
    }
}

#[cfg(unix)]
fn id(metadata: &Metadata) -> Option<Id> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

/// Without numbers of files, the depth alone ends a circle of links.
#[cfg(not(unix))]
fn id(_: &Metadata) -> Option<Id> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::symlink;

    use super::*;

    fn walked(follow: bool, paths: &[PathBuf]) -> Vec<Place> {
        let mut places = Vec::new();
        let mut found = |place| {
            places.push(place);
            true
        };
        Walk::new(follow, None, &mut found).all(paths);
        places
    }

    fn files(places: &[Place], root: &Path) -> Vec<String> {
        let name = |path: &PathBuf| path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        places.iter().filter_map(|place| if let Place::File(path) = place { Some(name(path)) } else { None }).collect()
    }

    #[test]
    fn folders_are_opened_once_whatever_links_lead_to_them() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        fs::write(root.path().join("a/b/2.txt"), "x").unwrap();
        fs::write(root.path().join("a/1.txt"), "x").unwrap();
        fs::write(root.path().join("a/.hidden"), "x").unwrap();
        for link in ["a/again", "a/b/again", "z"] {
            symlink(root.path(), root.path().join(link)).unwrap();
        }
        let paths = [root.path().to_path_buf(), root.path().join("a")];
        let kept = walked(false, &paths);
        assert_eq!(files(&kept, root.path()), ["a/1.txt", "a/b/2.txt"]);
        assert_eq!(kept.iter().filter(|place| **place == Place::Link).count(), 3);
        let followed = walked(true, &paths);
        assert_eq!((files(&followed, root.path()), followed.len()), (files(&kept, root.path()), 2));
        // A link that was asked for by name is followed.
        assert_eq!(files(&walked(false, &[root.path().join("z")]), root.path()), ["z/a/1.txt", "z/a/b/2.txt"]);
    }

    #[test]
    fn a_link_to_a_folder_outside_is_followed_only_if_asked() {
        let (root, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(other.path().join("x.txt"), "x").unwrap();
        symlink(other.path(), root.path().join("out")).unwrap();
        symlink(other.path().join("x.txt"), root.path().join("file")).unwrap();
        assert_eq!(files(&walked(false, &[root.path().to_path_buf()]), root.path()), ["file"]);
        assert_eq!(files(&walked(true, &[root.path().to_path_buf()]), root.path()), ["file", "out/x.txt"]);
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_rest_goes_on() {
        let root = tempfile::tempdir().unwrap();
        let mut deep = root.path().to_path_buf();
        for _ in 0..40 {
            deep.push("d");
        }
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("lost.txt"), "x").unwrap();
        symlink("/dev/zero", root.path().join("zero")).unwrap();
        symlink("nothing", root.path().join("broken")).unwrap();
        symlink("self", root.path().join("self")).unwrap();
        nix::unistd::mkfifo(&root.path().join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let raw = root.path().join(OsString::from_vec(b"\xff\xfe.txt".to_vec()));
        fs::write(&raw, "x").unwrap();
        let places = walked(false, &[root.path().to_path_buf()]);
        let failed: Vec<String> = places
            .iter()
            .filter_map(|place| match place {
                Place::Failed(path, problem) => {
                    Some(format!("{} {problem}", path.file_name().unwrap().to_string_lossy()))
                }
                _ => None,
            })
            .collect();
        assert_eq!(failed.len(), 5, "{failed:#?}");
        for part in
            ["broken is a link that leads nowhere", "d lies more than 32", "pipe is a named pipe", "zero is a dev"]
        {
            assert!(failed.iter().any(|line| line.starts_with(part)), "{part}: {failed:#?}");
        }
        assert!(places.contains(&Place::File(raw)));
    }

    #[test]
    fn nothing_to_read_is_told_first() {
        let root = tempfile::tempdir().unwrap();
        let missing = root.path().join("missing");
        assert!(matches!(&walked(false, &[root.path().to_path_buf(), missing.clone()])[..],
            [Place::Nothing(path, problem)] if *path == missing && problem.contains("no such file")));
        assert!(matches!(&walked(false, &[root.path().to_path_buf()])[..],
            [Place::Nothing(_, problem)] if problem.contains("no files")));
    }
}
