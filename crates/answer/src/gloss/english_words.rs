//! The words of an English text: tokens, stems, numbers.

use super::han;

/// A word, a number or a mark.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// As written, without a possessive 's.
    pub raw: String,
    /// In lower case.
    pub lower: String,
    /// Its stem; the mark itself for marks.
    pub stem: String,
    /// How names of places are looked up: a name has no stem.
    pub exact: String,
    /// Whether it is digits, with or without a decimal point.
    pub number: bool,
}

impl Token {
    fn new(raw: &str) -> Self {
        let lower = raw.to_lowercase();
        let number =
            lower.starts_with(|c: char| c.is_ascii_digit()) && lower.chars().all(|c| c.is_ascii_digit() || c == '.');
        let stem = if number { lower.clone() } else { stem(&lower) };
        Self { raw: raw.to_owned(), exact: exact(&lower), lower, stem, number }
    }

    /// A year that reports speak of.
    pub fn year(&self) -> Option<i32> {
        let year: i32 = self.lower.parse().ok()?;
        (self.number && self.lower.len() == 4 && (1900..2100).contains(&year)).then_some(year)
    }

    /// Whether it is a word or a number rather than a mark.
    pub fn is_word(&self) -> bool {
        self.lower.starts_with(char::is_alphanumeric)
    }
}

/// Marks that the reader looks at.
const MARKS: &str = ",;:()-–—~/%&?$€";

/// Cuts a text into words, numbers and marks; articles are dropped.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text: String =
        text.replace(['’', '‘', '`'], "'").replace("s' ", "s ").replace("R&D", "rd").replace("r&d", "rd");
    let chars: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let start = at;
        if c.is_ascii_digit() {
            // A comma between groups of three digits belongs to the number, a point before a digit too.
            let mut word = String::new();
            while let Some(&c) = chars.get(at) {
                let digits = |range: std::ops::Range<usize>| {
                    chars.get(range).is_some_and(|group| group.iter().all(char::is_ascii_digit))
                };
                match c {
                    _ if c.is_alphanumeric() => word.push(c),
                    '.' if digits(at + 1..at + 2) => word.push(c),
                    ',' if digits(at + 1..at + 4) && !digits(at + 4..at + 5) => {}
                    _ => break,
                }
                at += 1;
            }
            tokens.push(Token::new(&word));
        } else if han::is_han(c) {
            while chars.get(at).is_some_and(|&c| han::is_han(c)) {
                at += 1;
            }
            tokens.push(Token::new(&chars[start..at].iter().collect::<String>()));
        } else if c.is_alphabetic() {
            let mut word = String::new();
            while let Some(&c) = chars.get(at) {
                match c {
                    _ if c.is_alphanumeric() && !han::is_han(c) => word.push(c),
                    // "PM2.5", "U.S.", "people's"
                    '.' if chars.get(at + 1).is_some_and(|next| next.is_alphanumeric()) => {
                        if chars.get(at + 1).is_some_and(char::is_ascii_digit) {
                            word.push(c);
                        }
                    }
                    '\'' if matches!(chars.get(at + 1), Some('s'))
                        && !chars.get(at + 2).is_some_and(|c| c.is_alphanumeric()) =>
                    {
                        at += 2;
                        break;
                    }
                    '\'' => {}
                    _ => break,
                }
                at += 1;
            }
            // "A-share" has no article.
            let article = matches!(word.to_lowercase().as_str(), "the" | "a" | "an") && chars.get(at) != Some(&'-');
            if !article {
                tokens.push(Token::new(&word));
            }
        } else {
            at += 1;
            if MARKS.contains(c) {
                tokens.push(Token::new(&c.to_string()));
            }
        }
    }
    tokens
}

/// Stems of the words of a phrase; hyphens and other marks do not count.
pub(super) fn stems(phrase: &str) -> Vec<String> {
    tokens(phrase).into_iter().filter(Token::is_word).map(|token| token.stem).collect()
}

/// The symbols of a place's name, which has no plural and no participle ("Xi'an" is not "Xianning").
pub(super) fn exact_words(name: &str) -> Vec<String> {
    tokens(name).into_iter().filter(Token::is_word).map(|token| token.exact).collect()
}

fn exact(lower: &str) -> String {
    format!("={lower}")
}

