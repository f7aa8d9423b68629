//! Searching a [`Flat`]: comparing with all, or walking the graph.

use std::cell::RefCell;

use super::codes::quantize;
use super::file::{Flat, RECORD_HEAD};
use super::mask::{Mask, set_bits};
use super::simd::{DOT_F32, DOT_I8, prefetch};
use super::top::{Scored, Top};

/// Candidates of a scan over codes for each wanted result: the codes' error reorders neighbours, but not far.
const OVERSAMPLE: usize = 2;
/// And so many more.
const MARGIN: usize = 32;
/// Records on their way from memory while one is compared, in a scan of what passes: they lie anywhere.
const AHEAD: usize = 8;
/// Nodes that a walk begins with: the nearest of the entries.
const STARTS: usize = 4;
/// Cost of one comparison in a walk, in comparisons of a scan: a walk jumps and keeps lists, a scan streams.
const JUMP: f64 = 4.0;
/// The same where the list grows under a filter: a long one takes longer to keep in order, and its last members are less
/// sure than a scan.
const LONG_JUMP: f64 = 10.0;
/// Comparisons of a walk for each member of its list, as measured over graphs of 10,000 to 100,000.
const PER_MEMBER: f64 = 9.0;

/// A member of the walk's list.
#[derive(Clone, Copy)]
struct Member {
    score: f32,
    node: u32,
    expanded: bool,
}

/// What a walk needs, kept by each thread from query to query.
#[derive(Default)]
struct Scratch {
    /// The epoch in which a node was last seen: no clearing between queries.
    seen: Vec<u8>,
    epoch: u8,
    members: Vec<Member>,
    fresh: Vec<u32>,
    codes: Vec<i8>,
    centred: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Flat {
    /// The k best by exact inner product, best first, of those that the mask lets pass. `effort` is the length of the
    /// walk's list: longer finds more and takes longer. Where comparing with all is cheaper, that is done.
    pub fn search(&self, query: &[f32], k: usize, effort: usize, mask: Option<&Mask>) -> Vec<Scored> {
        let allowed = mask.map_or(self.len(), Mask::count);
        let k = k.min(allowed);
        if k == 0 || query.len() != self.dimensions() {
            return Vec::new();
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let scale = self.encode(query, scratch);
            let candidates = match self.list_length(k, effort, allowed) {
                Some(length) => self.walk(scratch, scale, k, length, mask),
                None => self.scan(scratch, scale, k, mask),
            };
            self.rescore(query, k, candidates)
        })
    }

    /// [`Self::search`] without the graph: the true answer.
    pub fn search_all(&self, query: &[f32], k: usize, mask: Option<&Mask>) -> Vec<Scored> {
        let mut top = Top::new(k);
        for ordinal in 0..self.len() as u32 {
            if mask.is_none_or(|m| m.contains(ordinal))
                && let Some(row) = self.row(ordinal)
            {
                top.push(DOT_F32(query, row), ordinal);
            }
        }
        top.into_sorted()
    }

    /// How long a list the walk needs, or none where a scan of what is allowed costs less.
    fn list_length(&self, k: usize, effort: usize, allowed: usize) -> Option<usize> {
        if !self.has_graph() {
            return None;
        }
        // Of a list of this length, about `effort` members pass the filter.
        let length = effort.max(k) as f64 * self.len() as f64 / allowed as f64;
        let jump = if allowed < self.len() { LONG_JUMP } else { JUMP };
        let walk = length * PER_MEMBER * jump + self.shape.entries as f64;
        (walk < allowed as f64).then_some(length.ceil() as usize)
    }

    /// Codes of the query minus the mean, into the scratch; their scale.
    fn encode(&self, query: &[f32], scratch: &mut Scratch) -> f32 {
        scratch.centred.clear();
        scratch.centred.extend(query.iter().zip(&self.mean).map(|(q, m)| q - m));
        scratch.codes.clear();
        scratch.codes.resize(self.shape.stride, 0);
        quantize(&scratch.centred, &mut scratch.codes)
    }

    fn rescore(&self, query: &[f32], k: usize, candidates: impl IntoIterator<Item = u32>) -> Vec<Scored> {
        let mut best = Top::new(k);
        for ordinal in candidates {
            if let Some(row) = self.row(ordinal) {
                best.push(DOT_F32(query, row), ordinal);
            }
        }
        best.into_sorted()
    }

    fn scan(&self, scratch: &Scratch, scale: f32, k: usize, mask: Option<&Mask>) -> Vec<u32> {
        let view = self.view(&scratch.codes, scale);
        let mut top = Top::new(k * OVERSAMPLE + MARGIN);
        match mask {
            Some(mask) => {
                // In the order of the file: what passes lies all over it, and every page is looked up but once.
                let (nodes, ordinals) = (self.nodes(), self.ordinals());
                let mut passing = vec![0u64; self.len().div_ceil(64)];
                for node in mask.iter().filter_map(|ordinal| nodes.get(ordinal as usize)) {
                    // Nodes past the end are those of a damaged file.
                    if (*node as usize) < self.len() {
                        passing[*node as usize / 64] |= 1 << (node % 64);
                    }
                }
                let mut coming = set_bits(&passing);
                coming.by_ref().take(AHEAD).for_each(|node| view.prefetch(node));
                for node in set_bits(&passing) {
                    if let Some(next) = coming.next() {
                        view.prefetch(next);
                    }
                    let score = view.score(node);
                    if score >= top.threshold() {
                        top.push(score, ordinals[node as usize]);
                    }
                }
            }
            None => {
                for (node, &ordinal) in self.ordinals().iter().enumerate() {
                    top.push(view.score(node as u32), ordinal);
                }
            }
        }
        top.into_sorted().into_iter().map(|s| s.ordinal).collect()
    }

