//! Units that a question names or implies.

use wenbao_lang::numeral::MULTIPLIERS;

use super::words::{row, words};

/// Reads the unit at the beginning of `text` ("万千瓦煤电机组" → 千瓦): its bytes, multiplier included, and its name.
pub(super) fn read(text: &str) -> Option<(usize, String)> {
    let words = &words().unit;
    let multiplier = MULTIPLIERS.iter().find(|(m, _)| text.starts_with(m)).map_or(0, |(m, _)| m.len());
    // "多少千瓦" begins with a multiplier that is none.
    let whole = longest(text);
    let split = longest(&text[multiplier..]).map(|unit| (multiplier + unit.len(), unit));
    let (length, unit) = match (whole, split) {
        (Some(unit), _) => (unit.len(), unit),
        (None, Some(split)) => split,
        (None, None) if multiplier > 0 => (multiplier, ""),
        (None, None) => return None,
    };
    let plain = words.plain.iter().map(row).find(|(from, _)| *from == unit).and_then(|(_, to)| to.first());
    Some((length, plain.map_or(wenbao_lang::unit::plain(unit), String::as_str).to_string()))
}

fn longest(text: &str) -> Option<&'static str> {
    let begins = |(unit, not_before): &(&str, &[String])| {
        text.strip_prefix(*unit).is_some_and(|rest| !not_before.iter().any(|tail| rest.starts_with(tail.as_str())))
    };
    words().unit.units.iter().map(row).filter(begins).map(|(unit, _)| unit).max_by_key(|unit| unit.len())
}

/// The unit with what the report may use instead.
pub(super) fn with_alternatives(unit: &str) -> Vec<String> {
    if unit.is_empty() {
        return Vec::new();
    }
    let also = words().unit.also.iter().map(row).find(|(name, _)| *name == unit).map_or(&[][..], |(_, also)| also);
    std::iter::once(unit.to_string()).chain(also.iter().cloned()).collect()
}

/// Units implied by the head of a topic ("煤炭产量") or by the noun that 多少 counts ("煤").
pub(super) fn implied(noun: &str) -> Vec<String> {
    let noun = noun.replace('的', "");
    words()
        .unit
        .implied
        .iter()
        .map(row)
        .find(|(word, _)| noun.ends_with(word))
        .map_or_else(Vec::new, |(_, units)| units.to_vec())
}

/// Units implied by the noun at the beginning of what follows 多少: "贫困人口？", "资金".
pub(super) fn implied_by_object(rest: &str) -> Vec<String> {
    let noun: String =
        rest.chars().take_while(|c| !"，。？；的了、（".contains(*c) && !c.is_ascii_digit()).take(14).collect();
    // The head of a Chinese noun phrase is its end; what the phrase is cut at may be a verb, so shorter and shorter.
    let ends: Vec<usize> = noun.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    let known = ends.iter().rev().map(|end| implied(&noun[..*end])).find(|units| !units.is_empty());
    // People, whatever they are called: 务工人员, 毕业生, 志愿者.
    let people = || noun.contains(['人', '者', '员', '民', '生']).then(|| vec!["人".to_string(), "名".to_string()]);
    known.or_else(people).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_the_longest_name_without_its_multiplier() {
        for (text, expected) in [
            ("座智能化煤矿", Some("座")),
            ("万千瓦煤电机组", Some("千瓦")),
            ("千瓦？", Some("千瓦")),
            ("亿元", Some("元")),
            ("亿人次", Some("人次")),
            ("个百分点", Some("个百分点")),
            ("人大代表建议", None),
            ("户厕", None),
            ("家庭", None),
            ("块钱", Some("元")),
            ("亩地", Some("亩")),
            ("煤", None),
            ("万", Some("")),
        ] {
            assert_eq!(read(text).map(|(_, unit)| unit).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_noun_implies_its_units() {
        assert_eq!(implied("非常规天然气产量"), ["立方米"]);
        assert_eq!(implied("钢产量"), ["吨"]);
        assert_eq!(implied_by_object("贫困人口"), ["人"]);
        assert_eq!(implied_by_object("煤"), ["吨"]);
        assert!(implied_by_object("手艺").is_empty());
    }
}
