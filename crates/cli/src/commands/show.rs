//! `wenbao show`: how a document was read.

use std::io::Write;
use std::path::Path;

use wenbao_lang::fold::shown;
use wenbao_report::{Document, outline};

use crate::args::Args;
use crate::output;

pub(super) fn run(args: &Args, id: &str, passages: bool, json: bool) -> anyhow::Result<()> {
    let path = Path::new(id);
    let document = if path.is_file() { wenbao_report::read(path)? } else { stored(args, id)? };
    if json {
        return output::json(&document);
    }
    let mut out = output::stdout();
    for line in outline::render(&document, passages).lines() {
        writeln!(out, "{}", shown(line))?;
    }
    Ok(out.flush()?)
}

/// The document as it was read when it was ingested.
fn stored(args: &Args, id: &str) -> anyhow::Result<Document> {
    let snapshot = super::existing_store(args)?.newest()?;
    let record = super::find(&*snapshot, id)?;
    let rows: Vec<u32> = record.rows().collect();
    Ok(Document {
        meta: record.meta.clone(),
        text: snapshot.document_text(&record.id)?.unwrap_or_default(),
        outline: snapshot.outline(&record.id)?.unwrap_or_default(),
        passages: snapshot.read_passages(&rows)?,
    })
}
