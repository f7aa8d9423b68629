use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Vectors of the last queries: people ask the same things again, and so do pages that reload.
pub(crate) struct QueryCache {
    capacity: usize,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_text: HashMap<Box<str>, Entry>,
    clock: u64,
}

struct Entry {
    vector: Box<[f32]>,
    used: u64,
}

/// Longer texts are hardly asked twice, and would make the bound on the number of entries no bound on memory.
const LONGEST: usize = 2048;

impl QueryCache {
    /// A cache of at most `capacity` queries; 0 keeps none.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, entries: Mutex::default() }
    }

    /// The vector of this query, if it is here.
    pub fn get(&self, text: &str) -> Option<Vec<f32>> {
        let mut entries = self.lock();
        entries.clock += 1;
        let now = entries.clock;
        let entry = entries.by_text.get_mut(text)?;
        entry.used = now;
        Some(entry.vector.to_vec())
    }

    /// Keeps the vector, in place of the one that was not used for the longest time if the cache is full.
    pub fn put(&self, text: &str, vector: &[f32]) {
        if self.capacity == 0 || text.len() > LONGEST {
            return;
        }
        let mut entries = self.lock();
        if entries.by_text.len() >= self.capacity && !entries.by_text.contains_key(text) {
            // A look at every entry costs far less than the vector that was just computed.
            let oldest = entries.by_text.iter().min_by_key(|(_, e)| e.used).map(|(text, _)| text.clone());
            oldest.and_then(|text| entries.by_text.remove(&text));
        }
        entries.clock += 1;
        let used = entries.clock;
        entries.by_text.insert(text.into(), Entry { vector: vector.into(), used });
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Every change is one insert or remove, so that a panic elsewhere leaves nothing half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_query_makes_room() {
        let cache = QueryCache::new(2);
        cache.put("a", &[1.0]);
        cache.put("b", &[2.0]);
        assert_eq!(cache.get("a"), Some(vec![1.0]));
        cache.put("c", &[3.0]);
        assert_eq!([cache.get("a"), cache.get("b"), cache.get("c")], [Some(vec![1.0]), None, Some(vec![3.0])]);
    }

    #[test]
    fn a_cache_of_nothing_keeps_nothing() {
        let cache = QueryCache::new(0);
        cache.put("a", &[1.0]);
        assert_eq!(cache.get("a"), None);
        let cache = QueryCache::new(2);
        cache.put(&"long".repeat(LONGEST), &[1.0]);
        assert_eq!(cache.get(&"long".repeat(LONGEST)), None);
    }
}
