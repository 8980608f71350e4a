#!/usr/bin/env bash
# Everything that can be said about the code without running it, and the size of what the browser downloads.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH:$HOME/.cargo/bin"

step() { scripts/step.sh "$@"; }

step "file sizes" scripts/check-sizes.sh
step "formatting of Rust" cargo fmt --all --check
step "formatting of JavaScript (npx prettier --write . mends it)" prettier --check --log-level warn .
step "types of the package" tsc --project pkg
step "types of the page" tsc --project tsconfig.json
step "types of the service worker" tsc --project scripts/service-worker
step "types of the tools and tests" tsc --project scripts/tsconfig.json
step "clippy (takes some minutes the first time: Burn is analysed)" \
    cargo clippy --quiet --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" step "documentation" cargo doc --quiet --workspace --no-deps
step "download size" node scripts/size-limit.mjs
step "download size of the first screen" node scripts/first-screen.mjs
