//! What the machine has left.

use std::path::Path;

/// Processor and system.
pub(crate) const NAME: &str = if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
    "x86-64 Linux"
} else if cfg!(all(target_arch = "aarch64", target_os = "linux")) {
    "64-bit ARM Linux"
} else {
    std::env::consts::OS
};

/// Bytes that this user may still write where `folder` is or would come to lie; none where the system does not tell.
pub(crate) fn disk_left(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    let there = folder.ancestors().find(|folder| folder.exists())?;
    #[cfg(unix)]
    {
        let found = nix::sys::statvfs::statvfs(there).ok()?;
        Some((found.blocks_available() as u64).saturating_mul(found.fragment_size() as u64))
    }
    #[cfg(not(unix))]
    {
        let _ = there;
        None
    }
}

/// Bytes of memory that a program can still get: of the machine, or of the container if that has less; none where the system
/// does not tell.
pub(crate) fn memory_left() -> Option<u64> {
    let number = |path: &str| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text))?;
    let container = match (number("/sys/fs/cgroup/memory.max"), number("/sys/fs/cgroup/memory.current")) {
        (Some(most), Some(taken)) => most.saturating_sub(taken),
        _ => u64::MAX,
    };
    Some(machine.min(container))
}

/// The line "MemAvailable:   12345 kB" of /proc/meminfo, in bytes.
fn available(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_kilobytes_and_nonsense_is_none() {
        assert_eq!(available("MemTotal: 9 kB\nMemAvailable:   2048 kB\n"), Some(2 << 20));
        for text in ["", "MemAvailable: many kB", "MemAvailable:", "MemAvailable: 99999999999999999999 kB"] {
            assert_eq!(available(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_yet_has_the_room_of_its_parent() {
        if cfg!(unix) {
            assert!(disk_left(&std::env::temp_dir().join("wenbao-no-such-folder/below")).is_some());
        }
    }
}
