//! A segment's folder: `places`, `passages`, `sentences` and `lexical`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::columns::{Attributes, Columns, Regions};
use super::lexical::Lexical;
use super::pack::Pack;
use super::{Builder, Places, Segment};
use crate::graph::{self, Flat};
use crate::{Error, Result};

/// From so many vectors on a graph is built; fewer are compared one by one in less time than a walk takes.
pub(crate) const GRAPH_FROM: usize = 10_000;
/// Segments up to this size are checked in full when they are opened: it takes a few milliseconds.
const CHECKED_AT_ONCE: u64 = 32 << 20;

const MAGIC: &[u8; 8] = b"wenbaoPL";
const NAMES: [&str; 4] = ["places", "passages", "sentences", "lexical"];

impl Builder {
    /// Writes the segment into a new folder and makes it durable; false if told to stop before that, with the folder as
    /// it was then.
    pub fn write(self, folder: &Path, stop: &AtomicBool) -> Result<bool> {
        fs::create_dir_all(folder).map_err(Error::file("writing", folder))?;
        let lexical = self.lexical.finish_packed()?;
        let save = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            let written = File::create(&path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
            written.map_err(Error::file("writing", &path))
        };
        save("lexical", &lexical)?;
        drop(lexical);
        save("places", &self.places.encode())?;
        for (name, rows) in [("passages", self.passages), ("sentences", self.sentences)] {
            let path = folder.join(name);
            let Some(flat) = flat(self.dimensions, &rows, stop) else { return Ok(false) };
            flat.write(&path).map_err(Error::file("writing", &path))?;
        }
        sync_folder(folder)?;
        Ok(true)
    }
}

fn flat(dimensions: usize, rows: &[f32], stop: &AtomicBool) -> Option<Flat> {
    if rows.len() < GRAPH_FROM * dimensions {
        Some(Flat::in_memory(dimensions, rows))
    } else {
        Some(graph::build_unless(dimensions, rows, &graph::Options::default(), stop)?.0)
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    // Only Unix can open a folder to sync it; elsewhere the file system's journal has to do.
    if cfg!(unix) {
        File::open(folder).and_then(|f| f.sync_all()).map_err(Error::file("syncing the folder", folder))?;
    }
    Ok(())
}

impl Segment {
    /// Opens a segment's folder.
    ///
    /// # Errors
    /// A line that says what is wrong with it.
    pub fn open(folder: &Path, name: &str, dimensions: usize) -> Result<Self, String> {
        let at = |file: &str| folder.join(file);
        let said = |file: &str| {
            let file = at(file);
            move |e: &dyn std::fmt::Display| format!("{}: {e}", file.display())
        };
        let places = fs::read(at("places")).and_then(|b| Places::decode(&b)).map_err(|e| said("places")(&e))?;
        let passages = Flat::open(&at("passages")).map_err(|e| said("passages")(&e))?;
        let sentences = Flat::open(&at("sentences")).map_err(|e| said("sentences")(&e))?;
        for (file, flat, count) in
            [("passages", &passages, places.rows.len()), ("sentences", &sentences, places.parents.len())]
        {
            if flat.len() != count || flat.dimensions() != dimensions {
                let found =
                    format!("{} vectors of {} components, not {count} of {dimensions}", flat.len(), flat.dimensions());
                return Err(said(file)(&found));
            }
        }
        let pack = Pack::open(&at("lexical")).map_err(|e| said("lexical")(&e))?;
        let counts = [places.rows.len() as u32, places.parents.len() as u32];
        let lexical = Lexical::open(pack, counts).map_err(|e| said("lexical")(&e))?;
        let segment = Self { name: Some(name.to_owned()), places, passages, sentences, lexical };
        if size(folder) <= CHECKED_AT_ONCE {
            segment.check(folder)?;
        }
        Ok(segment)
    }

    /// Compares all files with their checksums.
    ///
    /// # Errors
    /// A line that names the file and what is wrong with it.
    pub fn check(&self, folder: &Path) -> Result<(), String> {
        let said = |file: &str, what: String| format!("{}: {what}", folder.join(file).display());
        self.passages.verify().map_err(|e| said("passages", e))?;
        self.sentences.verify().map_err(|e| said("sentences", e))?;
        Pack::open(&folder.join("lexical")).map(drop).map_err(|e| said("lexical", e.to_string()))
    }
}

/// Bytes of a segment's files.
pub(crate) fn size(folder: &Path) -> u64 {
    NAMES.iter().filter_map(|name| fs::metadata(folder.join(name)).ok()).map(|m| m.len()).sum()
}

impl Places {
    fn encode(&self) -> Vec<u8> {
        let regions = serde_json::to_vec(&self.attributes.regions).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        for number in
            [self.range.start, self.range.end, self.rows.len() as u32, self.parents.len() as u32, regions.len() as u32]
        {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend_from_slice(bytemuck::cast_slice(&self.rows));
        bytes.extend_from_slice(bytemuck::cast_slice(&self.first_sentences));
        for columns in [&self.attributes.passages, &self.attributes.sentences] {
            let (years, statuses, regions) = columns.parts();
            bytes.extend_from_slice(bytemuck::cast_slice(&years));
            bytes.extend_from_slice(bytemuck::cast_slice(regions));
            bytes.extend_from_slice(statuses);
        }
        bytes.extend(regions);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> io::Result<Self> {
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let (body, sum) = bytes.split_last_chunk::<4>().ok_or_else(|| bad("it is cut off"))?;
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
            return Err(bad("it differs from its checksum"));
        }
        let mut rest = body.strip_prefix(MAGIC).ok_or_else(|| bad("not a list of places"))?;
        let mut take = |count: usize| -> io::Result<&[u8]> {
            let (head, tail) = rest.split_at_checked(count).ok_or_else(|| bad("it is cut off"))?;
            rest = tail;
            Ok(head)
        };
        let header: Vec<u32> = words(take(20)?);
        let (passages, sentences) = (header[2] as usize, header[3] as usize);
        let rows = words(take(4 * passages)?);
        let first_sentences: Vec<u32> = words(take(4 * (passages + 1))?);
        let mut columns = |count: usize| -> io::Result<Columns> {
            let years: Vec<i16> = take(4 * count)?.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
            let regions = take(2 * count)?.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
            Ok(Columns::from_parts(&years, take(count)?.to_vec(), regions))
        };
        let (of_passages, of_sentences) = (columns(passages)?, columns(sentences)?);
        let regions: Regions = serde_json::from_slice(take(header[4] as usize)?)?;
        let mut parents = Vec::with_capacity(sentences);
        for (passage, bounds) in first_sentences.windows(2).enumerate() {
            let count = bounds[1].checked_sub(bounds[0]).ok_or_else(|| bad("its sentences are out of order"))?;
            parents.extend(std::iter::repeat_n(passage as u32, count as usize));
        }
        if parents.len() != sentences || !rows.is_sorted() {
            return Err(bad("its counts do not agree"));
        }
        let attributes = Attributes { passages: of_passages, sentences: of_sentences, regions };
        Ok(Self { range: header[0]..header[1], rows, first_sentences, parents, attributes })
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}
