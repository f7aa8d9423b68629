"""The network: multilingual-e5-small's layers with attention between question and passage, and heads for span and verdict."""

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

HIDDEN, LAYERS, HEADS, FEED_FORWARD, POSITIONS = 384, 12, 12, 1536, 384
EPSILON = 1e-12
# The embedder's names of a layer's parts, ours first.
PARTS = {
    "q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output", "n1": "attn_output_norm",
    "up": "ffn_up", "down": "ffn_down", "n2": "layer_output_norm",
}


# What is not in a layer, as the file calls it.
FILE_NAMES = {
    "position": "position_embd.weight", "segment": "segment_embd.weight",
    "norm.weight": "token_embd_norm.weight", "norm.bias": "token_embd_norm.bias",
    "span.weight": "span.weight", "span.bias": "span.bias", "verdict.weight": "verdict.weight", "verdict.bias": "verdict.bias",
}


def file_name(name):
    """What the file calls a layer's tensor: "layers.0.q.weight" is "blk.0.attn_q.weight"."""
    _, layer, part, kind = name.split(".")
    return f"blk.{layer}.{PARTS[part]}.{kind}"


# Whole numbers of weights in the file are -STEPS..=STEPS - 1. Q8_0 may hold 127, but such small ones need no sign of their own
# in the engine's AVX2 kernels, which makes products a fifth faster. The embedder's Q4_0 has the extreme of every 32 at -8: at
# -64 all of them stay on a whole number, so that only what was learned is rounded.
STEPS = 64


def q8(weight):
    """(scales as f16, whole numbers) of Q8_0 blocks: 32 weights in a row, the largest by magnitude at -STEPS."""
    blocks = weight.reshape(-1, 32)
    extreme = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    scale = (extreme / -STEPS).half()
    inverse = torch.where(scale == 0, torch.zeros_like(scale, dtype=torch.float32), 1 / scale.float())
    return scale, (blocks * inverse).round().clamp_(-STEPS, STEPS - 1)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(HIDDEN, HIDDEN) for _ in range(4))
        self.up, self.down = nn.Linear(HIDDEN, FEED_FORWARD), nn.Linear(FEED_FORWARD, HIDDEN)
        self.n1, self.n2 = (nn.LayerNorm(HIDDEN, eps=EPSILON) for _ in range(2))

    def forward(self, x, mask):
        batch, tokens, _ = x.shape

        def split(y):
            return y.view(batch, tokens, HEADS, HIDDEN // HEADS).transpose(1, 2)

        q, k, v = (split(part(x)) for part in (self.q, self.k, self.v))
        # Its way back is slower in halves than in single precision.
        with torch.autocast("cpu", enabled=False):
            a = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), attn_mask=mask)
        a = self.o(a.transpose(1, 2).reshape(batch, tokens, HIDDEN))
        x = self.n1(x + a)
        x = self.n2(x + self.down(F.gelu(self.up(x))))
        return x


class Reader(nn.Module):
    """Logits of start, end and inside for every token, of null and "answers" for every pair."""

    def __init__(self, embedder):
        super().__init__()
        tensors = {t.name: t for t in gguf.GGUFReader(embedder).tensors}

        def get(name):
            t = tensors[name]
            return torch.from_numpy(np.array(gguf.quants.dequantize(t.data, t.tensor_type), dtype=np.float32))

        self.word_table = tensors["token_embd.weight"].data.tobytes()
        self.word = nn.Embedding.from_pretrained(get("token_embd.weight").reshape(-1, HIDDEN), freeze=True)
        self.position = nn.Parameter(get("position_embd.weight").reshape(-1, HIDDEN)[:POSITIONS].clone())
        self.segment = nn.Parameter(get("token_types.weight").reshape(-1, HIDDEN)[:1].repeat(2, 1))
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.norm.weight.data, self.norm.bias.data = get("token_embd_norm.weight"), get("token_embd_norm.bias")
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        for i, layer in enumerate(self.layers):
            for ours, theirs in PARTS.items():
                part = getattr(layer, ours)
                part.weight.data = get(f"blk.{i}.{theirs}.weight").reshape(part.weight.shape)
                part.bias.data = get(f"blk.{i}.{theirs}.bias")
        self.span, self.verdict = nn.Linear(HIDDEN, 3), nn.Linear(HIDDEN, 2)
        # Whether products are computed in bfloat16: several times as fast where the processor has matrix instructions for it.
        self.halves = False
        for last in (self.span, self.verdict):
            nn.init.normal_(last.weight, std=0.005)
            nn.init.zeros_(last.bias)

    def go_on_from(self, path):
        """Takes the weights of a file that `export.py` wrote."""
        tensors = {t.name: t for t in gguf.GGUFReader(path).tensors}
        state = {}
        for name, own in self.trained().items():
            t = tensors[FILE_NAMES.get(name) or file_name(name)]
            values = gguf.quants.dequantize(t.data, t.tensor_type)
            state[name] = torch.from_numpy(np.array(values, dtype=np.float32)).reshape(own.shape)
        self.load_state_dict(state, strict=False)

    def freeze(self, layers):
        """Leaves the tables and the first layers as the embedder has them: what they do serves any task, and nothing has to
        be computed backwards through them."""
        for part in (self.word, self.norm, *self.layers[:layers]):
            part.requires_grad_(False)
        self.position.requires_grad_(False)
        self.segment.requires_grad_(False)

    @torch.no_grad()
    def round(self):
        """Gives the layers the weights that the file will have."""
        for layer in self.layers:
            for part in layer.children():
                if isinstance(part, nn.Linear):
                    scale, steps = q8(part.weight)
                    part.weight.copy_((scale.float() * steps).reshape(part.weight.shape))

    def trained(self):
        """State without the word table, which stays the embedder's."""
        return {name: value for name, value in self.state_dict().items() if not name.startswith("word.")}

    def forward(self, ids, passage, lengths):
        """ids and passage (0 question, 1 passage): batch x tokens; lengths: batch. -> batch x tokens x 3, batch x 2."""
        tokens = ids.shape[1]
        real = torch.arange(tokens)[None] < lengths[:, None]
        mask = None if bool(real.all()) else real[:, None, None, :]
        x = self.norm(self.word(ids) + self.position[:tokens] + self.segment[passage])
        for layer in self.layers:
            x = layer(x, mask)
        return self.span(x), self.verdict(x[:, 0])


