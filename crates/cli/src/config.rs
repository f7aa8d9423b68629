//! `wenbao.toml`: what flags and variables say, kept in a file.
//!
//! A flag counts before a variable, a variable before the file, the file before the default. The command line itself says which
//! settings there are ([`known`]): the file's values become the defaults of its flags, so that clap alone decides which counts.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches, ValueHint};

use crate::args::Args;

/// The file's name, wherever it lies.
const NAME: &str = "wenbao.toml";

/// No such file is longer.
const MAX_BYTES: u64 = 1 << 20;

/// Flags that are of one call and no setting.
const OF_ONE_CALL: [&str; 11] =
    ["batch", "config", "explain", "from", "help", "json", "partial", "passages", "to", "verbose", "version"];

/// Subcommands that do without the file: the process that reads gives up all files, and what only prints the command line's own
/// description must print the same everywhere.
const WITHOUT_FILE: [&str; 4] = ["completions", "man", "read-child", "reference"];

/// A flag that the file can set.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The subcommands that lead to it; none for what all commands share.
    path: Vec<String>,
    /// Its argument, as clap has it.
    arg: clap::Arg,
    /// As the file spells it, and the flag without its dashes.
    pub key: String,
}

impl Known {
    /// The table it stands in: the last of its subcommands.
    pub(crate) fn section(&self) -> Option<&str> {
        self.path.last().map(String::as_str)
    }

    /// "serve.addr"; "index" for what all commands share.
    pub(crate) fn name(&self) -> String {
        self.section().map_or_else(|| self.key.clone(), |section| format!("{section}.{}", self.key))
    }

    /// The environment's name for it.
    pub(crate) fn variable(&self) -> Option<String> {
        self.arg.get_env().map(|name| name.to_string_lossy().into_owned())
    }

    /// Its default; none where the help says it in words or there is none.
    pub(crate) fn default(&self) -> Option<String> {
        let values: Vec<_> = self.arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if self.is_switch() && values.is_empty() {
            return Some("false".to_owned());
        }
        (!values.is_empty()).then(|| values.join(","))
    }

    /// What the help says of it, in one line.
    pub(crate) fn help(&self) -> String {
        self.arg.get_help().map(ToString::to_string).unwrap_or_default()
    }

    /// Whether the file gives it a list.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::Append)
    }

    /// Whether it is on or off.
    pub(crate) fn is_switch(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::SetTrue)
    }

    fn is_path(&self) -> bool {
        matches!(self.arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath)
    }
}

/// Everything that the file can set, in the order of the help: what all commands share first.
pub(crate) fn known(command: &clap::Command) -> Vec<Known> {
    let mut found = Vec::new();
    collect(command, &[], &mut found);
    found
}

fn collect(command: &clap::Command, path: &[String], found: &mut Vec<Known>) {
    for arg in command.get_arguments() {
        let Some(key) = arg.get_long().filter(|key| !OF_ONE_CALL.contains(key)) else { continue };
        found.push(Known { path: path.to_vec(), arg: arg.clone(), key: key.to_owned() });
    }
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        let path: Vec<String> = path.iter().cloned().chain([below.get_name().to_owned()]).collect();
        collect(below, &path, found);
    }
}

/// A setting that the file gives.
#[derive(Debug, Clone)]
struct Given {
    known: Known,
    values: Vec<String>,
}

/// The command line with what the file says.
pub(crate) struct Parsed {
    /// The arguments.
    pub args: Args,
    /// Where they came from.
    pub sources: Sources,
}

/// Where settings come from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// What is wrong with it; only commands that tell about the file get that far.
    pub problem: Option<String>,
    given: Vec<Given>,
    matches: ArgMatches,
}

/// Why there are no arguments.
pub(crate) enum Problem {
    /// The command line is wrong, or asked for help.
    Usage(clap::Error),
    /// The file is wrong.
    File(anyhow::Error),
}

/// Reads the command line, the environment and the file.
///
/// # Errors
/// [`Problem::Usage`] for the command line and the environment, [`Problem::File`] for a file that cannot be read, names an
/// unknown setting or a value that its flag would not take.
pub(crate) fn parse(words: Vec<OsString>) -> Result<Parsed, Problem> {
    // Nothing in the file can mend a command line, nor a file spoil the help: no setting is an argument that must be there.
    let plain = Args::command().try_get_matches_from(&words).map_err(Problem::Usage)?;
    let args = |matches: &ArgMatches| Args::from_arg_matches(matches).map_err(Problem::Usage);
    let command = plain.subcommand_name().unwrap_or_default().to_owned();
    if WITHOUT_FILE.contains(&command.as_str()) {
        return Ok(Parsed { args: args(&plain)?, sources: Sources::default() });
    }
    let file = args(&plain)?.config.or_else(find);
    let given = match file.as_deref().map(read).transpose() {
        Ok(given) => given.unwrap_or_default(),
        Err(problem) if command == "doctor" => {
            let sources = Sources { file, problem: Some(format!("{problem:#}")), given: Vec::new(), matches: plain };
            return Ok(Parsed { args: args(&sources.matches)?, sources });
        }
        Err(problem) => return Err(Problem::File(problem)),
    };
    let with_file = given.iter().fold(Args::command(), |command, given| set(command, &given.known.path, given));
    let matches = with_file.try_get_matches_from(&words).map_err(Problem::Usage)?;
    Ok(Parsed { args: args(&matches)?, sources: Sources { file, problem: None, given, matches } })
}

