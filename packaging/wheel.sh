#!/usr/bin/env bash
# A wheel that carries the program, the reader and the list of models; `wenbao model pull` or `wenbao quickstart` fetches the
# embedding model. TARGET=x86_64-unknown-linux-gnu.2.28 builds against an old glibc, with zig as the linker; any other target of
# rustup's works the same way.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv/wheel
if [ ! -e "$venv/ok" ] || [ packaging/requirements.txt -nt "$venv/ok" ]; then
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r packaging/requirements.txt
    touch "$venv/ok"
fi
target=()
if [ -n "${TARGET:-}" ]; then
    triple=$TARGET
    case $TARGET in *-gnu.*) triple=${TARGET%%.*} ;; esac
    glibc=${TARGET#"$triple"}
    target=(--target "$triple" --zig --compatibility "manylinux_${glibc:+${glibc#.}}")
    target[4]=${target[4]//./_}
    [ -n "$glibc" ] || target=(--target "$triple" --zig)
fi
source packaging/common.sh
# maturin puts what lies below data/ into the environment's prefix.
rm -rf target/wheel
lay_out target/wheel/data without-model
rm -r target/wheel/data/bin
PATH=$PWD/$venv/bin:$PATH "$venv/bin/maturin" build --release --locked --strip --target-dir target --out "$OUT" "${target[@]}"
