//! Throws damaged inputs at what reads them: `wenbao-fuzz TARGET SECONDS [SEED] [FILE...]`.
//!
//! cargo-fuzz needs a nightly compiler; this runner needs none. It takes small inputs of every kind (its own, those of
//! `fuzz/corpus/TARGET` and those named), tries them as they are, then damages them at random. A panic, a broken promise or
//! more than five seconds is a finding: the input is written to `fuzz/findings/` and the run goes on. The seed makes a run
//! repeatable; without one the run goes on with the seed after the last, which `fuzz/state/TARGET` holds with the seconds
//! spent so far. An input that was a finding once belongs into the corpus.
#![forbid(unsafe_code)]

mod damage;
mod engine;
mod http;
mod index;
mod mcp;
mod questions;
mod readers;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use damage::{Random, damaged};

/// Panics of all threads so far.
static PANICS: AtomicU64 = AtomicU64::new(0);
const SLOW: Duration = Duration::from_secs(5);
/// Longest input of the corpus.
const LONGEST: usize = 200_000;

/// Something that reads what comes from outside.
pub trait Target {
    /// Small inputs as they should be.
    fn seeds(&self) -> Vec<Vec<u8>>;

    /// What is done to a damaged input so that it is not refused at the door.
    fn dress(&self, input: Vec<u8>, _: &mut Random) -> Vec<u8> {
        input
    }

    /// Reads the input; whether it was accepted.
    ///
    /// # Errors
    /// The promise that was broken.
    fn run(&self, input: &[u8]) -> Result<bool, String>;
}

fn main() {
    match run() {
        Ok(findings) => std::process::exit(i32::from(findings > 0)),
        Err(problem) => {
            eprintln!("wenbao-fuzz: {problem}");
            std::process::exit(2);
        }
    }
}

fn target(name: &str) -> Result<Box<dyn Target>, Box<dyn std::error::Error>> {
    Ok(match name {
        "readers" => Box::new(readers::Readers),
        "questions" => Box::new(questions::Questions::new()),
        "index" => Box::new(index::IndexFiles::new()?),
        "http" => Box::new(http::Http::new()?),
        "mcp" => Box::new(mcp::Mcp::new()?),
        _ => return Err(format!("no target {name:?}: readers, questions, index, http or mcp").into()),
    })
}

fn run() -> Result<u64, Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let target = target(&name)?;
    let seconds: u64 = args.next().and_then(|s| s.parse().ok()).unwrap_or(120);
    let mut state = State::load(&name);
    let seed = args.next().and_then(|s| s.parse().ok()).unwrap_or(state.seed + 1);
    let mut corpus = target.seeds();
    let kept = fs::read_dir(Path::new("fuzz/corpus").join(&name)).into_iter().flatten().flatten().map(|e| e.path());
    corpus.extend(kept.chain(args.map(PathBuf::from)).filter_map(|path| fs::read(path).ok()).map(|mut bytes| {
        bytes.truncate(LONGEST);
        bytes
    }));
    fs::create_dir_all("fuzz/findings")?;
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::Relaxed);
    }));
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (before, started) = (state.seconds, Instant::now());
    let (mut runs, mut accepted, mut findings) = (0u64, 0u64, 0u64);
    while started.elapsed().as_secs() < seconds || runs < corpus.len() as u64 {
        let input = match corpus.get(runs as usize) {
            Some(input) => input.clone(),
            None => target.dress(damaged(&corpus, &mut random), &mut random),
        };
        runs += 1;
        // Should the process itself be killed, the last input is the finding.
        let current = format!("fuzz/findings/{name}-current");
        fs::write(&current, &input)?;
        let (begun, panics) = (Instant::now(), PANICS.load(Ordering::Relaxed));
        let outcome = catch_unwind(AssertUnwindSafe(|| target.run(&input)));
        let fault = match outcome {
            Err(panic) => Some(format!("panic: {}", message(&*panic))),
            Ok(Err(promise)) => Some(promise),
            // Of another thread: the server lives on after one.
            Ok(Ok(_)) if PANICS.load(Ordering::Relaxed) > panics => Some("a panic of another thread".to_owned()),
            // A machine that pauses is no finding: slow is what is slow again.
            Ok(Ok(_)) if begun.elapsed() > SLOW && takes_long(&*target, &input) => Some("slow".to_owned()),
            Ok(Ok(is_accepted)) => {
                accepted += u64::from(is_accepted);
                None
            }
        };
        if let Some(fault) = fault {
            findings += 1;
            let path = format!("fuzz/findings/{name}-{seed}-{runs}");
            fs::rename(&current, &path)?;
            println!("{path}: {fault}");
        } else {
            fs::remove_file(&current)?;
        }
        let spent = before + started.elapsed().as_secs();
        if spent >= state.seconds + 10 {
            state = State { seed, seconds: spent };
            state.save(&name)?;
        }
    }
    state = State { seed, seconds: before + started.elapsed().as_secs() };
    state.save(&name)?;
    println!(
        "{name}: {runs} inputs, {accepted} of them accepted, {findings} findings, {} s with seed {seed}, {} s in all",
        started.elapsed().as_secs(),
        state.seconds
    );
    Ok(findings)
}

/// What was done before.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    seed: u64,
    seconds: u64,
}

impl State {
    fn load(name: &str) -> Self {
        let text = fs::read_to_string(Path::new("fuzz/state").join(name)).unwrap_or_default();
        let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
        Self { seed: numbers.next().unwrap_or(0), seconds: numbers.next().unwrap_or(0) }
    }

    fn save(self, name: &str) -> std::io::Result<()> {
        fs::create_dir_all("fuzz/state")?;
        fs::write(Path::new("fuzz/state").join(name), format!("{} {}\n", self.seed, self.seconds))
    }
}

fn takes_long(target: &dyn Target, input: &[u8]) -> bool {
    let begun = Instant::now();
    let _ = catch_unwind(AssertUnwindSafe(|| target.run(input).is_ok()));
    begun.elapsed() > SLOW
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?")
}
