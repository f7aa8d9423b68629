//! A consistent copy of the truth while others read and write. The derived parts are made anew where it is opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::index::Index;
use crate::{Error, Result, truth};

impl Index {
    /// Copies all documents, passages and vectors into one file: the state of one commit, whatever the writer does
    /// meanwhile. To restore it, copy it back as `truth.db` into an empty folder.
    ///
    /// # Errors
    /// An existing file is not overwritten.
    pub fn backup(&self, file: &Path) -> Result<()> {
        let refuse = |problem: String| Error::Input { path: file.to_path_buf(), problem };
        if file.exists() {
            return Err(refuse("is there already: name a new file".to_owned()));
        }
        let mut beside = file.as_os_str().to_owned();
        beside.push(".partial");
        let beside = PathBuf::from(beside);
        let result = self.copy_to(&beside).and_then(|()| {
            std::fs::rename(&beside, file).map_err(Error::file("writing the backup", file))?;
            let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
            crate::segment::sync_folder(folder)
        });
        if result.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        result
    }

    fn copy_to(&self, file: &Path) -> Result<()> {
        let (from, _) = truth::open_reader(self.dir())?;
        // Left by an interrupted backup.
        let _ = std::fs::remove_file(file);
        let run = || -> rusqlite::Result<()> {
            let mut to = Connection::open(file)?;
            // All pages in one step: the copy is of one commit. Readers and the writer go on, the log holds what is new.
            // Closing the copy empties its log into it.
            Backup::new(&from, &mut to)?.run_to_completion(i32::MAX, Duration::ZERO, None)
        };
        run().map_err(Error::truth("writing the backup", file))?;
        std::fs::File::open(file).and_then(|f| f.sync_all()).map_err(Error::file("writing the backup", file))
    }
}
