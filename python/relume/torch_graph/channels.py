"""Parts of the channels, and activations one after the other along them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from .activation import Activation
from .call import Call, Operators


def getitem(call: Call, x: Any, index: Any) -> Any:
    """``x[:, 2:4]`` and the like of an activation; one of several outputs of an operation."""
    if isinstance(x, (tuple, list)):
        return x[index]
    x = call.activation(x)
    items = list(index) if isinstance(index, tuple) else [index]
    axes = len([item for item in items if item is not None and item is not Ellipsis])
    if Ellipsis in [item for item in items if not isinstance(item, torch.Tensor)]:
        at = items.index(Ellipsis)
        items[at : at + 1] = [slice(None)] * (len(x.dims) - axes)
    axis = 0
    for item in items:
        if item is None:
            continue
        side = x.dims[axis]
        if isinstance(item, slice):
            start, end, step = item.indices(side)
            x = _part(call, x, axis, start, end, step)
        elif isinstance(item, int) and not isinstance(item, bool):
            start = item % side
            x = _part(call, x, axis, start, start + 1)
        else:
            raise call.refuse(
                f"its index holds {type(item).__name__}; relume takes channels that follow each other, such as [:, 2:4]"
            )
        axis += 1
    return x.viewed(call.dims)


def narrow(call: Call, x: Any, dim: int, start: int, length: int) -> Activation:
    """``length`` channels from ``start`` on."""
    x = call.activation(x)
    axis = call.axis(dim, len(x.dims))
    first = int(start) % x.dims[axis]
    return _part(call, x, axis, first, first + int(length))


def select(call: Call, x: Any, dim: int, index: int) -> Activation:
    """One channel, its axis taken away."""
    return narrow(call, x, dim, index, 1).viewed(call.dims)


def slice_(
    call: Call, x: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Activation:
    """PyTorch's own operator for ``x[…, start:end:step]``."""
    x = call.activation(x)
    axis = call.axis(dim, len(x.dims))
    return _part(call, x, axis, *slice(start, end, step).indices(x.dims[axis]))


def split(call: Call, x: Any, size: Any, dim: int = 0) -> list[Activation]:
    """Parts along the channels: split, split_with_sizes, chunk and tensor_split, whose sizes are those of the results."""
    x = call.activation(x)
    axis = call.axis(dim, len(x.dims))
    parts, start = [], 0
    for part in call.result:
        end = start + part.shape[axis]
        parts.append(_part(call, x, axis, start, end))
        start = end
    return parts


def unbind(call: Call, x: Any, dim: int = 0) -> list[Activation]:
    """Each channel by itself, its axis taken away."""
    x = call.activation(x)
    axis = call.axis(dim, len(x.dims))
    return [_part(call, x, axis, at, at + 1).viewed(part.shape) for at, part in enumerate(call.result)]


def _part(call: Call, x: Activation, axis: int, start: int, end: int, step: int = 1) -> Activation:
    """Of ``x`` what lies from ``start`` up to ``end`` of ``axis``."""
    if (start, end, step) == (0, x.dims[axis], 1):
        return x
    refusal = call.refuse(
        f"it takes {start} to {end} by steps of {step} of axis {axis} of {list(x.dims)}; relume takes channels that follow each other"
    )
    if step != 1 or start >= end or any(side != 1 for side in x.dims[:axis]):
        raise refusal
    # The numbers that stay lie side by side: channels, if they begin and end with one.
    each = math.prod(x.dims[axis + 1 :])
    area = x.shape[1] * x.shape[2]
    if start * each % area or end * each % area:
        if each != 1:
            raise refusal
        x, area = call.channels(x), 1
    first, last = start * each // area, end * each // area
    dims = (*x.dims[:axis], end - start, *x.dims[axis + 1 :])
    return call.push("slice", [x], (last - first, *x.shape[1:]), {"start": first, "end": last}).viewed(dims)


def cat(call: Call, tensors: Sequence[Any], dim: int = 0) -> Activation:
    """Activations one after the other along the channels."""
    parts = [call.channels(part) for part in tensors]
    first = parts[0]
    rank = len(first.dims)
    axis = call.axis(dim, rank)
    channels = 1 if first.is_picture else first.dims.index(first.shape[0]) if first.shape[0] in first.dims else None
    # A vector of one number has no axis that is its channels, and PyTorch's convention says which it is.
    if first.count == 1 and rank > 1:
        channels = 1
    if axis != channels:
        raise call.refuse(f"it joins {list(first.dims)} along axis {axis}; relume joins along the channels")
    if len(parts) == 1:
        return first
    shape = (sum(part.shape[0] for part in parts), *first.shape[1:])
    return call.push("concat", parts, shape).viewed(call.dims)


OPERATORS: Operators = {
    "getitem": getitem,
    "narrow": narrow,
    "select": select,
    "slice": slice_,
    "split": split,
    "split_with_sizes": split,
    "chunk": split,
    "tensor_split": split,
    "unbind": unbind,
    "cat": cat,
    "concat": cat,
    "concatenate": cat,
}
