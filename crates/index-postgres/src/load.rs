//! Passages and their vectors out of the databases.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::{try_join, try_join_all};
use wenbao_index::{DocumentId, Error, Result};
use wenbao_report::Passage;

use crate::catalogue::Catalogue;
use crate::database::Database;
use crate::filter::PLACES;
use crate::vector::Vector;

/// Passages read in one statement.
const BATCH: usize = 2_000;

/// A passage with its vectors.
pub(crate) struct Loaded {
    /// Its document: a row that another store gave to another is told by it.
    pub document: DocumentId,
    pub passage: Arc<Passage>,
    pub vector: Vec<f32>,
    /// One a sentence.
    pub sentences: Vec<Vec<f32>>,
}

/// The rows by the database that has them.
fn spread(catalogue: &Catalogue, rows: &[u32]) -> Result<HashMap<usize, Vec<i64>>> {
    let mut spread: HashMap<usize, Vec<i64>> = HashMap::new();
    for &row in rows {
        let entry = catalogue.holding(row).ok_or(Error::NoRow(row))?;
        spread.entry(entry.shard).or_default().push(i64::from(row));
    }
    Ok(spread)
}

/// Batches of rows, each in one database.
fn batches(catalogue: &Catalogue, rows: &[u32]) -> Result<Vec<(usize, Vec<i64>)>> {
    let spread = spread(catalogue, rows)?;
    Ok(spread
        .into_iter()
        .flat_map(|(shard, rows)| rows.chunks(BATCH).map(|batch| (shard, batch.to_vec())).collect::<Vec<_>>())
        .collect())
}

/// The passages of rows, by row.
pub(crate) async fn passages(
    database: &Database,
    catalogue: &Catalogue,
    rows: &[u32],
) -> Result<HashMap<u32, Passage>> {
    let read =
        try_join_all(batches(catalogue, rows)?.into_iter().map(|(shard, rows)| bodies(database, shard, rows))).await?;
    let found: HashMap<u32, Passage> = read.into_iter().flatten().collect();
    match rows.iter().find(|row| !found.contains_key(row)) {
        Some(&row) => Err(Error::NoRow(row)),
        None => Ok(found),
    }
}

/// The passages of rows in one database, as far as they are there.
pub(crate) async fn bodies(database: &Database, shard: usize, rows: Vec<i64>) -> Result<Vec<(u32, Passage)>> {
    let sql = "SELECT \"row\", body FROM wenbao.passages WHERE \"row\" = ANY ($1)";
    let read = database.query(shard, "reading passages", sql, &[&rows]).await?;
    let name = &database.shards[shard].name;
    let parsed = read.iter().map(|row| {
        let number = row.get::<_, i64>(0) as u32;
        let passage = serde_json::from_str(row.get(1))
            .map_err(|e| Error::Refused(format!("passage {number} in {name} is damaged ({e}): restore a backup")))?;
        Ok((number, passage))
    });
    parsed.collect()
}

/// Passages with their vectors, in the order of the rows.
pub(crate) async fn whole(database: &Database, catalogue: &Catalogue, rows: &[u32]) -> Result<Vec<(u32, Loaded)>> {
    let (mut passages, vectors) = try_join(
        passages(database, catalogue, rows),
        try_join_all(batches(catalogue, rows)?.into_iter().map(|(shard, rows)| vectors(database, shard, rows))),
    )
    .await?;
    let mut vectors: HashMap<u32, (Vec<f32>, Vec<Vec<f32>>)> = vectors.into_iter().flatten().collect();
    let loaded = rows.iter().map(|&row| {
        let lacks = || Error::NoRow(row);
        let entry = catalogue.holding(row).ok_or_else(lacks)?;
        let passage: Passage = passages.remove(&row).ok_or_else(lacks)?;
        let (vector, sentences) = vectors.remove(&row).ok_or_else(lacks)?;
        if sentences.len() != passage.sentences.len() {
            let (what, expected) = ("vectors of a stored passage's sentences", passage.sentences.len());
            return Err(Error::Shape { what, expected, found: sentences.len() });
        }
        Ok((row, Loaded { document: entry.record.id.clone(), passage: Arc::new(passage), vector, sentences }))
    });
    loaded.collect()
}

async fn vectors(database: &Database, shard: usize, rows: Vec<i64>) -> Result<Vec<(u32, (Vec<f32>, Vec<Vec<f32>>))>> {
    let doing = "reading vectors";
    let places: Vec<i64> = rows.iter().map(|row| row * PLACES).collect();
    let of_sentences = format!(
        "SELECT s.place, s.v FROM unnest($1::bigint[]) AS r(place)
         JOIN wenbao.sentence_entries s ON s.place >= r.place AND s.place < r.place + {PLACES} ORDER BY s.place"
    );
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&places];
    let (of_passages, of_sentences) = try_join(
        database.query(shard, doing, "SELECT place, v FROM wenbao.passage_entries WHERE place = ANY ($1)", &parameters),
        database.query(shard, doing, &of_sentences, &parameters),
    )
    .await?;
    let row_of = |row: &tokio_postgres::Row| (row.get::<_, i64>(0) / PLACES) as u32;
    let mut found: HashMap<u32, (Vec<f32>, Vec<Vec<f32>>)> = HashMap::new();
    for row in &of_passages {
        found.insert(row_of(row), (row.get::<_, Vector>(1).0, Vec::new()));
    }
    for row in &of_sentences {
        if let Some((_, sentences)) = found.get_mut(&row_of(row)) {
            sentences.push(row.get::<_, Vector>(1).0);
        }
    }
    Ok(found.into_iter().collect())
}
