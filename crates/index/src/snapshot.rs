//! One committed generation, to be searched.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wenbao_embed::Vectors;
use wenbao_report::{Document, Passage};

use crate::graph::Mask;
use crate::manifest::Manifest;
use crate::path::text_path;
use crate::recent::Recent;
use crate::rows::{by_row, collect, document_of, gaps, living, open_segments};
use crate::segment::{Segment, Words};
use crate::store::{Made, Whole};
use crate::truth::View;
use crate::{DocumentId, DocumentRecord, Error, Filter, Grain, Hit, PassageId, PassageRecord, Result, Source};

/// Passages held decoded at most, by all snapshots of an index together: some 40 MB.
const CACHE: usize = 8_192;
/// Segments in memory that are carried over to the next snapshot; with more, their rows are indexed together.
const IN_MEMORY: usize = 8;
/// Filters, of either grain, whose masks are kept.
const MASKS: usize = 64;
/// Length of the list in a walk through a vector graph, at least: recall@10 above 0.99 on 100,000 vectors.
const EFFORT: usize = 128;

/// The index as of one commit. Later commits do not change it; it is cheap to share.
pub struct Snapshot {
    dir: PathBuf,
    dimensions: usize,
    generation: u64,
    view: Mutex<View>,
    documents: Vec<Arc<DocumentRecord>>,
    /// Documents with passages, by their first row.
    by_row: Vec<Arc<DocumentRecord>>,
    len: usize,
    segments: Vec<Live>,
    /// Derived parts that could not be used, each with a line that says why.
    problems: Vec<String>,
    cache: Cache,
    masks: Mutex<VecDeque<CachedMasks>>,
}

/// Decoded passages by row, with the name of their document. What a row holds never changes, so every generation has the
/// use of what another has decoded; and where a truth was put in place of another, the name tells.
pub(crate) type Cache = Arc<Recent<(DocumentId, Arc<Passage>)>>;

/// An empty cache for the snapshots of an index.
pub(crate) fn cache() -> Cache {
    Arc::new(Recent::new(CACHE))
}

/// What lets entries of each segment pass a filter.
type CachedMasks = (Grain, Filter, Arc<Vec<Mask>>);

/// A segment and which of its entries still live; `None` where all do.
struct Live {
    segment: Arc<Segment>,
    passages: Option<Mask>,
    sentences: Option<Mask>,
}

impl Snapshot {
    /// What the view sees, searched through the manifest's segments. Rows that none of them covers (new ones, and
    /// those of a damaged segment) are indexed here and now, in memory; segments opened `before` are used again, and so are the
    /// `known` documents of an earlier generation.
    pub(crate) fn new(
        dir: &Path,
        dimensions: usize,
        view: View,
        manifest: std::result::Result<Manifest, String>,
        before: &[Arc<Segment>],
        known: &[Arc<DocumentRecord>],
        cache: Cache,
    ) -> Result<Self> {
        let documents = view.documents(known)?;
        let by_row = by_row(&documents);
        let (mut segments, mut problems) = (Vec::new(), Vec::new());
        match manifest {
            Ok(manifest) => (segments, problems) = open_segments(dir, dimensions, &manifest.segments, before),
            Err(problem) => problems.push(problem),
        }
        for segment in before.iter().filter(|s| s.name.is_none()).take(IN_MEMORY) {
            let range = &segment.places.range;
            if segments.iter().all(|s| s.places.range.end <= range.start || range.end <= s.places.range.start) {
                segments.push(Arc::clone(segment));
            }
        }
        segments.sort_by_key(|s| s.places.range.start);
        for range in gaps(&segments, view.next_row) {
            if by_row.iter().any(|d| d.first_row < range.end && range.start < d.rows().end) {
                segments.push(Arc::new(collect(&view, &by_row, dimensions, range)?.finish()?));
            }
        }
        segments.sort_by_key(|s| s.places.range.start);
        let segments = segments.into_iter().map(|segment| Live::new(segment, &by_row)).collect();
        Ok(Self {
            dir: dir.to_path_buf(),
            dimensions,
            generation: view.generation,
            len: documents.iter().map(|d| d.passages).sum(),
            view: Mutex::new(view),
            documents,
            by_row,
            segments,
            problems,
            cache,
            masks: Mutex::default(),
        })
    }

    /// Derived parts that are damaged or missing, each with a line that says so. Searching goes on without them; the
    /// next writer makes them anew.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    pub(crate) fn locked_view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its segments, to be used again.
    pub(crate) fn opened(&self) -> Vec<Arc<Segment>> {
        self.segments.iter().map(|live| Arc::clone(&live.segment)).collect()
    }

