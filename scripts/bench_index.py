"""Our vector graph, hnsw_rs, hnswlib, faiss and usearch on the same vectors: build time, queries a second against recall.

    make bench-index            # 100,000 x 384, generated
    python scripts/bench_index.py --count 1000000 --keep DIR
    python scripts/bench_index.py --vectors FILE.f32 --dimensions 384     # vectors of one's own, row after row
    python scripts/bench_index.py --index DIR [--index DIR]               # those of passages and sentences of indexes

Every program gets the same unit vectors. The others get all queries in one call (so that no query pays for a call from Python)
with one or two threads; ours and hnsw_rs are called query by query in Rust. The best of three rounds counts. Times are
processor times, so that other work on the machine disturbs less: queries a second on two threads are what the threads would
answer with a processor each. Leaves tables.md and results.json in the --keep folder, and a plot in docs/. Bytes in memory are
what a process grew by, so with a few thousand vectors, which fit into memory given back before, they mean nothing.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

# Threads that wait must not count as work.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np  # noqa: E402

K = 10
EFFORTS = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]
TARGETS = [0.95, 0.99, 0.999]
# One vector in so many passes a filter; searched with this effort. As in bench_graph.rs.
SHARES = [2, 4, 10, 20, 100, 1000]
FILTERED_EFFORT = 64


def generate(count, queries, dimensions, seed):
    """Clusters of low intrinsic dimension inside a narrow cone, as sentence embeddings have them."""
    random = np.random.default_rng(seed)
    latent, clusters = 64, 1000
    basis = random.standard_normal((latent, dimensions), dtype=np.float32) / np.sqrt(dimensions)
    cone = random.standard_normal(dimensions, dtype=np.float32)
    cone *= 8 / np.linalg.norm(cone)
    centres = random.standard_normal((clusters, latent), dtype=np.float32)
    rows = np.empty((count + queries, dimensions), dtype=np.float32)
    for start in range(0, count + queries, 50_000):
        n = min(50_000, count + queries - start)
        inner = centres[random.integers(clusters, size=n)] + 0.8 * random.standard_normal((n, latent), dtype=np.float32)
        noise = 2.0 * random.standard_normal((n, dimensions), dtype=np.float32) / np.sqrt(dimensions)
        block = cone + inner @ basis + noise
        rows[start : start + n] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return rows[:count], rows[count:]


def exact(base, queries):
    found = np.empty((len(queries), K), dtype=np.uint32)
    for at in range(0, len(queries), 100):
        scores = queries[at : at + 100] @ base.T
        part = np.argpartition(-scores, K, axis=1)[:, :K]
        order = np.argsort(-np.take_along_axis(scores, part, axis=1), axis=1)
        found[at : at + 100] = np.take_along_axis(part, order, axis=1)
    return found


def rate(search, count, threads):
    """Queries a second: rounds of half a second of processor time, so that waking threads does not count."""
    best = 0
    for _ in range(3):
        began, answered = time.process_time(), 0
        while time.process_time() - began < 0.3 * threads:
            search(threads)
            answered += count
        best = max(best, threads * answered / (time.process_time() - began))
    return best


def share_found(found, truth):
    return sum(len(set(map(int, f)) & set(map(int, t))) for f, t in zip(found, truth)) / truth.size


def measure(set_effort, search, truth):
    """(effort, recall, queries a second on one thread, on two) for every effort; `search(threads)` answers all queries."""
    points = []
    for effort in EFFORTS:
        set_effort(max(effort, K))
        recall = share_found(search(1), truth)
        points.append((effort, recall, rate(search, len(truth), 1), rate(search, len(truth), 2)))
    return points


def measure_filtered(base, queries, search, shares):
    """{share: (recall, queries a second)}; `search(share, passing, queries)` answers with those that pass only."""
    queries, lines = queries[:200], {}
    for share in shares:
        ordinals = np.arange(len(base), dtype=np.uint32)
        passing = (ordinals * np.uint32(2_654_435_761) >> 7 & 0xFFFF) < 0x10000 // share
        where = np.flatnonzero(passing)
        if len(where) < K:
            continue
        truth = where[exact(base[where], queries)]
        run = search(passing, queries)
        lines[f"1/{share}"] = (share_found(run(1), truth), rate(run, len(queries), 1))
    return lines


def opened(path, load):
    began = time.perf_counter()
    load(str(path))
    return {"open_ms": 1e3 * (time.perf_counter() - began), "file_bytes": os.path.getsize(path)}


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def hnswlib_points(base, queries, truth, threads, keep):
    import hnswlib

    index, before = hnswlib.Index(space="ip", dim=base.shape[1]), resident()
    index.init_index(max_elements=len(base), ef_construction=200, M=16)
    index.set_num_threads(threads)
    began = time.process_time()
    index.add_items(base)
    built, memory = time.process_time() - began, resident() - before
    index.save_index(str(keep / "hnswlib"))
    again = hnswlib.Index(space="ip", dim=base.shape[1])
    detail = opened(keep / "hnswlib", again.load_index)
    points = measure(index.set_ef, lambda t: index.knn_query(queries, k=K, num_threads=t)[0], truth)

    def search(passing, queries):
        # Its filter is a function of Python here: what it costs is not hnswlib's fault, what it finds is.
        index.set_ef(FILTERED_EFFORT)
        allowed = passing.tolist()
        return lambda t: index.knn_query(queries, k=K, num_threads=t, filter=lambda i: allowed[i])[0]

    # With few that pass it finds fewer than ten, which its binding calls an error.
    filtered = {}
    for share in SHARES:
        try:
            filtered |= measure_filtered(base, queries, search, [share])
        except RuntimeError:
            filtered[f"1/{share}"] = None
    return {"build_s": built, "points": points, "detail": detail | {"walk_bytes": memory, "filtered": filtered}}


def faiss_points(base, queries, truth, threads, keep):
    import faiss

    faiss.omp_set_num_threads(threads)
    index, before = faiss.IndexHNSWFlat(base.shape[1], 16, faiss.METRIC_INNER_PRODUCT), resident()
    index.hnsw.efConstruction = 200
    began = time.process_time()
    index.add(base)
    built, memory = time.process_time() - began, resident() - before
    faiss.write_index(index, str(keep / "faiss"))
    detail = opened(keep / "faiss", faiss.read_index)

    def run(queries, t, **more):
        faiss.omp_set_num_threads(t)
        return index.search(queries, K, **more)[1]

    def set_effort(effort):
        index.hnsw.efSearch = effort

    points = measure(set_effort, lambda t: run(queries, t), truth)

    def search(passing, queries):
        bits = np.packbits(passing, bitorder="little")
        selector = faiss.IDSelectorBitmap(bits)
        params = faiss.SearchParametersHNSW(efSearch=FILTERED_EFFORT, sel=selector)
        params.kept_alive = bits
        return lambda t: run(queries, t, params=params)

    filtered = measure_filtered(base, queries, search, SHARES)
    return {"build_s": built, "points": points, "detail": detail | {"walk_bytes": memory, "filtered": filtered}}


def usearch_points(base, queries, truth, threads, keep, dtype):
    from usearch.index import Index

    index, before = Index(ndim=base.shape[1], metric="ip", dtype=dtype, connectivity=16, expansion_add=200), resident()
    began = time.process_time()
    index.add(np.arange(len(base)), base, threads=threads)
    built, memory = time.process_time() - began, resident() - before
    index.save(str(keep / f"usearch-{dtype}"))
    detail = opened(keep / f"usearch-{dtype}", lambda path: Index.restore(path, view=True))

    def set_effort(effort):
        index.expansion_search = effort

    points = measure(set_effort, lambda t: index.search(queries, K, threads=t).keys, truth)
    return {"build_s": built, "points": points, "detail": detail | {"walk_bytes": memory}}


def ours(files, dimensions, binary, *settings):
    out = subprocess.run([binary, *files, str(dimensions), "json=1", *settings], check=True, capture_output=True, text=True)
    return json.loads(out.stdout.splitlines()[-1])


def of_indexes(folders):
    """The stored vectors of passages and sentences, each content once."""
    rows = []
    for folder in folders:
        truth = sqlite3.connect(f"file:{folder}/truth.db?mode=ro", uri=True)
        for passage, sentences in truth.execute("SELECT passage, sentences FROM vectors ORDER BY row"):
            rows.append(np.frombuffer(passage, dtype="<f4"))
            rows.extend(np.frombuffer(sentences, dtype="<f4").reshape(-1, len(rows[-1])))
    return np.unique(np.array(rows, dtype=np.float32), axis=0)


def at_recall(points, target, threads=1):
    """Queries a second at a recall, between two measured points; None where it was not reached."""
    points = [(p[0], p[1], p[1 + threads]) for p in points]
    points = sorted(points, key=lambda p: p[1])
    for low, high in zip([None] + points, points):
        if high[1] >= target:
            if low is None or high[1] == low[1]:
                return high[2]
            share = (target - low[1]) / (high[1] - low[1])
            return low[2] + share * (high[2] - low[2])
    return None


def plot(results, path, title):
    colours = ["#c0392b", "#2c3e50", "#2980b9", "#27ae60", "#8e44ad", "#d35400"]
    width, height, left, bottom = 720, 420, 70, 50
    points = [p for r in results.values() for p in r["points"] if p[1] >= 0.8]
    top_qps = max(p[2] for p in points)
    low_qps = min(p[2] for p in points)
    x = lambda recall: left + (width - left - 20) * (recall - 0.8) / 0.2
    y = lambda qps: 30 + (height - bottom - 30) * (np.log(top_qps) - np.log(qps)) / (np.log(top_qps) - np.log(low_qps))
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">']
    svg.append(f'<rect width="{width}" height="{height}" fill="white"/><text x="{left}" y="18">{title}</text>')
    for recall in np.arange(0.8, 1.001, 0.02):
        svg.append(f'<text x="{x(recall):.0f}" y="{height - bottom + 18}" text-anchor="middle">{recall:.2f}</text>')
    for qps in [100, 200, 500, 1000, 2000, 5000, 10000, 20000]:
        if low_qps <= qps <= top_qps:
            svg.append(f'<line x1="{left}" x2="{width - 20}" y1="{y(qps):.0f}" y2="{y(qps):.0f}" stroke="#ddd"/>')
            svg.append(f'<text x="{left - 6}" y="{y(qps) + 4:.0f}" text-anchor="end">{qps}</text>')
    svg.append(f'<text x="{width / 2}" y="{height - 8}" text-anchor="middle">recall@10</text>')
    svg.append(f'<text x="14" y="{height / 2}" transform="rotate(-90 14 {height / 2})" text-anchor="middle">queries a second</text>')
    for (name, result), colour in zip(results.items(), colours):
        line = [p for p in sorted(result["points"]) if p[1] >= 0.8]
        path_points = " ".join(f"{x(p[1]):.1f},{y(p[2]):.1f}" for p in line)
        svg.append(f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        row = list(results).index(name)
        svg.append(f'<text x="{left + 12}" y="{height - bottom - 12 - 16 * row}" fill="{colour}">{name}</text>')
    svg.append("</svg>")
    Path(path).write_text("\n".join(svg) + "\n")


def tables(results):
    heads = [f"{'1 thread' if t == 1 else '2 threads'}, {target}" for t in (1, 2) for target in TARGETS]
    lines = ["Queries a second at recall@10:", "", "| program | build, processor s | " + " | ".join(heads) + " |"]
    lines.append("| --- " * (2 + len(heads)) + "|")
    for name, result in results.items():
        cells = [at_recall(result["points"], target, t) for t in (1, 2) for target in TARGETS]
        shown = " | ".join(f"{c:,.0f}" if c else "not reached" for c in cells)
        lines.append(f"| {name} | {result['build_s']:.0f} | {shown} |")
    lines += ["", "| program | bytes a vector in memory | in the file | opening |", "| --- | --- | --- | --- |"]
    for name, result in results.items():
        d = result["detail"]
        lines.append(f"| {name} | {d['walk_bytes']:,.0f} | {d['file_bytes']:,.0f} | {d['open_ms']:,.1f} ms |")
    filtered = {name: r["detail"]["filtered"] for name, r in results.items() if "filtered" in r["detail"]}
    shares = ["none"] + [f"1/{share}" for share in SHARES]
    lines += ["", f"Recall@10 and queries a second with filters, effort {FILTERED_EFFORT}, one thread:", ""]
    lines += ["| passing | " + " | ".join(filtered) + " |", "| --- " * (1 + len(filtered)) + "|"]
    for share in shares:
        cells = []
        for name, f in filtered.items():
            pair = f.get(share)
            if share == "none" and not pair:
                pair = next(p[1:3] for p in results[name]["points"] if p[0] == FILTERED_EFFORT)
            cells.append(f"{pair[0]:.3f}, {pair[1]:,.0f}" if pair else "fewer than 10 found")
        lines.append(f"| {'all' if share == 'none' else share} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--vectors", help="vectors of one's own; the last --queries of them are the questions")
    parser.add_argument("--index", action="append", help="an index, whose vectors are taken in the same way")
    parser.add_argument("--keep", default="target/bench-index", help="where vectors and answers are kept")
    parser.add_argument("--binary", default="target/release/examples/bench_graph")
    parser.add_argument("--threads", type=int, default=2, help="threads to build with")
    parser.add_argument("--settings", default="", help="comma-separated KEY=VALUE for our graph")
    parser.add_argument("--only", help="comma-separated names")
    parser.add_argument("--out", default="docs/bench-index.svg")
    options = parser.parse_args()
    keep = Path(options.keep)
    keep.mkdir(parents=True, exist_ok=True)
    if options.vectors or options.index:
        rows = of_indexes(options.index) if options.index else np.fromfile(options.vectors, dtype=np.float32)
        rows = rows.reshape(-1, options.dimensions)
        order = np.random.default_rng(1).permutation(len(rows))
        queries, base = rows[order[: options.queries]].copy(), rows[order[options.queries :]].copy()
    else:
        base, queries = generate(options.count, options.queries, options.dimensions, 1)
    truth = exact(base, queries)
    files = [str(keep / name) for name in ("base.f32", "queries.f32", "truth.u32")]
    for array, file in zip((base, queries, truth), files):
        array.tofile(file)
    own = list(filter(None, options.settings.split(",")))
    common = (base, queries, truth, options.threads, keep)
    programs = {
        "wenbao": lambda: ours(files, options.dimensions, options.binary, f"save={keep}/ours.graph", *own),
        "hnsw_rs": lambda: ours(files, options.dimensions, options.binary, "program=hnsw_rs", f"save={keep}/hnsw_rs"),
        "hnswlib": lambda: hnswlib_points(*common),
        "faiss": lambda: faiss_points(*common),
        "usearch f32": lambda: usearch_points(*common, "f32"),
        "usearch i8": lambda: usearch_points(*common, "i8"),
    }
    results, json_file = {}, keep / "results.json"
    if options.only and json_file.exists():
        results = json.loads(json_file.read_text())
    for name in options.only.split(",") if options.only else list(programs):
        print(f"{name} ...", file=sys.stderr)
        result = programs[name]()
        if name not in ("wenbao", "hnsw_rs"):
            for key in ("walk_bytes", "file_bytes"):
                result["detail"][key] /= len(base)
        results[name] = result
        for effort, recall, one, two in result["points"]:
            print(f"  effort {effort:4}  recall {recall:.4f}  {one:8.0f} queries/s, on two threads {two:8.0f}", file=sys.stderr)
        json_file.write_text(json.dumps(results, indent=1))
    text = tables(results)
    (keep / "tables.md").write_text(text)
    plot(results, options.out, f"{len(base):,} x {options.dimensions}, M 16, one thread")
    print(text)


if __name__ == "__main__":
    main()
