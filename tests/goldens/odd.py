"""A small network that no one would train: every layer kind, with geometry that is uneven wherever it may be."""

import numpy as np

from model_file import layer, parameter_shapes
from seeded import uniform, weights

SEED = 7


LAYERS = [
    layer("conv1", "conv2d", "input", out_channels=12, kernel=[5, 5], stride=[2, 2], padding=[2, 2, 2, 2]),
    layer("relu1", "relu", "conv1", max=6),
    # After a ReLU6 many windows hold several zeros, or several sixes: ties.
    layer("pool1", "max_pool2d", "relu1", kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1]),
    layer("conv2", "conv2d", "pool1", out_channels=12, kernel=[3, 4], padding=[0, 1, 2, 2], groups=3, bias=False),
    layer("norm2", "batch_norm", "conv2", epsilon=1e-3),
    layer("relu2", "relu", "norm2"),
    layer("conv3", "conv2d", "relu2", out_channels=12, kernel=[3, 3], padding=[2, 1, 2, 1], dilation=[2, 1]),
    # conv3 is read twice: by a ReLU and by the addition.
    layer("relu3", "relu", "conv3"),
    layer("add1", "add", "conv3", "pool1", "relu3"),
    layer("average", "avg_pool2d", "add1", kernel=[3, 3], stride=[1, 2], padding=[1, 1, 1, 1], count_include_pad=False),
    layer("pool2", "max_pool2d", "relu3", kernel=[2, 2], stride=[1, 2], padding=[1, 0, 0, 1]),
    layer("concat1", "concat", "average", "pool2"),
    layer("conv4", "conv2d", "concat1", out_channels=24, kernel=[3, 3], padding=[1, 1, 2, 0], groups=24),
    layer("relu4", "relu", "conv4", max=6),
    layer("pool3", "max_pool2d", "relu4", kernel=[2, 2], stride=[2, 2], dilation=[2, 1], ceil_mode=True),
    layer("average2", "avg_pool2d", "pool3", kernel=[1, 2], stride=[1, 1], padding=[0, 1, 0, 0]),
    layer("global", "global_avg_pool", "relu4"),
    layer("flat1", "flatten", "average2", features=144),
    layer("flat2", "flatten", "global"),
    layer("concat2", "concat", "flat1", "flat2"),
    layer("linear1", "linear", "concat2", out_features=16),
    layer("relu5", "relu", "linear1"),
    layer("dropout", "dropout", "relu5", rate=0.5),
    layer("linear2", "linear", "dropout", out_features=7, bias=False),
    layer("softmax", "softmax", "linear2"),
]


def seeded():
    """The description, and the tensors; one layer's are f16."""
    shapes = parameter_shapes(LAYERS, 3)
    norm = {name: shapes.pop(name) for name in list(shapes) if name.startswith("norm2.")}
    tensors = weights(LAYERS, shapes, SEED)
    for ordinal, name in enumerate(norm):
        values = uniform(SEED + 1, ordinal, norm[name][0])
        away_from_zero = name.endswith((".weight", ".running_var"))
        tensors[name] = values * np.float32(0.25) + np.float32(1) if away_from_zero else values
    for name in ("conv4.weight", "conv4.bias"):
        tensors[name] = tensors[name].astype(np.float16)
    layers = [{key: value for key, value in each.items() if key != "features"} for each in LAYERS]
    description = {
        "format": 1, "name": "odd", "title": "Odd", "licence": "CC0-1.0", "source": "seeded weights",
        "input": {"shape": [3, 19, 26], "range": [0, 255], "mean": [120, 110, 90], "std": [24, 26, 28], "crop": 1.0},
        "classes": [f"class {index}" for index in range(7)], "layers": layers,
    }
    return description, tensors
