//! What an ingest needs of an encoder.

use std::ops::Range;

use wenbao_embed::{Embedder, Role, Vectors};
use wenbao_index::ModelStamp;

use crate::{Error, Result};

/// Texts to unit vectors: the real encoder, or a fake one in tests.
pub trait Encode: Sync {
    /// Whose vectors they are.
    fn stamp(&self) -> ModelStamp;
    /// For each text, in order, L2-normalised rows: first the whole, then each of its ranges (Unicode scalar values) as it reads
    /// within it.
    ///
    /// # Errors
    /// [`Error::Encode`].
    fn encode(&self, texts: &[(&str, &[Range<usize>])]) -> Result<Vec<Vectors>>;
}

impl Encode for Embedder {
    fn stamp(&self) -> ModelStamp {
        ModelStamp {
            name: self.name().to_owned(),
            fingerprint: self.fingerprint().to_owned(),
            dimensions: self.dimensions(),
        }
    }

    fn encode(&self, texts: &[(&str, &[Range<usize>])]) -> Result<Vec<Vectors>> {
        self.embed_parts(Role::Passage, texts).map_err(|e| Error::Encode(e.to_string()))
    }
}
