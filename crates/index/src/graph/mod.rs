//! Vector search inside one segment: a file of vectors, with a navigable graph over them where they are many.
//!
//! hnsw_rs builds the graph ([`build`]), [`refine`] betters it, and [`Flat`] serves it: a memory-mapped file of
//! fixed-size records (codes of one byte a component for the walk, and the links), with the exact vectors behind
//! them for the last candidates. Searching takes no lock and, after the first query of a thread, no allocation
//! that grows with the file.
//!
//! The vectors must have unit length (the encoder's have). Codes are of the vectors minus their mean: that changes no
//! ranking, and gives a byte far more resolution where all vectors lie in a narrow cone.

mod build;
mod codes;
mod file;
mod grow;
mod mask;
mod refine;
mod simd;
pub(crate) mod top;
mod walk;

pub use build::{Options, Timings, build, build_unless};
pub use file::Flat;
pub use mask::Mask;
pub use refine::Refinement;
pub use top::Scored;

#[cfg(test)]
mod tests;
