//! One file an endpoint, and the router that names them all.

mod chat_completions;
mod documents;
mod embedded;
mod embeddings;
mod etag;
mod health;
mod html;
mod jobs;
mod made;
mod metrics;
mod models;
mod notes;
mod openai;
mod openapi;
mod page;
mod passages;
mod questions;
mod rerank;
mod responses;
mod table;
#[cfg(test)]
mod tests;
mod uploads;
mod watch;

pub(crate) use documents::find;
pub(crate) use watch::id as request_id;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware;
use axum::routing::{get, post, put};
use tower::util::option_layer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::access::guard;
use crate::error::ApiError;
use crate::http::App;
use crate::mcp;

/// The name under which chat clients find us.
pub(crate) const MODEL: &str = "wenbao";

/// All routes over `app`.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/v1/models", get(models::list))
        .route("/v1/models/{id}", get(models::get))
        .route("/api/v1/documents", get(documents::list))
        .route("/api/v1/documents/{id}", get(documents::get))
        .route("/api/v1/documents/{id}/warnings", get(documents::warnings))
        .route("/api/v1/passages/{id}", get(passages::get))
        .route("/p/{id}", get(passages::page))
        .merge(writing(&app))
        .merge(noting(&app))
        .route("/api/v1/documents/{id}/file", get(documents::file))
        .merge(page::routes())
        .route("/openapi.json", get(openapi::json))
        .route("/docs", get(openapi::page))
        .route("/v1/chat/completions", post(chat_completions::create))
        .route("/v1/responses", post(responses::create))
        .route("/v1/embeddings", post(embeddings::create))
        .route("/v1/rerank", post(rerank::create))
        .route("/v2/rerank", post(rerank::create))
        .route("/api/v1/ask", post(questions::ask))
        .route("/api/v1/search", post(questions::search))
        .route("/api/v1/table", post(table::create))
        .route("/healthz", get(health::alive))
        .route("/livez", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::get))
        .route_service("/mcp", mcp::over_http(&app))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method);
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    // From the innermost to the outermost.
    routes
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .layer(option_layer(cors(app.access.origins())))
        .layer(header(CONTENT_SECURITY_POLICY, html::POLICY))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(X_FRAME_OPTIONS, "DENY"))
        .layer(header(REFERRER_POLICY, "no-referrer"))
        .layer(header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(middleware::from_fn_with_state(app.clone(), watch::watch))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(watch::Numbered))
        .layer(middleware::from_fn(watch::without_strange_ids))
        .with_state(app)
}

/// What changes the index, where it may be changed. The limits of what is sent are the library's own.
fn writing(app: &App) -> Router<App> {
    if app.library.is_none() {
        return Router::new();
    }
    Router::new()
        .route("/api/v1/documents", post(uploads::create))
        .route("/api/v1/documents/{id}", put(uploads::replace).delete(documents::delete))
        .route("/api/v1/jobs", get(jobs::list))
        .route("/api/v1/jobs/{id}", get(jobs::get).delete(jobs::delete))
        .layer(DefaultBodyLimit::disable())
}

/// What keeps questions, where they may be kept.
fn noting(app: &App) -> Router<App> {
    if app.notes.is_none() {
        return Router::new();
    }
    Router::new().route("/api/v1/feedback", post(notes::feedback)).route("/api/v1/gaps", get(notes::gaps))
}

/// Calls from pages of other sites, where some are listed; the layer answers every OPTIONS itself.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins = origins.iter().filter_map(|origin| origin.parse().ok());
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([HeaderName::from_static("x-request-id")]);
    Some(layer)
}

async fn unknown(uri: Uri) -> ApiError {
    ApiError::not_found("unknown_url", format!("there is nothing at {}; GET /docs lists the endpoints", uri.path()))
}

async fn wrong_method(request: Request) -> ApiError {
    let message = format!("{} is not for {}; GET /docs lists the endpoints", request.uri().path(), request.method());
    ApiError::client(StatusCode::METHOD_NOT_ALLOWED, message)
}
