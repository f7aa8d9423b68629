//! The reading benchmark: hand-labelled statements of real reports against what the library reads.
//!
//!     eval_reading LABELS.tsv HEADS.tsv CELLS.tsv REPORTS [--wrong]
//!
//! A label is a document (file name without extension), a quote of at most 20 characters, and what a person reads there:
//! period, status, and the quantities that begin inside the quote. What counts as right:
//! - period and status: those of the statement, that is of its first quantity if it has one, else of its sentence;
//!   only whole years are compared; both have to be right.
//! - quantities: value, unit and hedge all as labelled; one too many or too few is an error too.
//! - measure: the labelled words stand in the measure, and the measure is at most 12 characters longer.
//!
//! A label with `?` is not judged on that point; one with `?` for period and status says nothing of either and is not
//! counted there. Alternatives are parted by `/`.
//!
//! The heads say of a document its title, place, year and kind, alternatives parted by `|`: the title has to be the same
//! letters, the place the last of its places, year and kind the same.
//!
//! The cells are those of tables: the words of row and column, the value as printed, its unit (- for none) and its year. A cell
//! is right where the sentence made of it has row and column in it, and value, unit and year are the same; of several cells
//! with the value the one that has most of this counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use wenbao_lang::fold::{fold, is_zero_width};
use wenbao_report::{Document, DocumentKind, Hedge, Passage, Period, Quantity, Sentence, Status};

/// Characters that a measure may have beyond the labelled words.
const SLACK: usize = 12;

#[derive(Default)]
struct Reading {
    context: Tally,
    quantities: Tally,
    measures: Tally,
}

impl Reading {
    fn show(&self, name: &str) {
        println!("{name}");
        self.context.show("period and status");
        self.quantities.show("value, unit, hedge");
        self.measures.show("measured phrase");
    }
}

#[derive(Default)]
struct Tally {
    right: usize,
    all: usize,
}

impl Tally {
    fn count(&mut self, right: bool) -> bool {
        self.all += 1;
        self.right += usize::from(right);
        right
    }

    fn show(&self, name: &str) {
        println!("  {name:24} {}/{} = {:.4}", self.right, self.all, self.right as f64 / self.all.max(1) as f64);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let show = args.iter().any(|a| a == "--wrong");
    let [labels, heads, cells, reports] = &args.iter().filter(|a| !a.starts_with("--")).collect::<Vec<_>>()[..] else {
        eprintln!("usage: eval_reading LABELS.tsv HEADS.tsv CELLS.tsv REPORTS [--wrong]");
        std::process::exit(2);
    };
    let documents = read_all(Path::new(reports));
    let (mut kinds, mut seen) = (BTreeMap::<String, Reading>::new(), BTreeSet::new());
    let (mut all, mut missing) = (Reading::default(), 0);
    for line in rows(labels) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, quote, period, status, wanted] = fields[..] else {
            eprintln!("not a label: {line}");
            continue;
        };
        let Some((passage, sentence, inside)) = documents.get(name).and_then(|d| locate(d, quote)) else {
            eprintln!("not found: {name} {quote}");
            missing += 1;
            continue;
        };
        let got: Vec<&Quantity> = sentence.quantities.iter().filter(|q| inside.contains(&q.range.start)).collect();
        let own = got.first();
        let said = (own.and_then(|q| q.period).or(sentence.period), own.and_then(|q| q.status).or(sentence.status));
        seen.insert(name.to_owned());
        let kind = kinds.entry(kind_name(documents[name].meta.doc_type)).or_default();
        let right = fits(period, &years(said.0)) && fits(status, name_of(said.1));
        if (period, status) != ("?", "?") {
            all.context.count(right);
            kind.context.count(right);
        }
        let mut faults = Vec::new();
        if !right {
            faults.push(format!("context {} {} want {period} {status}", years(said.0), name_of(said.1)));
        }
        let wanted: Vec<&str> = wanted.split(';').map(str::trim).filter(|w| !w.is_empty()).collect();
        for i in 0..wanted.len().max(got.len()) {
            let q = got.get(i).copied();
            let (value, measure) = wanted.get(i).map_or((false, None), |w| judge(w, q));
            for tally in [&mut all.quantities, &mut kind.quantities] {
                tally.count(value);
            }
            for tally in [&mut all.measures, &mut kind.measures] {
                measure.map(|right| tally.count(right));
            }
            if !value || measure == Some(false) {
                faults.push(format!("want [{}] got {}", wanted.get(i).unwrap_or(&"nothing"), describe(q)));
            }
        }
        if show && !faults.is_empty() {
            println!(
                "{quote}\n    {}\n    in: {}",
                faults.join("\n    "),
                &passage.text.chars().skip(sentence.range.start).take(sentence.range.len()).collect::<String>()
            );
        }
    }
    for (kind, reading) in &kinds {
        reading.show(kind);
    }
    all.show(&format!("all, {} documents", seen.len()));
    if missing > 0 {
        println!("  {missing} labels not found");
    }
    judge_heads(heads, &documents, show);
    judge_cells(cells, &documents, show);
}

