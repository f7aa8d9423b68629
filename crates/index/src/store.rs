//! What answering, serving and ingesting ask of a store, whatever keeps it: this crate's own files, or a database.
//!
//! A [`Store`] gives its newest committed [`Generation`] to read and its [`StoreWriter`] to change it. Rows name passages
//! in all of them alike: a row is never given twice, and what it holds never changes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wenbao_embed::Vectors;
use wenbao_report::{Document, Heading, Passage};

use crate::{
    DocumentId, DocumentRecord, Filter, Grain, Hit, ModelStamp, New, PassageId, PassageRecord, Result, Source, Status,
    Verification,
};

/// Documents with their passages and vectors: many readers, and writers that do not get into each other's way.
pub trait Store: Send + Sync {
    /// The model of its vectors.
    fn model(&self) -> &ModelStamp;

    /// Where it is, for people: a folder, or an address without its password.
    fn place(&self) -> String;

    /// The folder that it lies in, if it lies in one: files in there are its own and no documents.
    fn folder(&self) -> Option<&Path>;

    /// The newest committed generation, whoever committed it; the same value as before when nothing changed.
    ///
    /// # Errors
    /// A store that cannot be read or reached.
    fn newest(&self) -> Result<Arc<dyn Generation>>;

    /// [`Self::newest`] without the documents that lie where nobody answers now; [`Generation::unreachable`] names these
    /// places. What lies in one place is there wholly or not at all.
    ///
    /// # Errors
    /// As for [`Self::newest`]: where it cannot even be read which documents there are.
    fn reachable(&self) -> Result<Arc<dyn Generation>> {
        self.newest()
    }

    /// Becomes a writer.
    ///
    /// # Errors
    /// [`crate::Error::Locked`] where another one writes and there can be but one.
    fn writing(&self) -> Result<Box<dyn StoreWriter + '_>>;

    /// Figures of it.
    ///
    /// # Errors
    /// As for [`Self::newest`].
    fn status(&self) -> Result<Status>;

    /// Compares all that it holds with what it should hold.
    ///
    /// # Errors
    /// As for [`Self::newest`]; what differs is no error but in the [`Verification`].
    fn verify(&self) -> Result<Verification>;

    /// Makes all derived parts anew; nothing is embedded.
    ///
    /// # Errors
    /// A store that cannot be written.
    fn rebuild(&self) -> Result<()>;

    /// Writes a consistent copy into a new file.
    ///
    /// # Errors
    /// An existing file is not overwritten; a store may leave copies to what keeps it, and says so.
    fn backup(&self, file: &Path) -> Result<()>;
}

/// One search of a generation.
#[derive(Debug, Clone, Copy)]
pub enum Search<'a> {
    /// The k nearest by inner product with a vector of the model's dimensions.
    Vectors {
        /// Passages or sentences.
        grain: Grain,
        /// The vector.
        query: &'a [f32],
        /// How many to find.
        k: usize,
        /// Among which.
        filter: &'a Filter,
    },
    /// The k best by BM25 (k1 1.2, b 0.75) over terms of [`crate::terms::terms`] with their weights.
    Text {
        /// Passages or sentences.
        grain: Grain,
        /// Each with its weight; what is in no entry adds nothing.
        terms: &'a [(String, f32)],
        /// How many to find.
        k: usize,
        /// Among which.
        filter: &'a Filter,
    },
}

/// One committed generation, to be searched. Later commits do not change it.
pub trait Generation: Send + Sync {
    /// The number of the commit: higher ones are later.
    fn generation(&self) -> u64;

    /// Places whose documents are left out because nobody answers there: of a [`Store::reachable`] alone.
    fn unreachable(&self) -> &[String] {
        &[]
    }

    /// All documents, by path.
    fn documents(&self) -> &[Arc<DocumentRecord>];

    /// The document of this name.
    fn document(&self, id: &DocumentId) -> Option<&Arc<DocumentRecord>> {
        self.documents().iter().find(|document| document.id == *id)
    }

    /// Number of passages.
    fn len(&self) -> usize {
        self.documents().iter().map(|document| document.passages).sum()
    }

    /// Whether it holds no passage.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows of all passages, ascending. Rows are names, not places: removed documents leave gaps.
    fn rows(&self) -> Vec<u32> {
        let mut ranges: Vec<_> = self.documents().iter().map(|document| document.rows()).collect();
        ranges.sort_unstable_by_key(|rows| rows.start);
        ranges.into_iter().flatten().collect()
    }

    /// Says which passages and vectors are asked for next: a store that is far away fetches them at once.
    ///
    /// # Errors
    /// As for [`Self::passage`].
    fn expect(&self, _rows: &[u32]) -> Result<()> {
        Ok(())
    }

    /// A passage; asking again costs next to nothing.
    ///
    /// # Errors
    /// [`crate::Error::NoRow`] for a row that it does not hold, or that can be read no more.
    fn passage(&self, row: u32) -> Result<Arc<PassageRecord>>;

    /// Passages as they are stored, past every cache, in the order of the rows: for whoever looks at many of them once.
    ///
    /// # Errors
    /// As for [`Self::passage`].
    fn read_passages(&self, rows: &[u32]) -> Result<Vec<Passage>>;

