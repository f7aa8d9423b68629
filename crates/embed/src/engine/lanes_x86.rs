//! Sixteen f32 lanes on x86: one 512-bit register with AVX-512 and VNNI, two 256-bit ones with AVX2 and FMA.

use std::{arch::x86_64::*, hint::black_box};

use super::{
    lanes::{Lanes, part},
    pack::{BLOCK, ByteBlock, NibbleBlock, TILE, TileBlock},
};

/// AVX-512 F, BW, VL and VNNI.
pub(super) struct Avx512;

/// Four i8 as the i32 that holds the same bytes.
#[inline(always)]
fn quad(values: &[i8; 32], at: usize) -> i32 {
    i32::from_ne_bytes([values[at] as u8, values[at + 1] as u8, values[at + 2] as u8, values[at + 3] as u8])
}

/// Quad `g` of a row, without a check in the innermost loop.
///
/// # Safety
/// g < 8
#[inline(always)]
unsafe fn quad_at(values: &[i8; 32], g: usize) -> i32 {
    debug_assert!(g < 8);
    // SAFETY: 32 bytes are eight quads.
    unsafe { values.as_ptr().cast::<i32>().add(g).read_unaligned() }
}

impl Lanes for Avx512 {
    type V = __m512;
    const ROWS: usize = TILE;

    fn offset(_sevens: bool) -> u8 {
        // `vpdpbusd` multiplies unsigned bytes by signed ones, and the activations are signed.
        128
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_set1_ps(x) }
    }

    #[inline(always)]
    unsafe fn load(p: *const f32) -> __m512 {
        // SAFETY: the caller has the features, and sixteen numbers lie at `p`.
        unsafe { _mm512_loadu_ps(p) }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f32, v: __m512) {
        // SAFETY: the caller has the features, and there is room for sixteen numbers at `p`.
        unsafe { _mm512_storeu_ps(p, v) }
    }

    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn sub(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn min(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_min_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn max(a: __m512, b: __m512) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_max_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn abs(a: __m512) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_abs_ps(a) }
    }

    #[inline(always)]
    unsafe fn round(a: __m512) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a) }
    }

    #[inline(always)]
    unsafe fn ldexp(a: __m512, n: __m512) -> __m512 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_scalef_ps(a, n) }
    }

    #[inline(always)]
    unsafe fn reduce_add(a: __m512) -> f32 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_reduce_add_ps(a) }
    }

    #[inline(always)]
    unsafe fn reduce_max(a: __m512) -> f32 {
        // SAFETY: the caller has the features.
        unsafe { _mm512_reduce_max_ps(a) }
    }

    #[inline(always)]
    unsafe fn store_i8(p: *mut i8, v: __m512) {
        // SAFETY: the caller has the features, and there is room for sixteen bytes at `p`.
        unsafe { _mm_storeu_si128(p.cast(), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v))) }
    }

    #[inline(always)]
    unsafe fn dot_nibbles<const M: usize>(panel: &[NibbleBlock], tile: &[TileBlock], first: usize) -> [__m512; M] {
        // SAFETY: the caller has the features, and vouches for `first + M <= TILE`; nothing is read beyond a block.
        unsafe {
            let mask = _mm512_set1_epi8(15);
            let mut sums = [_mm512_setzero_ps(); M];
            for (w, a) in panel.iter().zip(tile) {
                let (rows, scales_a, corrections) = part::<M>(a, first);
                let mut ints = [_mm512_setzero_si512(); M];
                for (r, ints) in ints.iter_mut().enumerate() {
                    *ints = _mm512_set1_epi32(corrections[r]);
                }
                for (g, line) in w.nibbles.iter().enumerate() {
                    let both = _mm512_load_si512(line.as_ptr().cast());
                    let low = _mm512_and_si512(both, mask);
                    let high = _mm512_and_si512(_mm512_srli_epi16::<4>(both), mask);
                    for (r, ints) in ints.iter_mut().enumerate() {
                        let values = &rows[r];
                        *ints = _mm512_dpbusd_epi32(*ints, low, _mm512_set1_epi32(quad(values, 4 * g)));
                    }
                    for (r, ints) in ints.iter_mut().enumerate() {
                        let values = &rows[r];
                        *ints = _mm512_dpbusd_epi32(*ints, high, _mm512_set1_epi32(quad(values, 16 + 4 * g)));
                    }
                }
                let scales = _mm512_load_ps(w.scales.as_ptr());
                for (r, sums) in sums.iter_mut().enumerate() {
                    let scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(ints[r]), _mm512_set1_ps(scales_a[r]));
                    *sums = _mm512_fmadd_ps(scaled, scales, *sums);
                }
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn dot_bytes<const M: usize>(panel: &[ByteBlock], tile: &[TileBlock], first: usize) -> [__m512; M] {
        // SAFETY: the caller has the features, and vouches for `first + M <= TILE`; nothing is read beyond a block.
        unsafe {
            let sixteen = _mm512_set1_epi32(16);
            let mut sums = [_mm512_setzero_ps(); M];
            for (w, a) in panel.iter().zip(tile) {
                let (rows, scales_a, corrections) = part::<M>(a, first);
                let mut ints = [_mm512_setzero_si512(); M];
                for (r, ints) in ints.iter_mut().enumerate() {
                    // The corrections are for weights stored plus 8; these are plus 16 times that.
                    // They fit 16 bits, so that one product of words makes it.
                    *ints = _mm512_dpwssd_epi32(_mm512_setzero_si512(), sixteen, _mm512_set1_epi32(corrections[r]));
                }
                for (g, line) in w.bytes.iter().enumerate() {
                    let weights = _mm512_load_si512(line.as_ptr().cast());
                    for (r, ints) in ints.iter_mut().enumerate() {
                        *ints = _mm512_dpbusd_epi32(*ints, weights, _mm512_set1_epi32(quad(&rows[r], 4 * g)));
                    }
                }
                let scales = _mm512_load_ps(w.scales.as_ptr());
                for (r, sums) in sums.iter_mut().enumerate() {
                    let scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(ints[r]), _mm512_set1_ps(scales_a[r]));
                    *sums = _mm512_fmadd_ps(scaled, scales, *sums);
                }
            }
            sums
        }
    }
}

