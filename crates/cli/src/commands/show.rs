//! `wenbao show`: how a document was read.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use wenbao_report::{Document, Heading, Passage, Quantity};

use crate::args::Args;
use crate::output::{self, Style};
use crate::render;

/// What `show` needs of a document, from the index or from a file alike.
struct Reading {
    head: Vec<String>,
    outline: Vec<Heading>,
    passages: Vec<Passage>,
}

pub(super) fn run(args: &Args, id: &str, passages: bool, json: bool) -> anyhow::Result<()> {
    let path = Path::new(id);
    let reading = if path.is_file() { from_file(path)? } else { from_index(args, id)? };
    if json {
        return output::json(&serde_json::json!({ "outline": reading.outline, "passages": reading.passages }));
    }
    let text = tree(&reading, passages, Style::stdout());
    let mut out = output::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn from_file(path: &Path) -> anyhow::Result<Reading> {
    let Document { meta, outline, passages, .. } = wenbao_report::read(path)?;
    Ok(Reading { head: head(&meta, &path.display().to_string()), outline, passages })
}

fn from_index(args: &Args, id: &str) -> anyhow::Result<Reading> {
    let snapshot = super::existing_index(args)?.snapshot()?;
    let document = super::find(&snapshot, id)?;
    let outline = snapshot.outline(&document.id)?.unwrap_or_default();
    let passages =
        document.rows().map(|row| Ok(snapshot.passage(row)?.passage.clone())).collect::<anyhow::Result<_>>()?;
    Ok(Reading { head: head(&document.meta, &document.path), outline, passages })
}

fn head(meta: &wenbao_report::Meta, path: &str) -> Vec<String> {
    let region = meta.region.as_ref().map(|region| region.0.clone());
    let year = meta.year.map(|year| year.to_string());
    let fields = [
        ("title", &meta.title),
        ("region", &region),
        ("year", &year),
        ("session", &meta.session),
        ("date", &meta.date),
        ("speaker", &meta.speaker),
        ("path", &Some(path.to_owned())),
    ];
    fields.iter().map(|(name, value)| format!("{name:8} {}", value.as_deref().unwrap_or("—"))).collect()
}

/// The outline as a tree; every heading with its time, its status and what stands under it down to the next heading.
fn tree(reading: &Reading, with_passages: bool, style: Style) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{text}");
    };
    for field in &reading.head {
        line(&style.dim(field));
    }
    let starts: Vec<usize> = reading.outline.iter().map(|heading| heading.source_range.start).collect();
    let first = starts.first().copied().unwrap_or(usize::MAX);
    let mut show = |depth: usize, title: &str, when: &str, from: usize, to: usize| {
        let under: Vec<&Passage> =
            reading.passages.iter().filter(|p| (from..to).contains(&p.source_range.start)).collect();
        let values: usize = under.iter().flat_map(|p| &p.sentences).map(|s| s.quantities.len()).sum();
        let counts =
            if under.is_empty() { String::new() } else { format!("{} passages, {values} values", under.len()) };
        let facts = [when, &counts];
        let facts: Vec<&str> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        let indent = "  ".repeat(depth);
        line(&format!("{indent}{}  {}", style.bold(title), style.dim(&facts.join(" · "))));
        if with_passages {
            for passage in under {
                describe(&mut line, &indent, passage, style);
            }
        }
    };
    if reading.passages.first().is_some_and(|passage| passage.source_range.start < first) {
        show(0, "(before the first heading)", "", 0, first);
    }
    for (n, heading) in reading.outline.iter().enumerate() {
        let to = starts.get(n + 1).copied().unwrap_or(usize::MAX);
        let when = render::when(heading.period.as_ref(), heading.status);
        show(usize::from(heading.level.saturating_sub(1)), &heading.text, &when, starts[n], to);
    }
    out
}

fn describe(line: &mut impl FnMut(&str), indent: &str, passage: &Passage, style: Style) {
    line(&format!("{indent}    {}", passage.text.trim()));
    for sentence in &passage.sentences {
        let own = render::when(sentence.period.as_ref(), sentence.status);
        for quantity in &sentence.quantities {
            line(&style.dim(&format!("{indent}      {}", value(quantity, &own))));
        }
    }
}

fn value(quantity: &Quantity, of_sentence: &str) -> String {
    let own = render::when(quantity.period.as_ref(), quantity.status);
    let when = if own.is_empty() { of_sentence } else { &own };
    let upper = quantity.upper.map(|upper| format!("–{upper}")).unwrap_or_default();
    let hedge = quantity.hedge.map(|hedge| format!(" {hedge:?}").to_lowercase()).unwrap_or_default();
    let trend = quantity.trend.map(|trend| format!(" {trend:?}").to_lowercase()).unwrap_or_default();
    format!(
        "{} = {}{upper} {}{hedge}{trend} ({}) {when}",
        quantity.measure, quantity.value, quantity.unit, quantity.text
    )
}
