"""How a question fares while other clients misbehave; bounded, on loopback, with nothing but Python.

    make load        (1,024 descriptors for the server, 20 s a trouble at most)

For each trouble: a server that has just begun, the trouble made, then 20 questions one after the other. Told are the questions' median and
longest time, and the server's memory before and after.
"""

import contextlib
import json
import pathlib
import resource
import socket
import statistics
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from checks import ANSWER, QUESTION  # noqa: E402
from check_rest import send  # noqa: E402
from server import Server  # noqa: E402

ASKED = 20
DESCRIPTORS = 1024


def opened(url):
    address = urllib.parse.urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port), timeout=20)
    return connection


def head(path, length, more=""):
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def many(count, make):
    """As many connections as there can be; the server may close some."""
    held = []
    for n in range(count):
        with contextlib.suppress(OSError):
            held.append(make(n))
    return held


def nothing(_):
    return []


def idle(url):
    return many(1000, lambda _: opened(url))


def half_heads(url):
    def one(_):
        connection = opened(url)
        connection.sendall(b"POST /api/v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        return connection

    return many(1100, one)


def held_bodies(url):
    """300 bodies of 4 MiB that are sent but for their last byte."""
    size = 4 << 20
    body = b'{"question": "' + b"x" * (size - 20)

    def one(_):
        connection = opened(url)
        connection.settimeout(0.5)
        connection.sendall(head("/api/v1/ask", size))
        connection.sendall(body)
        return connection

    return many(300, one)


def slow_readers(url):
    """100 clients that ask for the list of documents again and again and take nothing of it."""

    def one(_):
        connection = opened(url)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 50)
        return connection

    return many(100, one)


class Repeating:
    """Threads that send something over and over until they are told to stop."""

    def __init__(self, count, once):
        self.going, self.once = True, once
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while self.going:
            with contextlib.suppress(Exception):
                self.once()

    def close(self):
        self.going = False


def vanishing(url):
    body = json.dumps({"question": QUESTION}).encode()

    def once():
        connection = opened(url)
        connection.sendall(head("/api/v1/ask", len(body)) + body)
        connection.close()

    return [Repeating(6, once)]


def long_histories(url):
    turns = [{"role": role, "content": QUESTION * 20} for _ in range(400) for role in ("user", "assistant")]
    asked = {"model": "wenbao", "messages": [*turns, {"role": "user", "content": "那2024年呢"}]}
    return [Repeating(6, lambda: send(url, "POST", "/v1/chat/completions", asked))]


def embeddings(url):
    texts = {"input": ["新建智能化煤矿130座，" * 40] * 64}
    return [Repeating(4, lambda: send(url, "POST", "/v1/embeddings", texts))]


TROUBLES = [nothing, idle, half_heads, held_bodies, slow_readers, vanishing, long_histories, embeddings]


def memory(process):
    """Resident MiB."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main():
    wanted = sys.argv[1:]
    # For the server, which inherits it; this program gets what it needs itself.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    print(f"{'trouble':16} {'median ms':>10} {'longest ms':>11} {'MiB before':>11} {'MiB after':>10}  failed")
    for trouble in TROUBLES:
        if wanted and trouble.__name__ not in wanted:
            continue
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(DESCRIPTORS, hard), hard))
        with Server() as server:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
            ask(server.url)
            before = memory(server.process)
            held = trouble(server.url)
            took, failed = [], 0
            for _ in range(ASKED):
                began = time.monotonic()
                try:
                    failed += ask(server.url) != ANSWER
                except (OSError, ValueError, KeyError):
                    failed += 1
                took.append((time.monotonic() - began) * 1e3)
            for each in held:
                with contextlib.suppress(OSError):
                    each.close()
            time.sleep(1)
            after = memory(server.process)
            print(f"{trouble.__name__:16} {statistics.median(took):10.0f} {max(took):11.0f} {before:11.0f} {after:10.0f}  {failed}", flush=True)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def ask(url):
    return json.loads(send(url, "POST", "/api/v1/ask", {"question": QUESTION})[2])["answer"]


if __name__ == "__main__":
    main()
