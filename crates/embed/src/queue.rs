//! Requests of several threads, gathered into batches.
//!
//! The engine computes one batch at a time with all its threads. Whoever finds it idle leads: takes what waits, computes it
//! for everybody and goes on until its own request is done. Small requests (queries) go first, many of them in one batch;
//! a large one (an ingest) is computed slice by slice, so that queries get in between.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::Error;

/// Requests of at most this many tokens go before larger ones.
const SMALL_TOKENS: usize = 1024;
/// Tokens of a batch, unless one sequence alone has more.
const BATCH_TOKENS: usize = 6144;
/// How long a small batch waits for requests that are known to be on their way.
const LONGEST_WAIT: Duration = Duration::from_millis(2);

/// What turns sequences into their vectors, end to end.
type Compute<'a> = dyn Fn(&[&[u32]]) -> Result<Vec<f32>, Error> + 'a;

#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Somebody leads.
    busy: bool,
    /// Requests that are being tokenized.
    announced: usize,
    /// The last batch was of small requests only, though a large one waited.
    large_waited: bool,
    last_ticket: u64,
    waiting: VecDeque<Request>,
    done: HashMap<u64, Result<Vec<f32>, String>>,
}

struct Request {
    ticket: u64,
    /// What is not in a batch yet, in order.
    sequences: VecDeque<Vec<u32>>,
    tokens: usize,
    /// Vectors so far, in order.
    values: Vec<f32>,
}

/// Some sequences of one request.
struct Slice {
    ticket: u64,
    sequences: Vec<Vec<u32>>,
}

/// A promise that a request comes soon, so that a batch may wait for it.
pub(crate) struct Announced<'a>(&'a Queue);

impl Drop for Announced<'_> {
    fn drop(&mut self) {
        self.0.lock().announced -= 1;
        self.0.changed.notify_all();
    }
}

