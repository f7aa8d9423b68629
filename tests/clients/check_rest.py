"""What needs no client but Python: documents, jobs, access, figures, the description."""

import csv
import gzip
import http.client
import io
import json
import re
import socket
import time
import urllib.parse
import uuid

from checks import ANSWER, QUESTION, client, expect
from server import Server

REPORT = "2025年乙市政府工作报告\n二、2025年工作安排\n今年新建口袋公园37个，改造老旧小区12个。\n"


def send(url, method, path, body=None, headers=None):
    """Status, headers and text of a reply; no library between."""
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    content = reply.read()
    connection.close()
    if reply.headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    return reply.status, reply.headers, content.decode()


def get(url, path, **headers):
    status, _, text = send(url, "GET", path, headers=headers)
    expect(status == 200, (path, status, text))
    return json.loads(text)


def form(files):
    boundary = uuid.uuid4().hex
    parts = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + content + b"\r\n"
        for name, content in files
    )
    return parts + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def ended(url, reply):
    status, headers, text = reply
    expect(status == 202, (status, text))
    for _ in range(600):
        job = get(url, headers["Location"])
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job does not end: {job}")


@client("documents over HTTP")
def documents(url):
    asked = {"question": "2025年乙市新建口袋公园多少个"}

    def answer():
        return json.loads(send(url, "POST", "/api/v1/ask", asked)[2])["answer"]

    expect(answer() != "37个", "not there before")
    body, headers = form([("乙市.txt", REPORT.encode()), ("../leer.txt", b"\n"), ("bild.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))])
    job = ended(url, send(url, "POST", "/api/v1/documents", body, headers))
    expect(job["state"] == "done" and len(job["documents"]) == 1 and len(job["errors"]) == 2, job)
    one = job["documents"][0]["id"]
    expect(answer() == "37个", "asked after the upload")
    listed = get(url, "/api/v1/documents?q=" + urllib.parse.quote("乙市"))
    expect(listed["total"] == 1 and listed["documents"][0]["path"] == "乙市.txt", listed)
    status, headers, text = send(url, "GET", f"/api/v1/documents/{one}/file")
    expect(status == 200 and text == REPORT and "attachment" in headers["Content-Disposition"], (status, text))
    again = ended(url, send(url, "POST", "/api/v1/documents", *form([("kopie.txt", REPORT.encode())])))
    expect(again["documents"][0] == {"name": "kopie.txt", "id": one, "unchanged": True}, again)
    job = ended(url, send(url, "PUT", f"/api/v1/documents/{one}", {"name": "2025年乙市政府工作报告", "text": REPORT.replace("37个", "38个")}))
    other = job["documents"][0]["id"]
    expect(answer() == "38个" and send(url, "GET", f"/api/v1/documents/{one}")[0] == 404, job)
    expect(json.loads(send(url, "DELETE", f"/api/v1/documents/{other}")[2])["deleted"], "deleted")
    expect(answer() not in ("37个", "38个"), "asked after the removal")
    return "multipart and JSON, a file that cannot be read, its own file back, the same again, PUT, DELETE, asked in between"


@client("job events")
def events(url):
    status, headers, _ = reply = send(url, "POST", "/api/v1/documents", {"name": "2025年丙市政府工作报告", "text": REPORT.replace("乙市", "丙市")})
    expect(status == 202, reply)
    text = send(url, "GET", headers["Location"], headers={"Accept": "text/event-stream"})[2]
    states = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    expect(states[-1]["state"] == "done" and states[-1]["done"] == states[-1]["total"] > 0, states)
    send(url, "DELETE", f"/api/v1/documents/{states[-1]['documents'][0]['id']}")
    return f"{len(states)} server-sent events up to the end"


@client("filters")
def filters(url):
    def ask(filter):
        return send(url, "POST", "/api/v1/ask", {"question": QUESTION, "filter": filter})

    expect(json.loads(ask({"regions": ["山西"], "years": [2025, 2025], "status": "target"})[2])["answer"] == ANSWER, "山西 2025")
    expect(json.loads(ask({"regions": ["广东"]})[2])["abstained"], "another region")
    expect(json.loads(ask({"doc_types": ["work_report"]})[2])["answer"] == ANSWER, "work reports")
    expect(json.loads(ask({"doc_types": ["measure", "guide"]})[2])["abstained"], "another kind")
    status, _, text = ask({"doc_types": ["novel"]})
    error = json.loads(text)["error"]
    expect(status == 400 and error["param"] == "filter.doc_types[0]" and "five_year_plan" in error["message"], text)
    status, _, text = ask({"year": 2025})
    expect(status == 400 and "year" in text, text)
    found = send(url, "POST", "/api/v1/search", {"query": "煤矿", "top_k": 3, "filter": {"status": "target"}})
    passages = json.loads(found[2])["passages"]
    expect(passages and all(passage["status"] == "target" for passage in passages), passages)
    return "regions, years, status, kinds on ask and search; an unknown field or kind refused"


@client("access without keys")
def access(url):
    body = {"question": QUESTION}
    expect(send(url, "POST", "/api/v1/ask", body, {"Host": "evil.example"})[0] == 421, "another host")
    expect(send(url, "POST", "/api/v1/ask", body, {"Origin": "http://evil.example"})[0] == 403, "another origin")
    status, headers, _ = send(url, "GET", "/")
    expect(status == 200 and "default-src 'none'" in headers["Content-Security-Policy"], headers)
    expect(send(url, "GET", "/api/v1/documents", headers={"Accept-Encoding": "gzip"})[1]["Content-Encoding"] == "gzip", "gzip")
    status, headers, _ = send(url, "GET", "/api/v1/documents")
    expect(send(url, "GET", "/api/v1/documents", headers={"If-None-Match": headers["ETag"]})[0] == 304, "ETag")
    expect(send(url, "HEAD", "/api/v1/documents")[2] == "", "HEAD")
    expect(send(url, "GET", "/livez", headers={"X-Request-Id": "abc-1"})[1]["X-Request-Id"] == "abc-1", "request id")
    expect(send(url, "GET", "/v1/models/%ff")[0] == 400, "bad UTF-8 in a path")
    status, _, text = send(url, "POST", "/api/v1/ask", gzip.compress(b"{}"), {"Content-Type": "application/json", "Content-Encoding": "gzip"})
    expect(status == 415 and "error" in json.loads(text), text)
    return "Host 421, Origin 403, policy, gzip, ETag, HEAD, request ids, bad paths and bodies"


@client("access with keys")
def keys(_):
    with Server(environment={"WENBAO_API_KEYS": "read reader-0123456789,write writer-0123456789"}) as server:
        reader, writer = ({"Authorization": f"Bearer {role}-0123456789"} for role in ("reader", "writer"))
        ask = {"question": QUESTION}
        expect(send(server.url, "POST", "/api/v1/ask", ask)[0] == 401, "no key")
        expect(send(server.url, "POST", "/api/v1/ask", ask, {"Authorization": "Bearer nobody-0123456789"})[0] == 401, "a wrong key")
        expect(send(server.url, "POST", "/api/v1/ask", ask, dict(reader))[0] == 200, "the reader asks")
        document = {"name": "2025年乙市政府工作报告", "text": REPORT}
        expect(send(server.url, "POST", "/api/v1/documents", document, dict(reader))[0] == 403, "the reader writes")
        status, headers, _ = send(server.url, "POST", "/api/v1/documents", document, dict(writer))
        expect(status == 202 and send(server.url, "GET", headers["Location"], headers=reader)[0] == 200, "the writer writes")
        chat = {"messages": [{"role": "user", "content": QUESTION}]}
        reply = json.loads(send(server.url, "POST", "/v1/chat/completions", chat, dict(reader))[2])
        link = urllib.parse.urlsplit(reply["choices"][0]["message"]["annotations"][0]["url_citation"]["url"])
        page = send(server.url, "GET", f"{link.path}?{link.query}", headers={"Accept": "text/html"})
        expect(page[0] == 200 and "<mark>" in page[2], "a citation opens without a key")
        expect(send(server.url, "GET", link.path)[0] == 401, "without its signature it does not")
        expect(send(server.url, "GET", "/readyz")[0] == 200, "health is open")
    return "401, 403, roles, a citation's signed link"


@client("tables")
def tables(url):
    asked = {"question": "山西历年的经济增长目标"}
    table = json.loads(send(url, "POST", "/api/v1/table", asked)[2])["table"]
    expect(table["found"] > 1, table)
    status, headers, text = send(url, "POST", "/api/v1/table", asked, {"Accept": "text/csv"})
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    expect(status == 200 and headers["Content-Type"].startswith("text/csv"), (status, headers))
    expect(len(rows) == 1 + len(table["rows"]) and rows[0][0] == "name", rows)
    return f"{len(rows) - 1} years as JSON and as CSV"


@client("the newest protocols")
def protocols(url):
    # HTTP/2 as one begins who knows that it is spoken: preface and empty settings; the reply begins with the server's settings.
    address = urllib.parse.urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as plain:
        plain.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
        frame = plain.recv(9)
    expect(len(frame) == 9 and frame[3] == 4, frame)
    # The assistants' protocol without a greeting: what a server is, it says when it is asked.
    said = "io.modelcontextprotocol/"
    meta = {f"{said}protocolVersion": "2026-07-28", f"{said}clientInfo": {"name": "check", "version": "1"}, f"{said}clientCapabilities": {}}
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "server/discover"}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}}
    found = json.loads(send(url, "POST", "/mcp", asked, headers)[2])["result"]
    expect({"2024-11-05", "2025-06-18", "2026-07-28"} <= set(found["supportedVersions"]) and "tools" in found["capabilities"], found)
    return f"HTTP/2 in clear, server/discover of {found['supportedVersions'][-1]}"


