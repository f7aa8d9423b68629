"""Our vector graph, hnsw_rs, hnswlib, faiss and usearch on the same vectors: build time, queries a second against recall.

    make bench-index            # 100,000 x 384, generated
    python scripts/bench_index.py --count 1000000 --keep DIR
    python scripts/bench_index.py --vectors FILE.f32 --dimensions 384     # vectors of one's own, row after row

Every program gets unit vectors and answers one query at a time on one thread; the best of three rounds counts. Times are
processor times (of the querying thread; of all threads for a build), so that other work on the machine disturbs less.
Writes a table (Markdown) and a plot (SVG) into docs/.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

K = 10
EFFORTS = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]
TARGETS = [0.95, 0.99, 0.999]


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


def measure(search, queries, truth):
    found = [set(map(int, search(q))) for q in queries]
    recall = sum(len(f & set(map(int, t))) for f, t in zip(found, truth)) / truth.size
    best = min(timed(search, queries) for _ in range(3))
    return recall, len(queries) / best


def timed(search, queries):
    began = time.thread_time()
    for q in queries:
        search(q)
    return time.thread_time() - began


def hnswlib_points(base, queries, truth, threads):
    import hnswlib

    index = hnswlib.Index(space="ip", dim=base.shape[1])
    index.init_index(max_elements=len(base), ef_construction=200, M=16)
    index.set_num_threads(threads)
    began = time.process_time()
    index.add_items(base)
    built = time.process_time() - began
    index.set_num_threads(1)
    points = []
    for ef in EFFORTS:
        index.set_ef(max(ef, K))
        points.append((ef, *measure(lambda q: index.knn_query(q, k=K)[0][0], queries, truth)))
    return {"build_s": built, "points": points}


def faiss_points(base, queries, truth, threads):
    import faiss

    faiss.omp_set_num_threads(threads)
    index = faiss.IndexHNSWFlat(base.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 200
    began = time.process_time()
    index.add(base)
    built = time.process_time() - began
    faiss.omp_set_num_threads(1)
    points = []
    for ef in EFFORTS:
        index.hnsw.efSearch = ef
        points.append((ef, *measure(lambda q: index.search(q[None], K)[1][0], queries, truth)))
    return {"build_s": built, "points": points}


def usearch_points(base, queries, truth, threads, dtype):
    from usearch.index import Index

    index = Index(ndim=base.shape[1], metric="ip", dtype=dtype, connectivity=16, expansion_add=200)
    began = time.process_time()
    index.add(np.arange(len(base)), base, threads=threads)
    built = time.process_time() - began
    points = []
    for ef in EFFORTS:
        index.expansion_search = max(ef, K)
        points.append((ef, *measure(lambda q: index.search(q, K, threads=1).keys, queries, truth)))
    return {"build_s": built, "points": points}


def ours(files, dimensions, binary, *settings):
    out = subprocess.run([binary, *files, str(dimensions), "json=1", *settings], check=True, capture_output=True, text=True)
    return json.loads(out.stdout.splitlines()[-1])


def at_recall(points, target):
    """Queries a second at a recall, between two measured points; None where it was not reached."""
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
    svg.append(f'<text x="14" y="{height / 2}" transform="rotate(-90 14 {height / 2})" text-anchor="middle">queries a second, one thread</text>')
    for (name, result), colour in zip(results.items(), colours):
        line = [p for p in sorted(result["points"]) if p[1] >= 0.8]
        path_points = " ".join(f"{x(p[1]):.1f},{y(p[2]):.1f}" for p in line)
        svg.append(f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        row = list(results).index(name)
        svg.append(f'<text x="{left + 12}" y="{height - bottom - 12 - 16 * row}" fill="{colour}">{name}</text>')
    svg.append("</svg>")
    Path(path).write_text("\n".join(svg) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--vectors", help="vectors of one's own; the last --queries of them are the questions")
    parser.add_argument("--keep", default="target/bench-index", help="where vectors and answers are kept")
    parser.add_argument("--binary", default="target/release/examples/bench_graph")
    parser.add_argument("--threads", type=int, default=2, help="threads to build with")
    parser.add_argument("--settings", default="", help="comma-separated KEY=VALUE for our graph")
    parser.add_argument("--only", help="comma-separated names")
    parser.add_argument("--out", default="docs/bench-index")
    options = parser.parse_args()
    keep = Path(options.keep)
    keep.mkdir(parents=True, exist_ok=True)
    if options.vectors:
        rows = np.fromfile(options.vectors, dtype=np.float32).reshape(-1, options.dimensions)
        order = np.random.default_rng(1).permutation(len(rows))
        queries, base = rows[order[: options.queries]].copy(), rows[order[options.queries :]].copy()
    else:
        base, queries = generate(options.count, options.queries, options.dimensions, 1)
    truth = exact(base, queries)
    files = [str(keep / name) for name in ("base.f32", "queries.f32", "truth.u32")]
    for array, file in zip((base, queries, truth), files):
        array.tofile(file)
    programs = {
        "wenbao": lambda: ours(files, options.dimensions, options.binary, f"save={keep}/ours.graph", *filter(None, options.settings.split(","))),
        "hnsw_rs": lambda: ours(files, options.dimensions, options.binary, "program=hnsw_rs"),
        "hnswlib": lambda: hnswlib_points(base, queries, truth, options.threads),
        "faiss": lambda: faiss_points(base, queries, truth, options.threads),
        "usearch f32": lambda: usearch_points(base, queries, truth, options.threads, "f32"),
        "usearch i8": lambda: usearch_points(base, queries, truth, options.threads, "i8"),
    }
    wanted = options.only.split(",") if options.only else list(programs)
    results = {}
    for name in wanted:
        print(f"{name} ...", file=sys.stderr)
        results[name] = programs[name]()
        for effort, recall, qps in results[name]["points"]:
            print(f"  effort {effort:4}  recall {recall:.4f}  {qps:8.0f} queries/s", file=sys.stderr)
    header = f"| program | build, processor seconds | " + " | ".join(f"queries/s at {t}" for t in TARGETS) + " |"
    lines = [header, "| --- " * (2 + len(TARGETS)) + "|"]
    for name, result in results.items():
        cells = [at_recall(result["points"], t) for t in TARGETS]
        shown = " | ".join(f"{c:,.0f}" if c else "not reached" for c in cells)
        lines.append(f"| {name} | {result['build_s']:.0f} s | {shown} |")
    text = "\n".join(lines) + "\n"
    Path(options.out + ".md").write_text(text)
    Path(options.out + ".json").write_text(json.dumps(results, indent=1))
    plot(results, options.out + ".svg", f"{len(base):,} x {options.dimensions}, M 16, ef_construction 200")
    print(text)


if __name__ == "__main__":
    main()
