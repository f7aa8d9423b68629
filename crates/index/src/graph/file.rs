//! The file format of [`Flat`]: written once, then mapped into memory and never changed.
//!
//! Little-endian; all sections begin at multiples of [`PAGE`]. Header, mean (f32), records, the ordinal of each
//! record and the record of each ordinal (u32), exact
//! vectors (f32), then one CRC-32 for every [`BLOCK`] bytes before it. A record is the codes of a vector, its scale
//! and bias (f32) and its links (u32), unused ones [`NO_LINK`]; its size is a multiple of a cache line.

use std::io::{self, Write};
use std::path::Path;

use memmap2::Mmap;

use super::codes::Coded;

#[cfg(target_endian = "big")]
compile_error!("the vector files are little-endian and read in place");

const MAGIC: [u8; 8] = *b"wenbaoVF";
const VERSION: u32 = 2;
const PAGE: usize = 4096;
const LINE: usize = 64;
/// Bytes under one checksum.
const BLOCK: usize = 1 << 16;
/// A link that leads nowhere.
pub(crate) const NO_LINK: u32 = u32::MAX;
/// Bytes of a record that are neither codes nor links: scale and bias.
pub(crate) const RECORD_HEAD: usize = 8;
/// Bytes of the header that are used, its own checksum last.
const HEADER: usize = 72;

/// Vectors, by ordinal, with a graph over them or without.
#[derive(Debug)]
pub struct Flat {
    bytes: Bytes,
    pub(super) shape: Shape,
    pub(super) mean: Vec<f32>,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    /// In words, so that what is read in place is aligned.
    Owned(Vec<u64>, usize),
}

/// Counts of the header, and where that puts the sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub dimensions: usize,
    pub stride: usize,
    pub count: usize,
    /// Links of a record.
    pub degree: usize,
    /// Nodes `0..entries` are where a walk may begin.
    pub entries: usize,
    /// Whether the exact vectors are there; only while a graph is refined they are not.
    pub exact: bool,
}

impl Shape {
    pub fn record(&self) -> usize {
        (self.stride + RECORD_HEAD + 4 * self.degree).next_multiple_of(LINE)
    }
    fn mean_at(&self) -> usize {
        PAGE
    }
    pub fn records_at(&self) -> usize {
        (self.mean_at() + 4 * self.dimensions).next_multiple_of(PAGE)
    }
    pub fn ordinals_at(&self) -> usize {
        (self.records_at() + self.count * self.record()).next_multiple_of(PAGE)
    }
    pub fn nodes_at(&self) -> usize {
        (self.ordinals_at() + 4 * self.count).next_multiple_of(PAGE)
    }
    pub fn exact_at(&self) -> usize {
        (self.nodes_at() + 4 * self.count).next_multiple_of(PAGE)
    }
    fn checks_at(&self) -> usize {
        (self.exact_at() + 4 * self.count * self.dimensions * usize::from(self.exact)).next_multiple_of(PAGE)
    }
    fn blocks(&self) -> usize {
        self.checks_at().div_ceil(BLOCK)
    }
    fn length(&self) -> usize {
        self.checks_at() + 4 * self.blocks()
    }
    /// Links that fit into the record without making it longer.
    pub fn filled(mut self) -> Self {
        self.degree = (self.record() - self.stride - RECORD_HEAD) / 4;
        self
    }
}

/// The links of a graph, by ordinal, and where walks begin.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Links {
    pub neighbours: Vec<Vec<u32>>,
    /// Ordinals to begin at.
    pub entries: Vec<u32>,
    /// Ordinals in the order in which they are laid out; entries first.
    pub order: Vec<u32>,
}

impl Flat {
    /// Vectors without a graph, in memory: for few, which are compared one by one.
    pub fn in_memory(dimensions: usize, rows: &[f32]) -> Self {
        let coded = Coded::new(dimensions, rows);
        Self::assemble(&coded, rows, None, 0)
    }

