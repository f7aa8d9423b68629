//! Searching all databases at once, and putting together what one store would find.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{join_all, try_join_all};
use wenbao_index::entry::Bm25;
use wenbao_index::{Filter, Grain, Hit, Result, Search};

use crate::catalogue::Catalogue;
use crate::database::Database;
use crate::filter::{PLACES, Values, documents, entries, living};
use crate::vector::Vector;

/// With a graph so many times as many are found as were asked for, and put in order by their exact products.
const MORE: usize = 2;
/// The same where a filter takes some of what the graph finds away: further off it finds what is missing.
const MORE_FILTERED: usize = 4;

/// A [`Search`] that owns what it needs, so that it can wait on another thread.
pub(crate) struct Wanted {
    grain: Grain,
    what: What,
    k: usize,
    filter: Filter,
}

enum What {
    Vector(Vec<f32>),
    Terms(Vec<(String, f32)>),
}

/// In how many entries of a grain a term stands, in one generation.
pub(crate) type Holding = Mutex<HashMap<(Grain, String), u64>>;

impl Wanted {
    pub fn new(search: &Search<'_>) -> Self {
        match *search {
            Search::Vectors { grain, query, k, filter } => {
                Self { grain, what: What::Vector(query.to_vec()), k, filter: filter.clone() }
            }
            Search::Text { grain, terms, k, filter } => {
                Self { grain, what: What::Terms(terms.to_vec()), k, filter: filter.clone() }
            }
        }
    }
}

/// The tables of a grain begin so.
pub(crate) fn table(grain: Grain) -> &'static str {
    match grain {
        Grain::Passage => "passage",
        Grain::Sentence => "sentence",
    }
}

/// What each search finds, best first.
pub(crate) async fn search(
    database: Arc<Database>,
    catalogue: Arc<Catalogue>,
    holding: Arc<Holding>,
    searches: Vec<Wanted>,
) -> Result<Vec<Vec<Hit>>> {
    count(&database, &catalogue, &holding, &searches).await?;
    try_join_all(searches.iter().map(|wanted| one(&database, &catalogue, &holding, wanted))).await
}

async fn one(database: &Database, catalogue: &Catalogue, holding: &Holding, wanted: &Wanted) -> Result<Vec<Hit>> {
    let empty = matches!(&wanted.what, What::Terms(terms) if terms.is_empty());
    if empty || wanted.k == 0 || catalogue.entries().is_empty() {
        return Ok(Vec::new());
    }
    let weighed = match &wanted.what {
        What::Vector(_) => None,
        What::Terms(terms) => match weigh(catalogue, holding, wanted.grain, terms) {
            Some(weighed) => Some(weighed),
            // No entry has any of the words.
            None => return Ok(Vec::new()),
        },
    };
    let in_shard = |shard: usize| {
        let (sql, values) = match (&wanted.what, &weighed) {
            (What::Vector(query), _) => nearest(database, catalogue, shard, wanted, query),
            (What::Terms(_), Some(weighed)) => best_words(catalogue, shard, wanted, weighed),
            (What::Terms(_), None) => (String::new(), Values::default()),
        };
        async move { database.query(shard, "searching", &sql, &values.borrowed()).await }
    };
    // All are waited for, so that no statement of a search that failed goes on behind the next one.
    let found = join_all(catalogue.shards().map(in_shard)).await;
    let mut hits = Vec::new();
    for rows in found {
        hits.extend(rows?.iter().map(|row| hit(wanted.grain, row.get(0), row.get(1))));
    }
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)).then(a.sentence.cmp(&b.sentence)));

    hits.truncate(wanted.k);
    Ok(hits)
}

fn hit(grain: Grain, place: i64, score: f32) -> Hit {
    let sentence = (grain == Grain::Sentence).then_some((place % PLACES) as u16);
    Hit { row: (place / PLACES) as u32, sentence, score }
}

/// The statement that finds the entries nearest to a vector in a database.
fn nearest(
    database: &Database,
    catalogue: &Catalogue,
    shard: usize,
    wanted: &Wanted,
    query: &[f32],
) -> (String, Values) {
    let mut values = Values::default();
    let vector = values.push(Vector(query.to_vec()));
    let mut conditions = vec![living(catalogue, shard, &mut values)];
    conditions.extend(documents(catalogue, &wanted.filter, &mut values));
    conditions.extend(entries(wanted.grain, &wanted.filter, &mut values));
    let more = if conditions.len() > 1 { MORE_FILTERED } else { MORE };
    let (conditions, k) = (conditions.join(" AND "), values.push(wanted.k as i64));
    let table = format!("wenbao.{}_entries", table(wanted.grain));
    let (vector, dimensions) = (format!("{vector}::vector"), query.len());
    let from = if database.options.approximate {
        let half = format!("halfvec({dimensions})");
        format!(
            "(SELECT place, v FROM {table} WHERE {conditions}
              ORDER BY v::{half} <#> {vector}::{half} LIMIT {k}::bigint * {more}) AS near"
        )
    } else {
        format!("(SELECT place, v FROM {table} WHERE {conditions}) AS every")
    };
    let sql = format!(
        "SELECT place, (-(v <#> {vector}))::float4 FROM {from} ORDER BY v <#> {vector}, place LIMIT {k}::bigint"
    );
    (sql, values)
}

