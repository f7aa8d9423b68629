//! The units in which texts are compared: character bigrams of Han runs, whole words of everything else.
//!
//! Bigrams need no dictionary, so that names no dictionary knows ("崖州湾实验室") compare as well as common words do.

use std::ops::Range;

use wenbao_lang::fold::is_zero_width;
pub(crate) use wenbao_lang::{fold::fold_char, han::is_han};

use crate::counts::Counts;

/// One unit with its place in the text, in Unicode scalar values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gram {
    /// What it is: equal keys, equal units.
    pub key: u64,
    /// Where it stands.
    pub range: Range<usize>,
}

/// Whether the character counts as nothing between two others.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_zero_width(c)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

fn pair_key(a: char, b: char) -> u64 {
    (u64::from(u32::from(a)) << 21) | u64::from(u32::from(b))
}

/// FNV-1a (Fowler, Noll, Vo), with the top bit set so that no word meets a pair of characters.
fn word_key(word: &[char]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for &c in word {
        hash = (hash ^ u64::from(u32::from(c))).wrapping_mul(0x100_0000_01b3);
    }
    hash | 1 << 63
}

/// The units of a text, in order.
pub(crate) fn grams(text: &str) -> Vec<Gram> {
    let mut run: Vec<(usize, char)> = Vec::new();
    let mut out = Vec::new();
    let mut kind = 0_u8;
    let flush = |run: &mut Vec<(usize, char)>, kind: u8, out: &mut Vec<Gram>| {
        match (kind, run.as_slice()) {
            (1, [(at, c)]) => out.push(Gram { key: pair_key(*c, '\0'), range: *at..at + 1 }),
            (1, pairs) => {
                out.extend(pairs.windows(2).map(|w| Gram { key: pair_key(w[0].1, w[1].1), range: w[0].0..w[1].0 + 1 }))
            }
            (2, word @ [(first, _), ..]) => {
                let letters: Vec<char> = word.iter().map(|(_, c)| *c).collect();
                out.push(Gram { key: word_key(&letters), range: *first..word[word.len() - 1].0 + 1 });
            }
            _ => {}
        }
        run.clear();
    };
    let chars: Vec<char> = text.chars().map(fold_char).collect();
    for (at, &c) in chars.iter().enumerate() {
        if is_blank(c) && kind == 1 {
            continue;
        }
        let inside_number = kind == 2
            && matches!(c, '.' | ',')
            && run.last().is_some_and(|(_, before)| before.is_ascii_digit())
            && chars.get(at + 1).is_some_and(char::is_ascii_digit);
        let this = if is_han(c) { 1 } else { u8::from(is_word(c) || inside_number) * 2 };
        if this != kind {
            flush(&mut run, kind, &mut out);
            kind = this;
        }
        if this != 0 && c != ',' {
            run.push((at, c));
        }
    }
    flush(&mut run, kind, &mut out);
    out
}

/// The distinct units of a text, by key.
fn distinct(text: &str) -> Vec<u64> {
    let mut keys: Vec<u64> = grams(text).into_iter().map(|g| g.key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// How rare each unit is among the sentences of the corpus.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rarity {
    sentences: u32,
    frequency: Counts,
}

impl Rarity {
    /// Counts in how many of the sentences each unit stands.
    pub fn of<'a>(sentences: impl Iterator<Item = &'a str>) -> Self {
        let (mut count, mut keys) = (0, Vec::new());
        for sentence in sentences {
            count += 1;
            keys.extend(distinct(sentence));
        }
        Self { sentences: count, frequency: Counts::of(keys) }
    }

    /// Counts a sentence that has come.
    pub fn add(&mut self, sentence: &str) {
        self.sentences += 1;
        distinct(sentence).into_iter().for_each(|key| self.frequency.change(key, 1));
    }

    /// Counts a sentence no more.
    pub fn remove(&mut self, sentence: &str) {
        self.sentences = self.sentences.saturating_sub(1);
        distinct(sentence).into_iter().for_each(|key| self.frequency.change(key, -1));
    }

    /// To be called when all that has come and gone is counted.
    pub fn settle(&mut self) {
        self.frequency.settle();
    }

    /// Inverse document frequency, ln(1 + N/(1+df)) (Spärck Jones 1972, smoothed so that it stays positive).
    pub fn idf(&self, key: u64) -> f32 {
        let df = self.frequency.get(key) as f32;
        (1.0 + self.sentences as f32 / (1.0 + df)).ln()
    }

    /// Whether any sentence holds it.
    pub fn knows(&self, key: u64) -> bool {
        self.frequency.get(key) > 0
    }
}

