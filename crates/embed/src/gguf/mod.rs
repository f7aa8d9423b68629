//! A GGUF file, memory-mapped: tensors are read where they lie, Q4_0 rows are expanded on demand.

use std::{fs::File, io::Cursor, ops::Range, path::Path};

use candle_core::quantized::{GgmlDType, gguf_file};
use memmap2::Mmap;

use crate::Error;

/// Weights in one Q4_0 block.
pub(crate) const Q4_BLOCK: usize = 32;
/// Bytes of one Q4_0 block: an f16 scale and 32 nibbles, element i in the low half of byte i, element i + 16 in the high half.
pub(crate) const Q4_BYTES: usize = 18;

/// A mapped GGUF file and its table of contents.
pub(crate) struct Gguf {
    map: Mmap,
    content: gguf_file::Content,
}

/// One tensor of a mapped file. `shape` is outermost first, as candle has it.
#[derive(Clone)]
pub(crate) struct TensorView {
    pub shape: Vec<usize>,
    pub dtype: GgmlDType,
    pub bytes: Range<usize>,
}

impl Gguf {
    /// Maps the file and reads its header; the tensors' ranges are checked when they are asked for.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        // SAFETY: the map is only read. Model files are written once and put in place by a rename, nothing of ours changes
        // them afterwards; a foreign process that truncates the file under us would stop this process with SIGBUS, as it
        // would any program that maps its data.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
        let content = gguf_file::Content::read(&mut Cursor::new(&map[..])).map_err(|e| Error::load(path, e))?;
        Ok(Self { map, content })
    }

    /// A number of the metadata.
    pub fn number(&self, key: &str) -> Option<f64> {
        match self.content.metadata.get(key)? {
            gguf_file::Value::F32(v) => Some(f64::from(*v)),
            gguf_file::Value::F64(v) => Some(*v),
            other => other.to_u64().ok().map(|v| v as f64),
        }
    }

    /// A string of the metadata.
    pub fn string(&self, key: &str) -> Option<&str> {
        self.content.metadata.get(key)?.to_string().ok().map(String::as_str)
    }

    /// Where the tensor `name` lies; the reason when it is missing, of an unused type or outside the file.
    pub fn tensor(&self, name: &str) -> Result<TensorView, String> {
        let info = self.content.tensor_infos.get(name).ok_or_else(|| format!("it has no tensor {name}"))?;
        let elements = info.shape.elem_count();
        let bytes = match info.ggml_dtype {
            GgmlDType::F32 => elements.checked_mul(4),
            GgmlDType::Q4_0 if elements.is_multiple_of(Q4_BLOCK) => (elements / Q4_BLOCK).checked_mul(Q4_BYTES),
            other => {
                return Err(format!("tensor {name} is {other:?}, only F32 and Q4_0 are known"));
            }
        };
        let range = bytes.and_then(|bytes| {
            let start = usize::try_from(self.content.tensor_data_offset.checked_add(info.offset)?).ok()?;
            let end = start.checked_add(bytes)?;
            (end <= self.map.len()).then_some(start..end)
        });
        let bytes = range.ok_or_else(|| format!("tensor {name} does not lie inside the file"))?;
        Ok(TensorView { shape: info.shape.dims().to_vec(), dtype: info.ggml_dtype, bytes })
    }

    /// The raw bytes of a tensor.
    pub fn bytes(&self, view: &TensorView) -> &[u8] {
        &self.map[view.bytes.clone()]
    }

    /// A whole tensor as f32.
    pub fn expand(&self, view: &TensorView) -> Vec<f32> {
        let mut out = vec![0.0; view.shape.iter().product()];
        expand_into(self.bytes(view), view.dtype, &mut out);
        out
    }

    /// Row `row` of a matrix (`rows x out.len()`) as f32. The caller checked `row` and the width against the shape.
    pub fn expand_row(&self, view: &TensorView, row: usize, out: &mut [f32]) {
        let stride = match view.dtype {
            GgmlDType::Q4_0 => out.len() / Q4_BLOCK * Q4_BYTES,
            _ => out.len() * 4,
        };
        expand_into(&self.bytes(view)[row * stride..(row + 1) * stride], view.dtype, out);
    }
}

fn expand_into(bytes: &[u8], dtype: GgmlDType, out: &mut [f32]) {
    if dtype == GgmlDType::Q4_0 {
        for (block, out) in bytes.chunks_exact(Q4_BYTES).zip(out.chunks_exact_mut(Q4_BLOCK)) {
            let scale = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
            let (low, high) = out.split_at_mut(Q4_BLOCK / 2);
            for ((&nibbles, low), high) in block[2..].iter().zip(low).zip(high) {
                *low = (f32::from(nibbles & 15) - 8.0) * scale;
                *high = (f32::from(nibbles >> 4) - 8.0) * scale;
            }
        }
    } else {
        for (b, out) in bytes.chunks_exact(4).zip(out) {
            *out = f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_q4_0_as_candle_does() {
        use candle_core::{Device, Tensor, quantized::QTensor};
        let values: Vec<f32> = (0..128).map(|i| (i as f32 * 0.7).sin()).collect();
        let tensor = Tensor::from_vec(values, (2, 64), &Device::Cpu).unwrap();
        let q = QTensor::quantize(&tensor, GgmlDType::Q4_0).unwrap();
        let expected: Vec<f32> = q.dequantize(&Device::Cpu).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let mut out = vec![0.0; 128];
        expand_into(&q.data().unwrap(), GgmlDType::Q4_0, &mut out);
        assert_eq!(out, expected);
    }
}
