//! What the tests of several modules need: random numbers and tiny models.

use std::{collections::HashMap, path::Path};

use candle_core::{
    Device, Tensor,
    quantized::{GgmlDType, QTensor, gguf_file},
};

use crate::models::{Model, Pooling, manifest::Manifest};

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

/// A GGUF file in the making.
#[derive(Default)]
pub(crate) struct GgufFile {
    pub metadata: Vec<(String, gguf_file::Value)>,
    pub tensors: Vec<(String, QTensor)>,
}

impl GgufFile {
    pub fn add(&mut self, name: &str, tensor: Tensor, dtype: GgmlDType) {
        self.tensors.push((name.to_owned(), QTensor::quantize(&tensor, dtype).unwrap()));
    }

    /// Replaces a value or adds it.
    pub fn set(&mut self, key: &str, value: gguf_file::Value) {
        self.metadata.retain(|(k, _)| k != key);
        self.metadata.push((key.to_owned(), value));
    }

    pub fn write(&self, path: &Path) {
        let metadata: Vec<_> = self.metadata.iter().map(|(k, v)| (k.as_str(), v)).collect();
        let tensors: Vec<_> = self.tensors.iter().map(|(n, t)| (n.as_str(), t)).collect();
        gguf_file::write(&mut std::fs::File::create(path).unwrap(), &metadata, &tensors).unwrap();
    }

    /// Two random layers, one of Q4_0 and one of Q8_0, the position table and the first norm of a BERT with heads of 32, and what the metadata says of
    /// its shape.
    pub fn bert(noise: &mut Noise, hidden: usize, positions: usize, vocabulary: usize) -> Self {
        let (feed_forward, layers) = (4 * hidden, 2);
        let mut file = Self::default();
        file.add("position_embd.weight", noise.tensor(&[positions, hidden], 0.1, 0.0), GgmlDType::F32);
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
                let weight = noise.tensor(&[rows, columns], scale, 0.0);
                let kind = if layer == 0 { GgmlDType::Q4_0 } else { GgmlDType::Q8_0 };
                file.add(&format!("blk.{layer}.{name}.weight"), weight, kind);
                file.add(&format!("blk.{layer}.{name}.bias"), noise.tensor(&[rows], 0.2, 0.0), GgmlDType::F32);
            }
            norms.push(format!("blk.{layer}.attn_output_norm"));
            norms.push(format!("blk.{layer}.layer_output_norm"));
        }
        for name in norms {
            file.add(&format!("{name}.weight"), noise.tensor(&[hidden], 0.3, 1.0), GgmlDType::F32);
            file.add(&format!("{name}.bias"), noise.tensor(&[hidden], 0.1, 0.0), GgmlDType::F32);
        }
        let n = |v: usize| gguf_file::Value::U32(v as u32);
        file.set("general.architecture", gguf_file::Value::String("bert".into()));
        file.set("bert.block_count", n(layers));
        file.set("bert.context_length", n(positions));
        file.set("bert.embedding_length", n(hidden));
        file.set("bert.feed_forward_length", n(feed_forward));
        file.set("bert.attention.head_count", n(hidden / 32));
        file.set("bert.attention.layer_norm_epsilon", gguf_file::Value::F32(1e-12));
        file.set("bert.vocab_size", n(vocabulary));
        file
    }

    /// An embedder of that shape with 512 positions.
    pub fn embedder(noise: &mut Noise, hidden: usize, vocabulary: usize) -> Self {
        let mut file = Self::bert(noise, hidden, 512, vocabulary);
        file.add("token_embd.weight", noise.tensor(&[vocabulary, hidden], 0.5, 0.0), GgmlDType::Q4_0);
        file.add("token_types.weight", noise.tensor(&[2, hidden], 0.1, 0.0), GgmlDType::F32);
        file
    }
}

/// Pieces of [`tokenizer_json`].
pub(crate) const PIECES: usize = 56;

/// Puts an embedder of 56 words and the given width into `dir/NAME`, as a pull would leave it; gives its weights.
pub(crate) fn pulled_model(dir: &Path, name: &str, hidden: usize, seed: u64) -> GgufFile {
    let dir = dir.join(name);
    std::fs::create_dir_all(&dir).unwrap();
    let file = GgufFile::embedder(&mut Noise(seed), hidden, PIECES);
    file.write(&dir.join("model.gguf"));
    std::fs::write(dir.join("tokenizer.json"), tokenizer_json()).unwrap();
    let model = Model {
        name: name.to_owned(),
        about: "random".into(),
        license: "none".into(),
        dimensions: hidden,
        pooling: Pooling::Mean,
        query_prefix: "query: ".into(),
        passage_prefix: "passage: ".into(),
        max_tokens: 512,
        pip: None,
        hf: None,
        checks: Vec::new(),
    };
    let files = ["model.gguf", "tokenizer.json"].map(String::from);
    Manifest::of(&model, "pip", &dir, &files).unwrap().write(&dir).unwrap();
    file
}

/// Width of the tiny sentence models.
pub(crate) const HIDDEN: usize = 64;
/// Words of the tiny sentence models: "<pad>", "<unk>" and "w2" to "w49".
pub(crate) const WORDS: usize = 50;
/// Positions of the tiny sentence models; XLM-RoBERTa has two more that it never uses.
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

/// A Unigram tokenizer.json with every feature of the real one: the vocabulary is tiny, the character map is made of
/// three rules.
pub(crate) fn tokenizer_json() -> String {
    let mut vocabulary: Vec<(String, f64)> = [
        ("<s>", 0.0),
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        ("▁", -3.5),
        ("中", -7.0),
        ("中国", -8.0),
        ("国", -7.5),
    ]
    .map(|(p, s)| (p.to_owned(), s))
    .to_vec();
    for (i, c) in ('a'..='z').chain('0'..='9').enumerate() {
        vocabulary.push((c.to_string(), -5.0 - i as f64 / 10.0));
    }
    for (i, piece) in
        ["▁the", "▁he", "the", "ing", "in", "an", "▁an", "新建", "煤矿", "130", "座", "é"].iter().enumerate()
    {
        vocabulary.push(((*piece).to_owned(), -6.0 - i as f64 / 7.0));
    }
    serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [
            {"id": 0, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
            {"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
        ],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled", "precompiled_charsmap": charsmap()},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        ]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}},
        },
        "decoder": null,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary},
    })
    .to_string()
}

/// "\n" -> " ", "\u{7f}" -> "", "e\u{301}" -> "é" in Darts-clone's units.
fn charsmap() -> String {
    use base64::Engine as _;
    let strings = b" \0\0\xc3\xa9\0";
    let mut units = [0u32; 1024];
    let offset = |d: u32| d << 10;
    // The root's children lie at 256 ^ byte.
    units[0] = offset(256);
    let mut leaf = |at: u32, label: u32, values_at: u32, value: u32| {
        units[at as usize] = label | 1 << 8 | offset(at ^ values_at);
        units[values_at as usize] = value | 1 << 31;
    };
    leaf(256 ^ 0x0a, 0x0a, 512, 0);
    leaf(256 ^ 0x7f, 0x7f, 513, 2);
    // "e" -> 0xcc -> 0x81
    leaf(768 ^ 0x81, 0x81, 514, 3);
    units[256 ^ 0x65] = 0x65 | offset((256 ^ 0x65) ^ 640);
    units[640 ^ 0xcc] = 0xcc | offset((640 ^ 0xcc) ^ 768);
    let mut bytes = (4 * units.len() as u32).to_le_bytes().to_vec();
    bytes.extend(units.iter().flat_map(|u| u.to_le_bytes()));
    bytes.extend(strings);
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
