#!/usr/bin/env bash
# Fills three servers with made passages, in steps that can be interrupted and go on, and measures searches beside the folder
# that they were copied from: bench.sh PASSAGES… What it makes stays in target/bench-postgres. GRAPH=1: with HNSW too.
source "$(dirname "$0")/common.sh" bench-postgres
for passages in "$@"; do
    echo "== $passages passages"
    target/release/examples/bench_million "$out/folder-$passages" $((passages / 200)) 200 >"$out/folder-$passages.log"
    start "$out/servers-$passages" 3
    store=$(paste -sd, <<<"$addresses")
    # The first time this is the loading; later it only compares.
    $wenbao copy --from "$out/folder-$passages" --to "$store"
    $wenbao status --store "$store"
    target/release/examples/bench_postgres "$out/folder-$passages" "$store" "${ROUNDS:-50}"
    if [ -n "${GRAPH:-}" ]; then
        $wenbao rebuild --store "$store" --nearest graph
        target/release/examples/bench_postgres "$out/folder-$passages" "$store" "${ROUNDS:-50}" graph
    fi
    $servers stop "$out/servers-$passages"
    running=()
done
