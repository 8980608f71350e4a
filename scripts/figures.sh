#!/usr/bin/env bash
# The paper's figures from our own networks, into docs/figures/. docs/paper.md says what they show.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH:$HOME/.cargo/bin"

echo "figures: building the command line (takes some minutes the first time: Burn is compiled)"
# With the tests' features, so that Burn is compiled once.
cargo build --quiet --workspace --bins --tests
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
    run filters "$model" --layer conv2 --out "docs/figures/conv2-$network.png"
    # After Model C's first max-pooling layer a patch needs a picture.
    [ "$network" = model-c ] || run filters "$model" --layer conv3 --out "docs/figures/conv3-$network.png"
    run rows "$model" "${pictures[@]}" --out "docs/figures/rows-$network.png"
done

run rows www/models/squeezenet-1.1.safetensors www/pictures/chelsea.png --scale 1 --clip 0.1 --out docs/figures/cat.png

# What higher layers look for is searched in a whole set of pictures, which the repository does not have.
if [ -z "${DATA:-}" ]; then
    echo "figures: without DATA=FOLDER the figures of units stay as they are"
    exit
fi
survey=target/all-cnn-c.survey.json
model=www/models/all-cnn-c.safetensors
"$relume" survey "$model" "$DATA/test" --layers relu6,relu8 --out $survey
run units "$model" $survey "$DATA/test" --layer relu6 --channels 51,9,120,3,77,150 --out docs/figures/units-relu6-all-cnn-c.png
run units "$model" $survey "$DATA/test" --layer relu8 --channels 0,10,20,40,60,80 --out docs/figures/units-relu8-all-cnn-c.png