/// The units of a phrase with their weights: what a sentence is compared to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weighted {
    /// Distinct units with their inverse document frequency.
    pub units: Vec<(u64, f32)>,
    /// Sum of the weights.
    pub total: f32,
    /// Units of other words for the same, which stand in for those that are missing.
    stand_ins: Vec<StandIn>,
    /// The phrase, folded, and its units where they stand.
    chars: Vec<char>,
    grams: Vec<Gram>,
}

/// Another word for a part of the phrase.
#[derive(Debug, Clone)]
struct StandIn {
    /// The units of the part it stands for.
    part: Vec<u64>,
    /// Its own units.
    units: Vec<u64>,
}

/// What another word for the same counts beside the word itself.
const STAND_IN_WEIGHT: f32 = 0.85;

/// What a unit across the edge of a part counts where reports say something else for the part: it stood there by chance.
const EDGE_WEIGHT: f32 = 0.3;

impl Weighted {
    /// Weighs the units of `text`; what no sentence holds counts less, since nothing can match it.
    pub fn new(text: &str, rarity: &Rarity) -> Self {
        let grams = grams(text);
        let units: Vec<(u64, f32)> = distinct(text)
            .into_iter()
            .map(|key| (key, rarity.idf(key) * if rarity.knows(key) { 1.0 } else { 0.3 }))
            .collect();
        let total = units.iter().map(|(_, w)| w).sum();
        Self { units, total, stand_ins: Vec::new(), chars: text.chars().map(fold_char).collect(), grams }
    }

    /// Lets `other` stand in for `part`, a part of the phrase, which then weighs as much as the rarer of the two.
    pub fn stand_in(&mut self, part: &str, other: &str, rarity: &Rarity) {
        let keys = |text: &str| -> Vec<u64> { grams(text).into_iter().map(|g| g.key).collect() };
        if !self.stand_ins.iter().any(|s| s.part == keys(part)) {
            self.lighten_edges(part, rarity);
        }
        let (part, units) = (keys(part), keys(other));
        // What the corpus does not know at all weighed little; what stands for it tells what it is worth.
        let worth = units.iter().map(|k| rarity.idf(*k)).sum::<f32>() / units.len().max(1) as f32;
        for (key, weight) in &mut self.units {
            if part.contains(key) && !rarity.knows(*key) {
                *weight = weight.max(worth);
            }
        }
        self.total = self.units.iter().map(|(_, w)| w).sum();
        self.stand_ins.push(StandIn { part, units });
    }

    /// Where the corpus never has `part` itself, a unit half inside it cannot be matched but by accident: one that no
    /// sentence holds counts nothing, another little.
    fn lighten_edges(&mut self, part: &str, rarity: &Rarity) {
        let folded: Vec<char> = part.chars().map(fold_char).collect();
        if folded.is_empty() || grams(part).iter().all(|g| rarity.knows(g.key)) {
            return;
        }
        let at: Vec<Range<usize>> = (0..self.chars.len())
            .filter(|&at| self.chars[at..].starts_with(&folded))
            .map(|at| at..at + folded.len())
            .collect();
        let crosses = |gram: &Gram, part: &Range<usize>| {
            let overlaps = gram.range.start < part.end && part.start < gram.range.end;
            overlaps && !(part.start <= gram.range.start && gram.range.end <= part.end)
        };
        let (edges, rest): (Vec<&Gram>, Vec<&Gram>) =
            self.grams.iter().partition(|gram| at.iter().any(|part| crosses(gram, part)));
        for (key, weight) in &mut self.units {
            if edges.iter().any(|g| g.key == *key) && rest.iter().all(|g| g.key != *key) {
                *weight *= if rarity.knows(*key) { EDGE_WEIGHT } else { 0.0 };
            }
        }
    }

