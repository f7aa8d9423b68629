//! The tables of `data/*.tsv` and the matchers made of them.
//!
//! A line is a *concept*: Chinese words (the likeliest first), its class, and how English, Japanese, Korean and Russian say it,
//! tab-separated; several ways are separated by `|`. Empty cells, blank lines and lines that begin with `#` are fine.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Language, english_words, han, japanese, russian_words};

const TABLES: &[&str] = &[
    include_str!("data/function.tsv"),
    include_str!("data/places.tsv"),
    include_str!("data/units.tsv"),
    include_str!("data/verbs.tsv"),
    include_str!("data/economy.tsv"),
    include_str!("data/industry.tsv"),
    include_str!("data/countryside.tsv"),
    include_str!("data/people.tsv"),
    include_str!("data/state.tsv"),
    include_str!("data/world.tsv"),
    include_str!("data/topics.tsv"),
    include_str!("data/words.tsv"),
    include_str!("data/things.tsv"),
    include_str!("data/phrases_economy.tsv"),
    include_str!("data/phrases_industry.tsv"),
    include_str!("data/phrases_land.tsv"),
    include_str!("data/phrases_people.tsv"),
    include_str!("data/phrases_state.tsv"),
    include_str!("data/phrases_words.tsv"),
];

/// What a concept does in a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// A word of the topic, with the measure word that counts it, if it has a particular one.
    Noun(Option<&'static str>),
    /// An action that Chinese puts before its object ("新建").
    Before,
    /// A change or a state that Chinese puts after its subject ("增长").
    After,
    /// A word that tells plan from result and comes before the topic ("计划").
    StatusBefore,
    /// A word that tells plan from result and comes after the topic ("目标").
    StatusAfter,
    /// A unit that may follow "how many".
    Unit,
    /// A whole time phrase ("去年").
    Time,
    /// A province-level division, with its one-character abbreviation, or the nation.
    Province(Option<&'static str>),
    /// A city below it.
    City,
    /// A question word of this kind.
    Ask(Asked),
    /// A word that joins noun phrases so that the later one comes first in Chinese ("of").
    Link,
    /// "and".
    And,
    /// A word between noun phrases that belong to different parts of the sentence.
    Break,
    /// A word without content.
    Stop,
}

/// What a question word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    /// An amount or a count ("how many"); what follows may be its unit.
    Many,
    /// A rate or a share.
    Rate,
    /// A thing, or an amount, as the topic decides ("what").
    What,
    /// One of several ("which"); what follows is of what.
    Which,
    /// A fixed Chinese question phrase, the concept's first word.
    Fixed,
    /// Whether.
    YesNo,
    /// A list of several ("which ones").
    List,
}

/// A line of the tables.
#[derive(Debug)]
pub(super) struct Concept {
    /// What it does.
    pub class: Class,
    /// Chinese words, the likeliest first; may be empty for words without content.
    pub targets: Vec<&'static str>,
}

impl Concept {
    /// The Chinese word that the gloss uses.
    pub fn target(&self) -> &'static str {
        self.targets.first().copied().unwrap_or("")
    }
}

fn class(cell: &'static str) -> Option<Class> {
    let (name, detail) = match cell.split_once(':') {
        Some((name, detail)) => (name, Some(detail)),
        None => (cell, None),
    };
    Some(match (name, detail) {
        ("n", measure) => Class::Noun(measure),
        ("b", None) => Class::Before,
        ("a", None) => Class::After,
        ("s", None) => Class::StatusBefore,
        ("g", None) => Class::StatusAfter,
        ("u", None) => Class::Unit,
        ("t", None) => Class::Time,
        ("p", short) => Class::Province(short),
        ("c", None) => Class::City,
        ("link", None) => Class::Link,
        ("and", None) => Class::And,
        ("break", None) => Class::Break,
        ("x", None) => Class::Stop,
        ("q", Some(kind)) => Class::Ask(match kind {
            "many" => Asked::Many,
            "rate" => Asked::Rate,
            "what" => Asked::What,
            "which" => Asked::Which,
            "fixed" => Asked::Fixed,
            "yesno" => Asked::YesNo,
            "list" => Asked::List,
            _ => return None,
        }),
        _ => return None,
    })
}

