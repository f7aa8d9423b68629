//! Runs over files and folders: what is stored, skipped, replaced, moved, told; and how a run ends.
#![allow(missing_docs)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{Fake, SHANXI, Setup, open, read, write};
use wenbao_index::Index;
use wenbao_ingest::{Ingest, Part, Progress, Reader, Report};

impl Setup {
    fn index(&self) -> Index {
        open(self.home.path())
    }
}

fn run(index: &Index, paths: &[PathBuf]) -> wenbao_ingest::Result<Report> {
    run_with(index, Arc::new(read), paths, &|_| {}, &AtomicBool::new(false))
}

fn run_with(
    index: &Index,
    reader: Arc<dyn Reader>,
    paths: &[PathBuf],
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> wenbao_ingest::Result<Report> {
    Ingest { index, encoder: &Fake, reader, follow: false }.run(paths, progress, cancel)
}

#[test]
fn unchanged_files_are_skipped_changed_ones_replaced_and_moved_ones_followed() {
    let setup = Setup::new();
    let folder = [setup.files.path().to_path_buf()];
    let index = setup.index();
    assert_eq!(run(&index, &folder).unwrap().added, 2);
    let before = index.snapshot().unwrap().generation();
    let again = run(&index, &folder).unwrap();
    assert_eq!((again.added, again.replaced, again.unchanged), (0, 0, 2));
    assert_eq!(index.snapshot().unwrap().generation(), before);

    write(setup.files.path(), "shanxi.txt", &SHANXI.replace("130座", "131座"));
    let changed = run(&index, &folder).unwrap();
    assert_eq!((changed.added, changed.replaced, changed.unchanged), (0, 1, 1));
    assert_eq!(index.snapshot().unwrap().len(), 5);

    std::fs::rename(setup.files.path().join("shaanxi.txt"), setup.files.path().join("moved.txt")).unwrap();
    assert_eq!(run(&index, &folder).unwrap().unchanged, 2);
    let snapshot = index.snapshot().unwrap();
    let names: Vec<&str> = snapshot.documents().iter().filter_map(|d| d.path.rsplit('/').next()).collect();
    assert_eq!(names, ["moved.txt", "shanxi.txt"]);
}

#[test]
fn bad_files_are_told_and_the_others_go_on() {
    let setup = Setup::new();
    std::fs::write(setup.files.path().join("bad.bin"), [0xff, 0xfe, 0x00]).unwrap();
    std::fs::write(setup.files.path().join("empty.txt"), "").unwrap();
    std::fs::write(setup.files.path().join(".hidden"), [0xff]).unwrap();
    let index = setup.index();
    let report = run(&index, &[setup.files.path().to_path_buf()]).unwrap();
    let failed: Vec<&str> = report.failures.iter().map(|(p, _)| p.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!((report.added, failed), (2, vec!["bad.bin", "empty.txt"]));
    let missing = run(&index, &[setup.files.path().join("nothing")]).unwrap_err().to_string();
    assert!(missing.contains("no such file"), "{missing}");
    let empty = tempfile::tempdir().unwrap();
    let empty = run(&index, &[empty.path().to_path_buf()]).unwrap_err().to_string();
    assert!(empty.contains("no files"), "{empty}");
}

#[test]
fn a_reader_that_panics_costs_one_file() {
    let setup = Setup::new();
    let index = setup.index();
    let reader = |path: &Path, bytes: &[u8]| {
        assert!(!path.ends_with("shaanxi.txt"), "as it should");
        read(path, bytes)
    };
    let report =
        run_with(&index, Arc::new(reader), &[setup.files.path().to_path_buf()], &|_| {}, &AtomicBool::new(false));
    let report = report.unwrap();
    assert_eq!((report.added, report.failures.len()), (1, 1), "{report:?}");
    assert!(report.failures[0].1.contains("defect"), "{report:?}");
}

#[test]
fn a_cancelled_ingest_keeps_what_was_embedded() {
    let setup = Setup::new();
    let index = setup.index();
    let cancel = AtomicBool::new(false);
    let calls = AtomicUsize::new(0);
    let stop_in_second = |p: Progress| {
        calls.fetch_add(1, Ordering::Relaxed);
        cancel.store(p.file == 2, Ordering::Relaxed);
    };
    let report =
        run_with(&index, Arc::new(read), &[setup.files.path().to_path_buf()], &stop_in_second, &cancel).unwrap();
    assert!(report.cancelled && calls.load(Ordering::Relaxed) > 1);
    assert_eq!((report.added, index.snapshot().unwrap().documents().len()), (1, 1));
}

#[test]
fn a_reader_that_does_not_come_back_delays_no_end() {
    let setup = Setup::new();
    let index = setup.index();
    let cancel = AtomicBool::new(false);
    let reader = |_: &Path, _: &[u8]| {
        std::thread::sleep(Duration::from_secs(20));
        Err("late".to_owned())
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            cancel.store(true, Ordering::Relaxed);
        });
        let began = Instant::now();
        let report = run_with(&index, Arc::new(reader), &[setup.files.path().to_path_buf()], &|_| {}, &cancel);
        assert!(report.unwrap().cancelled);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    });
}

