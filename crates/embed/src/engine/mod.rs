//! The fast encoder: packed 4-bit weights, 8-bit activations, sequences end to end, no padding.
//!
//! Every thread walks through the layers with rows of its own; rows only meet in attention, through shared queries, keys
//! and values. A large batch is cut into chunks of whole sequences that threads take one by one and compute alone. A
//! small one (a query) is computed by all threads together: each has a share of the rows and they wait for one another
//! once a layer.

mod kernels;
mod lanes;
#[cfg(target_arch = "aarch64")]
mod lanes_neon;
#[cfg(target_arch = "x86_64")]
mod lanes_x86;
mod pack;
mod pool;
mod shared;

use std::{
    ops::Range,
    path::Path,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use candle_core::quantized::GgmlDType;
use kernels::{Attention, AttentionScratch, Finish, HEAD, Kernels};
use pack::{Matrix, PANEL, Part, Quantised};
use pool::{Barrier, Pool};
use shared::SharedRows;

use crate::{
    Error,
    gguf::{Gguf, TensorView},
    models::Pooling,
    reference::Config,
};

/// Rows that go through a layer's steps together: what they touch stays in a core's own cache.
const BLOCK_ROWS: usize = 8 * pack::TILE;
/// Tokens of a chunk that one thread computes alone, unless a single sequence is longer.
const CHUNK_TOKENS: usize = 384;

/// A BERT encoder on packed weights.
pub(crate) struct Engine {
    gguf: Gguf,
    config: Config,
    words: TensorView,
    positions: TensorView,
    token_type: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    kernels: Kernels,
    pool: Pool,
    scratch: Vec<Mutex<Scratch>>,
}

struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

struct Layer {
    /// Queries (scaled by 1 / sqrt(HEAD)), keys and values in one.
    qkv: Matrix,
    output: Matrix,
    attention_norm: Norm,
    up: Matrix,
    down: Matrix,
    output_norm: Norm,
}

/// One thread's buffers, kept between jobs.
#[derive(Default)]
struct Scratch {
    hidden: Vec<f32>,
    attended: Vec<f32>,
    /// Both generations of queries, keys and values of a thread that works alone.
    qkv: Vec<f32>,
    narrow: Quantised,
    wide: Quantised,
    attention: AttentionScratch,
}

/// Sequences laid end to end.
struct Batch<'a> {
    sequences: &'a [&'a [u32]],
    /// Where each begins, and the end.
    starts: Vec<usize>,
}

impl<'a> Batch<'a> {
    fn new(sequences: &'a [&'a [u32]]) -> Self {
        let mut starts = Vec::with_capacity(sequences.len() + 1);
        starts.push(0);
        for sequence in sequences {
            starts.push(starts[starts.len() - 1] + sequence.len());
        }
        Self { sequences, starts }
    }

    fn tokens(&self) -> usize {
        self.starts[self.sequences.len()]
    }

    /// The index of the sequence that holds row `row`.
    fn sequence_at(&self, row: usize) -> usize {
        self.starts.partition_point(|&start| start <= row) - 1
    }
}

/// Several threads on one batch, or one alone.
struct Team<'a> {
    barrier: &'a Barrier,
    /// The rows of this thread.
    rows: Range<usize>,
    /// Queries, keys and values of the whole batch; a layer reads one and writes the next layer's to the other.
    qkv: [SharedRows<'a>; 2],
}

impl Engine {
    /// Packs the weights of a GGUF file for this processor.
    pub fn open(path: &Path, threads: usize) -> Result<Self, Error> {
        // For measurements: which of the kernels that this processor runs, by name.
        let wanted = std::env::var("WENBAO_KERNELS").ok();
        let named = Kernels::available().into_iter().find(|k| Some(k.name) == wanted.as_deref());
        Self::open_with(path, threads, named.unwrap_or_else(Kernels::detect))
    }

