//! Keeping the derived parts up to date, and looking after an index: status, verify, rebuild, backup.

mod backup;
mod verify;

pub use verify::Verification;

use std::ops::Range;

use crate::index::Index;
use crate::manifest::{self, Manifest, segment_folder};
use crate::segment::{GRAPH_FROM, size, sync_folder};
use crate::snapshot::{Snapshot, collect, living};
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

/// Below the size at which graphs are built writing is cheap: an older segment is merged into a new one unless it is more
/// than this many times as large, so that small indexes have few segments.
const RATIO: usize = 4;
/// Above it what costs is the graph, at every writing anew: segments wait until so many of a size are there, then become
/// one. A passage is so put into a graph once for every power of this in the number of passages.
const FAN: usize = 12;
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
    if !folder.is_dir() {
        std::fs::create_dir_all(&folder).map_err(Error::file("creating", &folder))?;
        sync_folder(dir)?;
    }
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
    let living = |range: &Range<u32>| living(snapshot.by_row(), range);
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
        let rows = living(&range);
        let dropped = kept.len() < manifest.segments.len();
        if rows == 0 && !dropped {
            return None;
        }
        if rows > 0 {
            let sizes: Vec<usize> = kept.iter().map(|(range, _)| living(range)).collect();
            for (before, _) in kept.drain(merged_from(&sizes, rows)..) {
                range.start = range.start.min(before.start);
            }
        }
    }
    Some(Plan { rows: living(&range), kept, range })
}

/// The first of the segments (living passages of each, oldest first) that becomes one with `rows` new passages, and with all
/// segments after it.
fn merged_from(sizes: &[usize], rows: usize) -> usize {
    let mut first = sizes.len();
    let mut after = rows;
    for (at, &size) in sizes.iter().enumerate().rev() {
        let cheap = size + after < GRAPH_FROM;
        if if cheap { size <= RATIO * after } else { size * (FAN - 1) <= after } {
            first = at;
        }
        after += size;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_segments_are_merged_at_once_and_large_ones_by_the_dozen() {
        for (sizes, rows, want) in [
            (&[][..], 5, 0),
            (&[16, 2], 2, 0),
            (&[17, 2], 2, 1),
            (&[100, 17, 2], 2, 2),
            (&[8_000], 4_000, 1),
            (&[8_000, 4_000], 4_000, 1),
            (&[100_000], 12, 1),
            (&[8_000; 11], 8_000, 0),
            (&[8_000; 10], 8_000, 10),
            (&[96_000, 8_000, 8_000], 8_000, 3),
        ] {
            assert_eq!(merged_from(sizes, rows), want, "{sizes:?} and {rows}");
        }
    }

    #[test]
    fn a_million_passages_are_put_into_a_graph_twice_at_most() {
        let (mut sizes, mut in_graphs, mut most): (Vec<usize>, usize, usize) = (Vec::new(), 0, 0);
        for _ in 0..250 {
            let merged = sizes.split_off(merged_from(&sizes, 4_000));
            let size = 4_000 + merged.iter().sum::<usize>();
            in_graphs += if size < GRAPH_FROM { 0 } else { size };
            sizes.push(size);
            most = most.max(sizes.len());
        }
        assert!(in_graphs <= 2_000_000 && most <= 24, "{in_graphs}, {most} segments");
    }
}
