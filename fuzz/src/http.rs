//! HTTP requests to every route: none is a fault of the server, and what is refused is refused in OpenAI's shape.
//!
//! An input is a request as it goes over the wire, without the version and with plain line ends: method and path, headers,
//! an empty line, the body. What hyper would refuse before the router sees it is not accepted.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::damage::{Random, altered_json, damaged};
use crate::{Target, engine};

/// Longer than any reply takes on a loaded machine, and less than what counts as slow.
const PATIENCE: Duration = Duration::from_secs(4);
/// Largest reply.
const LARGEST: usize = 64 << 20;

/// The server's router over an engine that gives back what it is asked.
pub struct Http {
    router: Router,
    runtime: Runtime,
    seeds: Vec<Vec<u8>>,
    /// Files that are sent.
    _home: tempfile::TempDir,
}

impl Http {
    /// # Errors
    /// If the system gives no threads or no folder.
    pub fn new() -> std::io::Result<Self> {
        let home = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let router = wenbao_server::router(engine::app(home.path())?);
        Ok(Self { router, runtime, seeds: seeds(), _home: home })
    }

    async fn ask(&self, request: Request<Body>) -> Result<bool, String> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), LARGEST).await.map_err(|error| format!("{status}: {error}"))?;
        if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
            return Err(format!("{status} from {method} {path}"));
        }
        // What MCP refuses has the shape of JSON-RPC, or is plain text.
        let readable = method != Method::HEAD && !headers.contains_key(CONTENT_ENCODING) && !path.starts_with("/mcp");
        if readable {
            promised(status, &headers, &body).map_err(|promise| format!("{status} from {method} {path}: {promise}"))?;
        }
        Ok(status.as_u16() < 400)
    }
}

/// Whether a reply has the shape that it says it has.
fn promised(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if status.as_u16() >= 400 {
        let reply: Value =
            serde_json::from_slice(body).map_err(|error| format!("an error that is no JSON: {error}"))?;
        let error = &reply["error"];
        let text = |name: &str| error[name].as_str().is_some_and(|text| !text.is_empty());
        let optional = |name: &str| error.get(name).is_some_and(|value| value.is_null() || value.is_string());
        return match text("message") && text("type") && optional("param") && optional("code") {
            true => Ok(()),
            false => Err(format!("an error of another shape: {reply}")),
        };
    }
    if kind.starts_with("application/json") {
        return serde_json::from_slice::<Value>(body).map(drop).map_err(|error| format!("no JSON: {error}"));
    }
    if kind.starts_with("text/event-stream") {
        let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
        for data in text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]") {
            serde_json::from_str::<Value>(data).map_err(|error| format!("an event that is no JSON: {error}"))?;
        }
    }
    Ok(())
}

impl Target for Http {
    fn seeds(&self) -> Vec<Vec<u8>> {
        self.seeds.clone()
    }

    /// A third goes to a route that is there, with its own body damaged; another with a body that is still JSON.
    fn dress(&self, input: Vec<u8>, random: &mut Random) -> Vec<u8> {
        let (head, body) = split(&self.seeds[random.below(self.seeds.len())]);
        let body = match random.below(3) {
            0 if !body.is_empty() => Some(damaged(&[body.to_vec()], random)),
            1 => altered_json(body, random),
            _ => None,
        };
        body.map_or(input, |body| [head, b"\n\n", &body].concat())
    }

    fn run(&self, input: &[u8]) -> Result<bool, String> {
        let Some(request) = request(input) else { return Ok(false) };
        self.runtime.block_on(async {
            match tokio::time::timeout(PATIENCE, self.ask(request)).await {
                Ok(outcome) => outcome,
                Err(_) => Err("a reply that does not end".to_owned()),
            }
        })
    }
}

/// Head and body.
fn split(input: &[u8]) -> (&[u8], &[u8]) {
    match input.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&input[..at], &input[at + 2..]),
        None => (input, &[]),
    }
}

fn request(input: &[u8]) -> Option<Request<Body>> {
    let (head, body) = split(input);
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, path) = first.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(path).body(Body::from(body.to_vec())).ok()?;
    for line in lines {
        let at = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..at]).ok()?;
        let value = HeaderValue::from_bytes(line[at + 1..].trim_ascii()).ok()?;
        request.headers_mut().append(name, value);
    }
    if !request.headers().contains_key(HOST) {
        request.headers_mut().insert(HOST, HeaderValue::from_static("127.0.0.1:8080"));
    }
    Some(request)
}

