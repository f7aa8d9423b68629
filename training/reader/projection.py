"""The map that moves a question's vector to where such questions are answered (crates/answer/src/projection.rs).

  python -m reader.projection --vectors DIR --out projection.f16 QUESTIONS.jsonl…

DIR holds what the example `vectors` of crates/answer wrote for the same files of questions. Passages keep their vectors:
v + Av + b is learned for questions alone, so that the sentence and the passage that answer stand out among those of the same
document and among others drawn at random.
"""

import argparse
import json
import os
import random
from collections import Counter, defaultdict

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .documents import squeeze
from .questions import FITTED, every_line, held

SEED = 20261130
WIDTH = 384
BATCH, RATE, TEMPERATURE = 128, 1.5e-3, 0.03
# Sentences and passages of any document that stand against the right ones, drawn anew for each batch.
OTHERS = 3000
# As many of the same document.
OWN = 256


class Texts:
    """Passages and sentences of all documents with their vectors, and which of them are a document's."""

    def __init__(self, folder):
        raw = np.fromfile(os.path.join(folder, "passages.f32"), dtype="<f4").reshape(-1, WIDTH)
        vectors = F.normalize(torch.from_numpy(raw), dim=1)
        self.passages, self.sentences, rows = [], [], ([], [])
        with open(os.path.join(folder, "passages.jsonl"), encoding="utf-8") as file:
            at = 0
            for line in file:
                read = json.loads(line)
                rows[0].append(at)
                rows[1].extend(range(at + 1, at + 1 + len(read["sentences"])))
                at += 1 + len(read["sentences"])
                first = len(self.sentences)
                self.sentences += [(read["doc"], a, b) for a, b in read["sentences"]]
                self.passages.append((read["doc"], read["text"], squeeze(read["text"]), first))
        self.vectors = [vectors[r] for r in rows]
        self.own = [defaultdict(list), defaultdict(list)]
        for kind, items in enumerate((self.passages, self.sentences)):
            for number, item in enumerate(items):
                self.own[kind][item[0]].append(number)

    def place(self, name, quote, item):
        """(passage, sentence) where a question's answer stands, or None."""
        for number in self.own[0].get(name, ()):
            _, text, squeezed, first = self.passages[number]
            at = squeezed.find(quote)
            if at < 0:
                continue
            at = max(at, squeezed.find(item, at))
            raw = [i for i, c in enumerate(text) if not c.isspace()][at]
            for sentence in range(first, len(self.sentences)):
                _, begin, end = self.sentences[sentence]
                if begin <= raw < end:
                    return number, sentence
        return None


def targets(texts, files, vectors):
    """(document, passage, sentence, vector, style) of every question that has an answer and could be placed."""
    found = []
    for (_, name, q), vector in zip(every_line(files), vectors, strict=True):
        if q.get("ambiguous") or q["kind"] == "none":
            continue
        place = texts.place(name, squeeze(q["quote"]), squeeze(q["answer"].split("|")[0]))
        if place:
            found.append((name, *place, vector, q["style"]))
    return found


class Projection(nn.Module):
    def __init__(self):
        super().__init__()
        self.map = nn.Linear(WIDTH, WIDTH)
        nn.init.zeros_(self.map.weight)
        nn.init.zeros_(self.map.bias)

    def forward(self, vectors):
        return F.normalize(vectors + self.map(vectors), dim=1)


def train(model, texts, questions, epochs):
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    own = [{name: torch.tensor(rows) for name, rows in texts.own[kind].items()} for kind in (0, 1)]
    steps, step = epochs * -(-len(questions) // BATCH), 0
    for epoch in range(epochs):
        random.shuffle(questions)
        mean = 0.0
        for at in range(0, len(questions), BATCH):
            batch = questions[at : at + BATCH]
            step += 1
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1.0, step / 30) * max(0.02, 1 - step / steps)
            moved = model(torch.stack([q[3] for q in batch]))
            total = 0.0
            for kind, share in ((0, 0.5), (1, 1.0)):
                vectors = texts.vectors[kind]
                right = torch.tensor([q[1 + kind] for q in batch])
                of_own = torch.stack([own[kind][q[0]][torch.randint(len(own[kind][q[0]]), (OWN,))] for q in batch])
                others = torch.randint(len(vectors), (OTHERS,))
                scores = torch.cat([
                    (moved * vectors[right]).sum(1, keepdim=True),
                    torch.einsum("qd,qnd->qn", moved, vectors[of_own]).masked_fill(of_own == right[:, None], -1.0),
                    (moved @ vectors[others].T).masked_fill(others[None] == right[:, None], -1.0),
                ], 1)
                total = total + share * F.cross_entropy(scores / TEMPERATURE, torch.zeros(len(batch), dtype=torch.long))
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            mean += total.item() * len(batch) / len(questions)
        print(f"epoch {epoch + 1}/{epochs} loss {mean:.3f}", flush=True)


@torch.inference_mode()
def measure(model, texts, questions, title):
    """Share of the questions whose passage is first, and among three and ten, of its document."""
    seen = defaultdict(Counter)
    for name, passage, _, vector, style in questions:
        moved = model(vector[None])[0]
        own = texts.own[0][name]
        scores = texts.vectors[0][own] @ moved
        rank = int((scores > scores[own.index(passage)]).sum())
        for key in ("all", style):
            seen[key]["n"] += 1
            for most in (1, 3, 10):
                seen[key][most] += rank < most
    for key, c in seen.items():
        print(f"{title} {key} ({c['n']}): " + " ".join(f"@{m} {c[m] / c['n']:.3f}" for m in (1, 3, 10)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vectors", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("questions", nargs="+")
    args = parser.parse_args()
    random.seed(SEED)
    torch.manual_seed(SEED)
    texts = Texts(args.vectors)
    raw = np.fromfile(os.path.join(args.vectors, "questions.f32"), dtype="<f4").reshape(-1, WIDTH)
    found = targets(texts, args.questions, F.normalize(torch.from_numpy(raw), dim=1))
    model, fitted = Projection(), [q for q in found if q[0].startswith(FITTED)]
    measure(model, texts, fitted, "before")
    train(model, texts, [q for q in found if not held(q[0])], args.epochs)
    measure(model, texts, fitted, "after")
    halves = torch.cat([model.map.bias[None], model.map.weight]).detach().numpy().astype("<f2")
    halves.tofile(args.out)


if __name__ == "__main__":
    main()
