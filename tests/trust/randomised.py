"""A network whose layers lost their weights, by the definition in docs/trust.md, written from that text alone."""

import numpy as np

MASK = (1 << 64) - 1


def mix(number):
    """splitmix64's output for the state `number`."""
    z = (number + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def shuffled(values, seed):
    """The numbers of a tensor in another order, by Fisher and Yates, from the last place to the second."""
    flat = values.ravel().copy()
    for last in range(flat.size - 1, 0, -1):
        other = (mix((seed + last) & MASK) * (last + 1)) >> 64
        flat[last], flat[other] = flat[other], flat[last]
    return flat.reshape(values.shape)


def all_shuffled(tensors, seed):
    """Every tensor shuffled. Which of them a network gets depends on the first layer that lost its weights; the numbers do not."""
    names = sorted(tensors, key=str.encode)
    return {
        name: shuffled(tensors[name], mix((mix(seed) + ordinal) & MASK)) for ordinal, name in enumerate(names)
    }


def layers_with_weights(model, tensors):
    """Their names, in running order."""
    owners = {name.rpartition(".")[0] for name in tensors}
    return [layer["name"] for layer in model["layers"] if layer["name"] in owners]


def randomised(tensors, shuffled_tensors, lost):
    """The tensors of the network in which the layers `lost` have no longer what they learned."""
    return {
        name: shuffled_tensors[name] if name.rpartition(".")[0] in lost else tensor for name, tensor in tensors.items()
    }
