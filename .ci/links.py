#!/usr/bin/env python3
"""Check that every link of a committed Markdown page to a file or a heading of this repository leads there."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = re.compile(r"^```.*?^```|^    .*?$|`[^`\n]*`", re.S | re.M)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


def anchors(page):
    """What a page's headings are called in a link: small letters and digits, a hyphen for each space."""
    for heading in re.findall(r"^#+ +(.*?) *$", page.read_text(encoding="utf-8"), re.M):
        yield re.sub(r"[^\w\- ]", "", LINK.sub("", heading).lower()).replace(" ", "-")


def dead(page):
    for groups in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        link = "".join(groups)
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield f"{page.relative_to(ROOT)}: {link} leads nowhere"


def main():
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = [line for name in listed.split() for line in dead(ROOT / name)]
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
