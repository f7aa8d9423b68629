//! The derived parts: merged, damaged, missing, from the future; and what else can befall a folder.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Fake, Setup, ingest, open, vector, write};
use wenbao_index::terms::terms;
use wenbao_index::{Error, Filter, Grain, Index, Snapshot};

impl Setup {
    fn ingest(&self) -> Index {
        let index = open(self.home.path());
        ingest(&index, &[self.files.path().to_path_buf()]).unwrap();
        index
    }

    fn add(&self, index: &Index, number: usize) {
        let text =
            format!("{}年山西报告\n第{number}号事项已经办结。\n计划办理第{}号事项。\n", 2000 + number % 20, number + 1);
        let path = write(self.files.path(), &format!("n{number}.txt"), &text);
        ingest(index, &[path]).unwrap();
    }
}

/// Everything that a search can show, in one value.
fn answers(snapshot: &Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    for question in ["新建智能化煤矿", "苹果产量", "第3号事项", "城镇就业"] {
        let words: Vec<(String, f32)> = terms(question).into_iter().map(|t| (t, 1.0)).collect();
        for grain in [Grain::Passage, Grain::Sentence] {
            let all = Filter::default();
            for (kind, hits) in [
                ("words", snapshot.search_text(grain, &words, 5, &all).unwrap()),
                ("vectors", snapshot.search_vectors(grain, &vector(question), 5, &all).unwrap()),
            ] {
                for hit in hits {
                    let record = snapshot.passage(hit.row).unwrap();
                    lines.push(format!("{kind} {} {:?} {:.4}", record.id, hit.sentence, hit.score));
                }
            }
        }
    }
    lines
}

fn sound(index: &Index) {
    assert_eq!(index.verify().unwrap().differences, Vec::<String>::new());
}

/// All files under a folder but the truth's and the lock.
fn derived_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.join("derived")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[test]
fn the_derived_parts_are_on_the_disk_and_equal_the_truth() {
    let setup = Setup::new();
    let index = setup.ingest();
    sound(&index);
    let status = index.status().unwrap();
    assert_eq!((status.documents, status.passages, status.sentences, status.segments.len()), (2, 5, 7, 1));
    assert!(status.segments[0].name.is_some() && status.derived_bytes > 0 && status.problems.is_empty());
}

#[test]
fn what_is_stored_but_not_finished_is_found_too() {
    let setup = Setup::new();
    let index = setup.ingest();
    let mut writer = index.writer().unwrap();
    let document = common::read(Path::new("x.txt"), "2025年山西\n今年计划建设氢能走廊。\n".as_bytes()).unwrap();
    let source = wenbao_index::Source { path: "x.txt".into(), sha256: "ab".repeat(32), bytes: 1 };
    let vectors = Fake.encode(&["今年计划建设氢能走廊。".to_owned()]);
    writer.put(&source, &document, &vectors, &vectors).unwrap();
    drop(writer);
    let snapshot = open(setup.home.path()).snapshot().unwrap();
    let words: Vec<(String, f32)> = terms("氢能走廊").into_iter().map(|t| (t, 1.0)).collect();
    assert_eq!(snapshot.search_text(Grain::Passage, &words, 3, &Filter::default()).unwrap().len(), 1);
    assert_eq!(snapshot.len(), 6);
    sound(&index);
}

#[test]
fn many_small_commits_leave_few_segments_and_a_reader_keeps_its_own() {
    let setup = Setup::new();
    let index = setup.ingest();
    let old = index.snapshot().unwrap();
    let before = answers(&old);
    for number in 0..100 {
        setup.add(&index, number);
    }
    let status = index.status().unwrap();
    assert_eq!(status.documents, 102);
    assert!(status.segments.len() <= 6, "{:?}", status.segments);
    assert_eq!(answers(&old), before);
    sound(&index);
    // A rebuild changes no answer: scores do not depend on how rows are spread over segments.
    let many = answers(&index.snapshot().unwrap());
    index.rebuild().unwrap();
    assert_eq!(index.status().unwrap().segments.len(), 1);
    assert_eq!(answers(&index.snapshot().unwrap()), many);
    sound(&index);
}

