//! How often something stands in the corpus: counted once, then kept up with what comes and goes.

use std::collections::HashMap;
use std::sync::Arc;

/// Counts by key. A clone shares the table and costs what has changed since that was made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// By key, ascending.
    table: Arc<Vec<(u64, u32)>>,
    /// What is to be added to it.
    changes: HashMap<u64, i64>,
}

/// Changes that are never too many to be kept beside the table.
const FEW: usize = 4096;

impl Counts {
    /// Counts the keys.
    pub fn of(mut keys: Vec<u64>) -> Self {
        keys.sort_unstable();
        let mut table: Vec<(u64, u32)> = Vec::new();
        for key in keys {
            match table.last_mut() {
                Some((last, n)) if *last == key => *n = n.saturating_add(1),
                _ => table.push((key, 1)),
            }
        }
        Self { table: Arc::new(table), changes: HashMap::new() }
    }

    /// How often the key was counted.
    pub fn get(&self, key: u64) -> u32 {
        let counted = self.table.binary_search_by_key(&key, |(k, _)| *k).map_or(0, |at| self.table[at].1);
        let change = self.changes.get(&key).copied().unwrap_or(0);
        u32::try_from((i64::from(counted) + change).max(0)).unwrap_or(u32::MAX)
    }

    /// Counts a key more often, or less often where `by` is negative.
    pub fn change(&mut self, key: u64, by: i64) {
        *self.changes.entry(key).or_default() += by;
    }

    /// Makes a new table where the changes have become many.
    pub fn settle(&mut self) {
        if self.changes.len() <= FEW.max(self.table.len() / 8) {
            return;
        }
        let mut changes: Vec<(u64, i64)> = self.changes.drain().collect();
        changes.sort_unstable();
        let mut table = Vec::with_capacity(self.table.len() + changes.len());
        let mut changes = changes.into_iter().peekable();
        let mut push = |key: u64, count: i64| {
            if count > 0 {
                table.push((key, u32::try_from(count).unwrap_or(u32::MAX)));
            }
        };
        for &(key, count) in self.table.iter() {
            while let Some((new, by)) = changes.next_if(|(k, _)| *k < key) {
                push(new, by);
            }
            let by = changes.next_if(|(k, _)| *k == key).map_or(0, |(_, by)| by);
            push(key, i64::from(count) + by);
        }
        changes.for_each(|(key, by)| push(key, by));
        self.table = Arc::new(table);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_count_as_if_all_had_been_counted_at_once() {
        let keys = |from: u64, to: u64| -> Vec<u64> { (from..to).flat_map(|k| [k * 7 % 20_011, k % 50]).collect() };
        let mut counts = Counts::of(keys(0, 30_000));
        let shared = counts.clone();
        keys(30_000, 60_000).into_iter().for_each(|key| counts.change(key, 1));
        keys(0, 10_000).into_iter().for_each(|key| counts.change(key, -1));
        let expected = Counts::of(keys(10_000, 60_000));
        let alike = |counts: &Counts| (0..20_100).all(|key| counts.get(key) == expected.get(key));
        assert!(alike(&counts));
        counts.settle();
        assert!(counts.changes.is_empty() && alike(&counts));
        assert_eq!(shared.get(3), Counts::of(keys(0, 30_000)).get(3));
        // What is gone to the last is not known any more.
        let mut one = Counts::of(vec![5]);
        one.change(5, -1);
        assert_eq!(one.get(5), 0);
    }
}
