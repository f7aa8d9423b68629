//! A small language for the end-to-end tests: run the real `wenbao`, look at what it said.
//!
//! [`Wenbao`] is the command with a folder and an index of its own; [`Ran`] is what one run came to; [`Server`] is
//! `wenbao serve` on a free port. The binary is built and the model fetched on first use, so that `cargo test` alone is
//! enough in a fresh clone.
#![forbid(unsafe_code)]

pub mod judge;
mod server;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

pub use server::{Reply, Server, interrupt};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_path_buf()
}

/// The folder of the build: the test runs in `target/release/deps`.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    test.ancestors().nth(2).expect("tests run in target/release/deps").to_path_buf()
}

/// The command, built now if it is not up to date.
pub fn wenbao() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--release", "--quiet", "-p", "wenbao-cli"]).current_dir(root());
        // Cargo tells a test of its package; build scripts that look at the same variables (ring's does) would run again, and all
        // that depends on them be built anew, here and in the next build from a shell.
        let of_package = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|head| name.starts_with(head));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(of_package)) {
            build.env_remove(name);
        }
        let built = build.status().expect("cargo runs");
        assert!(built.success(), "the command does not build");
        target().join("wenbao")
    })
}

/// The models folder of the repository, with the default model in it.
pub fn models() -> &'static Path {
    static MODELS: OnceLock<PathBuf> = OnceLock::new();
    MODELS.get_or_init(|| {
        let models = root().join("models");
        let pulled =
            Command::new(wenbao()).args(["model", "pull", "--models"]).arg(&models).output().expect("wenbao runs");
        assert!(pulled.status.success(), "the model cannot be fetched: {}", String::from_utf8_lossy(&pulled.stderr));
        models
    })
}

/// The Python of the tests' virtual environment, with what tests/requirements.txt names.
pub fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let made = Command::new("make").args(["--silent", ".venv/ok"]).current_dir(root()).status().expect("make runs");
        assert!(made.success(), "the virtual environment of the tests cannot be made");
        root().join(".venv/bin/python")
    })
}

/// The command with a scratch folder, in which it runs, and an index.
pub struct Wenbao {
    folder: TempDir,
    index: PathBuf,
}

impl Default for Wenbao {
    fn default() -> Self {
        Self::new()
    }
}

impl Wenbao {
    /// With no index yet; it would come to lie in the scratch folder.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let index = folder.path().join("index");
        Self { folder, index }
    }

    /// With the index of the samples, which is made once and shared: look, do not write.
    pub fn samples() -> Self {
        static INDEX: OnceLock<PathBuf> = OnceLock::new();
        let index = INDEX.get_or_init(|| {
            // Of this build, not of an earlier one: what a test sees must come from the code as it is.
            let index = target().join("e2e-samples");
            let _ = std::fs::remove_dir_all(&index);
            let samples = root().join("samples");
            let ran = Self { index: index.clone(), ..Self::new() }.run(["ingest", &samples.to_string_lossy()]);
            ran.succeeds();
            index
        });
        Self { index: index.clone(), ..Self::new() }
    }

    /// The scratch folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The index's folder.
    pub fn index(&self) -> &Path {
        &self.index
    }

    /// A file of the scratch folder, with its parents.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().expect("a name has a folder")).expect("a scratch folder");
        std::fs::write(&path, content).expect("a scratch file");
        path
    }

    /// The command with arguments, not started yet.
    pub fn command<S: AsRef<str>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(wenbao());
        command
            .args(args.into_iter().map(|arg| arg.as_ref().to_owned()))
            .current_dir(self.folder())
            .env("WENBAO_INDEX", &self.index)
            .env("WENBAO_MODELS", models())
            .env_remove("WENBAO_MODEL")
            .env_remove("WENBAO_CONFIG")
            // A developer's own settings are not those of the tests.
            .env("XDG_CONFIG_HOME", self.folder())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub fn run<S: AsRef<str>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// Runs it with something on its standard input.
    pub fn run_with_input<S: AsRef<str>>(&self, args: impl IntoIterator<Item = S>, input: &[u8]) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().expect("wenbao runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.to_vec();
        let feeding = std::thread::spawn(move || {
            // A command that does not read its input to the end is free to do so.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("wenbao ends");
        feeding.join().expect("the input was fed");
        Ran::from(output)
    }

    /// `ask QUESTION --json`, read.
    pub fn ask(&self, question: &str) -> Value {
        self.run(["ask", question, "--json"]).json()
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; none after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<std::process::Output> for Ran {
    fn from(output: std::process::Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("wenbao speaks UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        command.output().expect("wenbao runs").into()
    }

    /// It must have ended well.
    #[track_caller]
    pub fn succeeds(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// It must have ended as an error does: exit code 2, nothing on stdout, and one line on stderr that says all of `parts`.
    #[track_caller]
    pub fn fails_saying(&self, parts: &[&str]) -> &Self {
        assert_eq!(self.code, Some(2), "{self:#?}");
        assert_eq!(self.stdout, "", "an error says nothing on stdout");
        assert_eq!(self.stderr.lines().count(), 1, "an error is one line: {self:#?}");
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in {:?}", self.stderr);
        }
        self
    }

    /// Its standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Its standard output as JSON lines.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        self.stdout.lines().map(read).collect()
    }
}
