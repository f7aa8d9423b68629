//! Comparing what searches stand on with what was stored.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use wenbao_index::{Generation, Grain, Result, Verification};

use crate::body::{Body, Columns, Postings};
use crate::catalogue::{Catalogue, Entry};
use crate::database::Database;
use crate::generation::Newest;
use crate::search::table;

/// Reads every document with its vectors, cuts it into words anew, and compares that with what the databases find.
pub(crate) fn verify(database: &Arc<Database>, newest: &Newest) -> Result<Verification> {
    let mut report = Verification { segments: database.shards.len(), ..Verification::default() };
    let catalogue = newest.catalogue();
    for entry in catalogue.entries() {
        let id = &entry.record.id;
        let whole = match newest.whole(id) {
            Ok(Some(whole)) => whole,
            Ok(None) => {
                report.differences.push(format!("document {id} has no text"));
                continue;
            }
            Err(error) => {
                report.differences.push(format!("document {id}: {error}"));
                continue;
            }
        };
        report.passages += whole.document.passages.len();
        let body = match Body::new(&whole.as_new()) {
            Ok(body) => body,
            Err(error) => {
                report.differences.push(format!("document {id}: {error}"));
                continue;
            }
        };
        let counts = [
            ("passages", i64::from(body.passages()), entry.record.passages as i64),
            ("sentences", body.of_sentences.len() as i64, entry.sentences as i64),
            ("words of passages", body.of_passages.tokens, entry.tokens[0] as i64),
            ("words of sentences", body.of_sentences.tokens, entry.tokens[1] as i64),
            ("characters", body.characters, entry.record.characters as i64),
        ];
        for (what, found, said) in counts.into_iter().filter(|(_, found, said)| found != said) {
            report.differences.push(format!("document {id} has {found} {what}, the catalogue says {said}"));
        }
        for grain in [Grain::Passage, Grain::Sentence] {
            let (own, entry) = (Arc::clone(database), Arc::clone(entry));
            let (columns, postings) = database.wait(async move { stored(&own, &entry, grain).await })?;
            let first = i64::from(newest.catalogue().entry(id).map_or(0, |entry| entry.record.first_row));
            if columns != body.grain(grain).columns(first) {
                report.differences.push(format!("document {id}: what filters ask of its {}s differs", table(grain)));
            }
            let wanted = body.grain(grain).postings(first);
            if postings.len() != wanted.len() || !postings.iter().all(|(t, p)| wanted.get(t.as_str()) == Some(p)) {
                report.differences.push(format!("document {id}: the words of its {}s differ", table(grain)));
            }
        }
    }
    let (own, catalogue) = (Arc::clone(database), Arc::clone(catalogue));
    report.differences.extend(database.wait(async move { strays(&own, &catalogue).await })?);
    Ok(report)
}

/// A document's columns and postings as they are stored.
async fn stored(
    database: &Database,
    entry: &Entry,
    grain: Grain,
) -> Result<(BTreeMap<i64, Columns>, BTreeMap<String, Postings>)> {
    let (doing, first) = ("reading what searches stand on", i64::from(entry.record.first_row));
    let table = table(grain);
    let sql = format!(
        "SELECT place, first_year, last_year, statuses, region FROM wenbao.{table}_entries WHERE first_row = $1"
    );
    let columns = database.query(entry.shard, doing, &sql, &[&first]).await?;
    let sql = format!("SELECT term, places, counts FROM wenbao.{table}_postings WHERE first_row = $1");
    let postings = database.query(entry.shard, doing, &sql, &[&first]).await?;
    Ok((
        columns.iter().map(|row| (row.get(0), (row.get(1), row.get(2), row.get(3), row.get(4)))).collect(),
        postings.iter().map(|row| (row.get(0), Postings { places: row.get(1), counts: row.get(2) })).collect(),
    ))
}

/// Parts of documents that the catalogue does not know, in any database.
async fn strays(database: &Database, catalogue: &Catalogue) -> Result<Vec<String>> {
    let sql = "SELECT first_row, id FROM wenbao.bodies";
    let found = database.query_all("reading what is stored", sql, &[]).await?;
    let mut strays = Vec::new();
    for (shard, rows) in found.iter().enumerate() {
        let own = catalogue.entries().iter().filter(|entry| entry.shard == shard);
        let known: HashSet<i64> = own
            .map(|entry| i64::from(entry.record.first_row))
            .chain(catalogue.unsettled[shard].iter().copied())
            .collect();
        for row in rows {
            let (first, id): (i64, &str) = (row.get(0), row.get(1));
            // What is later than this generation is somebody's who writes now.
            if first < catalogue.next_row && !known.contains(&first) {
                let name = &database.shards[shard].name;
                strays.push(format!("{name} has parts of a document {id} that the catalogue does not know"));
            }
        }
    }
    Ok(strays)
}
