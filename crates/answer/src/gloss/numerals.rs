//! Numbers between scripts, exactly.

const DIGITS: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// A whole number from 0 to 99 in Chinese words ("十四"); digits beyond.
pub(super) fn chinese(number: u32) -> String {
    match number {
        0..=9 => DIGITS[number as usize].to_owned(),
        10..=99 => {
            let tens = if number >= 20 { DIGITS[(number / 10) as usize] } else { "" };
            let ones = match number % 10 {
                0 => "",
                ones => DIGITS[ones as usize],
            };
            format!("{tens}十{ones}")
        }
        _ => number.to_string(),
    }
}

/// The five-year plan of a number, as reports call it ("“十四五”"); the first is of 1953 to 1957.
pub(super) fn five_year_plan(number: u32) -> Option<String> {
    let name = match number {
        1..=9 => format!("{}五", DIGITS[number as usize]),
        10 => "十五".to_owned(),
        11..=19 => format!("十{}五", DIGITS[(number - 10) as usize]),
        _ => return None,
    };
    Some(format!("“{name}”时期"))
}

/// The number of the five-year plan of these years (1953–1957, then from 1966 and from 1981 on in steps of five).
pub(super) fn plan_of_years(from: i32, to: i32) -> Option<u32> {
    match (from, to) {
        (1953, 1957) => Some(1),
        (1958, 1962) => Some(2),
        _ if from >= 1966 && to - from == 4 && (from - 1966) % 5 == 0 => u32::try_from((from - 1966) / 5 + 3).ok(),
        _ => None,
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

/// A plain decimal number with its zeros folded into 万 and 亿, as reports write it ("1000000" is "100万").
pub(super) fn folded(number: &str) -> String {
    for (places, unit) in [(8, "亿"), (4, "万")] {
        if let Some(short) = shift(number, -places)
            && short.split_once('.').is_none_or(|(_, fraction)| fraction.len() <= 2)
            && !short.starts_with("0")
        {
            return short + unit;
        }
    }
    number.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_in_chinese() {
        for (number, expected) in [(2, "二"), (10, "十"), (14, "十四"), (20, "二十"), (35, "三十五"), (100, "100")]
        {
            assert_eq!(chinese(number), expected);
        }
    }

    #[test]
    fn plans_by_number_and_by_years() {
        for (number, years, expected) in [
            (1, (1953, 1957), "“一五”时期"),
            (5, (1976, 1980), "“五五”时期"),
            (9, (1996, 2000), "“九五”时期"),
            (10, (2001, 2005), "“十五”时期"),
            (13, (2016, 2020), "“十三五”时期"),
            (14, (2021, 2025), "“十四五”时期"),
            (15, (2026, 2030), "“十五五”时期"),
        ] {
            assert_eq!(five_year_plan(number).as_deref(), Some(expected));
            assert_eq!(plan_of_years(years.0, years.1), Some(number), "{years:?}");
        }
        assert_eq!(plan_of_years(2017, 2021), None);
        assert_eq!(plan_of_years(1963, 1965), None);
        assert_eq!(five_year_plan(0), None);
    }

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
    fn round_numbers_fold_into_wan_and_yi() {
        for (number, expected) in [
            ("1000000", "100万"),
            ("14800000000", "148亿"),
            ("7000", "7000"),
            ("1866", "1866"),
            ("12345678", "12345678"),
        ] {
            assert_eq!(folded(number), expected);
        }
    }
}
