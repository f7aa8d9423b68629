//! The index's fake encoder and small documents, as a run takes them.
#![allow(unused_imports, missing_docs)]

#[path = "../../../index/tests/common/mod.rs"]
mod documents;

use std::ops::Range;

pub use documents::*;
use wenbao_embed::Vectors;
use wenbao_index::ModelStamp;
use wenbao_ingest::Encode;

impl Encode for Fake {
    fn stamp(&self) -> ModelStamp {
        Self::stamp(self)
    }

    fn encode(&self, texts: &[(&str, &[Range<usize>])]) -> wenbao_ingest::Result<Vec<Vectors>> {
        let parts = |(text, ranges): &(&str, &[Range<usize>])| {
            let cut = |r: &Range<usize>| text.chars().skip(r.start).take(r.len()).collect();
            let parts: Vec<String> = std::iter::once((*text).to_owned()).chain(ranges.iter().map(cut)).collect();
            Self::encode(self, &parts)
        };
        Ok(texts.iter().map(parts).collect())
    }
}
