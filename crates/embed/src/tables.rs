//! What a token is before the first layer: the sum of its word's, its position's and its kind's row.

use std::{ops::Range, path::Path, sync::Arc};

use sha2::{Digest, Sha256};

use crate::{
    Error,
    gguf::{Gguf, TensorView},
    models::manifest::hex,
    reference::Config,
    sequence::Sequence,
};

/// The rows of a vocabulary, most of a model's bytes. They stay in the file: a text needs some dozens of them, and reading
/// one costs about a microsecond.
pub(crate) struct Words {
    gguf: Arc<Gguf>,
    view: TensorView,
}

impl Words {
    /// `token_embd.weight` of an embedder's file.
    pub fn open(gguf: &Arc<Gguf>, config: &Config) -> Result<Self, String> {
        let view = gguf.shaped("token_embd.weight", &[config.vocabulary, config.hidden])?;
        Ok(Self { gguf: Arc::clone(gguf), view })
    }

    /// SHA-256 of the table's bytes, hexadecimal. Reads all of them.
    pub fn sha256(&self) -> Result<String, Error> {
        let mut buffer = Vec::new();
        let bytes = self.gguf.bytes(&self.view, &mut buffer).map_err(|reason| Error::load(self.gguf.path(), reason))?;
        Ok(hex(&Sha256::digest(bytes)))
    }
}

/// All tables of one encoder; the word table may be another one's.
pub(crate) struct Tables {
    words: Arc<Words>,
    /// `positions x width`
    positions: Vec<f32>,
    /// One or two rows.
    kinds: Vec<f32>,
    width: usize,
}

impl Tables {
    /// The tables of an embedder, which has one kind of token.
    pub fn embedder(gguf: &Arc<Gguf>, config: &Config) -> Result<Self, String> {
        let words = Arc::new(Words::open(gguf, config)?);
        let kinds = gguf.tensor("token_types.weight")?;
        if kinds.shape.len() != 2 || kinds.shape[1] != config.hidden || kinds.shape[0] == 0 {
            return Err("tensor token_types.weight has the wrong shape".into());
        }
        let mut first = vec![0.0; config.hidden];
        gguf.expand_row(&kinds, 0, &mut Vec::new(), &mut first)?;
        Self::new(gguf, config, words, first)
    }

    /// The tables of a reader, which shares an embedder's words and tells the question's part from the passage's.
    pub fn reader(gguf: &Gguf, config: &Config, words: Arc<Words>) -> Result<Self, String> {
        Self::new(gguf, config, words, gguf.floats("segment_embd.weight", &[2, config.hidden])?)
    }

    fn new(gguf: &Gguf, config: &Config, words: Arc<Words>, kinds: Vec<f32>) -> Result<Self, String> {
        let positions = gguf.floats("position_embd.weight", &[config.positions, config.hidden])?;
        Ok(Self { words, positions, kinds, width: config.hidden })
    }

    pub fn words(&self) -> &Arc<Words> {
        &self.words
    }

    /// The file that the words come from.
    pub fn path(&self) -> &Path {
        self.words.gguf.path()
    }

    /// The sums for some tokens of a sequence into `out` (`tokens x width`). Every id is below the vocabulary's size, every
    /// position below the number of positions; fails when the file cannot be read any more.
    pub fn fill(&self, sequence: &Sequence, tokens: Range<usize>, out: &mut [f32]) -> Result<(), Error> {
        let width = self.width;
        let mut buffer = Vec::new();
        for (at, out) in tokens.zip(out.chunks_exact_mut(width)) {
            let word = sequence.ids[at] as usize;
            self.words
                .gguf
                .expand_row(&self.words.view, word, &mut buffer, out)
                .map_err(|reason| Error::load(self.path(), reason))?;
            let position = &self.positions[at * width..][..width];
            let second = at >= sequence.first && self.kinds.len() > width;
            let kind = &self.kinds[usize::from(second) * width..][..width];
            for ((x, p), k) in out.iter_mut().zip(position).zip(kind) {
                *x += p + k;
            }
        }
        Ok(())
    }
}
