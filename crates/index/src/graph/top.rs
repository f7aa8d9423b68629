//! The best k of a stream.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An entry with its score; ordered so that a heap's greatest is the worst: low scores first, then high ordinals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Higher is better.
    pub score: f32,
    /// Its place among the vectors.
    pub ordinal: u32,
}

impl Eq for Scored {}

impl Ord for Scored {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.ordinal.cmp(&other.ordinal))
    }
}

impl PartialOrd for Scored {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Keeps the k best; of equal scores the lower ordinal wins.
pub(crate) struct Top {
    k: usize,
    heap: BinaryHeap<Scored>,
}

impl Top {
    pub fn new(k: usize) -> Self {
        Self { k, heap: BinaryHeap::with_capacity(k + 1) }
    }

    /// What a score must exceed to be kept.
    pub fn threshold(&self) -> f32 {
        if self.heap.len() < self.k { f32::NEG_INFINITY } else { self.heap.peek().map_or(f32::INFINITY, |w| w.score) }
    }

    pub fn push(&mut self, score: f32, ordinal: u32) {
        if self.heap.len() < self.k {
            self.heap.push(Scored { score, ordinal });
        } else if let Some(mut worst) = self.heap.peek_mut()
            && (Scored { score, ordinal }) < *worst
        {
            *worst = Scored { score, ordinal };
        }
    }

    /// Best first.
    pub fn into_sorted(self) -> Vec<Scored> {
        self.heap.into_sorted_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_ties_go_to_the_lower_ordinal() {
        let mut top = Top::new(3);
        for (ordinal, score) in [0.1, 0.9, 0.5, 0.9, 0.2].into_iter().enumerate() {
            top.push(score, ordinal as u32);
        }
        let order: Vec<u32> = top.into_sorted().iter().map(|s| s.ordinal).collect();
        assert_eq!(order, [1, 3, 2]);
        assert_eq!(Top::new(0).threshold(), f32::INFINITY);
    }
}
