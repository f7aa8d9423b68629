//! The reply to a conversation, however it travels: chat completions and responses are two shapes of it.

use serde_json::{Value, json};
use wenbao_answer::{Answer, Question};

use super::citations::{Cited, Source, cite};
use super::{Conversation, Cut, housekeeping};
use crate::access::Links;
use crate::engine::Engine;
use crate::error::ApiError;
use crate::http::App;

/// In which form the client wants the words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// The answer's text with its marks.
    #[default]
    Text,
    /// The whole answer as JSON, as `POST /api/v1/ask` gives it.
    Json,
}

/// Why the reply ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    /// It was done, or met a stop sequence.
    Stop,
    /// It met the limit of tokens.
    Length,
}

/// Tokens of the embedding model's tokenizer: of the question, and of the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Of the question.
    pub prompt: usize,
    /// Of the reply.
    pub completion: usize,
}

/// What a client wants.
pub(crate) struct Wanted {
    /// The conversation; its last user message is the question.
    pub chat: Conversation,
    /// The form of the words.
    pub form: Form,
    /// Where they end.
    pub cut: Cut,
    /// How to reach the sources.
    pub links: Links,
}

/// What it gets.
pub(crate) struct Reply {
    /// The words.
    pub content: String,
    /// What they cite.
    pub sources: Vec<Source>,
    /// Why there is no answer; the words say so too.
    pub refusal: Option<String>,
    /// Why the words end.
    pub finish: Finish,
    /// What it took.
    pub usage: Usage,
    /// What no field of OpenAI's says: `{kind, abstained, confidence, reason}`; null for housekeeping.
    pub about: Value,
}

/// Answers the conversation, on the pool.
///
/// # Errors
/// A question that is none, an engine that fails, a queue that is full.
pub(crate) async fn reply(app: &App, wanted: Wanted) -> Result<Reply, ApiError> {
    let engine = app.engine.clone();
    let made = app.answer(move || made(&*engine, &wanted)).await?;
    if let Some(answer) = &made.1 {
        app.heard(answer);
    }
    Ok(made.0)
}

fn made(engine: &dyn Engine, wanted: &Wanted) -> Result<(Reply, Option<Answer>), ApiError> {
    let asked = wanted.chat.question();
    let (mut cited, answer) = match housekeeping::reply(&wanted.chat) {
        Some(text) => (Cited { text, sources: Vec::new() }, None),
        None => {
            let question =
                Question { text: asked.to_owned(), history: wanted.chat.history.clone(), ..Question::default() };
            let answer = engine.ask(&question)?;
            let cited = match wanted.form {
                Form::Text => cite(&answer, &wanted.links, wanted.chat.attached()),
                Form::Json => Cited { text: whole(&answer)?, sources: Vec::new() },
            };
            (cited, Some(answer))
        }
    };
    let count = |text: &str| engine.count_tokens(text);
    let finish = wanted.cut.apply(&mut cited, &count);
    let refusal = answer
        .as_ref()
        .filter(|answer| answer.abstained)
        .map(|answer| answer.reason.clone().filter(|reason| !reason.is_empty()).unwrap_or_else(|| answer.text.clone()));
    if cited.text.is_empty()
        && let Some(refusal) = &refusal
    {
        cited.text = refusal.clone();
    }
    let about = answer.as_ref().map_or(Value::Null, |answer| {
        json!({
            "kind": answer.kind, "abstained": answer.abstained,
            "confidence": answer.confidence, "reason": answer.reason,
        })
    });
    let usage = Usage { prompt: count(asked), completion: count(&cited.text) };
    Ok((Reply { content: cited.text, sources: cited.sources, refusal, finish, usage, about }, answer))
}

fn whole(answer: &Answer) -> Result<String, ApiError> {
    serde_json::to_string(answer).map_err(|error| ApiError::internal(format!("an answer that is no JSON: {error}")))
}
