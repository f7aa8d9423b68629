//! What parent and child say to each other: frames of a length (eight bytes, little-endian) and that many bytes.
//!
//! The child begins with a [`Hello`]. Then the parent sends a [`Request`] as JSON and, in a frame of its own, the file's
//! bytes; the child answers with a [`Reply`] as JSON; and so on until the parent closes the pipe.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use wenbao_report::Limits;

use crate::reader::Part;

/// No frame is longer: a child that sends more is broken.
pub(crate) const MAX_FRAME: u64 = 512 << 20;
/// Bytes of a length.
pub(crate) const LENGTH: usize = 8;

/// What the child begins with.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// Whether its memory is limited.
    pub memory: bool,
    /// Whether it can open no file and no connection.
    pub landlock: bool,
}

/// A file to read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Its name, which helps where the content does not say the format.
    pub name: Option<String>,
    /// How much of it is read.
    pub limits: Limits,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// It was read: its documents.
    Documents(Vec<Part>),
    /// It was not, and why.
    Problem(String),
}

/// The head of a frame.
pub(crate) fn length(bytes: &[u8]) -> [u8; LENGTH] {
    (bytes.len() as u64).to_le_bytes()
}

/// Writes one frame.
pub(crate) fn send(output: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    output.write_all(&length(bytes))?;
    output.write_all(bytes)
}

/// Reads one frame; `None` where the other side has closed the pipe.
pub(crate) fn receive(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; LENGTH];
    match input.read_exact(&mut head) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e),
    }
    let length = u64::from_le_bytes(head);
    if length > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(Some(bytes)) } else { Ok(None) }
}
