//! The newest view of an index, made by one while the others are not held up.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wenbao_index::Generation;

use crate::error::Error;
use crate::view::View;

/// How long a question waits for a view that another makes, before it is answered from the one before. What a document or
/// a few changed is counted sooner than this, so that whoever hears of a commit is answered from it.
const PATIENCE: Duration = Duration::from_millis(100);

/// Keeps the newest view. After a commit the first who asks makes the next one, outside the lock.
pub(crate) struct Views {
    state: Mutex<State>,
    patience: Duration,
    /// Told when a view was made, or could not be.
    made: Condvar,
}

#[derive(Default)]
struct State {
    newest: Option<Arc<View>>,
    /// Whether somebody makes the next one.
    making: bool,
}

/// Whoever makes a view; dropped when it is made, or not.
struct Making<'a>(&'a Views);

impl Default for Views {
    fn default() -> Self {
        Self::new(PATIENCE)
    }
}

impl Views {
    fn new(patience: Duration) -> Self {
        Self { state: Mutex::default(), patience, made: Condvar::new() }
    }

    /// The view of the newest generation, or of the one before while that takes long to make.
    ///
    /// `newest` gives the generation, `make` counts what a view needs, from the view before where there is one.
    ///
    /// # Errors
    /// Those of the two.
    pub fn get(
        &self,
        newest: impl Fn() -> Result<Arc<dyn Generation>, Error>,
        make: impl FnOnce(Arc<dyn Generation>, Option<&View>) -> Result<View, Error>,
    ) -> Result<Arc<View>, Error> {
        let end = Instant::now() + self.patience;
        let (snapshot, before) = loop {
            // Looked at again after every wait: another commit may have come.
            let snapshot = newest()?;
            let mut state = self.locked();
            let known = state.newest.as_ref().filter(|view| Arc::ptr_eq(&view.snapshot, &snapshot));
            if let Some(view) = known {
                return Ok(Arc::clone(view));
            }
            if !state.making {
                state.making = true;
                break (snapshot, state.newest.clone());
            }
            let left = match &state.newest {
                Some(view) if Instant::now() >= end => return Ok(Arc::clone(view)),
                Some(_) => end.saturating_duration_since(Instant::now()),
                // There is nothing else to answer from.
                None => self.patience,
            };
            drop(self.made.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner));
        };
        let _making = Making(self);
        let view = Arc::new(make(snapshot, before.as_deref())?);
        self.locked().newest = Some(Arc::clone(&view));
        Ok(view)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.locked().making = false;
        self.0.made.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use wenbao_index::{Index, ModelStamp, Store};

    use super::*;

    /// An empty index.
    fn index() -> (tempfile::TempDir, Index) {
        let home = tempfile::tempdir().unwrap();
        let stamp = ModelStamp { name: "m".into(), fingerprint: "m".into(), dimensions: 2 };
        let index = Index::open(home.path(), &stamp).unwrap();
        (home, index)
    }

    /// A change of it.
    fn commit(index: &Index) {
        crate::view::tests::put(index, "a", &["新建智能化煤矿130座。"]);
    }

    #[test]
    fn while_one_makes_a_large_view_the_others_are_answered_from_the_one_before() {
        let (_home, index) = index();
        let views = Views::new(Duration::ZERO);
        let newest = || index.newest().map_err(Error::from);
        let old = views.get(newest, View::new).unwrap();
        commit(&index);
        std::thread::scope(|scope| {
            let (begun, has_begun) = channel();
            let (go_on, may_go_on) = channel::<()>();
            let slow = scope.spawn(|| {
                let make = move |snapshot, before: Option<&View>| {
                    begun.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    View::new(snapshot, before)
                };
                views.get(newest, make).unwrap()
            });
            has_begun.recv().unwrap();
            let other = views.get(newest, |_, _| panic!("two make it")).unwrap();
            assert!(Arc::ptr_eq(&other, &old));
            go_on.send(()).unwrap();
            let new = slow.join().unwrap();
            assert_eq!(new.snapshot.len(), 1);
            assert!(Arc::ptr_eq(&views.get(newest, |_, _| panic!("it is made")).unwrap(), &new));
        });
    }

    #[test]
    fn a_view_that_takes_a_moment_is_waited_for() {
        let (_home, index) = index();
        let views = Views::new(Duration::from_secs(60));
        let newest = || index.newest().map_err(Error::from);
        views.get(newest, View::new).unwrap();
        commit(&index);
        std::thread::scope(|scope| {
            let (begun, has_begun) = channel();
            scope.spawn(|| {
                let make = move |snapshot, before: Option<&View>| {
                    begun.send(()).unwrap();
                    View::new(snapshot, before)
                };
                views.get(newest, make).unwrap();
            });
            has_begun.recv().unwrap();
            assert_eq!(views.get(newest, View::new).unwrap().snapshot.len(), 1);
        });
    }

    #[test]
    fn after_a_view_that_could_not_be_made_the_next_who_asks_makes_it() {
        let (_home, index) = index();
        let views = Views::default();
        let newest = || index.newest().map_err(Error::from);
        assert!(views.get(newest, |_, _| Err(Error::EmptyQuestion)).is_err());
        assert_eq!(views.get(newest, View::new).unwrap().snapshot.len(), 0);
    }
}
