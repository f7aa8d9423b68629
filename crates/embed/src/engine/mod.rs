//! The fast encoder: packed 4-bit weights, 8-bit activations, sequences end to end, no padding.
//!
//! Every thread walks through the layers with rows of its own; rows only meet in attention, through shared queries, keys
//! and values. A large batch is cut into chunks of whole sequences that threads take one by one and compute alone. A
//! small one (a query, some passages that are read) is computed by all threads together: each has a share of the rows
//! and they wait for one another once a layer.

mod batch;
mod crew;
mod kernels;
mod lanes;
#[cfg(target_arch = "aarch64")]
mod lanes_neon;
#[cfg(target_arch = "x86_64")]
mod lanes_x86;
mod layers;
mod pack;
mod pool;
mod shared;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use batch::{Batch, CHUNK_TOKENS, chunks};
pub(crate) use crew::Crew;
use crew::{Scratch, Team};
use kernels::HEAD;
use layers::{Layers, Norm};
use pack::PANEL;
use pool::Barrier;
use shared::SharedRows;

use crate::{
    Error,
    gguf::Gguf,
    reference::Config,
    sequence::{Finish, Sequence},
    tables::Tables,
};

/// A BERT encoder on packed weights.
pub(crate) struct Engine {
    config: Config,
    tables: Tables,
    norm: Norm,
    layers: Layers,
    crew: Arc<Crew>,
}

impl Engine {
    /// Packs the layers of a GGUF file for the crew's processor; the reason when the kernels do not fit its shape.
    pub fn open(gguf: &Gguf, config: Config, tables: Tables, crew: Arc<Crew>) -> Result<Self, String> {
        let norm = Norm::read(gguf, "token_embd_norm", config.hidden)?;
        Ok(Self { layers: Layers::pack(gguf, &config, &crew)?, config, tables, norm, crew })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The threads, for another encoder that takes turns with this one.
    pub fn crew(&self) -> &Arc<Crew> {
        &self.crew
    }

    /// The kernels in use: "avx512-vnni", "avx2", "neon-dotprod", "neon" or "portable".
    pub fn kernels(&self) -> &'static str {
        self.crew.kernels().name
    }

    /// What `finish` makes of each sequence's token states, in order. Every id must be below the vocabulary's size, every
    /// length at most the number of positions.
    pub fn encode(&self, sequences: &[&Sequence], finish: &Finish<'_>) -> Result<Vec<Vec<f32>>, Error> {
        let tokens: usize = sequences.iter().map(|s| s.len()).sum();
        let threads = self.crew.size();
        if threads > 1 && tokens < 2 * threads * CHUNK_TOKENS {
            return self.encode_together(&Batch::new(sequences), finish);
        }
        let chunks = chunks(sequences);
        let results: Vec<OnceLock<Result<Vec<Vec<f32>>, Error>>> = chunks.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        self.crew.run(&|rank| {
            let mut scratch = self.crew.scratch(rank);
            loop {
                let i = next.fetch_add(1, Relaxed);
                let (Some(chunk), Some(slot)) = (chunks.get(i), results.get(i)) else {
                    return;
                };
                slot.get_or_init(|| self.encode_alone(&Batch::new(chunk), finish, &mut scratch));
            }
        });
        let results = results.into_iter().filter_map(OnceLock::into_inner).collect::<Result<Vec<_>, Error>>();
        Ok(results?.into_iter().flatten().collect())
    }

    fn encode_alone(
        &self,
        batch: &Batch<'_>,
        finish: &Finish<'_>,
        scratch: &mut Scratch,
    ) -> Result<Vec<Vec<f32>>, Error> {
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
        self.embed_tokens(batch, &team, scratch)?;
        self.layers.forward(batch, &team, scratch);
        let out = batch.finish(&scratch.hidden, self.config.hidden, finish);
        scratch.qkv = qkv;
        Ok(out)
    }

    fn encode_together(&self, batch: &Batch<'_>, finish: &Finish<'_>) -> Result<Vec<Vec<f32>>, Error> {
        let (h, tokens) = (self.config.hidden, batch.tokens());
        let (mut a, mut b) = (vec![0.0; tokens * 3 * h], vec![0.0; tokens * 3 * h]);
        let mut hidden = vec![0.0; tokens * h];
        let threads = self.crew.size();
        let failure = OnceLock::new();
        {
            let barrier = Barrier::new(threads);
            let (a, b) = (SharedRows::new(&mut a, 3 * h), SharedRows::new(&mut b, 3 * h));
            let hidden = SharedRows::new(&mut hidden, h);
            self.crew.run(&|rank| {
                let _guard = barrier.guard();
                let mut scratch = self.crew.scratch(rank);
                let rows = tokens * rank / threads..tokens * (rank + 1) / threads;
                let team = Team { barrier: &barrier, rows: rows.clone(), qkv: [a, b] };
                // The others wait at the barriers, so that this one goes through all layers in any case.
                if let Err(e) = self.embed_tokens(batch, &team, &mut scratch) {
                    failure.get_or_init(|| e);
                }
                self.layers.forward(batch, &team, &mut scratch);
                // SAFETY: every rank has its own rows, and nobody reads before the job is over.
                unsafe { hidden.write(rows) }.copy_from_slice(&scratch.hidden);
            });
        }
        failure.into_inner().map_or_else(|| Ok(batch.finish(&hidden, h, finish)), Err)
    }

    /// The team's rows as the first layer gets them: word, position and kind, summed and normalised.
    fn embed_tokens(&self, batch: &Batch<'_>, team: &Team<'_>, scratch: &mut Scratch) -> Result<(), Error> {
        let (h, hidden) = (self.config.hidden, &mut scratch.hidden);
        hidden.clear();
        hidden.resize(team.rows.len() * h, 0.0);
        let mut rest = &mut hidden[..];
        for (sequence, tokens) in batch.stretches(team.rows.clone()) {
            let (out, later) = rest.split_at_mut(tokens.len() * h);
            rest = later;
            self.tables.fill(batch.sequences[sequence], tokens, out)?;
        }
        self.crew.kernels().norm(hidden, &self.norm.weight, &self.norm.bias, self.config.epsilon);
        Ok(())
    }
}

const _: () = assert!(HEAD.is_multiple_of(PANEL), "a head is a whole number of lanes");

#[cfg(test)]
mod tests;
