//! `GET /metrics`: figures for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::health::PATIENCE;
use crate::http::App;

/// Figures in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "Figures", body = String)))]
pub(crate) async fn get(State(app): State<App>) -> Response {
    let engine = app.engine.clone();
    let ready = app.look(PATIENCE, move || engine.readiness().ok()).await.ok().flatten();
    let text = app.metrics.render(&app, ready);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
