//! Paths as they may be shown: what a file is called is the reader's business, where it lies on this machine is not.

use std::path::{Component, Path, PathBuf};

/// The folder that all documents lie in, those aside that came over HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Root {
    folder: Option<PathBuf>,
    /// Where files lie that came over HTTP: their names are all that their senders know of them.
    shelf: Option<PathBuf>,
}

impl Root {
    /// The deepest folder that holds all of `paths` that are not on the shelf.
    pub fn of<'a>(paths: impl Iterator<Item = &'a str>, shelf: Option<&Path>) -> Self {
        let own = paths.map(Path::new).filter(|path| shelf.is_none_or(|shelf| !path.starts_with(shelf)));
        let parents = own.map(|path| path.parent().unwrap_or(Path::new("")).to_path_buf());
        let common = parents.reduce(|common, parent| {
            let shared = common.components().zip(parent.components()).take_while(|(a, b)| a == b);
            shared.map(|(component, _)| component.as_os_str()).collect()
        });
        // A root of the file system is nothing in common: below it every path is whole.
        let folder = common.filter(|folder| folder.as_os_str().is_empty() || folder.file_name().is_some());
        Self { folder, shelf: shelf.map(Path::to_path_buf) }
    }

    /// Makes a path relative to it; one that lies elsewhere keeps its file's name and folder alone.
    pub fn strip(&self, path: &mut String) {
        let whole = Path::new(path.as_str());
        let inside =
            self.folder.as_ref().and_then(|root| whole.strip_prefix(root).ok()).filter(|rest| rest.is_relative());
        let normal = |path: &Path| -> Vec<String> {
            let names = path.components().filter(|part| matches!(part, Component::Normal(_)));
            names.map(|name| name.as_os_str().to_string_lossy().into_owned()).collect()
        };
        let names = inside.map(normal).unwrap_or_else(|| {
            let shown = if self.shelf.as_ref().is_some_and(|shelf| whole.starts_with(shelf)) { 1 } else { 2 };
            let all = normal(whole);
            all[all.len().saturating_sub(shown)..].to_vec()
        });
        // Always with "/", so that a client sees the same names wherever the server runs.
        let shown = names.join("/");
        *path = shown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(paths: &[&str]) -> Vec<String> {
        let root = Root::of(paths.iter().copied(), Some(Path::new("/index/files")));
        paths
            .iter()
            .map(|&path| {
                let mut path = path.to_owned();
                root.strip(&mut path);
                path
            })
            .collect()
    }

    #[test]
    fn no_path_is_absolute_and_names_stay_apart() {
        assert_eq!(shown(&["/data/reports/a.txt"]), ["a.txt"]);
        assert_eq!(shown(&["/data/shanxi/a.txt", "/data/hebei/a.txt"]), ["shanxi/a.txt", "hebei/a.txt"]);
        assert_eq!(shown(&["/srv/data/a.txt", "/other/b.txt"]), ["data/a.txt", "other/b.txt"]);
        assert_eq!(shown(&["reports/a.txt", "/data/b.txt"]), ["reports/a.txt", "data/b.txt"]);
        assert_eq!(shown(&["/data/a/b.txt", "/index/files/0f/c.txt"]), ["b.txt", "c.txt"]);
        let mut elsewhere = "/secret/c.txt".to_owned();
        Root::of(["/data/a.txt"].into_iter(), None).strip(&mut elsewhere);
        assert_eq!(elsewhere, "secret/c.txt");
    }
}
