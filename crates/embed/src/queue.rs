//! Requests of several threads, gathered into batches.
//!
//! An engine computes one batch at a time with all its threads. Whoever finds it idle leads: takes what waits, computes it
//! for everybody and goes on until its own request is done. Requests wait in lanes that take turns, batch by batch: small
//! embeddings (queries), readings, large embeddings (an ingest). A request that is larger than a batch is computed slice
//! by slice and goes to the end of its lane after each, so that the others get in between.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{Error, sequence::Sequence};

/// Embeddings of at most this many tokens are small.
const SMALL_TOKENS: usize = 1024;
/// Tokens of a batch of embeddings, unless one sequence alone has more.
const BATCH_TOKENS: usize = 6144;
/// Tokens of a batch of readings. Somebody waits for them as for a query, and a query waits for one such batch.
const READING_TOKENS: usize = 1024;
/// How long a small batch waits for requests that are known to be on their way.
const LONGEST_WAIT: Duration = Duration::from_millis(2);

/// What turns sequences into results. Requests of the same work may share a batch.
pub(crate) trait Work: Send + Sync {
    /// One result a sequence, in order.
    fn compute(&self, sequences: &[&Sequence]) -> Result<Vec<Vec<f32>>, Error>;
}

/// What a request is to those who wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Embedding,
    Reading,
}

/// Where a request waits. The order is that of the turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Small,
    Reading,
    Large,
}

impl Lane {
    const ALL: [Self; 3] = [Self::Small, Self::Reading, Self::Large];

    fn of(purpose: Purpose, tokens: usize) -> Self {
        match purpose {
            Purpose::Reading => Self::Reading,
            Purpose::Embedding if tokens <= SMALL_TOKENS => Self::Small,
            Purpose::Embedding => Self::Large,
        }
    }

    /// Tokens of a batch.
    fn room(self) -> usize {
        if self == Self::Reading { READING_TOKENS } else { BATCH_TOKENS }
    }
}

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
    /// The lane, as an index, that has the next turn if anybody waits in it.
    next: usize,
    last_ticket: u64,
    waiting: VecDeque<Request>,
    done: HashMap<u64, Result<Vec<Vec<f32>>, String>>,
}

struct Request {
    ticket: u64,
    lane: Lane,
    work: Arc<dyn Work>,
    /// What is not in a batch yet, in order.
    sequences: VecDeque<Sequence>,
    /// Results so far, in order.
    results: Vec<Vec<f32>>,
}

/// Sequences of some requests that are computed together.
struct Batch {
    work: Arc<dyn Work>,
    slices: Vec<Slice>,
}

