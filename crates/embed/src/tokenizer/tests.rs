//! The compiled tokenizer against the tokenizers crate, token by token. The real model's tokenizer is used when it was
//! pulled; a small one of the same build is always there.

use std::path::PathBuf;

use super::*;

/// A Unigram tokenizer.json with every feature of the real one: the vocabulary is tiny, the character map is made of
/// three rules.
fn small_json() -> String {
    let mut vocabulary: Vec<(String, f64)> = [
        ("<s>", 0.0),
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        ("▁", -3.5),
        ("中", -7.0),
        ("中国", -8.0),
        ("国", -7.5),
    ]
    .map(|(p, s)| (p.to_owned(), s))
    .to_vec();
    for (i, c) in ('a'..='z').chain('0'..='9').enumerate() {
        vocabulary.push((c.to_string(), -5.0 - i as f64 / 10.0));
    }
    for (i, piece) in
        ["▁the", "▁he", "the", "ing", "in", "an", "▁an", "新建", "煤矿", "130", "座", "é"].iter().enumerate()
    {
        vocabulary.push(((*piece).to_owned(), -6.0 - i as f64 / 7.0));
    }
    serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [
            {"id": 0, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
            {"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
        ],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled", "precompiled_charsmap": charsmap()},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        ]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}},
        },
        "decoder": null,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary},
    })
    .to_string()
}

/// "\n" -> " ", "\u{7f}" -> "", "e\u{301}" -> "é" in Darts-clone's units.
fn charsmap() -> String {
    use base64::Engine as _;
    let strings = b" \0\0\xc3\xa9\0";
    let mut units = [0u32; 1024];
    let offset = |d: u32| d << 10;
    // The root's children lie at 256 ^ byte.
    units[0] = offset(256);
    let mut leaf = |at: u32, label: u32, values_at: u32, value: u32| {
        units[at as usize] = label | 1 << 8 | offset(at ^ values_at);
        units[values_at as usize] = value | 1 << 31;
    };
    leaf(256 ^ 0x0a, 0x0a, 512, 0);
    leaf(256 ^ 0x7f, 0x7f, 513, 2);
    // "e" -> 0xcc -> 0x81
    leaf(768 ^ 0x81, 0x81, 514, 3);
    units[256 ^ 0x65] = 0x65 | offset((256 ^ 0x65) ^ 640);
    units[640 ^ 0xcc] = 0xcc | offset((640 ^ 0xcc) ^ 768);
    let mut bytes = (4 * units.len() as u32).to_le_bytes().to_vec();
    bytes.extend(units.iter().flat_map(|u| u.to_le_bytes()));
    bytes.extend(strings);
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

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
}

#[test]
fn a_small_tokenizer_gives_the_same_tokens_as_the_tokenizers_crate() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("tokenizer.json"), small_json()).unwrap();
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
    std::fs::write(dir.path().join("tokenizer.json"), small_json()).unwrap();
    let (fast, _) = both(dir.path());
    let expected = fast.encode("", "the thing").unwrap();
    for content in [&b""[..], b"WBTOKEN1", b"WBTOKEN1\xff\xff\xff\xff\xff\xff\xff\x7f", b"something else"] {
        std::fs::write(dir.path().join(COMPILED), content).unwrap();
        let (fast, _) = both(dir.path());
        assert_eq!(fast.encode("", "the thing").unwrap(), expected);
    }
}

#[test]
fn a_tokenizer_of_another_kind_goes_the_slow_way() {
    let dir = tempfile::tempdir().unwrap();
    let json =
        small_json().replace(r#""add_prefix_space":true"#, r#""add_prefix_space":false,"prepend_scheme":"never""#);
    std::fs::write(dir.path().join("tokenizer.json"), &json).unwrap();
    let tokenizer = Tokenizer::open(dir.path(), Some(&sha256(json.as_bytes()))).unwrap();
    assert!(matches!(tokenizer, Tokenizer::Reference(_)));
}
