//! The fast engine against the reference, on every kind of kernel that this machine runs, with small random models.

use std::path::Path;

use super::{
    kernels::{Attention, AttentionScratch, Finish, Kernels},
    pack::{Matrix, Part, Quantised},
    *,
};
use crate::{
    gguf::Kind,
    models::Pooling,
    reference::Reference,
    sequence::vectors,
    testing::{GgufFile, Noise},
};

/// A BERT of two layers and 100 words with random weights, 64 or 96 wide.
fn random_model(path: &Path, hidden: usize, seed: u64) {
    GgufFile::embedder(&mut Noise(seed), hidden, 100).write(path);
}

fn engine(path: &Path, threads: usize, kernels: Kernels) -> Engine {
    let gguf = Arc::new(Gguf::open(path).unwrap());
    let config = Config::read(&gguf).unwrap();
    let tables = Tables::embedder(&gguf, &config).unwrap();
    Engine::open(&gguf, config, tables, Arc::new(Crew::with(threads, kernels).unwrap())).unwrap()
}

fn reference(path: &Path) -> Reference {
    let gguf = Arc::new(Gguf::open(path).unwrap());
    let config = Config::read(&gguf).unwrap();
    Reference::open(&gguf, config, Tables::embedder(&gguf, &config).unwrap()).unwrap()
}

