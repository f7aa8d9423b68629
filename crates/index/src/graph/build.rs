//! Building: hnsw_rs inserts a sample, its neighbour lists are taken out, grow by the other points, are refined and laid
//! out flat.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hnsw_rs::prelude::{Distance, Hnsw};

use super::codes::Coded;
use super::file::{Flat, Links};
use super::grow::{grow, shuffled};
use super::refine::{Refinement, refine};
use super::simd::DOT_I8;

/// How a graph is built.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Links that hnsw_rs gives a new point (twice as many on its lowest layer).
    pub connections: usize,
    /// Candidates that hnsw_rs looks at for a new point.
    pub effort: usize,
    /// Points that hnsw_rs inserts; the graph grows itself by the others.
    pub sample: usize,
    /// Passes over the finished graph; none serves the lists as they are.
    pub refinements: Vec<Refinement>,
    /// Links of a record at least; the rest of its last cache line is used too.
    pub degree: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections: 16, effort: 64, sample: 16_384, refinements: vec![Refinement::default()], degree: 30 }
    }
}

/// Where the time of a build went.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Timings {
    /// Codes made of the vectors.
    pub encode: Duration,
    /// hnsw_rs inserting.
    pub insert: Duration,
    /// Neighbour lists taken out of it.
    pub export: Duration,
    /// The graph growing by the points that hnsw_rs did not insert.
    pub grow: Duration,
    /// Refinement passes.
    pub refine: Duration,
    /// The file's bytes put together.
    pub assemble: Duration,
}

/// Bytes behind the codes in what hnsw_rs holds: scale and squared length.
const TAIL: usize = 8;
/// Points handed to hnsw_rs at once: between two such lots a build can be given up.
const AT_ONCE: usize = 16_384;
/// Layers of hnsw_rs at most.
const LAYERS: usize = 16;

/// Squared Euclidean distance of rows of codes with their scale and squared length behind them. For vectors of unit
/// length its order is that of inner products, and that of the vectors less their mean is the same.
#[derive(Clone, Copy, Default)]
struct CodeDistance;

impl Distance<i8> for CodeDistance {
    fn eval(&self, a: &[i8], b: &[i8]) -> f32 {
        let (a, a_tail) = a.split_at(a.len() - TAIL);
        let (b, b_tail) = b.split_at(b.len() - TAIL);
        let ((a_scale, a_norm), (b_scale, b_norm)) = (tail(a_tail), tail(b_tail));
        // Rounding may leave it below zero for equal vectors, which hnsw_rs does not take.
        (a_norm + b_norm - 2.0 * a_scale * b_scale * DOT_I8(a, b) as f32).max(0.0)
    }
}

fn tail(bytes: &[i8]) -> (f32, f32) {
    let bytes: &[u8] = bytemuck::cast_slice(bytes);
    let float = |at: usize| f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    (float(0), float(4))
}

/// Builds a graph over rows of unit length, laid end to end.
pub fn build(dimensions: usize, rows: &[f32], options: &Options) -> (Flat, Timings) {
    let never = AtomicBool::new(false);
    build_unless(dimensions, rows, options, &never)
        .unwrap_or_else(|| (Flat::in_memory(dimensions, rows), Timings::default()))
}

/// [`build`], given up soon after `stop` is set.
pub fn build_unless(dimensions: usize, rows: &[f32], options: &Options, stop: &AtomicBool) -> Option<(Flat, Timings)> {
    let mut timings = Timings::default();
    let mut clock = Instant::now();
    let mut lap = |slot: &mut Duration| {
        *slot += clock.elapsed();
        clock = Instant::now();
    };
    let coded = Coded::new(dimensions, rows);
    let names = shuffled(coded.len());
    let points = coded.select(&names);
    lap(&mut timings.encode);
    let sample = points.first(options.sample.min(points.len()));
    let hnsw = insert(&sample, options, stop)?;
    lap(&mut timings.insert);
    let mut links = export(&hnsw, sample.len(), entries(points.len()));
    drop(hnsw);
    lap(&mut timings.export);
    if sample.len() < points.len() {
        let pass = options.refinements.first().cloned().unwrap_or_default();
        links = grow(&points, links, &pass, stop)?;
    }
    lap(&mut timings.grow);
    for refinement in &options.refinements {
        links = refine(&points, &links, refinement, stop)?;
    }
    drop(points);
    let links = links.renamed(&names);
    lap(&mut timings.refine);
    let flat = Flat::assemble(&coded, rows, Some(&links), options.degree);
    lap(&mut timings.assemble);
    Some((flat, timings))
}

fn insert<'a>(coded: &Coded, options: &Options, stop: &AtomicBool) -> Option<Hnsw<'a, i8, CodeDistance>> {
    let hnsw = Hnsw::new(options.connections, coded.len(), LAYERS, options.effort, CodeDistance);
    for first in (0..coded.len()).step_by(AT_ONCE) {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let numbers = first..coded.len().min(first + AT_ONCE);
        let points: Vec<Vec<i8>> = numbers
            .clone()
            .map(|at| {
                let mut point = coded.row(at as u32).to_vec();
                for value in [coded.scales[at], coded.norms[at]] {
                    point.extend(value.to_le_bytes().map(|byte| byte as i8));
                }
                point
            })
            .collect();
        let with_id: Vec<(&[i8], usize)> = points.iter().map(Vec::as_slice).zip(numbers).collect();
        hnsw.parallel_insert_slice(&with_id);
    }
    Some(hnsw)
}

/// The lists of the lowest layer, nearest first.
fn export(hnsw: &Hnsw<'_, i8, CodeDistance>, count: usize, entries: Vec<u32>) -> Links {
    let mut neighbours = vec![Vec::new(); count];
    for point in hnsw.get_point_indexation() {
        let id = point.get_origin_id();
        let mut lists = point.get_neighborhood_id();
        if let Some(lowest) = lists.first_mut() {
            lowest.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.d_id.cmp(&b.d_id)));
            neighbours[id] = lowest.iter().map(|n| n.d_id as u32).filter(|&n| n as usize != id).collect();
        }
    }
    let entries: Vec<u32> = entries.into_iter().filter(|&entry| (entry as usize) < count).collect();
    Links { order: order(&neighbours, &entries), neighbours, entries }
}

/// Where walks begin: the first points, a fair sample, about twice the square root of all. A scan of them costs as much as
/// a descent through the layers of hnsw_rs, and begins the walk at several places.
fn entries(count: usize) -> Vec<u32> {
    let wanted = (2.0 * (count as f64).sqrt()).ceil() as u32;
    (0..wanted.max(1).min(count as u32)).collect()
}

/// Entries first, then breadth-first: neighbours lie near each other in the file.
pub(super) fn order(neighbours: &[Vec<u32>], entries: &[u32]) -> Vec<u32> {
    let mut placed = vec![false; neighbours.len()];
    let mut order: Vec<u32> = Vec::with_capacity(neighbours.len());
    let mut place = |ordinal: u32, order: &mut Vec<u32>| {
        if !std::mem::replace(&mut placed[ordinal as usize], true) {
            order.push(ordinal);
        }
    };
    entries.iter().for_each(|&entry| place(entry, &mut order));
    let mut at = 0;
    let mut unreached = 0..neighbours.len() as u32;
    loop {
        while at < order.len() {
            for &other in &neighbours[order[at] as usize] {
                place(other, &mut order);
            }
            at += 1;
        }
        match unreached.next() {
            Some(ordinal) => place(ordinal, &mut order),
            None => break order,
        }
    }
}
