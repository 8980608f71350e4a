"""Activation functions: of each number by itself."""

from __future__ import annotations

import math
from typing import Any, Callable

from .activation import Activation
from .call import Call, Operators
from .per_channel import per_channel


def _layer(call: Call, x: Any, kind: str, fields: dict[str, Any] | None = None) -> Activation:
    x = call.activation(x)
    return call.push(kind, [x], x.shape, fields).viewed(x.dims)


def _plain(kind: str, **fields: Any) -> Callable[..., Activation]:
    def function(call: Call, x: Any, inplace: bool = False) -> Activation:
        return _layer(call, x, kind, fields)

    return function


def clamp(call: Call, x: Any, min: Any = None, max: Any = None) -> Activation:
    """A ReLU that is clipped, or not: from 0 to a limit, or without one."""
    low = -math.inf if min is None else float(call.constant(min, "lower limit"))
    high = math.inf if max is None else float(call.constant(max, "upper limit"))
    if low != 0 or high <= 0:
        raise call.refuse(f"it clips to {low:g} and {high:g}; relume has a ReLU that clips from 0 to a number above")
    return _layer(call, x, "relu", {} if math.isinf(high) else {"max": high})


def hardtanh(call: Call, x: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Activation:
    """The same with other names and limits."""
    return clamp(call, x, min_val, max_val)


def clamp_min(call: Call, x: Any, min: Any) -> Activation:
    """A ReLU written as a limit."""
    return clamp(call, x, min)


def leaky_relu(call: Call, x: Any, negative_slope: float = 0.01, inplace: bool = False) -> Activation:
    """A ReLU that multiplies negative numbers by a slope."""
    slope = float(negative_slope)
    if slope == 0:
        return _layer(call, x, "relu")
    if not 0 < slope < 1:
        raise call.refuse(f"its negative_slope is {slope:g}; relume has slopes from 0 to below 1")
    return _layer(call, x, "leaky_relu", {"slope": slope})


def prelu(call: Call, x: Any, weight: Any) -> Activation:
    """A ReLU with one slope for each channel, or one for all."""
    x = call.channels(x)
    weights = call.constant(weight, "weight").reshape(-1)
    if weights.size not in (1, x.shape[0]):
        raise call.refuse(f"it has {weights.size} slopes for {x.shape[0]} channels")
    arrays = {"weight": weights}
    return call.push("prelu", [x], x.shape, {"shared": weights.size == 1 != x.shape[0]}, arrays).viewed(x.dims)


def gelu(call: Call, x: Any, approximate: str = "none") -> Activation:
    """By the error function, or its approximation by tanh."""
    return _layer(call, x, "gelu", {"approximate": approximate})


def elu(call: Call, x: Any, alpha: float = 1.0, inplace: Any = False, input_scale: float = 1) -> Activation:
    """PyTorch's own operator has a scale where the function has ``inplace``."""
    if inplace not in (False, 1) or input_scale != 1:
        raise call.refuse(f"it has scales, {inplace} and {input_scale}; relume has none there")
    return _layer(call, x, "elu", {"alpha": float(alpha)})


def celu(call: Call, x: Any, alpha: float = 1.0, inplace: bool = False) -> Activation:
    """With alpha 1 it is an ELU."""
    if alpha != 1:
        raise call.refuse(f"its alpha is {alpha:g}; relume has that of 1, which is an ELU")
    return _layer(call, x, "elu")


def softplus(call: Call, x: Any, beta: float = 1, threshold: float = 20) -> Activation:
    """Above its threshold PyTorch gives v itself, which differs by less than e^-threshold."""
    if threshold < 20:
        raise call.refuse(f"its threshold is {threshold:g}; relume computes without, which differs visibly below 20")
    return _layer(call, x, "softplus", {"beta": float(beta)})


OPERATORS: Operators = {
    "relu": _plain("relu"),
    "relu6": _plain("relu", max=6),
    "clamp": clamp,
    "clip": clamp,
    "clamp_min": clamp_min,
    "hardtanh": hardtanh,
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "sigmoid": _plain("sigmoid"),
    "tanh": _plain("tanh"),
    "silu": _plain("silu"),
    "gelu": gelu,
    "elu": elu,
    "selu": _plain("selu"),
    "celu": celu,
    "softplus": softplus,
    "mish": _plain("mish"),
    "hardsigmoid": _plain("hard_sigmoid"),
    "hardswish": _plain("hard_swish"),
}
