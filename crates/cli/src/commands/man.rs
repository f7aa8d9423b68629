//! `wenbao man`.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;

use crate::args::Args;
use crate::output;

pub(super) fn run(folder: &Path) -> anyhow::Result<()> {
    let command = Args::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, folder)
        .with_context(|| format!("cannot write manual pages to {}; name a folder that exists", folder.display()))?;
    output::line(&format!("manual pages written: man -l {}", folder.join("wenbao.1").display()));
    Ok(())
}
