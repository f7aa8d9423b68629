//! Han characters.

/// Whether a character is Han: unified ideographs with their compatibility forms and the extensions in use, and the zero
/// of Chinese dates in both its shapes (〇, and the circle ○ that stands for it: 一九八○).
pub fn is_han(c: char) -> bool {
    matches!(c,
        '〇' | '○' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ideographs_are_han_and_marks_letters_and_kana_are_not() {
        for c in "煤〇○㐀𠮷".chars() {
            assert!(is_han(c), "{c}");
        }
        for c in "A5，“の한々".chars() {
            assert!(!is_han(c), "{c}");
        }
    }
}
