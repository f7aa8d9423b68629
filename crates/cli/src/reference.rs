//! The pages of docs/ that are made from the command line itself, so that they cannot say anything else than it.

use std::fmt::Write as _;

use clap::{CommandFactory, builder::StyledStr};

use crate::args::{Args, Page};
use crate::config;

/// Variables that no flag stands for.
const OTHER_VARIABLES: [(&str, &str); 5] = [
    ("RUST_LOG", "what is logged on standard error, in the syntax of tracing's filters: `info`, `wenbao_index=debug`"),
    ("NO_COLOR", "if not empty, nothing is coloured"),
    ("XDG_CONFIG_HOME", "the user's configuration folder, by default `~/.config`"),
    ("HF_ENDPOINT", "the hub that `model pull --source hf` asks"),
    ("HF_TOKEN", "its access token"),
];

/// The page's text, in Markdown.
pub(crate) fn page(page: Page) -> String {
    match page {
        Page::Commands => commands(),
        Page::Configuration => configuration(),
    }
}

fn commands() -> String {
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    let mut text = String::from(
        "# Commands\n\n<!-- Made by `make reference` from the command line itself; a test compares the two. -->\n\n",
    );
    let _ = writeln!(text, "{}\n", plain(command.get_about()));
    text.push_str(
        "Exit codes: 0 done, 1 no answer found (`ask`), 2 an error, said in one line on standard error. Data goes to standard output, talk to \
         standard error.\n\n## All commands\n\n",
    );
    arguments(&command, &mut text, |arg| arg.is_global_set());
    below(&command, &mut text);
    text
}

fn below(command: &clap::Command, text: &mut String) {
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        if command.has_subcommands() {
            below(command, text);
            continue;
        }
        let name = command.get_bin_name().unwrap_or(command.get_name());
        let _ = writeln!(text, "## {name}\n\n{}.\n", plain(command.get_about()).trim_end_matches('.'));
        let mut bare = command.clone();
        let usage = bare.render_usage().to_string();
        let usage = usage.trim_start_matches("Usage:").split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "    {usage}\n");
        arguments(command, text, |arg| !arg.is_global_set());
    }
}

/// A table of those arguments that `wanted` lets pass; nothing if there are none.
fn arguments(command: &clap::Command, text: &mut String, wanted: impl Fn(&clap::Arg) -> bool) {
    let ours =
        |arg: &&clap::Arg| !arg.is_hide_set() && !["help", "version"].contains(&arg.get_id().as_str()) && wanted(arg);
    let mut rows = command.get_arguments().filter(ours).peekable();
    if rows.peek().is_none() {
        return;
    }
    text.push_str("| argument | meaning |\n| --- | --- |\n");
    for arg in rows {
        let values =
            arg.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let takes = arg.get_action().takes_values();
        let flag = match (arg.get_short(), arg.get_long()) {
            (Some(short), Some(long)) => format!("-{short}, --{long}"),
            (None, Some(long)) if takes => format!("--{long} {values}"),
            (None, Some(long)) => format!("--{long}"),
            (_, None) => values,
        };
        let mut meaning = plain(arg.get_help());
        let choices: Vec<String> =
            arg.get_possible_values().iter().filter(|_| takes).map(|value| format!("`{}`", value.get_name())).collect();
        if !choices.is_empty() {
            let _ = write!(meaning, ": {}", choices.join(", "));
        }
        let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if takes && !defaults.is_empty() {
            let _ = write!(meaning, " [default: {}]", defaults.join(","));
        }
        if let Some(variable) = arg.get_env() {
            let _ = write!(meaning, " [variable: {}]", variable.to_string_lossy());
        }
        let _ = writeln!(text, "| `{flag}` | {} |", cell(&meaning));
    }
    text.push('\n');
}

fn configuration() -> String {
    let mut text = String::from(
        "# Configuration\n\n<!-- Made by `make reference` from the command line itself; a test compares the two. -->\n\n\
         What is always the same need not be said at every call: it stands in a file of settings, `wenbao.toml`, or in a variable of the \
         environment. A flag counts before a variable, a variable before the file, the file before the default. `wenbao config` prints what is \
         in force and where each setting comes from.\n\n\
         One file counts: the one that `--config` or `WENBAO_CONFIG` names, else the `wenbao.toml` of the working folder or of its nearest parent \
         that has one, else `wenbao/wenbao.toml` in the user's configuration folder (`$XDG_CONFIG_HOME`, by default `~/.config`). Relative paths \
         in it count from its own folder. A setting that does not exist, or a value that its flag would not take, is an error and not passed \
         over.\n\n\
         ```toml\n# What all commands share.\nindex = \"/var/lib/wenbao/index\"\nthreads = 4\n\n# What one command takes, in a table of its \
         name.\n[serve]\naddr = \"127.0.0.1:9000\"\n```\n\n| setting | variable | default | meaning |\n| --- | --- | --- | --- |\n",
    );
    for known in config::known(&Args::command()) {
        let kind = match (known.is_list(), known.is_switch()) {
            (true, _) => " (a list)",
            (_, true) => " (true or false)",
            _ => "",
        };
        let variable = known.variable().map(|name| format!("`{name}`")).unwrap_or_default();
        let default = known.default().map(|value| format!("`{value}`")).unwrap_or_default();
        let _ = writeln!(text, "| `{}` | {variable} | {default} | {}{kind} |", known.name(), cell(&known.help()));
    }
    text.push_str("\n## Other variables\n\n| variable | meaning |\n| --- | --- |\n");
    for (name, meaning) in OTHER_VARIABLES {
        let _ = writeln!(text, "| `{name}` | {meaning} |");
    }
    text
}

fn plain(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// A text inside a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}

// The pages are those of the default build; docs/SCALE.md has what databases add.
#[cfg(all(test, not(feature = "postgres")))]
mod tests {
    use super::*;

    #[test]
    fn the_pages_in_docs_are_what_the_command_line_says() {
        for (which, kept) in [
            (Page::Commands, include_str!("../../../docs/COMMANDS.md")),
            (Page::Configuration, include_str!("../../../docs/CONFIGURATION.md")),
        ] {
            assert!(page(which) == kept, "docs/ is out of date for {which:?}: run `make reference`");
        }
    }
}
