#!/usr/bin/env python3
"""Grade open questions, questions over many reports, and conversations.

usage: grade.py QUESTIONS RESPONSES [QUESTIONS RESPONSES ...] [--folder F] [--only held|tuned] [--show N] [--json] [--floor NAME=VALUE]
       grade.py --list FOLDER QUESTIONS             the questions asked of that folder's index, for `wenbao ask --batch`
       grade.py --converse URL --folder F QUESTIONS the conversations of a folder, asked of a server: the responses to grade
       grade.py --check DOCUMENTS QUESTIONS...      every quote and every point stands in its document
       grade.py --self-test

QUESTIONS  open.jsonl, many.jsonl or conversations.jsonl; their fields are in README.md. A file's kind is seen from its first line.
RESPONSES  for open and many: one line a question, as `wenbao ask --batch QUESTIONS --json` prints them.
           For conversations: one line a conversation, {"id", "turns": [answer, …]}, the answers in the order of the turns, each
           asked with the real replies to the turns before it.
           A question without a response counts as one without an answer. FOLDER and F name a folder of reports, or several
           that are indexed together, as provinces+provinces-2026: only its questions are listed, asked or graded.

open
  points     share of points named. A point is a list of alternatives, each a list of words; it is named if all words of one
             alternative stand in one line of `text`. An answer that abstains names none.
  half       share of questions at least half of whose points are named
  off        share of lines of `text` that name no point; a lead (a first line that ends in a colon) is no line
  again      share of lines that name only points named by lines before them
  silent     share of questions without an answer
many
  cells      share of the table's cells that are right: place, period, number, unit and citation. Cells are those of `table`, or
             where it is null, `values`. A cell with a bound, a range or a stretch target is right with the base.
  wrong      share of cells with another number, another unit, or a citation that does not bear it, among all cells and all that
             are given for a place which says nothing
  hedges     share of right cells that had a hedge (左右, 以上, …) and kept it
  missing    share of the places without a value that are named as such: in `table.missing`, as a row of nulls, or on a line of
             `text` that says so (未提及, 没有, 未找到, …)
  result     share of short results right, among questions that ask for one: an alternative's words all stand in `answer`, or in
             the first line of `text`; with "only" no other place's name stands there; with "order" in this order
conversations
  turns      share of turns right: an accepted value as in an answer of at most 60 characters with no other number in it; half of
             the points; abstained; kind chat; for what no report is about, abstained or chat or none, and nothing cited
  small      share of greetings and of questions about nothing in the reports that are right and without a citation
  whole      share of conversations with every turn right

White space, thousands separators, case and width are no difference; a number must not be part of a longer one.
"""
import argparse
import collections
import html
import json
import os
import re
import sys
import urllib.request
import zipfile

SPACE = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")
SPACED = re.compile(r"(?<![\d.])\d(?: \d)+(?![\d])")
MARK = re.compile(r"\[\d+\]")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
YEAR = re.compile(r"(?<![\d.])(?:19|20)\d\d(?=年|[—~-](?:19|20)\d\d|$|[^\d.%万亿])")
HAN_DIGIT = "〇零一二三四五六七八九十百千万亿两"
SHORT, LONG = 60, 400
PLACES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 "
    "云南 陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 台湾"
).split()
ABSENT = ("未提", "没有", "未找到", "找不到", "未说", "没说", "没提", "未见", "无数据", "缺", "未给出", "未写", "not found", "missing")
HEDGES = [
    ("左右", "约", "上下"),
    ("以上", "超", "突破", "不少于", "不低于", "至少", "≥", ">"),
    ("以内", "以下", "不超过", "≤", "<"),
]
# What a unit counts, and how many of the smallest: 1 万吨 is 0.2 亿斤.
UNITS = {
    "%": ("share", 1), "个百分点": ("points", 1),
    "万亿元": ("yuan", 1e12), "万亿": ("yuan", 1e12), "亿元": ("yuan", 1e8), "万元": ("yuan", 1e4), "元": ("yuan", 1),
    "亿吨": ("mass", 2e11), "万吨": ("mass", 2e7), "吨": ("mass", 2e3),
    "亿斤": ("mass", 1e8), "万斤": ("mass", 1e4), "斤": ("mass", 1),
    "万人": ("people", 1e4), "人": ("people", 1),
}  # fmt: skip
BY_LENGTH = sorted(UNITS, key=len, reverse=True)


