//! `wenbao status`, `verify`, `rebuild` and `backup`: the index itself.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::args::Args;
use crate::home;
use crate::output::{self};

#[derive(Serialize)]
struct Status {
    index: String,
    model: String,
    fingerprint: String,
    dimensions: usize,
    generation: u64,
    documents: usize,
    passages: usize,
    characters: usize,
    bytes: u64,
}

pub(super) fn status(args: &Args, json: bool) -> anyhow::Result<()> {
    let index = super::existing_index(args)?;
    let snapshot = index.snapshot()?;
    let model = index.model();
    let status = Status {
        index: home::index(args).display().to_string(),
        model: model.name.clone(),
        fingerprint: model.fingerprint.clone(),
        dimensions: model.dimensions,
        generation: snapshot.generation(),
        documents: snapshot.documents().len(),
        passages: snapshot.len(),
        characters: snapshot.documents().iter().map(|document| document.characters).sum(),
        bytes: size(index.dir()),
    };
    if json {
        return output::json(&status);
    }
    let mut out = output::stdout();
    writeln!(out, "index       {} (generation {})", status.index, status.generation)?;
    writeln!(out, "model       {} ({} dimensions, {})", status.model, status.dimensions, status.fingerprint)?;
    writeln!(out, "documents   {}", status.documents)?;
    writeln!(out, "passages    {}", status.passages)?;
    writeln!(out, "characters  {}", status.characters)?;
    writeln!(out, "on disk     {:.1} MB", status.bytes as f64 / 1e6)?;
    Ok(out.flush()?)
}

/// Bytes of all files below a folder; what vanishes meanwhile counts nothing.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
