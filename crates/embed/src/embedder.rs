use std::{
    ops::Range,
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
    tokenizer::{Tokenizer, Tokens},
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
    /// [`Error::NotPulled`] when its directory is missing, [`Error::Load`] when its files are not what they should be or the
    /// vector of a fixed text is not the one that it had when the model was pulled.
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
        // Only what we pulled is ours to write a compiled tokenizer into.
        let source = manifest.files.get("tokenizer.json").filter(|_| pulled).map(|stamp| stamp.sha256.as_str());
        let (encoder, tokenizer) = std::thread::scope(|scope| {
            let tokenizer = scope.spawn(|| Tokenizer::open(&dir, source));
            let encoder = Encoder::open(&dir, options.threads);
            let panicked = |_| Err(Error::load(&dir, "its tokenizer cannot be read"));
            (encoder, tokenizer.join().unwrap_or_else(panicked))
        });
        let (encoder, tokenizer) = (encoder?, tokenizer?);
        let (dimensions, vocabulary, positions) = encoder.limits();
        if dimensions != manifest.dimensions || manifest.max_tokens > positions {
            return Err(Error::load(&dir, "its description and its weights disagree on the dimensions"));
        }
        let embedder = Self {
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
            word_table: manifest.word_table.map_or_else(OnceLock::new, OnceLock::from),
        };
        if let Some(proof) = &manifest.proof
            && let Some(cosine) = proof.contradicts(&embedder)?
        {
            let reason = format!("it gives other vectors than when it was pulled (cosine {cosine:.4})");
            return Err(Error::load(&dir, reason));
        }
        Ok(embedder)
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

    /// The vector of each text and of some ranges of its characters (Unicode scalar values), as they read within it: one
    /// pass a text, and a range's vector is the L2-normalised mean of the states of the tokens that lie in it. White space
    /// before a token's first other character does not count as part of it. A range in which no token lies, e.g. behind
    /// what the model reads of a long text, has the vector of the whole.
    ///
    /// For each text, in order: row 0 is the whole, as [`Embedder::embed`] gives it, row 1 + i the i-th range.
    ///
    /// # Errors
    /// [`Error::Tokenize`] and [`Error::Encode`]; neither is expected of any text.
    pub fn embed_parts<S, R>(&self, role: Role, texts: &[(S, R)]) -> Result<Vec<Vectors>, Error>
    where
        S: AsRef<str>,
        R: AsRef<[Range<usize>]>,
    {
        let announced = self.queue.announce();
        let sequences = texts.iter().map(|(text, ranges)| self.parts(role, text.as_ref(), ranges.as_ref()));
        let sequences = sequences.collect::<Result<Vec<_>, Error>>()?;
        let work: Arc<dyn Work> = Arc::clone(&self.embedding) as _;
        let rows = self.queue.run(announced, &work, Purpose::Embedding, sequences)?;
        rows.into_iter().map(|rows| Vectors::from_parts(self.dimensions, rows)).collect()
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

    fn prefix(&self, role: Role) -> &str {
        match role {
            Role::Query => &self.query_prefix,
            Role::Passage => &self.passage_prefix,
        }
    }

    fn tokenize(&self, role: Role, text: &str) -> Result<Vec<u32>, Error> {
        let mut ids = self.tokenizer.encode(self.prefix(role), text)?;
        self.cut(&mut ids)?;
        Ok(ids)
    }

    /// Keeps what the model reads: the first `max_tokens - 1` tokens and the closing one.
    fn cut(&self, ids: &mut Vec<u32>) -> Result<(), Error> {
        if let Some(&last) = ids.last().filter(|_| ids.len() > self.max_tokens) {
            ids.truncate(self.max_tokens - 1);
            ids.push(last);
        }
        let vocabulary = self.vocabulary;
        match ids.iter().find(|&&id| id as usize >= vocabulary) {
            Some(id) => Err(Error::Tokenize(format!("token {id} is outside the model's table of {vocabulary}"))),
            None => Ok(()),
        }
    }

    /// A text and the tokens that lie in each of the ranges of its characters.
    fn parts(&self, role: Role, text: &str, ranges: &[Range<usize>]) -> Result<Sequence, Error> {
        let prefix = self.prefix(role);
        let Tokens { mut ids, ranges: mut tokens } = self.tokenizer.tokens(&[prefix, text].concat(), true)?;
        self.cut(&mut ids)?;
        if tokens.len() > ids.len() {
            // In place of the last one that is kept the closing token stands.
            tokens.truncate(ids.len().saturating_sub(1));
        }
        let tokens = trimmed(&tokens, prefix.chars().count(), text);
        let parts = ranges.iter().map(|range| {
            let lies = |token: &Option<Range<usize>>| {
                token.as_ref().is_some_and(|token| range.start <= token.start && token.end <= range.end)
            };
            // Tokens go forward, so that those within a range are neighbours.
            let first = tokens.iter().position(lies);
            first.map_or(0..0, |first| first..first + tokens[first..].iter().take_while(|token| lies(token)).count())
        });
        Ok(Sequence { parts: parts.collect(), ..Sequence::plain(ids) })
    }
}

/// The characters of `text` that each token stands for, when `prefix` characters came before it; none for tokens of the
/// prefix and those that stand around every text. Without white space in front, unless there is nothing else.
fn trimmed(tokens: &[Range<usize>], prefix: usize, text: &str) -> Vec<Option<Range<usize>>> {
    let spaces: Vec<bool> = text.chars().map(char::is_whitespace).collect();
    let trim = |token: &Range<usize>| {
        let (start, end) = (token.start.max(prefix) - prefix, token.end.max(prefix) - prefix);
        let within = spaces.get(start..end).filter(|within| !within.is_empty())?;
        let skipped = within.iter().take_while(|space| **space).count();
        Some(if skipped == within.len() { start..end } else { start + skipped..end })
    };
    tokens.iter().map(trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        models::Pooling,
        testing::{pulled_model, sentence_model},
    };

    /// Embedders of every kind: fast, and two sentence models.
    fn embedders() -> (tempfile::TempDir, Vec<Embedder>) {
        let dir = tempfile::tempdir().unwrap();
        pulled_model(dir.path(), "fast", 64, 1);
        sentence_model(&dir.path().join("bert"), "bert", "mean", 2);
        sentence_model(&dir.path().join("xlm"), "xlm-roberta", "cls", 3);
        let options = Options { threads: 2, cached_queries: 0 };
        let open = |name| Embedder::open(dir.path(), Some(name), &options).unwrap();
        let embedders = ["fast", "bert", "xlm"].map(open).into();
        (dir, embedders)
    }

    /// The vector of some tokens' states, straight from the encoder.
    fn direct(embedder: &Embedder, ids: &[u32], tokens: Range<usize>) -> Vec<f32> {
        let width = embedder.dimensions();
        let sequence = Sequence::plain(ids.to_vec());
        let states = embedder.encoder().encode(&[&sequence], &|_, states| states.to_vec()).unwrap().remove(0);
        let mut mean = vec![0.0; width];
        for state in states[tokens.start * width..tokens.end * width].chunks_exact(width) {
            mean.iter_mut().zip(state).for_each(|(sum, x)| *sum += x / tokens.len() as f32);
        }
        let length = mean.iter().map(|x| x * x).sum::<f32>().sqrt();
        mean.into_iter().map(|x| x / length).collect()
    }

    fn close(a: &[f32], b: &[f32]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
    }

    #[test]
    fn parts_are_means_of_their_tokens_states() {
        let (_dir, embedders) = embedders();
        // Words of the sentence models' vocabulary; the other one spells them.
        let texts = ["w5 w6  w7 w8", "w9", "w10 w11 w12 w13 w14"];
        let ranges = [vec![0..2, 3..5, 0..5, 7..12, 2..3], vec![0..2, 0..1], vec![0..3, 4..11, 4..10]];
        let asked: Vec<_> = texts.iter().zip(&ranges).collect();
        for embedder in embedders {
            let plain = embedder.embed(Role::Passage, &texts).unwrap();
            let found = embedder.embed_parts(Role::Passage, &asked).unwrap();
            for (i, (text, ranges)) in asked.iter().enumerate() {
                assert_eq!(found[i].len(), 1 + ranges.len());
                assert!(close(found[i].row(0), plain.row(i)), "{}: the whole of {text}", embedder.name());
                let prefix = embedder.prefix(Role::Passage);
                let tokens = embedder.tokenizer.tokens(&[prefix, text].concat(), true).unwrap();
                let shift = prefix.chars().count();
                for (j, range) in ranges.iter().enumerate() {
                    // By hand: tokens all of whose characters, white space only if there is nothing else, lie in the range.
                    let chars: Vec<char> = text.chars().collect();
                    let within = |i: &usize| {
                        let own = (0..chars.len()).filter(|c| tokens.ranges[*i].contains(&(c + shift)));
                        let (blank, visible): (Vec<_>, Vec<_>) = own.partition(|c| chars[*c].is_whitespace());
                        let own = if visible.is_empty() { blank } else { visible };
                        !own.is_empty() && own.iter().all(|c| range.contains(c))
                    };
                    let own: Vec<usize> = (0..tokens.ids.len()).filter(within).collect();
                    let expected = match (own.first(), own.last()) {
                        (Some(first), Some(last)) => direct(&embedder, &tokens.ids, *first..last + 1),
                        _ => plain.row(i).to_vec(),
                    };
                    assert!(close(found[i].row(1 + j), &expected), "{}: {range:?} of {text}", embedder.name());
                }
            }
        }
    }

    #[test]
    fn ranges_without_a_token_have_the_vector_of_the_whole() {
        let (_dir, embedders) = embedders();
        for embedder in embedders {
            let long = "w5 ".repeat(1000);
            let backwards = Range { start: 9, end: 3 };
            let asked = [(long.as_str(), vec![2900..3000, 0..0, 5000..6000, backwards, 0..2]), ("", vec![0..1, 0..0])];
            let found = embedder.embed_parts(Role::Query, &asked).unwrap();
            assert_eq!(found.iter().map(Vectors::len).collect::<Vec<_>>(), [6, 3]);
            for row in 1..5 {
                assert_eq!(found[0].row(row), found[0].row(0), "{}: row {row}", embedder.name());
            }
            assert_ne!(found[0].row(5), found[0].row(0), "{}", embedder.name());
            assert_eq!(found[1].row(1), found[1].row(0), "{}", embedder.name());
            assert!(embedder.embed_parts::<&str, [Range<usize>; 0]>(Role::Query, &[]).unwrap().is_empty());
        }
    }

    #[test]
    fn the_first_token_of_a_text_is_its_own_though_the_prefix_ends_with_a_space() {
        let tokens = [0..0, 0..6, 6..9, 9..10, 10..11, 11..13, 0..0];
        let found = trimmed(&tokens, 7, "a  bc x");
        assert_eq!(found, [None, None, Some(0..2), Some(2..3), Some(3..4), Some(4..6), None]);
        assert_eq!(trimmed(&[6..8, 8..11], 7, "a  b"), [Some(0..1), Some(3..4)]);
    }

    #[test]
    fn parts_of_the_plain_path_are_those_of_the_fast_one() {
        let (dir, embedders) = embedders();
        let gguf = Arc::new(crate::gguf::Gguf::open(&dir.path().join("fast/model.gguf")).unwrap());
        let config = crate::reference::Config::read(&gguf).unwrap();
        let tables = crate::tables::Tables::embedder(&gguf, &config).unwrap();
        let reference = crate::reference::Reference::open(&gguf, config, tables).unwrap();
        let threads = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let encoder = Encoder::Reference(Box::new(reference), Arc::new(threads));
        let plain = Embedding { encoder, pooling: Pooling::Mean };
        let sequence = embedders[0].parts(Role::Passage, "新建煤矿 the thing", &[0..2, 2..4, 5..8]).unwrap();
        assert!(sequence.parts.iter().all(|part| !part.is_empty()), "{:?}", sequence.parts);
        let rows = [plain.compute(&[&sequence]).unwrap(), embedders[0].embedding.compute(&[&sequence]).unwrap()];
        for (a, b) in rows[0][0].chunks_exact(64).zip(rows[1][0].chunks_exact(64)) {
            let cosine: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            assert!(cosine > 0.99, "{cosine}");
        }
    }
}
