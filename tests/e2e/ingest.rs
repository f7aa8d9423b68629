//! `wenbao ingest`: again, replaced, removed, interrupted.

use std::time::{Duration, Instant};

use wenbao_tests::{Ran, Wenbao, interrupt};

fn report(year: i32, sentences: usize) -> String {
    let mut text = format!("{year}年山西省政府工作报告\n一、{}年工作回顾\n", year - 1);
    for n in 0..sentences {
        text.push_str(&format!("全年第{n}类产品产量达到{}万吨，比上年增长{}.5%。\n", 100 + n * 7, n % 9 + 1));
    }
    text
}

fn documents(wenbao: &Wenbao) -> usize {
    wenbao.run(["documents", "--json"]).json()["documents"].as_array().unwrap().len()
}

#[test]
fn unchanged_files_are_skipped_and_changed_ones_replaced() {
    let wenbao = Wenbao::new();
    wenbao.file("r/a.txt", report(2024, 5));
    wenbao.file("r/b.md", report(2025, 5));
    assert!(wenbao.run(["ingest", "r"]).succeeds().stderr.contains("2 added"));
    let again = wenbao.run(["ingest", "r"]);
    assert!(again.succeeds().stderr.contains("2 unchanged"), "{again:#?}");
    wenbao.file("r/a.txt", report(2024, 8));
    let changed = wenbao.run(["ingest", "r"]);
    assert!(changed.succeeds().stderr.contains("1 replaced, 1 unchanged"), "{changed:#?}");
    assert_eq!(documents(&wenbao), 2);
}

#[test]
fn a_removed_document_answers_no_more() {
    let wenbao = Wenbao::new();
    wenbao.file("a.txt", "2025年山西省政府工作报告\n二、2025年工作安排\n今年新建智能化煤矿130座。\n");
    wenbao.file("b.txt", "2021年山西省政府工作报告\n三、2021年工作安排\n今年完成营造林400万亩。\n");
    wenbao.run(["ingest", "a.txt", "b.txt"]).succeeds();
    let list = wenbao.run(["documents", "--json"]).json();
    let first =
        list["documents"].as_array().unwrap().iter().find(|d| d["path"].as_str().unwrap().ends_with("a.txt")).unwrap();
    wenbao.run(["remove", &first["id"].as_str().unwrap()[..8]]).succeeds();
    assert_eq!(documents(&wenbao), 1);
    let found = wenbao.run(["search", "智能化煤矿", "--json"]).json();
    for passage in found["passages"].as_array().unwrap() {
        assert!(!passage["text"].as_str().unwrap().contains("智能化煤矿"), "{passage:#}");
    }
}

#[test]
fn an_index_is_verified_rebuilt_and_restored_from_a_backup() {
    let wenbao = Wenbao::new();
    wenbao.file("a.txt", "2025年山西省政府工作报告\n二、2025年工作安排\n今年新建智能化煤矿130座。\n");
    wenbao.run(["ingest", "a.txt"]).succeeds();
    wenbao.run(["verify"]).succeeds();
    wenbao.run(["rebuild"]).succeeds();
    let status = wenbao.run(["status", "--json"]).json();
    assert_eq!((&status["documents"], &status["problems"]), (&1.into(), &serde_json::json!([])), "{status:#}");
    wenbao.run(["backup", "copy.db"]).succeeds();
    wenbao.run(["backup", "copy.db"]).fails_saying(&["copy.db", "new file"]);
    let restored = wenbao.file("restored/truth.db", std::fs::read(wenbao.folder().join("copy.db")).unwrap());
    let folder = restored.parent().unwrap().to_string_lossy().into_owned();
    let answer = wenbao.run(["ask", "2025年新建智能化煤矿多少座", "--json", "--index", &folder]).json();
    assert_eq!(answer["answer"], "130座", "{answer:#}");
}

#[test]
fn ctrl_c_stops_an_ingest_without_loss() {
    let wenbao = Wenbao::new();
    for n in 0..12 {
        wenbao.file(&format!("r/{n:02}.txt"), report(2010 + n, 30));
    }
    let child = wenbao.command(["ingest", "r"]).spawn().unwrap();
    let began = Instant::now();
    // Once the first document is in, there is something to lose.
    while wenbao.run(["documents"]).stdout.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(120), "no document came in");
        std::thread::sleep(Duration::from_millis(20));
    }
    interrupt(&child);
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains("stopped") && ran.stderr.contains("again"), "{ran:#?}");
    let kept = documents(&wenbao);
    assert!((1..12).contains(&kept), "{kept} documents were kept");
    wenbao.run(["search", "产量"]).succeeds();
    let rest = wenbao.run(["ingest", "r"]);
    assert!(rest.succeeds().stderr.contains(&format!("{kept} unchanged")), "{rest:#?}");
    assert_eq!(documents(&wenbao), 12);
}

#[cfg(unix)]
#[test]
fn a_pipe_among_the_files_is_told_and_nobody_waits_for_it() {
    let wenbao = Wenbao::new();
    wenbao.file("r/a.txt", report(2024, 2));
    let pipe = wenbao.folder().join("r/pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink(".", wenbao.folder().join("r/again")).unwrap();
    let ran = wenbao.run(["ingest", "r"]);
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains("pipe: is a named pipe") && ran.stderr.contains("--follow"), "{ran:#?}");
    assert_eq!(documents(&wenbao), 1);
}

#[test]
fn nothing_from_outside_steers_the_terminal() {
    let wenbao = Wenbao::new();
    let name = "r/\u{1b}[31mgpj.\u{202e}txt";
    wenbao.file(name, report(2024, 2));
    wenbao.file("r/\u{1b}]0;x\u{7}.bin", [0; 64]);
    let ran = wenbao.run(["ingest", "r"]);
    assert!(ran.stderr.contains("\\u{1b}]0;x\\u{7}.bin"), "{ran:#?}");
    for ran in [
        ran,
        wenbao.run(["documents"]),
        wenbao.run(["documents", "--json"]),
        wenbao.run(["show", "\u{1b}[2J"]),
        wenbao.run(["search", "产量\u{1b}[2J\u{202e}"]),
        wenbao.run(["search", "产量\u{1b}[2J\u{202e}", "--json"]),
    ] {
        let steers = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!ran.stdout.contains(steers) && !ran.stderr.contains(steers), "{ran:#?}");
    }
    let documents = wenbao.run(["documents", "--json"]).json();
    assert!(documents["documents"][0]["path"].as_str().unwrap().ends_with(name), "{documents:#}");
}