def squeeze(text):
    return SPACE.sub("", text or "")


def fold(text):
    text = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E and c != "，" else c for c in text or "")
    text = THOUSANDS.sub("", MARK.sub("", text))
    # Old scans set numbers wide (从4 0 个减少到2 9 个); other numbers with a space between them are two.
    text = SPACED.sub(lambda number: squeeze(number.group()), text)
    return squeeze(BETWEEN_DIGITS.sub("|", text)).lower()


def is_digit(char):
    return char.isascii() and char.isdigit()


def place(text, word, start=0):
    """Where `word` begins in `text` (both folded), not as part of a longer number; -1 if nowhere."""
    at = text.find(word, start)
    while at >= 0:
        end = at + len(word)
        before, after, behind = (text[i] if 0 <= i < len(text) else " " for i in (at - 1, end, end + 1))
        first, last = word[0], word[-1]
        longer = (
            (is_digit(first) and (is_digit(before) or before == "."))
            or (is_digit(last) and (is_digit(after) or (after == "." and is_digit(behind)) or after in "万亿"))
            or (first in HAN_DIGIT and before in HAN_DIGIT)
            or (last in HAN_DIGIT and (after in HAN_DIGIT or (after == "点" and behind in HAN_DIGIT)))
        )
        if not longer:
            return at
        at = text.find(word, at + 1)
    return -1


def stands(words, text):
    return all(place(text, fold(word)) >= 0 for word in words)


def stem(path):
    return os.path.splitext(os.path.basename(path or ""))[0]


# --- open questions


def text_lines(response):
    """The lines of an answer's text, folded; a lead is dropped."""
    if response.get("abstained"):
        return []
    lines = [line.strip() for line in MARK.sub("", response.get("text") or "").split("\n")]
    lines = [line for line in lines if re.search(r"\w", line)]
    if len(lines) > 1 and lines[0].rstrip("* ").endswith(("：", ":")):
        lines = lines[1:]
    return [fold(line) for line in lines]


def points_named(points, lines):
    """For each line, which points it names."""
    return [{i for i, point in enumerate(points) if any(stands(words, line) for words in point)} for line in lines]


def grade_open(questions, responses, count, show):
    for question in questions:
        response = responses.get(question["id"]) or {"abstained": True}
        lines = text_lines(response)
        by_line, named, again = points_named(question["points"], lines), set(), 0
        for points in by_line:
            again += bool(points) and points <= named
            named |= points
        count.add("points", len(named), len(question["points"]))
        count.add("half", 2 * len(named) >= len(question["points"]), 1)
        count.add("off", sum(not points for points in by_line), len(lines))
        count.add("again", again, len(lines))
        count.add("silent", not lines, 1)
        if len(named) < len(question["points"]):
            unnamed = [question["points"][i][0] for i in range(len(question["points"])) if i not in named]
            show(question, f"{len(named)}/{len(question['points'])} named, not {unnamed}", response.get("text"))


# --- questions over many reports


def short_place(name):
    """A place by its short name: 内蒙古自治区 is 内蒙古."""
    if isinstance(name, dict):
        name = name.get("region") or name.get("label") or name.get("name")
    if isinstance(name, list):
        name = name[-1] if name else ""
    name = str(name or "")
    for known in PLACES:
        if name.startswith(known):
            return known
    return re.sub(r"(省|市|自治区|特别行政区|区|州|地区|(?<=\d)年)$", "", name)


def years(period):
    """The years of a period: a year, {"from", "to"} or none."""
    ends = [period.get("from"), period.get("to")] if isinstance(period, dict) else [period]
    return [str(end)[:4] for end in ends if end]


def period_fits(period, wanted):
    """Whether a period is the one that is wanted; none fits all."""
    return not wanted or all(year == wanted for year in years(period))


