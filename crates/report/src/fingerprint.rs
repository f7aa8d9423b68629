//! Near-duplicates: the same words in another file, whatever their width, spaces, line breaks and cuts.
//!
//! [`keys`] gives a passage's winnowed fingerprints (Schleimer, Wilkerson and Aiken, "Winnowing", SIGMOD 2003): two
//! texts that share [`GUARANTEED`] characters in a row share a key, so a table from key to passage finds every candidate.
//! [`same_fact`] then decides on the words themselves.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use wenbao_lang::fold::fold;
use wenbao_lang::han::is_han;

/// Characters of a shingle. Five Han characters are two or three words: enough to be rare.
const SHINGLE: usize = 5;
/// Shingles of a winnowing window.
const WINDOW: usize = 8;
/// Two texts with this many characters in common, in a row, have a key in common.
pub const GUARANTEED: usize = SHINGLE + WINDOW - 1;
/// Share of the shorter text's shingles that the longer must hold to be the same.
const SAME: f32 = 0.8;
/// Below this many shingles a text is too short to be anything but a formula ("各位代表：").
const FEWEST: usize = 8;

/// How many passages that share a key are compared in full with a new one.
const CANDIDATES: usize = 16;

/// Which passages to compare in full, of those that share so many keys each with a new one: the most alike, the older first.
pub fn candidates<R: Ord + Copy>(shared: BTreeMap<R, usize>) -> impl Iterator<Item = R> {
    let mut best: Vec<(R, usize)> = shared.into_iter().collect();
    best.sort_by_key(|&(other, count)| (Reverse(count), other));
    best.into_iter().take(CANDIDATES).map(|(other, _)| other)
}

/// What counts when words are compared: folded letters, digits, Han characters, and the point of a number.
fn essence(text: &str) -> Vec<char> {
    let folded: Vec<char> = fold(text).chars().collect();
    let point = |i: usize| {
        folded[i] == '.'
            && i > 0
            && folded[i - 1].is_ascii_digit()
            && folded.get(i + 1).is_some_and(char::is_ascii_digit)
    };
    (0..folded.len())
        .filter(|&i| is_han(folded[i]) || folded[i].is_ascii_alphanumeric() || folded[i] == '%' || point(i))
        .map(|i| folded[i])
        .collect()
}

/// FNV-1a over the code points, then mixed so that the smallest hash of a window is a fair choice.
fn hash(shingle: &[char]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325u64;
    for &c in shingle {
        h = (h ^ u64::from(c as u32)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h ^= h >> 33;
    h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
    h ^ (h >> 33)
}

fn shingles(chars: &[char]) -> Vec<u64> {
    chars.windows(SHINGLE).map(hash).collect()
}

/// The fingerprints of a text, sorted, without repetitions; empty for a text too short to tell.
pub fn keys(text: &str) -> Vec<u64> {
    let hashes = shingles(&essence(text));
    if hashes.len() < FEWEST {
        return Vec::new();
    }
    let mut keys: Vec<u64> = hashes.windows(WINDOW.min(hashes.len())).filter_map(|w| w.iter().min().copied()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Share of the shorter text's shingles that stand in the longer: 1 when it is contained, 0 when nothing is shared.
pub fn containment(a: &str, b: &str) -> f32 {
    let (a, b) = (shingles(&essence(a)), shingles(&essence(b)));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let short: HashSet<u64> = short.into_iter().collect();
    let long: HashSet<u64> = long.into_iter().collect();
    if short.is_empty() {
        return 0.0;
    }
    short.intersection(&long).count() as f32 / short.len() as f32
}

/// Whether two passages say the same in (nearly) the same words, one of them perhaps more: the shorter is contained in
/// the longer and says no number that the longer does not. Two years' plans differ in nothing but a number.
pub fn same_fact(a: &str, b: &str) -> bool {
    let (short, long) = if essence(a).len() <= essence(b).len() { (a, b) } else { (b, a) };
    if shingles(&essence(short)).len() < FEWEST || containment(a, b) < SAME {
        return false;
    }
    let known: HashSet<String> = numbers(long).into_iter().collect();
    numbers(short).iter().all(|n| known.contains(n))
}

/// The digit runs of a text, points included.
fn numbers(text: &str) -> Vec<String> {
    let essence: String = essence(text).into_iter().collect();
    essence.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACT: &str = "全年新建改建农村公路1200公里，改造危桥36座，建制村全部通了客车。";

    #[test]
    fn the_same_words_are_one_fact_whatever_their_form() {
        for other in [
            "全年新建改建农村公路 1200公里，改造危桥\n36座，建制村全部通了客车。",
            "全年新建改建农村公路１２００公里，改造危桥３６座，建制村全部通了客车！",
            "交通条件继续改善。全年新建改建农村公路1,200公里，改造危桥36座，建制村全部通了客车。群众出行更加方便。",
        ] {
            assert!(same_fact(FACT, other), "{other}: {}", containment(FACT, other));
            assert!(keys(FACT).iter().any(|k| keys(other).contains(k)), "{other}");
        }
    }

    #[test]
    fn another_number_or_other_words_are_another_fact() {
        for other in [
            "全年新建改建农村公路1300公里，改造危桥36座，建制村全部通了客车。",
            "全年新建高标准农田二百万亩，改造中低产田，粮食生产能力稳步提高。",
            "各位代表：",
        ] {
            assert!(!same_fact(FACT, other), "{other}: {}", containment(FACT, other));
        }
    }

    #[test]
    fn formulas_have_no_keys() {
        assert_eq!(keys("各位代表！"), Vec::<u64>::new());
    }
}
