"""The three rules twice: by Captum in f32, and by ten lines of our own in f64."""

import warnings

import torch
from captum.attr import (
    Deconvolution, GuidedBackprop, NeuronDeconvolution, NeuronGradient, NeuronGuidedBackprop, Saliency,
)
from torch import nn

from network import Network

RULES = ("backprop", "deconvnet", "guided")


class RuledClamp(torch.autograd.Function):
    """clamp(f, 0, maximum) forward; backward the rule's formula, as written in the table of the papers."""

    @staticmethod
    def forward(ctx, f, maximum, rule):
        ctx.save_for_backward(f)
        ctx.maximum, ctx.rule = maximum, rule
        return f.clamp(0, maximum)

    @staticmethod
    def backward(ctx, r):
        (f,) = ctx.saved_tensors
        fires = (f > 0) if ctx.maximum is None else (f > 0) & (f < ctx.maximum)
        passes = {"backprop": fires, "deconvnet": r > 0, "guided": fires & (r > 0)}[ctx.rule]
        return torch.where(passes, r, torch.zeros_like(r)), None, None


class RuledReLU(nn.Module):
    """Not an `nn.ReLU`: Captum must never meet it."""

    def __init__(self, maximum):
        super().__init__()
        self.maximum = maximum
        self.rule = "backprop"

    def forward(self, f):
        return RuledClamp.apply(f, self.maximum, self.rule)


class Own:
    """Our own rules over a graph of f64 (or f32) operations. One run forward for each rule."""

    def __init__(self, model, tensors, dtype=torch.float64):
        self.network = Network(model, tensors, relu=RuledReLU).to(dtype)
        self.dtype = dtype

    def maps(self, x, rule, targets):
        """The maps of `targets` ({text: (layer, channel, (y, x))}), each [3, H, W]."""
        for module in self.network.modules():
            if isinstance(module, RuledReLU):
                module.rule = rule
        x = x.to(self.dtype).requires_grad_(True)
        seen = self.network.activations(x)
        maps = {}
        for text, (layer, channel, (row, column)) in targets.items():
            unit = seen[layer][0, channel, row, column]
            maps[text] = torch.autograd.grad(unit, x, retain_graph=True)[0][0]
        return maps


def captum_map(network, x, rule, target):
    """Captum's map of one unit, [3, H, W]."""
    layer, channel, (row, column) = target
    x = x.clone().requires_grad_(True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it announces its hooks each time
        if layer == network.logits_layer:
            method = {"backprop": Saliency, "deconvnet": Deconvolution, "guided": GuidedBackprop}[rule](network)
            options = {"abs": False} if rule == "backprop" else {}
            return method.attribute(x, target=channel, **options)[0].detach()
        method = {"backprop": NeuronGradient, "deconvnet": NeuronDeconvolution, "guided": NeuronGuidedBackprop}[rule]
        return method(network, network.steps[layer]).attribute(x, (channel, row, column))[0].detach()


def difference(a, b):
    """The largest difference of two maps, relative to the second's largest magnitude. Zero maps must both be zero."""
    a, b = a.double(), b.double()
    largest = b.abs().max().item()
    if largest == 0:
        return 0.0 if a.abs().max().item() == 0 else float("inf")
    return (a - b).abs().max().item() / largest
