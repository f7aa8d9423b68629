//! Completion in shells: commands, flags and, from the index itself, documents.

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use clap_complete::env::{CompleteEnv, Shells};
use wenbao_index::Index;
use wenbao_lang::fold::shown;

use crate::args::Args;
use crate::{home, output};

/// The variable by which a shell asks. Such a process prints candidates and ends in [`answer`].
const ASKS: &str = "WENBAO_COMPLETE";

/// No shell shows more at once.
const MAX_CANDIDATES: usize = 500;

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
    let begun = begun.to_string_lossy();
    // A shell that completes has not read the command line to its end: the index is where variables and defaults say.
    let folder = std::env::var_os("WENBAO_INDEX").map_or_else(home::found_index, PathBuf::from);
    let Ok(snapshot) = Index::open_existing(&folder).and_then(|index| index.snapshot()) else { return Vec::new() };
    let candidate = |id: &str, title: Option<&str>, path: &str| {
        CompletionCandidate::new(id).help(Some(shown(title.unwrap_or(path)).into_owned().into()))
    };
    let found = snapshot.documents().iter().filter(|document| document.id.0.starts_with(&*begun));
    found
        .take(MAX_CANDIDATES)
        .map(|document| candidate(&document.id.0, document.meta.title.as_deref(), &document.path))
        .collect()
}

/// The same, and files.
pub(crate) fn documents_and_files(begun: &OsStr) -> Vec<CompletionCandidate> {
    let mut found = documents(begun);
    found.extend(PathCompleter::file().complete(begun));
    found
}
