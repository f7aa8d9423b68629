//! What an ingest needs of an encoder.

use wenbao_embed::{Embedder, Role, Vectors};
use wenbao_index::ModelStamp;

use crate::{Error, Result};

/// Texts to unit vectors: the real encoder, or a fake one in tests.
pub trait Encode: Sync {
    /// Whose vectors they are.
    fn stamp(&self) -> ModelStamp;
    /// One L2-normalised row a text, in the same order.
    ///
    /// # Errors
    /// [`Error::Encode`].
    fn encode(&self, role: Role, texts: &[&str]) -> Result<Vectors>;
}

impl Encode for Embedder {
    fn stamp(&self) -> ModelStamp {
        ModelStamp {
            name: self.name().to_owned(),
            fingerprint: self.fingerprint().to_owned(),
            dimensions: self.dimensions(),
        }
    }

    fn encode(&self, role: Role, texts: &[&str]) -> Result<Vectors> {
        self.embed(role, texts).map_err(|e| Error::Encode(e.to_string()))
    }
}
