"""All questions of the repo, and which documents they may not be trained on."""

import glob
import json
import os
from dataclasses import dataclass

from .documents import Quotes

# Whole documents that are never trained or fitted on: a name begins with one of these. The first row measures, the second
# are asked for the first time when a reader is done ("first contact").
HELD = (
    "2026年浙江", "2026年四川", "2026年甘肃", "1982年", "2013年", "泉州市", "郴州市", "上海市2025年预算", "三明市2025年预算",
    "海拉尔区2016", "广州长期护理保险", "广州积分制入户管理办法",
)
FRESH = (
    "2026年河北", "1984年", "衡阳市", "常州市2025年预算", "保定市2025年预算", "广州引进人才入户管理办法实施细则", "广州异地就医备案",
    "广州广州市老年人优待办法", "广州特困人员",
)
# Whole documents that the reader is not trained on either: the answerer's small models are fitted on its readings of them,
# which would look better than they are on documents that it has seen.
FITTED = (
    "2026年湖北", "2026年贵州", "2026年吉林", "2025年重庆", "1995年", "1986年", "南昌市", "邵阳市", "海口市", "苏州市",
    "广州居家社区养老", "广州户籍家庭住房保障",
)


@dataclass
class Question:
    """A question tied to a passage: `spans` are the answer's items there (characters), none where it does not answer."""

    id: str
    text: str
    document: object
    passage: int
    spans: list
    answer: str
    kind: str
    style: str
    quote: str


def held(name):
    """Whether the reader may not be trained on a document."""
    return name.startswith(HELD + FRESH + FITTED)


def every_line(paths):
    """(id, document's name, question) for every line of the files."""
    for path in paths:
        stem = os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                q = json.loads(line)
                yield q.get("id") or f"{stem}-{number:03}", os.path.splitext(q["doc"])[0], q


def lines(paths):
    """The same; what is ambiguous is left out."""
    return (line for line in every_line(paths) if not line[2].get("ambiguous"))


def read(folder, documents, keep):
    """The questions of a folder's files whose documents `keep` accepts, and how many could not be placed."""
    found, lost, quotes = [], 0, {}
    for id, name, q in lines(sorted(glob.glob(os.path.join(folder, "*.jsonl")))):
        if not keep(name):
            continue
        if name not in documents:
            lost += 1
            continue
        document = documents[name]
        if name not in quotes:
            quotes[name] = Quotes(document)
        items = [item for item in q["answer"].split("|") if item]
        place = quotes[name].locate(q["quote"], items, q.get("starts") or [])
        if place is None:
            lost += 1
            continue
        found.append(Question(id, q["question"], document, *place, q["answer"], q["kind"], q["style"], q["quote"]))
    return found, lost


def with_hedges(question):
    """Spans of single values as `report` has them: a hedge that stands at the number belongs to it."""
    if question.kind not in ("number", "rate") or len(question.spans) != 1:
        return question.spans
    begin, end = question.spans[0]
    for value in question.document.passages[question.passage].values:
        a, b = value["range"]
        if a <= begin and end <= b and (b - a) - (end - begin) <= 4:
            return [(a, b)]
    return question.spans
