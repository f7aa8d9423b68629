//! The fast engine against the reference, on every kind of kernel that this machine runs, with small random models.

use candle_core::{
    Tensor,
    quantized::{GgmlDType, QTensor, gguf_file},
};

use super::*;
use crate::{gguf::Q4_BYTES, reference::Reference, testing::Noise};

/// A BERT of two layers with random weights, 64 or 96 wide.
fn random_model(path: &Path, hidden: usize, seed: u64) {
    let (feed_forward, layers) = (4 * hidden, 2);
    let mut noise = Noise(seed);
    let mut tensors = Vec::new();
    let mut add =
        |name: String, tensor: Tensor, dtype| tensors.push((name, QTensor::quantize(&tensor, dtype).unwrap()));
    add("token_embd.weight".into(), noise.tensor(&[100, hidden], 0.5, 0.0), GgmlDType::Q4_0);
    add("position_embd.weight".into(), noise.tensor(&[512, hidden], 0.1, 0.0), GgmlDType::F32);
    add("token_types.weight".into(), noise.tensor(&[2, hidden], 0.1, 0.0), GgmlDType::F32);
    let mut norms = vec!["token_embd_norm".to_owned()];
    for layer in 0..layers {
        for (name, rows, columns) in [
            ("attn_q", hidden, hidden),
            ("attn_k", hidden, hidden),
            ("attn_v", hidden, hidden),
            ("attn_output", hidden, hidden),
            ("ffn_up", feed_forward, hidden),
            ("ffn_down", hidden, feed_forward),
        ] {
            let scale = 2.0 / (columns as f32).sqrt();
            add(format!("blk.{layer}.{name}.weight"), noise.tensor(&[rows, columns], scale, 0.0), GgmlDType::Q4_0);
            add(format!("blk.{layer}.{name}.bias"), noise.tensor(&[rows], 0.2, 0.0), GgmlDType::F32);
        }
        norms.push(format!("blk.{layer}.attn_output_norm"));
        norms.push(format!("blk.{layer}.layer_output_norm"));
    }
    for name in norms {
        add(format!("{name}.weight"), noise.tensor(&[hidden], 0.3, 1.0), GgmlDType::F32);
        add(format!("{name}.bias"), noise.tensor(&[hidden], 0.1, 0.0), GgmlDType::F32);
    }
    let n = |v: usize| gguf_file::Value::U32(v as u32);
    let metadata = [
        ("general.architecture", gguf_file::Value::String("bert".into())),
        ("bert.block_count", n(layers)),
        ("bert.context_length", n(512)),
        ("bert.embedding_length", n(hidden)),
        ("bert.feed_forward_length", n(feed_forward)),
        ("bert.attention.head_count", n(hidden / HEAD)),
        ("bert.attention.layer_norm_epsilon", gguf_file::Value::F32(1e-12)),
        ("bert.vocab_size", n(100)),
    ];
    let metadata: Vec<_> = metadata.iter().map(|(k, v)| (*k, v)).collect();
    let tensors: Vec<_> = tensors.iter().map(|(n, t)| (n.as_str(), t)).collect();
    gguf_file::write(&mut std::fs::File::create(path).unwrap(), &metadata, &tensors).unwrap();
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

/// Products of the same integers, summed as plainly as can be.
fn plain_products(blocks: &[u8], x: &Quantised, rows: usize, inputs: usize, outputs: usize) -> Vec<f64> {
    let mut out = Vec::new();
    for row in 0..rows {
        for column in 0..outputs {
            let blocks = blocks.chunks_exact(Q4_BYTES).skip(column * inputs / pack::BLOCK);
            let sum = x.tile(row / pack::TILE).iter().zip(blocks).map(|(x, w)| {
                let row = row % pack::TILE;
                let weight = |i: usize| if i < 16 { w[2 + i] & 15 } else { w[2 + i - 16] >> 4 };
                let values = x.values[row].iter().enumerate();
                let sum: i32 = values.map(|(i, &v)| i32::from(v) * (i32::from(weight(i)) - 8)).sum();
                f64::from(sum) * f64::from(x.scales[row]) * half::f16::from_le_bytes([w[0], w[1]]).to_f64()
            });
            out.push(sum.sum());
        }
    }
    out
}

#[test]
fn products_are_exact_up_to_rounding_for_the_largest_integers_too() {
    let (inputs, outputs, most) = (3 * pack::BLOCK, 2 * PANEL, 2 * pack::TILE + 1);
    let (mut random, mut more) = (Noise(1), Noise(2));
    // Stored 15 is a weight of 7, stored 0 one of -8; a row of equal numbers becomes one of 127s.
    let weights: [(&str, &mut dyn FnMut() -> u8); 3] =
        [("random", &mut || (128.0 + 128.0 * random.next()) as u8), ("highest", &mut || 0xff), ("lowest", &mut || 0)];
    for (which, weight) in weights {
        let blocks: Vec<u8> = (0..outputs * inputs / pack::BLOCK)
            .flat_map(|i| {
                let scale = half::f16::from_f32(0.5 + i as f32 / 64.0).to_le_bytes();
                scale.into_iter().chain(std::array::from_fn::<u8, 16, _>(|_| weight())).collect::<Vec<_>>()
            })
            .collect();
        let matrix = Matrix::pack(inputs, &[Part { blocks: &blocks, bias: vec![0.0; outputs], factor: 1.0 }]).unwrap();
        let mut random_row = || (0..inputs).map(|_| more.next()).collect::<Vec<_>>();
        let x: Vec<f32> = (0..most)
            .flat_map(|row| match row % 3 {
                0 => random_row(),
                1 => vec![1.0; inputs],
                _ => vec![-0.5; inputs],
            })
            .collect();
        for kernels in Kernels::available() {
            for rows in 1..=most {
                let mut quantised = Quantised::default();
                quantised.resize(rows, inputs);
                kernels.quantise(&x[..rows * inputs], inputs, &mut quantised);
                let mut found = vec![0.0; rows * outputs];
                kernels.linear(&matrix, &quantised, rows, &mut found, outputs, Finish::Store);
                let expected = plain_products(&blocks, &quantised, rows, inputs, outputs);
                for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
                    let (row, column) = (i / outputs, i % outputs);
                    let close = (f64::from(*found) - expected).abs() <= 1e-3;
                    assert!(
                        close,
                        "{}, {which} weights, row {row} of {rows}, column {column}: {found}, not {expected}",
                        kernels.name
                    );
                }
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
        let reference = Reference::open(&path).unwrap();
        for pooling in [Pooling::Mean, Pooling::Cls] {
            let expected = reference.encode(&sequences, pooling).unwrap();
            for kernels in Kernels::available() {
                for threads in [1, 3] {
                    let engine = Engine::open_with(&path, threads, kernels).unwrap();
                    let name = kernels.name;
                    let found = engine.encode(&sequences, pooling);
                    let worst = worst_cosine(&expected, &found, hidden);
                    assert!(worst > 0.999, "{name}, {threads} threads, width {hidden}, {pooling:?}: cosine {worst}");
                    // One at a time goes the way of a query.
                    for (sequence, expected) in sequences.iter().zip(expected.chunks_exact(hidden)).take(12) {
                        let worst = worst_cosine(expected, &engine.encode(&[sequence], pooling), hidden);
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
        let one = Engine::open_with(&path, 1, kernels).unwrap();
        let two = Engine::open_with(&path, 2, kernels).unwrap();
        let all = one.encode(&sequences, Pooling::Mean);
        for (i, sequence) in sequences.iter().enumerate() {
            let expected = &all[i * 64..(i + 1) * 64];
            assert_eq!(one.encode(&[sequence], Pooling::Mean), expected, "{}: sequence {i} alone", kernels.name);
            assert_eq!(two.encode(&[sequence], Pooling::Mean), expected, "{}: sequence {i} on two", kernels.name);
        }
    }
}

#[test]
fn no_sequence_gives_no_vector() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    random_model(&path, 64, 1);
    assert!(Engine::open(&path, 2).unwrap().encode(&[], Pooling::Mean).is_empty());
}

#[test]
fn a_file_of_another_shape_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    std::fs::write(&path, b"GGUF but not really").unwrap();
    assert!(matches!(Engine::open(&path, 1), Err(Error::Load { .. })));
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
    let expected = Reference::open(&path).unwrap().encode(&sequences, Pooling::Mean).unwrap();
    for kernels in Kernels::available().into_iter().filter(|k| k.name != "portable") {
        let engine = Engine::open_with(&path, 2, kernels).unwrap();
        let found = engine.encode(&sequences, Pooling::Mean);
        for (text, (a, b)) in texts.iter().zip(expected.chunks_exact(384).zip(found.chunks_exact(384))) {
            let cosine = worst_cosine(a, b, 384);
            assert!(cosine >= 0.999, "{}: cosine {cosine} of {text:.40}", kernels.name);
        }
    }
}
