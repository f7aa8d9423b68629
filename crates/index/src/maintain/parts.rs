//! The derived parts as the one writer and the merges beside it change them.
//!
//! Both only ever add a segment under a new name and then put a new manifest in place of the old one; the latter under a
//! lock, so that neither loses what the other did. What a segment holds never changes: a removal while a merge runs
//! leaves a dead row in the merged segment, which the truth says is dead, as in any other.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::index::Index;
use crate::manifest::{self, Manifest, segment_folder, segment_name};
use crate::rows::{by_row, collect, collect_into, document_of, gaps, living, open_segments};
use crate::segment::{Builder, Segment, sync_folder};
use crate::truth::{self, View};
use crate::{DocumentRecord, Error, Result};

/// What the writer and its merges share.
pub(crate) struct Parts {
    dir: PathBuf,
    identity: String,
    dimensions: usize,
    /// Held while the manifest is read, changed and replaced.
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// Segments that were opened already.
    opened: Vec<Arc<Segment>>,
    /// The last number that was given to a segment or a manifest.
    given: u64,
    /// Names of the segments that a merge is making one of.
    merging: Vec<String>,
    /// What that one will be called: not in the manifest yet, but not to be swept away either.
    building: Option<String>,
}

/// The derived parts as they stand, and what lives by the truth.
struct Layout {
    view: View,
    by_row: Vec<Arc<DocumentRecord>>,
    manifest: Manifest,
    /// Whether the manifest could be read.
    usable: bool,
    segments: Vec<Arc<Segment>>,
}

/// Segments that are to become one.
pub(super) struct Job {
    pub sources: Vec<Arc<Segment>>,
    by_row: Vec<Arc<DocumentRecord>>,
    /// What `by_row` is of.
    generation: u64,
    name: String,
}

