"""Questions made of the values that `report` finds: plain, many, right by construction. They warm the reader up."""

from .questions import Question

ASKING = ["是多少", "多少", "达到多少", "有多少", "多少{unit}", "大概多少", "几何", "目标是多少", "怎么样", "完成多少"]
RISING, FALLING = ["增长", "提高", "增加", "涨了"], ["下降", "减少", "降了"]


def made(documents, count, rng):
    """`count` of them, drawn over all documents; one in twelve asks the right passage for another passage's measure."""
    candidates = [
        (document, number, value)
        for document in documents
        for number, passage in enumerate(document.passages)
        for value in passage.values
        if 2 <= len(value["measure"]) <= 24
    ]
    rng.shuffle(candidates)
    out = []
    for i, (document, number, value) in enumerate(candidates[:count]):
        passage = document.passages[number]
        span = [value["range"]]
        measure, trend, unit = value["measure"], value["trend"], value["unit"]
        if i % 12 == 11:
            other = candidates[(i * 7919) % len(candidates)][2]
            if other["measure"] not in passage.text:
                measure, trend, unit, span = other["measure"], other["trend"], other["unit"], []
        when = value["period"] or {}
        year = when.get("to") if when.get("from") == when.get("to") else None
        parts = []
        if year and rng.random() < 0.6:
            parts.append(f"{year[:4]}年")
        if passage.region and rng.random() < 0.6:
            parts.append(passage.region)
        rng.shuffle(parts)
        verb = {"up": rng.choice(RISING), "down": rng.choice(FALLING)}.get(trend, "") if rng.random() < 0.7 else ""
        text = "".join(parts) + measure + verb + rng.choice(ASKING).format(unit=unit)
        out.append(Question(f"made-{i}", text, document, number, span, "", "number", "plain", ""))
    return out
