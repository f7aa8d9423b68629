//! The words of a Russian text: tokens, stems, forms of names.

/// A word or a mark.
#[derive(Debug)]
pub(super) struct Token {
    /// As written.
    pub raw: String,
    /// In lower case, ё as е.
    pub lower: String,
    /// What its forms have in common; the mark itself for marks.
    pub stem: String,
}

/// Cuts a text into words and marks.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut flush = |word: &mut String| {
        if !word.is_empty() {
            let lower = word.to_lowercase().replace('ё', "е");
            tokens.push(Token { stem: stem(&lower), lower, raw: std::mem::take(word) });
        }
    };
    let chars: Vec<char> = text.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        let between_digits =
            at > 0 && chars[at - 1].is_ascii_digit() && chars.get(at + 1).is_some_and(char::is_ascii_digit);
        if c.is_alphanumeric() || (c == '.' || c == ',') && between_digits {
            word.push(if c == ',' { '.' } else { c });
        } else {
            flush(&mut word);
            if "(),;:-–—?%".contains(c) {
                flush(&mut c.to_string());
            }
        }
    }
    flush(&mut word);
    tokens
}

/// Stems of the words of a phrase; marks do not count.
pub(super) fn stems(phrase: &str) -> Vec<String> {
    tokens(phrase).into_iter().filter(is_word).map(|token| token.stem).collect()
}

/// Whether it is a word or a number rather than a mark.
pub(super) fn is_word(token: &Token) -> bool {
    token.lower.starts_with(char::is_alphanumeric)
}

/// Endings of adjectives, nouns and verbs, longest first.
const ENDINGS: &[&str] = &[
    "ившимися",
    "ывшимися",
    "ившиеся",
    "ующиеся",
    "ившихся",
    "ившийся",
    "ившаяся",
    "ующийся",
    "ующихся",
    "ились",
    "ились",
    "илась",
    "илось",
    "ыми",
    "ими",
    "ого",
    "его",
    "ому",
    "ему",
    "ами",
    "ями",
    "иями",
    "иях",
    "иям",
    "ием",
    "ией",
    "ться",
    "лась",
    "лось",
    "лись",
    "лся",
    "ется",
    "ются",
    "ится",
    "ятся",
    "ена",
    "ено",
    "ены",
    "ает",
    "яет",
    "ают",
    "яют",
    "уют",
    "ует",
    "ые",
    "ие",
    "ый",
    "ий",
    "ой",
    "ей",
    "ая",
    "яя",
    "ое",
    "ее",
    "ую",
    "юю",
    "ых",
    "их",
    "ым",
    "им",
    "ом",
    "ем",
    "ам",
    "ям",
    "ах",
    "ях",
    "ов",
    "ев",
    "ью",
    "ия",
    "ии",
    "ию",
    "ла",
    "ло",
    "ли",
    "ть",
    "ет",
    "ют",
    "ит",
    "ят",
    "ат",
    "ут",
    "на",
    "но",
    "ны",
    "ен",
    "ан",
    "а",
    "я",
    "о",
    "е",
    "и",
    "ы",
    "у",
    "ю",
    "ь",
    "й",
    "л",
];

/// Ends that a stem of one form keeps and that of another loses ("бюджета", "бюджет").
const SECOND: &[&str] = &["ет", "ит", "ат", "ут", "ют", "ят", "ем", "ов", "ев", "ен", "ан"];

/// Strips endings; forms of a word meet in one string, which is all that is asked of it.
fn stem(word: &str) -> String {
    if word.chars().count() <= 3 || !word.chars().any(|c| ('а'..='я').contains(&c)) {
        return word.to_owned();
    }
    // What the endings would send to another word: "метро" to the metre, "деревень" to trees, "пандемия" to pandas,
    // "паром" to pairs.
    match word {
        // "каков" asks for an amount, "какой" and "какие" for things.
        _ if word.starts_with("как") && word.chars().count() <= 6 => return word.to_owned(),
        "метро" => return word.to_owned(),
        "деревень" => return "деревн".to_owned(),
        _ if word.starts_with("паром") => return "паром".to_owned(),
        _ if word.starts_with("пандеми") => return "пандеми".to_owned(),
        _ => {}
    }
    let long = |stem: &&str| stem.chars().count() >= 3;
    let mut stem = match word.strip_suffix("ость") {
        Some(_) => &word[..word.len() - 'ь'.len_utf8()],
        None => ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(long)).unwrap_or(word),
    };
    // Participles and adjectives double the н.
    stem = if stem.ends_with("нн") { &stem[..stem.len() - 'н'.len_utf8()] } else { stem };
    let longer = |stem: &&str| stem.chars().count() >= 4;
    stem = SECOND.iter().find_map(|ending| stem.strip_suffix(ending).filter(longer)).unwrap_or(stem);
    while let Some(shorter) = stem.strip_suffix(['а', 'я', 'о', 'е', 'и', 'ы', 'у', 'ю', 'ь', 'й']).filter(longer)
    {
        stem = shorter;
    }
    // "уровень" has a vowel that "уровня" has not.
    let mut chars: Vec<char> = stem.chars().collect();
    let last = chars.len() - 1;
    if last >= 3 && "нкцлр".contains(chars[last]) && "ео".contains(chars[last - 1]) {
        chars.remove(last - 1);
    }
    chars.into_iter().collect()
}

/// The symbols of a place's name in each of its cases: names keep what a stem would lose ("Шанхай", "Шанхая").
pub(super) fn name_forms(name: &str) -> Vec<Vec<String>> {
    let words: Vec<String> = tokens(name).into_iter().filter(is_word).map(|token| token.lower).collect();
    let [word] = words.as_slice() else {
        return vec![words.iter().map(|word| exact(word)).collect()];
    };
    let cases: (&str, &[&str]) = if let Some(base) = word.strip_suffix('й') {
        (base, &["й", "я", "ю", "ем", "е"])
    } else if let Some(base) = word.strip_suffix('ь') {
        (base, &["ь", "я", "ю", "ем", "е", "и", "ью"])
    } else if let Some(base) = word.strip_suffix('а') {
        (base, &["а", "ы", "у", "ой", "е"])
    } else if word.ends_with(['и', 'э', 'о', 'у', 'е', 'я', 'ы', 'ю']) {
        (word, &[""])
    } else {
        (word, &["", "а", "у", "ом", "е"])
    };
    cases.1.iter().map(|ending| vec![exact(&format!("{}{ending}", cases.0))]).collect()
}

/// How names of places are looked up.
pub(super) fn exact(lower: &str) -> String {
    format!("={lower}")
}

/// Whether a form stands before its noun as an adjective does.
pub(super) fn is_adjective(word: &str) -> bool {
    let long = word.chars().count() > 4;
    let noun = [
        "ние", "ния", "нию", "нием", "ний", "тие", "тий", "тия", "ство", "ции", "ций", "рии", "гии", "гий", "ией",
        "дой",
    ];
    let ends = [
        "ый", "ой", "ий", "ая", "яя", "ое", "ее", "ые", "ие", "ого", "его", "ому", "ему", "ым", "им", "ую", "юю", "ых",
        "их", "ыми", "ими",
    ];
    long && ends.iter().any(|end| word.ends_with(end)) && !noun.iter().any(|end| word.ends_with(end))
}
