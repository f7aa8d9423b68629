//! The folder of files that came over HTTP.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// What arrives lies here until all of it is there: hidden, so that no ingest of the folder meets half a file.
const ARRIVING: &str = ".arriving";
/// Digits of a content's hash that name its folder.
const FOLDER: usize = 16;
/// Longest name of a file in bytes; most systems take 255.
const LONGEST_NAME: usize = 200;

/// The folder: `<folder>/<beginning of the content's SHA-256>/<name>`.
pub(crate) struct Shelf {
    folder: PathBuf,
    /// Held while a file is put into its folder or taken out of it: a discarded file takes the folder with it, which another
    /// of the same content has just made.
    places: Arc<Mutex<()>>,
    count: AtomicU64,
}

/// A file as it arrives; gone if dropped before [`Incoming::keep`].
pub(crate) struct Incoming {
    folder: PathBuf,
    places: Arc<Mutex<()>>,
    path: PathBuf,
    name: String,
    file: File,
    hash: Sha256,
    bytes: u64,
}

/// A file that is all there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// As its sender calls it, without folders.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
}

impl Shelf {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, places: Arc::default(), count: AtomicU64::new(0) }
    }

    /// Begins a file of this name.
    pub async fn begin(&self, name: &str) -> io::Result<Incoming> {
        let arriving = self.folder.join(ARRIVING);
        tokio::fs::create_dir_all(&arriving).await?;
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let path = arriving.join(format!("{}-{number}", std::process::id()));
        let file = File::create(&path).await?;
        Ok(Incoming {
            folder: self.folder.clone(),
            places: Arc::clone(&self.places),
            path,
            name: plain(name),
            file,
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    /// Takes a file off the shelf; one that lies elsewhere is not ours to touch.
    pub fn discard(&self, file: &Path) {
        if !file.starts_with(&self.folder) {
            return;
        }
        let _alone = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = std::fs::remove_file(file)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("{} could not be removed: {error}", file.display());
        }
        if let Some(parent) = file.parent().filter(|parent| *parent != self.folder) {
            // Only where nothing else is in it.
            let _ = std::fs::remove_dir(parent);
        }
    }
}

impl Incoming {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// More of it.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).await
    }

    /// All of it is there: puts it into its place.
    pub async fn keep(mut self) -> io::Result<Kept> {
        self.file.flush().await?;
        self.file.sync_data().await?;
        let sha256: String = self.hash.finalize_reset().iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = self.folder.join(&sha256[..FOLDER]);
        let path = folder.join(&self.name);
        let (from, to, places) = (self.path.clone(), path.clone(), Arc::clone(&self.places));
        let placed = tokio::task::spawn_blocking(move || {
            let _alone = places.lock().unwrap_or_else(PoisonError::into_inner);
            std::fs::create_dir_all(folder)?;
            // The same content under the same name: the one is as good as the other.
            std::fs::rename(from, to)
        });
        placed.await.map_err(io::Error::other)??;
        Ok(Kept { name: self.name.clone(), path, sha256 })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Not there any more once it is kept.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A sender's name as the name of a file: "C:\\docs\\..\\a.txt" is "a.txt". No folder, nothing hidden, nothing that steers a
/// terminal, not too long, its ending kept.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control() && !"<>:\"|?*\u{202e}\u{202d}".contains(*c)).collect();
    let clean = clean.trim().trim_start_matches('.').trim();
    let (stem, ending) = match clean.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 8 && !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (clean, String::new()),
    };
    let mut stem = stem.to_owned();
    while stem.len() + ending.len() > LONGEST_NAME {
        stem.pop();
    }
    if stem.is_empty() { format!("document{ending}") } else { stem + &ending }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_outside_is_no_path() {
        for (given, name) in [
            ("a.txt", "a.txt"),
            ("2025年山西省政府工作报告.docx", "2025年山西省政府工作报告.docx"),
            ("../../etc/passwd", "passwd"),
            ("C:\\docs\\b.pdf", "b.pdf"),
            ("..", "document"),
            ("", "document"),
            (".hidden", "hidden"),
            ("a\u{1b}[2J.txt", "a[2J.txt"),
            ("folder/", "document"),
        ] {
            assert_eq!(plain(given), name, "{given:?}");
        }
        let long = plain(&format!("{}.txt", "长".repeat(300)));
        assert!(long.len() <= LONGEST_NAME && long.ends_with("长.txt"), "{long}");
    }

    #[tokio::test]
    async fn files_of_one_name_do_not_meet_and_what_is_not_kept_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(home.path().join("files"));
        let mut kept = Vec::new();
        for text in ["one", "two"] {
            let mut incoming = shelf.begin("x/a.txt").await.unwrap();
            incoming.write(text.as_bytes()).await.unwrap();
            kept.push(incoming.keep().await.unwrap());
        }
        assert_ne!(kept[0].path, kept[1].path);
        assert_eq!(std::fs::read_to_string(&kept[1].path).unwrap(), "two");
        assert_eq!(kept[0].sha256, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
        drop(shelf.begin("b.txt").await.unwrap());
        assert_eq!(std::fs::read_dir(home.path().join("files").join(ARRIVING)).unwrap().count(), 0);
        shelf.discard(&kept[0].path);
        assert!(!kept[0].path.parent().unwrap().exists());
        let elsewhere = home.path().join("own.txt");
        std::fs::write(&elsewhere, "own").unwrap();
        shelf.discard(&elsewhere);
        assert!(elsewhere.exists());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_file_is_kept_while_another_of_the_same_content_is_discarded() {
        let home = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(home.path().to_path_buf());
        let path = shelf.begin("a.txt").await.unwrap().keep().await.unwrap().path;
        let stop = AtomicU64::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while stop.load(Ordering::Relaxed) == 0 {
                    shelf.discard(&path);
                }
            });
            let kept = tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(async {
                    for _ in 0..1000 {
                        shelf.begin("a.txt").await?.keep().await?;
                    }
                    io::Result::Ok(())
                })
            });
            stop.store(1, Ordering::Relaxed);
            kept.unwrap();
        });
    }
}
