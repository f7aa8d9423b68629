//! Hurts an index in every way it must survive, and looks whether anything acknowledged was lost or anything half
//! written shows.
//!
//!     cargo run --release --example torture -- [KILLS] [SEED]
//!
//! Two writing processes take turns at the same folder (one holds the lock, the other waits) and say on their standard
//! output what was acknowledged; they are killed (SIGKILL) at a random moment of storing, removing, merging or rebuilding;
//! the folder is opened, verified and compared with what was acknowledged; and so on with the same folder. A
//! reader in this process looks at every generation meanwhile. Then the same on a file system that runs full, on a disk
//! whose writes and syncs fail, on one that loses its power and on a slow one (see [`faults`]).
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;
mod disk;
mod faults;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use common::Random;
use faults::Shim;
use wenbao_embed::Vectors;
use wenbao_index::{DocumentId, Error, Filter, Grain, Index, ModelStamp, Snapshot, Source};
use wenbao_report::{Document, Meta, Passage, Sentence};

const DIMENSIONS: usize = 64;
/// Names that each writer uses.
const NAMES: u64 = 12;

fn stamp() -> ModelStamp {
    ModelStamp { name: "torture".into(), fingerprint: "torture".into(), dimensions: DIMENSIONS }
}

/// A document of `name` in some version: every passage names both, so that a mixture would show.
fn document(name: &str, version: u64) -> (Source, Document, Vectors, Vectors) {
    let mut random = Random(version.wrapping_mul(977) | 1);
    let count = 3 + random.below(40) as usize;
    let passages: Vec<Passage> = (0..count)
        .map(|at| {
            let text = format!("文件{name}第{version}版第{at}段，数值{}。共{count}段。", random.next());
            let end = text.chars().count();
            let cut = end - format!("共{count}段。").chars().count();
            let sentence = |range| Sentence { range, ..Sentence::default() };
            Passage { sentences: vec![sentence(0..cut), sentence(cut..end)], text, ..Passage::default() }
        })
        .collect();
    let mut rows = |count: usize| {
        let mut values = Vec::new();
        for _ in 0..count {
            let row: Vec<f32> = (0..DIMENSIONS).map(|_| 1.0 + random.below(1000) as f32 / 1000.0).collect();
            let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            values.extend(row.iter().map(|v| v / norm));
        }
        Vectors::from_parts(DIMENSIONS, values).expect("whole rows")
    };
    let (of_passages, of_sentences) = (rows(count), rows(2 * count));
    let meta = Meta { title: Some(format!("{name} {version}")), ..Meta::default() };
    let text: String = passages.iter().map(|p| p.text.as_str()).collect();
    let source = Source { path: name.into(), sha256: format!("{version:016x}").repeat(4), bytes: text.len() as u64 };
    (source, Document { meta, text, outline: Vec::new(), passages }, of_passages, of_sentences)
}

