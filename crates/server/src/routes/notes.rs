//! `POST /api/v1/feedback`: what people say of an answer, and `GET /api/v1/gaps`: what was asked and not answered. Both only where
//! the server was told to keep it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::health::PATIENCE;
use crate::error::ApiError;
use crate::extract::Body;
use crate::http::App;
use crate::notes::{self, Gap, Note, Notes};

/// Longest text of a note in characters.
const LONGEST: usize = 4000;

/// What somebody says of an answer.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Feedback {
    /// As asked.
    question: String,
    /// As answered.
    answer: String,
    /// Whether it is right.
    good: bool,
    /// What is wrong with it.
    #[serde(default)]
    reason: Option<String>,
}

/// Say whether an answer is right.
#[utoipa::path(post, path = "/api/v1/feedback", tag = "questions", request_body = Feedback,
    responses(
        (status = 204, description = "It is kept"),
        (status = 404, description = "The server keeps no notes (it was started without --notes)")
    ))]
pub(crate) async fn feedback(
    State(app): State<App>,
    Body(said, _room): Body<Feedback>,
) -> Result<StatusCode, ApiError> {
    let Feedback { question, answer, good, reason } = said;
    for (param, text) in [("question", &question), ("answer", &answer), ("reason", reason.as_ref().unwrap_or(&answer))]
    {
        if text.chars().count() > LONGEST {
            let message = format!("{param} is longer than {LONGEST} characters; shorten it");
            return Err(ApiError::invalid(Some(param), message));
        }
    }
    kept(&app)?.add(Note::Feedback { at: notes::now(), question, answer, good, reason });
    Ok(StatusCode::NO_CONTENT)
}

/// Questions without an answer, the most asked first.
#[derive(Serialize, ToSchema)]
#[schema(as = GapList)]
pub(crate) struct List {
    gaps: Vec<Gap>,
}

/// List what was asked and not answered.
#[utoipa::path(get, path = "/api/v1/gaps", tag = "questions", responses(
    (status = 200, description = "The most asked first", body = List),
    (status = 404, description = "The server keeps no notes (it was started without --notes)")
))]
pub(crate) async fn gaps(State(app): State<App>) -> Result<Json<List>, ApiError> {
    let path = kept(&app)?.path().to_path_buf();
    let found = app.look(PATIENCE, move || notes::gaps(&path)).await?;
    let gaps = found.map_err(|error| {
        tracing::error!("notes cannot be read: {error}");
        ApiError::internal("the notes cannot be read; the server's log says why")
    })?;
    Ok(Json(List { gaps }))
}

fn kept(app: &App) -> Result<Arc<Notes>, ApiError> {
    app.notes.clone().ok_or_else(|| ApiError::unavailable("this server keeps no notes; start it with --notes"))
}
