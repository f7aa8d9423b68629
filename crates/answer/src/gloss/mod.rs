//! Questions in other languages, made readable for rules that know Chinese.
//!
//! Reports are in simplified Chinese; questions also come in traditional Chinese, English, Japanese, Korean and Russian.
//! [`to_chinese`] turns them into a *gloss*: not a translation, but a question of the reports' own vocabulary, in the order in
//! which Chinese rules look for its parts (time, region, plan or result, topic, what is asked). It is made from tables
//! (`data/*.tsv`) alone: no model, well below a millisecond. What the tables do not know is named in [`Gloss::unknown`].

mod assemble;
mod detect;
mod english;
mod english_time;
mod english_words;
mod han;
mod japanese;
mod korean;
mod lexicon;
mod names;
mod numerals;
mod piece;
mod russian;
mod russian_time;
mod russian_words;

pub use detect::detect;
pub use han::simplified;
pub use names::place_name;
pub use numerals::shift;

/// The language of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Simplified Chinese, the reports' own.
    #[default]
    Zh,
    /// Traditional Chinese.
    ZhHant,
    /// English.
    En,
    /// Japanese.
    Ja,
    /// Korean.
    Ko,
    /// Russian.
    Ru,
}

impl Language {
    /// Every supported language.
    pub const ALL: [Self; 6] = [Self::Zh, Self::ZhHant, Self::En, Self::Ja, Self::Ko, Self::Ru];

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::ZhHant => "zh-Hant",
            Self::En => "en",
            Self::Ja => "ja",
            Self::Ko => "ko",
            Self::Ru => "ru",
        }
    }

    /// Whether it is Chinese in either script.
    pub fn is_chinese(self) -> bool {
        matches!(self, Self::Zh | Self::ZhHant)
    }
}

/// A word or phrase of the question with the words that Chinese reports use for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlossTerm {
    /// As the question has it.
    pub source: String,
    /// In Chinese, the likeliest first; never empty. [`Gloss::text`] uses the first.
    pub target: Vec<String>,
}

/// A question as Chinese rules can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gloss {
    /// The question's language.
    pub language: Language,
    /// The question in simplified Chinese words; the question itself where it is simplified Chinese already.
    pub text: String,
    /// What was looked up, in the question's order; empty for Chinese.
    pub terms: Vec<GlossTerm>,
    /// Words of content that no table knows, as the question has them.
    pub unknown: Vec<String>,
}

/// Makes the gloss of a question in any of the supported languages.
///
/// ```
/// use wenbao_answer::gloss::{Language, to_chinese};
/// let gloss = to_chinese("How many kilometres of expressway does Hebei plan to build in 2025?");
/// assert_eq!(gloss.language, Language::En);
/// assert_eq!(gloss.text, "2025年河北计划建设高速公路多少公里");
/// ```
pub fn to_chinese(text: &str) -> Gloss {
    let language = detect(text);
    let pieces = match language {
        Language::Zh | Language::ZhHant => {
            let text = if language == Language::Zh { text.to_owned() } else { simplified(text) };
            return Gloss { language, text, terms: Vec::new(), unknown: Vec::new() };
        }
        Language::En => english::pieces(text),
        Language::Ja => japanese::pieces(text),
        Language::Ko => korean::pieces(text),
        Language::Ru => russian::pieces(text),
    };
    assemble::assemble(language, pieces)
}

#[cfg(test)]
mod tests;
