//! One file's bytes: of regular files alone, and never more than may be.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes read between two looks at `stop`.
const STEP: usize = 1 << 20;

/// The bytes of a regular file of at most `limit` bytes; else one line that says why not.
pub(crate) fn bytes(path: &Path, limit: u64, stop: &AtomicBool) -> Result<Vec<u8>, String> {
    let unreadable = |e: io::Error| format!("cannot be read: {}", reason(&e));
    // Opening a device can do something: it is asked before, and again of what was opened, which may be another by then.
    regular(fs::metadata(path).map_err(unreadable)?.file_type())?;
    let mut file = open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    regular(metadata.file_type())?;
    let too_large = || format!("is larger than {} MiB: no report is; split it", limit >> 20);
    if metadata.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0).min(STEP));
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err("stopped".to_owned());
        }
        // A file that grows, or of which the system does not know the size, ends at the limit too.
        let got = (&mut file).take(STEP as u64).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        if got == 0 {
            return Ok(bytes);
        }
    }
}

/// Opens without waiting: a pipe that nobody writes to would else be waited for, for ever.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        use nix::fcntl::OFlag;
        options.custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits());
    }
    options.open(path)
}

/// The system's words without its number: "Permission denied (os error 13)" is "Permission denied".
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// Nothing but regular files.
fn regular(kind: FileType) -> Result<(), String> {
    if kind.is_file() { Ok(()) } else { Err(no_file(kind)) }
}

/// What something is that is no file.
pub(crate) fn no_file(kind: FileType) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let name = match kind {
            _ if kind.is_fifo() => "a named pipe",
            _ if kind.is_socket() => "a socket",
            _ if kind.is_char_device() || kind.is_block_device() => "a device",
            _ if kind.is_dir() => "a folder",
            _ => "something else",
        };
        format!("is {name}, not a file: only files are read")
    }
    #[cfg(not(unix))]
    {
        let _ = kind;
        "is not a file: only files are read".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static GO: AtomicBool = AtomicBool::new(false);

    #[test]
    fn a_file_ends_at_the_limit_whatever_its_size_is_said_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, vec![b'x'; 2000]).unwrap();
        assert_eq!(bytes(&path, 2000, &GO).unwrap().len(), 2000);
        assert!(bytes(&path, 1999, &GO).unwrap_err().contains("larger than"));
        // The system says 0 bytes of its own files.
        if cfg!(target_os = "linux") {
            assert!(bytes(Path::new("/proc/self/maps"), 100, &GO).unwrap_err().contains("larger than"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_pipes_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let (zero, pipe) = (folder.path().join("zero"), folder.path().join("pipe"));
        std::os::unix::fs::symlink("/dev/zero", &zero).unwrap();
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(bytes(&zero, 100, &GO).unwrap_err(), "is a device, not a file: only files are read");
        assert_eq!(bytes(&pipe, 100, &GO).unwrap_err(), "is a named pipe, not a file: only files are read");
        // And where it became one between the question and the opening.
        assert!(open(&pipe).unwrap().metadata().is_ok_and(|m| !m.is_file()));
        assert!(bytes(folder.path(), 100, &GO).unwrap_err().contains("a folder"));
    }
}
