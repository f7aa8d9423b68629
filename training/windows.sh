#!/usr/bin/env bash
# The windows that the program shows of two in nine training questions, for the last stage of the reader's training.
# usage: windows.sh SHARED OUT
# Leaves OUT/windows.jsonl, and indexes of all documents in target/held/index.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=$(realpath "${1:?usage: windows.sh SHARED OUT}")
out=${2:?usage: windows.sh SHARED OUT}
[ ! -e "$out/windows.jsonl" ] || exit 0
mkdir -p "$out/reports"
ln -sfn "$shared"/reports/* "$PWD/training/documents" "$out/reports/"
python3 training/grade_form.py "$out/asked" --documents "$out/reports" --which trained training/questions/train/*.jsonl
sets=()
for set in "$out"/asked/*.jsonl; do
    folder=$(basename "$set" .jsonl)
    awk 'NR % 9 < 2' "$set" >"$set.part"
    at=target/held/index/$folder
    [ -e "$at/.done" ] || { target/release/wenbao ingest "$out/reports/$folder/" --index "$at" && touch "$at/.done"; }
    sets+=("$set.part=$at")
done
target/release/examples/windows "${WENBAO_MODELS:-models}" "${sets[@]}" >"$out/windows.part"
mv "$out/windows.part" "$out/windows.jsonl"
