#!/usr/bin/env bash
# Build the command line for this very processor (some minutes, once: Burn is compiled) and print where it is: for
# training and for measuring.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH:$HOME/.cargo/bin"

echo "native: building for this processor (takes some minutes the first time: Burn is compiled)" >&2
RUSTFLAGS="-C target-cpu=native" cargo build --quiet --profile native --target-dir target/native \
    --package relume-cli --features avx512
echo "$PWD/target/native/native/relume"
