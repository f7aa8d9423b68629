//! Files of an index: whatever is in them, opening, searching and verifying give results or errors.

use std::fs;
use std::path::{Path, PathBuf};

use wenbao_embed::Vectors;
use wenbao_index::terms::terms;
use wenbao_index::{Filter, Grain, Index, ModelStamp, Source};
use wenbao_report::{Document, Passage, Sentence};

use crate::Target;

const DIMENSIONS: usize = 8;

/// One file of an index is replaced by the input, whose first byte says which.
pub struct IndexFiles {
    home: tempfile::TempDir,
    /// Relative paths.
    files: Vec<PathBuf>,
}

impl IndexFiles {
    /// An index of a few documents in two segments.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let home = tempfile::tempdir()?;
        let whole = home.path().join("whole");
        let index = Index::open(&whole, &stamp())?;
        for number in 0..6 {
            let mut writer = index.writer()?;
            let texts: Vec<String> =
                (0..3).map(|at| format!("第{number}号文件第{at}段，新建公路{}公里。", number * 7 + at)).collect();
            let passages: Vec<Passage> = texts.iter().map(|text| passage(text)).collect();
            let values: Vec<f32> = (0..3 * DIMENSIONS).map(|at| ((at * 7 + number) % 5) as f32 / 5.0).collect();
            let vectors = Vectors::from_parts(DIMENSIONS, values)?;
            let source = Source { path: format!("{number}.txt").into(), sha256: format!("{number:064}"), bytes: 1 };
            let document = Document { text: texts.concat(), passages, ..Document::default() };
            writer.put(&source, &document, &vectors, &vectors)?;
            if number % 3 == 2 {
                writer.flush()?;
            }
        }
        index.writer()?.finish()?;
        drop(index);
        let mut files = Vec::new();
        list(&whole, Path::new(""), &mut files)?;
        // Another program's memory and the lock hold nothing that is read.
        files.retain(|path| !path.ends_with("lock") && path.extension().is_none_or(|e| e != "db-shm"));
        files.sort();
        Ok(Self { home, files })
    }
}

impl Target for IndexFiles {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let bytes = |(at, path): (usize, &PathBuf)| {
            let content = fs::read(self.home.path().join("whole").join(path)).unwrap_or_default();
            [vec![at as u8], content].concat()
        };
        self.files.iter().enumerate().map(bytes).collect()
    }

    fn run(&self, input: &[u8]) -> Result<bool, String> {
        let Some((first, content)) = input.split_first() else { return Ok(false) };
        let damaged = tempfile::tempdir_in(self.home.path()).map_err(|e| e.to_string())?;
        for (at, path) in self.files.iter().enumerate() {
            let to = damaged.path().join(path);
            let copied = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
                if at == usize::from(*first) % self.files.len() {
                    fs::write(&to, content)
                } else {
                    fs::copy(self.home.path().join("whole").join(path), &to).map(drop)
                }
            });
            copied.map_err(|e| e.to_string())?;
        }
        // One who only looks, then one who would write: that one makes damaged parts anew.
        let looked = Index::open_existing(damaged.path()).is_ok_and(|index| search(&index));
        let opened = Index::open(damaged.path(), &stamp()).is_ok_and(|index| search(&index));
        Ok(looked || opened)
    }
}

/// Asks everything once; whether all was answered.
fn search(index: &Index) -> bool {
    let Ok(snapshot) = index.snapshot() else { return false };
    let asked: Vec<(String, f32)> = terms("新建公路").into_iter().map(|term| (term, 1.0)).collect();
    let mut fine = true;
    for grain in [Grain::Passage, Grain::Sentence] {
        fine &= snapshot.search_vectors(grain, &[0.5; DIMENSIONS], 5, &Filter::default()).is_ok();
        fine &= snapshot.search_text(grain, &asked, 5, &Filter::default()).is_ok();
    }
    for row in snapshot.rows().take(100) {
        fine &= snapshot.passage(row).is_ok();
        let _ = snapshot.vector(Grain::Passage, row, 0);
    }
    let _ = (index.status().is_ok(), index.verify().is_ok());
    fine
}

fn stamp() -> ModelStamp {
    ModelStamp { name: "fuzz".into(), fingerprint: "fuzz".into(), dimensions: DIMENSIONS }
}

fn passage(text: &str) -> Passage {
    let sentence = Sentence { range: 0..text.chars().count(), ..Sentence::default() };
    Passage { text: text.to_owned(), sentences: vec![sentence], ..Passage::default() }
}

fn list(root: &Path, below: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() { list(root, &path, files)? } else { files.push(path) }
    }
    Ok(())
}
