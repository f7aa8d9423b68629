//! `wenbao ingest`: with a bar on a terminal, stoppable by Ctrl-C without loss.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use indicatif::ProgressBar;
use wenbao_index::path_text;
use wenbao_ingest::{Ingest, Progress, Reader, Report};
use wenbao_lang::fold::shown;
use wenbao_report::Limits;

use crate::args::Args;
use crate::place::Place;
use crate::{output, progress, stop};

/// The subcommand by which this program becomes a process that reads.
#[cfg(unix)]
const CHILD: &str = "read-child";

pub(super) fn run(args: &Args, paths: &[PathBuf], follow: bool) -> anyhow::Result<()> {
    let embedder = super::embedder(args, args.threads)?;
    let store = Place::of(args).open(&super::stamp(&embedder))?;
    let cancel = stop::flag()?;
    let bar = progress::bar("{bar:30} {pos}/{len} passages  {prefix}  {eta} left  {wide_msg:.dim}", 0);
    let began = Instant::now();
    let ingest = Ingest { index: &*store, encoder: &embedder, reader: reader(args), follow };
    let report = ingest.run(paths, &|progress| show(&bar, &progress), cancel);
    bar.finish_and_clear();
    let report = report?;
    for (path, problem) in &report.failures {
        output::line(&format!("{}: {problem}", shown(&path_text(path))));
    }
    for (path, warning) in &report.warnings {
        output::line(&format!("{}: warning: {}", shown(&path_text(path)), shown(warning)));
    }
    if report.links > 0 {
        output::line(&format!("links to folders that were not followed: {} (--follow goes into them)", report.links));
    }
    output::line(&summary(&report, began.elapsed().as_secs_f64()));
    if report.cancelled {
        anyhow::bail!("stopped before the end: what was stored stays; run the same command again to go on");
    }
    if !report.failures.is_empty() {
        let failed = report.failures.len();
        anyhow::bail!("{failed} of the files and folders could not be read (see above): the others are in the index");
    }
    Ok(())
}

/// What reads files that nobody vouches for: processes of their own, where the system can confine them.
pub(super) fn reader(args: &Args) -> Arc<dyn Reader> {
    #[cfg(unix)]
    {
        use wenbao_ingest::Pool;
        match ocr(args) {
            Some(folder) => Arc::new(Pool::new(&[OsStr::new(CHILD), folder.as_os_str()], Limits::default()).with_ocr()),
            None => Arc::new(Pool::new(&[CHILD], Limits::default())),
        }
    }
    #[cfg(not(unix))]
    {
        Arc::new(wenbao_ingest::Here(Limits::default()))
    }
}

/// The folder of the OCR's models, where this program has an OCR and they were pulled.
#[cfg(unix)]
fn ocr(args: &Args) -> Option<PathBuf> {
    let folder = crate::home::models(args).join(super::model::OCR);
    (cfg!(feature = "ocr") && folder.is_dir()).then_some(folder)
}

/// What the process does that [`reader`] starts. The OCR opens its models before the process gives up its files.
#[cfg(unix)]
pub(super) fn child(folder: Option<&Path>) -> anyhow::Result<()> {
    #[cfg(feature = "ocr")]
    if let Some(folder) = folder {
        return Ok(wenbao_ingest::child::run(Some(&wenbao_ocr::PpOcr::open(folder)))?);
    }
    let _ = folder;
    Ok(wenbao_ingest::child::run(None)?)
}

fn show(bar: &ProgressBar, progress: &Progress) {
    bar.set_length(progress.passages_total as u64);
    bar.set_position(progress.passages_done as u64);
    bar.set_prefix(format!("{:.0} a second", progress.passages_per_second));
    let name = progress.path.file_name().unwrap_or_default().to_string_lossy();
    bar.set_message(format!("[{}/{}] {}", progress.file, progress.files, shown(&name)));
}

fn summary(report: &Report, seconds: f64) -> String {
    let counts = [
        (report.added, "added"),
        (report.replaced, "replaced"),
        (report.unchanged, "unchanged"),
        (report.failures.len(), "failed"),
    ];
    let counts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let counts =
        if counts.is_empty() { "no documents".to_owned() } else { format!("documents: {}", counts.join(", ")) };
    format!("{counts}; {} passages in {seconds:.1} s", report.passages)
}
