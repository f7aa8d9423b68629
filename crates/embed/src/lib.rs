//! Text to vectors: a local sentence-embedding model, on the processor, without a network.
//!
//! [`Embedder`] turns texts into [`Vectors`], [`Reader`] says where a passage answers a question; [`models`] knows which
//! models there are and fetches them. This crate knows nothing of reports.
//!
//! ```no_run
//! use wenbao_embed::{Embedder, Options, Role, models};
//! # fn main() -> Result<(), wenbao_embed::Error> {
//! let dir = models::find_dir();
//! models::pull(&dir, None, models::Source::Pip, &mut |line| eprintln!("{line}"))?;
//! let embedder = Embedder::open(&dir, None, &Options::default())?;
//! let vectors = embedder.embed(Role::Query, &["2025年新建智能化煤矿多少座"])?;
//! assert_eq!(vectors.row(0).len(), embedder.dimensions());
//! # Ok(())
//! # }
//! ```

mod cache;
mod embedder;
mod encoder;
mod engine;
mod error;
mod gguf;
pub mod models;
mod queue;
mod reader;
mod reference;
mod safetensors;
mod sentence_model;
mod sequence;
mod tables;
#[cfg(test)]
mod testing;
mod tokenizer;
mod vectors;

pub use embedder::{Embedder, Options, Role};
pub use error::Error;
pub use reader::{Passage, Reader, Reading, TokenReading};
pub use vectors::Vectors;
