//! `wenbao serve`.

use std::sync::Arc;

use anyhow::Context;
use wenbao_server::notes::{FILE, Notes};
use wenbao_server::{Access, App, Keys, Library, Limits, Local, UploadLimits, bind, serve};

use super::Desk;
use crate::args::{Args, Serve};
use crate::{home, output};

/// Keys where no file names them: "read KEY,write KEY".
const KEYS: &str = "WENBAO_API_KEYS";

/// The folder in the index that keeps files which came over HTTP.
const FILES: &str = "files";

pub(super) fn run(args: &Args, wanted: &Serve) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the server's threads")?;
    runtime.block_on(async {
        let mut access =
            Access::new(keys(wanted)?, wanted.public_url.as_deref(), &wanted.allow_origin, &wanted.allow_host)?;
        if let Some(a_minute) = wanted.rate {
            access = access.with_rate(a_minute);
        }
        // The address first: a busy port is said before the model is loaded.
        let (listener, local) = bind(&wanted.addr).await?;
        access.check(local, wanted.insecure_no_key)?;
        let mut limits = Limits::default();
        if args.threads > 0 {
            limits.workers = args.threads;
        }
        // Each worker computes alone: requests side by side use the cores better than one on all of them.
        let desk = Desk::open(args, 1)?;
        let documents = desk.store.newest()?.documents().len();
        // Of a store elsewhere too: notes and files that came over HTTP are this server's own.
        let folder = home::index(args);
        std::fs::create_dir_all(&folder)
            .context("cannot make the folder of the index, for notes and files; name one with --index")?;
        let notes = wanted.notes.then(|| Notes::open(&folder.join(FILE))).transpose();
        let notes = notes.context("cannot keep notes in the folder of the index")?;
        let files = folder.canonicalize().context("cannot find the folder of the index")?.join(FILES);
        let engine =
            Local::new(desk.store, desk.embedder, desk.answerer).with_files(files.clone(), super::ingest::reader(args));
        let mut app =
            App::new(Arc::new(engine), limits).context("cannot start the server's threads")?.with_access(access);
        if !wanted.read_only {
            app = app.with_library(Library::new(files, UploadLimits::default()));
        }
        if wanted.log_questions {
            app = app.with_questions_logged();
        }
        if let Some(notes) = notes {
            app = app.with_notes(notes);
        }
        output::line(&format!("serving {documents} documents on http://{local} (Ctrl-C stops)"));
        serve(listener, app, stopped()).await?;
        output::line("stopped");
        Ok(())
    })
}

fn keys(wanted: &Serve) -> anyhow::Result<Keys> {
    match (&wanted.api_keys, std::env::var(KEYS)) {
        (Some(file), _) => Ok(Keys::read(file)?),
        (None, Ok(keys)) => Ok(Keys::parse(&keys, KEYS)?),
        (None, Err(std::env::VarError::NotPresent)) => Ok(Keys::default()),
        (None, Err(error)) => anyhow::bail!("cannot read {KEYS}: {error}"),
    }
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
