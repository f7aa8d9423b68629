//! What the system under an index can do to it: torn logs, full disks, other writers, a backup in the middle of work.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Fake, SHAANXI, SHANXI, ingest, open, write};
use wenbao_index::{DocumentId, Error, Index, Source, Writer};

/// Stores a small document that tells its number.
fn put(writer: &mut Writer<'_>, number: usize) -> Result<DocumentId, Error> {
    let text = format!("第{number}号事项已经办结，计划办理第{}号事项。", number + 1);
    let document = common::read(Path::new("x.txt"), format!("2025年山西\n{text}\n").as_bytes()).unwrap();
    let vectors = Fake.encode(&[text]);
    let (path, sha256) = (PathBuf::from(format!("n{number}.txt")), format!("{number:064x}").chars().rev().collect());
    writer.put(&Source { path, sha256, bytes: 1 }, &document, &vectors, &vectors)
}

fn sound(index: &Index) {
    assert_eq!(index.verify().unwrap().differences, Vec::<String>::new());
}

#[test]
fn a_torn_log_gives_an_earlier_whole_commit() {
    let (home, torn) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let index = open(home.path());
    let mut writer = index.writer().unwrap();
    for number in 0..5 {
        put(&mut writer, number).unwrap();
    }
    // As a loss of power would leave it: the log is not emptied, the last commits are in it alone.
    let (truth, log) = (home.path().join("truth.db"), home.path().join("truth.db-wal"));
    let (truth, log) = (fs::read(truth).unwrap(), fs::read(log).unwrap());
    let mut seen = std::collections::BTreeSet::new();
    for (share, flip) in [(1.0, false), (0.95, false), (0.6, false), (0.98, true), (0.7, true), (0.0, false)] {
        let at = (log.len() as f64 * share) as usize;
        let mut bytes = log.clone();
        if flip {
            bytes[at] ^= 1
        } else {
            bytes.truncate(at)
        }
        let folder = torn.path().join(format!("{at}-{flip}"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("truth.db"), &truth).unwrap();
        fs::write(folder.join("truth.db-wal"), bytes).unwrap();
        match Index::open_existing(&folder) {
            Ok(index) => {
                let snapshot = index.snapshot().unwrap();
                assert_eq!(snapshot.generation() as usize, snapshot.documents().len(), "{share} {flip}");
                sound(&index);
                seen.insert(snapshot.documents().len());
            }
            // Without its log nothing of so young an index is in the file itself.
            Err(error) => assert!(matches!(error, Error::Missing(_)) && share == 0.0, "{share} {flip}: {error}"),
        }
    }
    assert!(seen.contains(&5) && seen.len() > 2, "{seen:?}");
}

#[test]
fn the_second_writer_is_told_to_wait_and_the_first_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let (one, other) = (open(home.path()), open(home.path()));
    let mut first = one.writer().unwrap();
    put(&mut first, 1).unwrap();
    for error in [other.writer().err().unwrap(), other.rebuild().unwrap_err()] {
        assert!(matches!(error, Error::Locked(_)) && error.to_string().contains("wait"), "{error}");
    }
    put(&mut first, 2).unwrap();
    first.finish().unwrap();
    put(&mut other.writer().unwrap(), 3).unwrap();
    assert_eq!(one.snapshot().unwrap().documents().len(), 3);
    sound(&one);
}

#[test]
fn a_backup_in_the_middle_of_writing_is_of_one_commit() {
    let (home, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let index = open(home.path());
    let done = AtomicBool::new(false);
    let files: Vec<PathBuf> = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = index.writer().unwrap();
            (0..60).for_each(|number| drop(put(&mut writer, number).unwrap()));
            writer.finish().unwrap();
            done.store(true, Ordering::Relaxed);
        });
        let mut files = Vec::new();
        while !done.load(Ordering::Relaxed) || files.is_empty() {
            let folder = copies.path().join(files.len().to_string());
            fs::create_dir(&folder).unwrap();
            index.backup(&folder.join("truth.db")).unwrap();
            files.push(folder);
        }
        files
    });
    for folder in [&files[0], &files[files.len() / 2], &files[files.len() - 1]] {
        let restored = open(folder);
        let snapshot = restored.snapshot().unwrap();
        assert_eq!(snapshot.generation() as usize, snapshot.documents().len());
        sound(&restored);
    }
}

#[test]
fn verify_while_another_writes_finds_nothing() {
    let home = tempfile::tempdir().unwrap();
    let index = open(home.path());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..30 {
                let mut writer = index.writer().unwrap();
                put(&mut writer, number).unwrap();
                writer.finish().unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            sound(&Index::open_existing(home.path()).unwrap());
        }
    });
}

