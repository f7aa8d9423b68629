//! Rows: which of them live, which segments cover them, and how they become a segment.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::manifest::segment_folder;
use crate::segment::{Builder, Segment};
use crate::truth::View;
use crate::{DocumentRecord, Result};

/// How many rows of a range live.
pub(crate) fn living(by_row: &[Arc<DocumentRecord>], range: &Range<u32>) -> usize {
    let from = by_row.partition_point(|d| d.rows().end <= range.start);
    by_row[from..]
        .iter()
        .take_while(|d| d.first_row < range.end)
        .map(|d| d.rows().end.min(range.end).saturating_sub(d.first_row.max(range.start)) as usize)
        .sum()
}

/// Opens the segments of these names; those opened `before` are used again. Beside them a line for each that cannot be used.
pub(crate) fn open_segments(
    dir: &Path,
    dimensions: usize,
    names: &[String],
    before: &[Arc<Segment>],
) -> (Vec<Arc<Segment>>, Vec<String>) {
    let (mut segments, mut problems) = (Vec::new(), Vec::new());
    for name in names {
        let known = before.iter().find(|s| s.name.as_deref() == Some(name)).map(Arc::clone);
        match known.map_or_else(|| Segment::open(&segment_folder(dir, name), name, dimensions).map(Arc::new), Ok) {
            Ok(segment) => segments.push(segment),
            Err(problem) => problems.push(problem),
        }
    }
    (segments, problems)
}

/// The ranges below `end` that no segment covers; the segments are in order.
pub(crate) fn gaps(segments: &[Arc<Segment>], end: u32) -> Vec<Range<u32>> {
    let mut gaps = Vec::new();
    let mut from = 0;
    for range in segments.iter().map(|s| &s.places.range) {
        if from < range.start.min(end) {
            gaps.push(from..range.start.min(end));
        }
        from = from.max(range.end);
    }
    if from < end {
        gaps.push(from..end);
    }
    gaps
}

/// The rows of a range that live, ready to become a segment.
pub(crate) fn collect(
    view: &View,
    by_row: &[Arc<DocumentRecord>],
    dimensions: usize,
    range: Range<u32>,
) -> Result<Builder> {
    let mut builder = Builder::new(dimensions, range.clone())?;
    collect_into(&mut builder, view, by_row, range)?;
    Ok(builder)
}

/// Adds the rows of a range that live, from the truth.
pub(crate) fn collect_into(
    builder: &mut Builder,
    view: &View,
    by_row: &[Arc<DocumentRecord>],
    range: Range<u32>,
) -> Result<()> {
    view.for_each(range.start, range.end, |loaded| {
        builder.push(document_of(by_row, loaded.row).map(|d| &d.meta), loaded)
    })
}

/// Documents with passages, by their first row.
pub(crate) fn by_row(documents: &[Arc<DocumentRecord>]) -> Vec<Arc<DocumentRecord>> {
    let mut by_row: Vec<Arc<DocumentRecord>> = documents.iter().filter(|d| d.passages > 0).cloned().collect();
    by_row.sort_by_key(|d| d.first_row);
    by_row
}

pub(crate) fn document_of(by_row: &[Arc<DocumentRecord>], row: u32) -> Option<&Arc<DocumentRecord>> {
    let after = by_row.partition_point(|document| document.first_row <= row);
    by_row.get(after.checked_sub(1)?).filter(|document| document.rows().contains(&row))
}
