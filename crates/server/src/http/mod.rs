//! What all requests share: the application's state, the listener with its limits, the figures.

mod app;
mod connections;
mod metrics;
mod serve;
mod stalls;

pub use app::{App, Limits};
pub(crate) use metrics::Metrics;
pub use serve::{ServeError, bind, serve};
