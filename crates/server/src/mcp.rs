//! Model Context Protocol over standard input and output: JSON-RPC 2.0, one message a line.
//!
//! Three tools: `ask`, `search`, `documents`. Assistants that speak the protocol start `wenbao mcp` and call them.

use std::fmt::Write as _;
use std::io::{self, BufRead, Read, Write};

use serde::Deserialize;
use serde_json::{Value, json};
use wenbao_answer::{Answer, Question, RankedPassage};

use crate::engine::{Engine, EngineError};

/// Revisions of the protocol that we speak, newest first. What we use is the same in all of them.
const REVISIONS: [&str; 3] = ["2025-06-18", "2025-03-26", "2024-11-05"];
/// No message is longer.
const MAX_LINE: u64 = 4 << 20;
/// Most passages of one call.
const MAX_TOP_K: usize = 50;

/// JSON-RPC's own error codes.
const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    id: Option<Value>,
    method: String,
    #[serde(default)]
    params: Value,
}

/// Answers the messages of `input` on `output` until the input ends.
///
/// # Errors
/// If input or output fail; a bad message is answered with an error and does not end the session.
pub fn run(engine: &dyn Engine, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if let Some(reply) = reply(engine, &line) {
            writeln!(output, "{reply}")?;
            output.flush()?;
        }
    }
}

/// The reply to a message; none to a notification or to a client's own reply.
fn reply(engine: &dyn Engine, line: &[u8]) -> Option<Value> {
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => return Some(failure(&Value::Null, PARSE_ERROR, &format!("not JSON: {error}"))),
    };
    if value.get("method").is_none() && (value.get("result").is_some() || value.get("error").is_some()) {
        return None;
    }
    let message: Message = match serde_json::from_value(value) {
        Ok(message) => message,
        Err(error) => return Some(failure(&Value::Null, INVALID_REQUEST, &format!("not a request: {error}"))),
    };
    let id = message.id?;
    let result = match message.method.as_str() {
        "initialize" => Ok(initialize(&message.params)),
        "ping" => Ok(json!({})),
        "tools/list" => Ok(tools()),
        "tools/call" => call(engine, &message.params),
        other => Err((METHOD_NOT_FOUND, format!("there is no method {other} here"))),
    };
    Some(match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err((code, text)) => failure(&id, code, &text),
    })
}

fn failure(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

fn initialize(params: &Value) -> Value {
    let asked = params["protocolVersion"].as_str().unwrap_or_default();
    let revision = REVISIONS.into_iter().find(|known| *known == asked).unwrap_or(REVISIONS[0]);
    json!({
        "protocolVersion": revision,
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "wenbao", "version": env!("CARGO_PKG_VERSION") },
        "instructions": "Answers questions from the Chinese government work reports in its index, with verbatim quotes. \
                         Name the year and the region in the question; say 计划 for a target and 完成 for a result.",
    })
}

fn tools() -> Value {
    let top_k =
        json!({ "type": "integer", "minimum": 1, "maximum": MAX_TOP_K, "description": "How many passages to return" });
    let tool = |name: &str, description: &str, properties: Value, required: Value| {
        json!({
            "name": name,
            "description": description,
            "inputSchema": { "type": "object", "properties": properties, "required": required },
            "annotations": { "readOnlyHint": true, "openWorldHint": false },
        })
    };
    json!({ "tools": [
        tool(
            "ask",
            "Answer a question from government work reports: a short exact answer with the sentences that prove it, \
             or a clear statement that the reports do not say it.",
            json!({
                "question": { "type": "string", "description": "The question, in Chinese, English, Japanese, Korean or Russian" },
                "top_k": top_k,
            }),
            json!(["question"]),
        ),
        tool(
            "search",
            "Find the passages of government work reports that are nearest to a query.",
            json!({ "query": { "type": "string", "description": "What to look for" }, "top_k": top_k }),
            json!(["query"]),
        ),
        tool("documents", "List the reports in the index.", json!({}), json!([])),
    ] })
}

