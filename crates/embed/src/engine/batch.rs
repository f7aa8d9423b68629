//! Sequences laid end to end, and how their rows are cut up.

use std::ops::Range;

use super::pack;
use crate::sequence::Sequence;

/// Rows that go through a layer's steps together: what they touch stays in a core's own cache.
const BLOCK_ROWS: usize = 8 * pack::TILE;
/// Tokens of a chunk that one thread computes alone, unless a single sequence is longer.
pub(super) const CHUNK_TOKENS: usize = 384;

/// Sequences laid end to end.
pub(super) struct Batch<'a> {
    pub sequences: &'a [&'a Sequence],
    /// Where each begins, and the end.
    pub starts: Vec<usize>,
}

impl<'a> Batch<'a> {
    pub fn new(sequences: &'a [&'a Sequence]) -> Self {
        let mut starts = Vec::with_capacity(sequences.len() + 1);
        starts.push(0);
        for sequence in sequences {
            starts.push(starts[starts.len() - 1] + sequence.len());
        }
        Self { sequences, starts }
    }

    pub fn tokens(&self) -> usize {
        self.starts[self.sequences.len()]
    }

    /// The stretches of `rows` that belong to one sequence each: its index, and the rows counted from its start.
    pub fn stretches(&self, rows: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let first = self.starts.partition_point(|&start| start <= rows.start).saturating_sub(1);
        let ends = self.starts[first..].windows(2).enumerate();
        let inside = ends.take_while({
            let end = rows.end;
            move |(_, ends)| ends[0] < end
        });
        inside.filter_map(move |(i, ends)| {
            let (start, end) = (rows.start.max(ends[0]), rows.end.min(ends[1]));
            (start < end).then(|| (first + i, start - ends[0]..end - ends[0]))
        })
    }

    /// What `finish` makes of each sequence's rows of `width` numbers.
    pub fn finish<R>(&self, states: &[f32], width: usize, finish: impl Fn(&Sequence, &[f32]) -> R) -> Vec<R> {
        let ends = self.starts.windows(2);
        let rows = ends.map(|ends| &states[ends[0] * width..ends[1] * width]);
        self.sequences.iter().zip(rows).map(|(sequence, rows)| finish(sequence, rows)).collect()
    }
}

/// Cuts a range of rows into blocks.
pub(super) fn blocks(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(BLOCK_ROWS).map(move |start| start..end.min(start + BLOCK_ROWS))
}

/// Where a block's numbers lie in a buffer that holds `rows`.
pub(super) fn within(block: &Range<usize>, rows: &Range<usize>, width: usize) -> Range<usize> {
    (block.start - rows.start) * width..(block.end - rows.start) * width
}

/// Consecutive sequences, gathered up to CHUNK_TOKENS.
pub(super) fn chunks<'a>(sequences: &'a [&'a Sequence]) -> Vec<&'a [&'a Sequence]> {
    let mut chunks = Vec::new();
    let mut rest = sequences;
    while !rest.is_empty() {
        let mut tokens = 0;
        let fitting = rest.iter().take_while(|s| {
            tokens += s.len();
            tokens <= CHUNK_TOKENS
        });
        let (chunk, later) = rest.split_at(fitting.count().max(1));
        chunks.push(chunk);
        rest = later;
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_by_their_sequence() {
        let sequences = [3, 0, 2, 4].map(|n| Sequence::plain(vec![1; n]));
        let sequences: Vec<&Sequence> = sequences.iter().collect();
        let batch = Batch::new(&sequences);
        let stretches = |rows| batch.stretches(rows).collect::<Vec<_>>();
        assert_eq!(stretches(0..9), [(0, 0..3), (2, 0..2), (3, 0..4)]);
        assert_eq!(stretches(1..4), [(0, 1..3), (2, 0..1)]);
        assert_eq!(stretches(4..5), [(2, 1..2)]);
        assert_eq!(stretches(5..5), []);
    }
}