@client("the log")
def log(_):
    keys = {"WENBAO_API_KEYS": "read reader-key-0123456789 intranet", "WENBAO_LOG_FORMAT": "json"}
    with Server(environment=keys) as server:
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        headers = {"Authorization": "Bearer reader-key-0123456789", "X-Request-Id": "mine-1", "traceparent": trace}
        sent = send(server.url, "POST", "/api/v1/ask", {"question": QUESTION}, headers)[2]
        line = server.process.stderr.readline()
    said = json.loads(line)
    expect(QUESTION not in line and said["time"].endswith("Z") and said["level"] == "info" and said["seconds"] > 0, line)
    wanted = {"method": "POST", "path": "/api/v1/ask", "status": 200, "request_id": "mine-1", "key": "intranet", "trace": trace}
    expect({name: said.get(name) for name in wanted} == wanted and said["bytes"] == len(sent.encode()), line)
    return "a line a request as JSON, without the question"


@client("figures and description")
def figures(url):
    text = send(url, "GET", "/metrics")[2]
    names = set(re.findall(r"^(wenbao_\w+)", text, re.M))
    expect({"wenbao_answers_total", "wenbao_http_request_duration_seconds_bucket", "wenbao_documents"} <= names, names)
    expect("智能化" not in text, "no question in the figures")
    described = get(url, "/openapi.json")
    expect("/api/v1/documents" in described["paths"] and "Answer" in described["components"]["schemas"], described["paths"])
    docs = send(url, "GET", "/docs", headers={"Accept": "text/html"})[2]
    expect("src=" not in docs and "https://" not in docs.replace("https://HOST", ""), "docs load nothing")
    return f"{len(names)} series, {len(described['paths'])} paths"


