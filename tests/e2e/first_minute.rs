//! What a newcomer meets, and what a service is set up with: quickstart, doctor, settings, completions, manual pages.

use wenbao_tests::{Server, Wenbao};

#[test]
fn quickstart_answers_from_nothing_and_leaves_a_filled_index_alone() {
    let wenbao = Wenbao::new();
    let first = wenbao.run(["quickstart"]);
    assert!(first.succeeds().stdout.contains("130座"), "{first:#?}");
    assert!(first.stderr.contains("wenbao ingest"), "{first:#?}");
    let second = wenbao.run(["quickstart"]);
    assert!(second.succeeds().stderr.contains("3 documents"), "{second:#?}");
}

#[test]
fn an_index_without_documents_says_what_to_do_next() {
    let wenbao = Wenbao::new();
    wenbao.file("a.txt", "2025年山西省政府工作报告\n二、2025年工作安排\n今年新建智能化煤矿130座。\n");
    wenbao.run(["ingest", "a.txt"]).succeeds();
    let list = wenbao.run(["documents", "--json"]).json();
    wenbao.run(["remove", list["documents"][0]["id"].as_str().unwrap()]).succeeds();
    let ran = wenbao.run(["ask", "2025年新建智能化煤矿多少座"]);
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.stderr.contains("wenbao ingest"), "{ran:#?}");
}

#[test]
fn the_doctor_finds_nothing_wrong_and_then_what_is() {
    let wenbao = Wenbao::samples();
    let well = wenbao.run(["doctor"]);
    assert!(well.succeeds().stdout.contains("as pulled"), "{well:#?}");
    let lines: Vec<&str> = well.stdout.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("ok") || line.starts_with("note")), "{well:#?}");
    let empty = wenbao.file("models/nothing", "").parent().unwrap().to_path_buf();
    let ill = wenbao.run(["doctor", "--models", &empty.to_string_lossy()]);
    assert_eq!(ill.code, Some(2), "{ill:#?}");
    assert!(ill.stdout.contains("wenbao model pull") && ill.stderr.contains("model"), "{ill:#?}");
    let json = wenbao.run(["doctor", "--json"]).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), lines.len(), "{json:#}");
}

#[test]
fn a_file_of_settings_counts_and_its_faults_are_one_line() {
    let wenbao = Wenbao::samples();
    wenbao.file("wenbao.toml", "[search]\ntop-k = 2\n");
    let found = |args: &[&str]| wenbao.run(args).json()["passages"].as_array().unwrap().len();
    assert_eq!(found(&["search", "煤矿", "--json"]), 2);
    assert_eq!(found(&["search", "煤矿", "--json", "--top-k", "1"]), 1);
    let config = wenbao.run(["config", "--json"]).json();
    let setting = |name: &str| {
        config["settings"].as_array().unwrap().iter().find(|setting| setting["name"] == name).unwrap().clone()
    };
    assert_eq!((&setting("search.top-k")["value"], &setting("search.top-k")["from"]), (&"2".into(), &"file".into()));
    assert_eq!(setting("index")["from"], "variable");
    assert!(wenbao.run(["config"]).succeeds().stdout.contains("variable WENBAO_INDEX"));
    wenbao.file("wenbao.toml", "[serch]\ntop-k = 2\n");
    wenbao.run(["documents"]).fails_saying(&["wenbao.toml", "serch.top-k", "wenbao config"]);
    let doctor = wenbao.run(["doctor"]);
    assert_eq!(doctor.code, Some(2), "{doctor:#?}");
    assert!(doctor.stdout.contains("serch.top-k"), "{doctor:#?}");
    wenbao.run(["documents", "--config", "nowhere.toml"]).fails_saying(&["nowhere.toml", "--config"]);
}

#[test]
fn a_shell_completes_commands_flags_and_documents() {
    let wenbao = Wenbao::samples();
    let list = wenbao.run(["documents", "--json"]).json();
    let id = list["documents"][0]["id"].as_str().unwrap().to_owned();
    let asked = |words: &[&str]| {
        let mut command = wenbao.command(["--", "wenbao"].iter().chain(words));
        command.env("WENBAO_COMPLETE", "bash").env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_COMP_TYPE", "9");
        command.env("_CLAP_COMPLETE_SPACE", "true").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        wenbao_tests::Ran::of(&mut command)
    };
    assert!(asked(&["inge"]).succeeds().stdout.contains("ingest"));
    assert!(asked(&["ask", "--top"]).succeeds().stdout.contains("--top-k"));
    assert!(asked(&["remove", &id[..4]]).succeeds().stdout.contains(&id));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(wenbao.run(["completions", shell]).succeeds().stdout.contains("wenbao"), "{shell}");
    }
    wenbao.run(["completions", "sh"]).fails_saying(&["sh", "bash"]);
}

#[test]
fn every_command_has_a_manual_page() {
    let wenbao = Wenbao::new();
    wenbao.run(["man", &wenbao.folder().to_string_lossy()]).succeeds();
    for page in ["wenbao.1", "wenbao-ask.1", "wenbao-ingest.1", "wenbao-model-pull.1"] {
        let text = std::fs::read_to_string(wenbao.folder().join(page)).unwrap();
        assert!(text.contains(".TH"), "{page}: {text}");
    }
    wenbao.run(["man", "nowhere"]).fails_saying(&["nowhere", "exists"]);
}

#[test]
fn health_is_that_of_the_server() {
    let wenbao = Wenbao::samples();
    let server = Server::start(&wenbao);
    let addr = server.url.trim_start_matches("http://").to_owned();
    wenbao.run(["health", "--addr", &addr]).succeeds();
    drop(server);
    wenbao.run(["health", "--addr", &addr]).fails_saying(&[&addr, "wenbao serve"]);
    wenbao.run(["health", "--addr", "nothing"]).fails_saying(&["nothing"]);
}
