//! Han characters between their three scripts: traditional Chinese, Japanese shinjitai, simplified Chinese.

use std::collections::HashMap;
use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

/// Shinjitai that neither Chinese script has, each before its simplified character. From the tables of the Tōyō and Jōyō kanji
/// reforms (1946, 2010), as far as government prose uses them.
const SHINJITAI: &str = include_str!("../../data/shinjitai.txt");

static JAPANESE: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let pairs = SHINJITAI.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    pairs
        .filter_map(|pair| {
            let mut chars = pair.chars();
            Some((chars.next()?, chars.next()?))
        })
        .collect()
});

// None where the built-in dictionary cannot be read: conversion then leaves the text as it is.
static TO_SIMPLIFIED: LazyLock<Option<OpenCC>> = LazyLock::new(|| OpenCC::from_config(BuiltinConfig::T2s).ok());

/// Whether it is a Han character.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2FA1F}' | '〇' | '々')
}

/// Whether only Japanese writes it.
pub(super) fn is_shinjitai(c: char) -> bool {
    JAPANESE.contains_key(&c)
}

/// Whether simplified Chinese writes another character for it.
pub(super) fn is_traditional(c: char) -> bool {
    let mut buffer = [0; 4];
    let text: &str = c.encode_utf8(&mut buffer);
    is_han(c) && TO_SIMPLIFIED.as_ref().is_some_and(|opencc| opencc.convert(text) != text)
}

/// The text with every traditional or Japanese Han character in simplified Chinese.
pub fn simplified(text: &str) -> String {
    let text: String = text.chars().map(|c| JAPANESE.get(&c).copied().unwrap_or(c)).collect();
    match &*TO_SIMPLIFIED {
        Some(opencc) => opencc.convert(&text),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_becomes_simplified() {
        for (text, expected) in [
            ("糧食總產量達到多少億斤", "粮食总产量达到多少亿斤"),
            ("數據中心標準機架", "数据中心标准机架"),
            ("裏程與佈局", "里程与布局"),
            ("経済発展の実績", "经济发展の实绩"),
            ("広東省の県", "广东省の县"),
            ("山西省", "山西省"),
        ] {
            assert_eq!(simplified(text), expected);
        }
    }
}
