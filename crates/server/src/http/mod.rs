//! What all requests share: the application's state, the listener with its limits, the figures, the log.

mod app;
mod connections;
mod log;
mod metrics;
mod sending;
mod serve;
mod stalls;

pub use app::{App, Limits};
pub(crate) use log::{Line, REQUEST_ID};
pub use log::{QUESTIONS, REQUESTS};
pub(crate) use metrics::Metrics;
pub use serve::{ServeError, bind, serve};
