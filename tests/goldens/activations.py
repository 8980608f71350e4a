"""A small network with every activation there is, and each activation by itself.

    python activations.py

writes activation-curves.safetensors: `x`, and for each activation `NAME/value` and `NAME/slope` over x, by PyTorch in f64.
make.py makes the maps of the network, in the case `activations`.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save

from model_file import layer, parameter_shapes
from network import elementwise
from seeded import uniform, weights

SEED = 5


def branches(before, *kinds):
    """Layers that all read `before`, each named by its kind (and a number where one comes twice), and their names."""
    layers = []
    for number, (kind, fields) in enumerate(kinds):
        twice = sum(kind == other for other, _ in kinds) > 1
        layers.append(layer(f"{kind}{number}" if twice else kind, kind, before, **fields))
    return layers, [each["name"] for each in layers]


FIRST, FIRST_NAMES = branches(
    "conv1", ("silu", {}), ("gelu", {}), ("gelu", {"approximate": "tanh"}), ("mish", {}), ("hard_swish", {}))
SECOND, SECOND_NAMES = branches(
    "conv2", ("elu", {"alpha": 0.7}), ("selu", {}), ("softplus", {"beta": 2.0}), ("leaky_relu", {"slope": 0.2}),
    ("prelu", {}), ("prelu", {"shared": True}))
THIRD, THIRD_NAMES = branches("conv3", ("sigmoid", {}), ("tanh", {}), ("hard_sigmoid", {}), ("relu", {"max": 6}))

LAYERS = [
    layer("conv1", "conv2d", "input", out_channels=8, kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1]),
    *FIRST,
    layer("concat1", "concat", *FIRST_NAMES),
    layer("conv2", "conv2d", "concat1", out_channels=8, kernel=[3, 3], padding=[1, 1, 1, 1]),
    *SECOND,
    layer("add2", "add", *SECOND_NAMES),
    # An activation that alone reads its convolution, as in most networks, with a ReLU after it.
    layer("alone", "conv2d", "add2", out_channels=8, kernel=[1, 1]),
    layer("silu_alone", "silu", "alone"),
    layer("depthwise", "conv2d", "silu_alone", out_channels=8, kernel=[3, 3], padding=[1, 1, 1, 1], groups=8),
    layer("relu_alone", "relu", "depthwise"),
    layer("conv3", "conv2d", "relu_alone", out_channels=8, kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1]),
    *THIRD,
    layer("concat3", "concat", *THIRD_NAMES),
    layer("conv4", "conv2d", "concat3", out_channels=12, kernel=[3, 3]),
    layer("tanh4", "tanh", "conv4"),
    layer("global", "global_avg_pool", "tanh4"),
    layer("linear", "linear", "global", out_features=5),
]


def seeded():
    """The description and the tensors. Of one PReLU the slopes are of either sign, and one is 0."""
    shapes = parameter_shapes(LAYERS, 3)
    slopes = {name: shapes.pop(name) for name in list(shapes) if name.startswith("prelu")}
    tensors = weights(LAYERS, shapes, SEED)
    for ordinal, (name, shape) in enumerate(slopes.items()):
        tensors[name] = uniform(SEED + 1, ordinal, shape[0])
        tensors[name][1:2] = 0
    # Else most units of the third branches would be saturated, where PyTorch in f32 has few digits of a slope: 1 - tanh².
    tensors["alone.weight"] *= np.float32(0.25)
    description = {
        "format": 1, "name": "activations", "title": "Activations", "licence": "CC0-1.0", "source": "seeded weights",
        "input": {"shape": [3, 13, 16], "range": [0, 255], "mean": [120, 110, 90], "std": [24, 26, 28], "crop": 1.0},
        "classes": [f"class {index}" for index in range(5)], "layers": LAYERS,
    }
    return description, tensors


# Around the bends, where functions saturate, and far beyond; some as near 0 as to lose digits there.
POINTS = [0, 1e-30, 1e-6, 1e-3, 0.1, 0.5, 1, 2, 2.999, 3, 3.001, 4, 6, 8.5, 11, 15.9, 16.1, 19.9, 20.1, 40, 90, 1e4, 1e30]
CURVES = {
    "sigmoid": {}, "tanh": {}, "silu": {}, "gelu": {}, "selu": {}, "mish": {}, "hard_sigmoid": {}, "hard_swish": {},
    "gelu-tanh": {"approximate": "tanh"}, "elu": {"alpha": 1.5}, "softplus": {"beta": 2.5}, "leaky_relu": {"slope": 0.1},
}


def curves():
    x = np.array(sorted({sign * point for point in POINTS for sign in (-1, 1)}), dtype=np.float32)
    arrays, kinds = {"x": x}, {}
    for name, fields in CURVES.items():
        kinds[name] = layer("layer", name.removesuffix("-tanh"), "input", **fields)
        at = torch.from_numpy(x).double().requires_grad_(True)
        value = elementwise(kinds[name])(at)
        (slope,) = torch.autograd.grad(value.sum(), at)
        arrays[f"{name}/value"] = value.detach().float().numpy()
        # PyTorch multiplies a 0 by an infinity at 1e30, where these functions are 0 or x.
        arrays[f"{name}/slope"] = torch.where(slope.isnan(), (at > 0).double(), slope).float().numpy()
    about = {"layers": kinds, "versions": {"torch": torch.__version__}}
    path = Path(__file__).resolve().parent / "activation-curves.safetensors"
    path.write_bytes(save(arrays, metadata={"golden": json.dumps(about)}))
    print(f"{path.name}: {len(CURVES)} activations at {len(x)} points, {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    curves()
