//! What computes a model's token states: the fast engine, plain candle, or a sentence model of candle-transformers.

use std::{path::Path, sync::Arc};

use crate::{
    Error,
    engine::{Crew, Engine},
    gguf::Gguf,
    models::Pooling,
    queue::Work,
    reference::{Config, Reference},
    sentence_model::{self, SentenceModel},
    sequence::{Finish, Sequence, vectors},
    tables::{Tables, Words},
};

/// What computes.
pub(crate) enum Encoder {
    /// Packed kernels: what a pulled model runs on.
    Fast(Box<Engine>),
    /// Plain candle, for shapes that the kernels do not know and processors that have none but the portable ones: those
    /// are slower than candle's own products.
    Reference(Box<Reference>, Arc<rayon::ThreadPool>),
    /// A user's own model, or the original weights from the hub.
    Sentence(Box<SentenceModel>),
}

impl Encoder {
    /// The encoder of a model's directory, on `threads` threads (0: one for every core).
    pub fn open(dir: &Path, threads: usize) -> Result<Self, Error> {
        let path = dir.join("model.gguf");
        if !path.is_file() && sentence_model::is_sentence_model(dir) {
            return Ok(Self::Sentence(Box::new(SentenceModel::open(dir, threads)?)));
        }
        let gguf = Arc::new(Gguf::open(&path)?);
        let bad = |reason: String| Error::load(&path, reason);
        let config = Config::read(&gguf).map_err(bad)?;
        let tables = || Tables::embedder(&gguf, &config).map_err(bad);
        if Crew::is_slow() {
            tracing::info!("neither AVX2 nor NEON here: embedding with candle");
        } else {
            match Engine::open(&gguf, config, tables()?, Arc::new(Crew::start(threads)?)) {
                Ok(engine) => return Ok(Self::Fast(Box::new(engine))),
                // A damaged file fails below too, and then says why.
                Err(reason) => tracing::info!("slow path for {}: {reason}", path.display()),
            }
        }
        let threads = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let threads = threads.map_err(|e| Error::Encode(format!("cannot start threads ({e})")))?;
        Ok(Self::Reference(Box::new(Reference::open(&gguf, config, tables()?)?), Arc::new(threads)))
    }

    /// The same kind of encoder, on the same threads and the same word table, with the layers and tables of a reader's
    /// file.
    pub fn beside(&self, gguf: &Gguf, config: Config) -> Result<Self, String> {
        let words = self.words().ok_or("the embedding model has no word table to share")?;
        let tables = Tables::reader(gguf, &config, Arc::clone(words))?;
        match self {
            Self::Fast(engine) => {
                Ok(Self::Fast(Box::new(Engine::open(gguf, config, tables, Arc::clone(engine.crew()))?)))
            }
            Self::Reference(_, threads) => {
                let reference = Reference::open(gguf, config, tables).map_err(|e| e.to_string())?;
                Ok(Self::Reference(Box::new(reference), Arc::clone(threads)))
            }
            Self::Sentence(_) => Err("the embedding model has no word table to share".into()),
        }
    }

    /// The shape, where it is known: a sentence model's is candle's business.
    pub fn config(&self) -> Option<&Config> {
        match self {
            Self::Fast(engine) => Some(engine.config()),
            Self::Reference(reference, _) => Some(reference.config()),
            Self::Sentence(_) => None,
        }
    }

    /// The word table, where it can be shared.
    pub fn words(&self) -> Option<&Arc<Words>> {
        match self {
            Self::Fast(engine) => Some(engine.tables().words()),
            Self::Reference(reference, _) => Some(reference.tables().words()),
            Self::Sentence(_) => None,
        }
    }

    /// Width of a vector, size of the word table, tokens that there are positions for.
    pub fn limits(&self) -> (usize, usize, usize) {
        let of = |config: &Config| (config.hidden, config.vocabulary, config.positions);
        match self {
            Self::Fast(engine) => of(engine.config()),
            Self::Reference(reference, _) => of(reference.config()),
            Self::Sentence(model) => (model.dimensions, model.vocabulary, model.positions),
        }
    }

    /// "avx512-vnni", "avx2", "neon-dotprod", "neon" or "portable", or "candle" for the plain path.
    pub fn kernels(&self) -> &'static str {
        match self {
            Self::Fast(engine) => engine.kernels(),
            Self::Reference(..) | Self::Sentence(_) => "candle",
        }
    }

    /// What `finish` makes of each sequence's token states (`tokens x width`), in order. Every id must be below the
    /// vocabulary's size, every length within 1..=positions.
    pub fn encode(&self, sequences: &[&Sequence], finish: &Finish<'_>) -> Result<Vec<Vec<f32>>, Error> {
        match self {
            Self::Fast(engine) => engine.encode(sequences, finish),
            Self::Reference(reference, threads) => threads.install(|| reference.encode(sequences, finish)),
            Self::Sentence(model) => model.encode(sequences, finish),
        }
    }
}

/// An encoder whose token states become vectors: see [`vectors`].
pub(crate) struct Embedding {
    pub encoder: Encoder,
    pub pooling: Pooling,
}

impl Work for Embedding {
    fn compute(&self, sequences: &[&Sequence]) -> Result<Vec<Vec<f32>>, Error> {
        let (width, ..) = self.encoder.limits();
        self.encoder.encode(sequences, &|sequence, states| vectors(sequence, states, width, self.pooling))
    }
}
