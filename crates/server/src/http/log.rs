//! A line of the log for each request, written when the last of its reply is sent or the client has gone.
//!
//! It has the route with its parameters' names, not the path with their values, and no word of a question. Questions have lines of
//! their own, and only where somebody asked for them ([`App::with_questions_logged`](super::App::with_questions_logged)).

use std::time::Instant;

use axum::http::Method;
use axum::response::Response;
use wenbao_answer::Answer;

use super::sending::UntilSent;
use crate::access::KeyName;

/// What the lines of requests are filtered by.
pub const REQUESTS: &str = "wenbao_server::request";
/// What the lines of questions are filtered by.
pub const QUESTIONS: &str = "wenbao_server::question";

tokio::task_local! {
    /// The id of the request that the task works for.
    pub(crate) static REQUEST_ID: String;
}

/// What is said of a request.
pub(crate) struct Line {
    /// As sent.
    pub method: Method,
    /// The path with its parameters' names; "unknown" where there is no such path.
    pub route: String,
    /// When it came.
    pub began: Instant,
    /// The id that its reply carries.
    pub id: String,
    /// The client's own trace, if it sent one.
    pub trace: Option<String>,
}

impl Line {
    /// Writes the line once the reply is sent.
    pub fn when_sent(self, response: Response) -> Response {
        let key = response.extensions().get::<KeyName>().cloned();
        let status = response.status().as_u16();
        Open { bytes: 0, status, key, line: self }.until_sent(response)
    }
}

/// A line whose reply is being sent.
struct Open {
    bytes: u64,
    status: u16,
    key: Option<KeyName>,
    line: Line,
}

impl UntilSent for Open {
    fn sent(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let line = &self.line;
        // Microseconds are enough.
        let seconds = (line.began.elapsed().as_secs_f64() * 1e6).round() / 1e6;
        tracing::info!(
            target: REQUESTS,
            method = line.method.as_str(),
            path = line.route,
            status = self.status,
            seconds,
            bytes = self.bytes,
            request_id = line.id,
            trace = line.trace,
            key = self.key.as_ref().map(|key| &*key.0),
            "request"
        );
    }
}

/// A line for a question, and what came of it.
pub(crate) fn question(text: &str, answer: Option<&Answer>) {
    let id = REQUEST_ID.try_with(String::clone).ok();
    let abstained = answer.map(|answer| answer.abstained);
    tracing::info!(target: QUESTIONS, question = text, abstained, request_id = id, "question");
}
