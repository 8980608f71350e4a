"""Operations that change the dimensions and no number, or nothing at all. An exchange of axes may shuffle channels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable

from .activation import Activation
from .call import LARGEST, Call, Operators


def viewed(call: Call, x: Any, *_: Any, **__: Any) -> Activation:
    """flatten, view, reshape, squeeze, unsqueeze: PyTorch has found the dimensions."""
    return call.unchanged(x).viewed(call.dims)


def unchanged(call: Call, x: Any, *_: Any, **__: Any) -> Activation:
    """contiguous, clone and the like. Zeros around it stay where they are."""
    if not call.result.is_floating_point():
        raise call.refuse(f"it makes {call.result.dtype} of an activation, which no layer of relume does")
    return x if isinstance(x, Activation) and x.after_softmax else call.padded(x)


def dropout(
    call: Call, x: Any, p: float = 0.5, training: Any = True, inplace: bool = False, train: Any = None
) -> Activation:
    """Dropout, which does nothing in a trained network."""
    if (training if train is None else train) and p > 0:
        raise call.refuse(
            "it is active in evaluation, too: write F.dropout(x, p, training=self.training), or use a module"
        )
    return unchanged(call, x)


def stochastic_depth(call: Call, x: Any, p: float, mode: str, training: bool = True) -> Activation:
    """torchvision's, which leaves a branch out at random in training."""
    return dropout(call, x, p, training)


def expand(call: Call, x: Any, *_: Any, **__: Any) -> Activation:
    """Repeats along axes of 1; a product repeats by itself."""
    once = call.activation(x)
    if call.dims == once.dims:
        return once
    if len(call.dims) != len(once.dims):
        raise call.refuse(
            f"it repeats {list(once.dims)} to {list(call.dims)}; relume repeats along axes of 1, before a product"
        )
    return replace(once, dims=call.dims, before_expand=once.dims)


def permute(call: Call, x: Any, *dims: Any) -> Activation:
    """Axes in another order."""
    order = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return _moved(call, x, [int(axis) for axis in order])


def transpose(call: Call, x: Any, dim0: int, dim1: int) -> Activation:
    """Two axes exchanged."""
    x = call.unchanged(x)
    rank = len(x.dims)
    order = list(range(rank))
    first, second = call.axis(dim0, rank), call.axis(dim1, rank)
    order[first], order[second] = second, first
    return _moved(call, x, order)


def _moved(call: Call, x: Any, order: list[int]) -> Activation:
    """An order of the axes that leaves the order of the numbers as it is, or shuffles the channels."""
    seen = call.unchanged(x)
    order = [call.axis(axis, len(seen.dims)) for axis in order]
    moved = [axis for axis in order if seen.dims[axis] != 1]
    if moved == sorted(moved):
        return seen.viewed(call.dims)
    # Channels that a view has shared among groups, and the two axes exchanged: a channel shuffle.
    second, first, *rest = moved
    if first < second and rest == sorted(rest) and all(axis > second for axis in rest):
        groups, each = seen.dims[first], seen.dims[second]
        if groups * each == seen.shape[0]:
            y = call.push("channel_shuffle", [seen], seen.shape, {"groups": groups})
            return replace(y, dims=call.dims, after_softmax=seen.after_softmax)
    raise call.refuse(
        f"it moves the numbers of {list(seen.dims)} by {order}, as attention and normalisation over the last axis do; relume exchanges "
        "two axes that are groups of channels"
    )


def channel_shuffle(call: Call, x: Any, groups: int) -> Activation:
    """nn.ChannelShuffle."""
    x = call.channels(x)
    return call.push("channel_shuffle", [x], x.shape, {"groups": int(groups)})


def pad(call: Call, x: Any, pad: Any, mode: str = "constant", value: Any = None) -> Activation:
    """Zeros around height and width, kept with the activation until a layer takes them over."""
    seen = call.padded(x)
    sizes = [int(size) for size in pad]
    if not any(sizes):
        return seen
    if mode != "constant" or value not in (None, 0):
        raise call.refuse(f"it pads by {mode}, with {0 if value is None else value}; relume pads with zeros")
    if len(seen.dims) != 4 or not seen.is_picture or any(sizes[4:]):
        raise call.refuse(
            f"it pads {list(seen.dims)} by {sizes}; relume pads height and width of [1, channels, height, width]"
        )
    if any(not 0 <= size <= LARGEST for size in sizes):
        raise call.refuse(f"it pads by {sizes}; relume pads with 0 to {LARGEST} zeros, and cuts nothing off")
    left, right, top, bottom = (*sizes, 0, 0)[:4]
    before = seen.padding
    added = (before[0] + top, before[1] + left, before[2] + bottom, before[3] + right)
    return replace(seen, padding=added, dims=call.dims)


def _softmax(ending: str) -> Callable[..., Activation]:
    """A softmax over the classes, as the end of the network. It is left out: what is explained is the logit before it, because a
    probability also depends on the other classes."""

    def function(call: Call, x: Any, dim: Any = None, *_: Any, **__: Any) -> Activation:
        seen = call.activation(x)
        rank = len(seen.dims)
        # What PyTorch takes where nothing is given.
        axis = call.axis(dim, rank) if dim is not None else 0 if rank in (0, 1, 3) else 1
        if seen.dims[axis] != seen.count:
            raise call.refuse(
                f"it goes along axis {axis} of {list(seen.dims)}; relume takes one over all classes, at the end"
            )
        return replace(seen, after_softmax=ending)

    return function


OPERATORS: Operators = {
    **dict.fromkeys(
        ["flatten", "view", "reshape", "squeeze", "unsqueeze", "unflatten", "view_as", "reshape_as"], viewed
    ),
    **dict.fromkeys(
        [
            "contiguous",
            "clone",
            "alias",
            "lift_fresh_copy",
            "float",
            "to",
            "_to_copy",
            "type_as",
            "cpu",
            "identity",
        ],
        unchanged,
    ),
    **dict.fromkeys(
        ["dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"],
        dropout,
    ),
    "stochastic_depth": stochastic_depth,
    **dict.fromkeys(["expand", "expand_as", "broadcast_to"], expand),
    "permute": permute,
    **dict.fromkeys(["transpose", "swapaxes", "swapdims"], transpose),
    "channel_shuffle": channel_shuffle,
    "pad": pad,
    "constant_pad_nd": lambda call, x, sizes, value=0: pad(call, x, sizes, "constant", value),
    **dict.fromkeys(["softmax", "_softmax"], _softmax("softmax")),
    **dict.fromkeys(["log_softmax", "_log_softmax"], _softmax("log_softmax")),
}
