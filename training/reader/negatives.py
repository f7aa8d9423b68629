"""What looks as if it answered a question and does not: passages of its document, and what the program shows of all."""

import json
import math
from collections import Counter, defaultdict

from .documents import squeeze


def grams(text):
    text = squeeze(text)
    return Counter(text[i : i + 2] for i in range(len(text) - 1))


class Neighbours:
    """Sentences of each document by the character bigrams they share with a question and its quote."""

    def __init__(self, documents):
        self.sentences, self.weights, self.kept = {}, {}, {}
        for d in documents:
            places = [(n, s) for n, p in enumerate(d.passages) for s in p.sentences]
            bags = [grams(d.passages[n].text[s[0] : s[1]]) for n, s in places]
            counts = Counter(g for bag in bags for g in bag)
            index = defaultdict(list)
            for i, bag in enumerate(bags):
                for g in bag:
                    index[g].append(i)
            idf = {g: math.log(1 + len(bags) / c) for g, c in counts.items()}
            lengths = [math.sqrt(sum(idf[g] ** 2 for g in bag)) or 1.0 for bag in bags]
            self.sentences[d.name] = (places, index, idf, lengths)

    def ranked(self, q, text):
        places, index, idf, lengths = self.sentences[q.document.name]
        scores = Counter()
        for g in grams(text):
            for i in index.get(g, ()):
                scores[i] += idf[g] ** 2
        return [places[i] for i, _ in sorted(scores.items(), key=lambda s: (-s[1] / lengths[s[0]], s[0]))]

    def anchor(self, q):
        """The sentence of the question's own passage that the quote begins in."""
        passage = q.document.passages[q.passage]
        start = squeeze(q.quote)[:12]
        for begin, end in passage.sentences:
            if start and start in squeeze(passage.text[begin : end + 40]):
                return begin, end
        return passage.sentences[0] if passage.sentences else (0, len(passage.text))

    def near(self, q, rng):
        """(passage, sentence) among the eight nearest that do not hold the answer; (None, None) where there is none."""
        if q.id not in self.kept:
            own = q.document.passages[q.passage]
            items = [squeeze(own.text[a:b]) for a, b in q.spans]
            found = []
            for text in (q.text + q.quote, q.text):
                taken = 0
                for n, s in self.ranked(q, text):
                    other = q.document.passages[n]
                    if n == q.passage or (n, s) in found or any(i in squeeze(other.text) for i in items):
                        continue
                    found.append((n, s))
                    taken += 1
                    if taken == 4:
                        break
            self.kept[q.id] = found
        found = self.kept[q.id]
        if not found:
            return None, None
        n, s = rng.choice(found)
        return q.document.passages[n], s


def shown(path):
    """The windows (head, text) that the program's ranking shows of each question (example `windows`), by the question's id."""
    with open(path, encoding="utf-8") as lines:
        return {q["id"]: q["windows"] for q in map(json.loads, lines)}


def silent(q, windows):
    """Those of the windows that cannot hold a question's answer: none of its items stands in them."""
    items = [squeeze(q.document.passages[q.passage].text[a:b]) for a, b in q.spans]
    return [w for w in windows if not any(item in squeeze(w[1]) for item in items)]
