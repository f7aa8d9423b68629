//! `wenbao mcp`.

use std::io;

use wenbao_server::{Local, mcp};

use super::Desk;
use crate::args::Args;
use crate::output;

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let desk = Desk::open(args, args.threads)?;
    let engine = Local::new(desk.index, desk.embedder, desk.answerer);
    mcp::run(&engine, &mut io::stdin().lock(), &mut output::stdout())?;
    Ok(())
}
