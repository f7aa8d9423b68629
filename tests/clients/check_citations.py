"""Open WebUI's rule over the development questions: no mark lost, none that leads to another passage.

Open WebUI makes a source of every annotation, merges sources by their URL, and reads "[n]" as the n-th that is left. Other front ends merge
by title, or read n as the number of the annotation. For each question the reply is read by all three rules and compared with the answer of
`POST /api/v1/ask`, which says for each of its marks what passages prove it; and the quote must stand in the page that its link opens.
"""

import json
import re
import urllib.parse

from checks import client, expect
from check_rest import send
from server import ROOT

FILES = ["yes_no", "overview", "computed", "open", "many"]


def questions():
    for name in FILES:
        path = ROOT / "tests/questions" / f"{name}.jsonl"
        if path.exists():
            for line in path.read_text().splitlines():
                yield json.loads(line)["question"]


def marks(text):
    return [int(number) for number in re.findall(r"\[(\d+)\]", text)]


def proved(answer):
    """For each mark of the answer's text the passages it points at, marks side by side taken together."""
    groups = []
    for group in re.findall(r"(?:\[\d+\])+", answer["text"]):
        passages = {
            answer["passages"][citation["passage"]]["id"]
            for number in marks(group)
            for citation in answer["citations"]
            if citation["n"] == number
        }
        if passages:
            groups.append(passages)
    return groups


def passage(link):
    return urllib.parse.urlsplit(link).path.rsplit("/", 1)[-1]


def read_by(key, annotations):
    """The passages that are left, in order, where sources are merged by `key`."""
    left = {}
    for each in annotations:
        left.setdefault(key(each), passage(each["url"]))
    return list(left.values())


@client("citations as front ends read them")
def citations(url):
    asked = cited = 0
    for question in questions():
        status, _, text = send(url, "POST", "/api/v1/ask", {"question": question})
        expect(status == 200, text)
        answer = json.loads(text)
        reply = json.loads(send(url, "POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": question}]})[2])
        message = reply["choices"][0]["message"]
        annotations = [each["url_citation"] for each in message["annotations"]]
        rules = [lambda each: each["url"], lambda each: each["title"], lambda each: id(each)]
        orders = [read_by(rule, annotations) for rule in rules]
        expect(orders[0] == orders[1] == orders[2], (question, annotations))
        sources = orders[0]
        expect(len(set(sources)) == len(sources), (question, sources))
        groups = [{sources[n - 1] for n in marks(group)} for group in re.findall(r"(?:\[\d+\])+", message["content"])]
        wanted = proved(answer)
        if not answer["abstained"]:
            # What a text proves but does not mark is marked at its end.
            expect(groups[: len(wanted)] == wanted or set().union(*groups) == set().union(*wanted), (question, groups, wanted))
            every = {answer["passages"][citation["passage"]]["id"] for citation in answer["citations"]}
            expect(set(sources) == every, (question, sources, every))
        for n, each in enumerate(annotations, 1):
            expect(message["content"][each["start_index"] : each["end_index"]] == f"[{n}]", (question, each))
            link = urllib.parse.urlsplit(each["url"])
            page = json.loads(send(url, "GET", f"{link.path}?{link.query}")[2])
            expect(all(part in page["passage"]["text"] for part in each["content"].split("…")), (question, each))
        asked += 1
        cited += len(annotations)
    expect(asked > 50 and cited > 50, (asked, cited))
    return f"{asked} questions, {cited} sources: each mark leads to its passage by URL, by title and by number"
