//! The HTTP interface: REST under `/api/v1`, OpenAI-compatible under `/v1`, the Model Context Protocol under `/mcp`.
//!
//! [`router`] makes the axum router over an [`Engine`] (what answers: [`Local`] over the real index and model, or a
//! double in tests); [`serve`] runs it on a listener until it is told to stop. Handlers parse and shape; everything that computes
//! goes through the bounded [`Pool`], so that the async threads never wait for the model and overload is a 429, not a
//! slow death. Errors have OpenAI's shape everywhere ([`ApiError`]).
//!
//! Layout: `routes/` holds one file an endpoint, `chat/` what is particular to chat (reading messages, housekeeping
//! prompts, sources), `http/` the listener, its limits and figures, `access/` keys, hosts and origins, `library/` documents that come over HTTP, `listing` which of them are listed, [`mcp`] the same
//! answers for assistants, `view` the JSON shapes shared with the command, `schemas` the contract's shapes as JSON Schema.
#![forbid(unsafe_code)]

mod access;
mod chat;
mod engine;
mod error;
mod extract;
mod http;
mod library;
mod listing;
mod local;
pub mod mcp;
pub mod notes;
mod paths;
mod pool;
mod routes;
mod schemas;
pub mod view;

pub use access::{Access, AccessError, Keys, Role};
pub use engine::{Engine, EngineError, Given, Original, Readiness, Taken};
pub use error::ApiError;
pub use http::{App, Limits, QUESTIONS, REQUESTS, ServeError, bind, serve};
pub use library::{Library, UploadLimits};
pub use local::Local;
pub use pool::{Lane, Pool, Refused};
pub use routes::router;
