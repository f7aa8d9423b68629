//! Replies that take a while to write: made on the pool, so that the async threads only send them.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::ApiError;

/// The whole of a reply.
pub(super) struct Made {
    pub kind: &'static str,
    pub bytes: Bytes,
}

impl Made {
    pub fn new(kind: &'static str, content: impl Into<Bytes>) -> Self {
        Self { kind, bytes: content.into() }
    }

    /// As JSON.
    ///
    /// # Errors
    /// Where it is none, which is our fault.
    pub fn json(content: &impl Serialize) -> Result<Self, ApiError> {
        let json = serde_json::to_vec(content).map_err(|error| {
            tracing::error!("a reply that is no JSON: {error}");
            ApiError::internal("the reply could not be written")
        })?;
        Ok(Self::new("application/json", json))
    }
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, self.kind)], self.bytes).into_response()
    }
}
