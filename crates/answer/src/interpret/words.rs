//! The tables of `words.toml`, read once.

use std::sync::LazyLock;

use serde::Deserialize;

/// Every table, by the module that reads it. What each means stands in `words.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub asked: AskedWords,
    pub unit: UnitWords,
    pub classes: ClassWords,
    pub region: RegionWords,
    pub names: NameWords,
    pub topic: TopicWords,
}

/// Words in a row.
pub(super) type List = Vec<String>;

/// Rows of a word and what goes with it.
pub(super) type Rows = Vec<List>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedWords {
    pub not_behind: Rows,
    pub good_verbs: List,
    pub not_before: Rows,
    pub fillers: List,
    pub no_filler: List,
    pub level: List,
    pub change_verbs: List,
    pub amount_verbs: List,
    pub paid: List,
    pub growth_heads: List,
    pub share_heads: List,
    pub ratio_heads: List,
    pub no_ratio: List,
    pub count_heads: List,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitWords {
    pub units: Rows,
    pub plain: Rows,
    pub also: Rows,
    pub implied: Rows,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassWords {
    pub nouns: List,
    pub generic: List,
    pub places: List,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegionWords {
    pub name_tails: List,
    pub name_heads: List,
    pub nation: Rows,
    pub no_regions: List,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameWords {
    pub verbs: List,
    pub dependent_heads: List,
    pub dependent_tails: List,
    pub no_joint: List,
    pub shared_heads: List,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicWords {
    pub empty: List,
}

/// The tables.
///
/// # Panics
/// If `words.toml` is no longer what [`Words`] says: it is compiled in, so every test would show it.
#[allow(clippy::expect_used)]
pub(super) fn words() -> &'static Words {
    static WORDS: LazyLock<Words> = LazyLock::new(|| {
        toml::from_str(include_str!("../../data/words.toml")).expect("words.toml is compiled in and valid")
    });
    &WORDS
}

/// Whether `text` ends with one of the words.
pub(super) fn ends_with(text: &str, words: &[String]) -> bool {
    words.iter().any(|word| text.ends_with(word.as_str()))
}

/// The longest of the words that `text` ends with.
pub(super) fn longest_end<'w>(text: &str, words: impl IntoIterator<Item = &'w String>) -> Option<&'w str> {
    words.into_iter().filter(|word| text.ends_with(word.as_str())).max_by_key(|word| word.len()).map(String::as_str)
}

/// A row's own word and the words that go with it.
pub(super) fn row(row: &List) -> (&str, &[String]) {
    row.split_first().map_or(("", &[][..]), |(word, rest)| (word.as_str(), rest))
}
