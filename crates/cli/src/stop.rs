//! Ctrl-C: the first one asks the work to stop at the next safe place, the second one ends the process.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

/// The flag that Ctrl-C (or SIGTERM) sets.
///
/// # Errors
/// If no handler can be installed.
pub(crate) fn flag() -> anyhow::Result<&'static AtomicBool> {
    static FLAG: AtomicBool = AtomicBool::new(false);
    static INSTALLED: OnceLock<()> = OnceLock::new();
    if INSTALLED.set(()).is_ok() {
        ctrlc::set_handler(|| {
            if FLAG.swap(true, Ordering::SeqCst) {
                // 128 + SIGINT, as shells expect of a program that was interrupted. The store survives it.
                std::process::exit(130);
            }
        })
        .context("cannot listen for Ctrl-C")?;
    }
    Ok(&FLAG)
}