    /// The share of the weight that `holds` covers, 0–1; 0 for an empty phrase.
    pub fn coverage(&self, holds: impl Fn(u64) -> bool) -> f32 {
        if self.total <= 0.0 {
            return 0.0;
        }
        let mut covered = 0.0;
        for (key, weight) in &self.units {
            if holds(*key) {
                covered += weight;
                continue;
            }
            let best = self
                .stand_ins
                .iter()
                .filter(|s| s.part.contains(key))
                .map(|s| s.units.iter().filter(|k| holds(**k)).count() as f32 / s.units.len().max(1) as f32)
                .fold(0.0_f32, f32::max);
            covered += weight * STAND_IN_WEIGHT * best * best;
        }
        covered / self.total
    }

    /// [`Weighted::coverage`] over the units that the corpus knows alone: what it does not know, nothing can cover.
    pub fn known_coverage(&self, rarity: &Rarity, holds: impl Fn(u64) -> bool) -> f32 {
        let known = || self.units.iter().filter(|(key, _)| rarity.knows(*key));
        let total: f32 = known().map(|(_, w)| w).sum();
        if total <= 0.0 { 0.0 } else { known().filter(|(key, _)| holds(*key)).map(|(_, w)| w).sum::<f32>() / total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<u64> {
        grams(text).into_iter().map(|g| g.key).collect()
    }

    #[test]
    fn width_case_and_blanks_do_not_matter() {
        assert_eq!(keys("５Ｇ基站"), keys("5g基 站"));
        assert_eq!(keys("1,491处"), keys("1491处"));
    }

    #[test]
    fn ranges_point_into_the_text() {
        let found = grams("建成5G基站");
        let ranges: Vec<_> = found.iter().map(|g| g.range.clone()).collect();
        assert_eq!(ranges, [0..2, 2..4, 4..6]);
    }

    #[test]
    fn a_rare_unit_weighs_more_than_a_common_one() {
        let rarity = Rarity::of(["新建煤矿", "新建公路", "新建学校"].into_iter());
        assert!(rarity.idf(keys("煤矿")[0]) > rarity.idf(keys("新建")[0]));
    }

    #[test]
    fn units_across_the_edge_of_a_replaced_part_count_little() {
        let rarity = Rarity::of(["治沙完成任务", "子活动任务"].into_iter());
        let mut topic = Weighted::new("管沙子活动任务", &rarity);
        topic.stand_in("管沙子", "治沙", &rarity);
        // 子活 is known to the corpus, but by chance.
        let weight = |topic: &Weighted, pair: &str| topic.units.iter().find(|(k, _)| *k == keys(pair)[0]).map(|u| u.1);
        let plain = Weighted::new("管沙子活动任务", &rarity);
        assert!(weight(&topic, "子活") < weight(&plain, "子活"));
        assert_eq!(weight(&topic, "活动"), weight(&plain, "活动"));
    }

    #[test]
    fn coverage_is_the_weight_share() {
        let rarity = Rarity::of(["新建煤矿", "新建公路"].into_iter());
        let topic = Weighted::new("新建煤矿", &rarity);
        let held: Vec<u64> = keys("新建煤矿");
        assert!((topic.coverage(|k| held.contains(&k)) - 1.0).abs() < 1e-6);
        assert_eq!(topic.coverage(|_| false), 0.0);
    }
}
