//! The child process: bytes in, a document out, and nothing else that it could do.
//!
//! It is the same program, started with a hidden subcommand that calls [`run`]. Before it reads anything it gives up what it
//! does not need: memory beyond [`MEMORY`], core dumps, and, where the kernel has Landlock, every file, every connection and
//! every signal to others. For each file it limits its processor time anew.

use std::io::{self, BufReader, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, rlim_t, setrlimit};

use wenbao_report::{Limits, Ocr, Scan, Seen};

use crate::reader::Part;
use crate::wire::{self, Hello, Reply, Request};

/// The address space of a child, in bytes. The largest report known takes a tenth of it.
pub const MEMORY: u64 = 1 << 30;
/// What the models of an OCR and a page before them take beside that.
pub const OCR_MEMORY: u64 = 2 << 30;

/// Reads files for the parent until it closes the pipe; pages that are pictures with `ocr`, which must have opened its files.
///
/// # Errors
/// If the pipes break or the parent speaks another language.
pub fn run(ocr: Option<&dyn Ocr>) -> io::Result<()> {
    let hello = confine(MEMORY + if ocr.is_some() { OCR_MEMORY } else { 0 });
    // A panic is told to the parent in an answer.
    std::panic::set_hook(Box::new(|_| {}));
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    wire::send(&mut output, &serde_json::to_vec(&hello)?)?;
    output.flush()?;
    while let Some(head) = wire::receive(&mut input)? {
        let request: Request = serde_json::from_slice(&head)?;
        let Some(bytes) = wire::receive(&mut input)? else { break };
        limit_time(used(), request.limits.seconds);
        let timed = ocr.map(|ocr| Timed { ocr, began: used(), limits: request.limits, pages: AtomicU64::new(0) });
        let reply = serde_json::to_vec(&read(&request, &bytes, timed.as_ref().map(|ocr| ocr as &dyn Ocr)))?;
        drop(bytes);
        wire::send(&mut output, &reply)?;
        output.flush()?;
    }
    Ok(())
}

fn read(request: &Request, bytes: &[u8], ocr: Option<&dyn Ocr>) -> Reply {
    let name = request.name.as_deref();
    let outcome = catch_unwind(AssertUnwindSafe(|| wenbao_report::read_all(bytes, name, &request.limits, ocr)));
    match outcome {
        Ok(Ok(members)) => Reply::Documents(members.into_iter().map(Part::from).collect()),
        Ok(Err(error)) => Reply::Problem(error.to_string()),
        Err(_) => Reply::Problem("meets a defect of the reader; convert it to .txt first".to_owned()),
    }
}

/// Gives up what reading does not need.
fn confine(memory: u64) -> Hello {
    // A program that was killed for its memory leaves no copy of it behind.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let (soft, hard) = getrlimit(Resource::RLIMIT_AS).unwrap_or((rlim_t::MAX, rlim_t::MAX));
    let memory = (memory as rlim_t).min(soft).min(hard);
    Hello { memory: setrlimit(Resource::RLIMIT_AS, memory, memory).is_ok(), landlock: landlock() }
}

/// Seconds of processor time that the process has used, the second that runs counted whole.
fn used() -> u64 {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return 0 };
    u64::try_from(usage.user_time().tv_sec() + usage.system_time().tv_sec()).unwrap_or(0) + 1
}

/// Lets the process use so many seconds of processor time from a moment on; then the system ends it.
fn limit_time(from: u64, seconds: u64) {
    let Ok((_, hard)) = getrlimit(Resource::RLIMIT_CPU) else { return };
    // The parent's deadline holds where the system has no such limit.
    let _ = setrlimit(Resource::RLIMIT_CPU, (from.saturating_add(seconds) as rlim_t).min(hard), hard);
}

/// An OCR with a limit of its own for each page, which the rest of the file does not have to make do with, and cannot use.
struct Timed<'a> {
    ocr: &'a dyn Ocr,
    /// What was used before the file.
    began: u64,
    /// What the file may use beside its pictures, and each of these.
    limits: Limits,
    /// What its pictures used.
    pages: AtomicU64,
}

impl Timed<'_> {
    fn timed<T>(&self, read: impl FnOnce() -> T) -> T {
        let before = used();
        limit_time(before, self.limits.ocr_page_seconds);
        let out = read();
        let pages = self.pages.fetch_add(used() - before, Ordering::Relaxed) + used() - before;
        limit_time(self.began + pages, self.limits.seconds);
        out
    }
}

impl Ocr for Timed<'_> {
    fn page(&self, scan: &Scan<'_>) -> Result<Vec<Seen>, String> {
        self.timed(|| self.ocr.page(scan))
    }

    fn picture_file(&self, bytes: &[u8], page: usize) -> Result<Option<Vec<Seen>>, String> {
        self.timed(|| self.ocr.picture_file(bytes, page))
    }
}

/// No file, no connection, no signal and no socket of others from here on; false where the kernel cannot promise it.
#[cfg(target_os = "linux")]
fn landlock() -> bool {
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
    let restrict = || {
        Ruleset::default()
            .handle_access(AccessFs::from_all(ABI::V6))?
            .handle_access(AccessNet::from_all(ABI::V6))?
            .scope(Scope::from_all(ABI::V6))?
            .create()?
            .restrict_self()
    };
    restrict().is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

#[cfg(not(target_os = "linux"))]
fn landlock() -> bool {
    false
}