def reached(url):
    """How often each operation was asked, by method and path, and how often with success; from the server's own figures."""
    counts = {}
    line = re.compile(r'wenbao_http_requests_total\{method="(\w+)",route="([^"]+)",status="(\d+)"\} (\d+)')
    for method, route, status, count in line.findall(send(url, "GET", "/metrics")[2]):
        every, well = counts.get((method, route), (0, 0))
        counts[method, route] = (every + int(count), well + int(count) * status.startswith("2"))
    return counts


@client("schemathesis", "schemathesis")
def schemathesis(_):
    # A server of its own: it uploads and deletes; with notes, without which two of the operations are not there.
    with Server("--notes") as server:
        return every_operation(server.url)


def every_operation(url):
    import subprocess
    import sys
    import tempfile

    paths = get(url, "/openapi.json")["paths"]
    operations = {(method.upper(), path) for path, methods in paths.items() for method in methods if method in ("get", "post", "put", "delete")}
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--max-examples", "20", "--checks", "not_a_server_error", "--seed", "1"]
    with tempfile.TemporaryDirectory() as home:
        ran = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=900)
    expect(ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:])
    asked = reached(url)
    expect(operations <= set(asked), f"not reached: {sorted(operations - set(asked))}")
    every, well = asked["POST", "/api/v1/table"]
    expect(every >= 20 and well > 0, (every, well))
    return f"20 examples an operation, all {len(operations)} reached (POST /api/v1/table {every} times, {well} answered), no server error"
