use std::path::Path;

use crate::{
    Error, Vectors,
    cache::QueryCache,
    engine::Engine,
    models::{Pooling, Registry, manifest::Manifest},
    queue::Queue,
    reference::{Config, Reference},
    sentence_model::{self, SentenceModel},
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
    pooling: Pooling,
    dimensions: usize,
    vocabulary: usize,
    tokenizer: Tokenizer,
    encoder: Encoder,
    queue: Queue,
    cache: QueryCache,
}

/// What computes.
enum Encoder {
    /// Packed kernels: what a pulled model runs on.
    Fast(Box<Engine>),
    /// Plain candle, for shapes that the kernels do not know and processors that have none but the portable ones: those
    /// are slower than candle's own products.
    Reference(Box<Reference>, rayon::ThreadPool),
    /// A user's own model, or the original weights from the hub.
    Sentence(Box<SentenceModel>),
}

impl Encoder {
    fn open(dir: &Path, options: &Options) -> Result<Self, Error> {
        let path = dir.join("model.gguf");
        if !path.is_file() && sentence_model::is_sentence_model(dir) {
            return Ok(Self::Sentence(Box::new(SentenceModel::open(dir, options.threads)?)));
        }
        match Engine::open(&path, options.threads) {
            Ok(engine) if !engine.is_slow() => return Ok(Self::Fast(Box::new(engine))),
            Ok(_) => tracing::info!("neither AVX2 nor NEON here: embedding with candle"),
            // A damaged file fails below too, and then says why.
            Err(reason) => tracing::info!("slow path for {}: {reason}", path.display()),
        }
        let threads = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build();
        let threads = threads.map_err(|e| Error::Encode(format!("cannot start threads ({e})")))?;
        Ok(Self::Reference(Box::new(Reference::open(&path)?), threads))
    }

    /// Width of a vector, size of the word table, tokens that there are positions for.
    fn limits(&self) -> (usize, usize, usize) {
        let of = |config: &Config| (config.hidden, config.vocabulary, config.positions);
        match self {
            Self::Fast(engine) => of(engine.config()),
            Self::Reference(reference, _) => of(reference.config()),
            Self::Sentence(model) => (model.dimensions, model.vocabulary, model.positions),
        }
    }

    fn encode(&self, sequences: &[&[u32]], pooling: Pooling) -> Result<Vec<f32>, Error> {
        match self {
            Self::Fast(engine) => Ok(engine.encode(sequences, pooling)),
            Self::Reference(reference, threads) => threads.install(|| reference.encode(sequences, pooling)),
            Self::Sentence(model) => model.encode(sequences, pooling),
        }
    }
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
        let encoder = Encoder::open(&dir, options)?;
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
            pooling: manifest.pooling,
            dimensions,
            vocabulary,
            tokenizer,
            encoder,
            queue: Queue::default(),
            cache: QueryCache::new(options.cached_queries),
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
        match &self.encoder {
            Encoder::Fast(engine) => engine.kernels(),
            Encoder::Reference(..) | Encoder::Sentence(_) => "candle",
        }
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
        let mut tokens =
            texts.iter().map(|text| self.tokenize(role, text.as_ref())).collect::<Result<Vec<_>, Error>>()?;
        // The longest first: threads that take chunks one by one then end at about the same time.
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(tokens[i].len()));
        let sequences = order.iter().map(|&i| std::mem::take(&mut tokens[i])).collect();
        let compute = |sequences: &[&[u32]]| self.encoder.encode(sequences, self.pooling);
        let rows = self.queue.encode(announced, sequences, &compute)?;
        let mut values = vec![0.0; rows.len()];
        for (&i, row) in order.iter().zip(rows.chunks_exact(dimensions)) {
            values[i * dimensions..(i + 1) * dimensions].copy_from_slice(row);
        }
        if let Some(text) = single {
            self.cache.put(text, &values);
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
        let vocabulary = self.vocabulary;
        if let Some(id) = ids.iter().find(|&&id| id as usize >= vocabulary) {
            return Err(Error::Tokenize(format!("token {id} is outside the model's table of {vocabulary}")));
        }
        Ok(ids)
    }
}