def amounts(text):
    """The numbers of a text with what their units count: 5%—5.5% is two shares."""
    text = fold(text)
    text = YEAR.sub("", text)
    found = []
    for match in NUMBER.finditer(text):
        rest = text[match.end() :]
        unit = next((unit for unit in BY_LENGTH if rest.startswith(unit)), None)
        found.append([float(match.group()), unit])
    for i in range(len(found) - 2, -1, -1):
        found[i][1] = found[i][1] or found[i + 1][1]
    return [(UNITS[unit][0], number * UNITS[unit][1]) if unit else (None, number) for number, unit in found]


def same(a, b):
    return len(a) == len(b) and all(x[0] == y[0] and abs(x[1] - y[1]) <= 1e-9 * max(abs(x[1]), abs(y[1]), 1) for x, y in zip(a, b))


def number_right(row, cell):
    wanted = amounts(row["value"] + row["unit"])
    full = wanted + [amounts(more + row["unit"])[0] for more in row.get("also", [])]
    said = amounts(cell.get("text"))
    # A text may leave the unit to its field; what it says itself goes before `value`, which is the lower end of a range.
    if (not said or any(unit is None for unit, _ in said)) and cell.get("value") is not None:
        said = amounts(f"{cell['value']}{cell.get('unit') or ''}")
    return same(said, wanted) or same(said, full)


def hedge_kept(row, cell):
    said = f"{cell.get('text') or ''}{cell.get('hedge') or ''}"
    kind = next((kind for kind in HEDGES if any(word in row["hedge"] for word in kind)), (row["hedge"],))
    return any(word in said for word in kind)


def cited(row, cell, response):
    """Whether one of a cell's citations is of the row's document and holds its number, or its quote."""
    passages = response.get("passages") or []
    digits = NUMBER.findall(fold(row["value"]))
    for citation in response.get("citations") or []:
        if citation.get("n") not in (cell.get("citations") or []) or not 0 <= citation.get("passage", -1) < len(passages):
            continue
        passage = passages[citation["passage"]]
        if stem(passage.get("document", {}).get("path")) != row["doc"]:
            continue
        quote, wanted = fold(citation.get("quote")), fold(row["quote"])
        if digits and set(digits) <= set(NUMBER.findall(quote)):
            return True
        if wanted in quote or (quote and quote in wanted) or wanted in fold(passage.get("text")):
            return True
    return False


def cells_of(response):
    """All cells that an answer gives: (place, period, cell or None)."""
    table = response.get("table")
    if table:
        columns = table.get("columns") or []
        for row in table.get("rows") or []:
            region = short_place(row.get("region") or row.get("label"))
            for i, cell in enumerate(row.get("cells") or []):
                column = columns[i] if i < len(columns) else {}
                yield region, row.get("period") or (column.get("period") if isinstance(column, dict) else None), cell
        return
    for value in response.get("values") or []:
        if not value.get("computed"):
            yield short_place(value.get("region") or value.get("label")), value.get("period"), {"text": None, **value}


def lines_outside_tables(response):
    return [line for line in (response.get("text") or "").split("\n") if line.strip() and not line.lstrip().startswith("|")]


def named_missing(name, response):
    """Whether an answer says that a place (or a year, where one place was asked for) has no value."""
    table = response.get("table") or {}
    if name in [short_place(other) for other in table.get("missing") or []]:
        return True
    own = [cell for region, period, cell in cells_of(response) if name == region or name in years(period)]
    if table and own and all(cell is None for cell in own):
        return True
    return any(name in line and any(word in line for word in ABSENT) for line in lines_outside_tables(response))


def result_right(question, response):
    if response.get("abstained"):
        return False
    others = set(PLACES) | {row["region"] for row in question["table"]}
    for text in [response.get("answer") or ""] + lines_outside_tables(response)[:1]:
        folded = fold(text)
        for words in question["answer"]:
            at, found = 0, True
            for word in words:
                where = place(folded, fold(word), at)
                found = found and where >= 0
                if question.get("order") and where >= 0:
                    at = where + 1
            if not found:
                continue
            allowed = set(words) | set(question.get("may", []))
            if question.get("only") and any(name in folded for name in others - allowed):
                continue
            return True
    return False


