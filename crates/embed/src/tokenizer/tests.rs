//! The compiled tokenizer against the tokenizers crate, token by token. The real model's tokenizer is used when it was
//! pulled; a small one of the same build is always there.

use std::path::PathBuf;

use super::*;
use crate::testing::tokenizer_json;

/// Both tokenizers of a directory that holds a tokenizer.json.
fn both(dir: &Path) -> (Tokenizer, Tokenizer) {
    let source = sha256(&std::fs::read(dir.join("tokenizer.json")).unwrap());
    let fast = Tokenizer::open(dir, Some(&source)).unwrap();
    assert!(matches!(fast, Tokenizer::Fast(_)), "the tokenizer was not compiled");
    (fast, Tokenizer::open(dir, None).unwrap())
}

fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "   ",
        "the thing",
        "  two  spaces   and a tail  ",
        "中国 新建煤矿130座。",
        "全角：ＡＢＣ１２３，（一）“四个一批”——",
        "a\u{301}e\u{301}\u{301} cafe\u{301} é ñ ü Å ﬁ ½ ㎡ ℃ ㈠ ① Ⅳ",
        "👩‍👩‍👧‍👦 🇨🇳 👍🏽 ☃️ 1️⃣",
        "ᄀ\u{1161}각 각 한국어 ไทย हिन्दी العربية עברית \u{600}12",
        "русский текст Ёё й и\u{306}",
        "ｶﾞｷﾞ が か\u{3099} ー・",
        "\u{0}\u{1}\u{7f}\u{80}\u{ad}\u{200b}\u{200d}\u{feff}\u{fffd}\u{e000}\u{10ffff}",
        "a\u{0}b\u{0}",
        "line\nline\r\nline\ttab\u{a0}nbsp\u{3000}wide\u{2028}",
        "▁a▁▁b▁ ▁",
        "<s>a</s> < s> <unk><mask> <<s>>",
        "＜ｓ＞",
        "𠀀𠮷 \u{20bb7}",
        "e\u{301}x\u{301}中\u{301}，\u{301}",
        "…‥—–‘’“”‰′″※℃Ω㎏",
        // Characters that vanish: first, last, after one that became several, several of them.
        "\u{7f}the",
        "\u{7f}\u{1}\u{7f}中国\u{7f}",
        "㎡\u{7f}\u{7f}a ½\u{1}\u{7f}\u{7f}b",
        "<s>\u{7f}a</s>\u{7f} \u{7f} b",
        "２０２５年\u{3000}\u{3000}新建１３０座\u{3000}",
        "ﷺ ㍿ ㌔㍍ ㋿ ｶﾞﾊﾟ",
        "한국어 문장입니다. 각각 값은 １２３이다.",
        "Сколько угольных шахт построят в 2025 году?",
    ]
    .map(String::from)
    .to_vec();
    // Random strings over ranges that matter, and random bytes.
    let mut state = 9u64;
    let mut random = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let ranges: [(u32, u64); 14] = [
        (0x20, 0x5f),
        (0, 0x20),
        (0x4e00, 0x5200),
        (0x300, 0x70),
        (0x3000, 0x100),
        (0xff00, 0xf0),
        (0x1f300, 0x300),
        (0x200b, 0x60),
        (0x400, 0x130),
        (0x600, 0x100),
        (0x900, 0x80),
        (0x1100, 0x100),
        (0xac00, 0x400),
        (0, 0x110000),
    ];
    for _ in 0..400 {
        let length = random(40);
        let kinds = 1 + random(4);
        texts.push(
            (0..length)
                .filter_map(|_| {
                    let (start, size) = ranges[(random(kinds) * 5 + kinds + length) as usize % ranges.len()];
                    char::from_u32(start + random(size) as u32)
                })
                .collect(),
        );
        let bytes: Vec<u8> = (0..length).map(|_| random(256) as u8).collect();
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    texts
}

