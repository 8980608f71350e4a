#!/usr/bin/env bash
# Every check and every test: sets up, then the code as it stands, native Rust, the engine in the browser, the page from end
# to end. Prints at the end where the time went.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH:$HOME/.cargo/bin"

STEP_TIMES=$(mktemp)
export STEP_TIMES
table() {
    printf '\n%7s  %s\n' seconds step
    while IFS=$'\t' read -r seconds name; do printf '%7d  %s\n' "$seconds" "$name"; done <"$STEP_TIMES"
    printf '%7d  %s\n' $SECONDS "all"
    rm -f "$STEP_TIMES"
}
trap table EXIT
step() { scripts/step.sh "$@"; }

step "set-up" scripts/setup.sh test
CHROME=$(scripts/browser.sh chrome) || { echo "no Chromium or Chrome: run scripts/setup.sh test" >&2; exit 1; }
CHROMEDRIVER=$(scripts/browser.sh driver) || { echo "no chromedriver: run scripts/setup.sh test" >&2; exit 1; }
FIREFOX=$(scripts/browser.sh firefox) || { echo "no Firefox: run scripts/setup.sh test" >&2; exit 1; }
export CHROME CHROMEDRIVER FIREFOX

step "the engine matches its sources" node scripts/engine-manifest.mjs check
scripts/lint.sh
step "the set-up, make run, its servers and the committed engine" \
    node --test --test-reporter=spec tests/setup/*.test.mjs tests/run/*.test.mjs tests/engine/*.test.mjs

# One build serves the tests and the command line that converts the model: with the tests' features, so that Burn is
# compiled natively once.
step "native build (takes some minutes the first time: Burn is compiled)" cargo build --quiet --workspace --bins --tests
RELUME=${CARGO_TARGET_DIR:-target}/debug/relume step "models" scripts/fetch-efficientnet.sh
[ -f www/models/efficientnet-lite0.safetensors ] || echo "skipped without it: every test of EfficientNet-Lite0"
step "native tests and doc tests" cargo test --quiet --workspace
RELUME=${CARGO_TARGET_DIR:-target}/debug/relume step "the Python package, and a view in JupyterLab" scripts/python-tests.sh

step "the committed engine against its sources" scripts/compare-engine.sh
step "the engine on NdArray" scripts/build-engine.sh ndarray
# As the engine is compiled, so that Burn is compiled for WebAssembly once. A golden takes longer than the runner's
# default of 20 seconds on a slow machine.
. scripts/wasm-flags.sh
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner WASM_BINDGEN_TEST_TIMEOUT=600 \
    step "the JavaScript API in Chromium" cargo test --locked --release --package relume-wasm \
    --target wasm32-unknown-unknown --target-dir "${CARGO_TARGET_DIR:-target}/wasm" --no-default-features --features flex
unset CARGO_ENCODED_RUSTFLAGS

step "the package as installed, and the page, end to end in Chromium" scripts/browser-tests.sh chromium
step "what differs between browsers, in Firefox" scripts/browser-tests.sh firefox
