//! Encoding with a compiled tokenizer, token by token and offset by offset what the tokenizers crate gives.

use unicode_segmentation::UnicodeSegmentation;

use super::{Tokens, compiled::Compiled};

const SPACE: char = '▁';

/// The tokens of a text; with `special` the tokens before and after every text too, whose ranges are empty.
pub(super) fn encode(tokenizer: &Compiled, text: &str, special: bool) -> Tokens {
    let header = &tokenizer.header;
    let mut out = Tokens::default();
    if special {
        header.before.iter().for_each(|&id| out.push(id, 0..0));
    }
    let mut buffers = Buffers::default();
    // Special tokens are found in the raw text; what is between them is tokenized by itself.
    let mut rest = text;
    let mut from = 0;
    // Characters before `rest`.
    let mut done = 0;
    while let Some(at) = rest[from..].find('<') {
        let at = from + at;
        match header.special.iter().find(|(content, _)| rest[at..].starts_with(content)) {
            Some((content, id)) => {
                done += encode_plain(tokenizer, &rest[..at], done, &mut buffers, &mut out);
                let length = content.chars().count();
                out.push(*id, done..done + length);
                done += length;
                rest = &rest[at + content.len()..];
                from = 0;
            }
            None => from = at + 1,
        }
    }
    encode_plain(tokenizer, rest, done, &mut buffers, &mut out);
    if special {
        header.after.iter().for_each(|&id| out.push(id, 0..0));
    }
    out
}

#[derive(Default)]
struct Buffers {
    normal: Normal,
    spaced: String,
    /// For every byte of `spaced` the character of the text that it comes from.
    origins: Vec<usize>,
    best: Vec<Best>,
    /// Tokens of a word, last first: their ids and where they begin.
    backwards: Vec<(u32, usize)>,
}

/// A text after the character map, and what became of each character.
#[derive(Default)]
struct Normal {
    text: String,
    /// One for every character of `text`: 1 if it was added, else it replaces a character and, if the number is below 0, so
    /// many more that come after that.
    changes: Vec<isize>,
}

impl Normal {
    fn clear(&mut self) {
        self.text.clear();
        self.changes.clear();
    }

    /// A character that stays as it is.
    fn keep(&mut self, c: char) {
        self.text.push(c);
        self.changes.push(0);
    }

    /// Other characters in the place of `old`. Which of them counts as added, and that characters which vanish count for
    /// the one before (if there is any), is as the tokenizers crate has it.
    fn replace(&mut self, old: &str, new: &str) {
        let (old, new_count) = (old.chars().count(), new.chars().count());
        self.text.push_str(new);
        self.changes.extend((0..new_count).map(|i| isize::from(i >= old)));
        if let Some(last) = self.changes.last_mut().filter(|_| new_count < old) {
            *last -= (old - new_count) as isize;
        }
    }

    /// The characters, each with the one that it comes from, counted from the start of the text.
    fn characters(&self) -> impl Iterator<Item = (char, usize)> {
        let mut next = 0;
        self.text.chars().zip(&self.changes).map(move |(c, &change)| {
            if change > 0 {
                // It shares the origin of the character before it.
                return (c, usize::saturating_sub(next, 1));
            }
            let origin = next;
            next += 1 + change.unsigned_abs();
            (c, origin)
        })
    }
}

/// The best way to split what comes before a position.
#[derive(Clone, Copy)]
struct Best {
    score: f64,
    /// Where its last token begins; none as long as no token ends here.
    start: Option<u32>,
    id: u32,
}

/// Adds the tokens of a text without special ones. It begins at character `offset` of the whole; gives the number of its
/// characters.
fn encode_plain(tokenizer: &Compiled, text: &str, offset: usize, buffers: &mut Buffers, out: &mut Tokens) -> usize {
    let Buffers { normal, spaced, origins, best, backwards } = buffers;
    normal.clear();
    normalize(tokenizer, text, normal);
    // Spaces become SPACE, one stands in front. Of a run of spaces that counts as one it is the last that stays.
    spaced.clear();
    origins.clear();
    let mut push = |c: char, origin: usize| {
        spaced.push(c);
        origins.resize(spaced.len(), origin);
    };
    let mut characters = normal.characters().peekable();
    if let Some(&(first, origin)) = characters.peek()
        && !matches!(first, ' ' | SPACE)
    {
        push(SPACE, origin);
    }
    while let Some((c, origin)) = characters.next() {
        let is_space = c == ' ';
        if !is_space {
            push(c, origin);
        } else if !(tokenizer.header.collapse_spaces && characters.peek().is_some_and(|(next, _)| *next == ' ')) {
            push(SPACE, origin);
        }
    }
    // Every SPACE begins a word; words are split one by one.
    let mut start = 0;
    while let Some(first) = spaced[start..].chars().next() {
        let inside = start + first.len_utf8();
        let end = spaced[inside..].find(SPACE).map_or(spaced.len(), |at| inside + at);
        split_word(tokenizer, &spaced[start..end], best, backwards);
        for i in (0..backwards.len()).rev() {
            let (id, from) = backwards[i];
            let to = if i == 0 { end - start } else { backwards[i - 1].1 };
            out.push(id, offset + origins[start + from]..offset + origins[start + to - 1] + 1);
        }
        start = end;
    }
    text.chars().count()
}

/// Viterbi's algorithm over the pieces that the word is made of; the ids come out last first. Neighbouring unknown
/// characters make one unknown token. Among equal scores the first one found stays, as in SentencePiece.
fn split_word(tokenizer: &Compiled, word: &str, best: &mut Vec<Best>, backwards: &mut Vec<(u32, usize)>) {
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
        // Every character's end is reached, at the latest by the unknown token.
        end = start.map_or(0, |s| s as usize);
        match backwards.last_mut() {
            Some(last) if id == header.unknown && last.0 == id => last.1 = end,
            _ => backwards.push((id, end)),
        }
    }
}

/// SentencePiece's character map, the way the tokenizers crate applies it: to whole grapheme clusters of less than six
/// bytes first, then to single characters. Mostly nothing changes, and mostly a cluster is one character.
fn normalize(tokenizer: &Compiled, text: &str, out: &mut Normal) {
    let map = |part: &str| {
        let at = tokenizer.map_trie().shortest(part.as_bytes())? as usize;
        let rest = tokenizer.map_strings().get(at..)?;
        let end = rest.iter().position(|&b| b == 0).unwrap_or(rest.len());
        std::str::from_utf8(&rest[..end]).ok()
    };
    let by_character = |text: &str, out: &mut Normal| {
        let mut buffer = [0; 4];
        for c in text.chars() {
            let part = c.encode_utf8(&mut buffer);
            match map(part) {
                Some(other) => out.replace(part, other),
                None => out.keep(c),
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
                Some(other) => out.replace(cluster, other),
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
