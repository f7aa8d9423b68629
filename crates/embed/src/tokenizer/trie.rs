//! A double-array trie in one slice of little-endian u32, so that it can be used as it lies in a file.
//!
//! A unit holds the label that leads to it (bits 0..8), whether a key ends there (bit 8) and the base of its children
//! (bits 9..32). The child for byte b lies at `base ^ b`; the value of a key that ends lies at `base ^ 0`. Every base
//! belongs to one node only, so that comparing labels is enough. No key holds a zero byte.

/// Children's bases have 23 bits.
const MAX_UNITS: usize = 1 << 23;
const ENDS: u32 = 1 << 8;
/// Marks a unit that holds a value: no label is 0, so that it never looks like a child.
const LABEL: u32 = 0xff;

/// A trie that lies in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Trie<'a> {
    units: &'a [[u8; 4]],
}

impl<'a> Trie<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { units: bytes.as_chunks().0 }
    }

    #[inline]
    fn unit(&self, i: u32) -> u32 {
        self.units.get(i as usize).map_or(0, |b| u32::from_le_bytes(*b))
    }

    /// Calls `found(length, value)` for every key that `text` begins with, the shortest first.
    #[inline]
    pub fn prefixes(&self, text: &[u8], mut found: impl FnMut(usize, u32)) {
        let mut base = self.unit(0) >> 9;
        for (i, &byte) in text.iter().enumerate() {
            let unit = self.unit(base ^ u32::from(byte));
            if unit & LABEL != u32::from(byte) || byte == 0 {
                return;
            }
            base = unit >> 9;
            if unit & ENDS != 0 {
                // Values are shifted past the label's place, which stays 0.
                found(i + 1, self.unit(base) >> 8);
            }
        }
    }
}

/// Builds the bytes of a trie. Keys must be sorted, distinct, not empty and free of zero bytes; values below 2^24.
pub(super) fn build(keys: &[(&[u8], u32)]) -> Result<Vec<u8>, String> {
    let ordered = keys.windows(2).all(|w| w[0].0 < w[1].0);
    if !ordered || keys.iter().any(|(k, v)| k.is_empty() || k.contains(&0) || *v >= 1 << 24) {
        return Err("the keys are not fit for a trie".into());
    }
    let mut builder = Builder::default();
    builder.grow();
    builder.taken[0] = true;
    // Ranges of keys that share their first `depth` bytes, and the unit that stands for those.
    let mut open = vec![(0..keys.len(), 0usize, 0usize)];
    while let Some((range, depth, unit)) = open.pop() {
        let mut keys_here = &keys[range.clone()];
        let mut start = range.start;
        let value = keys_here.first().filter(|(k, _)| k.len() == depth).map(|(_, v)| *v);
        if value.is_some() {
            keys_here = &keys_here[1..];
            start += 1;
        }
        let mut children = Vec::new();
        while let Some((key, _)) = keys_here.first() {
            let label = key[depth];
            let same = keys_here.partition_point(|(k, _)| k[depth] <= label);
            children.push((label, start..start + same));
            start += same;
            keys_here = &keys_here[same..];
        }
        let labels: Vec<u8> = value.iter().map(|_| 0).chain(children.iter().map(|(l, _)| *l)).collect();
        let base = builder.place(&labels)?;
        builder.units[unit] |= (base as u32) << 9;
        if let Some(value) = value {
            builder.units[unit] |= ENDS;
            builder.units[base] = value << 8;
        }
        for (label, range) in children {
            let child = base ^ usize::from(label);
            builder.units[child] = u32::from(label);
            open.push((range, depth + 1, child));
        }
    }
    Ok(builder.units.iter().flat_map(|u| u.to_le_bytes()).collect())
}

#[derive(Default)]
struct Builder {
    units: Vec<u32>,
    taken: Vec<bool>,
    /// Bases that belong to a node.
    based: Vec<bool>,
    /// The first block that is still searched; those before are nearly full.
    first: usize,
}

