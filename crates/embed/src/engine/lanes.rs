//! Sixteen f32 at once, whatever the processor has for it.

use super::pack::{BLOCK, ByteBlock, NibbleBlock, TILE, TileBlock};

/// One way to compute with sixteen f32 lanes. The functions are only called inside code that is compiled for the
/// processor features which the implementation needs, and that only runs where they were detected.
///
/// # Safety
/// Every function: the processor has the implementation's features. Those with pointers: sixteen f32 can be read or
/// written there; no alignment is needed.
pub(super) trait Lanes {
    /// Sixteen f32.
    type V: Copy;
    /// Rows that one product takes: as many as the registers hold.
    const ROWS: usize;
    /// Rows that one step of attention takes, 1..=TILE.
    const ATTENTION_ROWS: usize = Self::ROWS;
    /// Whether the registers hold the sums of that many rows over half a head only.
    const HALF_HEADS: bool = false;
    /// Whether products are faster where all weights of a matrix are within -64..=63.
    const SEVENS: bool = false;

    /// What 8-bit weights are stored with, added within a byte; `sevens`: all are within -64..=63.
    fn offset(_sevens: bool) -> u8 {
        0
    }

    unsafe fn splat(x: f32) -> Self::V;
    unsafe fn load(p: *const f32) -> Self::V;
    unsafe fn store(p: *mut f32, v: Self::V);
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    /// a b + c
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn abs(a: Self::V) -> Self::V;
    /// To the nearest whole number; |a| stays below 2^22.
    unsafe fn round(a: Self::V) -> Self::V;
    /// a times 2^n for whole n, -126..=127.
    unsafe fn ldexp(a: Self::V, n: Self::V) -> Self::V;
    unsafe fn reduce_add(a: Self::V) -> f32;
    unsafe fn reduce_max(a: Self::V) -> f32;
    /// Whole numbers within -127..=127 as sixteen i8 at `p`.
    unsafe fn store_i8(p: *mut i8, v: Self::V);
    /// The products of rows `first..first + M` of a tile with the 16 columns of a panel of 4-bit weights, scales applied,
    /// no bias. M <= ROWS, first + M <= TILE, as many blocks on both sides.
    unsafe fn dot_nibbles<const M: usize>(panel: &[NibbleBlock], tile: &[TileBlock], first: usize) -> [Self::V; M];
    /// The same with 8-bit weights.
    unsafe fn dot_bytes<const M: usize>(panel: &[ByteBlock], tile: &[TileBlock], first: usize) -> [Self::V; M];
    /// The same with 8-bit weights within -64..=63.
    unsafe fn dot_sevens<const M: usize>(panel: &[ByteBlock], tile: &[TileBlock], first: usize) -> [Self::V; M] {
        // SAFETY: the caller's.
        unsafe { Self::dot_bytes(panel, tile, first) }
    }
}

/// Values, scales and corrections of rows `first..first + M`, without a check in the innermost loop.
///
/// # Safety
/// `first + M <= TILE`
#[inline(always)]
pub(super) unsafe fn part<const M: usize>(a: &TileBlock, first: usize) -> (&[[i8; BLOCK]; M], &[f32; M], &[i32; M]) {
    debug_assert!(first + M <= TILE);
    // SAFETY: all three have TILE rows, and M rows from `first` on are among them.
    unsafe {
        (
            &*a.values.as_ptr().add(first).cast(),
            &*a.scales.as_ptr().add(first).cast(),
            &*a.corrections.as_ptr().add(first).cast(),
        )
    }
}

/// Plain Rust on arrays, which the compiler turns into whatever the baseline has (NEON on ARM, SSE2 on x86).
pub(super) struct Portable;

#[inline(always)]
fn map(a: [f32; 16], f: impl Fn(f32) -> f32) -> [f32; 16] {
    a.map(f)
}

#[inline(always)]
fn zip(a: [f32; 16], b: [f32; 16], f: impl Fn(f32, f32) -> f32) -> [f32; 16] {
    let mut out = a;
    for (x, y) in out.iter_mut().zip(b) {
        *x = f(*x, y);
    }
    out
}

/// Adding and taking away 1.5 x 2^23 leaves the nearest whole number.
const ROUND: f32 = 12_582_912.0;

