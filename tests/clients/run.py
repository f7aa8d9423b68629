"""Drives the server with other people's clients, unmodified. What is not installed is skipped, and said so.

    make test-clients                               all of them over samples/
    .venv/clients/bin/python tests/clients/run.py cohere mcp     some of them
    … run.py --url http://127.0.0.1:8080            a server that runs already (over the samples)

Each check is a function of a file `check_*.py` beside this one, marked with `client`. It gets the server's address, raises where the
client does not get what it should, and returns one line that says what was done.
"""

import importlib
import importlib.metadata
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from checks import CHECKS, Skipped  # noqa: E402
from server import Server  # noqa: E402


def main():
    arguments = sys.argv[1:]
    url = None
    if "--url" in arguments:
        at = arguments.index("--url")
        url = arguments[at + 1]
        del arguments[at : at + 2]
    for path in sorted(HERE.glob("check_*.py")):
        importlib.import_module(path.stem)
    wanted = [check for check in CHECKS if not arguments or any(word in check.name for word in arguments)]
    if url:
        return run(wanted, url)
    with Server() as server:
        return run(wanted, server.url)


def run(wanted, url):
    failed = skipped = 0
    for check in wanted:
        began = time.monotonic()
        try:
            version = check.version()
            what = check.run(url)
            print(f"ok       {check.name} {version}: {what} ({time.monotonic() - began:.1f} s)", flush=True)
        except Skipped as reason:
            skipped += 1
            print(f"skipped  {check.name}: {reason}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED   {check.name}\n{traceback.format_exc()}", flush=True)
    print(f"{len(wanted) - failed - skipped} ok, {skipped} skipped, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
