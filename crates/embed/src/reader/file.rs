//! reader.gguf: what it holds and what is checked before it is used.
//!
//! Metadata: `general.architecture` "bert", `general.name`, the `bert.*` keys of the embedder's file (all but
//! `bert.block_count` and `bert.context_length` as there), `wenbao.reader.version` 1, `wenbao.reader.word_table` (SHA-256,
//! hexadecimal, of the raw bytes of the embedder's `token_embd.weight`, which is not in this file),
//! `wenbao.reader.sha256` (over all tensors' raw bytes, in the order of their names), and if it is there
//! `wenbao.reader.check`: see [`Check`].
//!
//! Tensors, outermost dimension first, F32 unless said otherwise: `position_embd.weight` (positions x width),
//! `segment_embd.weight` (2 x width: question, passage), `token_embd_norm`, the layers `blk.N.*` as in the embedder's file
//! (matrices Q4_0 or Q8_0; Q8_0 is faster on AVX2 where a matrix has no whole number outside -64..=63), `span.weight`
//! (3 x width: start, end, inside) and `span.bias`, `verdict.weight` (2 x width: null, answers) and `verdict.bias`. No
//! others.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Heads, check::Check};
use crate::{Embedder, Error, encoder::Encoder, gguf::Gguf, models::manifest::hex, reference::Config};

/// The version of the format that this is.
const VERSION: f64 = 1.0;
const CHECK: &str = "wenbao.reader.check";
/// position_embd, segment_embd and the two of token_embd_norm.
const TABLE_TENSORS: usize = 4;
/// Six matrices and two norms, each with a bias.
const LAYER_TENSORS: usize = 16;

/// What a reader is made of.
pub(super) struct Parts {
    pub name: String,
    pub fingerprint: String,
    pub positions: usize,
    pub vocabulary: usize,
    pub check: Option<Check>,
    pub encoder: Encoder,
    pub heads: Heads,
}

/// Opens and checks a reader's file.
pub(super) fn open(path: &Path, embedder: &Embedder) -> Result<Parts, Error> {
    let bad = |reason: String| Error::reader(path, reason);
    let gguf = Gguf::load(path).map_err(|e| match e {
        Error::Load { reason, .. } => bad(reason),
        other => other,
    })?;
    let config = check_shape(&gguf, embedder).map_err(bad)?;
    let word_table = text(&gguf, "wenbao.reader.word_table").map_err(bad)?;
    if word_table != embedder.word_table()? {
        return Err(bad("it was trained with the word table of another embedding model".into()));
    }
    // Hashing and packing take about as long as one another.
    let (checked, encoder) = std::thread::scope(|scope| {
        let checked = scope.spawn(|| check_hash(&gguf));
        let encoder = embedder.encoder().beside(&gguf, config);
        (checked.join().unwrap_or_else(|_| Err("its hash could not be computed".into())), encoder)
    });
    let fingerprint = checked.map_err(bad)?;
    Ok(Parts {
        name: text(&gguf, "general.name").map_err(bad)?.to_owned(),
        fingerprint,
        positions: config.positions,
        vocabulary: config.vocabulary,
        check: gguf.string(CHECK).map(Check::parse).transpose().map_err(bad)?,
        encoder: encoder.map_err(bad)?,
        heads: Heads::open(&gguf, config.hidden).map_err(bad)?,
    })
}

/// The shape, if it is one that goes with the embedder's and the file holds what the shape says.
fn check_shape(gguf: &Gguf, embedder: &Embedder) -> Result<Config, String> {
    match gguf.number("wenbao.reader.version") {
        Some(VERSION) => {}
        Some(other) => return Err(format!("its version is {other}, {VERSION} is expected")),
        None => return Err("its metadata lacks wenbao.reader.version".into()),
    }
    let config = Config::read(gguf)?;
    let ours = embedder.encoder().config().ok_or("it needs the pulled embedding model, which shares its word table")?;
    let expected = Config { layers: config.layers, positions: config.positions, ..*ours };
    if config != expected {
        return Err("its shape is not that of the embedding model".into());
    }
    let (found, expected) = (gguf.names().len(), TABLE_TENSORS + LAYER_TENSORS * config.layers + Heads::TENSORS);
    if found != expected {
        return Err(format!("it has {found} tensors, {expected} are expected"));
    }
    // The question and the head may take this much, and four tokens stand around them and the text.
    let least = super::QUESTION_TOKENS + super::HEAD_TOKENS + 4;
    if config.positions <= least {
        return Err(format!("it has {} positions, more than {least} are needed", config.positions));
    }
    Ok(config)
}

/// The hash over all tensors, if it is the one that the metadata gives.
fn check_hash(gguf: &Gguf) -> Result<String, String> {
    let expected = text(gguf, "wenbao.reader.sha256")?;
    let mut hash = Sha256::new();
    for name in gguf.names() {
        hash.update(gguf.bytes(&gguf.tensor(name)?, &mut Vec::new())?);
    }
    let found = hex(&hash.finalize());
    if found == expected { Ok(found) } else { Err("its weights do not have the hash that it gives for them".into()) }
}

fn text<'a>(gguf: &'a Gguf, key: &str) -> Result<&'a str, String> {
    gguf.string(key).ok_or_else(|| format!("its metadata lacks {key}"))
}
