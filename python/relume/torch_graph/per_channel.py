"""Constants that hold one number for each channel, or one for all."""

from __future__ import annotations

from ..layers import Array
from .activation import Activation


def per_channel(array: Array, x: Activation) -> Array | None:
    """``array`` as [1] or [C], if broadcasting gives each channel of ``x`` one of its numbers; else None."""
    if array.size == 1 and array.ndim <= len(x.dims):
        return array.reshape(1)
    channels = x.shape[0]
    # The axis that holds the channels, counted from the end, as broadcasting counts.
    from_end = list(reversed(x.dims))
    axis = 2 if x.is_picture else from_end.index(channels) if channels in from_end else None
    sides = list(reversed(array.shape))
    fits = len(sides) <= len(x.dims) and all(side == (channels if at == axis else 1) for at, side in enumerate(sides))
    return array.reshape(-1) if fits and array.size == channels else None
