#!/usr/bin/env python3
"""Compare answers (JSON lines of `wenbao ask --batch`) with others to the same questions: compare.py [--least SHARE] WANTED FOUND…

Equal is: the same text, citations, passages in the same order, and every number of it to 1e-4; timings are left out.
Prints a line for each file, and what differs first; exit code 1 if anything does, or if fewer than that share are equal.
"""
import argparse
import json
import sys

CLOSE = 1e-4
LEFT_OUT = {"timings_ms"}


def differs(a, b, where=""):
    """The first difference, as a line; None if there is none."""
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, (dict, list, int, float)):
        return None if a == b else f"{where}: {a!r:.80} and {b!r:.80}"
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return None if abs(a - b) <= CLOSE * max(1.0, abs(a)) else f"{where}: {a} and {b}"
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted((set(a) | set(b)) - LEFT_OUT):
            found = differs(a.get(key), b.get(key), f"{where}.{key}")
            if found:
                return found
        return None
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return f"{where}: {len(a)} and {len(b)} entries"
        return next((found for n, (x, y) in enumerate(zip(a, b)) if (found := differs(x, y, f"{where}[{n}]"))), None)
    return f"{where}: {a!r:.80} and {b!r:.80}"


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--least", type=float, default=1.0)
    parser.add_argument("wanted")
    parser.add_argument("others", nargs="+", metavar="found")
    args = parser.parse_args()
    answers, bad = read(args.wanted), False
    for other in args.others:
        found = read(other)
        pairs = list(zip(answers, found))
        different = [(a.get("id"), line) for a, b in pairs if (line := differs(a, b))]
        whole = len(answers) == len(found) and answers
        print(f"{other}: {len(pairs) - len(different)} of {len(answers)} answers are equal")
        for name, line in different[:5]:
            print(f"  {name} {line}")
        bad |= not whole or len(pairs) - len(different) < args.least * len(answers)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
