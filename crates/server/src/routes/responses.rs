//! `POST /v1/responses`: OpenAI's newer interface, without memory: each request carries its whole conversation.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::openai::{self, Created, DELTA_CHARS};
use super::{MODEL, models};
use crate::access::Links;
use crate::chat::{Conversation, Cut, Finish, Message, Reply, Wanted, reply};
use crate::error::ApiError;
use crate::extract::Body;
use crate::http::App;

/// What we read of the request; see the chat completions for what is ignored and what is refused.
#[derive(Deserialize, ToSchema)]
#[schema(as = ResponsesRequest)]
pub(crate) struct Request {
    /// "wenbao", or left out.
    #[serde(default)]
    #[schema(example = "wenbao")]
    model: Option<String>,
    /// The question, or the conversation as a list of messages.
    #[schema(value_type = Object)]
    input: Value,
    /// What the front end tells the model.
    #[serde(default)]
    instructions: Option<String>,
    /// Whether the reply comes as server-sent events.
    #[serde(default)]
    stream: Option<bool>,
    /// Most tokens of the reply, by the embedding model's tokenizer.
    #[serde(default)]
    max_output_tokens: Option<i64>,
    /// `{"format": {"type": "json_object"}}` gives the whole answer as JSON.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    text: Option<Value>,
    /// Anything but "required" or the name of a tool.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    tool_choice: Option<Value>,
    /// Nothing: replies are not kept.
    #[serde(default)]
    previous_response_id: Option<String>,
    /// Nothing: conversations are not kept.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    conversation: Option<Value>,
    /// Not true.
    #[serde(default)]
    background: Option<bool>,
    /// Returned as it came.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

impl Request {
    fn check(&self) -> Result<(), ApiError> {
        let stateless = "replies are not kept: send the whole conversation as input";
        if self.previous_response_id.is_some() {
            return Err(ApiError::unsupported("previous_response_id", stateless));
        }
        if self.conversation.as_ref().is_some_and(|conversation| !conversation.is_null()) {
            return Err(ApiError::unsupported("conversation", stateless));
        }
        if self.background == Some(true) {
            let message = "replies are not kept, so none can be fetched later; leave background out";
            return Err(ApiError::unsupported("background", message));
        }
        openai::tool_choice(self.tool_choice.as_ref())
    }

    fn conversation(&self) -> Result<Conversation, ApiError> {
        let bad = |message: String| ApiError::invalid(Some("input"), message);
        let mut messages = Vec::new();
        if let Some(instructions) = &self.instructions {
            messages.push(json!({ "role": "system", "content": instructions }));
        }
        match &self.input {
            Value::String(question) => messages.push(json!({ "role": "user", "content": question })),
            // Items that are no messages (tool calls, reasoning) say nothing to us.
            Value::Array(items) => messages.extend(items.iter().filter(|item| item.get("role").is_some()).cloned()),
            _ => return Err(bad("input must be a text or a list of messages".into())),
        }
        let messages = messages.into_iter().map(serde_json::from_value::<Message>).collect::<Result<Vec<_>, _>>();
        let messages = messages.map_err(|error| bad(format!("input holds a message that is none: {error}")))?;
        Conversation::read(&messages)
            .ok_or_else(|| bad("input holds no text of the user; the last user message is the question".into()))
    }
}

/// Answer the last message of the user.
#[utoipa::path(post, path = "/v1/responses", tag = "openai", request_body = Request,
    responses((status = 200, description = "A response, or with `stream` its events", body = Object)))]
pub(crate) async fn create(
    State(app): State<App>,
    Extension(links): Extension<Links>,
    Body(request, _room): Body<Request>,
) -> Result<Response, ApiError> {
    models::check_chat(&app, request.model.as_deref())?;
    request.check()?;
    let format = request.text.as_ref().and_then(|text| text.get("format"));
    let form = openai::form("text.format", format)?;
    let max_tokens = openai::most("max_output_tokens", request.max_output_tokens)?;
    let cut = Cut { max_tokens, stop: Vec::new() };
    let reply = reply(&app, Wanted { chat: request.conversation()?, form, cut, links }).await?;
    let response =
        Shape { request: &request, reply: &reply, head: Created::new("resp_"), item: Created::new("msg_").id };
    if request.stream.unwrap_or(false) {
        let events = response.events().into_iter().map(|event| {
            let name = event["type"].as_str().unwrap_or_default().to_owned();
            Ok::<_, Infallible>(Event::default().event(name).data(event.to_string()))
        });
        Ok(Sse::new(stream::iter(events.collect::<Vec<_>>())).into_response())
    } else {
        Ok(Json(response.whole(response.status(), vec![response.message()])).into_response())
    }
}

