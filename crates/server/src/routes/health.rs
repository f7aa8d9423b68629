//! `GET /livez` and `/healthz` (the process lives), `GET /readyz` (it can answer): never behind the questions' queue, so that a
//! busy server is not taken for a dead one.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::App;

/// How long the index may take to say what it holds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Serialize, ToSchema)]
pub(crate) struct Alive {
    status: &'static str,
}

/// Whether the process lives.
#[utoipa::path(get, path = "/livez", tag = "operations", responses((status = 200, description = "It does", body = Alive)))]
pub(crate) async fn alive() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Ready {
    status: &'static str,
    documents: usize,
    passages: usize,
    model: String,
}

/// Whether questions can be answered, and from how much.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, description = "They can", body = Ready), (status = 503, description = "They cannot")))]
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Ready>, ApiError> {
    let engine = app.engine.clone();
    let found = app.look(PATIENCE, move || engine.readiness()).await?;
    let ready = found.map_err(|error| {
        tracing::error!("not ready: {error}");
        ApiError::unavailable("the index cannot be read; the server's log says why")
    })?;
    Ok(Json(Ready {
        status: "ready",
        documents: ready.documents,
        passages: ready.passages,
        model: app.engine.model_name().to_owned(),
    }))
}
