#!/usr/bin/env bash
# Wall times of the command on the samples: ingest, a question from a cold process, a batch. Talk of the command is dropped.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wenbao=target/release/wenbao

seconds() { # seconds LABEL COMMAND…
    local label=$1 began ended
    shift
    began=$(date +%s%N)
    "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
    ended=$(date +%s%N)
    printf '%-34s %8.1f ms\n' "$label" "$(((ended - began) / 100000))e-1"
}

seconds "ingest samples" $wenbao ingest samples --index "$work/index"
seconds "ingest samples again (unchanged)" $wenbao ingest samples --index "$work/index"
for _ in 1 2 3; do
    seconds "ask, from a cold process" $wenbao ask "2025年新建智能化煤矿多少座" --index "$work/index"
done
for _ in $(seq 100); do echo '{"id": 1, "question": "2025年新建智能化煤矿多少座"}'; done >"$work/batch.jsonl"
seconds "ask --batch, 100 questions" $wenbao ask --batch "$work/batch.jsonl" --json --index "$work/index"
