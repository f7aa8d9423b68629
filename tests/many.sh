#!/usr/bin/env bash
# Grades the questions over many reports: an index for each set of folders that they name, the questions, then the grader with the
# floors. usage: many.sh SHARED
# FOLDERS="provinces provinces-2026" asks only of these; a folder "A+B" is two that are indexed together.
# Responses and indexes stay in target/eval for a closer look; an index that `make eval` has made is used again.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${1:?usage: many.sh SHARED}
if [ ! -d "$shared/reports" ]; then
    echo "no reports in $shared: nothing to grade; name their folder with SHARED=DIR" >&2
    exit 0
fi
out=target/eval
questions=tests/questions/many.jsonl
grade=tests/questions/grade.py
mkdir -p "$out"
: >"$out/many.jsonl"
all=${FOLDERS:-provinces provinces-2026 provinces+provinces-2026 national other}
for folders in $all; do
    asked=$(python3 "$grade" --list "$folders" "$questions")
    [ -n "$asked" ] || continue
    paths=()
    for folder in ${folders//+/ }; do paths+=("$shared/reports/$folder"); done
    target/release/wenbao ingest "${paths[@]}" --index "$out/$folders"
    target/release/wenbao ask --batch - --json --index "$out/$folders" <<<"$asked" >>"$out/many.jsonl"
done
# A floor is what is reached, less a little: raise it as the answerer improves. Those of the wrong are ceilings. (What is missing is not
# named where no table is made at all: three questions in English over all places.)
python3 "$grade" "$questions" "$out/many.jsonl" --folder "$all" --show "${SHOW:-0}" \
    --floor cells=0.80 --floor wrong=0.02 --floor missing=0.90 --floor result=0.70