fn set(command: clap::Command, path: &[String], given: &Given) -> clap::Command {
    match path.split_first() {
        Some((first, rest)) => command.mut_subcommand(first, |below| set(below, rest, given)),
        None => command.mut_arg(given.known.arg.get_id().as_str(), |arg| arg.default_values(given.values.clone())),
    }
}

/// The file of the working directory or its nearest parent that has one, else that of the user's configuration folder.
fn find() -> Option<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let own = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
    let own = own.map(|folder| folder.join("wenbao"));
    here.ancestors().map(Path::to_path_buf).chain(own).map(|folder| folder.join(NAME)).find(|file| file.is_file())
}

fn read(file: &Path) -> anyhow::Result<Vec<Given>> {
    let way_out = || format!("cannot read the settings in {}; name another file with --config", file.display());
    let mut text = String::new();
    let opened = std::fs::File::open(file).with_context(way_out)?;
    opened.take(MAX_BYTES + 1).read_to_string(&mut text).with_context(way_out)?;
    anyhow::ensure!(text.len() as u64 <= MAX_BYTES, "{} is too long for a file of settings", file.display());
    let folder =
        std::path::absolute(file).ok().and_then(|file| file.parent().map(Path::to_path_buf)).unwrap_or_default();
    understand(&text, &folder).with_context(|| file.display().to_string())
}

/// The settings of a file's text; relative paths count from `folder`.
fn understand(text: &str, folder: &Path) -> anyhow::Result<Vec<Given>> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
        anyhow::anyhow!("line {line}: {}", error.message().lines().next().unwrap_or("not TOML"))
    })?;
    let known = known(&Args::command());
    let mut given = Vec::new();
    for (name, value) in &table {
        match value {
            toml::Value::Table(section) => {
                for (key, value) in section {
                    given.push(one(&known, Some(name), key, value, folder)?);
                }
            }
            value => given.push(one(&known, None, name, value, folder)?),
        }
    }
    Ok(given)
}

fn one(known: &[Known], section: Option<&str>, key: &str, value: &toml::Value, folder: &Path) -> anyhow::Result<Given> {
    let Some(found) = known.iter().find(|known| known.section() == section && known.key == key) else {
        let name = section.map_or_else(|| key.to_owned(), |section| format!("{section}.{key}"));
        anyhow::bail!("there is no setting {name}; `wenbao config` lists those that there are")
    };
    let bad = |wanted: &str| anyhow::anyhow!("{} wants {wanted}, not {value}", found.name());
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) if found.is_path() => Ok(folder.join(text).to_string_lossy().into_owned()),
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Datetime(date) => Ok(date.to_string()),
        toml::Value::Boolean(on) if found.is_switch() => Ok(on.to_string()),
        _ => Err(bad(if found.is_switch() { "true or false" } else { "a text or a whole number" })),
    };
    let values = match value {
        toml::Value::Array(values) if found.is_list() => values.iter().map(text).collect::<Result<_, _>>()?,
        value => vec![text(value)?],
    };
    // The flag's own reader judges the value, in a command that has nothing else.
    let judge = clap::Arg::new("value").value_parser(found.arg.get_value_parser().clone()).action(ArgAction::Append);
    let judge = clap::Command::new(NAME).no_binary_name(true).arg(judge.long("value"));
    let words = values.iter().map(|value| format!("--value={value}"));
    if let Err(error) = judge.try_get_matches_from(words) {
        let full = error.to_string();
        let line = full.lines().next().unwrap_or_default().trim_start_matches("error: ");
        anyhow::bail!("{}: {}", found.name(), line.replace(" for '--value <value>'", ""));
    }
    Ok(Given { known: found.clone(), values })
}

/// A setting in force.
#[derive(Debug, serde::Serialize)]
pub(crate) struct InForce {
    /// "serve.addr".
    pub name: String,
    /// Its value; none where nothing is said and the default is none or found out later.
    pub value: Option<String>,
    /// "flag", "variable", "file" or "default".
    pub from: &'static str,
    /// The variable that can set it.
    pub variable: Option<String>,
}

