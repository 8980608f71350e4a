#!/usr/bin/env bash
# Every test: native Rust, the same engine in the browser, the page from end to end. Needs what `make build` builds.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH:$HOME/.cargo/bin"
CHROME=$(scripts/browser.sh chrome) || { echo "no Chromium or Chrome: run scripts/setup.sh test" >&2; exit 1; }
CHROMEDRIVER=$(scripts/browser.sh driver) || { echo "no chromedriver: run scripts/setup.sh test" >&2; exit 1; }
FIREFOX=$(scripts/browser.sh firefox) || { echo "no Firefox: run scripts/setup.sh test" >&2; exit 1; }
export CHROME CHROMEDRIVER FIREFOX

step() { scripts/step.sh "$@"; }

wasm_tests() {
    # A golden takes longer than the runner's default of 20 seconds on a slow machine.
    WASM_BINDGEN_TEST_TIMEOUT=600 step "the engine in the browser, $1" \
        wasm-pack test --headless --chrome --release --mode no-install crates/relume-wasm \
        --no-default-features --features "$1"
}

# One build serves the tests and the command line that converts the model: with the tests' features, so that Burn is
# compiled natively once.
step "native build (the first time some minutes: Burn is compiled)" \
    cargo build --quiet --workspace --bins --tests
RELUME=${CARGO_TARGET_DIR:-target}/debug/relume step "models" scripts/fetch-efficientnet.sh
[ -f www/models/efficientnet-lite0.safetensors ] || echo "skipped without it: every test of EfficientNet-Lite0"
step "native tests and doc tests" cargo test --workspace
wasm_tests flex
wasm_tests ndarray
# Without a line after them: the runner's own summary closes the output.
printf '\n==> the package as installed, and the page, end to end in Chromium (everything before it took %d s)\n' $SECONDS
RELUME_BROWSER=chromium node --test --test-concurrency=1 --test-reporter=spec tests/package/*.test.mjs tests/browser/*.test.mjs tests/site/*.test.mjs
printf '\n==> the page, end to end in Firefox (everything before it took %d s)\n' $SECONDS
RELUME_BROWSER=firefox exec node --test --test-concurrency=1 --test-reporter=spec tests/browser/*.test.mjs
