//! One committed generation, to be searched.

use std::sync::Arc;

use wenbao_embed::Vectors;
use wenbao_index::store::{Made, Whole};
use wenbao_index::{
    DocumentId, DocumentRecord, Error, Generation, Grain, Hit, PassageId, PassageRecord, Recent, Result, Search,
    Source, text_path,
};
use wenbao_report::{Document, Heading, Passage};

use crate::catalogue::{Catalogue, Entry};
use crate::database::Database;
use crate::load::{self, Loaded};
use crate::search::{self, Holding, Wanted};

/// What was read lately, by row; what a row holds never changes, so every generation has the use of it.
pub(crate) type Kept = Arc<Recent<Arc<Loaded>>>;

/// A catalogue, and the databases that have what it names.
pub(crate) struct Newest {
    database: Arc<Database>,
    catalogue: Arc<Catalogue>,
    kept: Kept,
    holding: Arc<Holding>,
    /// The names of the databases that are left out.
    unreachable: Vec<String>,
}

impl Newest {
    pub fn new(database: Arc<Database>, catalogue: Catalogue, kept: Kept) -> Self {
        let unreachable = catalogue.silent.iter().map(|&shard| database.shards[shard].name.clone()).collect();
        Self { database, catalogue: Arc::new(catalogue), kept, holding: Arc::default(), unreachable }
    }

    /// The same without these databases and what they have.
    pub fn without(&self, silent: Vec<usize>) -> Self {
        Self::new(Arc::clone(&self.database), self.catalogue.without(silent), Arc::clone(&self.kept))
    }

    /// What it says there is.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    fn kept(&self, row: u32, entry: &Entry) -> Option<Arc<Loaded>> {
        self.kept.get(row).filter(|loaded| loaded.document == entry.record.id)
    }

    /// A passage with its vectors, from the database unless it was read lately.
    fn loaded(&self, row: u32) -> Result<Arc<Loaded>> {
        let entry = self.catalogue.holding(row).ok_or(Error::NoRow(row))?;
        if let Some(loaded) = self.kept(row, entry) {
            return Ok(loaded);
        }
        self.read(vec![row])?.pop().ok_or(Error::NoRow(row))
    }

    /// Reads rows, each once however often it is named, ascending.
    fn read(&self, mut rows: Vec<u32>) -> Result<Vec<Arc<Loaded>>> {
        rows.sort_unstable();
        rows.dedup();
        let (database, catalogue) = (Arc::clone(&self.database), Arc::clone(&self.catalogue));
        let loaded = self.database.wait(async move { load::whole(&database, &catalogue, &rows).await })?;
        let keep = |(row, loaded)| {
            let loaded = Arc::new(loaded);
            self.kept.put(row, Arc::clone(&loaded));
            loaded
        };
        Ok(loaded.into_iter().map(keep).collect())
    }

    /// Text and outline (JSON) of a document.
    fn body(&self, id: &DocumentId) -> Result<Option<(String, Vec<Heading>)>> {
        let Some(entry) = self.catalogue.entry(id).map(Arc::clone) else { return Ok(None) };
        let database = Arc::clone(&self.database);
        self.database.wait(async move {
            let sql = "SELECT text, outline FROM wenbao.bodies WHERE first_row = $1";
            let first = i64::from(entry.record.first_row);
            let rows = database.query(entry.shard, "reading a document", sql, &[&first]).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let name = &database.shards[entry.shard].name;
            let outline = serde_json::from_str(row.get(1)).map_err(|e| {
                let id = &entry.record.id;
                Error::Refused(format!("the outline of document {id} in {name} is damaged ({e}): restore a backup"))
            })?;
            Ok(Some((String::from_utf8_lossy(row.get(0)).into_owned(), outline)))
        })
    }
}

impl Generation for Newest {
    fn generation(&self) -> u64 {
        self.catalogue.generation
    }

    fn unreachable(&self) -> &[String] {
        &self.unreachable
    }

    fn documents(&self) -> &[Arc<DocumentRecord>] {
        &self.catalogue.documents
    }

    fn document(&self, id: &DocumentId) -> Option<&Arc<DocumentRecord>> {
        self.catalogue.entry(id).map(|entry| &entry.record)
    }

    fn expect(&self, rows: &[u32]) -> Result<()> {
        let mut lacking: Vec<u32> = Vec::new();
        for &row in rows {
            let entry = self.catalogue.holding(row).ok_or(Error::NoRow(row))?;
            if self.kept(row, entry).is_none() {
                lacking.push(row);
            }
        }
        if lacking.is_empty() { Ok(()) } else { self.read(lacking).map(drop) }
    }

