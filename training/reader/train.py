"""Stages of the training; each resumes from its checkpoint, and one that is complete is not repeated.

  python -m reader.train --embedder MODEL.gguf --tokenizer tokenizer.json --documents DOCUMENTS.jsonl --questions DIR --out DIR
      --stage warm-up|written|among [--start READER.gguf] [--windows WINDOWS.jsonl]
"""

import argparse
import math
import os
import random
import time

import torch
from torch import nn

from . import documents as docs
from .made import made
from .model import Reader, loss
from .negatives import Neighbours, shown, silent
from .questions import held, read, with_hedges
from .windows import Tokens, around, example
from .windows import shown as shown_window

SEED = 20261129
# Small enough that a layer's activations stay in a core's cache: a third faster than twice as many.
BATCH_TOKENS = 2048
FROZEN_LAYERS = 3
SAVE_EVERY = 120.0
# Characters of a window as the program shows them; of those that it puts first, how many are looked at and how many learned from.
SHOWN, LOOKED_AT, OTHERS = 110, 6, 2


def log(out, text):
    line = f"{time.strftime('%H:%M:%S')} {text}"
    print(line, flush=True)
    with open(os.path.join(out, "log.txt"), "a", encoding="utf-8") as f:
        f.write(line + "\n")


def warm_up(tokens, free, count, rng):
    """One epoch of made questions, made when it is begun: a stage that is done needs none."""
    examples = []
    for q in made(free, count, rng):
        passage = q.document.passages[q.passage]
        anchor = q.spans[0] if q.spans else rng.choice(passage.sentences or [(0, len(passage.text))])
        window = around(passage, *anchor, rng.choice((60, 110, 160)), rng)
        examples.append([example(tokens, q.text, q.document, passage, window, q.spans, lambda _: rng.random() < 0.2)])
    yield examples


def alone(tokens, q, neighbours, most, near, rng):
    """A question with its passage, and, with the probability `near`, with a passage of the same document that looks as if it
    answered and does not: a group each. `most` are the lengths of windows that are drawn from."""
    passage = q.document.passages[q.passage]
    spans = with_hedges(q)
    anchor = (spans[0][0], spans[-1][1]) if spans else neighbours.anchor(q)
    drop = lambda _: rng.random() < 0.12
    window = around(passage, *anchor, rng.choice(most), rng)
    groups = [[example(tokens, q.text, q.document, passage, window, spans, drop)]]
    if spans and rng.random() < near:
        other, at = neighbours.near(q, rng)
        if other is not None:
            window = around(other, *at, rng.choice((60, 110, 160)), rng)
            groups.append([example(tokens, q.text, q.document, other, window, [], drop)])
    return groups


def written(tokens, questions, neighbours, epochs, rng):
    """Epochs of written questions, each with windows and negatives of its own."""
    for _ in range(epochs):
        yield [group for q in questions for group in alone(tokens, q, neighbours, (60, 110, 110, 160, 240), 0.55, rng)]


def among(tokens, questions, neighbours, windows, epochs, rng):
    """Epochs of written questions, of which those whose windows are known come every second time with OTHERS of the windows that
    the program shows of it and that do not answer. What answers a question without an answer in its passage is not known: it has
    that passage alone. Of the last epoch, which may be a part of one, each question is drawn."""
    while epochs > 0:
        groups = []
        for q in questions:
            if rng.random() >= epochs:
                continue
            spans = with_hedges(q)
            others = silent(q, windows[q.id])[:LOOKED_AT] if spans and q.id in windows and rng.random() < 0.5 else []
            if not others:
                groups += alone(tokens, q, neighbours, (60, 110, 110, 160), 0.35, rng)
                continue
            passage = q.document.passages[q.passage]
            group = [example(tokens, q.text, q.document, passage, around(passage, spans[0][0], spans[-1][1], SHOWN, rng), spans)]
            for head, text in rng.sample(others, min(OTHERS, len(others))):
                group.append(shown_window(tokens, q.text, head, text))
            groups.append(group)
        epochs -= 1
        yield groups


