//! Lines to the server of the Model Context Protocol: whatever came before, a well-formed request is answered.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::runtime::Runtime;
use wenbao_server::App;
use wenbao_server::mcp::over_lines;

use crate::damage::{Random, altered_json};
use crate::{Target, engine};

/// Longer than any reply takes on a loaded machine, and less than what counts as slow.
const PATIENCE: Duration = Duration::from_secs(4);
/// The id of the request that comes last; no line of the corpus has it.
const LAST: u64 = 987_654_321;

/// A session that begins as it should, goes on with the input and ends with a request.
pub struct Mcp {
    app: App,
    runtime: Runtime,
    _home: tempfile::TempDir,
}

impl Mcp {
    /// # Errors
    /// If the system gives no threads or no folder.
    pub fn new() -> std::io::Result<Self> {
        let home = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { app: engine::app(home.path())?, runtime, _home: home })
    }

    /// Whether a line of the input had a result, and not an error.
    async fn session(&self, input: &[u8]) -> Result<bool, String> {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let (input_end, output_end) = tokio::io::split(theirs);
        let session = tokio::spawn(over_lines(self.app.clone(), input_end, output_end));
        let (replies, mut requests) = tokio::io::split(ours);
        let last = json!({ "jsonrpc": "2.0", "id": LAST, "method": "tools/call",
            "params": { "name": "passage", "arguments": { "id": "d1-0001" } } });
        let said = [handshake().as_bytes(), input, b"\n", last.to_string().as_bytes(), b"\n"].concat();
        // Beside the reading: whoever is not read stops reading.
        let speaking = tokio::spawn(async move {
            // A session that ended takes no more; the missing reply tells.
            let _ = requests.write_all(&said).await;
            requests
        });
        let (mut accepted, mut answered) = (false, false);
        let mut speaking = Some(speaking);
        let mut lines = BufReader::new(replies).lines();
        // To the end, which comes when all calls that are under way are answered.
        while let Some(line) =
            lines.next_line().await.map_err(|error| format!("a reply that cannot be read: {error}"))?
        {
            let reply: Value =
                serde_json::from_str(&line).map_err(|error| format!("a reply that is no JSON: {error}"))?;
            if reply["id"] == LAST {
                let text = reply["result"]["content"][0]["text"].as_str().unwrap_or_default();
                if !text.contains("130座") {
                    return Err(format!("another answer than to the same request alone: {line}"));
                }
                answered = true;
                if let Some(speaking) = speaking.take() {
                    let Ok(mut requests) = speaking.await else { return Err("nobody listened".to_owned()) };
                    let _ = requests.shutdown().await;
                }
            }
            // The handshake's reply has the id 0.
            accepted |= reply.get("result").is_some() && reply["id"] != 0 && reply["id"] != LAST;
        }
        if !answered {
            return Err("the session ended before the last request was answered".to_owned());
        }
        match session.await {
            Ok(_) => Ok(accepted),
            Err(problem) => Err(format!("the session ended with a panic: {problem}")),
        }
    }
}

/// How a session begins.
fn handshake() -> String {
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "fuzz", "version": "1" } } });
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    format!("{hello}\n{ready}\n")
}

impl Target for Mcp {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let request = |method: &str, params: Value| {
            json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
        };
        let call =
            |name: &str, arguments: Value| request("tools/call", json!({ "name": name, "arguments": arguments }));
        let lines = [
            call("ask", json!({ "question": "2025年新建多少座", "top_k": 3, "filter": { "regions": ["山西"], "years": [2024, 2025] } })),
            call("search", json!({ "query": "公路", "top_k": 50 })),
            call("table", json!({ "question": "各省多少" })),
            call("documents", json!({ "region": "山西", "year": 2025, "offset": 1 })),
            call("document", json!({ "id": "d1" })),
            call("passage", json!({ "id": "d1-0001" })),
            call("nothing", json!({})),
            request("tools/list", json!({ "cursor": "x" })),
            request("resources/templates/list", json!({})),
            request("resources/read", json!({ "uri": "wenbao://passages/d1-0001" })),
            request("ping", json!({})),
            request("initialize", json!({ "protocolVersion": "2024-11-05", "capabilities": {} })),
            json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1, "reason": "x" } })
                .to_string(),
            json!({ "jsonrpc": "2.0", "id": "s-1", "result": {} }).to_string(),
            json!({ "jsonrpc": "2.0", "id": 5, "error": { "code": -1, "message": "x" } }).to_string(),
            "[]".to_owned(),
            "{".to_owned(),
        ];
        let all = lines.join("\n");
        lines.into_iter().chain([all]).map(String::into_bytes).collect()
    }

    /// In half of the inputs one more line comes that is still JSON.
    fn dress(&self, input: Vec<u8>, random: &mut Random) -> Vec<u8> {
        let seeds = self.seeds();
        match altered_json(&seeds[random.below(seeds.len())], random) {
            Some(line) if random.below(2) == 0 => [&input[..], b"\n", &line].concat(),
            _ => input,
        }
    }

    fn run(&self, input: &[u8]) -> Result<bool, String> {
        self.runtime.block_on(async {
            match tokio::time::timeout(PATIENCE, self.session(input)).await {
                Ok(outcome) => outcome,
                Err(_) => Err("a request after the others was not answered".to_owned()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_answered_and_garbage_is_survived() {
        let mcp = Mcp::new().unwrap();
        let accepted = mcp.seeds().iter().filter(|seed| mcp.run(seed).unwrap()).count();
        assert!(accepted >= 10, "{accepted}");
        assert_eq!(mcp.run(b"\xff\n{\n\0"), Ok(false));
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_the_next_answered() {
        let mcp = Mcp::new().unwrap();
        assert_eq!(mcp.run(&vec![b'x'; 17 << 20]), Ok(false));
    }
}
