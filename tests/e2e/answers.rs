//! What the samples answer.

use wenbao_tests::Wenbao;

/// Every value of one indicator through the years: the reason this project exists.
#[test]
fn the_same_indicator_gives_each_year_its_own_value() {
    let wenbao = Wenbao::samples();
    let table = [
        ("2025年新建智能化煤矿多少座", "130座"),
        ("2024年计划新建智能化煤矿多少座", "150座"),
        ("2024年智能化煤矿达到多少座", "268座"),
        ("截至2023年底累计建成智能化煤矿多少座", "118座"),
        ("2021年计划建设智能化示范煤矿多少座", "10座"),
    ];
    for (question, expected) in table {
        let answer = wenbao.ask(question);
        assert_eq!(answer["answer"], expected, "{question}: {answer:#}");
        assert_eq!(answer["abstained"], false, "{question}");
        let citation = &answer["citations"][0];
        let passage = &answer["passages"][citation["passage"].as_u64().unwrap() as usize];
        let (text, quote) = (passage["text"].as_str().unwrap(), citation["quote"].as_str().unwrap());
        assert!(text.contains(quote) && quote.contains(expected), "{question}: {quote:?} in {text:?}");
        let range: Vec<usize> =
            citation["quote_range"].as_array().unwrap().iter().map(|end| end.as_u64().unwrap() as usize).collect();
        let marked: String = text.chars().skip(range[0]).take(range[1] - range[0]).collect();
        assert_eq!(marked, quote, "{question}: quote_range points at the quote");
    }
}

#[test]
fn a_person_reads_the_answer_its_sentence_and_where_it_stands() {
    let ran = Wenbao::samples().run(["ask", "2025年新建智能化煤矿多少座"]);
    ran.succeeds();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "130座", "{ran:#?}");
    assert!(lines[1].starts_with("  ") && lines[1].contains("[1]"), "{ran:#?}");
    let source = lines.iter().find(|line| line.starts_with("[1] ")).expect("a citation");
    assert!(source.contains("2025年山西省政府工作报告") && source.contains(" › 二、2025年工作安排 › "), "{source}");
    assert!(ran.stdout.contains("130座") && !ran.stdout.contains('\u{1b}'), "no colour off a terminal: {ran:#?}");
}

#[test]
fn what_no_report_says_is_said_so_with_exit_code_1() {
    let wenbao = Wenbao::samples();
    let ran = wenbao.run(["ask", "2019年新建智能化煤矿多少座", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let answer = ran.json();
    assert_eq!(answer["abstained"], true, "{answer:#}");
    assert_eq!(answer["answer"], "");
    assert!(answer["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{answer:#}");
}

#[test]
fn search_ranks_the_passage_first_that_says_it() {
    let found = Wenbao::samples().run(["search", "新建智能化煤矿 2025年", "--top-k", "3", "--json"]);
    found.succeeds();
    let found = found.json();
    let passages = found["passages"].as_array().unwrap();
    assert!((1..=3).contains(&passages.len()), "{found:#}");
    assert!(passages[0]["text"].as_str().unwrap().contains("智能化煤矿"), "{found:#}");
}

#[test]
fn top_k_bounds_the_passages_beyond_what_is_cited() {
    let wenbao = Wenbao::samples();
    for top_k in [1, 5] {
        let answer = wenbao.run(["ask", "2025年新建智能化煤矿多少座", "--json", "--top-k", &top_k.to_string()]).json();
        let count = answer["passages"].as_array().unwrap().len();
        let cited = answer["citations"].as_array().unwrap().len();
        assert!(count >= 1 && count <= top_k + cited, "top-k {top_k}: {count} passages");
    }
}

#[test]
fn the_samples_are_read_as_reports() {
    let wenbao = Wenbao::samples();
    let list = wenbao.run(["documents", "--json"]).json();
    let documents = list["documents"].as_array().unwrap();
    let mut years: Vec<i64> = documents.iter().map(|document| document["year"].as_i64().unwrap()).collect();
    years.sort_unstable();
    assert_eq!(years, [2021, 2024, 2025]);
    for document in documents {
        assert_eq!(document["region"], "山西", "{document:#}");
        let shown = wenbao.run(["show", document["id"].as_str().unwrap(), "--passages"]);
        shown.succeeds();
        assert!(shown.stdout.contains("年工作安排"), "{shown:#?}");
    }
}
