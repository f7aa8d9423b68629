//! Matrices and activations in the order in which the kernels read them.
//!
//! A linear map's blocks are regrouped, exactly, into panels of [`PANEL`] output columns; activations are rounded to
//! 8 bits, 32 at a time with one scale each, in tiles of [`TILE`] rows. A product is then 4-bit or 8-bit weights times
//! 8-bit integers summed in integers over 32 inputs, and only those sums meet the two scales in f32.

use std::ops::Range;

use crate::gguf::{self, Kind, Q4_BYTES, Q8_BYTES};

/// Output columns of a panel: 16 f32 lanes.
pub(super) const PANEL: usize = 16;
/// Rows of an activation tile.
pub(super) const TILE: usize = 12;
/// Inputs that share a scale; the same on both sides.
pub(super) const BLOCK: usize = gguf::BLOCK;

/// 32 inputs of 16 output columns, weights of four bits.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct NibbleBlock {
    /// Byte `4 c + j` of line `g` holds the weight of column c for input `4 g + j` in its low half and that for input
    /// `16 + 4 g + j` in its high half, both plus 8.
    pub nibbles: [[u8; 64]; 4],
    /// The scale of each column.
    pub scales: [f32; PANEL],
}

impl NibbleBlock {
    const ZERO: Self = Self { nibbles: [[0; 64]; 4], scales: [0.0; PANEL] };
}

/// 32 inputs of 16 output columns, weights of eight bits.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct ByteBlock {
    /// Byte `4 c + j` of line `g` holds the weight of column c for input `4 g + j`, plus the kernels' offset.
    pub bytes: [[u8; 64]; 8],
    /// The scale of each column.
    pub scales: [f32; PANEL],
}

impl ByteBlock {
    const ZERO: Self = Self { bytes: [[0; 64]; 8], scales: [0.0; PANEL] };
}

/// The blocks of 16 output columns, or of all of them.
#[derive(Clone, Copy)]
pub(super) enum Panels<N, B> {
    /// Q4_0
    Nibbles(N),
    /// Q8_0
    Bytes(B),
    /// Q8_0 whose weights are all within -64..=63
    Sevens(B),
}

/// 32 inputs of 12 rows.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct TileBlock {
    /// The rounded activations of each row, -127..=127.
    pub values: [[i8; BLOCK]; TILE],
    /// What one step of each row is worth.
    pub scales: [f32; TILE],
    /// -8 times the sum of each row's values: takes back the 8 that the nibbles are stored with.
    pub corrections: [i32; TILE],
}

impl TileBlock {
    pub const ZERO: Self = Self { values: [[0; BLOCK]; TILE], scales: [0.0; TILE], corrections: [0; TILE] };
}

/// A linear map, packed: `outputs x inputs` and a bias.
pub(super) struct Matrix {
    /// Blocks of one panel lie together: index `panel * (inputs / BLOCK) + block`.
    panels: Panels<Vec<NibbleBlock>, Vec<ByteBlock>>,
    pub bias: Vec<f32>,
    pub inputs: usize,
    pub outputs: usize,
}

/// One matrix to be packed, `rows x inputs` in GGUF's order, with its bias. Its results are multiplied by `factor`.
pub(super) struct Part<'a> {
    pub kind: Kind,
    pub blocks: &'a [u8],
    pub bias: Vec<f32>,
    pub factor: f32,
}

