//! `wenbao ask --batch`.

use wenbao_tests::Wenbao;

#[test]
fn every_line_gets_a_line_in_the_same_order_bad_ones_too() {
    let wenbao = Wenbao::samples();
    let file = wenbao.file(
        "questions.jsonl",
        "{\"id\": \"a\", \"question\": \"2025年新建智能化煤矿多少座\", \"type\": \"ignored\"}\n\
         this is no JSON\n\
         {\"id\": \"empty\", \"question\": \"\"}\n\
         {\"id\": 4}\n\
         {\"id\": \"b\", \"question\": \"2024年计划新建智能化煤矿多少座\"}\n",
    );
    let ran = wenbao.run(["ask", "--batch", &file.to_string_lossy(), "--json", "--top-k", "10"]);
    ran.succeeds();
    let lines = ran.json_lines();
    let ids: Vec<_> = lines.iter().map(|line| line["id"].clone()).collect();
    assert_eq!(serde_json::Value::from(ids), serde_json::json!(["a", null, "empty", 4, "b"]));
    assert_eq!(lines[0]["answer"], "130座");
    assert_eq!(lines[4]["answer"], "150座");
    for bad in &lines[1..4] {
        assert!(bad["error"].as_str().is_some_and(|error| !error.is_empty()), "{bad}");
        assert_eq!(bad.as_object().unwrap().len(), 2, "{bad}");
    }
}

#[test]
fn a_batch_answers_as_single_questions_do() {
    let wenbao = Wenbao::samples();
    let questions = ["2024年粮食产量目标是多少", "2023年城镇居民人均可支配收入", "2025年PM2.5是多少"];
    let input: String = questions
        .iter()
        .map(|question| format!("{}\n", serde_json::json!({ "id": question, "question": question })))
        .collect();
    let batch = wenbao.run_with_input(["ask", "--batch", "-", "--json"], input.as_bytes());
    batch.succeeds();
    for (question, line) in questions.iter().zip(batch.json_lines()) {
        assert_eq!(line["answer"], wenbao.ask(question)["answer"], "{question}");
    }
}

#[test]
fn a_missing_or_wrong_file_is_one_line() {
    let wenbao = Wenbao::samples();
    wenbao.run(["ask", "--batch", "nowhere.jsonl", "--json"]).fails_saying(&["nowhere.jsonl"]);
    wenbao.run(["ask", "--batch", ".", "--json"]).fails_saying(&["folder"]);
    wenbao.run(["ask", "--batch", "x.jsonl"]).fails_saying(&["--json"]);
}
