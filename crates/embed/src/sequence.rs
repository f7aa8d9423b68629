//! What an encoder computes, and how its token states become vectors.

use std::ops::Range;

use crate::models::Pooling;

/// The tokens of a text, or of two texts in one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sequence {
    pub ids: Vec<u32>,
    /// How many of them are of the first kind; those after are of the second, if the encoder knows two.
    pub first: usize,
    /// Tokens that somebody asks for by themselves.
    pub parts: Vec<Range<usize>>,
}

impl Sequence {
    /// All tokens of the first kind, asked for as a whole.
    pub fn plain(ids: Vec<u32>) -> Self {
        Self { first: ids.len(), ids, parts: Vec::new() }
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }
}

/// What becomes of a sequence's token states (`tokens x width`), called once a sequence.
pub(crate) type Finish<'a> = dyn Fn(&Sequence, &[f32]) -> Vec<f32> + Sync + 'a;

/// The unit vectors of the whole sequence and of each of its parts, end to end. The whole is pooled as the model wants it,
/// a part is the mean of its tokens; a part without tokens has the vector of the whole.
pub(crate) fn vectors(sequence: &Sequence, states: &[f32], width: usize, pooling: Pooling) -> Vec<f32> {
    let mut out = vec![0.0; (1 + sequence.parts.len()) * width];
    let (whole, parts) = out.split_at_mut(width);
    let pooled = if pooling == Pooling::Cls { states.get(..width) } else { None };
    mean(pooled.unwrap_or(states), whole);
    for (part, out) in sequence.parts.iter().zip(parts.chunks_exact_mut(width)) {
        if part.is_empty() {
            out.copy_from_slice(whole);
        } else {
            mean(&states[part.start * width..part.end * width], out);
        }
    }
    out
}

/// The mean of rows as wide as `out`, scaled to length 1.
fn mean(rows: &[f32], out: &mut [f32]) {
    for row in rows.chunks_exact(out.len()) {
        for (sum, x) in out.iter_mut().zip(row) {
            *sum += x;
        }
    }
    // The mean's divisor falls out of the scaling.
    let length = out.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
    for x in out {
        *x /= length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_and_its_parts_are_pooled() {
        let states = [3.0, 0.0, 0.0, 1.0, 4.0, 4.0];
        let mut sequence = Sequence::plain(vec![7, 8, 9]);
        sequence.parts = vec![0..1, 1..2, 2..2, 1..3];
        let unit = |x: f32, y: f32| [x / x.hypot(y), y / x.hypot(y)];
        let expected = [unit(7.0, 5.0), [1.0, 0.0], [0.0, 1.0], unit(7.0, 5.0), unit(4.0, 5.0)];
        assert_eq!(vectors(&sequence, &states, 2, Pooling::Mean), expected.concat());
        assert_eq!(vectors(&sequence, &states, 2, Pooling::Cls)[..2], [1.0, 0.0]);
    }

    #[test]
    fn nothing_gives_a_vector_of_zeros() {
        for pooling in [Pooling::Mean, Pooling::Cls] {
            assert_eq!(vectors(&Sequence::default(), &[], 2, pooling), [0.0; 2]);
        }
    }
}
