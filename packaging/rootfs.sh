#!/usr/bin/env bash
# The whole file system of the container image: the program, the few libraries that it loads, models, licences, an empty /data.
# The image is built from it alone, so that it has neither a shell nor anything else that could be used against it.
#     packaging/rootfs.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
source packaging/common.sh

root=${1:?the folder to fill}
rm -rf "$root"
lay_out "$root/usr/local"
rm -r "$root/usr/local/share"/{man,bash-completion,zsh,fish}
# "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)".
ldd "$WENBAO" | grep -oE '(=> |^[[:space:]]+)/[^ ]+' | sed 's/^=> //; s/^[[:space:]]*//' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done
mkdir -p "$root/etc" "$root/data" "$root/tmp"
chmod 1777 "$root/tmp"
echo 'wenbao:x:10001:10001:wenbao:/data:/sbin/nologin' >"$root/etc/passwd"
echo 'wenbao:x:10001:' >"$root/etc/group"
# Who may not give a folder away is not root, and then nobody else uses what is built.
chown 10001:10001 "$root/data" 2>/dev/null || chmod 777 "$root/data"
du -sm "$root" | cut -f1 | xargs printf 'image: %s MB\n'
