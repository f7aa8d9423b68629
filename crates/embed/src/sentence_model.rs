//! A sentence model in the Hugging Face layout: config.json, safetensors, tokenizer.json and the small files of
//! sentence-transformers. BERT and XLM-RoBERTa architectures, computed by candle-transformers in f32.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{bert, xlm_roberta};
use serde_json::Value;

use crate::{
    Error,
    models::{
        Pooling,
        manifest::{FileStamp, MANIFEST, Manifest, sha256_file},
    },
    safetensors,
    sequence::{Finish, Sequence},
};

/// Padded tokens of one batch.
const BATCH_TOKENS: usize = 4096;

/// A loaded model.
pub(crate) struct SentenceModel {
    net: Net,
    pad: u32,
    pub dimensions: usize,
    pub vocabulary: usize,
    /// Tokens that the position table has room for.
    pub positions: usize,
    threads: rayon::ThreadPool,
}

enum Net {
    Bert(Box<bert::BertModel>),
    XlmRoberta(Box<xlm_roberta::XLMRobertaModel>),
}

/// Whether the directory is in this layout.
pub(crate) fn is_sentence_model(dir: &Path) -> bool {
    dir.join("config.json").is_file()
}

impl SentenceModel {
    /// Loads the weights of `dir`.
    pub fn open(dir: &Path, threads: usize) -> Result<Self, Error> {
        let path = dir.join("config.json");
        let json = read_json(&path)?.ok_or_else(|| Error::load(dir, "it has no config.json"))?;
        let count = |key: &str| {
            let n = json[key].as_u64().and_then(|n| usize::try_from(n).ok());
            n.ok_or_else(|| Error::load(&path, format!("{key} is missing")))
        };
        let mut tensors = HashMap::new();
        for path in weight_files(dir)? {
            safetensors::load(&path, &mut tensors)?;
        }
        let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        let bad = |e: candle_core::Error| Error::load(dir, e);
        let parse = |e: serde_json::Error| Error::load(&path, e);
        let (net, pad, reserved) = match json["model_type"].as_str() {
            Some("bert") => {
                let config: bert::Config = serde_json::from_value(json.clone()).map_err(parse)?;
                let pad = u32::try_from(config.pad_token_id).unwrap_or(0);
                (Net::Bert(Box::new(bert::BertModel::load(vb, &config).map_err(bad)?)), pad, 0)
            }
            Some("xlm-roberta") => {
                let config: xlm_roberta::Config = serde_json::from_value(json.clone()).map_err(parse)?;
                let inside = vb.contains_tensor("roberta.embeddings.word_embeddings.weight");
                let vb = if inside { vb.pp("roberta") } else { vb };
                let model = xlm_roberta::XLMRobertaModel::new(&config, vb).map_err(bad)?;
                // Positions are counted from the padding id's successor on.
                (Net::XlmRoberta(Box::new(model)), config.pad_token_id, config.pad_token_id as usize + 1)
            }
            other => {
                let name = other.unwrap_or("nothing");
                return Err(Error::load(&path, format!("model_type is {name}, only bert and xlm-roberta are known")));
            }
        };
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|e| Error::Encode(format!("cannot start threads ({e})")))?;
        Ok(Self {
            net,
            pad,
            dimensions: count("hidden_size")?,
            vocabulary: count("vocab_size")?,
            positions: count("max_position_embeddings")?.saturating_sub(reserved),
            threads,
        })
    }

    /// What `finish` makes of each sequence's token states, in order. Sequences should come sorted by length: neighbours
    /// are padded to the longest of them.
    pub fn encode(&self, sequences: &[&Sequence], finish: &Finish<'_>) -> Result<Vec<Vec<f32>>, Error> {
        let mut out = Vec::with_capacity(sequences.len());
        let mut rest = sequences;
        while !rest.is_empty() {
            let mut longest = 0;
            let fitting = rest.iter().enumerate().take_while(|(i, s)| {
                longest = longest.max(s.len());
                (i + 1) * longest <= BATCH_TOKENS
            });
            let (batch, later) = rest.split_at(fitting.count().max(1));
            rest = later;
            out.extend(self.threads.install(|| self.batch(batch, finish))?);
        }
        Ok(out)
    }

    fn batch(&self, sequences: &[&Sequence], finish: &Finish<'_>) -> Result<Vec<Vec<f32>>, candle_core::Error> {
        let longest = sequences.iter().map(|s| s.len()).max().unwrap_or(0);
        if longest == 0 {
            return Ok(sequences.iter().map(|s| finish(s, &[])).collect());
        }
        let (mut ids, mut mask) = (Vec::new(), Vec::new());
        for sequence in sequences {
            let padding = longest - sequence.len();
            ids.extend(sequence.ids.iter().copied().chain(std::iter::repeat_n(self.pad, padding)));
            mask.extend(std::iter::repeat_n(1u32, sequence.len()).chain(std::iter::repeat_n(0, padding)));
        }
        let shape = (sequences.len(), longest);
        let ids = Tensor::from_vec(ids, shape, &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        let types = ids.zeros_like()?;
        let hidden = match &self.net {
            Net::Bert(model) => model.forward(&ids, &types, Some(&mask))?,
            Net::XlmRoberta(model) => model.forward(&ids, &mask, &types, None, None, None)?,
        };
        let states: Vec<f32> = hidden.flatten_all()?.to_vec1()?;
        let rows = states.chunks_exact(longest * self.dimensions);
        Ok(sequences.iter().zip(rows).map(|(s, rows)| finish(s, &rows[..s.len() * self.dimensions])).collect())
    }
}

