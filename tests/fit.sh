#!/usr/bin/env bash
# Fits crates/answer/data/weights.toml. usage: fit.sh SHARED
# Ranking is fitted on a ninth of the questions that the reader was trained on; what judges the reader's work on documents
# that it was not trained on, and on the development sets. Indexes stay in target/held/index.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${1:?usage: fit.sh SHARED}
if [ ! -d "$shared/reports" ]; then
    echo "no reports in $shared: the weights are fitted on questions over them; name their folder with SHARED=DIR" >&2
    exit 1
fi
out=target/fit
for which in trained fitted; do
    python3 training/grade_form.py "$out/$which" --documents "$shared/reports" --which "$which" training/questions/train/*.jsonl
done
index() {
    local at=target/held/index/$1
    [ -e "$at/.done" ] || { target/release/wenbao ingest "$shared/reports/$1" --index "$at" && touch "$at/.done"; } >&2
    echo "$at"
}
sets=()
for set in "$out"/trained/*.jsonl; do
    awk 'NR % 9 == 0' "$set" >"$set.part"
    sets+=("rank:$set.part=$(index "$(basename "$set" .jsonl)")")
done
for set in "$out"/fitted/*.jsonl; do
    sets+=("judge:$set=$(index "$(basename "$set" .jsonl)")")
done
for set in shanxi provinces national; do
    sets+=("judge:$shared/questions/$set.jsonl=$(index $set)")
done
target/release/examples/fit "${WENBAO_MODELS:-models}" crates/answer/data/weights.toml "${sets[@]}"
