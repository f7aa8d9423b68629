#!/usr/bin/env bash
# Kills servers and workers while wenbao uses them: nothing acknowledged may be lost, what is said must be clear, and all must
# go on by itself once the server is back. Needs `make test-postgres`'s build; says so, and passes, where PostgreSQL cannot be had.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/target/postgres-faults
wenbao=$PWD/target/release/wenbao
servers=tests/postgres/servers.sh
question=2025年新建智能化煤矿多少座
rm -rf "$out/work" && mkdir -p "$out/work"

addresses=$($servers start "$out/servers" 3 2>"$out/servers.log") || {
    [ $? -eq 3 ] || { cat "$out/servers.log" >&2; exit 1; }
    echo "not tested: $(tail -1 "$out/servers.log")" >&2
    exit 0
}
serving=
trap '[ -z "$serving" ] || kill "$serving" 2>/dev/null; $servers stop "$out/servers"' EXIT
store=$(paste -sd, <<<"$addresses")
bin=$(tests/postgres/pgvector.sh "${WENBAO_PG_ROOT:-${TMPDIR:-/tmp}/wenbao-postgres-$(id -u)}")
empty() {
    for address in $addresses; do
        "$bin/psql" -q "$address" -c 'SET client_min_messages = error; DROP SCHEMA IF EXISTS wenbao CASCADE'
    done
}
fail() { echo "FAILED: $1" >&2; exit 1; }
# One line on stderr that names the server, exit code 2, in less than twenty seconds.
refused() {
    local began=$SECONDS code=0
    "$@" >"$out/work/stdout" 2>"$out/work/stderr" || code=$?
    [ $code -eq 2 ] || fail "$* ended with $code: $(cat "$out/work/stderr")"
    grep -q "does not answer" "$out/work/stderr" || fail "$* said: $(cat "$out/work/stderr")"
    [ $((SECONDS - began)) -lt 20 ] || fail "$* took $((SECONDS - began)) s"
}
status() { curl -s -m 30 -o "$out/work/reply" -w '%{http_code}' -H 'content-type: application/json' -d "{\"question\":\"$question\"}" "http://127.0.0.1:$1/api/v1/ask"; }

echo "== a server dies while questions are asked"
empty
$wenbao ingest samples --store "$store" 2>/dev/null
$wenbao ask "$question" --json --store "$store" >"$out/work/before.json"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
$wenbao serve --addr "127.0.0.1:$port" --index "$out/work/serve" --store "$store" 2>"$out/work/serve.log" &
serving=$!
for _ in $(seq 100); do [ "$(status "$port" || true)" = 200 ] && break; sleep 0.3; done
[ "$(status "$port")" = 200 ] || fail "the server does not answer: $(cat "$out/work/serve.log")"
for victim in 2 1; do
    $servers kill "$out/servers" $victim
    code=$(status "$port")
    [ "$code" = 503 ] || fail "without server $victim a question got $code: $(cat "$out/work/reply")"
    grep -q "does not answer" "$out/work/reply" || fail "it says: $(cat "$out/work/reply")"
    refused $wenbao ask "$question" --store "$store"
    $servers up "$out/servers" $victim
    [ "$(status "$port")" = 200 ] || [ "$(status "$port")" = 200 ] || fail "server $victim is back, questions are not: $(cat "$out/work/reply")"
done
kill "$serving"; wait "$serving" 2>/dev/null || true; serving=
$wenbao ask "$question" --json --store "$store" >"$out/work/after.json"
tests/postgres/compare.py "$out/work/before.json" "$out/work/after.json"

echo "== a server dies while documents are stored"
# Many small reports of our own, one a file.
mkdir -p "$out/work/reports"
python3 - "$out/work/reports" <<'PY'
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
for n in range(40):
    lines = [f"{2000 + n % 20}年第{n}县政府工作报告", "一、工作回顾"]
    lines += [f"建成第{n}号水库第{m}座，新增灌溉面积{n * 31 + m}亩。农村公路改造{n + m * 7}公里。" for m in range(12)]
    (folder / f"{n:02}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
PY
empty
$wenbao ingest "$out/work/reports/00.txt" --store "$store" 2>/dev/null
for victim in 3 1; do
    $wenbao ingest "$out/work/reports" --store "$store" >/dev/null 2>"$out/work/stderr" &
    ingest=$!
    sleep "${PAUSE:-2.5}"
    $servers kill "$out/servers" $victim
    code=0; wait $ingest || code=$?
    [ $code -eq 2 ] || [ $code -eq 0 ] || fail "ingest ended with $code: $(cat "$out/work/stderr")"
    $servers up "$out/servers" $victim
    $wenbao --store "$store" verify >/dev/null 2>"$out/work/stderr" || fail "after the loss: $(cat "$out/work/stderr")"
    echo "   server $victim: ingest ended with $code, $($wenbao --store "$store" documents 2>/dev/null | wc -l) documents are whole"
done
$wenbao ingest "$out/work/reports" --store "$store" 2>/dev/null
[ "$($wenbao --store "$store" documents | wc -l)" = 40 ] || fail "documents are missing after the second run"
$wenbao --store "$store" verify

echo "== workers die while they read the queue"
empty
$wenbao enqueue "$out/work/reports" --store "$store"
$wenbao work --store "$store" 2>/dev/null & first=$!
$wenbao work --store "$store" 2>/dev/null & second=$!
sleep "${PAUSE:-2.5}"
kill -KILL $first; wait $first 2>/dev/null || true
wait $second
# What the dead one had in hand may have come free after the other had looked last.
$wenbao work --store "$store"
[ "$($wenbao --store "$store" documents | wc -l)" = 40 ] || fail "documents of the queue are missing"
$wenbao --store "$store" verify

# A disk of its own that fills: only who may mount can try that.
full=$out/full
mkdir -p "$full"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=160m tmpfs "$full" 2>/dev/null; then
    echo "== the disk of one server fills"
    trap '$servers stop "$out/servers"; $servers stop "$full/servers"; umount "$full"' EXIT
    chmod 755 "$full"
    # Its log may not be what fills the disk first.
    address=$(WENBAO_PG_BUFFERS=16MB WENBAO_PG_OPTIONS="-c max_wal_size=48MB -c min_wal_size=32MB -c wal_recycle=off" \
        $servers start "$full/servers" 1)
    empty
    mixed=$(head -1 <<<"$addresses"),$address
    $wenbao ingest "$out/work/reports/00.txt" --store "$mixed" 2>/dev/null
    # What is left is taken but for a little.
    head -c $(($(df --output=avail -B1 "$full" | tail -1) - 3000000)) /dev/zero >"$full/ballast"
    code=0; $wenbao ingest "$out/work/reports" --store "$mixed" 2>"$out/work/stderr" || code=$?
    [ $code -eq 2 ] || fail "on a full disk ingest ended with $code"
    grep -Eq "No space left|does not answer" "$out/work/stderr" || fail "it said: $(cat "$out/work/stderr")"
    echo "   said: $(tail -1 "$out/work/stderr")"
    rm "$full/ballast"
    "$bin/pg_isready" -q -d "$address" || $servers up "$full/servers" 1
    $wenbao --store "$mixed" verify
    $wenbao ingest "$out/work/reports" --store "$mixed" 2>/dev/null
    [ "$($wenbao --store "$mixed" documents | wc -l)" = 40 ] || fail "documents are missing after there was room again"
    $wenbao --store "$mixed" verify
else
    echo "not tested: a full disk (needs the right to mount one)"
fi
echo "nothing was lost"
