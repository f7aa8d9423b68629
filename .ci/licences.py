#!/usr/bin/env python3
"""Check that every dependency's licence is one that deny.toml allows.

The same question as `cargo deny check licenses`, answered from `cargo metadata` alone, so that nothing has to be
installed for it.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Older spellings that Cargo still accepts.
OLD = re.compile(r"\s*/\s*")


def strings(text):
    return re.findall(r'"([^"]+)"', text)


def policy():
    """The allowed licences, and those allowed for one crate only."""
    text = (ROOT / "deny.toml").read_text(encoding="utf-8")
    section = text.split("[licenses]", 1)[1].split("\n[", 1)[0]
    allowed = set(strings(re.search(r"^allow = \[(.*?)^\]", section, re.S | re.M).group(1)))
    exceptions = {}
    for crate, names in re.findall(r'crate = "([^"]+)", allow = \[([^\]]*)\]', section):
        exceptions[crate] = set(strings(names))
    return allowed, exceptions


def holds(expression, allowed):
    """Whether an SPDX expression can be met with the allowed licences; AND binds closer than OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", OLD.sub(" OR ", expression))

    def either(at):
        value, at = both(at)
        while at < len(tokens) and tokens[at] == "OR":
            right, at = both(at + 1)
            value = value or right
        return value, at

    def both(at):
        value, at = one(at)
        while at < len(tokens) and tokens[at] == "AND":
            right, at = one(at + 1)
            value = value and right
        return value, at

    def one(at):
        if tokens[at] == "(":
            value, at = either(at + 1)
            return value, at + 1
        name, at = tokens[at], at + 1
        if at < len(tokens) and tokens[at] == "WITH":
            name, at = f"{name} WITH {tokens[at + 1]}", at + 2
        return name in allowed, at

    return either(0)[0]


def main():
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    allowed, exceptions = policy()
    packages = [p for p in json.loads(metadata.stdout)["packages"] if p["source"]]
    bad = []
    for package in packages:
        licence = package["license"] or ""
        if not licence or not holds(licence, allowed | exceptions.get(package["name"], set())):
            bad.append(f"{package['name']} {package['version']}: {licence or 'no licence given'}")
    for line in bad:
        print(f"not allowed by deny.toml: {line}", file=sys.stderr)
    print(f"licences of {len(packages)} dependencies checked, {len(bad)} not allowed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