impl Parts {
    pub fn new(index: &Index) -> Self {
        Self {
            dir: index.dir().to_path_buf(),
            identity: index.identity().to_owned(),
            dimensions: index.model().dimensions,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn layout(&self, state: &mut State) -> Result<Layout> {
        let view = View::begin(truth::open_reader(&self.dir)?.0, &self.dir)?;
        // One from the future is that of a truth which an older backup took the place of.
        let loaded = Manifest::load(&self.dir, &self.identity).ok().flatten();
        let loaded = loaded.filter(|manifest| manifest.generation <= view.generation);
        let usable = loaded.is_some();
        let manifest = loaded.unwrap_or_else(|| manifest::fresh(&self.dir, &self.identity));
        let (segments, _) = open_segments(&self.dir, self.dimensions, &manifest.segments, &state.opened);
        state.opened.clone_from(&segments);
        state.given = state.given.max(manifest.sequence);
        Ok(Layout { by_row: by_row(&view.documents(&[])?), view, manifest, usable, segments })
    }

    /// Makes derived parts for all that has none. How many segments there are then.
    ///
    /// # Errors
    /// What was stored is stored all the same; until this succeeds every snapshot indexes it in memory.
    pub fn flush(&self) -> Result<usize> {
        let mut state = self.lock();
        let layout = self.layout(&mut state)?;
        let mut kept = layout.segments.clone();
        kept.retain(|s| layout.alive(s) > 0 || s.name.as_ref().is_some_and(|name| state.merging.contains(name)));
        let mut missing = gaps(&kept, layout.end());
        missing.retain(|range| living(&layout.by_row, range) > 0);
        if missing.is_empty() && kept.len() == layout.manifest.segments.len() && layout.usable {
            return Ok(kept.len());
        }
        self.replace(&mut state, layout, &kept, &missing)
    }

    /// Makes all derived parts anew, as one segment, from the truth alone.
    pub fn remake(&self) -> Result<()> {
        let mut state = self.lock();
        let layout = self.layout(&mut state)?;
        let all = 0..layout.end();
        let ranges = if all.is_empty() { &[][..] } else { std::slice::from_ref(&all) };
        self.replace(&mut state, layout, &[], ranges).map(drop)
    }

    /// A manifest of the segments kept and of new ones of these ranges. How many there are then.
    fn replace(
        &self,
        state: &mut State,
        layout: Layout,
        kept: &[Arc<Segment>],
        ranges: &[Range<u32>],
    ) -> Result<usize> {
        let folder = self.dir.join(manifest::FOLDER);
        if !folder.is_dir() {
            std::fs::create_dir_all(&folder).map_err(Error::file("creating", &folder))?;
            sync_folder(&self.dir)?;
        }
        manifest::sweep(&self.dir, &layout.manifest, state.building.as_deref());
        let mut names: Vec<(u32, String)> =
            kept.iter().filter_map(|s| Some((s.places.range.start, s.name.clone()?))).collect();
        for range in ranges {
            let name = state.next_name();
            let builder = collect(&layout.view, &layout.by_row, self.dimensions, range.clone())?;
            self.write(builder, &name, &AtomicBool::new(false))?;
            names.push((range.start, name));
        }
        names.sort();
        let generation = layout.view.generation;
        let segments: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
        let count = segments.len();
        self.save(state, Manifest { generation, segments, ..layout.manifest })?;
        Ok(count)
    }

    /// Writes a segment's folder; false, and no folder, if told to stop.
    fn write(&self, builder: Builder, name: &str, stop: &AtomicBool) -> Result<bool> {
        let folder = segment_folder(&self.dir, name);
        let written = builder.write(&folder, stop);
        if !matches!(written, Ok(true)) {
            let _ = std::fs::remove_dir_all(&folder);
        }
        written
    }

    /// Puts a manifest in place and removes what it no longer names.
    fn save(&self, state: &mut State, manifest: Manifest) -> Result<()> {
        state.given += 1;
        let manifest = Manifest { sequence: state.given, ..manifest };
        manifest.save(&self.dir)?;
        manifest::sweep(&self.dir, &manifest, state.building.as_deref());
        Ok(())
    }

    /// The segments that `pick` chooses by the weights of all and their living shares, as a merge that is then under way.
    pub(super) fn begin_merge(
        &self,
        pick: impl FnOnce(&[(usize, f64)]) -> Option<Range<usize>>,
    ) -> Result<Option<Job>> {
        let mut state = self.lock();
        if state.building.is_some() {
            return Ok(None);
        }
        let layout = self.layout(&mut state)?;
        let weights: Vec<(usize, f64)> = layout.segments.iter().map(|segment| layout.weight(segment)).collect();
        let Some(chosen) = pick(&weights) else { return Ok(None) };
        let sources = layout.segments[chosen].to_vec();
        // Where none of their rows lives, or rows between them are in no segment yet, the next flush sets it right.
        let lives = sources.iter().any(|segment| layout.alive(segment) > 0);
        let lacking = sources.windows(2).any(|pair| {
            let between = pair[0].places.range.end..pair[1].places.range.start;
            !between.is_empty() && living(&layout.by_row, &between) > 0
        });
        if lacking || !lives {
            return Ok(None);
        }
        let name = state.next_name();
        state.merging = sources.iter().filter_map(|s| s.name.clone()).collect();
        state.building = Some(name.clone());
        Ok(Some(Job { sources, generation: layout.view.generation, by_row: layout.by_row, name }))
    }

    /// Makes one segment of those of the job; false if told to stop.
    ///
    /// # Errors
    /// The segments stay as they were.
    pub(super) fn merge(&self, job: &Job, stop: &AtomicBool) -> Result<bool> {
        let outcome = self.merged(job, stop).and_then(|written| {
            if written {
                self.commit_merge(job)?;
            }
            Ok(written)
        });
        let mut state = self.lock();
        (state.merging, state.building) = (Vec::new(), None);
        outcome
    }

    /// Writes the merged segment, which no manifest names yet.
    fn merged(&self, job: &Job, stop: &AtomicBool) -> Result<bool> {
        let (Some(first), Some(last)) = (job.sources.first(), job.sources.last()) else { return Ok(false) };
        let range = first.places.range.start..last.places.range.end;
        let mut builder = Builder::new(self.dimensions, range)?;
        for source in &job.sources {
            if stop.load(std::sync::atomic::Ordering::Relaxed) {
                return Ok(false);
            }
            let folder = segment_folder(&self.dir, source.name.as_deref().unwrap_or_default());
            match source.check(&folder) {
                Ok(()) => builder.absorb(source, |row| document_of(&job.by_row, row).is_some())?,
                Err(problem) => {
                    tracing::warn!("a derived part is damaged and made anew from the truth: {problem}");
                    let view = View::begin(truth::open_reader(&self.dir)?.0, &self.dir)?;
                    let now = by_row(&view.documents(&[])?);
                    collect_into(&mut builder, &view, &now, source.places.range.clone())?;
                }
            }
        }
        self.write(builder, &job.name, stop)
    }

    /// Names the merged segment in place of those that it was made of.
    fn commit_merge(&self, job: &Job) -> Result<()> {
        let mut state = self.lock();
        let names: Vec<&String> = job.sources.iter().filter_map(|s| s.name.as_ref()).collect();
        let manifest = Manifest::load(&self.dir, &self.identity).ok().flatten();
        let place = manifest.as_ref().and_then(|m| {
            (0..m.segments.len())
                .find(|&at| m.segments[at..].iter().zip(&names).filter(|(a, b)| a == *b).count() == names.len())
        });
        let (Some(mut manifest), Some(at)) = (manifest, place) else {
            // Somebody removed or replaced the derived parts as a whole: what was merged is of no use.
            let _ = std::fs::remove_dir_all(segment_folder(&self.dir, &job.name));
            return Ok(());
        };
        manifest.segments.splice(at..at + names.len(), [job.name.clone()]);
        // A reader whose view is older than the merge's may see rows that the merge left out.
        manifest.generation = manifest.generation.max(job.generation);
        self.save(&mut state, manifest)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }
}

impl State {
    fn next_name(&mut self) -> String {
        self.given += 1;
        segment_name(self.given)
    }
}

impl Layout {
    /// One past the last living row.
    fn end(&self) -> u32 {
        self.by_row.last().map_or(0, |d| d.rows().end)
    }

    fn alive(&self, segment: &Segment) -> usize {
        living(&self.by_row, &segment.places.range)
    }

    /// Living entries of the grain that has more of them, and the share that lives.
    fn weight(&self, segment: &Segment) -> (usize, f64) {
        let all = segment.places.rows.len();
        let share = if all == 0 { 0.0 } else { self.alive(segment) as f64 / all as f64 };
        ((all.max(segment.places.parents.len()) as f64 * share) as usize, share)
    }
}
