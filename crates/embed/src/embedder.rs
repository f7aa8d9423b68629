use std::path::Path;

use crate::{
    Error, Vectors,
    engine::Engine,
    models::{Pooling, Registry, manifest::Manifest},
    reference::{Config, Reference},
    tokenizer::Tokenizer,
};

/// What a text is to the search: models are trained with another prefix for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Something asked.
    Query,
    /// Something that may hold the answer.
    Passage,
}

/// How an [`Embedder`] runs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Threads that compute; 0 is one for every core.
    pub threads: usize,
}

/// A loaded model. One of it serves any number of threads.
pub struct Embedder {
    name: String,
    fingerprint: String,
    query_prefix: String,
    passage_prefix: String,
    max_tokens: usize,
    pooling: Pooling,
    tokenizer: Tokenizer,
    encoder: Encoder,
}

/// What computes.
enum Encoder {
    /// Packed kernels: what a pulled model runs on.
    Fast(Box<Engine>),
    /// Plain candle, for shapes that the kernels do not know.
    Reference(Box<Reference>),
}

impl Encoder {
    fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        match Engine::open(path, options.threads) {
            Ok(engine) => Ok(Self::Fast(Box::new(engine))),
            Err(reason) => {
                // A damaged file fails here too, and then says why.
                let reference = Reference::open(path)?;
                tracing::info!("slow path for {}: {reason}", path.display());
                Ok(Self::Reference(Box::new(reference)))
            }
        }
    }

    fn config(&self) -> &Config {
        match self {
            Self::Fast(engine) => engine.config(),
            Self::Reference(reference) => reference.config(),
        }
    }

    fn encode(&self, sequences: &[&[u32]], pooling: Pooling) -> Result<Vec<f32>, Error> {
        match self {
            Self::Fast(engine) => Ok(engine.encode(sequences, pooling)),
            Self::Reference(reference) => reference.encode(sequences, pooling),
        }
    }
}

/// Tokens that are encoded at a time: enough to keep all threads busy, few enough to stay within some tens of megabytes.
const BATCH_TOKENS: usize = 8192;

impl Embedder {
    /// Loads the model `name` (the default of models.toml when none) from `models_dir`.
    ///
    /// # Errors
    /// [`Error::NotPulled`] when its directory is missing, [`Error::Load`] when its files are not what they should be.
    pub fn open(models_dir: &Path, name: Option<&str>, options: &Options) -> Result<Self, Error> {
        let name = match name {
            Some(name) => name.to_owned(),
            None => Registry::load(models_dir)?.model(None)?.name.clone(),
        };
        let dir = models_dir.join(&name);
        if !dir.is_dir() {
            // A name that nobody knows deserves another answer than one that only waits for its pull.
            Registry::load(models_dir)?.model(Some(&name))?;
            return Err(Error::NotPulled { name, dir: models_dir.to_path_buf() });
        }
        let manifest = Manifest::read(&dir)?.ok_or_else(|| Error::load(&dir, "it has no manifest.json"))?;
        if !manifest.holds(&dir, false) {
            return Err(Error::load(&dir, "a file is missing or has the wrong size"));
        }
        let encoder = Encoder::open(&dir.join("model.gguf"), options)?;
        if encoder.config().hidden != manifest.dimensions || manifest.max_tokens > encoder.config().positions {
            return Err(Error::load(&dir, "manifest.json and the weights disagree on the dimensions"));
        }
        let source = manifest.files.get("tokenizer.json").map(|stamp| stamp.sha256.as_str());
        let tokenizer = Tokenizer::open(&dir, source)?;
        Ok(Self {
            name,
            fingerprint: manifest.fingerprint(),
            query_prefix: manifest.query_prefix,
            passage_prefix: manifest.passage_prefix,
            max_tokens: manifest.max_tokens,
            pooling: manifest.pooling,
            tokenizer,
            encoder,
        })
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Width of a vector.
    pub fn dimensions(&self) -> usize {
        self.encoder.config().hidden
    }

    /// Hexadecimal; differs whenever the vectors would.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What computes: "avx512-vnni", "avx2", "portable", or "candle" for the plain path.
    pub fn engine(&self) -> &'static str {
        match &self.encoder {
            Encoder::Fast(engine) => engine.kernels(),
            Encoder::Reference(_) => "candle",
        }
    }

    /// One L2-normalised vector a text, in the order of the texts. Inputs that are longer than the model reads keep their
    /// beginning: the first `max_tokens - 1` tokens and the closing one.
    ///
    /// # Errors
    /// [`Error::Tokenize`] and [`Error::Encode`]; neither is expected of any text.
    pub fn embed<S: AsRef<str> + Sync>(&self, role: Role, texts: &[S]) -> Result<Vectors, Error> {
        let tokens = texts.iter().map(|text| self.tokenize(role, text.as_ref())).collect::<Result<Vec<_>, Error>>()?;
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|&i| tokens[i].len());
        let dimensions = self.dimensions();
        let mut values = vec![0.0; tokens.len() * dimensions];
        let mut rest = &order[..];
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(batch_size(rest.iter().map(|&i| tokens[i].len())));
            rest = later;
            let sequences: Vec<&[u32]> = batch.iter().map(|&i| tokens[i].as_slice()).collect();
            let rows = self.encoder.encode(&sequences, self.pooling)?;
            for (&i, row) in batch.iter().zip(rows.chunks_exact(dimensions)) {
                values[i * dimensions..(i + 1) * dimensions].copy_from_slice(row);
            }
        }
        Vectors::from_parts(dimensions, values)
    }

    /// How many tokens the text has for the model, special ones included and prefixes not, before any cut.
    pub fn count_tokens(&self, text: &str) -> usize {
        self.tokenizer.encode("", text).map_or(0, |ids| ids.len())
    }

    fn tokenize(&self, role: Role, text: &str) -> Result<Vec<u32>, Error> {
        let prefix = match role {
            Role::Query => &self.query_prefix,
            Role::Passage => &self.passage_prefix,
        };
        let mut ids = self.tokenizer.encode(prefix, text)?;
        if let Some(&last) = ids.last().filter(|_| ids.len() > self.max_tokens) {
            ids.truncate(self.max_tokens - 1);
            ids.push(last);
        }
        let vocabulary = self.encoder.config().vocabulary;
        if let Some(id) = ids.iter().find(|&&id| id as usize >= vocabulary) {
            return Err(Error::Tokenize(format!("token {id} is outside the model's table of {vocabulary}")));
        }
        Ok(ids)
    }
}

/// How many of the next sequences make one batch: as many as fit the token budget, at least one.
fn batch_size(lengths: impl Iterator<Item = usize>) -> usize {
    let mut tokens = 0;
    let fitting = lengths.take_while(|n| {
        tokens += n;
        tokens <= BATCH_TOKENS
    });
    fitting.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_fills_the_token_budget_and_is_never_empty() {
        assert_eq!(batch_size([512; 20].into_iter()), 16);
        assert_eq!(batch_size([9000, 1].into_iter()), 1);
        assert_eq!(batch_size([10, 20].into_iter()), 2);
    }
}
