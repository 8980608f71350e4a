#!/usr/bin/env bash
# Build the engine for the browser: build-engine.sh [--out FOLDER] BUILD…, each one of flex-relaxed, flex, ndarray.
# `flex-relaxed` is the Flex backend for browsers with relaxed SIMD; the others need plain SIMD only. Each goes into
# pkg/wasm/BUILD/, and what the two Flex builds were made from into pkg/wasm/engine.json; with --out into FOLDER/BUILD/,
# and pkg/ stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    echo "usage: scripts/build-engine.sh [--out FOLDER] flex-relaxed|flex|ndarray …" >&2
    exit 2
}
fail() {
    echo "engine: $*" >&2
    exit 1
}

out=pkg/wasm
if [ "${1:-}" = --out ]; then
    out=${2:-}
    shift 2 || usage
fi
[ $# -gt 0 ] && [ -n "$out" ] || usage
for build in "$@"; do
    case $build in
    flex-relaxed | flex | ndarray) ;;
    *) usage ;;
    esac
done

export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH:$HOME/.cargo/bin"
for tool in cargo wasm-bindgen wasm-opt; do
    command -v $tool >/dev/null || fail "$tool is missing: run scripts/setup.sh build"
done
start=$SECONDS
. scripts/wasm-flags.sh
. scripts/engine-toolchain.sh
# Taken before the build: a source that changes meanwhile may be missing from some builds.
sources=$(node scripts/engine-manifest.mjs digest)

target=${CARGO_TARGET_DIR:-target}
fresh=$target/engine
rm -rf "$fresh"
mkdir -p "$fresh" "$out"
declare -A optimising
for build in "$@"; do
    echo "engine: compiling $build (takes some minutes the first time: Burn is compiled for WebAssembly)"
    cargo build --quiet --locked --release --package relume-wasm --target wasm32-unknown-unknown \
        --no-default-features --features "$build"
    wasm-bindgen --target web --out-dir "$fresh/$build" --out-name relume_wasm \
        "$target/wasm32-unknown-unknown/release/relume_wasm.wasm"
    # Beside the next build: it runs on one core. A kernel's innermost loop is a function of its own, called from one
    # place: V8 makes good code of small functions only. Put back into its caller, as wasm-opt would, EfficientNet-Lite0
    # takes 7 % longer.
    wasm-opt -O3 --one-caller-inline-max-function-size 200 "$fresh/$build/relume_wasm_bg.wasm" \
        -o "$fresh/$build/optimised.wasm" &
    optimising[$build]=$!
done
for build in "$@"; do
    wait "${optimising[$build]}" || fail "wasm-opt failed on $build; its reason is above"
    mv "$fresh/$build/optimised.wasm" "$fresh/$build/relume_wasm_bg.wasm"
    # Moved into place only when complete: what is there is always a complete build.
    rm -rf "${out:?}/$build"
    mv "$fresh/$build" "$out/$build"
    if [ "$out" = pkg/wasm ] && [ "$build" != ndarray ]; then
        node scripts/engine-manifest.mjs write "$build" --sources "$sources" "${toolchain[@]}"
    fi
done
rm -rf "$fresh"
echo "engine: $* ready in $out/ ($((SECONDS - start)) s)"
