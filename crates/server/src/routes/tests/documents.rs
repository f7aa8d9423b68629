//! Documents that come and go over HTTP.

use super::*;
use crate::{Library, UploadLimits};

const BOUNDARY: &str = "----b";

/// A server that takes documents, with at most `most` bytes a file; and the folder that it keeps them in.
fn taking(most: u64) -> (Router, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let limits = UploadLimits { file: most, files: 3, jobs: 2, ..UploadLimits::default() };
    let app = App::new(Arc::new(Fake::default()), Limits::default()).unwrap();
    (router(app.with_library(Library::new(home.path().to_path_buf(), limits))), home)
}

/// A form of files by name and content.
fn form(files: &[(&str, &str)]) -> String {
    let part = |(name, text): &(&str, &str)| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{text}\r\n")
    };
    files.iter().map(part).collect::<String>() + &format!("--{BOUNDARY}--\r\n")
}

async fn post(app: &Router, method: &str, path: &str, body: String) -> Got {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:1")
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    let response = app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Got { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// The job that a reply describes, once it has ended: the last of its events.
async fn ended(app: &Router, got: &Got) -> Value {
    assert_eq!(got.status, StatusCode::ACCEPTED, "{}", got.text);
    let place = got.header("location");
    let events = fetch(app, "GET", place, &[("accept", "text/event-stream")], Value::Null).await.text;
    let last = events.lines().filter_map(|line| line.strip_prefix("data: ")).next_back();
    let job: Value = serde_json::from_str(last.unwrap_or_else(|| panic!("{events}"))).unwrap();
    assert_eq!(fetch(app, "GET", place, &[], Value::Null).await.json(), job);
    job
}

#[tokio::test]
async fn files_become_documents_by_a_job() {
    let (app, home) = taking(1 << 20);
    let files = form(&[("甲.txt", "one"), ("../乙.txt", "bad"), ("丙.txt", "two")]);
    let job = ended(&app, &post(&app, "POST", "/api/v1/documents", files).await).await;
    assert_eq!((&job["state"], &job["files"], &job["files_done"]), (&json!("done"), &json!(3), &json!(3)));
    assert_eq!((&job["done"], &job["total"]), (&json!(3), &json!(3)));
    assert_eq!(job["documents"][1], json!({ "name": "丙.txt", "id": "of-two", "unchanged": false }));
    assert_eq!(job["errors"], json!([{ "name": "乙.txt", "message": "is damaged; save it again" }]));
    assert_eq!(job["warnings"][0]["message"], "a picture is not read");
    // What could not be read is not kept, the others are.
    let kept =
        std::fs::read_dir(home.path()).unwrap().filter(|entry| entry.as_ref().unwrap().file_name() != ".arriving");
    assert_eq!(kept.count(), 2);
    let (_, list) = send_json(&app, "GET", "/api/v1/jobs", Value::Null).await;
    assert_eq!(list["jobs"][0]["id"], job["id"]);
}

#[tokio::test]
async fn texts_become_documents_too_and_a_put_takes_the_place_of_one() {
    let (app, _home) = taking(1 << 20);
    let text = json!({ "name": "2025年甲市政府工作报告", "text": "three" });
    let got = fetch(&app, "POST", "/api/v1/documents", &[], text).await;
    let job = ended(&app, &got).await;
    assert_eq!(job["documents"][0]["name"], "2025年甲市政府工作报告.txt");
    let job = ended(&app, &post(&app, "PUT", "/api/v1/documents/d1", form(&[("a.txt", "four")])).await).await;
    assert_eq!((&job["state"], &job["documents"][0]["id"]), (&json!("done"), &json!("of-four")));
    let got = post(&app, "PUT", "/api/v1/documents/none", form(&[("a.txt", "four")])).await;
    assert_eq!(got.status, StatusCode::NOT_FOUND);
    let got = post(&app, "PUT", "/api/v1/documents/d1", form(&[("a.txt", "1"), ("b.txt", "2")])).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST, "{}", got.text);
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_and_leaves_nothing() {
    let (app, home) = taking(10);
    for (body, status) in [
        (form(&[("a.txt", "more than ten bytes")]), StatusCode::PAYLOAD_TOO_LARGE),
        (form(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]), StatusCode::PAYLOAD_TOO_LARGE),
        (form(&[]), StatusCode::BAD_REQUEST),
        ("nothing".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let got = post(&app, "POST", "/api/v1/documents", body.clone()).await;
        assert_eq!(got.status, status, "{body}: {}", got.text);
        assert!(got.json()["error"]["message"].is_string());
    }
    for (body, param) in [
        (json!({ "text": "x" }), json!("name")),
        (json!({ "name": "x" }), json!("text")),
        (json!({ "name": "x", "text": " " }), json!("text")),
        (json!({ "documents": [] }), json!("documents")),
        (json!({ "name": "x", "text": "y", "region": "山西" }), json!("region")),
    ] {
        let (status, got) = send_json(&app, "POST", "/api/v1/documents", body.clone()).await;
        assert_eq!((status, &got["error"]["param"]), (StatusCode::BAD_REQUEST, &param), "{body}: {got}");
    }
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == ".arriving"), "{left:?}");
}

#[tokio::test]
async fn a_document_goes_and_its_file_comes_back() {
    let (app, _home) = taking(10);
    let (status, got) = send_json(&app, "DELETE", "/api/v1/documents/d1", Value::Null).await;
    assert_eq!((status, got), (StatusCode::OK, json!({ "id": "d1", "deleted": true })));
    let (status, _) = send(&app, "DELETE", "/api/v1/documents/d9", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let got = fetch(&app, "GET", "/api/v1/documents/d1/file", &[], Value::Null).await;
    assert_eq!((got.status, got.text.as_str(), got.header("content-type")), (StatusCode::OK, "原文", "text/plain"));
    assert_eq!(got.header("content-disposition"), "attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A%201.txt");
    for (id, status) in [("d2", StatusCode::CONFLICT), ("d3", StatusCode::NOT_FOUND), ("d9", StatusCode::NOT_FOUND)] {
        let (got, _) = send(&app, "GET", &format!("/api/v1/documents/{id}/file"), Value::Null).await;
        assert_eq!(got, status, "{id}");
    }
    let (_, got) = send_json(&app, "GET", "/api/v1/documents/d1/warnings", Value::Null).await;
    assert_eq!(got, json!({ "warnings": [] }));
}

/// The page asks with a method that none has, and shows what `Allow` names.
#[tokio::test]
async fn what_a_server_can_do_is_told_by_its_methods() {
    let (app, _home) = taking(10);
    for (path, methods) in [("/api/v1/documents", vec!["GET", "POST"]), ("/api/v1/documents/d1", vec!["PUT", "DELETE"])]
    {
        let got = fetch(&app, "PATCH", path, &[], Value::Null).await;
        assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED);
        let allowed = got.header("allow");
        assert!(methods.iter().all(|method| allowed.contains(method)), "{path}: {allowed}");
        let got = fetch(&plain(), "PATCH", path, &[], Value::Null).await;
        assert!(!got.header("allow").contains(methods[1]), "{path}: {}", got.header("allow"));
    }
    let (status, _) = send(&plain(), "POST", "/api/v1/documents", json!({ "name": "x", "text": "y" })).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}
