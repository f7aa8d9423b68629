//! The `wenbao` command: parse, run, map the result to an exit code.
#![forbid(unsafe_code)]

mod args;
mod batch;
mod commands;
mod home;
mod output;
mod render;
mod sheet;
mod stop;

use std::process::ExitCode;

use clap::Parser;

/// What a command came to.
pub(crate) enum Outcome {
    /// Done: exit code 0.
    Done,
    /// `ask` found no answer: exit code 1.
    NoAnswer,
}

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return output::usage(&error),
    };
    output::log(args.verbose);
    match commands::run(&args) {
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
