//! One file a command, and what they share: the index and the model that the command line names.

mod ask;
mod copy;
#[cfg(feature = "postgres")]
mod databases;
mod doctor;
mod documents;
mod gaps;
mod health;
mod ingest;
mod man;
mod mcp;
mod model;
mod quickstart;
mod search;
mod serve;
mod settings;
mod show;
mod table;
mod upkeep;

use std::io::Write;
use std::sync::Arc;

use wenbao_answer::{Answerer, Clock, Question, Reads};
use wenbao_embed::{Embedder, Options, Reader};
use wenbao_index::{DocumentRecord, Generation, ModelStamp, Store};

use crate::Outcome;
use crate::args::{Args, Command, ModelCommand};
use crate::config::Sources;
use crate::place::Place;
use crate::{completions, home, output, reference};

/// Runs the command.
///
/// # Errors
/// Each with what was being done, the cause and the way out.
pub(crate) fn run(args: &Args, sources: &Sources) -> anyhow::Result<Outcome> {
    match &args.command {
        Command::Quickstart => quickstart::run(args)?,
        Command::Doctor { json } => doctor::run(args, sources, *json)?,
        Command::Config { json } => settings::run(args, sources, *json)?,
        Command::Model(ModelCommand::Pull { name, source }) => model::pull(args, name.as_deref(), *source)?,
        Command::Ingest { paths, follow } => ingest::run(args, paths, *follow)?,
        #[cfg(unix)]
        Command::ReadChild { ocr } => ingest::child(ocr.as_deref())?,
        Command::Ask(ask) => return ask::run(args, ask),
        Command::Table(table) => return table::run(args, table),
        Command::Search { query, top_k, partial, json } => {
            let query = Question { top_k: usize::from(*top_k), partial: *partial, ..Question::new(query) };
            search::run(args, &query, *json)?;
        }
        Command::Documents { json } => documents::list(args, *json)?,
        Command::Remove { id } => documents::remove(args, id)?,
        Command::Show { id, passages, json } => show::run(args, id, *passages, *json)?,
        Command::Status { json } => upkeep::status(args, *json)?,
        Command::Verify => upkeep::verify(args)?,
        Command::Rebuild => upkeep::rebuild(args)?,
        Command::Backup { file } => upkeep::backup(args, file)?,
        Command::Copy { from, to } => copy::run(args, from, to)?,
        #[cfg(feature = "postgres")]
        Command::Spread => databases::spread(args)?,
        #[cfg(feature = "postgres")]
        Command::Enqueue { paths, follow } => databases::enqueue(args, paths, *follow)?,
        #[cfg(feature = "postgres")]
        Command::Work => databases::work(args)?,
        Command::Serve(serve) => serve::run(args, serve)?,
        Command::Gaps { json } => gaps::run(args, *json)?,
        Command::Health { addr } => health::run(addr)?,
        Command::Mcp => mcp::run(args)?,
        Command::Completions { shell } => completions::print(shell)?,
        Command::Man { folder } => man::run(folder)?,
        Command::Reference { page } => print(&reference::page(*page))?,
    }
    Ok(Outcome::Done)
}

/// The embedding model, on `threads` threads (0: all cores).
fn embedder(args: &Args, threads: usize) -> anyhow::Result<Embedder> {
    Ok(Embedder::open(&home::models(args), args.model.as_deref(), &Options { threads, ..Options::default() })?)
}

/// The reader, where there is one that goes with the embedder; without it answers are taken by rules alone, and it is said why.
fn reader(args: &Args, embedder: &Embedder) -> Option<Arc<Reader>> {
    match Reader::open(&home::models(args).join(Reader::FILE), embedder) {
        Ok(reader) => Some(Arc::new(reader)),
        Err(error) => {
            output::line(&format!("answering without the reader: {error}"));
            None
        }
    }
}

fn stamp(embedder: &Embedder) -> ModelStamp {
    ModelStamp {
        name: embedder.name().to_owned(),
        fingerprint: embedder.fingerprint().to_owned(),
        dimensions: embedder.dimensions(),
    }
}

/// The store as it is, without a model.
fn existing_store(args: &Args) -> anyhow::Result<Box<dyn Store>> {
    Place::of(args).existing()
}

/// What answers questions, and the parts it stands on.
struct Desk {
    store: Arc<dyn Store>,
    embedder: Arc<Embedder>,
    answerer: Answerer,
}

impl Desk {
    /// Opens a store that exists and the model that it was made with.
    fn open(args: &Args, threads: usize) -> anyhow::Result<Self> {
        // A missing store is said before a second goes into loading the model.
        existing_store(args)?;
        let embedder = Arc::new(embedder(args, threads)?);
        let store: Arc<dyn Store> = Place::of(args).open(&stamp(&embedder))?.into();
        let clock = args.today.map_or_else(Clock::system, Clock::fixed);
        let reader = reader(args, &embedder).map(|reader| reader as Arc<dyn Reads>);
        let answerer = Answerer::new(Arc::clone(&store), Arc::clone(&embedder), clock).with_reader(reader);
        Ok(Self { store, embedder, answerer })
    }
}

/// Says what a partial answer is lacking.
fn lacking(unreachable: &[String]) {
    if !unreachable.is_empty() {
        output::line(&format!("without the documents in {}, which does not answer", unreachable.join(", ")));
    }
}

/// The one document whose id begins with `id`.
fn find<'a>(snapshot: &'a dyn Generation, id: &str) -> anyhow::Result<&'a DocumentRecord> {
    let mut found = snapshot.documents().iter().filter(|document| document.id.0.starts_with(id));
    match (found.next(), found.next()) {
        (Some(document), None) => Ok(document),
        (Some(_), Some(_)) => {
            anyhow::bail!("several documents begin with {id}: give more of the id, `wenbao documents` lists them")
        }
        (None, _) => anyhow::bail!("no document {id} in the index: `wenbao documents` lists them"),
    }
}

/// Prints a text as it is.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = output::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// How many cores there are.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
