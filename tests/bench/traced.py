"""A torchvision network as a model file describes it: traced by torch.fx, one layer an operation, BatchNorm kept.

What is not written here is an error that names the node, never a layer left out.
"""

import operator

import torch
from torch import nn
from torch.fx import symbolic_trace
from torch.fx.passes.shape_prop import ShapeProp
from torch.nn import functional as F


def pair(value):
    return [value, value] if isinstance(value, int) else list(value)


def padding(value):
    vertical, horizontal = pair(value)
    return [vertical, horizontal, vertical, horizontal]


def conv2d(module):
    assert module.padding_mode == "zeros" and not isinstance(module.padding, str)
    return "conv2d", {
        "out_channels": module.out_channels, "kernel": pair(module.kernel_size), "stride": pair(module.stride),
        "padding": padding(module.padding), "dilation": pair(module.dilation), "groups": module.groups,
        "bias": module.bias is not None,
    }


def batch_norm(module):
    assert module.affine and module.track_running_stats
    return "batch_norm", {"epsilon": module.eps}


def max_pool2d(module):
    assert not module.return_indices
    return "max_pool2d", {
        "kernel": pair(module.kernel_size), "stride": pair(module.stride), "padding": padding(module.padding),
        "dilation": pair(module.dilation), "ceil_mode": module.ceil_mode,
    }


def avg_pool2d(module):
    assert module.divisor_override is None
    return "avg_pool2d", {
        "kernel": pair(module.kernel_size), "stride": pair(module.stride), "padding": padding(module.padding),
        "ceil_mode": module.ceil_mode, "count_include_pad": module.count_include_pad,
    }


def linear(module):
    return "linear", {"out_features": module.out_features, "bias": module.bias is not None}


MODULES = {
    nn.Conv2d: conv2d,
    nn.BatchNorm2d: batch_norm,
    nn.ReLU: lambda _: ("relu", {}),
    nn.ReLU6: lambda _: ("relu", {"max": 6}),
    nn.MaxPool2d: max_pool2d,
    nn.AvgPool2d: avg_pool2d,
    nn.Linear: linear,
    nn.Dropout: lambda module: ("dropout", {"rate": module.p}),
}


class Tracer:
    """Collects the layers, and for each with parameters the module that has them."""

    def __init__(self, network, size):
        self.traced = symbolic_trace(network)
        ShapeProp(self.traced).propagate(torch.zeros(1, 3, size, size))
        self.layers, self.origins = [], {}
        # The layer whose output a node's value is; a node that changes nothing shares its input's.
        self.names = {}
        for node in self.traced.graph.nodes:
            try:
                self.take(node)
            except (AssertionError, LookupError, TypeError, ValueError) as error:
                raise NotImplementedError(f"{node.name} ({node.target}): {type(error).__name__} {error}") from error

    def take(self, node):
        if node.op == "placeholder":
            self.names[node] = "input"
        elif node.op == "call_module":
            self.module(node, self.traced.get_submodule(node.target))
        elif node.op == "call_function":
            self.function(node, *node.args, **node.kwargs)
        elif node.op == "output":
            # The last layer of a model file is the network's output.
            (result,) = node.args
            assert self.names[result] == self.layers[-1]["name"]
        else:
            raise LookupError(node.op)

    def add(self, node, kind, inputs, fields):
        inputs = [self.names[each] for each in inputs]
        self.layers.append({"name": node.name, "kind": kind, "inputs": inputs, **fields})
        self.names[node] = node.name

    def module(self, node, module):
        (before,) = node.args
        if isinstance(module, nn.AdaptiveAvgPool2d):
            self.adaptive(node, before, module.output_size)
        elif isinstance(module, nn.Identity):
            self.names[node] = self.names[before]
        else:
            # The exact type: what is derived from one of them may do something else.
            kind, fields = MODULES[type(module)](module)
            self.add(node, kind, [before], fields)
            if next(module.parameters(), None) is not None:
                self.origins[node.name] = node.target

    def function(self, node, first, *rest, **named):
        if node.target in (operator.add, operator.iadd, torch.add):
            (second,) = rest
            assert not named and shape(first) == shape(second)
            self.add(node, "add", [first, second], {})
        elif node.target is torch.cat:
            assert [*rest, *named.values()] == [1]
            self.add(node, "concat", first, {})
        elif node.target is torch.flatten:
            assert [*rest, *named.values()] == [1]
            self.add(node, "flatten", [first], {})
        elif node.target in (F.relu, torch.relu):
            assert not rest and named.keys() <= {"inplace"}
            self.add(node, "relu", [first], {})
        elif node.target is F.relu6:
            assert not rest and named.keys() <= {"inplace"}
            self.add(node, "relu", [first], {"max": 6})
        elif node.target is F.adaptive_avg_pool2d:
            (size,) = [*rest, *named.values()]
            self.adaptive(node, first, size)
        elif node.target is F.dropout:
            rate = rest[0] if rest else named.get("p", 0.5)
            self.add(node, "dropout", [first], {"rate": rate})
        else:
            raise LookupError(node.target)

    def adaptive(self, node, before, size):
        """Windows that adapt to the input, where it is known and they come out alike."""
        wanted, there = pair(size), list(shape(before)[2:])
        if wanted == [1, 1]:
            self.add(node, "global_avg_pool", [before], {})
        elif wanted == there:
            self.names[node] = self.names[before]
        else:
            assert all(has % gives == 0 for has, gives in zip(there, wanted)), f"{there} to {wanted}"
            window = [has // gives for has, gives in zip(there, wanted)]
            self.add(node, "avg_pool2d", [before], {"kernel": window, "stride": window})


def shape(node):
    return node.meta["tensor_meta"].shape


def layers(network, size):
    """The layers of `network` for square pictures of `size` pixels, and the module behind each that has weights."""
    tracer = Tracer(network, size)
    return tracer.layers, tracer.origins
