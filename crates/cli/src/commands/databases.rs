//! `wenbao spread`, `enqueue` and `work`: what only databases can do.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Instant;

use wenbao_index::path_text;
use wenbao_ingest::{Ingest, Report};
use wenbao_lang::fold::shown;

use crate::args::Args;
use crate::place::{Databases, Place};
use crate::{output, progress, stop};

/// The databases that the command line names.
fn named(args: &Args) -> anyhow::Result<Databases> {
    match Place::of(args) {
        Place::Databases(databases) => Ok(databases),
        Place::Folder(folder) => anyhow::bail!(
            "{} is a folder, this is for databases: name them with --store postgres://USER@HOST/NAME",
            folder.display()
        ),
    }
}

pub(super) fn spread(args: &Args) -> anyhow::Result<()> {
    let store = named(args)?.with_more()?;
    let cancel = stop::flag()?;
    let bar = progress::bar("{bar:30} {pos}/{len} documents moved  {eta} left", 0);
    let began = Instant::now();
    let tell = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let moved = store.spread(&tell, cancel)?;
    bar.finish_and_clear();
    output::line(&format!("{moved} documents moved in {:.1} s", began.elapsed().as_secs_f64()));
    let stopped = cancel.load(Ordering::Relaxed);
    anyhow::ensure!(!stopped, "stopped before the end: nothing is lost; run the same command again to go on");
    Ok(())
}

pub(super) fn enqueue(args: &Args, paths: &[PathBuf], follow: bool) -> anyhow::Result<()> {
    // The store is made by whoever knows the model: workers do, and so does an ingest.
    let embedder = super::embedder(args, args.threads)?;
    let store = named(args)?.store(&super::stamp(&embedder))?;
    // Other machines have another working directory.
    let (files, failures) = wenbao_ingest::files(paths, follow);
    let files: Vec<PathBuf> = files.iter().map(std::path::absolute).collect::<Result<_, _>>()?;
    for (path, problem) in &failures {
        output::line(&format!("{}: {problem}", shown(&path_text(path))));
    }
    let new = store.enqueue(&files)?;
    output::line(&format!(
        "{new} files put into the queue, {} were in it; `wenbao work` reads them",
        files.len() - new
    ));
    anyhow::ensure!(failures.is_empty(), "{} files and folders could not be looked into (see above)", failures.len());
    Ok(())
}

pub(super) fn work(args: &Args) -> anyhow::Result<()> {
    let embedder = super::embedder(args, args.threads)?;
    let store = named(args)?.store(&super::stamp(&embedder))?;
    let cancel = stop::flag()?;
    let (mut read, mut failed) = (0, 0);
    while !cancel.load(Ordering::Relaxed) {
        let Some(claim) = store.claim()? else { break };
        let path = claim.path().to_path_buf();
        let ingest = Ingest { index: &store, encoder: &embedder, reader: super::ingest::reader(args), follow: false };
        let problem = match ingest.run(std::slice::from_ref(&path), &|_| {}, cancel) {
            Ok(Report { cancelled: true, .. }) => break,
            Ok(report) => report.failures.into_iter().next().map(|(_, problem)| problem),
            Err(error @ wenbao_ingest::Error::Input { .. }) => Some(error.to_string()),
            // The store or the model: not the file's fault.
            Err(error) => return Err(error.into()),
        };
        match &problem {
            None => read += 1,
            Some(problem) => {
                failed += 1;
                output::line(&format!("{}: {problem}", shown(&path_text(&path))));
            }
        }
        claim.end(problem)?;
    }
    let waiting = store.waiting()?;
    output::line(&format!(
        "{read} files read, {failed} could not be; {} wait, {} failed in all",
        waiting.files, waiting.failed
    ));
    let stopped = cancel.load(Ordering::Relaxed);
    anyhow::ensure!(!stopped, "stopped: the file at hand goes to another worker, or to the next run");
    Ok(())
}
