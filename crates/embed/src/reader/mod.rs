//! Reading comprehension: a question and a passage go through one encoder together, and every token of the passage is
//! told how likely the answer begins, ends or lies there.
//!
//! The encoder is a file of its own beside models.toml, trained from the embedder's layers; the word table, most of a
//! model's bytes, is the embedder's. See [`file`] for the format.

mod check;
mod file;
mod heads;

use std::{ops::Range, path::Path, sync::Arc};

use crate::{
    Embedder, Error,
    encoder::Encoder,
    queue::{Purpose, Queue, Work},
    sequence::Sequence,
    tokenizer::Tokenizer,
};
use file::Parts;
use heads::Heads;

/// Tokens of a question that are read, and of a passage's head; of the text, what is left of the positions.
const QUESTION_TOKENS: usize = 64;
const HEAD_TOKENS: usize = 48;
/// `<s>` and `</s>`, as the format has them.
const BEGIN: u32 = 0;
const END: u32 = 2;

/// A passage to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passage<'a> {
    /// What stands over it, e.g. the titles of its report and section; may be empty.
    pub head: &'a str,
    /// Where the answer is looked for.
    pub text: &'a str,
}

/// What a reader makes of a question and a passage. All numbers are logits.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// That the passage does not answer the question.
    pub null: f32,
    /// That it does.
    pub answers: f32,
    /// The text's tokens in order, as many as fit.
    pub tokens: Vec<TokenReading>,
}

/// What a reader makes of one token of a passage's text. All numbers are logits.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TokenReading {
    /// The token's characters, as a half-open range of the text's Unicode scalar values.
    pub range: Range<usize>,
    /// That the answer begins with it.
    pub start: f32,
    /// That the answer ends with it.
    pub end: f32,
    /// That it is part of the answer.
    pub inside: f32,
}

/// A loaded reader. One of it serves any number of threads; it computes on the embedder's threads, in turns with it.
pub struct Reader {
    name: String,
    fingerprint: String,
    positions: usize,
    vocabulary: usize,
    tokenizer: Arc<Tokenizer>,
    queue: Arc<Queue>,
    work: Arc<dyn Work>,
}

impl Reader {
    /// Its file in the models' directory.
    pub const FILE: &'static str = "reader.gguf";

    /// Loads the reader at `path`, which must have been trained with the embedder's word table.
    ///
    /// A pulled embedder is needed, on whatever it computes: where that is the plain path, the reader takes it too. A
    /// sentence model of the user's own has no word table to share.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read, [`Error::Reader`] when it is damaged, of another version, does not belong
    /// to the embedder, or reads the pair that it brings with it otherwise than it says.
    pub fn open(path: &Path, embedder: &Embedder) -> Result<Self, Error> {
        let Parts { name, fingerprint, positions, vocabulary, check, encoder, heads } = file::open(path, embedder)?;
        let reader = Self {
            name,
            fingerprint,
            positions,
            vocabulary,
            tokenizer: Arc::clone(&embedder.tokenizer),
            queue: Arc::clone(&embedder.queue),
            work: Arc::new(Comprehension { encoder, heads }),
        };
        match check.and_then(|check| check.complaint(&reader).transpose()).transpose()? {
            Some(complaint) => Err(Error::reader(path, complaint)),
            None => Ok(reader),
        }
    }

    /// The name that the file gives itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hexadecimal; differs whenever the weights do.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// One reading a passage, in order. All are computed together, without padding, in turns with whatever else the
    /// embedder is asked. Of the question the first 64 tokens are read, of a head the first 48, of a text as many as
    /// there are positions left (268 at least with 384 positions).
    ///
    /// # Errors
    /// [`Error::Tokenize`] and [`Error::Encode`]; neither is expected of any text.
    pub fn read(&self, question: &str, passages: &[Passage<'_>]) -> Result<Vec<Reading>, Error> {
        let announced = self.queue.announce();
        let question = self.tokens(question, QUESTION_TOKENS)?.0;
        let mut ranges = Vec::with_capacity(passages.len());
        let mut sequences = Vec::with_capacity(passages.len());
        for passage in passages {
            let head = self.tokens(passage.head, HEAD_TOKENS)?.0;
            let room = self.positions.saturating_sub(question.len() + head.len() + 4);
            let (text, text_ranges) = self.tokens(passage.text, room)?;
            sequences.push(sequence(&question, &head, &text));
            ranges.push(text_ranges);
        }
        let results = self.queue.run(announced, &self.work, Purpose::Reading, sequences)?;
        results.iter().zip(ranges).map(|(numbers, ranges)| reading(numbers, ranges)).collect()
    }

    /// The first tokens of a text and where they lie in it.
    fn tokens(&self, text: &str, most: usize) -> Result<(Vec<u32>, Vec<Range<usize>>), Error> {
        let mut tokens = self.tokenizer.tokens(text, false)?;
        tokens.ids.truncate(most);
        tokens.ranges.truncate(most);
        match tokens.ids.iter().find(|&&id| id as usize >= self.vocabulary) {
            Some(id) => {
                Err(Error::Tokenize(format!("token {id} is outside the reader's table of {}", self.vocabulary)))
            }
            None => Ok((tokens.ids, tokens.ranges)),
        }
    }
}

/// `<s> question </s> </s> head text </s>`; the text is what is asked for.
fn sequence(question: &[u32], head: &[u32], text: &[u32]) -> Sequence {
    let mut ids = Vec::with_capacity(question.len() + head.len() + text.len() + 4);
    ids.push(BEGIN);
    ids.extend(question);
    ids.extend([END; 2]);
    let first = ids.len();
    ids.extend(head);
    let start = ids.len();
    ids.extend(text);
    let end = ids.len();
    ids.push(END);
    let mut sequence = Sequence { ids, first, parts: Vec::with_capacity(1) };
    sequence.parts.push(start..end);
    sequence
}

/// The numbers of [`Heads::read`] by their names.
fn reading(numbers: &[f32], ranges: Vec<Range<usize>>) -> Result<Reading, Error> {
    let Some((&[null, answers], spans)) = numbers.split_first_chunk::<2>() else {
        return Err(Error::Encode("a reading came without a verdict".into()));
    };
    let tokens = ranges.into_iter().zip(spans.as_chunks::<3>().0);
    let tokens = tokens.map(|(range, &[start, end, inside])| TokenReading { range, start, end, inside });
    Ok(Reading { null, answers, tokens: tokens.collect() })
}

/// An encoder whose token states are read.
struct Comprehension {
    encoder: Encoder,
    heads: Heads,
}

impl Work for Comprehension {
    fn compute(&self, sequences: &[&Sequence]) -> Result<Vec<Vec<f32>>, Error> {
        self.encoder.encode(sequences, &|sequence, states| self.heads.read(sequence, states))
    }
}

#[cfg(test)]
mod tests;
