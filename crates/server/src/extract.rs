//! The body, the path and the query of a request, with errors in our shape.

use axum::body::Body as Incoming;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::http::{App, Limits};

/// So many times the limit of a body are read and thrown away before the connection is given up.
const DRAINED: usize = 16;

/// A JSON body. `application/json` is required, so that no web page can post here with a plain form.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        check(request.headers())?;
        let limit = app.limits.body_time;
        let bytes = tokio::time::timeout(limit, whole(request.into_body(), app)).await.map_err(|_| {
            let message =
                format!("the body did not arrive within {} s; send it faster or less at once", limit.as_secs());
            ApiError::client(StatusCode::REQUEST_TIMEOUT, message)
        })??;
        let body = serde_json::from_slice(&bytes)
            .map_err(|error| ApiError::invalid(None, format!("the body is not the JSON expected here: {error}")))?;
        Ok(Self(body))
    }
}

fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    let said = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = said(CONTENT_TYPE).split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if essence != "application/json" && !essence.ends_with("+json") {
        return Err(ApiError::client(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be JSON: send the header Content-Type: application/json",
        ));
    }
    if !matches!(said(CONTENT_ENCODING).trim(), "" | "identity") {
        let message = "the body must come as it is: leave the header Content-Encoding out and do not compress it";
        return Err(ApiError::client(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    Ok(())
}

/// The whole of a body of at most [`Limits::body`] bytes, as long as all bodies together find room.
///
/// What is too large is read to its end all the same, and thrown away: whoever is still sending when the connection is
/// closed sees a broken pipe instead of the reason. The time limit of bodies ends it in any case.
///
/// # Errors
/// A body that is too large, that finds no room, or that breaks off.
async fn whole(body: Incoming, app: &App) -> Result<Vec<u8>, ApiError> {
    let limit = app.limits.body;
    let mut stream = body.into_data_stream();
    let (mut bytes, mut rooms, mut seen, mut crowded) = (Vec::new(), Vec::new(), 0_usize, false);
    let mut counted = Limits::SMALL_BODY;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::client(StatusCode::BAD_REQUEST, format!("the body could not be read: {error}"))
        })?;
        seen = seen.saturating_add(chunk.len());
        if seen > counted && !crowded {
            // Room is taken for what has come, not for what is announced: announcing costs a client nothing.
            match app.room(seen - counted) {
                Some(room) => {
                    rooms.push(room);
                    counted = seen;
                }
                None => crowded = true,
            }
        }
        if seen <= limit && !crowded {
            bytes.extend_from_slice(&chunk);
        } else {
            (bytes, rooms) = (Vec::new(), Vec::new());
        }
        if seen > limit.saturating_mul(DRAINED) {
            break;
        }
    }
    if seen > limit {
        return Err(ApiError::client(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large; send less at once"));
    }
    if crowded {
        return Err(ApiError::busy("the server holds too many large bodies at the moment; try again in a moment"));
    }
    Ok(bytes)
}

/// The parameters of a path.
pub(crate) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value))
            .map_err(|error| ApiError::invalid(None, format!("the path is not one of this server's: {error}")))
    }
}

/// The parameters of a query; unknown ones are ignored.
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|error| ApiError::invalid(None, format!("the query is not as expected: {error}")))
    }
}
