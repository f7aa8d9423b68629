//! `wenbao documents` and `wenbao remove`.

use std::io::Write;

use serde::Serialize;
use wenbao_lang::fold::shown;
use wenbao_server::view::DocumentView;

use crate::args::Args;
use crate::output::{self, Style};

#[derive(Serialize)]
struct List {
    documents: Vec<DocumentView>,
}

pub(super) fn list(args: &Args, json: bool) -> anyhow::Result<()> {
    let snapshot = super::existing_store(args)?.newest()?;
    let documents: Vec<DocumentView> =
        snapshot.documents().iter().map(|document| DocumentView::from(&**document)).collect();
    if json {
        return output::json(&List { documents });
    }
    let style = Style::stdout();
    let mut out = output::stdout();
    for document in documents {
        let title = document.title.as_deref().unwrap_or("(no title)");
        let facts = [
            document.date.unwrap_or_default(),
            document.region.map(|region| region.0).unwrap_or_default(),
            format!("{} passages", document.passages),
            warned(document.warnings.len()),
            document.path,
        ];
        let facts: Vec<&str> = facts.iter().map(String::as_str).filter(|fact| !fact.is_empty()).collect();
        writeln!(out, "{}  {}  {}", style.bold(&document.id), shown(title), style.dim(&facts.join(" · ")))?;
    }
    Ok(out.flush()?)
}

/// How many warnings there are, if any: `wenbao show` tells them.
fn warned(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 warning".to_owned(),
        n => format!("{n} warnings"),
    }
}

pub(super) fn remove(args: &Args, id: &str) -> anyhow::Result<()> {
    let store = super::existing_store(args)?;
    let snapshot = store.newest()?;
    let document = super::find(&*snapshot, id)?;
    let mut writer = store.writing()?;
    let removed = writer.remove(&document.id)?;
    writer.finish()?;
    anyhow::ensure!(removed, "document {id} was removed by somebody else meanwhile; nothing is left to do");
    output::line(&format!("removed {} ({})", document.id, document.path));
    Ok(())
}
