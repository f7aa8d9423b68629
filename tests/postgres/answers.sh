#!/usr/bin/env bash
# Asks the same questions of a folder, of one PostgreSQL server and of three, and compares the answers. usage: answers.sh SHARED
# Says so, and passes, where PostgreSQL or pgvector cannot be had. What it makes lies in target/postgres.
#   SETS="shanxi provinces national"   the question sets of SHARED that are asked
#   QUESTIONS=40                       of each set so many, spread over it [default: all]
#   TRAINING=500                       and so many of the questions that the reader was trained on, about the reports of FOLDERS
#   FOLDERS="national-more other"      [default: those that the training questions are about]
#   INDEXES=DIR                        ready indexes, a folder each set or folder of reports [default: they are made once]
source "$(dirname "$0")/common.sh" postgres
shared=${1:-../shared}

start "$out/servers" 4
readarray -t each <<<"$addresses"
one=${each[0]}
three=$(IFS=,; echo "${each[*]:1}")

# The store's own tests, on documents that need no model; each empties what it uses.
WENBAO_TEST_POSTGRES="$one $three" cargo test --release -p wenbao-cli -p wenbao-index-postgres --features wenbao-cli/postgres --lib --test store

# NAME, FOLDER of the reports' index; the questions are in NAME.questions.
same() {
    local set=$1 folder=$2
    empty
    for to in "$one" "$three"; do
        $wenbao copy --from "$folder" --to "$to"
        $wenbao --store "$to" verify
    done
    answers "$out/$set.questions" --index "$folder" >"$out/$set.folder.jsonl"
    answers "$out/$set.questions" --store "$one" >"$out/$set.one.jsonl"
    answers "$out/$set.questions" --store "$three" >"$out/$set.three.jsonl"
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
# And back: what comes is compared, to the last bit.
rm -rf "$out/back"
$wenbao copy --from "$three" --to "$out/back"
# What is read straight into databases is what is read into a folder.
empty
$wenbao ingest samples --store "$three"
answers "$out/samples.questions" --store "$three" >"$out/samples.ingested.jsonl"
tests/postgres/compare.py "$out/samples.folder.jsonl" "$out/samples.ingested.jsonl" || differ+=" ingested"

[ -d "$shared/questions" ] || { echo "no question sets in $shared: the samples alone were asked" >&2; end; }
for set in ${SETS:-shanxi provinces national}; do
    sample "${QUESTIONS:-1000000}" "$shared/questions/$set.jsonl" >"$out/$set.questions"
    same "$set" "$(index_of "$set")"
done
[ -n "${TRAINING:-}" ] || end
training
FOLDERS=${FOLDERS:-$(basename -s .jsonl -a "$out"/training/*.jsonl)}
# Of every folder as large a part as of the others.
all=$(for folder in $FOLDERS; do cat "$out/training/$folder.jsonl"; done | wc -l)
for folder in $FOLDERS; do
    file=$out/training/$folder.jsonl
    sample $(((TRAINING * $(wc -l <"$file") + all - 1) / all)) "$file" >"$out/training-$folder.questions"
    same "training-$folder" "$(index_of "$folder")"
done
end
