"""Fully connected layers: of a vector, with constant weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layers import Array
from .activation import Activation
from .call import Call, Operators


def linear(call: Call, x: Any, weight: Any, bias: Any = None) -> Activation:
    """``weight · x + bias``, ``weight`` of shape [out, in]."""
    return _product(call, x, call.constant(weight, "weight"), None if bias is None else call.constant(bias, "bias"))


def matmul(call: Call, x: Any, weight: Any) -> Activation:
    """``x · weight``, ``weight`` of shape [in, out]."""
    return _product(call, x, call.constant(weight, "second factor").T, None)


def addmm(call: Call, bias: Any, x: Any, weight: Any, *, beta: float = 1, alpha: float = 1) -> Activation:
    """``beta · bias + alpha · x · weight``."""
    return _product(call, x, alpha * call.constant(weight, "weight").T, beta * call.constant(bias, "bias"))


def _product(call: Call, x: Any, weight: Array, bias: Array | None) -> Activation:
    x = call.activation(x)
    if not x.is_vector or weight.ndim != 2 or x.dims[-1] != x.count:
        raise call.refuse(
            f"its input has dimensions {list(x.dims)}; relume multiplies a vector, [1, features], by a constant matrix. "
            "Is a flatten missing, or does it mix positions as attention does?"
        )
    x = call.channels(x)
    out_features = weight.shape[0]
    fields = {"out_features": out_features, "bias": bias is not None}
    arrays = {"weight": weight}
    if bias is not None:
        arrays["bias"] = np.broadcast_to(bias.reshape(-1), (out_features,))
    return call.push("linear", [x], (out_features, 1, 1), fields, arrays).viewed(call.dims)


OPERATORS: Operators = {"linear": linear, "matmul": matmul, "mm": matmul, "addmm": addmm}
