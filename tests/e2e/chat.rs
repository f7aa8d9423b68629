//! The OpenAI-compatible interface, byte for byte where the client library would hide it.

use serde_json::{Value, json};
use wenbao_tests::{Server, Wenbao};

const CHAT: &str = "/v1/chat/completions";

#[test]
fn a_chat_reply_cites_with_annotations_that_point_at_its_marks() {
    let server = Server::start(&Wenbao::samples());
    let reply = server.post(
        CHAT,
        &json!({
            "model": "wenbao",
            "temperature": 0.7,
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": [{ "type": "text", "text": "2025年新建智能化煤矿多少座" }] },
            ],
        }),
    );
    assert_eq!(reply.status, 200, "{reply:?}");
    let reply = reply.json();
    let message = &reply["choices"][0]["message"];
    let content = message["content"].as_str().unwrap();
    assert!(content.contains("130座"), "{content}");
    assert_eq!(reply["choices"][0]["finish_reason"], "stop");
    assert!(reply["usage"]["total_tokens"].as_u64().unwrap() > 0);
    let annotation = &message["annotations"][0];
    assert_eq!(annotation["type"], "url_citation");
    let citation = &annotation["url_citation"];
    let (start, end) =
        (citation["start_index"].as_u64().unwrap() as usize, citation["end_index"].as_u64().unwrap() as usize);
    let mark: String = content.chars().skip(start).take(end - start).collect();
    assert_eq!(mark, "[1]", "{content}");
    let path = citation["url"].as_str().unwrap().strip_prefix(&server.url).expect("a link to this server");
    assert!(citation["content"].as_str().unwrap().contains("130座"));
    assert!(server.get(path).json()["passage"]["text"].as_str().unwrap().contains("130座"));
}

#[test]
fn a_stream_gives_the_same_words_then_annotations_finish_usage_and_done() {
    let server = Server::start(&Wenbao::samples());
    let body = |stream: bool| {
        json!({
            "model": "wenbao",
            "stream": stream,
            "stream_options": { "include_usage": true },
            "messages": [{ "role": "user", "content": "2024年计划新建智能化煤矿多少座" }],
        })
    };
    let whole = server.post(CHAT, &body(false)).json();
    let stream = server.post(CHAT, &body(true)).body;
    let mut events: Vec<&str> = stream.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
    assert_eq!(events.pop(), Some("[DONE]"));
    let chunks: Vec<Value> = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let deltas = || chunks.iter().filter_map(|chunk| chunk["choices"].get(0)).map(|choice| &choice["delta"]);
    let content: String = deltas().filter_map(|delta| delta["content"].as_str()).collect();
    assert_eq!(content, whole["choices"][0]["message"]["content"]);
    let annotations: Vec<&Value> = deltas().filter_map(|delta| delta.get("annotations")).collect();
    assert_eq!(annotations, [&whole["choices"][0]["message"]["annotations"]]);
    let (usage, finish) = (&chunks[chunks.len() - 1], &chunks[chunks.len() - 2]);
    assert_eq!(finish["choices"][0]["finish_reason"], "stop");
    assert_eq!((&usage["choices"], &usage["usage"]), (&json!([]), &whole["usage"]));
}

#[test]
fn housekeeping_prompts_get_no_answer_from_the_reports() {
    let server = Server::start(&Wenbao::samples());
    let prompt = "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.\n\
                  ### Output:\nJSON format: { \"tags\": [\"tag1\"] }\n### Chat History:\n<chat_history>\n\
                  USER: 2025年新建智能化煤矿多少座\n</chat_history>";
    let reply = server.post(CHAT, &json!({ "messages": [{ "role": "user", "content": prompt }] })).json();
    let content = reply["choices"][0]["message"]["content"].as_str().unwrap();
    let tags: Value = serde_json::from_str(content).expect("front ends parse it as JSON");
    assert!(tags["tags"].is_array(), "{content}");
    assert_eq!(reply["choices"][0]["message"]["annotations"], json!([]));
}

#[test]
fn a_follow_up_takes_from_the_history_what_it_leaves_out() {
    let server = Server::start(&Wenbao::samples());
    let messages = json!([
        { "role": "user", "content": "2025年计划新建智能化煤矿多少座" },
        { "role": "assistant", "content": "2025年计划新建智能化煤矿130座。[1]" },
        { "role": "user", "content": "那2024年呢" },
    ]);
    let reply = server.post(CHAT, &json!({ "model": "wenbao", "messages": messages })).json();
    let content = reply["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(content.contains("150座"), "{content}");
}

/// Open WebUI merges sources by URL and by title and reads "[n]" as the n-th of what is left: no mark may be lost or lead
/// elsewhere, in any answer to the questions of this repository.
#[test]
fn every_mark_leads_to_its_own_source_in_clients_that_merge() {
    let server = Server::start(&Wenbao::samples());
    let mut asked = 0;
    for file in ["computed", "overview", "yes_no"] {
        let lines =
            std::fs::read_to_string(wenbao_tests::root().join(format!("tests/questions/{file}.jsonl"))).unwrap();
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let question: Value = serde_json::from_str(line).unwrap();
            let Some(question) = question["question"].as_str() else { continue };
            let reply = server.post(CHAT, &json!({ "messages": [{ "role": "user", "content": question }] })).json();
            let message = &reply["choices"][0]["message"];
            let content = message["content"].as_str().unwrap();
            let sources: Vec<&Value> =
                message["annotations"].as_array().unwrap().iter().map(|a| &a["url_citation"]).collect();
            for field in ["url", "title"] {
                let distinct: std::collections::BTreeSet<_> = sources.iter().map(|s| s[field].as_str()).collect();
                assert_eq!(distinct.len(), sources.len(), "{question}: {field}s of {sources:?}");
            }
            let mut highest = 0;
            for n in marks(content) {
                assert!(n <= sources.len(), "{question}: [{n}] has no source in {content}");
                assert!(n <= highest + 1, "{question}: [{n}] comes before its turn in {content}");
                highest = highest.max(n);
            }
            assert_eq!(highest, sources.len(), "{question}: a source without a mark in {content}");
            for source in sources {
                let path = source["url"].as_str().unwrap().strip_prefix(&server.url).unwrap();
                let text = server.get(path).json()["passage"]["text"].as_str().unwrap().to_owned();
                for quote in source["content"].as_str().unwrap().split('…') {
                    assert!(text.contains(quote), "{question}: {quote:?} is not in {text}");
                }
            }
            asked += 1;
        }
    }
    assert!(asked > 10, "{asked} questions");
}

/// The numbers of the marks of a text.
fn marks(text: &str) -> Vec<usize> {
    let inner = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    inner.filter_map(|(n, _)| n.parse().ok()).collect()
}

#[test]
fn a_response_says_what_a_chat_reply_says() {
    let server = Server::start(&Wenbao::samples());
    let question = "2025年新建智能化煤矿多少座";
    let chat = server.post(CHAT, &json!({ "messages": [{ "role": "user", "content": question }] })).json();
    let response = server.post("/v1/responses", &json!({ "model": "wenbao", "input": question })).json();
    let part = &response["output"][0]["content"][0];
    let message = &chat["choices"][0]["message"];
    assert_eq!(part["text"], message["content"]);
    assert_eq!(part["annotations"][0]["url"], message["annotations"][0]["url_citation"]["url"]);
}
