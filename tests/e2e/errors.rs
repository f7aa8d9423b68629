//! One word wrong in the input costs one line on stderr that names the cause and the way out.

use std::net::TcpListener;
use std::process::Command;

use wenbao_tests::{Wenbao, models};

#[test]
fn bad_input_to_ingest_is_one_line() {
    let wenbao = Wenbao::new();
    std::fs::create_dir(wenbao.folder().join("empty")).unwrap();
    wenbao.run(["ingest", "nowhere.txt"]).fails_saying(&["nowhere.txt"]);
    wenbao.run(["ingest", "empty"]).fails_saying(&["empty"]);
    wenbao.run(["ingest"]).fails_saying(&["PATH", "--help"]);
}

#[test]
fn a_binary_file_is_told_and_does_not_keep_the_others_out() {
    let wenbao = Wenbao::new();
    let noise: Vec<u8> = (0..20_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    wenbao.file("reports/noise.txt", noise);
    wenbao.file("reports/good.txt", "2025年山西省政府工作报告\n二、2025年工作安排\n今年新建智能化煤矿130座。\n");
    let ran = wenbao.run(["ingest", "reports"]);
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    let about: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("noise.txt")).collect();
    assert_eq!(about.len(), 1, "{ran:#?}");
    let documents = wenbao.run(["documents", "--json"]).json();
    assert_eq!(documents["documents"].as_array().unwrap().len(), 1, "{documents:#}");
}

#[test]
fn a_question_that_is_none_is_one_line() {
    let wenbao = Wenbao::samples();
    wenbao.run(["ask", ""]).fails_saying(&["empty"]);
    wenbao.run(["ask", "  \n "]).fails_saying(&["empty"]);
    wenbao.run(["ask", &"山西".repeat(20_000)]).fails_saying(&["40000", "shorten"]);
    // Longer than the system lets one argument be: it comes in a file.
    let long = serde_json::json!({ "id": 1, "question": "问".repeat(100_000) }).to_string();
    let ran = wenbao.run_with_input(["ask", "--batch", "-", "--json"], long.as_bytes());
    ran.succeeds();
    assert!(ran.json()["error"].as_str().unwrap().contains("100000"), "{ran:#?}");
}

#[test]
fn an_index_that_is_missing_is_one_line() {
    let wenbao = Wenbao::new();
    for command in [
        &["ask", "x"][..],
        &["search", "x"],
        &["documents"],
        &["status"],
        &["show", "abc"],
        &["serve", "--addr", "127.0.0.1:0"],
    ] {
        wenbao.run(command).fails_saying(&["no index", "wenbao ingest"]);
    }
}

#[test]
fn an_index_of_another_model_is_one_line() {
    let (samples, wenbao) = (Wenbao::samples(), Wenbao::new());
    let copied = Command::new("cp").arg("-R").arg(samples.index()).arg(wenbao.index()).status().unwrap();
    assert!(copied.success());
    let script = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
                  db.execute(\"UPDATE meta SET value = 'ffff' WHERE key = 'fingerprint'\"); db.commit()";
    let truth = wenbao.index().join("truth.db");
    let changed = Command::new("python3").args(["-c", script]).arg(&truth).status().unwrap();
    assert!(changed.success());
    for command in [&["ask", "x"][..], &["ingest", "."]] {
        wenbao.run(command).fails_saying(&["multilingual-e5-small", "--index"]);
    }
    wenbao.run(["documents"]).succeeds();
}

#[test]
fn unknown_names_are_one_line() {
    let wenbao = Wenbao::samples();
    wenbao.run(["ask", "x", "--model", "no-such-model"]).fails_saying(&["no-such-model"]);
    wenbao.run(["model", "pull", "no-such-model"]).fails_saying(&["no-such-model", "multilingual-e5-small"]);
    wenbao.run(["show", "ffff"]).fails_saying(&["ffff", "wenbao documents"]);
    wenbao.run(["remove", "ffff"]).fails_saying(&["ffff", "wenbao documents"]);
    wenbao.run(["asc", "x"]).fails_saying(&["asc", "ask"]);
    wenbao.run(["ask", "x", "--top-k", "zero"]).fails_saying(&["zero"]);
    wenbao.run(["ask"]).fails_saying(&["QUESTION"]);
}

#[test]
fn a_busy_port_is_one_line() {
    let wenbao = Wenbao::samples();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    wenbao.run(["serve", "--addr", &addr]).fails_saying(&[&addr, "in use", "--addr"]);
    wenbao.run(["serve", "--addr", "here"]).fails_saying(&["here", "HOST:PORT"]);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let wenbao = Wenbao::samples();
    let mut child = wenbao.command(["search", "煤矿", "--top-k", "100", "--json"]).spawn().unwrap();
    drop(child.stdout.take());
    let ran = wenbao_tests::Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:#?}");
}

#[test]
fn help_and_version_go_to_stdout() {
    let wenbao = Wenbao::new();
    for args in [&["--help"][..], &["ask", "--help"], &["--version"]] {
        let ran = wenbao.run(args);
        ran.succeeds();
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{ran:#?}");
    }
}

#[test]
fn a_byte_of_a_model_that_has_changed_is_found_by_verify() {
    let wenbao = Wenbao::samples();
    wenbao.run(["verify"]).succeeds();
    let copy = wenbao.folder().join("models");
    let name = "multilingual-e5-small";
    std::fs::create_dir_all(copy.join(name)).unwrap();
    for file in ["models.toml", "reader.gguf"] {
        std::fs::copy(models().join(file), copy.join(file)).unwrap();
    }
    for entry in std::fs::read_dir(models().join(name)).unwrap() {
        let from = entry.unwrap().path();
        std::fs::copy(&from, copy.join(name).join(from.file_name().unwrap())).unwrap();
    }
    let weights = copy.join(name).join("model.gguf");
    let mut bytes = std::fs::read(&weights).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let ran = wenbao.run(["verify", "--models", &copy.to_string_lossy()]);
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stdout.contains("model.gguf is damaged") && ran.stderr.contains("wenbao model pull"), "{ran:#?}");
    assert_eq!((ran.stdout.lines().count(), ran.stderr.lines().count()), (1, 1), "{ran:#?}");
}
