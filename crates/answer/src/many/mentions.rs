//! Which places' reports have a word: exactly, by the lexical index and the text itself, with the clause that it stands in.

use std::ops::Range;

use wenbao_index::{DocumentId, Filter, Grain, terms};

use super::rows::Line;
use crate::error::Error;
use crate::evidence::{self, Scored, SentenceFeatures};
use crate::grams::fold_char;
use crate::model::Restriction;
use crate::values::clause_around;
use crate::view::View;

/// Passages that the lexical index gives of a place before all of them are looked through.
const HITS: usize = 64;

/// Characters of a quote; a longer clause is cut around the word.
const QUOTE: usize = 120;

/// Where a report has the word.
#[derive(Clone)]
pub(crate) struct Mention {
    /// The sentence.
    pub scored: Scored,
    /// The clause around the word, in the passage's text.
    pub quote: Range<usize>,
}

/// For each line the first mention that the lexical index ranks highest; `None` where no passage has the word.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn mentions(
    view: &View,
    restriction: &Restriction,
    lines: &[Line],
    term: &str,
    report_year: Option<i32>,
) -> Result<Vec<Option<Mention>>, Error> {
    let word: Vec<char> = term.chars().map(fold_char).filter(|c| !c.is_whitespace()).collect();
    let terms: Vec<(String, f32)> = terms::terms(term).into_iter().map(|term| (term, 1.0)).collect();
    lines.iter().map(|line| of_line(view, restriction, line, &word, &terms, report_year.or(line.year))).collect()
}

fn of_line(
    view: &View,
    restriction: &Restriction,
    line: &Line,
    word: &[char],
    terms: &[(String, f32)],
    year: Option<i32>,
) -> Result<Option<Mention>, Error> {
    let snapshot = &view.snapshot;
    let own = || {
        snapshot.documents().iter().filter(|d| {
            d.meta.region == line.region
                && evidence::admits(restriction, d)
                && (year.is_none() || d.meta.year.is_none() || d.meta.year == year)
        })
    };
    let ids: Vec<DocumentId> = own().map(|d| d.id.clone()).collect();
    if ids.is_empty() || word.is_empty() {
        return Ok(None);
    }
    let filter = Filter { documents: Some(ids), ..evidence::narrowed(restriction) };
    let hits = snapshot.search_text(Grain::Passage, terms, HITS, &filter)?;
    snapshot.expect(&hits.iter().map(|hit| hit.row).collect::<Vec<_>>())?;
    for hit in &hits {
        if let Some(mention) = of_row(view, hit.row, word, hit.score)? {
            return Ok(Some(mention));
        }
    }
    // A passage that has the word has all its terms: with fewer hits than were asked for, there is no other. Looking through
    // whole documents knows nothing of passages that the caller does not let pass.
    let of_passages = Filter { documents: None, kinds: Vec::new(), ..filter };
    if (hits.len() < HITS && !terms.is_empty()) || !of_passages.is_empty() {
        return Ok(None);
    }
    let rows: Vec<u32> = own().flat_map(|d| d.rows()).collect();
    snapshot.expect(&rows)?;
    for row in rows {
        if let Some(mention) = of_row(view, row, word, 0.0)? {
            return Ok(Some(mention));
        }
    }
    Ok(None)
}

fn of_row(view: &View, row: u32, word: &[char], score: f32) -> Result<Option<Mention>, Error> {
    let passage = view.passage(row)?;
    for (number, sentence) in passage.sentences.iter().enumerate() {
        let Some(at) = sentence.chars.windows(word.len()).position(|w| w == word) else { continue };
        let mut clause = clause_around(&sentence.chars, &(at..at + word.len()));
        if clause.len() > QUOTE {
            let room = (QUOTE - word.len().min(QUOTE)) / 2;
            clause = clause.start.max(at.saturating_sub(room))..clause.end.min(at + word.len() + room);
        }
        while clause.start < at && sentence.chars[clause.start].is_whitespace() {
            clause.start += 1;
        }
        let offset = sentence.range.start;
        let quote = clause.start + offset..clause.end + offset;
        let scored = Scored {
            passage: passage.clone(),
            sentence: number,
            features: SentenceFeatures::default(),
            score,
            cosine: 0.0,
        };
        return Ok(Some(Mention { scored, quote }));
    }
    Ok(None)
}
