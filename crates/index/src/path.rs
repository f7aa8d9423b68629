//! Paths as text: the truth keeps text, and a file's name may be any bytes.

use std::path::{Path, PathBuf};

/// Stands before the two hex digits of a byte that is no text, and before itself.
const MARK: char = '\u{fffd}';

/// A path as text: itself, where it is text; a byte that is not becomes the replacement character and its two hex digits. So
/// no two paths have the same text. `报\xff.txt` is `报\u{fffd}ff.txt`.
pub fn path_text(path: &Path) -> String {
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            out.push(c);
            if c == MARK {
                out.push(MARK);
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("{MARK}{byte:02x}"));
        }
    }
    out
}

/// The path of a text that [`path_text`] made.
#[cfg(unix)]
pub fn text_path(text: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(MARK) {
        bytes.extend_from_slice(before.as_bytes());
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = match (byte, after.strip_prefix(MARK)) {
            (Some(byte), _) => {
                bytes.push(byte);
                &after[2..]
            }
            (None, after_mark) => {
                bytes.extend_from_slice(MARK.encode_utf8(&mut [0; 4]).as_bytes());
                after_mark.unwrap_or(after)
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    std::ffi::OsString::from_vec(bytes).into()
}

/// The path of a text that [`path_text`] made.
#[cfg(not(unix))]
pub fn text_path(text: &str) -> PathBuf {
    PathBuf::from(text)
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn a_name_of_any_bytes_has_a_text_of_its_own_and_comes_back() {
        let names: [&[u8]; 6] =
            [b"a.txt", "报告.txt".as_bytes(), b"a\xff.txt", b"a\xfe.txt", "a\u{fffd}ff.txt".as_bytes(), b"\xe6\x8a"];
        let mut texts = std::collections::HashSet::new();
        for name in names {
            let path = Path::new(OsStr::from_bytes(name));
            let text = path_text(path);
            assert_eq!(text_path(&text), path, "{text}");
            assert!(texts.insert(text));
        }
        assert_eq!(path_text(Path::new("报告.txt")), "报告.txt");
    }
}
