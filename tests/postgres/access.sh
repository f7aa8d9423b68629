#!/usr/bin/env bash
# Roles, TLS and a replica: who may only ask cannot write, who is not vouched for is not talked to, and questions are answered by
# a copy of the database that only reads. Needs `make test-postgres`'s build; says so, and passes, where PostgreSQL cannot be had.
source "$(dirname "$0")/common.sh" postgres-access
rm -rf "$out" && mkdir -p "$out/work"
start "$out/servers" 1
address=$addresses
port=$(cat "$out/servers/1/port")
at() { echo "postgres://$1@127.0.0.1:$port/wenbao?sslmode=disable${2:-}"; }
# WORDS COMMAND…: exit code 2, and a line on stderr with these words.
refused() {
    local words=$1 code=0
    shift
    "$@" >"$out/work/stdout" 2>"$out/work/stderr" || code=$?
    [ $code -eq 2 ] || fail "$* ended with $code: $(cat "$out/work/stderr")"
    grep -q -- "$words" "$out/work/stderr" || fail "$* said: $(cat "$out/work/stderr")"
}
# ADDRESS STATEMENT…: the server says that it is not allowed.
denied() {
    local address=$1
    shift
    for statement in "$@"; do
        ! "$bin/psql" -q "$address" -c "$statement" >"$out/work/stdout" 2>&1 || fail "$address may: $statement"
        grep -Eq "permission denied|must be owner" "$out/work/stdout" || fail "$statement: $(cat "$out/work/stdout")"
    done
}
answered() {
    local answer
    answer=$("$@" --json 2>"$out/work/stderr" | sed -n 's/.*"answer":"\([^"]*\)".*/\1/p') || true
    [ "$answer" = 130座 ] || fail "$* gave '$answer': $(cat "$out/work/stderr")"
}

echo "== roles"
"$bin/psql" -q -v ON_ERROR_STOP=1 -f crates/index-postgres/sql/roles.sql "$address" 2>/dev/null
"$bin/psql" -q "$address" -c "CREATE ROLE makes LOGIN IN ROLE wenbao_owner; CREATE ROLE writes LOGIN IN ROLE wenbao_writer;
    CREATE ROLE asks LOGIN IN ROLE wenbao_reader; CREATE ROLE stranger LOGIN"
refused "permission denied" $wenbao ingest samples --store "$(at writes)"
$wenbao ingest samples/shanxi-2024.txt --store "$(at makes "&options=-crole%3Dwenbao_owner")" 2>"$out/work/stderr" || fail "who owns: $(cat "$out/work/stderr")"
$wenbao ingest samples --store "$(at writes)" 2>/dev/null
$wenbao enqueue samples --store "$(at writes)" 2>/dev/null
$wenbao work --store "$(at writes)" 2>/dev/null
answered $wenbao ask "$question" --store "$(at asks)"
for command in status documents verify; do $wenbao $command --store "$(at asks)" >/dev/null 2>&1 || fail "who asks: $command"; done
{ $wenbao doctor --store "$(at asks)" 2>/dev/null || true; } | grep -q "^ok *index *3 documents" || fail "the doctor does not find the documents"
first=$($wenbao documents --json --store "$(at asks)" | python3 -c 'import json, sys; d = json.load(sys.stdin); print((d["documents"] if isinstance(d, dict) else d)[0]["id"])')
refused "permission denied" $wenbao remove "$first" --store "$(at asks)"
refused "permission denied" $wenbao ingest README.md --store "$(at asks)"
refused "permission denied" $wenbao enqueue samples --store "$(at asks)"
refused "permission denied" $wenbao rebuild --store "$(at asks)"
denied "$(at asks)" "DELETE FROM wenbao.documents" "UPDATE wenbao.state SET generation = 0" "CREATE TABLE wenbao.mine (a int)" \
    "CREATE TABLE public.mine (a int)" "DROP SCHEMA wenbao CASCADE" "CREATE TEMP TABLE mine (a int)"
denied "$(at writes)" "DROP TABLE wenbao.documents" "ALTER TABLE wenbao.documents ADD mine int" "CREATE TABLE wenbao.mine (a int)" \
    "TRUNCATE wenbao.documents"
refused "permission denied" $wenbao ask "$question" --store "$(at stranger)"
$wenbao remove "$first" --store "$(at writes)" >/dev/null 2>&1
$wenbao ingest samples --store "$(at writes)" 2>/dev/null
answered $wenbao ask "$question" --store "$(at asks)"

echo "== TLS"
key="$out/servers/1/key.pem"
# NAME: an authority of its own.
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$out/work/$1.key" -out "$out/work/$1.pem" 2>/dev/null
}
authority ours
authority theirs
openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout "$key" -out "$out/work/server.csr" 2>/dev/null
echo "subjectAltName=IP:127.0.0.1" >"$out/work/names"
openssl x509 -req -days 2 -in "$out/work/server.csr" -CA "$out/work/ours.pem" -CAkey "$out/work/ours.key" -CAcreateserial \
    -extfile "$out/work/names" -out "$out/servers/1/cert.pem" 2>/dev/null
chmod 600 "$key"
[ "$(id -u)" -ne 0 ] || chown postgres "$key"
$servers stop "$out/servers"
WENBAO_PG_OPTIONS="-c ssl=on -c ssl_key_file=$key -c ssl_cert_file=$out/servers/1/cert.pem" $servers up "$out/servers" 1
secret="postgres://asks@127.0.0.1:$port/wenbao?sslmode=require"
answered $wenbao ask "$question" --store "$secret" --store-ca "$out/work/ours.pem"
refused "certificate" $wenbao ask "$question" --store "$secret"
refused "certificate" $wenbao ask "$question" --store "$secret" --store-ca "$out/work/theirs.pem"
refused "certificate" $wenbao ask "$question" --store "${secret/127.0.0.1/localhost}" --store-ca "$out/work/ours.pem"
refused "cannot read the certificates" $wenbao ask "$question" --store "$secret" --store-ca "$out/work/nothing.pem"

echo "== a replica"
port_of_copy=$($servers copy "$out/servers" 1 "$out/copy")
running+=("$out/copy")
copy="postgres://asks@127.0.0.1:$port_of_copy"
answered $wenbao ask "$question" --store "$copy/wenbao?sslmode=disable"
# What is written in the one is soon found in the other.
printf '2019年第七县政府工作报告\n一、工作回顾\n建成第七号水库四十二座。\n' >"$out/work/later.txt"
$wenbao ingest "$out/work/later.txt" --store "$(at writes)" 2>/dev/null
for _ in $(seq 50); do
    $wenbao documents --store "$copy/wenbao?sslmode=disable" 2>/dev/null | grep -q 第七县 && break
    sleep 0.2
done
$wenbao documents --store "$copy/wenbao?sslmode=disable" | grep -q 第七县 || fail "the replica does not follow"
$wenbao --store "$copy/wenbao?sslmode=disable" verify >/dev/null 2>&1 || fail "the replica differs"
writing="${copy/asks@/writes@}"
refused "name the primary" $wenbao ingest README.md --store "$writing/wenbao?sslmode=disable"
# Named first, it goes on answering when the primary is gone.
$servers kill "$out/servers" 1
answered $wenbao ask "$question" --store "$copy,127.0.0.1:$port/wenbao?sslmode=disable"
answered $wenbao ask "$question" --store "postgres://asks@127.0.0.1:$port,${copy#*@}/wenbao?sslmode=disable"
refused "does not answer" $wenbao ask "$question" --store "$(at asks)"
echo "roles, TLS and replica are as they should be"
