//! Report values read out in another language, by exact decimal arithmetic.

use crate::language::{Language, shift};

/// Chinese base units and how English, Japanese, Korean and Russian write them; unknown units, and units that only
/// count things (座, 个), have none.
const UNITS: &[(&str, [&str; 4])] = &[
    ("人", ["people", "人", "명", "чел."]),
    ("名", ["people", "人", "명", "чел."]),
    ("人次", ["visits", "人回", "연인원", "посещений"]),
    ("户", ["households", "戸", "가구", "хозяйств"]),
    ("家", ["companies", "社", "개사", "предприятий"]),
    ("元", ["yuan", "元", "위안", "юаней"]),
    ("美元", ["US dollars", "米ドル", "달러", "долларов США"]),
    ("公里", ["km", "キロメートル", "킬로미터", "км"]),
    ("平方公里", ["km²", "平方キロメートル", "제곱킬로미터", "км²"]),
    ("平方米", ["m²", "平方メートル", "제곱미터", "м²"]),
    ("立方米", ["m³", "立方メートル", "세제곱미터", "м³"]),
    ("亩", ["mu", "ムー", "무", "му"]),
    ("公顷", ["hectares", "ヘクタール", "헥타르", "га"]),
    ("吨", ["tonnes", "トン", "톤", "т"]),
    ("公斤", ["kg", "キログラム", "킬로그램", "кг"]),
    ("斤", ["jin", "斤", "근", "цзиней"]),
    ("千瓦", ["kW", "キロワット", "킬로와트", "кВт"]),
    ("千瓦时", ["kWh", "キロワット時", "킬로와트시", "кВт·ч"]),
    ("标箱", ["TEU", "TEU", "TEU", "TEU"]),
    ("辆", ["vehicles", "台", "대", "автомобилей"]),
    ("套", ["homes", "戸", "채", "квартир"]),
    ("张", ["beds", "床", "병상", "коек"]),
    ("件", ["", "件", "건", ""]),
    ("座", ["", "か所", "개소", ""]),
    ("个", ["", "", "개", ""]),
    ("项", ["", "件", "건", ""]),
    ("处", ["", "か所", "곳", ""]),
    ("所", ["", "校", "개소", ""]),
    ("台", ["units", "台", "대", "единиц"]),
];

/// Powers of ten with their names, largest first.
const SCALES: [&[(i32, &str)]; 4] = [
    &[(12, " trillion"), (9, " billion"), (6, " million")],
    &[(12, "兆"), (8, "億"), (4, "万")],
    &[(12, "조"), (8, "억"), (4, "만")],
    &[(12, " трлн"), (9, " млрд"), (6, " млн"), (3, " тыс.")],
];

/// A report's value ("329万人": 3,290,000 and 人) as the language would say it ("3.29 million people"), or `None` where that adds
/// nothing: in Chinese, for units that it does not know, below 10,000, and for numbers that have no short exact form.
///
/// It is a reading aid for the sentence; the short answer stays in the report's own words and units.
pub fn number_rendering(value: f64, unit: &str, language: Language) -> Option<String> {
    let column = match language {
        Language::Zh | Language::ZhHant => return None,
        Language::En => 0,
        Language::Ja => 1,
        Language::Ko => 2,
        Language::Ru => 3,
    };
    let name = UNITS.iter().find(|(zh, _)| *zh == unit)?.1[column];
    if !value.is_finite() || value.abs() < 10_000.0 || value.abs() >= 1e16 {
        return None;
    }
    // Display prints the shortest decimal that reads back as the same number, so "329万" is 3290000 to the digit.
    let plain = format!("{value}");
    let digits = plain.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits.trim_start_matches('0').trim_end_matches('0').len() > 8 {
        return None;
    }
    let scaled = SCALES[column].iter().find_map(|(places, scale)| {
        (value.abs() >= 10f64.powi(*places)).then(|| shift(&plain, -places).map(|number| (number, *scale)))?
    });
    let (number, scale) = scaled.unwrap_or((plain, ""));
    let number = grouped(&number, language);
    let space = if name.is_empty() || language == Language::Ja { "" } else { " " };
    Some(format!("{number}{scale}{space}{name}"))
}

/// Groups of three and the language's decimal mark.
fn grouped(number: &str, language: Language) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |rest| ("−", rest));
    let (separator, mark) = if language == Language::Ru { (' ', ',') } else { (',', '.') };
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(mark);
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_other_languages() {
        for (value, unit, language, expected) in [
            (3_290_000.0, "人", Language::En, Some("3.29 million people")),
            (55_000_000_000.0, "元", Language::En, Some("55 billion yuan")),
            (1_290_000_000.0, "吨", Language::Ja, Some("12.9億トン")),
            (1_290_000_000.0, "吨", Language::Ru, Some("1,29 млрд т")),
            (286_000.0, "套", Language::Ko, Some("28.6만 채")),
            (489_300.0, "人", Language::En, Some("489,300 people")),
            (30_110_000.0, "平方米", Language::En, Some("30.11 million m²")),
            (40_000_000.0, "标箱", Language::En, Some("40 million TEU")),
            (400_000.0, "个", Language::En, Some("400,000")),
            (6048.0, "公里", Language::En, None),
            (3_290_000.0, "人", Language::Zh, None),
            (3_290_000.0, "%", Language::En, None),
            (f64::NAN, "人", Language::En, None),
            (1.0e300, "人", Language::En, None),
            (123_456_789.0, "人", Language::En, None),
        ] {
            assert_eq!(number_rendering(value, unit, language).as_deref(), expected, "{value} {unit} {language:?}");
        }
    }
}
