//! Text to token ids: a compiled Unigram tokenizer where the model has one, the tokenizers crate for all others.

mod compiled;
mod fast;
mod trie;

use std::{ops::Range, path::Path};

use compiled::Compiled;

use crate::{Error, models::manifest::sha256};

/// The compiled form of tokenizer.json, beside it.
const COMPILED: &str = "tokenizer.bin";

/// The tokens of a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tokens {
    pub ids: Vec<u32>,
    /// Which characters (Unicode scalar values) of the text each stands for: those of the text as it was given, before any
    /// normalisation. Empty for tokens that stand around every text. Both ends never go back from one token to the next.
    pub ranges: Vec<Range<usize>>,
}

impl Tokens {
    fn push(&mut self, id: u32, range: Range<usize>) {
        self.ids.push(id);
        self.ranges.push(range);
    }
}

/// A loaded tokenizer.
pub(crate) enum Tokenizer {
    /// Compiled: ready at once.
    Fast(Box<Compiled>),
    /// Anything that the tokenizers crate reads.
    Reference(Box<tokenizers::Tokenizer>),
}

impl Tokenizer {
    /// Opens the tokenizer of a model's directory. `source` is the SHA-256 of its tokenizer.json, if it is known: then the
    /// compiled form is used, and made first when it is missing.
    pub fn open(dir: &Path, source: Option<&str>) -> Result<Self, Error> {
        let path = dir.join("tokenizer.json");
        if let Some(source) = source {
            let compiled = dir.join(COMPILED);
            if let Some(compiled) = Compiled::open(&compiled, source) {
                return Ok(Self::Fast(Box::new(compiled)));
            }
            let json = std::fs::read(&path).map_err(Error::io("read", &path))?;
            // A directory that cannot be written or a tokenizer of another kind: slower, but the same tokens.
            match if sha256(&json) == source { compiled::compile(&json, source, &compiled) } else { Ok(()) } {
                Ok(()) => {
                    if let Some(compiled) = Compiled::open(&compiled, source) {
                        return Ok(Self::Fast(Box::new(compiled)));
                    }
                }
                Err(reason) => tracing::info!("slow tokenizer for {}: {reason}", dir.display()),
            }
        }
        let mut tokenizer = tokenizers::Tokenizer::from_file(&path).map_err(|e| Error::load(&path, e))?;
        // Cutting and padding are ours.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|e| Error::load(&path, e))?;
        Ok(Self::Reference(Box::new(tokenizer)))
    }

    /// The ids of `prefix` and `text` together, special tokens included.
    pub fn encode(&self, prefix: &str, text: &str) -> Result<Vec<u32>, Error> {
        match self {
            Self::Fast(compiled) => Ok(fast::encode(compiled, &[prefix, text].concat(), true).ids),
            Self::Reference(tokenizer) => {
                let encoding = tokenizer.encode_fast([prefix, text].concat(), true);
                Ok(encoding.map_err(|e| Error::Tokenize(e.to_string()))?.get_ids().to_vec())
            }
        }
    }

    /// The tokens of a text and where they lie in it; with `special` those around every text too.
    pub fn tokens(&self, text: &str, special: bool) -> Result<Tokens, Error> {
        match self {
            Self::Fast(compiled) => Ok(fast::encode(compiled, text, special)),
            Self::Reference(tokenizer) => {
                let encoding = tokenizer.encode_char_offsets(text, special);
                let encoding = encoding.map_err(|e| Error::Tokenize(e.to_string()))?;
                let ranges = encoding.get_offsets().iter().map(|&(start, end)| start..end).collect();
                Ok(Tokens { ids: encoding.get_ids().to_vec(), ranges })
            }
        }
    }
}

/// Whether a model's directory has a compiled tokenizer that claims to be made from its tokenizer.json and is not.
pub(crate) fn is_forged(dir: &Path, source: &str) -> bool {
    let json = std::fs::read(dir.join("tokenizer.json")).unwrap_or_default();
    Compiled::open(&dir.join(COMPILED), source).is_some_and(|compiled| !compiled.is_from(&json))
}

#[cfg(test)]
mod tests;