/// How a directory without a manifest is to be used, from the files of sentence-transformers. Hashes every file that
/// decides what the vectors are, which takes a moment for large models.
pub(crate) fn describe(name: &str, dir: &Path) -> Result<Manifest, Error> {
    let config = read_json(&dir.join("config.json"))?.ok_or_else(|| Error::load(dir, "it has no config.json"))?;
    let hidden = config["hidden_size"].as_u64().and_then(|n| usize::try_from(n).ok());
    let positions = config["max_position_embeddings"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(512);
    let reserved = if config["model_type"] == "xlm-roberta" { 2 } else { 0 };
    let sentence = read_json(&dir.join("sentence_bert_config.json"))?.unwrap_or_default();
    let stated = sentence["max_seq_length"].as_u64().and_then(|n| usize::try_from(n).ok());
    let prompts = read_json(&dir.join("config_sentence_transformers.json"))?.unwrap_or_default();
    let prompt = |names: [&str; 2]| {
        let found = names.iter().find_map(|n| prompts["prompts"][*n].as_str());
        found.unwrap_or_default().to_owned()
    };
    check_modules(dir)?;
    let mut names = vec!["config.json".to_owned(), "tokenizer.json".to_owned()];
    let small =
        ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json", "config_sentence_transformers.json"];
    names.extend(small.iter().filter(|n| dir.join(n).is_file()).map(|n| (*n).to_owned()));
    let weights = weight_files(dir)?;
    names.extend(weights.iter().filter_map(|w| Some(w.file_name()?.to_string_lossy().into_owned())));
    let stamp = |name: String| {
        let path = dir.join(&name);
        let bytes = std::fs::metadata(&path).map_err(Error::io("read", &path))?.len();
        Ok((name, FileStamp { bytes, sha256: sha256_file(&path)? }))
    };
    Ok(Manifest {
        name: name.to_owned(),
        license: "unknown".into(),
        source: "directory".into(),
        dimensions: hidden.ok_or_else(|| Error::load(dir, "config.json has no hidden_size"))?,
        pooling: pooling(dir)?,
        query_prefix: prompt(["query", "s2p_query"]),
        passage_prefix: prompt(["passage", "document"]),
        max_tokens: stated.unwrap_or(usize::MAX).min(positions.saturating_sub(reserved)).max(3),
        files: names.into_iter().map(stamp).collect::<Result<_, Error>>()?,
        word_table: None,
        proof: None,
    })
}

/// 1_Pooling/config.json; the mean when there is none, as sentence-transformers does.
fn pooling(dir: &Path) -> Result<Pooling, Error> {
    let path = dir.join("1_Pooling/config.json");
    let Some(json) = read_json(&path)? else { return Ok(Pooling::Mean) };
    let on = |key: &str| json[key] == true;
    match (on("pooling_mode_mean_tokens"), on("pooling_mode_cls_token")) {
        (true, false) => Ok(Pooling::Mean),
        (false, true) => Ok(Pooling::Cls),
        _ => Err(Error::load(&path, "only mean and cls pooling are known")),
    }
}

/// What comes after pooling must be nothing but the normalisation.
fn check_modules(dir: &Path) -> Result<(), Error> {
    let path = dir.join("modules.json");
    let modules = read_json(&path)?.unwrap_or_default();
    for module in modules.as_array().into_iter().flatten() {
        let kind = module["type"].as_str().unwrap_or_default();
        if !["Transformer", "Pooling", "Normalize"].iter().any(|known| kind.rsplit('.').next() == Some(known)) {
            return Err(Error::load(&path, format!("the module {kind:?} is not known")));
        }
    }
    Ok(())
}

/// model.safetensors, or the parts that its index names.
fn weight_files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let single = dir.join("model.safetensors");
    if single.is_file() {
        return Ok(vec![single]);
    }
    let index = read_json(&dir.join("model.safetensors.index.json"))?;
    let index = index.ok_or_else(|| Error::load(dir, "it has no model.safetensors"))?;
    let names = index["weight_map"].as_object().into_iter().flat_map(|map| map.values()).filter_map(Value::as_str);
    // A file's name, so that an index cannot point elsewhere.
    let mut files: Vec<PathBuf> = names.filter_map(|n| Some(dir.join(Path::new(n).file_name()?))).collect();
    files.sort();
    files.dedup();
    Ok(files)
}

