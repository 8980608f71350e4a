"""Pooling: over windows, and over all positions."""

from __future__ import annotations

import math
from typing import Any

from .activation import NO_PADDING, Activation, Unreadable
from .call import Call, Operators

Value = Any


def max_pool2d(
    call: Call,
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Value:
    """Zeros that were put around its input take part in the maximum, which padding does not: they become a layer."""
    x = _picture(call, call.activation(x))
    kernel = call.pair(kernel_size, "kernel_size")
    fields = {
        "kernel": kernel,
        "stride": call.pair(stride, "stride") if stride else kernel,
        "padding": call.pair(padding, "padding", 0) * 2,
        "dilation": call.pair(dilation, "dilation"),
        "ceil_mode": bool(ceil_mode),
    }
    return _with_positions(call, x, fields)


def _with_positions(call: Call, x: Activation, fields: dict[str, Any]) -> Value:
    if isinstance(call.result, tuple):
        (_, channels, height, width) = call.result[0].shape
        y = call.push("max_pool2d", [x], (channels, height, width), fields)
        return y, Unreadable("is the positions of a max-pooling, which relume does not give")
    return call.push("max_pool2d", [x], call.result_shape, fields)


def avg_pool2d(
    call: Call,
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Activation:
    """Zeros that were put around its input are padding that counts in the mean."""
    kernel = call.pair(kernel_size, "kernel_size")
    own = call.pair(padding, "padding", 0) * 2
    if divisor_override not in (None, math.prod(kernel)):
        raise call.refuse(f"it divides by {divisor_override}; relume divides by the size of the window")
    x = call.padded(x)
    # With ceil_mode the size of the output depends on which zeros are padding; and no window may hold padding alone.
    fills_window = any(each + before >= size for each, before, size in zip(own, x.padding, kernel * 2))
    if x.padding != NO_PADDING and (ceil_mode or fills_window or (any(own) and not count_include_pad)):
        x = call.activation(x)
    fields = {
        "kernel": kernel,
        "stride": call.pair(stride, "stride") if stride else kernel,
        "padding": [each + before for each, before in zip(own, x.padding)],
        "ceil_mode": bool(ceil_mode),
        "count_include_pad": bool(count_include_pad) or x.padding != NO_PADDING,
    }
    return call.push("avg_pool2d", [_picture(call, x)], call.result_shape, fields)


def adaptive_avg_pool2d(call: Call, x: Any, output_size: Any) -> Activation:
    """A mean over all positions, or over windows where all are of one size."""
    x = _picture(call, call.activation(x))
    if call.result_shape[1:] == (1, 1):
        return _global_mean(call, x, call.dims)
    window = _adaptive_window(call, x)
    return x if window is None else call.push("avg_pool2d", [x], call.result_shape, window)


def adaptive_max_pool2d(call: Call, x: Any, output_size: Any, return_indices: bool = False) -> Value:
    """A maximum over all positions, or over windows where all are of one size."""
    x = _picture(call, call.activation(x))
    result = call.result[0] if isinstance(call.result, tuple) else call.result
    window = _adaptive_window(call, x, tuple(result.shape[2:]))
    return _with_positions(call, x, window or {"kernel": [1, 1], "stride": [1, 1]})


def _adaptive_window(call: Call, x: Activation, sides: tuple[int, ...] | None = None) -> dict[str, Any] | None:
    """The window that an adaptive pooling comes to; None if it leaves everything as it is."""
    sizes, strides = [], []
    outs = sides or call.result_shape[1:]
    for size, out in zip(x.shape[1:], outs):
        # PyTorch's window of output i: from floor(i · size / out) up to, but not including, ceil((i + 1) · size / out).
        starts = [at * size // out for at in range(out)]
        ends = [-(-(at + 1) * size // out) for at in range(out)]
        lengths = {end - start for start, end in zip(starts, ends)}
        steps = {after - before for before, after in zip(starts, starts[1:])}
        if len(lengths) > 1 or len(steps) > 1:
            raise call.refuse(
                f"it pools {list(x.shape[1:])} positions to {list(outs)} by windows of several sizes, which no layer of relume has; "
                "give the pictures another size, for which the first is a multiple of the second"
            )
        sizes.append(lengths.pop())
        strides.append(steps.pop() if steps else 1)
    if sizes == [1, 1] and strides == [1, 1]:
        return None
    return {"kernel": sizes, "stride": strides}


def mean(call: Call, x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Activation:
    """The mean over height and width."""
    x = call.activation(x)
    _over_positions(call, x, dim, "mean")
    return _global_mean(call, x, call.dims)


def amax(call: Call, x: Any, dim: Any = (), keepdim: bool = False) -> Activation:
    """The maximum over height and width: a window over all of it."""
    x = _picture(call, call.activation(x))
    _over_positions(call, x, dim, "maximum")
    channels, *sides = x.shape
    return call.push("max_pool2d", [x], (channels, 1, 1), {"kernel": sides, "stride": [1, 1]}).viewed(call.dims)


def _global_mean(call: Call, x: Activation, dims: tuple[int, ...]) -> Activation:
    if x.shape[1:] == (1, 1):
        return x.viewed(dims)
    return call.push("global_avg_pool", [x], (x.shape[0], 1, 1)).viewed(dims)


def _over_positions(call: Call, x: Activation, dim: Any, what: str) -> None:
    """Refuses other axes than those of the positions: height and width, or both as one."""
    rank = len(x.dims)
    given = range(rank) if dim is None or dim == () or dim == [] else [dim] if isinstance(dim, int) else dim
    axes = {call.axis(each, rank) for each in given}
    real = [at for at in range(rank) if x.dims[at] != 1]
    over, kept = [at for at in real if at in axes], [at for at in real if at not in axes]
    covers = math.prod(x.dims[at] for at in over) == x.shape[1] * x.shape[2]
    if not covers or (over and kept and kept[-1] > over[0]):
        raise call.refuse(
            f"it takes the {what} over axes {sorted(axes)} of {list(x.dims)}; relume has the {what} over height and width"
        )


def _picture(call: Call, x: Activation) -> Activation:
    if not x.is_picture:
        raise call.refuse(f"its input has dimensions {list(x.dims)}; relume pools [1, channels, height, width]")
    return x


OPERATORS: Operators = {
    "max_pool2d": max_pool2d,
    "max_pool2d_with_indices": max_pool2d,
    "avg_pool2d": avg_pool2d,
    "adaptive_avg_pool2d": adaptive_avg_pool2d,
    "adaptive_max_pool2d": adaptive_max_pool2d,
    "mean": mean,
    "amax": amax,
}
