#!/usr/bin/env python3
"""Figures over held-out questions, graded by ../shared/eval/grade.py. usage: held_figures.py EVAL_DIR FOLDER [--wrong N]

FOLDER holds NAME.jsonl (questions) and NAME.answers (responses), as held.sh leaves them. A near miss counts as answered only
where it was its own quote that misled: something else in the folder may well answer.
"""

import collections
import glob
import json
import os
import sys

sys.path.insert(0, sys.argv[1])
import grade  # noqa: E402


def main():
    folder = sys.argv[2]
    show = int(sys.argv[sys.argv.index("--wrong") + 1]) if "--wrong" in sys.argv else 0
    tally = collections.defaultdict(collections.Counter)
    wrong = []
    for path in sorted(glob.glob(os.path.join(folder, "*.jsonl"))):
        questions = [json.loads(line) for line in open(path, encoding="utf-8")]
        with open(path.replace(".jsonl", ".answers"), encoding="utf-8") as lines:
            responses = {r["id"]: r for r in map(json.loads, lines)}
        for q in questions:
            r = responses.get(q["id"], {})
            document = q["gold"][0][0]["doc"]
            kind = "reports" if "政府工作报告" in document else "other documents"
            silent = bool(r.get("abstained", True))
            if not q["answerable"]:
                passages = r.get("passages") or []
                cited = [passages[c["passage"]] for c in r.get("citations") or []]
                misled = not silent and any(grade.covers(p, q["gold"][0]) for p in cited)
                for key in ("near misses", f"near misses, {kind}"):
                    tally[key]["n"] += 1
                    tally[key]["answered"] += not silent
                    tally[key]["misled"] += misled
                if misled:
                    wrong.append((q, r))
                continue
            ok = not silent and grade.answered(q, r.get("answer"))
            rank = next((i for i, p in enumerate((r.get("passages") or [])[:10], 1) if grade.covers(p, q["gold"][0])), 99)
            keys = ["all", kind, q["style"], f"{q['kind']}"]
            keys.append("lists" if q["kind"] == "list" else f"values and spans, {kind}")
            for key in keys:
                t = tally[key]
                t["n"] += 1
                t["right"] += ok
                t["silent"] += silent
                t["hit1"] += rank == 1
                t["hit5"] += rank <= 5
            if not ok and not silent:
                wrong.append((q, r))
    print(f"{'':34} {'n':>5} {'hit@1':>6} {'hit@5':>6} {'right':>6} {'wrong':>6} {'silent':>6}")
    for key in sorted(tally):
        t = tally[key]
        n = t["n"]
        if "misled" in t:
            print(f"{key:34} {n:5}  answered {t['answered'] / n:.3f}, from the misleading quote itself {t['misled'] / n:.3f}")
        else:
            figures = (t["hit1"], t["hit5"], t["right"], n - t["right"] - t["silent"], t["silent"])
            print(f"{key:34} {n:5} " + " ".join(f"{x / n:6.3f}" for x in figures))
    for q, r in wrong[:show]:
        print(json.dumps({"id": q["id"], "question": q["question"], "want": q["answers"], "got": r.get("answer")}, ensure_ascii=False))


if __name__ == "__main__":
    main()