impl Matrix {
    /// Packs the parts, all of one kind, below one another into one matrix. Rows of each part must be a multiple of
    /// [`PANEL`]; `offset` tells what the kernels want added to 8-bit weights, where all are within -64..=63 or not.
    pub fn pack(inputs: usize, parts: &[Part<'_>], offset: fn(bool) -> u8) -> Result<Self, String> {
        let per_row = inputs / BLOCK;
        let rows: usize = parts.iter().map(|part| part.bias.len()).sum();
        let kind = parts.first().map_or(Kind::Q4_0, |part| part.kind);
        let blocks = rows / PANEL * per_row;
        let (bytes, mut panels) = match kind {
            Kind::Q4_0 => (Q4_BYTES, Panels::Nibbles(Vec::with_capacity(blocks))),
            Kind::Q8_0 if parts.iter().all(|part| are_sevens(part.blocks)) => {
                (Q8_BYTES, Panels::Sevens(Vec::with_capacity(blocks)))
            }
            Kind::Q8_0 => (Q8_BYTES, Panels::Bytes(Vec::with_capacity(blocks))),
            Kind::F32 => return Err("a matrix of f32 does not fit the kernels".into()),
        };
        let mut bias = Vec::with_capacity(rows);
        for part in parts {
            let rows = part.bias.len();
            if !rows.is_multiple_of(PANEL)
                || !inputs.is_multiple_of(BLOCK)
                || part.blocks.len() != rows * per_row * bytes
                || part.kind != kind
            {
                return Err(format!("a {rows} x {inputs} matrix does not fit the kernels"));
            }
            for rows in part.blocks.chunks_exact(PANEL * per_row * bytes) {
                for block in 0..per_row {
                    match &mut panels {
                        Panels::Nibbles(panels) => panels.push(pack_q4(rows, per_row, block, part.factor)),
                        Panels::Bytes(panels) => panels.push(pack_q8(rows, per_row, block, part.factor, offset(false))),
                        Panels::Sevens(panels) => panels.push(pack_q8(rows, per_row, block, part.factor, offset(true))),
                    }
                }
            }
            bias.extend(part.bias.iter().map(|b| b * part.factor));
        }
        Ok(Self { panels, outputs: bias.len(), bias, inputs })
    }

    /// Blocks that one output sums over.
    pub fn blocks(&self) -> usize {
        self.inputs / BLOCK
    }

    /// The blocks of panel `i`.
    pub fn panel(&self, i: usize) -> Panels<&[NibbleBlock], &[ByteBlock]> {
        let range = i * self.blocks()..(i + 1) * self.blocks();
        match &self.panels {
            Panels::Nibbles(blocks) => Panels::Nibbles(&blocks[range]),
            Panels::Bytes(blocks) => Panels::Bytes(&blocks[range]),
            Panels::Sevens(blocks) => Panels::Sevens(&blocks[range]),
        }
    }
}

fn pack_q4(rows: &[u8], per_row: usize, block: usize, factor: f32) -> NibbleBlock {
    let mut out = NibbleBlock::ZERO;
    for column in 0..PANEL {
        let start = (column * per_row + block) * Q4_BYTES;
        let source = &rows[start..start + Q4_BYTES];
        out.scales[column] = half::f16::from_le_bytes([source[0], source[1]]).to_f32() * factor;
        // GGUF's byte i holds inputs i and i + 16, which is what line i / 4 wants.
        for (line, bytes) in out.nibbles.iter_mut().zip(source[2..].chunks_exact(4)) {
            line[4 * column..4 * column + 4].copy_from_slice(bytes);
        }
    }
    out
}

/// Whether all weights of Q8_0 blocks are within -64..=63.
fn are_sevens(blocks: &[u8]) -> bool {
    blocks.chunks_exact(Q8_BYTES).flat_map(|block| &block[2..]).all(|&weight| (-64..=63).contains(&(weight as i8)))
}

fn pack_q8(rows: &[u8], per_row: usize, block: usize, factor: f32, offset: u8) -> ByteBlock {
    let mut out = ByteBlock::ZERO;
    for column in 0..PANEL {
        let start = (column * per_row + block) * Q8_BYTES;
        let source = &rows[start..start + Q8_BYTES];
        out.scales[column] = half::f16::from_le_bytes([source[0], source[1]]).to_f32() * factor;
        for (line, weights) in out.bytes.iter_mut().zip(source[2..].as_chunks::<4>().0) {
            let target = &mut line[4 * column..4 * column + 4];
            target.copy_from_slice(&weights.map(|weight| weight.wrapping_add(offset)));
        }
    }
    out
}

/// 8-bit activations of some rows.
#[derive(Default)]
pub(super) struct Quantised {
    tiles: Vec<TileBlock>,
    blocks: usize,
}

impl Quantised {
    /// Makes room for `rows x inputs`. What was in there stays as it is; every row is written before it is read.
    pub fn resize(&mut self, rows: usize, inputs: usize) {
        self.blocks = inputs / BLOCK;
        let needed = rows.div_ceil(TILE) * self.blocks;
        if self.tiles.len() < needed {
            self.tiles.resize(needed, TileBlock::ZERO);
        }
    }

    /// The blocks of tile `i`.
    pub fn tile(&self, i: usize) -> &[TileBlock] {
        &self.tiles[i * self.blocks..(i + 1) * self.blocks]
    }

    /// The blocks of tile `i`, to be written.
    pub fn tile_mut(&mut self, i: usize) -> &mut [TileBlock] {
        &mut self.tiles[i * self.blocks..(i + 1) * self.blocks]
    }
}

/// The rows of tile `i` among `rows`.
pub(super) fn tile_rows(i: usize, rows: usize) -> Range<usize> {
    i * TILE..rows.min((i + 1) * TILE)
}
