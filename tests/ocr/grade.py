#!/usr/bin/env python3
"""How much of drawn pages was read: grade.py PAGES < what the example read_pages gave. For every kind of page the share of characters and of
numbers that were read right, and the share of what was read that is right, for several least chances of a character."""
import collections
import difflib
import pathlib
import re
import sys
import unicodedata

NUMBER = re.compile(r"\d[\d,.]*%?")


def fold(text):
    """Widths and kinds of quotes and dashes are no errors."""
    text = unicodedata.normalize("NFKC", text)
    for these, that in (("“”„‟＂「」", '"'), ("‘’`", "'"), ("—–―‐一-－", "-"), ("·•・‧", "·"), ("…⋯", "..")):
        if that == "-":
            these = these.replace("一", "")
        for each in these:
            text = text.replace(each, that)
    return re.sub(r"\s", "", text)


def main():
    pages = pathlib.Path(sys.argv[1])
    read = collections.defaultdict(list)
    for line in sys.stdin:
        file, sure, x, y, text = line.rstrip("\n").split("\t", 4)
        read[pathlib.Path(file).stem].append((float(sure), float(x), float(y), text))
    for least in (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9):
        sums = collections.defaultdict(lambda: [0] * 7)
        for truth in sorted(pages.glob("*.txt")):
            kind = truth.stem.split("-", 1)[1]
            said = fold(truth.read_text(encoding="utf-8"))
            lines = sorted((l for l in read[truth.stem] if l[0] >= least), key=lambda l: -l[2])
            seen = fold("".join(l[3] for l in lines))
            match = difflib.SequenceMatcher(None, said, seen, autojunk=False)
            right = sum(b.size for b in match.get_matching_blocks())
            # A number is right where all its characters stand in one matching stretch, and none beside it that would change it.
            def whole(text, at):
                found = 0
                for m in NUMBER.finditer(text):
                    a, b = m.span()
                    a, b = max(a - 1, 0), min(b + 1, len(text))
                    found += any(block[at] <= a and b <= block[at] + block.size for block in match.get_matching_blocks())
                return found, len(NUMBER.findall(text))
            for key in (kind, "all"):
                s = sums[key]
                s[0] += right; s[1] += len(said); s[2] += len(seen)
                n, of = whole(said, 0); s[3] += n; s[4] += of
                n, of = whole(seen, 1); s[5] += n; s[6] += of
        for kind in sorted(sums) if least in (0.0, 0.5) else ["all"]:
            s = sums[kind]
            part = lambda a, b: f"{a / max(b, 1):.4f}"
            print(f"least {least:.1f}  {kind:12}  characters {part(s[0], s[1])} of {s[1]}, right of read {part(s[0], s[2])};"
                  f"  numbers {part(s[3], s[4])} of {s[4]}, right of read {part(s[5], s[6])} ({s[6] - s[5]} wrong)")


main()
