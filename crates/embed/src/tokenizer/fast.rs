//! Encoding with a compiled tokenizer, token by token what the tokenizers crate gives.

use unicode_segmentation::UnicodeSegmentation;

use super::compiled::Compiled;

const SPACE: char = '▁';

/// The ids of a text, special tokens included.
pub(super) fn encode(tokenizer: &Compiled, text: &str) -> Vec<u32> {
    let header = &tokenizer.header;
    let mut ids = header.before.clone();
    let mut buffers = Buffers::default();
    // Special tokens are found in the raw text; what is between them is tokenized by itself.
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find('<') {
        let at = from + at;
        match header.special.iter().find(|(content, _)| rest[at..].starts_with(content)) {
            Some((content, id)) => {
                encode_plain(tokenizer, &rest[..at], &mut buffers, &mut ids);
                ids.push(*id);
                rest = &rest[at + content.len()..];
                from = 0;
            }
            None => from = at + 1,
        }
    }
    encode_plain(tokenizer, rest, &mut buffers, &mut ids);
    ids.extend_from_slice(&header.after);
    ids
}

#[derive(Default)]
struct Buffers {
    normal: String,
    spaced: String,
    best: Vec<Best>,
    backwards: Vec<u32>,
}

/// The best way to split what comes before a position.
#[derive(Clone, Copy)]
struct Best {
    score: f64,
    /// Where its last token begins; none as long as no token ends here.
    start: Option<u32>,
    id: u32,
}

fn encode_plain(tokenizer: &Compiled, text: &str, buffers: &mut Buffers, ids: &mut Vec<u32>) {
    buffers.normal.clear();
    normalize(tokenizer, text, &mut buffers.normal);
    if buffers.normal.is_empty() {
        return;
    }
    // Spaces become SPACE, one stands in front.
    let spaced = &mut buffers.spaced;
    spaced.clear();
    if !buffers.normal.starts_with([' ', SPACE]) {
        spaced.push(SPACE);
    }
    let mut after_space = false;
    for c in buffers.normal.chars() {
        let is_space = c == ' ';
        if !is_space {
            spaced.push(c);
        } else if !(after_space && tokenizer.header.collapse_spaces) {
            spaced.push(SPACE);
        }
        after_space = is_space;
    }
    // Every SPACE begins a word; words are split one by one.
    let mut rest = spaced.as_str();
    while let Some(first) = rest.chars().next() {
        let end = rest[first.len_utf8()..].find(SPACE).map_or(rest.len(), |at| first.len_utf8() + at);
        let (word, later) = rest.split_at(end);
        split_word(tokenizer, word, &mut buffers.best, &mut buffers.backwards);
        ids.extend(buffers.backwards.iter().rev());
        rest = later;
    }
}

/// Viterbi's algorithm over the pieces that the word is made of; the ids come out last first. Neighbouring unknown
/// characters make one unknown token. Among equal scores the first one found stays, as in SentencePiece.
fn split_word(tokenizer: &Compiled, word: &str, best: &mut Vec<Best>, backwards: &mut Vec<u32>) {
    let (header, pieces, scores) = (&tokenizer.header, tokenizer.pieces(), tokenizer.scores());
    best.clear();
    best.resize(word.len() + 1, Best { score: 0.0, start: None, id: 0 });
    for (start, c) in word.char_indices() {
        let until_here = best[start].score;
        let mut offer = |end: usize, id: u32, score: f64| {
            let target = &mut best[end];
            let score = score + until_here;
            if target.start.is_none() || score > target.score {
                *target = Best { score, start: u32::try_from(start).ok(), id };
            }
        };
        let mut has_single = false;
        pieces.prefixes(&word.as_bytes()[start..], |length, id| {
            // A damaged file may name a piece that is not there.
            if let Some(score) = scores.get(id as usize) {
                offer(start + length, id, f64::from_le_bytes(*score));
            }
            has_single |= length == c.len_utf8();
        });
        if !has_single {
            offer(start + c.len_utf8(), header.unknown, header.unknown_score);
        }
    }
    backwards.clear();
    let mut end = word.len();
    while end > 0 {
        let Best { start, id, .. } = best[end];
        if !(id == header.unknown && backwards.last() == Some(&id)) {
            backwards.push(id);
        }
        // Every character's end is reached, at the latest by the unknown token.
        end = start.map_or(0, |s| s as usize);
    }
}

/// SentencePiece's character map, the way the tokenizers crate applies it: to whole grapheme clusters of less than six
/// bytes first, then to single characters. Mostly nothing changes, and mostly a cluster is one character.
fn normalize(tokenizer: &Compiled, text: &str, out: &mut String) {
    let map = |part: &str| {
        let at = tokenizer.map_trie().shortest(part.as_bytes())? as usize;
        let rest = tokenizer.map_strings().get(at..)?;
        let end = rest.iter().position(|&b| b == 0).unwrap_or(rest.len());
        std::str::from_utf8(&rest[..end]).ok()
    };
    let by_character = |text: &str, out: &mut String| {
        let mut buffer = [0; 4];
        for c in text.chars() {
            match map(c.encode_utf8(&mut buffer)) {
                Some(other) => out.push_str(other),
                None => out.push(c),
            }
        }
    };
    let mut rest = text;
    while !rest.is_empty() {
        // Between two plain characters there is always a boundary. So a stretch of them can be taken as it is, but for
        // the last one before something else.
        let mut last = 0;
        let plain = rest.char_indices().find(|(i, c)| {
            if is_plain(*c) {
                last = *i;
            }
            !is_plain(*c)
        });
        let Some((odd, _)) = plain else {
            by_character(rest, out);
            return;
        };
        let start = if odd == 0 { 0 } else { last };
        by_character(&rest[..start], out);
        // The odd stretch: from the plain character before it to the one after it, both included.
        let end =
            rest[odd..].char_indices().find(|(_, c)| is_plain(*c)).map_or(rest.len(), |(i, c)| odd + i + c.len_utf8());
        let mut done = start;
        for cluster in rest[start..end].graphemes(true) {
            // The last plain character may continue with what follows; it is looked at again, unless it is bound already.
            let is_last = done + cluster.len() == end && end < rest.len();
            if is_last && cluster.chars().count() == 1 {
                break;
            }
            match Some(cluster).filter(|c| c.len() < 6).and_then(map) {
                Some(other) => out.push_str(other),
                None => by_character(cluster, out),
            }
            done += cluster.len();
        }
        rest = &rest[done..];
    }
}

/// Characters that are a grapheme cluster of their own next to any other of them: printable ASCII, Latin and Cyrillic
/// letters, Chinese and Japanese characters and the punctuation of Chinese text.
fn is_plain(c: char) -> bool {
    matches!(u32::from(c),
        0x20..=0x7e | 0xc0..=0x24f | 0x400..=0x481 | 0x48a..=0x52f
        | 0x2010..=0x2027 | 0x3000..=0x3029 | 0x3041..=0x3094 | 0x30a1..=0x30fa
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xff01..=0xff5e)
}