/// The writing process: says "try …" before and "done …" after each operation, in so many transactions.
fn work(dir: &Path, writer_name: &str, seed: u64, rounds: u64) -> Result<(), Error> {
    let index = Index::open(dir, &stamp())?;
    let mut random = Random(seed | 1);
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    };
    let mut stored: BTreeMap<String, DocumentId> =
        index.snapshot()?.documents().iter().map(|d| (d.path.clone(), d.id.clone())).collect();
    for _ in 0..rounds {
        if random.below(12) == 0 {
            match index.rebuild() {
                Ok(()) | Err(Error::Locked(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let mut writer = match index.writer() {
            Ok(writer) => writer,
            Err(Error::Locked(_)) => {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            Err(error) => return Err(error),
        };
        for _ in 0..1 + random.below(4) {
            let name = format!("{writer_name}{}", random.below(NAMES));
            if random.below(4) == 0 {
                if let Some(id) = stored.remove(&name) {
                    say(format!("try {name} 0"));
                    writer.remove(&id)?;
                    say(format!("done {name} 0"));
                }
            } else {
                let version = random.next() | 1;
                let (source, document, passages, sentences) = document(&name, version);
                say(format!("try {name} {version}"));
                let id = writer.put(&source, &document, &passages, &sentences)?;
                say(format!("done {name} {version}"));
                stored.insert(name, id);
            }
            // Segments beside which the next changes are made, while they are merged.
            if random.below(2) == 0 {
                writer.flush()?;
            }
        }
        if random.below(5) > 0 {
            writer.finish()?;
        }
    }
    Ok(())
}

/// What may be stored under a name: one version, or two where an operation was interrupted. 0 is none.
type State = BTreeMap<String, BTreeSet<u64>>;

/// Collects what a writer says, in a thread of its own; the first operation begun is told to `begun`.
fn listen(child: &mut Child, begun: &Sender<()>) -> JoinHandle<Vec<String>> {
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let begun = begun.clone();
    std::thread::spawn(move || {
        lines
            .map_while(Result::ok)
            .inspect(|_| {
                let _ = begun.send(());
            })
            .collect()
    })
}

/// Applies what a writer said; how many changes were acknowledged.
fn apply(lines: &[String], state: &mut State) -> usize {
    let mut acknowledged = 0;
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let [word @ ("try" | "done"), name, version] = words.as_slice() else { continue };
        let Ok(version) = version.parse::<u64>() else { continue };
        let entry = state.entry((*name).to_owned()).or_insert_with(|| BTreeSet::from([0]));
        if *word == "done" {
            *entry = BTreeSet::from([version]);
            acknowledged += 1;
        } else {
            entry.insert(version);
        }
    }
    acknowledged
}

/// Every document whole, all its passages of its own version, and found.
fn consistent(snapshot: &Snapshot) -> Result<BTreeMap<String, u64>, String> {
    let mut versions = BTreeMap::new();
    for document in snapshot.documents() {
        let title = document.meta.title.clone().unwrap_or_default();
        let (name, version) = title.split_once(' ').ok_or("a title is not one")?;
        if versions.insert(name.to_owned(), version.parse().map_err(|_| "a version is not one")?).is_some() {
            return Err(format!("{name} is there twice"));
        }
        let mark = format!("文件{name}第{version}版");
        for row in document.rows() {
            let record = snapshot.passage(row).map_err(|e| e.to_string())?;
            if !record.passage.text.starts_with(&mark)
                || !record.passage.text.contains(&format!("共{}段", document.passages))
            {
                return Err(format!("row {row} of {title} says: {}", record.passage.text));
            }
        }
        let last = document.rows().end - 1;
        for grain in [Grain::Passage, Grain::Sentence] {
            let vector = snapshot.vector(grain, last, 0).ok_or(format!("no vector for row {last} of {title}"))?;
            let hits = snapshot.search_vectors(grain, &vector, 1, &Filter::default()).map_err(|e| e.to_string())?;
            if hits.first().is_none_or(|hit| hit.row != last) {
                return Err(format!("{title}: its last row {last} does not find itself but {hits:?}"));
            }
        }
    }
    Ok(versions)
}

fn spawn(dir: &Path, name: &str, seed: u64) -> Child {
    Command::new(std::env::current_exe().expect("own path"))
        .args(["work", &dir.to_string_lossy(), name, &seed.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starting a writer")
}

fn kills(dir: &Path, count: usize, random: &mut Random) -> Result<(), String> {
    let mut state = State::new();
    let (mut acknowledged, mut generations, mut half_written) = (0, 0, 0);
    for round in 0..count {
        let mut writers = [spawn(dir, "甲", random.next()), spawn(dir, "乙", random.next())];
        let stop = Arc::new(AtomicBool::new(false));
        let reader = {
            let (stop, dir) = (Arc::clone(&stop), dir.to_path_buf());
            std::thread::spawn(move || -> Result<u64, String> {
                let mut seen = BTreeSet::new();
                while !stop.load(Ordering::Relaxed) {
                    if let Ok(index) = Index::open_existing(&dir) {
                        while !stop.load(Ordering::Relaxed) {
                            let snapshot = index.snapshot().map_err(|e| e.to_string())?;
                            if !snapshot.problems().is_empty() {
                                return Err(format!(
                                    "half-written derived parts were named: {:?}",
                                    snapshot.problems()
                                ));
                            }
                            if seen.insert(snapshot.generation()) {
                                consistent(&snapshot)?;
                            }
                            std::thread::sleep(Duration::from_millis(2));
                        }
                    }
                }
                Ok(seen.len() as u64)
            })
        };
        let (begun, first) = channel();
        let heard = writers.each_mut().map(|writer| listen(writer, &begun));
        // The clock of the kill starts when work does: a loaded machine would else kill processes that only start.
        let _ = first.recv_timeout(Duration::from_secs(60));
        std::thread::sleep(Duration::from_micros(random.below(700_000)));
        for writer in &mut writers {
            writer.kill().map_err(|e| e.to_string())?;
        }
        for (writer, heard) in writers.iter_mut().zip(heard) {
            acknowledged += apply(&heard.join().map_err(|_| "a listener panicked")?, &mut state);
            writer.wait().map_err(|e| e.to_string())?;
            let mut said = String::new();
            let _ = std::io::Read::read_to_string(&mut writer.stderr.take().expect("piped"), &mut said);
            if !said.is_empty() {
                return Err(format!("round {round}: a writer said: {said}"));
            }
        }
        stop.store(true, Ordering::Relaxed);
        generations += reader.join().map_err(|_| "the reader panicked")?.map_err(|e| format!("round {round}: {e}"))?;
        half_written += usize::from(unnamed_segment(dir));
        after(dir, &mut state).map_err(|e| format!("round {round}: {e}"))?;
        if (round + 1) % 10 == 0 {
            println!(
                "{:4} kills of two writers ({half_written} while a segment was written or merged), {acknowledged} \
                 acknowledged changes, {generations} generations read, 0 losses",
                round + 1
            );
        }
    }
    Ok(())
}

/// Whether a segment's folder lies there that the manifest does not name: its writing was cut short.
fn unnamed_segment(dir: &Path) -> bool {
    let derived = dir.join("derived");
    let manifest = std::fs::read_to_string(derived.join("manifest.json")).unwrap_or_default();
    let folders = std::fs::read_dir(&derived).into_iter().flatten().flatten();
    folders
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .any(|name| name.starts_with("segment-") && !manifest.contains(&format!("\"{name}\"")))
}

/// Opens, compares with what was acknowledged, verifies.
fn after(dir: &Path, state: &mut State) -> Result<(), String> {
    let index = Index::open(dir, &stamp()).map_err(|e| e.to_string())?;
    let differences = index.verify().map_err(|e| e.to_string())?.differences;
    if !differences.is_empty() {
        return Err(format!("verify: {differences:#?}"));
    }
    let found = consistent(&*index.snapshot().map_err(|e| e.to_string())?)?;
    for (name, allowed) in state.iter_mut() {
        let version = found.get(name).copied().unwrap_or(0);
        if !allowed.contains(&version) {
            return Err(format!("{name} is of version {version}, acknowledged was {allowed:?}"));
        }
        *allowed = BTreeSet::from([version]);
    }
    match found.keys().find(|name| !state.contains_key(*name)) {
        Some(name) => Err(format!("{name} was never stored")),
        None => Ok(()),
    }
}

/// A small file system of its own; none where it cannot be mounted.
struct Small(PathBuf);

impl Small {
    fn mount(at: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&at).ok()?;
        let options = format!("size={size}");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output().ok()?;
        done.status.success().then_some(Self(at))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn full_disk(at: PathBuf, random: &mut Random) -> Result<bool, String> {
    let Some(small) = Small::mount(at, "1200k") else { return Ok(false) };
    let dir = small.0.join("index");
    let mut state = State::new();
    for round in 0..5 {
        let mut writer = spawn(&dir, "丙", random.next());
        let heard = listen(&mut writer, &channel().0);
        apply(&heard.join().map_err(|_| "a listener panicked")?, &mut state);
        writer.wait().map_err(|e| e.to_string())?;
        let mut said = String::new();
        let _ = std::io::Read::read_to_string(&mut writer.stderr.take().expect("piped"), &mut said);
        if !said.contains("disk full") || !said.contains("make room") || said.lines().count() != 1 {
            return Err(format!("round {round}: a full disk was called: {said}"));
        }
        after(&dir, &mut state).map_err(|e| format!("full disk, round {round}: {e}"))?;
    }
    Ok(true)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, dir, name, seed, rounds @ ..] = arguments.as_slice()
        && mode == "work"
    {
        let rounds = rounds.first().and_then(|rounds| rounds.parse().ok()).unwrap_or(u64::MAX);
        if let Err(error) = work(Path::new(dir), name, seed.parse().unwrap_or(1), rounds) {
            eprintln!("{error}");
            std::process::exit(2);
        }
        return;
    }
    let number = |at: usize, default: u64| arguments.get(at).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (count, seed) = (number(0, 20) as usize, number(1, 1));
    let mut random = Random(seed | 1);
    let home = tempfile::tempdir().expect("a temporary folder");
    match all(home.path(), count, seed, &mut random) {
        Ok(lines) => lines.iter().for_each(|line| println!("{line} (seed {seed})")),
        Err(problem) => {
            eprintln!("LOST (seed {seed}): {problem}");
            let kept = home.keep();
            eprintln!("the folder is kept: {}", kept.display());
            std::process::exit(1);
        }
    }
}

/// All that may happen, `count` times; a line for each.
fn all(home: &Path, count: usize, seed: u64, random: &mut Random) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    if count > 0 {
        kills(&home.join("index"), count, random)?;
        lines.push(format!("{count} kills of two writers survived"));
    }
    lines.push(match full_disk(home.join("small"), random)? {
        true => "5 full disks survived".to_owned(),
        false => "no full disk: a small file system cannot be mounted here".to_owned(),
    });
    let Some(shim) = Shim::make(home) else {
        lines.push("no failing disk: that takes Linux and a C compiler".to_owned());
        return Ok(lines);
    };
    let most = (2 * count).max(10);
    let (tried, all) = faults::errors(&shim, home, most, seed)?;
    lines.push(format!("{tried} of {all} writes, syncs and changes of names failed, nothing acknowledged was lost"));
    let tried = faults::power_cuts(&shim, home, most, random)?;
    lines.push(format!("{tried} losses of power survived"));
    faults::slow_disk(&shim, home, seed)?;
    lines.push("a slow disk survived".to_owned());
    Ok(lines)
}
