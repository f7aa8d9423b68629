//! `GET /api/v1/documents`, `/api/v1/documents/{id}` and `/api/v1/passages/{id}`.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use crate::error::ApiError;
use crate::serve::App;
use crate::view::{DocumentView, PassageView};

#[derive(Serialize)]
pub(crate) struct List {
    documents: Vec<DocumentView>,
}

async fn all(app: &App) -> Result<Vec<DocumentView>, ApiError> {
    let engine = app.engine.clone();
    Ok(app.pool.run(app.limits.answer_time, move || engine.documents()).await??)
}

pub(crate) async fn list(State(app): State<App>) -> Result<Json<List>, ApiError> {
    Ok(Json(List { documents: all(&app).await? }))
}

pub(crate) async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Json<DocumentView>, ApiError> {
    let found = all(&app).await?.into_iter().find(|document| document.id == id);
    found.map(Json).ok_or_else(|| {
        let message = format!("there is no document {id}; GET /api/v1/documents lists all");
        ApiError::not_found("document_not_found", message)
    })
}

pub(crate) async fn passage(State(app): State<App>, Path(id): Path<String>) -> Result<Json<PassageView>, ApiError> {
    let engine = app.engine.clone();
    let asked = id.clone();
    let found = app.pool.run(app.limits.answer_time, move || engine.passage(&asked)).await??;
    found.map(Json).ok_or_else(|| {
        let message = format!("there is no passage {id}: its document was removed or replaced; ask again");
        ApiError::not_found("passage_not_found", message)
    })
}
