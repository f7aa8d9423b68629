//! What of a document is put before the model, and what into the lexical index: a passage out of its place says too little
//! ("新建130座"), so it carries a little of where it stands. Sentences are not put before the model by themselves: they are
//! pooled out of what their passage becomes there, and know what stands around them ("late chunking", Günther et al. 2024).

use std::ops::Range;

use wenbao_report::{Document, Meta, Passage};

use crate::terms::terms;

/// Raised whenever the words below change, or which of them make a vector: what was ingested with others is then ingested
/// again. 2: the only sentence of a passage has the passage's vector. 3: sentences are pooled out of their passage's tokens.
pub const RECIPE: u32 = 6;

/// Headings before a passage: the innermost ones say what it is about.
const PASSAGE_HEADINGS: usize = 2;
/// Characters kept of a heading: some run-in heads are whole slogans.
const HEADING_CHARS: usize = 40;

/// What is embedded for a passage: title, the last headings, the text.
pub fn passage_text(document: &Document, passage: &Passage) -> String {
    let mut parts = vec![head(&document.meta)];
    parts.extend(last_headings(passage, PASSAGE_HEADINGS));
    parts.retain(|part| !part.is_empty());
    format!("{}：{}", parts.join(" "), passage.text)
}

/// Where the passage's sentences stand in [`passage_text`], in Unicode scalar values: what their vectors are pooled from.
pub fn sentence_ranges(document: &Document, passage: &Passage) -> Vec<Range<usize>> {
    let before = passage_text(document, passage).chars().count() - passage.text.chars().count();
    passage.sentences.iter().map(|s| s.range.start + before..s.range.end + before).collect()
}

/// The words that the entries of a passage and of its sentences have in common: those of the document's title and of
/// the last headings. They are worth more than any way of cutting (docs/EVALUATION-lexical.md).
///
/// Keeps those of the texts that it was asked for last: a document's passages share its title, a section's its heading.
#[derive(Debug, Default)]
pub(crate) struct Contexts(Vec<(String, Vec<String>)>);

impl Contexts {
    /// Those of a passage.
    pub fn terms(&mut self, meta: Option<&Meta>, passage: &Passage) -> Vec<String> {
        let texts: Vec<String> = meta.map(head).into_iter().chain(last_headings(passage, PASSAGE_HEADINGS)).collect();
        let mut kept = std::mem::take(&mut self.0);
        for text in texts {
            let known = kept.iter().position(|(of, _)| *of == text);
            let entry = known.map(|at| kept.swap_remove(at));
            self.0.push(entry.unwrap_or_else(|| {
                let cut = terms(&text);
                (text, cut)
            }));
        }
        self.0.iter().flat_map(|(_, terms)| terms.iter().cloned()).collect()
    }
}

fn head(meta: &Meta) -> String {
    if let Some(title) = &meta.title {
        return title.clone();
    }
    let region = meta.region.as_ref().map(ToString::to_string).unwrap_or_default();
    let year = meta.year.map(|y| format!("{y}年")).unwrap_or_default();
    format!("{year}{region}")
}

fn last_headings(passage: &Passage, count: usize) -> impl Iterator<Item = String> {
    let skip = passage.section.len().saturating_sub(count);
    passage.section[skip..].iter().map(|heading| heading.chars().take(HEADING_CHARS).collect())
}

/// The scalar values `range` of a text; what lies past its end is left out.
pub(crate) fn slice<'a>(text: &'a str, range: &std::ops::Range<usize>) -> &'a str {
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = starts.nth(range.start).unwrap_or(text.len());
    let end = match range.end.checked_sub(range.start + 1) {
        Some(more) => starts.nth(more).unwrap_or(text.len()),
        None => start,
    };
    &text[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_contexts_are_those_of_each_passage() {
        let meta = |title: &str| Meta { title: Some(title.into()), ..Meta::default() };
        let passage = |section: &[&str]| Passage {
            section: section.iter().map(|s| (*s).to_owned()).collect(),
            ..Passage::default()
        };
        let mut contexts = Contexts::default();
        for (title, section, want) in [
            ("山西报告", &["农业", "粮食"][..], "山西报告 农业 粮食"),
            ("山西报告", &["农业", "果业"], "山西报告 农业 果业"),
            ("陕西报告", &["果业", "果业"], "陕西报告 果业 果业"),
            ("陕西报告", &[], "陕西报告"),
        ] {
            let want: Vec<String> = want.split(' ').flat_map(terms).collect();
            assert_eq!(contexts.terms(Some(&meta(title)), &passage(section)), want);
        }
        assert!(contexts.terms(None, &passage(&[])).is_empty());
    }

    #[test]
    fn slices_count_scalar_values() {
        for (range, want) in [(0..2, "甲乙"), (1..3, "乙a"), (2..9, "a丙"), (3..3, ""), (7..9, "")] {
            assert_eq!(slice("甲乙a丙", &range), want, "{range:?}");
        }
    }
}
