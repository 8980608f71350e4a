"""A small network of the blocks that newer and older networks are made of: squeeze-and-excitation, a product of two branches, a
factor for each position, a channel shuffle after a split, and normalisation over neighbouring channels."""

import numpy as np

from model_file import layer, parameter_shapes
from seeded import weights

SEED = 7


def conv(name, before, channels, size=1, **fields):
    return layer(name, "conv2d", before, out_channels=channels, kernel=[size, size], padding=[size // 2] * 4, **fields)


LAYERS = [
    conv("conv1", "input", 16, 3, stride=[2, 2]),
    layer("relu1", "relu", "conv1"),
    layer("norm1", "local_response_norm", "relu1", size=5, alpha=0.5, beta=0.75, k=1.0),
    # Squeeze-and-excitation: a factor for each channel.
    layer("squeeze", "global_avg_pool", "norm1"),
    conv("reduce", "squeeze", 6),
    layer("relu_reduce", "relu", "reduce"),
    conv("excite", "relu_reduce", 16),
    layer("gate", "sigmoid", "excite"),
    layer("scaled", "mul", "norm1", "gate"),
    # ShuffleNet's unit: one half goes through, the other through convolutions.
    layer("half1", "slice", "scaled", start=0, end=8),
    layer("half2", "slice", "scaled", start=8, end=16),
    conv("conv2", "half2", 8),
    layer("relu2", "relu", "conv2"),
    conv("depthwise", "relu2", 8, 3, groups=8),
    layer("concat", "concat", "half1", "depthwise"),
    layer("shuffle", "channel_shuffle", "concat", groups=2),
    # A factor for each position, given first.
    conv("where", "shuffle", 1, 3),
    layer("where_gate", "hard_sigmoid", "where"),
    layer("attended", "mul", "where_gate", "shuffle"),
    # Two branches of one shape.
    conv("conv3", "attended", 12, 3),
    layer("relu3", "relu", "conv3"),
    conv("conv4", "attended", 12, 3),
    layer("product", "mul", "relu3", "conv4"),
    layer("norm2", "local_response_norm", "product", size=3, alpha=1.0, beta=0.6, k=2.0),
    conv("conv5", "norm2", 10, 3, stride=[2, 2]),
    layer("relu5", "relu", "conv5"),
    layer("global", "global_avg_pool", "relu5"),
    layer("linear", "linear", "global", out_features=5),
]


def seeded():
    """The description and the tensors."""
    tensors = weights(LAYERS, parameter_shapes(LAYERS, 3), SEED)
    # A product of two branches is small where both are.
    tensors["conv4.weight"] *= np.float32(2)
    description = {
        "format": 1, "name": "blocks", "title": "Blocks", "licence": "CC0-1.0", "source": "seeded weights",
        "input": {"shape": [3, 15, 18], "range": [0, 255], "mean": [120, 110, 90], "std": [24, 26, 28], "crop": 1.0},
        "classes": [f"class {index}" for index in range(5)], "layers": LAYERS,
    }
    return description, tensors