/// Strips what plurals, gerunds and participles add. It only has to send the forms of a word to one string, not to a word;
/// it keeps apart what reports keep apart ("product", "production").
fn stem(word: &str) -> String {
    let mut stem = match word {
        "men" => "man".to_owned(),
        "women" => "woman".to_owned(),
        "people" | "persons" => "person".to_owned(),
        "children" => "child".to_owned(),
        "built" => "build".to_owned(),
        "rebuilt" => "rebuild".to_owned(),
        "rose" | "risen" => "rise".to_owned(),
        "grew" | "grown" => "grow".to_owned(),
        "fell" | "fallen" => "fall".to_owned(),
        "spent" => "spend".to_owned(),
        "held" => "hold".to_owned(),
        "sent" => "send".to_owned(),
        "went" | "gone" => "go".to_owned(),
        "gave" | "given" => "give".to_owned(),
        "made" => "make".to_owned(),
        "broke" | "broken" => "break".to_owned(),
        "paid" => "pay".to_owned(),
        "won" => "win".to_owned(),
        "began" | "begun" => "begin".to_owned(),
        "took" | "taken" => "take".to_owned(),
        "sold" => "sell".to_owned(),
        "bought" => "buy".to_owned(),
        "brought" => "bring".to_owned(),
        "kept" => "keep".to_owned(),
        "lost" => "lose".to_owned(),
        "met" => "meet".to_owned(),
        "saw" | "seen" => "see".to_owned(),
        "became" => "become".to_owned(),
        "shrank" | "shrunk" => "shrink".to_owned(),
        "sown" => "sow".to_owned(),
        "withdrew" | "withdrawn" => "withdraw".to_owned(),
        "repaid" => "repay".to_owned(),
        "taught" => "teach".to_owned(),
        "chose" | "chosen" => "choose".to_owned(),
        "undertook" | "undertaken" => "undertake".to_owned(),
        "meetings" => return "meeting".to_owned(),
        "buildings" => return "building".to_owned(),
        "saving" | "savings" => return "saving".to_owned(),
        "schooling" | "listed" | "meeting" | "building" | "opening" | "housing" | "listing" | "shipping"
        | "projected" => {
            return word.to_owned();
        }
        "news" | "wine" | "gas" | "bus" | "as" | "its" | "this" | "is" | "was" | "has" | "does" | "us" => {
            return word.to_owned();
        }
        _ => word.to_owned(),
    };
    let vowel = |s: &str| s.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    if stem.len() > 4 && stem.ends_with("ies") {
        stem.truncate(stem.len() - 3);
        stem.push('y');
    } else if stem.len() > 4 && ["sses", "xes", "ches", "shes", "zes"].iter().any(|end| stem.ends_with(end)) {
        stem.truncate(stem.len() - 2);
    } else if stem.len() > 3 && stem.ends_with('s') && !["ss", "us", "is"].iter().any(|end| stem.ends_with(end)) {
        stem.pop();
    }
    // "ratified" is a form of "ratify".
    if stem.len() > 4 && stem.ends_with("ied") {
        stem.truncate(stem.len() - 3);
        stem.push('y');
    }
    for end in ["ing", "ed"] {
        if stem.ends_with(end)
            && !stem.ends_with("eed")
            && stem.len() >= end.len() + 3
            && vowel(&stem[..stem.len() - end.len()])
        {
            stem.truncate(stem.len() - end.len());
            break;
        }
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    let mut last = stem.chars().rev();
    if stem.len() > 3
        && let (Some(a), Some(b)) = (last.next(), last.next())
        && a == b
        && a.is_ascii_alphabetic()
    {
        stem.pop();
    }
    // "modernise" and "modernize", "labour" and "labor", "centre" and "center" are the same words.
    stem.replace("isation", "ization").replace("our", "or").replace("programm", "program").replace("centr", "center")
}

/// Number words up to twelve and the tens.
pub(super) fn number_word(word: &str) -> Option<u32> {
    const WORDS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let index = |list: &[&str]| list.iter().position(|&known| known == word);
    let number = index(&WORDS).or_else(|| index(&TENS).map(|at| (at + 2) * 10))?;
    u32::try_from(number).ok()
}

/// "14th", "second".
pub(super) fn ordinal(word: &str) -> Option<u32> {
    const WORDS: [&str; 20] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ];
    if let Some(at) = WORDS.iter().position(|&known| known == word) {
        return u32::try_from(at + 1).ok();
    }
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end))?;
    digits.parse().ok()
}
