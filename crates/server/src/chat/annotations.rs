//! Citations as OpenAI's annotations.

use serde::Serialize;
use wenbao_answer::{Answer, RankedPassage};

/// One citation mark of the text: `type` is "url_citation".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Annotation {
    r#type: &'static str,
    url_citation: UrlCitation,
}

/// Where the mark stands in the content (Unicode scalar values, half-open) and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct UrlCitation {
    start_index: usize,
    end_index: usize,
    url: String,
    title: String,
}

/// An annotation for every mark "[n]" in the answer's text that has a citation, in the text's order. `base` is the
/// server's own address as the client reached it.
pub(crate) fn annotations(answer: &Answer, base: &str) -> Vec<Annotation> {
    let mut all = Vec::new();
    for (start, end, n) in marks(&answer.text) {
        let citation = answer.citations.iter().find(|citation| citation.n == n);
        let Some(passage) = citation.and_then(|citation| answer.passages.get(citation.passage)) else {
            continue;
        };
        let url = format!("{base}/api/v1/passages/{}", passage.id);
        let url_citation = UrlCitation { start_index: start, end_index: end, url, title: title(passage) };
        all.push(Annotation { r#type: "url_citation", url_citation });
    }
    all
}

/// Title and headings, outermost first.
fn title(passage: &RankedPassage) -> String {
    let path = &passage.document.path;
    let name = passage.document.title.as_deref().unwrap_or_else(|| path.rsplit(['/', '\\']).next().unwrap_or(path));
    std::iter::once(name).chain(passage.section.iter().map(String::as_str)).collect::<Vec<_>>().join(" › ")
}

/// The marks of a text: (start, end, n), in scalar values.
fn marks(text: &str) -> Vec<(usize, usize, usize)> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at] == '[' {
            let digits: String = chars[at + 1..].iter().take_while(|c| c.is_ascii_digit()).collect();
            let end = at + 1 + digits.len();
            if let (Ok(n), Some(']')) = (digits.parse(), chars.get(end)) {
                found.push((at, end + 1, n));
                at = end;
            }
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text and the marks in it: start, end, number.
    type Case = (&'static str, &'static [(usize, usize, usize)]);

    #[test]
    fn marks_are_found_by_their_characters() {
        let table: [Case; 5] = [
            ("2025年130座。[1]", &[(10, 13, 1)]),
            ("甲[1][12]乙", &[(1, 4, 1), (4, 8, 12)]),
            ("[x] [] [1 [2]", &[(10, 13, 2)]),
            ("[99999999999999999999999]", &[]),
            ("", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(marks(text), expected, "{text}");
        }
    }
}