    fn walk(&self, scratch: &mut Scratch, scale: f32, k: usize, length: usize, mask: Option<&Mask>) -> Vec<u32> {
        let ordinals = self.ordinals();
        let mut passed = mask.map(|_| Top::new(k * OVERSAMPLE + MARGIN));
        let codes = std::mem::take(&mut scratch.codes);
        self.expand(scratch, &codes, scale, length, |node, score| {
            if let (Some(mask), Some(top)) = (mask, &mut passed) {
                let ordinal = ordinals[node as usize];
                if score > top.threshold() && mask.contains(ordinal) {
                    top.push(score, ordinal);
                }
            }
        });
        scratch.codes = codes;
        match passed {
            Some(top) => top.into_sorted().into_iter().map(|s| s.ordinal).collect(),
            None => {
                let keep = (k * OVERSAMPLE + MARGIN).min(scratch.members.len());
                scratch.members[..keep].iter().map(|m| ordinals[m.node as usize]).collect()
            }
        }
    }

    /// The walk: leaves the best nodes in `scratch.members`, and calls `each` with every node compared.
    fn expand(&self, scratch: &mut Scratch, codes: &[i8], scale: f32, length: usize, mut each: impl FnMut(u32, f32)) {
        let view = self.view(codes, scale);
        scratch.begin(self.len());
        let count = self.len();
        let Scratch { seen, epoch, members, fresh, .. } = scratch;
        let mut starts = Top::new(STARTS);
        for node in 0..self.shape.entries as u32 {
            starts.push(view.score(node), node);
        }
        for start in starts.into_sorted() {
            seen[start.ordinal as usize] = *epoch;
            members.push(Member { score: start.score, node: start.ordinal, expanded: false });
            each(start.ordinal, start.score);
        }
        let mut next = 0;
        while next < members.len() {
            if members[next].expanded {
                next += 1;
                continue;
            }
            members[next].expanded = true;
            fresh.clear();
            for &link in self.links(members[next].node) {
                // Unused ones are the greatest number; a damaged one leads nowhere either.
                if link as usize >= count {
                    break;
                }
                let mark = &mut seen[link as usize];
                if *mark != *epoch {
                    *mark = *epoch;
                    view.prefetch(link);
                    fresh.push(link);
                }
            }
            let mut first_new = usize::MAX;
            for &node in fresh.iter() {
                let score = view.score(node);
                each(node, score);
                if let Some(at) = insert(members, length, score, node) {
                    first_new = first_new.min(at);
                }
            }
            next = if first_new <= next { first_new } else { next + 1 };
        }
    }

    fn view<'a>(&'a self, codes: &'a [i8], scale: f32) -> View<'a> {
        View {
            records: self.records(),
            record: self.shape.record(),
            stride: self.shape.stride,
            codes,
            scale,
            dot: *DOT_I8,
        }
    }

    /// The nodes nearest to a stored one, best first, itself left out; by codes. For building.
    pub(super) fn near_node(&self, node: u32, length: usize, out: &mut Vec<Scored>) {
        let start = node as usize * self.shape.record();
        let record = &self.records()[start..start + self.shape.stride + RECORD_HEAD];
        let (codes, head) = record.split_at(self.shape.stride);
        self.near_codes(
            bytemuck::cast_slice(codes),
            f32::from_le_bytes([head[0], head[1], head[2], head[3]]),
            length,
            out,
        );
        out.retain(|found| found.ordinal != node);
    }

    /// The nodes nearest to a vector given by its codes and their scale, best first. For building.
    pub(super) fn near_codes(&self, codes: &[i8], scale: f32, length: usize, out: &mut Vec<Scored>) {
        SCRATCH.with_borrow_mut(|scratch| {
            self.expand(scratch, codes, scale, length, |_, _| {});
            out.clear();
            out.extend(scratch.members.iter().map(|m| Scored { score: m.score, ordinal: m.node }));
        });
    }
}

/// Puts a node in its place in a list of at most `length`; none if it is worse than all of a full list.
#[inline]
fn insert(members: &mut Vec<Member>, length: usize, score: f32, node: u32) -> Option<usize> {
    if members.len() >= length {
        if members.last().is_some_and(|worst| score <= worst.score) {
            return None;
        }
        members.pop();
    }
    let at = members.partition_point(|m| m.score >= score);
    members.insert(at, Member { score, node, expanded: false });
    Some(at)
}

impl Scratch {
    fn begin(&mut self, nodes: usize) {
        if self.seen.len() < nodes {
            self.seen.resize(nodes, 0);
        }
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.seen.fill(0);
            self.epoch = 1;
        }
        self.members.clear();
    }
}

/// The records, seen from one query.
struct View<'a> {
    records: &'a [u8],
    record: usize,
    stride: usize,
    codes: &'a [i8],
    scale: f32,
    dot: fn(&[i8], &[i8]) -> i32,
}

impl View<'_> {
    /// The inner product, less what is the same for all.
    #[inline]
    fn score(&self, node: u32) -> f32 {
        let start = node as usize * self.record;
        let record = &self.records[start..start + self.stride + RECORD_HEAD];
        let (codes, head) = record.split_at(self.stride);
        let scale = f32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        let bias = f32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        (self.dot)(self.codes, bytemuck::cast_slice(codes)) as f32 * (self.scale * scale) + bias
    }

    #[inline]
    fn prefetch(&self, node: u32) {
        let start = node as usize * self.record;
        prefetch(&self.records[start..start + self.stride + RECORD_HEAD]);
    }
}
