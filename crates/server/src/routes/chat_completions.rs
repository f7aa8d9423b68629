//! `POST /v1/chat/completions`, whole or as a stream of server-sent events.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::openai::{self, Created, DELTA_CHARS};
use super::{MODEL, models};
use crate::access::Links;
use crate::chat::{Conversation, Cut, Finish, Form, Message, Reply, Wanted, reply};
use crate::error::ApiError;
use crate::extract::Body;
use crate::http::App;

/// What we read of the request. What changes nothing of an answer from the reports (temperature, seed, tools and the like) is ignored;
/// what it would not be the answer without is refused.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChatRequest)]
pub(crate) struct Request {
    /// "wenbao", or left out.
    #[serde(default)]
    model: Option<String>,
    /// The conversation; the last message of the user is the question.
    #[schema(value_type = Vec<Object>)]
    messages: Vec<Message>,
    /// Whether the reply comes as server-sent events.
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    /// Most tokens of the reply, by the embedding model's tokenizer.
    #[serde(default)]
    max_tokens: Option<i64>,
    /// The same, by its newer name.
    #[serde(default)]
    max_completion_tokens: Option<i64>,
    /// The reply ends before the first of these.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    stop: Option<openai::Stop>,
    /// Only 1.
    #[serde(default)]
    n: Option<i64>,
    /// `{"type": "json_object"}` gives the whole answer as JSON.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    response_format: Option<Value>,
    /// Anything but "required" or the name of a tool: no tool is ever called.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    tool_choice: Option<Value>,
    /// Not true.
    #[serde(default)]
    logprobs: Option<bool>,
    /// Nothing but text.
    #[serde(default)]
    modalities: Option<Vec<String>>,
}

#[derive(Deserialize, ToSchema)]
struct StreamOptions {
    /// Whether a last chunk tells the usage.
    #[serde(default)]
    include_usage: Option<bool>,
}

impl Request {
    fn cut(&self) -> Result<Cut, ApiError> {
        let (param, most) = match (self.max_completion_tokens, self.max_tokens) {
            (Some(most), _) => ("max_completion_tokens", Some(most)),
            (None, most) => ("max_tokens", most),
        };
        Ok(Cut { max_tokens: openai::most(param, most)?, stop: openai::stop(self.stop.as_ref())? })
    }

    fn form(&self) -> Result<Form, ApiError> {
        openai::form("response_format", self.response_format.as_ref())
    }

    /// What would not be an answer from the reports, or not what the client takes it for.
    fn check(&self) -> Result<(), ApiError> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(ApiError::unsupported("n", "there is one answer to a question: leave n out or make it 1"));
        }
        if self.logprobs == Some(true) {
            let message = "answers are quoted, not sampled: there are no logprobs; leave the parameter out";
            return Err(ApiError::unsupported("logprobs", message));
        }
        if self.modalities.as_ref().is_some_and(|modalities| modalities.iter().any(|modality| modality != "text")) {
            return Err(ApiError::unsupported("modalities", "answers are text; leave modalities out"));
        }
        openai::tool_choice(self.tool_choice.as_ref())
    }
}

/// Answer the last message of the user.
#[utoipa::path(post, path = "/v1/chat/completions", tag = "openai", request_body = Request,
    responses((status = 200, description = "A chat completion, or with `stream` its chunks as server-sent events", body = Object)))]
pub(crate) async fn create(
    State(app): State<App>,
    Extension(links): Extension<Links>,
    Body(request, _room): Body<Request>,
) -> Result<Response, ApiError> {
    models::check_chat(&app, request.model.as_deref())?;
    request.check()?;
    let chat = Conversation::read(&request.messages).ok_or_else(|| {
        ApiError::invalid(Some("messages"), "messages holds no text of the user; the last user message is the question")
    })?;
    let reply = reply(&app, Wanted { chat, form: request.form()?, cut: request.cut()?, links }).await?;
    let head = Created::new("chatcmpl-");
    if request.stream.unwrap_or(false) {
        let with_usage = request.stream_options.and_then(|options| options.include_usage).unwrap_or(false);
        let events = chunks(&head, &reply, with_usage).into_iter().map(|data| Event::default().data(data));
        let done = std::iter::once(Event::default().data("[DONE]"));
        Ok(Sse::new(stream::iter(events.chain(done).map(Ok::<_, Infallible>))).into_response())
    } else {
        Ok(Json(whole(&head, &reply)).into_response())
    }
}

fn annotations(reply: &Reply) -> Vec<Value> {
    reply.sources.iter().map(|source| source.annotation()).collect()
}

fn finish(reply: &Reply) -> &'static str {
    match reply.finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
    }
}

fn usage(reply: &Reply) -> Value {
    let usage = reply.usage;
    json!({
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
    })
}

fn whole(head: &Created, reply: &Reply) -> Value {
    json!({
        "id": head.id,
        "object": "chat.completion",
        "created": head.at,
        "model": MODEL,
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": reply.content,
                "refusal": reply.refusal,
                "annotations": annotations(reply),
            },
            "logprobs": null,
            "finish_reason": finish(reply),
        }],
        "usage": usage(reply),
        "wenbao": reply.about,
    })
}

/// The data of the events of a stream, "[DONE]" aside: the role, the words piece by piece, the annotations, why there is no
/// answer, the finish, and the usage if it was asked for.
fn chunks(head: &Created, reply: &Reply, with_usage: bool) -> Vec<String> {
    let chunk = |choices: Value, usage: Value| {
        let mut chunk = json!({
            "id": head.id,
            "object": "chat.completion.chunk",
            "created": head.at,
            "model": MODEL,
            "choices": choices,
        });
        // Clients that asked for usage expect the field, null, in every other chunk too.
        if with_usage {
            chunk["usage"] = usage;
        }
        chunk
    };
    let delta = |delta: Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
        chunk(json!([choice]), Value::Null)
    };
    let mut all = vec![delta(json!({ "role": "assistant", "content": "" }), None)];
    let content: Vec<char> = reply.content.chars().collect();
    for piece in content.chunks(DELTA_CHARS) {
        all.push(delta(json!({ "content": piece.iter().collect::<String>() }), None));
    }
    if !reply.sources.is_empty() {
        all.push(delta(json!({ "annotations": annotations(reply) }), None));
    }
    if let Some(refusal) = &reply.refusal {
        all.push(delta(json!({ "refusal": refusal }), None));
    }
    let mut last = delta(json!({}), Some(finish(reply)));
    last["wenbao"] = reply.about.clone();
    all.push(last);
    if with_usage {
        all.push(chunk(json!([]), usage(reply)));
    }
    all.iter().map(Value::to_string).collect()
}
