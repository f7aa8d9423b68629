//! `GET /healthz` (the process lives) and `GET /readyz` (it can answer).

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::error::ApiError;
use crate::serve::App;

#[derive(Serialize)]
pub(crate) struct Alive {
    status: &'static str,
}

pub(crate) async fn alive() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

#[derive(Serialize)]
pub(crate) struct Ready {
    status: &'static str,
    documents: usize,
    passages: usize,
    model: String,
}

pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Ready>, ApiError> {
    let engine = app.engine.clone();
    let found = app.pool.run(app.limits.answer_time, move || engine.readiness()).await?;
    let ready = found.map_err(|error| ApiError::unavailable(error.to_string()))?;
    Ok(Json(Ready {
        status: "ready",
        documents: ready.documents,
        passages: ready.passages,
        model: app.engine.model_name().to_owned(),
    }))
}
