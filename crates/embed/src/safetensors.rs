//! Weights of safetensors files, read tensor by tensor: nothing is mapped, and no file lies in memory beside its tensors.
//!
//! Layout: u64 length of a JSON header, the header (name -> dtype, shape, data_offsets), the tensors' bytes.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Read},
    path::Path,
    str::FromStr,
};

use candle_core::{DType, Device, Tensor};
use serde::Deserialize;
use serde_json::Value;

use crate::Error;

/// Headers are some kilobytes; what is longer is not one.
const LONGEST_HEADER: u64 = 100 << 20;

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    /// Where its bytes begin and end, from the end of the header.
    data_offsets: (u64, u64),
}

/// Adds all tensors of a file to `tensors`.
pub(crate) fn load(path: &Path, tensors: &mut HashMap<String, Tensor>) -> Result<(), Error> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let length = file.metadata().map_err(Error::io("read", path))?.len();
    let mut file = BufReader::with_capacity(1 << 20, file);
    let bad = |reason: String| Error::load(path, reason);
    let mut size = [0; 8];
    file.read_exact(&mut size).map_err(|e| bad(format!("it has no header ({e})")))?;
    let size = u64::from_le_bytes(size);
    if size > LONGEST_HEADER || size > length.saturating_sub(8) {
        return Err(bad("its header does not lie inside the file".into()));
    }
    let mut header = vec![0; size as usize];
    file.read_exact(&mut header).map_err(Error::io("read", path))?;
    let header: HashMap<String, Value> = serde_json::from_slice(&header).map_err(|e| Error::load(path, e))?;
    let mut entries = Vec::with_capacity(header.len());
    for (name, value) in header.into_iter().filter(|(name, _)| name != "__metadata__") {
        let entry: Entry = serde_json::from_value(value).map_err(|e| bad(format!("tensor {name}: {e}")))?;
        entries.push((name, entry));
    }
    // In the order of the file, which has no gaps, so that it is read once from front to end.
    entries.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut at = 0;
    for (name, Entry { dtype, shape, data_offsets: (start, end) }) in entries {
        if start != at || end < start || end > length - 8 - size {
            return Err(bad(format!("tensor {name} does not lie where it should")));
        }
        let dtype = DType::from_str(&dtype.to_lowercase()).map_err(|_| bad(format!("tensor {name} is {dtype}")))?;
        let elements = shape.iter().try_fold(1u64, |product, &n| product.checked_mul(n as u64));
        if elements.and_then(|n| n.checked_mul(dtype.size_in_bytes() as u64)) != Some(end - start) {
            return Err(bad(format!("tensor {name} has the wrong size")));
        }
        let mut bytes = vec![0; (end - start) as usize];
        file.read_exact(&mut bytes).map_err(|e| bad(format!("tensor {name} cannot be read ({e})")))?;
        at = end;
        let tensor = Tensor::from_raw_buffer(&bytes, dtype, &shape, &Device::Cpu).map_err(|e| Error::load(path, e))?;
        tensors.insert(name, tensor);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_candle_writes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.safetensors");
        let a = Tensor::from_vec(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], (2, 3), &Device::Cpu).unwrap();
        let b = a.to_dtype(DType::F16).unwrap();
        let c = a.to_dtype(DType::I64).unwrap();
        let written = HashMap::from([("a", a), ("b", b), ("c", c)]);
        candle_core::safetensors::save(&written, &path).unwrap();
        let mut found = HashMap::new();
        load(&path, &mut found).unwrap();
        assert_eq!(found.len(), 3);
        for (name, tensor) in written {
            let found = &found[name];
            assert_eq!((found.dtype(), found.dims()), (tensor.dtype(), tensor.dims()));
            let numbers = |t: &Tensor| t.to_dtype(DType::F32).unwrap().to_vec2::<f32>().unwrap();
            assert_eq!(numbers(found), numbers(&tensor));
        }
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.safetensors");
        let tensor = Tensor::zeros((2, 3), DType::F32, &Device::Cpu).unwrap();
        candle_core::safetensors::save(&HashMap::from([("a", tensor.clone()), ("b", tensor)]), &path).unwrap();
        let good = std::fs::read(&path).unwrap();
        let header = good.len() - 48;
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            load(&path, &mut HashMap::new()).err().map(|e| e.to_string())
        };
        for cut in 0..good.len() {
            let reason = refused(&good[..cut]).unwrap_or_default();
            assert!(reason.starts_with("cannot load ") && reason.lines().count() == 1, "cut at {cut}: {reason}");
        }
        for at in 0..header {
            for bit in 0..8 {
                let mut damaged = good.clone();
                damaged[at] ^= 1 << bit;
                // A name may change unseen; whoever asks for the tensor notices.
                refused(&damaged);
            }
        }
    }
}
