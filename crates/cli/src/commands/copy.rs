//! `wenbao copy`: all documents of a store into another one, with their vectors, and a look at whether they arrived.

use std::time::Instant;

use indicatif::ProgressBar;
use wenbao_index::store::Whole;
use wenbao_index::{DocumentRecord, Generation, Store, StoreWriter};

use crate::args::Args;
use crate::place::Place;
use crate::{output, progress, stop};

/// Passages stored in one transaction, about.
const TOGETHER: usize = 512;

pub(super) fn run(args: &Args, from: &str, to: &str) -> anyhow::Result<()> {
    let (from, to) = (Place::parse(args, from), Place::parse(args, to));
    anyhow::ensure!(from != to, "--from and --to name the same place");
    let from = from.existing()?;
    let to = to.open(from.model())?;
    let source = from.newest()?;
    // In the order in which they were stored: rows, by which equals are put in order, then follow each other alike.
    let mut documents: Vec<&DocumentRecord> = source.documents().iter().map(|document| &**document).collect();
    documents.sort_by_key(|document| document.first_row);
    let before = to.newest()?;
    let lacking: Vec<&DocumentRecord> =
        documents.iter().copied().filter(|&document| !is_there(document, &*before)).collect();
    drop(before);
    let began = Instant::now();
    let bar = progress::bar("{bar:30} {pos}/{len} documents copied  {eta} left", lacking.len() as u64);
    store(&*source, &lacking, &*to, &bar)?;
    bar.finish_and_clear();
    let seconds = began.elapsed().as_secs_f64();
    let passages: usize = lacking.iter().map(|document| document.passages).sum();
    output::line(&format!(
        "documents: {} copied, {} there already; {passages} passages in {seconds:.1} s",
        lacking.len(),
        documents.len() - lacking.len()
    ));
    let bar = progress::bar("{bar:30} {pos}/{len} documents compared  {eta} left", documents.len() as u64);
    let differ = compare(&*source, &documents, &*to.newest()?, &bar)?;
    bar.finish_and_clear();
    anyhow::ensure!(
        differ.is_empty(),
        "{} documents differ after copying, {} first: `wenbao verify` says more of either place",
        differ.len(),
        differ[0]
    );
    output::line(&format!("all {} documents are the same in both places, to the last bit", documents.len()));
    Ok(())
}

/// Whether a document lies there as it is here.
fn is_there(document: &DocumentRecord, there: &dyn Generation) -> bool {
    there.document(&document.id).is_some_and(|found| {
        found.path == document.path
            && found.meta == document.meta
            && found.passages == document.passages
            && found.ingested_at == document.ingested_at
    })
}

fn store(
    from: &dyn Generation,
    documents: &[&DocumentRecord],
    to: &dyn Store,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let cancel = stop::flag()?;
    let mut writer = to.writing()?;
    let mut ready: Vec<Whole> = Vec::new();
    let put = |ready: &mut Vec<Whole>, writer: &mut dyn StoreWriter| -> anyhow::Result<()> {
        if !ready.is_empty() {
            writer.put_all(&ready.iter().map(Whole::as_new).collect::<Vec<_>>())?;
            bar.inc(ready.len() as u64);
            ready.clear();
        }
        Ok(())
    };
    for document in documents {
        if cancel.load(std::sync::atomic::Ordering::Relaxed) {
            break;
        }
        let whole = from.whole(&document.id)?;
        ready.push(whole.ok_or_else(|| anyhow::anyhow!("document {} cannot be read any more", document.id))?);
        if ready.iter().map(|whole| whole.document.passages.len()).sum::<usize>() >= TOGETHER {
            put(&mut ready, &mut *writer)?;
        }
    }
    put(&mut ready, &mut *writer)?;
    writer.finish_unless(cancel)?;
    let stopped = cancel.load(std::sync::atomic::Ordering::Relaxed);
    anyhow::ensure!(!stopped, "stopped before the end: what was copied stays; run the same command again to go on");
    Ok(())
}

/// The documents that are not in both places alike, to the last bit of their vectors.
fn compare(
    from: &dyn Generation,
    documents: &[&DocumentRecord],
    to: &dyn Generation,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<String>> {
    let mut differ = Vec::new();
    for document in documents {
        if from.whole(&document.id)? != to.whole(&document.id)? {
            differ.push(document.id.to_string());
        }
        bar.inc(1);
    }
    Ok(differ)
}