/// The vectors of all sequences, end to end, by `encode` of an engine or a reference `width` wide.
fn embed(
    encode: impl Fn(&[&Sequence], &crate::sequence::Finish<'_>) -> Result<Vec<Vec<f32>>, Error>,
    width: usize,
    sequences: &[&[u32]],
    pooling: Pooling,
) -> Vec<f32> {
    let sequences: Vec<Sequence> = sequences.iter().map(|ids| Sequence::plain(ids.to_vec())).collect();
    let sequences: Vec<&Sequence> = sequences.iter().collect();
    encode(&sequences, &|sequence, states| vectors(sequence, states, width, pooling)).unwrap().concat()
}

fn sequences(lengths: &[usize]) -> Vec<Vec<u32>> {
    let mut noise = Noise(5);
    lengths.iter().map(|&n| (0..n).map(|_| (50.0 + 50.0 * noise.next()) as u32).collect()).collect()
}

fn worst_cosine(a: &[f32], b: &[f32], width: usize) -> f32 {
    assert_eq!(a.len(), b.len());
    let cosine = |(a, b): (&[f32], &[f32])| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    a.chunks_exact(width).zip(b.chunks_exact(width)).map(cosine).fold(1.0, f32::min)
}

/// Products of whole numbers, summed by the blocks' scales; `weights` are whole numbers of GGUF blocks with a scale each.
fn plain_products(weights: &[([i32; 32], f64)], x: &Quantised, rows: usize, inputs: usize, outputs: usize) -> Vec<f64> {
    let mut out = Vec::new();
    for row in 0..rows {
        for column in 0..outputs {
            let blocks = weights.iter().skip(column * inputs / pack::BLOCK);
            let sum = x.tile(row / pack::TILE).iter().zip(blocks).map(|(x, (weights, scale))| {
                let row = row % pack::TILE;
                let sum: i32 = x.values[row].iter().zip(weights).map(|(&v, w)| i32::from(v) * w).sum();
                f64::from(sum) * f64::from(x.scales[row]) * scale
            });
            out.push(sum.sum());
        }
    }
    out
}

/// Bytes of one block as GGUF stores it.
fn block(kind: Kind, weights: &[i32; 32], scale: half::f16) -> Vec<u8> {
    let mut out = scale.to_le_bytes().to_vec();
    if kind == Kind::Q4_0 {
        out.extend((0..16).map(|i| (weights[i] + 8) as u8 | ((weights[i + 16] + 8) as u8) << 4));
    } else {
        out.extend(weights.iter().map(|&w| w as i8 as u8));
    }
    out
}

#[test]
fn products_are_exact_up_to_rounding_for_the_largest_integers_too() {
    let (inputs, outputs, most) = (3 * pack::BLOCK, 2 * PANEL, 2 * pack::TILE + 1);
    let mut noise = Noise(2);
    // A row of equal numbers becomes one of 127s.
    let mut random_row = || (0..inputs).map(|_| noise.next()).collect::<Vec<_>>();
    let x: Vec<f32> = (0..most)
        .flat_map(|row| match row % 3 {
            0 => random_row(),
            1 => vec![1.0; inputs],
            _ => vec![-0.5; inputs],
        })
        .collect();
    for (kind, lowest, highest) in [(Kind::Q4_0, -8, 7), (Kind::Q8_0, -128, 127), (Kind::Q8_0, -64, 63)] {
        let mut random = Noise(1);
        let middle = || lowest + ((highest - lowest + 1) as f32 * (0.5 + 0.5 * random.next())) as i32;
        let kinds: [(&str, &mut dyn FnMut() -> i32); 3] =
            [("random", &mut { middle }), ("highest", &mut || highest), ("lowest", &mut || lowest)];
        for (which, weight) in kinds {
            let scale = |i: usize| half::f16::from_f32(0.5 + i as f32 / 64.0);
            let weights: Vec<[i32; 32]> =
                (0..outputs * inputs / pack::BLOCK).map(|_| std::array::from_fn(|_| weight())).collect();
            let blocks = weights.iter().enumerate().flat_map(|(i, weights)| block(kind, weights, scale(i)));
            let blocks: Vec<u8> = blocks.collect();
            let weights: Vec<_> = weights.into_iter().enumerate().map(|(i, w)| (w, scale(i).to_f64())).collect();
            for kernels in Kernels::available() {
                let part = Part { kind, blocks: &blocks, bias: vec![0.0; outputs], factor: 1.0 };
                let matrix = Matrix::pack(inputs, &[part], kernels.offset).unwrap();
                for rows in 1..=most {
                    let mut quantised = Quantised::default();
                    quantised.resize(rows, inputs);
                    kernels.quantise(&x[..rows * inputs], inputs, &mut quantised);
                    let mut found = vec![0.0; rows * outputs];
                    kernels.linear(&matrix, &quantised, rows, &mut found, outputs, Finish::Store);
                    let expected = plain_products(&weights, &quantised, rows, inputs, outputs);
                    for (i, (&found, expected)) in found.iter().zip(expected).enumerate() {
                        // f32 carries 24 bits; the sums of 8-bit weights are larger.
                        let close = (f64::from(found) - expected).abs() <= 1e-3_f64.max(1e-6 * expected.abs());
                        let (name, row, column) = (kernels.name, i / outputs, i % outputs);
                        assert!(
                            close,
                            "{name}, {kind:?}, {which} weights, row {row} of {rows}, column {column}: {found}, not {expected}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn kernels_with_a_fused_multiply_and_add_give_the_same_bits() {
    let (inputs, outputs, rows) = (5 * pack::BLOCK, 2 * PANEL, pack::TILE + 1);
    let mut noise = Noise(3);
    let x: Vec<f32> = (0..rows * inputs).map(|_| noise.next()).collect();
    for (kind, highest) in [(Kind::Q4_0, 7.9), (Kind::Q8_0, 127.9), (Kind::Q8_0, 63.9)] {
        let mut random_block = || {
            let weights = std::array::from_fn(|_| (highest * noise.next()) as i32);
            block(kind, &weights, half::f16::from_f32(0.01 + 0.005 * noise.next()))
        };
        let blocks: Vec<u8> = (0..outputs * inputs / pack::BLOCK).flat_map(|_| random_block()).collect();
        let products = |kernels: &Kernels| {
            let part = Part { kind, blocks: &blocks, bias: vec![0.5; outputs], factor: 0.3 };
            let matrix = Matrix::pack(inputs, &[part], kernels.offset).unwrap();
            let mut quantised = Quantised::default();
            quantised.resize(rows, inputs);
            kernels.quantise(&x, inputs, &mut quantised);
            let mut out = vec![1.0; rows * outputs];
            kernels.linear(&matrix, &quantised, rows, &mut out, outputs, Finish::Add);
            out.into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        let fused: Vec<Kernels> = Kernels::available().into_iter().filter(|k| k.name != "portable").collect();
        for kernels in &fused {
            assert_eq!(products(kernels), products(&fused[0]), "{} and {}, {kind:?}", kernels.name, fused[0].name);
        }
    }
}

#[test]
fn attention_is_that_of_the_textbook() {
    let (width, mut noise) = (2 * HEAD, Noise(9));
    for tokens in [1, 2, 5, 13, 16, 17, 33, 95] {
        let first = tokens / 3;
        let rows: Vec<f32> = (0..tokens * 3 * width).map(|_| 2.0 * noise.next()).collect();
        // Part 0 is the queries, 1 the keys, 2 the values.
        let of = |part: usize, token: usize, column: usize| f64::from(rows[(3 * token + part) * width + column]);
        let mut expected = Vec::new();
        for token in first..tokens {
            for column in 0..width {
                let head = column / HEAD * HEAD;
                let score = |key| (head..head + HEAD).map(|d| of(0, token, d) * of(1, key, d)).sum::<f64>();
                let weights: Vec<f64> = (0..tokens).map(|key| score(key).exp()).collect();
                let mixed: f64 = weights.iter().enumerate().map(|(key, weight)| weight * of(2, key, column)).sum();
                expected.push(mixed / weights.iter().sum::<f64>());
            }
        }
        for kernels in Kernels::available() {
            let mut out = vec![0.0; expected.len()];
            let attention = Attention { rows: &rows, stride: 3 * width, first, last: tokens };
            kernels.attend(attention, &mut AttentionScratch::default(), &mut out);
            for (found, expected) in out.iter().zip(&expected) {
                let close = (f64::from(*found) - expected).abs() < 1e-4;
                assert!(close, "{}, {tokens} tokens: {found}, not {expected}", kernels.name);
            }
        }
    }
}

#[test]
fn every_kernel_agrees_with_the_reference() {
    let dir = tempfile::tempdir().unwrap();
    // Lengths around every border: lanes (16), tiles (12), blocks (96), chunks (384).
    let lengths = [1, 2, 11, 12, 13, 15, 16, 17, 31, 33, 95, 96, 97, 200, 383, 385, 512, 3];
    let sequences = sequences(&lengths);
    let sequences: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
    for hidden in [64, 96] {
        let path = dir.path().join(format!("{hidden}.gguf"));
        random_model(&path, hidden, hidden as u64);
        let reference = reference(&path);
        for pooling in [Pooling::Mean, Pooling::Cls] {
            let expected = embed(|s, f| reference.encode(s, f), hidden, &sequences, pooling);
            for kernels in Kernels::available() {
                for threads in [1, 3] {
                    let engine = engine(&path, threads, kernels);
                    let name = kernels.name;
                    let found = embed(|s, f| engine.encode(s, f), hidden, &sequences, pooling);
                    let worst = worst_cosine(&expected, &found, hidden);
                    assert!(worst > 0.999, "{name}, {threads} threads, width {hidden}, {pooling:?}: cosine {worst}");
                    // One at a time goes the way of a query.
                    for (sequence, expected) in sequences.iter().zip(expected.chunks_exact(hidden)).take(12) {
                        let found = embed(|s, f| engine.encode(s, f), hidden, &[sequence], pooling);
                        let worst = worst_cosine(expected, &found, hidden);
                        assert!(worst > 0.999, "{name}, {threads} threads, {} tokens: cosine {worst}", sequence.len());
                    }
                }
            }
        }
    }
}

#[test]
fn a_vector_does_not_depend_on_what_else_is_in_the_batch_or_on_the_threads() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    random_model(&path, 64, 1);
    let sequences = sequences(&[9, 120, 40, 512, 7, 300, 300, 300, 300]);
    let sequences: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
    for kernels in Kernels::available() {
        let (one, two) = (engine(&path, 1, kernels), engine(&path, 2, kernels));
        let on =
            |engine: &Engine, sequences: &[&[u32]]| embed(|s, f| engine.encode(s, f), 64, sequences, Pooling::Mean);
        let all = on(&one, &sequences);
        for (i, sequence) in sequences.iter().enumerate() {
            let expected = &all[i * 64..(i + 1) * 64];
            assert_eq!(on(&one, &[sequence]), expected, "{}: sequence {i} alone", kernels.name);
            assert_eq!(on(&two, &[sequence]), expected, "{}: sequence {i} on two", kernels.name);
        }
    }
}

#[test]
fn no_sequence_gives_no_vector() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    random_model(&path, 64, 1);
    let engine = engine(&path, 2, Kernels::detect());
    assert!(engine.encode(&[], &|_, _| vec![0.0]).unwrap().is_empty());
    // Nor does it hurt among others.
    let (none, one) = (Sequence::default(), Sequence::plain(vec![1, 2]));
    let states = engine.encode(&[&none, &one, &none], &|_, states| states.to_vec()).unwrap();
    assert_eq!(states.iter().map(Vec::len).collect::<Vec<_>>(), [0, 128, 0]);
}

#[test]
fn a_word_table_that_is_cut_while_it_is_in_use_gives_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    random_model(&path, 64, 1);
    for threads in [1, 3] {
        let engine = engine(&path, threads, Kernels::detect());
        let length = std::fs::metadata(&path).unwrap().len();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_len(length / 2).unwrap();
        let sequence = Sequence::plain(vec![99; 40]);
        let error = engine.encode(&[&sequence], &|_, _| vec![]).unwrap_err().to_string();
        assert!(error.contains("token_embd.weight") && error.lines().count() == 1, "{error}");
        // The rest of the file was not what was lost: with its length it is read again, as zeros.
        file.set_len(length).unwrap();
        assert!(engine.encode(&[&sequence], &|_, _| vec![]).is_ok());
        random_model(&path, 64, 1);
    }
}

#[test]
fn a_file_of_another_shape_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    let mut file = GgufFile::embedder(&mut Noise(1), 64, 100);
    file.set("bert.attention.head_count", candle_core::quantized::gguf_file::Value::U32(4));
    file.write(&path);
    let gguf = Arc::new(Gguf::open(&path).unwrap());
    let config = Config::read(&gguf).unwrap();
    let tables = Tables::embedder(&gguf, &config).unwrap();
    let reason = Engine::open(&gguf, config, tables, Arc::new(Crew::start(1).unwrap())).err().unwrap();
    assert_eq!(reason, "its heads are not 32 wide");
}

#[test]
fn the_real_model_agrees_with_its_weights_in_f32() {
    let dir = crate::models::find_dir();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let dir = if dir.is_dir() { dir } else { here }.join("multilingual-e5-small");
    let path = dir.join("model.gguf");
    if !path.is_file() {
        eprintln!("skipped: no model in {} (run `wenbao model pull`)", dir.display());
        return;
    }
    let tokenizer = crate::tokenizer::Tokenizer::open(&dir, None).unwrap();
    let long = "全年粮食总产量增长2.5%，城镇新增就业46万人。".repeat(60);
    let texts = [
        "query: 2025年新建智能化煤矿多少座",
        "passage: 开展煤矿“四个一批”，新建智能化煤矿130座。",
        "passage: The weather in Lisbon is mild all year round.",
        "query: Сколько угольных шахт построят в 2025 году?",
        "passage: 新エネルギーの設備容量は前年比で12.3％増加した。",
        "passage: 👍🏽 ½ ㎡ \u{200b} <s>",
        "query: a",
        &long,
    ];
    let ids: Vec<Vec<u32>> = texts.iter().map(|t| tokenizer.encode("", t).unwrap()).collect();
    let sequences: Vec<&[u32]> = ids.iter().map(|ids| &ids[..ids.len().min(512)]).collect();
    let reference = reference(&path);
    let expected = embed(|s, f| reference.encode(s, f), 384, &sequences, Pooling::Mean);
    for kernels in Kernels::available().into_iter().filter(|k| k.name != "portable") {
        let engine = engine(&path, 2, kernels);
        let found = embed(|s, f| engine.encode(s, f), 384, &sequences, Pooling::Mean);
        for (text, (a, b)) in texts.iter().zip(expected.chunks_exact(384).zip(found.chunks_exact(384))) {
            let cosine = worst_cosine(a, b, 384);
            assert!(cosine >= 0.999, "{}: cosine {cosine} of {text:.40}", kernels.name);
        }
    }
}