#[test]
fn verify_names_every_passage_that_the_derived_parts_lack() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (index, longer) = (open(home.path()), open(other.path()));
    let store = |index: &Index, numbers: std::ops::Range<usize>| {
        let mut writer = index.writer().unwrap();
        numbers.for_each(|number| drop(put(&mut writer, number).unwrap()));
        writer.finish().unwrap();
    };
    store(&index, 0..80);
    store(&longer, 1..81);
    // The segment of another index, whole in itself: only a comparison shows that it is not this one's.
    let segment = |home: &Path| home.join("derived").join(index.status().unwrap().segments[0].name.clone().unwrap());
    for name in ["places", "passages", "sentences", "lexical"] {
        fs::copy(segment(other.path()).join(name), segment(home.path()).join(name)).unwrap();
    }
    let found = Index::open_existing(home.path()).unwrap().verify().unwrap().differences;
    for row in 0..80 {
        assert!(found.iter().any(|line| line.starts_with(&format!("row {row}: the lexical"))), "row {row}");
    }
    // The fake vectors of two neighbours may be the same.
    let vectors = found.iter().filter(|line| line.contains("the vector differs") && !line.contains("sentence")).count();
    assert!((70..=80).contains(&vectors), "{vectors}");
    index.rebuild().unwrap();
    sound(&Index::open_existing(home.path()).unwrap());
}

#[test]
fn an_index_that_is_moved_while_it_is_open_is_read_on_and_opened_elsewhere() {
    let home = tempfile::tempdir().unwrap();
    let (here, there) = (home.path().join("here"), home.path().join("there"));
    let index = open(&here);
    let mut writer = index.writer().unwrap();
    (0..5).for_each(|number| drop(put(&mut writer, number).unwrap()));
    writer.finish().unwrap();
    let snapshot = index.snapshot().unwrap();
    fs::rename(&here, &there).unwrap();
    // Who has a generation keeps it; a newer one is not to be had, and nobody writes into the void.
    assert!(snapshot.rows().all(|row| snapshot.passage(row).is_ok()));
    assert!(index.writer().is_err());
    let moved = open(&there);
    assert_eq!(moved.snapshot().unwrap().documents().len(), 5);
    sound(&moved);
}

#[test]
fn a_copy_of_the_files_made_while_another_writes_is_whole_or_refused() {
    let (home, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let index = open(home.path());
    put(&mut index.writer().unwrap(), 1000).unwrap();
    let done = AtomicBool::new(false);
    let mut whole = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..5 {
                let mut writer = index.writer().unwrap();
                (0..4).for_each(|number| drop(put(&mut writer, round * 4 + number).unwrap()));
                writer.finish().unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        let mut count = 0;
        while (!done.load(Ordering::Relaxed) || count == 0) && count < 8 {
            let to = copies.path().join(count.to_string());
            copy(home.path(), &to);
            // `backup` is for this; whoever copies files gets an earlier state, or is told that it is none.
            if let Ok(copied) = Index::open_existing(&to)
                && let Ok(verified) = copied.verify()
                && verified.differences.is_empty()
            {
                let snapshot = copied.snapshot().unwrap();
                assert!(snapshot.rows().all(|row| snapshot.passage(row).is_ok()));
                whole += 1;
            }
            count += 1;
        }
    });
    // When nobody writes, a copy is as good as the original.
    let to = copies.path().join("last");
    copy(home.path(), &to);
    let last = open(&to);
    assert_eq!(last.snapshot().unwrap().documents().len(), 21, "{whole} earlier copies were whole");
    sound(&last);
}

/// Copies what is there, file by file; what vanishes meanwhile is left out.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "truth.db-shm" {
            let _ = fs::copy(entry.path(), target);
        }
    }
}

/// A small file system of its own; none where it cannot be mounted (only the superuser may).
struct Small(tempfile::TempDir);

impl Small {
    fn mount(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let done =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir.path()).output().ok()?;
        done.status.success().then_some(Self(dir))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_and_says_what_to_do() {
    let Some(small) = Small::mount("1200k") else {
        eprintln!(
            "skipped: a small file system cannot be mounted here; `make torture-short` has the same where it can"
        );
        return;
    };
    let home = small.0.path().join("index");
    let index = open(&home);
    let mut writer = index.writer().unwrap();
    let (mut stored, mut problem) = (Vec::new(), None);
    for number in 0..4000 {
        match put(&mut writer, number) {
            Ok(id) => stored.push(id),
            Err(error) => {
                problem = Some(error);
                break;
            }
        }
    }
    drop(writer);
    let problem = problem.expect("the disk is full some time");
    assert!(problem.is_disk_full() && problem.to_string().contains("make room"), "{problem}");
    drop(index);
    let index = open(&home);
    let snapshot = index.snapshot().unwrap();
    assert_eq!(snapshot.documents().len(), stored.len());
    assert!(stored.iter().all(|id| snapshot.document(id).is_some()));
    sound(&index);
}

#[test]
fn derived_parts_of_another_version_are_made_anew() {
    let (files, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(files.path(), "shanxi.txt", SHANXI);
    write(files.path(), "shaanxi.txt", SHAANXI);
    ingest(&open(home.path()), &[files.path().to_path_buf()]).unwrap();
    let manifest = home.path().join("derived/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"version\": 1", "\"version\": 99")).unwrap();
    let problems = Index::open_existing(home.path()).unwrap().snapshot().unwrap().problems().to_vec();
    assert!(problems.len() == 1 && problems[0].contains("another version"), "{problems:?}");
    let index = open(home.path());
    assert_eq!(index.snapshot().unwrap().problems(), Vec::<String>::new());
    assert!(fs::read_to_string(&manifest).unwrap().contains("\"version\": 1"));
    sound(&index);
}
