//! What the tests of several modules need: random numbers and tiny sentence models.

use std::{collections::HashMap, path::Path};

use candle_core::{Device, Tensor};

/// A reproducible stream of numbers within -1..1.
pub(crate) struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 40) as f32) / (1u64 << 23) as f32 - 1.0
    }

    pub fn tensor(&mut self, shape: &[usize], scale: f32, offset: f32) -> Tensor {
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| offset + scale * self.next()).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }
}

/// Width of the tiny models.
pub(crate) const HIDDEN: usize = 64;
/// Words of the tiny models: "<pad>", "<unk>" and "w2" to "w49".
pub(crate) const WORDS: usize = 50;
/// Positions of the tiny models; XLM-RoBERTa has two more that it never uses.
pub(crate) const POSITIONS: usize = 40;

/// Writes a random sentence model of two layers in the Hugging Face layout. With the same seed, "bert" and "xlm-roberta"
/// compute the same function.
pub(crate) fn sentence_model(dir: &Path, model_type: &str, pooling: &str, seed: u64) -> HashMap<String, Tensor> {
    let mut noise = Noise(seed);
    let mut weights = HashMap::new();
    let extra = if model_type == "bert" { 0 } else { 2 };
    weights.insert("embeddings.word_embeddings.weight".to_owned(), noise.tensor(&[WORDS, HIDDEN], 0.5, 0.0));
    let positions = noise.tensor(&[POSITIONS, HIDDEN], 0.3, 0.0);
    let unused = Tensor::zeros((extra, HIDDEN), candle_core::DType::F32, &Device::Cpu).unwrap();
    let positions = if extra > 0 { Tensor::cat(&[&unused, &positions], 0).unwrap() } else { positions };
    weights.insert("embeddings.position_embeddings.weight".into(), positions);
    weights.insert("embeddings.token_type_embeddings.weight".into(), noise.tensor(&[2, HIDDEN], 0.1, 0.0));
    let mut norms = vec!["embeddings".to_owned()];
    for layer in 0..2 {
        for (name, rows, columns) in [
            ("attention.self.query", HIDDEN, HIDDEN),
            ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN),
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", 4 * HIDDEN, HIDDEN),
            ("output.dense", HIDDEN, 4 * HIDDEN),
        ] {
            let name = format!("encoder.layer.{layer}.{name}");
            let weight = noise.tensor(&[rows, columns], 2.0 / (columns as f32).sqrt(), 0.0);
            weights.insert(format!("{name}.weight"), weight);
            weights.insert(format!("{name}.bias"), noise.tensor(&[rows], 0.1, 0.0));
        }
        norms.push(format!("encoder.layer.{layer}.attention.output"));
        norms.push(format!("encoder.layer.{layer}.output"));
    }
    for name in norms {
        weights.insert(format!("{name}.LayerNorm.weight"), noise.tensor(&[HIDDEN], 0.3, 1.0));
        weights.insert(format!("{name}.LayerNorm.bias"), noise.tensor(&[HIDDEN], 0.1, 0.0));
    }
    std::fs::create_dir_all(dir.join("1_Pooling")).unwrap();
    candle_core::safetensors::save(&weights, dir.join("model.safetensors")).unwrap();
    let config = serde_json::json!({
        "model_type": model_type, "vocab_size": WORDS, "hidden_size": HIDDEN, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": 4 * HIDDEN, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1, "max_position_embeddings": POSITIONS + extra, "type_vocab_size": 2,
        "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": if extra > 0 { 1 } else { 0 },
        "position_embedding_type": "absolute",
    });
    let write = |name: &str, json: serde_json::Value| std::fs::write(dir.join(name), json.to_string()).unwrap();
    write("config.json", config);
    let (mean, cls) = (pooling == "mean", pooling == "cls");
    let pooling = serde_json::json!({
        "word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": mean, "pooling_mode_cls_token": cls,
    });
    write("1_Pooling/config.json", pooling);
    let module = |kind: &str| serde_json::json!({"type": format!("sentence_transformers.models.{kind}")});
    write("modules.json", serde_json::json!([module("Transformer"), module("Pooling"), module("Normalize")]));
    let prompts = serde_json::json!({"prompts": {"query": "w2 ", "passage": "w3 "}});
    write("config_sentence_transformers.json", prompts);
    let mut words: HashMap<String, usize> = (2..WORDS).map(|i| (format!("w{i}"), i)).collect();
    words.insert("<pad>".into(), 0);
    words.insert("<unk>".into(), 1);
    let tokenizer = serde_json::json!({
        "version": "1.0", "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
        "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": words, "unk_token": "<unk>"},
    });
    write("tokenizer.json", tokenizer);
    weights
}
