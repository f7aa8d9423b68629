//! `wenbao serve`, and requests to it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::Value;

use crate::Wenbao;

/// A running server; it is stopped when dropped.
pub struct Server {
    child: Child,
    /// "http://127.0.0.1:PORT".
    pub url: String,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Reply {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It must be an error of this status in OpenAI's shape, whose message says `part`.
    #[track_caller]
    pub fn refuses(&self, status: u16, part: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let error = &self.json()["error"];
        for field in ["message", "type", "param", "code"] {
            assert!(error.get(field).is_some(), "no {field} in {self:?}");
        }
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(part), "no {part:?} in {message:?}");
    }
}

impl Server {
    /// Starts `wenbao serve` on a free port and waits until it says its address.
    pub fn start(wenbao: &Wenbao) -> Self {
        let mut child = wenbao.command(["serve", "--addr", "127.0.0.1:0"]).spawn().expect("wenbao runs");
        let mut talk = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut said = String::new();
        let url = loop {
            let before = said.len();
            let read = talk.read_line(&mut said).expect("stderr is text");
            assert!(read > 0, "the server ended: {said}");
            if let Some(at) = said[before..].find("http://") {
                let rest = &said[before + at..];
                break rest.split_whitespace().next().unwrap_or_default().to_owned();
            }
        };
        // Later talk must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut talk, &mut std::io::sink()));
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        Self { child, url, agent: config.build().into() }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Reply {
        reply(self.agent.get(format!("{}{path}", self.url)).call())
    }

    /// POST of a JSON value.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_text(path, "application/json", &body.to_string())
    }

    /// POST of anything.
    pub fn post_text(&self, path: &str, kind: &str, body: &str) -> Reply {
        reply(self.agent.post(format!("{}{path}", self.url)).header("content-type", kind).send(body))
    }

    /// Asks it to stop with SIGINT and waits for its exit code.
    pub fn interrupt(mut self) -> Option<i32> {
        interrupt(&self.child);
        self.child.wait().expect("the server ends").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ctrl-C for a child process.
pub fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

#[track_caller]
fn reply(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Reply {
    let response = result.expect("the server replies");
    let status = response.status().as_u16();
    let mut body = String::new();
    response.into_body().into_reader().read_to_string(&mut body).expect("the body is text");
    Reply { status, body }
}