    fn open_with(path: &Path, threads: usize, kernels: Kernels) -> Result<Self, Error> {
        let gguf = Gguf::open(path)?;
        let bad = |reason: String| Error::load(path, reason);
        let config = Config::read(&gguf).map_err(bad)?;
        let (h, ff) = (config.hidden, config.feed_forward);
        if h != HEAD * config.heads {
            return Err(bad(format!("its heads are not {HEAD} wide")));
        }
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            n => n,
        };
        let pool = Pool::new(threads).map_err(|e| Error::Encode(format!("cannot start threads ({e})")))?;
        let view = |name: &str, shape: &[usize]| {
            let view = gguf.tensor(name)?;
            if view.shape == shape {
                Ok(view)
            } else {
                Err(format!("tensor {name} has shape {:?}, not {shape:?}", view.shape))
            }
        };
        let vector = |name: &str, width: usize| Ok::<_, String>(gguf.expand(&view(name, &[width])?));
        let part = |name: String, outputs: usize, inputs: usize, factor: f32| {
            let weight = view(&format!("{name}.weight"), &[outputs, inputs])?;
            if weight.dtype != GgmlDType::Q4_0 {
                return Err(format!("tensor {name}.weight is not Q4_0"));
            }
            Ok(Part { blocks: gguf.bytes(&weight), bias: vector(&format!("{name}.bias"), outputs)?, factor })
        };
        let norm = |name: String| {
            Ok::<_, String>(Norm {
                weight: vector(&format!("{name}.weight"), h)?,
                bias: vector(&format!("{name}.bias"), h)?,
            })
        };
        let layer = |i: usize| {
            let name = |part: &str| format!("blk.{i}.{part}");
            let qkv = [
                part(name("attn_q"), h, h, 1.0 / (HEAD as f32).sqrt())?,
                part(name("attn_k"), h, h, 1.0)?,
                part(name("attn_v"), h, h, 1.0)?,
            ];
            Ok::<_, String>(Layer {
                qkv: Matrix::pack(h, &qkv)?,
                output: Matrix::pack(h, &[part(name("attn_output"), h, h, 1.0)?])?,
                attention_norm: norm(name("attn_output_norm"))?,
                up: Matrix::pack(h, &[part(name("ffn_up"), ff, h, 1.0)?])?,
                down: Matrix::pack(ff, &[part(name("ffn_down"), h, ff, 1.0)?])?,
                output_norm: norm(name("layer_output_norm"))?,
            })
        };
        // Layers are packed by all threads: it is most of the time that opening takes.
        let layers: Vec<OnceLock<Result<Layer, String>>> = (0..config.layers).map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        pool.run(&|_| {
            while let Some((i, slot)) = {
                let i = next.fetch_add(1, Relaxed);
                layers.get(i).map(|slot| (i, slot))
            } {
                slot.get_or_init(|| layer(i));
            }
        });
        let layers = layers.into_iter().filter_map(OnceLock::into_inner).collect::<Result<_, _>>().map_err(bad)?;
        let types = gguf.tensor("token_types.weight").map_err(bad)?;
        if types.shape.len() != 2 || types.shape[1] != h || types.shape[0] == 0 {
            return Err(bad("tensor token_types.weight has the wrong shape".into()));
        }
        let mut token_type = vec![0.0; h];
        gguf.expand_row(&types, 0, &mut token_type);
        Ok(Self {
            words: view("token_embd.weight", &[config.vocabulary, h]).map_err(bad)?,
            positions: view("position_embd.weight", &[config.positions, h]).map_err(bad)?,
            norm: norm("token_embd_norm".into()).map_err(bad)?,
            token_type,
            layers,
            kernels,
            scratch: (0..pool.size()).map(|_| Mutex::default()).collect(),
            pool,
            config,
            gguf,
        })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether only the portable kernels run here, and nobody asked for them.
    pub fn is_slow(&self) -> bool {
        Kernels::available().len() == 1
    }

