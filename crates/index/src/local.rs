//! The store in a folder, as a [`Store`].

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wenbao_report::{Heading, Passage};

use crate::store::{Generation, Search, Store, StoreWriter, Whole};
use crate::{
    DocumentId, DocumentRecord, Grain, Hit, Index, ModelStamp, New, PassageRecord, Result, Snapshot, Status,
    Verification, Writer,
};

impl Store for Index {
    fn model(&self) -> &ModelStamp {
        self.model()
    }

    fn place(&self) -> String {
        self.dir().display().to_string()
    }

    fn folder(&self) -> Option<&Path> {
        Some(self.dir())
    }

    fn newest(&self) -> Result<Arc<dyn Generation>> {
        Ok(self.snapshot()?)
    }

    fn writing(&self) -> Result<Box<dyn StoreWriter + '_>> {
        Ok(Box::new(self.writer()?))
    }

    fn status(&self) -> Result<Status> {
        self.status()
    }

    fn verify(&self) -> Result<Verification> {
        self.verify()
    }

    fn rebuild(&self) -> Result<()> {
        self.rebuild()
    }

    fn backup(&self, file: &Path) -> Result<()> {
        self.backup(file)
    }
}

impl Generation for Snapshot {
    fn generation(&self) -> u64 {
        self.generation()
    }

    fn documents(&self) -> &[Arc<DocumentRecord>] {
        self.documents()
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn passage(&self, row: u32) -> Result<Arc<PassageRecord>> {
        self.passage(row)
    }

    fn read_passages(&self, rows: &[u32]) -> Result<Vec<Passage>> {
        rows.iter().map(|&row| self.read_passage(row)).collect()
    }

    fn also_in(&self, row: u32) -> Result<Vec<u32>> {
        self.also_in(row)
    }

    fn vector(&self, grain: Grain, row: u32, sentence: u16) -> Result<Option<Vec<f32>>> {
        Ok(self.vector(grain, row, sentence))
    }

    fn document_text(&self, id: &DocumentId) -> Result<Option<String>> {
        self.document_text(id)
    }

    fn outline(&self, id: &DocumentId) -> Result<Option<Vec<Heading>>> {
        self.outline(id)
    }

    fn search(&self, searches: &[Search<'_>]) -> Result<Vec<Vec<Hit>>> {
        let one = |search: &Search<'_>| match *search {
            Search::Vectors { grain, query, k, filter } => self.search_vectors(grain, query, k, filter),
            Search::Text { grain, terms, k, filter } => self.search_text(grain, terms, k, filter),
        };
        searches.iter().map(one).collect()
    }

    fn whole(&self, id: &DocumentId) -> Result<Option<Whole>> {
        self.whole(id)
    }
}

impl StoreWriter for Writer<'_> {
    fn put_all(&mut self, documents: &[New<'_>]) -> Result<Vec<DocumentId>> {
        self.put_all(documents)
    }

    fn moved(&mut self, id: &DocumentId, path: &Path) -> Result<()> {
        self.moved(id, path)
    }

    fn remove(&mut self, id: &DocumentId) -> Result<bool> {
        self.remove(id)
    }

    fn stored(&self) -> Result<HashMap<String, (DocumentId, String)>> {
        self.stored()
    }

    fn finish_unless(self: Box<Self>, cancel: &AtomicBool) -> Result<()> {
        (*self).finish_unless(cancel)
    }
}
