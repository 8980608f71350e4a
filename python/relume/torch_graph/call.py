"""One operation of the graph: what it gave, and how it becomes a layer or is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
import torch

from ..error import RelumeError, shortened
from ..layers import Array, LayerList, Shape
from .activation import NO_PADDING, Activation, Unreadable

#: The largest kernel, stride, dilation or padding that a layer takes.
LARGEST = 1024

#: Functions of a call and its arguments, by the names that PyTorch has for them.
Operators = dict[str, Callable[..., Any]]


@dataclass
class Call:
    """An operation on activations, while it becomes layers."""

    layers: LayerList
    name: str  #: what its layer is to be called
    title: str  #: how a message names it
    result: Any  #: what PyTorch computed of the sample picture

    def refuse(self, message: str) -> RelumeError:
        """The error for an operation, or a use of one, that no layer of relume computes."""
        return RelumeError("unsupported-operator", f"{self.title}: {message}")

    def push(
        self,
        kind: str,
        inputs: Sequence[Activation],
        shape: Shape,
        fields: Mapping[str, Any] | None = None,
        arrays: Mapping[str, Array] | None = None,
    ) -> Activation:
        """Adds a layer that reads ``inputs`` and gives ``shape``."""
        layers = [each.layer for each in inputs]
        return Activation.of(self.layers.push(self.name, kind, layers, shape, fields or {}, arrays or {}), shape)

    @property
    def dims(self) -> tuple[int, ...]:
        """The dimensions of what PyTorch computed."""
        return tuple(self.result.shape)

    @property
    def result_shape(self) -> Shape:
        """Channels, height and width of a result (1, C, H, W)."""
        dims = self.dims
        if len(dims) != 4:
            raise self.refuse(f"it gives {list(dims)}, and not [1, channels, height, width]")
        return dims[1], dims[2], dims[3]

    def padded(self, x: object) -> Activation:
        """The activation that ``x`` is, with zeros that may be around it."""
        if isinstance(x, Unreadable):
            raise self.refuse(f"its input {x.why}")
        if not isinstance(x, Activation):
            raise self.refuse(f"its input is {_described(x)}, and should be computed from the picture")
        if x.after_softmax:
            raise self.refuse("its input comes after a softmax, which relume takes as the end of the network")
        if x.before_expand is not None:
            raise self.refuse("its input was repeated by expand; relume reads that in a product alone")
        return x

    def activation(self, x: Any) -> Activation:
        """The activation that ``x`` is. Zeros around it become a layer: a convolution that leaves each pixel as it is."""
        inner = self.padded(x)
        if inner.padding == NO_PADDING:
            return inner
        channels, height, width = inner.shape
        top, left, bottom, right = inner.padding
        fields = {
            "out_channels": channels,
            "kernel": [1, 1],
            "padding": list(inner.padding),
            "groups": channels,
            "bias": False,
        }
        weight = np.ones((channels, 1, 1, 1), np.float32)
        return self.push(
            "conv2d", [inner], (channels, height + top + bottom, width + left + right), fields, {"weight": weight}
        )

    def unchanged(self, x: Any) -> Activation:
        """:meth:`activation`, for an operation that changes no number: it may also come after a softmax."""
        return x if isinstance(x, Activation) and x.after_softmax else self.activation(x)

    def channels(self, x: Any) -> Activation:
        """The activation that ``x`` is, as channels, height and width; PyTorch must see it so, or as a vector."""
        seen = self.activation(x)
        if seen.is_picture:
            return seen
        if not seen.is_vector:
            raise self.refuse(
                f"its input has dimensions {list(seen.dims)} where relume has {list(seen.shape)}, [channels, height, width]; it takes "
                "[1, channels, height, width] or a vector"
            )
        if seen.shape[1:] == (1, 1):
            return seen
        return self.push("flatten", [seen], (seen.count, 1, 1)).viewed(seen.dims)

    def constant(self, value: Any, what: str) -> Array:
        """Numbers that do not depend on the picture."""
        if isinstance(value, (Activation, Unreadable)):
            raise self.refuse(f"its {what} is computed from the picture; relume needs a constant there")
        if isinstance(value, torch.Tensor):
            return value.detach().to(torch.float32).numpy()
        if isinstance(value, (bool, int, float)):
            return np.asarray(value, np.float32)
        raise self.refuse(f"its {what} is {_described(value)}, and not a tensor or a number")

    def axis(self, axis: Any, rank: int) -> int:
        """An axis of ``rank``; negative ones count from the end. PyTorch has checked it."""
        return int(axis) % rank if rank else 0

    def pair(self, value: Any, what: str, least: int = 1) -> list[int]:
        """``[vertical, horizontal]`` of a number for both, or of two."""
        numbers = [value] if isinstance(value, int) else list(value)
        numbers = numbers * 2 if len(numbers) == 1 else numbers
        if len(numbers) != 2:
            raise self.refuse(f"its {what} has {len(numbers)} numbers; relume has two axes, height and width")
        pair = [int(number) for number in numbers]
        if not all(least <= number <= LARGEST for number in pair):
            raise self.refuse(f"its {what} is {pair}; relume takes {least} to {LARGEST}")
        return pair


def _described(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"a constant tensor {list(value.shape)}"
    return f"{type(value).__name__} {shortened(value, 40)}"
