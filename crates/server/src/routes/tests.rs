//! The router over an engine that needs no model: shapes, refusals, limits.

mod documents;
mod log;
mod notes;

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use wenbao_report::DocumentKind;

use crate::engine::fake::Fake;
use crate::{Access, App, Keys, Limits, router};

fn app(fake: Fake, limits: Limits) -> Router {
    router(App::new(Arc::new(fake), limits).unwrap())
}

fn plain() -> Router {
    app(Fake::default(), Limits::default())
}

/// An app with a key for reading, one for writing, and a page that may call it.
fn locked() -> Router {
    let keys = Keys::parse("read reader-0123456789\nwrite writer-0123456789", "test").unwrap();
    let access = Access::new(keys, Some("https://ask.example"), &["http://intranet".into()], &[]).unwrap();
    router(App::new(Arc::new(Fake::default()), Limits::default()).unwrap().with_access(access))
}

/// Names and values.
type Headers = &'static [(&'static str, &'static str)];

/// What came back.
struct Got {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Got {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

async fn fetch(app: &Router, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Got {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if headers.iter().all(|(name, _)| *name != "host") {
        request = request.header("host", "127.0.0.1:1");
    }
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    let response = app.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Got { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

async fn send(app: &Router, method: &str, path: &str, body: Value) -> (StatusCode, String) {
    let got = fetch(app, method, path, &[], body).await;
    (got.status, got.text)
}

async fn send_json(app: &Router, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let got = fetch(app, method, path, &[], body).await;
    (got.status, got.json())
}

fn user(text: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": text }] })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

#[tokio::test]
async fn a_chat_reply_has_openais_shape() {
    let (status, reply) = send_json(&plain(), "POST", "/v1/chat/completions", user("多少座")).await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    assert_eq!(reply["object"], "chat.completion");
    assert_eq!(
        reply["choices"][0]["message"],
        json!({
            "role": "assistant", "content": "答案是42座。[1] (0 before)", "refusal": null,
            "annotations": [{ "type": "url_citation", "url_citation": {
                "start_index": 7, "end_index": 10, "url": "http://127.0.0.1:1/p/d-0001?mark=0-3",
                "title": "样例.txt › 一、回顾", "content": "42座",
            } }],
        })
    );
    assert_eq!(reply["usage"]["prompt_tokens"], 3);
    assert_eq!(reply["wenbao"]["kind"], "number");
}

#[tokio::test]
async fn an_abstention_is_a_refusal_that_can_be_read() {
    let (_, reply) = send_json(&plain(), "POST", "/v1/chat/completions", user("unknown")).await;
    let message = &reply["choices"][0]["message"];
    assert_eq!((&message["content"], &message["refusal"]), (&json!("报告没有说。"), &json!("没有这样的报告")));
    assert_eq!(reply["wenbao"]["abstained"], true);
    let (_, stream) =
        send(&plain(), "POST", "/v1/chat/completions", with(user("unknown"), "stream", json!(true))).await;
    assert!(stream.contains(r#""delta":{"refusal":"没有这样的报告"}"#), "{stream}");
    let (_, reply) = send_json(&plain(), "POST", "/v1/responses", json!({ "input": "unknown" })).await;
    assert_eq!(reply["wenbao"]["reason"], "没有这样的报告");
}

#[tokio::test]
async fn a_stream_without_usage_asked_for_carries_none() {
    let (status, text) =
        send(&plain(), "POST", "/v1/chat/completions", with(user("多少座"), "stream", json!(true))).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.ends_with("data: [DONE]\n\n") && !text.contains("usage"), "{text}");
}

#[tokio::test]
async fn parameters_that_cannot_be_honoured_are_refused_by_name() {
    let app = plain();
    for (name, value, param) in [
        ("n", json!(2), "n"),
        ("tool_choice", json!("required"), "tool_choice"),
        ("response_format", json!({ "type": "json_schema", "json_schema": {} }), "response_format"),
        ("logprobs", json!(true), "logprobs"),
        ("modalities", json!(["audio"]), "modalities"),
        ("max_tokens", json!(0), "max_tokens"),
        ("stop", json!(""), "stop"),
        ("model", json!("fake"), "model"),
    ] {
        let (status, reply) = send_json(&app, "POST", "/v1/chat/completions", with(user("x"), name, value)).await;
        assert_eq!((status, &reply["error"]["param"]), (StatusCode::BAD_REQUEST, &json!(param)), "{reply}");
    }
    for (name, value, param) in [
        ("previous_response_id", json!("resp_1"), "previous_response_id"),
        ("background", json!(true), "background"),
        ("text", json!({ "format": { "type": "json_schema" } }), "text.format"),
        ("input", json!([]), "input"),
    ] {
        let (status, reply) =
            send_json(&app, "POST", "/v1/responses", with(json!({ "input": "x" }), name, value)).await;
        assert_eq!((status, &reply["error"]["param"]), (StatusCode::BAD_REQUEST, &json!(param)), "{reply}");
    }
    let fine = json!({ "messages": [{ "role": "user", "content": "x" }], "n": 1, "tools": [], "tool_choice": "auto",
        "temperature": 0.2, "seed": 1, "max_tokens": null, "response_format": { "type": "text" } });
    assert_eq!(send_json(&app, "POST", "/v1/chat/completions", fine).await.0, StatusCode::OK);
}

#[tokio::test]
async fn limits_and_forms_of_a_reply_are_kept() {
    let app = plain();
    let ask = |name: &'static str, value: Value| {
        let app = app.clone();
        async move { send_json(&app, "POST", "/v1/chat/completions", with(user("x"), name, value)).await.1 }
    };
    let cut = ask("max_tokens", json!(8)).await;
    assert_eq!(cut["choices"][0]["message"]["content"], "答案是42座。", "half a mark is none");
    assert_eq!(cut["choices"][0]["message"]["annotations"], json!([]));
    assert_eq!(cut["choices"][0]["finish_reason"], "length");
    let stopped = ask("stop", json!(["座"])).await;
    assert_eq!(stopped["choices"][0]["message"]["content"], "答案是42");
    assert_eq!(stopped["choices"][0]["finish_reason"], "stop");
    let whole = ask("response_format", json!({ "type": "json_object" })).await;
    let answer: Value = serde_json::from_str(whole["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!((&answer["answer"], &answer["citations"][0]["quote"]), (&json!("42座"), &json!("42座")));
}

#[tokio::test]
async fn a_response_cites_and_its_stream_comes_to_the_same() {
    let app = plain();
    let body = json!({ "model": "wenbao", "instructions": "be brief", "input": [
        { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "2025年呢" }] },
        { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "130座" }] },
        { "type": "reasoning", "summary": [] },
        { "role": "user", "content": "那2024年呢" },
    ] });
    let (status, whole) = send_json(&app, "POST", "/v1/responses", body.clone()).await;
    assert_eq!(status, StatusCode::OK, "{whole}");
    let part = &whole["output"][0]["content"][0];
    assert_eq!(part["text"], "答案是42座。[1] (2 before)");
    assert_eq!(
        part["annotations"],
        json!([{ "type": "url_citation", "start_index": 7, "end_index": 10, "content": "42座",
            "title": "样例.txt › 一、回顾", "url": "http://127.0.0.1:1/p/d-0001?mark=0-3" }])
    );
    let (_, stream) = send(&app, "POST", "/v1/responses", with(body, "stream", json!(true))).await;
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = data.map(|data| serde_json::from_str(data).unwrap()).collect();
    let text: String = events
        .iter()
        .filter(|e| e["type"] == "response.output_text.delta")
        .filter_map(|e| e["delta"].as_str())
        .collect();
    assert_eq!(text, part["text"]);
    assert!(events.iter().enumerate().all(|(n, event)| event["sequence_number"] == n), "{stream}");
    assert_eq!(events.first().unwrap()["type"], "response.created");
    let last = events.last().unwrap();
    assert_eq!(
        (&last["type"], &last["response"]["output"][0]["content"]),
        (&json!("response.completed"), &whole["output"][0]["content"])
    );
}

#[tokio::test]
async fn documents_are_reranked_by_how_near_they_are() {
    let body = json!({ "model": "fake", "query": "xx", "documents": ["a", { "text": "abc" }, "ab"], "top_n": 2, "return_documents": true });
    let (status, reply) = send_json(&plain(), "POST", "/v1/rerank", body).await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    let places: Vec<_> =
        reply["results"].as_array().unwrap().iter().map(|r| (&r["index"], &r["document"]["text"])).collect();
    assert_eq!(json!(places), json!([[1, "abc"], [2, "ab"]]));
    let (_, reply) = send_json(&plain(), "POST", "/v1/rerank", json!({ "query": "x", "documents": [] })).await;
    assert_eq!(reply["error"]["param"], "documents");
}

#[tokio::test]
async fn only_the_answering_model_is_offered_for_chat() {
    let app = plain();
    let ids = |reply: Value| reply["data"].as_array().unwrap().iter().map(|m| m["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(send_json(&app, "GET", "/v1/models", Value::Null).await.1), ["wenbao"]);
    assert_eq!(ids(send_json(&app, "GET", "/v1/models?type=all", Value::Null).await.1), ["wenbao", "fake"]);
    assert_eq!(send_json(&app, "GET", "/v1/models/fake", Value::Null).await.1["type"], "embedding");
    let (status, reply) = send_json(&app, "POST", "/v1/embeddings", json!({ "input": [[1, 2], [3]] })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(reply["error"]["message"].as_str().unwrap().contains("check_embedding_ctx_length=False"), "{reply}");
    let alias = json!({ "input": "x", "input_type": "search_document" });
    assert_eq!(send_json(&app, "POST", "/v1/embeddings", alias).await.1["data"][0]["embedding"][0], -1.0);
}

#[tokio::test]
async fn a_citation_opens_a_page_with_its_quote_marked() {
    let app = plain();
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = fetch(&app, "GET", "/p/d-0002?mark=4-10", &browser, Value::Null).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    for part in
        ["第2段。<mark>建成煤矿2座</mark>。", "第1段", "第3段", "一、&lt;回顾&gt;", "<dd>7</dd>", "abababab", "未变"]
    {
        assert!(page.text.contains(part), "no {part} in {}", page.text);
    }
    let (status, source) = send_json(&app, "GET", "/p/d-0002", Value::Null).await;
    assert_eq!(
        (status, &source["passage"]["id"], &source["file"]),
        (StatusCode::OK, &json!("d-0002"), &json!("unchanged"))
    );
    assert_eq!(send_json(&app, "GET", "/p/d-0002?mark=x", Value::Null).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(send_json(&app, "GET", "/p/d-0009", Value::Null).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn documents_come_a_page_at_a_time_and_filtered() {
    let app = plain();
    let (_, all) = send_json(&app, "GET", "/api/v1/documents?limit=2", Value::Null).await;
    assert_eq!(
        (all["documents"].as_array().unwrap().len(), &all["total"], &all["next_offset"]),
        (2, &json!(3), &json!(2))
    );
    let (_, rest) = send_json(&app, "GET", "/api/v1/documents?offset=2", Value::Null).await;
    assert_eq!((&rest["documents"][0]["id"], &rest["next_offset"]), (&json!("d3"), &Value::Null));
    for (query, total) in [
        ("year=2022", 1),
        ("region=%E5%B1%B1%E8%A5%BF", 3),
        ("region=x", 0),
        ("q=2023", 1),
        ("q=REPORTS/1", 1),
        ("doc_type=guide", 0),
        ("doc_type=work_report", 3),
    ] {
        let (_, found) = send_json(&app, "GET", &format!("/api/v1/documents?{query}"), Value::Null).await;
        assert_eq!(found["total"], total, "{query}");
    }
    for bad in ["/api/v1/documents?limit=0", "/api/v1/documents?limit=x", "/api/v1/documents/%ff"] {
        let (status, reply) = send_json(&app, "GET", bad, Value::Null).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}: {reply}");
    }
}

#[tokio::test]
async fn a_filter_reaches_the_engine_or_is_refused() {
    let app = plain();
    let ask = |filter: Value| {
        let app = app.clone();
        async move { send_json(&app, "POST", "/api/v1/ask", json!({ "question": "x", "filter": filter })).await }
    };
    let (status, answer) = ask(json!({ "regions": ["山西"], "years": [2024, 2025], "status": "target" })).await;
    assert_eq!((status, &answer["abstained"]), (StatusCode::OK, &json!(false)));
    assert_eq!(ask(json!({ "regions": ["河北"] })).await.1["abstained"], true);
    assert_eq!(ask(json!({})).await.0, StatusCode::OK);
    assert_eq!(ask(json!({ "region": "山西" })).await.0, StatusCode::BAD_REQUEST, "a misspelt filter is none");
    assert_eq!(ask(json!({ "doc_types": ["work_report", "measure"] })).await.1["abstained"], false);
    for name in ["doc_types", "kinds"] {
        assert_eq!(ask(json!({ name: ["measure"] })).await.1["abstained"], true, "{name}");
    }
}

#[tokio::test]
async fn a_kind_that_there_is_not_is_refused_by_its_place_with_those_that_there_are() {
    let app = plain();
    let novel = || json!({ "doc_types": ["measure", "novel"] });
    for (method, path, body, param) in [
        ("POST", "/api/v1/ask", json!({ "question": "x", "filter": novel() }), "filter.doc_types[1]"),
        ("POST", "/api/v1/search", json!({ "query": "x", "filter": novel() }), "filter.doc_types[1]"),
        ("POST", "/api/v1/table", json!({ "question": "x", "filter": novel() }), "filter.doc_types[1]"),
        ("GET", "/api/v1/documents?doc_type=novel", Value::Null, "doc_type"),
    ] {
        let (status, reply) = send_json(&app, method, path, body).await;
        assert_eq!((status, &reply["error"]["param"]), (StatusCode::BAD_REQUEST, &json!(param)), "{path}: {reply}");
        let message = reply["error"]["message"].as_str().unwrap();
        assert!(DocumentKind::ALL.iter().all(|kind| message.contains(kind.name())), "{path}: {message}");
    }
    let (status, reply) = send_json(&app, "POST", "/api/v1/ask", json!({})).await;
    assert_eq!(
        (status, &reply["error"]["param"]),
        (StatusCode::BAD_REQUEST, &Value::Null),
        "what is lacking is nowhere"
    );
    let large = json!({ "question": "x", "history": "y".repeat(200_000) });
    let (status, reply) = send_json(&app, "POST", "/api/v1/ask", large).await;
    assert_eq!(
        (status, &reply["error"]["param"]),
        (StatusCode::BAD_REQUEST, &json!("history")),
        "a body read elsewhere"
    );
}

#[tokio::test]
async fn a_part_of_the_documents_answers_only_where_that_is_asked_for_and_says_what_is_missing() {
    let app = plain();
    for (path, what) in [("/api/v1/ask", "question"), ("/api/v1/search", "query")] {
        let (status, whole) = send_json(&app, "POST", path, json!({ what: "x" })).await;
        assert_eq!((status, whole.get("unreachable")), (StatusCode::OK, None));
        let (status, part) = send_json(&app, "POST", path, json!({ what: "x", "partial": true })).await;
        assert_eq!((status, &part["unreachable"]), (StatusCode::OK, &json!(["postgres://elsewhere/wenbao"])));
    }
}

#[tokio::test]
async fn only_this_servers_names_and_pages_reach_it() {
    let app = plain();
    let get = |headers: Headers| {
        let app = app.clone();
        async move { fetch(&app, "GET", "/api/v1/documents", headers, Value::Null).await }
    };
    assert_eq!(get(&[("host", "localhost:8080")]).await.status, StatusCode::OK);
    assert_eq!(get(&[("host", "evil.example")]).await.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(get(&[("host", "")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(get(&[("host", "localhost"), ("host", "evil.example")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(get(&[("origin", "http://127.0.0.1:1")]).await.status, StatusCode::OK);
    assert_eq!(get(&[("origin", "http://evil.example")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&[("origin", "null")]).await.status, StatusCode::FORBIDDEN);
    let refused = get(&[("host", "evil.example")]).await;
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("--allow-host"));
    assert_eq!(refused.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn with_keys_nothing_of_the_reports_is_told_without_one() {
    let app = locked();
    let open = |path: &'static str, key: &'static str| {
        let app = app.clone();
        async move { fetch(&app, "GET", path, &[("authorization", key)], Value::Null).await }
    };
    for path in ["/api/v1/documents", "/v1/models", "/metrics", "/p/d-0002", "/api/v1/passages/d-0002"] {
        let refused = open(path, "").await;
        assert_eq!(
            (refused.status, refused.header("www-authenticate")),
            (StatusCode::UNAUTHORIZED, "Bearer"),
            "{path}"
        );
        assert_eq!(open(path, "Bearer wrong-0123456789abc").await.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(open(path, "bearer reader-0123456789").await.status, StatusCode::OK, "{path}");
    }
    for path in ["/livez", "/readyz", "/openapi.json", "/docs"] {
        assert_eq!(open(path, "").await.status, StatusCode::OK, "{path}");
    }
    let delete = |key: &'static str| {
        let app = app.clone();
        async move { fetch(&app, "DELETE", "/api/v1/documents/d1", &[("authorization", key)], Value::Null).await.status }
    };
    assert_eq!(delete("Bearer reader-0123456789").await, StatusCode::FORBIDDEN);
    assert_eq!(delete("Bearer writer-0123456789").await, StatusCode::METHOD_NOT_ALLOWED);
    // The link of a citation opens its page in a browser, which has no key, and no other page.
    let key = [("authorization", "Bearer reader-0123456789")];
    let reply = fetch(&app, "POST", "/v1/chat/completions", &key, user("x")).await.json();
    let url = reply["choices"][0]["message"]["annotations"][0]["url_citation"]["url"].as_str().unwrap().to_owned();
    let signed = url.strip_prefix("https://ask.example").unwrap();
    assert_eq!(
        fetch(&app, "GET", signed, &[], Value::Null).await.status,
        StatusCode::NOT_FOUND,
        "the fake's passage is not there"
    );
    let other = signed.replace("d-0001", "d-0002");
    assert_eq!(fetch(&app, "GET", &other, &[], Value::Null).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_that_asks_too_much_is_told_when_to_come_back() {
    let keys = Keys::parse("read reader-0123456789\nwrite writer-0123456789", "test").unwrap();
    let access = Access::new(keys, None, &[], &[]).unwrap().with_rate(4);
    let app = router(App::new(Arc::new(Fake::default()), Limits::default()).unwrap().with_access(access));
    let ask = async |key: &str| {
        let headers = [("authorization", format!("Bearer {key}-0123456789"))];
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fetch(&app, "POST", "/api/v1/ask", &headers, json!({ "question": "q" })).await
    };
    assert_eq!(ask("reader").await.status, StatusCode::OK);
    let refused = ask("reader").await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "15"));
    assert_eq!(ask("writer").await.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_of_other_sites_call_only_where_they_are_listed() {
    let preflight = [("origin", "http://intranet"), ("access-control-request-method", "POST")];
    let listed = fetch(&locked(), "OPTIONS", "/api/v1/ask", &preflight, Value::Null).await;
    assert_eq!(listed.header("access-control-allow-origin"), "http://intranet");
    let other = [("origin", "http://evil.example"), ("access-control-request-method", "POST")];
    assert_eq!(
        fetch(&locked(), "OPTIONS", "/api/v1/ask", &other, Value::Null).await.header("access-control-allow-origin"),
        ""
    );
    let off = fetch(&plain(), "OPTIONS", "/api/v1/ask", &preflight, Value::Null).await;
    assert_eq!(off.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn requests_have_ids_tags_and_figures() {
    let app = plain();
    let get = |headers: Headers| {
        let app = app.clone();
        async move { fetch(&app, "GET", "/api/v1/documents", headers, Value::Null).await }
    };
    assert_eq!(get(&[("x-request-id", "mine-1")]).await.header("x-request-id"), "mine-1");
    let strange = get(&[("x-request-id", "a b<c>")]).await;
    assert!(!strange.header("x-request-id").is_empty() && !strange.header("x-request-id").contains('<'));
    let tag = strange.header("etag").to_owned();
    let again = fetch(&app, "GET", "/api/v1/documents", &[("if-none-match", tag.as_str())], Value::Null).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let head = fetch(&app, "HEAD", "/api/v1/documents", &[], Value::Null).await;
    assert_eq!((head.status, head.text.as_str(), head.header("etag")), (StatusCode::OK, "", &*tag));
    assert_eq!(get(&[("accept-encoding", "gzip")]).await.header("content-encoding"), "gzip");
    let zipped = [("content-encoding", "gzip")];
    let refused = fetch(&app, "POST", "/api/v1/ask", &zipped, json!({ "question": "x" })).await;
    assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    send(&app, "POST", "/api/v1/ask", json!({ "question": "geheim" })).await;
    send(&app, "POST", "/api/v1/ask", json!({ "question": "unknown" })).await;
    let (_, figures) = send(&app, "GET", "/metrics", Value::Null).await;
    for line in [
        "wenbao_http_requests_total{method=\"POST\",route=\"/api/v1/ask\",status=\"200\"} 2",
        "wenbao_answers_total{kind=\"number\",outcome=\"abstained\"} 1",
        "wenbao_http_request_duration_seconds_bucket{route=\"/api/v1/ask\",le=\"+Inf\"} 3",
        "wenbao_documents 3",
    ] {
        assert!(figures.contains(line), "no {line} in {figures}");
    }
    assert!(!figures.contains("geheim"));
}

#[tokio::test]
async fn a_table_comes_as_json_or_as_rows() {
    let app = plain();
    let table = |question: &'static str, format: Value, accept: &'static str| {
        let app = app.clone();
        let body = json!({ "question": question, "format": format });
        async move { fetch(&app, "POST", "/api/v1/table", &[("accept", accept)], body).await }
    };
    let whole = table("各省煤矿", Value::Null, "*/*").await;
    assert_eq!((whole.status, &whole.json()["table"]["rows"][0]["cells"][0]["text"]), (StatusCode::OK, &json!("42座")));
    for (format, accept) in [(json!("csv"), ""), (Value::Null, "text/csv, application/json;q=0.5")] {
        let rows = table("各省煤矿", format, accept).await;
        assert_eq!(rows.header("content-type"), "text/csv; charset=utf-8");
        let lines: Vec<_> = rows.text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[1..], ["\"山西\",\"42座\",42,\"座\",,\"42座\",\"reports/样例.txt\"", "\"河北\",,,,,,"]);
    }
    assert!(
        table("各省煤矿", json!("json"), "text/csv").await.json()["table"].is_object(),
        "a field counts before a header"
    );
    let silent = table("unknown", json!("csv"), "").await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.json()["error"]["message"].as_str().unwrap().contains("没有这样的报告"));
    assert_eq!(table("各省煤矿", json!("xls"), "").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_goes_wrong_has_a_status_and_a_message() {
    let app = app(Fake { broken: true, ..Fake::default() }, Limits::default());
    for (question, status, says) in [
        ("bad", StatusCode::BAD_REQUEST, "the question is bad"),
        ("broken", StatusCode::INTERNAL_SERVER_ERROR, "log says why"),
        ("defect", StatusCode::INTERNAL_SERVER_ERROR, "defect"),
        ("good", StatusCode::OK, ""),
    ] {
        let (got, reply) = send_json(&app, "POST", "/v1/chat/completions", user(question)).await;
        assert_eq!(got, status, "{question}: {reply}");
        assert!(reply["error"]["message"].as_str().unwrap_or_default().contains(says), "{question}: {reply}");
        assert!(!reply.to_string().contains("the index is gone"), "what failed inside is for the log");
    }
    let refused = fetch(&app, "GET", "/readyz", &[], Value::Null).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(refused.json()["error"]["code"], "not_ready");
}

#[tokio::test]
async fn large_bodies_share_their_room_and_small_ones_need_none() {
    let limits = Limits { bodies: 100_000, ..Limits::default() };
    let app = app(Fake::default(), limits);
    let ask = |length: usize| {
        let app = app.clone();
        let body = json!({ "question": "x", "padding": "p".repeat(length) });
        async move { send_json(&app, "POST", "/api/v1/ask", body).await }
    };
    assert_eq!(ask(1_000).await.0, StatusCode::OK);
    assert_eq!(ask(150_000).await.0, StatusCode::OK);
    let (status, reply) = ask(200_000).await;
    assert_eq!((status, &reply["error"]["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("rate_limit_exceeded")));
    assert_eq!(ask(150_000).await.0, StatusCode::OK, "room is given back");
    assert_eq!(ask(5 << 20).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn assistants_find_the_tools_and_their_answers() {
    let app = plain();
    let headers = [("accept", "application/json, text/event-stream")];
    let call = |method: &'static str, params: Value| {
        let app = app.clone();
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        async move {
            let got = fetch(&app, "POST", "/mcp", &headers, body).await;
            let text = got.text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or(&got.text).to_owned();
            serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{error}: {} {}", got.status, got.text))
        }
    };
    let client =
        json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let begun = call("initialize", client).await;
    assert_eq!(
        (&begun["result"]["protocolVersion"], &begun["result"]["serverInfo"]["name"]),
        (&json!("2025-06-18"), &json!("wenbao"))
    );
    let listed = call("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ask", "table", "search", "documents", "document", "passage"]);
    assert!(
        tools
            .iter()
            .all(|tool| tool["outputSchema"]["type"] == "object" && tool["annotations"]["readOnlyHint"] == true)
    );
    let asked = call("tools/call", json!({ "name": "ask", "arguments": { "question": "多少座" } })).await;
    let result = &asked["result"];
    assert_eq!((&result["isError"], &result["structuredContent"]["answer"]), (&json!(false), &json!("42座")));
    assert!(result["content"][0]["text"].as_str().unwrap().ends_with("[1] 样例.txt › 一、回顾: “42座”"), "{result}");
    assert_eq!(
        (&result["content"][1]["type"], &result["content"][1]["uri"]),
        (&json!("resource_link"), &json!("wenbao://passages/d-0001"))
    );
    let table = call("tools/call", json!({ "name": "table", "arguments": { "question": "各省煤矿" } })).await;
    assert_eq!(table["result"]["structuredContent"]["table"]["missing"], json!(["河北"]));
    let text = table["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("\"山西\",\"42座\",42,\"座\",,\"42座\""), "{text}");
    for (name, arguments) in [
        ("table", json!({})),
        ("ask", json!({})),
        ("ask", json!({ "question": "bad" })),
        ("search", json!({ "query": "x", "top_k": 0 })),
    ] {
        let refused = call("tools/call", json!({ "name": name, "arguments": arguments })).await;
        assert_eq!(refused["result"]["isError"], true, "{refused}");
    }
    assert_eq!(call("tools/call", json!({ "name": "fly" })).await["error"]["code"], -32602);
    let read = call("resources/read", json!({ "uri": "wenbao://passages/d-0002" })).await;
    assert!(read["result"]["contents"][0]["text"].as_str().unwrap().contains("第2段"), "{read}");
}

#[tokio::test]
async fn too_many_questions_are_refused_and_the_health_check_goes_on() {
    let (waiting, waits) = sync_channel(8);
    let (release, gate) = sync_channel(8);
    let fake = Fake { gate: Some((waiting, Mutex::new(gate))), ..Fake::default() };
    let app = app(fake, Limits { workers: 1, queue: 1, ..Limits::default() });
    let ask = |app: Router| async move { send_json(&app, "POST", "/api/v1/ask", json!({ "question": "x" })).await.0 };
    let first = tokio::spawn(ask(app.clone()));
    tokio::task::spawn_blocking(move || waits.recv().unwrap()).await.unwrap();
    let second = ask(app.clone());
    tokio::pin!(second);
    assert!(futures_util::poll!(&mut second).is_pending());
    let (status, reply) = send_json(&app, "POST", "/api/v1/ask", json!({ "question": "x" })).await;
    assert_eq!((status, &reply["error"]["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("rate_limit_exceeded")));
    for path in ["/healthz", "/livez", "/readyz", "/metrics"] {
        assert_eq!(send(&app, "GET", path, Value::Null).await.0, StatusCode::OK, "{path}");
    }
    release.send(()).unwrap();
    release.send(()).unwrap();
    assert_eq!(first.await.unwrap(), StatusCode::OK);
    assert_eq!(second.await, StatusCode::OK);
}

#[tokio::test]
async fn a_question_that_takes_too_long_is_given_up() {
    let (waiting, _waits) = sync_channel(8);
    let (release, gate) = sync_channel(8);
    let fake = Fake { gate: Some((waiting, Mutex::new(gate))), ..Fake::default() };
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
