//! Which language a question is in, by its scripts.

use super::Language;
use super::han::{is_han, is_shinjitai, is_traditional};

/// How many letters of each script a text has.
#[derive(Default)]
struct Scripts {
    han: usize,
    traditional: usize,
    shinjitai: usize,
    kana: usize,
    hangul: usize,
    cyrillic: usize,
    latin: usize,
}

impl Scripts {
    fn of(text: &str) -> Self {
        let mut scripts = Self::default();
        for c in text.chars() {
            match c {
                'a'..='z' | 'A'..='Z' | '\u{00C0}'..='\u{024F}' => scripts.latin += 1,
                // ー and ・ alone do not make a text Japanese.
                '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' => scripts.kana += 1,
                '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' => scripts.hangul += 1,
                '\u{0400}'..='\u{04FF}' => scripts.cyrillic += 1,
                c if is_han(c) => {
                    scripts.han += 1;
                    scripts.shinjitai += usize::from(is_shinjitai(c));
                    scripts.traditional += usize::from(is_traditional(c));
                }
                _ => {}
            }
        }
        scripts
    }
}

/// The language of a question; simplified Chinese where nothing tells.
pub fn detect(text: &str) -> Language {
    let scripts = Scripts::of(text);
    let han = scripts.han;
    // A foreign name in a Chinese question (a の, a Cyrillic brand) does not change its language.
    if scripts.hangul >= 2 && scripts.hangul * 2 > han {
        return Language::Ko;
    }
    if scripts.cyrillic >= 3 && scripts.cyrillic > han {
        return Language::Ru;
    }
    if scripts.kana >= 2 && scripts.kana * 6 >= han || (scripts.shinjitai >= 2 && scripts.shinjitai * 8 >= han) {
        return Language::Ja;
    }
    // "GDP增长多少" is Chinese; an English sentence that quotes a Chinese term is English.
    if scripts.latin >= 3 && (han == 0 || scripts.latin > 2 * han && is_english_sentence(text)) {
        return Language::En;
    }
    if scripts.traditional > 0 && scripts.traditional * 10 >= han { Language::ZhHant } else { Language::Zh }
}

/// Whether it has a word that English sentences have and names have not.
fn is_english_sentence(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "what", "how", "which", "when", "who", "where", "did", "does", "is", "was", "were", "are", "will", "the", "in",
        "tell",
    ];
    text.split(|c: char| !c.is_ascii_alphabetic()).any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_tell_the_language() {
        for (text, language) in [
            ("2025年新建智能化煤矿多少座", Language::Zh),
            ("2024年山西GDP增长多少", Language::Zh),
            ("RCEP是哪一年生效的", Language::Zh),
            ("2021山西5G基站", Language::Zh),
            ("", Language::Zh),
            ("2025?", Language::Zh),
            ("河北二〇二四年糧食總產多少億斤", Language::ZhHant),
            ("重慶力爭空氣質量優良天數達到多少", Language::ZhHant),
            ("臺灣", Language::ZhHant),
            ("How much coal?", Language::En),
            ("What is the target for 智能化煤矿 in Shanxi in 2025?", Language::En),
            ("GDP growth?", Language::En),
            ("2023年の山西省の石炭生産量は", Language::Ja),
            ("2024年山西省粮食総生産量実績", Language::Ja),
            ("内モンゴル自治区の石炭生産量", Language::Ja),
            ("광둥성 2024년 GDP는?", Language::Ko),
            ("Сколько угля добыто?", Language::Ru),
            ("山西の粮食产量是多少", Language::Zh),
        ] {
            assert_eq!(detect(text), language, "{text}");
        }
    }
}
