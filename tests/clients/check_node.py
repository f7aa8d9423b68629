"""Clients of Node, where they are installed (`make test-clients-node`)."""

import shutil
import subprocess

from checks import Skipped, client, expect
from server import ROOT

NODE = ROOT / "tests/clients/node"


@client("node")
def node(url):
    if not shutil.which("node") or not (NODE / "node_modules").is_dir():
        raise Skipped("its packages are not installed; `make test-clients-node` does that")
    ran = subprocess.run(["node", "run.mjs", url], cwd=NODE, capture_output=True, text=True, timeout=300)
    print(ran.stdout, end="")
    expect(ran.returncode == 0, ran.stderr[-2000:])
    return "the clients above"