    /// The kernels in use: "avx512-vnni", "avx2", "neon-dotprod", "neon" or "portable".
    pub fn kernels(&self) -> &'static str {
        self.kernels.name
    }

    /// One pooled, L2-normalised vector a sequence, in order. Every id must be below the vocabulary's size, every length
    /// within 1..=positions.
    pub fn encode(&self, sequences: &[&[u32]], pooling: Pooling) -> Vec<f32> {
        let tokens: usize = sequences.iter().map(|s| s.len()).sum();
        let threads = self.pool.size();
        if threads > 1 && tokens < 2 * threads * CHUNK_TOKENS {
            return self.encode_together(&Batch::new(sequences), pooling);
        }
        let chunks = chunks(sequences);
        let results: Vec<OnceLock<Vec<f32>>> = chunks.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        self.pool.run(&|rank| {
            let mut scratch = self.scratch[rank].lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                let i = next.fetch_add(1, Relaxed);
                let (Some(chunk), Some(slot)) = (chunks.get(i), results.get(i)) else {
                    return;
                };
                slot.get_or_init(|| self.encode_alone(&Batch::new(chunk), pooling, &mut scratch));
            }
        });
        results.into_iter().filter_map(OnceLock::into_inner).flatten().collect()
    }

    fn encode_alone(&self, batch: &Batch<'_>, pooling: Pooling, scratch: &mut Scratch) -> Vec<f32> {
        let stride = 3 * self.config.hidden;
        let size = batch.tokens() * stride;
        let mut qkv = std::mem::take(&mut scratch.qkv);
        if qkv.len() < 2 * size {
            qkv.resize(2 * size, 0.0);
        }
        let (a, b) = qkv.split_at_mut(size);
        let barrier = Barrier::new(1);
        let team = Team {
            barrier: &barrier,
            rows: 0..batch.tokens(),
            qkv: [SharedRows::new(a, stride), SharedRows::new(&mut b[..size], stride)],
        };
        self.forward(batch, &team, scratch);
        let out = pool_rows(batch, &scratch.hidden, self.config.hidden, pooling);
        scratch.qkv = qkv;
        out
    }

    fn encode_together(&self, batch: &Batch<'_>, pooling: Pooling) -> Vec<f32> {
        let (h, tokens) = (self.config.hidden, batch.tokens());
        let (mut a, mut b) = (vec![0.0; tokens * 3 * h], vec![0.0; tokens * 3 * h]);
        let mut hidden = vec![0.0; tokens * h];
        let threads = self.pool.size();
        {
            let barrier = Barrier::new(threads);
            let (a, b) = (SharedRows::new(&mut a, 3 * h), SharedRows::new(&mut b, 3 * h));
            let hidden = SharedRows::new(&mut hidden, h);
            self.pool.run(&|rank| {
                let _guard = barrier.guard();
                let mut scratch = self.scratch[rank].lock().unwrap_or_else(PoisonError::into_inner);
                let rows = tokens * rank / threads..tokens * (rank + 1) / threads;
                let team = Team { barrier: &barrier, rows: rows.clone(), qkv: [a, b] };
                self.forward(batch, &team, &mut scratch);
                // SAFETY: every rank has its own rows, and nobody reads before the job is over.
                unsafe { hidden.write(rows) }.copy_from_slice(&scratch.hidden);
            });
        }
        pool_rows(batch, &hidden, h, pooling)
    }

    /// Takes the team's rows through all layers; they end up in `scratch.hidden`.
    fn forward(&self, batch: &Batch<'_>, team: &Team<'_>, scratch: &mut Scratch) {
        let h = self.config.hidden;
        self.embed_tokens(batch, team.rows.clone(), &mut scratch.hidden);
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

    /// Word, position and type, summed and normalised.
    fn embed_tokens(&self, batch: &Batch<'_>, rows: Range<usize>, hidden: &mut Vec<f32>) {
        let h = self.config.hidden;
        hidden.clear();
        hidden.resize(rows.len() * h, 0.0);
        let mut position = vec![0.0; h];
        for (row, x) in rows.zip(hidden.chunks_exact_mut(h)) {
            let sequence = batch.sequence_at(row);
            let at = row - batch.starts[sequence];
            self.gguf.expand_row(&self.words, batch.sequences[sequence][at] as usize, x);
            self.gguf.expand_row(&self.positions, at, &mut position);
            for ((x, p), t) in x.iter_mut().zip(&position).zip(&self.token_type) {
                *x += p + t;
            }
        }
        self.kernels.norm(hidden, &self.norm.weight, &self.norm.bias, self.config.epsilon);
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
        let mut row = block.start;
        while row < block.end {
            let sequence = batch.sequence_at(row);
            let (start, end) = (batch.starts[sequence], batch.starts[sequence + 1]);
            let last = end.min(block.end);
            let (out, later) = rest.split_at_mut((last - row) * h);
            rest = later;
            // SAFETY: the barrier was passed; nobody writes this generation before all have passed the next one.
            let rows = unsafe { qkv.read(start..end) };
            let attention = Attention { rows, stride: qkv.stride(), first: row - start, last: last - start };
            self.kernels.attend(attention, &mut scratch.attention, out);
            row = last;
        }
    }
}

/// Cuts a range of rows into blocks.
fn blocks(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(BLOCK_ROWS).map(move |start| start..end.min(start + BLOCK_ROWS))
}

/// Where a block's numbers lie in a buffer that holds `rows`.
fn within(block: &Range<usize>, rows: &Range<usize>, width: usize) -> Range<usize> {
    (block.start - rows.start) * width..(block.end - rows.start) * width
}

/// Consecutive sequences, gathered up to CHUNK_TOKENS.
fn chunks<'a>(sequences: &'a [&'a [u32]]) -> Vec<&'a [&'a [u32]]> {
    let mut chunks = Vec::new();
    let mut rest = sequences;
    while !rest.is_empty() {
        let mut tokens = 0;
        let fitting = rest.iter().take_while(|s| {
            tokens += s.len();
            tokens <= CHUNK_TOKENS
        });
        let (chunk, later) = rest.split_at(fitting.count().max(1));
        chunks.push(chunk);
        rest = later;
    }
    chunks
}

/// One unit vector a sequence from its rows of `width` numbers.
fn pool_rows(batch: &Batch<'_>, hidden: &[f32], width: usize, pooling: Pooling) -> Vec<f32> {
    let mut out = vec![0.0; batch.sequences.len() * width];
    for (out, ends) in out.chunks_exact_mut(width).zip(batch.starts.windows(2)) {
        let rows = &hidden[ends[0] * width..ends[1] * width];
        let pooled = if pooling == Pooling::Cls { &rows[..width] } else { rows };
        for row in pooled.chunks_exact(width) {
            for (sum, x) in out.iter_mut().zip(row) {
                *sum += x;
            }
        }
        // The mean's divisor falls out of the normalisation.
        let length = out.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
        for x in out {
            *x /= length;
        }
    }
    out
}

const _: () = assert!(HEAD.is_multiple_of(PANEL), "a head is a whole number of lanes");

#[cfg(test)]
mod tests;
