#!/usr/bin/env bash
# Is the engine in pkg/wasm what its sources give? Where the compiler and the tools are those it was built with, it is
# built again and must be the same to the byte; where they are others, both must pass the goldens. CHROME names a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH:$HOME/.cargo/bin"

again=${CARGO_TARGET_DIR:-target}/engine-again
builds=(flex-relaxed flex)
rm -rf "$again"
scripts/build-engine.sh --out "$again" "${builds[@]}"
. scripts/engine-toolchain.sh

for build in "${builds[@]}"; do
    recorded=$(node scripts/engine-manifest.mjs toolchain "$build")
    if [ "$recorded" != "$toolchain_json" ]; then
        printf 'engine: %s was built with other tools, so its bytes are not compared; with these it is built from\n%s\n%s\n' \
            "$build" "$recorded" "$toolchain_json"
        # The committed one runs them with the other browser tests.
        RELUME_ENGINE=$again node --test --test-reporter=spec tests/browser/goldens.test.mjs
        exit
    fi
    for file in "$again/$build"/*; do
        cmp "$file" "pkg/wasm/$build/${file##*/}" || {
            echo "engine: pkg/wasm/$build is not what these sources and tools give; make engine builds it again" >&2
            exit 1
        }
    done
done
echo "engine: built again, the same to the byte: ${builds[*]}"
