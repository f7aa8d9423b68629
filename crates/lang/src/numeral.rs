//! Numbers as people write them: 1.45亿, 三千五百万, 二〇二五, 1万6千多, 百分之八点五.

/// A number found in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// One past its last character.
    pub end: usize,
    /// Its value, Chinese multipliers included; of 百分之X the X.
    pub value: f64,
    /// Whether 多, 余 or 几 stands in or behind it ("6800多万").
    pub more: bool,
    /// Whether it is written in Chinese numerals.
    pub chinese: bool,
    /// Chinese digits one by one ("一九八五"): a year or a telephone number, no amount.
    pub digit_string: bool,
    /// How many characters carry digits.
    pub digits: usize,
    /// The ratio sign it implies: "%" for 百分之, "‰" for 千分之, "" for other fractions.
    pub sign: Option<&'static str>,
}

/// The value of an Arabic digit of either width.
pub fn digit(c: char) -> Option<u32> {
    match c {
        '0'..='9' => Some(c as u32 - '0' as u32),
        '０'..='９' => Some(c as u32 - '０' as u32),
        _ => None,
    }
}

/// The value of a Chinese digit; 两 is two.
pub fn han_digit(c: char) -> Option<u32> {
    Some(match c {
        '零' | '〇' | '○' | 'Ｏ' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// What a character of 十, 百, 千, 万, 亿 multiplies by.
pub fn han_multiplier(c: char) -> Option<f64> {
    Some(match c {
        '十' => 1e1,
        '百' => 1e2,
        '千' => 1e3,
        '万' => 1e4,
        '亿' => 1e8,
        _ => return None,
    })
}

/// Multipliers that stand between a number, or 多少, and its unit, with what they multiply by; the longest first.
#[rustfmt::skip]
pub const MULTIPLIERS: &[(&str, f64)] = &[
    ("万亿", 1e12), ("千亿", 1e11), ("百亿", 1e10), ("十亿", 1e9), ("千万", 1e7), ("百万", 1e6), ("十万", 1e5),
    ("亿", 1e8), ("万", 1e4), ("千", 1e3), ("百", 1e2), ("十", 1e1),
];

/// Those of them that reports write large numbers with, the largest first: 1.2万亿元, 268万人.
pub const LARGE: [(&str, f64); 3] = [("万亿", 1e12), ("亿", 1e8), ("万", 1e4)];
/// The numerals of cheques in plain form, if a number is written in them from `at`: 壹佰贰拾 as 一百二十. A single one is a
/// part of a name (伍 in 队伍, 陆 in 大陆).
pub fn capital(chars: &[char], at: usize) -> Option<Vec<char>> {
    const PAIRS: &[(char, char)] = &[
        ('壹', '一'),
        ('贰', '二'),
        ('叁', '三'),
        ('肆', '四'),
        ('伍', '五'),
        ('陆', '六'),
        ('柒', '七'),
        ('捌', '八'),
        ('玖', '九'),
        ('拾', '十'),
        ('佰', '百'),
        ('仟', '千'),
        ('零', '零'),
        ('万', '万'),
        ('亿', '亿'),
        ('萬', '万'),
        ('億', '亿'),
    ];
    let plain = |c: &char| PAIRS.iter().find(|(capital, _)| capital == c).map(|(_, plain)| *plain);
    let run: Vec<char> = chars.get(at..)?.iter().map_while(plain).collect();
    let digit_first = han_digit(*run.first()?).is_some_and(|d| d > 0);
    let counted = matches!(run.get(1), Some('十' | '百' | '千' | '万' | '亿'));
    (digit_first && counted).then_some(run)
}

/// Whether the 百, 千 or 万 at `at` belongs to the unit that follows (千瓦, 百分点) rather than to the number.
fn belongs_to_unit(chars: &[char], at: usize) -> bool {
    match (chars.get(at), chars.get(at + 1)) {
        (Some('千'), Some(next)) => matches!(next, '瓦' | '克' | '米' | '伏' | '卡' | '焦' | '分'),
        (Some('百'), Some(next)) => matches!(next, '分' | '强' | '姓'),
        _ => false,
    }
}

/// The number that begins at `at`, if one does.
pub fn scan(chars: &[char], at: usize) -> Option<Number> {
    let first = *chars.get(at)?;
    if digit(first).is_some() {
        return Some(scan_arabic(chars, at));
    }
    if let Some(plain) = capital(chars, at) {
        // The plain form has as many characters.
        let number = scan_han(&plain, 0)?;
        return Some(Number { end: at + number.end, ..number });
    }
    scan_fraction(chars, at).or_else(|| scan_han(chars, at))
}

fn scan_arabic(chars: &[char], at: usize) -> Number {
    let (plain, mut i, digits) = mantissa(chars, at);
    let mut more = false;
    // Multipliers are powers of ten: shifting the decimal text keeps 76.6亿 exact where a product would not.
    let mut exponent = 0;
    loop {
        // 3000多万, 5千多: the word of excess stands before or behind the multiplier.
        let skip = usize::from(matches!(chars.get(i), Some('多' | '余' | '几')));
        match chars.get(i + skip).copied().and_then(han_multiplier) {
            Some(m) if m >= 100.0 && !belongs_to_unit(chars, i + skip) => {
                more |= skip > 0;
                exponent += m.log10().round() as i32;
                i += skip + 1;
            }
            _ => break,
        }
    }
    let mut value: f64 = format!("{plain}e{exponent}").parse().unwrap_or(f64::INFINITY);
    // 2万5千, 1亿2千万: a smaller part follows at once.
    if exponent >= 4 && !more && chars.get(i).is_some_and(|&c| digit(c).is_some()) {
        let part = scan_arabic(chars, i);
        if part.value < 10f64.powi(exponent) && chars[i..part.end].iter().any(|&c| han_multiplier(c).is_some()) {
            value += part.value;
            more |= part.more;
            i = part.end;
        }
    }
    if matches!(chars.get(i), Some('多' | '余')) {
        more = true;
        i += 1;
    }
    Number { end: i, value, more, chinese: false, digit_string: false, digits, sign: None }
}

/// Whether the character at `i` may part thousands of a number that begins at `at`. A comma does anywhere; a Chinese comma
/// and a space only behind groups as thousands have them, the same from the first on.
fn separates(chars: &[char], at: usize, i: usize) -> bool {
    let Some(&mark) = chars.get(i) else { return false };
    match mark {
        ',' => true,
        '，' | ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' => {
            let groups: Vec<&[char]> = chars[at..i].split(|c| *c == mark).collect();
            let all_digits = groups.iter().all(|g| g.iter().all(|c| digit(*c).is_some()));
            let first = groups.first().map_or(0, |g| g.len());
            let fresh = at == 0 || digit(chars[at - 1]).is_none() && !matches!(chars[at - 1], '.' | '．');
            all_digits
                && fresh
                && (1..=3).contains(&first)
                && groups[1..].iter().all(|g| g.len() == 3)
                && chars.get(at).copied().and_then(digit) != Some(0)
        }
        _ => false,
    }
}

/// Digits with thousands separators and a decimal part: plain decimal text, end, number of digits.
fn mantissa(chars: &[char], at: usize) -> (String, usize, usize) {
    let is_digit = |i: usize| chars.get(i).is_some_and(|&c| digit(c).is_some());
    let mut plain = String::new();
    let mut i = at;
    let mut digits = 0;
    loop {
        if let Some(d) = chars.get(i).copied().and_then(digit) {
            plain.push(char::from(b'0' + d as u8));
            digits += 1;
            i += 1;
        } else if separates(chars, at, i) && (1..=3).all(|k| is_digit(i + k)) && !is_digit(i + 4) {
            i += 1;
        } else {
            break;
        }
    }
    if matches!(chars.get(i), Some('.' | '．')) && is_digit(i + 1) {
        plain.push('.');
        i += 1;
        while let Some(d) = chars.get(i).copied().and_then(digit) {
            plain.push(char::from(b'0' + d as u8));
            digits += 1;
            i += 1;
        }
    }
    (plain, i, digits)
}

/// 百分之X, 千分之X, 三分之一.
fn scan_fraction(chars: &[char], at: usize) -> Option<Number> {
    let (below, after) = match chars.get(at)? {
        '百' => (100.0, at + 1),
        '千' => (1000.0, at + 1),
        '万' => (10000.0, at + 1),
        _ => {
            let below = scan_han(chars, at)?;
            (below.value, below.end)
        }
    };
    if chars.get(after) != Some(&'分') || chars.get(after + 1) != Some(&'之') {
        return None;
    }
    let start = after + 2;
    let above = match chars.get(start).copied()? {
        c if digit(c).is_some() => scan_arabic(chars, start),
        '百' => Number {
            end: start + 1,
            value: 100.0,
            more: false,
            chinese: true,
            digit_string: false,
            digits: 1,
            sign: None,
        },
        _ => scan_han(chars, start)?,
    };
    let (value, sign) = match below {
        100.0 => (above.value, "%"),
        1000.0 => (above.value, "‰"),
        _ if below > 0.0 => (above.value / below, ""),
        _ => return None,
    };
    Some(Number { value, sign: Some(sign), chinese: true, ..above })
}

fn scan_han(chars: &[char], at: usize) -> Option<Number> {
    let mut i = at;
    // 总 of finished sections (万, 亿), the section below, and the digit waiting for its multiplier.
    let (mut total, mut section, mut pending) = (0.0f64, 0.0f64, None::<f64>);
    let (mut digits, mut multipliers, mut more) = (0, 0, false);
    let mut plain = 0.0f64;
    while let Some(&c) = chars.get(i) {
        if let Some(d) = han_digit(c) {
            if c == '两' && i > at && multipliers == 0 {
                break;
            }
            plain = plain * 10.0 + f64::from(d);
            pending = Some(f64::from(d));
            digits += 1;
        } else if let Some(m) = han_multiplier(c) {
            if belongs_to_unit(chars, i) || (i == at && c != '十' && !leading_multiplier(chars, at)) {
                break;
            }
            multipliers += 1;
            if m >= 1e4 {
                let sum = section + pending.unwrap_or(0.0);
                let sum = if sum == 0.0 && total == 0.0 { 1.0 } else { sum };
                // 万亿: the multiplier multiplies what stands before it, sections of 万 included.
                if sum == 0.0 || (m >= 1e8 && total > 0.0 && total < 1e8) {
                    total = (total + sum) * m;
                } else {
                    total += sum * m;
                }
                section = 0.0;
            } else {
                section += pending.unwrap_or(1.0) * m;
            }
            pending = None;
        } else if matches!(c, '多' | '余' | '几')
            && multipliers > 0
            && chars.get(i + 1).copied().and_then(han_multiplier).is_some_and(|m| m >= 1e4)
        {
            more = true;
        } else {
            break;
        }
        i += 1;
    }
    if digits == 0 && multipliers == 0 {
        return None;
    }
    let digit_string = multipliers == 0 && digits >= 2;
    let mut value = if digit_string { plain } else { total + section + pending.unwrap_or(0.0) };
    if chars.get(i) == Some(&'点') && chars.get(i + 1).copied().and_then(han_digit).is_some() {
        i += 1;
        let mut scale = 0.1;
        while let Some(d) = chars.get(i).copied().and_then(han_digit) {
            value += f64::from(d) * scale;
            scale /= 10.0;
            digits += 1;
            i += 1;
        }
        // 三点五亿
        while let Some(m) = chars.get(i).copied().and_then(han_multiplier).filter(|&m| m >= 1e4) {
            value *= m;
            i += 1;
        }
    }
    if multipliers > 0 && matches!(chars.get(i), Some('多' | '余' | '几')) {
        more = true;
        i += 1;
    }
    Some(Number { end: i, value, more, chinese: true, digit_string, digits: digits + multipliers, sign: None })
}

/// Whether 百, 千, 万 or 亿 at `at` is a number by itself: 近千亿元, 百余家, 上万人.
fn leading_multiplier(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| chars.get(i));
    let next = chars.get(at + 1);
    matches!(before, Some('近' | '超' | '过' | '上' | '逾' | '破' | '约' | '达' | '到' | '成'))
        || matches!(next, Some('余' | '多' | '亿'))
}

/// A whole text as a number: "1.45亿", "三千五百万", "二〇二五", "２０２５"; of "百分之八点五" the 8.5.
pub fn number(text: &str) -> Option<f64> {
    let chars: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && !crate::fold::is_zero_width(*c)).collect();
    let number = scan(&chars, 0)?;
    (number.end == chars.len() && number.value.is_finite()).then_some(number.value)
}

