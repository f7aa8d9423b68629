//! `wenbao gaps`.

use std::io::Write;

use anyhow::Context;
use serde::Serialize;
use wenbao_lang::fold::shown;
use wenbao_server::notes::{self, Gap};

use crate::args::Args;
use crate::home;
use crate::output::{self, Style};

#[derive(Serialize)]
struct List {
    gaps: Vec<Gap>,
}

pub(super) fn run(args: &Args, json: bool) -> anyhow::Result<()> {
    let path = home::index(args).join(notes::FILE);
    let gaps = notes::gaps(&path).with_context(|| format!("cannot read {}", shown(&path.to_string_lossy())))?;
    if json {
        return output::json(&List { gaps });
    }
    if gaps.is_empty() {
        output::line("no questions without an answer are kept; `wenbao serve --notes` keeps them");
    }
    let style = Style::stdout();
    let mut out = output::stdout();
    for gap in gaps {
        let reason = shown(gap.reason.as_deref().unwrap_or_default()).into_owned();
        writeln!(
            out,
            "{}  {}  {}",
            style.bold(&format!("{:>4}", gap.asked)),
            shown(&gap.question),
            style.dim(&reason)
        )?;
    }
    Ok(out.flush()?)
}
