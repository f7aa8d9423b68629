//! Vectors in memory: codes of one byte a component for the first pass, the exact ones for the last candidates.

use super::simd::{CODE_ALIGN, DOT_F32, DOT_I8};
use super::top::{Scored, Top};

/// Candidates of the first pass for each wanted result: the codes' error reorders neighbours, never far.
const OVERSAMPLE: usize = 2;
/// And so many more.
const MARGIN: usize = 32;

/// A set of vectors. Codes are of the vectors minus their mean: that changes no ranking (it moves all inner products
/// with a query by the same amount) and gives the byte far more resolution where all vectors lie in a narrow cone.
#[derive(Default)]
pub(crate) struct Block {
    dimensions: usize,
    stride: usize,
    mean: Vec<f32>,
    codes: Vec<i8>,
    scales: Vec<f32>,
    exact: Vec<f32>,
}

impl Block {
    /// Of rows laid end to end.
    pub fn new(dimensions: usize, exact: Vec<f32>) -> Self {
        let stride = dimensions.next_multiple_of(CODE_ALIGN);
        let count = exact.len().checked_div(dimensions).unwrap_or(0);
        let mean = mean(dimensions, &exact);
        let mut block =
            Self { dimensions, stride, mean, codes: vec![0; count * stride], scales: Vec::with_capacity(count), exact };
        let mut centred = vec![0.0; dimensions];
        for (row, codes) in block.exact.chunks_exact(dimensions.max(1)).zip(block.codes.chunks_exact_mut(stride.max(1))) {
            for ((c, v), m) in centred.iter_mut().zip(row).zip(&block.mean) {
                *c = v - m;
            }
            block.scales.push(quantize(&centred, codes));
        }
        block
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// The exact vector.
    pub fn row(&self, ordinal: u32) -> Option<&[f32]> {
        let start = ordinal as usize * self.dimensions;
        self.exact.get(start..start + self.dimensions).filter(|row| !row.is_empty())
    }

    /// The k best of those that `accept` lets pass, by exact inner product, best first.
    pub fn scan(&self, query: &[f32], k: usize, accept: Option<&dyn Fn(u32) -> bool>) -> Vec<Scored> {
        let mut codes = vec![0i8; self.stride];
        quantize(query, &mut codes);
        let dot = *DOT_I8;
        let mut first = Top::new((k * OVERSAMPLE + MARGIN).min(self.len()));
        for (ordinal, (row, scale)) in self.codes.chunks_exact(self.stride.max(1)).zip(&self.scales).enumerate() {
            let ordinal = ordinal as u32;
            let score = dot(&codes, row) as f32 * scale;
            if score > first.threshold() && accept.is_none_or(|accept| accept(ordinal)) {
                first.push(score, ordinal);
            }
        }
        let mut best = Top::new(k);
        for candidate in first.into_sorted() {
            if let Some(row) = self.row(candidate.ordinal) {
                best.push(DOT_F32(query, row), candidate.ordinal);
            }
        }
        best.into_sorted()
    }
}

/// The mean of rows laid end to end.
pub(crate) fn mean(dimensions: usize, rows: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0f64; dimensions];
    for row in rows.chunks_exact(dimensions.max(1)) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += f64::from(value);
        }
    }
    let count = (rows.len().checked_div(dimensions).unwrap_or(0)).max(1) as f64;
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

/// Codes in -127..=127 and their scale: value = code x scale. Codes past the values' length are left at zero.
pub(crate) fn quantize(values: &[f32], codes: &mut [i8]) -> f32 {
    let largest = values.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    if largest <= 0.0 || !largest.is_finite() {
        codes.fill(0);
        return 0.0;
    }
    let inverse = 127.0 / largest;
    for (code, value) in codes.iter_mut().zip(values) {
        *code = (value * inverse).round() as i8;
    }
    largest / 127.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors in a narrow cone around one direction, like those of e5.
    fn cone(count: usize, dimensions: usize) -> Vec<f32> {
        let mut state = 11u64;
        let mut next = move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 40) as f32 / (1u64 << 24) as f32) - 0.5
        };
        let mut rows = Vec::new();
        for _ in 0..count {
            let mut row: Vec<f32> = (0..dimensions).map(|_| 1.0 + 0.5 * next()).collect();
            let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            row.iter_mut().for_each(|v| *v /= norm);
            rows.extend(row);
        }
        rows
    }

    #[test]
    fn the_scan_finds_the_exact_nearest_in_order() {
        let rows = cone(2000, 48);
        let block = Block::new(48, rows.clone());
        for query in [3, 77, 1999] {
            let query = &rows[query * 48..(query + 1) * 48];
            let mut want: Vec<(u32, f32)> =
                rows.chunks_exact(48).enumerate().map(|(i, row)| (i as u32, DOT_F32(query, row))).collect();
            want.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let found: Vec<u32> = block.scan(query, 10, None).iter().map(|s| s.ordinal).collect();
            let want_ids: Vec<u32> = want[..10].iter().map(|w| w.0).collect();
            assert_eq!(found, want_ids);
            let odd: Vec<u32> = block.scan(query, 5, Some(&|o| o % 2 == 1)).iter().map(|s| s.ordinal).collect();
            let want_odd: Vec<u32> = want.iter().map(|w| w.0).filter(|o| o % 2 == 1).take(5).collect();
            assert_eq!(odd, want_odd);
        }
    }

    #[test]
    fn an_empty_block_answers_nothing() {
        assert!(Block::new(8, vec![]).scan(&[0.5; 8], 10, None).is_empty());
        assert!(Block::new(8, vec![0.0; 8]).scan(&[0.0; 8], 0, None).is_empty());
    }
}
