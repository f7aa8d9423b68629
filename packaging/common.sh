# What the scripts of this folder share. Sourced, from the repository's root.
# WENBAO names the program to pack (default: the one that `make build` leaves), WENBAO_MODELS the folder of the pulled model.

WENBAO=${WENBAO:-target/release/wenbao}
MODELS=${WENBAO_MODELS:-models}
OUT=target/dist

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

[ -x "$WENBAO" ] || fail "no program in $WENBAO: run \`make build\` first"
VERSION=$("$WENBAO" --version | cut -d' ' -f2)

# Program, models folder and documents below PREFIX, as every package has them. "without-model" leaves out what
# `wenbao model pull` fetches.
lay_out() {
    local prefix=$1 what=${2:-}
    local doc=$prefix/share/doc/wenbao
    mkdir -p "$prefix/bin" "$doc" "$prefix/share/wenbao/models" "$prefix/share/wenbao/samples" "$prefix/share/man/man1"
    install -m 755 "$WENBAO" "$prefix/bin/wenbao"
    # Line tables and symbols are half of the file, and only a debugger reads them.
    if command -v strip >/dev/null; then strip "$prefix/bin/wenbao"; fi
    install -m 644 models/models.toml models/reader.gguf "$prefix/share/wenbao/models/"
    if [ "$what" != without-model ]; then
        [ -f "$MODELS/multilingual-e5-small/manifest.json" ] || fail "no model in $MODELS: run \`make model\` first"
        cp -R "$MODELS/multilingual-e5-small" "$prefix/share/wenbao/models/"
    fi
    install -m 644 samples/*.txt "$prefix/share/wenbao/samples/"
    install -m 644 README.md README.zh-CN.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$doc/"
    python3 packaging/licences.py >"$doc/THIRD-PARTY.txt"
    "$WENBAO" man "$prefix/share/man/man1" 2>/dev/null
    local shells=$prefix/share
    mkdir -p "$shells/bash-completion/completions" "$shells/zsh/site-functions" "$shells/fish/vendor_completions.d"
    "$WENBAO" completions bash >"$shells/bash-completion/completions/wenbao"
    "$WENBAO" completions zsh >"$shells/zsh/site-functions/_wenbao"
    "$WENBAO" completions fish >"$shells/fish/vendor_completions.d/wenbao.fish"
}
