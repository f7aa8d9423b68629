//! A better graph out of a good one. Each point is searched in the graph; what is found is pruned by the rule of
//! relative neighbourhoods (a candidate is left out if one kept already is nearer to it than the point itself, by a
//! factor alpha); the links are made to lead back; and nobody is left unreachable.
//!
//! The rule with its slack is that of Subramanya et al., "DiskANN" (NeurIPS 2019), after Toussaint (1980).

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::build::order;
use super::codes::Coded;
use super::file::{Flat, Links};
use super::simd::DOT_I8;

/// One pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Refinement {
    /// Length of the list when a point is searched.
    pub effort: usize,
    /// Links of a point at most.
    pub degree: usize,
    /// Slack of the rule, on distances: 1 keeps the sparsest graph, more keeps longer links.
    pub alpha: f32,
}

impl Default for Refinement {
    fn default() -> Self {
        Self { effort: 64, degree: 30, alpha: 1.2 }
    }
}

/// Betters the links by one pass; none if told to stop meanwhile.
pub(crate) fn refine(coded: &Coded, links: &Links, pass: &Refinement, stop: &AtomicBool) -> Option<Links> {
    let walked = Flat::assemble(coded, &[], Some(links), pass.degree);
    let mut node_of = vec![0u32; coded.len()];
    for (node, &ordinal) in links.order.iter().enumerate() {
        node_of[ordinal as usize] = node as u32;
    }
    // In the order of the file, so that neighbouring searches touch the same records.
    let found: Option<Vec<(u32, Vec<u32>)>> = links
        .order
        .par_iter()
        .map_init(Vec::new, |near, &ordinal| {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            walked.near_node(node_of[ordinal as usize], pass.effort, near);
            let mut candidates: Vec<u32> = near.iter().map(|s| links.order[s.ordinal as usize]).collect();
            candidates.extend(&links.neighbours[ordinal as usize]);
            Some((ordinal, prune(coded, ordinal, candidates, pass)))
        })
        .collect();
    let mut neighbours = vec![Vec::new(); coded.len()];
    for (ordinal, kept) in found? {
        neighbours[ordinal as usize] = kept;
    }
    let mut neighbours = lead_back(coded, neighbours, 0, pass);
    let mut entries = links.entries.clone();
    reach_all(&mut neighbours, &mut entries, pass.degree);
    Some(Links { order: order(&neighbours, &entries), neighbours, entries })
}

/// Makes the links of the points from `first` on lead back; where that gives a point too many, they are pruned.
pub(super) fn lead_back(coded: &Coded, neighbours: Vec<Vec<u32>>, first: usize, pass: &Refinement) -> Vec<Vec<u32>> {
    let mut back: Vec<Vec<u32>> = vec![Vec::new(); neighbours.len()];
    for (ordinal, kept) in neighbours.iter().enumerate().skip(first) {
        for &other in kept {
            back[other as usize].push(ordinal as u32);
        }
    }
    let linked = neighbours.into_par_iter().zip(back).enumerate();
    let merge = |(ordinal, (mut kept, mut back)): (usize, (Vec<u32>, Vec<u32>))| {
        back.retain(|other| !kept.contains(other));
        kept.extend(back);
        if kept.len() <= pass.degree { kept } else { prune(coded, ordinal as u32, kept, pass) }
    };
    linked.map(merge).collect()
}

/// Squared distance by codes.
fn distance(coded: &Coded, a: u32, b: u32) -> f32 {
    let dot = DOT_I8(coded.row(a), coded.row(b)) as f32;
    let (a, b) = (a as usize, b as usize);
    coded.norms[a] + coded.norms[b] - 2.0 * coded.scales[a] * coded.scales[b] * dot
}

/// The links of a point, nearest first as far as the strict rule keeps them, then those that only the slack keeps.
pub(super) fn prune(coded: &Coded, point: u32, mut candidates: Vec<u32>, pass: &Refinement) -> Vec<u32> {
    candidates.sort_unstable();
    candidates.dedup();
    let mut by_distance: Vec<(f32, u32)> =
        candidates.into_iter().filter(|&c| c != point).map(|c| (distance(coded, point, c), c)).collect();
    by_distance.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<u32> = Vec::with_capacity(pass.degree);
    // For each candidate how near the nearest kept one is, relative to the point: below 1 the strict rule drops it.
    let mut ratios = vec![f32::INFINITY; by_distance.len()];
    let mut compared = vec![0usize; by_distance.len()];
    for slack in [1.0, pass.alpha * pass.alpha] {
        for (at, &(to_point, candidate)) in by_distance.iter().enumerate() {
            if kept.len() >= pass.degree {
                return kept;
            }
            if ratios[at] == f32::NEG_INFINITY {
                continue;
            }
            let limit = 1.0 / slack;
            while ratios[at] >= limit && compared[at] < kept.len() {
                let between = distance(coded, kept[compared[at]], candidate);
                ratios[at] = ratios[at].min(between / to_point.max(f32::MIN_POSITIVE));
                compared[at] += 1;
            }
            if ratios[at] >= limit {
                kept.push(candidate);
                ratios[at] = f32::NEG_INFINITY;
            }
        }
    }
    kept
}

/// Gives every point that cannot be reached from the entries a link from one that can, or makes it an entry.
fn reach_all(neighbours: &mut [Vec<u32>], entries: &mut Vec<u32>, degree: usize) {
    let mut reached = vec![false; neighbours.len()];
    let mut stack: Vec<u32> = entries.clone();
    for &entry in entries.iter() {
        reached[entry as usize] = true;
    }
    for ordinal in 0..neighbours.len() as u32 {
        flood(neighbours, &mut reached, &mut stack);
        if reached[ordinal as usize] {
            continue;
        }
        let host = neighbours[ordinal as usize]
            .iter()
            .copied()
            .find(|&other| reached[other as usize] && neighbours[other as usize].len() < degree);
        match host {
            Some(host) => neighbours[host as usize].push(ordinal),
            None => entries.push(ordinal),
        }
        reached[ordinal as usize] = true;
        stack.push(ordinal);
    }
}

fn flood(neighbours: &[Vec<u32>], reached: &mut [bool], stack: &mut Vec<u32>) {
    while let Some(ordinal) = stack.pop() {
        for &other in &neighbours[ordinal as usize] {
            if !std::mem::replace(&mut reached[other as usize], true) {
                stack.push(other);
            }
        }
    }
}
