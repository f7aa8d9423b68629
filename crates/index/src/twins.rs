//! Near-duplicates: the same words in two documents (a digest and the full text, two copies of a report).

use std::collections::BTreeSet;

/// Characters of a shingle.
const WIDTH: usize = 5;
/// One shingle in so many is kept in the sketch...
const SAMPLE: u64 = 12;
/// ...but never fewer than this, as far as there are any.
const LEAST: usize = 4;
/// How many candidates are compared in full for one passage.
pub(crate) const CANDIDATES: usize = 16;
/// Share of the shorter passage's shingles that the other must hold.
const CONTAINED: f64 = 0.8;
/// Shorter texts are too common to mean anything ("谢谢大家！").
const MIN_CHARS: usize = 12;

/// The character shingles and the numbers of a text.
pub(crate) struct Shingles {
    hashes: BTreeSet<u64>,
    numbers: BTreeSet<String>,
}

impl Shingles {
    /// Letters, digits and Han characters only: marks and spaces differ between copies.
    pub fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        let hashes = if chars.len() < MIN_CHARS {
            BTreeSet::new()
        } else {
            chars.windows(WIDTH).map(hash).collect()
        };
        let numbers = text
            .split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .map(|n| n.trim_matches('.'))
            .filter(|n| !n.is_empty())
            .map(str::to_owned)
            .collect();
        Self { hashes, numbers }
    }

    /// A sample of the shingles that depends on the shingles only: contained texts have contained samples.
    pub fn sketch(&self) -> Vec<u64> {
        let sampled = self.hashes.iter().filter(|&&h| h.is_multiple_of(SAMPLE)).count();
        if sampled >= LEAST {
            self.hashes.iter().copied().filter(|h| h.is_multiple_of(SAMPLE)).collect()
        } else {
            // BTreeSet: the smallest ones.
            let small = self.hashes.iter().copied().take(LEAST);
            let mut sketch: Vec<u64> = small.chain(self.hashes.iter().copied().filter(|h| h.is_multiple_of(SAMPLE))).collect();
            sketch.sort_unstable();
            sketch.dedup();
            sketch
        }
    }

    /// Whether the shorter one's words and all its numbers stand in the other.
    pub fn same_fact(&self, other: &Self) -> bool {
        let (short, long) = if self.hashes.len() <= other.hashes.len() { (self, other) } else { (other, self) };
        if short.hashes.is_empty() {
            return false;
        }
        let shared = short.hashes.iter().filter(|h| long.hashes.contains(h)).count();
        shared as f64 >= CONTAINED * short.hashes.len() as f64 && short.numbers.is_subset(&long.numbers)
    }
}

/// FNV-1a over the scalar values, then a multiply-shift so that the low bits are good for sampling.
fn hash(chars: &[char]) -> u64 {
    let mixed = chars.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, &c| (h ^ u64::from(c as u32)).wrapping_mul(0x100_0000_01b3));
    (mixed ^ (mixed >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_found_in_the_full_text_only_with_the_same_numbers() {
        let full = "今年新建智能化煤矿130座，完成煤电机组改造600万千瓦，新增清洁能源装机，推动能源转型再上新台阶。";
        for (digest, same) in [
            ("今年新建智能化煤矿130座，完成煤电机组改造600万千瓦。", true),
            ("今年新建智能化煤矿150座，完成煤电机组改造600万千瓦。", false),
            ("完善农村养老服务网络，新增社区食堂若干，改善民生。", false),
            ("130座", false),
        ] {
            let (a, b) = (Shingles::of(full), Shingles::of(digest));
            assert_eq!((a.same_fact(&b), b.same_fact(&a)), (same, same), "{digest}");
        }
    }

    #[test]
    fn a_text_shares_its_sketch_with_its_copy() {
        let a = Shingles::of("推动制造业高端化、智能化、绿色化发展，打造新质生产力。");
        let b = Shingles::of("推动制造业高端化智能化绿色化发展,打造新质生产力");
        assert_eq!(a.sketch(), b.sketch());
        assert!(a.sketch().len() >= LEAST);
    }
}
