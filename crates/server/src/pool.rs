//! Threads for work that computes, behind a queue that refuses instead of growing.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

type Job = Box<dyn Work>;

/// Something that waits for a thread.
trait Work: Send {
    /// Whether nobody waits for it any more.
    fn is_given_up(&self) -> bool;
    /// Does it, unless it is given up.
    fn run(self: Box<Self>);
}

/// A function, and where its result goes.
struct Task<T, F> {
    sender: oneshot::Sender<T>,
    job: F,
}

impl<T: Send, F: FnOnce() -> T + Send> Work for Task<T, F> {
    fn is_given_up(&self) -> bool {
        self.sender.is_closed()
    }

    fn run(self: Box<Self>) {
        if !self.is_given_up() {
            // A receiver that left meanwhile does not want the result any more.
            let _ = self.sender.send((self.job)());
        }
    }
}

/// Which queue a job waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Somebody waits for the answer: always before the other.
    Question,
    /// Long lists in small slices (embeddings, reranking): never on the last thread, if there are two.
    Bulk,
}

/// A fixed number of threads and a bounded queue a lane before them.
///
/// A job whose caller has gone (closed connection, time limit) is dropped when its turn comes, or when its place is needed: clients
/// that come and vanish keep nobody out. One that already runs is let finish, because nothing in it can be stopped half way.
#[derive(Clone)]
pub struct Pool {
    handle: Arc<Handle>,
}

/// Ends the threads when the last pool of it is gone.
struct Handle(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    /// Jobs that may wait in each lane.
    most: usize,
    /// Threads that may run [`Lane::Bulk`] at once.
    bulk_threads: usize,
}

#[derive(Default)]
struct Queue {
    questions: VecDeque<Job>,
    bulk: VecDeque<Job>,
    bulk_running: usize,
    closed: bool,
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
    /// Starts `workers` threads (at least one) before which at most `queue` jobs of each lane wait.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn new(workers: usize, queue: usize) -> std::io::Result<Self> {
        let workers = workers.max(1);
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            changed: Condvar::new(),
            most: queue.max(1),
            bulk_threads: (workers - 1).max(1),
        });
        let handle = Handle(Arc::clone(&shared));
        for n in 0..workers {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name(format!("answer-{n}")).spawn(move || shared.work())?;
        }
        Ok(Self { handle: Arc::new(handle) })
    }

    /// Runs `job` on one of the threads and waits for its result for at most `limit`, its time in the queue included.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn run<T, F>(&self, lane: Lane, limit: Duration, job: F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (sender, result) = oneshot::channel();
        self.handle.0.push(lane, Box::new(Task { sender, job }))?;
        match tokio::time::timeout(limit, result).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(Refused::Failed),
            Err(_) => Err(Refused::TimedOut(limit)),
        }
    }

    /// How many jobs wait in a lane.
    pub fn waiting(&self, lane: Lane) -> usize {
        self.handle.0.locked().lane(lane).len()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.locked().closed = true;
        self.0.changed.notify_all();
    }
}

impl Queue {
    fn lane(&mut self, lane: Lane) -> &mut VecDeque<Job> {
        match lane {
            Lane::Question => &mut self.questions,
            Lane::Bulk => &mut self.bulk,
        }
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, lane: Lane, job: Job) -> Result<(), Refused> {
        let mut queue = self.locked();
        let waiting = queue.lane(lane);
        if waiting.len() >= self.most {
            waiting.retain(|job| !job.is_given_up());
        }
        if waiting.len() >= self.most {
            return Err(Refused::Full);
        }
        waiting.push_back(job);
        drop(queue);
        // All of them: whoever wakes first may not be one that may run this lane.
        self.changed.notify_all();
        Ok(())
    }