fn assert_same(fast: &Tokenizer, reference: &Tokenizer, text: &str) {
    for prefix in ["", "query: "] {
        let (found, expected) = (fast.encode(prefix, text).unwrap(), reference.encode(prefix, text).unwrap());
        assert_eq!(found, expected, "{prefix}{text:?}");
    }
    for special in [false, true] {
        let (found, expected) = (fast.tokens(text, special).unwrap(), reference.tokens(text, special).unwrap());
        assert_eq!(found, expected, "{text:?}");
        let ranges = || found.ranges.iter().filter(|range| !range.is_empty());
        let forward = ranges().zip(ranges().skip(1)).all(|(a, b)| a.start <= b.start && a.end <= b.end);
        assert!(forward, "{text:?}: {:?}", found.ranges);
    }
}

#[test]
fn a_small_tokenizer_gives_the_same_tokens_as_the_tokenizers_crate() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("tokenizer.json"), tokenizer_json()).unwrap();
    let (fast, reference) = both(dir.path());
    for text in texts() {
        assert_same(&fast, &reference, &text);
    }
    // The rules of the small map do something.
    assert_eq!(fast.encode("", "e\u{301}").unwrap(), fast.encode("", "é").unwrap());
}

#[test]
fn the_real_tokenizer_gives_the_same_tokens_as_the_tokenizers_crate() {
    let dir = real_model();
    if !dir.join("tokenizer.json").is_file() {
        eprintln!("skipped: no model in {} (run `wenbao model pull`)", dir.display());
        return;
    }
    let (fast, reference) = both(&dir);
    for text in texts() {
        assert_same(&fast, &reference, &text);
    }
    // More texts, e.g. a folder of reports, can be given from outside.
    for path in std::env::var_os("WENBAO_TEXTS").iter().flat_map(|d| std::fs::read_dir(d).unwrap()) {
        let text = String::from_utf8_lossy(&std::fs::read(path.unwrap().path()).unwrap()).into_owned();
        for line in text.lines() {
            assert_same(&fast, &reference, line);
        }
        assert_same(&fast, &reference, &text);
    }
}

fn real_model() -> PathBuf {
    let found = crate::models::find_dir();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let dir = if found.is_dir() { found } else { here };
    dir.join("multilingual-e5-small")
}

#[test]
fn a_stale_or_damaged_compiled_file_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("tokenizer.json"), tokenizer_json()).unwrap();
    let (fast, _) = both(dir.path());
    let expected = fast.encode("", "the thing").unwrap();
    let good = std::fs::read(dir.path().join(COMPILED)).unwrap();
    let mut damaged: Vec<Vec<u8>> = [&b""[..], b"WBTOKEN2", b"WBTOKEN1\xff", b"something else"].map(Vec::from).into();
    damaged.extend((0..good.len()).step_by(501).map(|cut| good[..cut].to_vec()));
    damaged.extend((0..good.len()).step_by(499).map(|at| {
        let mut flipped = good.clone();
        flipped[at] ^= 1 << (at % 8);
        flipped
    }));
    for content in damaged {
        std::fs::write(dir.path().join(COMPILED), content).unwrap();
        let (fast, _) = both(dir.path());
        assert_eq!(fast.encode("", "the thing").unwrap(), expected);
        assert_eq!(std::fs::read(dir.path().join(COMPILED)).unwrap(), good);
    }
}

#[test]
fn a_compiled_file_that_is_not_what_it_claims_is_found_out() {
    let dir = tempfile::tempdir().unwrap();
    let json = tokenizer_json();
    let source = sha256(json.as_bytes());
    std::fs::write(dir.path().join("tokenizer.json"), &json).unwrap();
    both(dir.path());
    assert!(!is_forged(dir.path(), &source));
    let other = json.replace("130", "131");
    compiled::compile(other.as_bytes(), &source, &dir.path().join(COMPILED)).unwrap();
    assert!(is_forged(dir.path(), &source));
    std::fs::remove_file(dir.path().join(COMPILED)).unwrap();
    assert!(!is_forged(dir.path(), &source));
}

#[test]
fn a_tokenizer_of_another_kind_goes_the_slow_way() {
    let dir = tempfile::tempdir().unwrap();
    let json =
        tokenizer_json().replace(r#""add_prefix_space":true"#, r#""add_prefix_space":false,"prepend_scheme":"never""#);
    std::fs::write(dir.path().join("tokenizer.json"), &json).unwrap();
    let tokenizer = Tokenizer::open(dir.path(), Some(&sha256(json.as_bytes()))).unwrap();
    assert!(matches!(tokenizer, Tokenizer::Reference(_)));
}
