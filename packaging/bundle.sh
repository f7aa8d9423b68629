#!/usr/bin/env bash
# A tarball that runs where there is neither Rust nor a network: program, model, samples, licences, manual pages, completions.
# Unpacked anywhere it works as it is; copied over /usr/local it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
source packaging/common.sh

name=wenbao-$VERSION-$(uname -m)-$(uname -s | tr '[:upper:]' '[:lower:]')
rm -rf "${OUT:?}/$name"
lay_out "$OUT/$name"
mkdir -p "$OUT/$name/lib/systemd/system"
install -m 644 packaging/wenbao.service "$OUT/$name/lib/systemd/system/"
install -m 644 packaging/wenbao.toml "$OUT/$name/share/doc/wenbao/"
# The same content gives the same file, whoever packs it and when.
tar --create --gzip --file "$OUT/$name.tar.gz" --directory "$OUT" \
    --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}" "$name"
rm -rf "${OUT:?}/$name"
(cd "$OUT" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$OUT/$name.tar.gz  $(du -h "$OUT/$name.tar.gz" | cut -f1)"
