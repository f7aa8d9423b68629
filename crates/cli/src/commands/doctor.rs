//! `wenbao doctor`: one line for each thing that answers depend on; what is wrong comes with its way out.

use std::fmt;
use std::io::Write;
use std::time::Instant;

use serde::Serialize;
use wenbao_embed::{Embedder, Reader, Role, models};
use wenbao_index::{Error, Store};
use wenbao_lang::fold::shown;

use super::model::OCR;
use crate::args::Args;
use crate::config::Sources;
use crate::output;
use crate::place::Place;
use crate::{home, machine};

/// Bytes that must be left on the index's disk; one of some thousand reports takes as many.
const DISK: u64 = 1 << 30;

/// Bytes of memory that answering takes, with room for an index of some thousand reports.
const MEMORY: u64 = 512 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// As it should be.
    Ok,
    /// It works, and could work better.
    Note,
    /// It does not work.
    Bad,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Bad => "bad",
        })
    }
}

/// What a look at one thing came to.
type Line = (Level, String);

/// One line.
#[derive(Debug, Serialize)]
struct Finding {
    about: &'static str,
    level: Level,
    /// What was found and, where it is not as it should be, what to do.
    text: String,
}

#[derive(Serialize)]
struct Findings {
    findings: Vec<Finding>,
}

pub(super) fn run(args: &Args, sources: &Sources, json: bool) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    let mut say = |about, (level, text): Line| findings.push(Finding { about, level, text });
    say("program", (Level::Ok, format!("wenbao {} for {}", env!("CARGO_PKG_VERSION"), machine::NAME)));
    say("settings", settings(sources));
    say("model", files(args));
    let embedder = match computes(args) {
        Ok((embedder, line)) => {
            say("kernels", line);
            Some(embedder)
        }
        Err(line) => {
            say("kernels", line);
            None
        }
    };
    say("reader", reader(args, embedder.as_ref()));
    say("ocr", ocr(args));
    let place = Place::of(args);
    say("index", index(&place, embedder.as_ref()));
    say("disk", disk(&place));
    say("memory", memory());
    say("terminal", terminal());
    if json {
        output::json(&Findings { findings })?;
        return Ok(());
    }
    let mut out = output::stdout();
    for Finding { about, level, text } in &findings {
        writeln!(out, "{level:4}  {about:8}  {}", shown(&text.split_whitespace().collect::<Vec<_>>().join(" ")))?;
    }
    out.flush()?;
    let bad: Vec<&str> = findings.iter().filter(|found| found.level == Level::Bad).map(|found| found.about).collect();
    anyhow::ensure!(bad.is_empty(), "not in order: {} (the lines marked bad say what to do)", bad.join(", "));
    Ok(())
}

fn settings(sources: &Sources) -> Line {
    match (&sources.file, &sources.problem) {
        (_, Some(problem)) => (Level::Bad, format!("{problem}: other commands refuse to start until it is mended")),
        (Some(file), None) => (Level::Ok, format!("{} (`wenbao config` prints what is in force)", file.display())),
        (None, None) => (Level::Ok, "no wenbao.toml, which is fine".to_owned()),
    }
}

fn files(args: &Args) -> Line {
    let folder = home::models(args);
    match models::verify(&folder, args.model.as_deref()) {
        Ok(complaints) if complaints.is_empty() => (Level::Ok, format!("files in {} are as pulled", folder.display())),
        Ok(complaints) => (Level::Bad, format!("{}: `wenbao model pull` fetches them anew", complaints.join(", "))),
        Err(error) => (Level::Bad, error.to_string()),
    }
}

fn computes(args: &Args) -> Result<(Embedder, Line), Line> {
    let embedder = super::embedder(args, args.threads).map_err(|error| (Level::Bad, format!("{error:#}")))?;
    // The first text pays for memory that later ones use again.
    let mut milliseconds = 0.0;
    for text in ["今年粮食产量目标是多少", "去年城镇新增就业多少人"] {
        let began = Instant::now();
        embedder.embed(Role::Query, &[text]).map_err(|error| (Level::Bad, error.to_string()))?;
        milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    }
    let cores = super::cores();
    let speed = format!("{} on {cores} cores, a question embedded in {milliseconds:.1} ms", embedder.engine());
    let line = match embedder.engine() {
        "candle" => {
            (Level::Note, format!("{speed}: no kernels for this processor or model, so everything takes longer"))
        }
        _ => (Level::Ok, speed),
    };
    Ok((embedder, line))
}

