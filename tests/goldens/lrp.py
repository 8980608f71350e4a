"""Layer-wise relevance propagation by the rule epsilon, layer by layer, over a graph of any shape; Captum's supports neither concatenations nor
sums of our kind. Where both can compute a network, methods.py compares them."""

import torch
from captum.attr import LRP
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import nn

from network import Network

# They pass relevance on as it is.
ACTIVATIONS = (
    "relu", "leaky_relu", "prelu", "sigmoid", "tanh", "silu", "gelu", "elu", "selu", "softplus", "mish", "hard_sigmoid", "hard_swish", "dropout",
)
# They move numbers: their gradient takes relevance back to where the numbers were.
REARRANGEMENTS = ("flatten", "concat", "slice", "channel_shuffle")
SUMS = ("conv2d", "linear", "batch_norm", "max_pool2d", "avg_pool2d", "global_avg_pool", "add")
# What Captum has a rule for, under these names.
OF_CAPTUM = ("conv2d", "relu", "max_pool2d", "global_avg_pool", "dropout")


def shares(function, inputs, relevance, epsilon):
    """What each input gets of the relevance at the output of `function`: x * J^T (R / (z + epsilon * sign(z)))."""
    inputs = [x.detach().requires_grad_(True) for x in inputs]
    z = function(*inputs)
    stabilised = z + epsilon * torch.where(z < 0, -torch.ones_like(z), torch.ones_like(z))
    signals = torch.autograd.grad(z, inputs, (relevance / stabilised).detach())
    return [x.detach() * signal for x, signal in zip(inputs, signals, strict=True)]


def lrp(network, x, target, epsilon):
    """The relevance of the picture's numbers for a class, [3, H, W]."""
    with torch.no_grad():
        seen = network.activations(x)
    layers = {layer["name"]: layer for layer in network.layers}
    readers = [name for layer in network.layers for name in layer["inputs"]]
    relevance = {network.logits_layer: torch.zeros_like(seen[network.logits_layer])}
    relevance[network.logits_layer][0, target] = seen[network.logits_layer][0, target]
    for layer in reversed(network.layers):
        arrived = relevance.pop(layer["name"], None)
        if arrived is None:
            continue
        kind, sources, function = layer["kind"], layer["inputs"], network.steps[layer["name"]]
        inner = layers.get(sources[0])
        if kind in ACTIVATIONS:
            given = [arrived]
        elif kind in REARRANGEMENTS:
            inputs = [seen[name].detach().requires_grad_(True) for name in sources]
            given = torch.autograd.grad(function(*inputs), inputs, arrived)
        elif kind == "batch_norm" and inner is not None and inner["kind"] in ("conv2d", "linear") and readers.count(inner["name"]) == 1:
            # The two are one linear layer.
            sources = inner["inputs"]
            given = shares(nn.Sequential(network.steps[inner["name"]], function), [seen[name] for name in sources], arrived, epsilon)
        else:
            assert kind in SUMS, kind
            given = shares(function, [seen[name] for name in sources], arrived, epsilon)
        for name, share in zip(sources, given, strict=True):
            relevance[name] = relevance[name] + share if name in relevance else share
    return relevance["input"][0]


def has_captum(network):
    return all(layer["kind"] in OF_CAPTUM and layer.get("max") is None for layer in network.layers)


def captum_lrp(model, tensors, x, target, epsilon):
    """The same by Captum, which knows plain ReLUs only and by their exact type."""
    network = Network(model, tensors, relu=lambda maximum: nn.ReLU()).to(x.dtype)
    for name, module in network.steps.items():
        if not isinstance(module, (nn.ReLU, nn.Dropout)):
            module.rule = EpsilonRule(epsilon)
    return LRP(network).attribute(x, target=target)[0]
