//! The server's REST interface and its errors.

use serde_json::json;
use wenbao_tests::{Server, Wenbao};

#[test]
fn rest_answers_as_the_command_does() {
    let wenbao = Wenbao::samples();
    let server = Server::start(&wenbao);
    let question = "2025年新建智能化煤矿多少座";
    let reply = server.post("/api/v1/ask", &json!({ "question": question, "top_k": 5, "unknown": 1 }));
    assert_eq!(reply.status, 200, "{reply:?}");
    let (mut over_http, mut on_the_line) = (reply.json(), wenbao.ask(question));
    assert_eq!(over_http["answer"], "130座");
    for answer in [&mut over_http, &mut on_the_line] {
        answer.as_object_mut().unwrap().remove("timings_ms");
        // The command says where a file lies, the server only what it is called.
        for passage in answer["passages"].as_array_mut().unwrap() {
            let path = passage["document"]["path"].take();
            assert!(path.as_str().unwrap().ends_with(".txt"), "{path}");
        }
    }
    assert_eq!(over_http, on_the_line);

    let found = server.post("/api/v1/search", &json!({ "query": "智能化煤矿", "top_k": 2 })).json();
    assert_eq!(found["passages"].as_array().unwrap().len(), 2, "{found:#}");
    let id = found["passages"][0]["id"].as_str().unwrap();
    let passage = server.get(&format!("/api/v1/passages/{id}")).json();
    assert_eq!(passage["text"], found["passages"][0]["text"]);

    let documents = server.get("/api/v1/documents").json();
    assert_eq!(documents["documents"].as_array().unwrap().len(), 3);
    assert!(!documents.to_string().contains(&*wenbao_tests::root().to_string_lossy()), "no path of this machine");
    let id = documents["documents"][0]["id"].as_str().unwrap();
    assert_eq!(server.get(&format!("/api/v1/documents/{id}")).json()["id"], id);

    assert_eq!(server.get("/healthz").json(), json!({ "status": "ok" }));
    let ready = server.get("/readyz").json();
    assert_eq!((&ready["status"], &ready["documents"]), (&json!("ready"), &json!(3)));
}

#[test]
fn errors_have_the_shape_that_clients_expect() {
    let server = Server::start(&Wenbao::samples());
    let ask = "/api/v1/ask";
    server.post(ask, &json!({ "question": "" })).refuses(400, "empty");
    server.post(ask, &json!({ "question": "问".repeat(100_000) })).refuses(400, "100000");
    server.post(ask, &json!({})).refuses(400, "question");
    server.post(ask, &json!({ "question": "x", "top_k": 0 })).refuses(400, "top_k");
    server.post_text(ask, "application/json", "{").refuses(400, "JSON");
    server.post_text(ask, "text/plain", "{}").refuses(415, "application/json");
    server.post(ask, &json!({ "question": "x".repeat(8 << 20) })).refuses(413, "too large");
    server.get(ask).refuses(405, "GET");
    server.get("/nowhere").refuses(404, "/nowhere");
    server.get("/api/v1/documents/ffff").refuses(404, "ffff");
    server.get("/api/v1/passages/ffff-0001").refuses(404, "ffff-0001");
    server.get("/v1/models/gpt").refuses(404, "gpt");
    server.post("/v1/chat/completions", &json!({ "model": "wenbao", "messages": [] })).refuses(400, "messages");
    server.post("/v1/embeddings", &json!({ "model": "gpt", "input": "x" })).refuses(404, "gpt");
    server.post("/v1/embeddings", &json!({ "input": [1, 2] })).refuses(400, "check_embedding_ctx_length=False");
    server.post(ask, &json!({ "question": "x", "filter": { "year": 2024 } })).refuses(400, "year");
    server.get("/p/ffff-0001").refuses(404, "ffff-0001");
}

