//! What a document brings into its database, and writing it there: by COPY, in one transaction.

use std::collections::BTreeMap;
use std::pin::pin;

use deadpool_postgres::Transaction;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use wenbao_embed::Vectors;
use wenbao_index::entry::{Entry, entries};
use wenbao_index::store::Made;
use wenbao_index::{DocumentId, Error, Grain, New, Result, path_text};
use wenbao_report::fingerprint;

use crate::database::Database;
use crate::error::said;
use crate::filter::PLACES;
use crate::search::table;
use crate::vector::Vector;

/// Tables that can be made anew from the others.
pub(crate) const DERIVED: [&str; 5] =
    ["passage_entries", "sentence_entries", "passage_postings", "sentence_postings", "sketches"];
/// The others.
pub(crate) const TRUE: [&str; 2] = ["bodies", "passages"];

/// Writing takes as long as it takes, but not for ever: a statement in a transaction that writes.
pub(crate) const PATIENCE: &str = "SET LOCAL statement_timeout = '10min'";

/// A document as the tables hold it; rows and places count from its first row.
pub(crate) struct Body {
    pub id: DocumentId,
    pub path: String,
    pub sha256: String,
    pub bytes: i64,
    pub made: Made,
    /// JSON of its head and of its headings.
    pub meta: String,
    outline: String,
    text: String,
    pub characters: i64,
    /// JSON of each passage.
    passages: Vec<String>,
    /// What each passage says alone, and the fingerprints of it.
    pub sketches: Vec<(String, Vec<u64>)>,
    pub of_passages: Grained,
    pub of_sentences: Grained,
}

/// One grain of a document.
#[derive(Default)]
pub(crate) struct Grained {
    entries: Vec<Placed>,
    postings: BTreeMap<String, Postings>,
    /// Words of all its entries.
    pub tokens: i64,
}

/// An entry and where it is.
struct Placed {
    place: i64,
    years: Option<(i16, i16)>,
    statuses: i16,
    region: Option<String>,
    vector: Vector,
}

/// Where a word stands.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Postings {
    pub places: Vec<i64>,
    /// How often times 256, plus the length as BM25 counts it.
    pub counts: Vec<i32>,
}

/// What filters ask of an entry, as it is stored.
pub(crate) type Columns = (Option<i16>, Option<i16>, i16, Option<String>);

impl Body {
    /// Reads it off a document: the words of all its entries, which takes longest.
    pub fn new(new: &New<'_>) -> Result<Self> {
        let document = new.document;
        let json = |e: serde_json::Error| Error::Refused(format!("a document cannot be written as JSON: {e}"));
        let passages = document.passages.iter().map(serde_json::to_string).collect::<Result<_, _>>().map_err(json)?;
        let (mut of_passages, mut of_sentences) = (Grained::default(), Grained::default());
        let mut next_sentence = 0;
        for (row, entries) in entries(&document.meta, &document.passages).into_iter().enumerate() {
            let place = row as i64 * PLACES;
            if entries.sentences.len() as i64 >= PLACES {
                let (what, expected) = ("sentences of a passage", PLACES as usize);
                return Err(Error::Shape { what, expected, found: entries.sentences.len() });
            }
            of_passages.push(place, entries.passage, row_of(new.passages, row));
            for (at, sentence) in entries.sentences.into_iter().enumerate() {
                of_sentences.push(place + at as i64, sentence, row_of(new.sentences, next_sentence));
                next_sentence += 1;
            }
        }
        Ok(Self {
            id: DocumentId::of_sha256(&new.source.sha256),
            path: path_text(&new.source.path),
            sha256: new.source.sha256.clone(),
            bytes: i64::try_from(new.source.bytes).unwrap_or(i64::MAX),
            made: new.made.cloned().unwrap_or_else(Made::now),
            meta: serde_json::to_string(&document.meta).map_err(json)?,
            outline: serde_json::to_string(&document.outline).map_err(json)?,
            text: document.text.clone(),
            characters: document.text.chars().count() as i64,
            passages,
            sketches: document.passages.iter().map(|p| (p.text.clone(), fingerprint::keys(&p.text))).collect(),
            of_passages,
            of_sentences,
        })
    }

    /// How many rows it takes: at least one, so that no two documents begin in the same.
    pub fn rows(&self) -> i64 {
        (self.passages.len() as i64).max(1)
    }

    /// How many passages it has.
    pub fn passages(&self) -> i32 {
        self.passages.len() as i32
    }

    /// One of its grains.
    pub fn grain(&self, grain: Grain) -> &Grained {
        match grain {
            Grain::Passage => &self.of_passages,
            Grain::Sentence => &self.of_sentences,
        }
    }
}

