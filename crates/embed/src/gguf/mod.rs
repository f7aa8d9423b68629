//! A GGUF file whose tensors are read on demand; Q4_0 and Q8_0 rows are expanded.
//!
//! Nothing is mapped: a mapped file that somebody cuts while it is in use ends the process with SIGBUS, a read of it gives
//! an error. What that costs, measured with multilingual-e5-small (67 MB, 54 of them the word table) on two virtual cores
//! where page faults are dear: reading the whole file 60 to 90 ms at every start, and 67 MB of memory of each process's own.
//! Reading the layers at the start and the word table's rows when a text needs them 3 to 5 ms at the start (15 ms without),
//! no memory, and 1 µs a token, where computing it takes about 200.

mod header;

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use header::{Header, Info, Value};

use crate::Error;

/// Weights in one block of Q4_0 or Q8_0.
pub(crate) const BLOCK: usize = 32;
/// Bytes of one Q4_0 block: an f16 scale and 32 nibbles, element i in the low half of byte i, element i + 16 in the high half.
pub(crate) const Q4_BYTES: usize = 18;
/// Bytes of one Q8_0 block: an f16 scale and 32 signed bytes.
pub(crate) const Q8_BYTES: usize = 34;

/// How a tensor's numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    F32,
    Q4_0,
    Q8_0,
}

impl Kind {
    /// Bytes of `elements` numbers; none when they do not fill their blocks or are too many.
    fn bytes(self, elements: usize) -> Option<usize> {
        let (block, bytes) = match self {
            Self::F32 => (1, 4),
            Self::Q4_0 => (BLOCK, Q4_BYTES),
            Self::Q8_0 => (BLOCK, Q8_BYTES),
        };
        if elements.is_multiple_of(block) { (elements / block).checked_mul(bytes) } else { None }
    }
}

/// An open GGUF file and its table of contents.
pub(crate) struct Gguf {
    path: PathBuf,
    source: Source,
    length: u64,
    header: Header,
}

enum Source {
    /// Read where it lies, tensor by tensor or row by row.
    File(File),
    /// Read as a whole when it was opened.
    Memory(Vec<u8>),
}

/// One tensor of a file. `shape` is outermost first, as candle has it.
#[derive(Debug, Clone)]
pub(crate) struct TensorView {
    pub name: String,
    pub shape: Vec<usize>,
    pub kind: Kind,
    /// Bytes from the start of the file.
    start: u64,
    length: usize,
}

#[cfg(test)]
impl TensorView {
    /// Bytes from the start of the file.
    pub fn start(&self) -> u64 {
        self.start
    }
}

impl Gguf {
    /// Opens the file and reads its header; tensors are read when they are asked for.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        let header = Header::read(BufReader::new(&file), length).map_err(|reason| Error::load(path, reason))?;
        Ok(Self { path: path.to_path_buf(), source: Source::File(file), length, header })
    }

    /// The same with the whole file in memory: what was checked is what is used.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        let length = bytes.len() as u64;
        let header = Header::read(&bytes[..], length).map_err(|reason| Error::load(path, reason))?;
        Ok(Self { path: path.to_path_buf(), source: Source::Memory(bytes), length, header })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number of the metadata.
    pub fn number(&self, key: &str) -> Option<f64> {
        match self.header.metadata.get(key)? {
            Value::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// A string of the metadata.
    pub fn string(&self, key: &str) -> Option<&str> {
        match self.header.metadata.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// All tensors' names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.header.tensors.keys().map(String::as_str)
    }

    /// Where the tensor `name` lies; the reason when it is missing, of an unused type or outside the file.
    pub fn tensor(&self, name: &str) -> Result<TensorView, String> {
        let Info { shape, kind, offset } =
            self.header.tensors.get(name).ok_or_else(|| format!("it has no tensor {name}"))?;
        let kind = match kind {
            0 => Kind::F32,
            2 => Kind::Q4_0,
            8 => Kind::Q8_0,
            other => return Err(format!("tensor {name} has type {other}, only F32, Q4_0 and Q8_0 are known")),
        };
        let elements = shape.iter().try_fold(1usize, |product, n| product.checked_mul(*n));
        let range = elements.and_then(|elements| kind.bytes(elements)).and_then(|length| {
            let start = self.header.data.checked_add(*offset)?;
            (start.checked_add(length as u64)? <= self.length).then_some((start, length))
        });
        let (start, length) = range.ok_or_else(|| format!("tensor {name} does not lie inside the file"))?;
        Ok(TensorView { name: name.to_owned(), shape: shape.clone(), kind, start, length })
    }

    /// The same for a tensor that must have this shape.
    pub fn shaped(&self, name: &str, shape: &[usize]) -> Result<TensorView, String> {
        let view = self.tensor(name)?;
        if view.shape == shape {
            Ok(view)
        } else {
            Err(format!("tensor {name} has shape {:?}, not {shape:?}", view.shape))
        }
    }

    /// The raw bytes of a tensor: where they lie in memory, else read into `buffer`.
    pub fn bytes<'a>(&'a self, view: &TensorView, buffer: &'a mut Vec<u8>) -> Result<&'a [u8], String> {
        match &self.source {
            Source::Memory(bytes) => {
                let start = view.start as usize;
                let found = bytes.get(start..start + view.length);
                found.ok_or_else(|| format!("tensor {} does not lie inside the file", view.name))
            }
            Source::File(_) => {
                buffer.resize(view.length, 0);
                self.read(view, 0, buffer)?;
                Ok(buffer)
            }
        }
    }

    /// A tensor of this shape as f32.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let view = self.shaped(name, shape)?;
        let mut out = vec![0.0; shape.iter().product()];
        expand_into(self.bytes(&view, &mut Vec::new())?, view.kind, &mut out);
        Ok(out)
    }

    /// Row `row` of a matrix (`rows x out.len()`) as f32. The caller checked `row` and the width against the shape;
    /// `buffer` saves allocations.
    pub fn expand_row(
        &self,
        view: &TensorView,
        row: usize,
        buffer: &mut Vec<u8>,
        out: &mut [f32],
    ) -> Result<(), String> {
        let stride = view.kind.bytes(out.len()).unwrap_or(0);
        buffer.resize(stride, 0);
        self.read(view, row * stride, buffer)?;
        expand_into(buffer, view.kind, out);
        Ok(())
    }

    /// Bytes of a tensor from `offset` on.
    fn read(&self, view: &TensorView, offset: usize, out: &mut [u8]) -> Result<(), String> {
        let bad = |reason: &dyn std::fmt::Display| format!("cannot read tensor {} ({reason})", view.name);
        if offset.checked_add(out.len()).is_none_or(|end| end > view.length) {
            return Err(bad(&"outside of it"));
        }
        let start = view.start + offset as u64;
        match &self.source {
            Source::File(file) => read_at(file, out, start).map_err(|e| bad(&e)),
            Source::Memory(bytes) => {
                out.copy_from_slice(&bytes[start as usize..start as usize + out.len()]);
                Ok(())
            }
        }
    }
}