/// Some sequences of one request.
struct Slice {
    ticket: u64,
    sequences: Vec<Sequence>,
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
    /// To be held until [`Queue::run`] takes it, or dropped when the request comes to nothing.
    pub fn announce(&self) -> Announced<'_> {
        self.lock().announced += 1;
        Announced(self)
    }

    /// The results of all sequences, in order, computed on this thread or another's. Blocks until they are there.
    pub fn run(
        &self,
        announced: Announced<'_>,
        work: &Arc<dyn Work>,
        purpose: Purpose,
        mut sequences: Vec<Sequence>,
    ) -> Result<Vec<Vec<f32>>, Error> {
        if sequences.is_empty() {
            return Ok(Vec::new());
        }
        // The longest first: threads that take chunks one by one then end at about the same time.
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(sequences[i].len()));
        let tokens = sequences.iter().map(Sequence::len).sum();
        let sorted = order.iter().map(|&i| std::mem::take(&mut sequences[i])).collect();
        let sorted = self.run_sorted(announced, work, Lane::of(purpose, tokens), sorted)?;
        let mut results = vec![Vec::new(); sorted.len()];
        for (&i, result) in order.iter().zip(sorted) {
            results[i] = result;
        }
        Ok(results)
    }

    fn run_sorted(
        &self,
        announced: Announced<'_>,
        work: &Arc<dyn Work>,
        lane: Lane,
        sequences: VecDeque<Sequence>,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let mut state = self.lock();
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        state.waiting.push_back(Request { ticket, lane, work: Arc::clone(work), sequences, results: Vec::new() });
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
                state = self.lead(state);
                state.busy = false;
                // Whose request is done goes home; if any is left, one of them leads.
                self.changed.notify_all();
            }
        }
    }

    /// Computes one batch. Leading ends with it: the next leader may have another slice of the same request.
    fn lead<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let end = Instant::now() + LONGEST_WAIT;
        while state.announced > 0 && !state.is_plenty() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let Some(batch) = state.take() else { return state };
        drop(state);
        let sequences: Vec<&Sequence> = batch.slices.iter().flat_map(|s| &s.sequences).collect();
        // Whatever happens in there, those who wait must get an answer.
        let result = match catch_unwind(AssertUnwindSafe(|| batch.work.compute(&sequences))) {
            Ok(Ok(results)) if results.len() == sequences.len() => Ok(results),
            Ok(Ok(results)) => Err(format!("{} results of {} sequences", results.len(), sequences.len())),
            Ok(Err(Error::Encode(reason))) => Err(reason),
            Ok(Err(other)) => Err(other.to_string()),
            Err(_) => Err("the engine panicked, please report this".to_owned()),
        };
        let mut state = self.lock();
        state.give(batch.slices, result);
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether enough waits that waiting for more would not help.
    fn is_plenty(&self) -> bool {
        let mut tokens = 0;
        self.waiting.iter().flat_map(|r| &r.sequences).any(|sequence| {
            tokens += sequence.len();
            tokens >= SMALL_TOKENS
        })
    }

    /// The next batch, of the first lane from `next` on in which somebody waits; none when nobody waits at all.
    fn take(&mut self) -> Option<Batch> {
        let lanes = (0..Lane::ALL.len()).map(|i| (self.next + i) % Lane::ALL.len());
        let waits = |lane: usize| self.waiting.iter().any(|r| r.lane == Lane::ALL[lane]);
        let lane = lanes.into_iter().find(|&lane| waits(lane))?;
        self.next = lane + 1;
        let lane = Lane::ALL[lane];
        let mut room = lane.room();
        let mut batch: Option<Batch> = None;
        for request in self.waiting.iter_mut().filter(|r| r.lane == lane) {
            let batch = batch.get_or_insert_with(|| Batch { work: Arc::clone(&request.work), slices: Vec::new() });
            if !Arc::ptr_eq(&batch.work, &request.work) {
                continue;
            }
            let mut sequences = Vec::new();
            while let Some(sequence) = request.sequences.front() {
                if sequence.len() > room && !(batch.slices.is_empty() && sequences.is_empty()) {
                    break;
                }
                room = room.saturating_sub(sequence.len());
                sequences.extend(request.sequences.pop_front());
            }
            let is_whole = request.sequences.is_empty();
            if !sequences.is_empty() {
                batch.slices.push(Slice { ticket: request.ticket, sequences });
            }
            if !is_whole {
                break;
            }
        }
        batch
    }

    /// Hands the results of a batch to those who asked for them.
    fn give(&mut self, slices: Vec<Slice>, results: Result<Vec<Vec<f32>>, String>) {
        let (results, failure) = match results {
            Ok(results) => (results, None),
            Err(reason) => (Vec::new(), Some(reason)),
        };
        let mut results = results.into_iter();
        for slice in slices {
            let own = results.by_ref().take(slice.sequences.len());
            let Some(at) = self.waiting.iter().position(|r| r.ticket == slice.ticket) else { continue };
            let Some(mut request) = self.waiting.remove(at) else { continue };
            request.results.extend(own);
            if failure.is_some() || request.sequences.is_empty() {
                self.done.insert(request.ticket, failure.clone().map_or(Ok(request.results), Err));
            } else {
                self.waiting.push_back(request);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    /// A work that is a function.
    struct Function<F>(F);

    impl<F: Fn(&[&Sequence]) -> Result<Vec<Vec<f32>>, Error> + Send + Sync> Work for Function<F> {
        fn compute(&self, sequences: &[&Sequence]) -> Result<Vec<Vec<f32>>, Error> {
            (self.0)(sequences)
        }
    }

    fn work(f: impl Fn(&[&Sequence]) -> Result<Vec<Vec<f32>>, Error> + Send + Sync + 'static) -> Arc<dyn Work> {
        Arc::new(Function(f))
    }

    /// A vector of one number: the sum of the ids.
    fn sums(sequences: &[&Sequence]) -> Result<Vec<Vec<f32>>, Error> {
        Ok(sequences.iter().map(|s| vec![s.ids.iter().sum::<u32>() as f32]).collect())
    }

    fn embed(queue: &Queue, work: &Arc<dyn Work>, sequences: Vec<Vec<u32>>) -> Result<Vec<Vec<f32>>, Error> {
        let sequences = sequences.into_iter().map(Sequence::plain).collect();
        queue.run(queue.announce(), work, Purpose::Embedding, sequences)
    }

    #[test]
    fn everybody_gets_the_own_results_in_order() {
        let queue = Queue::default();
        // Two works, so that batches cannot be shared by all.
        let works = [work(sums), work(|s| Ok(sums(s)?.into_iter().map(|v| vec![-v[0]]).collect()))];
        std::thread::scope(|scope| {
            for thread in 0..8u32 {
                let (queue, works) = (&queue, &works);
                scope.spawn(move || {
                    for round in 0..50 {
                        // Every other thread asks for more than a batch holds.
                        let count = if thread % 2 == 0 { 2 } else { 40 };
                        let (purpose, sign) =
                            if thread % 3 == 0 { (Purpose::Reading, -1.0) } else { (Purpose::Embedding, 1.0) };
                        let ids: Vec<Vec<u32>> =
                            (0..count).map(|i| vec![thread + i; (200 + round + i) as usize]).collect();
                        let expected: Vec<_> = ids.iter().map(|s| vec![sign * s.iter().sum::<u32>() as f32]).collect();
                        let sequences = ids.into_iter().map(Sequence::plain).collect();
                        let work = &works[usize::from(sign < 0.0)];
                        assert_eq!(queue.run(queue.announce(), work, purpose, sequences).unwrap(), expected);
                    }
                });
            }
        });
        assert!(queue.lock().done.is_empty() && queue.lock().waiting.is_empty());
    }

    #[test]
    fn requests_that_wait_are_computed_together() {
        let queue = Arc::new(Queue::default());
        let batches = Arc::new(AtomicUsize::new(0));
        let work = work({
            let (queue, batches) = (Arc::clone(&queue), Arc::clone(&batches));
            move |sequences| {
                batches.fetch_add(1, Relaxed);
                // The first batch is slow: all the others come meanwhile.
                while batches.load(Relaxed) == 1 && queue.lock().waiting.len() < 10 {
                    std::thread::yield_now();
                }
                sums(sequences)
            }
        });
        std::thread::scope(|scope| {
            for i in 0..10 {
                let (queue, work) = (&queue, &work);
                scope.spawn(move || embed(queue, work, vec![vec![i]]));
            }
        });
        let batches = batches.load(Relaxed);
        assert!(batches <= 2, "{batches} batches for ten requests");
    }

    #[test]
    fn a_failure_reaches_those_it_concerns_and_the_queue_goes_on() {
        let queue = Queue::default();
        let fail = work(|_| Err(Error::Encode("no".into())));
        let error = embed(&queue, &fail, vec![vec![1]]).unwrap_err();
        assert_eq!(error.to_string(), "cannot compute the embedding: no");
        for bad in [work(|_| panic!("on purpose")), work(|_| Ok(vec![]))] {
            assert!(embed(&queue, &bad, vec![vec![1]]).is_err());
        }
        assert_eq!(embed(&queue, &work(sums), vec![vec![1, 2]]).unwrap(), [[3.0]]);
        assert!(embed(&queue, &work(sums), vec![]).unwrap().is_empty());
    }

    /// The tickets of the next batches, when every request of the small and the reading lane is asked again at once.
    fn turns(requests: &[(u64, Lane, usize, usize)], batches: usize) -> Vec<Vec<u64>> {
        let mut state = State::default();
        let work = work(sums);
        let request = |&(ticket, lane, count, length): &(u64, Lane, usize, usize)| Request {
            ticket,
            lane,
            work: Arc::clone(&work),
            sequences: vec![Sequence::plain(vec![1; length]); count].into(),
            results: Vec::new(),
        };
        state.waiting.extend(requests.iter().map(request));
        let mut order = Vec::new();
        for _ in 0..batches {
            let batch = state.take().unwrap();
            order.push(batch.slices.iter().map(|s| s.ticket).collect());
            let count = batch.slices.iter().map(|s| s.sequences.len()).sum();
            state.give(batch.slices, Ok(vec![vec![0.0]; count]));
            let again: Vec<u64> = state.done.drain().map(|(ticket, _)| ticket).collect();
            state.waiting.extend(requests.iter().filter(|r| again.contains(&r.0)).map(request));
        }
        order
    }

    #[test]
    fn lanes_take_turns() {
        let ingest = (1, Lane::Large, 1000, 500);
        let query = (2, Lane::Small, 1, 10);
        let reading = (3, Lane::Reading, 6, 150);
        assert_eq!(turns(&[ingest, query], 4), [[2], [1], [2], [1]]);
        assert_eq!(turns(&[reading, query], 4), [[2], [3], [2], [3]]);
        assert_eq!(turns(&[ingest, reading, query], 6), [[2], [3], [1], [2], [3], [1]]);
    }

    #[test]
    fn a_large_reading_lets_others_in() {
        let requests = [(1, Lane::Reading, 10_000, 300), (2, Lane::Reading, 6, 150), (3, Lane::Small, 1, 10)];
        assert_eq!(turns(&requests, 6), [vec![3], vec![1], vec![3], vec![2], vec![3], vec![1]]);
    }
}