    /// Each segment with the number of its passages that live.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (&Segment, usize)> {
        self.segments.iter().map(|live| {
            let all = live.segment.places.rows.len();
            (&*live.segment, live.passages.as_ref().map_or(all, Mask::count))
        })
    }

    /// Living entries of a grain.
    pub(crate) fn living(&self, grain: Grain) -> usize {
        let count = |live: &Live| live.mask(grain).map_or(live.segment.places.len(grain), Mask::count);
        self.segments.iter().map(count).sum()
    }

    /// The number of the commit.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// All documents, by path.
    pub fn documents(&self) -> &[Arc<DocumentRecord>] {
        &self.documents
    }

    /// The document of this name.
    pub fn document(&self, id: &DocumentId) -> Option<&Arc<DocumentRecord>> {
        self.documents.iter().find(|d| d.id == *id)
    }

    /// The document that the row's passage is from.
    pub fn document_of(&self, row: u32) -> Option<&Arc<DocumentRecord>> {
        document_of(&self.by_row, row)
    }

    /// The extracted text of a document: what `source_range` counts in.
    pub fn document_text(&self, id: &DocumentId) -> Result<Option<String>> {
        Ok(self.locked_view().stored(id)?.map(|stored| stored.text))
    }

    /// The headings of a document, in reading order.
    pub fn outline(&self, id: &DocumentId) -> Result<Option<Vec<wenbao_report::Heading>>> {
        let Some(stored) = self.locked_view().stored(id)? else { return Ok(None) };
        crate::truth::from_json(&self.dir, "an outline", &stored.outline).map(Some)
    }

    /// A document with all that is stored of it.
    pub fn whole(&self, id: &DocumentId) -> Result<Option<Whole>> {
        let Some(record) = self.document(id) else { return Ok(None) };
        let view = self.locked_view();
        let Some(stored) = view.stored(id)? else { return Ok(None) };
        let (mut passages, mut vectors, mut sentences) = (Vec::new(), Vec::new(), Vec::new());
        view.for_each(record.rows().start, record.rows().end, |loaded| {
            passages.push(loaded.passage);
            vectors.extend(loaded.vector);
            sentences.extend(loaded.sentences);
            Ok(())
        })?;
        let rows = |values| {
            Vectors::from_parts(self.dimensions, values)
                .map_err(|e| Error::Damaged { dir: self.dir.clone(), detail: format!("vectors of {id}: {e}") })
        };
        Ok(Some(Whole {
            source: Source { path: text_path(&record.path), sha256: record.sha256.clone(), bytes: stored.bytes },
            document: Document {
                meta: record.meta.clone(),
                text: stored.text,
                outline: crate::truth::from_json(&self.dir, "an outline", &stored.outline)?,
                passages,
            },
            passages: rows(vectors)?,
            sentences: rows(sentences)?,
            made: Made { recipe: stored.recipe, ingested_at: record.ingested_at.clone() },
        }))
    }

    /// Number of passages.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds no passage.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The rows of all passages, ascending. Rows are names, not places: removed documents leave gaps.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        self.by_row.iter().flat_map(|document| document.rows())
    }

    /// A passage; cached, so that asking again costs next to nothing.
    pub fn passage(&self, row: u32) -> Result<Arc<PassageRecord>> {
        let document = document_of(&self.by_row, row).ok_or(Error::NoRow(row))?;
        let passage = match self.cache.get(row) {
            Some((id, passage)) if id == document.id => passage,
            _ => {
                let passage = Arc::new(self.read_passage(row)?);
                self.cache.put(row, (document.id.clone(), Arc::clone(&passage)));
                passage
            }
        };
        Ok(Arc::new(PassageRecord {
            row,
            id: PassageId::new(&document.id, (row - document.first_row) as usize),
            document: Arc::clone(document),
            passage,
        }))
    }

    /// Rows of passages in other documents that say nearly the same, with the same numbers, ascending.
    pub fn also_in(&self, row: u32) -> Result<Vec<u32>> {
        self.locked_view().twins(row)
    }

    /// A passage as it is stored, past the cache: for whoever looks at all of them once.
    pub fn read_passage(&self, row: u32) -> Result<Passage> {
        self.locked_view().passage(row)?.ok_or(Error::NoRow(row))
    }

    /// The k nearest by inner product with the query vector (which has the model's dimensions), best first.
    pub fn search_vectors(&self, grain: Grain, query: &[f32], k: usize, filter: &Filter) -> Result<Vec<Hit>> {
        let masks = self.masks(grain, filter);
        let mut hits = Vec::new();
        for (at, live) in self.segments.iter().enumerate() {
            let segment = &live.segment;
            let mask = masks.as_ref().map(|masks| &masks[at]).or(live.mask(grain));
            let found = segment.flat(grain).search(query, k, EFFORT.max(2 * k), mask);
            hits.extend(found.into_iter().map(|s| hit(segment, grain, s.ordinal, s.score)));
        }
        Ok(best(hits, k))
    }

    /// The k best by BM25 (k1 1.2, b 0.75) over the terms with their weights, best first. The terms are those of
    /// [`crate::terms::terms`]; what is in no entry adds nothing.
    pub fn search_text(&self, grain: Grain, terms: &[(String, f32)], k: usize, filter: &Filter) -> Result<Vec<Hit>> {
        if terms.is_empty() || k == 0 {
            return Ok(Vec::new());
        }
        let lexical: Vec<_> = self.segments.iter().map(|live| &live.segment.lexical).collect();
        let words = Words::new(grain, &lexical, terms)?;
        let masks = self.masks(grain, filter);
        let (mut hits, mut floor) = (Vec::new(), f32::NEG_INFINITY);
        for (at, live) in self.segments.iter().enumerate() {
            let segment = &live.segment;
            let mask = masks.as_ref().map(|masks| &masks[at]).or(live.mask(grain));
            let found = segment.lexical.search(&words, k, floor, mask)?;
            hits.extend(found.into_iter().map(|s| hit(segment, grain, s.ordinal, s.score)));
            hits = best(hits, k);
            // What does no better than the worst of k found already need not be looked at in what follows.
            if let Some(worst) = hits.get(k - 1) {
                floor = worst.score;
            }
        }
        Ok(hits)
    }

    /// How rare a term is among the passages: ln(1 + (N − n + ½) / (n + ½)), the weight that BM25 gives it.
    pub fn idf(&self, term: &str) -> f32 {
        let holding: u64 =
            self.segments.iter().map(|l| l.segment.lexical.document_frequency(Grain::Passage, term).unwrap_or(0)).sum();
        let all = self.segments.iter().map(|l| l.segment.places.rows.len() as u64).sum::<u64>().max(holding);
        (1.0 + ((all - holding) as f32 + 0.5) / (holding as f32 + 0.5)).ln()
    }

    /// The stored vector of a passage, or of its sentence.
    pub fn vector(&self, grain: Grain, row: u32, sentence: u16) -> Option<Vec<f32>> {
        document_of(&self.by_row, row)?;
        self.segments.iter().find_map(|live| {
            let ordinal = live.segment.places.ordinal(grain, row, sentence)?;
            live.segment.flat(grain).row(ordinal).map(<[f32]>::to_vec)
        })
    }

    /// Which entries of each segment live and pass; `None` where the filter asks nothing.
    fn masks(&self, grain: Grain, filter: &Filter) -> Option<Arc<Vec<Mask>>> {
        if filter.is_empty() {
            return None;
        }
        // A question asks all four of its searches, and a conversation all its questions, with the same few filters.
        let kept = || self.masks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., masks)) = kept().iter().find(|(of, by, _)| *of == grain && by == filter) {
            return Some(Arc::clone(masks));
        }
        let new = Arc::new(self.segments.iter().map(|live| self.new_mask(live, grain, filter)).collect());
        let mut masks = kept();
        if masks.len() >= MASKS {
            masks.pop_front();
        }
        masks.push_back((grain, filter.clone(), Arc::clone(&new)));
        Some(new)
    }

    fn new_mask(&self, live: &Live, grain: Grain, filter: &Filter) -> Mask {
        let places = &live.segment.places;
        let documents = filter.documents.as_ref().map(|wanted| {
            let wanted: HashSet<&DocumentId> = wanted.iter().collect();
            let rows = self.by_row.iter().filter(|d| wanted.contains(&d.id)).map(|d| d.rows());
            Mask::of_ranges(places.len(grain), rows.map(|rows| places.ordinals(grain, rows)))
        });
        let kinds = (!filter.kinds.is_empty()).then(|| {
            let rows = self.by_row.iter().filter(|d| filter.kinds.contains(&d.meta.doc_type)).map(|d| d.rows());
            Mask::of_ranges(places.len(grain), rows.map(|rows| places.ordinals(grain, rows)))
        });
        let rows = filter.rows.as_ref().map(|rows| {
            Mask::of_ranges(
                places.len(grain),
                rows.iter().map(|&row| places.ordinals(grain, row..row.saturating_add(1))),
            )
        });
        let asked = [places.attributes.mask(grain, filter), documents, kinds, rows, live.mask(grain).cloned()];
        let all = || Mask::new(places.len(grain), |_| true);
        asked.into_iter().flatten().reduce(|a, b| a.and(&b)).unwrap_or_else(all)
    }
}