/// The lines of a table of labels.
fn rows(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| {
        eprintln!("cannot read {path}: {e}");
        std::process::exit(2);
    });
    text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()).map(str::to_owned).collect()
}

/// Title, place, year and kind of documents against what a person read.
fn judge_heads(path: &str, documents: &BTreeMap<String, Document>, show: bool) {
    const POINTS: [&str; 4] = ["title", "place", "year", "kind"];
    let mut tallies: [Tally; 4] = Default::default();
    let labels = rows(path);
    for line in &labels {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, wanted @ ..] = fields.as_slice() else { continue };
        let Some(meta) = documents.get(*name).map(|d| &d.meta) else {
            eprintln!("not found: {name}");
            continue;
        };
        let place = meta.places.last().map(String::as_str).or(meta.region.as_ref().map(|r| r.0.as_str()));
        let got = [
            letters(meta.title.as_deref().unwrap_or_default()),
            place.unwrap_or_default().to_owned(),
            meta.year.map_or_else(String::new, |y| y.to_string()),
            kind_name(meta.doc_type),
        ];
        for (i, (wanted, got)) in wanted.iter().zip(&got).enumerate().filter(|(_, (w, _))| **w != "?") {
            let right = wanted.split('|').any(|w| if i == 0 { letters(w) == *got } else { w == got });
            if !tallies[i].count(right) && show {
                println!("{name}\n    {} {got} want {wanted}", POINTS[i]);
            }
        }
    }
    println!("heads, {} documents", labels.len());
    tallies.iter().zip(POINTS).for_each(|(tally, name)| tally.show(name));
}

/// Row, column, unit and year of the cells of tables against what a person read.
fn judge_cells(path: &str, documents: &BTreeMap<String, Document>, show: bool) {
    const POINTS: [&str; 4] = ["row", "column", "unit", "period"];
    let (mut tallies, mut whole): ([Tally; 4], Tally) = Default::default();
    let mut seen = BTreeSet::new();
    let labels = rows(path);
    for line in &labels {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, row, column, value, unit, year] = fields[..] else {
            eprintln!("not a label: {line}");
            continue;
        };
        let Some(document) = documents.get(name) else {
            eprintln!("not found: {name}");
            continue;
        };
        seen.insert(name);
        let printed = |text: &str| text.chars().filter(|c| !matches!(c, ',' | '，' | ' ')).collect::<String>();
        let unit = if unit == "-" { "" } else { unit };
        let judged = |passage: &Passage, at: &wenbao_report::CellPlace| {
            let part =
                |r: &std::ops::Range<usize>| passage.text.chars().skip(r.start).take(r.len()).collect::<String>();
            let (said, text) = (part(&at.range), printed(&part(&at.range)));
            let rest = text.strip_prefix(value).filter(|r| !r.starts_with(|c: char| c.is_ascii_digit() || c == '.'))?;
            let sentence = passage.sentences.iter().find(|s| s.range.contains(&at.range.start))?;
            let words = letters(&part(&sentence.range));
            let own = sentence.quantities.iter().find(|q| q.text == said).and_then(|q| q.period);
            let points = [
                words.contains(&letters(row)),
                words.contains(&letters(column)),
                rest == unit,
                fits(year, &years(own.or(sentence.period))),
            ];
            Some((points, part(&sentence.range)))
        };
        let all = document.passages.iter().filter(|p| p.made).flat_map(|p| p.cells.iter().map(move |c| (p, c)));
        let best = all
            .filter_map(|(passage, at)| judged(passage, at))
            .max_by_key(|(points, _)| (points.iter().filter(|p| **p).count(), points[0]));
        let (points, sentence) = best.unwrap_or(([false; 4], "no cell".to_owned()));
        for (tally, right) in tallies.iter_mut().zip(points) {
            tally.count(right);
        }
        if !whole.count(points.iter().all(|p| *p)) && show {
            let missed: Vec<&str> = POINTS.iter().zip(points).filter(|(_, p)| !p).map(|(name, _)| *name).collect();
            println!("{name}\n    {} want {row} {column} {value}{unit} {year} got {sentence}", missed.join(", "));
        }
    }
    println!("cells, {} documents", seen.len());
    tallies.iter().zip(POINTS).for_each(|(tally, name)| tally.show(name));
    whole.show("all four");
}