    fn passage(&self, row: u32) -> Result<Arc<PassageRecord>> {
        let document = Arc::clone(&self.catalogue.holding(row).ok_or(Error::NoRow(row))?.record);
        let loaded = self.loaded(row)?;
        let id = PassageId::new(&document.id, (row - document.first_row) as usize);
        Ok(Arc::new(PassageRecord { row, id, document, passage: Arc::clone(&loaded.passage) }))
    }

    fn read_passages(&self, rows: &[u32]) -> Result<Vec<Passage>> {
        let (database, catalogue, wanted) = (Arc::clone(&self.database), Arc::clone(&self.catalogue), rows.to_vec());
        let found = self.database.wait(async move { load::passages(&database, &catalogue, &wanted).await })?;
        rows.iter().map(|row| found.get(row).cloned().ok_or(Error::NoRow(*row))).collect()
    }

    fn also_in(&self, row: u32) -> Result<Vec<u32>> {
        let (database, catalogue) = (Arc::clone(&self.database), Arc::clone(&self.catalogue));
        self.database.wait(async move {
            let sql = "SELECT other FROM wenbao.twins WHERE \"row\" = $1 ORDER BY other";
            let rows = database.query(0, "reading near-duplicates", sql, &[&i64::from(row)]).await?;
            let others = rows.iter().map(|row| row.get::<_, i64>(0) as u32);
            // Those of removed documents stay for a while.
            Ok(others.filter(|&other| catalogue.holding(other).is_some()).collect())
        })
    }

    fn vector(&self, grain: Grain, row: u32, sentence: u16) -> Result<Option<Vec<f32>>> {
        if self.catalogue.holding(row).is_none() {
            return Ok(None);
        }
        let loaded = self.loaded(row)?;
        Ok(match grain {
            Grain::Passage => Some(loaded.vector.clone()),
            Grain::Sentence => loaded.sentences.get(usize::from(sentence)).cloned(),
        })
    }

    fn document_text(&self, id: &DocumentId) -> Result<Option<String>> {
        Ok(self.body(id)?.map(|(text, _)| text))
    }

    fn outline(&self, id: &DocumentId) -> Result<Option<Vec<Heading>>> {
        Ok(self.body(id)?.map(|(_, outline)| outline))
    }

    fn search(&self, searches: &[Search<'_>]) -> Result<Vec<Vec<Hit>>> {
        let wanted = searches.iter().map(Wanted::new).collect();
        let (database, catalogue) = (Arc::clone(&self.database), Arc::clone(&self.catalogue));
        self.database.wait(search::search(database, catalogue, Arc::clone(&self.holding), wanted))
    }

    fn whole(&self, id: &DocumentId) -> Result<Option<Whole>> {
        let Some(entry) = self.catalogue.entry(id).map(Arc::clone) else { return Ok(None) };
        let Some((text, outline)) = self.body(id)? else { return Ok(None) };
        let (database, catalogue, rows) =
            (Arc::clone(&self.database), Arc::clone(&self.catalogue), entry.record.rows().collect::<Vec<_>>());
        let loaded = self.database.wait(async move { load::whole(&database, &catalogue, &rows).await })?;
        let (mut passages, mut vectors, mut sentences) = (Vec::new(), Vec::new(), Vec::new());
        let mut dimensions = 0;
        for (_, loaded) in loaded {
            dimensions = loaded.vector.len();
            vectors.extend(loaded.vector);
            sentences.extend(loaded.sentences.into_iter().flatten());
            passages.push(Arc::unwrap_or_clone(loaded.passage));
        }
        let rows = |values| {
            Vectors::from_parts(dimensions.max(1), values).map_err(|e| {
                Error::Refused(format!("the vectors of document {id} are damaged ({e}): restore a backup"))
            })
        };
        Ok(Some(Whole {
            source: Source {
                path: text_path(&entry.record.path),
                sha256: entry.record.sha256.clone(),
                bytes: entry.bytes,
            },
            document: Document { meta: entry.record.meta.clone(), text, outline, passages },
            passages: rows(vectors)?,
            sentences: rows(sentences)?,
            made: Made { recipe: entry.recipe.clone(), ingested_at: entry.record.ingested_at.clone() },
        }))
    }
}