impl Live {
    fn new(segment: Arc<Segment>, by_row: &[Arc<DocumentRecord>]) -> Self {
        let places = &segment.places;
        // Whatever lives of its range is in it: as many living as there are means that all live.
        if living(by_row, &places.range) == places.rows.len() {
            return Self { segment, passages: None, sentences: None };
        }
        let mask = |grain: Grain| {
            let lives = |ordinal| document_of(by_row, places.row(grain, ordinal)).is_some();
            let mask = Mask::new(places.len(grain), lives);
            (mask.count() < places.len(grain)).then_some(mask)
        };
        let (passages, sentences) = (mask(Grain::Passage), mask(Grain::Sentence));
        Self { segment, passages, sentences }
    }

    fn mask(&self, grain: Grain) -> Option<&Mask> {
        match grain {
            Grain::Passage => self.passages.as_ref(),
            Grain::Sentence => self.sentences.as_ref(),
        }
    }
}

fn hit(segment: &Segment, grain: Grain, ordinal: u32, score: f32) -> Hit {
    let (row, sentence) = segment.places.place(grain, ordinal);
    Hit { row, sentence, score }
}

fn best(mut hits: Vec<Hit>, k: usize) -> Vec<Hit> {
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)).then(a.sentence.cmp(&b.sentence)));
    hits.truncate(k);
    hits
}
