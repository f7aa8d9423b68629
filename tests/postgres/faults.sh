#!/usr/bin/env bash
# Kills servers and workers while wenbao uses them: nothing acknowledged may be lost, what is said must be clear, and all must
# go on by itself once the server is back. Needs `make test-postgres`'s build; says so, and passes, where PostgreSQL cannot be had.
# SHORT=1: fewer losses and reports, as CI has time for.
source "$(dirname "$0")/common.sh" postgres-faults
rm -rf "$out/work" && mkdir -p "$out/work"

start "$out/servers" 3
store=$(paste -sd, <<<"$addresses")
# Of several losses the first alone in a short run.
losses() { if [ -n "${SHORT:-}" ]; then echo "$1"; else echo "$@"; fi; }
# One line on stderr that names the server, exit code 2, in less than twenty seconds.
refused() {
    local began=$SECONDS code=0
    "$@" >"$out/work/stdout" 2>"$out/work/stderr" || code=$?
    [ $code -eq 2 ] || fail "$* ended with $code: $(cat "$out/work/stderr")"
    grep -q "does not answer" "$out/work/stderr" || fail "$* said: $(cat "$out/work/stderr")"
    [ $((SECONDS - began)) -lt 20 ] || fail "$* took $((SECONDS - began)) s"
}
# PORT [MORE of the body]: the status of a question; what is said is in reply.
status() {
    curl -s -m 30 -o "$out/work/reply" -w '%{http_code}' -H 'content-type: application/json' -d "{\"question\":\"$question\"${2:-}}" \
        "http://127.0.0.1:$1/api/v1/ask"
}

echo "== a server dies while questions are asked"
empty
$wenbao ingest samples --store "$store" 2>/dev/null
$wenbao ask "$question" --json --store "$store" >"$out/work/before.json"
$wenbao serve --addr 127.0.0.1:0 --index "$out/work/serve" --store "$store" >"$out/work/serve.log" 2>&1 &
serving=$!
for _ in $(seq 100); do
    port=$(sed -n 's|.* on http://[^ ]*:\([0-9]*\).*|\1|p' "$out/work/serve.log")
    [ -n "$port" ] && [ "$(status "$port" || true)" = 200 ] && break
    sleep 0.3
done
[ "$(status "$port")" = 200 ] || fail "the server does not answer: $(cat "$out/work/serve.log")"
for victim in $(losses 2 1); do
    $servers kill "$out/servers" $victim
    code=$(status "$port")
    [ "$code" = 503 ] || fail "without server $victim a question got $code: $(cat "$out/work/reply")"
    grep -q "does not answer" "$out/work/reply" || fail "it says: $(cat "$out/work/reply")"
    refused $wenbao ask "$question" --store "$store"
    # From what the others have, where that is asked for; but the first has the catalogue.
    code=$(status "$port" ',"partial":true')
    [ "$code" = $((victim == 1 ? 503 : 200)) ] || fail "without server $victim a partial question got $code: $(cat "$out/work/reply")"
    if [ $victim != 1 ]; then
        grep -q '"unreachable":\["postgres' "$out/work/reply" || fail "a partial answer does not say so: $(cat "$out/work/reply")"
        code=0; $wenbao ask "$question" --partial --store "$store" >/dev/null 2>"$out/work/stderr" || code=$?
        [ $code -lt 2 ] && grep -q "without the documents in postgres" "$out/work/stderr" || fail "--partial: $code, $(cat "$out/work/stderr")"
    fi
    $servers up "$out/servers" $victim
    [ "$(status "$port")" = 200 ] || [ "$(status "$port")" = 200 ] || fail "server $victim is back, questions are not: $(cat "$out/work/reply")"
    [ "$(status "$port" ',"partial":true')" = 200 ] && ! grep -q unreachable "$out/work/reply" || fail "it is still partial: $(cat "$out/work/reply")"
done
kill "$serving"; wait "$serving" 2>/dev/null || true; serving=
# In the middle of many: each is answered as before, or with an error that names the server.
grep -hv '"turns"' tests/questions/computed.jsonl tests/questions/yes_no.jsonl >"$out/work/questions"
many() { $wenbao ask --batch "$out/work/questions" --json --store "$store"; }
many >"$out/work/many.before"
many >"$out/work/many.during" & asking=$!
for _ in $(seq 200); do [ "$(wc -l <"$out/work/many.during")" -gt 3 ] && break; sleep 0.1; done
$servers kill "$out/servers" 3
sleep 1
$servers up "$out/servers" 3
wait $asking || fail "a batch of questions ended before its last line"
python3 - "$out/work/many.before" "$out/work/many.during" <<'PY'
import json, sys
sys.path.insert(0, "tests/postgres")
import compare
before, during = (compare.read(name) for name in sys.argv[1:])
failed = [line for line in during if "error" in line]
assert len(before) == len(during), (len(before), len(during))
assert all("does not answer" in line["error"] for line in failed), failed[0]
different = [line for b, d in zip(before, during) if "error" not in d and (line := compare.differs(b, d))]
assert not different, different[0]
print(f"   of {len(during)} questions {len(failed)} met the lost server, the others were answered as before")
PY
$wenbao ask "$question" --json --store "$store" >"$out/work/after.json"
tests/postgres/compare.py "$out/work/before.json" "$out/work/after.json"

