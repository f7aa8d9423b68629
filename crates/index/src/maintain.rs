//! Keeping the derived parts up to date, and looking after an index: status, verify, rebuild, backup.

mod backup;
mod verify;

pub use verify::Verification;

use std::ops::Range;

use crate::index::Index;
use crate::manifest::{self, Manifest, segment_folder};
use crate::segment::size;
use crate::snapshot::{Snapshot, collect};
use crate::truth::{self, View};
use crate::{Error, Grain, ModelStamp, Result};

/// How much is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// What is missing; with it older segments that are not much larger, or that are mostly dead.
    WhereItPays,
    /// All of it, as one segment.
    Everything,
}

/// An older segment is merged into a new one unless it is more than this many times as large: every passage is then
/// written again a number of times that grows with the logarithm of their number only.
const RATIO: usize = 4;
/// A segment with a larger share of dead passages is written again without them.
const DEAD: f64 = 0.3;

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

/// Brings the derived parts up to the newest commit. Only the writer calls it.
pub(crate) fn flush(index: &Index, how: How) -> Result<()> {
    let dir = index.dir();
    let loaded = Manifest::load(dir, index.identity());
    let usable = matches!(loaded, Ok(Some(_)));
    let old = loaded.ok().flatten().unwrap_or_else(|| manifest::fresh(dir, index.identity()));
    let folder = dir.join(manifest::FOLDER);
    std::fs::create_dir_all(&folder).map_err(Error::file("creating", &folder))?;
    manifest::sweep(dir, &old);
    let snapshot = index.snapshot()?;
    let Some(plan) = plan(&snapshot, &old, how) else {
        return if usable { Ok(()) } else { Manifest { sequence: old.sequence + 1, ..old }.save(dir) };
    };
    let mut segments = plan.kept;
    if plan.rows > 0 {
        let name = old.next_name();
        let folder = segment_folder(dir, &name);
        // A view of its own: readers of the snapshot are not kept waiting. Nobody else commits, so it sees the same.
        let view = View::begin(truth::open_reader(dir)?.0, dir)?;
        let builder = collect(&view, snapshot.by_row(), index.model().dimensions, plan.range.clone())?;
        drop(view);
        if let Err(problem) = builder.write(&folder) {
            let _ = std::fs::remove_dir_all(&folder);
            return Err(problem);
        }
        segments.push((plan.range, name));
    }
    segments.sort_by_key(|(range, _)| range.start);
    let new = Manifest {
        generation: snapshot.generation(),
        sequence: old.sequence + 1,
        segments: segments.into_iter().map(|(_, name)| name).collect(),
        ..old
    };
    new.save(dir)?;
    manifest::sweep(dir, &new);
    Ok(())
}

/// Which segments stay, and the range of the one to be written.
struct Plan {
    kept: Vec<(Range<u32>, String)>,
    range: Range<u32>,
    /// Living passages of the range.
    rows: usize,
}

/// None where nothing is to be done.
fn plan(snapshot: &Snapshot, manifest: &Manifest, how: How) -> Option<Plan> {
    let end = snapshot.by_row().last().map_or(0, |d| d.rows().end);
    let living = |range: &Range<u32>| -> usize {
        snapshot
            .by_row()
            .iter()
            .map(|d| d.rows().end.min(range.end).saturating_sub(d.first_row.max(range.start)) as usize)
            .sum()
    };
    let stored: Vec<(Range<u32>, String, usize, usize)> = snapshot
        .segments()
        .filter_map(|(segment, alive)| {
            let name = segment.name.clone()?;
            Some((segment.places.range.clone(), name, segment.places.rows.len(), alive))
        })
        .collect();
    let mut kept: Vec<(Range<u32>, String)> = Vec::new();
    let mut range = end..end;
    if how == How::Everything {
        range = 0..end;
    } else {
        // From the first row that no good segment covers, or of the first segment that is mostly dead, everything
        // after it is written again too: ranges stay in one piece.
        let mut covered = 0;
        for (of, name, all, alive) in &stored {
            let whole = of.start <= covered || living(&(covered..of.start)) == 0;
            if !whole || *alive == 0 || ((all - alive) as f64) > DEAD * *all as f64 {
                break;
            }
            kept.push((of.clone(), name.clone()));
            covered = of.end;
        }
        range.start = covered.min(end);
        let mut rows = living(&range);
        let dropped = kept.len() < manifest.segments.len();
        if rows == 0 && !dropped {
            return None;
        }
        // Then the neighbours that are not much larger.
        while let Some((before, _)) = kept.last() {
            let size = living(before);
            if rows == 0 || size > RATIO * rows {
                break;
            }
            range.start = before.start;
            rows += size;
            kept.pop();
        }
    }
    Some(Plan { rows: living(&range), kept, range })
}
