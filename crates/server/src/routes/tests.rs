//! The router over an engine that needs no model: shapes, refusals, limits.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::engine::fake::Fake;
use crate::{App, Limits, router};

fn app(fake: Fake, limits: Limits) -> Router {
    router(App::new(Arc::new(fake), limits).unwrap())
}

async fn send(app: &Router, method: &str, path: &str, body: Value) -> (StatusCode, String) {
    let request =
        Request::builder().method(method).uri(path).header("content-type", "application/json").header("host", "h:1");
    let response = app.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn send_json(app: &Router, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let (status, text) = send(app, method, path, body).await;
    (status, serde_json::from_str(&text).unwrap())
}

fn user(text: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": text }] })
}

#[tokio::test]
async fn a_chat_reply_has_openais_shape() {
    let app = app(Fake::default(), Limits::default());
    let (status, reply) = send_json(&app, "POST", "/v1/chat/completions", user("多少座")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(reply["object"], "chat.completion");
    assert_eq!(
        reply["choices"][0]["message"],
        json!({
            "role": "assistant", "content": "答案是42座。[1] (0 before)", "refusal": null,
            "annotations": [{ "type": "url_citation", "url_citation": {
                "start_index": 7, "end_index": 10, "url": "http://h:1/api/v1/passages/d-0001", "title": "样例.txt › 一、回顾"
            } }],
        })
    );
    assert_eq!(reply["usage"]["prompt_tokens"], 3);
}

#[tokio::test]
async fn a_stream_without_usage_asked_for_carries_none() {
    let app = app(Fake::default(), Limits::default());
    let mut body = user("多少座");
    body["stream"] = json!(true);
    let (status, text) = send(&app, "POST", "/v1/chat/completions", body).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.ends_with("data: [DONE]\n\n") && !text.contains("usage"), "{text}");
}

#[tokio::test]
async fn what_goes_wrong_has_a_status_and_a_message() {
    let app = app(Fake::default(), Limits::default());
    for (question, status, says) in [
        ("bad", StatusCode::BAD_REQUEST, "the question is bad"),
        ("broken", StatusCode::INTERNAL_SERVER_ERROR, "the index is gone"),
        ("defect", StatusCode::INTERNAL_SERVER_ERROR, "defect"),
        ("good", StatusCode::OK, ""),
    ] {
        let (got, reply) = send_json(&app, "POST", "/v1/chat/completions", user(question)).await;
        assert_eq!(got, status, "{question}: {reply}");
        assert!(reply["error"]["message"].as_str().unwrap_or_default().contains(says), "{question}: {reply}");
    }
    let (status, reply) = send_json(&app, "GET", "/readyz", Value::Null).await;
    assert_eq!((status, &reply["error"]["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("not_ready")));
}

#[tokio::test]
async fn too_many_questions_are_refused_and_the_health_check_goes_on() {
    let (waiting, waits) = sync_channel(8);
    let (release, gate) = sync_channel(8);
    let fake = Fake { gate: Some((waiting, Mutex::new(gate))) };
    let app = app(fake, Limits { workers: 1, queue: 1, ..Limits::default() });
    let ask = |app: Router| async move { send_json(&app, "POST", "/api/v1/ask", json!({ "question": "x" })).await.0 };
    let first = tokio::spawn(ask(app.clone()));
    tokio::task::spawn_blocking(move || waits.recv().unwrap()).await.unwrap();
    let second = ask(app.clone());
    tokio::pin!(second);
    assert!(futures_util::poll!(&mut second).is_pending());
    let (status, reply) = send_json(&app, "POST", "/api/v1/ask", json!({ "question": "x" })).await;
    assert_eq!((status, &reply["error"]["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("rate_limit_exceeded")));
    assert_eq!(send_json(&app, "GET", "/healthz", Value::Null).await.0, StatusCode::OK);
    release.send(()).unwrap();
    release.send(()).unwrap();
    assert_eq!(first.await.unwrap(), StatusCode::OK);
    assert_eq!(second.await, StatusCode::OK);
}

#[tokio::test]
async fn a_question_that_takes_too_long_is_given_up() {
    let (waiting, _waits) = sync_channel(8);
    let (release, gate) = sync_channel(8);
    let fake = Fake { gate: Some((waiting, Mutex::new(gate))) };
    let app = app(fake, Limits { answer_time: Duration::from_millis(10), ..Limits::default() });
    let (status, reply) = send_json(&app, "POST", "/api/v1/ask", json!({ "question": "x" })).await;
    assert_eq!((status, &reply["error"]["code"]), (StatusCode::GATEWAY_TIMEOUT, &json!("timeout")));
    release.send(()).unwrap();
}

#[tokio::test]
async fn embeddings_keep_their_order_over_many_batches() {
    let app = app(Fake::default(), Limits::default());
    let texts: Vec<String> = (1..=100).map(|n| "x".repeat(n)).collect();
    let body = json!({ "model": "fake", "input": texts, "input_type": "passage", "user": "ignored" });
    let (status, reply) = send_json(&app, "POST", "/v1/embeddings", body).await;
    assert_eq!(status, StatusCode::OK);
    for (n, item) in reply["data"].as_array().unwrap().iter().enumerate() {
        assert_eq!(item["index"], n);
        assert_eq!(item["embedding"], json!([-1.0, (n + 1) as f32]));
    }
    assert_eq!(reply["usage"]["total_tokens"], 5050);
    let (_, reply) = send_json(&app, "POST", "/v1/embeddings", json!({ "input": "x", "dimensions": 3 })).await;
    assert_eq!(reply["error"]["param"], "dimensions");
}
