//! tokenizer.bin: a Unigram tokenizer.json compiled into one file that is used as it is read.
//!
//! Layout: the magic number, u64 CRC-32 of all that follows, u64 length of a JSON header, the header, then the sections
//! that the header places (offsets from the file's start, multiples of 8): the trie of pieces, their scores (f64),
//! SentencePiece's character map (a trie and the strings that it points to). All numbers little endian. It is derived from
//! tokenizer.json, whose SHA-256 it carries, and made anew when it is missing, stale or damaged.

use std::{collections::BTreeMap, ops::Range, path::Path};

use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::trie;
use crate::{Error, models::manifest::write_whole};

const MAGIC: &[u8; 8] = b"WBTOKEN2";
/// What comes before the header: the magic number, the CRC, the length.
const FRONT: usize = MAGIC.len() + 8 + 8;

/// What is not bulk data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// SHA-256 of the tokenizer.json.
    pub source: String,
    /// The id of what no piece covers.
    pub unknown: u32,
    /// The score of that: the lowest of all pieces less 10, as SentencePiece has it.
    pub unknown_score: f64,
    /// Ids before and after every text.
    pub before: Vec<u32>,
    pub after: Vec<u32>,
    /// Texts that are one token wherever they stand, e.g. "<s>".
    pub special: Vec<(String, u32)>,
    /// Whether runs of spaces count as one.
    pub collapse_spaces: bool,
    pieces: Range<usize>,
    scores: Range<usize>,
    map_trie: Range<usize>,
    map_strings: Range<usize>,
}

/// A tokenizer.bin in memory.
pub(crate) struct Compiled {
    bytes: Vec<u8>,
    pub header: Header,
}

impl Compiled {
    /// Reads the file; none when it is missing, damaged or made from another tokenizer.json. It is read and not mapped, so
    /// that a file that is cut while it is in use ends nothing: 6 MB take 1 to 4 ms, of which the CRC is less than 1.
    pub fn open(path: &Path, source: &str) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let rest = bytes.strip_prefix(MAGIC)?;
        let (crc, rest) = rest.split_first_chunk::<8>()?;
        if u64::from_le_bytes(*crc) != u64::from(crc32fast::hash(rest)) {
            return None;
        }
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let header: Header = serde_json::from_slice(rest.get(..length)?).ok()?;
        let sections = [&header.pieces, &header.scores, &header.map_trie, &header.map_strings];
        let fits = sections.iter().all(|s| s.start <= s.end && s.end <= bytes.len());
        (fits && header.source == source).then_some(Self { bytes, header })
    }

    /// Whether this is what `tokenizer.json` (its bytes) compiles to.
    pub fn is_from(&self, json: &[u8]) -> bool {
        to_bytes(json, &self.header.source).is_ok_and(|bytes| bytes == self.bytes)
    }

    pub fn pieces(&self) -> trie::Trie<'_> {
        trie::Trie::new(&self.bytes[self.header.pieces.clone()])
    }

    /// The score of each piece.
    pub fn scores(&self) -> &[[u8; 8]] {
        self.bytes[self.header.scores.clone()].as_chunks().0
    }

    pub fn map_trie(&self) -> trie::Darts<'_> {
        trie::Darts::new(&self.bytes[self.header.map_trie.clone()])
    }

    pub fn map_strings(&self) -> &[u8] {
        &self.bytes[self.header.map_strings.clone()]
    }
}

/// Compiles `tokenizer.json` (its bytes; `source` is their SHA-256) to `target`, under a temporary name until it is
/// complete.
///
/// # Errors
/// [`Error::Tokenize`] with the reason when it is not a tokenizer of the kind that this format holds.
pub(super) fn compile(json: &[u8], source: &str, target: &Path) -> Result<(), Error> {
    let bytes = to_bytes(json, source).map_err(|reason| Error::Tokenize(format!("tokenizer.json: {reason}")))?;
    write_whole(target, &bytes)
}

