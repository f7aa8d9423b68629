# What the tests of PostgreSQL share:  source tests/postgres/common.sh NAME
#
# Goes to the top of the checkout; what a test makes lies in target/NAME. Servers that it starts end with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$PWD/target/$1
wenbao=$PWD/target/release/wenbao
servers=tests/postgres/servers.sh
question=2025年新建智能化煤矿多少座
mkdir -p "$out"

fail() { echo "FAILED: $1" >&2; exit 1; }

# Folders of servers, and processes, that end with the script.
running=()
serving=
end_all() {
    [ -z "$serving" ] || kill "$serving" 2>/dev/null || true
    for folder in "${running[@]}"; do $servers stop "$folder"; done
}
trap end_all EXIT

# FOLDER COUNT: starts servers. Their addresses are in `addresses`, a line each, PostgreSQL's programs in `bin`.
# Where PostgreSQL cannot be had the script says so and passes.
start() {
    local log=$out/servers.log
    addresses=$($servers start "$1" "$2" 2>"$log") || {
        [ $? -eq 3 ] || { cat "$log" >&2; $servers stop "$1"; exit 1; }
        echo "not tested: $(tail -1 "$log")" >&2
        exit 0
    }
    running+=("$1")
    bin=$(tests/postgres/pgvector.sh)
}

# Takes everything out of the databases of `addresses`.
empty() {
    local address
    for address in $addresses; do
        "$bin/psql" -q "$address" -c 'SET client_min_messages = error; DROP SCHEMA IF EXISTS wenbao CASCADE'
    done
}

# N FILE: N of its lines, spread evenly; all where it has no more.
sample() { awk -v n="$1" 'NR == FNR { lines++; next } int((FNR - 1) * n / lines) != int(FNR * n / lines)' "$2" "$2"; }

# FOLDER of SHARED/reports: its index, made where there is none. INDEXES: where ready ones are.
index_of() {
    local made=$PWD/target/postgres/index
    [ -n "${INDEXES:-}" ] || $wenbao ingest "$shared/reports/$1" --index "$made/$1" >&2
    echo "${INDEXES:-$made}/$1"
}

# The questions that the reader was trained on, a file in $out/training for each folder of SHARED/reports.
training() { python3 training/grade_form.py "$out/training" --documents "$shared/reports" --which trained training/questions/train/*.jsonl; }

# QUESTIONS STORE…: the answers to them, a line each; what follows says which store is asked and how.
answers() { $wenbao ask --batch "$1" --json --top-k 10 "${@:2}"; }
