//! Near-duplicates: passages of other documents that say nearly the same, with the same numbers.

use std::collections::{BTreeMap, HashMap, HashSet};

use wenbao_index::Result;
use wenbao_report::fingerprint;

use crate::body::Body;
use crate::database::Database;
use crate::load::bodies;

/// Pairs of rows of a new document and of documents that are seen, by their first rows.
pub(crate) async fn find(database: &Database, first: i64, body: &Body, seen: &HashSet<i64>) -> Result<Vec<(i64, i64)>> {
    let mut hashes: Vec<i64> = body.sketches.iter().flat_map(|(_, own)| own.iter().map(|h| h.cast_signed())).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let doing = "looking for near-duplicates";
    let sql = "SELECT hash, \"row\", first_row FROM wenbao.sketches WHERE hash = ANY ($1) AND first_row <> $2";
    let found = database.query_all(doing, sql, &[&hashes, &first]).await?;
    let mut holding: HashMap<i64, Vec<i64>> = HashMap::new();
    let mut shard_of: HashMap<i64, usize> = HashMap::new();
    for (shard, rows) in found.iter().enumerate() {
        for row in rows.iter().filter(|row| seen.contains(&row.get(2))) {
            let other = row.get(1);
            shard_of.insert(other, shard);
            holding.entry(row.get(0)).or_default().push(other);
        }
    }
    let mut candidates: Vec<(i64, i64)> = Vec::new();
    for (at, (_, own)) in body.sketches.iter().enumerate() {
        let mut shared: BTreeMap<i64, usize> = BTreeMap::new();
        for &other in own.iter().flat_map(|hash| holding.get(&hash.cast_signed()).into_iter().flatten()) {
            *shared.entry(other).or_default() += 1;
        }
        candidates.extend(fingerprint::candidates(shared).map(|other| (at as i64, other)));
    }
    let mut texts: HashMap<i64, String> = HashMap::new();
    for shard in 0..database.shards.len() {
        let rows: HashSet<i64> =
            candidates.iter().map(|&(_, other)| other).filter(|other| shard_of.get(other) == Some(&shard)).collect();
        if rows.is_empty() {
            continue;
        }
        let rows: Vec<i64> = rows.into_iter().collect();
        let read = bodies(database, shard, rows).await?;
        texts.extend(read.into_iter().map(|(row, passage)| (i64::from(row), passage.text)));
    }
    let same = |&(at, other): &(i64, i64)| {
        let own = body.sketches.get(at as usize).map_or("", |(text, _)| text.as_str());
        texts.get(&other).is_some_and(|text| fingerprint::same_fact(own, text))
    };
    Ok(candidates.iter().filter(|pair| same(pair)).map(|&(at, other)| (first + at, other)).collect())
}