/// Fills `out` from position `start` of the file, whoever else reads it.
#[cfg(unix)]
fn read_at(file: &File, out: &mut [u8], start: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, start)
}

/// Fills `out` from position `start` of the file, whoever else reads it.
#[cfg(windows)]
fn read_at(file: &File, mut out: &mut [u8], mut start: u64) -> std::io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, start)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            n => {
                out = &mut out[n..];
                start += n as u64;
            }
        }
    }
    Ok(())
}

fn expand_into(bytes: &[u8], kind: Kind, out: &mut [f32]) {
    let scale = |block: &[u8]| half::f16::from_le_bytes([block[0], block[1]]).to_f32();
    match kind {
        Kind::F32 => {
            for (b, out) in bytes.chunks_exact(4).zip(out) {
                *out = f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            }
        }
        Kind::Q4_0 => {
            for (block, out) in bytes.chunks_exact(Q4_BYTES).zip(out.chunks_exact_mut(BLOCK)) {
                let scale = scale(block);
                let (low, high) = out.split_at_mut(BLOCK / 2);
                for ((&nibbles, low), high) in block[2..].iter().zip(low).zip(high) {
                    *low = (f32::from(nibbles & 15) - 8.0) * scale;
                    *high = (f32::from(nibbles >> 4) - 8.0) * scale;
                }
            }
        }
        Kind::Q8_0 => {
            for (block, out) in bytes.chunks_exact(Q8_BYTES).zip(out.chunks_exact_mut(BLOCK)) {
                let scale = scale(block);
                for (&step, out) in block[2..].iter().zip(out) {
                    *out = f32::from(step as i8) * scale;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{
        Device, Tensor,
        quantized::{GgmlDType, QTensor, gguf_file},
    };

    use super::*;

    /// A file with one tensor `name`, 2 x 64 of the type, and what candle makes of it.
    fn sample(path: &Path, dtype: GgmlDType) -> Vec<f32> {
        let values: Vec<f32> = (0..128).map(|i| (i as f32 * 0.7).sin()).collect();
        let tensor = Tensor::from_vec(values, (2, 64), &Device::Cpu).unwrap();
        let q = QTensor::quantize(&tensor, dtype).unwrap();
        gguf_file::write(&mut File::create(path).unwrap(), &[], &[("name", &q)]).unwrap();
        q.dequantize(&Device::Cpu).unwrap().flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn expands_as_candle_does_from_file_and_memory() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.gguf");
        for dtype in [GgmlDType::F32, GgmlDType::Q4_0, GgmlDType::Q8_0] {
            let expected = sample(&path, dtype);
            for gguf in [Gguf::open(&path).unwrap(), Gguf::load(&path).unwrap()] {
                assert_eq!(gguf.floats("name", &[2, 64]).unwrap(), expected);
                let (mut row, view) = (vec![0.0; 64], gguf.tensor("name").unwrap());
                gguf.expand_row(&view, 1, &mut Vec::new(), &mut row).unwrap();
                assert_eq!(row, expected[64..]);
                assert!(gguf.expand_row(&view, 2, &mut Vec::new(), &mut row).is_err());
                assert!(gguf.floats("name", &[64, 2]).unwrap_err().contains("shape"));
                assert!(gguf.tensor("other").unwrap_err().contains("no tensor other"));
            }
        }
    }

    #[test]
    fn a_file_that_is_cut_while_it_is_in_use_gives_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.gguf");
        sample(&path, GgmlDType::Q4_0);
        let gguf = Gguf::open(&path).unwrap();
        let view = gguf.tensor("name").unwrap();
        File::options().write(true).open(&path).unwrap().set_len(100).unwrap();
        let reason = gguf.expand_row(&view, 1, &mut Vec::new(), &mut [0.0; 64]).unwrap_err();
        assert!(reason.starts_with("cannot read tensor name ("), "{reason}");
        assert!(Gguf::open(&path).unwrap().tensor("name").is_err());
    }
}