def grade_many(questions, responses, count, show):
    for question in questions:
        response = responses.get(question["id"]) or {"abstained": True}
        cells, mentions, faults = list(cells_of(response)), question.get("mentions"), []
        one_place = len({row["region"] for row in question["table"]}) == 1

        def cells_for(row):
            """What an answer gives for a row; where one place was asked for, its rows may leave the place out."""
            for region, period, cell in cells:
                here = region == row["region"] or (one_place and region not in PLACES)
                if here and cell is not None and period_fits(period, row["period"]):
                    yield cell

        for row in question["table"]:
            own = list(cells_for(row))
            if mentions:
                word = fold(mentions)
                right = [cell for cell in own if cited_mention(row, word, cell, response)]
                # A cell of a place that mentions the thing, without the quote that shows it, is wrong.
            else:
                right = [cell for cell in own if number_right(row, cell) and cited(row, cell, response)]
            count.add("cells", bool(right), 1)
            count.add("wrong", bool(own) and not right, 1)
            if right and row.get("hedge"):
                count.add("hedges", any(hedge_kept(row, cell) for cell in right), 1)
            if not right:
                faults.append(f"{row['region']}{row['period']}: {[cell.get('text') or cell.get('value') for cell in own] or 'silent'}")
        for region in question["missing"]:
            given = [cell for place_, _, cell in cells if place_ == region and cell is not None and (cell.get("citations") or not mentions)]
            if given:
                count.add("wrong", 1, 1)
                faults.append(f"{region}: {[cell.get('text') for cell in given]} for nothing")
            if not mentions:
                named = not given and named_missing(region, response)
                count.add("missing", named, 1)
                if not named and not given:
                    faults.append(f"{region} not named as missing")
        if question["answer"]:
            right = result_right(question, response)
            count.add("result", right, 1)
            if not right:
                faults.append(f"result {response.get('answer')!r} for {question['answer'][0]}")
        if faults:
            show(question, "; ".join(faults[:6]) + (f"; … {len(faults)} faults" if len(faults) > 6 else ""), response.get("answer"))


def cited_mention(row, word, cell, response):
    passages = response.get("passages") or []
    return any(
        citation.get("n") in (cell.get("citations") or [])
        and 0 <= citation.get("passage", -1) < len(passages)
        and stem(passages[citation["passage"]].get("document", {}).get("path")) == row["doc"]
        and word in fold(citation.get("quote"))
        for citation in response.get("citations") or []
    )


# --- conversations


def further_numbers(answer, wanted):
    allowed = {number for word in wanted for number in NUMBER.findall(fold(word))}
    return [n for n in NUMBER.findall(YEAR.sub("", fold(answer))) if n not in allowed] if allowed else []


def answered(answers, answer):
    """Whether a short answer holds an accepted value, or every item of a list, each in one of its variants."""
    folded = fold(answer)
    if isinstance(answers[0], list):
        at = 0
        if len(answer) > LONG:
            return False
        for item in answers:
            ends = [where + len(fold(word)) for word in item if (where := place(folded, fold(word), at)) >= 0]
            if not ends:
                return False
            at = min(ends)
        return len(further_numbers(answer, [word for item in answers for word in item])) <= 2
    if len(answer) > SHORT or all(place(folded, fold(word)) < 0 for word in answers):
        return False
    return not further_numbers(answer, answers)


def turn_right(turn, response):
    quiet = not response.get("citations")
    if turn.get("off_topic"):
        return quiet and (bool(response.get("abstained")) or response.get("kind") in ("chat", "none"))
    if turn.get("kind") == "chat":
        return quiet and response.get("kind") == "chat"
    if turn.get("abstained"):
        return bool(response.get("abstained"))
    if response.get("abstained"):
        return False
    if "points" in turn:
        lines = [fold(line) for line in (response.get("text") or "").split("\n")]
        named = set().union(*points_named(turn["points"], lines))
        return 2 * len(named) >= len(turn["points"])
    return answered(turn["answers"], response.get("answer") or "")


