//! Where index and models are.

use std::path::{Path, PathBuf};

use crate::args::Args;

/// Where a package puts the models, seen from the program's own folder.
const BESIDE: &str = "../share/wenbao/models";

/// The folder of the models: as given, else as [`wenbao_embed::models::find_dir`] finds it, else the one that came with the
/// program in a package, else `models/` here.
pub(crate) fn models(args: &Args) -> PathBuf {
    args.models.clone().unwrap_or_else(|| {
        let found = wenbao_embed::models::find_dir();
        if holds_models(&found) { found } else { packaged_models().unwrap_or(found) }
    })
}

fn holds_models(folder: &Path) -> bool {
    folder.join("models.toml").is_file()
}

fn packaged_models() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?.canonicalize().ok()?;
    let folder = program.parent()?.join(BESIDE).canonicalize().ok()?;
    holds_models(&folder).then_some(folder)
}

/// The folder of the index: as given, else `index/` beside the nearest `models/models.toml` of the working directory
/// and its parents, else `index/` here.
pub(crate) fn index(args: &Args) -> PathBuf {
    args.index.clone().unwrap_or_else(|| default_index(&std::env::current_dir().unwrap_or_default()))
}

fn default_index(here: &Path) -> PathBuf {
    let home = here.ancestors().find(|folder| holds_models(&folder.join("models")));
    match home {
        // The shorter name reads better in messages.
        Some(folder) if folder == here => PathBuf::from("index"),
        Some(folder) => folder.join("index"),
        None => PathBuf::from("index"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_index_lies_beside_the_nearest_models_toml() {
        let root = std::env::temp_dir().join(format!("wenbao-home-{}", std::process::id()));
        let deep = root.join("project/a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir_all(root.join("project/models")).unwrap();
        std::fs::write(root.join("project/models/models.toml"), "").unwrap();
        assert_eq!(default_index(&deep), root.join("project/index"));
        assert_eq!(default_index(&root.join("project")), PathBuf::from("index"));
        assert_eq!(default_index(&root), PathBuf::from("index"));
        std::fs::remove_dir_all(&root).unwrap();
    }
}
