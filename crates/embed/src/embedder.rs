use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use crate::{
    Error, Vectors,
    cache::QueryCache,
    encoder::{Embedding, Encoder},
    models::{Registry, manifest::Manifest},
    queue::{Purpose, Queue, Work},
    sentence_model,
    sequence::Sequence,
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
#[derive(Debug, Clone)]
pub struct Options {
    /// Threads that compute; 0 is one for every core.
    pub threads: usize,
    /// How many queries' vectors are kept for when they are asked again.
    pub cached_queries: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { threads: 0, cached_queries: 1024 }
    }
}

/// A loaded model. One of it serves any number of threads.
pub struct Embedder {
    name: String,
    fingerprint: String,
    query_prefix: String,
    passage_prefix: String,
    max_tokens: usize,
    dimensions: usize,
    vocabulary: usize,
    pub(crate) tokenizer: Arc<Tokenizer>,
    embedding: Arc<Embedding>,
    pub(crate) queue: Arc<Queue>,
    cache: QueryCache,
    /// The hash of the word table, once somebody asked for it or as the pull recorded it.
    word_table: OnceLock<String>,
}

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
        // A path is as good as a name: an absolute one stands for itself.
        let dir = models_dir.join(&name);
        if !dir.is_dir() {
            // A name that nobody knows deserves another answer than one that only waits for its pull.
            Registry::load(models_dir)?.model(Some(&name))?;
            return Err(Error::NotPulled { name, dir: models_dir.to_path_buf() });
        }
        let name = dir.file_name().map_or(name.clone(), |n| n.to_string_lossy().into_owned());
        let pulled = sentence_model::is_pulled(&dir);
        let manifest = if pulled || !sentence_model::is_sentence_model(&dir) {
            let manifest = Manifest::read(&dir)?.ok_or_else(|| Error::load(&dir, "it has no manifest.json"))?;
            if !manifest.holds(&dir, false) {
                return Err(Error::load(&dir, "a file is missing or has the wrong size"));
            }
            manifest
        } else {
            sentence_model::describe(&name, &dir)?
        };
        let encoder = Encoder::open(&dir, options.threads)?;
        let (dimensions, vocabulary, positions) = encoder.limits();
        if dimensions != manifest.dimensions || manifest.max_tokens > positions {
            return Err(Error::load(&dir, "its description and its weights disagree on the dimensions"));
        }
        // Only what we pulled is ours to write a compiled tokenizer into.
        let source = manifest.files.get("tokenizer.json").filter(|_| pulled).map(|stamp| stamp.sha256.as_str());
        let tokenizer = Tokenizer::open(&dir, source)?;
        Ok(Self {
            name,
            fingerprint: manifest.fingerprint(),
            query_prefix: manifest.query_prefix,
            passage_prefix: manifest.passage_prefix,
            max_tokens: manifest.max_tokens,
            dimensions,
            vocabulary,
            tokenizer: Arc::new(tokenizer),
            embedding: Arc::new(Embedding { encoder, pooling: manifest.pooling }),
            queue: Arc::default(),
            cache: QueryCache::new(options.cached_queries),
            word_table: OnceLock::new(),
        })
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Width of a vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Hexadecimal; differs whenever the vectors would.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What computes: "avx512-vnni", "avx2", "neon-dotprod" or "neon", or "candle" for the plain path.
    pub fn engine(&self) -> &'static str {
        self.embedding.encoder.kernels()
    }

    /// One L2-normalised vector a text, in the order of the texts. Inputs that are longer than the model reads keep their
    /// beginning: the first `max_tokens - 1` tokens and the closing one. Calls of several threads are computed together;
    /// vectors of single queries come from the cache when they were asked before.
    ///
    /// # Errors
    /// [`Error::Tokenize`] and [`Error::Encode`]; neither is expected of any text.
    pub fn embed<S: AsRef<str> + Sync>(&self, role: Role, texts: &[S]) -> Result<Vectors, Error> {
        let dimensions = self.dimensions();
        let single = match texts {
            [text] if role == Role::Query => Some(text.as_ref()),
            _ => None,
        };
        if let Some(vector) = single.and_then(|text| self.cache.get(text)) {
            return Vectors::from_parts(dimensions, vector);
        }
        let announced = self.queue.announce();
        let tokens = texts.iter().map(|text| Ok(Sequence::plain(self.tokenize(role, text.as_ref())?)));
        let sequences = tokens.collect::<Result<Vec<_>, Error>>()?;
        let work: Arc<dyn Work> = Arc::clone(&self.embedding) as _;
        let values = self.queue.run(announced, &work, Purpose::Embedding, sequences)?.concat();
        if let Some(text) = single {
            self.cache.put(text, &values);
        }
        Vectors::from_parts(dimensions, values)
    }

    /// How many tokens the text has for the model, special ones included and prefixes not, before any cut.
    pub fn count_tokens(&self, text: &str) -> usize {
        self.tokenizer.encode("", text).map_or(0, |ids| ids.len())
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.embedding.encoder
    }

    /// SHA-256 of the word table, hexadecimal; fails for models that have none of their own.
    pub(crate) fn word_table(&self) -> Result<&str, Error> {
        if let Some(known) = self.word_table.get() {
            return Ok(known);
        }
        let words = self.encoder().words().ok_or_else(|| Error::Encode("the model has no word table".into()))?;
        let hash = words.sha256()?;
        Ok(self.word_table.get_or_init(|| hash))
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
        let vocabulary = self.vocabulary;
        if let Some(id) = ids.iter().find(|&&id| id as usize >= vocabulary) {
            return Err(Error::Tokenize(format!("token {id} is outside the model's table of {vocabulary}")));
        }
        Ok(ids)
    }
}
