//! The table of contents of a GGUF file (versions 2 and 3): metadata, and where each tensor lies.
//!
//! A parser of our own, because a damaged file must give a reason and nothing else: no panic, and no allocation that the
//! file's own size does not allow.

use std::{
    collections::{BTreeMap, HashMap},
    io::Read,
};

/// A value of the metadata, as far as anybody here asks for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Text(String),
    /// A truth value or a list.
    Other,
}

/// What the file says of one tensor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Info {
    /// Outermost first; GGUF has it the other way round.
    pub shape: Vec<usize>,
    /// GGML's number of the type.
    pub kind: u32,
    /// Bytes from the start of the tensors.
    pub offset: u64,
}

pub(super) struct Header {
    pub metadata: HashMap<String, Value>,
    pub tensors: BTreeMap<String, Info>,
    /// Where the tensors start, in bytes from the start of the file.
    pub data: u64,
}

/// Tensors lie at multiples of this unless the metadata names another.
const ALIGNMENT: f64 = 32.0;
/// As many as GGML knows.
const MOST_DIMENSIONS: u32 = 4;

impl Header {
    /// Reads the header off the front of a file of `length` bytes.
    pub fn read(file: impl Read, length: u64) -> Result<Self, String> {
        let mut r = Bytes { file, at: 0, length };
        if r.array()? != *b"GGUF" {
            return Err("it is not a GGUF file".into());
        }
        let version = r.u32()?;
        if !(2..=3).contains(&version) {
            return Err(format!("its GGUF version {version} is unknown"));
        }
        let (tensor_count, value_count) = (r.u64()?, r.u64()?);
        let mut metadata = HashMap::new();
        for _ in 0..value_count {
            let key = r.text()?;
            let kind = r.u32()?;
            let value = r.value(kind)?;
            if metadata.insert(key.clone(), value).is_some() {
                return Err(format!("its metadata has {key} twice"));
            }
        }
        let mut tensors = BTreeMap::new();
        for _ in 0..tensor_count {
            let name = r.text()?;
            let dimensions = r.u32()?;
            if dimensions > MOST_DIMENSIONS {
                return Err(format!("tensor {name} has {dimensions} dimensions"));
            }
            let shape = (0..dimensions).map(|_| usize::try_from(r.u64()?).map_err(|e| e.to_string()));
            let mut shape = shape.collect::<Result<Vec<_>, String>>()?;
            shape.reverse();
            let info = Info { shape, kind: r.u32()?, offset: r.u64()? };
            if tensors.insert(name.clone(), info).is_some() {
                return Err(format!("it has tensor {name} twice"));
            }
        }
        let alignment = match metadata.get("general.alignment") {
            None => ALIGNMENT,
            Some(Value::Number(n)) if (1.0..=65536.0).contains(n) => *n,
            Some(_) => return Err("its alignment makes no sense".into()),
        };
        Ok(Self { metadata, tensors, data: r.at.next_multiple_of(alignment as u64) })
    }
}

/// The file from the front; what is asked for is checked against what is left before anything is allocated.
struct Bytes<R> {
    file: R,
    at: u64,
    length: u64,
}

impl<R: Read> Bytes<R> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), String> {
        self.file.read_exact(out).map_err(|e| format!("its header ends too early ({e})"))?;
        self.at += out.len() as u64;
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut out = [0; N];
        self.fill(&mut out)?;
        Ok(out)
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A count of things that take at least `size` bytes each.
    fn count(&mut self, size: u64) -> Result<u64, String> {
        let n = self.u64()?;
        let fits = n.checked_mul(size).is_some_and(|bytes| bytes <= self.length.saturating_sub(self.at));
        if fits { Ok(n) } else { Err("its header asks for more than the file holds".into()) }
    }

    fn text(&mut self) -> Result<String, String> {
        let mut bytes = vec![0; self.count(1)? as usize];
        self.fill(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| "a name in its header is not UTF-8".into())
    }

