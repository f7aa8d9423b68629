//! Codes of one byte a component.

use super::simd::CODE_ALIGN;

/// A set of vectors as codes, in memory: what a graph is built over.
///
/// A vector v is held as codes c and a scale s, v ≈ mean + s c. For a query q, and with q' = q − mean,
/// q·v = q·mean + mean·(v − mean) + q'·(v − mean): the first term is the same for all, the second ("bias") is stored
/// with the vector, and only the third is computed from codes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coded {
    pub dimensions: usize,
    /// Codes a row: the dimensions, padded with zeros.
    pub stride: usize,
    pub mean: Vec<f32>,
    pub codes: Vec<i8>,
    pub scales: Vec<f32>,
    pub biases: Vec<f32>,
    /// Squared length of the centred vector, as its codes have it.
    pub norms: Vec<f32>,
}

impl Coded {
    /// Of rows laid end to end.
    pub fn new(dimensions: usize, rows: &[f32]) -> Self {
        let stride = dimensions.next_multiple_of(CODE_ALIGN);
        let count = rows.len().checked_div(dimensions).unwrap_or(0);
        let mut coded = Self {
            dimensions,
            stride,
            mean: mean(dimensions, rows),
            codes: vec![0; count * stride],
            scales: Vec::with_capacity(count),
            biases: Vec::with_capacity(count),
            norms: Vec::with_capacity(count),
        };
        let mut centred = vec![0.0; dimensions];
        let codes = coded.codes.chunks_exact_mut(stride.max(1));
        for (row, codes) in rows.chunks_exact(dimensions.max(1)).zip(codes) {
            let mut bias = 0.0;
            for ((c, v), m) in centred.iter_mut().zip(row).zip(&coded.mean) {
                *c = v - m;
                bias += *c * m;
            }
            let scale = quantize(&centred, codes);
            let squares: i32 = codes.iter().map(|&c| i32::from(c) * i32::from(c)).sum();
            coded.scales.push(scale);
            coded.biases.push(bias);
            coded.norms.push(squares as f32 * scale * scale);
        }
        coded
    }

    /// Those of its rows that are named, in that order; with the mean of all.
    pub fn select(&self, rows: &[u32]) -> Self {
        let pick = |values: &[f32]| rows.iter().map(|&row| values[row as usize]).collect();
        Self {
            dimensions: self.dimensions,
            stride: self.stride,
            mean: self.mean.clone(),
            codes: rows.iter().flat_map(|&row| self.row(row)).copied().collect(),
            scales: pick(&self.scales),
            biases: pick(&self.biases),
            norms: pick(&self.norms),
        }
    }

    /// The first of its rows.
    pub fn first(&self, count: usize) -> Self {
        Self {
            dimensions: self.dimensions,
            stride: self.stride,
            mean: self.mean.clone(),
            codes: self.codes[..count * self.stride].to_vec(),
            scales: self.scales[..count].to_vec(),
            biases: self.biases[..count].to_vec(),
            norms: self.norms[..count].to_vec(),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Codes of a row.
    pub fn row(&self, node: u32) -> &[i8] {
        let start = node as usize * self.stride;
        &self.codes[start..start + self.stride]
    }
}

/// The mean of rows laid end to end.
fn mean(dimensions: usize, rows: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0f64; dimensions];
    for row in rows.chunks_exact(dimensions.max(1)) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += f64::from(value);
        }
    }
    let count = (rows.len().checked_div(dimensions).unwrap_or(0)).max(1) as f64;
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

/// Codes in -127..=127 and their scale: value = code x scale. Codes past the values' length are left as they are.
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
