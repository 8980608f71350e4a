#!/usr/bin/env bash
# How maps change while a network's layers lose their weights: the charts of docs/trust.md into docs/figures/, the numbers
# into target/trust/.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH:$HOME/.cargo/bin"

echo "trust: building the command line (takes some minutes the first time: Burn is compiled)"
# With the tests' features, so that Burn is compiled once.
cargo build --quiet --workspace --bins --tests
target=${CARGO_TARGET_DIR:-target}
mkdir -p docs/figures "$target/trust"

# 24 pictures and three seeds for each network.
check() {
    local network=$1
    shift
    echo "trust: $network, $# pictures, into docs/figures/sanity-$network.svg and $target/trust/$network.json"
    "$target/debug/relume" sanity "www/models/$network.safetensors" "$@" --seeds 3 \
        --svg "docs/figures/sanity-$network.svg" --json >"$target/trust/$network.json"
}

check all-cnn-c www/pictures/cifar10/*.jpg
check model-c www/pictures/cifar10/*.jpg
mapfile -t photographs < <(scripts/trust-photographs.sh)
[ ${#photographs[@]} -eq 18 ] || exit 1
check squeezenet-1.1 www/pictures/*.jpg www/pictures/*.png "${photographs[@]}"
