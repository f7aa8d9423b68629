//! `wenbao config`: what is in force, and from where.

use std::io::Write;

use serde::Serialize;
use wenbao_index::store::without_password;
use wenbao_lang::fold::shown;

use crate::args::Args;
use crate::config::{InForce, Sources};
use crate::home;
use crate::output::{self, Style};

#[derive(Serialize)]
struct Config {
    file: Option<String>,
    settings: Vec<InForce>,
}

pub(super) fn run(args: &Args, sources: &Sources, json: bool) -> anyhow::Result<()> {
    let file = sources.file.as_ref().map(|file| file.display().to_string());
    let mut settings = sources.in_force();
    for value in settings.iter_mut().filter(|setting| setting.name == "store").filter_map(|s| s.value.as_mut()) {
        *value = without_password(value);
    }
    for setting in settings.iter_mut().filter(|setting| setting.value.is_none()) {
        // These two have defaults that depend on where the command is called.
        setting.value = match setting.name.as_str() {
            "index" => Some(home::index(args).display().to_string()),
            "models" => Some(home::models(args).display().to_string()),
            _ => None,
        };
    }
    if json {
        return output::json(&Config { file, settings });
    }
    let style = Style::stdout();
    let width = settings.iter().map(|setting| setting.name.len()).max().unwrap_or_default();
    let mut out = output::stdout();
    let file = file.unwrap_or_else(|| "none: no wenbao.toml was found".to_owned());
    writeln!(out, "{:width$}  {}", "file", shown(&file))?;
    for setting in settings {
        let from = match (setting.from, &setting.variable) {
            ("variable", Some(name)) => format!("variable {name}"),
            (from, _) => from.to_owned(),
        };
        let value = setting.value.as_deref().filter(|value| !value.is_empty()).unwrap_or("-");
        writeln!(out, "{:width$}  {}  {}", setting.name, shown(value), style.dim(&format!("({from})")))?;
    }
    Ok(out.flush()?)
}
