//! `wenbao status`, `verify`, `rebuild` and `backup`: the index itself.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use wenbao_embed::Reader;
use wenbao_lang::fold::shown;

use crate::args::Args;
use crate::{home, output, progress};

#[derive(Serialize)]
struct Status {
    index: String,
    model: String,
    fingerprint: String,
    dimensions: usize,
    generation: u64,
    documents: usize,
    passages: usize,
    sentences: usize,
    truth_bytes: u64,
    derived_bytes: u64,
    segments: usize,
    problems: Vec<String>,
}

pub(super) fn status(args: &Args, json: bool) -> anyhow::Result<()> {
    let store = super::existing_store(args)?;
    let status = store.status()?;
    let status = Status {
        index: store.place(),
        model: status.model.name,
        fingerprint: status.model.fingerprint,
        dimensions: status.model.dimensions,
        generation: status.generation,
        documents: status.documents,
        passages: status.passages,
        sentences: status.sentences,
        truth_bytes: status.truth_bytes,
        derived_bytes: status.derived_bytes,
        segments: status.segments.len(),
        problems: status.problems,
    };
    if json {
        return output::json(&status);
    }
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let mut out = output::stdout();
    writeln!(out, "index       {} (generation {})", shown(&status.index), status.generation)?;
    writeln!(out, "model       {} ({} dimensions, {})", shown(&status.model), status.dimensions, status.fingerprint)?;
    writeln!(out, "documents   {}", status.documents)?;
    writeln!(out, "passages    {} ({} sentences)", status.passages, status.sentences)?;
    writeln!(
        out,
        "on disk     {:.1} MB truth, {:.1} MB derived in {} segments",
        megabytes(status.truth_bytes),
        megabytes(status.derived_bytes),
        status.segments
    )?;
    for problem in &status.problems {
        writeln!(out, "problem     {}", shown(problem))?;
    }
    Ok(out.flush()?)
}

pub(super) fn verify(args: &Args) -> anyhow::Result<()> {
    let found = super::existing_store(args)?.verify()?;
    let of_models = verify_models(args)?;
    let mut out = output::stdout();
    for difference in found.differences.iter().chain(&of_models) {
        writeln!(out, "{}", shown(difference))?;
    }
    out.flush()?;
    let count = found.differences.len();
    anyhow::ensure!(count == 0, "{count} differences (on stdout): `wenbao rebuild` makes the derived parts anew");
    anyhow::ensure!(
        of_models.is_empty(),
        "the index is sound, the model's files are not (on stdout): `wenbao model pull` fetches what is damaged anew; \
         reader.gguf comes with the program"
    );
    output::line(&format!("{} passages in {} segments agree with the truth", found.passages, found.segments));
    Ok(())
}

/// A line for everything that is wrong with the files of the models; what is not there is no damage.
fn verify_models(args: &Args) -> anyhow::Result<Vec<String>> {
    let models = home::models(args);
    let complaints = match wenbao_embed::models::verify(&models, args.model.as_deref()) {
        Err(wenbao_embed::Error::NotPulled { .. }) => {
            output::line("no model is pulled: its files are not looked at");
            return Ok(Vec::new());
        }
        outcome => outcome?,
    };
    let reader = models.join(Reader::FILE);
    // The reader belongs to the default model alone.
    if !complaints.is_empty() || args.model.is_some() || !reader.exists() {
        return Ok(complaints);
    }
    // It is hashed, and its fixed question read, whenever it is opened.
    let embedder = super::embedder(args, args.threads)?;
    Ok(Reader::open(&reader, &embedder).err().map(|error| error.to_string()).into_iter().collect())
}

pub(super) fn rebuild(args: &Args) -> anyhow::Result<()> {
    let began = Instant::now();
    let store = super::existing_store(args)?;
    let clock = progress::clock(format!("making the parts of {} passages anew", store.newest()?.len()));
    store.rebuild()?;
    drop(clock);
    output::line(&format!("the derived parts were made anew in {:.1} s", began.elapsed().as_secs_f64()));
    Ok(())
}

pub(super) fn backup(args: &Args, file: &Path) -> anyhow::Result<()> {
    super::existing_store(args)?.backup(file)?;
    output::line(&format!("copied to {}: put it as truth.db into an empty folder to restore it", file.display()));
    Ok(())
}