def collate(examples):
    """Padded ids, segments, lengths."""
    tokens = max(len(e.ids) for e in examples)
    ids = torch.ones(len(examples), tokens, dtype=torch.long)
    passage = torch.zeros(len(examples), tokens, dtype=torch.long)
    for row, e in enumerate(examples):
        ids[row, : len(e.ids)] = torch.tensor(e.ids)
        passage[row, e.passage_at : len(e.ids)] = 1
    return ids, passage, torch.tensor([len(e.ids) for e in examples])


def loss(model, groups):
    """Of groups of windows that are shown of one question, the one that answers first, if any does.

    Each window: cross entropy of starts and ends over the text's tokens and the null class (several starts share the mass), binary
    cross entropy of "inside the answer" over the text's tokens, and of the verdict. Of several windows also: cross entropy of
    starts and ends, as log-odds against their window's null, over the tokens of all of them, and of the verdict over the windows:
    what is said of one must be comparable to what is said of another (shared normalisation: Clark and Gardner 2018).
    """
    examples = [e for group in groups for e in group]
    ids, passage, lengths = collate(examples)
    with torch.autocast("cpu", torch.bfloat16, enabled=model.halves):
        span, verdict = model(ids, passage, lengths)
    span, verdict = span.float(), verdict.float()
    rows, tokens = ids.shape
    text = torch.zeros(rows, tokens, dtype=torch.bool)
    want = torch.zeros(2, rows, tokens + 1)
    inside = torch.zeros(rows, tokens)
    for row, e in enumerate(examples):
        text[row, e.text_at : len(e.ids) - 1] = True
        for a, b in e.spans:
            want[0, row, a] += 1 / len(e.spans)
            want[1, row, b] += 1 / len(e.spans)
            inside[row, a : b + 1] = 1
        if not e.spans:
            want[:, row, tokens] = 1
    total = 0.0
    for side in range(2):
        logits = torch.cat([span[..., side].masked_fill(~text, -1e4), verdict[:, :1]], 1)
        total = total - (want[side] * F.log_softmax(logits, 1)).sum(1).mean() / 2
    per_token = F.binary_cross_entropy_with_logits(span[..., 2], inside, reduction="none") * text
    total = total + (per_token.sum(1) / text.sum(1).clamp(min=1)).mean()
    answers = torch.tensor([float(bool(e.spans)) for e in examples])
    total = total + 0.5 * F.binary_cross_entropy_with_logits(verdict[:, 1], answers)
    chosen, row, several = 0.0, 0, 0
    for group in groups:
        own = slice(row, row + len(group))
        row += len(group)
        if len(group) == 1 or not group[0].spans:
            continue
        several += 1
        for side in range(2):
            odds = (span[own, :, side] - verdict[own, :1]).masked_fill(~text[own], -1e4)
            odds = torch.cat([odds.flatten(), torch.zeros(1)])
            chosen = chosen - (want[side, own, :-1].flatten() * F.log_softmax(odds, 0)[:-1]).sum() / 2
        chosen = chosen - 0.5 * F.log_softmax(verdict[own, 1], 0)[0]
    return total + chosen / several if several else total
