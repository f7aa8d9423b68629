//! Reads an official report the way a person does: bytes to text, outline and passages, each with its
//! period, status, region and quantities.
//!
//! [`read`] takes a file, [`read_bytes`] its content; both give a [`Document`]. The crate knows nothing of vectors,
//! indexes or questions, and can be used alone. [`text`] and [`quantity`] hold what a question needs to be read
//! with the same eyes: normal forms for matching, and values with units.

mod model;

pub use model::*;
