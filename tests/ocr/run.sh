#!/usr/bin/env bash
# OCR as a user meets it, and how much of drawn pages it reads. usage: run.sh SHARED, after the command was built with it.
# What cannot be had without a network, or is not on this machine, is said, and what needs it is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
shared=${1:?usage: run.sh SHARED}
models=${WENBAO_MODELS:-models}
venv=.venv/ocr

skip() {
    echo "test-ocr: $*" >&2
    exit 0
}

target/release/wenbao model pull ocr || skip "the OCR's models cannot be had; nothing was tested"
target/release/wenbao model pull || skip "the embedding model cannot be had; nothing was tested"
if [ ! -e "$venv/ok" ] || [ tests/ocr/requirements.txt -nt "$venv/ok" ]; then
    "${PYTHON:-python3}" -m venv "$venv" &&
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/ocr/requirements.txt ||
        skip "Pillow cannot be had, which draws the pages; nothing was tested"
    touch "$venv/ok"
fi
for font in $(sed -n 's/^S[A-Z]* = "\(.*\)"$/\1/p' tests/ocr/pages.py); do
    [ -e "$font" ] || skip "no $font (Debian's fonts-noto-cjk and fonts-wqy-zenhei); nothing was tested"
done
"$venv/bin/python" tests/ocr/end_to_end.py target/release/wenbao "$models"
reports=("$shared"/reports/national-more/201[38]*.txt)
[ -e "${reports[0]}" ] || skip "no reports in $shared: characters and numbers are not graded; name their folder with SHARED=DIR"
rm -rf target/ocr
"$venv/bin/python" tests/ocr/pages.py target/ocr "${reports[@]}"
target/release/examples/read_pages "$models/ocr" target/ocr/*.png target/ocr/*.jpg >target/ocr.tsv
"$venv/bin/python" tests/ocr/grade.py target/ocr <target/ocr.tsv
