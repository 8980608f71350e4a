#!/usr/bin/env bash
# Does the engine in pkg/wasm match its sources? Where the compiler and the tools are those it was built with, it is
# rebuilt and every byte must be the same; where they are others, both must pass the goldens. CHROME names a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH:$HOME/.cargo/bin"

again=${CARGO_TARGET_DIR:-target}/engine-again
builds=(flex-relaxed flex onnx checkpoint)
rm -rf "$again"
scripts/build-engine.sh --out "$again" "${builds[@]}"
. scripts/engine-toolchain.sh

for build in "${builds[@]}"; do
    recorded=$(node scripts/engine-manifest.mjs toolchain "$build")
    if [ "$recorded" != "$toolchain_json" ]; then
        echo "engine: $build was built with other tools, so its bytes are not compared; its tests run instead."
        printf 'recorded: %s\nhere: %s\n' "$recorded" "$toolchain_json"
        # The committed one runs them with the other browser tests.
        case $build in onnx | checkpoint) tests=other-formats ;; *) tests=goldens ;; esac
        RELUME_ENGINE=$again RELUME_BUILD=$build node --test --test-reporter=spec "tests/browser/$tests.test.mjs"
        continue
    fi
    for file in "$again/$build"/*; do
        cmp "$file" "pkg/wasm/$build/${file##*/}" || {
            echo "engine: pkg/wasm/$build differs from what these sources and tools produce;" \
                "make engine builds it again" >&2
            exit 1
        }
    done
    echo "engine: $build rebuilt, every byte is the same"
done
