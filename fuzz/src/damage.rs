//! How an input is damaged.

/// Pieces that readers treat in a special way.
const TOKENS: &[&str] = &[
    "\n",
    "\n\n",
    "　　",
    "一、",
    "（一）",
    "——",
    "。",
    "，",
    "“",
    "”",
    "1.45亿",
    "百分之八点五",
    "2024年",
    "“十四五”末",
    "分别达到",
    "、",
    "%",
    "60%-70%",
    "\u{200b}",
    "\u{202e}",
    "\0",
    "<p>",
    "</table>",
    "<td>",
    "&amp;",
    "&#xD800;",
    "<w:tbl>",
    "</w:p>",
    "<w:t>",
    "BT",
    "ET",
    "[(a)-99999999999(b)]TJ",
    "1 0 R",
    "<</",
    ">>",
    "stream",
    "endobj",
    "/ToUnicode",
    "beginbfrange",
    "<0000><ffff><0000>",
    "999999999999",
    "-1",
    "万亿万亿万亿",
    "一一一一一一一一",
    "第",
    "各位代表",
];

/// xorshift64*: small, fast and repeatable (Vigna, "An experimental exploration of Marsaglia's xorshift generators").
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// An input of the corpus with up to nine things done to it.
pub fn damaged(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        match random.below(8) {
            0 => bytes.truncate(at.max(4)),
            1 | 2 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            3 if at < bytes.len() => bytes[at] = random.next() as u8,
            4 => {
                let end = (at + random.below(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                let piece = other[from..(from + random.below(400)).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => {
                let end = (at + random.below(200)).min(bytes.len());
                let piece = bytes[at..end].repeat(1 + random.below(20));
                bytes.splice(at..at, piece);
            }
            _ => {
                let token = TOKENS[random.below(TOKENS.len())];
                bytes.splice(at..at, token.bytes());
            }
        }
    }
    bytes
}
