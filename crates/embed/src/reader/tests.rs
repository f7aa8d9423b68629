//! Readers with random weights: against plain candle, and against every kind of damage.

use std::collections::BTreeMap;

use candle_core::{
    D, Device, Tensor,
    quantized::{GgmlDType, gguf_file::Value},
};
use sha2::{Digest, Sha256};

use super::*;
use crate::{
    Options, Role,
    gguf::Gguf,
    models::manifest::{hex, sha256},
    reference::Config,
    tables::Tables,
    testing::{GgufFile, Noise, PIECES, pulled_model},
};

const WIDTH: usize = 64;
const POSITIONS: usize = 384;

/// A folder with an embedder and a reader that goes with it.
struct Pair {
    dir: tempfile::TempDir,
    embedder: GgufFile,
    reader: GgufFile,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let embedder = pulled_model(dir.path(), "tiny", WIDTH, seed);
        let mut noise = Noise(seed + 1);
        let mut reader = GgufFile::bert(&mut noise, WIDTH, POSITIONS, PIECES);
        for (name, shape) in [
            ("segment_embd.weight", &[2, WIDTH][..]),
            ("span.weight", &[3, WIDTH]),
            ("span.bias", &[3]),
            ("verdict.weight", &[2, WIDTH]),
            ("verdict.bias", &[2]),
        ] {
            reader.add(name, noise.tensor(shape, 0.3, 0.0), GgmlDType::F32);
        }
        let words = embedder.tensors.iter().find(|(name, _)| name == "token_embd.weight").unwrap();
        reader.set("general.name", Value::String("random".into()));
        reader.set("general.alignment", Value::U32(32));
        reader.set("wenbao.reader.version", Value::U32(1));
        reader.set("wenbao.reader.word_table", Value::String(sha256(&words.1.data().unwrap())));
        let mut pair = Self { dir, embedder, reader };
        pair.seal();
        pair
    }

    /// Writes the reader with the hash of its tensors as they are now.
    fn seal(&mut self) {
        let sorted: BTreeMap<_, _> = self.reader.tensors.iter().map(|(name, tensor)| (name, tensor)).collect();
        let mut hash = Sha256::new();
        for tensor in sorted.values() {
            hash.update(tensor.data().unwrap());
        }
        self.reader.set("wenbao.reader.sha256", Value::String(hex(&hash.finalize())));
        self.reader.write(&self.path());
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("reader.gguf")
    }

    fn embedder(&self, threads: usize) -> Embedder {
        let options = Options { threads, cached_queries: 0 };
        Embedder::open(self.dir.path(), Some("tiny"), &options).unwrap()
    }

    fn reader(&self, threads: usize) -> Reader {
        Reader::open(&self.path(), &self.embedder(threads)).unwrap()
    }

    /// Why the reader is refused.
    fn refusal(&self) -> String {
        let error = Reader::open(&self.path(), &self.embedder(1)).err().unwrap().to_string();
        assert_eq!(error.lines().count(), 1, "{error}");
        error
    }
}

/// Token states (`tokens x width`) by the textbook, from the weights in f32.
fn plain_states(pair: &Pair, sequence: &Sequence) -> candle_core::Result<Tensor> {
    let tensor = |file: &GgufFile, name: &str| {
        let found = file.tensors.iter().find(|(n, _)| n == name).unwrap();
        found.1.dequantize(&Device::Cpu)
    };
    let own = |name: &str| tensor(&pair.reader, name);
    let norm = |x: &Tensor, name: &str| {
        let x = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let deviation = (x.sqr()?.mean_keepdim(D::Minus1)? + 1e-12)?.sqrt()?;
        let x = x.broadcast_div(&deviation)?.broadcast_mul(&own(&format!("{name}.weight"))?)?;
        x.broadcast_add(&own(&format!("{name}.bias"))?)
    };
    let linear = |x: &Tensor, name: &str| {
        x.matmul(&own(&format!("{name}.weight"))?.t()?)?.broadcast_add(&own(&format!("{name}.bias"))?)
    };
    let n = sequence.len();
    let index = |values: Vec<u32>| Tensor::from_vec(values, n, &Device::Cpu);
    let kinds = (0..n).map(|i| u32::from(i >= sequence.first)).collect();
    let words = tensor(&pair.embedder, "token_embd.weight")?.index_select(&index(sequence.ids.clone())?, 0)?;
    let positions = own("position_embd.weight")?.narrow(0, 0, n)?;
    let kinds = own("segment_embd.weight")?.index_select(&index(kinds)?, 0)?;
    let mut x = norm(&((words + positions)? + kinds)?, "token_embd_norm")?;
    for layer in 0..2 {
        let part = |x: &Tensor, name: &str| linear(x, &format!("blk.{layer}.{name}"));
        let heads = |x: Tensor| x.reshape((n, WIDTH / 32, 32))?.transpose(0, 1)?.contiguous();
        let (q, k, v) = (heads(part(&x, "attn_q")?)?, heads(part(&x, "attn_k")?)?, heads(part(&x, "attn_v")?)?);
        let scores = (q.matmul(&k.transpose(1, 2)?.contiguous()?)? / 32f64.sqrt())?;
        let mixed = candle_nn::ops::softmax(&scores, D::Minus1)?.matmul(&v)?;
        let mixed = mixed.transpose(0, 1)?.reshape((n, WIDTH))?;
        x = norm(&(&x + part(&mixed, "attn_output")?)?, &format!("blk.{layer}.attn_output_norm"))?;
        let wide = part(&part(&x, "ffn_up")?.gelu_erf()?, "ffn_down")?;
        x = norm(&(&x + wide)?, &format!("blk.{layer}.layer_output_norm"))?;
    }
    Ok(x)
}

