#!/usr/bin/env bash
# Asks the questions about nothing in the reports and prints how many got an answer, or a citation beside the abstention.
# usage: off_topic.sh SHARED [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${1:?usage: off_topic.sh SHARED [FOLDER]}
folder=${2:-other}
if [ ! -d "$shared/reports" ]; then
    echo "no reports in $shared: nothing to ask; name their folder with SHARED=DIR" >&2
    exit 0
fi
questions=tests/questions/off_topic.jsonl
out=target/eval/off_topic.jsonl
target/release/wenbao ingest "$shared/reports/$folder" --index "target/eval/$folder"
target/release/wenbao ask --batch "$questions" --json --index "target/eval/$folder" >"$out"
python3 - "$questions" "$out" <<'END'
import json, sys

questions, answers = ([json.loads(line) for line in open(path, encoding="utf-8")] for path in sys.argv[1:])
by_id = {answer["id"]: answer for answer in answers}
for held in (False, True):
    asked = [by_id[q["id"]] for q in questions if q["held"] == held]
    answered = sum(not a["abstained"] and a["kind"] != "chat" for a in asked)
    cited = sum(bool(a["citations"]) for a in asked)
    print(f"off topic ({'held' if held else 'fitted'}, {len(asked)}): answered {answered}, cited {cited}")
    if held and (answered > 0.04 * len(asked) or cited > 0.15 * len(asked)):
        sys.exit("more than the ceilings of .04 and .15")
END
