"""The seeded weights of the zoo, from their published formula: the same numbers as the library's, made apart from it."""

import math

import numpy as np

BIAS_BOUND = 0.05


def uniform(seed, ordinal, count):
    """`count` values of tensor number `ordinal`, in [-1, 1), exact in f32: splitmix64 of a counter."""
    start = (seed * 2**40 + ordinal * 2**32) % 2**64
    z = np.uint64(start) + np.arange(count, dtype=np.uint64)
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)


def weights(layers, shapes, seed):
    """Every parameter of `layers`, in their order, weight before bias. `shapes`: the tensors' shapes by name."""
    tensors = {}
    ordinal = 0
    for layer in layers:
        for part in ("weight", "bias"):
            name = f"{layer['name']}.{part}"
            if name not in shapes:
                continue
            shape = shapes[name]
            bound = math.sqrt(6 / math.prod(shape[1:])) if part == "weight" else BIAS_BOUND
            values = uniform(seed, ordinal, math.prod(shape)) * np.float32(bound)
            tensors[name] = values.reshape(shape)
            ordinal += 1
    return tensors