impl Sources {
    /// Every setting, as it is in force for this call.
    pub(crate) fn in_force(&self) -> Vec<InForce> {
        let one = |known: Known| {
            let (name, variable) = (known.name(), known.variable());
            let of_file = self.given.iter().find(|given| given.known.name() == name);
            let raw = |matches: &ArgMatches| {
                let values = matches.get_raw(known.arg.get_id().as_str())?;
                Some(values.map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(","))
            };
            let of_variable = variable.as_deref().and_then(std::env::var_os);
            let (value, from) = if known.section().is_none() {
                // What all commands share was read with this call's command line.
                let from = match self.matches.value_source(known.arg.get_id().as_str()) {
                    Some(ValueSource::CommandLine) => "flag",
                    Some(ValueSource::EnvVariable) => "variable",
                    _ if of_file.is_some() => "file",
                    _ => "default",
                };
                (raw(&self.matches), from)
            } else {
                match (of_variable, of_file) {
                    (Some(value), _) => (Some(value.to_string_lossy().into_owned()), "variable"),
                    (None, Some(given)) => (Some(given.values.join(",")), "file"),
                    (None, None) => (known.default(), "default"),
                }
            };
            InForce { name, value, from, variable }
        };
        known(&Args::command()).into_iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let given = understand(text, Path::new("/etc/wenbao")).map_err(|error| format!("{error:#}"))?;
        Ok(given.into_iter().map(|given| (given.known.name(), given.values)).collect())
    }

    /// The command line `words` with a file of this text.
    fn parsed(text: &str, words: &[&str]) -> Parsed {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(NAME);
        std::fs::write(&file, text).unwrap();
        let mut line: Vec<OsString> = vec!["wenbao".into(), "--config".into(), file.into()];
        line.extend(words.iter().map(OsString::from));
        match parse(line) {
            Ok(parsed) => parsed,
            Err(Problem::Usage(error)) => panic!("{error}"),
            Err(Problem::File(error)) => panic!("{error:#}"),
        }
    }

    #[test]
    fn paths_count_from_the_files_own_folder_and_numbers_are_texts() {
        let text = "index = \"data\"\nmodels = \"/m\"\nthreads = 2\ntoday = 2025-03-01\n[search]\ntop-k = 3\n";
        let wanted = [
            ("index", "/etc/wenbao/data"),
            ("models", "/m"),
            ("threads", "2"),
            ("today", "2025-03-01"),
            ("search.top-k", "3"),
        ];
        let mut found = values(text).unwrap();
        found.sort();
        let mut wanted: Vec<_> = wanted.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into();
        wanted.sort();
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_wrong_in_the_file_is_one_line_that_names_the_setting() {
        for (text, part) in [
            ("index = ", "line 1"),
            ("\n\nindex = [", "line 3"),
            ("indx = \"a\"", "no setting indx"),
            ("[serve]\nport = 1", "no setting serve.port"),
            ("[nothing]\nx = 1", "no setting nothing.x"),
            ("threads = \"many\"", "threads: invalid value 'many'"),
            ("threads = 1.5", "threads wants"),
            ("[search]\ntop-k = 0", "search.top-k"),
            ("[ingest]\nfollow = 1", "ingest.follow: invalid value '1'"),
            ("index = [\"a\", \"b\"]", "index wants"),
            ("config = \"x\"", "no setting config"),
            ("[ask]\njson = true", "no setting ask.json"),
        ] {
            let error = values(text).unwrap_err();
            assert!(error.contains(part) && error.lines().count() == 1, "{text:?}: {error}");
        }
    }

    #[test]
    fn a_flag_counts_before_the_file_and_the_file_before_the_default() {
        let text = "threads = 2\n[ingest]\nfollow = true\n[search]\ntop-k = 3\n";
        let by_file = parsed(text, &["search", "x"]);
        assert_eq!(by_file.args.threads, 2);
        assert!(matches!(by_file.args.command, crate::args::Command::Search { top_k: 3, .. }));
        let by_flag = parsed(text, &["search", "x", "--top-k", "7", "--threads", "1"]);
        assert_eq!(by_flag.args.threads, 1);
        assert!(matches!(by_flag.args.command, crate::args::Command::Search { top_k: 7, .. }));
        let switch = parsed(text, &["ingest", "x"]);
        assert!(matches!(switch.args.command, crate::args::Command::Ingest { follow: true, .. }));
        let from = |parsed: &Parsed, name: &str| {
            let setting = parsed.sources.in_force().into_iter().find(|setting| setting.name == name).unwrap();
            (setting.value, setting.from)
        };
        let config = parsed(text, &["config", "--threads", "1"]);
        assert_eq!(from(&config, "threads"), (Some("1".into()), "flag"));
        assert_eq!(from(&config, "search.top-k"), (Some("3".into()), "file"));
        let config = parsed("", &["config"]);
        assert_eq!(from(&config, "threads"), (Some("0".into()), "default"));
        assert_eq!(from(&config, "search.top-k"), (Some("10".into()), "default"));
        assert_eq!(from(&parsed(text, &["config"]), "threads"), (Some("2".into()), "file"));
    }

    #[test]
    fn no_setting_has_two_names() {
        let known = known(&Args::command());
        let names: std::collections::BTreeSet<String> = known.iter().map(Known::name).collect();
        assert_eq!(names.len(), known.len());
    }
}