def grade_conversations(questions, responses, count, show):
    for question in questions:
        replies = (responses.get(question["id"]) or {}).get("turns") or []
        whole = True
        for i, turn in enumerate(question["turns"]):
            reply = replies[i] if i < len(replies) else {}
            right = bool(reply) and turn_right(turn, reply)
            whole = whole and right
            count.add("turns", right, 1)
            if turn.get("off_topic") or turn.get("kind") == "chat":
                count.add("small", right, 1)
            if not right:
                wanted = turn.get("answers") or ("points" if "points" in turn else "abstained" if turn.get("abstained") else "small talk")
                show({"id": f"{question['id']}/{i + 1}", "question": turn["question"]}, f"wants {wanted}", reply.get("answer") or reply.get("text"))
        count.add("whole", whole, 1)


# --- the program


# Shares of which less is better.
WORSE = ("wrong", "off", "again", "silent")


class Count:
    """Shares: what was reached of what could be."""

    def __init__(self):
        self.of = collections.OrderedDict()

    def add(self, name, reached, possible):
        a, b = self.of.get(name, (0, 0))
        self.of[name] = (a + int(reached), b + possible)

    def shares(self):
        return {name: round(a / b, 4) for name, (a, b) in self.of.items() if b}


KINDS = {"open": ("points", grade_open), "many": ("table", grade_many), "conversations": ("turns", grade_conversations)}


def kind_of(questions):
    return next(kind for kind, (field, _) in KINDS.items() if field in questions[0])


def read(path, number, line):
    try:
        return json.loads(line)
    except ValueError as error:
        raise ValueError(f"{path}, line {number}: {error}") from None


def lines_of(path):
    with open(path, encoding="utf-8") as lines:
        return [read(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def folder_of(question):
    folder = question.get("folder") or question.get("docs")
    return "+".join(folder) if isinstance(folder, list) else folder


def converse(url, question, wait=60):
    """The answers to a conversation's turns, each asked with the replies before it."""
    history, replies = [], []
    for turn in question["turns"]:
        body = json.dumps({"question": turn["question"], "history": history}).encode("utf-8")
        request = urllib.request.Request(url.rstrip("/") + "/api/v1/ask", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=wait) as reply:
            replies.append(json.load(reply))
        history.append({"role": "user", "content": turn["question"]})
        history.append({"role": "assistant", "content": replies[-1].get("text") or ""})
    return {"id": question["id"], "turns": replies}


def grade(questions, responses, only=None, show=lambda *_: None):
    """The counts of one file."""
    chosen = [q for q in questions if only is None or bool(q.get("held")) == (only == "held")]
    count = Count()
    KINDS[kind_of(questions)][1](chosen, {r["id"]: r for r in responses if "id" in r}, count, show)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--only", choices=["held", "tuned"])
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print the first N faults of a file")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--floor", action="append", default=[], metavar="NAME=VALUE", help="exit 1 if a share is below (wrong, off: above) this")
    parser.add_argument("--folder", metavar="FOLDERS", help="only the questions about one of these folders, with blanks between")
    parser.add_argument("--list", metavar="FOLDER")
    parser.add_argument("--converse", metavar="URL")
    parser.add_argument("--check", metavar="DOCUMENTS")
    parser.add_argument("--self-test", action="store_true")
    asked = parser.parse_args()
    if asked.self_test:
        return self_test()
    if asked.check:
        return check(asked.check, asked.files)
    if asked.list or asked.converse:
        for question in (question for path in asked.files for question in lines_of(path)):
            if folder_of(question) == (asked.list or asked.folder):
                print(json.dumps(converse(asked.converse, question) if asked.converse else question, ensure_ascii=False))
        return 0
    if not asked.files or len(asked.files) % 2:
        parser.error("give pairs of a file of questions and a file of responses")
    out, below = {}, []
    for path, answers in zip(asked.files[::2], asked.files[1::2]):
        questions, shown = [q for q in lines_of(path) if asked.folder is None or folder_of(q) in asked.folder.split()], []
        if not questions:
            continue

        def show(question, fault, got):
            shown.append(f"  {question['id']} {question['question']}: {fault}; it said {(got or '')[:120]!r}")

        responses = lines_of(answers)
        parts = {asked.only or "all": grade(questions, responses, asked.only, show)}
        if asked.only is None:
            parts |= {only: grade(questions, responses, only) for only in ("held", "tuned")}
        name = stem(path)
        out[name] = {part: count.shares() for part, count in parts.items()}
        if not asked.json:
            for part, count in parts.items():
                print(f"{name} ({part}): " + ", ".join(f"{key} {a}/{b} = {a / b:.3f}" for key, (a, b) in count.of.items() if b))
            print("\n".join(shown[: asked.show]), end="\n" if asked.show and shown else "")
        for floor in asked.floor:
            key, value = floor.split("=")
            share = next(iter(out[name].values())).get(key)
            if share is not None and (share > float(value) if key in WORSE else share < float(value)):
                below.append(f"{name}: {key} is {share}, {value} is expected")
    if asked.json:
        print(json.dumps(out, ensure_ascii=False))
    print("\n".join(below), file=sys.stderr, end="\n" if below else "")
    return 1 if below else 0


# --- checks of the questions themselves


def text_of(path):
    if path.endswith(".docx"):
        xml = zipfile.ZipFile(path).read("word/document.xml").decode("utf-8")
        return html.unescape("".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", xml)))
    raw = open(path, "rb").read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeError:
        text = raw.decode("gb18030", errors="replace")
    if path.endswith((".html", ".htm")):
        text = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"(?is)<(script|style).*?</\1>", "", text)))
    return text


