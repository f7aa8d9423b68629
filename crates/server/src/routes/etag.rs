//! `ETag` and `If-None-Match` for what is read again and again.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Largest reply that is looked at; what is larger could not be made by these routes.
const LARGEST: usize = 256 << 20;

/// Names a reply by its content, and answers "not modified" to whoever has it already. The tag is weak: a compressed reply is
/// the same content.
pub(crate) async fn tag(mut request: Request, next: Next) -> Response {
    if request.method() == Method::HEAD {
        // The reply to HEAD is that to GET, its tag too; axum takes the body off outside of here.
        *request.method_mut() = Method::GET;
    }
    let known = request.headers().clone();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        return ApiError::internal("the reply could not be written").into_response();
    };
    let tag = of(&Sha256::digest(&bytes));
    let same = has(&known, &tag);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        parts.headers.insert(ETAG, tag);
        parts.headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    if same {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(axum::http::header::CONTENT_LENGTH);
        parts.headers.remove(CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
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

/// A reply that is the same as long as the process runs: made once, so that whoever asks for it over and over costs nobody a
/// computation.
pub(super) struct Fixed {
    kind: &'static str,
    bytes: Bytes,
    tag: String,
}

impl Fixed {
    pub fn new(kind: &'static str, content: String) -> Self {
        let bytes = Bytes::from(content);
        Self { kind, tag: of(&Sha256::digest(&bytes)), bytes }
    }

    /// The reply, or "not modified".
    pub fn reply(&self, asked: &HeaderMap) -> Response {
        let named = [(ETAG, self.tag.as_str()), (CACHE_CONTROL, "private, no-cache")];
        if has(asked, &self.tag) {
            return (StatusCode::NOT_MODIFIED, named).into_response();
        }
        (named, [(CONTENT_TYPE, self.kind)], self.bytes.clone()).into_response()
    }
}
