"""What the reader sees of a passage: a run of whole sentences, as tokens under a head."""

import re
from dataclasses import dataclass

from tokenizers import Tokenizer

from .documents import head

QUESTION_TOKENS, HEAD_TOKENS, ALL_TOKENS = 64, 48, 384


@dataclass
class Example:
    """Token ids, where the passage's part begins, and the answer's items as token ranges (both ends included)."""

    ids: list
    passage_at: int
    text_at: int
    spans: list
    offsets: list


def around(passage, begin, end, most, rng=None):
    """The run of whole sentences that holds begin..end, grown on both sides while it stays within `most` characters."""
    sentences = passage.sentences or [(0, len(passage.text))]
    first = max((i for i, s in enumerate(sentences) if s[0] <= begin), default=0)
    last = min((i for i, s in enumerate(sentences) if s[1] >= end), default=len(sentences) - 1)
    last = max(first, last)
    left = rng.random() < 0.5 if rng else False
    stuck = 0
    while stuck < 2:
        low, high = (first - 1, last) if left else (first, last + 1)
        left = not left
        if low < 0 or high >= len(sentences) or sentences[high][1] - sentences[low][0] > most:
            stuck += 1
            continue
        first, last, stuck = low, high, 0
    return sentences[first][0], sentences[last][1]


# What ends a clause; a comma between digits parts thousands.
CLAUSE_END = re.compile(r"[，。；！？;\n]|(?<![0-9]),|,(?![0-9])")


def told_apart(passage, window):
    """The window's text as it is read, and of each of its characters where it stands in the window.

    In a parallel list every value stands behind its own name: "甲、乙分别增长1%、2%" is read as "甲、乙分别增长甲1%、乙2%". Names that
    are put in stand where their value begins.
    """
    text, at, last = [], [], 0
    source = passage.text[window[0] : window[1]]
    for value in sorted(passage.values, key=lambda v: v["range"]):
        begin = value["range"][0] - window[0]
        if not value["measure"] or begin < last or value["range"][1] > window[1]:
            continue
        sentence = max((s[0] for s in passage.sentences if s[0] <= value["range"][0]), default=0) - window[0]
        ends = [end.end() for end in CLAUSE_END.finditer(source, max(0, sentence), begin)]
        if "分别" not in source[ends[-1] if ends else max(0, sentence) : begin]:
            continue
        text += [source[last:begin], value["measure"]]
        at += [*range(last, begin), *[begin] * len(value["measure"])]
        last = begin
    return "".join(text) + source[last:], at + list(range(last, len(source)))


class Tokens:
    """Token ids and offsets of texts, kept: the same heads and sentences come again and again."""

    def __init__(self, tokenizer):
        self.tokenizer, self.kept = tokenizer, {}

    @classmethod
    def open(cls, path):
        """With the tokenizer of a tokenizer.json, which neither pads nor cuts here."""
        tokenizer = Tokenizer.from_file(path)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return cls(tokenizer)

    def __call__(self, text):
        found = self.kept.get(text)
        if found is None:
            encoding = self.tokenizer.encode(text, add_special_tokens=False)
            found = self.kept[text] = (encoding.ids, encoding.offsets)
        return found


def example(tokens, question, document, passage, window, spans, drop=lambda part: False):
    """`<s> question </s></s> head text </s>`; spans in characters of the passage, those outside the window are lost."""
    ids = [0] + tokens(question)[0][:QUESTION_TOKENS] + [2, 2]
    passage_at = len(ids)
    ids = ids + tokens(head(document, passage, drop))[0][:HEAD_TOKENS]
    text_at = len(ids)
    text, at = told_apart(passage, window)
    text_ids, offsets = tokens(text)
    room = ALL_TOKENS - text_at - 1
    at.append(window[1] - window[0])
    text_ids, offsets = text_ids[:room], [(at[a], at[b]) for a, b in offsets[:room]]
    found = []
    for begin, end in spans:
        begin, end = begin - window[0], end - window[0]
        hit = [i for i, (a, b) in enumerate(offsets) if a < end and b > begin]
        if hit and offsets[hit[-1]][1] >= end:
            found.append((text_at + hit[0], text_at + hit[-1]))
    return Example(ids + text_ids + [2], passage_at, text_at, found, offsets)


def shown(tokens, question, head, text):
    """A window that the program has shown (head and text as it makes them) and that does not answer."""
    ids = [0] + tokens(question)[0][:QUESTION_TOKENS] + [2, 2]
    passage_at = len(ids)
    ids = ids + tokens(head)[0][:HEAD_TOKENS]
    text_at = len(ids)
    return Example(ids + tokens(text)[0][: ALL_TOKENS - text_at - 1] + [2], passage_at, text_at, [], [])
