//! Threads that stay: a job is handed to all of them at once, and they meet at a barrier within a job.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::*},
    },
    thread::JoinHandle,
};

/// Rounds of waiting in the processor before a thread goes to sleep: some tens of microseconds, about what waking costs.
const SPINS: usize = 4000;

/// A fixed number of threads, the caller's among them.
pub(super) struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// Held while a job runs: one at a time.
    turn: Mutex<()>,
}

struct Shared {
    state: Mutex<State>,
    start: Condvar,
    done: Condvar,
    /// Counts jobs, so that spinning threads see a new one without the lock.
    generation: AtomicUsize,
    running: AtomicUsize,
    panicked: AtomicBool,
}

struct State {
    job: Option<Job>,
    stop: bool,
}

/// The job with its lifetime taken off: `run` outlives all uses.
#[derive(Clone, Copy)]
struct Job(*const (dyn Fn(usize) + Sync));

// SAFETY: the pointee is Sync, and `run` keeps it alive until every thread is done with it.
unsafe impl Send for Job {}

impl Pool {
    /// `size` threads (at least one) in all; `size - 1` are started.
    pub fn new(size: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State { job: None, stop: false }),
            start: Condvar::new(),
            done: Condvar::new(),
            generation: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            panicked: AtomicBool::new(false),
        });
        let mut pool = Self { shared, threads: Vec::new(), turn: Mutex::new(()) };
        for rank in 1..size {
            let shared = Arc::clone(&pool.shared);
            let thread = std::thread::Builder::new().name(format!("embed-{rank}"));
            pool.threads.push(thread.spawn(move || shared.work(rank))?);
        }
        Ok(pool)
    }

    /// How many threads a job gets.
    pub fn size(&self) -> usize {
        self.threads.len() + 1
    }

    /// Runs `job(rank)` on every thread, rank 0 on the caller's, and returns when all are done. Jobs queue up.
    ///
    /// # Panics
    /// When the job panicked on any thread.
    pub fn run(&self, job: &(dyn Fn(usize) + Sync)) {
        let _turn = lock(&self.turn);
        let shared = &*self.shared;
        if !self.threads.is_empty() {
            // SAFETY: only the lifetime changes. This function does not return before `running` is back to 0, which every
            // thread counts down after its last use of the job; a panic of rank 0 is held back until then.
            let job: *const (dyn Fn(usize) + Sync + 'static) =
                unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), _>(job) };
            let mut state = lock(&shared.state);
            state.job = Some(Job(job));
            shared.running.store(self.threads.len(), Release);
            shared.generation.fetch_add(1, Release);
            drop(state);
            shared.start.notify_all();
        }
        let own = catch_unwind(AssertUnwindSafe(|| job(0)));
        let mut spins = 0;
        while shared.running.load(Acquire) > 0 {
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
                continue;
            }
            let mut state = lock(&shared.state);
            while shared.running.load(Acquire) > 0 {
                state = shared.done.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        lock(&shared.state).job = None;
        let others = shared.panicked.swap(false, AcqRel);
        if let Err(panic) = own {
            std::panic::resume_unwind(panic);
        }
        assert!(!others, "a thread of the embedder panicked");
    }
}

impl Shared {
    fn work(&self, rank: usize) {
        let mut seen = 0;
        loop {
            let mut spins = 0;
            while self.generation.load(Acquire) == seen && spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
            }
            let mut state = lock(&self.state);
            while self.generation.load(Acquire) == seen && !state.stop {
                state = self.start.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.stop {
                return;
            }
            seen = self.generation.load(Acquire);
            let job = state.job;
            drop(state);
            if let Some(Job(job)) = job {
                // SAFETY: `run` waits for the count below before it lets go of the job.
                let job = unsafe { &*job };
                if catch_unwind(AssertUnwindSafe(|| job(rank))).is_err() {
                    self.panicked.store(true, Release);
                }
                if self.running.fetch_sub(1, AcqRel) == 1 {
                    // Under the lock, so that the waiter is either not yet looking or already waiting.
                    let _state = lock(&self.state);
                    self.done.notify_all();
                }
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        lock(&self.shared.state).stop = true;
        self.shared.start.notify_all();
        for thread in self.threads.drain(..) {
            // Jobs' panics are caught, so a thread has nothing to report at its end.
            let _ = thread.join();
        }
    }
}

/// Nothing that these locks guard can be left half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the threads of a job wait for one another, any number of times.
pub(super) struct Barrier {
    size: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    broken: AtomicBool,
}

impl Barrier {
    pub fn new(size: usize) -> Self {
        Self { size, arrived: AtomicUsize::new(0), round: AtomicUsize::new(0), broken: AtomicBool::new(false) }
    }

    /// Returns when all have called it. What each wrote before is visible to all afterwards.
    ///
    /// # Panics
    /// When another thread left by a panic and will never come.
    pub fn wait(&self) {
        if self.size == 1 {
            return;
        }
        let round = self.round.load(Acquire);
        if self.arrived.fetch_add(1, AcqRel) == self.size - 1 {
            self.arrived.store(0, Release);
            self.round.fetch_add(1, Release);
            return;
        }
        let mut spins = 0;
        while self.round.load(Acquire) == round {
            assert!(!self.broken.load(Acquire), "another thread of the embedder panicked");
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
            } else {
                // The others may need this very processor.
                std::thread::yield_now();
            }
        }
    }

    /// To be held by every thread during the job: if it unwinds, nobody waits for it any more.
    pub fn guard(&self) -> impl Drop + '_ {
        BreakOnPanic(self)
    }
}

struct BreakOnPanic<'a>(&'a Barrier);

impl Drop for BreakOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broken.store(true, Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rank_runs_every_job_once() {
        let pool = Pool::new(3).unwrap();
        let counts = [const { AtomicUsize::new(0) }; 3];
        for _ in 0..100 {
            pool.run(&|rank| {
                counts[rank].fetch_add(1, Relaxed);
            });
        }
        assert_eq!(counts.map(AtomicUsize::into_inner), [100; 3]);
    }

    #[test]
    fn nobody_passes_a_barrier_before_all_are_there() {
        let pool = Pool::new(4).unwrap();
        let (barrier, arrived) = (Barrier::new(4), AtomicUsize::new(0));
        pool.run(&|_| {
            for round in 1..=50 {
                arrived.fetch_add(1, Relaxed);
                barrier.wait();
                assert_eq!(arrived.load(Relaxed), 4 * round);
                barrier.wait();
            }
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_and_frees_those_who_wait() {
        let pool = Pool::new(2).unwrap();
        for bad in 0..2 {
            let barrier = Barrier::new(2);
            let result = catch_unwind(AssertUnwindSafe(|| {
                pool.run(&|rank| {
                    let _guard = barrier.guard();
                    assert_ne!(rank, bad);
                    barrier.wait();
                });
            }));
            assert!(result.is_err());
        }
        let ran = AtomicUsize::new(0);
        pool.run(&|_| {
            ran.fetch_add(1, Relaxed);
        });
        assert_eq!(ran.into_inner(), 2);
    }
}
