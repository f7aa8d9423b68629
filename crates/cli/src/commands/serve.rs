//! `wenbao serve`.

use std::sync::Arc;

use anyhow::Context;
use wenbao_server::{App, Limits, Local, bind, serve};

use super::Desk;
use crate::args::Args;
use crate::output;

pub(super) fn run(args: &Args, addr: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the server's threads")?;
    runtime.block_on(async {
        // The address first: a busy port is said before the model is loaded.
        let (listener, local) = bind(addr).await?;
        let mut limits = Limits::default();
        if args.threads > 0 {
            limits.workers = args.threads;
        }
        // Each worker computes alone: requests side by side use the cores better than one on all of them.
        let desk = Desk::open(args, 1)?;
        let documents = desk.index.snapshot()?.documents().len();
        let app = App::new(Arc::new(Local::new(desk.index, desk.embedder, desk.answerer)), limits)
            .context("cannot start the server's threads")?;
        output::line(&format!("serving {documents} documents on http://{local} (Ctrl-C stops)"));
        serve(listener, app, stopped()).await?;
        output::line("stopped");
        Ok(())
    })
}

/// Resolves on Ctrl-C or SIGTERM.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}