/// A request to every route.
fn seeds() -> Vec<Vec<u8>> {
    let messages = json!([
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": "2024年新建多少座" },
        { "role": "assistant", "content": "130座。[1]" },
        { "role": "user", "content": [{ "type": "text", "text": "2025年呢" }] },
    ]);
    let filter = json!({ "regions": ["山西"], "years": [2024, 2025], "status": "target", "documents": ["d1"] });
    let post = |path: &str, body: Value| format!("POST {path}\ncontent-type: application/json\n\n{body}");
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"2025年某市政府工作报告.txt\"\r\n\r\n新建公路13公里。\r\n--b--\r\n";
    let mut all = vec![
        post("/v1/chat/completions", json!({ "model": "wenbao", "messages": messages, "temperature": 0.2, "n": 1 })),
        post(
            "/v1/chat/completions",
            json!({ "model": "wenbao", "messages": messages, "stream": true, "stream_options": { "include_usage": true },
                "max_tokens": 9, "stop": ["。"] }),
        ),
        post(
            "/v1/chat/completions",
            json!({ "messages": [{ "role": "user", "content": "### Task:\nGenerate a concise title\n<chat_history>\nUSER: 你好\n</chat_history>" }] }),
        ),
        post("/v1/responses", json!({ "model": "wenbao", "input": "没有的事", "instructions": "x", "stream": true })),
        post("/v1/responses", json!({ "input": [{ "role": "user", "content": [{ "type": "input_text", "text": "多少" }] }] })),
        post("/v1/embeddings", json!({ "model": "echo", "input": ["一", "二"], "encoding_format": "base64", "dimensions": 2 })),
        post("/v1/embeddings", json!({ "input": "query: 一" })),
        post("/v1/rerank", json!({ "query": "公路", "documents": ["公路", { "text": "煤矿" }], "top_n": 1, "return_documents": true })),
        post("/v2/rerank", json!({ "query": "公路", "documents": ["公路"] })),
        post("/api/v1/ask", json!({ "question": "多少", "top_k": 3, "explain": true, "history": messages, "filter": filter })),
        post("/api/v1/table", json!({ "question": "各省多少", "format": "csv", "filter": filter })),
        post("/api/v1/table", json!({ "question": "各省多少" })).replacen('\n', "\naccept: text/csv, application/json\n", 1),
        post("/api/v1/search", json!({ "query": "公路", "top_k": 3, "filter": filter })),
        post("/api/v1/feedback", json!({ "question": "多少", "answer": "130座", "good": false, "reason": "x" })),
        post("/api/v1/documents", json!({ "name": "2025年某市政府工作报告", "text": "新建公路13公里。" })),
        post("/api/v1/documents", json!({ "documents": [{ "name": "一", "text": "新建公路13公里。" }, { "name": "二", "text": "x" }] })),
        format!("POST /api/v1/documents\ncontent-type: multipart/form-data; boundary=b\n\n{form}"),
        format!("PUT /api/v1/documents/d1\ncontent-type: multipart/form-data; boundary=b\n\n{form}"),
        post(
            "/mcp",
            json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "ask", "arguments": { "question": "多少" } } }),
        )
        .replacen('\n', "\naccept: application/json, text/event-stream\n", 1),
        "GET /p/d1-0001?mark=0-3,5-9\naccept: text/html".to_owned(),
        "GET /api/v1/documents?region=山西&year=2025&offset=1&limit=2".replace("山西", "%E5%B1%B1%E8%A5%BF"),
        "GET /api/v1/documents/d1\nif-none-match: \"x\", W/\"y\"".to_owned(),
        "GET /api/v1/gaps?limit=3".to_owned(),
        "GET /api/v1/jobs/1\naccept: text/event-stream".to_owned(),
        "GET /docs\naccept-encoding: gzip, zstd;q=0.5".to_owned(),
        "OPTIONS /v1/chat/completions\norigin: http://127.0.0.1:8080".to_owned(),
        "GET /v1/models\nauthorization: Bearer x\nx-request-id: a\ntraceparent: 00-1-2-3".to_owned(),
    ];
    let plain = [
        "/",
        "/docs",
        "/openapi.json",
        "/embed.js",
        "/healthz",
        "/livez",
        "/readyz",
        "/metrics",
        "/v1/models/wenbao",
        "/api/v1/documents/d1/warnings",
        "/api/v1/documents/d1/file",
        "/api/v1/documents/d2/file",
        "/api/v1/passages/d1-0001",
        "/api/v1/jobs",
        "/p/d1-0001",
        "/mcp",
        "/nothing",
    ];
    all.extend(plain.iter().map(|path| format!("GET {path}")));
    all.extend(
        ["HEAD /docs", "DELETE /api/v1/documents/d1", "DELETE /api/v1/jobs/1", "PATCH /v1/models"].map(str::to_owned),
    );
    all.into_iter().map(String::into_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seeds that are refused on purpose: what is not there, what cannot be changed, another's method.
    const REFUSED: &[&str] = &[
        "GET /api/v1/documents/d2/file",
        "GET /api/v1/jobs/1",
        "GET /mcp",
        "GET /nothing",
        "OPTIONS /v1/chat/completions",
        "DELETE /api/v1/jobs/1",
        "PATCH /v1/models",
    ];

    #[test]
    fn the_seeds_reach_the_handlers() {
        let http = Http::new().unwrap();
        let mut refused = Vec::new();
        for seed in http.seeds() {
            let line = String::from_utf8_lossy(seed.split(|byte| *byte == b'\n').next().unwrap()).into_owned();
            if !http.run(&seed).unwrap() {
                refused.push(line);
            }
        }
        refused.retain(|line| !REFUSED.contains(&line.as_str()));
        assert!(refused.is_empty(), "{refused:?}");
    }

    #[test]
    fn a_reply_of_another_shape_is_a_finding() {
        let mut headers = HeaderMap::new();
        let error = |body: &str| promised(StatusCode::BAD_REQUEST, &HeaderMap::new(), body.as_bytes());
        assert!(error(r#"{"error":{"message":"m","type":"t","param":null,"code":"c"}}"#).is_ok());
        for body in [
            "",
            "Not Found",
            "{}",
            r#"{"error":"x"}"#,
            r#"{"error":{"message":"","type":"t","param":null,"code":null}}"#,
        ] {
            assert!(error(body).is_err(), "{body}");
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        assert!(promised(StatusCode::OK, &headers, b"data: {}\n\ndata: [DONE]\n\n").is_ok());
        assert!(promised(StatusCode::OK, &headers, b"data: {\n\n").is_err());
    }
}
