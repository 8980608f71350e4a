"""The end of the network: the logits, and what is left out behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..error import RelumeError
from ..layers import LayerList
from .activation import NO_PADDING, Activation
from .call import Call

SIGMOID = (
    "the network ends in a sigmoid, which is left out: a map explains the number before it. relume's percentages are a softmax, for "
    "classes that exclude each other; they are not this network's"
)
SOFTMAX = "the network ends in a softmax, which is left out: a map explains the number before it"


@dataclass(frozen=True)
class Logits:
    """Where the network ends for relume."""

    layer: int
    count: int
    #: `softmax`, `log_softmax` or `sigmoid`, if one follows in PyTorch that was left out
    left_out: str | None

    @property
    def notes(self) -> list[str]:
        """What there is to say of it."""
        return [] if self.left_out is None else [SIGMOID if self.left_out == "sigmoid" else SOFTMAX]


def logits(layers: LayerList, output: Any) -> Logits:
    """The layer that gives the logits, and how many there are."""
    activation = _single(output)
    if not activation.is_vector or activation.padding != NO_PADDING or activation.before_expand is not None:
        raise RelumeError(
            "invalid-model",
            f"the network's output has dimensions {list(activation.dims)}; relume explains classifiers, which give [1, classes]",
        )
    softmax = activation.after_softmax
    activation = replace(activation, after_softmax=None)
    last = Call(layers, "output", "the network's output", None).channels(activation)
    if last.layer is None:
        raise RelumeError("invalid-model", "the network is the picture itself: it has no layer")
    before = _without_sigmoid(layers, last.layer) if softmax is None else None
    if before is not None:
        return Logits(before, last.count, "sigmoid")
    return Logits(last.layer, last.count, softmax)


def _single(output: Any) -> Activation:
    parts: list[Any] = [output]
    while len(parts) == 1 and isinstance(parts[0], (tuple, list, Mapping)):
        inner = parts[0].values() if isinstance(parts[0], Mapping) else parts[0]
        parts = [part for part in inner if part is not None]
    if len(parts) != 1:
        raise RelumeError(
            "invalid-model",
            f"the network has {len(parts)} outputs; relume explains one, [1, classes]: wrap the network in a module whose forward "
            "gives that one alone",
        )
    if not isinstance(parts[0], Activation):
        raise RelumeError("invalid-model", "the network's output is not computed from the picture")
    return parts[0]


def _without_sigmoid(layers: LayerList, last: int) -> int | None:
    """The layer that is last without a sigmoid at the end, before or after the output becomes a vector; None if there is none."""
    layer = layers[last]
    before = layer.inputs[0]
    if before is None:
        return None
    if layer.kind == "sigmoid":
        return before
    if layer.kind == "flatten":
        new = _without_sigmoid(layers, before)
        if new is not None:
            layer.inputs = [new]
            return last
    return None
