//! The JSON body of a request, with errors in our shape.

use axum::body::Body as Incoming;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::serve::App;

/// So many times the limit of a body are read and thrown away before the connection is given up.
const DRAINED: usize = 16;

/// A JSON body. `application/json` is required, so that no web page can post here with a plain form.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let essence = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if essence != "application/json" && !essence.ends_with("+json") {
            return Err(ApiError::client(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body must be JSON: send the header Content-Type: application/json",
            ));
        }
        let bytes = whole(request.into_body(), app.limits.body).await?;
        let body = serde_json::from_slice(&bytes)
            .map_err(|error| ApiError::invalid(None, format!("the body is not the JSON expected here: {error}")))?;
        Ok(Self(body))
    }
}

/// The whole of a body of at most `limit` bytes.
///
/// What is too large is read to its end all the same, and thrown away: whoever is still sending when the connection is
/// closed sees a broken pipe instead of the reason. The time limit of requests ends it in any case.
///
/// # Errors
/// A body that is too large, or that breaks off.
async fn whole(body: Incoming, limit: usize) -> Result<Vec<u8>, ApiError> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut seen) = (Vec::new(), 0_usize);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::client(StatusCode::BAD_REQUEST, format!("the body could not be read: {error}"))
        })?;
        seen = seen.saturating_add(chunk.len());
        if seen <= limit {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
        if seen > limit.saturating_mul(DRAINED) {
            break;
        }
    }
    if seen > limit {
        let message = "the body is too large; send less at once";
        return Err(ApiError::client(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    Ok(bytes)
}
