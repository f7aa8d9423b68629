//! `GET /v1/models`: "wenbao" for chat and the embedding model by its own name.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use super::MODEL;
use crate::error::ApiError;
use crate::serve::App;

#[derive(Serialize)]
pub(crate) struct Model {
    id: String,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
}

#[derive(Serialize)]
pub(crate) struct List {
    object: &'static str,
    data: Vec<Model>,
}

fn all(app: &App) -> Vec<Model> {
    [MODEL, app.engine.model_name()]
        .map(|id| Model { id: id.to_owned(), object: "model", created: 0, owned_by: "wenbao" })
        .into()
}

pub(crate) async fn list(State(app): State<App>) -> Json<List> {
    Json(List { object: "list", data: all(&app) })
}

pub(crate) async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Model>, ApiError> {
    all(&app).into_iter().find(|model| model.id == id).map(Json).ok_or_else(|| unknown(&app, &id))
}

/// Whether a client's `model` is one of ours; a client that names none means the only one there is.
pub(crate) fn check(app: &App, asked: Option<&str>, accepted: &[&str]) -> Result<(), ApiError> {
    match asked {
        Some(name) if !accepted.contains(&name) => Err(unknown(app, name)),
        _ => Ok(()),
    }
}

fn unknown(app: &App, name: &str) -> ApiError {
    let known = app.engine.model_name();
    ApiError::not_found(
        "model_not_found",
        format!("there is no model \"{name}\" here: \"{MODEL}\" answers questions, \"{known}\" makes embeddings"),
    )
}
