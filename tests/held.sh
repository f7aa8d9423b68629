#!/usr/bin/env bash
# Asks the held-out questions of training/questions and prints the figures. usage: held.sh SHARED held|first-contact|fitted
# Indexes (one a folder of documents) and responses stay in target/held.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${1:?usage: held.sh SHARED held|first-contact|fitted}
which=${2:-held}
if [ ! -d "$shared/reports" ]; then
    echo "no reports in $shared: nothing to ask; name their folder with SHARED=DIR" >&2
    exit 0
fi
out=target/held
questions=(training/questions/train/*.jsonl training/questions/held/*.jsonl)
[ "$which" != first-contact ] || questions=(training/questions/first-contact/*.jsonl)
rm -rf "$out/$which"
python3 training/grade_form.py "$out/$which" --documents "$shared/reports" --which "$which" "${questions[@]}"
for set in "$out/$which"/*.jsonl; do
    folder=$(basename "$set" .jsonl)
    [ -e "$out/index/$folder/.done" ] || {
        target/release/wenbao ingest "$shared/reports/$folder" --index "$out/index/$folder" && touch "$out/index/$folder/.done"
    }
    target/release/wenbao ask --batch "$set" --json --top-k 10 --index "$out/index/$folder" >"${set%.jsonl}.answers"
done
python3 tests/held_figures.py "$shared/eval" "$out/$which"
