#!/usr/bin/env bash
# What a graph (HNSW) finds of what comparing with all vectors finds, and how many answers stay the same: recall.sh SHARED
# On one server with the reports of FOLDERS, and QUESTIONS of those that the reader was trained on. What it makes lies in
# target/postgres-recall. Says so, and passes, where PostgreSQL cannot be had.
#   FOLDERS="other national-more provinces-2026"   folders of SHARED/reports
#   QUESTIONS=400
#   INDEXES=DIR                                    ready indexes, a folder each [default: they are made once]
source "$(dirname "$0")/common.sh" postgres-recall
shared=${1:-../shared}
folders=${FOLDERS:-other national-more provinces-2026}
[ -d "$shared/reports" ] || { echo "no reports in $shared: nothing to ask" >&2; exit 0; }
export WENBAO_PG_BUFFERS=1GB
start "$out/servers" 1
store=$addresses
for folder in $folders; do
    $wenbao copy --from "$(index_of "$folder")" --to "$store"
done
$wenbao rebuild --store "$store" --nearest graph
$wenbao status --store "$store"
training
for folder in $folders; do cat "$out/training/$folder.jsonl"; done >"$out/all"
sample "${QUESTIONS:-400}" "$out/all" >"$out/questions"
target/release/examples/recall_postgres "${WENBAO_MODELS:-models}" "$store" "$out/questions"
answers "$out/questions" --store "$store" >"$out/exact.jsonl"
# With few passages PostgreSQL compares all vectors although there are graphs: here it shall not, or nothing would be shown.
forced="$store&options=-cenable_seqscan%3Doff%20-cenable_sort%3Doff%20-cenable_bitmapscan%3Doff"
answers "$out/questions" --store "$forced" --nearest graph >"$out/graph.jsonl"
used=$("$bin/psql" "$store" -Atc "SELECT min(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname ~ 'graph'")
[ "$used" -gt 0 ] || fail "the graphs were not asked"
tests/postgres/compare.py --least 0.995 "$out/exact.jsonl" "$out/graph.jsonl"
