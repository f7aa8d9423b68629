//! How many connections there are, and which of them makes room for a new one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::sending::UntilSent;

/// The open connections.
#[derive(Default)]
pub(crate) struct Connections {
    open: Mutex<HashMap<u64, Arc<State>>>,
}

struct State {
    /// Requests that run, and since when none does.
    at: Mutex<(usize, Instant)>,
    close: Notify,
}

/// One connection's place in the list; leaving it when dropped.
pub(crate) struct Place {
    id: u64,
    state: Arc<State>,
    all: Arc<Connections>,
}

/// A request that runs on a connection, until its reply is sent or given up.
pub(crate) struct Busy(Arc<State>);

impl Connections {
    fn locked(&self) -> MutexGuard<'_, HashMap<u64, Arc<State>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.locked().len()
    }

    /// A place for a new connection.
    pub fn enter(self: &Arc<Self>, id: u64) -> Place {
        let state = Arc::new(State { at: Mutex::new((0, Instant::now())), close: Notify::new() });
        self.locked().insert(id, Arc::clone(&state));
        Place { id, state, all: Arc::clone(self) }
    }

    /// Closes the connection on which nothing has run for longest; false if something runs on all of them. Half a request
    /// is nothing that runs: whoever sends heads by the thousand pushes out nobody but themselves.
    pub fn evict(&self) -> bool {
        let mut open = self.locked();
        let idle = open.iter().filter_map(|(&id, state)| {
            let (running, since) = *state.locked();
            (running == 0).then_some((since, id))
        });
        let Some(closed) = idle.min().and_then(|(_, id)| open.remove(&id)) else { return false };
        closed.close.notify_one();
        true
    }
}

impl State {
    fn locked(&self) -> MutexGuard<'_, (usize, Instant)> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Resolves when the connection has to make room.
    pub async fn told_to_close(&self) {
        self.state.close.notified().await;
    }

    /// Resolves once nothing has run on the connection for `limit`.
    pub async fn idle_for(&self, limit: Duration) {
        loop {
            let (running, since) = *self.state.locked();
            let idle = if running == 0 { since.elapsed() } else { Duration::ZERO };
            if idle >= limit {
                return;
            }
            tokio::time::sleep(limit - idle).await;
        }
    }

    /// What marks the connection's requests.
    pub fn busy(&self) -> impl Fn() -> Busy + Clone + Send + use<> {
        let state = Arc::clone(&self.state);
        move || {
            state.locked().0 += 1;
            Busy(Arc::clone(&state))
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.locked().remove(&self.id);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut at = self.0.locked();
        at.0 = at.0.saturating_sub(1);
        at.1 = Instant::now();
    }
}

impl UntilSent for Busy {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_connection_that_was_idle_for_longest_makes_room() {
        let all = Arc::new(Connections::default());
        let (first, second, third) = (all.enter(1), all.enter(2), all.enter(3));
        let running = first.busy()();
        // The second has been idle since it came, the third has just done something.
        drop(third.busy()());
        assert!(all.evict());
        second.told_to_close().await;
        drop(second);
        assert_eq!(all.len(), 2);
        assert!(all.evict());
        third.told_to_close().await;
        assert!(!all.evict(), "the first runs something");
        drop(running);
        assert!(all.evict());
    }
}
