//! Token states to logits.

use crate::{gguf::Gguf, sequence::Sequence};

/// The two linear maps on top of a reader's encoder.
pub(super) struct Heads {
    width: usize,
    /// Start, end, inside: `3 x width`, and what is added to each.
    span: (Vec<f32>, Vec<f32>),
    /// Null, answers: `2 x width`.
    verdict: (Vec<f32>, Vec<f32>),
}

impl Heads {
    /// Tensors that these take.
    pub const TENSORS: usize = 4;

    pub fn open(gguf: &Gguf, width: usize) -> Result<Self, String> {
        let linear = |name: &str, rows: usize| {
            Ok::<_, String>((
                gguf.floats(&format!("{name}.weight"), &[rows, width])?,
                gguf.floats(&format!("{name}.bias"), &[rows])?,
            ))
        };
        Ok(Self { width, span: linear("span", 3)?, verdict: linear("verdict", 2)? })
    }

    /// Null and answers from the state of the first token, then start, end and inside for each token of the sequence's
    /// parts.
    pub fn read(&self, sequence: &Sequence, states: &[f32]) -> Vec<f32> {
        let tokens: usize = sequence.parts.iter().map(ExactSizeIterator::len).sum();
        let mut out = Vec::with_capacity(2 + 3 * tokens);
        let mut put = |(weight, bias): &(Vec<f32>, Vec<f32>), state: &[f32]| {
            let rows = weight.chunks_exact(self.width).zip(bias);
            out.extend(rows.map(|(row, bias)| dot(row, state) + bias));
        };
        put(&self.verdict, states.get(..self.width).unwrap_or_default());
        for part in &sequence.parts {
            for state in states[part.start * self.width..part.end * self.width].chunks_exact(self.width) {
                put(&self.span, state);
            }
        }
        out
    }
}

/// The sum of the products; sixteen sums side by side, so that the compiler can use the processor's lanes.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdict_then_spans() {
        let heads = Heads {
            width: 2,
            span: (vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0], vec![0.0, 0.0, 10.0]),
            verdict: (vec![1.0, -1.0, 2.0, 0.0], vec![0.5, 0.0]),
        };
        let mut sequence = Sequence::plain(vec![0; 3]);
        sequence.parts = vec![1..2, 2..3];
        let states = [3.0, 1.0, 5.0, 6.0, 7.0, 8.0];
        assert_eq!(heads.read(&sequence, &states), [2.5, 6.0, 5.0, 6.0, 21.0, 7.0, 8.0, 25.0]);
        sequence.parts = vec![2..2, 0..0];
        assert_eq!(heads.read(&sequence, &states), [2.5, 6.0]);
    }

    #[test]
    fn products_of_any_width() {
        let a: Vec<f32> = (0..37).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), (0..37).map(|i| (i * i) as f32).sum::<f32>());
    }
}
