"""The output of a layer, as PyTorch's graph sees it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..layers import Shape

Padding = tuple[int, int, int, int]
NO_PADDING: Padding = (0, 0, 0, 0)


@dataclass(frozen=True)
class Activation:
    """What a layer gives, or the picture."""

    layer: int | None  #: None is the picture
    shape: Shape  #: the layer's own: channels, height, width
    #: the dimensions that PyTorch gives the same numbers in the same order: (1, C, H, W), (1, C·H·W) and so on
    dims: tuple[int, ...]
    #: zeros that a padding has put around it (top, left, bottom, right), not in `shape`, but in `dims`: the layer that reads it
    #: takes them over
    padding: Padding = NO_PADDING
    #: `softmax` or `log_softmax`, if one was left out: nothing but the output may follow
    after_softmax: str | None = None
    #: the dimensions before PyTorch's `expand` repeated it along some axes; only a product can read it
    before_expand: tuple[int, ...] | None = None

    @staticmethod
    def of(layer: int | None, shape: Shape) -> Activation:
        """As the layer gives it."""
        return Activation(layer, shape, (1, *shape))

    def viewed(self, dims: Sequence[int]) -> Activation:
        """The same numbers in other dimensions."""
        return replace(self, dims=tuple(dims))

    @property
    def is_picture(self) -> bool:
        """Whether PyTorch sees channels, height and width."""
        top, left, bottom, right = self.padding
        channels, height, width = self.shape
        return self.dims == (1, channels, height + top + bottom, width + left + right)

    @property
    def is_vector(self) -> bool:
        """Whether PyTorch sees all but one side as 1."""
        return sum(side != 1 for side in self.dims) <= 1

    @property
    def count(self) -> int:
        """How many numbers it holds, its zeros left out."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Unreadable:
    """A value that the graph has and that no layer gives."""

    why: str  #: completes "its input …"
