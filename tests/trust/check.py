"""`relume sanity` against PyTorch, scipy and scikit-image: every layer, every measure.

    python check.py --relume ../../target/debug/relume

The networks are All-CNN-C with pictures of the gallery, and SqueezeNet 1.1 with photographs, as PNG files of the network's own size,
so that no decoder and no resampling comes between. Printed is a row of a Markdown table for each network and measure: the largest
difference of a single map (one picture, seed 1), and that of the means and deviations over pictures and seeds. Anything above the bound, and a map that is empty on
one side only, fails the run. What is measured is defined in docs/trust.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "goldens"))

import model_file  # noqa: E402
from pictures import normalised  # noqa: E402
from rules import RULES, Own  # noqa: E402

from measures import MEASURES, compare  # noqa: E402
from randomised import all_shuffled, layers_with_weights, randomised  # noqa: E402

# In 32 bits some pixels that are nearly equal change their order, above all in the picture, whose pixels have 256 values; and a unit near
# 0 may fire otherwise.
BOUND = 2e-3
NETWORKS = {
    "all-cnn-c": ["cifar10/deer-0000.jpg", "cifar10/ship-0000.jpg", "cifar10/frog-0001.jpg"],
    "squeezenet-1.1": ["chelsea.png", "coffee.jpg"],
}


def fitted(path, height, width):
    """The centre of a picture, [height, width, 3], 0..255."""
    with Image.open(path) as picture:
        picture = picture.convert("RGB")
        side = min(picture.size)
        left, top = ((length - side) / 2 for length in picture.size)
        box = (left, top, left + side, top + side)
        return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC, box=box))


def sanity(relume, model, pictures, seeds):
    """The rows that relume prints, by first randomised layer and rule."""
    command = [relume, "sanity", model, *pictures, "--seeds", seeds, "--methods", ",".join(RULES), "--json"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return {(row["from"], row["method"]): row for row in json.loads(done.stdout)["rows"]}


def maps(model, tensors, x, unit):
    """The map of a unit by each rule, [3, H, W]."""
    own = Own(model, tensors)
    return {rule: own.maps(x, rule, {"unit": unit})["unit"].numpy() for rule in RULES}


def computed(model, tensors, inputs, seeds):
    """Each measure of each picture and seed, by first randomised layer and rule."""
    layers = layers_with_weights(model, tensors)
    shuffled = {seed: all_shuffled(tensors, seed) for seed in range(1, seeds + 1)}
    found = {}
    for x in inputs:
        whole = Own(model, tensors)
        logits = whole.network(x.double())[0]
        unit = (whole.network.logits_layer, int(logits.argmax()), (0, 0))
        original = maps(model, tensors, x, unit)
        picture = x[0].double().numpy()
        for first in [None, *range(len(layers))]:
            lost = set() if first is None else set(layers[first:])
            for seed in [1] if first is None else range(1, seeds + 1):
                made = maps(model, randomised(tensors, shuffled[seed], lost), x, unit)
                for rule in RULES:
                    key = (None if first is None else layers[first], rule)
                    found.setdefault(key, []).append((seed, compare(original[rule], made[rule], picture)))
    return found


def difference(row, values, measure):
    """Between a row's mean and deviation and those of `values`; None where both have none, all maps being empty."""
    known = [value[measure] for value in values if value[measure] is not None]
    spread = row[measure]
    if spread is None or not known:
        return None if spread is None and not known else float("inf")
    return max(abs(spread["mean"] - np.mean(known)), abs(spread["deviation"] - np.std(known)))


def check(name, relume, seeds):
    path = ROOT / "www" / "models" / f"{name}.safetensors"
    model, tensors = model_file.read(path)
    spec = model["input"]
    if spec["crop"] != 1:
        sys.exit(f"{name}: its pictures are cropped, so a picture of its own size would be resampled")
    with tempfile.TemporaryDirectory() as folder:
        pictures = [Path(folder) / f"{index}.png" for index in range(len(NETWORKS[name]))]
        inputs = []
        for source, picture in zip(NETWORKS[name], pictures, strict=True):
            pixels = fitted(ROOT / "www" / "pictures" / source, *spec["shape"][1:])
            Image.fromarray(pixels).save(picture)
            inputs.append(normalised(pixels, spec))
        single = [sanity(relume, path, [picture], 1) for picture in pictures]
        joint = sanity(relume, path, pictures, seeds)
    found = computed(model, tensors, inputs, seeds)
    if set(found) != set(joint):
        sys.exit(f"{name}: other rows than expected")
    worst = 0.0
    for measure in MEASURES:
        alone, together = [], []
        for key, values in found.items():
            # In the order of the pictures.
            first = [value for seed, value in values if seed == 1]
            alone += [difference(rows[key], [value], measure) for rows, value in zip(single, first, strict=True)]
            together.append(difference(joint[key], [value for _, value in values], measure))
        # Where both sides have an empty map there is nothing to subtract.
        alone, together = ([one for one in each if one is not None] for each in (alone, together))
        figures = f"{len(alone)} | {max(alone):.1e} | {np.median(alone):.1e} | {max(together):.1e}"
        print(f"| {name} | {measure} | {figures} |", flush=True)
        worst = max(worst, *alone, *together)
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relume", type=Path, required=True, help="the command line, built")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", choices=sorted(NETWORKS), help="one network instead of both")
    options = parser.parse_args()
    print("| network | measure | maps | largest difference | median | of means and deviations |\n|---|---|--:|--:|--:|--:|")
    worst = max(check(name, options.relume, options.seeds) for name in NETWORKS if options.only in (None, name))
    if worst > BOUND:
        sys.exit(f"{worst:.1e} is more than {BOUND:.0e}")


if __name__ == "__main__":
    main()
