//! What was asked for lately: a cache that knows its end.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Keeps what was put or asked for last, at most `most` entries, by row.
///
/// In two halves: what is asked for is in the new half or comes there, and when that is full the old half goes. An entry
/// that is asked for now and then therefore stays, and nothing has to be put in order to find the one to give up.
#[derive(Debug)]
pub struct Recent<V> {
    most: usize,
    halves: Mutex<[HashMap<u32, V>; 2]>,
}

impl<V: Clone> Recent<V> {
    /// An empty one for at least two entries.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(2), halves: Mutex::default() }
    }

    /// The entry, if it is still there.
    pub fn get(&self, row: u32) -> Option<V> {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        let [new, old] = &mut *halves;
        if let Some(value) = new.get(&row) {
            return Some(value.clone());
        }
        let value = old.remove(&row)?;
        self.put_into(&mut halves, row, value.clone());
        Some(value)
    }

    /// Keeps an entry, in place of the one of the same row.
    pub fn put(&self, row: u32, value: V) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves[1].remove(&row);
        self.put_into(&mut halves, row, value);
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner).iter().map(HashMap::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn put_into(&self, halves: &mut [HashMap<u32, V>; 2], row: u32, value: V) {
        if halves[0].len() >= self.most / 2 {
            halves[1] = std::mem::take(&mut halves[0]);
        }
        halves[0].insert(row, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_what_is_asked_for_and_never_more_than_it_may() {
        let recent = Recent::new(10);
        for row in 0..1000 {
            recent.put(row, row * 2);
            assert!(recent.len() <= 10);
            // Asked for all the time, it stays.
            assert_eq!(recent.get(0), Some(0), "{row}");
        }
        assert_eq!(recent.get(999), Some(1998));
        assert_eq!(recent.get(500), None);
        recent.put(999, 1);
        assert_eq!(recent.get(999), Some(1));
    }
}
