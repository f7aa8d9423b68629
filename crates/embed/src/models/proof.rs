//! A text's vector, kept from the pull, to see at every start that the model still computes what it did.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{Embedder, Error, Role};

/// Short: every start computes its vector, which takes some milliseconds.
const TEXT: &str = "2025年新建煤矿130座";
/// The least cosine to what was recorded. Kernels differ by 1e-6 from one another and by 1e-4 from plain candle, which
/// does not round activations; damage that is worth its name goes far below.
const LEAST: f32 = 0.999;

/// A passage and its vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Proof {
    text: String,
    /// Base64 of f32 numbers, little endian.
    vector: String,
}

impl Proof {
    /// What the embedder gives now.
    pub fn of(embedder: &Embedder) -> Result<Self, Error> {
        let vectors = embedder.embed(Role::Passage, &[TEXT])?;
        let bytes: Vec<u8> = vectors.as_slice().iter().flat_map(|x| x.to_le_bytes()).collect();
        Ok(Self { text: TEXT.to_owned(), vector: STANDARD.encode(bytes) })
    }

    /// The cosine of the recorded vector and today's, if it is too low.
    pub fn contradicts(&self, embedder: &Embedder) -> Result<Option<f32>, Error> {
        let bytes = STANDARD.decode(&self.vector).unwrap_or_default();
        let recorded = bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b));
        let today = embedder.embed(Role::Passage, &[&self.text])?;
        let cosine: f32 = recorded.zip(today.as_slice()).map(|(a, b)| a * b).sum();
        // Written so that a NaN is too low.
        Ok(if cosine >= LEAST { None } else { Some(cosine) })
    }
}