/// Terms with what each adds to the score of an entry, and what the lengths of entries take from it.
struct Weighed {
    terms: Vec<String>,
    weights: Vec<f64>,
    norms: Vec<f64>,
}

fn weigh(catalogue: &Catalogue, holding: &Holding, grain: Grain, terms: &[(String, f32)]) -> Option<Weighed> {
    let size = catalogue.size(grain);
    let bm25 = Bm25::new(size.entries, size.tokens);
    let holding = holding.lock().unwrap_or_else(PoisonError::into_inner);
    let mut weighed =
        Weighed { terms: Vec::new(), weights: Vec::new(), norms: bm25.norms.iter().map(|&n| f64::from(n)).collect() };
    for (term, boost) in terms {
        let count = holding.get(&(grain, term.clone())).copied().unwrap_or(0);
        if count > 0 {
            weighed.terms.push(term.clone());
            weighed.weights.push(f64::from(bm25.weight(count, *boost)));
        }
    }
    (!weighed.terms.is_empty()).then_some(weighed)
}

/// The statement that finds the best entries by BM25 in a database.
fn best_words(catalogue: &Catalogue, shard: usize, wanted: &Wanted, weighed: &Weighed) -> (String, Values) {
    let mut values = Values::default();
    let (terms, weights) = (values.push(weighed.terms.clone()), values.push(weighed.weights.clone()));
    let norms = values.push(weighed.norms.clone());
    let mut of_document = vec![living(catalogue, shard, &mut values)];
    of_document.extend(documents(catalogue, &wanted.filter, &mut values));
    let of_document = of_document.join(" AND ");
    let grain = table(wanted.grain);
    let passing = entries(wanted.grain, &wanted.filter, &mut values)
        .map(|passing| format!("WHERE e.place IN (SELECT place FROM wenbao.{grain}_entries WHERE {passing})"))
        .unwrap_or_default();
    let k = values.push(wanted.k as i64);
    // Rounded as the scores of the index in a folder are: equals stay equal, whatever the order of their sums.
    let sql = format!(
        "SELECT e.place, sum(q.weight * (e.count >> 8) / ((e.count >> 8) + ({norms}::float8[])[(e.count & 255) + 1]))::float4 AS score
         FROM unnest({terms}::text[], {weights}::float8[]) AS q(term, weight)
         JOIN (SELECT * FROM wenbao.{grain}_postings WHERE {of_document}) AS p ON p.term = q.term
         CROSS JOIN LATERAL unnest(p.places, p.counts) AS e(place, count) {passing}
         GROUP BY e.place ORDER BY score DESC, e.place LIMIT {k}::bigint"
    );
    (sql, values)
}

/// Asks the databases how many entries have each term, of which that is not known yet.
async fn count(database: &Database, catalogue: &Catalogue, holding: &Holding, searches: &[Wanted]) -> Result<()> {
    let grains = [Grain::Passage, Grain::Sentence].map(|grain| {
        let known = holding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unknown: HashSet<String> = HashSet::new();
        for wanted in searches.iter().filter(|wanted| wanted.grain == grain) {
            let What::Terms(terms) = &wanted.what else { continue };
            let new = terms.iter().filter(|(term, _)| !known.contains_key(&(grain, term.clone())));
            unknown.extend(new.map(|(term, _)| term.clone()));
        }
        (grain, unknown.into_iter().collect::<Vec<_>>())
    });
    let asked = grains.into_iter().filter(|(_, terms)| !terms.is_empty());
    try_join_all(asked.map(|(grain, terms)| count_grain(database, catalogue, holding, grain, terms))).await?;
    Ok(())
}

async fn count_grain(
    database: &Database,
    catalogue: &Catalogue,
    holding: &Holding,
    grain: Grain,
    terms: Vec<String>,
) -> Result<()> {
    let in_shard = |shard: usize| {
        let mut values = Values::default();
        let wanted = values.push(terms.clone());
        let sql = format!(
            "SELECT term, sum(cardinality(places))::bigint FROM wenbao.{}_postings
             WHERE term = ANY ({wanted}) AND {} GROUP BY term",
            table(grain),
            living(catalogue, shard, &mut values)
        );
        async move { database.query(shard, "counting words", &sql, &values.borrowed()).await }
    };
    let counted = try_join_all(catalogue.shards().map(in_shard)).await?;
    let mut sums: HashMap<String, u64> = terms.iter().map(|term| (term.clone(), 0)).collect();
    for row in counted.iter().flatten() {
        *sums.entry(row.get(0)).or_default() += row.get::<_, i64>(1).unsigned_abs();
    }
    let mut known = holding.lock().unwrap_or_else(PoisonError::into_inner);
    known.extend(sums.into_iter().map(|(term, count)| ((grain, term), count)));
    Ok(())
}
