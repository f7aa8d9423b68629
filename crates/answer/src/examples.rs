//! Questions to ask, made of what the documents present say: a newcomer sees what there is.

use wenbao_index::DocumentRecord;
use wenbao_lang::han::is_han;
use wenbao_report::{Quantity, Status};

use crate::error::Error;
use crate::view::View;

/// How many are made, and passages of a document that are looked at for one.
const COUNT: usize = 3;
const LOOKED_AT: usize = 60;
/// Characters of what a good example measures.
const MEASURE: std::ops::RangeInclusive<usize> = 4..=12;

/// A question for a value of each of up to three documents, spread over all.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn examples(view: &View) -> Result<Vec<String>, Error> {
    let documents = view.snapshot.documents();
    let step = documents.len().div_ceil(COUNT).max(1);
    let mut out = Vec::new();
    for document in documents.iter().step_by(step) {
        out.extend(example(view, document)?);
    }
    Ok(out)
}

fn example(view: &View, document: &DocumentRecord) -> Result<Option<String>, Error> {
    for row in document.rows().take(LOOKED_AT) {
        let passage = view.passage(row)?;
        let passage = &passage.record.passage;
        for sentence in &passage.sentences {
            for quantity in &sentence.quantities {
                let year = quantity.period.or(sentence.period).or(passage.period).and_then(|p| p.single_year());
                let status = quantity.status.or(sentence.status).or(passage.status);
                let (Some(year), Some(status), true) = (year, status, is_plain(quantity)) else { continue };
                let place = passage.region.as_ref().map_or("", |region| region.0.as_str());
                let plan = if status == Status::Target { "计划" } else { "" };
                return Ok(Some(format!("{year}年{place}{plan}{}是多少？", quantity.measure)));
            }
        }
    }
    Ok(None)
}

fn is_plain(quantity: &Quantity) -> bool {
    MEASURE.contains(&quantity.measure.chars().count())
        && quantity.measure.chars().all(is_han)
        && !quantity.unit.is_empty()
}
