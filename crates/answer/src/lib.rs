//! Turns a question into an exact answer with citations, or says that the reports do not know.

mod model;

pub use model::*;
