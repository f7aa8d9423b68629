//! The tokenizer of the lexical index. Documents and questions both go through it.

use std::sync::LazyLock;

use jieba_rs::Jieba;
use wenbao_lang::fold::fold;
use wenbao_lang::han::is_han;

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Reads the dictionary, which takes some tenths of a second, once a process: called beside other work it costs no wait.
pub fn prepare() {
    LazyLock::force(&JIEBA);
}

/// How Chinese is cut; the comparison is in docs/EVALUATION-lexical.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Words of jieba's search mode: long words also give their parts.
    Words,
    /// Pairs of neighbouring characters.
    Bigrams,
    /// Both; a word of two characters counts once.
    Both,
}

/// The terms of a text, in order, repeated as often as they occur. Folded first: width, case and separators of
/// thousands make no difference. Marks and single spaces give no terms.
pub fn terms(text: &str) -> Vec<String> {
    cut(text, Cut::Both)
}

/// Whether a general dictionary of Chinese has this word.
pub fn is_word(word: &str) -> bool {
    JIEBA.has_word(word)
}

/// Where the words of a text begin, in Unicode scalar values, ascending; its length is the last.
pub fn word_bounds(text: &str) -> Vec<usize> {
    let mut bounds = vec![0];
    for word in JIEBA.cut(text, true) {
        bounds.push(bounds.last().copied().unwrap_or(0) + word.word.chars().count());
    }
    bounds
}

/// [`terms`], cut in a way of one's choice.
pub fn cut(text: &str, how: Cut) -> Vec<String> {
    let folded = fold(text);
    let mut terms = Vec::with_capacity(folded.len() / 3);
    if how != Cut::Bigrams {
        for word in JIEBA.cut_for_search(&folded, true) {
            let word = word.word;
            if word.chars().any(char::is_alphanumeric) {
                terms.push(word.trim().to_owned());
            }
        }
    }
    if how != Cut::Words {
        push_bigrams(&folded, how == Cut::Both, &mut terms);
    }
    terms
}

/// Pairs of neighbouring Han characters; a run of letters or digits is one term, and so is a lone character.
/// With `words` there are words already: only the pairs that are not among them are added.
fn push_bigrams(text: &str, words: bool, terms: &mut Vec<String>) {
    let known: std::collections::HashSet<String> =
        if words { terms.iter().cloned().collect() } else { std::collections::HashSet::new() };
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        let mut rest = run;
        while let Some(first) = rest.chars().next() {
            let same = is_han(first);
            let end = rest.find(|c: char| is_han(c) != same).unwrap_or(rest.len());
            let (part, tail) = rest.split_at(end);
            rest = tail;
            if !same {
                if !words {
                    terms.push(part.to_owned());
                }
                continue;
            }
            let starts: Vec<usize> = part.char_indices().map(|(at, _)| at).chain([part.len()]).collect();
            if starts.len() == 2 && !words {
                terms.push(part.to_owned());
            }
            for pair in starts.windows(3) {
                let pair = &part[pair[0]..pair[2]];
                if !known.contains(pair) {
                    terms.push(pair.to_owned());
                }
            }
        }
    }
}