#[test]
fn removed_passages_leave_the_segments_when_they_are_many() {
    let setup = Setup::new();
    let index = setup.ingest();
    for number in 0..10 {
        setup.add(&index, number);
    }
    let ids: Vec<_> = index.snapshot().unwrap().documents().iter().map(|d| d.id.clone()).collect();
    for id in &ids[..9] {
        let mut writer = index.writer().unwrap();
        writer.remove(id).unwrap();
        writer.finish().unwrap();
        sound(&index);
    }
    let status = index.status().unwrap();
    let dead: usize = status.segments.iter().map(|s| s.passages - s.living).sum();
    assert!(dead * 3 <= status.passages + dead, "{status:?}");
    for id in &ids[9..] {
        let mut writer = index.writer().unwrap();
        writer.remove(id).unwrap();
        writer.finish().unwrap();
    }
    assert_eq!(index.status().unwrap().segments, []);
    sound(&index);
}

#[test]
fn every_damaged_derived_file_is_noticed_and_made_anew() {
    let setup = Setup::new();
    let index = setup.ingest();
    let good = answers(&index.snapshot().unwrap());
    drop(index);
    let count = derived_files(setup.home.path()).len();
    assert!(count >= 5);
    for number in 0..count {
        for harm in ["flip", "cut", "empty", "remove"] {
            let file = derived_files(setup.home.path())[number].clone();
            let bytes = fs::read(&file).unwrap();
            let at = bytes.len() / 2;
            match harm {
                "flip" => {
                    let mut bad = bytes.clone();
                    bad[at] ^= 1;
                    fs::write(&file, bad).unwrap();
                }
                "cut" => fs::write(&file, &bytes[..bytes.len() - 1]).unwrap(),
                "empty" => fs::write(&file, []).unwrap(),
                _ => fs::remove_file(&file).unwrap(),
            }
            let harmed = Index::open_existing(setup.home.path()).unwrap();
            let manifest = file.ends_with("manifest.json");
            // A manifest without its last line break is whole; a flipped bit may fall into white space.
            if !manifest {
                assert_eq!(harmed.snapshot().unwrap().problems().len(), 1, "{harm} {}", file.display());
                assert!(!harmed.verify().unwrap().differences.is_empty());
            }
            assert_eq!(answers(&harmed.snapshot().unwrap()), good, "{harm} {}", file.display());
            drop(harmed);
            let healed = open(setup.home.path());
            assert_eq!(healed.snapshot().unwrap().problems(), Vec::<String>::new());
            assert_eq!(answers(&healed.snapshot().unwrap()), good);
            sound(&healed);
            drop(healed);
            if manifest {
                // Without a usable manifest nothing is lost, but all is written again by the next writer.
                open(setup.home.path()).writer().unwrap().finish().unwrap();
            }
        }
    }
}

#[test]
fn all_derived_parts_can_be_removed() {
    let setup = Setup::new();
    let good = answers(&setup.ingest().snapshot().unwrap());
    fs::remove_dir_all(setup.home.path().join("derived")).unwrap();
    let index = open(setup.home.path());
    assert_eq!(answers(&index.snapshot().unwrap()), good);
    // Opening has made them anew.
    assert!(index.status().unwrap().segments[0].name.is_some());
    sound(&index);
}

