//! The layers of an encoder: packed weights, and the way of rows through them.

use std::{
    ops::Range,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use super::{
    batch::{Batch, blocks, within},
    crew::{Crew, Scratch, Team},
    kernels::{Attention, Finish, HEAD, Kernels},
    pack::{Matrix, Part, Quantised},
    shared::SharedRows,
};
use crate::{
    gguf::{Gguf, Kind},
    reference::Config,
};

/// A layer norm.
pub(super) struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Norm {
    pub fn read(gguf: &Gguf, name: &str, width: usize) -> Result<Self, String> {
        Ok(Self {
            weight: gguf.floats(&format!("{name}.weight"), &[width])?,
            bias: gguf.floats(&format!("{name}.bias"), &[width])?,
        })
    }
}

/// One for each part of a matrix. Kept from layer to layer: fresh memory costs more than what is done with it.
type Buffers = [Vec<u8>; 3];

struct Layer {
    /// Queries (scaled by 1 / sqrt(HEAD)), keys and values in one.
    qkv: Matrix,
    output: Matrix,
    attention_norm: Norm,
    up: Matrix,
    down: Matrix,
    output_norm: Norm,
}

impl Layer {
    /// `offset` as in [`Matrix::pack`]; `buffers` hold the bytes of tensors that are being packed.
    fn pack(
        gguf: &Gguf,
        config: &Config,
        i: usize,
        offset: fn(bool) -> u8,
        buffers: &mut Buffers,
    ) -> Result<Self, String> {
        let (h, ff) = (config.hidden, config.feed_forward);
        // (name, outputs, what the results are multiplied by)
        let mut matrix = |inputs: usize, parts: &[(&str, usize, f32)]| {
            let part = |(&(name, outputs, factor), buffer)| {
                let weight = gguf.shaped(&format!("blk.{i}.{name}.weight"), &[outputs, inputs])?;
                if weight.kind == Kind::F32 {
                    return Err(format!("tensor {} is neither Q4_0 nor Q8_0", weight.name));
                }
                let bias = gguf.floats(&format!("blk.{i}.{name}.bias"), &[outputs])?;
                Ok(Part { kind: weight.kind, blocks: gguf.bytes(&weight, buffer)?, bias, factor })
            };
            let parts = parts.iter().zip(buffers.iter_mut()).map(part);
            Matrix::pack(inputs, &parts.collect::<Result<Vec<_>, String>>()?, offset)
        };
        let norm = |name: &str| Norm::read(gguf, &format!("blk.{i}.{name}"), h);
        Ok(Self {
            qkv: matrix(h, &[("attn_q", h, 1.0 / (HEAD as f32).sqrt()), ("attn_k", h, 1.0), ("attn_v", h, 1.0)])?,
            output: matrix(h, &[("attn_output", h, 1.0)])?,
            attention_norm: norm("attn_output_norm")?,
            up: matrix(h, &[("ffn_up", ff, 1.0)])?,
            down: matrix(ff, &[("ffn_down", h, 1.0)])?,
            output_norm: norm("layer_output_norm")?,
        })
    }
}

/// All layers of an encoder.
pub(super) struct Layers {
    config: Config,
    layers: Vec<Layer>,
    kernels: Kernels,
}

impl Layers {
    /// Packs the weights for the crew's processor, by all of its threads: it is most of the time that opening takes.
    pub fn pack(gguf: &Gguf, config: &Config, crew: &Crew) -> Result<Self, String> {
        if config.hidden != HEAD * config.heads {
            return Err(format!("its heads are not {HEAD} wide"));
        }
        let layers: Vec<OnceLock<Result<Layer, String>>> = (0..config.layers).map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        crew.run(&|_| {
            let mut buffers = Buffers::default();
            while let Some((i, slot)) = {
                let i = next.fetch_add(1, Relaxed);
                layers.get(i).map(|slot| (i, slot))
            } {
                slot.get_or_init(|| Layer::pack(gguf, config, i, crew.kernels().offset, &mut buffers));
            }
        });
        let layers = layers.into_iter().filter_map(OnceLock::into_inner).collect::<Result<_, _>>()?;
        Ok(Self { config: *config, layers, kernels: crew.kernels() })
    }

    /// Takes the team's rows through all layers, in place in `scratch.hidden`.
    pub fn forward(&self, batch: &Batch<'_>, team: &Team<'_>, scratch: &mut Scratch) {
        let h = self.config.hidden;
        for (l, layer) in self.layers.iter().enumerate() {
            if l == 0 {
                for block in blocks(team.rows.clone()) {
                    let hidden = &scratch.hidden[within(&block, &team.rows, h)];
                    scratch.narrow.resize(block.len(), h);
                    self.kernels.quantise(hidden, h, &mut scratch.narrow);
                    self.project(layer, &scratch.narrow, block, &team.qkv[0]);
                }
            }
            // Everybody's keys and values of this layer are there after this. Nobody can be more than one layer ahead, so
            // that the other generation is free to be written.
            team.barrier.wait();
            for block in blocks(team.rows.clone()) {
                self.attend(batch, &team.qkv[l % 2], block.clone(), scratch);
                let hidden = &mut scratch.hidden[within(&block, &team.rows, h)];
                let (rows, k) = (block.len(), &self.kernels);
                let (narrow, wide) = (&mut scratch.narrow, &mut scratch.wide);
                narrow.resize(rows, h);
                wide.resize(rows, self.config.feed_forward);
                k.quantise(&scratch.attended, h, narrow);
                k.linear(&layer.output, narrow, rows, hidden, h, Finish::Add);
                k.norm(hidden, &layer.attention_norm.weight, &layer.attention_norm.bias, self.config.epsilon);
                k.quantise(hidden, h, narrow);
                k.linear_gelu(&layer.up, narrow, rows, wide);
                k.linear(&layer.down, wide, rows, hidden, h, Finish::Add);
                k.norm(hidden, &layer.output_norm.weight, &layer.output_norm.bias, self.config.epsilon);
                if let Some(next) = self.layers.get(l + 1) {
                    k.quantise(hidden, h, narrow);
                    self.project(next, narrow, block, &team.qkv[(l + 1) % 2]);
                }
            }
        }
    }

    fn project(&self, layer: &Layer, x: &Quantised, block: Range<usize>, qkv: &SharedRows<'_>) {
        // SAFETY: the block is this thread's own rows, and others read this generation only after the next barrier.
        let out = unsafe { qkv.write(block.clone()) };
        self.kernels.linear(&layer.qkv, x, block.len(), out, qkv.stride(), Finish::Store);
    }

    /// Attention of the block's rows, each within its sequence, into `scratch.attended`.
    fn attend(&self, batch: &Batch<'_>, qkv: &SharedRows<'_>, block: Range<usize>, scratch: &mut Scratch) {
        let h = self.config.hidden;
        scratch.attended.resize(block.len() * h, 0.0);
        let mut rest = &mut scratch.attended[..];
        for (sequence, tokens) in batch.stretches(block) {
            let (out, later) = rest.split_at_mut(tokens.len() * h);
            rest = later;
            // SAFETY: the barrier was passed; nobody writes this generation before all have passed the next one.
            let rows = unsafe { qkv.read(batch.starts[sequence]..batch.starts[sequence + 1]) };
            let attention = Attention { rows, stride: qkv.stride(), first: tokens.start, last: tokens.end };
            self.kernels.attend(attention, &mut scratch.attention, out);
        }
    }
}
