//! Turns a question into an exact answer with citations, or says that the reports do not know.

pub mod interpret;
mod model;

pub use model::*;
