//! The threads that compute, each with its buffers. Encoders that share a crew take turns.

use std::{
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    kernels::{AttentionScratch, Kernels},
    pack::Quantised,
    pool::{Barrier, Pool},
    shared::SharedRows,
};
use crate::Error;

pub(crate) struct Crew {
    kernels: Kernels,
    pool: Pool,
    scratch: Vec<Mutex<Scratch>>,
}

/// One thread's buffers, kept between jobs.
#[derive(Default)]
pub(super) struct Scratch {
    pub hidden: Vec<f32>,
    pub attended: Vec<f32>,
    /// Both generations of queries, keys and values of a thread that works alone.
    pub qkv: Vec<f32>,
    pub narrow: Quantised,
    pub wide: Quantised,
    pub attention: AttentionScratch,
}

/// Several threads on one batch, or one alone.
pub(super) struct Team<'a> {
    pub barrier: &'a Barrier,
    /// The rows of this thread.
    pub rows: Range<usize>,
    /// Queries, keys and values of the whole batch; a layer reads one and writes the next layer's to the other.
    pub qkv: [SharedRows<'a>; 2],
}

impl Crew {
    /// Starts `threads` threads (0: one for every core) with the fastest kernels.
    pub fn start(threads: usize) -> Result<Self, Error> {
        // For measurements: which of the kernels that this processor runs, by name.
        let wanted = std::env::var("WENBAO_KERNELS").ok();
        let named = Kernels::available().into_iter().find(|k| Some(k.name) == wanted.as_deref());
        Self::with(threads, named.unwrap_or_else(Kernels::detect))
    }

    pub(super) fn with(threads: usize, kernels: Kernels) -> Result<Self, Error> {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            n => n,
        };
        let pool = Pool::new(threads).map_err(|e| Error::Encode(format!("cannot start threads ({e})")))?;
        Ok(Self { kernels, scratch: (0..pool.size()).map(|_| Mutex::default()).collect(), pool })
    }

    /// Whether only the portable kernels run here: those are slower than candle's own products.
    pub fn is_slow() -> bool {
        Kernels::available().len() == 1
    }

    pub(super) fn kernels(&self) -> Kernels {
        self.kernels
    }

    /// Number of threads.
    pub(super) fn size(&self) -> usize {
        self.pool.size()
    }

    /// Runs `job(rank)` on every thread and returns when all are done; jobs queue up.
    pub(super) fn run(&self, job: &(dyn Fn(usize) + Sync)) {
        self.pool.run(job);
    }

    /// The buffers of a thread, for the job that runs on it.
    pub(super) fn scratch(&self, rank: usize) -> MutexGuard<'_, Scratch> {
        self.scratch[rank].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
