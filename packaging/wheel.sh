#!/usr/bin/env bash
# A wheel that carries the program, the reader and the list of models; `wenbao model pull` or `wenbao quickstart` fetches the
# embedding model. TARGET and GLIBC (aarch64-unknown-linux-gnu and 2.28, say) compile for another machine or an older system, with zig
# as the linker; `rustup target add` must have been told of the target.
set -euo pipefail
cd "$(dirname "$0")/.."
source packaging/common.sh

venv=.venv/wheel
if [ ! -e "$venv/ok" ] || [ packaging/requirements.txt -nt "$venv/ok" ]; then
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r packaging/requirements.txt
    touch "$venv/ok"
fi
# What is released has OCR.
options=(--release --locked --features ocr --strip --target-dir target --out "$OUT")
if [ -n "${TARGET:-}" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check ziglang
    options+=(--target "$TARGET" --zig)
    [ -z "${GLIBC:-}" ] || options+=(--compatibility "manylinux_${GLIBC/./_}")
fi
# maturin puts what lies below data/ into the environment's prefix; the program it makes itself.
rm -rf target/wheel
lay_out target/wheel/data without-model
rm -r target/wheel/data/bin
PATH=$PWD/$venv/bin:$PATH "$venv/bin/maturin" build "${options[@]}"
