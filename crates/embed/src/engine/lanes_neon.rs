//! Sixteen f32 lanes on 64-bit ARM: four 128-bit NEON registers; products with `sdot` where the processor has it, with
//! widening multiplies where not.

use std::{
    arch::{aarch64::*, asm},
    marker::PhantomData,
};

use super::{
    lanes::{Lanes, part},
    pack::{BLOCK, ByteBlock, NibbleBlock, PANEL, TILE, TileBlock},
};

const _: () = assert!(cfg!(target_endian = "little"), "the kernels count bytes within lanes as little-endian ARM does");

/// NEON, with one of two ways to multiply 8-bit integers.
pub(super) struct Neon<P>(PhantomData<P>);

/// How 8-bit integers are multiplied.
pub(super) trait Products {
    /// `sums` plus the products of one row's 32 values with four columns of weights, 0..=15.
    ///
    /// # Safety
    /// The processor has the implementation's features.
    unsafe fn add_nibbles(sums: int32x4_t, weights: &Weights, values: &[i8; BLOCK]) -> int32x4_t;

    /// The same with weights of -128..=127.
    ///
    /// # Safety
    /// The processor has the implementation's features.
    unsafe fn add_bytes(sums: int32x4_t, weights: &Weights, values: &[i8; BLOCK]) -> int32x4_t;
}

/// `sdot`, of the extension `dotprod` (optional in ARMv8.2, there in all of 8.4).
pub(super) struct Dotprod;

/// What every 64-bit ARM processor has.
pub(super) struct Baseline;

/// Four columns of a block, a byte a weight: byte `4 c + j` of `low[g]` is the weight of column c for input `4 g + j`,
/// that of `high[g]` the one for input `16 + 4 g + j`.
pub(super) struct Weights {
    low: [int8x16_t; 4],
    high: [int8x16_t; 4],
}

impl Weights {
    /// Columns `4 quarter..4 quarter + 4`, each weight plus 8; quarter < 4.
    #[inline(always)]
    unsafe fn of_nibbles(block: &NibbleBlock, quarter: usize) -> Self {
        debug_assert!(quarter < PANEL / 4);
        // SAFETY: the caller has NEON; a line has sixteen bytes for each of four quarters.
        unsafe {
            let mask = vdupq_n_u8(15);
            let mut out = Self { low: [vdupq_n_s8(0); 4], high: [vdupq_n_s8(0); 4] };
            for (g, line) in block.nibbles.iter().enumerate() {
                // A line is four times sixteen bytes.
                let both = vld1q_u8(line.as_ptr().add(16 * quarter));
                out.low[g] = vreinterpretq_s8_u8(vandq_u8(both, mask));
                out.high[g] = vreinterpretq_s8_u8(vshrq_n_u8::<4>(both));
            }
            out
        }
    }

    /// Columns `4 quarter..4 quarter + 4`; quarter < 4.
    #[inline(always)]
    unsafe fn of_bytes(block: &ByteBlock, quarter: usize) -> Self {
        debug_assert!(quarter < PANEL / 4);
        // SAFETY: the caller has NEON; a line has sixteen bytes for each of four quarters, and there are eight lines.
        unsafe {
            let mut out = Self { low: [vdupq_n_s8(0); 4], high: [vdupq_n_s8(0); 4] };
            for g in 0..4 {
                out.low[g] = vld1q_s8(block.bytes[g].as_ptr().add(16 * quarter).cast());
                out.high[g] = vld1q_s8(block.bytes[4 + g].as_ptr().add(16 * quarter).cast());
            }
            out
        }
    }
}