fn read_json(path: &Path) -> Result<Option<Value>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| Error::load(path, e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io("read", path)(e)),
    }
}

/// Whether a pull left the directory, so that its manifest says how it is used.
pub(crate) fn is_pulled(dir: &Path) -> bool {
    dir.join(MANIFEST).is_file()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use candle_core::quantized::GgmlDType;

    use super::*;
    use crate::{
        Embedder, Options, Role,
        gguf::Gguf,
        reference::{Config, Reference},
        sequence::vectors,
        tables::Tables,
        testing::{GgufFile, HIDDEN, Noise, POSITIONS, WORDS, sentence_model},
    };

    /// The same weights as GGUF, for the crate's own encoder.
    fn reference(dir: &Path, weights: &HashMap<String, Tensor>) -> Reference {
        let parts = [
            ("attention.self.query", "attn_q"),
            ("attention.self.key", "attn_k"),
            ("attention.self.value", "attn_v"),
            ("attention.output.dense", "attn_output"),
            ("attention.output.LayerNorm", "attn_output_norm"),
            ("intermediate.dense", "ffn_up"),
            ("output.dense", "ffn_down"),
            ("output.LayerNorm", "layer_output_norm"),
        ];
        let mut names = vec![
            ("embeddings.word_embeddings.weight".to_owned(), "token_embd.weight".to_owned()),
            ("embeddings.position_embeddings.weight".into(), "position_embd.weight".into()),
            ("embeddings.token_type_embeddings.weight".into(), "token_types.weight".into()),
            ("embeddings.LayerNorm.weight".into(), "token_embd_norm.weight".into()),
            ("embeddings.LayerNorm.bias".into(), "token_embd_norm.bias".into()),
        ];
        for layer in 0..2 {
            for (theirs, ours) in parts {
                for kind in ["weight", "bias"] {
                    names
                        .push((format!("encoder.layer.{layer}.{theirs}.{kind}"), format!("blk.{layer}.{ours}.{kind}")));
                }
            }
        }
        let mut file = GgufFile::bert(&mut Noise(0), HIDDEN, POSITIONS, WORDS);
        file.tensors.clear();
        for (theirs, ours) in names {
            file.add(&ours, weights[&theirs].clone(), GgmlDType::F32);
        }
        let path = dir.join("reference.gguf");
        file.write(&path);
        let gguf = Arc::new(Gguf::open(&path).unwrap());
        let config = Config::read(&gguf).unwrap();
        Reference::open(&gguf, config, Tables::embedder(&gguf, &config).unwrap()).unwrap()
    }

    #[test]
    fn both_architectures_compute_what_the_reference_computes() {
        let root = tempfile::tempdir().unwrap();
        let texts = ["w5", "w7 w8 w9 w10 w11 w12", "nonsense w4", "w30 w31 w32"];
        let ids: [&[u32]; 4] = [&[3, 5], &[3, 7, 8, 9, 10, 11, 12], &[3, 1, 4], &[3, 30, 31, 32]];
        for pooling in ["mean", "cls"] {
            let bert = root.path().join(format!("bert-{pooling}"));
            let weights = sentence_model(&bert, "bert", pooling, 7);
            sentence_model(&root.path().join(format!("xlm-roberta-{pooling}")), "xlm-roberta", pooling, 7);
            let reference = reference(&bert, &weights);
            let kind = if pooling == "mean" { Pooling::Mean } else { Pooling::Cls };
            for architecture in ["bert", "xlm-roberta"] {
                let name = format!("{architecture}-{pooling}");
                let embedder = Embedder::open(root.path(), Some(&name), &Options::default()).unwrap();
                let found = embedder.embed(Role::Passage, &texts).unwrap();
                for (i, ids) in ids.iter().enumerate() {
                    // XLM-RoBERTa's padding id is the unknown word's id of this vocabulary: it has no position.
                    if architecture == "xlm-roberta" && ids.contains(&1) {
                        continue;
                    }
                    let sequence = Sequence::plain(ids.to_vec());
                    let pool = |s: &Sequence, states: &[f32]| vectors(s, states, HIDDEN, kind);
                    let expected = reference.encode(&[&sequence], &pool).unwrap();
                    let cosine: f32 = expected[0].iter().zip(found.row(i)).map(|(a, b)| a * b).sum();
                    assert!((cosine - 1.0).abs() < 1e-5, "{name}, text {i}: cosine {cosine}");
                }
            }
        }
    }

    #[test]
    fn prompts_limits_and_fingerprint_come_from_the_directory() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("mine");
        sentence_model(&dir, "bert", "mean", 1);
        let open = || Embedder::open(root.path(), Some("mine"), &Options::default()).unwrap();
        let embedder = open();
        assert_eq!((embedder.name(), embedder.dimensions(), embedder.engine()), ("mine", HIDDEN, "candle"));
        // The tokenizer's own limit of 4 tokens is not ours, the position table's is.
        assert_eq!(embedder.count_tokens("w5 w6 w7 w8 w9 w10"), 6);
        let long = vec!["w5"; 3 * POSITIONS].join(" ");
        assert_eq!(embedder.embed(Role::Passage, &[long]).unwrap().len(), 1);
        let both = [embedder.embed(Role::Query, &["w5"]).unwrap(), embedder.embed(Role::Passage, &["w5"]).unwrap()];
        assert_ne!(both[0], both[1], "the roles have different prompts");
        let first = embedder.fingerprint().to_owned();
        assert_eq!(open().fingerprint(), first);
        sentence_model(&dir, "bert", "mean", 2);
        assert_ne!(open().fingerprint(), first, "other weights");
    }

    #[test]
    fn what_cannot_be_used_is_refused_in_one_line() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("mine");
        let refused = |change: &dyn Fn(), reason: &str| {
            sentence_model(&dir, "bert", "mean", 1);
            change();
            let error = Embedder::open(root.path(), Some("mine"), &Options::default()).err().unwrap().to_string();
            assert!(error.contains(reason) && error.lines().count() == 1, "{error}");
        };
        let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
        refused(&|| write("config.json", "{"), "config.json");
        refused(&|| write("config.json", r#"{"model_type": "gpt2", "hidden_size": 64}"#), "gpt2");
        refused(&|| write("model.safetensors", "junk"), "mine");
        refused(&|| write("1_Pooling/config.json", r#"{"pooling_mode_max_tokens": true}"#), "pooling");
        refused(&|| write("modules.json", r#"[{"type": "sentence_transformers.models.Dense"}]"#), "Dense");
        refused(&|| std::fs::remove_file(dir.join("model.safetensors")).unwrap(), "no model.safetensors");
    }
}
