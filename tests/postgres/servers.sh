#!/bin/sh
# PostgreSQL servers of one's own, on loopback, with pgvector: for tests and for trying things out.
#   servers.sh start FOLDER COUNT   start COUNT servers in FOLDER; prints their addresses, a line each
#   servers.sh stop FOLDER          stop them, leave what they hold
#   servers.sh kill FOLDER N        server N (from 1) dies at once, as in a loss of power
#   servers.sh up FOLDER N          and comes back
#   servers.sh copy FOLDER N COPY   start a replica of server N, the only one in the folder COPY; prints its port
# Nothing of the machine is changed but FOLDER. Exit code 3: PostgreSQL or pgvector cannot be had here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
command=$1
folder=$(mkdir -p "$2" && cd "$2" && pwd)

# PostgreSQL refuses to run as root: then it runs as the user that its package makes.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid postgres --regid postgres --init-groups -- "$@"
    else
        "$@"
    fi
}

port() { cat "$folder/$1/port"; }

# FOLDER of a server: made, with a port of its own, which is free now.
prepare() {
    mkdir -p "$1"
    [ "$(id -u)" -ne 0 ] || chown postgres "$1"
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' >"$1/port"
}

launch() {
    # Small, and as careful with its disk as any: faults are tested on it. WENBAO_PG_OPTIONS: more of the server's settings.
    as_server "$bin/pg_ctl" -s -w -t 60 -D "$folder/$1/data" -l "$folder/$1/log" -o \
        "-p $(port "$1") -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder/$1 -c shared_buffers=${WENBAO_PG_BUFFERS:-256MB} -c max_wal_size=2GB ${WENBAO_PG_OPTIONS:-}" start
}

case $command in
start)
    bin=$("$here/pgvector.sh")
    mkdir -p "$folder"
    chmod 755 "$folder"
    number=0
    while [ $number -lt "$3" ]; do
        number=$((number + 1))
        prepare "$folder/$number"
        [ -e "$folder/$number/data/PG_VERSION" ] ||
            as_server "$bin/initdb" -D "$folder/$number/data" -U wenbao -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
        launch $number
        "$bin/psql" -q -h 127.0.0.1 -p "$(port $number)" -U wenbao -d postgres -tAc \
            "SELECT 1 FROM pg_database WHERE datname = 'wenbao'" | grep -q 1 ||
            "$bin/createdb" -h 127.0.0.1 -p "$(port $number)" -U wenbao wenbao
        echo "postgres://wenbao@127.0.0.1:$(port $number)/wenbao?sslmode=disable"
    done
    ;;
stop)
    bin=$("$here/pgvector.sh")
    for data in "$folder"/*/data; do
        # One that died is no reason for a message.
        as_server "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1 || continue
        as_server "$bin/pg_ctl" -s -D "$data" -m fast stop || true
    done
    ;;
kill)
    # The oldest process alone would leave children that still answer: all of them.
    leader=$(head -1 "$folder/$3/data/postmaster.pid")
    kill -KILL "$leader" $(ps -o pid= --ppid "$leader") 2>/dev/null || true
    # It is dead when the system has put it away.
    for _ in $(seq 100); do kill -0 "$leader" 2>/dev/null || break; sleep 0.1; done
    ;;
up)
    bin=$("$here/pgvector.sh")
    # A server that died has left a file behind, of which pg_ctl warns.
    launch "$3" 2>"$folder/$3/warnings" || { cat "$folder/$3/warnings" >&2; exit 1; }
    ;;
copy)
    bin=$("$here/pgvector.sh")
    from=$(port "$3")
    folder=$(mkdir -p "$4" && cd "$4" && pwd)
    prepare "$folder/1"
    as_server "$bin/pg_basebackup" -R -X stream -c fast -h 127.0.0.1 -p "$from" -U wenbao -D "$folder/1/data"
    launch 1
    port 1
    ;;
*)
    echo "servers.sh start|stop|kill|up|copy FOLDER …" >&2
    exit 2
    ;;
esac