impl Grained {
    fn push(&mut self, place: i64, entry: Entry, vector: Vec<f32>) {
        self.tokens += i64::from(entry.tokens);
        for (term, count) in entry.terms {
            let postings = self.postings.entry(term).or_default();
            postings.places.push(place);
            // A word stands in a text of some hundred characters at most that often.
            postings.counts.push(((count.min(0x7f_ffff) as i32) << 8) | i32::from(entry.norm));
        }
        self.entries.push(Placed {
            place,
            years: entry.years,
            statuses: i16::from(entry.statuses),
            region: entry.region.map(|region| region.0),
            vector: Vector(vector),
        });
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// What filters ask of its entries, by place.
    pub fn columns(&self, first_row: i64) -> BTreeMap<i64, Columns> {
        let of = |e: &Placed| {
            (first_row * PLACES + e.place, (e.years.map(|y| y.0), e.years.map(|y| y.1), e.statuses, e.region.clone()))
        };
        self.entries.iter().map(of).collect()
    }

    /// Its postings by term, with places as they are stored.
    pub fn postings(&self, first_row: i64) -> BTreeMap<&str, Postings> {
        let shift = |places: &[i64]| places.iter().map(|place| first_row * PLACES + place).collect();
        self.postings
            .iter()
            .map(|(term, p)| (term.as_str(), Postings { places: shift(&p.places), counts: p.counts.clone() }))
            .collect()
    }
}

fn row_of(vectors: &Vectors, row: usize) -> Vec<f32> {
    vectors.row(row).to_vec()
}

/// Writes documents, each from its first row, into a database; they are seen when the catalogue says so.
pub(crate) async fn write(database: &Database, shard: usize, bodies: &[(i64, &Body)]) -> Result<()> {
    let name = &database.shards[shard].name;
    let fail = |error: tokio_postgres::Error| said("storing documents", name, &error);
    let mut client = database.shards[shard].client().await?;
    let transaction = client.transaction().await.map_err(fail)?;
    transaction.batch_execute(PATIENCE).await.map_err(fail)?;
    let run = async {
        write_truth(&transaction, bodies).await?;
        write_derived(&transaction, bodies).await
    };
    run.await.map_err(fail)?;
    transaction.commit().await.map_err(fail)
}

/// Makes the derived parts of a document anew.
pub(crate) async fn rewrite(database: &Database, shard: usize, first_row: i64, body: &Body) -> Result<()> {
    let name = &database.shards[shard].name;
    let fail = |error: tokio_postgres::Error| said("making derived parts anew", name, &error);
    let mut client = database.shards[shard].client().await?;
    let transaction = client.transaction().await.map_err(fail)?;
    transaction.batch_execute(PATIENCE).await.map_err(fail)?;
    for table in DERIVED {
        let sql = format!("DELETE FROM wenbao.{table} WHERE first_row = $1");
        transaction.execute(&sql, &[&first_row]).await.map_err(fail)?;
    }
    write_derived(&transaction, &[(first_row, body)]).await.map_err(fail)?;
    transaction.commit().await.map_err(fail)
}

type Refusal = tokio_postgres::Error;

async fn write_truth(transaction: &Transaction<'_>, bodies: &[(i64, &Body)]) -> Result<(), Refusal> {
    let types = [Type::INT8, Type::TEXT, Type::TEXT, Type::BYTEA];
    let mut copy = pin!(begin(transaction, "bodies (first_row, id, outline, text)", &types).await?);
    for (first, body) in bodies {
        copy.as_mut().write(&[first, &body.id.0, &body.outline, &body.text.as_bytes()]).await?;
    }
    copy.as_mut().finish().await?;
    let types = [Type::INT8, Type::INT8, Type::TEXT];
    let mut copy = pin!(begin(transaction, "passages (\"row\", first_row, body)", &types).await?);
    for (first, body) in bodies {
        for (at, passage) in body.passages.iter().enumerate() {
            copy.as_mut().write(&[&(first + at as i64), first, passage]).await?;
        }
    }
    copy.as_mut().finish().await.map(drop)
}

async fn write_derived(transaction: &Transaction<'_>, bodies: &[(i64, &Body)]) -> Result<(), Refusal> {
    let vector = transaction.prepare_cached("SELECT v FROM wenbao.passage_entries LIMIT 0").await?;
    let vector = vector.columns().first().map_or(Type::UNKNOWN, |column| column.type_().clone());
    for grain in [Grain::Passage, Grain::Sentence] {
        let columns =
            format!("{}_entries (place, first_row, first_year, last_year, statuses, region, v)", table(grain));
        let types = [Type::INT8, Type::INT8, Type::INT2, Type::INT2, Type::INT2, Type::TEXT, vector.clone()];
        let mut copy = pin!(begin(transaction, &columns, &types).await?);
        for (first, body) in bodies {
            for entry in &body.grain(grain).entries {
                let (from, to) = (entry.years.map(|y| y.0), entry.years.map(|y| y.1));
                let place = first * PLACES + entry.place;
                let values: [&(dyn ToSql + Sync); 7] =
                    [&place, first, &from, &to, &entry.statuses, &entry.region, &entry.vector];
                copy.as_mut().write(&values).await?;
            }
        }
        copy.as_mut().finish().await?;
        let columns = format!("{}_postings (term, first_row, places, counts)", table(grain));
        let types = [Type::TEXT, Type::INT8, Type::INT8_ARRAY, Type::INT4_ARRAY];
        let mut copy = pin!(begin(transaction, &columns, &types).await?);
        for (first, body) in bodies {
            for (term, postings) in body.grain(grain).postings(*first) {
                copy.as_mut().write(&[&term, first, &postings.places, &postings.counts]).await?;
            }
        }
        copy.as_mut().finish().await?;
    }
    let types = [Type::INT8, Type::INT8, Type::INT8];
    let mut copy = pin!(begin(transaction, "sketches (hash, \"row\", first_row)", &types).await?);
    for (first, body) in bodies {
        for (at, (_, hashes)) in body.sketches.iter().enumerate() {
            for hash in hashes {
                copy.as_mut().write(&[&hash.cast_signed(), &(first + at as i64), first]).await?;
            }
        }
    }
    copy.as_mut().finish().await.map(drop)
}

async fn begin(transaction: &Transaction<'_>, into: &str, types: &[Type]) -> Result<BinaryCopyInWriter, Refusal> {
    let sink = transaction.copy_in(&format!("COPY wenbao.{into} FROM STDIN BINARY")).await?;
    Ok(BinaryCopyInWriter::new(sink, types))
}