fn call(engine: &dyn Engine, params: &Value) -> Result<Value, (i32, String)> {
    let arguments = &params["arguments"];
    let text = |name: &str| {
        let given = arguments[name].as_str().map(str::to_owned);
        given.ok_or_else(|| (INVALID_PARAMS, format!("the argument \"{name}\" is missing or no text")))
    };
    let top_k = match &arguments["top_k"] {
        Value::Null => Ok(0),
        given => given
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| (1..=MAX_TOP_K).contains(n))
            .ok_or_else(|| (INVALID_PARAMS, format!("\"top_k\" is {given}; it can be 1 to {MAX_TOP_K}"))),
    };
    let outcome = match params["name"].as_str().unwrap_or_default() {
        "ask" => {
            let question = Question { text: text("question")?, top_k: top_k?, ..Question::default() };
            engine.ask(&question).map(|answer| (told(&answer), json!(answer)))
        }
        "search" => {
            engine.search(&text("query")?, top_k?).map(|passages| (listed(&passages), json!({ "passages": passages })))
        }
        "documents" => engine.documents().map(|documents| {
            let titles = documents.iter().map(|d| d.title.clone().unwrap_or_else(|| d.path.clone()));
            (titles.collect::<Vec<_>>().join("\n"), json!({ "documents": documents }))
        }),
        other => return Err((INVALID_PARAMS, format!("there is no tool \"{other}\"; tools/list names them"))),
    };
    Ok(match outcome {
        Ok((text, structured)) => json!({
            "content": [{ "type": "text", "text": text }], "structuredContent": structured, "isError": false,
        }),
        // What the tool could not do is a result for the assistant to read, not an error of the protocol.
        Err(EngineError::Invalid(text) | EngineError::Failed(text)) => {
            json!({ "content": [{ "type": "text", "text": text }], "isError": true })
        }
    })
}

/// The answer with its proofs, as plain text.
fn told(answer: &Answer) -> String {
    let mut out = if answer.text.is_empty() { answer.reason.clone().unwrap_or_default() } else { answer.text.clone() };
    for citation in &answer.citations {
        if let Some(passage) = answer.passages.get(citation.passage) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\n[{}] {}: “{}”", citation.n, place(passage), citation.quote);
        }
    }
    out
}

fn listed(passages: &[RankedPassage]) -> String {
    passages.iter().map(|passage| format!("{}\n{}", place(passage), passage.text)).collect::<Vec<_>>().join("\n\n")
}

fn place(passage: &RankedPassage) -> String {
    let title = passage.document.title.as_ref().unwrap_or(&passage.document.path);
    std::iter::once(title).chain(&passage.section).map(String::as_str).collect::<Vec<_>>().join(" › ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::Fake;

    fn talk(lines: &[&str]) -> Vec<Value> {
        let mut output = Vec::new();
        run(&Fake::default(), &mut lines.join("\n").as_bytes(), &mut output).unwrap();
        let output = String::from_utf8(output).unwrap();
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_session_goes_from_initialize_to_an_answer() {
        let replies = talk(&[
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{}}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":"b","method":"tools/list"}"#,
            "",
            r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"ask","arguments":{"question":"多少座"}}}"#,
        ]);
        assert_eq!(replies.len(), 3, "a notification gets no reply");
        assert_eq!(replies[0]["result"]["protocolVersion"], "2025-03-26");
        let names: Vec<_> =
            replies[1]["result"]["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
        assert_eq!((json!(names), &replies[1]["id"]), (json!(["ask", "search", "documents"]), &json!("b")));
        let result = &replies[2]["result"];
        assert_eq!((&result["isError"], &result["structuredContent"]["answer"]), (&json!(false), &json!("42座")));
        assert!(
            result["content"][0]["text"].as_str().unwrap().ends_with("[1] reports/样例.txt › 一、回顾: “42座”"),
            "{result}"
        );
    }

    #[test]
    fn bad_messages_are_told_and_do_not_end_the_session() {
        let replies = talk(&[
            "no json",
            "[]",
            r#"{"id":1,"method":"nothing"}"#,
            r#"{"id":2,"method":"tools/call","params":{"name":"fly"}}"#,
            r#"{"id":3,"method":"tools/call","params":{"name":"ask","arguments":{}}}"#,
            r#"{"id":4,"method":"tools/call","params":{"name":"search","arguments":{"query":"x","top_k":0}}}"#,
            r#"{"id":5,"method":"tools/call","params":{"name":"ask","arguments":{"question":"bad"}}}"#,
            r#"{"id":6,"method":"ping"}"#,
        ]);
        let codes: Vec<_> = replies.iter().map(|reply| reply["error"]["code"].as_i64().unwrap_or(0)).collect();
        assert_eq!(codes, [-32700, -32600, -32601, -32602, -32602, -32602, 0, 0]);
        assert_eq!(replies[6]["result"]["isError"], true);
    }
}
