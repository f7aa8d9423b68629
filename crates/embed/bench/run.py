"""Our embedder and its peers on the same texts, in turn, in one run:

    run.py OURS MODEL_DIR THREADS TEXT...

OURS is the built example `bench_engine`; passages of a few sentences are cut out of the TEXT files (UTF-8). Every figure is measured for all engines
one after the other, round by round, and the median of the rounds is reported with its ratio to ours: other work on the
machine then hits all alike. `cpu` columns count processor time instead of the clock, which matters on a busy machine.
"""

import json
import os
import statistics
import subprocess
import sys

OURS, MODEL_DIR, THREADS, FILES = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
ROUNDS = int(os.environ.get("ROUNDS", "5"))
QUERIES = int(os.environ.get("QUERIES", "60"))
HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.environ.get("BENCH_CACHE", os.path.join(HERE, "../../../.venv/bench/models"))
QUERY = "{}年新建智能化煤矿多少座"


class Engine:
    def __init__(self, name):
        self.name = name
        if name == "wenbao":
            command = [OURS, MODEL_DIR, THREADS]
        else:
            command = [sys.executable, os.path.join(HERE, "peer.py"), name, MODEL_DIR, CACHE, THREADS]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{name} did not start")
        self.load_ms = json.loads(line)["load_ms"]

    def ask(self, texts, role, batch, vectors=False):
        request = {"texts": texts, "role": role, "batch": batch, "vectors": vectors}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def passages():
    """Whole sentences up to 150 characters, spread over all files."""
    found = []
    for name in FILES:
        with open(name, encoding="utf-8", errors="replace") as file:
            for line in file:
                passage = ""
                for sentence in line.strip().split("。"):
                    if passage and len(passage) + len(sentence) > 150:
                        found.append(passage)
                        passage = ""
                    passage += sentence + "。" if sentence else ""
                if len(passage) > 12:
                    found.append(passage)
    wanted = int(os.environ.get("PASSAGES", "256"))
    return found[:: max(1, len(found) // wanted)]


def main():
    os.makedirs(CACHE, exist_ok=True)
    texts = passages()[: int(os.environ.get("PASSAGES", "256"))]
    engines = []
    for name in ["wenbao", "ort-f32", "ort-int8", "torch"]:
        try:
            engines.append(Engine(name))
        except RuntimeError as error:
            print(f"left out: {error}", file=sys.stderr)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(os.path.join(MODEL_DIR, "tokenizer.json"))
    tokens = lambda part: sum(len(tokenizer.encode("passage: " + t).ids) for t in part)  # noqa: E731
    # Passages of about 93 tokens for the fixed batches, everything for the mix.
    near = sorted(texts, key=lambda t: abs(tokens([t]) - 93))[:32]
    rows = []

    def measure(label, unit, work, better):
        values = {e.name: [] for e in engines}
        for _ in range(ROUNDS):
            for engine in engines:
                values[engine.name].append(work(engine))
        ours = statistics.median(values["wenbao"])
        cells = []
        for engine in engines:
            value = statistics.median(values[engine.name])
            ratio = ours / value if better == "less" else value / ours
            cells.append(f"{value:,.1f} {unit}" + ("" if engine.name == "wenbao" else f" (ours x{1 / ratio if better == 'more' else ratio:.2f})"))
        rows.append((label, cells))
        print(label, cells, file=sys.stderr, flush=True)

    def latency(quantile, clock):
        def work(engine):
            times = sorted(engine.ask([QUERY.format(1900 + i)], "query", 1)[clock] * 1e3 for i in range(QUERIES))
            return times[int(quantile * len(times))]

        return work

    def processor(engine):
        # Some systems count processor time in ticks of 10 ms: a mean over all queries sees what a median cannot.
        return sum(engine.ask([QUERY.format(1900 + i)], "query", 1)["cpu"] for i in range(QUERIES)) * 1e3 / QUERIES

    def speed(part, batch, clock):
        total = tokens(part)
        return lambda engine: total / max(engine.ask(part, "passage", batch)[clock], 1e-9)

    for engine in engines:  # warm
        engine.peak_mb = engine.ask([QUERY.format(2025)], "query", 1)["peak_mb"]
        engine.ask(near, "passage", 8)
    measure("query p50", "ms", latency(0.5, "wall"), "less")
    measure("query p95", "ms", latency(0.95, "wall"), "less")
    measure("query, processor time", "ms", processor, "less")
    for batch in (1, 8, 32):
        measure(f"batch {batch}", "tok/s", speed(near, batch, "wall"), "more")
    measure("real mix", "tok/s", speed(texts, 32, "wall"), "more")
    measure("real mix, a second of processor time", "tok/s", speed(texts, 32, "cpu"), "more")
    rows.append(("load", [f"{e.load_ms:,.0f} ms" for e in engines]))
    rows.append(("peak memory after one query", [f"{e.peak_mb:,.0f} MB" for e in engines]))
    sample = texts[:64]
    vectors = {e.name: e.ask(sample, "passage", 8, vectors=True)["vectors"] for e in engines}
    reference = vectors.get("ort-f32") or vectors["wenbao"]
    worst = lambda v: min(sum(x * y for x, y in zip(a, b)) for a, b in zip(v, reference))  # noqa: E731
    rows.append(("lowest cosine to f32", [f"{worst(vectors[e.name]):.5f}" for e in engines]))
    print("| | " + " | ".join(e.name for e in engines) + " |")
    print("| --- |" + " --- |" * len(engines))
    for label, cells in rows:
        print(f"| {label} | " + " | ".join(cells) + " |")


main()
