"""Open WebUI itself, with wenbao as its only model, asked through its own API as its page does (`make test-openwebui`).

    python3 tests/openwebui/run.py                      starts both, on free ports, over samples/
    python3 tests/openwebui/run.py WENBAO OPENWEBUI     two that run already: their addresses

A question starts a chat with its housekeeping switched on (title, tags, follow-ups), and what Open WebUI has stored of it is read back: the text, its
sources as its page lists them, and what became of the housekeeping. A citation is right where "[n]", read as the n-th source, leads to the passage
that POST /api/v1/ask cites there, and where that page shows the quote.
"""

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/clients"))

from server import Server  # noqa: E402

PROGRAM = ROOT / ".venv/openwebui/bin/open-webui"
# Seconds; it is a large program, and its first start fills a database.
START, ANSWER, HOUSEKEEPING = 600, 180, 120

SINGLE = "2025年新建智能化煤矿多少座"
QUESTIONS = [
    (SINGLE, "130座"),
    ("山西2024年和2025年新建智能化煤矿各多少座", "150座"),
    ("山西历年的经济增长目标", "%"),
    ("2025年山西有哪些民生实事", ""),
    ("2025年火星基地建成多少座", None),
]

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(url, body=None, token=None, method=None):
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with opener.open(request, timeout=ANSWER) as reply:
            return json.loads(reply.read())
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{url}: {error.code} {error.read()[:500]}") from None


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def until(seconds, what, look):
    """What `look` gives, as soon as it is true."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {seconds} s")


@contextlib.contextmanager
def open_webui(models):
    """Open WebUI without login, telemetry or network, its data in a folder that goes with it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="open-webui-", ignore_cleanup_errors=True) as home:
        environment = {
            **os.environ,
            "DATA_DIR": home,
            "WEBUI_AUTH": "False",
            "WEBUI_SECRET_KEY": uuid.uuid4().hex,
            "ENABLE_PERSISTENT_CONFIG": "False",
            "OFFLINE_MODE": "True",
            "HF_HUB_OFFLINE": "1",
            "ENABLE_OLLAMA_API": "False",
            "OPENAI_API_BASE_URL": f"{models}/v1",
            "OPENAI_API_BASE_URLS": f"{models}/v1",
            "OPENAI_API_KEY": "unused",
            "OPENAI_API_KEYS": "unused",
            # Otherwise it downloads a model of its own, or, without the address, sends what is attached to OpenAI.
            "RAG_EMBEDDING_ENGINE": "openai",
            "RAG_OPENAI_API_BASE_URL": f"{models}/v1",
            "RAG_OPENAI_API_KEY": "unused",
            "RAG_EMBEDDING_MODEL": "wenbao",
            "ANONYMIZED_TELEMETRY": "False",
            "DO_NOT_TRACK": "True",
            "SCARF_NO_ANALYTICS": "True",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        log = pathlib.Path(home, "log")
        with log.open("wb") as out:
            command = [PROGRAM, "serve", "--host", "127.0.0.1", "--port", str(port)]
            process = subprocess.Popen(command, env=environment, cwd=home, stdout=out, stderr=out)
        url = f"http://127.0.0.1:{port}"

        def healthy():
            expect(process.poll() is None, "Open WebUI ended")
            with contextlib.suppress(OSError, AssertionError):
                return call(f"{url}/health")["status"]

        try:
            until(START, "Open WebUI starts", healthy)
            yield url
        except BaseException:
            print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ask(url, token, question, system=None, files=()):
    """Starts a chat as the page does, and returns it and its answer once all is there."""
    before = [{"role": "system", "content": system}] if system else []
    asked, answered = str(uuid.uuid4()), str(uuid.uuid4())
    started = call(
        f"{url}/api/chat/completions",
        {
            "stream": True,
            "model": "wenbao",
            "messages": [*before, {"role": "user", "content": question}],
            "files": list(files),
            "id": answered,
            "parent_id": None,
            "session_id": str(uuid.uuid4()),
            "user_message": {
                "id": asked, "parentId": None, "childrenIds": [answered], "role": "user", "content": question,
                "timestamp": int(time.time()), "models": ["wenbao"],
            },
            "background_tasks": {"title_generation": True, "tags_generation": True, "follow_up_generation": True},
        },
        token,
    )

    def look(ready):
        def read():
            chat = call(f"{url}/api/v1/chats/{started['chat_id']}", token=token)
            message = chat["chat"]["history"]["messages"][answered]
            expect(not message.get("error"), message)
            return (chat, message) if ready(chat, message) else None

        return read

    until(ANSWER, question, look(lambda _, message: message.get("done") and message.get("content")))
    return until(
        HOUSEKEEPING,
        f"title, tags and follow-ups of {question}",
        look(lambda chat, message: chat["title"] != "New Chat" and "followUps" in message and (chat.get("meta") or {}).get("tags")),
    )


def upload(url, token):
    """A file as the page attaches it: read, cut and embedded by Open WebUI, with the server's own embeddings."""
    boundary = uuid.uuid4().hex
    form = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="食堂.txt"\r\nContent-Type: text/plain\r\n\r\n'
    form += f"食堂通知：周五供应饺子，周三供应面条。\r\n--{boundary}--\r\n"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={boundary}"}
    with opener.open(urllib.request.Request(f"{url}/api/v1/files/", form.encode(), headers), timeout=ANSWER) as reply:
        file = json.loads(reply.read())

    def state():
        return call(f"{url}/api/v1/files/{file['id']}", token=token)["data"].get("status")

    until(ANSWER, "the file is read", lambda: state() not in (None, "pending", "processing"))
    expect(state() == "completed", call(f"{url}/api/v1/files/{file['id']}", token=token))
    return {"type": "file", "id": file["id"], "name": file["filename"], "file": file, "status": "uploaded"}


def marks(text):
    return [int(n) for n in re.findall(r"\[(\d+)\]", text)]


def sources(message):
    """The links in the order in which the page numbers them: one a source, those with one link merged."""
    links = {}
    for each in message.get("sources") or []:
        for data in each["metadata"]:
            links.setdefault(data["source"], each["source"]["name"])
    return list(links)


def check(question, wanted, wenbao, chat, message):
    text, links = message["content"], sources(message)
    answer = call(f"{wenbao}/api/v1/ask", {"question": question})
    if wanted is None:
        expect(answer["abstained"], answer)
    else:
        expect(not answer["abstained"] and wanted in text and marks(text), text)
    cited = {answer["passages"][each["passage"]]["id"]: each["quote"] for each in answer["citations"]}
    for n in marks(text):
        expect(1 <= n <= len(links), (text, links))
    paths = [urllib.parse.urlsplit(link) for link in links]
    for path, link in zip(paths, links):
        passage = path.path.rsplit("/", 1)[-1]
        page = call(link)
        expect(page["passage"]["id"] == passage, page)
        if not answer["abstained"]:
            expect(passage in cited and cited[passage] in page["passage"]["text"], (link, cited))
    if not answer["abstained"]:
        # Open WebUI's n-th source is what the answer's own text means by [n].
        means = {}
        for each in answer["citations"]:
            means.setdefault(each["n"], set()).add(answer["passages"][each["passage"]]["id"])
        # A chat numbers sources in order of appearance, and marks at its end what its text proves without a mark.
        for mine, theirs in zip(marks(answer["text"]), marks(text)):
            expect(paths[theirs - 1].path.rsplit("/", 1)[-1] in means[mine], (mine, theirs, links, means))
        expect(set(cited) == {path.path.rsplit("/", 1)[-1] for path in paths}, (links, cited))
    # Housekeeping: the question's own words for a title, one plain tag, no follow-ups; never an answer from the reports.
    said = json.dumps([chat["title"], chat["meta"]["tags"], message["followUps"]], ensure_ascii=False)
    expect(chat["title"] == question[:24], said)
    expect(message["followUps"] == [] and len(chat["meta"]["tags"]) == 1, said)
    expect(not marks(said) and (not wanted or wanted not in said), said)
    return f"{len(marks(text))} marks, {len(links)} sources; title {chat['title']!r}, tags {chat['meta']['tags']}"


def run(wenbao, url):
    version = call(f"{url}/api/version")["version"]
    token = call(f"{url}/api/v1/auths/signin", {"email": "", "password": ""})["token"]
    models = [model["id"] for model in call(f"{url}/api/models", token=token)["data"]]
    # Its arena is a model of its own that picks another one.
    expect([model for model in models if model != "arena-model"] == ["wenbao"], models)
    print(f"Open WebUI {version}, models: {models}", flush=True)
    failed = 0
    for question, wanted in QUESTIONS:
        try:
            print(f"ok       {question}: {check(question, wanted, wenbao, *ask(url, token, question))}", flush=True)
        except (AssertionError, KeyError) as error:
            failed += 1
            print(f"FAILED   {question}: {error!r}", flush=True)
    # What an administrator's prompt or a file brings along is not taken for housekeeping.
    for name, more in [
        ("an administrator's prompt", lambda: {"system": "你是政务助手。根据对话内容生成简短标题，再回答。"}),
        ("a file", lambda: {"files": [upload(url, token)]}),
    ]:
        try:
            chat, message = ask(url, token, SINGLE, **more())
            text, links = message["content"], sources(message)
            expect(QUESTIONS[0][1] in text and marks(text), text)
            # What is attached is a source too, and comes first: a mark must not lead there.
            expect(all("/p/" in links[n - 1] for n in marks(text)), (text, links))
            print(f"ok       {name}, and {SINGLE}: {text} {links}", flush=True)
        except (AssertionError, KeyError) as error:
            failed += 1
            print(f"FAILED   {name}: {error!r}", flush=True)
    print(f"{len(QUESTIONS) + 2 - failed} ok, {failed} failed")
    return 1 if failed else 0


def main():
    if len(sys.argv) == 3:
        return run(*sys.argv[1:])
    if not PROGRAM.exists():
        print("Open WebUI is not installed: make test-openwebui does that", file=sys.stderr)
        return 1
    with Server() as server, open_webui(server.url) as url:
        return run(server.url, url)


if __name__ == "__main__":
    sys.exit(main())
