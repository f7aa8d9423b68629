//! `wenbao mcp`.

use std::sync::Arc;

use anyhow::Context;
use wenbao_server::{App, Limits, Local, mcp};

use super::Desk;
use crate::args::Args;

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let desk = Desk::open(args, args.threads)?;
    let engine = Local::new(desk.store, desk.embedder, desk.answerer);
    // One assistant asks one thing at a time: one worker, with all threads of the model.
    let limits = Limits { workers: 1, ..Limits::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the session's threads")?;
    let app = App::new(Arc::new(engine), limits).context("cannot start the session's threads")?;
    runtime.block_on(mcp::over_stdio(app))?;
    // A read of standard input cannot be called off: what is left of the runtime must not wait for it.
    runtime.shutdown_background();
    Ok(())
}