fn to_bytes(json: &[u8], source: &str) -> Result<Vec<u8>, String> {
    let json: Value = serde_json::from_slice(json).map_err(|e| e.to_string())?;
    let (charsmap, collapse_spaces) = normalizer(&json["normalizer"])?;
    check_metaspace(&json["pre_tokenizer"])?;
    let (before, after) = template(&json["post_processor"])?;
    let special = special(&json["added_tokens"])?;

    let model = &json["model"];
    expect(model["type"] == "Unigram" && model["byte_fallback"] != true, "the model is not a plain Unigram")?;
    let vocabulary = model["vocab"].as_array().ok_or("the model has no vocabulary")?;
    let mut scores = Vec::with_capacity(8 * vocabulary.len());
    let mut lowest = f64::INFINITY;
    // Sorted; of pieces that occur twice the last one counts, as in the tokenizers crate.
    let mut pieces = BTreeMap::new();
    for (id, entry) in (0u32..).zip(vocabulary) {
        let piece = entry[0].as_str().ok_or("a piece is not a string")?;
        let score = entry[1].as_f64().ok_or("a score is not a number")?;
        lowest = lowest.min(score);
        scores.extend(score.to_le_bytes());
        if !piece.is_empty() {
            pieces.insert(piece.as_bytes(), id);
        }
    }
    let unknown = model["unk_id"].as_u64().and_then(|id| u32::try_from(id).ok()).ok_or("there is no unknown token")?;
    let pieces = trie::build(&pieces.into_iter().collect::<Vec<_>>())?;

    // The character map: u32 length of its trie, the trie, strings that end with a zero byte.
    let (length, rest) = charsmap.split_first_chunk::<4>().ok_or("the character map is cut short")?;
    let length = u32::from_le_bytes(*length) as usize;
    let (map_trie, map_strings) = rest.split_at_checked(length).ok_or("the character map is cut short")?;

    let mut body = Vec::new();
    let mut place = |bytes: &[u8]| {
        let start = body.len();
        body.extend_from_slice(bytes);
        body.resize(body.len().next_multiple_of(8), 0);
        start..start + bytes.len()
    };
    let mut header = Header {
        source: source.to_owned(),
        unknown,
        unknown_score: lowest - 10.0,
        before,
        after,
        special,
        collapse_spaces,
        pieces: place(&pieces),
        scores: place(&scores),
        map_trie: place(map_trie),
        map_strings: place(map_strings),
    };
    // Offsets count from the file's start, so that the header's own length matters: a fixed room is kept for it.
    let room = serde_json::to_vec(&header).map_err(|e| e.to_string())?.len() + 128;
    let room = (FRONT + room).next_multiple_of(64) - FRONT;
    for section in [&mut header.pieces, &mut header.scores, &mut header.map_trie, &mut header.map_strings] {
        let start = FRONT + room;
        *section = section.start + start..section.end + start;
    }
    let mut text = serde_json::to_vec(&header).map_err(|e| e.to_string())?;
    text.resize(room, b' ');
    let mut out = MAGIC.to_vec();
    out.extend([0; 8]);
    out.extend((room as u64).to_le_bytes());
    out.extend(text);
    out.extend(body);
    let crc = crc32fast::hash(&out[MAGIC.len() + 8..]);
    out[MAGIC.len()..MAGIC.len() + 8].copy_from_slice(&u64::from(crc).to_le_bytes());
    Ok(out)
}

fn expect(condition: bool, otherwise: &str) -> Result<(), String> {
    if condition { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// The character map, and whether runs of spaces become one.
fn normalizer(json: &Value) -> Result<(Vec<u8>, bool), String> {
    let single = [json.clone()];
    let steps =
        if json["type"] == "Sequence" { json["normalizers"].as_array().map(Vec::as_slice) } else { Some(&single[..]) };
    let (map, collapse) = match steps {
        Some([map]) => (map, false),
        Some([map, spaces]) => {
            let known =
                spaces["type"] == "Replace" && spaces["pattern"]["Regex"] == " {2,}" && spaces["content"] == " ";
            expect(known, "the normalizer's second step is unknown")?;
            (map, true)
        }
        _ => return Err("the normalizer is unknown".into()),
    };
    let map = map["precompiled_charsmap"].as_str().filter(|_| map["type"] == "Precompiled");
    let map = base64::engine::general_purpose::STANDARD.decode(map.ok_or("the normalizer has no character map")?);
    Ok((map.map_err(|e| e.to_string())?, collapse))
}

/// Spaces become "▁", one is put in front, words are split before it.
fn check_metaspace(json: &Value) -> Result<(), String> {
    let always =
        json["prepend_scheme"] == "always" || (json["prepend_scheme"].is_null() && json["add_prefix_space"] != false);
    let known = json["type"] == "Metaspace" && json["replacement"] == "▁" && json["split"] != false && always;
    expect(known, "the pre-tokenizer is not the plain Metaspace")
}

/// The ids before and after a single text.
fn template(json: &Value) -> Result<(Vec<u32>, Vec<u32>), String> {
    expect(json["type"] == "TemplateProcessing", "the post-processor is not a template")?;
    let (mut before, mut after, mut seen) = (Vec::new(), Vec::new(), false);
    for step in json["single"].as_array().ok_or("the template is empty")? {
        if step["Sequence"]["id"] == "A" {
            seen = true;
            continue;
        }
        let name = step["SpecialToken"]["id"].as_str().ok_or("the template has an unknown step")?;
        let ids = json["special_tokens"][name]["ids"].as_array().ok_or("a special token has no id")?;
        let ids = ids.iter().map(|id| id.as_u64().and_then(|id| u32::try_from(id).ok()));
        let ids: Option<Vec<u32>> = ids.collect();
        if seen { &mut after } else { &mut before }.extend(ids.ok_or("a special token's id is not a number")?);
    }
    expect(seen, "the template has no place for the text")?;
    Ok((before, after))
}

fn special(json: &Value) -> Result<Vec<(String, u32)>, String> {
    let mut all = Vec::new();
    for token in json.as_array().into_iter().flatten() {
        let plain = ["single_word", "lstrip", "rstrip", "normalized"].iter().all(|flag| token[*flag] != true);
        expect(plain, "an added token has options")?;
        let id = token["id"].as_u64().and_then(|id| u32::try_from(id).ok());
        let content = token["content"].as_str().filter(|c| c.starts_with('<'));
        all.push(content.map(str::to_owned).zip(id).ok_or("an added token is unlike <this>")?);
    }
    // The longest first, for whoever looks for the first that fits.
    all.sort_by_key(|(content, _)| std::cmp::Reverse(content.len()));
    Ok(all)
}