fn letters(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn kind_name(kind: DocumentKind) -> String {
    serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn read_all(folder: &Path) -> BTreeMap<String, Document> {
    let mut out = BTreeMap::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let (Some(stem), Ok(document)) = (path.file_stem(), wenbao_report::read(&path)) {
                // The .docx and the .txt of one report may stand side by side; either will do.
                out.entry(stem.to_string_lossy().into_owned()).or_insert(document);
            }
        }
    }
    out
}

/// Passage, sentence and character range (in the passage) of a quote; white space does not count.
fn locate<'a>(document: &'a Document, quote: &str) -> Option<(&'a Passage, &'a Sentence, std::ops::Range<usize>)> {
    let solid = |c: &char| !c.is_whitespace() && !is_zero_width(*c);
    let quote: Vec<char> = quote.chars().filter(solid).collect();
    document.passages.iter().find_map(|p| {
        let chars: Vec<(usize, char)> = p.text.chars().enumerate().filter(|(_, c)| solid(c)).collect();
        let at = chars.windows(quote.len()).position(|w| w.iter().map(|(_, c)| c).eq(quote.iter()))?;
        let range = chars[at].0..chars[at + quote.len() - 1].0 + 1;
        let sentence = p.sentences.iter().find(|s| s.range.contains(&range.start))?;
        Some((p, sentence, range))
    })
}

fn fits(wanted: &str, got: &str) -> bool {
    wanted == "?" || wanted.split('/').any(|w| w == got)
}

/// Whole years: "2024", "2016..2020", "..2035".
fn years(period: Option<Period>) -> String {
    let year = |m: Option<wenbao_report::Moment>| m.map_or_else(String::new, |m| m.year.to_string());
    match period {
        None => "none".to_owned(),
        Some(p) if p.single_year().is_some() => year(p.from),
        Some(p) => format!("{}..{}", year(p.from), year(p.to)),
    }
}

fn name_of(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Actual) => "actual",
        Some(Status::Estimated) => "estimated",
        Some(Status::Target) => "target",
        None => "none",
    }
}

fn hedge_name(hedge: Option<Hedge>) -> &'static str {
    match hedge {
        Some(Hedge::About) => "about",
        Some(Hedge::AtLeast) => "at_least",
        Some(Hedge::AtMost) => "at_most",
        Some(Hedge::Nearly) => "nearly",
        Some(Hedge::Strive) => "strive",
        None => "-",
    }
}

/// Whether value, unit and hedge are right, and whether the measure is.
fn judge(wanted: &str, got: Option<&Quantity>) -> (bool, Option<bool>) {
    let mut parts = wanted.splitn(4, ' ');
    let (value, unit, hedge, measure) = (parts.next(), parts.next(), parts.next(), parts.next());
    let Some(q) = got else { return (false, Some(false)) };
    let same_value = value.and_then(|v| v.parse::<f64>().ok()).is_some_and(|v| (v - q.value).abs() <= 1e-9 * v.abs());
    let own_unit = if q.unit.is_empty() { "-" } else { &q.unit };
    if measure == Some("?") {
        return (same_value && unit == Some(own_unit) && hedge_fits(hedge, q), None);
    }
    let measured = measure.is_some_and(|m| {
        m.split('/').any(|m| {
            let (m, own) = (fold(m), fold(&q.measure));
            own.contains(&m) && own.chars().count() <= m.chars().count() + SLACK
        })
    });
    (same_value && unit == Some(own_unit) && hedge_fits(hedge, q), Some(measured))
}

fn hedge_fits(wanted: Option<&str>, got: &Quantity) -> bool {
    wanted.is_some_and(|w| fits(w, hedge_name(got.hedge)))
}

fn describe(q: Option<&Quantity>) -> String {
    q.map_or_else(
        || "nothing".to_owned(),
        |q| format!("[{} {} {} {}]", q.value, q.unit, hedge_name(q.hedge), q.measure),
    )
}
