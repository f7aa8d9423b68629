//! `POST /v1/chat/completions`, whole or as a stream of server-sent events.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use wenbao_answer::Question;

use super::{MODEL, models};
use crate::chat::{Annotation, Conversation, Message, annotations, housekeeping};
use crate::error::ApiError;
use crate::extract::Body;
use crate::serve::App;

/// Characters of one delta of a stream.
const DELTA_CHARS: usize = 16;

/// What we read of the request; every other parameter is ignored.
#[derive(Deserialize)]
pub(crate) struct Request {
    #[serde(default)]
    model: Option<String>,
    messages: Vec<Message>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: Option<bool>,
}

#[derive(Serialize, Clone, Copy)]
struct Usage {
    prompt_tokens: usize,
    completion_tokens: usize,
    total_tokens: usize,
}

/// A reply, however it travels.
struct Reply {
    content: String,
    annotations: Vec<Annotation>,
    usage: Usage,
}

pub(crate) async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Body(request): Body<Request>,
) -> Result<Response, ApiError> {
    models::check(&app, request.model.as_deref(), &[MODEL])?;
    let chat = Conversation::read(&request.messages).ok_or_else(|| {
        ApiError::invalid(Some("messages"), "messages holds no text of the user; the last user message is the question")
    })?;
    let base = base(&headers);
    let engine = app.engine.clone();
    let reply = app.pool.run(app.limits.answer_time, move || {
        let prompt_tokens = engine.count_tokens(&chat.question);
        let (content, annotations) = match housekeeping::reply(&chat) {
            Some(content) => (content, Vec::new()),
            None => {
                let question = Question { text: chat.question, history: chat.history, ..Question::default() };
                let answer = engine.ask(&question)?;
                let annotations = annotations(&answer, &base);
                (answer.text, annotations)
            }
        };
        let completion_tokens = engine.count_tokens(&content);
        let usage = Usage { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
        Ok::<_, ApiError>(Reply { content, annotations, usage })
    });
    let reply = reply.await??;
    let head = Head::new();
    if request.stream.unwrap_or(false) {
        let with_usage = request.stream_options.and_then(|options| options.include_usage).unwrap_or(false);
        let events = chunks(&head, &reply, with_usage).into_iter().map(|data| Event::default().data(data));
        let done = std::iter::once(Event::default().data("[DONE]"));
        Ok(Sse::new(stream::iter(events.chain(done).map(Ok::<_, Infallible>))).into_response())
    } else {
        Ok(Json(whole(&head, reply)).into_response())
    }
}

/// The address under which the client reached us, for links to passages.
fn base(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1:8080");
    format!("http://{host}")
}

/// What all chunks of a reply share.
struct Head {
    id: String,
    created: u64,
}

impl Head {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = format!("chatcmpl-{:x}{:04x}", now.as_nanos(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self { id, created: now.as_secs() }
    }
}

fn whole(head: &Head, reply: Reply) -> serde_json::Value {
    serde_json::json!({
        "id": head.id,
        "object": "chat.completion",
        "created": head.created,
        "model": MODEL,
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": reply.content,
                "refusal": null,
                "annotations": reply.annotations,
            },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": reply.usage,
    })
}

/// The data of the events of a stream, "[DONE]" aside: the role, the words piece by piece, the annotations, the finish,
/// and the usage if it was asked for.
fn chunks(head: &Head, reply: &Reply, with_usage: bool) -> Vec<String> {
    let chunk = |choices: serde_json::Value, usage: Option<Usage>| {
        let mut chunk = serde_json::json!({
            "id": head.id,
            "object": "chat.completion.chunk",
            "created": head.created,
            "model": MODEL,
            "choices": choices,
        });
        // Clients that asked for usage expect the field, null, in every other chunk too.
        if with_usage {
            chunk["usage"] = serde_json::json!(usage);
        }
        chunk.to_string()
    };
    let delta = |delta: serde_json::Value, finish: Option<&str>| {
        let choice = serde_json::json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
        chunk(serde_json::json!([choice]), None)
    };
    let mut all = vec![delta(serde_json::json!({ "role": "assistant", "content": "" }), None)];
    let content: Vec<char> = reply.content.chars().collect();
    for piece in content.chunks(DELTA_CHARS) {
        all.push(delta(serde_json::json!({ "content": piece.iter().collect::<String>() }), None));
    }
    if !reply.annotations.is_empty() {
        all.push(delta(serde_json::json!({ "annotations": reply.annotations }), None));
    }
    all.push(delta(serde_json::json!({}), Some("stop")));
    if with_usage {
        all.push(chunk(serde_json::json!([]), Some(reply.usage)));
    }
    all
}