/// Null and answers of a sequence, then start, end and inside of every asked token.
fn plain_logits(pair: &Pair, sequence: &Sequence) -> candle_core::Result<Vec<f32>> {
    let states = plain_states(pair, sequence)?;
    let head = |x: &Tensor, name: &str| {
        let own = |name: String| {
            let found = pair.reader.tensors.iter().find(|(n, _)| *n == name).unwrap();
            found.1.dequantize(&Device::Cpu)
        };
        let y = x.matmul(&own(format!("{name}.weight"))?.t()?)?.broadcast_add(&own(format!("{name}.bias"))?)?;
        y.flatten_all()?.to_vec1::<f32>()
    };
    let mut out = head(&states.narrow(0, 0, 1)?, "verdict")?;
    let part = &sequence.parts[0];
    if !part.is_empty() {
        out.extend(head(&states.narrow(0, part.start, part.len())?, "span")?);
    }
    Ok(out)
}

fn logits(reading: &Reading) -> Vec<f32> {
    let tokens = reading.tokens.iter().flat_map(|t| [t.start, t.end, t.inside]);
    [reading.null, reading.answers].into_iter().chain(tokens).collect()
}

/// The root mean square of the differences, as a share of that of the numbers themselves.
fn difference(expected: &[f32], found: &[f32]) -> f32 {
    assert_eq!(expected.len(), found.len());
    let square = |x: f32| x * x;
    let apart: f32 = expected.iter().zip(found).map(|(a, b)| square(a - b)).sum();
    (apart / expected.iter().copied().map(square).sum::<f32>()).sqrt()
}

const QUESTION: &str = "新建煤矿130座";

/// Passages of many lengths, with and without a head.
fn passages() -> Vec<(String, String)> {
    let mut passages: Vec<(String, String)> =
        [("", ""), ("", "a"), ("the head", ""), ("中国", "新建　煤矿１３０座"), ("x", "é")]
            .map(|(head, text)| (head.to_owned(), text.to_owned()))
            .to_vec();
    passages.extend((0..12).map(|i| ("the".repeat(i), "新建 the thing 煤矿 in 中国, ".repeat(3 * i))));
    passages
}

fn borrowed(passages: &[(String, String)]) -> Vec<Passage<'_>> {
    passages.iter().map(|(head, text)| Passage { head, text }).collect()
}

#[test]
fn readings_are_those_of_plain_candle() {
    let pair = Pair::new(1);
    let passages = passages();
    for threads in [1, 3] {
        let reader = pair.reader(threads);
        let readings = reader.read(QUESTION, &borrowed(&passages)).unwrap();
        let tokens = |text: &str, most: usize| reader.tokens(text, most).unwrap();
        let question = tokens(QUESTION, 64).0;
        for ((head, text), reading) in passages.iter().zip(&readings) {
            let head = tokens(head, 48).0;
            let (text, ranges) = tokens(text, POSITIONS - question.len() - head.len() - 4);
            let sequence = sequence(&question, &head, &text);
            let expected = plain_logits(&pair, &sequence).unwrap();
            // The engine rounds activations to 8 bits.
            let apart = difference(&expected, &logits(reading));
            assert!(apart < 0.05, "{} tokens: {apart}", sequence.len());
            assert_eq!(reading.tokens.iter().map(|t| t.range.clone()).collect::<Vec<_>>(), ranges);
        }
    }
}

