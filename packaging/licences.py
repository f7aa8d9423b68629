#!/usr/bin/env python3
"""Print the licences of everything that is linked into the program, each text once, for the packages that carry it.

Names and versions come from `cargo metadata`, as do the folders in which Cargo has unpacked the sources; nothing is fetched.
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What a licence file is called, whatever follows.
NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT")


def linked(metadata):
    """The packages that the command reaches by normal dependencies, ours aside."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    start = next(id for id, package in packages.items() if package["name"] == "wenbao-cli")
    seen, todo = set(), [start]
    while todo:
        id = todo.pop()
        if id in seen:
            continue
        seen.add(id)
        for dependency in nodes[id]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    return sorted((packages[id] for id in seen if packages[id]["source"]), key=lambda p: (p["name"], p["version"]))


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(f for f in folder.iterdir() if f.is_file() and f.name.upper().startswith(NAMES))
    for file in files:
        yield file.read_text(encoding="utf-8", errors="replace").strip()


def main():
    host = next(
        line.split()[1]
        for line in subprocess.run(["rustc", "-vV"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        if line.startswith("host:")
    )
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", host]
    # What is handed out has all features (`make bundle`).
    command += ["--all-features"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    packages = linked(metadata)
    print("Wenbao is made with the following packages, each under its own licence.\n")
    users = {}
    for package in packages:
        name = f"{package['name']} {package['version']}"
        print(f"{name}: {package['license']}" + (f", {package['repository']}" if package["repository"] else ""))
        for text in texts(package):
            users.setdefault(text, []).append(name)
    for text, names in users.items():
        print("\n" + "=" * 100 + "\n" + ", ".join(names) + "\n" + "-" * 100 + "\n" + text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