fn reader(args: &Args, embedder: Option<&Embedder>) -> Line {
    let path = home::models(args).join(Reader::FILE);
    if !path.is_file() {
        return (Level::Note, format!("no {}: answers are taken by rules alone, and fewer of them", path.display()));
    }
    let Some(embedder) = embedder else {
        return (Level::Note, "not looked at: it needs the model".to_owned());
    };
    match Reader::open(&path, embedder) {
        Ok(reader) => (Level::Ok, format!("{} reads as it says it does", reader.name())),
        Err(error) => (Level::Bad, format!("{error}: answers are taken by rules alone")),
    }
}

/// Nobody has to have one: what it is for is said all the same, with the way to it.
fn ocr(args: &Args) -> Line {
    let without = "scanned pages are named and not read";
    if !cfg!(feature = "ocr") {
        return (Level::Ok, format!("not in this program: {without} (the released ones have it, docs/BUILD.md)"));
    }
    let folder = home::models(args);
    if !folder.join(OCR).is_dir() {
        return (Level::Ok, format!("no models: {without}; `wenbao model pull ocr` fetches them"));
    }
    match models::verify(&folder, Some(OCR)) {
        Ok(complaints) if complaints.is_empty() => {
            (Level::Ok, "files are as pulled: scanned pages are read".to_owned())
        }
        Ok(complaints) => (Level::Bad, format!("{}: `wenbao model pull ocr` fetches them anew", complaints.join(", "))),
        Err(error) => (Level::Bad, error.to_string()),
    }
}

fn index(place: &Place, embedder: Option<&Embedder>) -> Line {
    let looked_at = place.existing().and_then(|store: Box<dyn Store>| Ok(store.status()?));
    let status = match looked_at {
        Ok(status) => status,
        Err(error) => {
            let none = matches!(error.downcast_ref(), Some(Error::Missing(_) | Error::Empty(_)));
            return (if none { Level::Note } else { Level::Bad }, format!("{error:#}"));
        }
    };
    let found = format!("{} documents, {} passages in {}", status.documents, status.passages, place.shown());
    let other = embedder.is_some_and(|embedder| embedder.fingerprint() != status.model.fingerprint);
    if other {
        let model = &status.model.name;
        let way_out = match place {
            Place::Folder(_) => "use that one, or ingest into another folder with --index",
            Place::Databases(_) => "use that one, or ingest into other databases with --store",
        };
        return (Level::Bad, format!("{found}, made with another {model}: {way_out}"));
    }
    if !status.problems.is_empty() {
        let problems = status.problems.join("; ");
        return (Level::Bad, format!("{found}, but {problems}: `wenbao rebuild` makes the derived parts anew"));
    }
    if status.documents == 0 {
        return (Level::Note, format!("{found}: `wenbao ingest PATH` puts some in"));
    }
    (Level::Ok, format!("{found} (`wenbao verify` looks at every passage)"))
}

fn disk(place: &Place) -> Line {
    let Place::Folder(folder) = place else {
        return (Level::Ok, "the documents lie in databases, whose disks are looked after there".to_owned());
    };
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    match machine::disk_left(folder) {
        None => (Level::Note, "how much is left cannot be told here".to_owned()),
        Some(left) if left < DISK => {
            let text = format!(
                "{:.2} GB left for {}: make room, or name another folder with --index",
                gigabytes(left),
                folder.display()
            );
            (if left < DISK / 16 { Level::Bad } else { Level::Note }, text)
        }
        Some(left) => (Level::Ok, format!("{:.1} GB left for {}", gigabytes(left), folder.display())),
    }
}

fn memory() -> Line {
    match machine::memory_left() {
        None => (Level::Note, "how much is left cannot be told here".to_owned()),
        Some(left) => {
            let megabytes = left >> 20;
            if left < MEMORY {
                (Level::Bad, format!("{megabytes} MB available, {} are needed: end other programs", MEMORY >> 20))
            } else {
                (Level::Ok, format!("{megabytes} MB available"))
            }
        }
    }
}

fn terminal() -> Line {
    // The first that is set counts, as for the C library.
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name));
    match locale {
        Some(locale) if locale.to_lowercase().replace('-', "").contains("utf8") => (Level::Ok, locale),
        other => {
            let name = other.unwrap_or_else(|| "no locale".to_owned());
            (Level::Note, format!("{name}: if Chinese looks broken, set LANG to one with UTF-8, such as C.UTF-8"))
        }
    }
}
