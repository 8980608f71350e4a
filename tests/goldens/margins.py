"""How near the decisions of a forward run (fires or not, which pixel of a window wins) are to falling the other way."""

import torch
from torch.nn import functional as F


def edges(layer):
    """Where the slope of a layer's activation jumps: nowhere if it is smooth, or not an activation."""
    match layer["kind"]:
        case "relu":
            return [0] if layer.get("max") is None else [0, layer["max"]]
        case "leaky_relu" | "prelu" | "elu" | "selu":
            return [0]
        case "hard_sigmoid" | "hard_swish":
            return [-3, 3]
    return []


def relu_margin(network, seen):
    """The smallest distance of an activation's input to where its slope jumps, relative to the layer's largest magnitude."""
    smallest = float("inf")
    for layer in network.layers:
        for edge in edges(layer):
            f = seen[layer["inputs"][0]]
            smallest = min(smallest, ((f - edge).abs().min() / f.abs().max()).item())
    return smallest


def switch_margin(network, seen):
    """The smallest lead of a max-pool's winner over the next different value of its window, likewise relative.

    Equal values do not count: there the first position wins, in every precision.
    """
    smallest = float("inf")
    for layer in network.layers:
        if layer["kind"] != "max_pool2d":
            continue
        x = seen[layer["inputs"][0]]
        top, left, bottom, right = layer.get("padding", [0, 0, 0, 0])
        # Room for windows that hang over the end under ceil_mode; minus infinity never wins.
        kernel, stride = layer["kernel"], layer["stride"]
        room = (left, right + stride[1], top, bottom + stride[0]) if layer.get("ceil_mode") else (left, right, top, bottom)
        padded = F.pad(x, room, value=-1e30)
        channels = x.shape[1]
        windows = F.unfold(padded[0, :, None], kernel, dilation=layer.get("dilation", [1, 1]), stride=stride)
        best = windows.max(dim=1, keepdim=True).values
        lead = torch.where(windows < best, best - windows, torch.inf)[best.expand_as(windows) > -1e29]
        assert windows.shape[0] == channels
        smallest = min(smallest, (lead.min() / x.abs().max()).item())
    return smallest


def margins(network, x):
    """Both, of an f64 run."""
    seen = network.activations(x)
    return {"relu": relu_margin(network, seen), "switch": switch_margin(network, seen)}


def flips(network, other, x):
    """How many units of all ReLUs fire in one of two networks (an f64 and an f32 one) and not in the other; of other
    activations with an edge, how many lie on either side of it."""
    a, b = network.activations(x.double()), other.activations(x.float())
    count = 0
    for layer in network.layers:
        for edge in edges(layer):
            f, g = a[layer["inputs"][0]], b[layer["inputs"][0]]
            count += ((f > edge) != (g > edge)).sum().item()
    return count


def rounding_margin(network, other, x):
    """The smallest distance of an activation's input to where its slope jumps, in units of what f32 rounds away in its
    channel: an f64 and an f32 network compared."""
    a, b = network.activations(x.double()), other.activations(x.float())
    smallest = float("inf")
    for layer in network.layers:
        for edge in edges(layer):
            f, g = a[layer["inputs"][0]], b[layer["inputs"][0]]
            rounded = (f - g).pow(2).mean((2, 3), keepdim=True).sqrt() + 1e-12
            smallest = min(smallest, ((f - edge).abs() / rounded).min().item())
    return smallest