echo "== a server dies while documents are stored"
# Many small reports of our own, one a file.
mkdir -p "$out/work/reports"
reports=$([ -n "${SHORT:-}" ] && echo 15 || echo 40)
python3 - "$out/work/reports" "$reports" <<'PY'
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
for n in range(int(sys.argv[2])):
    lines = [f"{2000 + n % 20}年第{n}县政府工作报告", "一、工作回顾"]
    lines += [f"建成第{n}号水库第{m}座，新增灌溉面积{n * 31 + m}亩。农村公路改造{n + m * 7}公里。" for m in range(12)]
    (folder / f"{n:02}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
PY
$wenbao ingest "$out/work/reports" --index "$out/work/folder" 2>/dev/null
empty
$wenbao ingest "$out/work/reports/00.txt" --store "$store" 2>/dev/null
for victim in $(losses 3 1); do
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
[ "$($wenbao --store "$store" documents | wc -l)" = "$reports" ] || fail "documents are missing after the second run"
$wenbao --store "$store" verify

echo "== a server dies while documents are moved, and who moves them"
empty
two=$(head -2 <<<"$addresses" | paste -sd,)
$wenbao copy --from "$out/work/folder" --to "$two" >/dev/null 2>&1
for victim in $(losses 3 2 command); do
    $wenbao --store "$store" spread >/dev/null 2>"$out/work/stderr" &
    moving=$!
    sleep 0.4
    if [ $victim = command ]; then kill -KILL $moving 2>/dev/null || true; else $servers kill "$out/servers" $victim; fi
    code=0; wait $moving 2>/dev/null || code=$?
    if [ $victim != command ]; then
        [ $code -eq 2 ] || [ $code -eq 0 ] || fail "spread ended with $code: $(cat "$out/work/stderr")"
        $servers up "$out/servers" $victim
    fi
    # Wherever they are now, all are there.
    now=$store; $wenbao --store "$store" status >/dev/null 2>&1 || now=$two
    $wenbao --store "$now" verify >/dev/null 2>"$out/work/stderr" || fail "after moving was interrupted: $(cat "$out/work/stderr")"
    [ "$($wenbao --store "$now" documents 2>/dev/null | wc -l)" = "$reports" ] || fail "documents are missing while they are moved"
    echo "   without ${victim/#[0-9]/server &}: spread ended with $code, all documents are there"
done
$wenbao --store "$store" spread 2>/dev/null
$wenbao --store "$store" verify
[ "$($wenbao --store "$store" documents | wc -l)" = "$reports" ] || fail "documents are missing after they were moved"

echo "== workers die while they read the queue"
empty
$wenbao enqueue "$out/work/reports" --store "$store"
$wenbao work --store "$store" 2>/dev/null & first=$!
$wenbao work --store "$store" 2>/dev/null & second=$!
# Not after a time, which is too long on one machine and too short on another: as soon as something is stored.
for _ in $(seq 600); do
    [ "$($wenbao --store "$store" documents 2>/dev/null | wc -l)" -lt 2 ] || break
    sleep 0.05
done
kill -KILL $first 2>/dev/null || echo "   the worker had finished before it could be killed"
wait $first 2>/dev/null || true
wait $second
# What the dead one had in hand may have come free after the other had looked last.
$wenbao work --store "$store"
[ "$($wenbao --store "$store" documents | wc -l)" = "$reports" ] || fail "documents of the queue are missing"
$wenbao --store "$store" verify

# A disk of its own that fills: only who may mount can try that.
full=$out/full
mkdir -p "$full"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=160m tmpfs "$full" 2>/dev/null; then
    echo "== the disk of one server fills"
    running+=("$full/servers")
    trap 'end_all; umount "$full"' EXIT
    chmod 755 "$full"
    # Its log may not be what fills the disk first.
    address=$(WENBAO_PG_BUFFERS=16MB WENBAO_PG_OPTIONS="-c max_wal_size=48MB -c min_wal_size=32MB -c wal_recycle=off" \
        $servers start "$full/servers" 1)
    empty
    mixed=$(head -1 <<<"$addresses"),$address
    $wenbao ingest "$out/work/reports/00.txt" --store "$mixed" 2>/dev/null
    # What is left is taken but for a little.
    head -c $(($(df --output=avail -B1 "$full" | tail -1) - 20000)) /dev/zero >"$full/ballast"
    code=0; $wenbao ingest "$out/work/reports" --store "$mixed" 2>"$out/work/stderr" || code=$?
    [ $code -eq 2 ] || fail "on a full disk ingest ended with $code"
    grep -Eq "No space left|does not answer" "$out/work/stderr" || fail "it said: $(cat "$out/work/stderr")"
    echo "   said: $(tail -1 "$out/work/stderr")"
    rm "$full/ballast"
    "$bin/pg_isready" -q -d "$address" || $servers up "$full/servers" 1
    $wenbao --store "$mixed" verify
    $wenbao ingest "$out/work/reports" --store "$mixed" 2>/dev/null
    [ "$($wenbao --store "$mixed" documents | wc -l)" = "$reports" ] || fail "documents are missing after there was room again"
    $wenbao --store "$mixed" verify
else
    echo "not tested: a full disk (needs the right to mount one)"
fi
echo "nothing was lost"
