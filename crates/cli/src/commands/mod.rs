//! One file a command, and what they share: the index and the model that the command line names.

mod documents;
mod ingest;
mod model;
mod show;
mod upkeep;

use wenbao_embed::{Embedder, Options};
use wenbao_index::{DocumentRecord, Index, ModelStamp, Snapshot};

use crate::Outcome;
use crate::args::{Args, Command, ModelCommand};
use crate::home;

/// Runs the command.
///
/// # Errors
/// Each with what was being done, the cause and the way out.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.command {
        Command::Model(ModelCommand::Pull { name, source }) => model::pull(args, name.as_deref(), *source)?,
        Command::Ingest { paths } => ingest::run(args, paths)?,
        Command::Documents { json } => documents::list(args, *json)?,
        Command::Remove { id } => documents::remove(args, id)?,
        Command::Show { id, passages, json } => show::run(args, id, *passages, *json)?,
        Command::Status { json } => upkeep::status(args, *json)?,
    }
    Ok(Outcome::Done)
}

/// The embedding model, on `threads` threads (0: all cores).
fn embedder(args: &Args, threads: usize) -> anyhow::Result<Embedder> {
    Ok(Embedder::open(&home::models(args), args.model.as_deref(), &Options { threads, ..Options::default() })?)
}

fn stamp(embedder: &Embedder) -> ModelStamp {
    ModelStamp {
        name: embedder.name().to_owned(),
        fingerprint: embedder.fingerprint().to_owned(),
        dimensions: embedder.dimensions(),
    }
}

/// The index as it is, without a model.
fn existing_index(args: &Args) -> anyhow::Result<Index> {
    Ok(Index::open_existing(&home::index(args))?)
}

/// The one document whose id begins with `id`.
fn find<'a>(snapshot: &'a Snapshot, id: &str) -> anyhow::Result<&'a DocumentRecord> {
    let mut found = snapshot.documents().iter().filter(|document| document.id.0.starts_with(id));
    match (found.next(), found.next()) {
        (Some(document), None) => Ok(document),
        (Some(_), Some(_)) => {
            anyhow::bail!("several documents begin with {id}: give more of the id, `wenbao documents` lists them")
        }
        (None, _) => anyhow::bail!("no document {id} in the index: `wenbao documents` lists them"),
    }
}
