//! Keeping the derived parts up to date, and looking after an index: status, verify, rebuild, backup.

mod backup;
mod merge;
mod parts;
mod verify;

pub(crate) use merge::Merges;
pub(crate) use parts::Parts;
pub use verify::Verification;

use crate::index::Index;
use crate::manifest::segment_folder;
use crate::segment::size;
use crate::{Grain, ModelStamp, Result};

/// What an index holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The model of its vectors.
    pub model: ModelStamp,
    /// Number of the newest commit.
    pub generation: u64,
    /// Documents.
    pub documents: usize,
    /// Passages.
    pub passages: usize,
    /// Sentences.
    pub sentences: usize,
    /// Bytes of the truth, its log included.
    pub truth_bytes: u64,
    /// Bytes of the derived parts.
    pub derived_bytes: u64,
    /// The derived parts, in order of rows.
    pub segments: Vec<SegmentStatus>,
    /// Derived parts that cannot be used, each with a line that says why.
    pub problems: Vec<String>,
}

/// One segment of the derived part.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentStatus {
    /// Its folder; none for one in memory, of what came after the last [`crate::Writer::finish`].
    pub name: Option<String>,
    /// Passages in it.
    pub passages: usize,
    /// Those of them that live.
    pub living: usize,
    /// Sentences in it.
    pub sentences: usize,
    /// Whether its passages and its sentences have a graph (few vectors need none).
    pub graphs: (bool, bool),
}

impl Index {
    /// Figures of the index.
    pub fn status(&self) -> Result<Status> {
        let snapshot = self.snapshot()?;
        let segments: Vec<SegmentStatus> = snapshot
            .segments()
            .map(|(segment, living)| SegmentStatus {
                name: segment.name.clone(),
                passages: segment.places.rows.len(),
                living,
                sentences: segment.places.parents.len(),
                graphs: (segment.passages.has_graph(), segment.sentences.has_graph()),
            })
            .collect();
        let bytes = |name: &str| std::fs::metadata(self.dir().join(name)).map_or(0, |m| m.len());
        Ok(Status {
            model: self.model().clone(),
            generation: snapshot.generation(),
            documents: snapshot.documents().len(),
            passages: snapshot.len(),
            sentences: snapshot.living(Grain::Sentence),
            truth_bytes: bytes("truth.db") + bytes("truth.db-wal"),
            derived_bytes: segments
                .iter()
                .filter_map(|s| s.name.as_ref())
                .map(|name| size(&segment_folder(self.dir(), name)))
                .sum(),
            segments,
            problems: snapshot.problems().to_vec(),
        })
    }

    /// Makes all derived parts anew from the truth; nothing is embedded.
    pub fn rebuild(&self) -> Result<()> {
        self.writer()?.rebuild()
    }
}

#[cfg(test)]
mod tests;
