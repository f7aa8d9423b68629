//! One file an endpoint, and the router that names them all.

mod chat_completions;
mod documents;
mod embeddings;
mod health;
mod models;
mod page;
mod questions;
#[cfg(test)]
mod tests;

use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::error::ApiError;
use crate::pool::Refused;
use crate::serve::App;

/// The name under which chat clients find us.
pub(crate) const MODEL: &str = "wenbao";

/// All routes over `app`.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat_completions::create))
        .route("/v1/embeddings", post(embeddings::create))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{id}", get(models::get))
        .route("/api/v1/ask", post(questions::ask))
        .route("/api/v1/search", post(questions::search))
        .route("/api/v1/documents", get(documents::list))
        .route("/api/v1/documents/{id}", get(documents::get))
        .route("/api/v1/passages/{id}", get(documents::passage))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .merge(page::routes())
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), watch))
        .with_state(app)
}

async fn unknown(uri: Uri) -> ApiError {
    ApiError::not_found("unknown_url", format!("there is nothing at {}; see the README for the endpoints", uri.path()))
}

async fn wrong_method(request: Request) -> ApiError {
    let message = format!("{} is not for {}; see the README for the endpoints", request.uri().path(), request.method());
    ApiError::client(StatusCode::METHOD_NOT_ALLOWED, message)
}

/// Limits how long a request may take, its body's arrival included, and logs it.
async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let limit = app.limits.request_time;
    let response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::from(Refused::TimedOut(limit)).into_response(),
    };
    let status = response.status().as_u16();
    let ms = began.elapsed().as_secs_f64() * 1e3;
    tracing::info!(%method, path, status, ms = format_args!("{ms:.1}"), "request");
    response
}
