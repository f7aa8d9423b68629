//! Inner products, by the best instructions that the processor has. Chosen once, at run time.

use std::sync::LazyLock;

type DotI8 = fn(&[i8], &[i8]) -> i32;
type DotF32 = fn(&[f32], &[f32]) -> f32;

/// Inner product of two rows of the same length.
pub(crate) static DOT_I8: LazyLock<DotI8> = LazyLock::new(choose_i8);
/// Inner product of two rows of the same length.
pub(crate) static DOT_F32: LazyLock<DotF32> = LazyLock::new(choose_f32);

/// Rows of codes are padded to a multiple of this, so that the loops have no tails.
pub(crate) const CODE_ALIGN: usize = 64;

/// Asks the processor to fetch the lines of a slice; the result does not depend on it.
#[inline]
pub(crate) fn prefetch(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    for line in bytes.chunks(64) {
        // SAFETY: a prefetch of a readable address has no effect but on speed; SSE is part of x86-64.
        unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}

fn choose_i8() -> DotI8 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512bw") {
            // SAFETY: the processor has the instructions, as just asked.
            return |a, b| unsafe { x86::dot_i8_avx512vnni(a, b) };
        }
        if is_x86_feature_detected!("avxvnni") {
            // SAFETY: as above.
            return |a, b| unsafe { x86::dot_i8_avxvnni(a, b) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return |a, b| unsafe { x86::dot_i8_avx2(a, b) };
        }
    }
    dot_i8
}

fn choose_f32() -> DotF32 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the instructions, as just asked.
        return |a, b| unsafe { x86::dot_f32_avx2(a, b) };
    }
    dot_f32
}