#[test]
fn a_damaged_truth_is_an_error_never_a_panic() {
    let setup = Setup::new();
    drop(setup.ingest());
    let file = setup.home.path().join("truth.db");
    let good = fs::read(&file).unwrap();
    // Much of so small a file is free space, all zeros.
    let used: Vec<usize> = (0..good.len()).filter(|&at| good[at] != 0).collect();
    let (mut noticed, mut tried) = (0, 0);
    for &at in used.iter().step_by((used.len() / 80).max(1)) {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        fs::write(&file, bad).unwrap();
        let outcome = Index::open_existing(setup.home.path()).and_then(|index| index.verify());
        noticed += usize::from(outcome.map_or(true, |v| !v.differences.is_empty()));
        tried += 1;
    }
    // What is not noticed lies in pages given up, in unused header fields, or in the sketches of near-duplicates.
    assert!(noticed * 10 >= tried * 8, "{noticed} of {tried}");
    fs::write(&file, &good[..good.len() / 2]).unwrap();
    let cut = Index::open_existing(setup.home.path()).and_then(|index| index.verify());
    assert!(cut.map_or(true, |v| !v.differences.is_empty()));
    fs::write(&file, "not a database, but long enough to have a header of its own, which SQLite reads first".repeat(9))
        .unwrap();
    let error = Index::open_existing(setup.home.path()).err().unwrap();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[test]
fn a_backup_is_whole_and_opens_in_another_folder() {
    let setup = Setup::new();
    let index = setup.ingest();
    let good = answers(&index.snapshot().unwrap());
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("truth.db");
    {
        // The writer is at work meanwhile.
        let _writer = index.writer().unwrap();
        index.backup(&file).unwrap();
    }
    let error = index.backup(&file).unwrap_err().to_string();
    assert!(error.contains("name a new file"), "{error}");
    setup.add(&index, 1);
    let restored = open(other.path());
    assert_eq!(answers(&restored.snapshot().unwrap()), good);
    sound(&restored);
}

#[test]
fn an_older_truth_put_back_does_not_meet_newer_derived_parts() {
    let setup = Setup::new();
    let index = setup.ingest();
    let backup = setup.files.path().join(".backup");
    index.backup(&backup).unwrap();
    let good = answers(&index.snapshot().unwrap());
    setup.add(&index, 1);
    drop(index);
    for name in ["truth.db", "truth.db-wal", "truth.db-shm"] {
        let _ = fs::remove_file(setup.home.path().join(name));
    }
    fs::copy(&backup, setup.home.path().join("truth.db")).unwrap();
    let index = open(setup.home.path());
    assert_eq!(answers(&index.snapshot().unwrap()), good);
    sound(&index);
}

#[test]
fn an_index_of_a_newer_program_is_refused() {
    let setup = Setup::new();
    drop(setup.ingest());
    let truth = rusqlite::Connection::open(setup.home.path().join("truth.db")).unwrap();
    truth.execute("UPDATE meta SET value = '99' WHERE key = 'format'", []).unwrap();
    drop(truth);
    let error = Index::open_existing(setup.home.path()).err().unwrap().to_string();
    assert!(error.contains("99") && error.contains("newer wenbao"), "{error}");
}

#[test]
fn an_index_of_the_first_format_is_brought_up_to_date() {
    let setup = Setup::new();
    let good = answers(&setup.ingest().snapshot().unwrap());
    let truth = rusqlite::Connection::open(setup.home.path().join("truth.db")).unwrap();
    for table in ["documents", "passages", "vectors"] {
        truth.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN crc32")).unwrap();
    }
    truth.execute("UPDATE meta SET value = '1' WHERE key = 'format'", []).unwrap();
    drop(truth);
    let index = open(setup.home.path());
    assert_eq!(answers(&index.snapshot().unwrap()), good);
    sound(&index);
    setup.add(&index, 1);
    sound(&index);
}

#[test]
fn an_index_of_the_second_format_finds_near_duplicates_in_its_old_table() {
    let setup = Setup::new();
    drop(setup.ingest());
    // A rebuild puts all fingerprints into the one table that format 2 had.
    open(setup.home.path()).rebuild().unwrap();
    let truth = rusqlite::Connection::open(setup.home.path().join("truth.db")).unwrap();
    let waiting: i64 = truth.query_row("SELECT count(*) FROM fresh_sketches", [], |row| row.get(0)).unwrap();
    assert_eq!(waiting, 0);
    truth.execute_batch("DROP TABLE fresh_sketches; UPDATE meta SET value = '2' WHERE key = 'format'").unwrap();
    drop(truth);
    let index = open(setup.home.path());
    let copy = "2025年山西报告摘要\n今年计划新建智能化煤矿130座。计划新增清洁能源装机1000万千瓦！\n";
    for name in ["copy.txt", "again.txt"] {
        ingest(&index, &[write(setup.files.path(), name, &format!("{copy}{name}\n"))]).unwrap();
    }
    sound(&index);
    let snapshot = index.snapshot().unwrap();
    // The one in the old table, the one that waits, and the newest know each other.
    let with: Vec<usize> = snapshot.rows().map(|row| snapshot.also_in(row).unwrap().len()).filter(|&n| n > 0).collect();
    assert_eq!(with, [2, 2, 2]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let setup = Setup::new();
    let good = answers(&setup.ingest().snapshot().unwrap());
    let set = |mode: u32| {
        for folder in [setup.home.path().to_path_buf(), setup.home.path().join("derived")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    for name in ["truth.db-wal", "truth.db-shm"] {
        let _ = fs::remove_file(setup.home.path().join(name));
    }
    set(0o555);
    let index = Index::open_existing(setup.home.path()).unwrap();
    assert_eq!(answers(&index.snapshot().unwrap()), good);
    // The superuser writes anywhere.
    if fs::write(setup.home.path().join("probe"), "").is_err() {
        let error = index.writer().err().unwrap();
        assert!(matches!(error, Error::ReadOnly(_)), "{error}");
    }
    set(0o755);
}
