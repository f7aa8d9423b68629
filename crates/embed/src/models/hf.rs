//! Fetches a model's original files from a Hugging Face hub.

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};

use hf_hub::{Cache, Repo, RepoType, api::sync::ApiBuilder};

use super::{
    manifest::sha256_file,
    registry::{Hf, Model},
};
use crate::Error;

/// The hub client itself never gives up on a silent server; this does, for each file.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Where the hub is and who asks.
#[derive(Debug, Clone, Default)]
pub(super) struct Hub {
    /// None is huggingface.co.
    pub endpoint: Option<String>,
    pub token: Option<String>,
}

impl Hub {
    /// From HF_ENDPOINT, HF_TOKEN and the token file of `huggingface-cli login`.
    pub fn from_env() -> Self {
        let set = |name| std::env::var(name).ok().map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        Self {
            endpoint: set("HF_ENDPOINT").map(|e| e.trim_end_matches('/').to_owned()),
            token: set("HF_TOKEN").or_else(|| Cache::from_env().token()),
        }
    }
}

/// Puts the model's files into `target`, below the paths that they have in the repository. Returns their names.
pub(super) fn fetch(
    model: &Model,
    hf: &Hf,
    hub: &Hub,
    scratch: &Path,
    target: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<String>, Error> {
    for file in &hf.files {
        progress(&format!("fetching {} of {} from the hub", file, hf.repo));
        let cached = download(hf, file, hub, &scratch.join("hub"))?;
        let to = target.join(file);
        let parent = to.parent().unwrap_or(target);
        std::fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        // The hub's cache has links to blobs that are named after their hash where that is known.
        let blob = cached.canonicalize().map_err(Error::io("read", &cached))?;
        std::fs::rename(&blob, &to).map_err(Error::io("put in place", &to))?;
        let name = blob.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()) {
            let found = sha256_file(&to)?;
            if found != name {
                return Err(Error::Hash { what: format!("{}/{file}", hf.repo), expected: name, found });
            }
        }
    }
    tracing::info!("{} is at revision {} of {}", model.name, hf.revision, hf.repo);
    Ok(hf.files.clone())
}

fn download(hf: &Hf, file: &str, hub: &Hub, cache: &Path) -> Result<PathBuf, Error> {
    let what = format!("{file} of {}", hf.repo);
    let failed = |reason: String| Error::Fetch { what: what.clone(), reason };
    let mut builder = ApiBuilder::from_cache(Cache::new(cache.to_path_buf()))
        .with_progress(false)
        .with_retries(3)
        .with_token(hub.token.clone());
    if let Some(endpoint) = &hub.endpoint {
        builder = builder.with_endpoint(endpoint.clone());
    }
    let repo = Repo::with_revision(hf.repo.clone(), RepoType::Model, hf.revision.clone());
    let file = file.to_owned();
    let (sender, receiver) = mpsc::channel();
    // A thread of its own, so that waiting has an end and the client's panics on odd answers stay in there.
    std::thread::spawn(move || {
        let result = builder.build().and_then(|api| api.repo(repo).download(&file)).map_err(|e| e.to_string());
        // Nobody listens any more when it took too long.
        let _ = sender.send(result);
    });
    let advice = "check the network, HF_ENDPOINT and HF_TOKEN, or use `--source pip`";
    match receiver.recv_timeout(LIMIT) {
        Ok(Ok(path)) => Ok(path),
        Ok(Err(reason)) => Err(failed(format!("{}; {advice}", reason.lines().next().unwrap_or("no reason given")))),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(failed(format!("it took more than 30 minutes; {advice}"))),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(failed(format!("the answer makes no sense; {advice}"))),
    }
}
