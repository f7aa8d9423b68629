//! The encoder's steps on sixteen lanes, written once and compiled for every kind of processor.

use super::{
    lanes::{Lanes, Portable},
    pack::{BLOCK, Matrix, PANEL, Panels, Quantised, TILE, TileBlock, tile_rows},
};

/// Width of an attention head; the only one that the engine knows (BERT's smaller models all have it).
pub(super) const HEAD: usize = 32;

/// What happens to a product before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// y = W x + b
    Store,
    /// y += W x + b
    Add,
}

/// Where one sequence's queries, keys and values lie: rows of `stride` numbers, each with all heads' queries, then keys,
/// then values.
#[derive(Clone, Copy)]
pub(super) struct Attention<'a> {
    /// The rows of the whole sequence.
    pub rows: &'a [f32],
    /// 3 x the model's width.
    pub stride: usize,
    /// The rows whose result is wanted, counted within the sequence.
    pub first: usize,
    /// One past the last of them.
    pub last: usize,
}

/// The steps, chosen once for the processor at hand.
#[derive(Clone, Copy)]
pub(super) struct Kernels {
    pub name: &'static str,
    /// What is added to 8-bit weights when they are packed: see [`Lanes::offset`].
    pub offset: fn(bool) -> u8,
    linear: unsafe fn(&Matrix, &Quantised, usize, &mut [f32], usize, Finish),
    linear_gelu: unsafe fn(&Matrix, &Quantised, usize, &mut Quantised),
    quantise: unsafe fn(&[f32], usize, &mut Quantised),
    norm: unsafe fn(&mut [f32], &[f32], &[f32], f32),
    attend: unsafe fn(Attention<'_>, &mut AttentionScratch, &mut [f32]),
}

/// Buffers of [`Kernels::attend`].
#[derive(Default)]
pub(super) struct AttentionScratch {
    /// One head's keys, turned: HEAD rows of as many numbers as the sequence has tokens, rounded up to 16.
    keys: Vec<f32>,
    /// Its values, a row a token: in the sequence's own rows, whose distance is near a multiple of 4 KiB, they would
    /// drive one another out of the first cache.
    values: Vec<[f32; HEAD]>,
    /// Scores of some rows against all keys.
    scores: Vec<f32>,
}

impl Kernels {
    /// The fastest ones that this processor runs.
    pub fn detect() -> Self {
        Self::available()[0]
    }

    /// All that this processor runs, the fastest first; the portable ones always.
    pub fn available() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            let avx2 = has!("avx2") && has!("fma");
            if avx2 && has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512vnni") {
                all.push(avx512::KERNELS);
            }
            if avx2 {
                all.push(avx2::KERNELS);
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            use std::arch::is_aarch64_feature_detected as has;
            if has!("neon") && has!("dotprod") {
                all.push(neon_dotprod::KERNELS);
            }
            if has!("neon") {
                all.push(neon::KERNELS);
            }
        }
        all.push(portable::KERNELS);
        all
    }

    /// `out` (`rows x stride`, the matrix's outputs first in each row) from `rows` activations.
    pub fn linear(&self, m: &Matrix, a: &Quantised, rows: usize, out: &mut [f32], stride: usize, finish: Finish) {
        assert!(stride >= m.outputs && out.len() >= rows * stride);
        // SAFETY: `available` hands out only kernels whose features were detected; the same holds for every call below.
        unsafe { (self.linear)(m, a, rows, out, stride, finish) }
    }

    /// GELU(W x + b), rounded to 8 bits for the next product.
    pub fn linear_gelu(&self, m: &Matrix, a: &Quantised, rows: usize, out: &mut Quantised) {
        // SAFETY: as in `linear`.
        unsafe { (self.linear_gelu)(m, a, rows, out) }
    }

    /// Rounds rows of `width` numbers to 8 bits.
    pub fn quantise(&self, x: &[f32], width: usize, out: &mut Quantised) {
        assert!(width.is_multiple_of(BLOCK) && x.len().is_multiple_of(width));
        // SAFETY: as in `linear`.
        unsafe { (self.quantise)(x, width, out) }
    }

    /// Layer norm of every row of `x`, in place; the rows are as wide as `weight`.
    pub fn norm(&self, x: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
        assert!(
            weight.len() == bias.len() && weight.len().is_multiple_of(PANEL) && x.len().is_multiple_of(weight.len())
        );
        // SAFETY: as in `linear`.
        unsafe { (self.norm)(x, weight, bias, epsilon) }
    }

    /// Soft-max attention of some rows over their whole sequence, all heads; queries are scaled already. `out` gets
    /// `last - first` rows of the model's width.
    pub fn attend(&self, a: Attention<'_>, scratch: &mut AttentionScratch, out: &mut [f32]) {
        let width = a.stride / 3;
        assert!(width.is_multiple_of(HEAD) && a.rows.len().is_multiple_of(a.stride));
        assert!(a.first <= a.last && a.last <= a.rows.len() / a.stride && out.len() == (a.last - a.first) * width);
        // SAFETY: as in `linear`.
        unsafe { (self.attend)(a, scratch, out) }
    }
}

