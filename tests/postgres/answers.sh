#!/usr/bin/env bash
# Asks the same questions of a folder, of one PostgreSQL server and of three, and compares the answers. usage: answers.sh SHARED
# Says so, and passes, where PostgreSQL or pgvector cannot be had. What it makes lies in target/postgres.
set -euo pipefail
cd "$(dirname "$0")/../.."
shared=${1:-../shared}
out=$PWD/target/postgres
wenbao=target/release/wenbao
servers=tests/postgres/servers.sh
mkdir -p "$out"

addresses=$($servers start "$out/servers" 4 2>"$out/servers.log") || {
    [ $? -eq 3 ] || { cat "$out/servers.log" >&2; exit 1; }
    echo "not tested: $(tail -1 "$out/servers.log")" >&2
    exit 0
}
trap '$servers stop "$out/servers"' EXIT
readarray -t each <<<"$addresses"
one=${each[0]}
three=$(IFS=,; echo "${each[*]:1}")
bin=$(tests/postgres/pgvector.sh "${WENBAO_PG_ROOT:-${TMPDIR:-/tmp}/wenbao-postgres-$(id -u)}")

empty() {
    for address in "${each[@]}"; do
        "$bin/psql" -q "$address" -c 'SET client_min_messages = error; DROP SCHEMA IF EXISTS wenbao CASCADE'
    done
}

# The store's own tests, on documents that need no model; each empties what it uses.
WENBAO_TEST_POSTGRES="$one $three" cargo test --release -p wenbao-cli -p wenbao-index-postgres --features wenbao-cli/postgres --lib --test store

# SET of questions, FOLDER of the reports' index, FILES of questions
same() {
    local set=$1 folder=$2
    shift 2
    cat "$@" | grep -v '"turns"' >"$out/$set.questions"
    empty
    for to in "$one" "$three"; do
        $wenbao copy --from "$folder" --to "$to"
        $wenbao --store "$to" verify
    done
    $wenbao ask --batch "$out/$set.questions" --json --top-k 10 --index "$folder" >"$out/$set.folder.jsonl"
    $wenbao ask --batch "$out/$set.questions" --json --top-k 10 --store "$one" >"$out/$set.one.jsonl"
    $wenbao ask --batch "$out/$set.questions" --json --top-k 10 --store "$three" >"$out/$set.three.jsonl"
    tests/postgres/compare.py "$out/$set.folder.jsonl" "$out/$set.one.jsonl" "$out/$set.three.jsonl"
}

rm -rf "$out/samples"
$wenbao ingest samples --index "$out/samples"
same samples "$out/samples" tests/questions/computed.jsonl tests/questions/yes_no.jsonl tests/questions/overview.jsonl \
    tests/questions/small_talk.jsonl
# And what is read straight into databases is what is read into a folder.
empty
$wenbao ingest samples --store "$three"
$wenbao ask --batch "$out/samples.questions" --json --top-k 10 --store "$three" >"$out/samples.ingested.jsonl"
tests/postgres/compare.py "$out/samples.folder.jsonl" "$out/samples.ingested.jsonl"

[ -d "$shared/questions" ] || { echo "no question sets in $shared: the samples alone were asked" >&2; exit 0; }
for set in ${SETS:-shanxi provinces national}; do
    # Indexes that are there already (INDEXES=DIR, a folder a set) are copied from; else each is made once.
    folder=${INDEXES:-$out/index}/$set
    [ -n "${INDEXES:-}" ] || $wenbao ingest "$shared/reports/$set" --index "$folder"
    same "$set" "$folder" "$shared/questions/$set.jsonl"
done
