//! The one writer.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use wenbao_report::Document;

use crate::grain::RECIPE;
use crate::index::Index;
use crate::maintain;
use crate::truth::{self, Put};
use crate::{DocumentId, Error, Result, Source};
use wenbao_embed::Vectors;

/// After so many new passages their derived parts are made: until then every snapshot indexes them in memory.
const FLUSH: usize = 4_000;

/// Changes an index. What a method returned for is on the disk; a crash before loses that one document only.
pub struct Writer<'a> {
    index: &'a Index,
    connection: Connection,
    /// Passages stored since the derived parts were last made.
    pending: usize,
    /// Held, not read: dropping it lets the next writer in.
    _lock: File,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(index: &'a Index, connection: Connection, lock: File) -> Self {
        Self { index, connection, pending: 0, _lock: lock }
    }

    /// Stores a document with the vectors of its passages and of all their sentences, in reading order. It takes the
    /// place of what came from the same path and of what has the same content; readers see the one or the other.
    pub fn put(
        &mut self,
        source: &Source,
        document: &Document,
        passages: &Vectors,
        sentences: &Vectors,
    ) -> Result<DocumentId> {
        let dimensions = self.index.model().dimensions;
        let count: usize = document.passages.iter().map(|p| p.sentences.len()).sum();
        for (what, expected, found) in [
            ("components of the passages' vectors", document.passages.len() * dimensions, passages.as_slice().len()),
            ("components of the sentences' vectors", count * dimensions, sentences.as_slice().len()),
        ] {
            if expected != found {
                return Err(Error::Shape { what, expected, found });
            }
        }
        let put = Put {
            source,
            recipe: &recipe(),
            document,
            passages: passages.as_slice(),
            sentences: sentences.as_slice(),
            dimensions,
            now: &now(),
        };
        let id = put.run(&mut self.connection, self.index.dir())?;
        self.pending += document.passages.len();
        if self.pending >= FLUSH {
            // The document is stored, whatever comes of this.
            if let Err(problem) = self.flush() {
                tracing::warn!("the derived parts are behind: {problem}");
            }
        }
        Ok(id)
    }

    /// Derived parts for what has none yet; merges where that pays.
    fn flush(&mut self) -> Result<()> {
        // A view held here would keep the log growing: it is given up before the log is emptied.
        self.index.forget();
        self.empty_log()?;
        maintain::flush(self.index, maintain::How::WhereItPays)?;
        self.pending = 0;
        Ok(())
    }

    /// Makes all derived parts anew, as one segment, from the truth alone.
    pub(crate) fn rebuild(mut self) -> Result<()> {
        maintain::flush(self.index, maintain::How::Everything)?;
        self.tidy()
    }

    /// Records that an unchanged document now lies elsewhere.
    pub fn moved(&mut self, id: &DocumentId, path: &Path) -> Result<()> {
        truth::moved(&mut self.connection, self.index.dir(), id, path)
    }

    /// Removes a document; false if there is none of this name.
    pub fn remove(&mut self, id: &DocumentId) -> Result<bool> {
        truth::remove(&mut self.connection, self.index.dir(), id)
    }

    /// Name and path of every document that was read in today's way, by the SHA-256 of its content.
    pub fn stored(&self) -> Result<HashMap<String, (DocumentId, String)>> {
        truth::stored(&self.connection, self.index.dir(), &recipe())
    }

    /// Brings the derived parts up to date and gives up writing.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.tidy()
    }

    fn tidy(&mut self) -> Result<()> {
        self.index.forget();
        self.empty_log()
    }

    /// Other readers may hold the log: then it is emptied another time, nobody waits for it.
    fn empty_log(&self) -> Result<()> {
        let connection = &self.connection;
        connection
            .busy_timeout(std::time::Duration::ZERO)
            .and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
            .and_then(|()| connection.busy_timeout(truth::BUSY))
            .map_err(Error::truth("emptying the log", self.index.dir()))
    }
}

/// What read a document and put it into words.
fn recipe() -> String {
    format!("{}/{RECIPE}", env!("CARGO_PKG_VERSION"))
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
