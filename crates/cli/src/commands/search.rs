//! `wenbao search`.

use std::io::Write;

use serde::Serialize;
use wenbao_answer::RankedPassage;

use super::Desk;
use crate::args::Args;
use crate::output::{self, Style};
use crate::render;

#[derive(Serialize)]
struct Found<'a> {
    query: &'a str,
    passages: &'a [RankedPassage],
}

pub(super) fn run(args: &Args, query: &str, top_k: usize, json: bool) -> anyhow::Result<()> {
    let passages = Desk::open(args, args.threads)?.answerer.search(query, top_k)?;
    if json {
        return output::json(&Found { query, passages: &passages });
    }
    let mut out = output::stdout();
    for (n, passage) in passages.iter().enumerate() {
        out.write_all(render::passage(n + 1, passage, Style::stdout()).as_bytes())?;
    }
    Ok(out.flush()?)
}
