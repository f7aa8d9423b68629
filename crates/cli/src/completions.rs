//! Completion in shells: commands, flags and, from the index itself, documents.

use std::ffi::OsStr;
use std::io::Write;
use std::sync::mpsc::channel;
use std::time::Duration;

use clap::CommandFactory;
use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use clap_complete::env::{CompleteEnv, Shells};
use wenbao_lang::fold::shown;

use crate::args::Args;
use crate::place::Place;
use crate::{config, output};

/// The variable by which a shell asks. Such a process prints candidates and ends in [`answer`].
const ASKS: &str = "WENBAO_COMPLETE";

/// No shell shows more at once.
const MAX_CANDIDATES: usize = 500;

/// Whoever types waits no longer: a database may be far away, or not there.
const PATIENCE: Duration = Duration::from_secs(1);

/// Answers a shell that asks for completions, and ends the process then.
pub(crate) fn answer() {
    CompleteEnv::with_factory(Args::command).var(ASKS).complete();
}

/// Prints what a shell reads to ask us.
///
/// # Errors
/// If standard output cannot be written to.
pub(crate) fn print(shell: &str) -> anyhow::Result<()> {
    let shells = Shells::builtins();
    let Some(shell) = shells.completer(shell) else { anyhow::bail!("no completions for {shell}") };
    let mut out = output::stdout();
    shell.write_registration(ASKS, "wenbao", "wenbao", "wenbao", &mut out)?;
    Ok(out.flush()?)
}

/// Names of the index's documents, each with its title.
pub(crate) fn documents(begun: &OsStr) -> Vec<CompletionCandidate> {
    let begun = begun.to_string_lossy().into_owned();
    let (found, waited_for) = channel();
    // The process ends with its answer, and this thread with it.
    std::thread::spawn(move || found.send(beginning_with(&begun)));
    waited_for.recv_timeout(PATIENCE).ok().flatten().unwrap_or_default()
}

fn beginning_with(begun: &str) -> Option<Vec<CompletionCandidate>> {
    // A shell that completes has not read the command line to its end: the index is where variables and settings say.
    let parsed = config::parse(["wenbao", "documents"].map(Into::into).into()).ok()?;
    let newest = Place::of(&parsed.args).existing().ok()?.newest().ok()?;
    let candidate = |id: &str, title: Option<&str>, path: &str| {
        CompletionCandidate::new(id).help(Some(shown(title.unwrap_or(path)).into_owned().into()))
    };
    let found = newest.documents().iter().filter(|document| document.id.0.starts_with(begun));
    let candidates = found.take(MAX_CANDIDATES);
    Some(candidates.map(|d| candidate(&d.id.0, d.meta.title.as_deref(), &d.path)).collect())
}

/// The same, and files.
pub(crate) fn documents_and_files(begun: &OsStr) -> Vec<CompletionCandidate> {
    let mut found = documents(begun);
    found.extend(PathCompleter::file().complete(begun));
    found
}
