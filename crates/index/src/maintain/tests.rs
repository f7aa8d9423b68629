//! What happens beside a merge, step by step.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wenbao_embed::Vectors;
use wenbao_report::{Document, Meta, Passage, Sentence};

use super::*;
use crate::manifest::{FOLDER, segment_name};
use crate::{DocumentId, Filter, Snapshot, Source, Writer};

const DIMENSIONS: usize = 8;
static GO_ON: AtomicBool = AtomicBool::new(false);

fn open(dir: &Path) -> Index {
    let stamp = ModelStamp { name: "none".into(), fingerprint: "none".into(), dimensions: DIMENSIONS };
    Index::open(dir, &stamp).unwrap()
}

/// Stores a document of some passages, each with one sentence; no two have the same vector.
fn put(writer: &mut Writer<'_>, number: usize, passages: usize) -> DocumentId {
    let texts = (0..passages).map(|at| format!("第{number}号文件第{at}段。"));
    let passages: Vec<Passage> = texts
        .map(|text| {
            let range = 0..text.chars().count();
            Passage { text, sentences: vec![Sentence { range, ..Sentence::default() }], ..Passage::default() }
        })
        .collect();
    let values = (0..passages.len()).flat_map(|at| {
        let angle = (number * 1000 + at) as f32 / 500.0;
        [angle.cos(), angle.sin(), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    });
    let vectors = Vectors::from_parts(DIMENSIONS, values.collect()).unwrap();
    let path = PathBuf::from(format!("{number}.txt"));
    let source = Source { path, sha256: format!("{number:012x}{:052x}", 0), bytes: 1 };
    let text = passages.iter().map(|p| p.text.as_str()).collect();
    let document = Document { meta: Meta::default(), text, outline: Vec::new(), passages };
    writer.put(&source, &document, &vectors, &vectors).unwrap()
}

/// An index with so many segments, of one document each.
fn segments(dir: &Path, count: usize) -> (Index, Vec<DocumentId>) {
    let index = open(dir);
    let mut writer = index.writer().unwrap();
    let parts = Parts::new(&index);
    let ids = (0..count)
        .map(|number| {
            let id = put(&mut writer, number, 5);
            parts.flush().unwrap();
            id
        })
        .collect();
    drop(writer);
    (index, ids)
}

fn sizes(index: &Index) -> Vec<usize> {
    let status = index.status().unwrap();
    assert!(status.segments.iter().all(|s| s.name.is_some()), "nothing waits in memory: {status:?}");
    status.segments.iter().map(|s| s.passages).collect()
}

fn sound(index: &Index) {
    assert_eq!(index.verify().unwrap().differences, Vec::<String>::new());
}

#[test]
fn what_is_removed_and_stored_while_a_merge_runs_is_so_after_it() {
    let home = tempfile::tempdir().unwrap();
    let (index, ids) = segments(home.path(), 3);
    let parts = Parts::new(&index);
    let job = parts.begin_merge(|_| Some(0..3)).unwrap().unwrap();
    let held = index.snapshot().unwrap();
    let mut writer = index.writer().unwrap();
    assert!(writer.remove(&ids[1]).unwrap());
    put(&mut writer, 7, 4);
    assert_eq!(parts.flush().unwrap(), 4, "the segments of the merge stay, a new one comes behind them");
    assert!(parts.begin_merge(|_| Some(0..4)).unwrap().is_none(), "one merge at a time");
    assert!(parts.merge(&job, &GO_ON).unwrap());
    assert_eq!(sizes(&index), [15, 4], "the merge began before the removal");
    let snapshot = index.snapshot().unwrap();
    assert_eq!((snapshot.len(), held.len()), (14, 15));
    let removed: Vec<u32> = held.document(&ids[1]).unwrap().rows().collect();
    let vector = held.vector(Grain::Passage, removed[0], 0).unwrap();
    let found = |snapshot: &Snapshot| {
        let hits = snapshot.search_vectors(Grain::Passage, &vector, 20, &Filter::default()).unwrap();
        hits.iter().filter(|hit| removed.contains(&hit.row)).count()
    };
    assert_eq!((found(&snapshot), found(&held)), (0, 5), "a reader keeps what it saw");
    sound(&index);
    // The next one leaves the dead rows out.
    let job = parts.begin_merge(|_| Some(0..2)).unwrap().unwrap();
    assert!(parts.merge(&job, &GO_ON).unwrap());
    assert_eq!(sizes(&index), [14]);
    sound(&index);
}

#[test]
fn a_merge_told_to_stop_leaves_everything_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let (index, _) = segments(home.path(), 3);
    let parts = Parts::new(&index);
    let job = parts.begin_merge(|_| Some(0..2)).unwrap().unwrap();
    assert!(!parts.merge(&job, &AtomicBool::new(true)).unwrap());
    assert_eq!(sizes(&index), [5, 5, 5]);
    assert_eq!(std::fs::read_dir(home.path().join(FOLDER)).unwrap().count(), 4, "three segments and the manifest");
    let again = parts.begin_merge(|_| Some(0..2)).unwrap().unwrap();
    assert!(parts.merge(&again, &GO_ON).unwrap());
    assert_eq!(sizes(&index), [10, 5]);
    sound(&index);
}