    /// The passage of this name, if there is one.
    ///
    /// # Errors
    /// As for [`Self::passage`].
    fn passage_by_id(&self, id: &str) -> Result<Option<Arc<PassageRecord>>> {
        let Some((document, ordinal)) = PassageId::parse(id) else { return Ok(None) };
        match self.document(&document) {
            Some(document) if ordinal < document.passages => {
                self.passage(document.first_row + ordinal as u32).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Rows of passages in other documents that say nearly the same, with the same numbers, ascending.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn also_in(&self, row: u32) -> Result<Vec<u32>>;

    /// The stored vector of a passage, or of its sentence; none where there is no such row or sentence.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn vector(&self, grain: Grain, row: u32, sentence: u16) -> Result<Option<Vec<f32>>>;

    /// The extracted text of a document: what `source_range` counts in.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn document_text(&self, id: &DocumentId) -> Result<Option<String>>;

    /// The headings of a document, in reading order.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn outline(&self, id: &DocumentId) -> Result<Option<Vec<Heading>>>;

    /// What each of the searches finds, best first, in the order of the searches.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn search(&self, searches: &[Search<'_>]) -> Result<Vec<Vec<Hit>>>;

    /// [`Search::Text`] alone.
    ///
    /// # Errors
    /// As for [`Self::search`].
    fn search_text(&self, grain: Grain, terms: &[(String, f32)], k: usize, filter: &Filter) -> Result<Vec<Hit>> {
        Ok(self.search(&[Search::Text { grain, terms, k, filter }])?.pop().unwrap_or_default())
    }

    /// A document with all that is stored of it, for another store.
    ///
    /// # Errors
    /// As for [`Self::passage`].
    fn whole(&self, id: &DocumentId) -> Result<Option<Whole>>;
}

/// A document as it is stored, with its vectors: nothing is left to read or to embed.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// Where it came from.
    pub source: Source,
    /// What was read.
    pub document: Document,
    /// One row a passage.
    pub passages: Vectors,
    /// One row a sentence, passage after passage.
    pub sentences: Vectors,
    /// How and when that was done.
    pub made: Made,
}

/// How and when a document was read and put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Version and way of reading: a file that was read in another way is read again when it is ingested.
    pub recipe: String,
    /// RFC 3339, UTC.
    pub ingested_at: String,
}

impl Made {
    /// By this program, now.
    pub fn now() -> Self {
        Self {
            recipe: format!("{}/{}", env!("CARGO_PKG_VERSION"), crate::grain::RECIPE),
            ingested_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

impl Whole {
    /// As it is put into another store.
    pub fn as_new(&self) -> New<'_> {
        New {
            source: &self.source,
            document: &self.document,
            passages: &self.passages,
            sentences: &self.sentences,
            made: Some(&self.made),
        }
    }
}

/// Changes a store. What a method returned for is stored; a crash before loses nothing but that.
pub trait StoreWriter {
    /// Stores documents in their order, each in place of what came from the same path and of what has the same content;
    /// readers see a document wholly or not at all.
    ///
    /// # Errors
    /// A store that cannot be written; vectors that do not fit.
    fn put_all(&mut self, documents: &[New<'_>]) -> Result<Vec<DocumentId>>;

    /// Records that an unchanged document now lies elsewhere.
    ///
    /// # Errors
    /// A store that cannot be written.
    fn moved(&mut self, id: &DocumentId, path: &Path) -> Result<()>;

    /// Removes a document; false if there is none of this name.
    ///
    /// # Errors
    /// A store that cannot be written.
    fn remove(&mut self, id: &DocumentId) -> Result<bool>;

    /// Name and path of every document that was read in today's way, by the SHA-256 of its content.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn stored(&self) -> Result<HashMap<String, (DocumentId, String)>>;

    /// Ends writing and leaves all in order; what takes long is left to the next writer once `cancel` is set.
    ///
    /// # Errors
    /// A store that cannot be written; what was stored before stays stored.
    fn finish_unless(self: Box<Self>, cancel: &AtomicBool) -> Result<()>;

    /// [`Self::finish_unless`] without a hurry.
    ///
    /// # Errors
    /// As there.
    fn finish(self: Box<Self>) -> Result<()> {
        self.finish_unless(&AtomicBool::new(false))
    }
}

/// Whether a new document's vectors are as many as it needs, of the model's dimensions.
///
/// # Errors
/// [`crate::Error::Shape`].
pub fn check_shape(new: &New<'_>, dimensions: usize) -> Result<()> {
    let sentences: usize = new.document.passages.iter().map(|p| p.sentences.len()).sum();
    for (what, expected, found) in [
        (
            "components of the passages' vectors",
            new.document.passages.len() * dimensions,
            new.passages.as_slice().len(),
        ),
        ("components of the sentences' vectors", sentences * dimensions, new.sentences.as_slice().len()),
    ] {
        if expected != found {
            return Err(crate::Error::Shape { what, expected, found });
        }
    }
    Ok(())
}

/// An address of a store, or several with commas between them, as they may be shown and logged.
pub fn without_password(address: &str) -> String {
    let one = |address: &str| {
        let (scheme, rest) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
        let (rest, parameters) = rest.split_once('?').map_or((rest, ""), |(rest, found)| (rest, found));
        let rest = match rest.rsplit_once('@') {
            Some((user, host)) => format!("{}@{host}", user.split(':').next().unwrap_or_default()),
            None => rest.to_owned(),
        };
        let kept: Vec<&str> = parameters.split('&').filter(|p| !p.is_empty() && !p.starts_with("password=")).collect();
        let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
        let mark = if kept.is_empty() { "" } else { "?" };
        format!("{scheme}{rest}{mark}{}", kept.join("&"))
    };
    address.split(',').map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (address, wanted) in [
            ("postgres://w:geheim@a:5433/w", "postgres://w@a:5433/w"),
            ("postgres://w:ge@heim@a/w,postgres://v:geheim@b/w", "postgres://w@a/w,postgres://v@b/w"),
            ("postgres:///w?host=/run&password=geheim&user=w", "postgres:///w?host=/run&user=w"),
            ("postgres://w:geheim@a,b/w?password=geheim", "postgres://w@a,b/w"),
            ("/data/index", "/data/index"),
        ] {
            assert_eq!(without_password(address), wanted);
        }
    }
}