impl Lanes for Portable {
    type V = [f32; 16];
    const ROWS: usize = 4;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::V {
        [x; 16]
    }

    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::V {
        // SAFETY: the caller vouches for sixteen readable f32; an array of f32 has the alignment of one.
        unsafe { p.cast::<[f32; 16]>().read() }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Self::V) {
        // SAFETY: the caller vouches for sixteen writable f32.
        unsafe { p.cast::<[f32; 16]>().write(v) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| a - b)
    }

    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        // Not f32::mul_add: without the instruction that is a slow library call.
        zip(zip(a, b, |a, b| a * b), c, |ab, c| ab + c)
    }

    #[inline(always)]
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    unsafe fn abs(a: Self::V) -> Self::V {
        map(a, f32::abs)
    }

    #[inline(always)]
    unsafe fn round(a: Self::V) -> Self::V {
        map(a, |a| (a + ROUND) - ROUND)
    }

    #[inline(always)]
    unsafe fn ldexp(a: Self::V, n: Self::V) -> Self::V {
        // n + ROUND holds n in its low mantissa bits; shifted up it is 2^n's exponent.
        zip(a, n, |a, n| {
            let bits = (n + ROUND).to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127);
            a * f32::from_bits(bits.wrapping_shl(23))
        })
    }

    #[inline(always)]
    unsafe fn reduce_add(a: Self::V) -> f32 {
        a.iter().sum()
    }

    #[inline(always)]
    unsafe fn reduce_max(a: Self::V) -> f32 {
        a.iter().fold(f32::NEG_INFINITY, |m, &x| if x > m { x } else { m })
    }

    #[inline(always)]
    unsafe fn store_i8(p: *mut i8, v: Self::V) {
        // SAFETY: the caller vouches for sixteen writable bytes.
        unsafe { p.cast::<[i8; 16]>().write(v.map(|x| x as i8)) }
    }

    #[inline(always)]
    unsafe fn dot_nibbles<const M: usize>(panel: &[NibbleBlock], tile: &[TileBlock], first: usize) -> [Self::V; M] {
        let mut sums = [[0.0f32; 16]; M];
        for (w, a) in panel.iter().zip(tile) {
            // SAFETY: the caller vouches for first + M <= TILE.
            let (rows, scales_a, corrections) = unsafe { part::<M>(a, first) };
            for (r, sums) in sums.iter_mut().enumerate() {
                let mut ints = [corrections[r]; 16];
                for (g, line) in w.nibbles.iter().enumerate() {
                    let low: [i8; 4] = std::array::from_fn(|j| rows[r][4 * g + j]);
                    let high: [i8; 4] = std::array::from_fn(|j| rows[r][16 + 4 * g + j]);
                    for (sum, bytes) in ints.iter_mut().zip(line.as_chunks::<4>().0) {
                        for j in 0..4 {
                            *sum += i32::from(bytes[j] & 15) * i32::from(low[j]);
                            *sum += i32::from(bytes[j] >> 4) * i32::from(high[j]);
                        }
                    }
                }
                for ((sum, int), scale) in sums.iter_mut().zip(ints).zip(w.scales) {
                    *sum += int as f32 * scales_a[r] * scale;
                }
            }
        }
        sums
    }

    #[inline(always)]
    unsafe fn dot_bytes<const M: usize>(panel: &[ByteBlock], tile: &[TileBlock], first: usize) -> [Self::V; M] {
        let mut sums = [[0.0f32; 16]; M];
        for (w, a) in panel.iter().zip(tile) {
            // SAFETY: the caller vouches for first + M <= TILE.
            let (rows, scales_a, _) = unsafe { part::<M>(a, first) };
            for (r, sums) in sums.iter_mut().enumerate() {
                let mut ints = [0; 16];
                for (line, values) in w.bytes.iter().zip(rows[r].as_chunks::<4>().0) {
                    for (sum, weights) in ints.iter_mut().zip(line.as_chunks::<4>().0) {
                        for (&weight, &value) in weights.iter().zip(values) {
                            *sum += i32::from(weight as i8) * i32::from(value);
                        }
                    }
                }
                for ((sum, int), scale) in sums.iter_mut().zip(ints).zip(w.scales) {
                    *sum += int as f32 * scales_a[r] * scale;
                }
            }
        }
        sums
    }
}
