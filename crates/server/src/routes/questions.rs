//! `POST /api/v1/ask` and `POST /api/v1/search`.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use wenbao_answer::{Answer, Question, RankedPassage, Restriction};

use crate::chat::Message;
use crate::error::ApiError;
use crate::extract::Body;
use crate::serve::App;

#[derive(Deserialize)]
pub(crate) struct Ask {
    question: String,
    #[serde(default)]
    top_k: Option<usize>,
    #[serde(default)]
    explain: bool,
    /// Earlier turns, in the shape of chat messages.
    #[serde(default)]
    history: Vec<Message>,
    /// What may answer at all.
    #[serde(default)]
    filter: Restriction,
}

pub(crate) async fn ask(State(app): State<App>, Body(ask): Body<Ask>) -> Result<Json<Answer>, ApiError> {
    let question = Question {
        text: ask.question,
        history: ask.history.iter().filter_map(Message::turn).collect(),
        top_k: top_k(&app, ask.top_k)?,
        explain: ask.explain,
        filter: ask.filter,
    };
    let engine = app.engine.clone();
    Ok(Json(app.pool.run(app.limits.answer_time, move || engine.ask(&question)).await??))
}

#[derive(Deserialize)]
pub(crate) struct Search {
    query: String,
    #[serde(default)]
    top_k: Option<usize>,
}

#[derive(Serialize)]
pub(crate) struct Found {
    query: String,
    passages: Vec<RankedPassage>,
}

pub(crate) async fn search(State(app): State<App>, Body(search): Body<Search>) -> Result<Json<Found>, ApiError> {
    let top_k = top_k(&app, search.top_k)?;
    let engine = app.engine.clone();
    let found = app.pool.run(app.limits.answer_time, move || {
        let passages = engine.search(&search.query, top_k)?;
        Ok::<_, ApiError>(Found { query: search.query, passages })
    });
    Ok(Json(found.await??))
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
