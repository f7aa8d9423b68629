#!/usr/bin/env bash
# Fills three servers with made passages and measures searches beside the folder that they were copied from:
# bench.sh PASSAGES… What it makes stays in target/bench-postgres; who is interrupted goes on with the same command.
#   STEP=fill|measure   that alone [default: both]
#   ROUNDS=50           questions
#   GRAPH=1             with HNSW too
source "$(dirname "$0")/common.sh" bench-postgres
for passages in "$@"; do
    echo "== $passages passages"
    folder=$out/folder-$passages
    [ "${STEP:-fill}" != fill ] ||
        target/release/examples/bench_million "$folder" $((passages / 200)) 200 >"$folder.log"
    start "$out/servers-$passages" 3
    store=$(paste -sd, <<<"$addresses")
    # What is there already is only compared.
    [ "${STEP:-fill}" != fill ] || $wenbao copy --from "$folder" --to "$store"
    if [ "${STEP:-measure}" = measure ]; then
        $wenbao status --store "$store"
        target/release/examples/bench_postgres "$folder" "$store" "${ROUNDS:-50}"
        if [ -n "${GRAPH:-}" ]; then
            $wenbao rebuild --store "$store" --nearest graph
            target/release/examples/bench_postgres "$folder" "$store" "${ROUNDS:-50}" graph
        fi
    fi
    $servers stop "$out/servers-$passages"
    running=()
done
