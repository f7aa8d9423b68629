//! Which vectors may be found.

use std::ops::Range;

/// Which ordinals may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    words: Vec<u64>,
    count: usize,
}

impl Mask {
    /// Of `len` ordinals those that the function lets pass.
    pub fn new(len: usize, accept: impl Fn(u32) -> bool) -> Self {
        let words: Vec<u64> = (0..len.div_ceil(64))
            .map(|word| {
                let first = word * 64;
                (first..len.min(first + 64)).fold(0, |bits, o| bits | u64::from(accept(o as u32)) << (o - first))
            })
            .collect();
        Self::of_words(words)
    }

    /// Of `len` ordinals those in these ranges.
    pub(crate) fn of_ranges(len: usize, ranges: impl IntoIterator<Item = Range<u32>>) -> Self {
        let mut words = vec![0u64; len.div_ceil(64)];
        for range in ranges {
            let (mut at, end) = (range.start as usize, len.min(range.end as usize));
            while at < end {
                // Up to the end of the word, or of the range within it.
                let upto = end.min((at / 64 + 1) * 64);
                words[at / 64] |= (u64::MAX >> (64 - (upto - at))) << (at % 64);
                at = upto;
            }
        }
        Self::of_words(words)
    }

    /// Of the values those for which the test holds. Without branches: a million take a millisecond.
    pub(crate) fn of_values<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Self {
        let word = |values: &[T]| values.iter().rev().fold(0, |bits, &value| bits << 1 | u64::from(test(value)));
        Self::of_words(values.chunks(64).map(word).collect())
    }

    fn of_words(words: Vec<u64>) -> Self {
        let count = words.iter().map(|w| w.count_ones() as usize).sum();
        Self { words, count }
    }

    /// What both let pass.
    pub fn and(&self, other: &Self) -> Self {
        Self::of_words(self.words.iter().zip(&other.words).map(|(a, b)| a & b).collect())
    }

    /// Whether it lets the ordinal pass.
    pub fn contains(&self, ordinal: u32) -> bool {
        self.words.get(ordinal as usize / 64).is_some_and(|word| word >> (ordinal % 64) & 1 == 1)
    }

    /// How many it lets pass.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Those that it lets pass, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        set_bits(&self.words)
    }
}

/// The places of the bits that are set, ascending.
pub(super) fn set_bits(words: &[u64]) -> impl Iterator<Item = u32> {
    words.iter().enumerate().flat_map(|(at, &word)| {
        std::iter::successors((word != 0).then_some(word), |w| {
            let rest = w & (w - 1);
            (rest != 0).then_some(rest)
        })
        .map(move |w| at as u32 * 64 + w.trailing_zeros())
    })
}
