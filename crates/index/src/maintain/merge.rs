//! Merging beside the writer: which segments become one, and the thread that does it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Parts;
use crate::segment::GRAPH_FROM;
use crate::{Error, Result};

/// Below the size at which graphs are built merging is cheap: neighbours are merged unless the older is more than this
/// many times as large as all after it, so that small indexes have few segments.
const RATIO: usize = 4;
/// Above it what costs is the graph, at every merge anew: segments wait until so many of a size are there, then become
/// one. An entry is so put into a graph once for every power of this in the number of entries. Embedding it took
/// longer than three such insertions.
const FAN: usize = 8;
/// A segment with a smaller share of living passages is written again without the dead.
const ALIVE: f64 = 0.7;
/// How often a wait for a merge looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// The merges of a writer: one at a time, in a thread of its own, which ends before the writer does. There is no queue:
/// after each merge the next one is chosen from what is there then.
pub(crate) struct Merges {
    parts: Arc<Parts>,
    stop: Arc<AtomicBool>,
    running: Option<Running>,
    /// A merge failed: whatever it was, the next would meet it too.
    failed: bool,
}

struct Running {
    thread: JoinHandle<Result<()>>,
    /// Hangs up when the thread ends.
    ended: Receiver<()>,
}

impl Merges {
    pub fn new(parts: Arc<Parts>) -> Self {
        Self { parts, stop: Arc::default(), running: None, failed: false }
    }

    /// Begins to merge what pays, unless a merge is under way. `all` processors, or half of them while others work.
    pub fn begin(&mut self, all: bool) {
        if self.running.as_ref().is_some_and(|running| running.thread.is_finished()) {
            self.end();
        }
        if self.running.is_some() || self.failed {
            return;
        }
        let (parts, stop) = (Arc::clone(&self.parts), Arc::clone(&self.stop));
        let (ending, ended) = channel();
        let work = move || {
            let _ending = ending;
            merge_all(&parts, &stop, all)
        };
        match std::thread::Builder::new().name("merge".into()).spawn(work) {
            Ok(thread) => self.running = Some(Running { thread, ended }),
            Err(problem) => tracing::warn!("no thread to merge segments with: {problem}"),
        }
    }

    /// Waits until the merges under way are done, or gives them up as soon as `cancel` is set.
    pub fn wait(&mut self, cancel: &AtomicBool) {
        let Some(running) = &self.running else { return };
        loop {
            if cancel.load(Ordering::Relaxed) {
                self.stop.store(true, Ordering::Relaxed);
            }
            if running.ended.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        self.end();
    }

    /// Joins the thread and tells what went wrong.
    fn end(&mut self) {
        let Some(running) = self.running.take() else { return };
        let problem = match running.thread.join() {
            Ok(Ok(())) => return,
            Ok(Err(problem)) => problem.to_string(),
            Err(_) => "the merge panicked".to_owned(),
        };
        self.failed = true;
        let dir = self.parts.dir().display();
        tracing::warn!(
            "segments of {dir} were not merged, they are searched one by one until a writer does it: {problem}"
        );
    }
}

impl Drop for Merges {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.end();
    }
}

/// Merges until nothing pays any more, or told to stop.
fn merge_all(parts: &Parts, stop: &AtomicBool, all: bool) -> Result<()> {
    while !stop.load(Ordering::Relaxed) {
        let Some(job) = parts.begin_merge(pick)? else { break };
        in_pool(all, || parts.merge(&job, stop))?;
    }
    Ok(())
}

/// Runs with threads of its own, so that neither an embedder nor a search waits behind a graph.
fn in_pool<T: Send>(all: bool, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if all { processors } else { processors.div_ceil(2) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("merge-{n}")).build();
    let no_threads = |e: rayon::ThreadPoolBuildError| Error::Threads(e.to_string());
    pool.map_err(no_threads)?.install(work)
}

/// Which segments (oldest first; living entries of each and the share that lives) become one, if any should.
fn pick(segments: &[(usize, f64)]) -> Option<Range<usize>> {
    let mut first = None;
    let mut after = 0;
    for (at, &(size, _)) in segments.iter().enumerate().rev() {
        let cheap = size + after < GRAPH_FROM;
        if at + 1 < segments.len() && if cheap { size <= RATIO * after } else { size * (FAN - 1) <= after } {
            first = Some(at);
        }
        after += size;
    }
    let dead = || segments.iter().position(|&(_, share)| share < ALIVE).map(|at| at..at + 1);
    first.map(|first| first..segments.len()).or_else(dead)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(sizes: &[usize]) -> Option<Range<usize>> {
        pick(&sizes.iter().map(|&size| (size, 1.0)).collect::<Vec<_>>())
    }

    #[test]
    fn small_segments_are_merged_soon_and_large_ones_by_eights() {
        for (sizes, want) in [
            (&[][..], None),
            (&[5], None),
            (&[16, 2, 2], Some(0)),
            (&[17, 2, 2], Some(1)),
            (&[100, 17, 2, 2], Some(2)),
            (&[8_000, 4_000], None),
            (&[8_000, 4_000, 4_000], Some(1)),
            (&[100_000, 12], None),
            (&[8_000; 8], Some(0)),
            (&[8_000; 7], None),
            (&[64_000, 8_000, 8_000, 8_000], None),
        ] {
            assert_eq!(picked(sizes), want.map(|first| first..sizes.len()), "{sizes:?}");
        }
        assert_eq!(pick(&[(20_000, 1.0), (70, 0.69), (10, 0.8)]), Some(1..2), "a mostly dead one alone");
    }

    #[test]
    fn a_million_entries_are_put_into_a_graph_twice_and_leave_few_segments() {
        let (mut sizes, mut in_graphs, mut most): (Vec<usize>, usize, usize) = (Vec::new(), 0, 0);
        for _ in 0..250 {
            sizes.push(4_000);
            while let Some(range) = picked(&sizes) {
                let size: usize = sizes.drain(range).sum();
                in_graphs += if size < GRAPH_FROM { 0 } else { size };
                sizes.push(size);
            }
            most = most.max(sizes.len());
        }
        assert!(in_graphs <= 2_000_000 && most <= 16, "{in_graphs}, {most} segments");
    }
}