/// A reply in the shape of responses.
struct Shape<'a> {
    request: &'a Request,
    reply: &'a Reply,
    head: Created,
    item: String,
}

impl Shape<'_> {
    fn status(&self) -> &'static str {
        match self.reply.finish {
            Finish::Stop => "completed",
            Finish::Length => "incomplete",
        }
    }

    fn annotations(&self) -> Vec<Value> {
        self.reply.sources.iter().map(|source| source.flat_annotation()).collect()
    }

    fn part(&self, text: &str, annotations: Vec<Value>) -> Value {
        json!({ "type": "output_text", "text": text, "annotations": annotations, "logprobs": [] })
    }

    fn item(&self, status: &str, content: Vec<Value>) -> Value {
        json!({ "id": self.item, "type": "message", "role": "assistant", "status": status, "content": content })
    }

    fn message(&self) -> Value {
        self.item(self.status(), vec![self.part(&self.reply.content, self.annotations())])
    }

    fn whole(&self, status: &str, output: Vec<Value>) -> Value {
        let (reply, request) = (self.reply, self.request);
        let done = !output.is_empty();
        let usage = json!({
            "input_tokens": reply.usage.prompt, "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": reply.usage.completion, "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": reply.usage.prompt + reply.usage.completion,
        });
        let incomplete = (status == "incomplete").then(|| json!({ "reason": "max_output_tokens" }));
        json!({
            "id": self.head.id,
            "object": "response",
            "created_at": self.head.at,
            "status": status,
            "error": null,
            "incomplete_details": incomplete,
            "instructions": request.instructions,
            "max_output_tokens": request.max_output_tokens,
            "model": MODEL,
            "output": output,
            "parallel_tool_calls": true,
            "previous_response_id": null,
            "store": false,
            "temperature": null,
            "text": request.text.clone().unwrap_or_else(|| json!({ "format": { "type": "text" } })),
            "tool_choice": request.tool_choice.clone().unwrap_or_else(|| json!("auto")),
            "tools": [],
            "top_p": null,
            "truncation": "disabled",
            "usage": if done { usage } else { Value::Null },
            "metadata": request.metadata.clone().unwrap_or_default(),
            "wenbao": if done { self.reply.about.clone() } else { Value::Null },
        })
    }

    /// The events of a stream in their order, numbered.
    fn events(&self) -> Vec<Value> {
        let text = &self.reply.content;
        let at = || json!({ "item_id": self.item, "output_index": 0, "content_index": 0 });
        let with = |mut event: Value, name: &str, value: Value| {
            event[name] = value;
            event
        };
        let begun = || self.whole("in_progress", Vec::new());
        let mut events = vec![
            ("response.created", json!({ "response": begun() })),
            ("response.in_progress", json!({ "response": begun() })),
            ("response.output_item.added", json!({ "output_index": 0, "item": self.item("in_progress", Vec::new()) })),
            ("response.content_part.added", with(at(), "part", self.part("", Vec::new()))),
        ];
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(DELTA_CHARS) {
            let delta = with(at(), "delta", json!(piece.iter().collect::<String>()));
            events.push(("response.output_text.delta", with(delta, "logprobs", json!([]))));
        }
        for (n, annotation) in self.annotations().into_iter().enumerate() {
            let event = with(at(), "annotation_index", json!(n));
            events.push(("response.output_text.annotation.added", with(event, "annotation", annotation)));
        }
        let done = with(with(at(), "text", json!(text)), "logprobs", json!([]));
        events.push(("response.output_text.done", done));
        events.push(("response.content_part.done", with(at(), "part", self.part(text, self.annotations()))));
        events.push(("response.output_item.done", json!({ "output_index": 0, "item": self.message() })));
        let last = if self.status() == "completed" { "response.completed" } else { "response.incomplete" };
        events.push((last, json!({ "response": self.whole(self.status(), vec![self.message()]) })));
        let number = |(n, (name, mut event)): (usize, (&str, Value))| {
            event["type"] = json!(name);
            event["sequence_number"] = json!(n);
            event
        };
        events.into_iter().enumerate().map(number).collect()
    }
}