/// A base and its children share all but the low eight bits, so that they lie in one block.
const UNITS: usize = 256;
/// How many blocks are searched for room; older ones are given up.
const OPEN_BLOCKS: usize = 16;

impl Builder {
    fn grow(&mut self) {
        let size = self.units.len() + UNITS;
        self.units.resize(size, 0);
        self.taken.resize(size, false);
        self.based.resize(size, false);
        let blocks = size / UNITS;
        self.first = self.first.max(blocks.saturating_sub(OPEN_BLOCKS));
    }

    /// Finds and takes a base whose slots for all labels are free.
    fn place(&mut self, labels: &[u8]) -> Result<usize, String> {
        loop {
            let fits = |base: &usize| !self.based[*base] && labels.iter().all(|&l| !self.taken[base ^ usize::from(l)]);
            if let Some(base) = (self.first * UNITS..self.units.len()).find(fits) {
                self.based[base] = true;
                for &label in labels {
                    self.taken[base ^ usize::from(label)] = true;
                }
                return Ok(base);
            }
            if self.units.len() + UNITS > MAX_UNITS {
                return Err("the vocabulary is too large for the trie".into());
            }
            self.grow();
        }
    }
}

/// A trie as SentencePiece stores it in `precompiled_charsmap` (Darts-clone's units): label in bits 0..8 and 31, "a key
/// ends" in bit 8, the distance to the children in bits 10.., eight bits further when bit 9 is set.
#[derive(Clone, Copy)]
pub(crate) struct Darts<'a> {
    units: &'a [[u8; 4]],
}

impl<'a> Darts<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { units: bytes.as_chunks().0 }
    }

    fn unit(&self, i: u32) -> u32 {
        self.units.get(i as usize).map_or(0, |b| u32::from_le_bytes(*b))
    }

    /// The value of the shortest key that `text` begins with.
    pub fn shortest(&self, text: &[u8]) -> Option<u32> {
        let offset = |unit: u32| (unit >> 10) << ((unit & (1 << 9)) >> 6);
        let mut at = offset(self.unit(0));
        for &byte in text.iter().take_while(|&&b| b != 0) {
            at ^= u32::from(byte);
            let unit = self.unit(at);
            if unit & (1 << 31 | 0xff) != u32::from(byte) {
                return None;
            }
            at ^= offset(unit);
            if unit & ENDS != 0 {
                return Some(self.unit(at) & !(1 << 31));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_all_keys_that_a_text_begins_with() {
        let mut keys: Vec<String> = (0..3000u32).map(|i| format!("{i:b}")).collect();
        keys.extend(["中", "中国", "中国人", "\u{10ffff}"].map(String::from));
        keys.sort();
        keys.dedup();
        let pairs: Vec<(&[u8], u32)> = keys.iter().zip(0u32..).map(|(k, i)| (k.as_bytes(), i)).collect();
        let bytes = build(&pairs).unwrap();
        let trie = Trie::new(&bytes);
        for text in keys.iter().map(String::as_str).chain(["中国人民", "2", "", "10101010101010101", "中\0国"]) {
            let expected: Vec<u32> =
                pairs.iter().filter(|(k, _)| text.as_bytes().starts_with(k)).map(|(_, v)| *v).collect();
            let mut found = Vec::new();
            trie.prefixes(text.as_bytes(), |length, value| {
                assert_eq!(pairs[value as usize].0.len(), length);
                found.push(value);
            });
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn unsorted_and_empty_keys_are_refused() {
        assert!(build(&[(b"b", 0), (b"a", 1)]).is_err());
        assert!(build(&[(b"", 0)]).is_err());
        assert!(build(&[(b"a\0", 0)]).is_err());
    }

    #[test]
    fn damaged_bytes_find_nothing_and_do_not_panic() {
        for bytes in [&b""[..], &[0xff; 64], &[1, 2, 3]] {
            Trie::new(bytes).prefixes(b"abc", |_, _| {});
            Darts::new(bytes).shortest(b"abc");
        }
    }
}
