//! Standard output and standard error: data on the one, talk on the other, colour only on a terminal.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use wenbao_lang::fold::{shown, steers};

/// Standard output, locked and buffered; broken pipes come back as errors, never as panics.
pub(crate) fn stdout() -> io::BufWriter<io::StdoutLock<'static>> {
    io::BufWriter::new(io::stdout().lock())
}

/// Prints `value` as one line of JSON.
///
/// # Errors
/// If standard output cannot be written to.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = stdout();
    out.write_all(to_json(value).map_err(io::Error::from)?.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// JSON in which no string steers a terminal: the same values, some characters of them as escapes.
pub(crate) fn to_json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut out = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Quiet(CompactFormatter)))?;
    // What the formatter writes is text.
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Escapes more than JSON itself does.
struct Quiet(CompactFormatter);

impl Formatter for Quiet {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(steers) {
            self.0.write_string_fragment(out, &rest[..at])?;
            let mut after = rest[at..].chars();
            for unit in after.next().into_iter().flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec()) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.as_str();
        }
        self.0.write_string_fragment(out, rest)
    }
}

/// ANSI styles, or nothing where the reader is no terminal (or NO_COLOR is set). The text itself cannot bring any along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    on: bool,
}

impl Style {
    /// For standard output.
    pub(crate) fn stdout() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { on: io::stdout().is_terminal() && !plain }
    }

    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { on: false }
    }

    fn paint(self, code: &str, text: &str) -> String {
        let text = shown(text);
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into_owned() }
    }

    /// The thing that matters.
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What only helps to find one's way.
    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }
}

/// One line on stderr: what was being done, the cause, the way out.
pub(crate) fn error(error: &anyhow::Error) {
    line(&format!("{error:#}"));
}

/// One line of talk, whatever line breaks the text brings along.
pub(crate) fn line(text: &str) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Nobody is left to be told if stderr itself is gone.
    let _ = writeln!(io::stderr(), "wenbao: {}", shown(&text));
}

/// A line of talk that is the program's own and keeps its columns.
pub(crate) fn as_is(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A command line that could not be read (one line, exit code 2), or one that asked for help or the version.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::from(2)
        }
        _ => {
            line(&short(error));
            ExitCode::from(2)
        }
    }
}

/// clap's message without its "error:" and its usage block, with its suggestion if it has one.
fn short(error: &clap::Error) -> String {
    let full = error.render().to_string();
    let said: Vec<&str> = full.lines().take_while(|line| !line.starts_with("Usage:")).map(str::trim).collect();
    let said = said.join(" ");
    let said = said.trim().trim_start_matches("error:").trim();
    let said = said.split("  tip:").next().unwrap_or(said).trim();
    let said = said.split("For more information").next().unwrap_or(said).trim().trim_end_matches('.');
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let tip = suggested.into_iter().find_map(|kind| error.get(kind)).map(|tip| format!("did you mean {tip}? "));
    format!("{said}; {}`wenbao --help` shows what there is", tip.unwrap_or_default())
}

/// Whether the reader of our output has gone.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_the_same_and_steers_nothing() {
        let text = "a\u{202e}b\u{9b}\u{1b}\u{e0041}\"报";
        let line = to_json(&serde_json::json!({ "x": [text, 1.5] })).unwrap();
        assert!(!line.contains(steers), "{line:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["x"][0], text);
    }

    #[test]
    fn a_styled_text_brings_no_style_along() {
        assert_eq!(Style { on: true }.bold("a\u{1b}[0mb"), "\u{1b}[1ma\\u{1b}[0mb\u{1b}[0m");
    }
}
