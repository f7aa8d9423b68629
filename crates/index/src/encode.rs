//! What the index needs of an encoder.

use crate::{ModelStamp, Result};

/// Whether a text asks or is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A question.
    Query,
    /// A stored text.
    Passage,
}

/// Rows of vectors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vectors {
    dimensions: usize,
    values: Vec<f32>,
}

impl Vectors {
    /// Of rows laid end to end.
    pub fn from_parts(dimensions: usize, values: Vec<f32>) -> std::result::Result<Self, std::fmt::Error> {
        Ok(Self { dimensions, values })
    }

    /// Components of a row.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// All components, row after row.
    pub fn as_slice(&self) -> &[f32] {
        &self.values
    }
}

/// Texts to unit vectors: the real encoder, or a fake one in tests.
pub trait Encode: Sync {
    /// Whose vectors they are.
    fn stamp(&self) -> ModelStamp;
    /// One L2-normalised row a text, in the same order.
    fn encode(&self, role: Role, texts: &[String]) -> Result<Vectors>;
}
