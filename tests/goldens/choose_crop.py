"""Looks for the crop of the cat (for a trained network: the picture of the gallery) whose forward run keeps farthest
from every tipping point; prints the best few.

    python choose_crop.py odd|activations|blocks|all-cnn-c|model-c|all-cnn-c-trained [how many crops to try]
    python choose_crop.py squeezenet-1.1
    python choose_crop.py efficientnet-lite0 FILE

The last two look for how much of the cat the network should see; FILE is EfficientNet-Lite0's f16 model file.

An engine that adds in another order differs by rounding. Where a ReLU's input is nearer to 0 than that, the unit may
fire in one engine and not in the other, and the maps differ visibly, though neither is wrong. The goldens avoid this.
"""

import random
import sys

import numpy as np
import torch

import model_file
from cases import TRAINED, VIEWS, WWW, photograph_model, seeded
from margins import margins, rounding_margin
from network import Network
from pictures import PICTURES, crop, gallery, normalised, view


def crops(height, width, tries):
    """Crops of the cat, the same tries every time: what to note, and the pixels."""
    chance = random.Random(1)
    for _ in range(tries):
        reduce = chance.choice((3, 4, 5))
        top, left = chance.randrange(300 // reduce - height), chance.randrange(451 // reduce - width)
        yield (reduce, top, left), crop(reduce, top, left, height, width)


def main(name, tries):
    torch.set_num_threads(2)
    if name in TRAINED:
        description, tensors = model_file.read(WWW / "models" / f"{TRAINED[name][0]}.safetensors")
        inputs = ((path.name, gallery(path.name)) for path in sorted((PICTURES / "cifar10").glob("*.jpg")))
    else:
        description, tensors = seeded(name)
        _, height, width = description["input"]["shape"]
        inputs = crops(height, width, tries)
    network = Network(description, {key: t.astype("float32") for key, t in tensors.items()}).double()
    found = []
    for which, pixels in inputs:
        margin = margins(network, normalised(pixels, description["input"]).double())
        found.append((min(margin.values()), which, margin))
    for best in sorted(found, reverse=True, key=lambda each: each[0])[:5]:
        print(*best)


def views(file):
    """For large networks, where some unit always is near: how many times further away than rounding reaches."""
    torch.set_num_threads(2)
    description, tensors = model_file.read(file)
    network, other = Network(description, tensors).double(), Network(description, tensors).float()
    found = []
    for fraction in np.linspace(0.6, 0.99, 79).round(3).tolist():
        x = normalised(view(description["input"]["shape"][2], fraction), description["input"])
        with torch.no_grad():
            found.append((rounding_margin(network, other, x), fraction))
    for best in sorted(found, reverse=True)[:5]:
        print(*best)


if __name__ == "__main__" and sys.argv[1] in VIEWS:
    views(photograph_model(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
elif __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300)
