#!/bin/sh
# A copy of the machine's PostgreSQL with pgvector in it, in WENBAO_PG_ROOT or a folder of the user's own.
#
# Nothing of the machine is changed. PostgreSQL finds its files relative to its own program, so programs and extensions are
# copied to usr/… there, and pgvector is put beside them there. Its source is Debian's package of a newer release, asked of
# the server that the machine's own apt sources name; the headers are the package that goes with the installed server.
# Prints the folder of the programs. Exit code 3: PostgreSQL, pgvector or what builds it cannot be had here.
set -eu

folder="${WENBAO_PG_ROOT:-${TMPDIR:-/tmp}/wenbao-postgres-$(id -u)}"
folder=$(mkdir -p "$folder" && cd "$folder" && pwd)
cannot() { echo "$1" >&2; exit 3; }

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] && [ -x "$bin/postgres" ] || cannot "PostgreSQL is not installed (Debian's package is postgresql)"
version=$(basename "$(dirname "$bin")")
own="$folder/usr/lib/postgresql/$version"
[ -e "$folder/usr/share/postgresql/$version/extension/vector.control" ] && { echo "$own/bin"; exit 0; }

for program in make cc apt-get dpkg timeout; do
    command -v $program >/dev/null || cannot "$program is needed to build pgvector"
done

mkdir -p "$folder/usr/lib/postgresql" "$folder/usr/share/postgresql"
cp -a "/usr/lib/postgresql/$version" "$folder/usr/lib/postgresql/"
cp -aL "/usr/share/postgresql/$version" "$folder/usr/share/postgresql/"

if [ -e "/usr/share/postgresql/$version/extension/vector.control" ]; then
    echo "$own/bin"
    exit 0
fi

# The first Debian server of the machine's own sources, in either of the two formats of such files.
lists=$(ls /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true)
server=$(awk '/^URIs:/ { print $2; exit }' $lists 2>/dev/null)
[ -n "$server" ] || server=$(awk '/^deb / { for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) { print $i; exit } }' $lists 2>/dev/null)
[ -n "$server" ] || cannot "no apt source names a server to ask for pgvector"
build="$folder/build"
mkdir -p "$build/lists/partial" "$build/headers"
ring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$ring] $server trixie main" > "$build/newer.list"
newer="-o Dir::Etc::sourcelist=$build/newer.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$build/lists -o APT::Sandbox::User=root"
(
    cd "$build"
    # shellcheck disable=SC2086 # options, one word each
    timeout 120 apt-get -q $newer update && timeout 120 apt-get -q $newer source --download-only pgvector || exit
    # The machine's own lists name the headers; where it has none, or old ones, they are asked for, beside them.
    mkdir -p lists-own/partial
    timeout 120 apt-get -q -o APT::Sandbox::User=root download "postgresql-server-dev-$version" || {
        own="-o Dir::State::lists=$build/lists-own -o APT::Sandbox::User=root"
        timeout 120 apt-get -q $own update && timeout 120 apt-get -q $own download "postgresql-server-dev-$version"
    }
) >"$build/fetch.log" 2>&1 || cannot "pgvector's source, or postgresql-server-dev-$version, cannot be fetched: $build/fetch.log"
dpkg -x "$build"/postgresql-server-dev-*.deb "$build/headers"
mkdir -p "$build/pgvector"
tar -xf "$build"/pgvector_*.orig.tar.* -C "$build/pgvector" --strip-components 1
cp -a "$build/headers/usr/lib/postgresql/$version/lib/." "$own/lib/"
(
    cd "$build/pgvector"
    # OPTFLAGS: what is built runs where it is built, but a package would not count on that either.
    make -j2 PG_CONFIG="$own/bin/pg_config" OPTFLAGS="" with_llvm=no \
        CPPFLAGS="-I$build/headers/usr/include/postgresql/$version/server -I/usr/include/postgresql -I/usr/include/postgresql/internal" all
    install -m 755 vector.so "$own/lib/"
    install -m 644 vector.control sql/vector--*.sql "$folder/usr/share/postgresql/$version/extension/"
) >"$build/build.log" 2>&1 || cannot "pgvector does not build here: $build/build.log"
rm -rf "$build"
echo "$own/bin"