    fn value(&mut self, kind: u32) -> Result<Value, String> {
        Ok(match kind {
            0 => Value::Number(u8::from_le_bytes(self.array()?).into()),
            1 => Value::Number(i8::from_le_bytes(self.array()?).into()),
            2 => Value::Number(u16::from_le_bytes(self.array()?).into()),
            3 => Value::Number(i16::from_le_bytes(self.array()?).into()),
            4 => Value::Number(u32::from_le_bytes(self.array()?).into()),
            5 => Value::Number(i32::from_le_bytes(self.array()?).into()),
            6 => Value::Number(f32::from_le_bytes(self.array()?).into()),
            7 => {
                self.array::<1>()?;
                Value::Other
            }
            8 => Value::Text(self.text()?),
            9 => {
                let kind = self.u32()?;
                if kind == 9 {
                    return Err("its metadata has a list of lists".into());
                }
                for _ in 0..self.count(1)? {
                    self.value(kind)?;
                }
                Value::Other
            }
            10 => Value::Number(u64::from_le_bytes(self.array()?) as f64),
            11 => Value::Number(i64::from_le_bytes(self.array()?) as f64),
            12 => Value::Number(f64::from_le_bytes(self.array()?)),
            other => return Err(format!("its metadata has a value of the unknown type {other}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{
        Device, Tensor,
        quantized::{GgmlDType, QTensor, gguf_file},
    };

    use super::*;

    /// A small file with every kind of value, as candle writes it.
    fn sample() -> Vec<u8> {
        use gguf_file::Value::*;
        let tensor = Tensor::zeros((3, 32), candle_core::DType::F32, &Device::Cpu).unwrap();
        let tensor = QTensor::quantize(&tensor, GgmlDType::Q4_0).unwrap();
        let values = [
            ("a", U8(1)),
            ("b", I8(-1)),
            ("c", U16(2)),
            ("d", I16(-2)),
            ("e", U32(3)),
            ("f", I32(-3)),
            ("g", U64(4)),
            ("h", I64(-4)),
            ("i", F32(0.5)),
            ("j", F64(0.25)),
            ("k", Bool(true)),
            ("l", gguf_file::Value::String("text".into())),
            ("m", Array(vec![gguf_file::Value::String("x".into()), gguf_file::Value::String("y".into())])),
            ("general.alignment", U32(32)),
        ];
        let values: Vec<_> = values.iter().map(|(k, v)| (*k, v)).collect();
        let mut bytes = std::io::Cursor::new(Vec::new());
        gguf_file::write(&mut bytes, &values, &[("one", &tensor), ("two", &tensor)]).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let bytes = sample();
        let header = Header::read(&bytes[..], bytes.len() as u64).unwrap();
        let number = |key: &str, n: f64| assert_eq!(header.metadata[key], Value::Number(n), "{key}");
        for (key, n) in [("a", 1.0), ("b", -1.0), ("c", 2.0), ("d", -2.0), ("e", 3.0), ("f", -3.0), ("g", 4.0)] {
            number(key, n);
        }
        for (key, n) in [("h", -4.0), ("i", 0.5), ("j", 0.25)] {
            number(key, n);
        }
        assert_eq!(header.metadata["l"], Value::Text("text".into()));
        assert_eq!([&header.metadata["k"], &header.metadata["m"]], [&Value::Other; 2]);
        assert_eq!(header.tensors["two"], Info { shape: vec![3, 32], kind: 2, offset: 64 });
        assert_eq!(header.data, bytes.len() as u64 - 128);
    }

    #[test]
    fn damage_gives_a_reason_and_no_panic() {
        let bytes = sample();
        let end = bytes.len() - 128;
        for cut in 0..end - 32 {
            assert!(Header::read(&bytes[..cut], cut as u64).is_err(), "cut at {cut}");
        }
        for at in 0..end {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                if let Err(reason) = Header::read(&damaged[..], damaged.len() as u64) {
                    assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
                }
            }
        }
    }
}
