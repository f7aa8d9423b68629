//! The ground: what is true of the language of reports, whoever reads it.
//!
//! One home for every fact that more than one reader needs: [`numeral`] (numbers as people write them), [`unit`] (what a
//! unit measures and what converts into what), [`place`] (provinces, cities, groups of provinces), [`plan`] (the years of
//! the five-year plans), [`fold`] and [`han`] (what counts as the same character, and as a Han one). The facts are tables
//! in `data/`, each with a note on where it comes from.
//!
//! What a word means in its sentence is no fact of the language and stands with its reader: `report` knows that 五年来
//! in a report is the past, `answer` that 块 in a question is money. This crate depends on no other of ours.
//!
//! ```
//! use wenbao_lang::{numeral, place, plan::FiveYearPlan, unit};
//!
//! assert_eq!(numeral::number("三千五百万"), Some(3.5e7));
//! assert_eq!(unit::convertible("公顷", "亩").map(|factor| factor.to_f64()), Some(15.0));
//! assert_eq!(unit::convertible("家", "座"), None);
//! assert_eq!(place::named("内蒙").map(|place| place.name()), Some("内蒙古"));
//! assert_eq!(FiveYearPlan::new(13).map(|plan| plan.years()), Some((2016, 2020)));
//! ```

pub mod fold;
pub mod han;
pub mod numeral;
pub mod place;
pub mod plan;
pub mod unit;

/// Whether `chars` begins with `word`.
pub fn starts_with(chars: &[char], word: &str) -> bool {
    let mut rest = chars.iter();
    word.chars().all(|c| rest.next() == Some(&c))
}

/// Whether `chars` ends with `word`.
pub fn ends_with(chars: &[char], word: &str) -> bool {
    let mut rest = chars.iter().rev();
    word.chars().rev().all(|c| rest.next() == Some(&c))
}

/// The rows of a table of `data/`: lines of `N` fields with tabs between them; # begins a comment.
///
/// # Panics
/// If a row has another number of fields: the tables are compiled in, so every test would show it.
#[allow(clippy::panic)]
pub(crate) fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        <[&str; N]>::try_from(fields).unwrap_or_else(|_| panic!("a row of data/ has not {N} fields: {line}"))
    })
}

/// The words of a field: parted by spaces, none where it is -.
pub(crate) fn words(field: &'static str) -> impl Iterator<Item = &'static str> {
    field.split(' ').filter(|word| !matches!(*word, "" | "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_at_either_end_of_a_text() {
        let chars: Vec<char> = "新建煤矿".chars().collect();
        assert!(starts_with(&chars, "新建") && !starts_with(&chars, "煤矿") && !starts_with(&chars, "新建煤矿座"));
        assert!(ends_with(&chars, "煤矿") && !ends_with(&chars, "新建") && !ends_with(&chars, "又新建煤矿"));
    }
}
