#!/usr/bin/env bash
# Build the engine for the browser: build-wasm.sh flex-relaxed|flex|ndarray -> pkg/wasm/<build>/
# `flex-relaxed` is the Flex backend for browsers with relaxed SIMD; the others need plain SIMD only.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-}
case $build in
flex-relaxed | flex | ndarray) ;;
*)
    echo "usage: scripts/build-wasm.sh flex-relaxed|flex|ndarray" >&2
    exit 2
    ;;
esac
fail() {
    echo "build: $*" >&2
    exit 1
}
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH:$HOME/.cargo/bin"
start=$SECONDS
echo "build: the engine for the browser, $build (the first time some minutes: Burn is compiled for wasm)"

# wasm-pack skips the optimisation with a friendly line and exit status 0 when it finds no wasm-opt, so look before
# (the program) and after (its log).
command -v wasm-opt >/dev/null || fail "wasm-opt is missing: run scripts/setup.sh build"
fresh=target/wasm-pack/$build
log=$fresh.log
rm -rf "$fresh"
mkdir -p "$fresh"
wasm-pack build crates/relume-wasm --target web --release --mode no-install --no-pack \
    --out-dir "$PWD/$fresh" --out-name relume_wasm \
    -- --no-default-features --features "$build" 2>&1 | tee "$log"
if grep -q 'Skipping wasm-opt' "$log" || ! grep -q 'Optimizing wasm binaries' "$log"; then
    fail "wasm-pack did not run wasm-opt; see its lines above"
fi

# A .gitignore in there would keep the files out of the npm package.
rm -f "$fresh/.gitignore" "$fresh/package.json"
# Moved into place only when complete: what make finds there is always a whole build.
rm -rf "pkg/wasm/$build"
mkdir -p pkg/wasm
mv "$fresh" "pkg/wasm/$build"
echo "build: pkg/wasm/$build is ready ($((SECONDS - start)) s)"
