//! API keys: who may read, who may write.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::AccessError;

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Asking, searching, looking at documents.
    Read,
    /// That, and changing what is in the index.
    Write,
}

/// Shortest key: shorter ones can be guessed.
const SHORTEST: usize = 16;

/// Longest name of a key.
const LONGEST_NAME: usize = 64;

/// What the log calls a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyName(pub Arc<str>);

/// The keys, as their hashes: the keys themselves are forgotten once read.
#[derive(Default, Clone)]
pub struct Keys {
    keys: Vec<Known>,
}

#[derive(Clone)]
struct Known {
    hash: [u8; 32],
    role: Role,
    name: Option<Arc<str>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.keys.len())
    }
}

impl Keys {
    /// Reads keys, one a line or separated by commas: "read KEY" or "write KEY" (a colon between them is fine), each with a name
    /// behind it for the log or without: "read KEY intranet". "#" begins a comment line.
    ///
    /// # Errors
    /// A line that says something else. The message never shows a key.
    pub fn parse(text: &str, source_name: &str) -> Result<Self, AccessError> {
        let mut keys = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.starts_with('#') {
                continue;
            }
            for entry in line.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                let problem = |problem: &str| AccessError::Keys {
                    source_name: source_name.to_owned(),
                    line: n + 1,
                    problem: problem.to_owned(),
                };
                let (role, key) =
                    entry.split_once([' ', '\t', ':']).ok_or_else(|| problem("there is no role before the key"))?;
                let role = match role.trim() {
                    "read" => Role::Read,
                    "write" => Role::Write,
                    _ => return Err(problem("the role is neither read nor write")),
                };
                let mut words = key.split_whitespace();
                let (key, name) = (words.next().unwrap_or_default(), words.next());
                if words.next().is_some() {
                    return Err(problem("there is more than a role, a key and its name"));
                }
                if name.is_some_and(|name| !is_name(name)) {
                    return Err(problem(
                        "the key's name has other characters than letters, digits, \"-\", \"_\" and \".\", or too many",
                    ));
                }
                if key.chars().count() < SHORTEST {
                    return Err(problem("the key is too short"));
                }
                if !key.chars().all(|c| c.is_ascii_graphic()) {
                    return Err(problem("the key has characters that no header can carry"));
                }
                keys.push(Known { hash: hash(key), role, name: name.map(Into::into) });
            }
        }
        Ok(Self { keys })
    }

    /// Reads a file of keys.
    ///
    /// # Errors
    /// A file that cannot be read, or holds no key: a server that was meant to be closed must not start open.
    pub fn read(path: &Path) -> Result<Self, AccessError> {
        let name = path.display().to_string();
        let failed = |problem: String| AccessError::File { path: name.clone(), problem };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let keys = Self::parse(&text, &name)?;
        if keys.is_empty() { Err(failed("it holds no key".into())) } else { Ok(keys) }
    }

    /// Whether there are none, so that no request needs one.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The number of a key, and what it allows; `None` for one that is not ours. All keys are compared, each in constant time, so that the time
    /// taken tells nothing of them.
    pub(crate) fn find(&self, key: &str) -> Option<(usize, Role)> {
        let given = hash(key);
        let mut found = None;
        for (number, known) in self.keys.iter().enumerate() {
            // One that is listed twice has the wider of its roles.
            if bool::from(known.hash.ct_eq(&given)) && found.is_none_or(|(_, other)| known.role > other) {
                found = Some((number, known.role));
            }
        }
        found
    }

    /// The name of a key by its number.
    pub(crate) fn name(&self, number: usize) -> Option<Arc<str>> {
        self.keys.get(number)?.name.clone()
    }

    /// Something that only those who know all keys know; `None` without keys.
    pub(crate) fn seed(&self) -> Option<[u8; 32]> {
        let mut all = Sha256::new();
        self.keys.iter().for_each(|key| all.update(key.hash));
        (!self.keys.is_empty()).then(|| all.finalize().into())
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_roles_and_what_is_wrong_is_told_without_the_key() {
        let keys =
            Keys::parse("# ours\nread abcdefghijklmnop\nwrite:0123456789abcdef intranet, read 0123456789abcdef\n", "f")
                .unwrap();
        assert_eq!(keys.find("abcdefghijklmnop"), Some((0, Role::Read)));
        assert_eq!(keys.find("0123456789abcdef"), Some((1, Role::Write)));
        assert_eq!((keys.name(0), keys.name(1).as_deref()), (None, Some("intranet")));
        assert_eq!(keys.find("abcdefghijklmno"), None);
        assert!(Keys::parse("", "f").unwrap().is_empty());
        for (text, says) in [
            ("abcdefghijklmnop", "no role"),
            ("admin abcdefghijklmnop", "neither"),
            ("read secret", "too short"),
            ("read secret-secret-secret two words", "more than"),
            ("read secret-secret-secret a/b", "name"),
            ("read 秘密秘密秘密秘密秘密秘密秘密秘密", "no header"),
        ] {
            let message = Keys::parse(text, "f").unwrap_err().to_string();
            assert!(message.contains(says) && message.contains("f, line 1"), "{text}: {message}");
            assert!(!message.contains("secret") && !message.contains("abcdefghijklmnop"), "{message}");
        }
    }
}
