#!/usr/bin/env bash
# Grades the question sets: a fresh index for each, the questions, then the grader. usage: eval.sh SHARED [SET…]
# Responses and indexes stay in target/eval for a closer look.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${1:?usage: eval.sh SHARED [SET…]}
shift
sets=("$@")
[ ${#sets[@]} -gt 0 ] || sets=(shanxi provinces national)
if [ ! -d "$shared/questions" ]; then
    echo "no question sets in $shared: nothing to grade; name their folder with SHARED=DIR" >&2
    exit 0
fi
out=target/eval
mkdir -p "$out"
for set in "${sets[@]}"; do
    echo "== $set"
    rm -rf "$out/$set"
    target/release/wenbao ingest "$shared/reports/$set" --index "$out/$set"
    target/release/wenbao ask --batch "$shared/questions/$set.jsonl" --json --top-k 10 --index "$out/$set" >"$out/$set.jsonl"
    python3 "$shared/eval/grade.py" "$shared/questions/$set.jsonl" "$out/$set.jsonl" --docs "$shared/reports/$set"
done
