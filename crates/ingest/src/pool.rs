//! The pool of child processes that read: as many as read at once, each for many files, begun anew when one ends.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use wenbao_report::Limits;

use crate::child::{MEMORY, OCR_MEMORY};
use crate::reader::{Part, Reader};
use crate::wire::{self, Hello, Reply, Request};

/// How often a wait looks whether it should stop.
const TICK: Duration = Duration::from_millis(50);
/// How long a process may take to begin.
const BEGIN: Duration = Duration::from_secs(30);
/// How long an ended process is waited for.
const END: Duration = Duration::from_secs(1);
/// A process that read a larger file is let go, and the memory that it took with it.
const LARGE: usize = 4 << 20;

/// Reads files in child processes; how they are confined, [`crate::child`] says.
///
/// A file that makes its process end, or that takes longer than the limits allow, is refused with one line; the next file
/// gets another process.
pub struct Pool {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: Limits,
    /// Of the wall clock, for one file: twice what a processor may take, as others may be using it.
    deadline: Duration,
    /// Whether the processes have an OCR.
    ocr: bool,
    idle: Mutex<Vec<Kid>>,
    confined: Once,
}

impl Pool {
    /// Processes of this same program, which does [`crate::child::run`] when it is given `arguments`.
    pub fn new(arguments: &[impl AsRef<OsStr>], limits: Limits) -> Self {
        // What runs now, also where another version was put in its place meanwhile.
        let own = if cfg!(target_os = "linux") { Some(PathBuf::from("/proc/self/exe")) } else { None };
        let program = own.filter(|own| own.exists()).or_else(|| std::env::current_exe().ok()).unwrap_or_default();
        Self::of(program, arguments, limits)
    }

    /// Processes of another program.
    pub fn of(program: PathBuf, arguments: &[impl AsRef<OsStr>], limits: Limits) -> Self {
        Self {
            program,
            arguments: arguments.iter().map(|a| a.as_ref().to_owned()).collect(),
            limits,
            deadline: Duration::from_secs(limits.seconds.saturating_mul(2)),
            ocr: false,
            idle: Mutex::default(),
            confined: Once::new(),
        }
    }

    /// The same where the processes were told of an OCR, which takes time and memory of its own.
    #[must_use]
    pub fn with_ocr(mut self) -> Self {
        self.deadline += Duration::from_secs(self.limits.ocr_seconds);
        self.ocr = true;
        self
    }

    /// An idle process, or a new one; and whether it has read files before.
    fn take(&self, stop: &AtomicBool) -> Result<(Kid, bool), String> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(kid) = idle {
            return Ok((kid, true));
        }
        let cannot = |e: &dyn std::fmt::Display| format!("cannot be read: no process to read it in ({e})");
        let mut kid = Kid::start(&self.program, &self.arguments).map_err(|e| cannot(&e))?;
        let hello = match kid.exchange(&[], Instant::now() + BEGIN, stop) {
            Ok(frame) => frame,
            Err(Ended::Stopped) => return Err("stopped".to_owned()),
            Err(Ended::Late) => return Err(cannot(&"it does not begin")),
            Err(Ended::Gone) => return Err(cannot(&"it ended at once")),
        };
        let hello: Hello = serde_json::from_slice(&hello).map_err(|_| cannot(&"it speaks another language"))?;
        self.confined.call_once(|| tell(hello));
        Ok((kid, false))
    }
}

/// What the system does not limit is said once.
fn tell(hello: Hello) {
    if !hello.memory {
        tracing::warn!("this system does not limit the memory of the processes that read files");
    }
    if hello.landlock {
        tracing::info!("files are read in processes without files and network (Landlock)");
    } else {
        tracing::info!("files are read in processes of their own; this kernel has no Landlock to confine them further");
    }
}

impl Reader for Pool {
    fn read(&self, path: &Path, bytes: &[u8], stop: &AtomicBool) -> Result<Vec<Part>, String> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let request = serde_json::to_vec(&Request { name, limits: self.limits }).map_err(|e| e.to_string())?;
        loop {
            let (mut kid, used) = self.take(stop)?;
            let frames = [&wire::length(&request)[..], &request, &wire::length(bytes), bytes];
            match kid.exchange(&frames, Instant::now() + self.deadline, stop) {
                Ok(reply) => {
                    if bytes.len() <= LARGE {
                        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(kid);
                    }
                    return match serde_json::from_slice(&reply) {
                        Ok(Reply::Documents(parts)) => Ok(parts),
                        Ok(Reply::Problem(problem)) => Err(problem),
                        Err(_) => Err("meets a defect of the reader; convert it to .txt first".to_owned()),
                    };
                }
                // It may have ended while it was idle, or of what it read before: a new one tells.
                Err(Ended::Gone) if used => {}
                Err(Ended::Gone) => return Err(why(kid.end(), &self.limits, self.ocr)),
                Err(Ended::Late) => {
                    return Err(format!(
                        "took longer than {} s to read; it is damaged or made to be slow, so convert it to .txt first",
                        self.deadline.as_secs()
                    ));
                }
                Err(Ended::Stopped) => return Err("stopped".to_owned()),
            }
        }
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn reads_pictures(&self) -> bool {
        self.ocr
    }

    /// A process that had read files before may have to be followed by a new one.
    fn longest(&self) -> Duration {
        2 * (BEGIN + self.deadline)
    }
}

