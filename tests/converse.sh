#!/usr/bin/env bash
# Holds the conversations of tests/questions/conversations.jsonl with a server, each turn after the program's own replies, and
# prints the figures. usage: converse.sh SHARED [INDEXES]
# INDEXES holds ready indexes by the name of their folder; without it those of `make eval` and `make eval-many` are used, and
# made where they are missing. Replies stay in target/converse. FOLDERS="shanxi national" asks only of these; a folder "A+B" is two that are indexed together.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${1:?usage: converse.sh SHARED [INDEXES]}
indexes=${2:-target/eval}
if [ ! -d "$shared/reports" ]; then
    echo "no reports in $shared: nothing to talk about; name their folder with SHARED=DIR" >&2
    exit 0
fi
questions=tests/questions/conversations.jsonl
out=target/converse
port=${PORT:-18736}
mkdir -p "$out"
folders=${FOLDERS:-$(python3 -c '
import json, sys
folders = [json.loads(line)["folder"] for line in open(sys.argv[1], encoding="utf-8")]
print(*sorted({"+".join(f) if isinstance(f, list) else f for f in folders}))' "$questions")}
server=
trap '[ -z "$server" ] || kill "$server"' EXIT
for folder in $folders; do
    index=$indexes/$folder
    if [ ! -e "$index/truth.db" ]; then
        # shellcheck disable=SC2046 -- a folder "A+B" is two
        target/release/wenbao ingest $(printf "$shared/reports/%s " ${folder//+/ }) --index "$index"
    fi
    target/release/wenbao serve --addr "127.0.0.1:$port" --index "$index" 2>"$out/server.log" &
    server=$!
    for _ in $(seq 300); do
        curl --silent --output /dev/null "http://127.0.0.1:$port/readyz" && break
        kill -0 "$server" || { cat "$out/server.log" >&2; exit 1; }
        sleep 0.2
    done
    python3 tests/questions/grade.py --converse "http://127.0.0.1:$port" --folder "$folder" "$questions" >"$out/$folder.answers"
    python3 tests/questions/grade.py --folder "$folder" "$questions" "$out/$folder.answers" | sed "s/^/$folder: /"
    kill "$server" && wait "$server" || true
    server=
done
for folder in $folders; do cat "$out/$folder.answers"; done >"$out/all"
python3 tests/questions/grade.py "$questions" "$out/all" --folder "$folders" --show "${SHOW:-0}"
# Floors of the half that nothing is tuned on: raise them as the program improves.
python3 tests/questions/grade.py "$questions" "$out/all" --folder "$folders" --only held --floor turns=0.60 --floor small=0.85 >"$out/held"
