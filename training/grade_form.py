#!/usr/bin/env python3
"""Turns questions of training/questions into the form of ../shared/eval/grade.py, one file a folder of documents.

  grade_form.py OUT_DIR --documents ../shared/reports --which held|first-contact|fitted|trained QUESTIONS.jsonl…

A question that names neither the place nor the year by which its document differs from the others of the folder is asked of
that document alone: its line carries a `filter`. Kind none becomes an unanswerable question.
"""

import argparse
import collections
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from reader.questions import FITTED, FRESH, HELD, held, lines  # noqa: E402

HEDGES = "超过|超|约|近|突破|达到|达|逾|不低于|不少于|至少|接近|大约|将近"
TAILS = "左右|以上|以下|以内|多|余"
TYPES = {"number": "number-actual", "rate": "growth", "time": "time", "entity": "entity", "list": "list", "none": "unanswerable"}
# The places of held-out documents as other languages write them.
NAMES = {
    "浙江": "zhejiang|저장|чжэцзян", "四川": "sichuan|쓰촨|сычуан", "甘肃": "gansu|간쑤|ганьсу|甘粛", "泉州": "quanzhou|취안저우|цюаньчжоу",
    "郴州": "chenzhou|천저우|чэньчжоу", "上海": "shanghai|상하이|шанха", "三明": "sanming|싼밍|саньмин",
    "河北": "hebei|허베이|хэбэй", "衡阳": "hengyang|헝양|хэнъян|衡陽", "湖北": "hubei|후베이|хубэй", "贵州": "guizhou|구이저우|гуйчжоу|貴州",
    "吉林": "jilin|지린|цзилин", "重庆": "chongqing|충칭|чунцин|重慶", "南昌": "nanchang|난창|наньчан", "邵阳": "shaoyang|사오양|шаоян|邵陽",
    "海口": "haikou|하이커우|хайкоу", "苏州": "suzhou|쑤저우|сучжоу|蘇州",
}


def variants(answer):
    """The answer with and without the hedge that stands at it."""
    out = [answer]
    bare = re.sub(f"^(?:{HEDGES})|(?:{TAILS})$", "", answer)
    if bare and bare != answer:
        out.append(bare)
    return out


def named(question, name):
    """Whether a question names what tells its document from the others of the folder."""
    text = question.lower()
    if name.endswith("国务院政府工作报告"):
        year = name[:4]
        short, spoken = year[2:], "".join("零一二三四五六七八九"[int(c)] for c in year)
        return any(w in text for w in (year, spoken, spoken[2:] + "年", short + "年", spoken.replace("零", "〇")))
    place = re.sub(r"^\d{4}年|自治区.*|省.*|市.*|区.*|政府工作报告.*|20\d\d年.*", "", name)
    place = {"内蒙古": "内蒙", "新疆维吾尔": "新疆", "宁夏回族": "宁夏", "广西壮族": "广西"}.get(place, place)
    if name.startswith("广州"):
        return False
    if "海拉尔" in name:
        return "海拉尔" in text and name[4:8] in re.sub(r"\s", "", text)
    return place in text or bool(re.search(NAMES.get(place, "(?!)"), text))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--documents", required=True)
    parser.add_argument("--which", choices=("held", "first-contact", "fitted", "trained"), required=True)
    parser.add_argument("questions", nargs="+")
    args = parser.parse_args()
    places = {}
    for folder in sorted(os.listdir(args.documents)):
        for file in sorted(os.listdir(os.path.join(args.documents, folder))):
            places[os.path.splitext(file)[0]] = (folder, file)
    chosen = {"held": HELD, "first-contact": FRESH, "fitted": FITTED}
    out = collections.defaultdict(list)
    for id, name, q in lines(args.questions):
        inside = name.startswith(chosen[args.which]) if args.which in chosen else not held(name)
        if not inside or name not in places:
            continue
        folder, file = places[name]
        items = [i for i in q["answer"].split("|") if i]
        if q["kind"] == "list":
            type, answers = "list", [variants(i) for i in items]
        else:
            styled = q["style"] in ("paraphrase", "crosslingual") and items
            type, answers = q["style"] if styled else TYPES[q["kind"]], [v for i in items for v in variants(i)]
        record = {
            "id": id,
            "question": q["question"],
            "type": type,
            "kind": q["kind"],
            "style": q["style"],
            "answerable": bool(items),
            "answers": answers,
            "gold": [[{"doc": file, "quote": q["quote"]}]],
        }
        if not named(q["question"], name):
            record["filter"] = {"documents": [file]}
        out[folder].append(record)
    os.makedirs(args.out, exist_ok=True)
    for folder, records in sorted(out.items()):
        with open(os.path.join(args.out, f"{folder}.jsonl"), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
        alone = sum("filter" in r for r in records)
        print(f"{folder}: {len(records)} questions, {alone} of one document alone")


if __name__ == "__main__":
    main()