/// Adds to every i32 of `sums` the product of its four weights with values `4 LANE..4 LANE + 4`.
#[inline(always)]
unsafe fn sdot<const LANE: i32>(mut sums: int32x4_t, weights: int8x16_t, values: int8x16_t) -> int32x4_t {
    // `vdotq_laneq_s32` is not stable yet.
    // SAFETY: one instruction of registers alone; the caller has `dotprod`.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {weights:v}.16b, {values:v}.4b[{lane}]",
            sums = inout(vreg) sums,
            weights = in(vreg) weights,
            values = in(vreg) values,
            lane = const LANE,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

impl Products for Dotprod {
    #[inline(always)]
    unsafe fn add_nibbles(sums: int32x4_t, weights: &Weights, values: &[i8; BLOCK]) -> int32x4_t {
        // SAFETY: the caller's.
        unsafe { Self::add_bytes(sums, weights, values) }
    }

    #[inline(always)]
    unsafe fn add_bytes(sums: int32x4_t, weights: &Weights, values: &[i8; BLOCK]) -> int32x4_t {
        // SAFETY: the caller has the features; `values` are 32 bytes.
        unsafe {
            let (first, second) = (vld1q_s8(values.as_ptr()), vld1q_s8(values.as_ptr().add(16)));
            let sums = sdot::<0>(sums, weights.low[0], first);
            let sums = sdot::<1>(sums, weights.low[1], first);
            let sums = sdot::<2>(sums, weights.low[2], first);
            let sums = sdot::<3>(sums, weights.low[3], first);
            let sums = sdot::<0>(sums, weights.high[0], second);
            let sums = sdot::<1>(sums, weights.high[1], second);
            let sums = sdot::<2>(sums, weights.high[2], second);
            sdot::<3>(sums, weights.high[3], second)
        }
    }
}

impl Products for Baseline {
    #[inline(always)]
    unsafe fn add_nibbles(sums: int32x4_t, weights: &Weights, values: &[i8; BLOCK]) -> int32x4_t {
        // SAFETY: the caller has the features; `values` are 32 bytes.
        unsafe {
            // Eight products of at most 15 x 127 meet in each 16-bit word, and two such words still fit into one.
            let mut words = [vdupq_n_s16(0); 2];
            for (half, weights) in [&weights.low, &weights.high].into_iter().enumerate() {
                for (g, &w) in weights.iter().enumerate() {
                    // The same four values for each of the four columns.
                    let x = vreinterpretq_s8_s32(vld1q_dup_s32(values.as_ptr().add(16 * half + 4 * g).cast()));
                    words[0] = vmlal_s8(words[0], vget_low_s8(w), vget_low_s8(x));
                    words[1] = vmlal_high_s8(words[1], w, x);
                }
            }
            vpadalq_s16(sums, vpaddq_s16(words[0], words[1]))
        }
    }

    #[inline(always)]
    unsafe fn add_bytes(mut sums: int32x4_t, weights: &Weights, values: &[i8; BLOCK]) -> int32x4_t {
        // SAFETY: the caller has the features; `values` are 32 bytes.
        unsafe {
            for (half, weights) in [&weights.low, &weights.high].into_iter().enumerate() {
                for (g, &w) in weights.iter().enumerate() {
                    // The same four values for each of the four columns.
                    let x = vreinterpretq_s8_s32(vld1q_dup_s32(values.as_ptr().add(16 * half + 4 * g).cast()));
                    // Two products of at most 128 x 127 fit a 16-bit word; a third would not.
                    let (low, high) = (vmull_s8(vget_low_s8(w), vget_low_s8(x)), vmull_high_s8(w, x));
                    sums = vpadalq_s16(sums, vpaddq_s16(low, high));
                }
            }
            sums
        }
    }
}

type Four = [float32x4_t; 4];

/// `f` of each register.
#[inline(always)]
fn each(a: Four, f: impl Fn(float32x4_t) -> float32x4_t) -> Four {
    [f(a[0]), f(a[1]), f(a[2]), f(a[3])]
}

/// `f` of each pair of registers.
#[inline(always)]
fn pairs(a: Four, b: Four, f: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> Four {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

impl<P: Products> Lanes for Neon<P> {
    type V = Four;
    // Half a tile: as many rows as the compiler unrolls, so that their sums stay in registers.
    const ROWS: usize = TILE / 2;
    // With three rows the sums over the values alone (3 x 32 numbers) would take 24 registers of 32, and spill.
    const ATTENTION_ROWS: usize = 2;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Four {
        // SAFETY: the caller has the features.
        unsafe { [vdupq_n_f32(x); 4] }
    }

    #[inline(always)]
    unsafe fn load(p: *const f32) -> Four {
        // SAFETY: the caller has the features, and sixteen numbers lie at `p`.
        unsafe { [vld1q_f32(p), vld1q_f32(p.add(4)), vld1q_f32(p.add(8)), vld1q_f32(p.add(12))] }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Four) {
        // SAFETY: the caller has the features, and there is room for sixteen numbers at `p`.
        unsafe {
            for (i, v) in v.into_iter().enumerate() {
                vst1q_f32(p.add(4 * i), v);
            }
        }
    }

    #[inline(always)]
    unsafe fn add(a: Four, b: Four) -> Four {
        // SAFETY: the caller has the features.
        pairs(a, b, |a, b| unsafe { vaddq_f32(a, b) })
    }

    #[inline(always)]
    unsafe fn sub(a: Four, b: Four) -> Four {
        // SAFETY: the caller has the features.
        pairs(a, b, |a, b| unsafe { vsubq_f32(a, b) })
    }

    #[inline(always)]
    unsafe fn mul(a: Four, b: Four) -> Four {
        // SAFETY: the caller has the features.
        pairs(a, b, |a, b| unsafe { vmulq_f32(a, b) })
    }

    #[inline(always)]
    unsafe fn fma(a: Four, b: Four, c: Four) -> Four {
        // SAFETY: the caller has the features.
        unsafe {
            [
                vfmaq_f32(c[0], a[0], b[0]),
                vfmaq_f32(c[1], a[1], b[1]),
                vfmaq_f32(c[2], a[2], b[2]),
                vfmaq_f32(c[3], a[3], b[3]),
            ]
        }
    }

    #[inline(always)]
    unsafe fn min(a: Four, b: Four) -> Four {
        // SAFETY: the caller has the features.
        pairs(a, b, |a, b| unsafe { vminq_f32(a, b) })
    }

    #[inline(always)]
    unsafe fn max(a: Four, b: Four) -> Four {
        // SAFETY: the caller has the features.
        pairs(a, b, |a, b| unsafe { vmaxq_f32(a, b) })
    }

    #[inline(always)]
    unsafe fn abs(a: Four) -> Four {
        // SAFETY: the caller has the features.
        each(a, |a| unsafe { vabsq_f32(a) })
    }

    #[inline(always)]
    unsafe fn round(a: Four) -> Four {
        // SAFETY: the caller has the features.
        each(a, |a| unsafe { vrndnq_f32(a) })
    }

    #[inline(always)]
    unsafe fn ldexp(a: Four, n: Four) -> Four {
        // SAFETY: the caller has the features.
        pairs(a, n, |a, n| unsafe {
            let exponent = vshlq_n_s32::<23>(vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127)));
            vmulq_f32(a, vreinterpretq_f32_s32(exponent))
        })
    }

    #[inline(always)]
    unsafe fn reduce_add(a: Four) -> f32 {
        // SAFETY: the caller has the features.
        unsafe { vaddvq_f32(vaddq_f32(vaddq_f32(a[0], a[1]), vaddq_f32(a[2], a[3]))) }
    }

    #[inline(always)]
    unsafe fn reduce_max(a: Four) -> f32 {
        // SAFETY: the caller has the features.
        unsafe { vmaxvq_f32(vmaxq_f32(vmaxq_f32(a[0], a[1]), vmaxq_f32(a[2], a[3]))) }
    }

    #[inline(always)]
    unsafe fn store_i8(p: *mut i8, v: Four) {
        // SAFETY: the caller has the features, and there is room for sixteen bytes at `p`.
        unsafe {
            let words = |a, b| vcombine_s16(vqmovn_s32(vcvtnq_s32_f32(a)), vqmovn_s32(vcvtnq_s32_f32(b)));
            let (low, high) = (words(v[0], v[1]), words(v[2], v[3]));
            vst1q_s8(p, vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
        }
    }

    #[inline(always)]
    unsafe fn dot_nibbles<const M: usize>(panel: &[NibbleBlock], tile: &[TileBlock], first: usize) -> [Four; M] {
        // SAFETY: the caller has the features, and vouches for `first + M <= TILE`; nothing is read beyond a block.
        unsafe {
            let mut out = [[vdupq_n_f32(0.0); 4]; M];
            // Four columns at a time: a block of their weights, unpacked once, stays in registers for all rows.
            for quarter in 0..PANEL / 4 {
                let mut sums = [vdupq_n_f32(0.0); M];
                for (w, a) in panel.iter().zip(tile) {
                    let (rows, scales_a, corrections) = part::<M>(a, first);
                    let weights = Weights::of_nibbles(w, quarter);
                    let scales = vld1q_f32(w.scales.as_ptr().add(4 * quarter));
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let ints = P::add_nibbles(vdupq_n_s32(corrections[r]), &weights, &rows[r]);
                        let scaled = vmulq_n_f32(vcvtq_f32_s32(ints), scales_a[r]);
                        *sums = vfmaq_f32(*sums, scaled, scales);
                    }
                }
                for (out, sum) in out.iter_mut().zip(sums) {
                    out[quarter] = sum;
                }
            }
            out
        }
    }

    #[inline(always)]
    unsafe fn dot_bytes<const M: usize>(panel: &[ByteBlock], tile: &[TileBlock], first: usize) -> [Four; M] {
        // SAFETY: the caller has the features, and vouches for `first + M <= TILE`; nothing is read beyond a block.
        unsafe {
            let mut out = [[vdupq_n_f32(0.0); 4]; M];
            // Four columns at a time: a block of their weights stays in registers for all rows.
            for quarter in 0..PANEL / 4 {
                let mut sums = [vdupq_n_f32(0.0); M];
                for (w, a) in panel.iter().zip(tile) {
                    let (rows, scales_a, _) = part::<M>(a, first);
                    let weights = Weights::of_bytes(w, quarter);
                    let scales = vld1q_f32(w.scales.as_ptr().add(4 * quarter));
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let ints = P::add_bytes(vdupq_n_s32(0), &weights, &rows[r]);
                        let scaled = vmulq_n_f32(vcvtq_f32_s32(ints), scales_a[r]);
                        *sums = vfmaq_f32(*sums, scaled, scales);
                    }
                }
                for (out, sum) in out.iter_mut().zip(sums) {
                    out[quarter] = sum;
                }
            }
            out
        }
    }
}
