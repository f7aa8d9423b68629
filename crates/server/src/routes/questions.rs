//! `POST /api/v1/ask` and `POST /api/v1/search`.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wenbao_answer::{Question, RankedPassage, Restriction, Searched};

use super::made::Made;
use crate::chat::{Message, history};
use crate::error::ApiError;
use crate::extract::Body;
use crate::http::App;
use crate::schemas;

#[derive(Deserialize, ToSchema)]
pub(crate) struct Ask {
    /// The question, in any of the supported languages.
    question: String,
    /// How many passages to return; what is cited comes beyond it.
    #[serde(default)]
    top_k: Option<usize>,
    /// Whether to return the candidates with their features.
    #[serde(default)]
    explain: bool,
    /// Earlier turns, in the shape of chat messages.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    history: Vec<Message>,
    /// Which passages may answer.
    #[serde(default)]
    #[schema(value_type = Option<schemas::Restriction>)]
    filter: Option<Restriction>,
    /// Whether to answer without the databases that do not answer ("unreachable" names them); else that is an error, 503.
    #[serde(default)]
    partial: bool,
}

/// Ask the reports a question.
#[utoipa::path(post, path = "/api/v1/ask", tag = "questions", request_body = Ask,
    responses((status = 200, description = "The answer with its proof, or why there is none", body = schemas::Answer)))]
pub(crate) async fn ask(State(app): State<App>, Body(ask, _room): Body<Ask>) -> Result<Made, ApiError> {
    let question = Question {
        text: ask.question,
        history: history(&ask.history),
        top_k: top_k(&app, ask.top_k)?,
        explain: ask.explain,
        filter: ask.filter.unwrap_or_default(),
        partial: ask.partial,
    };
    let engine = app.engine.clone();
    let answered = app.answer(move || {
        let answer = engine.ask(&question)?;
        Ok((Made::json(&answer)?, answer))
    });
    let (made, answer) = answered.await?;
    app.heard(&answer);
    Ok(made)
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Search {
    /// What to look for.
    query: String,
    /// How many passages to return.
    #[serde(default)]
    top_k: Option<usize>,
    /// Which passages may be found.
    #[serde(default)]
    #[schema(value_type = Option<schemas::Restriction>)]
    filter: Option<Restriction>,
    /// As for questions.
    #[serde(default)]
    partial: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Found {
    query: String,
    /// Best first.
    #[schema(value_type = Vec<schemas::RankedPassage>)]
    passages: Vec<RankedPassage>,
    /// Places whose documents could not be looked at: only where a partial answer was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreachable: Vec<String>,
}

/// Find the passages nearest to a query.
#[utoipa::path(post, path = "/api/v1/search", tag = "questions", request_body = Search,
    responses((status = 200, description = "Ranked passages", body = Found)))]
pub(crate) async fn search(State(app): State<App>, Body(search, _room): Body<Search>) -> Result<Made, ApiError> {
    let (top_k, filter) = (top_k(&app, search.top_k)?, search.filter.unwrap_or_default());
    app.searched(&search.query);
    let query = Question { top_k, filter, partial: search.partial, ..Question::new(search.query) };
    let engine = app.engine.clone();
    let found = app.answer(move || {
        let Searched { passages, unreachable } = engine.search(&query)?;
        Made::json(&Found { query: query.text, passages, unreachable })
    });
    found.await
}

/// 0 stands for the answerer's default.
fn top_k(app: &App, asked: Option<usize>) -> Result<usize, ApiError> {
    let most = app.limits.top_k;
    match asked {
        None => Ok(0),
        Some(n) if (1..=most).contains(&n) => Ok(n),
        Some(n) => Err(ApiError::invalid(Some("top_k"), format!("top_k is {n}; it can be 1 to {most}"))),
    }
}