#[test]
fn the_plain_path_reads_the_same() {
    let pair = Pair::new(2);
    let gguf = Arc::new(Gguf::open(&pair.dir.path().join("tiny/model.gguf")).unwrap());
    let config = Config::read(&gguf).unwrap();
    let tables = Tables::embedder(&gguf, &config).unwrap();
    let reference = crate::reference::Reference::open(&gguf, config, tables).unwrap();
    let threads = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let embedder = Encoder::Reference(Box::new(reference), Arc::new(threads));
    let gguf = Gguf::load(&pair.path()).unwrap();
    let encoder = embedder.beside(&gguf, Config::read(&gguf).unwrap()).unwrap();
    let work = Comprehension { encoder, heads: Heads::open(&gguf, WIDTH).unwrap() };
    let sequences = [sequence(&[5, 6, 7], &[8], &[9; 30]), sequence(&[5], &[], &[])];
    let found = work.compute(&sequences.iter().collect::<Vec<_>>()).unwrap();
    for (sequence, found) in sequences.iter().zip(found) {
        assert!(difference(&plain_logits(&pair, sequence).unwrap(), &found) < 1e-4);
    }
}

#[test]
fn the_input_is_as_the_format_says() {
    let sequence = sequence(&[10, 11], &[20], &[30, 31, 32]);
    assert_eq!(sequence.ids, [0, 10, 11, 2, 2, 20, 30, 31, 32, 2]);
    assert_eq!((sequence.first, sequence.parts.len(), &sequence.parts[0]), (5, 1, &(6..9)));
}

#[test]
fn ranges_are_those_of_the_text_as_it_was_given() {
    let pair = Pair::new(3);
    let passage = Passage { head: "head", text: "👍🏽 新建　１３０座" };
    let reading = pair.reader(1).read("", &[passage]).unwrap().remove(0);
    let text: Vec<char> = passage.text.chars().collect();
    let pieces: Vec<String> = reading.tokens.iter().map(|t| text[t.range.clone()].iter().collect()).collect();
    assert!(pieces.iter().any(|piece| piece == "新建"), "{pieces:?}");
    let ends: Vec<usize> = reading.tokens.iter().map(|t| t.range.end).collect();
    assert!(ends.is_sorted() && ends.last() == Some(&text.len()), "{ends:?}");
}

#[test]
fn inputs_of_any_size_are_bounded() {
    let pair = Pair::new(4);
    let reader = pair.reader(2);
    assert!(reader.read("q", &[]).unwrap().is_empty());
    let long = "矿".repeat(50_000) + &" the 座".repeat(10_000);
    let passage = Passage { head: &long, text: &long };
    let reading = reader.read(&long, &[passage]).unwrap().remove(0);
    // 64 of the question, 48 of the head, four around them.
    assert!(reading.tokens.len() <= POSITIONS - 64 - 48 - 4, "{}", reading.tokens.len());
    let (head, text) = ("中国", "新建煤矿130座。");
    let passages: Vec<Passage<'_>> = (0..10_000).map(|i| Passage { head, text: &text[..3 * (i % 4)] }).collect();
    let readings = reader.read(QUESTION, &passages).unwrap();
    assert_eq!(readings.len(), passages.len());
    for i in 0..4 {
        let alone = reader.read(QUESTION, &passages[i..=i]).unwrap();
        for reading in readings[i..].iter().step_by(4) {
            assert_eq!(reading, &alone[0]);
        }
    }
    assert!(readings[0].tokens.is_empty() && readings[0].null.is_finite());
}

#[test]
fn readings_and_embeddings_of_many_threads_take_turns() {
    let pair = Pair::new(5);
    let embedder = pair.embedder(2);
    let reader = Reader::open(&pair.path(), &embedder).unwrap();
    let passages = passages();
    let passages = borrowed(&passages);
    let expected = reader.read(QUESTION, &passages).unwrap();
    let vector = embedder.embed(Role::Query, &[QUESTION]).unwrap();
    let many = vec!["新建煤矿 the thing".repeat(20); 200];
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let (embedder, reader, passages, expected) = (&embedder, &reader, &passages, &expected);
            let (vector, many) = (&vector, &many);
            scope.spawn(move || {
                for _ in 0..10 {
                    match thread % 3 {
                        0 => assert_eq!(&reader.read(QUESTION, passages).unwrap(), expected),
                        1 => assert_eq!(&embedder.embed(Role::Query, &[QUESTION]).unwrap(), vector),
                        _ => assert_eq!(embedder.embed(Role::Passage, many).unwrap().len(), many.len()),
                    }
                }
            });
        }
    });
    // A reader keeps what it needs of the embedder.
    drop(embedder);
    assert_eq!(reader.read(QUESTION, &passages).unwrap(), expected);
}