#[test]
fn many_small_files_are_stored_in_order_and_each_is_found() {
    let (files, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for n in 0..600 {
        write(
            files.path(),
            &format!("n{n:04}.txt"),
            &format!("2025年山西报告\n第{n}号事项已经办结，计划办理下一件。\n"),
        );
    }
    let index = open(home.path());
    let report = run(&index, &[files.path().to_path_buf()]).unwrap();
    assert_eq!((report.added, report.passages, report.failures.len()), (600, 600, 0));
    let snapshot = index.snapshot().unwrap();
    assert!(snapshot.documents().iter().map(|d| d.first_row).is_sorted());
    assert!(snapshot.generation() < 100, "stored in {} transactions", snapshot.generation());
    assert_eq!(index.verify().unwrap().differences, Vec::<String>::new());
}

#[test]
fn the_index_is_not_read_as_a_document() {
    let files = tempfile::tempdir().unwrap();
    write(files.path(), "a.txt", SHANXI);
    let index = open(&files.path().join("index"));
    let report = run(&index, &[files.path().to_path_buf()]).unwrap();
    assert_eq!((report.added, report.failures.len()), (1, 0), "{report:?}");
}

#[test]
fn an_archive_gives_a_document_for_each_of_its_files_and_is_unchanged_the_next_time() {
    let setup = Setup::new();
    let folder = tempfile::tempdir().unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let page = format!("<html><body>{SHANXI}<iframe src=x></iframe></body></html>").replace('\n', "<p>");
    for (name, content) in
        [("in/shanxi.html", page.as_bytes()), ("../x.txt", SHANXI.as_bytes()), ("bad.png", b"\x89PNG\r")]
    {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, content).unwrap();
    }
    std::fs::write(folder.path().join("reports.zip"), zip.finish().unwrap().into_inner()).unwrap();
    let index = setup.index();
    let here = || Arc::new(wenbao_ingest::Here::default());
    let paths = [folder.path().to_path_buf()];
    let report = run_with(&index, here(), &paths, &|_| {}, &AtomicBool::new(false)).unwrap();
    let inside = |path: &Path| path.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned();
    let failed: Vec<String> =
        report.failures.iter().map(|(path, problem)| format!("{} {problem}", inside(path))).collect();
    assert_eq!((report.added, failed.len()), (2, 1), "{failed:?}");
    assert!(failed[0].starts_with("reports.zip/bad.png is a PNG image; "), "{failed:?}");
    // What is missing is told and stored.
    let warned: Vec<String> =
        report.warnings.iter().map(|(path, warning)| format!("{} {warning}", inside(path))).collect();
    assert_eq!(warned, ["reports.zip/in/shanxi.html the page has frames; what they show is not in the file"]);
    let snapshot = index.snapshot().unwrap();
    let stored: Vec<(String, usize)> =
        snapshot.documents().iter().map(|d| (inside(Path::new(&d.path)), d.meta.warnings.len())).collect();
    assert_eq!(stored, [("reports.zip/in/shanxi.html".to_owned(), 1), ("reports.zip/x.txt".to_owned(), 0)]);
    let again = run_with(&index, here(), &paths, &|_| {}, &AtomicBool::new(false)).unwrap();
    assert_eq!((again.added, again.replaced, again.unchanged), (0, 0, 2));
}

/// Reads as if every file had a page that is a picture.
struct Scanned {
    ocr: bool,
}

impl Reader for Scanned {
    fn read(&self, path: &Path, bytes: &[u8], _: &AtomicBool) -> Result<Vec<Part>, String> {
        let mut document = read(path, bytes)?;
        let warning = if self.ocr {
            "page 2 was read by OCR"
        } else {
            "no text on page 2; `wenbao model pull ocr` lets it be read"
        };
        document.meta.warnings.push(warning.to_owned());
        Ok(vec![document.into()])
    }

    fn reads_pictures(&self) -> bool {
        self.ocr
    }
}

#[test]
fn pages_that_waited_for_an_ocr_are_read_once_there_is_one() {
    let setup = Setup::new();
    let folder = [setup.files.path().to_path_buf()];
    let index = setup.index();
    let run = |ocr| run_with(&index, Arc::new(Scanned { ocr }), &folder, &|_| {}, &AtomicBool::new(false)).unwrap();
    assert_eq!(run(false).added, 2);
    assert_eq!(run(false).unchanged, 2);
    let now = run(true);
    assert_eq!((now.added, now.replaced, now.unchanged), (0, 2, 0));
    assert_eq!(now.warnings[0].1, "page 2 was read by OCR");
    assert_eq!(run(true).unchanged, 2);
    assert_eq!(index.snapshot().unwrap().documents().len(), 2);
}
