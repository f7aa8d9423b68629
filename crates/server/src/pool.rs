//! Threads for work that computes, behind a queue that refuses instead of growing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads and a bounded queue before them.
///
/// A job whose caller has gone (closed connection, time limit) is dropped when its turn comes; one that already runs is
/// let finish, because nothing in it can be stopped half way.
#[derive(Clone)]
pub struct Pool {
    jobs: SyncSender<Job>,
}

/// Why a job gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The queue is full; the caller should come back later.
    #[error("the server is busy: its queue is full; try again in a moment")]
    Full,
    /// The time limit passed first.
    #[error("no result within the time limit of {} s; ask something shorter or try again later", .0.as_secs())]
    TimedOut(Duration),
    /// The job panicked; the thread lives on.
    #[error("the request ran into a defect of the server; its log says more")]
    Failed,
}

impl Pool {
    /// Starts `workers` threads (at least one) before which at most `queue` jobs wait.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn new(workers: usize, queue: usize) -> std::io::Result<Self> {
        let (jobs, receiver) = sync_channel::<Job>(queue.max(1));
        let receiver = Arc::new(Mutex::new(receiver));
        for n in 0..workers.max(1) {
            let receiver = Arc::clone(&receiver);
            std::thread::Builder::new().name(format!("answer-{n}")).spawn(move || work(&receiver))?;
        }
        Ok(Self { jobs })
    }

    /// Runs `job` on one of the threads and waits for its result for at most `limit`, its time in the queue included.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn run<T, F>(&self, limit: Duration, job: F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (sender, result) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !sender.is_closed() {
                // A receiver that left meanwhile does not want the result any more.
                let _ = sender.send(job());
            }
        });
        self.jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => Refused::Full,
            TrySendError::Disconnected(_) => Refused::Failed,
        })?;
        match tokio::time::timeout(limit, result).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(Refused::Failed),
            Err(_) => Err(Refused::TimedOut(limit)),
        }
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a request panicked; the thread goes on");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn gives_the_result_of_the_job() {
        let pool = Pool::new(2, 2).unwrap();
        assert_eq!(pool.run(LONG, || 6 * 7).await, Ok(42));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let pool = Pool::new(1, 1).unwrap();
        let (release, gate) = sync_channel::<()>(0);
        let (started, running) = sync_channel::<()>(0);
        let busy = tokio::spawn({
            let pool = pool.clone();
            async move {
                pool.run(LONG, move || {
                    started.send(()).unwrap();
                    gate.recv().unwrap();
                })
                .await
            }
        });
        tokio::task::spawn_blocking(move || running.recv().unwrap()).await.unwrap();
        let waiting = pool.run(LONG, || ());
        tokio::pin!(waiting);
        // Polled once, it stands in the queue; the next one finds no place.
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert_eq!(pool.run(LONG, || ()).await, Err(Refused::Full));
        release.send(()).unwrap();
        assert_eq!(busy.await.unwrap(), Ok(()));
        assert_eq!(waiting.await, Ok(()));
    }

    #[tokio::test]
    async fn a_panic_is_one_failed_job_and_the_thread_lives_on() {
        let pool = Pool::new(1, 4).unwrap();
        assert_eq!(pool.run(LONG, || panic!("on purpose")).await, Err::<(), _>(Refused::Failed));
        assert_eq!(pool.run(LONG, || 1).await, Ok(1));
    }

    #[tokio::test]
    async fn a_job_whose_caller_left_is_not_run() {
        let pool = Pool::new(1, 4).unwrap();
        let (release, gate) = sync_channel::<()>(0);
        let first = pool.run(LONG, move || gate.recv().unwrap());
        tokio::pin!(first);
        assert!(futures_util::poll!(&mut first).is_pending());
        let ran = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ran);
        let left = pool.run(Duration::ZERO, move || seen.store(true, Ordering::SeqCst)).await;
        assert_eq!(left, Err(Refused::TimedOut(Duration::ZERO)));
        release.send(()).unwrap();
        first.await.unwrap();
        pool.run(LONG, || ()).await.unwrap();
        assert!(!ran.load(Ordering::SeqCst));
    }
}
