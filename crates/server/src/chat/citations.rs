//! The sources of an answer, numbered as chat clients read them, and the annotations that lead to them.
//!
//! Clients disagree about what `[n]` means: some read it as the number of an annotation, some as the n-th distinct URL, some as the n-th
//! distinct title. All of them agree with us if sources are numbered from 1 in the order in which the text first names
//! them, each has one annotation, and no two share a URL or a title. Sources that the front end has attached and numbered come first.

use serde_json::{Value, json};
use wenbao_answer::{Answer, RankedPassage};

use crate::access::Links;

/// A text whose marks count its sources, and the sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cited {
    /// The answer's text; "[1]" is the first of `sources`.
    pub text: String,
    /// One passage each, in the order in which the text names them.
    pub sources: Vec<Source>,
}

/// A passage that the text cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// Report and headings, "2025年山西省政府工作报告 › 二、2025年工作安排"; no two sources of a text share it.
    pub title: String,
    /// The page that shows the passage with its quotes marked; no two sources of a text share it.
    pub url: String,
    /// The quotes, verbatim, joined by "…".
    pub quote: String,
    /// Where its first mark stands in the text (Unicode scalar values, half-open).
    pub mark: [usize; 2],
}

impl Source {
    /// The annotation of a chat completion.
    pub fn annotation(&self) -> Value {
        json!({ "type": "url_citation", "url_citation": self.citation() })
    }

    /// The annotation of a response, which has no level below its type.
    pub fn flat_annotation(&self) -> Value {
        let mut flat = self.citation();
        flat["type"] = json!("url_citation");
        flat
    }

    fn citation(&self) -> Value {
        let [start, end] = self.mark;
        json!({
            "start_index": start, "end_index": end,
            "url": self.url, "title": self.title, "content": self.quote,
        })
    }
}

/// The answer's text and sources. Digits in brackets that are no mark of ours ("［2024］5号") get full-width brackets, because clients
/// would take them for one and swallow them. `attached` sources have been numbered by the front end: ours follow them.
pub(crate) fn cite(answer: &Answer, links: &Links, attached: usize) -> Cited {
    let mut writer = Writer { attached, ..Writer::default() };
    let chars: Vec<char> = answer.text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let Some((end, n)) = mark(&chars, at) else {
            writer.push(chars[at]);
            at += 1;
            continue;
        };
        let passages = passages_of(answer, n);
        if passages.is_empty() {
            writer.push('［');
            chars[at + 1..end - 1].iter().for_each(|&digit| writer.push(digit));
            writer.push('］');
        }
        passages.into_iter().for_each(|passage| writer.mark(passage));
        at = end;
    }
    // What proves an answer is named even where the text forgot to.
    if !answer.abstained {
        for citation in answer.citations.iter().filter(|citation| citation.passage < answer.passages.len()) {
            if !writer.order.contains(&citation.passage) {
                writer.adjacent.clear();
                writer.mark(citation.passage);
            }
        }
    }
    let mut sources = Vec::with_capacity(writer.order.len());
    for (&passage, &mark) in writer.order.iter().zip(&writer.marks) {
        sources.push(source(answer, passage, mark, links, &sources));
    }
    Cited { text: writer.text, sources }
}

/// The text as it grows, with the passages that it has named so far.
#[derive(Default)]
struct Writer {
    /// How many sources come before the first one.
    attached: usize,
    text: String,
    length: usize,
    order: Vec<usize>,
    marks: Vec<[usize; 2]>,
    /// Numbers of the marks that stand at the end without anything between them.
    adjacent: Vec<usize>,
}

impl Writer {
    fn push(&mut self, c: char) {
        self.text.push(c);
        self.length += 1;
        self.adjacent.clear();
    }

    /// A mark of the passage, unless the same one stands right beside it.
    fn mark(&mut self, passage: usize) {
        let known = self.order.iter().position(|&other| other == passage);
        let number = self.attached + known.unwrap_or(self.order.len()) + 1;
        if self.adjacent.contains(&number) {
            return;
        }
        let mark = format!("[{number}]");
        let start = self.length;
        self.length += mark.len();
        self.text.push_str(&mark);
        self.adjacent.push(number);
        if known.is_none() {
            self.order.push(passage);
            self.marks.push([start, self.length]);
        }
    }
}

/// The end and the number of the mark "[12]" that begins here.
fn mark(chars: &[char], at: usize) -> Option<(usize, usize)> {
    if chars[at] != '[' {
        return None;
    }
    let digits: String = chars[at + 1..].iter().take_while(|c| c.is_ascii_digit()).collect();
    let end = at + 1 + digits.len();
    let closed = !digits.is_empty() && chars.get(end) == Some(&']');
    // A number too large to be one of ours is still what clients take for a mark.
    closed.then(|| (end + 1, digits.parse().unwrap_or(usize::MAX)))
}

/// The passages that the citations of this number point at.
fn passages_of(answer: &Answer, n: usize) -> Vec<usize> {
    let mut found = Vec::new();
    for citation in answer.citations.iter().filter(|citation| citation.n == n) {
        if citation.passage < answer.passages.len() && !found.contains(&citation.passage) {
            found.push(citation.passage);
        }
    }
    found
}

