//! `GET /v1/models`: "wenbao" for questions, and the embedding model by its own name.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::MODEL;
use super::etag::Tagged;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::http::App;

/// A model as OpenAI's clients list it, with what it is for: front ends offer everything in the list for chat that does
/// not say that it is something else.
#[derive(Serialize, ToSchema)]
pub(crate) struct Model {
    id: String,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
    /// "chat" or "embedding".
    r#type: &'static str,
    capabilities: Capabilities,
}

#[derive(Serialize, ToSchema)]
struct Capabilities {
    chat_completion: bool,
    embeddings: bool,
    rerank: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ModelList)]
pub(crate) struct List {
    object: &'static str,
    data: Vec<Model>,
}

/// Which models to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// "embedding" or "all" to see the embedding model too.
    r#type: Option<String>,
}

fn chat() -> Model {
    Model {
        id: MODEL.to_owned(),
        object: "model",
        created: 0,
        owned_by: "wenbao",
        r#type: "chat",
        capabilities: Capabilities { chat_completion: true, embeddings: false, rerank: false },
    }
}

fn vectors(app: &App) -> Model {
    Model {
        id: app.engine.model_name().to_owned(),
        r#type: "embedding",
        capabilities: Capabilities { chat_completion: false, embeddings: true, rerank: true },
        ..chat()
    }
}

/// List the models. The embedding model is not among them unless asked for: front ends offer all they see for chat.
#[utoipa::path(get, path = "/v1/models", tag = "openai", params(Wanted),
    responses((status = 200, description = "The models", body = List)))]
pub(crate) async fn list(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let data = match wanted.r#type.as_deref() {
        Some("embedding" | "embeddings") => vec![vectors(&app)],
        Some("all") => vec![chat(), vectors(&app)],
        _ => vec![chat()],
    };
    Ok(Tagged::json(&List { object: "list", data })?.reply(&headers))
}

/// One model by its name.
#[utoipa::path(get, path = "/v1/models/{id}", tag = "openai", params(("id" = String, Path, description = "Its name")),
    responses((status = 200, description = "The model", body = Model), (status = 404, description = "No such model")))]
pub(crate) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let found = [chat(), vectors(&app)].into_iter().find(|model| model.id == id);
    Ok(Tagged::json(&found.ok_or_else(|| unknown(&app, &id))?)?.reply(&headers))
}

/// Whether a client's `model` answers questions; a client that names none means the only one there is.
pub(crate) fn check_chat(app: &App, asked: Option<&str>) -> Result<(), ApiError> {
    match asked {
        None | Some(MODEL) => Ok(()),
        Some(name) if name == app.engine.model_name() => Err(ApiError::invalid(
            Some("model"),
            format!("\"{name}\" makes embeddings and does not chat; \"{MODEL}\" answers questions"),
        )),
        Some(name) => Err(unknown(app, name)),
    }
}

/// Whether a client's `model` makes vectors.
pub(crate) fn check_vectors(app: &App, asked: Option<&str>) -> Result<(), ApiError> {
    match asked {
        Some(name) if name != MODEL && name != app.engine.model_name() => Err(unknown(app, name)),
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
