//! The one writer.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rusqlite::Connection;
use wenbao_report::Document;

use crate::index::Index;
use crate::maintain::{Merges, Parts};
use crate::store::{Made, check_shape};
use crate::truth::{self, Put, Sketches};
use crate::{DocumentId, Error, Result, Source};
use wenbao_embed::Vectors;

/// After so many new passages (or sentences) their derived parts are made: until then every snapshot indexes them in
/// memory. Fewer than need a graph, so that the writer never builds one.
const FLUSH: usize = 4_000;
/// With more segments than this the writer waits for the merges: it is faster than they are.
const MOST: usize = 32;

/// A document to be stored, with its vectors.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// Where it came from.
    pub source: &'a Source,
    /// What was read.
    pub document: &'a Document,
    /// One row a passage.
    pub passages: &'a Vectors,
    /// One row a sentence, passage after passage.
    pub sentences: &'a Vectors,
    /// How and when it was read, where that was done before; none: by this program, now.
    pub made: Option<&'a Made>,
}

/// Changes an index. What a method returned for is on the disk; a crash before loses nothing but that.
///
/// Segments are merged beside it, in a thread of its own. Dropping the writer gives up a merge under way: nothing is lost
/// by that but its work, which another writer begins again.
pub struct Writer<'a> {
    index: &'a Index,
    connection: Connection,
    /// Passages, or sentences where those are more, stored since the derived parts were last made.
    pending: usize,
    sketches: Sketches,
    parts: Arc<Parts>,
    /// Before the lock, so that no merge outlives it.
    merges: Merges,
    /// Held, not read: dropping it lets the next writer in.
    _lock: File,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(index: &'a Index, connection: Connection, lock: File) -> Self {
        let parts = Arc::new(Parts::new(index));
        Self {
            index,
            connection,
            pending: 0,
            sketches: Sketches::default(),
            merges: Merges::new(Arc::clone(&parts)),
            parts,
            _lock: lock,
        }
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
        let ids = self.put_all(&[New { source, document, passages, sentences, made: None }])?;
        ids.into_iter().next().ok_or(Error::Shape { what: "documents stored", expected: 1, found: 0 })
    }

    /// [`Self::put`] of several documents, all of them or none: many small ones are stored faster together.
    pub fn put_all(&mut self, documents: &[New<'_>]) -> Result<Vec<DocumentId>> {
        let dimensions = self.index.model().dimensions;
        let mut added = 0;
        for new in documents {
            check_shape(new, dimensions)?;
            let count: usize = new.document.passages.iter().map(|p| p.sentences.len()).sum();
            added += new.document.passages.len().max(count);
        }
        let now = Made::now();
        let puts: Vec<Put<'_>> = documents
            .iter()
            .map(|new| Put {
                source: new.source,
                made: new.made.unwrap_or(&now),
                document: new.document,
                passages: new.passages.as_slice(),
                sentences: new.sentences.as_slice(),
                dimensions,
            })
            .collect();
        let ids = truth::put_all(&mut self.connection, self.index.dir(), &puts, &mut self.sketches)?;
        self.pending += added;
        // The documents are stored, whatever comes of the rest.
        if self.sketches.are_many(&self.connection).unwrap_or(false)
            && let Err(problem) = self.sketches.settle(&mut self.connection)
        {
            tracing::warn!("fingerprints wait for the next writer: {problem}");
        }
        if self.pending >= FLUSH
            && let Err(problem) = self.flush()
        {
            tracing::warn!("the derived parts are behind: {problem}");
        }
        Ok(ids)
    }

    /// Makes derived parts for what has none yet: until then every snapshot indexes it in memory. Then merges that pay begin
    /// beside the writer. It is called for every few thousand passages and by [`Self::finish`]; a writer that lives on
    /// calls it when it has nothing to do.
    pub fn flush(&mut self) -> Result<()> {
        if self.make_parts()? > MOST {
            self.merges.wait(&AtomicBool::new(false));
        }
        self.merges.begin(false);
        Ok(())
    }

    /// Derived parts for what has none yet. How many segments there are then.
    fn make_parts(&mut self) -> Result<usize> {
        // A view held here would keep the log growing: it is given up before the log is emptied.
        self.index.forget();
        self.empty_log()?;
        let segments = self.parts.flush()?;
        self.pending = 0;
        Ok(segments)
    }

    /// Makes all derived parts anew, as one segment, from the truth alone.
    pub(crate) fn rebuild(mut self) -> Result<()> {
        let settled = self.sketches.settle(&mut self.connection);
        settled.map_err(Error::truth("putting fingerprints into order", self.index.dir()))?;
        self.parts.remake()?;
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
        truth::stored(&self.connection, self.index.dir(), &Made::now().recipe)
    }

    /// Brings the derived parts up to date, waits for the merges that pay, and gives up writing. A merge that fails is told
    /// in the log of the program and fails nothing: all is found without it.
    pub fn finish(self) -> Result<()> {
        self.finish_unless(&AtomicBool::new(false))
    }

    /// [`Self::finish`] for a process in a hurry: merges are given up as soon as `cancel` is set, and left to the next
    /// writer.
    pub fn finish_unless(mut self, cancel: &AtomicBool) -> Result<()> {
        self.make_parts()?;
        // What was begun beside the writing; then, with all processors, what pays after it.
        self.merges.wait(cancel);
        self.merges.begin(true);
        self.merges.wait(cancel);
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