fn source(answer: &Answer, at: usize, mark: [usize; 2], links: &Links, before: &[Source]) -> Source {
    let passage = &answer.passages[at];
    let mut quotes: Vec<_> = answer.citations.iter().filter(|citation| citation.passage == at).collect();
    quotes.sort_by_key(|citation| citation.quote_range);
    quotes.dedup_by_key(|citation| citation.quote_range);
    let ranges: Vec<_> = quotes.iter().map(|citation| citation.quote_range).collect();
    let quote = quotes.iter().map(|citation| citation.quote.as_str()).collect::<Vec<_>>().join("…");
    let place = place(passage);
    let number = passage.id.rsplit('-').next().unwrap_or(&passage.id).trim_start_matches('0');
    // Two passages under one heading differ by their number, two of reports that share their title by their whole name.
    let titles = [place.clone(), format!("{place} ¶{number}"), format!("{place} ¶{}", passage.id)];
    let free = |title: &String| before.iter().all(|other| other.title != *title);
    let title = titles.into_iter().find(free).unwrap_or(place);
    Source { title, url: links.passage(&passage.id, &ranges), quote, mark }
}

/// A passage's report and headings, outermost first.
pub(crate) fn place(passage: &RankedPassage) -> String {
    let path = &passage.document.path;
    let name = passage.document.title.as_deref().unwrap_or_else(|| path.rsplit(['/', '\\']).next().unwrap_or(path));
    std::iter::once(name).chain(passage.section.iter().map(String::as_str)).collect::<Vec<_>>().join(" › ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake;
    use wenbao_answer::Citation;

    const TEXT: &str = "42座，43座，44座";

    fn answer(text: &str, citations: &[(usize, usize, &str)]) -> Answer {
        let passages = (1..=4).map(|n| fake::passage(&format!("d-{n:04}"), TEXT)).collect();
        let citation = |&(n, passage, quote): &(usize, usize, &str)| {
            let at = TEXT.find(quote).map_or(0, |byte| TEXT[..byte].chars().count());
            Citation { n, passage, quote: quote.into(), quote_range: [at, at + quote.chars().count()] }
        };
        Answer { text: text.into(), passages, citations: citations.iter().map(citation).collect(), ..fake::answer("q") }
    }

    fn cited(text: &str, citations: &[(usize, usize, &str)]) -> Cited {
        cite(&answer(text, citations), &Links::plain("http://h"), 0)
    }

    /// What Open WebUI makes of annotations: sources merged by URL, then by title; "[n]" is the n-th that is left.
    fn merged(cited: &Cited) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for source in &cited.sources {
            if !ids.contains(&source.url) {
                ids.push(source.url.clone());
            }
            if !names.contains(&source.title) {
                names.push(source.title.clone());
            }
        }
        assert_eq!(ids.len(), names.len(), "both of its lists count alike");
        ids
    }

    #[test]
    fn sources_are_numbered_in_the_order_in_which_the_text_names_them() {
        /// A text, its citations (number, passage, quote), what is made of it, and the passages that it then cites.
        type Row = (&'static str, &'static [(usize, usize, &'static str)], &'static str, &'static [&'static str]);
        let table: [Row; 7] = [
            ("甲[1]。", &[(1, 0, "42座")], "甲[1]。", &["d-0001"]),
            // Several numbers of one passage become one source.
            ("甲[1]，乙[2]。", &[(1, 0, "42座"), (2, 0, "43座")], "甲[1]，乙[1]。", &["d-0001"]),
            ("甲[1][2]。", &[(1, 0, "42座"), (2, 0, "43座")], "甲[1]。", &["d-0001"]),
            // Numbers follow the text, not the list of citations.
            ("甲[3]乙[1]。", &[(1, 0, "42座"), (3, 2, "43座")], "甲[1]乙[2]。", &["d-0003", "d-0001"]),
            // Two passages under one number are two sources.
            ("甲[1]。", &[(1, 1, "42座"), (1, 0, "42座")], "甲[1][2]。", &["d-0002", "d-0001"]),
            // What is cited but not marked is marked at the end; what is no mark stays readable.
            ("甲。", &[(1, 0, "42座")], "甲。[1]", &["d-0001"]),
            ("国发[2024]5号[1]", &[(1, 0, "42座")], "国发［2024］5号[1]", &["d-0001"]),
        ];
        for (text, citations, expected, passages) in table {
            let cited = cited(text, citations);
            assert_eq!(cited.text, expected, "{text}");
            let urls = merged(&cited);
            assert_eq!(urls.len(), passages.len(), "{text}");
            for (url, passage) in urls.iter().zip(passages) {
                assert!(url.starts_with(&format!("http://h/p/{passage}?mark=")), "{text}: {url}");
            }
            let chars: Vec<char> = cited.text.chars().collect();
            for (n, source) in cited.sources.iter().enumerate() {
                let mark: String = chars[source.mark[0]..source.mark[1]].iter().collect();
                assert_eq!(mark, format!("[{}]", n + 1), "{text}");
            }
        }
    }

    #[test]
    fn sources_follow_those_that_the_front_end_has_numbered() {
        let cited = cite(&answer("甲[1]乙[2]。", &[(1, 0, "42座"), (2, 1, "43座")]), &Links::plain("http://h"), 2);
        assert_eq!(cited.text, "甲[3]乙[4]。");
    }

    #[test]
    fn quotes_of_a_source_are_joined_and_all_marked_in_its_page() {
        let cited = cited("甲[1]乙[2]。", &[(2, 0, "44座"), (1, 0, "42座")]);
        assert_eq!(cited.sources[0].quote, "42座…44座");
        assert_eq!(cited.sources[0].url, "http://h/p/d-0001?mark=0-3,8-11");
    }

    #[test]
    fn an_abstention_gets_no_marks_that_its_text_has_not() {
        let mut nothing = answer("没有。", &[(1, 0, "42座")]);
        nothing.abstained = true;
        assert_eq!(cite(&nothing, &Links::plain("http://h"), 0), Cited { text: "没有。".into(), sources: vec![] });
    }
}
