//! The body, the path and the query of a request, with errors in our shape.

use std::io;

use axum::body::Body as Incoming;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use memmap2::MmapMut;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use crate::error::ApiError;
use crate::http::{App, Limits};

/// So many times the limit of a body are read and thrown away before the connection is given up.
const DRAINED: usize = 16;

/// A JSON body, and the room that it takes among all bodies: whoever works on what it says holds the room until that is done.
/// `application/json` is required, so that no web page can post here with a plain form.
pub(crate) struct Body<T>(pub T, pub Room);

/// The room of one body among those that are held together; none for a small one.
pub(crate) type Room = Option<OwnedSemaphorePermit>;

impl<T: DeserializeOwned + Send + 'static> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        check(request.headers())?;
        let limit = app.limits.body_time;
        let (bytes, room) = tokio::time::timeout(limit, whole(request.into_body(), app)).await.map_err(|_| {
            let message =
                format!("the body did not arrive within {} s; send it faster or less at once", limit.as_secs());
            ApiError::client(StatusCode::REQUEST_TIMEOUT, message)
        })??;
        let body = match bytes {
            Held::Small(bytes) => parsed(&bytes)?,
            // What takes a while is read beside the threads that all connections share; how much there is of it is bounded.
            large @ Held::Large { .. } => tokio::task::spawn_blocking(move || parsed(large.as_slice()))
                .await
                .map_err(|_| ApiError::internal("the body could not be read; the log says why"))??,
        };
        Ok(Self(body, room))
    }
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let what = "the body is not the JSON expected here";
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut json).map_err(|error| ApiError::misread(what, &error))?;
    json.end().map_err(|error| ApiError::invalid(None, format!("{what}: {error}")))?;
    Ok(body)
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
async fn whole(body: Incoming, app: &App) -> Result<(Held, Room), ApiError> {
    let limit = app.limits.body;
    let mut stream = body.into_data_stream();
    let (mut held, mut room, mut seen, mut crowded) = (Held::default(), Room::None, 0_usize, false);
    let mut counted = Limits::SMALL_BODY;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::client(StatusCode::BAD_REQUEST, format!("the body could not be read: {error}"))
        })?;
        seen = seen.saturating_add(chunk.len());
        if seen > counted && !crowded {
            // Room is taken for what has come, not for what is announced: announcing costs a client nothing.
            match (app.room(seen - counted), &mut room) {
                (Some(more), Some(room)) => room.merge(more),
                (Some(first), none) => *none = Some(first),
                (None, _) => crowded = true,
            }
            counted = seen;
        }
        if seen <= limit && !crowded {
            held.push(&chunk, limit).map_err(|error| {
                tracing::error!("no memory for a body: {error}");
                ApiError::busy("the server has no memory for this body at the moment; try again in a moment")
            })?;
        } else {
            (held, room) = (Held::default(), None);
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
    Ok((held, room))
}

/// The bytes of a body. A large one lies in pages of its own, which go back to the system with it: what an allocator is given
/// back by bodies that come and go side by side it keeps.
enum Held {
    Small(Vec<u8>),
    Large { pages: MmapMut, length: usize },
}

impl Default for Held {
    fn default() -> Self {
        Self::Small(Vec::new())
    }
}

impl Held {
    /// More of a body, of which at most `limit` bytes come. Pages that are not written to take no memory.
    fn push(&mut self, more: &[u8], limit: usize) -> io::Result<()> {
        if let Self::Small(bytes) = self {
            if bytes.len() + more.len() <= Limits::SMALL_BODY {
                bytes.extend_from_slice(more);
                return Ok(());
            }
            let mut pages = MmapMut::map_anon(limit.max(bytes.len() + more.len()))?;
            pages[..bytes.len()].copy_from_slice(bytes);
            *self = Self::Large { pages, length: bytes.len() };
        }
        if let Self::Large { pages, length } = self {
            let end = *length + more.len();
            let place = pages.get_mut(*length..end).ok_or(io::ErrorKind::FileTooLarge)?;
            place.copy_from_slice(more);
            *length = end;
        }
        Ok(())
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Small(bytes) => bytes,
            Self::Large { pages, length } => &pages[..*length],
        }
    }
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

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs))
            .map(Self)
            .map_err(|error| ApiError::misread("the query is not as expected", &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_same_in_memory_of_either_kind() {
        let limit = 4 * Limits::SMALL_BODY;
        for length in [0, 1, Limits::SMALL_BODY, Limits::SMALL_BODY + 1, limit] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let mut held = Held::default();
            bytes.chunks(1000).for_each(|chunk| held.push(chunk, limit).unwrap());
            assert_eq!(held.as_slice(), bytes, "{length}");
            assert_eq!(matches!(held, Held::Large { .. }), length > Limits::SMALL_BODY, "{length}");
        }
        let mut full = Held::default();
        full.push(&vec![0; limit], limit).unwrap();
        assert!(full.push(b"x", limit).is_err());
    }
}
