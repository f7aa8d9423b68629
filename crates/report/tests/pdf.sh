#!/usr/bin/env bash
# Prints the samples and the documents with tables as .docx and .html, makes a .pdf of each with LibreOffice and Chromium,
# and compares what is read: of the samples the text, of the tables every cell.
set -euo pipefail
cd "$(dirname "$0")/../../.."
missing=()
command -v soffice >/dev/null || missing+=("soffice (Debian: libreoffice-writer-nogui)")
command -v chromium >/dev/null || missing+=("chromium (Debian: chromium)")
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=("a Chinese font (Debian: fonts-wqy-zenhei)")
if [ ${#missing[@]} -gt 0 ]; then
    printf 'test-pdf: missing: %s\n' "${missing[@]}" >&2
    echo "test-pdf: install what is missing, then run again; nothing was compared" >&2
    exit 2
fi
cargo build --quiet --release --example roundtrip
roundtrip=target/release/examples/roundtrip
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
print() { # FILE.txt: its .docx, .html and the .pdf of each
    name=$(basename "$1" .txt)
    "$roundtrip" make "$1" "$work/$name"
    (cd "$work" && soffice "-env:UserInstallation=file://$work/office" --headless --convert-to pdf "$name.docx" >/dev/null 2>&1)
    mv "$work/$name.pdf" "$work/$name.docx.pdf"
    chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --user-data-dir="$work/chromium" \
        --print-to-pdf="$work/$name.html.pdf" "file://$work/$name.html" >/dev/null 2>&1
}
for sample in samples/*.txt; do
    print "$sample"
    for original in docx html; do
        "$roundtrip" compare "$work/$name.$original" "$work/$name.$original.pdf"
    done
done
pairs=()
for document in crates/report/tests/tables/*.txt; do
    print "$document"
    for original in docx html; do
        pairs+=("$work/$name.$original" "$work/$name.$original.pdf")
    done
done
"$roundtrip" cells "${pairs[@]}"
