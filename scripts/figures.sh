#!/usr/bin/env bash
# The paper's figures from our own networks, into docs/figures/. docs/paper.md says what they show.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH:$HOME/.cargo/bin"

echo "figures: building the command line (the first time some minutes: Burn is compiled)"
cargo build --quiet --workspace --bins
relume=${CARGO_TARGET_DIR:-target}/debug/relume
mkdir -p docs/figures

# One picture of each class that All-CNN-C answers right, in the order of the classes.
mapfile -t pictures < <(node -e '
    const { pictures } = require("./www/pictures/cifar10/gallery.json");
    const seen = new Set();
    for (const { file, class: label, answer } of pictures) {
        if (label !== answer || seen.has(label)) continue;
        seen.add(label);
        console.log(`www/pictures/cifar10/${file}`);
    }')

run() {
    echo "figures: relume figure $1 $2 … --out ${!#}"
    "$relume" figure "$@" >/dev/null
}

for network in all-cnn-c model-c; do
    model=www/models/$network.safetensors
    if [ ! -f "$model" ]; then
        echo "figures: none of $network, $model is missing; make train ARCHITECTURE=$network DATA=… trains one"
        continue
    fi
    run filters "$model" --out "docs/figures/conv1-$network.png"
    run rows "$model" "${pictures[@]}" --out "docs/figures/rows-$network.png"
done