/// Compiles every step for one kind of processor.
macro_rules! kernels {
    ($module:ident, $lanes:ty, $name:literal $(, $feature:literal)*) => {
        mod $module {
            use super::*;

            pub(super) const KERNELS: Kernels = Kernels {
                name: $name,
                offset: <$lanes>::offset,
                linear,
                linear_gelu,
                quantise,
                norm,
                attend,
            };

            // The contract of all five: the processor has the features; `Kernels` checks the shapes.
            $(#[target_feature(enable = $feature)])*
            fn linear(m: &Matrix, a: &Quantised, rows: usize, out: &mut [f32], stride: usize, finish: Finish) {
                // SAFETY: this function has the features that the lanes need.
                unsafe { super::linear::<$lanes>(m, a, rows, out, stride, finish) }
            }

            $(#[target_feature(enable = $feature)])*
            fn linear_gelu(m: &Matrix, a: &Quantised, rows: usize, out: &mut Quantised) {
                // SAFETY: this function has the features that the lanes need.
                unsafe { super::linear_gelu::<$lanes>(m, a, rows, out) }
            }

            $(#[target_feature(enable = $feature)])*
            fn quantise(x: &[f32], width: usize, out: &mut Quantised) {
                // SAFETY: this function has the features that the lanes need.
                unsafe { super::quantise::<$lanes>(x, width, out) }
            }

            $(#[target_feature(enable = $feature)])*
            fn norm(x: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
                // SAFETY: this function has the features that the lanes need.
                unsafe { super::norm::<$lanes>(x, weight, bias, epsilon) }
            }

            $(#[target_feature(enable = $feature)])*
            fn attend(a: Attention<'_>, scratch: &mut AttentionScratch, out: &mut [f32]) {
                // SAFETY: this function has the features that the lanes need.
                unsafe { super::attend::<$lanes>(a, scratch, out) }
            }
        }
    };
}

kernels!(portable, Portable, "portable");
#[cfg(target_arch = "x86_64")]
kernels!(avx2, super::super::lanes_x86::Avx2, "avx2", "avx2,fma");
#[cfg(target_arch = "x86_64")]
kernels!(avx512, super::super::lanes_x86::Avx512, "avx512-vnni", "avx2,fma,avx512f,avx512bw,avx512vl,avx512vnni");
#[cfg(target_arch = "aarch64")]
kernels!(neon, super::super::lanes_neon::Neon<super::super::lanes_neon::Baseline>, "neon", "neon");
#[cfg(target_arch = "aarch64")]
kernels!(
    neon_dotprod,
    super::super::lanes_neon::Neon<super::super::lanes_neon::Dotprod>,
    "neon-dotprod",
    "neon,dotprod"
);

/// Calls `$body` with the constant `M` set to the run-time `$m`, 1..=12.
macro_rules! with_rows {
    ($m:expr, $M:ident, $body:block) => {
        match $m {
            1 => {
                const $M: usize = 1;
                $body
            }
            2 => {
                const $M: usize = 2;
                $body
            }
            3 => {
                const $M: usize = 3;
                $body
            }
            4 => {
                const $M: usize = 4;
                $body
            }
            5 => {
                const $M: usize = 5;
                $body
            }
            6 => {
                const $M: usize = 6;
                $body
            }
            7 => {
                const $M: usize = 7;
                $body
            }
            8 => {
                const $M: usize = 8;
                $body
            }
            9 => {
                const $M: usize = 9;
                $body
            }
            10 => {
                const $M: usize = 10;
                $body
            }
            11 => {
                const $M: usize = 11;
                $body
            }
            _ => {
                const $M: usize = 12;
                $body
            }
        }
    };
}

/// The products of rows `first..first + M` of a tile with the 16 columns of a panel, no bias.
///
/// # Safety
/// As [`Lanes::dot_nibbles`] wants it.
#[inline(always)]
unsafe fn dot<L: Lanes, const M: usize>(m: &Matrix, panel: usize, tile: &[TileBlock], first: usize) -> [L::V; M] {
    // SAFETY: the caller's.
    unsafe {
        match m.panel(panel) {
            Panels::Nibbles(panel) => L::dot_nibbles(panel, tile, first),
            Panels::Sevens(panel) if L::SEVENS => L::dot_sevens(panel, tile, first),
            Panels::Bytes(panel) | Panels::Sevens(panel) => L::dot_bytes(panel, tile, first),
        }
    }
}

/// # Safety
/// The processor has the lanes' features; `out` holds `rows` rows of `stride >= m.outputs` numbers.
#[inline(always)]
unsafe fn linear<L: Lanes>(m: &Matrix, a: &Quantised, rows: usize, out: &mut [f32], stride: usize, finish: Finish) {
    for panel in 0..m.outputs / PANEL {
        let column = panel * PANEL;
        for tile in 0..rows.div_ceil(TILE) {
            let range = tile_rows(tile, rows);
            let values = a.tile(tile);
            let mut first = 0;
            while first < range.len() {
                let count = (range.len() - first).min(L::ROWS);
                let start = (range.start + first) * stride + column;
                let out = &mut out[start..start + (count - 1) * stride + PANEL];
                with_rows!(count, M, {
                    if M <= L::ROWS {
                        // SAFETY: M <= ROWS, first + M <= TILE, and `out` was cut to reach through M rows.
                        unsafe {
                            let sums = dot::<L, M>(m, panel, values, first);
                            let bias = L::load(m.bias[column..column + PANEL].as_ptr());
                            for (r, sum) in sums.into_iter().enumerate() {
                                let p = out.as_mut_ptr().add(r * stride);
                                let mut y = L::add(sum, bias);
                                if finish == Finish::Add {
                                    y = L::add(y, L::load(p));
                                }
                                L::store(p, y);
                            }
                        }
                    }
                });
                first += count;
            }
        }
    }
}

/// # Safety
/// The processor has the lanes' features; `out` has room for `rows x m.outputs`.
#[inline(always)]
unsafe fn linear_gelu<L: Lanes>(m: &Matrix, a: &Quantised, rows: usize, out: &mut Quantised) {
    for block in 0..m.outputs / BLOCK {
        for tile in 0..rows.div_ceil(TILE) {
            let range = tile_rows(tile, rows);
            let mut results = [[0.0f32; BLOCK]; TILE];
            for half in 0..BLOCK / PANEL {
                let panel = block * (BLOCK / PANEL) + half;
                let values = a.tile(tile);
                let mut first = 0;
                while first < range.len() {
                    let count = (range.len() - first).min(L::ROWS);
                    let results = &mut results[first..first + count];
                    with_rows!(count, M, {
                        if M <= L::ROWS {
                            // SAFETY: M <= ROWS and first + M <= TILE; each result row has room for both halves.
                            unsafe {
                                let sums = dot::<L, M>(m, panel, values, first);
                                let bias = L::load(m.bias[panel * PANEL..(panel + 1) * PANEL].as_ptr());
                                for (row, sum) in results.iter_mut().zip(sums) {
                                    L::store(row[half * PANEL..].as_mut_ptr(), gelu::<L>(L::add(sum, bias)));
                                }
                            }
                        }
                    });
                    first += count;
                }
            }
            let target = &mut out.tile_mut(tile)[block];
            for (r, row) in results.iter().enumerate().take(range.len()) {
                // SAFETY: the row has BLOCK numbers.
                unsafe { quantise_block::<L>(row, target, r) }
            }
        }
    }
}

/// # Safety
/// The processor has the lanes' features; `out` has room for the rows.
#[inline(always)]
unsafe fn quantise<L: Lanes>(x: &[f32], width: usize, out: &mut Quantised) {
    for (row, x) in x.chunks_exact(width).enumerate() {
        let tile = out.tile_mut(row / TILE);
        for (x, target) in x.as_chunks::<BLOCK>().0.iter().zip(tile) {
            // SAFETY: the block has BLOCK numbers, the row is below TILE.
            unsafe { quantise_block::<L>(x, target, row % TILE) }
        }
    }
}

/// # Safety
/// The processor has the lanes' features.
#[inline(always)]
unsafe fn quantise_block<L: Lanes>(x: &[f32; BLOCK], target: &mut TileBlock, row: usize) {
    // SAFETY: a block is two times sixteen numbers, on both sides.
    unsafe {
        let (a, b) = (L::load(x.as_ptr()), L::load(x.as_ptr().add(PANEL)));
        let top = L::reduce_max(L::max(L::abs(a), L::abs(b)));
        let inverse = if top > 0.0 { 127.0 / top } else { 0.0 };
        let inverse = L::splat(inverse);
        let (a, b) = (L::round(L::mul(a, inverse)), L::round(L::mul(b, inverse)));
        let values = &mut target.values[row];
        L::store_i8(values.as_mut_ptr(), a);
        L::store_i8(values.as_mut_ptr().add(PANEL), b);
        target.scales[row] = top / 127.0;
        // A sum of 32 whole numbers up to 127 is exact in f32.
        target.corrections[row] = -8 * L::reduce_add(L::add(a, b)) as i32;
    }
}

/// # Safety
/// The processor has the lanes' features.
#[inline(always)]
unsafe fn norm<L: Lanes>(x: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let width = weight.len();
    for x in x.chunks_exact_mut(width) {
        // SAFETY: all three have the same width, a multiple of sixteen.
        unsafe {
            let mut sum = L::splat(0.0);
            for at in (0..width).step_by(PANEL) {
                sum = L::add(sum, L::load(x.as_ptr().add(at)));
            }
            let mean = L::splat(L::reduce_add(sum) / width as f32);
            let mut squares = L::splat(0.0);
            for at in (0..width).step_by(PANEL) {
                let d = L::sub(L::load(x.as_ptr().add(at)), mean);
                squares = L::fma(d, d, squares);
            }
            let variance = L::reduce_add(squares) / width as f32;
            let scale = L::splat(1.0 / (variance + epsilon).sqrt());
            for at in (0..width).step_by(PANEL) {
                let p = x.as_mut_ptr().add(at);
                let d = L::mul(L::sub(L::load(p), mean), scale);
                L::store(p, L::fma(d, L::load(weight.as_ptr().add(at)), L::load(bias.as_ptr().add(at))));
            }
        }
    }
}

/// # Safety
/// The processor has the lanes' features; the shapes are as [`Kernels::attend`] checks them.
#[inline(always)]
unsafe fn attend<L: Lanes>(a: Attention<'_>, scratch: &mut AttentionScratch, out: &mut [f32]) {
    let width = a.stride / 3;
    let tokens = a.rows.len() / a.stride;
    let padded = tokens.next_multiple_of(PANEL);
    scratch.keys.resize(HEAD * padded, 0.0);
    scratch.values.resize(tokens, [0.0; HEAD]);
    scratch.scores.resize(L::ATTENTION_ROWS * padded, 0.0);
    for head in (0..width).step_by(HEAD) {
        for ((token, row), values) in a.rows.chunks_exact(a.stride).enumerate().zip(&mut scratch.values) {
            let keys = &row[width + head..][..HEAD];
            for (d, &key) in keys.iter().enumerate() {
                scratch.keys[d * padded + token] = key;
            }
            values.copy_from_slice(&row[2 * width + head..][..HEAD]);
        }
        let mut first = a.first;
        while first < a.last {
            let count = (a.last - first).min(L::ATTENTION_ROWS);
            with_rows!(count, M, {
                if M <= L::ATTENTION_ROWS {
                    // SAFETY: rows first..first + M are within the sequence, their results within `out`.
                    unsafe {
                        let queries = a.rows.as_ptr().add(first * a.stride + head);
                        let out = out.as_mut_ptr().add((first - a.first) * width + head);
                        score::<L, M>(queries, a.stride, &scratch.keys, padded, &mut scratch.scores);
                        let mut factors = [0.0f32; M];
                        for (scores, factor) in scratch.scores.chunks_exact_mut(padded).zip(&mut factors) {
                            *factor = soft_max::<L>(scores, tokens);
                        }
                        mix::<L, M>(&scratch.scores, padded, &scratch.values, &factors, out, width);
                    }
                }
            });
            first += count;
        }
    }
}

/// Scores of M queries against all keys.
#[inline(always)]
unsafe fn score<L: Lanes, const M: usize>(
    queries: *const f32,
    stride: usize,
    keys: &[f32],
    padded: usize,
    scores: &mut [f32],
) {
    // SAFETY: `keys` is HEAD x padded, `scores` at least M x padded; the caller vouches for the queries.
    unsafe {
        for at in (0..padded).step_by(PANEL) {
            let mut sums = [L::splat(0.0); M];
            for d in 0..HEAD {
                let key = L::load(keys.as_ptr().add(d * padded + at));
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = L::fma(L::splat(*queries.add(r * stride + d)), key, *sum);
                }
            }
            for (r, sum) in sums.into_iter().enumerate() {
                L::store(scores.as_mut_ptr().add(r * padded + at), sum);
            }
        }
    }
}

/// Turns scores into exp(score - highest) and gives 1 / their sum. What is beyond `tokens` becomes 0.
#[inline(always)]
unsafe fn soft_max<L: Lanes>(scores: &mut [f32], tokens: usize) -> f32 {
    for pad in &mut scores[tokens..] {
        *pad = -1e30;
    }
    // SAFETY: the row is a multiple of sixteen long.
    unsafe {
        let mut top = L::splat(f32::NEG_INFINITY);
        for at in (0..scores.len()).step_by(PANEL) {
            top = L::max(top, L::load(scores.as_ptr().add(at)));
        }
        let top = L::splat(L::reduce_max(top));
        let mut sum = L::splat(0.0);
        for at in (0..scores.len()).step_by(PANEL) {
            let p = scores.as_mut_ptr().add(at);
            let e = exp::<L>(L::sub(L::load(p), top));
            sum = L::add(sum, e);
            L::store(p, e);
        }
        // exp stops at e^-87, far below what a sum of at least 1 can notice.
        1.0 / L::reduce_add(sum)
    }
}

/// The mean of the values under M rows of weights, times each row's factor.
#[inline(always)]
unsafe fn mix<L: Lanes, const M: usize>(
    weights: &[f32],
    padded: usize,
    values: &[[f32; HEAD]],
    factors: &[f32; M],
    out: *mut f32,
    width: usize,
) {
    // SAFETY: `weights` is at least M x padded, `padded` at least the number of values; the caller vouches for M result
    // rows.
    unsafe {
        if L::HALF_HEADS {
            for half in [0, PANEL] {
                let mut sums = [L::splat(0.0); M];
                for (token, value) in values.iter().enumerate() {
                    let value = L::load(value.as_ptr().add(half));
                    for (r, sum) in sums.iter_mut().enumerate() {
                        *sum = L::fma(L::splat(*weights.as_ptr().add(r * padded + token)), value, *sum);
                    }
                }
                for (r, (sum, &factor)) in sums.into_iter().zip(factors).enumerate() {
                    L::store(out.add(r * width + half), L::mul(sum, L::splat(factor)));
                }
            }
            return;
        }
        let mut sums = [[L::splat(0.0); 2]; M];
        for (token, value) in values.iter().enumerate() {
            let (low, high) = (L::load(value.as_ptr()), L::load(value.as_ptr().add(PANEL)));
            for (r, sum) in sums.iter_mut().enumerate() {
                let weight = L::splat(*weights.as_ptr().add(r * padded + token));
                sum[0] = L::fma(weight, low, sum[0]);
                sum[1] = L::fma(weight, high, sum[1]);
            }
        }
        for (r, (sum, &factor)) in sums.into_iter().zip(factors).enumerate() {
            let (p, factor) = (out.add(r * width), L::splat(factor));
            L::store(p, L::mul(sum[0], factor));
            L::store(p.add(PANEL), L::mul(sum[1], factor));
        }
    }
}

/// e^x for x <= 0, relative error about 2e-7; below -87 it stays at e^-87.
/// 2^n times the Taylor series of e^r, |r| <= ln 2 / 2, ln 2 taken off in two parts (Cody and Waite).
#[inline(always)]
unsafe fn exp<L: Lanes>(x: L::V) -> L::V {
    const LN2_HIGH: f32 = 355.0 / 512.0;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const TERMS: [f32; 6] = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
    // SAFETY: the caller has the lanes' features.
    unsafe {
        let x = L::max(x, L::splat(-87.0));
        let n = L::round(L::mul(x, L::splat(std::f32::consts::LOG2_E)));
        let r = L::fma(n, L::splat(-LN2_HIGH), x);
        let r = L::fma(n, L::splat(-LN2_LOW), r);
        let mut sum = L::splat(TERMS[0]);
        for term in &TERMS[1..] {
            sum = L::fma(sum, r, L::splat(*term));
        }
        L::ldexp(L::fma(sum, r, L::splat(1.0)), n)
    }
}

/// x Phi(x), absolute error below 3e-5 (and that only where x < -4.5, where the true value is below 2e-5).
/// Phi(x) - 1/2 is x times a polynomial of 2 x^2 / 4.5^2 - 1, fitted for the smallest greatest error (7e-7) on |x| <= 4.5.
#[inline(always)]
unsafe fn gelu<L: Lanes>(x: L::V) -> L::V {
    const END: f32 = 4.5;
    const TERMS: [f32; 11] = [
        8.193_283e-4,
        -2.259_154_3e-3,
        3.079_244_9e-3,
        -5.413_264e-3,
        1.115_701_7e-2,
        -1.891_482e-2,
        2.837_208_1e-2,
        -4.013_447_5e-2,
        5.469_175e-2,
        -7.719_228_4e-2,
        1.569_050_9e-1,
    ];
    // SAFETY: the caller has the lanes' features.
    unsafe {
        let inside = L::max(L::min(x, L::splat(END)), L::splat(-END));
        let s = L::fma(L::mul(inside, inside), L::splat(2.0 / (END * END)), L::splat(-1.0));
        let mut sum = L::splat(TERMS[0]);
        for term in &TERMS[1..] {
            sum = L::fma(sum, s, L::splat(*term));
        }
        L::mul(x, L::fma(inside, sum, L::splat(0.5)))
    }
}
