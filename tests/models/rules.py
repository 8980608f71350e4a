"""The three rules at every ReLU of any PyTorch network: its modules and its functional calls alike.

A rule is written down as the papers have it, in an autograd.Function, and put in the place of PyTorch's ReLUs while a map is
made. Nothing here shares code with the library.
"""

import contextlib

import torch
from torch import nn
from torch.nn import functional

RULES = ("backprop", "deconvnet", "guided")


class RuledRelu(torch.autograd.Function):
    """clamp(f, 0, maximum) forward; backward the formula of the rule that is set then."""

    rule = "backprop"

    @staticmethod
    def forward(ctx, f, maximum):
        ctx.save_for_backward(f)
        ctx.maximum = maximum
        return f.clamp(0, maximum)

    @staticmethod
    def backward(ctx, r):
        (f,) = ctx.saved_tensors
        fires = (f > 0) if ctx.maximum is None else (f > 0) & (f < ctx.maximum)
        passes = {"backprop": fires, "deconvnet": r > 0, "guided": fires & (r > 0)}[RuledRelu.rule]
        return torch.where(passes, r, torch.zeros_like(r)), None


@contextlib.contextmanager
def ruled():
    """While it lasts, every ReLU and ReLU6 is a RuledRelu."""

    def relu(x, inplace=False):
        return RuledRelu.apply(x, None)

    def relu6(x, inplace=False):
        return RuledRelu.apply(x, 6.0)

    before = (torch.relu, functional.relu, functional.relu6, nn.ReLU.forward, nn.ReLU6.forward)
    torch.relu = functional.relu = relu
    functional.relu6 = relu6
    nn.ReLU.forward = lambda self, x: relu(x)
    nn.ReLU6.forward = lambda self, x: relu6(x)
    try:
        yield
    finally:
        torch.relu, functional.relu, functional.relu6, nn.ReLU.forward, nn.ReLU6.forward = before


def answer(network, x, target=None):
    """The logits, and the map of each rule for class `target` (the top one if it is None), each [3, H, W]. One pass forward."""
    at = x.clone().requires_grad_(True)
    with ruled():
        logits = network(at)[0]
    target = int(logits.argmax()) if target is None else target
    maps = {}
    for RuledRelu.rule in RULES:
        maps[RuledRelu.rule] = torch.autograd.grad(logits[target], at, retain_graph=True)[0][0]
    return logits.detach(), maps


def difference(ours, theirs):
    """The largest difference, relative to the second's largest magnitude."""
    largest = theirs.abs().max().item()
    off = (ours.double() - theirs.double()).abs().max().item()
    return off / largest if largest else (0.0 if off == 0 else float("inf"))
