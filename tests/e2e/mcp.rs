//! `wenbao mcp` as an assistant would use it.

use serde_json::json;
use wenbao_tests::Wenbao;

#[test]
fn an_assistant_gets_the_answer_with_its_proof() {
    let messages = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": { "name": "test", "version": "1" } } }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
                "params": { "name": "ask", "arguments": { "question": "2025年新建智能化煤矿多少座" } } }),
    ];
    let input: String = messages.iter().map(|message| format!("{message}\n")).collect();
    let ran = Wenbao::samples().run_with_input(["mcp"], input.as_bytes());
    ran.succeeds();
    let replies = ran.json_lines();
    assert_eq!(replies.len(), 2, "{ran:#?}");
    assert_eq!(replies[1]["result"]["structuredContent"]["answer"], "130座", "{ran:#?}");
    let text = replies[1]["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("130座") && text.contains("[1]") && text.contains("政府工作报告"), "{text}");
}