    pub(crate) fn assemble(coded: &Coded, rows: &[f32], links: Option<&Links>, degree: usize) -> Self {
        let shape = Shape {
            dimensions: coded.dimensions,
            stride: coded.stride,
            count: coded.len(),
            degree: if links.is_some() { degree } else { 0 },
            entries: links.map_or(0, |l| l.entries.len()),
            // No vectors at all are a file as any other.
            exact: !rows.is_empty() || coded.len() == 0,
        };
        let shape = if links.is_some() { shape.filled() } else { shape };
        let mut words = vec![0u64; shape.length().div_ceil(8)];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        bytes[..8].copy_from_slice(&MAGIC);
        put_u32(bytes, 8, VERSION);
        for (at, value) in [shape.dimensions, shape.stride, shape.count, shape.degree, shape.entries].iter().enumerate()
        {
            put_u32(bytes, 12 + 4 * at, *value as u32);
        }
        put_u64(bytes, 32, shape.length() as u64);
        for (at, value) in coded.mean.iter().enumerate() {
            put_f32(bytes, shape.mean_at() + 4 * at, *value);
        }
        let mut node_of: Vec<u32> = (0..shape.count as u32).collect();
        if let Some(links) = links {
            for (node, &ordinal) in links.order.iter().enumerate() {
                node_of[ordinal as usize] = node as u32;
            }
        }
        for ordinal in 0..shape.count {
            let node = node_of[ordinal] as usize;
            let at = shape.records_at() + node * shape.record();
            bytes[at..at + shape.stride].copy_from_slice(bytemuck::cast_slice(coded.row(ordinal as u32)));
            put_f32(bytes, at + shape.stride, coded.scales[ordinal]);
            put_f32(bytes, at + shape.stride + 4, coded.biases[ordinal]);
            let neighbours = links.map_or(&[][..], |l| &l.neighbours[ordinal]);
            for slot in 0..shape.degree {
                let link = neighbours.get(slot).map_or(NO_LINK, |&other| node_of[other as usize]);
                put_u32(bytes, at + shape.stride + RECORD_HEAD + 4 * slot, link);
            }
            put_u32(bytes, shape.ordinals_at() + 4 * node, ordinal as u32);
            put_u32(bytes, shape.nodes_at() + 4 * ordinal, node as u32);
        }
        let exact = shape.exact_at();
        // Exact vectors lie by ordinal, so that they can be read without the map.
        bytes[exact..exact + 4 * rows.len()].copy_from_slice(bytemuck::cast_slice(rows));
        if shape.exact {
            seal(bytes, &shape);
        }
        Self { bytes: Bytes::Owned(words, shape.length()), shape, mean: coded.mean.clone() }
    }

