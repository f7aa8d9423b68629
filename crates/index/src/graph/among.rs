//! A walk among those that pass a filter, through those that do not.
//!
//! A list that grows until enough of it passes compares the query with everything on the way. Here only what passes is
//! compared: where a neighbour does not, its own neighbours are looked at in its place. After Patel et al., "ACORN:
//! Performant and Predicate-Agnostic Search Over Vector Embeddings and Structured Data" (SIGMOD 2024), whose graph is
//! denser; ours was not built for it, so what too few steps reach is scanned after all.

use super::file::Flat;
use super::mask::Mask;
use super::walk::{Scratch, insert};

/// Members of the list with which the place of the query is found first, whatever passes there.
const APPROACH: usize = 24;
/// Neighbours that pass are gathered for a member until there are so many.
const WIDTH: usize = 32;

/// Cost of a member of the list, in comparisons of a scan, where this share passes: fewer passing, more detours.
pub(super) fn cost(share: f64) -> f64 {
    40.0 + 3.0 / share
}

impl Flat {
    /// Leaves the best that pass in `scratch.members`.
    pub(super) fn expand_among(&self, scratch: &mut Scratch, codes: &[i8], scale: f32, length: usize, mask: &Mask) {
        self.expand(scratch, codes, scale, APPROACH, |_, _| {});
        let starts: Vec<u32> = scratch.members.iter().map(|m| m.node).collect();
        let (view, count, ordinals) = (self.view(codes, scale), self.len(), self.ordinals());
        let passes = |node: u32| mask.contains(ordinals[node as usize]);
        scratch.begin(count);
        let Scratch { seen, epoch, members, fresh, detours, .. } = scratch;
        let epoch = *epoch;
        for &start in starts.iter().filter(|&&start| passes(start)) {
            seen[start as usize] = epoch;
            insert(members, length, view.score(start), start);
        }
        let mut gather = |from: u32, fresh: &mut Vec<u32>| {
            fresh.clear();
            detours.clear();
            for &link in self.links(from) {
                if link as usize >= count {
                    break;
                }
                if seen[link as usize] == epoch {
                    continue;
                }
                if passes(link) {
                    seen[link as usize] = epoch;
                    view.prefetch(link);
                    fresh.push(link);
                } else {
                    view.prefetch_links(link);
                    detours.push(link);
                }
            }
            for &through in detours.iter() {
                if fresh.len() >= WIDTH {
                    break;
                }
                // Once is enough: what is reached through it is the same every time.
                seen[through as usize] = epoch;
                for &link in self.links(through) {
                    if link as usize >= count {
                        break;
                    }
                    if seen[link as usize] != epoch && passes(link) {
                        seen[link as usize] = epoch;
                        view.prefetch(link);
                        fresh.push(link);
                    }
                }
            }
        };
        for &start in starts.iter().filter(|&&start| !passes(start)) {
            gather(start, fresh);
            for &node in fresh.iter() {
                insert(members, length, view.score(node), node);
            }
        }
        let mut next = 0;
        while next < members.len() {
            if members[next].expanded {
                next += 1;
                continue;
            }
            members[next].expanded = true;
            gather(members[next].node, fresh);
            let mut first_new = usize::MAX;
            for &node in fresh.iter() {
                if let Some(at) = insert(members, length, view.score(node), node) {
                    first_new = first_new.min(at);
                }
            }
            next = if first_new <= next { first_new } else { next + 1 };
        }
    }
}
