//! What is kept of questions, and only where it may be.

use super::*;
use crate::notes::{FILE, Notes};

#[tokio::test]
async fn questions_without_an_answer_are_kept_only_where_they_may_be() {
    let home = tempfile::tempdir().unwrap();
    let notes = Notes::open(&home.path().join(FILE)).unwrap();
    let app = router(App::new(Arc::new(Fake::default()), Limits::default()).unwrap().with_notes(notes));
    for question in ["unknown", "多少座", "unknown"] {
        send(&app, "POST", "/api/v1/ask", json!({ "question": question })).await;
    }
    let said = json!({ "question": "q", "answer": "a", "good": false, "reason": "年份" });
    let (status, _) = send(&app, "POST", "/api/v1/feedback", said).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    // Nobody waits for what is kept.
    let mut got = Value::Null;
    for _ in 0..100 {
        got = send_json(&app, "GET", "/api/v1/gaps", Value::Null).await.1;
        if got["gaps"][0]["asked"] == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(got["gaps"][0]["question"], "unknown", "{got}");
    assert_eq!((&got["gaps"][0]["asked"], &got["gaps"][1]), (&json!(2), &Value::Null));
    let long = json!({ "question": "q".repeat(5000), "answer": "a", "good": true });
    let (status, got) = send_json(&app, "POST", "/api/v1/feedback", long).await;
    assert_eq!((status, &got["error"]["param"]), (StatusCode::BAD_REQUEST, &json!("question")));
    let (status, _) = send(&plain(), "GET", "/api/v1/gaps", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
