//! A graph that grows itself. hnsw_rs inserts a sample; every other point is searched in the graph so far with the walk that
//! serves queries, pruned and linked, a batch at a time. The points of a batch do not see each other; the refinement
//! pass, which follows anyway, searches every point in the whole graph and makes up for that.
//!
//! hnsw_rs alone takes two to three times as long: its points are reference-counted and locked, and at a million of them
//! every step of an insertion waits for memory. Batches that grow with the graph are those of Manohar et al., "ParlayANN"
//! (PPoPP 2024).

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::build::order;
use super::codes::Coded;
use super::file::{Flat, Links};
use super::refine::{Refinement, lead_back, prune};

/// A batch is this share of the points that are in the graph: one in so many.
const SHARE: usize = 4;

/// All numbers below `count` in an order that has nothing to do with theirs, the same every time: whatever is first is a
/// fair sample.
pub(super) fn shuffled(count: usize) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..count as u32).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for at in (1..count).rev() {
        // xorshift64*
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let drawn = state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        numbers.swap(at, ((drawn * (at as u64 + 1)) >> 32) as usize);
    }
    numbers
}

/// Adds the points behind those that the links are of; none if told to stop meanwhile.
pub(super) fn grow(coded: &Coded, mut links: Links, pass: &Refinement, stop: &AtomicBool) -> Option<Links> {
    while links.neighbours.len() < coded.len() {
        let count = links.neighbours.len();
        let upto = coded.len().min(count + (count / SHARE).max(1));
        let walked = Flat::assemble(&coded.first(count), &[], Some(&links), pass.degree);
        let found: Option<Vec<Vec<u32>>> = (count as u32..upto as u32)
            .into_par_iter()
            .map_init(Vec::new, |near, point| {
                if stop.load(Ordering::Relaxed) {
                    return None;
                }
                walked.near_codes(coded.row(point), coded.scales[point as usize], pass.effort, near);
                let candidates = near.iter().map(|s| links.order[s.ordinal as usize]).collect();
                Some(prune(coded, point, candidates, pass))
            })
            .collect();
        links.neighbours.extend(found?);
        links.neighbours = lead_back(coded, links.neighbours, count, pass);
        links.order = order(&links.neighbours, &links.entries);
    }
    Some(links)
}

impl Links {
    /// The same links between points of other names: point `n` becomes `names[n]`.
    pub(super) fn renamed(self, names: &[u32]) -> Self {
        let rename = |points: Vec<u32>| points.into_iter().map(|point| names[point as usize]).collect::<Vec<u32>>();
        let mut neighbours = vec![Vec::new(); names.len()];
        for (point, of_point) in self.neighbours.into_iter().enumerate() {
            neighbours[names[point] as usize] = rename(of_point);
        }
        Self { neighbours, entries: rename(self.entries), order: rename(self.order) }
    }
}
