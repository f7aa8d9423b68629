#!/bin/sh
# Runs the page's tests; says so and ends well where node or a Chromium is missing, since neither is needed to build wenbao.
set -eu
cd "$(dirname "$0")/.."
skip() {
    echo "the page's tests are skipped: $1"
    exit 0
}
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node with npm (20 or newer)"
browser=""
for path in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
    [ -n "$path" ] && [ -x "$path" ] && browser=$path && break
done
[ -n "$browser" ] || skip "there is no Chromium (apt-get install chromium, or CHROMIUM=/path/to/it)"
make --no-print-directory -C .. web/node_modules/.package-lock.json >&2
CHROMIUM=$browser exec npx playwright test "$@"
