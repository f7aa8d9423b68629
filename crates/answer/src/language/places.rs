//! Names of provinces and cities in other languages: `data/places.tsv`.

use std::sync::LazyLock;

use super::Language;

const PLACES: &str = include_str!("../../data/places.tsv");

/// A place by its Chinese name, with its names in English, Japanese, Korean and Russian, the usual one first.
pub(super) struct Place {
    pub chinese: &'static str,
    pub names: [Vec<&'static str>; 4],
}

/// Every province, the nation first, and many cities.
pub(super) static TABLE: LazyLock<Vec<Place>> = LazyLock::new(|| {
    let split = |cell: &'static str| cell.split('|').filter(|name| !name.is_empty()).collect::<Vec<_>>();
    PLACES
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let chinese = cells.next()?.split('|').next()?;
            let _class = cells.next()?;
            let mut next = || split(cells.next().unwrap_or_default());
            Some(Place { chinese, names: [next(), next(), next(), next()] })
        })
        .collect()
});

/// The column of a language's names; `None` of Chinese.
pub(super) fn column(language: Language) -> Option<usize> {
    match language {
        Language::Zh | Language::ZhHant => None,
        Language::En => Some(0),
        Language::Ja => Some(1),
        Language::Ko => Some(2),
        Language::Ru => Some(3),
    }
}

/// The usual name of a province, of the nation or of a city in the language; `None` in Chinese and for unknown places.
pub fn place_name(chinese: &str, language: Language) -> Option<String> {
    let name = *TABLE.iter().find(|place| place.chinese == chinese)?.names[column(language)?].first()?;
    Some(if language == Language::En { title_case(name) } else { name.to_owned() })
}

fn title_case(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|c| {
            let c = if start { c.to_ascii_uppercase() } else { c };
            start = c == ' ';
            c
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_names() {
        for (chinese, language, expected) in [
            ("山西", Language::En, Some("Shanxi")),
            ("内蒙古", Language::En, Some("Inner Mongolia")),
            ("陕西", Language::Ru, Some("Шэньси")),
            ("广东", Language::Ja, Some("広東省")),
            ("全国", Language::Ko, Some("중국")),
            ("大同", Language::En, Some("Datong")),
            ("山西", Language::Zh, None),
            ("无此地", Language::En, None),
        ] {
            assert_eq!(place_name(chinese, language).as_deref(), expected, "{chinese}");
        }
    }
}
