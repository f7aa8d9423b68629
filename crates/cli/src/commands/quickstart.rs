//! `wenbao quickstart`: from nothing to a first answer.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use wenbao_answer::Question;
use wenbao_index::Error;

use super::{Desk, ingest, model};
use crate::args::{Args, PullSource};
use crate::output::{self, Style};
use crate::place::Place;
use crate::{home, render};

/// The sample reports, carried in the program: whoever installed a package has no folder of them.
const SAMPLES: [(&str, &str); 3] = [
    ("shanxi-2021.txt", include_str!("../../../../samples/shanxi-2021.txt")),
    ("shanxi-2024.txt", include_str!("../../../../samples/shanxi-2024.txt")),
    ("shanxi-2025.txt", include_str!("../../../../samples/shanxi-2025.txt")),
];

/// Their folder in the index's own, so that it goes when the index goes; where the index is in databases, the same folder is
/// where files of this machine are kept.
const FOLDER: &str = "samples";

/// The first question, which one of the samples answers.
const QUESTION: &str = "2025年新建智能化煤矿多少座";

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    model::pull(args, None, PullSource::Pip)?;
    let place = Place::of(args);
    let documents = match place.existing() {
        Ok(store) => store.newest()?.documents().len(),
        Err(error) if matches!(error.downcast_ref(), Some(Error::Missing(_) | Error::Empty(_))) => 0,
        Err(error) => return Err(error),
    };
    if documents == 0 {
        output::line(&format!("reading three sample reports into the index in {}", place.shown()));
        ingest::run(args, &[write_samples(&home::index(args))?], false)?;
        let answer = Desk::open(args, args.threads)?
            .answerer
            .ask(&Question { text: QUESTION.to_owned(), ..Question::default() })?;
        let mut out = output::stdout();
        writeln!(out, "{}", Style::stdout().dim(&format!("wenbao ask \"{QUESTION}\"")))?;
        out.write_all(render::answer(&answer, false, Style::stdout()).as_bytes())?;
        out.flush()?;
    } else {
        output::line(&format!("the index in {} holds {documents} documents and is left as it is", place.shown()));
    }
    for next in [
        "next: wenbao ask \"…\"           ask it something yourself",
        "      wenbao ingest FOLDER     put in documents of your own",
        "      wenbao serve             a page to ask on, and an interface for programs",
        "      wenbao doctor            when something does not work",
    ] {
        output::as_is(next);
    }
    Ok(())
}

fn write_samples(index: &Path) -> anyhow::Result<PathBuf> {
    let folder = index.join(FOLDER);
    let way_out = || format!("cannot write the samples to {}; name another folder with --index", folder.display());
    std::fs::create_dir_all(&folder).with_context(way_out)?;
    for (name, text) in SAMPLES {
        std::fs::write(folder.join(name), text).with_context(way_out)?;
    }
    Ok(folder)
}