def check(folder, files):
    """Every quote stands in its document, every point's alternative too, and no id is there twice."""
    documents = {}
    for root, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".txt", ".docx", ".html", ".htm", ".md")):
                documents[stem(name)] = fold(text_of(os.path.join(root, name))).replace("|", "")
    faults, seen, checked = [], set(), 0
    for path in files:
        for question in lines_of(path):
            if question["id"] in seen:
                faults.append(f"{question['id']} is there twice")
            seen.add(question["id"])
            for row in question.get("table", []):
                checked += 1
                text = documents.get(row["doc"])
                if text is None or fold(row["quote"]).replace("|", "") not in text:
                    faults.append(f"{question['id']}: {row['doc']} does not say {row['quote']!r}")
                elif not set(NUMBER.findall(row["value"])) <= set(NUMBER.findall(fold(row["quote"]))):
                    faults.append(f"{question['id']}: {row['quote']!r} does not hold {row['value']}")
            if "points" in question:
                text = documents.get(question["doc"], "")
                for words in (words for point in question["points"] for words in point):
                    checked += 1
                    if not stands(words, text):
                        faults.append(f"{question['id']}: {question['doc']} does not hold {words}")
                    if stands(words, fold(question["question"])):
                        faults.append(f"{question['id']}: the question itself names {words}")
    print("\n".join(faults + [f"{checked} quotes and alternatives checked, {len(faults)} faults"]))
    return 1 if faults else 0


# --- self-test


def perfect(question):
    """A response with everything that a question of the files asks for."""
    if "points" in question:
        return {"id": question["id"], "text": "\n".join("，".join(point[0]) for point in question["points"])}
    if "turns" in question:
        return {"id": question["id"], "turns": [perfect_turn(turn) for turn in question["turns"]]}
    rows, passages, citations = [], [], []
    for n, row in enumerate(question["table"], 1):
        said = row["value"] + row["unit"] + row.get("hedge", "") if row["value"] else "提到"
        rows.append({"region": row["region"], "period": row["period"], "cells": [{"text": said, "citations": [n]}]})
        passages.append({"document": {"path": row["doc"] + ".txt"}, "text": row["quote"]})
        citations.append({"n": n, "passage": n - 1, "quote": row["quote"]})
    answer = "、".join(question["answer"][0]) if question["answer"] else ""
    table = {"columns": [{"label": "值"}], "rows": rows, "missing": question["missing"]}
    return {"id": question["id"], "answer": answer, "text": answer, "table": table, "passages": passages, "citations": citations}


