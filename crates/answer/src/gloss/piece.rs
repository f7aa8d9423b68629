//! What a reader of one language hands over to be put into Chinese order.

use super::lexicon::{Asked, Class, Concept};

/// A part of the question, in the question's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A word or phrase that the tables know.
    Term {
        /// As the question has it.
        source: String,
        /// In Chinese, the likeliest first.
        targets: Vec<String>,
        /// What it does.
        class: Class,
    },
    /// A time, already in Chinese.
    Time(String),
    /// A number, a name like "5G", Han characters: words of the topic as they are.
    Literal(String),
    /// A question word: what it asks for, and its Chinese words where they are fixed or a unit.
    Ask(Asked, String),
    /// The next noun phrase modifies the one before and comes first in Chinese.
    Link,
    /// "and".
    And,
    /// An auxiliary verb: a subject may follow.
    Auxiliary,
    /// A border between parts of the sentence.
    Break,
    /// A word of content that no table knows.
    Unknown(String),
}

impl Piece {
    /// The piece of a concept.
    pub fn of(source: String, concept: &Concept) -> Option<Self> {
        Some(match concept.class {
            Class::Stop => return None,
            Class::Link => Self::Link,
            Class::And => Self::And,
            Class::Break => Self::Auxiliary,
            Class::Time => Self::Time(concept.target().to_owned()),
            Class::Ask(asked) => {
                let words = if asked == Asked::Fixed { concept.target() } else { "" };
                Self::Ask(asked, words.to_owned())
            }
            class => {
                let targets = concept.targets.iter().map(|&target| target.to_owned()).collect();
                Self::Term { source, targets, class }
            }
        })
    }

    /// A term of the topic.
    pub fn noun(source: impl Into<String>, target: impl Into<String>) -> Self {
        Self::Term { source: source.into(), targets: vec![target.into()], class: Class::Noun(None) }
    }
}
