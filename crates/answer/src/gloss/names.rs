//! Names of places in other languages, out of the same tables.

use super::Language;
use super::lexicon::{self, Class};

/// The usual name of a province, of the nation or of a city in the language; `None` in Chinese and for unknown places.
pub fn place_name(chinese: &str, language: Language) -> Option<String> {
    let column = match language {
        Language::Zh | Language::ZhHant => return None,
        Language::En => 0,
        Language::Ja => 1,
        Language::Ko => 2,
        Language::Ru => 3,
    };
    let (_, ways) = lexicon::rows()
        .filter_map(Result::ok)
        .filter(|(concept, _)| matches!(concept.class, Class::Province(_) | Class::City))
        .find(|(concept, _)| concept.target() == chinese)?;
    let name = ways[column].split('|').next().filter(|name| !name.is_empty())?;
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