def perfect_turn(turn):
    if "points" in turn:
        return {"text": "\n".join("，".join(point[0]) for point in turn["points"])}
    if "answers" not in turn:
        return {"kind": "chat"} if turn.get("kind") == "chat" else {"abstained": True}
    first = turn["answers"][0]
    return {"answer": "，".join(item[0] for item in turn["answers"]) if isinstance(first, list) else first}


def self_test():
    def share(questions, responses, name):
        return grade(questions, responses).shares().get(name)

    def expect(got, wanted, what):
        if got != wanted:
            raise AssertionError(f"{what}: {got}, {wanted} is expected")

    # open: whole words and whole numbers, one line a point, a lead is no line
    question = {"id": "o", "question": "?", "points": [[["失业率", "5.5%"]], [["8%"], ["百分之四"]], [["谋划一批"]], [["送戏"]]]}
    said = {"id": "o", "text": "报告说：\n失业率10.8%，另有 5.5％ 左右。[1]\n收入增长10.8%、百分之四点一。\n谋划一批、开工一批[2]\n再次谋划一批"}
    expect(share([question], [said], "points"), 0.5, "10.8% is not 8%, 百分之四点一 not 百分之四")
    expect(share([question], [said], "off"), 0.25, "one of four lines is off")
    expect(share([question], [said], "again"), 0.25, "one line says again what was said")
    split = {"id": "o", "text": "失业率不高\n增长5.5%"}
    expect(share([question], [split], "points"), 0.0, "words of two lines make no point")
    expect(share([question], [dict(said, abstained=True)], "points"), 0.0, "an abstention names nothing")
    expect(share([question], [], "silent"), 1.0, "a missing response is silent")

    # many: number, unit, place, period, citation
    row = {"region": "浙江", "period": "2026", "value": "5—5.5", "unit": "%", "doc": "浙江", "quote": "增长5%—5.5%"}
    level = {"region": "四川", "period": "2026", "value": "67665", "unit": "亿元", "doc": "四川", "quote": "67665亿元"}
    about = {"region": "西藏", "period": "2026", "value": "7", "unit": "%", "hedge": "以上", "also": ["8"], "doc": "西藏", "quote": "增长7%以上、力争达到8%"}
    question = {"id": "m", "question": "?", "table": [row, level, about], "missing": ["江苏"], "answer": [["西藏", "7%以上"]], "only": True}

    def reply(texts, **more):
        names = ["浙江", "四川省", "西藏自治区"]
        quotes = ["增长5%—5.5%", "实现67665亿元", "增长7%以上、力争达到8%"]
        return {
            "id": "m", "answer": "西藏，7%以上", "text": "最高的是西藏（7%以上）。",
            "table": {
                "columns": [{"label": "目标", "period": {"from": "2026", "to": "2026"}, "status": "target"}],
                "rows": [{"label": n, "region": n, "cells": [t and {"text": t, "citations": [i + 1]}]} for i, (n, t) in enumerate(zip(names, texts))],
                "missing": ["江苏"],
            },
            "passages": [{"document": {"path": f"{short_place(n)}.txt"}, "text": q} for n, q in zip(names, quotes)],
            "citations": [{"n": i + 1, "passage": i, "quote": q} for i, q in enumerate(quotes)], **more,
        }  # fmt: skip

    good = reply(["5%—5.5%", "6.7665万亿元", "7%以上"])
    expect(grade([question], [good]).shares(), {"cells": 1.0, "wrong": 0.0, "hedges": 1.0, "missing": 1.0, "result": 1.0}, "all right, units converted")
    expect(share([question], [reply(["5%—5.5%", None, "7%以上、力争达到8%"])], "cells"), 0.6667, "null is silent, a stretch target may stand by")
    expect(share([question], [reply(["5.5%", "67665万元", "8%"])], "wrong"), 1.0, "half a range, a wrong unit, the stretch target alone")
    expect(share([question], [dict(good, citations=[])], "cells"), 0.0, "without a citation no cell is right")
    expect(share([question], [reply(["5%—5.5%", "67665亿元", "7%"])], "hedges"), 0.0, "the hedge is lost")
    moved = reply(["5%—5.5%", "67665亿元", "7%以上"])
    moved["table"]["columns"][0]["period"] = {"from": "2025", "to": "2025"}
    expect(share([question], [moved], "cells"), 0.0, "another year")
    expect(share([question], [dict(good, answer="西藏7%以上，海南6%", text="")], "result"), 0.0, "another place in the result")
    invented = dict(good, table=dict(good["table"], missing=[], rows=good["table"]["rows"] + [{"region": "江苏", "cells": [{"text": "5%", "citations": [1]}]}]))
    expect(share([question], [invented], "wrong"), 0.25, "a value for a place that says none")
    expect(share([question], [dict(good, table=dict(good["table"], missing=[]), text="江苏未提及。")], "missing"), 1.0, "named in the text")
    order = {"id": "m", "question": "?", "table": [], "missing": [], "answer": [["西藏", "四川"]], "order": True}
    expect(share([order], [{"id": "m", "answer": "四川、西藏"}], "result"), 0.0, "the order counts")
    years_asked = {"id": "m", "question": "?", "table": [dict(row, period="2026")], "missing": ["1978"], "answer": []}
    by_year = dict(good, table={"columns": [{"label": "目标"}], "missing": ["1978年"], "rows": [
        {"label": "2026年", "region": None, "period": {"from": "2026", "to": "2026"}, "cells": [{"text": "5%—5.5%", "citations": [1]}]},
    ]})  # fmt: skip
    expect(share([years_asked], [by_year], "cells"), 1.0, "one place over years needs no place in its rows")
    expect(share([years_asked], [by_year], "missing"), 1.0, "a missing year")
    expect(share([question], [dict(good, answer="海南", text="最高的是海南。\n西藏7%以上")], "result"), 0.0, "a later line is no result")
    expect(number_right(level, {"text": "67665", "value": 67665, "unit": "亿元"}), True, "the unit in its field")
    expect(same(amounts("1,347万吨"), amounts("269.4亿斤")), True, "万吨 and 亿斤")

    # conversations
    turns = [{"question": "?", "answers": ["150座"]}, {"question": "?", "abstained": True}, {"question": "你好", "kind": "chat"}, {"question": "天气", "off_topic": True}]
    turns += [{"question": "?", "answers": [["5%"], ["7%"]]}, {"question": "?", "points": [[["一"]], [["二"]], [["三"]]]}]
    question = {"id": "c", "turns": turns}
    right = [{"answer": "150座"}, {"abstained": True}, {"kind": "chat"}, {"abstained": True}, {"answer": "甲5%，乙7%"}, {"text": "一\n二"}]
    expect(grade([question], [{"id": "c", "turns": right}]).shares(), {"turns": 1.0, "small": 1.0, "whole": 1.0}, "all turns right")
    false = [{"answer": "1150座"}, {"answer": "5%"}, {"kind": "chat", "citations": [{}]}, {"answer": "晴", "kind": "passage"}, {"answer": "乙7%，甲5%"}, {"text": "一"}]
    expect(grade([question], [{"id": "c", "turns": false}]).shares(), {"turns": 0.0, "small": 0.0, "whole": 0.0}, "no turn right")
    expect(answered(["150座"], "150座，比上年多32座"), False, "another number beside the answer")
    # every question of the files can be answered
    for kind in KINDS:
        questions = lines_of(os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{kind}.jsonl"))
        for question in questions:
            shares = grade([question], [perfect(question)]).shares()
            lost = [name for name, value in shares.items() if value != (0 if name in WORSE else 1)]
            expect(lost, [], f"a perfect answer to {question['id']}")
        held = sum(bool(question["held"]) for question in questions)
        expect(4 * held >= len(questions), True, f"a quarter of {kind} at least is held out")
    print("self-test passed")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"grade.py: {type(error).__name__}: {error}; --help says what the files must hold")
