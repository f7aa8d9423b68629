//! `ETag` and `If-None-Match` for what is read again and again.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderValue, Method, StatusCode};
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
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        return ApiError::internal("the reply could not be written").into_response();
    };
    let hash: String = Sha256::digest(&bytes).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("W/\"{hash}\"");
    let same = known
        .as_ref()
        .and_then(|known| known.to_str().ok())
        .is_some_and(|known| known.split(',').map(str::trim).any(|known| known == "*" || known == tag));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        parts.headers.insert(ETAG, tag);
        parts.headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    if same {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(axum::http::header::CONTENT_LENGTH);
        parts.headers.remove(axum::http::header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}