#[test]
fn what_does_not_belong_to_the_embedder_is_refused() {
    let mut pair = Pair::new(6);
    let mut with = |key: &str, value: Value, reason: &str| {
        let before = pair.reader.metadata.clone();
        pair.reader.set(key, value);
        pair.seal();
        let refusal = pair.refusal();
        assert!(refusal.contains(reason), "{refusal}");
        pair.reader.metadata = before;
    };
    with("wenbao.reader.word_table", Value::String("0".repeat(64)), "word table of another embedding model");
    with("wenbao.reader.version", Value::U32(2), "version is 2");
    with("bert.vocab_size", Value::U32(57), "shape");
    with("bert.block_count", Value::U32(1), "tensors");
    with("general.architecture", Value::String("gpt2".into()), "not bert");
    with("bert.attention.head_count", Value::U32(4), "shape");
    with("general.name", Value::U32(1), "general.name");

    let extra = pair.reader.tensors[0].1.dequantize(&Device::Cpu).unwrap();
    pair.reader.add("extra.weight", extra, GgmlDType::F32);
    pair.seal();
    assert!(pair.refusal().contains("tensors"));
    std::fs::remove_file(pair.path()).unwrap();
    assert!(pair.refusal().starts_with("cannot read "));

    // Another embedder of the same shape.
    let (pair, other) = (Pair::new(7), Pair::new(8));
    let error = Reader::open(&pair.path(), &other.embedder(1)).err().unwrap();
    assert!(matches!(error, Error::Reader { .. }), "{error}");
}

#[test]
fn a_reader_that_reads_otherwise_than_it_says_is_refused() {
    let mut pair = Pair::new(11);
    let passage = Passage { head: "the", text: "新建煤矿130座" };
    let reading = pair.reader(1).read(QUESTION, &[passage]).unwrap().remove(0);
    let tokens = reading.tokens.iter().map(|t| (t.range.start, t.range.end, t.start, t.end, t.inside));
    let check = |off: f32| {
        serde_json::json!({
            "question": QUESTION, "head": passage.head, "text": passage.text, "null": reading.null + off,
            "answers": reading.answers, "tokens": tokens.clone().collect::<Vec<_>>(), "tolerance": 0.01,
        })
    };
    pair.reader.set("wenbao.reader.check", Value::String(check(0.0).to_string()));
    pair.seal();
    pair.reader(2);
    pair.reader.set("wenbao.reader.check", Value::String(check(0.1).to_string()));
    pair.seal();
    assert!(pair.refusal().contains("its check gives "));
    pair.reader.set("wenbao.reader.check", Value::String("[]".into()));
    pair.seal();
    assert!(pair.refusal().contains("not to be understood"));
}

#[test]
fn a_sentence_model_is_told_that_it_cannot() {
    let pair = Pair::new(9);
    crate::testing::sentence_model(&pair.dir.path().join("own"), "bert", "mean", 1);
    let embedder = Embedder::open(pair.dir.path(), Some("own"), &Options::default()).unwrap();
    let error = Reader::open(&pair.path(), &embedder).err().unwrap().to_string();
    assert!(error.contains("it needs the pulled embedding model") && error.lines().count() == 1, "{error}");
}

#[test]
fn a_damaged_file_is_refused_in_one_line() {
    let pair = Pair::new(10);
    let embedder = pair.embedder(1);
    let good = std::fs::read(pair.path()).unwrap();
    let passages = [Passage { head: "the", text: "新建煤矿130座" }];
    let read = || {
        let reader = Reader::open(&pair.path(), &embedder)?;
        reader.read(QUESTION, &passages)
    };
    let expected = read().unwrap();
    let refused = |damaged: &[u8], what: &str| {
        std::fs::write(pair.path(), damaged).unwrap();
        match read() {
            Err(e) => {
                let e = e.to_string();
                assert!(e.starts_with("cannot use the reader ") && e.lines().count() == 1, "{what}: {e}");
            }
            // What the model is called does not change what it computes.
            Ok(found) => assert_eq!(found, expected, "{what}"),
        }
    };
    let header = Gguf::open(&pair.path()).unwrap().tensor("position_embd.weight").unwrap().start() as usize;
    for cut in (0..header).step_by(97).chain([header, header + 1, good.len() / 2, good.len() - 200]) {
        refused(&good[..cut], &format!("cut at {cut}"));
    }
    let flips = (0..header).step_by(3).chain((header..good.len()).step_by(good.len() / 50));
    for at in flips {
        let mut damaged = good.clone();
        damaged[at] ^= 1 << (at / 3 % 8);
        refused(&damaged, &format!("byte {at}"));
    }
}
