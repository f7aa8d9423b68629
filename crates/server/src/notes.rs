//! What a server keeps of questions if it is told to: those without an answer, and what people say of answers.
//!
//! One line of JSON each, in a file that only its owner may read. [`gaps`] groups questions that want the same thing.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wenbao_answer::Answer;

/// The file's name in the folder of the index.
pub const FILE: &str = "notes.jsonl";
/// A file that has grown to this takes no more.
const LARGEST: u64 = 64 << 20;
/// Wordings of one gap that are shown.
const WORDINGS: usize = 5;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Note {
    /// A question that had no answer.
    Gap {
        /// Seconds since 1970.
        at: u64,
        /// As asked.
        question: String,
        /// Why there was none.
        reason: Option<String>,
        /// What it wants, whatever its wording: topic, places, times.
        wants: String,
    },
    /// What somebody says of an answer.
    Feedback {
        /// Seconds since 1970.
        at: u64,
        /// As asked.
        question: String,
        /// As answered.
        answer: String,
        /// Whether it is right.
        good: bool,
        /// What is wrong with it.
        reason: Option<String>,
    },
}

impl Note {
    /// The gap that an answer leaves, if it leaves one.
    pub fn of(answer: &Answer) -> Option<Self> {
        answer.abstained.then(|| Self::Gap {
            at: now(),
            question: answer.question.clone(),
            reason: answer.reason.clone(),
            wants: wants(answer),
        })
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn wants(answer: &Answer) -> String {
    let read = &answer.interpretation;
    if read.topic.is_empty() {
        return answer.question.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    }
    serde_json::to_string(&(&read.topic, &read.regions, &read.periods, &read.statuses)).unwrap_or_default()
}

/// The file, open to be added to.
pub struct Notes {
    path: PathBuf,
    file: Mutex<File>,
}

impl Notes {
    /// Opens the file, and makes it where there is none.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { path: path.to_path_buf(), file: Mutex::new(options.open(path)?) })
    }

    /// Adds a line, beside the request: nobody waits for it. What cannot be written is said in the log and forgotten.
    pub(crate) fn add(self: &Arc<Self>, note: Note) {
        let notes = Arc::clone(self);
        drop(tokio::task::spawn_blocking(move || {
            if let Err(error) = notes.write(&note) {
                tracing::warn!("a note could not be kept: {error}");
            }
        }));
    }

    fn write(&self, note: &Note) -> io::Result<()> {
        let mut line = serde_json::to_vec(note)?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.metadata()?.len() >= LARGEST {
            return Err(io::Error::other(format!("{} is full; move it away", self.path.display())));
        }
        // In one piece: whoever reads meanwhile sees whole lines.
        file.write_all(&line)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Questions that want the same thing and had no answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Gap {
    /// The last of them.
    pub question: String,
    /// How often.
    pub asked: usize,
    /// When last, in seconds since 1970.
    pub last_at: u64,
    /// Why there was no answer.
    pub reason: Option<String>,
    /// Other wordings, the newest first, at most 5.
    pub wordings: Vec<String>,
}

/// The gaps of a file, the most asked first; none where there is no file.
///
/// # Errors
/// A file that cannot be read.
pub fn gaps(path: &Path) -> io::Result<Vec<Gap>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut found: HashMap<String, Gap> = HashMap::new();
    for line in BufReader::new(file).lines() {
        // A line that is none was written by another version, or by hand.
        let Ok(Note::Gap { at, question, reason, wants }) = serde_json::from_str(&line?) else { continue };
        match found.get_mut(&wants) {
            None => {
                found.insert(wants, Gap { question, asked: 1, last_at: at, reason, wordings: Vec::new() });
            }
            Some(gap) => {
                gap.asked += 1;
                (gap.last_at, gap.reason) = (at, reason);
                let before = std::mem::replace(&mut gap.question, question);
                gap.wordings.retain(|wording| *wording != before && *wording != gap.question);
                if before != gap.question {
                    gap.wordings.insert(0, before);
                    gap.wordings.truncate(WORDINGS);
                }
            }
        }
    }
    let mut gaps: Vec<Gap> = found.into_values().collect();
    gaps.sort_by(|a, b| b.asked.cmp(&a.asked).then(b.last_at.cmp(&a.last_at)).then(a.question.cmp(&b.question)));
    Ok(gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_want_the_same_are_one_gap() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE);
        assert_eq!(gaps(&path).unwrap(), []);
        let notes = Notes::open(&path).unwrap();
        let gap = |at, question: &str, wants: &str| Note::Gap {
            at,
            question: question.into(),
            reason: Some("没有".into()),
            wants: wants.into(),
        };
        for note in
            [gap(1, "甲有多少", "甲"), gap(2, "乙有多少", "乙"), gap(3, "多少个甲", "甲"), gap(4, "甲有多少", "甲")]
        {
            notes.write(&note).unwrap();
        }
        let said = Note::Feedback {
            at: 5,
            question: "丙".into(),
            answer: "3".into(),
            good: false,
            reason: Some("年份".into()),
        };
        notes.write(&said).unwrap();
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"not a note\n").unwrap();
        let found = gaps(&path).unwrap();
        let table: Vec<_> = found.iter().map(|gap| (gap.question.as_str(), gap.asked, gap.last_at)).collect();
        assert_eq!(table, [("甲有多少", 3, 4), ("乙有多少", 1, 2)]);
        assert_eq!(found[0].wordings, ["多少个甲"]);
    }
}
