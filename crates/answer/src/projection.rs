//! Where a question points: its vector moved towards the passages that answer such questions.
//!
//! The embedder puts a question near texts that are like it. What answers it need not be: people ask in other words than
//! reports have, and in other languages. A linear map learned on questions and the passages that answer them
//! (`training/reader/projection.py`) moves the question alone, v + Av + b, so that no passage has to be embedded again.

use std::sync::LazyLock;

use half::f16;

/// The model whose vectors the map was learned on, and their dimensions.
const MODEL: &str = "multilingual-e5-small";
const DIMENSIONS: usize = 384;

/// b, then A row by row, as `f16` of the lowest byte first.
static MAP: &[u8] = include_bytes!("../data/projection.f16");

static SHIPPED: LazyLock<Vec<f32>> =
    LazyLock::new(|| MAP.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect());

/// A question's place among the passages.
#[derive(Clone)]
pub(crate) struct QuestionVector {
    /// Its vector as the embedder gives it: near texts that are like it.
    pub own: Vec<f32>,
    /// The same moved to where such questions are answered.
    pub aimed: Vec<f32>,
}

impl QuestionVector {
    /// Of the vector that an embedder gave; where the map is not for that embedder, it is not moved.
    pub fn new(model: &str, own: &[f32]) -> Self {
        Self { own: own.to_vec(), aimed: project(model, own) }
    }
}

fn project(model: &str, vector: &[f32]) -> Vec<f32> {
    let (Some((shift, rows)), true) = (SHIPPED.split_at_checked(DIMENSIONS), model.starts_with(MODEL)) else {
        return vector.to_vec();
    };
    if vector.len() != DIMENSIONS || rows.len() != DIMENSIONS * DIMENSIONS {
        return vector.to_vec();
    }
    let dot = |row: &[f32]| row.iter().zip(vector).map(|(a, v)| a * v).sum::<f32>();
    let moved = shift.iter().zip(rows.chunks_exact(DIMENSIONS)).zip(vector).map(|((b, row), v)| v + b + dot(row));
    let mut out: Vec<f32> = moved.collect();
    let norm = out.iter().map(|x| x * x).sum::<f32>().sqrt();
    if norm > 0.0 {
        out.iter_mut().for_each(|x| *x /= norm);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_map_has_its_size_and_gives_vectors_of_length_one() {
        assert_eq!(SHIPPED.len(), DIMENSIONS * (DIMENSIONS + 1));
        let mut question = vec![0.0; DIMENSIONS];
        question[7] = 1.0;
        let moved = project(MODEL, &question);
        assert_ne!(moved, question);
        let norm = moved.iter().map(|x| x * x).sum::<f32>();
        assert!((norm - 1.0).abs() < 1e-5, "{norm}");
    }

    #[test]
    fn the_vectors_of_another_model_stay_as_they_are() {
        assert_eq!(project("another", &[0.6; DIMENSIONS]), [0.6; DIMENSIONS]);
        assert_eq!(project(MODEL, &[0.6, 0.8]), [0.6, 0.8]);
    }
}