#[test]
fn a_merge_that_fails_fails_no_commit_and_is_left_to_the_next_writer() {
    let home = tempfile::tempdir().unwrap();
    let (index, _) = segments(home.path(), 3);
    // Files where the folders of the next segments would be; the first name is left to what the writer stores.
    let numbers: Vec<u64> = (1..40).collect();
    let taken = |number: &u64| home.path().join(FOLDER).join(segment_name(*number));
    let mut writer = index.writer().unwrap();
    let id = put(&mut writer, 9, 2);
    Parts::new(&index).flush().unwrap();
    for number in numbers.iter().filter(|number| !taken(number).exists()) {
        std::fs::write(taken(number), "").unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(sizes(&index), [5, 5, 5, 2]);
    assert!(index.snapshot().unwrap().document(&id).is_some());
    sound(&index);
    numbers.iter().filter(|number| taken(number).is_file()).for_each(|n| std::fs::remove_file(taken(n)).unwrap());
    index.writer().unwrap().finish().unwrap();
    assert_eq!(sizes(&index), [17]);
    sound(&index);
}

#[test]
fn damage_that_a_merge_meets_is_made_good_from_the_truth() {
    let home = tempfile::tempdir().unwrap();
    let (index, _) = segments(home.path(), 2);
    for name in ["passages", "lexical"] {
        let parts = Parts::new(&index);
        let job = parts.begin_merge(|all| Some(0..all.len())).unwrap().unwrap();
        let file = home.path().join(FOLDER).join(job.sources[0].name.as_ref().unwrap()).join(name);
        let mut bytes = std::fs::read(&file).unwrap();
        let at = bytes.len() - 5;
        bytes[at] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        assert!(parts.merge(&job, &GO_ON).unwrap());
        sound(&index);
    }
    assert_eq!(sizes(&index), [10]);
}

#[test]
fn a_writer_that_is_dropped_gives_up_its_merge_and_then_its_lock() {
    let home = tempfile::tempdir().unwrap();
    let (index, _) = segments(home.path(), 6);
    for _ in 0..10 {
        let mut writer = index.writer().unwrap();
        writer.flush().unwrap();
        drop(writer);
        // Whether the merge was done or given up: nobody holds the lock, nothing lies about.
        drop(index.writer().unwrap());
        let folders = std::fs::read_dir(home.path().join(FOLDER)).unwrap().count() - 1;
        assert_eq!(folders, sizes(&index).len());
        assert_eq!(sizes(&index).iter().sum::<usize>(), 30);
    }
    sound(&index);
}

#[test]
fn segments_of_dead_rows_alone_are_dropped_not_merged() {
    let home = tempfile::tempdir().unwrap();
    let (index, ids) = segments(home.path(), 3);
    let mut writer = index.writer().unwrap();
    assert!(writer.remove(&ids[0]).unwrap() && writer.remove(&ids[1]).unwrap());
    let parts = Parts::new(&index);
    assert!(parts.begin_merge(|_| Some(0..2)).unwrap().is_none());
    assert_eq!(parts.flush().unwrap(), 1);
    assert_eq!(sizes(&index), [5]);
    sound(&index);
}

#[test]
fn merges_do_not_touch_rows_that_no_segment_covers() {
    let home = tempfile::tempdir().unwrap();
    let (index, _) = segments(home.path(), 3);
    // The segment in the middle is lost.
    let middle = index.status().unwrap().segments[1].name.clone().unwrap();
    std::fs::remove_dir_all(home.path().join(FOLDER).join(middle)).unwrap();
    let index = Index::open_existing(home.path()).unwrap();
    let parts = Arc::new(Parts::new(&index));
    assert!(parts.begin_merge(|all| Some(0..all.len())).unwrap().is_none());
    assert_eq!(parts.flush().unwrap(), 3);
    assert_eq!(sizes(&index), [5, 5, 5]);
    sound(&index);
}
