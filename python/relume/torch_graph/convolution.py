"""Convolutions."""

from __future__ import annotations

from typing import Any

from .activation import Activation
from .call import Call, Operators


def conv2d(
    call: Call,
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Activation:
    """A convolution over height and width. Zeros that were put around its input become part of its padding."""
    x = call.padded(x)
    if not x.is_picture:
        x = call.channels(x)
    weights = call.constant(weight, "weight")
    if weights.ndim != 4 or len(x.dims) != 4:
        raise call.refuse(f"its input has dimensions {list(x.dims)}; relume convolves [1, channels, height, width]")
    out_channels, _, *kernel = weights.shape
    pads = _padding(call, padding, kernel, call.pair(dilation, "dilation"))
    fields = {
        "out_channels": out_channels,
        "kernel": call.pair(kernel, "kernel"),
        "stride": call.pair(stride, "stride"),
        "padding": [own + before for own, before in zip(pads, x.padding)],
        "dilation": call.pair(dilation, "dilation"),
        "groups": int(groups),
        "bias": bias is not None,
    }
    arrays = {"weight": weights}
    if bias is not None:
        arrays["bias"] = call.constant(bias, "bias")
    return call.push("conv2d", [x], call.result_shape, fields, arrays)


def _padding(call: Call, padding: Any, kernel: list[int], dilation: list[int]) -> list[int]:
    """``[top, left, bottom, right]``."""
    if padding == "valid":
        return [0, 0, 0, 0]
    if padding == "same":
        # Of an odd number PyTorch puts the larger part after.
        total = [each * (size - 1) for each, size in zip(dilation, kernel)]
        before = [number // 2 for number in total]
        return before + [number - less for number, less in zip(total, before)]
    return call.pair(padding, "padding", 0) * 2


def convolution(
    call: Call,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Activation:
    """The operator that all convolutions have in common."""
    if transposed:
        raise call.refuse("it is transposed, which no layer of relume is")
    return conv2d(call, x, weight, bias, stride, padding, dilation, groups)


OPERATORS: Operators = {"conv2d": conv2d, "convolution": convolution}
