"""Sums, differences, products and quotients: of activations, or with a constant for each channel or one for all."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import numpy.typing as npt

from .activation import Activation
from .call import Call, Operators
from .per_channel import per_channel
from .product import product

#: Of a batch normalisation that only multiplies and adds: so little that the square root of 1 and it is 1.
EPSILON = 1e-12

Numbers = npt.NDArray[np.float64]


def add(call: Call, a: Any, b: Any, alpha: Any = 1) -> Activation:
    """``a + alpha · b``."""
    if isinstance(a, Activation) and isinstance(b, Activation):
        if alpha != 1:
            raise call.refuse(f"it multiplies a summand by alpha={alpha}; relume adds activations as they are")
        return _sum(call, a, b)
    if isinstance(a, Activation):
        return _line(call, a, b, lambda number: (np.ones_like(number), alpha * number))
    return _line(call, b, a, lambda number: (np.full_like(number, alpha), number))


def sub(call: Call, a: Any, b: Any, alpha: Any = 1) -> Activation:
    """``a − alpha · b``."""
    if isinstance(a, Activation) and isinstance(b, Activation):
        return _sum(call, a, _line(call, b, 1, lambda one: (-alpha * one, 0 * one)))
    return add(call, a, b, -alpha)


def rsub(call: Call, a: Any, b: Any, alpha: Any = 1) -> Activation:
    """``b − alpha · a``."""
    return sub(call, b, a, alpha)


def mul(call: Call, a: Any, b: Any) -> Activation:
    """``a · b``."""
    if isinstance(a, Activation) and isinstance(b, Activation):
        return product(call, a, b)
    x, constant = (a, b) if isinstance(a, Activation) else (b, a)
    return _line(call, x, constant, lambda number: (number, 0 * number))


def div(call: Call, a: Any, b: Any, rounding_mode: str | None = None) -> Activation:
    """``a / b``, with a constant ``b``."""
    if rounding_mode is not None:
        raise call.refuse("it rounds, which no layer of relume does")
    if isinstance(b, Activation):
        raise call.refuse("it divides by an activation, which no layer of relume does")
    return _line(call, a, b, lambda number: (1 / number, 0 * number))


def neg(call: Call, x: Any) -> Activation:
    """``−x``."""
    return _line(call, x, -1, lambda number: (number, 0 * number))


def _sum(call: Call, a: Activation, b: Activation) -> Activation:
    a, b = call.activation(a), call.activation(b)
    if a.dims != b.dims:
        raise call.refuse(f"it adds {list(b.dims)} to {list(a.dims)}; relume adds activations of one shape")
    dims = a.dims
    # One may be seen as a vector, and the other be one.
    if a.shape != b.shape:
        a, b = call.channels(a), call.channels(b)
    return call.push("add", [a, b], a.shape).viewed(dims)


def _line(call: Call, x: Any, constant: Any, line: Callable[[Numbers], tuple[Numbers, Numbers]]) -> Activation:
    """``factor · x + summand``, which ``line`` makes of the constant."""
    x = call.channels(x)
    array = call.constant(constant, "other operand")
    numbers = per_channel(array, x)
    if numbers is None:
        raise call.refuse(
            f"its constant has shape {list(array.shape)} for {list(x.dims)}; relume takes one number for each channel, or one for all"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        factor, summand = line(numbers.astype(np.float64))
    if not (np.isfinite(factor).all() and np.isfinite(summand).all()):
        raise call.refuse("it divides by zero, or its constant is not finite")
    channels = x.shape[0]
    factor, summand = (np.broadcast_to(part, (channels,)) for part in (factor, summand))
    source = x.layer
    # Two in a row are one.
    if source is not None and call.layers[source].fields.get("epsilon") == EPSILON:
        before = call.layers[source]
        summand = factor * before.arrays["bias"] + summand
        factor = factor * before.arrays["weight"]
        source = before.inputs[0]
    before_line = Activation(source, x.shape, x.dims)
    if (factor == 1).all() and (summand == 0).all():
        return before_line
    arrays = {
        "weight": factor.astype(np.float32),
        "bias": summand.astype(np.float32),
        "running_mean": np.zeros(channels, np.float32),
        "running_var": np.ones(channels, np.float32),
    }
    return call.push("batch_norm", [before_line], x.shape, {"epsilon": EPSILON}, arrays).viewed(x.dims)


OPERATORS: Operators = {
    "add": add,
    "sub": sub,
    "subtract": sub,
    "rsub": rsub,
    "mul": mul,
    "multiply": mul,
    "div": div,
    "divide": div,
    "true_divide": div,
    "truediv": div,
    "neg": neg,
    "negative": neg,
}
