//! What the log says of requests, and what it never says.

use std::io;

use tracing::level_filters::LevelFilter;

use super::*;

/// What is logged, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    /// Keeps what this thread logs from now on.
    fn begin(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        let log = tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_ansi(false);
        tracing::subscriber::set_default(log.with_writer(move || writer.clone()).finish())
    }

    fn lines(&self) -> Vec<String> {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap().lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_request_has_a_line_without_ids_and_questions() {
    let kept = Kept::default();
    let _log = kept.begin();
    let keys = Keys::parse("read reader-0123456789 intranet", "test").unwrap();
    let access = Access::new(keys, None, &[], &[]).unwrap();
    let app = router(App::new(Arc::new(Fake::default()), Limits::default()).unwrap().with_access(access));
    let mine = [("authorization", "Bearer reader-0123456789"), ("x-request-id", "mine-1")];
    let got = fetch(&app, "POST", "/api/v1/ask", &mine, json!({ "question": "geheim" })).await;
    let lines = kept.lines();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    for part in [
        "method=\"POST\" path=\"/api/v1/ask\" status=200 seconds=0.",
        &format!("bytes={} request_id=\"mine-1\" key=\"intranet\"", got.text.len()),
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    fetch(&app, "GET", "/api/v1/documents/d1?q=geheim", &mine, Value::Null).await;
    fetch(&app, "GET", "/geheim", &[], Value::Null).await;
    let lines = kept.lines();
    assert!(lines[0].contains("path=\"/api/v1/documents/{id}\" status=200"), "{lines:?}");
    assert!(lines[1].contains("path=\"unknown\" status=401") && !lines[1].contains("key="), "{lines:?}");
    assert!(!lines.concat().contains("geheim") && !lines.concat().contains("reader-"), "{lines:?}");
}

#[tokio::test]
async fn questions_are_logged_only_where_that_is_asked_for() {
    let kept = Kept::default();
    let _log = kept.begin();
    let app = router(App::new(Arc::new(Fake::default()), Limits::default()).unwrap().with_questions_logged());
    let headers = [("x-request-id", "mine-2"), ("accept", "application/json, text/event-stream")];
    let call = json!({ "name": "ask", "arguments": { "question": "多少座" } });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call });
    for (path, body) in [
        ("/api/v1/ask", json!({ "question": "多少座" })),
        ("/api/v1/search", json!({ "query": "多少座" })),
        ("/v1/chat/completions", user("多少座")),
        ("/mcp", call),
    ] {
        fetch(&app, "POST", path, &headers, body).await;
        let mut lines = kept.lines();
        // What the protocol's own library says is its own.
        lines.retain(|line| line.contains("wenbao_server::"));
        let said = lines.iter().find(|line| line.contains("多少座")).unwrap_or_else(|| panic!("{path}: {lines:?}"));
        assert!(said.contains("request_id=\"mine-2\"") && lines.len() == 2, "{path}: {lines:?}");
    }
}
