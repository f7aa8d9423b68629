//! `wenbao search`.

use std::io::Write;

use serde::Serialize;
use wenbao_answer::{Question, Searched};

use super::Desk;
use crate::args::Args;
use crate::output::{self, Style};
use crate::render;

#[derive(Serialize)]
struct Found<'a> {
    query: &'a str,
    #[serde(flatten)]
    found: &'a Searched,
}

pub(super) fn run(args: &Args, query: &Question, json: bool) -> anyhow::Result<()> {
    let found = Desk::open(args, args.threads)?.answerer.search(query)?;
    super::lacking(&found.unreachable);
    if json {
        return output::json(&Found { query: &query.text, found: &found });
    }
    let mut out = output::stdout();
    for (n, passage) in found.passages.iter().enumerate() {
        out.write_all(render::passage(n + 1, passage, Style::stdout()).as_bytes())?;
    }
    Ok(out.flush()?)
}
