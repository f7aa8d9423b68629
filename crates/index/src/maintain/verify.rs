//! Comparing the derived parts with the truth, and the truth with itself.

use std::collections::HashSet;

use wenbao_report::Passage;

use crate::grain::{Contexts, slice};
use crate::index::Index;
use crate::manifest::{self, Manifest, segment_folder};
use crate::rows::document_of;
use crate::segment::Segment;
use crate::terms::terms;
use crate::truth::View;
use crate::{Grain, Result, truth};

/// How often the segments are opened again when a merge takes them away meanwhile.
const ATTEMPTS: usize = 20;

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Passages of the truth that were looked at.
    pub passages: usize,
    /// Segments that were compared with it.
    pub segments: usize,
    /// Everything that is not as it should be, a line each.
    pub differences: Vec<String>,
}

impl Verification {
    fn found(&mut self, difference: String) {
        self.differences.push(difference);
    }
}

impl Index {
    /// Checks the truth (its own structure, every passage readable, with as many vectors as it needs) and compares the
    /// derived parts with it (checksums, every living row in exactly one segment, every vector the same, every word of
    /// every passage and sentence where the lexical index finds it).
    pub fn verify(&self) -> Result<Verification> {
        let mut report = Verification::default();
        let (connection, _) = truth::open_reader(self.dir())?;
        truth::check(&connection, self.dir(), |difference| report.found(difference))?;
        let mut view = View::begin(connection, self.dir())?;
        let mut segments = Vec::new();
        for attempt in 1..=ATTEMPTS {
            let mark = manifest::mark(self.dir());
            if attempt > 1 {
                view = View::begin(truth::open_reader(self.dir())?.0, self.dir())?;
            }
            let mut opening = Verification::default();
            segments = self.open_segments(&view, &mut opening);
            // A writer may commit and merge between two looks: what it replaced meanwhile is no difference.
            if attempt == ATTEMPTS || opening.differences.is_empty() || mark == manifest::mark(self.dir()) {
                report.differences.extend(opening.differences);
                break;
            }
        }
        let documents = view.documents(&[])?;
        let dimensions = self.model().dimensions;
        let mut expected = 0;
        let mut living: HashSet<u32> = HashSet::new();
        for document in &documents {
            expected += document.passages;
            living.extend(document.rows());
            if document.rows().end > view.next_row {
                report.found(format!("document {}: its rows end after the last row given", document.id));
            }
        }
        let mut by_row = documents.clone();
        by_row.sort_by_key(|d| d.first_row);
        let mut contexts = Contexts::default();
        let mut covered: HashSet<u32> = HashSet::new();
        for segment in &segments {
            for &row in &segment.places.rows {
                if living.contains(&row) && !covered.insert(row) {
                    report.found(format!("row {row} is in two segments"));
                }
            }
            let rows: HashSet<u32> = segment.places.rows.iter().copied().collect();
            for &row in living.iter().filter(|row| segment.places.range.contains(row) && !rows.contains(row)) {
                report.found(format!("row {row} is missing from {}", segment.name.as_deref().unwrap_or("a segment")));
            }
        }
        let mut seen = 0;
        view.for_each(0, u32::MAX, |loaded| {
            seen += 1;
            let row = loaded.row;
            if !living.contains(&row) {
                report.found(format!("row {row} belongs to no document"));
            }
            let sentences = loaded.passage.sentences.len();
            if loaded.vector.len() != dimensions || loaded.sentences.len() != sentences * dimensions {
                report.found(format!("row {row}: its vectors do not fit its sentences"));
                return Ok(());
            }
            let length: f32 = loaded.vector.iter().map(|v| v * v).sum();
            if !(0.98..1.02).contains(&length) {
                report.found(format!("row {row}: its vector has length {:.3}, not 1", length.sqrt()));
            }
            let context = contexts.terms(document_of(&by_row, row).map(|d| &d.meta), &loaded.passage);
            for segment in &segments {
                compare(segment, row, &loaded.vector, &loaded.sentences, dimensions, &mut report);
                compare_words(segment, row, &loaded.passage, &context, &mut report)?;
            }
            Ok(())
        })?;
        if seen != expected {
            report.found(format!("{seen} passages are stored, the documents name {expected}"));
        }
        report.passages = seen;
        report.segments = segments.len();
        Ok(report)
    }

    fn open_segments(&self, view: &View, report: &mut Verification) -> Vec<Segment> {
        let manifest = match Manifest::load(self.dir(), self.identity()) {
            Ok(Some(manifest)) => manifest,
            Ok(None) => return Vec::new(),
            Err(problem) => {
                report.found(problem);
                return Vec::new();
            }
        };
        if manifest.generation > view.generation {
            report.found(format!(
                "the derived parts are of commit {}, the truth of {}",
                manifest.generation, view.generation
            ));
        }
        let mut segments = Vec::new();
        for name in &manifest.segments {
            let folder = segment_folder(self.dir(), name);
            let opened = Segment::open(&folder, name, self.model().dimensions)
                .and_then(|segment| segment.check(&folder).map(|()| segment));
            match opened {
                Ok(segment) => segments.push(segment),
                Err(problem) => report.found(problem),
            }
        }
        segments
    }
}

fn compare(
    segment: &Segment,
    row: u32,
    vector: &[f32],
    sentences: &[f32],
    dimensions: usize,
    report: &mut Verification,
) {
    let Some(ordinal) = segment.places.ordinal(Grain::Passage, row, 0) else { return };
    if segment.passages.row(ordinal) != Some(vector) {
        report.found(format!("row {row}: the vector differs from the truth's"));
    }
    let bounds = &segment.places.first_sentences[ordinal as usize..ordinal as usize + 2];
    if (bounds[1] - bounds[0]) as usize * dimensions != sentences.len() {
        report.found(format!("row {row}: the number of sentences differs from the truth's"));
        return;
    }
    for (at, sentence) in sentences.chunks_exact(dimensions).enumerate() {
        if segment.sentences.row(bounds[0] + at as u32) != Some(sentence) {
            report.found(format!("row {row}, sentence {at}: the vector differs from the truth's"));
        }
    }
}

/// Whether the lexical index finds the passage and its sentences by each of their words.
fn compare_words(
    segment: &Segment,
    row: u32,
    passage: &Passage,
    context: &[String],
    report: &mut Verification,
) -> Result<()> {
    let Some(ordinal) = segment.places.ordinal(Grain::Passage, row, 0) else { return Ok(()) };
    let first = segment.places.first_sentences[ordinal as usize];
    let texts = passage.sentences.iter().enumerate().map(|(at, sentence)| {
        (Grain::Sentence, first + at as u32, slice(&passage.text, &sentence.range), format!(", sentence {at}"))
    });
    for (grain, ordinal, text, what) in
        std::iter::once((Grain::Passage, ordinal, passage.text.as_str(), String::new())).chain(texts)
    {
        for term in terms(text).iter().chain(context) {
            if !segment.lexical.holds(grain, term, ordinal)? {
                report.found(format!("row {row}{what}: the lexical index does not find it by {term:?}"));
            }
        }
    }
    Ok(())
}
