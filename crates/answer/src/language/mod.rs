//! The languages that questions come in.
//!
//! The models read a question as it is, in any of them. The rules know Chinese: [`in_chinese`] tells them what a question of
//! another language says of time, place, plan or result and the kind of answer, in a line of Chinese that holds nothing else.

mod detect;
mod han;
mod places;
mod skeleton;

pub use detect::detect;
pub use places::place_name;

use han::simplified;

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

/// A question as the Chinese rules read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InChinese {
    /// The question's language.
    pub language: Language,
    /// The question in simplified characters, or, of another language, the line that stands for it.
    pub text: String,
    /// Whether the line says what kind of answer is wanted.
    pub asks: bool,
}

/// Reads the language of a question and what the rules may know of it.
pub fn in_chinese(text: &str) -> InChinese {
    let language = detect(text);
    match language {
        Language::Zh => InChinese { language, text: text.to_owned(), asks: true },
        Language::ZhHant => InChinese { language, text: simplified(text), asks: true },
        _ => {
            let (text, asks) = skeleton::of(text, language);
            InChinese { language, text, asks }
        }
    }
}

/// Moves the decimal point of a plain decimal number ("3.29") `places` to the right, exactly: nothing is rounded.
pub fn shift(number: &str, places: i32) -> Option<String> {
    let (negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: String = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || digits.len() > 40 || places.abs() > 40 {
        return None;
    }
    let point = whole.len() as i32 + places;
    let (digits, point) = if point <= 0 {
        ("0".repeat((1 - point) as usize) + &digits, 1)
    } else {
        let missing = (point as usize).saturating_sub(digits.len());
        (digits + &"0".repeat(missing), point as usize)
    };
    let (whole, fraction) = digits.split_at(point);
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative && !(whole == "0" && fraction.is_empty()) { "-" } else { "" };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_moves_without_rounding() {
        for (number, places, expected) in [
            ("329", 4, "3290000"),
            ("3290000", -6, "3.29"),
            ("0.1", 4, "1000"),
            ("1.45", 8, "145000000"),
            ("5", -3, "0.005"),
            ("100", -2, "1"),
            ("-1.5", 1, "-15"),
            ("0", 5, "0"),
        ] {
            assert_eq!(shift(number, places).as_deref(), Some(expected), "{number} by {places}");
        }
        for bad in ["", ".", "1e5", "1,000", "1.2.3", "十"] {
            assert_eq!(shift(bad, 1), None, "{bad}");
        }
    }

    #[test]
    fn another_language_says_time_place_status_and_kind() {
        for (question, expected, asks) in [
            ("How many kilometres of expressway does Hebei plan to build in 2025?", "2025年河北目标多少", true),
            ("What was Inner Mongolia's GDP growth rate in 2024?", "2024年内蒙古GDP增长百分之几", true),
            ("浙江省は2026年に何％の成長を目標としていますか", "2026年浙江目标成长百分之几", true),
            ("2024년 광둥성의 1인당 소득은 얼마입니까?", "2024年广东多少", true),
            ("В каком году Сычуань построит метро?", "四川哪一年", true),
            ("Which company did Gansu work with?", "甘肃", false),
            ("Сколько медалей завоевали спортсмены Цзилиня?", "吉林多少", true),
            ("Когда хэйлунцзянские врачи построят центр медицины?", "黑龙江什么时候", true),
            ("Сколько мест дали школам в Дали?", "大理多少", true),
            ("Сколько хубэйских заводов и хайнаньских портов?", "湖北和海南多少", true),
            ("Сколько синтеза и китов?", "多少", true),
            ("How many power plants did the first plane pass in 2005-12?", "2005年多少", true),
            ("Сколько собрали в седьмом пятилетнем плане?", "“七五”时期多少", true),
            ("Сколько угля добыли за 13-ю пятилетку?", "“十三五”时期多少", true),
            ("Какую дорогу построили в годы шестой пятилетки?", "“六五”时期", false),
            ("Сколько дорог построят в пятнадцатой пятилетке?", "“十五五”时期多少", true),
            ("How much grain was harvested during the Seventh Five-Year Plan?", "“七五”时期多少", true),
            ("How much did China borrow over the 1981-85 plan period?", "1981-1985年全国多少", true),
            ("제6차 5개년 계획 동안 새로 지은 주택 면적은 얼마인가요?", "“六五”时期多少", true),
        ] {
            let read = in_chinese(question);
            assert_eq!((read.text.as_str(), read.asks), (expected, asks), "{question}");
        }
    }
}
