#!/usr/bin/env bash
# Build the engine for the browser: build-engine.sh [--out FOLDER] BUILD…, each one of flex-relaxed, flex, ndarray, onnx, checkpoint.
# `flex-relaxed` is the Flex backend for browsers with relaxed SIMD; the others need plain SIMD only. `onnx` and
# `checkpoint` compute nothing: they read files of other tools. Each goes into pkg/wasm/BUILD/, and what they were made from, but for ndarray, into pkg/wasm/engine.json; with
# --out into FOLDER/BUILD/, and pkg/ stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    echo "usage: scripts/build-engine.sh [--out FOLDER] flex-relaxed|flex|ndarray|onnx|checkpoint …" >&2
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
    flex-relaxed | flex | ndarray | onnx | checkpoint) ;;
    *) usage ;;
    esac
done

export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH:$HOME/.cargo/bin"
for tool in cargo wasm-bindgen wasm-opt; do
    command -v $tool >/dev/null || fail "$tool is missing: run scripts/setup.sh build"
done
start=$SECONDS
target=${CARGO_TARGET_DIR:-target}/wasm # its own: in one folder a native build and this wait for each other
mkdir -p "$target" "$out"
# One at a time: they share the folder that cargo builds in.
lock=$target/engine.lock
mkdir "$lock" 2>/dev/null || fail "another build is under way; if none is, one was killed: rmdir '$lock'"
fresh=$(mktemp -d "$out/.building-XXXXXX") # beside their places, so that they get there by one rename
trap 'rm -rf "$fresh"; rmdir "$lock"' EXIT
trap 'exit 130' INT TERM

. scripts/wasm-flags.sh
. scripts/engine-toolchain.sh
sources=$(node scripts/engine-manifest.mjs digest)

# A kernel's innermost loop is a function of its own, called from one place: V8 makes good code of small functions only. Put back
# into its caller, as wasm-opt would, EfficientNet-Lite0 takes 7 % longer.
fast=(-O3 --one-caller-inline-max-function-size 200)
optimising=()
for build in "$@"; do
    echo "engine: compiling $build (takes some minutes the first time: Burn is compiled for WebAssembly)"
    case $build in
    onnx) package=relume-convert-wasm features=() optimise=(-Oz) ;;
    checkpoint) package=relume-convert-wasm features=(--features checkpoint) optimise=(-Oz) ;;
    # It checks the other, and nobody downloads it: optimised further it takes a minute longer to build.
    ndarray) package=relume-wasm features=(--no-default-features --features ndarray) optimise=(-O1) ;;
    *) package=relume-wasm features=(--no-default-features --features "$build") optimise=("${fast[@]}") ;;
    esac
    cargo build --quiet --locked --release --package "$package" --target wasm32-unknown-unknown --target-dir "$target" "${features[@]}"
    wasm-bindgen --target web --out-dir "$fresh/$build" --out-name relume_wasm \
        "$target/wasm32-unknown-unknown/release/${package//-/_}.wasm"
    # Beside the next build: it runs on one core.
    wasm-opt "${optimise[@]}" "$fresh/$build/relume_wasm_bg.wasm" -o "$fresh/$build.wasm" &
    optimising+=($!)
done
for process in "${optimising[@]}"; do
    wait "$process" || fail "wasm-opt failed; its reason is above"
done
[ "$(node scripts/engine-manifest.mjs digest)" = "$sources" ] ||
    fail "a source was changed during the build, which may have it or not; what is in $out stays as it was"
for build in "$@"; do
    mv "$fresh/$build.wasm" "$fresh/$build/relume_wasm_bg.wasm"
    if [ -e "$out/$build" ]; then mv "$out/$build" "$fresh/older-$build"; fi
    mv "$fresh/$build" "$out/$build"
    if [ "$out" = pkg/wasm ] && [ "$build" != ndarray ]; then
        node scripts/engine-manifest.mjs write "$build" --sources "$sources" "${toolchain[@]}"
    fi
done
echo "engine: $* ready in $out/ ($((SECONDS - start)) s)"
