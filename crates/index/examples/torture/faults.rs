//! What goes wrong below a writer: every write and every sync may fail, the power may go at any moment, the disk be slow.
//!
//! io.c stands between the writer and the system; a machine without a C compiler or without LD_PRELOAD goes without.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::common::Random;
use crate::disk::{Disk, Op, read};
use crate::{State, after, apply, listen};

/// What a writer does in one run, in transactions.
const ROUNDS: u64 = 4;
/// EIO and ENOSPC.
const ERRORS: [i32; 2] = [5, 28];
/// No run takes longer, unless it hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// The compiled io.c.
pub struct Shim(PathBuf);

impl Shim {
    /// None where it cannot be made or does not work.
    pub fn make(home: &Path) -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let (source, library) =
            (Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/torture/io.c"), home.join("io.so"));
        let made =
            Command::new("cc").args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl").output();
        made.is_ok_and(|made| made.status.success()).then_some(Self(library))
    }

    /// Runs a writer on the folder. Its lines.
    ///
    /// # Errors
    /// When it panics, is killed, hangs, or fails with anything but one line.
    fn run(&self, dir: &Path, seed: u64, more: &[(&str, &OsStr)]) -> Result<Vec<String>, String> {
        let mut writer = Command::new(std::env::current_exe().map_err(|e| e.to_string())?)
            .args(["work", &dir.to_string_lossy(), "丁", &seed.to_string(), &ROUNDS.to_string()])
            .env("LD_PRELOAD", &self.0)
            .env("IO_DIR", dir)
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let heard = listen(&mut writer, &channel().0);
        let began = Instant::now();
        let status = loop {
            match writer.try_wait().map_err(|e| e.to_string())? {
                Some(status) => break status,
                None if began.elapsed() > LIMIT => {
                    let _ = writer.kill();
                    return Err("the writer hangs".to_owned());
                }
                None => std::thread::sleep(Duration::from_millis(3)),
            }
        };
        let lines = heard.join().map_err(|_| "a listener panicked")?;
        let mut said = String::new();
        let _ = std::io::Read::read_to_string(&mut writer.stderr.take().ok_or("no stderr")?, &mut said);
        match (status.code(), said.lines().count()) {
            (Some(0), 0) | (Some(2), 1) => Ok(lines),
            _ => Err(format!("the writer ended with {status} and said: {said}")),
        }
    }

    /// The same, and what it did to the disk.
    fn watch(&self, dir: &Path, log: &Path, seed: u64) -> Result<Vec<Op>, String> {
        self.run(dir, seed, &[("IO_LOG", log.as_os_str())])?;
        let ops = read(&fs::read(log).map_err(|e| e.to_string())?);
        if ops.iter().any(|op| matches!(op, Op::Sync(_))) {
            Ok(ops)
        } else {
            Err("the log of io.c is empty".to_owned())
        }
    }
}

/// Lets writes, syncs and changes of names fail, one a run and at most `most` of them, once alone and once with all that
/// follow. How many there were to choose from.
pub fn errors(shim: &Shim, home: &Path, most: usize, seed: u64) -> Result<(usize, usize), String> {
    let ops = shim.watch(&home.join("counted"), &home.join("counted.log"), seed)?;
    let count = ops.iter().filter(|op| !matches!(op, Op::Said(_))).count();
    let step = count.div_ceil(most.max(1)).max(1);
    let mut tried = 0;
    for at in (1 + seed as usize % step..=count).step_by(step) {
        let dir = home.join(format!("failed-{at}"));
        let text = |number: i64| number.to_string();
        let (fail, error, on) = (text(at as i64), text(ERRORS[tried % 2].into()), text((tried / 2 % 2) as i64));
        let more =
            [("IO_FAIL", &fail), ("IO_ERROR", &error), ("IO_ON", &on)].map(|(name, value)| (name, OsStr::new(value)));
        let told = |e: String| format!("call {at} of {count} failed with error {error} (and all after it: {on}): {e}");
        // The index's own folder is not made by what fails.
        fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
        let lines = shim.run(&dir, seed, &more).map_err(told)?;
        let mut state = State::new();
        apply(&lines, &mut state);
        after(&dir, &mut state).map_err(told)?;
        // And it can be written to again.
        shim.run(&dir, seed + 1, &[]).map_err(told)?;
        fs::remove_dir_all(&dir).map_err(|e| e.to_string())?;
        tried += 1;
    }
    Ok((tried, count))
}

/// Takes the power away at `most` moments of a run, each time with all that was not synced lost and with some of it lost.
pub fn power_cuts(shim: &Shim, home: &Path, most: usize, random: &mut Random) -> Result<usize, String> {
    let dir = home.join("watched");
    fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
    let ops = shim.watch(&dir, &home.join("watched.log"), random.next())?;
    let step = ops.len().div_ceil(most.max(1)).max(1);
    let first = random.below(step as u64) as usize;
    let (mut disk, mut said, mut tried) = (Disk::default(), String::new(), 0);
    for (at, op) in ops.iter().enumerate() {
        disk.apply(op);
        if let Op::Said(text) = op {
            said.push_str(text);
        }
        if at % step != first {
            continue;
        }
        for some in [false, true] {
            let left = home.join(format!("left-{at}-{some}"));
            fs::create_dir_all(&left).map_err(|e| e.to_string())?;
            disk.lose_power(&dir, &left, some.then_some(&mut *random)).map_err(|e| e.to_string())?;
            let mut state = State::new();
            // A line that was not said to its end was not said.
            let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
            apply(&whole.lines().map(str::to_owned).collect::<Vec<_>>(), &mut state);
            after(&left, &mut state)
                .map_err(|e| format!("power lost after call {at} of {} (some kept: {some}): {e}", ops.len()))?;
            fs::remove_dir_all(&left).map_err(|e| e.to_string())?;
            tried += 1;
        }
    }
    Ok(tried)
}

/// A disk behind a network: each call takes three milliseconds.
pub fn slow_disk(shim: &Shim, home: &Path, seed: u64) -> Result<(), String> {
    let dir = home.join("slow");
    let lines = shim.run(&dir, seed, &[("IO_SLOW", OsStr::new("3000"))]).map_err(|e| format!("slow disk: {e}"))?;
    let mut state = State::new();
    apply(&lines, &mut state);
    after(&dir, &mut state).map_err(|e| format!("slow disk: {e}"))
}
