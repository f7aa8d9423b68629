//! The HTTP interface: REST under `/api/v1`, OpenAI-compatible under `/v1`.
//!
//! [`router`] makes the axum router over an [`Engine`] (what answers: [`Local`] over the real index and model, or a
//! double in tests); [`serve`] runs it on a listener until it is told to stop. Handlers parse and shape; everything that computes
//! goes through the bounded [`Pool`], so that the async threads never wait for the model and overload is a 429, not a
//! slow death. Errors have OpenAI's shape everywhere ([`ApiError`]).
//!
//! Layout: `routes/` holds one file an endpoint, `chat/` what is particular to chat (reading messages, housekeeping
//! prompts, annotations), [`mcp`] the same answers for assistants over stdio, `view` the JSON shapes shared with the command.
#![forbid(unsafe_code)]

mod chat;
mod engine;
mod error;
mod extract;
mod local;
pub mod mcp;
mod pool;
mod routes;
mod serve;
pub mod view;

pub use engine::{Engine, EngineError, Readiness};
pub use error::ApiError;
pub use local::Local;
pub use pool::{Pool, Refused};
pub use routes::router;
pub use serve::{App, Limits, ServeError, bind, serve};
