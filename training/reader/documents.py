"""Documents as `report` reads them, and where a quote stands in them."""

import json
import os
import re
from dataclasses import dataclass, field

SPACE = re.compile(r"\s+")


def squeeze(text):
    """The text without white space: quotes are compared so."""
    return SPACE.sub("", text)


@dataclass
class Passage:
    """One passage: its text, what stands above it, its sentences and the values in them (ranges in characters)."""

    text: str
    region: str
    period: str
    status: str
    section: list
    sentences: list
    values: list = field(default_factory=list)


@dataclass
class Document:
    """A document by its file's name without extension."""

    name: str
    title: str
    passages: list


STATUS = {"actual": "完成", "estimated": "预计", "target": "计划"}


def period(value):
    """"2025年", "2021-2025年" or nothing."""
    if not value:
        return ""
    first, last = (value.get(key) or "" for key in ("from", "to"))
    return f"{first}年" if first == last else f"{first}-{last}年"


def load(path):
    """All documents of a file of JSON lines, by name."""
    documents = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            read = record["document"]
            name = os.path.splitext(os.path.basename(record["path"]))[0]
            passages = []
            for p in read["passages"]:
                values = []
                for sentence in p["sentences"]:
                    for v in sentence["quantities"]:
                        values.append(
                            {
                                "range": (v["range"]["start"], v["range"]["end"]),
                                "measure": v.get("measure") or "",
                                "unit": v.get("unit") or "",
                                "trend": v.get("trend"),
                                "period": v.get("period") or sentence.get("period") or p.get("period"),
                            }
                        )
                passages.append(
                    Passage(
                        text=p["text"],
                        region=p.get("region") or "",
                        period=period(p.get("period")),
                        status=STATUS.get(p.get("status"), ""),
                        section=p["section"],
                        sentences=[(s["range"]["start"], s["range"]["end"]) for s in p["sentences"]],
                        values=values,
                    )
                )
            title = read["meta"].get("title") or name
            documents[name] = Document(name, title, passages)
    return documents


def head(document, passage, drop=lambda part: False):
    """What a passage is read under: whose and when it is, plan or result, its last two headings.

    Whatever reads with the trained model has to build the same line. `drop` says which parts are left out, so that the
    reader learns to do without them.
    """
    parts = []
    who = passage.region if passage.region and "政府工作报告" in document.title else document.title[:30]
    if who and not drop("place"):
        parts.append(who)
    when = passage.period + passage.status
    if when and not drop("period"):
        parts.append(when)
    if not drop("section"):
        parts.extend(h[:24] for h in passage.section[-2:])
    return " ".join(parts) + "：" if parts else ""


class Quotes:
    """Finds quotes in the passages of one document."""

    def __init__(self, document):
        self.places = [[i for i, c in enumerate(p.text) if not c.isspace()] for p in document.passages]
        self.texts = [squeeze(p.text) for p in document.passages]

    def locate(self, quote, items, starts):
        """(passage, spans) of the answer's items within the quote, or None where no passage holds the whole quote."""
        wanted = squeeze(quote)
        for number, (text, places) in enumerate(zip(self.texts, self.places)):
            at = text.find(wanted)
            if at < 0:
                continue
            spans, low = [], at
            for i, item in enumerate(items):
                item = squeeze(item)
                begin = at + starts[i] if i < len(starts) else text.find(item, low, at + len(wanted))
                if begin < 0 or text[begin : begin + len(item)] != item:
                    return None
                low = begin + len(item)
                spans.append((places[begin], places[begin + len(item) - 1] + 1))
            return number, spans
        return None
