"""The reader alone on held-out documents, given the right passage: how many spans are right, how many nulls are told.

  python -m reader.measure --embedder … --tokenizer … --documents … --checkpoint … --most CHARS QUESTIONS_DIR…
"""

import argparse
import collections

import torch

from . import documents as docs
from .documents import squeeze
from .model import Reader, collate
from .negatives import Neighbours
from .questions import FRESH, HELD, read, with_hedges
from .windows import Tokens, around, example


@torch.inference_mode()
def best(model, e):
    """(span score over null, verdict, characters of the best span) of one example."""
    span, verdict = model(*collate([e]))
    n = len(e.offsets)
    start, end = (span[0, e.text_at : e.text_at + n, side] for side in (0, 1))
    score = start[:, None] + end[None]
    allowed = torch.ones(n, n).triu() - torch.ones(n, n).triu(40)
    value, at = score.masked_fill(allowed == 0, -1e9).flatten().max(0)
    a, b = divmod(at.item(), n)
    return value.item() - 2 * verdict[0, 0].item(), verdict[0, 1].item(), (e.offsets[a][0], e.offsets[b][1])


def main():
    parser = argparse.ArgumentParser()
    for name in ("embedder", "tokenizer", "documents", "checkpoint"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--most", type=int, default=160)
    parser.add_argument("--held", choices=("held", "fresh"), default="held")
    parser.add_argument("questions", nargs="+")
    args = parser.parse_args()
    tokens, documents = Tokens.open(args.tokenizer), docs.load(args.documents)
    model = Reader(args.embedder)
    model.load_state_dict(torch.load(args.checkpoint)["model"], strict=False)
    model.round()
    model.eval()
    wanted = HELD if args.held == "held" else FRESH
    seen = collections.defaultdict(lambda: [0, 0])
    for folder in args.questions:
        questions, lost = read(folder, documents, lambda name: name.startswith(wanted))
        near = Neighbours([d for name, d in documents.items() if name.startswith(wanted)])
        for q in questions:
            if q.kind == "list":
                continue
            passage, spans = q.document.passages[q.passage], with_hedges(q)
            anchor = (spans[0][0], spans[-1][1]) if spans else near.anchor(q)
            window = around(passage, *anchor, args.most)
            score, verdict, (a, b) = best(model, example(tokens, q.text, q.document, passage, window, spans))
            got = squeeze(passage.text[window[0] + a : window[0] + b])
            accepted = {squeeze(q.answer)} | {squeeze(passage.text[x:y]) for x, y in spans}
            kind = "report" if "政府工作报告" in q.document.name else "other"
            if q.spans:
                for key in ("all spans", q.style, q.kind, kind):
                    seen[key][0] += 1
                    seen[key][1] += got in accepted and score > 0
                seen["span right, null or not"][0] += 1
                seen["span right, null or not"][1] += got in accepted
                seen["verdict yes"][0] += 1
                seen["verdict yes"][1] += verdict > 0
            else:
                seen["none: null"][0] += 1
                seen["none: null"][1] += score <= 0
                seen["none: verdict no"][0] += 1
                seen["none: verdict no"][1] += verdict <= 0
    for key, (n, right) in seen.items():
        print(f"{key}: {right}/{n} = {right / n:.3f}")


if __name__ == "__main__":
    main()