/// Why a process ended that was reading a file, and the way out.
fn why(status: Option<ExitStatus>, limits: &Limits, ocr: bool) -> String {
    let out = "; it is damaged or made to be hard to read, so split it or convert it to .txt first";
    let signal = status.and_then(|status| status.signal());
    match signal.and_then(|signal| Signal::try_from(signal).ok()) {
        // Memory that there is none of ends a program by SIGABRT; and so does a stack that is full.
        Some(Signal::SIGABRT) => {
            let memory = MEMORY + if ocr { OCR_MEMORY } else { 0 };
            format!("takes more than {} MiB of memory to read{out}", memory >> 20)
        }
        Some(Signal::SIGXCPU) => {
            let Limits { seconds, ocr_page_seconds: page, .. } = limits;
            let page = if ocr { format!(", or {page} s for a page that is a picture") } else { String::new() };
            format!("takes more than {seconds} s of processor time to read{page}{out}")
        }
        Some(signal) => format!("ended the process that read it ({}){out}", signal.as_str()),
        None => format!("ended the process that read it{out}"),
    }
}

/// Why there is no answer.
#[derive(Debug)]
enum Ended {
    /// The process has gone.
    Gone,
    /// The time is over.
    Late,
    /// Somebody asked to stop.
    Stopped,
}

/// A child process. Dropping it ends it.
struct Kid {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Kid {
    fn start(program: &Path, arguments: &[OsString]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Keys and passwords of the environment are none of its business.
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"LD_")));
        // Ctrl-C is for the parent, which ends its children.
        command.process_group(0);
        let mut child = command.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("its pipes are missing"));
        };
        let kid = Self { child, input, output };
        // No wait is longer than a tick: neither for a child that does not listen nor for one that does not speak.
        fcntl(&kid.input, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        fcntl(&kid.output, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(kid)
    }

    /// Sends the pieces one after the other, and receives one frame.
    fn exchange(&mut self, pieces: &[&[u8]], until: Instant, stop: &AtomicBool) -> Result<Vec<u8>, Ended> {
        let mut pieces = pieces.iter().copied();
        let mut rest: &[u8] = &[];
        let mut got: Vec<u8> = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            while rest.is_empty() {
                match pieces.next() {
                    Some(piece) => rest = piece,
                    None => break,
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Ended::Late);
            }
            if stop.load(Ordering::Relaxed) {
                return Err(Ended::Stopped);
            }
            let (readable, writable) = {
                let mut fds = vec![PollFd::new(self.output.as_fd(), PollFlags::POLLIN)];
                if !rest.is_empty() {
                    fds.push(PollFd::new(self.input.as_fd(), PollFlags::POLLOUT));
                }
                let tick = u16::try_from(left.min(TICK).as_millis().max(1)).unwrap_or(1);
                match poll(&mut fds, PollTimeout::from(tick)) {
                    Ok(0) | Err(Errno::EINTR) => continue,
                    Ok(_) => {}
                    Err(_) => return Err(Ended::Gone),
                }
                (fds[0].any().unwrap_or(true), fds.get(1).is_some_and(|fd| fd.any().unwrap_or(true)))
            };
            if readable {
                match self.output.read(&mut buffer) {
                    Ok(0) => return Err(Ended::Gone),
                    Ok(n) => got.extend_from_slice(&buffer[..n]),
                    Err(e) if is_only_waiting(&e) => {}
                    Err(_) => return Err(Ended::Gone),
                }
                if let Some(end) = frame_end(&got)? {
                    // Who answers before all was said, or says more than an answer, is broken.
                    if got.len() > end || !rest.is_empty() || pieces.next().is_some_and(|piece| !piece.is_empty()) {
                        return Err(Ended::Gone);
                    }
                    got.drain(..wire::LENGTH);
                    return Ok(got);
                }
            }
            if writable {
                match self.input.write(rest) {
                    Ok(n) => rest = &rest[n..],
                    Err(e) if is_only_waiting(&e) => {}
                    Err(_) => return Err(Ended::Gone),
                }
            }
        }
    }

    /// How it ended; it is killed if it did not yet.
    fn end(&mut self) -> Option<ExitStatus> {
        let began = Instant::now();
        // It is ending by itself, or already ended: the reason is worth a moment.
        let mut patience = END / 4;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if began.elapsed() < patience => std::thread::sleep(Duration::from_millis(2)),
                Ok(None) if patience < END => {
                    let _ = self.child.kill();
                    patience = END;
                }
                // The system does not let go of it; it is dead all the same.
                _ => return None,
            }
        }
    }
}

impl Drop for Kid {
    fn drop(&mut self) {
        let _ = self.child.kill();
        self.end();
    }
}

fn is_only_waiting(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Where the frame ends that `got` begins with, once all of it is there.
fn frame_end(got: &[u8]) -> Result<Option<usize>, Ended> {
    let Some(head) = got.first_chunk::<{ wire::LENGTH }>() else { return Ok(None) };
    let length = u64::from_le_bytes(*head);
    if length > wire::MAX_FRAME {
        return Err(Ended::Gone);
    }
    let end = wire::LENGTH + usize::try_from(length).map_err(|_| Ended::Gone)?;
    Ok((got.len() >= end).then_some(end))
}
