#!/usr/bin/env bash
# Asks the same questions of a folder, of one PostgreSQL server and of three, and compares the answers. usage: answers.sh SHARED
# Says so, and passes, where PostgreSQL or pgvector cannot be had. What it makes lies in target/postgres.
#   SETS="shanxi provinces national"   the question sets of SHARED that are asked
#   QUESTIONS=40                       of each set so many, spread over it [default: all]
#   TRAINING=500                       and so many of the questions that the reader was trained on, about the reports of FOLDERS
#   FOLDERS="national-more other"      [default: those that the training questions are about]
#   INDEXES=DIR                        ready indexes, a folder each set or folder of reports [default: they are made once]
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
    local address
    for address in "${each[@]}"; do
        "$bin/psql" -q "$address" -c 'SET client_min_messages = error; DROP SCHEMA IF EXISTS wenbao CASCADE'
    done
}

# The store's own tests, on documents that need no model; each empties what it uses.
WENBAO_TEST_POSTGRES="$one $three" cargo test --release -p wenbao-cli -p wenbao-index-postgres --features wenbao-cli/postgres --lib --test store

# N FILE: N of its lines, spread evenly; all where it has no more.
sample() { awk -v n="$1" 'NR == FNR { lines++; next } int((FNR - 1) * n / lines) != int(FNR * n / lines)' "$2" "$2"; }

# SET: its index, made where there is none.
index_of() {
    [ -n "${INDEXES:-}" ] || $wenbao ingest "$shared/reports/$1" --index "$out/index/$1" >&2
    echo "${INDEXES:-$out/index}/$1"
}

# NAME, FOLDER of the reports' index; the questions are in NAME.questions.
same() {
    local set=$1 folder=$2
    empty
    for to in "$one" "$three"; do
        $wenbao copy --from "$folder" --to "$to"
        $wenbao --store "$to" verify
    done
    $wenbao ask --batch "$out/$set.questions" --json --top-k 10 --index "$folder" >"$out/$set.folder.jsonl"
    $wenbao ask --batch "$out/$set.questions" --json --top-k 10 --store "$one" >"$out/$set.one.jsonl"
    $wenbao ask --batch "$out/$set.questions" --json --top-k 10 --store "$three" >"$out/$set.three.jsonl"
    tests/postgres/compare.py "$out/$set.folder.jsonl" "$out/$set.one.jsonl" "$out/$set.three.jsonl" || differ+=" $set"
}
# Sets whose answers differ: told at the end, when all were asked.
differ=
end() { [ -z "$differ" ] || { echo "FAILED: answers differ:$differ" >&2; exit 1; }; exit 0; }

questions=$out/samples.questions
cat tests/questions/{computed,yes_no,overview,small_talk}.jsonl | grep -v '"turns"' >"$questions"
rm -rf "$out/samples"
$wenbao ingest samples --index "$out/samples"
same samples "$out/samples"
# And what is read straight into databases is what is read into a folder.
empty
$wenbao ingest samples --store "$three"
$wenbao ask --batch "$out/samples.questions" --json --top-k 10 --store "$three" >"$out/samples.ingested.jsonl"
tests/postgres/compare.py "$out/samples.folder.jsonl" "$out/samples.ingested.jsonl" || differ+=" ingested"

[ -d "$shared/questions" ] || { echo "no question sets in $shared: the samples alone were asked" >&2; end; }
for set in ${SETS:-shanxi provinces national}; do
    sample "${QUESTIONS:-1000000}" "$shared/questions/$set.jsonl" >"$out/$set.questions"
    same "$set" "$(index_of "$set")"
done
[ -n "${TRAINING:-}" ] || end
python3 training/grade_form.py "$out/training" --documents "$shared/reports" --which trained training/questions/train/*.jsonl
FOLDERS=${FOLDERS:-$(basename -s .jsonl -a "$out"/training/*.jsonl)}
# Of every folder as large a part as of the others.
all=$(for folder in $FOLDERS; do cat "$out/training/$folder.jsonl"; done | wc -l)
for folder in $FOLDERS; do
    file=$out/training/$folder.jsonl
    sample $(((TRAINING * $(wc -l <"$file") + all - 1) / all)) "$file" >"$out/training-$folder.questions"
    same "training-$folder" "$(index_of "$folder")"
done
end
