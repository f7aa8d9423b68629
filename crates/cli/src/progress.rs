//! Bars and clocks on a terminal, nothing elsewhere.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a folder is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// A bar that shows nothing where standard error is no terminal.
pub(crate) fn bar(template: &str, length: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(8)).with_style(style)
}

/// A clock beside what cannot say how far it is; it is gone when it is dropped.
pub(crate) fn clock(what: String) -> Ticking {
    let bar = bar("{spinner} {msg}  {elapsed} so far", 0).with_message(what);
    bar.enable_steady_tick(LOOK);
    Ticking { bar, watcher: None }
}

/// A bar of the bytes that files below `folder` have, of `total` to come, as `size` counts them; it is gone when it is dropped.
pub(crate) fn growing(total: u64, size: impl Fn() -> u64 + Send + 'static) -> Ticking {
    let bar = bar("{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left", total);
    let shown = bar.clone();
    let (stop, stopped) = channel();
    let watch = move || {
        while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            shown.set_position(size().min(total));
        }
    };
    // Without a thread there is no bar, and nothing else is missing.
    let watcher = std::thread::Builder::new().spawn(watch).ok().map(|thread| (stop, thread));
    Ticking { bar, watcher }
}

/// A bar that moves by itself.
pub(crate) struct Ticking {
    bar: ProgressBar,
    watcher: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Ticking {
    /// Prints a line of talk above the bar.
    pub(crate) fn line(&self, text: &str) {
        self.bar.suspend(|| crate::output::line(text));
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.watcher.take() {
            drop(stop);
            // A watcher that panicked has nothing more to show.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}

/// Bytes of the files below a folder; what cannot be looked at counts nothing. Links are not followed.
pub(crate) fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries
        .filter_map(|entry| Some((entry.path(), entry.metadata().ok()?)))
        .map(|(path, found)| if found.is_dir() { bytes_below(&path) } else { found.len() })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_folder_are_those_of_all_files_below_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/b"), [0; 3]).unwrap();
        std::fs::write(folder.path().join("c"), [0; 4]).unwrap();
        assert_eq!(bytes_below(folder.path()), 7);
        assert_eq!(bytes_below(&folder.path().join("nothing")), 0);
    }

    #[test]
    fn a_bar_that_moves_by_itself_ends_when_it_is_dropped() {
        let (counted, counts) = channel();
        let ticking = growing(10, move || {
            let _ = counted.send(());
            5
        });
        counts.recv_timeout(Duration::from_secs(20)).unwrap();
        ticking.line("half of it");
        drop(ticking);
        while counts.try_recv().is_ok() {}
        assert!(counts.recv().is_err(), "the watcher is gone");
    }
}
