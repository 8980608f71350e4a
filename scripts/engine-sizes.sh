#!/usr/bin/env bash
# What fills the engine, by crate, as a table: of the build that `make engine` made last, which is `flex`. The engine in
# pkg/wasm has no names in it, so the build is optimised once more here, with names, and thrown away.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH:$HOME/.cargo/bin"

fail() {
    echo "engine-sizes: $*" >&2
    exit 1
}
built=${CARGO_TARGET_DIR:-target}/wasm/wasm32-unknown-unknown/release/relume_wasm.wasm
[ -f "$built" ] || fail "$built is missing: run make engine, which leaves it"
for tool in wasm-bindgen wasm-opt; do
    command -v $tool >/dev/null || fail "$tool is missing: run scripts/setup.sh build"
done
named=$(mktemp -d)
trap 'rm -rf "$named"' EXIT
wasm-bindgen --target web --out-dir "$named" --out-name engine "$built"
# As in build-engine.sh, but for -g, which keeps the names.
wasm-opt -O3 -g --one-caller-inline-max-function-size 200 "$named/engine_bg.wasm" -o "$named/engine.wasm"
node scripts/engine-sizes.mjs "$named/engine.wasm"
