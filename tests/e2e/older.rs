//! Indexes that older versions made: used as they are, brought up to date by the first command that writes.
//!
//! tests/fixtures/index-0.1.0 holds two short reports of a town that does not exist and the truth that 0.1.0 made of them,
//! in format 2.

use std::path::PathBuf;

use wenbao_tests::{Wenbao, root};

fn fixture() -> PathBuf {
    root().join("tests/fixtures/index-0.1.0")
}

/// The index of 0.1.0, copied.
fn old() -> Wenbao {
    let wenbao = Wenbao::new();
    std::fs::create_dir(wenbao.index()).unwrap();
    std::fs::copy(fixture().join("truth.db"), wenbao.index().join("truth.db")).unwrap();
    wenbao
}

#[test]
fn an_index_of_0_1_0_answers_as_it_is() {
    let wenbao = old();
    let documents = wenbao.run(["documents", "--json"]).json();
    assert_eq!(documents["documents"].as_array().unwrap().len(), 2, "{documents:#}");
    let answer = wenbao.ask("临江市2025年计划建成智慧泵站多少座");
    assert_eq!(answer["answer"], "22座", "{answer:#}");
}

#[test]
fn an_index_of_0_1_0_is_brought_up_to_date_and_its_documents_are_read_anew() {
    let wenbao = old();
    wenbao.run(["rebuild"]).succeeds();
    wenbao.run(["verify"]).succeeds();
    // Its documents were ingested under these names.
    let names = ["./临江市2024年政府工作报告.txt", "./临江市2025年政府工作报告.txt"];
    for name in names {
        std::fs::copy(fixture().join(name), wenbao.folder().join(name)).unwrap();
    }
    let ingest = ["ingest", names[0], names[1]];
    let again = wenbao.run(ingest);
    assert!(again.succeeds().stderr.contains("6 passages"), "{again:#?}");
    let documents = wenbao.run(["documents", "--json"]).json();
    assert_eq!(documents["documents"].as_array().unwrap().len(), 2, "{documents:#}");
    assert!(wenbao.run(ingest).succeeds().stderr.contains("2 unchanged"));
    wenbao.run(["verify"]).succeeds();
    assert_eq!(wenbao.ask("临江市2024年建成智慧泵站多少座")["answer"], "14座");
}

#[test]
fn an_index_of_a_later_version_is_refused_in_one_line() {
    let wenbao = old();
    let script = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
                  db.execute(\"UPDATE meta SET value = '99' WHERE key = 'format'\"); db.commit()";
    let truth = wenbao.index().join("truth.db");
    let changed = std::process::Command::new("python3").args(["-c", script]).arg(&truth).status().unwrap();
    assert!(changed.success());
    for command in [&["ask", "x"][..], &["documents"], &["rebuild"]] {
        wenbao.run(command).fails_saying(&["format 99", "newer wenbao"]);
    }
}
