#!/usr/bin/env bash
# What a graph (HNSW) finds of what comparing with all vectors finds, and how many answers stay the same: recall.sh SHARED
# On one server with the reports of FOLDERS, and QUESTIONS of those that the reader was trained on. What it makes lies in
# target/postgres-recall. Says so, and passes, where PostgreSQL cannot be had.
#   FOLDERS="other national-more provinces-2026"   folders of SHARED/reports
#   QUESTIONS=400
#   INDEXES=DIR                                    ready indexes, a folder each [default: they are made once]
set -euo pipefail
cd "$(dirname "$0")/../.."
shared=${1:-../shared}
out=$PWD/target/postgres-recall
wenbao=target/release/wenbao
servers=tests/postgres/servers.sh
folders=${FOLDERS:-other national-more provinces-2026}
[ -d "$shared/reports" ] || { echo "no reports in $shared: nothing to ask" >&2; exit 0; }
mkdir -p "$out"
store=$(WENBAO_PG_BUFFERS=1GB $servers start "$out/servers" 1 2>"$out/servers.log") || {
    [ $? -eq 3 ] || { cat "$out/servers.log" >&2; exit 1; }
    echo "not tested: $(tail -1 "$out/servers.log")" >&2
    exit 0
}
trap '$servers stop "$out/servers"' EXIT
for folder in $folders; do
    [ -n "${INDEXES:-}" ] || $wenbao ingest "$shared/reports/$folder" --index "target/postgres/index/$folder"
    $wenbao copy --from "${INDEXES:-target/postgres/index}/$folder" --to "$store"
done
$wenbao rebuild --store "$store" --nearest graph
$wenbao status --store "$store"
python3 training/grade_form.py "$out/training" --documents "$shared/reports" --which trained training/questions/train/*.jsonl
for folder in $folders; do cat "$out/training/$folder.jsonl"; done >"$out/all"
awk -v n="${QUESTIONS:-400}" 'NR == FNR { lines++; next } int((FNR - 1) * n / lines) != int(FNR * n / lines)' "$out/all" "$out/all" >"$out/questions"
target/release/examples/recall_postgres "${WENBAO_MODELS:-models}" "$store" "$out/questions"
$wenbao ask --batch "$out/questions" --json --top-k 10 --store "$store" >"$out/exact.jsonl"
$wenbao ask --batch "$out/questions" --json --top-k 10 --store "$store" --nearest graph >"$out/graph.jsonl"
tests/postgres/compare.py --least 0.995 "$out/exact.jsonl" "$out/graph.jsonl"