    /// Writes the file and makes it durable.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = std::fs::File::create(path)?;
        file.write_all(self.bytes())?;
        file.sync_all()
    }

    /// Maps a file; only its header is read. What is wrong with a file that is not one is said in the error.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = std::fs::File::open(path)?;
        // SAFETY: files of an index are written once under a name of their own, made durable before they are named
        // in the manifest, and never changed after; removing one leaves the mapping valid.
        let mapped = unsafe { Mmap::map(&file) }?;
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let shape = parse(&mapped).map_err(bad)?;
        let bytes = Bytes::Mapped(mapped);
        let mut flat = Self { bytes, shape, mean: Vec::new() };
        let at = shape.mean_at();
        flat.mean = bytemuck::cast_slice(&flat.bytes()[at..at + 4 * shape.dimensions]).to_vec();
        Ok(flat)
    }

    /// Compares the content with its checksums.
    ///
    /// # Errors
    /// Says which block differs first.
    pub fn verify(&self) -> Result<(), String> {
        let bytes = self.bytes();
        for (number, block) in bytes[..self.shape.checks_at()].chunks(BLOCK).enumerate() {
            let stored = get_u32(bytes, self.shape.checks_at() + 4 * number);
            if crc32fast::hash(block) != stored {
                return Err(format!("block {number} of {} bytes differs from its checksum", block.len()));
            }
        }
        // The links must lead to nodes and the map to ordinals: a walk does not ask again.
        let ordinals = self.ordinals();
        if self.nodes().iter().any(|&n| n as usize >= self.shape.count) {
            return Err("the record of an ordinal is out of range".to_owned());
        }
        if ordinals.iter().any(|&o| o as usize >= self.shape.count) {
            return Err("an ordinal is out of range".to_owned());
        }
        for node in 0..self.shape.count as u32 {
            if self.links(node).iter().any(|&l| l != NO_LINK && l as usize >= self.shape.count) {
                return Err(format!("a link of node {node} is out of range"));
            }
        }
        Ok(())
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.shape.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shape.count == 0
    }

    /// Components of a vector.
    pub fn dimensions(&self) -> usize {
        self.shape.dimensions
    }

    /// Whether there is a graph to walk.
    pub fn has_graph(&self) -> bool {
        self.shape.degree > 0 && self.shape.entries > 0
    }

    /// Bytes that a walk may touch (records and map), and bytes of the whole file.
    pub fn sizes(&self) -> (usize, usize) {
        (self.shape.exact_at() - self.shape.records_at(), self.shape.length())
    }

    /// The exact vector of an ordinal.
    pub fn row(&self, ordinal: u32) -> Option<&[f32]> {
        let width = 4 * self.shape.dimensions;
        let start = self.shape.exact_at() + ordinal as usize * width;
        (self.shape.exact && (ordinal as usize) < self.shape.count)
            .then(|| bytemuck::cast_slice(&self.bytes()[start..start + width]))
    }

    /// All exact vectors, row after row.
    pub fn rows(&self) -> &[f32] {
        let start = self.shape.exact_at();
        bytemuck::cast_slice(&self.bytes()[start..start + 4 * self.shape.dimensions * self.shape.count])
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(mapped) => mapped,
            Bytes::Owned(words, length) => &bytemuck::cast_slice(words)[..*length],
        }
    }

    pub(super) fn records(&self) -> &[u8] {
        let start = self.shape.records_at();
        &self.bytes()[start..start + self.shape.count * self.shape.record()]
    }

    pub(super) fn ordinals(&self) -> &[u32] {
        let start = self.shape.ordinals_at();
        bytemuck::cast_slice(&self.bytes()[start..start + 4 * self.shape.count])
    }

    /// The record of each ordinal.
    pub(super) fn nodes(&self) -> &[u32] {
        let start = self.shape.nodes_at();
        bytemuck::cast_slice(&self.bytes()[start..start + 4 * self.shape.count])
    }

    pub(super) fn links(&self, node: u32) -> &[u32] {
        let record = self.shape.record();
        let start = node as usize * record + self.shape.stride + RECORD_HEAD;
        bytemuck::cast_slice(&self.records()[start..start + 4 * self.shape.degree])
    }
}

fn parse(bytes: &[u8]) -> Result<Shape, &'static str> {
    if bytes.len() < PAGE || bytes[..8] != MAGIC {
        return Err("not a vector file");
    }
    if get_u32(bytes, 8) != VERSION {
        return Err("a vector file of another version");
    }
    if crc32fast::hash(&bytes[..HEADER - 4]) != get_u32(bytes, HEADER - 4) {
        return Err("the header differs from its checksum");
    }
    let number = |at: usize| get_u32(bytes, 12 + 4 * at) as usize;
    let shape = Shape {
        dimensions: number(0),
        stride: number(1),
        count: number(2),
        degree: number(3),
        entries: number(4),
        exact: true,
    };
    if bytes.len() != shape.length() || get_u64(bytes, 32) != shape.length() as u64 {
        return Err("the file is cut off or too long");
    }
    Ok(shape)
}

/// Writes the checksums, the header's first: it lies in the first block.
fn seal(bytes: &mut [u8], shape: &Shape) {
    let header = crc32fast::hash(&bytes[..HEADER - 4]);
    put_u32(bytes, HEADER - 4, header);
    let checks = shape.checks_at();
    let sums: Vec<u32> = bytes[..checks].chunks(BLOCK).map(crc32fast::hash).collect();
    for (number, sum) in sums.into_iter().enumerate() {
        put_u32(bytes, checks + 4 * number, sum);
    }
}

fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put_u64(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

fn put_f32(bytes: &mut [u8], at: usize, value: f32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn get_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn get_u64(bytes: &[u8], at: usize) -> u64 {
    u64::from(get_u32(bytes, at)) | u64::from(get_u32(bytes, at + 4)) << 32
}
