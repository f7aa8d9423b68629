//! Nouns that a name is asked for by: 哪家医院, 什么基金.

use super::words::{ends_with, words};

/// The class noun at the beginning of `text`: the longest from the table, with what is before it in the same phrase
/// ("体育赛事" in 国际体育赛事).
pub(super) fn noun(text: &str) -> Option<String> {
    if let Some(noun) = direct(text) {
        return Some(noun.to_string());
    }
    // A qualifier may stand before the noun: 国际体育赛事, 国家级经开区.
    let phrase: String = text
        .chars()
        .take_while(|c| !"，。？；、（的了是在被把将要和与".contains(*c) && !c.is_ascii_control())
        .take(12)
        .collect();
    let verb = VERBS.iter().filter_map(|verb| phrase.find(verb)).min().unwrap_or(phrase.len());
    let phrase = &phrase[..verb];
    let ends: Vec<usize> = phrase.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    let qualified = ends.iter().rev().find(|end| {
        words()
            .classes
            .nouns
            .iter()
            .any(|noun| noun.chars().count() > 1 && noun != "国家" && phrase[..**end].ends_with(noun.as_str()))
    });
    if let Some(end) = qualified {
        return Some(phrase[..*end].to_string());
    }
    // "哪部新修订的法律": an attribute with 的 stands before it.
    let (attribute, rest) = text.split_once('的')?;
    (attribute.chars().count() <= 10 && !attribute.contains(['，', '？', '、']))
        .then(|| direct(rest).map(str::to_string))?
}

/// The noun that ends its clause right behind 什么 or 哪个, whatever it is: 新设立了什么纪念日.
pub(super) fn last_noun(text: &str) -> Option<String> {
    let phrase: String = text.chars().take_while(|c| !"，。？；、（“".contains(*c) && !c.is_ascii_control()).collect();
    let plain = |c: char| !"的了是在被把将要和与样时".contains(c) && wenbao_lang::han::is_han(c);
    ((2..=6).contains(&phrase.chars().count())
        && phrase.chars().all(plain)
        && !VERBS.iter().any(|v| phrase.contains(v)))
    .then_some(phrase)
}

/// Verbs that end a noun phrase.
const VERBS: &[&str] = &[
    "获得", "获评", "获批", "入选", "突破", "达到", "实现", "完成", "率先", "成为", "排名", "考核", "列入", "纳入",
    "率领", "当选", "开通", "通车",
];

/// The class noun that `text` begins with; 国家 and one-character nouns must not be the beginning of a longer word.
fn direct(text: &str) -> Option<&'static str> {
    let noun =
        words().classes.nouns.iter().filter(|noun| text.starts_with(noun.as_str())).max_by_key(|noun| noun.len())?;
    let next = text[noun.len()..].chars().next();
    // 人权公约, 人才政策: no 人.
    if noun == "人" && next.is_some_and(|c| "权才民口大均工物类文社造".contains(c)) {
        return None;
    }
    let longer = next.is_some_and(|c| c == '级' || noun == "国家" && !"的是有在和与将要会，？".contains(c));
    (!longer).then_some(noun.as_str())
}

/// Whether a phrase ends with a class noun.
pub(super) fn is_class(phrase: &str) -> bool {
    ends_with(phrase, &words().classes.nouns) || ends_generic(phrase)
}

/// Whether an overview is asked for: "有哪些安排", "什么变化".
pub(super) fn is_generic(text: &str) -> bool {
    words()
        .classes
        .generic
        .iter()
        .filter(|noun| text.starts_with(noun.as_str()))
        .max_by_key(|noun| noun.len())
        .is_some_and(|noun| {
            let rest = &text[noun.len()..];
            rest.is_empty() || rest.starts_with(['，', '？', '。', '和', '、', '？'])
        })
}

/// Whether a class ends in one of the nouns of an overview: 主要预期目标.
pub(super) fn ends_generic(class: &str) -> bool {
    ends_with(class, &words().classes.generic)
}

/// Whether the class is one of places.
pub(super) fn is_place(class: &str) -> bool {
    words().classes.places.iter().any(|place| place == class)
}
