//! What happens to every request: an id, a time limit, a line in the log, its place in the figures.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::request_id::{MakeRequestId, RequestId};

use crate::error::ApiError;
use crate::http::{App, Line, REQUEST_ID};
use crate::pool::Refused;

const ID: &str = "x-request-id";
/// Longest id that a client may give its request.
const LONGEST_ID: usize = 128;

/// Makes ids of requests that come without one: the second at which the process began, and a number.
#[derive(Clone, Copy)]
pub(crate) struct Numbered;

impl MakeRequestId for Numbered {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        static BEGAN: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let id = format!("{:x}-{:x}", BEGAN.get_or_init(now), COUNT.fetch_add(1, Ordering::Relaxed));
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// Whether an id can stand in a log line.
fn plain(id: &HeaderValue) -> bool {
    let fits = (1..=LONGEST_ID).contains(&id.len());
    fits && id.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
}

/// Forgets an id that could not stand in a log line.
pub(crate) async fn without_strange_ids(mut request: Request, next: Next) -> Response {
    if request.headers().get(ID).is_some_and(|id| !plain(id)) {
        request.headers_mut().remove(ID);
    }
    next.run(request).await
}

/// Limits how long a request may take, logs it and counts it.
pub(crate) async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let id = id(request.headers());
    let trace = named(request.headers(), "traceparent");
    let limit = app.limits.request_time;
    let _running = app.metrics.begun();
    let response = match tokio::time::timeout(limit, REQUEST_ID.scope(id.clone(), next.run(request))).await {
        Ok(response) => response,
        Err(_) => ApiError::from(Refused::TimedOut(limit)).into_response(),
    };
    app.metrics.ended(method.as_str(), &route, response.status().as_u16(), began.elapsed());
    Line { method, route, began, id, trace }.when_sent(response)
}

/// The id of a request that went through [`Numbered`].
pub(crate) fn id(headers: &HeaderMap) -> String {
    named(headers, ID).unwrap_or_default()
}

/// A header that can stand in a log line.
fn named(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name).filter(|value| plain(value))?;
    value.to_str().ok().map(str::to_owned)
}