fn dot_i8(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

fn dot_f32(a: &[f32], b: &[f32]) -> f32 {
    // Sixteen sums side by side: the order of additions is fixed, and compilers turn it into vector instructions.
    let mut sums = [0.0f32; 16];
    let (a_rows, a_rest) = a.as_chunks::<16>();
    let (b_rows, b_rest) = b.as_chunks::<16>();
    for (a, b) in a_rows.iter().zip(b_rows) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    /// Codes lie in -127..=127, so that neither the sign trick nor 16-bit sums of two products overflow.
    #[target_feature(enable = "avx2")]
    pub fn dot_i8_avx2(a: &[i8], b: &[i8]) -> i32 {
        let (a_rows, a_rest) = a.as_chunks::<32>();
        let (b_rows, b_rest) = b.as_chunks::<32>();
        let ones = _mm256_set1_epi16(1);
        let mut sum = _mm256_setzero_si256();
        for (a, b) in a_rows.iter().zip(b_rows) {
            // SAFETY: both are 32 readable bytes; unaligned loads.
            let (a, b) = unsafe { (_mm256_loadu_si256(a.as_ptr().cast()), _mm256_loadu_si256(b.as_ptr().cast())) };
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
        }
        sum_i32(sum) + super::dot_i8(a_rest, b_rest)
    }

    #[target_feature(enable = "avx2,avxvnni")]
    pub fn dot_i8_avxvnni(a: &[i8], b: &[i8]) -> i32 {
        let (a_rows, a_rest) = a.as_chunks::<32>();
        let (b_rows, b_rest) = b.as_chunks::<32>();
        let mut sum = _mm256_setzero_si256();
        for (a, b) in a_rows.iter().zip(b_rows) {
            // SAFETY: both are 32 readable bytes; unaligned loads.
            let (a, b) = unsafe { (_mm256_loadu_si256(a.as_ptr().cast()), _mm256_loadu_si256(b.as_ptr().cast())) };
            sum = _mm256_dpbusd_avx_epi32(sum, _mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
        }
        sum_i32(sum) + super::dot_i8(a_rest, b_rest)
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub fn dot_i8_avx512vnni(a: &[i8], b: &[i8]) -> i32 {
        let (a_rows, a_rest) = a.as_chunks::<64>();
        let (b_rows, b_rest) = b.as_chunks::<64>();
        let zero = _mm512_setzero_si512();
        let mut sum = zero;
        for (a, b) in a_rows.iter().zip(b_rows) {
            // SAFETY: both are 64 readable bytes; unaligned loads.
            let (a, b) = unsafe { (_mm512_loadu_si512(a.as_ptr().cast()), _mm512_loadu_si512(b.as_ptr().cast())) };
            let signed = _mm512_mask_sub_epi8(b, _mm512_movepi8_mask(a), zero, b);
            sum = _mm512_dpbusd_epi32(sum, _mm512_abs_epi8(a), signed);
        }
        _mm512_reduce_add_epi32(sum) + super::dot_i8(a_rest, b_rest)
    }

    #[target_feature(enable = "avx2")]
    fn sum_i32(v: __m256i) -> i32 {
        let v = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256::<1>(v));
        let v = _mm_add_epi32(v, _mm_shuffle_epi32::<0b0100_1110>(v));
        _mm_cvtsi128_si32(_mm_add_epi32(v, _mm_shuffle_epi32::<0b1011_0001>(v)))
    }

    #[target_feature(enable = "avx2,fma")]
    pub fn dot_f32_avx2(a: &[f32], b: &[f32]) -> f32 {
        let (a_rows, a_rest) = a.as_chunks::<32>();
        let (b_rows, b_rest) = b.as_chunks::<32>();
        let mut sums = [_mm256_setzero_ps(); 4];
        for (a, b) in a_rows.iter().zip(b_rows) {
            for (lane, sum) in sums.iter_mut().enumerate() {
                // SAFETY: lanes 0..4 of eight floats each lie inside the 32 of the chunk; unaligned loads.
                let (a, b) =
                    unsafe { (_mm256_loadu_ps(a.as_ptr().add(8 * lane)), _mm256_loadu_ps(b.as_ptr().add(8 * lane))) };
                *sum = _mm256_fmadd_ps(a, b, *sum);
            }
        }
        let sum = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
        let sum = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps::<1>(sum));
        let sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
        let sum = _mm_add_ss(sum, _mm_shuffle_ps::<1>(sum, sum));
        _mm_cvtss_f32(sum) + super::dot_f32(a_rest, b_rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small deterministic generator (xorshift), enough for test data.
    fn random(seed: u64) -> impl FnMut() -> u64 {
        let mut state = seed | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        }
    }

    #[test]
    fn every_instruction_set_gives_the_plain_result() {
        let mut next = random(7);
        for length in [0, 1, 31, 64, 384, 385, 1024 + 33] {
            let mut codes = || (0..length).map(|_| (next() % 255) as i32 as i16 - 127).map(|c| c as i8).collect();
            let (a, b): (Vec<i8>, Vec<i8>) = (codes(), codes());
            let want = dot_i8(&a, &b);
            assert_eq!(DOT_I8(&a, &b), want, "{length}");
            #[cfg(target_arch = "x86_64")]
            {
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: asked in the line above.
                    assert_eq!(unsafe { x86::dot_i8_avx2(&a, &b) }, want, "avx2 {length}");
                }
                if is_x86_feature_detected!("avxvnni") {
                    // SAFETY: asked in the line above.
                    assert_eq!(unsafe { x86::dot_i8_avxvnni(&a, &b) }, want, "avxvnni {length}");
                }
            }
            let floats = |codes: &[i8]| codes.iter().map(|&c| f32::from(c) / 127.0).collect::<Vec<_>>();
            let (a, b) = (floats(&a), floats(&b));
            let want: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(a * b)).sum();
            assert!((f64::from(DOT_F32(&a, &b)) - want).abs() < 1e-3, "{length}");
            assert!((f64::from(dot_f32(&a, &b)) - want).abs() < 1e-3, "{length}");
        }
    }

    #[test]
    fn the_extremes_do_not_overflow() {
        let (low, high) = (vec![-127i8; 1024], vec![127i8; 1024]);
        assert_eq!(DOT_I8(&low, &high), -127 * 127 * 1024);
        assert_eq!(DOT_I8(&low, &low), 127 * 127 * 1024);
    }
}
