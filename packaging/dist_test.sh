#!/usr/bin/env bash
# Tries the packages as somebody who has neither Rust nor a network: an empty environment, a namespace without routes where the
# system lets one be made, and for the image its own file system and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
source packaging/common.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/home"
passed=0

pass() {
    passed=$((passed + 1))
    echo "ok: $*"
}

if unshare --user --map-root-user --net true 2>/dev/null; then
    alone=(unshare --user --map-root-user --net)
else
    alone=()
    echo "dist-test: no namespaces to be had; the packages are tried with the network in reach" >&2
fi

# A command in a home of its own, with nothing else in its environment.
clean() {
    (cd "$scratch/home" && "${alone[@]}" env -i PATH=/usr/bin:/bin HOME="$scratch/home" LANG=C.UTF-8 "$@" </dev/null)
}

# Whether the output of a command, which must end with `code`, holds `part`.
says() {
    local code=$1 part=$2 said ended=0
    shift 2
    said=$("$@" 2>&1) || ended=$?
    [ "$ended" = "$code" ] || fail "$* ended with $ended, not $code: $said"
    case $said in *"$part"*) ;; *) fail "$* does not say \"$part\": $said" ;; esac
}

bundle=$(ls "$OUT"/wenbao-"$VERSION"-*.tar.gz 2>/dev/null) || fail "no bundle in $OUT: run \`make bundle\` first"
mkdir "$scratch/bundle"
tar --extract --file "$bundle" --directory "$scratch/bundle" --strip-components 1
wenbao=$scratch/bundle/bin/wenbao
says 0 "$VERSION" clean "$wenbao" --version
says 0 130座 clean "$wenbao" quickstart
says 0 268座 clean "$wenbao" ask 2024年智能化煤矿达到多少座
says 0 "as pulled" clean "$wenbao" doctor
says 1 "" clean "$wenbao" ask 2025年火星上有多少人
says 0 "the queue of the databases" clean "$wenbao" work --help
# CI packs without it.
case ${FEATURES:-} in *ocr*) says 0 "wenbao model pull ocr" clean "$wenbao" doctor ;; esac
pass "the bundle answers, without network where it can be taken away"
for file in share/man/man1/wenbao-ask.1 share/bash-completion/completions/wenbao share/zsh/site-functions/_wenbao \
    share/fish/vendor_completions.d/wenbao.fish share/doc/wenbao/THIRD-PARTY.txt lib/systemd/system/wenbao.service; do
    [ -s "$scratch/bundle/$file" ] || fail "the bundle has no $file"
done
bash -n "$scratch/bundle/share/bash-completion/completions/wenbao"
id=$(clean "$wenbao" documents | head -1 | cut -c1-12)
says 0 "$id" clean env WENBAO_COMPLETE=bash _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=2 _CLAP_COMPLETE_COMP_TYPE=9 \
    _CLAP_COMPLETE_SPACE=true "$wenbao" -- wenbao show "${id:0:3}"
pass "the bundle has manual pages, licences, a service, and completions that know documents"

if wheel=$(ls "$OUT"/wenbao-"$VERSION"-py3-none-*.whl 2>/dev/null | head -1) && [ -n "$wheel" ]; then
    "${PYTHON:-python3}" -m venv "$scratch/venv"
    "$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$wheel"
    rm -rf "$scratch/home/index"
    wenbao=$scratch/venv/bin/wenbao
    says 0 "$VERSION" clean "$wenbao" --version
    says 2 "wenbao model pull" clean "$wenbao" doctor
    cp -R "$MODELS/multilingual-e5-small" "$scratch/venv/share/wenbao/models/"
    says 0 130座 clean "$wenbao" quickstart
    pass "the wheel installs into an empty environment and answers"
else
    fail "no wheel in $OUT: run \`make wheel\` first"
fi

# The image's own file system, with nothing of this machine in it but what every container has: /proc, where the program finds
# itself, and /dev/null.
packaging/rootfs.sh "$scratch/root"
if [ ${#alone[@]} -gt 0 ]; then
    mkdir "$scratch/root/proc" "$scratch/root/dev"
    touch "$scratch/root/dev/null"
    cp -R samples "$scratch/root/documents"
    # The image's user does not exist in this namespace.
    chmod 777 "$scratch/root/data"
    inside() {
        unshare --user --map-root-user --net --mount --pid --fork env -i PATH="$PATH" WENBAO_INDEX=/data/index bash -c \
            'mount -t proc proc "$0/proc" && mount --bind /dev/null "$0/dev/null" && exec chroot "$0" /usr/local/bin/wenbao "$@"' "$scratch/root" "$@"
    }
    says 0 "3 added" inside ingest /documents
    says 0 130座 inside ask 2025年新建智能化煤矿多少座
    pass "the image's file system has all that the program loads"
fi
echo "$passed passed, 0 failed"
