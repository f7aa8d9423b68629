#!/bin/sh
# Installs the peers of the embedding benchmark into an ignored virtual environment (.venv/bench of the repository).
# PyTorch is large, so it only comes when asked for: WITH_TORCH=1.
set -eu
cd "$(dirname "$0")/../../.."
venv=.venv/bench
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check numpy onnx onnxruntime gguf tokenizers
if [ "${WITH_TORCH:-0}" = 1 ]; then
    "$venv/bin/pip" install --quiet --disable-pip-version-check torch transformers
fi
