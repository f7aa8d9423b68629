//! `wenbao ask`, one question or a batch.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use wenbao_answer::sheet::{csv, rows};
use wenbao_answer::{Answer, Question, Restriction};
use wenbao_report::Region;

use super::Desk;
use crate::args::{Args, Ask, Format};
use crate::batch::{self, Asked};
use crate::output::{self, Style};
use crate::{Outcome, render, sheet};

pub(super) fn run(args: &Args, ask: &Ask) -> anyhow::Result<Outcome> {
    match (&ask.batch, &ask.question) {
        (Some(file), _) => many(args, ask, file),
        (None, Some(question)) => one(args, ask, question),
        // clap lets neither through.
        (None, None) => anyhow::bail!("no question given: see `wenbao ask --help`"),
    }
}

fn question(ask: &Ask, text: &str) -> Question {
    let top_k = ask.top_k.map_or(0, usize::from);
    let filter = Restriction {
        regions: ask.region.iter().cloned().map(Region).collect(),
        years: ask.years,
        doc_types: ask.doc_type.clone(),
        ..Restriction::default()
    };
    Question { text: text.to_owned(), top_k, explain: ask.explain, filter, partial: ask.partial, ..Question::default() }
}

fn one(args: &Args, ask: &Ask, text: &str) -> anyhow::Result<Outcome> {
    let format = if ask.json { Format::Json } else { ask.format };
    sheet::may_go_to_stdout(format)?;
    let desk = Desk::open(args, args.threads)?;
    let answer = desk.answerer.ask(&question(ask, text))?;
    if desk.store.newest()?.documents().is_empty() {
        let folder = desk.store.place();
        output::line(&format!("the index in {folder} holds no documents yet: `wenbao ingest PATH` puts some in"));
    }
    super::lacking(&answer.unreachable);
    print(&answer, format, ask.top_k.is_some())?;
    Ok(if answer.abstained { Outcome::NoAnswer } else { Outcome::Done })
}

/// Prints an answer in a format; `more` shows passages beyond the cited ones in the one for people.
pub(super) fn print(answer: &Answer, format: Format, more: bool) -> anyhow::Result<()> {
    let mut out = output::stdout();
    match format {
        Format::Json => return output::json(answer),
        Format::Text => out.write_all(render::answer(answer, more, Style::stdout()).as_bytes())?,
        Format::Md => out.write_all(render::markdown(answer).as_bytes())?,
        Format::Csv => out.write_all(csv(&rows(answer)).as_bytes())?,
        Format::Xlsx => out.write_all(&sheet::xlsx(&rows(answer))?)?,
    }
    Ok(out.flush()?)
}

fn many(args: &Args, ask: &Ask, file: &Path) -> anyhow::Result<Outcome> {
    let mut input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let opened = File::open(file)
            .with_context(|| format!("cannot read the questions in {}; give a file of JSON lines", file.display()))?;
        anyhow::ensure!(!opened.metadata()?.is_dir(), "{} is a folder; give a file of JSON lines", file.display());
        Box::new(BufReader::new(opened))
    };
    // Questions side by side, each on one thread, keep the cores busier than one question on all of them.
    let workers = if args.threads == 0 { super::cores() } else { args.threads };
    let desk = Desk::open(args, 1)?;
    let answer = |asked: &Asked| {
        let mut question = question(ask, &asked.text);
        if !asked.filter.is_null() {
            question.filter =
                Restriction::deserialize(&asked.filter).map_err(|error| format!("\"filter\": {error}"))?;
        }
        desk.answerer.ask(&question).map_err(|error| error.to_string())
    };
    batch::run(&mut *input, &mut output::stdout(), workers, answer)?;
    Ok(Outcome::Done)
}
