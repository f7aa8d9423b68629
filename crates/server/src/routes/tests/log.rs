//! What the log says of requests, and what it never says.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use tracing::level_filters::LevelFilter;

use super::*;

thread_local! {
    static KEPT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// What the test's own thread logs, from here on.
struct Kept;

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        KEPT.with_borrow_mut(|kept| kept.iter_mut().for_each(|kept| kept.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    /// One subscriber for the whole process: which lines pass is remembered by the place that writes them, and a subscriber
    /// for one thread alone finds that another thread, which has none, was asked first.
    fn begin() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_ansi(false).with_writer(|| Writer).init();
        });
        KEPT.set(Some(Vec::new()));
        Self
    }

    fn lines(&self) -> Vec<String> {
        let bytes = KEPT.replace(Some(Vec::new())).unwrap_or_default();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_request_has_a_line_without_ids_and_questions() {
    let kept = Kept::begin();
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
    let kept = Kept::begin();
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
