//! The encoder in plain candle operations on expanded weights: slow, simple, and what the fast engine is tested against.

use candle_core::{Device, Tensor};
use candle_nn::ops::softmax_last_dim;

use crate::{
    Error,
    gguf::Gguf,
    sequence::{Finish, Sequence},
    tables::Tables,
};

/// The shape of a BERT encoder, from the file's metadata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Config {
    pub hidden: usize,
    pub layers: usize,
    pub heads: usize,
    pub feed_forward: usize,
    pub positions: usize,
    pub vocabulary: usize,
    pub epsilon: f32,
}

impl Config {
    pub fn read(gguf: &Gguf) -> Result<Self, String> {
        if gguf.string("general.architecture") != Some("bert") {
            return Err("its architecture is not bert".into());
        }
        let get = |key: &str| gguf.number(key).ok_or_else(|| format!("its metadata lacks {key}"));
        let count = |key: &str| {
            let n = get(key)?;
            if (1.0..=f64::from(1 << 24)).contains(&n) {
                Ok(n as usize)
            } else {
                Err(format!("{key} = {n} makes no sense"))
            }
        };
        let config = Self {
            hidden: count("bert.embedding_length")?,
            layers: count("bert.block_count")?,
            heads: count("bert.attention.head_count")?,
            feed_forward: count("bert.feed_forward_length")?,
            positions: count("bert.context_length")?,
            vocabulary: count("bert.vocab_size")?,
            epsilon: get("bert.attention.layer_norm_epsilon")? as f32,
        };
        if !config.hidden.is_multiple_of(config.heads) || !config.hidden.is_multiple_of(crate::gguf::BLOCK) {
            return Err("its width does not fit its heads or blocks".into());
        }
        Ok(config)
    }
}

/// A BERT encoder from a GGUF file, its matrices expanded to f32 at opening.
pub(crate) struct Reference {
    config: Config,
    tables: Tables,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Linear {
    /// `in x out`, transposed once so that the product needs no copy.
    weight: Tensor,
    bias: Tensor,
}

struct Norm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f32,
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

impl Linear {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        x.matmul(&self.weight)?.broadcast_add(&self.bias)
    }
}

impl Norm {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        candle_nn::ops::layer_norm(x, &self.weight, &self.bias, self.epsilon)
    }
}

impl Reference {
    pub fn open(gguf: &Gguf, config: Config, tables: Tables) -> Result<Self, Error> {
        let bad = |reason: String| Error::load(gguf.path(), reason);
        let (h, ff) = (config.hidden, config.feed_forward);
        let tensor = |name: &str, shape: &[usize]| -> Result<Tensor, Error> {
            Ok(Tensor::from_vec(gguf.floats(name, shape).map_err(bad)?, shape, &Device::Cpu)?)
        };
        let linear = |name: String, rows: usize, columns: usize| -> Result<Linear, Error> {
            let weight = tensor(&format!("{name}.weight"), &[rows, columns])?.t()?.contiguous()?;
            Ok(Linear { weight, bias: tensor(&format!("{name}.bias"), &[rows])? })
        };
        let norm = |name: String| -> Result<Norm, Error> {
            Ok(Norm {
                weight: tensor(&format!("{name}.weight"), &[h])?,
                bias: tensor(&format!("{name}.bias"), &[h])?,
                epsilon: config.epsilon,
            })
        };
        let layer = |i: usize| -> Result<Layer, Error> {
            let name = |part: &str| format!("blk.{i}.{part}");
            Ok(Layer {
                query: linear(name("attn_q"), h, h)?,
                key: linear(name("attn_k"), h, h)?,
                value: linear(name("attn_v"), h, h)?,
                output: linear(name("attn_output"), h, h)?,
                attention_norm: norm(name("attn_output_norm"))?,
                up: linear(name("ffn_up"), ff, h)?,
                down: linear(name("ffn_down"), h, ff)?,
                output_norm: norm(name("layer_output_norm"))?,
            })
        };
        Ok(Self {
            norm: norm("token_embd_norm".into())?,
            layers: (0..config.layers).map(layer).collect::<Result<_, Error>>()?,
            config,
            tables,
        })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// What `finish` makes of each sequence's token states, in order. Sequences are laid end to end, so that nothing is
    /// computed for padding; only attention looks at them one by one. Every id must be below the vocabulary's size, every
    /// length within 1..=positions.
    pub fn encode(&self, sequences: &[&Sequence], finish: &Finish<'_>) -> Result<Vec<Vec<f32>>, Error> {
        if sequences.is_empty() {
            return Ok(Vec::new());
        }
        let (h, heads) = (self.config.hidden, self.config.heads);
        let total: usize = sequences.iter().map(|s| s.len()).sum();
        let mut rows = vec![0.0; total * h];
        let mut rest = &mut rows[..];
        for sequence in sequences {
            let (out, later) = rest.split_at_mut(sequence.len() * h);
            rest = later;
            self.tables.fill(sequence, 0..sequence.len(), out)?;
        }
        let mut x = self.norm.forward(&Tensor::from_vec(rows, (total, h), &Device::Cpu)?)?;
        let scale = 1.0 / ((h / heads) as f64).sqrt();
        for layer in &self.layers {
            let q = (layer.query.forward(&x)? * scale)?;
            let (k, v) = (layer.key.forward(&x)?, layer.value.forward(&x)?);
            let mut attended = Vec::with_capacity(sequences.len());
            let mut start = 0;
            for sequence in sequences {
                let n = sequence.len();
                let by_head =
                    |t: &Tensor| t.narrow(0, start, n)?.reshape((n, heads, h / heads))?.transpose(0, 1)?.contiguous();
                let scores = by_head(&q)?.matmul(&by_head(&k)?.transpose(1, 2)?)?;
                let mixed = softmax_last_dim(&scores)?.matmul(&by_head(&v)?)?;
                attended.push(mixed.transpose(0, 1)?.reshape((n, h))?);
                start += n;
            }
            let attended = layer.output.forward(&Tensor::cat(&attended, 0)?)?;
            x = layer.attention_norm.forward(&(x + attended)?)?;
            let up = layer.up.forward(&x)?.gelu_erf()?;
            x = layer.output_norm.forward(&(&x + layer.down.forward(&up)?)?)?;
        }
        let states = x.flatten_all()?.to_vec1()?;
        let mut rest = &states[..];
        let own = sequences.iter().map(|sequence| {
            let (own, later) = rest.split_at(sequence.len() * h);
            rest = later;
            finish(sequence, own)
        });
        Ok(own.collect())
    }
}
