//! The `wenbao` command: parse, run, map the result to an exit code.
#![forbid(unsafe_code)]

mod args;
mod batch;
mod commands;
mod completions;
mod config;
mod home;
mod log;
mod machine;
mod output;
mod place;
mod progress;
mod reference;
mod render;
mod sheet;
mod stop;

use std::process::ExitCode;

/// What a command came to.
pub(crate) enum Outcome {
    /// Done: exit code 0.
    Done,
    /// `ask` found no answer: exit code 1.
    NoAnswer,
}

fn main() -> ExitCode {
    // A shell that asks for completions gets them, and nothing else happens.
    completions::answer();
    let parsed = match config::parse(std::env::args_os().collect()) {
        Ok(parsed) => parsed,
        Err(config::Problem::Usage(error)) => return output::usage(&error),
        Err(config::Problem::File(error)) => {
            output::error(&error);
            return ExitCode::from(2);
        }
    };
    log::begin(&parsed.args);
    match commands::run(&parsed.args, &parsed.sources) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::NoAnswer) => ExitCode::from(1),
        // `wenbao … | head` is a wish, not an error.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}