    /// The next job and its lane; none once the pool is gone.
    fn next(&self) -> Option<(Lane, Job)> {
        let mut queue = self.locked();
        loop {
            if let Some(job) = queue.questions.pop_front() {
                return Some((Lane::Question, job));
            }
            if queue.bulk_running < self.bulk_threads
                && let Some(job) = queue.bulk.pop_front()
            {
                queue.bulk_running += 1;
                return Some((Lane::Bulk, job));
            }
            if queue.closed {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self) {
        while let Some((lane, job)) = self.next() {
            if catch_unwind(AssertUnwindSafe(|| job.run())).is_err() {
                tracing::error!("a request panicked; the thread goes on");
            }
            if lane == Lane::Bulk {
                self.locked().bulk_running -= 1;
                self.changed.notify_all();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::sync_channel;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn gives_the_result_of_the_job() {
        let pool = Pool::new(2, 2).unwrap();
        assert_eq!(pool.run(Lane::Question, LONG, || 6 * 7).await, Ok(42));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let pool = Pool::new(1, 1).unwrap();
        let (release, gate) = sync_channel::<()>(0);
        let (started, running) = sync_channel::<()>(0);
        let busy = tokio::spawn({
            let pool = pool.clone();
            async move {
                pool.run(Lane::Question, LONG, move || {
                    started.send(()).unwrap();
                    gate.recv().unwrap();
                })
                .await
            }
        });
        tokio::task::spawn_blocking(move || running.recv().unwrap()).await.unwrap();
        let waiting = pool.run(Lane::Question, LONG, || ());
        tokio::pin!(waiting);
        // Whoever has gone keeps no place.
        {
            let gone = pool.run(Lane::Question, LONG, || ());
            tokio::pin!(gone);
            assert!(futures_util::poll!(&mut gone).is_pending());
        }
        // Polled once, it stands in the queue; the next one finds no place.
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert_eq!(pool.run(Lane::Question, LONG, || ()).await, Err(Refused::Full));
        release.send(()).unwrap();
        assert_eq!(busy.await.unwrap(), Ok(()));
        assert_eq!(waiting.await, Ok(()));
    }

    #[tokio::test]
    async fn a_panic_is_one_failed_job_and_the_thread_lives_on() {
        let pool = Pool::new(1, 4).unwrap();
        assert_eq!(pool.run(Lane::Question, LONG, || panic!("on purpose")).await, Err::<(), _>(Refused::Failed));
        assert_eq!(pool.run(Lane::Question, LONG, || 1).await, Ok(1));
    }

    #[tokio::test]
    async fn a_job_whose_caller_left_is_not_run() {
        let pool = Pool::new(1, 4).unwrap();
        let (release, gate) = sync_channel::<()>(0);
        let first = pool.run(Lane::Question, LONG, move || gate.recv().unwrap());
        tokio::pin!(first);
        assert!(futures_util::poll!(&mut first).is_pending());
        let ran = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ran);
        let left = pool.run(Lane::Question, Duration::ZERO, move || seen.store(true, Ordering::SeqCst)).await;
        assert_eq!(left, Err(Refused::TimedOut(Duration::ZERO)));
        release.send(()).unwrap();
        first.await.unwrap();
        pool.run(Lane::Question, LONG, || ()).await.unwrap();
        assert!(!ran.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn questions_go_before_long_lists_and_one_thread_is_kept_for_them() {
        let pool = Pool::new(2, 8).unwrap();
        let (release, gate) = sync_channel::<()>(0);
        let (started, running) = sync_channel::<()>(0);
        let long = pool.run(Lane::Bulk, LONG, move || {
            started.send(()).unwrap();
            gate.recv().unwrap();
        });
        let next = pool.run(Lane::Bulk, LONG, || ());
        tokio::pin!(long, next);
        assert!(futures_util::poll!(&mut long).is_pending());
        tokio::task::spawn_blocking(move || running.recv().unwrap()).await.unwrap();
        assert!(futures_util::poll!(&mut next).is_pending());
        assert_eq!(pool.run(Lane::Question, LONG, || 1).await, Ok(1), "a question finds a thread");
        assert_eq!(pool.waiting(Lane::Bulk), 1, "the second list waits for the first");
        release.send(()).unwrap();
        assert_eq!((long.await, next.await), (Ok(()), Ok(())));
    }
}