/// One parsed line: the concept and its cells for English, Japanese, Korean, Russian.
pub(super) type Row = (Concept, [&'static str; 4]);

/// Reads a line; `None` for blank lines and comments, an error naming what is wrong with any other.
fn row(line: &'static str) -> Option<Result<Row, String>> {
    if line.trim().is_empty() || line.starts_with('#') {
        return None;
    }
    let mut cells = line.split('\t').map(str::trim);
    let (targets, name) = (cells.next().unwrap_or(""), cells.next().unwrap_or(""));
    let Some(class) = class(name) else {
        return Some(Err(format!("no such class {name:?}: {line}")));
    };
    let ways = std::array::from_fn(|_| cells.next().unwrap_or(""));
    if cells.next().is_some() {
        return Some(Err(format!("more than six cells: {line}")));
    }
    let targets = targets.split('|').filter(|target| !target.is_empty()).collect();
    Some(Ok((Concept { class, targets }, ways)))
}

/// Every line of every table.
pub(super) fn rows() -> impl Iterator<Item = Result<Row, String>> {
    TABLES.iter().flat_map(|table| table.lines()).filter_map(row)
}

/// A trie over symbols: stems for languages that write spaces, characters for those that do not.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    concepts: Vec<Concept>,
    stems: HashMap<Box<str>, u32>,
    edges: HashMap<(u32, u32), u32>,
    ends: HashMap<u32, u32>,
    nodes: u32,
}

impl Lexicon {
    fn new(language: Language) -> Self {
        let column = match language {
            Language::Ja => 1,
            Language::Ko => 2,
            Language::Ru => 3,
            _ => 0,
        };
        let mut lexicon = Self::default();
        let simple = if language == Language::Ja { han::simplified_chars(&TABLES.concat()) } else { HashMap::new() };
        // A malformed line is caught by a test of this file; a program in use goes on without it.
        for (concept, ways) in rows().flatten() {
            let cell = ways[column];
            // Japanese shares most words of content with Chinese, character by character.
            let shared: Vec<&str> = match concept.class {
                Class::Noun(_) | Class::Province(_) | Class::City if language == Language::Ja => {
                    concept.targets.iter().copied().filter(|target| target.chars().count() > 1).collect()
                }
                _ => Vec::new(),
            };
            if cell.is_empty() && shared.is_empty() {
                continue;
            }
            let id = lexicon.concepts.len() as u32;
            let place = matches!(concept.class, Class::Province(_) | Class::City);
            lexicon.concepts.push(concept);
            for way in shared {
                lexicon.insert_chars(&way.to_lowercase(), id);
            }
            for way in cell.split('|').map(str::trim).filter(|way| !way.is_empty()) {
                match language {
                    Language::Ja => {
                        let way: String =
                            japanese::narrow(way).chars().map(|c| simple.get(&c).copied().unwrap_or(c)).collect();
                        lexicon.insert_chars(&way, id);
                    }
                    Language::Ko => lexicon.insert_chars(&way.to_lowercase(), id),
                    Language::Ru if place => {
                        for form in russian_words::name_forms(way) {
                            lexicon.insert_words(form, id);
                        }
                    }
                    Language::Ru => lexicon.insert_words(russian_words::stems(way), id),
                    _ if place => lexicon.insert_words(english_words::exact_words(way), id),
                    _ => lexicon.insert_words(english_words::stems(way), id),
                }
            }
        }
        lexicon
    }

    fn insert_words(&mut self, stems: Vec<String>, concept: u32) {
        let symbols: Vec<u32> = stems
            .into_iter()
            .map(|stem| {
                let next = self.stems.len() as u32;
                *self.stems.entry(stem.into_boxed_str()).or_insert(next)
            })
            .collect();
        self.insert(symbols, concept);
    }

    fn insert_chars(&mut self, way: &str, concept: u32) {
        // Japanese is written without spaces, Korean with them at the writer's discretion.
        let symbols = way.chars().filter(|c| !c.is_whitespace()).map(u32::from).collect();
        self.insert(symbols, concept);
    }

    /// The first table to say a way has it.
    fn insert(&mut self, symbols: Vec<u32>, concept: u32) {
        if symbols.is_empty() {
            return;
        }
        let mut node = 0;
        for symbol in symbols {
            node = *self.edges.entry((node, symbol)).or_insert_with(|| {
                self.nodes += 1;
                self.nodes
            });
        }
        self.ends.entry(node).or_insert(concept);
    }

    fn longest(&self, symbols: impl Iterator<Item = Option<u32>>) -> Option<(usize, &Concept)> {
        let (mut node, mut best) = (0, None);
        for (at, symbol) in symbols.enumerate() {
            let Some(next) = symbol.and_then(|symbol| self.edges.get(&(node, symbol))) else { break };
            node = *next;
            if let Some(concept) = self.ends.get(&node) {
                best = Some((at + 1, &self.concepts[*concept as usize]));
            }
        }
        best
    }

    /// The longest way that begins the stems, and how many of them it takes.
    pub fn match_words<'a>(&self, stems: impl Iterator<Item = &'a str>) -> Option<(usize, &Concept)> {
        self.longest(stems.map(|stem| self.stems.get(stem).copied()))
    }

    /// The longest way that begins the characters, and how many of them it takes.
    pub fn match_chars(&self, chars: impl Iterator<Item = char>) -> Option<(usize, &Concept)> {
        self.longest(chars.map(|c| Some(u32::from(c))))
    }
}

/// The lexicon of a language; English for Chinese, which needs none.
pub(super) fn of(language: Language) -> &'static Lexicon {
    static ENGLISH: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(Language::En));
    static JAPANESE: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(Language::Ja));
    static KOREAN: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(Language::Ko));
    static RUSSIAN: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(Language::Ru));
    match language {
        Language::Ja => &JAPANESE,
        Language::Ko => &KOREAN,
        Language::Ru => &RUSSIAN,
        Language::En | Language::Zh | Language::ZhHant => &ENGLISH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_well_formed() {
        let errors: Vec<String> = rows().filter_map(Result::err).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }

    #[test]
    fn words_of_content_have_a_chinese_word() {
        for (concept, ways) in rows().flatten() {
            let content =
                !matches!(concept.class, Class::Ask(_) | Class::Link | Class::And | Class::Break | Class::Stop);
            assert!(!content || !concept.target().is_empty(), "{ways:?}");
        }
    }

    #[test]
    fn the_tables_are_as_broad_as_promised() {
        let mut counts = [0usize; 4];
        for (_, ways) in rows().flatten() {
            for (count, cell) in counts.iter_mut().zip(ways) {
                *count += cell.split('|').filter(|way| !way.trim().is_empty()).count();
            }
        }
        for (count, least) in counts.into_iter().zip([5000, 3000, 3000, 3000]) {
            assert!(count >= least, "{counts:?}");
        }
    }
}
