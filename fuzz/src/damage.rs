//! How an input is damaged.

use serde_json::{Value, json};

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

/// A JSON text, still JSON, with one to three of its values replaced, doubled or taken out; none where it is no JSON.
pub fn altered_json(text: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(text).ok()?;
    for _ in 0..=random.below(3) {
        alter(&mut value, random);
    }
    serde_json::to_vec(&value).ok()
}

fn alter(value: &mut Value, random: &mut Random) {
    let deeper = random.below(4) != 0;
    match value {
        Value::Object(map) if deeper && !map.is_empty() => {
            let key = map.keys().nth(random.below(map.len())).cloned().unwrap_or_default();
            if random.below(8) == 0 {
                map.remove(&key);
            } else if let Some(value) = map.get_mut(&key) {
                alter(value, random);
            }
        }
        Value::Array(list) if deeper && !list.is_empty() => {
            let at = random.below(list.len());
            match random.below(8) {
                0 => drop(list.remove(at)),
                1 => list.extend(vec![list[at].clone(); 1 + random.below(300)]),
                _ => alter(&mut list[at], random),
            }
        }
        Value::String(text) if deeper => {
            let bytes = damaged(&[text.clone().into_bytes()], random);
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
        _ => *value = strange(random),
    }
}

/// Values that nobody expects.
fn strange(random: &mut Random) -> Value {
    match random.below(16) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(0),
        4 => json!(1e308),
        5 => json!(u64::MAX),
        6 => json!(i64::MIN),
        7 => json!(0.5),
        8 => json!(""),
        9 => json!("\u{0}\u{202e}\u{feff}"),
        10 => json!("多".repeat(1 + random.below(3_000))),
        11 => json!([]),
        12 => json!({}),
        13 => json!([[["x"], null], {}]),
        14 => json!({ "type": "text", "text": 5 }),
        _ => json!(random.below(200)),
    }
}