/// A whole text as a small whole number: "三", "十二", "12", "两". Chinese digits in a row are none: 二三 may be two or three.
pub fn whole(text: &str) -> Option<i32> {
    let chars: Vec<char> = text.chars().collect();
    let number = scan(&chars, 0).filter(|n| n.end == chars.len() && !n.digit_string && !n.more)?;
    let value = number.value;
    (value.fract() == 0.0 && (0.0..=f64::from(i32::MAX)).contains(&value)).then_some(value as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiplier_is_worth_what_its_characters_are() {
        for (word, factor) in MULTIPLIERS.iter().chain(&LARGE) {
            assert_eq!(number(&format!("1{}", word.replace('十', "0"))), Some(*factor), "{word}");
        }
        assert!(LARGE.iter().all(|large| MULTIPLIERS.contains(large)));
    }

    #[test]
    fn small_whole_numbers_in_either_writing() {
        for (text, want) in [
            ("两", Some(2)),
            ("十二", Some(12)),
            ("二十三", Some(23)),
            ("7", Some(7)),
            ("2.5", None),
            ("三分之一", None),
            ("二三", None),
            ("几", None),
        ] {
            assert_eq!(whole(text), want, "{text}");
        }
    }

    #[test]
    fn numbers_in_every_writing() {
        for (text, want) in [
            ("1.45亿", 1.45e8),
            ("1.765万亿", 1.765e12),
            ("三千五百万", 3.5e7),
            ("二〇二五", 2025.0),
            ("一九八○", 1980.0),
            ("２０２５", 2025.0),
            ("百分之八点五", 8.5),
            ("百分之十", 10.0),
            ("三分之一", 1.0 / 3.0),
            ("两千", 2000.0),
            ("八千亿", 8e11),
            ("十", 10.0),
            ("一百二十", 120.0),
            ("二千八百万", 2.8e7),
            ("一万二千三百四十五", 12345.0),
            ("一亿零三万", 1.0003e8),
            ("三万亿", 3e12),
            ("1万6千", 16000.0),
            ("2万5千", 25000.0),
            ("1,234", 1234.0),
            ("1，234", 1234.0),
            ("12，345，678", 12345678.0),
            ("１，２８６", 1286.0),
            ("壹佰贰拾", 120.0),
            ("叁仟万", 3e7),
            ("8．8", 8.8),
            ("6800多万", 6.8e7),
            ("三点五亿", 3.5e8),
        ] {
            let got = number(text).unwrap_or(f64::NAN);
            assert!((got - want).abs() < 1e-9 * want, "{text}: {got}, want {want}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "2024，500", "伍", "煤矿", "5座", "一批", "1.2.3", "百姓"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