impl Queue {
    /// To be held until [`Queue::encode`] takes it, or dropped when the request comes to nothing.
    pub fn announce(&self) -> Announced<'_> {
        self.lock().announced += 1;
        Announced(self)
    }

    /// The vectors of all sequences, end to end, from `compute` on this thread or another's. Blocks until they are there.
    pub fn encode(
        &self,
        announced: Announced<'_>,
        sequences: Vec<Vec<u32>>,
        compute: &Compute<'_>,
    ) -> Result<Vec<f32>, Error> {
        if sequences.is_empty() {
            return Ok(Vec::new());
        }
        let mut state = self.lock();
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        let tokens = sequences.iter().map(Vec::len).sum();
        state.waiting.push_back(Request { ticket, sequences: sequences.into(), tokens, values: Vec::new() });
        drop(state);
        drop(announced);
        let mut state = self.lock();
        loop {
            if let Some(result) = state.done.remove(&ticket) {
                return result.map_err(Error::Encode);
            }
            if state.busy {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            } else {
                state.busy = true;
                state = self.lead(state, compute);
                state.busy = false;
                // Whose request is done goes home; if any is left, one of them leads.
                self.changed.notify_all();
            }
        }
    }

    /// Computes one batch. Leading ends with it: the next leader may have another slice of the same request.
    fn lead<'a>(&'a self, mut state: MutexGuard<'a, State>, compute: &Compute<'_>) -> MutexGuard<'a, State> {
        let end = Instant::now() + LONGEST_WAIT;
        while state.announced > 0 && state.waiting.iter().map(|r| r.tokens).sum::<usize>() < SMALL_TOKENS {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let slices = state.take();
        drop(state);
        let sequences: Vec<&[u32]> = slices.iter().flat_map(|s| &s.sequences).map(Vec::as_slice).collect();
        // Whatever happens in there, those who wait must get an answer.
        let result = catch_unwind(AssertUnwindSafe(|| compute(&sequences)));
        let result = match result {
            Ok(result) => result.map_err(|e| match e {
                Error::Encode(reason) => reason,
                other => other.to_string(),
            }),
            Err(_) => Err("the engine panicked, please report this".to_owned()),
        };
        let mut state = self.lock();
        state.give(&slices, result);
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next batch: all small requests that fit, or a slice of the first large one. They alternate when both wait.
    fn take(&mut self) -> Vec<Slice> {
        let mut slices = Vec::new();
        let large = self.waiting.iter().position(|r| r.tokens > SMALL_TOKENS);
        if large.is_none() || !self.large_waited {
            let mut room = BATCH_TOKENS;
            for request in self.waiting.iter_mut().filter(|r| r.tokens <= SMALL_TOKENS && !r.sequences.is_empty()) {
                if request.tokens > room {
                    break;
                }
                room -= request.tokens;
                slices.push(Slice { ticket: request.ticket, sequences: request.sequences.drain(..).collect() });
            }
        }
        self.large_waited = !slices.is_empty() && large.is_some();
        if let Some(request) = large.filter(|_| slices.is_empty()).and_then(|i| self.waiting.get_mut(i)) {
            let mut tokens = 0;
            let fitting = request.sequences.iter().take_while(|s| {
                tokens += s.len();
                tokens <= BATCH_TOKENS
            });
            let count = fitting.count().max(1);
            let sequences: Vec<Vec<u32>> = request.sequences.drain(..count.min(request.sequences.len())).collect();
            slices.push(Slice { ticket: request.ticket, sequences });
        }
        slices
    }

    /// Hands a batch's vectors to its requests; those that are complete are done.
    fn give(&mut self, slices: &[Slice], result: Result<Vec<f32>, String>) {
        let count: usize = slices.iter().map(|s| s.sequences.len()).sum();
        let (values, failure) = match result {
            Ok(values) => (values, None),
            Err(reason) => (Vec::new(), Some(reason)),
        };
        let width = values.len().checked_div(count).unwrap_or(0);
        let mut rest = &values[..];
        for slice in slices {
            let (own, later) = rest.split_at(slice.sequences.len() * width);
            rest = later;
            let Some(at) = self.waiting.iter().position(|r| r.ticket == slice.ticket) else { continue };
            let request = &mut self.waiting[at];
            request.values.extend_from_slice(own);
            if (failure.is_some() || request.sequences.is_empty())
                && let Some(request) = self.waiting.remove(at)
            {
                self.done.insert(request.ticket, failure.clone().map_or(Ok(request.values), Err));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    /// A vector of one number: the sum of the ids.
    fn sums(sequences: &[&[u32]]) -> Result<Vec<f32>, Error> {
        Ok(sequences.iter().map(|s| s.iter().sum::<u32>() as f32).collect())
    }

    #[test]
    fn everybody_gets_the_own_vectors_in_order() {
        let queue = Queue::default();
        std::thread::scope(|scope| {
            for thread in 0..8u32 {
                let queue = &queue;
                scope.spawn(move || {
                    for round in 0..50 {
                        // Every other thread asks for more than a batch holds.
                        let count = if thread % 2 == 0 { 2 } else { 40 };
                        let sequences: Vec<Vec<u32>> = (0..count).map(|i| vec![thread + i; 200 + round]).collect();
                        let expected: Vec<f32> = sequences.iter().map(|s| s.iter().sum::<u32>() as f32).collect();
                        assert_eq!(queue.encode(queue.announce(), sequences, &sums).unwrap(), expected);
                    }
                });
            }
        });
        assert!(queue.lock().done.is_empty());
    }

    #[test]
    fn requests_that_wait_are_computed_together() {
        let queue = Queue::default();
        let batches = AtomicUsize::new(0);
        let compute = |sequences: &[&[u32]]| {
            batches.fetch_add(1, Relaxed);
            // The first batch is slow: all the others come meanwhile.
            while batches.load(Relaxed) == 1 && queue.lock().waiting.len() < 10 {
                std::thread::yield_now();
            }
            sums(sequences)
        };
        std::thread::scope(|scope| {
            for i in 0..10 {
                let (queue, compute) = (&queue, &compute);
                scope.spawn(move || queue.encode(queue.announce(), vec![vec![i]], compute));
            }
        });
        let batches = batches.into_inner();
        assert!(batches <= 2, "{batches} batches for ten requests");
    }

    #[test]
    fn a_failure_reaches_those_it_concerns_and_the_queue_goes_on() {
        let queue = Queue::default();
        let fail = |_: &[&[u32]]| Err(Error::Encode("no".into()));
        let error = queue.encode(queue.announce(), vec![vec![1]], &fail).unwrap_err();
        assert_eq!(error.to_string(), "cannot compute the embedding: no");
        let panic = |_: &[&[u32]]| panic!("on purpose");
        assert!(queue.encode(queue.announce(), vec![vec![1]], &panic).is_err());
        assert_eq!(queue.encode(queue.announce(), vec![vec![1, 2]], &sums).unwrap(), [3.0]);
        assert!(queue.encode(queue.announce(), vec![], &sums).unwrap().is_empty());
    }

    #[test]
    fn a_query_does_not_wait_for_the_whole_ingest() {
        let mut state = State::default();
        let request = |ticket, count, length| Request {
            ticket,
            sequences: vec![vec![1; length]; count].into(),
            tokens: count * length,
            values: Vec::new(),
        };
        state.waiting.push_back(request(1, 100, 500));
        state.waiting.push_back(request(2, 1, 10));
        let order: Vec<u64> = (0..4)
            .map(|_| {
                let slices = state.take();
                let ticket = slices[0].ticket;
                let vectors = vec![0.0; slices.iter().map(|s| s.sequences.len()).sum()];
                state.give(&slices, Ok(vectors));
                if ticket == 2 {
                    state.waiting.push_back(request(2, 1, 10));
                }
                ticket
            })
            .collect();
        assert_eq!(order, [2, 1, 2, 1]);
    }
}