/// Lines of a [`ByteBlock`].
const LINES: usize = BLOCK / 4;

/// AVX2 and FMA.
pub(super) struct Avx2;

type Pair = [__m256; 2];

impl Lanes for Avx2 {
    type V = Pair;
    const ROWS: usize = 6;
    const HALF_HEADS: bool = true;
    const SEVENS: bool = true;

    fn offset(sevens: bool) -> u8 {
        // `vpmaddubsw` multiplies unsigned bytes by signed ones; larger weights are taken apart into size and sign.
        if sevens { 64 } else { 0 }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Pair {
        // SAFETY: the caller has the features.
        unsafe { [_mm256_set1_ps(x); 2] }
    }

    #[inline(always)]
    unsafe fn load(p: *const f32) -> Pair {
        // SAFETY: the caller has the features, and sixteen numbers lie at `p`.
        unsafe { [_mm256_loadu_ps(p), _mm256_loadu_ps(p.add(8))] }
    }

    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Pair) {
        // SAFETY: the caller has the features, and there is room for sixteen numbers at `p`.
        unsafe {
            _mm256_storeu_ps(p, v[0]);
            _mm256_storeu_ps(p.add(8), v[1]);
        }
    }

    #[inline(always)]
    unsafe fn add(a: Pair, b: Pair) -> Pair {
        // SAFETY: the caller has the features.
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn sub(a: Pair, b: Pair) -> Pair {
        // SAFETY: the caller has the features.
        unsafe { [_mm256_sub_ps(a[0], b[0]), _mm256_sub_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn mul(a: Pair, b: Pair) -> Pair {
        // SAFETY: the caller has the features.
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn fma(a: Pair, b: Pair, c: Pair) -> Pair {
        // SAFETY: the caller has the features.
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }

    #[inline(always)]
    unsafe fn min(a: Pair, b: Pair) -> Pair {
        // SAFETY: the caller has the features.
        unsafe { [_mm256_min_ps(a[0], b[0]), _mm256_min_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn max(a: Pair, b: Pair) -> Pair {
        // SAFETY: the caller has the features.
        unsafe { [_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn abs(a: Pair) -> Pair {
        // SAFETY: the caller has the features.
        unsafe {
            let sign = _mm256_set1_ps(-0.0);
            [_mm256_andnot_ps(sign, a[0]), _mm256_andnot_ps(sign, a[1])]
        }
    }

    #[inline(always)]
    unsafe fn round(a: Pair) -> Pair {
        // SAFETY: the caller has the features.
        unsafe {
            [
                _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a[0]),
                _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a[1]),
            ]
        }
    }

    #[inline(always)]
    unsafe fn ldexp(a: Pair, n: Pair) -> Pair {
        // SAFETY: the caller has the features.
        unsafe {
            let bias = _mm256_set1_epi32(127);
            let mut out = a;
            for (a, n) in out.iter_mut().zip(n) {
                let exponent = _mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_cvtps_epi32(n), bias));
                *a = _mm256_mul_ps(*a, _mm256_castsi256_ps(exponent));
            }
            out
        }
    }

    #[inline(always)]
    unsafe fn reduce_add(a: Pair) -> f32 {
        // SAFETY: the caller has the features.
        unsafe {
            let sum = _mm256_add_ps(a[0], a[1]);
            let sum = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps::<1>(sum));
            let sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
            _mm_cvtss_f32(_mm_add_ss(sum, _mm_shuffle_ps::<1>(sum, sum)))
        }
    }

    #[inline(always)]
    unsafe fn reduce_max(a: Pair) -> f32 {
        // SAFETY: the caller has the features.
        unsafe {
            let top = _mm256_max_ps(a[0], a[1]);
            let top = _mm_max_ps(_mm256_castps256_ps128(top), _mm256_extractf128_ps::<1>(top));
            let top = _mm_max_ps(top, _mm_movehl_ps(top, top));
            _mm_cvtss_f32(_mm_max_ss(top, _mm_shuffle_ps::<1>(top, top)))
        }
    }

    #[inline(always)]
    unsafe fn store_i8(p: *mut i8, v: Pair) {
        // SAFETY: the caller has the features, and there is room for sixteen bytes at `p`.
        unsafe {
            // The packs work within 128-bit halves; the permutation puts the four quarters back in order.
            let words = _mm256_packs_epi32(_mm256_cvtps_epi32(v[0]), _mm256_cvtps_epi32(v[1]));
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(words);
            let bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
            _mm_storeu_si128(p.cast(), bytes);
        }
    }

    #[inline(always)]
    unsafe fn dot_nibbles<const M: usize>(panel: &[NibbleBlock], tile: &[TileBlock], first: usize) -> [Pair; M] {
        // SAFETY: the caller has the features, and vouches for `first + M <= TILE`; nothing is read beyond a block.
        unsafe {
            let mask = _mm256_set1_epi8(15);
            let ones = _mm256_set1_epi16(1);
            let mut out = [[_mm256_setzero_ps(); 2]; M];
            // Eight columns at a time: four rows of them, their sums and the weights are what sixteen registers hold.
            for side in 0..2 {
                let mut sums = [_mm256_setzero_ps(); M];
                for (w, a) in panel.iter().zip(tile) {
                    let (rows, scales_a, corrections) = part::<M>(a, first);
                    // A pair of products is at most 2 x 15 x 127; eight of them fit 16 bits.
                    let mut words = [_mm256_setzero_si256(); M];
                    for (g, line) in w.nibbles.iter().enumerate() {
                        let both = _mm256_load_si256(line.as_ptr().add(32 * side).cast());
                        let low = _mm256_and_si256(both, mask);
                        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(both), mask);
                        for (r, words) in words.iter_mut().enumerate() {
                            let values = &rows[r];
                            let x = _mm256_maddubs_epi16(low, _mm256_set1_epi32(quad(values, 4 * g)));
                            let y = _mm256_maddubs_epi16(high, _mm256_set1_epi32(quad(values, 16 + 4 * g)));
                            *words = _mm256_add_epi16(*words, _mm256_add_epi16(x, y));
                        }
                    }
                    let scales = _mm256_load_ps(w.scales.as_ptr().add(8 * side));
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let correction = _mm256_set1_epi32(corrections[r]);
                        let ints = _mm256_add_epi32(_mm256_madd_epi16(words[r], ones), correction);
                        let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(ints), _mm256_set1_ps(scales_a[r]));
                        *sums = _mm256_fmadd_ps(scaled, scales, *sums);
                    }
                }
                for (out, sum) in out.iter_mut().zip(sums) {
                    out[side] = sum;
                }
            }
            out
        }
    }

    #[inline(always)]
    unsafe fn dot_bytes<const M: usize>(panel: &[ByteBlock], tile: &[TileBlock], first: usize) -> [Pair; M] {
        // SAFETY: the caller's.
        unsafe { dot_bytes::<M, false>(panel, tile, first) }
    }

    #[inline(always)]
    unsafe fn dot_sevens<const M: usize>(panel: &[ByteBlock], tile: &[TileBlock], first: usize) -> [Pair; M] {
        // SAFETY: the caller's.
        unsafe { dot_bytes::<M, true>(panel, tile, first) }
    }
}

/// [`Lanes::dot_bytes`], or where SEVENS [`Lanes::dot_sevens`], of AVX2.
///
/// # Safety
/// As theirs.
#[inline(always)]
unsafe fn dot_bytes<const M: usize, const SEVENS: bool>(
    panel: &[ByteBlock],
    tile: &[TileBlock],
    first: usize,
) -> [Pair; M] {
    // SAFETY: the caller has the features, and vouches for `first + M <= TILE`; nothing is read beyond a block.
    unsafe {
        let (ones, eight) = (_mm256_set1_epi16(1), _mm256_set1_epi32(8));
        // A number that the compiler does not know: unrolled, the loop over it needs more registers than there are.
        let lines = black_box(LINES).min(LINES);
        let mut out = [[_mm256_setzero_ps(); 2]; M];
        for side in 0..2 {
            let mut sums = [_mm256_setzero_ps(); M];
            for (w, a) in panel.iter().zip(tile) {
                let (rows, scales_a, corrections) = part::<M>(a, first);
                let mut ints = [_mm256_setzero_si256(); M];
                if SEVENS {
                    for (r, ints) in ints.iter_mut().enumerate() {
                        // The corrections are for weights stored plus 8, these are plus 8 times that; they fit 16 bits, so
                        // that one product of words makes it.
                        *ints = _mm256_madd_epi16(_mm256_set1_epi32(corrections[r]), eight);
                    }
                }
                for g in 0..lines {
                    let weights = _mm256_load_si256(w.bytes.as_ptr().add(g).cast::<u8>().add(32 * side).cast());
                    let sizes = _mm256_abs_epi8(weights);
                    for (r, ints) in ints.iter_mut().enumerate() {
                        let values = _mm256_set1_epi32(quad_at(&rows[r], g));
                        // Two products fit 16 bits, so that nothing saturates; a third would not fit.
                        let words = if SEVENS {
                            // 2 x 127 x 127
                            _mm256_maddubs_epi16(weights, values)
                        } else {
                            // |w| times x with the sign of w: 2 x 128 x 127
                            _mm256_maddubs_epi16(sizes, _mm256_sign_epi8(values, weights))
                        };
                        *ints = _mm256_add_epi32(*ints, _mm256_madd_epi16(words, ones));
                    }
                }
                let scales = _mm256_load_ps(w.scales.as_ptr().add(8 * side));
                for (r, sums) in sums.iter_mut().enumerate() {
                    let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(ints[r]), _mm256_set1_ps(scales_a[r]));
                    *sums = _mm256_fmadd_ps(scaled, scales, *sums);
                }
            }
            for (out, sum) in out.iter_mut().zip(sums) {
                out[side] = sum;
            }
        }
        out
    }
}
