//! `ETag` and `If-None-Match` for what is read again and again.

use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::made::Made;
use crate::error::ApiError;

/// A reply with its name. Making one computes: it belongs on the pool, unless it is made once, or small and of fixed length. The
/// tag is weak: a compressed reply is the same content.
pub(super) struct Tagged {
    made: Made,
    tag: String,
}

impl From<Made> for Tagged {
    fn from(made: Made) -> Self {
        Self { tag: of(&Sha256::digest(&made.bytes)), made }
    }
}

impl Tagged {
    pub fn new(kind: &'static str, content: impl Into<Bytes>) -> Self {
        Made::new(kind, content).into()
    }

    /// As JSON.
    ///
    /// # Errors
    /// As [`Made::json`].
    pub fn json(content: &impl Serialize) -> Result<Self, ApiError> {
        Made::json(content).map(Self::from)
    }

    /// The reply, or "not modified" for whoever has it already.
    pub fn reply(&self, asked: &HeaderMap) -> Response {
        let named = [(ETAG, self.tag.as_str()), (CACHE_CONTROL, "private, no-cache")];
        if has(asked, &self.tag) {
            return (StatusCode::NOT_MODIFIED, named).into_response();
        }
        (named, [(CONTENT_TYPE, self.made.kind)], self.made.bytes.clone()).into_response()
    }
}

/// The weak tag of a content by its hash.
pub(super) fn of(sha256: &[u8]) -> String {
    let hash: String = sha256.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hash}\"")
}

/// Whether a client names a tag in `If-None-Match`, weakly compared.
pub(super) fn has(headers: &HeaderMap, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let names = |tags: &HeaderValue| {
        tags.to_str().is_ok_and(|tags| tags.split(',').any(|each| each.trim() == "*" || bare(each) == bare(tag)))
    };
    headers.get_all(IF_NONE_MATCH).iter().any(names)
}