def batches(groups, rng):
    """Batches of about equal token counts, lengths alike within one, in random order."""
    order = list(range(len(groups)))
    rng.shuffle(order)
    out = []
    longest = [max(len(e.ids) for e in group) for group in groups]
    for at in range(0, len(order), 640):
        near = sorted(order[at : at + 640], key=lambda i: longest[i])
        batch, windows = [], 0
        for i in near:
            windows += len(groups[i])
            if batch and windows * longest[i] > BATCH_TOKENS:
                out.append(batch)
                batch, windows = [], len(groups[i])
            batch.append(i)
        out.append(batch)
    rng.shuffle(out)
    return out


def run(model, stage, epochs, rate, out, total_epochs):
    """Trains over `epochs` (lists of groups of windows); resumes within the stage."""
    path = os.path.join(out, f"{stage}.pt")
    state = torch.load(path) if os.path.exists(path) else None
    if state and state["done"]:
        model.load_state_dict(state["model"], strict=False)
        log(out, f"{stage}: done already")
        return
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01, foreach=True)
    start = 0
    if state:
        model.load_state_dict(state["model"], strict=False)
        optimizer.load_state_dict(state["optimizer"])
        start = state["step"]
        log(out, f"{stage}: resumes at step {start}")
    step, seen, steps, mean = 0, 0, None, None
    began = saved = time.time()
    for number, groups in enumerate(epochs):
        rng = random.Random(SEED + number)
        todo = batches(groups, rng)
        steps = steps or math.ceil(len(todo) * total_epochs)
        for batch in todo:
            step += 1
            if step <= start:
                continue
            torch.manual_seed(SEED + step)
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, step / 60) * max(0.03, 1 - step / steps)
            value = loss(model, [groups[i] for i in batch])
            optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            seen += sum(len(groups[i]) for i in batch)
            mean = value.item() if mean is None else 0.97 * mean + 0.03 * value.item()
            if step % 10 == 0:
                log(out, f"{stage}: step {step}/{steps} loss {mean:.3f} {seen / (time.time() - began):.1f} windows/s")
            if time.time() - saved > SAVE_EVERY:
                save(path, model, optimizer, step, False)
                saved = time.time()
    save(path, model, None, step, True)
    log(out, f"{stage}: {step} steps in {time.time() - began:.0f} s")


def save(path, model, optimizer, step, done):
    state = {"model": model.trained(), "optimizer": optimizer.state_dict() if optimizer else None, "step": step, "done": done}
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--embedder", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--documents", required=True)
    parser.add_argument("--questions", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--made", type=int, default=2000)
    parser.add_argument("--epochs", type=float, default=1, help="of the last stage")
    parser.add_argument("--stage", choices=("warm-up", "written", "among"), default="among", help="the last one to be done")
    parser.add_argument("--start", help="a reader's file to go on from; the stages before the last are left out")
    parser.add_argument("--windows", help="what the example `windows` wrote: for the stage among")
    parser.add_argument("--rate", type=float, help="learning rate of the last stage, if another than usual")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    torch.manual_seed(SEED)
    tokens = Tokens.open(args.tokenizer)
    documents = docs.load(args.documents)
    model = Reader(args.embedder)
    # Only matrix instructions make these faster than single precision.
    model.halves = torch.cpu._is_amx_tile_supported()
    model.freeze(FROZEN_LAYERS)
    model.train()
    free = [d for name, d in sorted(documents.items()) if not held(name)]
    if args.start:
        model.go_on_from(args.start)
    else:
        made = warm_up(tokens, free, args.made, random.Random(SEED))
        run(model, "warm-up", made, 1.6e-4, args.out, 1)
    if args.stage == "warm-up":
        return
    questions, lost = read(args.questions, documents, lambda name: not held(name))
    log(args.out, f"{len(questions)} questions, {lost} not placed")
    neighbours = Neighbours(free)
    if not args.start or args.stage == "written":
        epochs = math.ceil(args.epochs) if args.stage == "written" else 1
        groups = written(tokens, questions, neighbours, epochs, random.Random(SEED + 1))
        run(model, "written", groups, args.rate or 1.3e-4, args.out, epochs)
    if args.stage == "among":
        groups = among(tokens, questions, neighbours, shown(args.windows), args.epochs, random.Random(SEED + 2))
        run(model, "among", groups, args.rate or 1e-4, args.out, args.epochs)


if __name__ == "__main__":
    main()