/// The report plans what the measure lays down otherwise: each is heard alone.
#[test]
fn answers_and_passages_come_from_the_kinds_of_document_that_are_asked_for() {
    let wenbao = Wenbao::new();
    wenbao.file("report.txt", "2025年临江市政府工作报告\n二、2025年工作安排\n今年城乡低保标准为每人每月900元。\n");
    let measure = "临江市最低生活保障办法\n第一章 总则\n第一条 为规范最低生活保障工作，制定本办法。\n\
        第二章 标准\n第二条 城乡低保标准为每人每月880元。\n第三条 本办法自2025年1月1日起施行。\n";
    wenbao.file("measure.txt", measure);
    wenbao.run(["ingest", "report.txt", "measure.txt"]).succeeds();
    let question = "临江市城乡低保标准是多少";
    let server = Server::start(&wenbao);
    for (kind, answer) in [("work_report", "900元"), ("measure", "880元"), ("communique", "")] {
        let filter = json!({ "doc_types": [kind] });
        let asked = server.post("/api/v1/ask", &json!({ "question": question, "filter": filter })).json();
        assert_eq!((&asked["answer"], &asked["abstained"]), (&json!(answer), &json!(answer.is_empty())), "{asked:#}");
        let found = server.post("/api/v1/search", &json!({ "query": question, "filter": filter })).json();
        for passages in [&asked["passages"], &found["passages"]] {
            let passages = passages.as_array().unwrap();
            assert_eq!(passages.is_empty(), answer.is_empty(), "{kind}: {passages:#?}");
            assert!(passages.iter().all(|passage| passage["document"]["doc_type"] == kind), "{kind}: {passages:#?}");
        }
        let ran = wenbao.run(["ask", question, "--doc-type", kind, "--json"]);
        assert_eq!((ran.code, &ran.json()["answer"]), (Some(i32::from(answer.is_empty())), &json!(answer)), "{ran:#?}");
    }
    let novel = json!({ "question": question, "filter": { "doc_types": ["novel"] } });
    let refused = server.post("/api/v1/ask", &novel);
    refused.refuses(400, "work_report");
    assert_eq!(refused.json()["error"]["param"], "filter.doc_types[0]");
    wenbao.run(["ask", question, "--doc-type", "novel"]).fails_saying(&["novel", "work_report"]);
}

#[test]
fn a_server_sees_what_was_ingested_while_it_runs_and_stops_on_ctrl_c() {
    let wenbao = Wenbao::new();
    wenbao.file("a.txt", "2025年山西省政府工作报告\n二、2025年工作安排\n今年新建智能化煤矿130座。\n");
    wenbao.file("b.txt", "2021年山西省政府工作报告\n三、2021年工作安排\n今年完成营造林400万亩。\n");
    wenbao.run(["ingest", "a.txt"]).succeeds();
    let server = Server::start(&wenbao);
    let ask = || server.post("/api/v1/ask", &json!({ "question": "2021年计划营造林多少亩" })).json();
    assert_eq!(ask()["abstained"], true);
    wenbao.run(["ingest", "b.txt"]).succeeds();
    assert_eq!(ask()["answer"], "400万亩");
    assert_eq!(server.interrupt(), Some(0));
}

#[test]
fn a_server_without_keys_serves_this_machine_alone() {
    let wenbao = Wenbao::samples();
    let open = wenbao.run(["serve", "--addr", "0.0.0.0:0"]);
    assert_eq!(open.code, Some(2), "{open:#?}");
    assert!(open.stderr.contains("--api-keys") && open.stderr.contains("--insecure-no-key"), "{open:#?}");
    let keys = wenbao.file("keys.txt", "read secret\n");
    let bad = wenbao.run(["serve", "--addr", "127.0.0.1:0", "--api-keys", &keys.to_string_lossy()]);
    assert_eq!(bad.code, Some(2), "{bad:#?}");
    assert!(bad.stderr.contains("line 1") && !bad.stderr.contains("secret\""), "{bad:#?}");
}

/// Heads that never end are many; a question from somebody else is answered all the same.
#[test]
fn half_requests_lock_nobody_out() {
    use std::io::Write as _;
    use std::net::TcpStream;

    let server = Server::start(&Wenbao::samples());
    let addr = server.url.strip_prefix("http://").unwrap().to_owned();
    let half = |_| {
        let mut stream = TcpStream::connect(&addr).ok()?;
        stream.write_all(b"POST /api/v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\n").ok()?;
        Some(stream)
    };
    let held: Vec<_> = (0..700).filter_map(half).collect();
    let reply = server.post("/api/v1/ask", &json!({ "question": "2025年新建智能化煤矿多少座" }));
    assert_eq!((reply.status, &reply.json()["answer"]), (200, &json!("130座")), "{} half requests", held.len());
}
