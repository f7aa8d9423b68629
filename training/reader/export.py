"""The trained weights as models/reader.gguf.

  python -m reader.export --embedder MODEL.gguf --tokenizer tokenizer.json --checkpoint written.pt --out reader.gguf
      [--mean-with READER.gguf --share 0.4]

With `--mean-with` each weight is the mean of the checkpoint's and of that file's, which has `--share` of it: of a reader and one
that went on from it, the mean reads better than either (Wortsman et al. 2022, "Robust fine-tuning").
"""

import argparse
import hashlib
import json
import os

import gguf
import numpy as np
import torch

from .model import EPSILON, FEED_FORWARD, HEADS, HIDDEN, LAYERS, PARTS, POSITIONS, Reader, q8
from .windows import Tokens

# What every start reads again and compares, in under ten milliseconds: some 25 tokens.
CHECK = {"question": "2025年新建煤矿多少座", "text": "计划新建智能化煤矿130座，增长5%。"}


@torch.inference_mode()
def check(model, tokens):
    """CHECK as the weights of the file read it, for `wenbao.reader.check`: the two logits of the pair. The logits of the
    tokens are left out: the weights behind them are under the hash, and what computes them computes these too."""
    question, text = (tokens(CHECK[part])[0] for part in ("question", "text"))
    ids = [0, *question, 2, 2, *text, 2]
    passage = [0] * (len(question) + 3) + [1] * (len(text) + 1)
    _, verdict = model(torch.tensor([ids]), torch.tensor([passage]), torch.tensor([len(ids)]))
    null, answers = (round(value, 4) for value in verdict[0].tolist())
    return json.dumps({**CHECK, "null": null, "answers": answers}, ensure_ascii=False)


def blocks(weight):
    """Q8_0: rows of an f16 scale and 32 signed bytes for each 32 weights."""
    scale, steps = q8(weight.detach())
    raw = np.concatenate([scale.numpy().view(np.uint8), steps.numpy().astype(np.int8).view(np.uint8)], 1)
    return raw.reshape(weight.shape[0], -1)


def untouched(embedder, name, weight):
    """The embedder's own blocks of a matrix, if training left it as it was: exact, and half the size of Q8_0."""
    tensor = embedder.get(name)
    if tensor is None or tensor.tensor_type != gguf.GGMLQuantizationType.Q4_0:
        return None
    values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(weight.shape)
    return np.array(tensor.data) if np.array_equal(values, weight.detach().numpy()) else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--embedder", required=True)
    parser.add_argument("--tokenizer", help="tokenizer.json of the embedder; without it the file has no check")
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--mean-with", help="another reader's file")
    parser.add_argument("--share", type=float, default=0.4)
    args = parser.parse_args()
    model = Reader(args.embedder)
    state = torch.load(args.checkpoint)["model"]
    if args.mean_with:
        model.go_on_from(args.mean_with)
        # What training left as it was stays so to the last bit.
        mean = lambda ours, theirs: ours if torch.equal(ours, theirs) else torch.lerp(ours, theirs, args.share)
        state = {name: mean(ours, model.state_dict()[name]) for name, ours in state.items()}
    model.load_state_dict(state, strict=False)

    tensors = {
        "position_embd.weight": model.position,
        "segment_embd.weight": model.segment,
        "token_embd_norm.weight": model.norm.weight,
        "token_embd_norm.bias": model.norm.bias,
        "span.weight": model.span.weight,
        "span.bias": model.span.bias,
        "verdict.weight": model.verdict.weight,
        "verdict.bias": model.verdict.bias,
    }
    embedder = {t.name: t for t in gguf.GGUFReader(args.embedder).tensors}
    quantised = set()
    for i, layer in enumerate(model.layers):
        for ours, theirs in PARTS.items():
            part = getattr(layer, ours)
            tensors[f"blk.{i}.{theirs}.weight"] = part.weight
            tensors[f"blk.{i}.{theirs}.bias"] = part.bias
            if isinstance(part, torch.nn.Linear):
                quantised.add(f"blk.{i}.{theirs}.weight")

    data, kinds = {}, {}
    for name, tensor in tensors.items():
        kinds[name] = None
        if name not in quantised:
            data[name] = np.ascontiguousarray(tensor.detach().numpy(), dtype=np.float32)
        elif (own := untouched(embedder, name, tensor)) is not None:
            data[name], kinds[name] = own, gguf.GGMLQuantizationType.Q4_0
        else:
            data[name], kinds[name] = blocks(tensor), gguf.GGMLQuantizationType.Q8_0
    digest = hashlib.sha256()
    for name in sorted(data):
        digest.update(data[name].tobytes())

    part = args.out + ".part"
    writer = gguf.GGUFWriter(part, "bert")
    writer.add_name("wenbao reader")
    writer.add_license("MIT OR Apache-2.0; trained from multilingual-e5-small, MIT")
    writer.add_block_count(LAYERS)
    writer.add_context_length(POSITIONS)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(EPSILON)
    writer.add_vocab_size(model.word.num_embeddings)
    writer.add_uint32("wenbao.reader.version", 1)
    writer.add_string("wenbao.reader.word_table", hashlib.sha256(model.word_table).hexdigest())
    writer.add_string("wenbao.reader.sha256", digest.hexdigest())
    if args.tokenizer:
        model.round()
        model.eval()
        writer.add_string("wenbao.reader.check", check(model, Tokens.open(args.tokenizer)))
    for name in sorted(data):
        writer.add_tensor(name, data[name], raw_dtype=kinds[name])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(part, args.out)
    print(f"{args.out}: {os.path.getsize(args.out)} bytes, {digest.hexdigest()[:16]}")


if __name__ == "__main__":
    main()
