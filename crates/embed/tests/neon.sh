#!/usr/bin/env bash
# The engine's tests on 64-bit ARM: here, if this is such a machine, else cross-built and run under qemu, once as a processor
# with `dotprod` and once as one without. Installs nothing; says what is missing. Speeds under qemu mean nothing.
#
# A compiler with the ARM standard library is either rustup's (`rustup target add aarch64-unknown-linux-gnu`) or Debian's
# (rustc-web and libstd-rust-web-dev:arm64). Arguments are handed to the tests; without any, those of the engine run.
set -euo pipefail
cd "$(dirname "$0")/../../.."
filter=("${@:-engine}")

if [ "$(uname -m)" = aarch64 ]; then
    exec cargo test --release -p wenbao-embed --lib "${filter[@]}"
fi

target=aarch64-unknown-linux-gnu
missing() {
    echo "test-neon: missing: $1 (Debian: $2); nothing was tested" >&2
    exit 2
}
can_build() { [ -e "$("$1" --print target-libdir --target $target 2>/dev/null)" ]; }

for rustc in "${RUSTC:-rustc}" /usr/bin/rustc none; do
    can_build "$rustc" && break
done
[ "$rustc" != none ] || missing "a rustc with the standard library of $target (rustup target add $target)" \
    "rustc-web libstd-rust-web-dev:arm64 (after dpkg --add-architecture arm64)"
command -v aarch64-linux-gnu-gcc >/dev/null || missing aarch64-linux-gnu-gcc "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || missing qemu-aarch64 qemu-user-static

# The distribution's own libc for ARM where there is one: with that of the cross compiler, threads hang under qemu 7.2.
prefix=/usr/aarch64-linux-gnu
[ ! -e /lib/ld-linux-aarch64.so.1 ] || prefix=/
export RUSTC=$rustc QEMU_LD_PREFIX=${QEMU_LD_PREFIX:-$prefix}
# Apart from the other builds: another compiler would make them all stale.
export CARGO_TARGET_DIR=${NEON_TARGET_DIR:-target/neon}
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
for cpu in cortex-a76 cortex-a72; do
    echo "== $cpu"
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$qemu -cpu $cpu" \
        cargo test --release --target $target -p wenbao-embed --lib "${filter[@]}"
done
