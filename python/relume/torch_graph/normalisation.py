"""Batch normalisation by recorded statistics, and local response normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from .activation import Activation
from .call import Call, Operators


def batch_norm(
    call: Call,
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: Any,
    eps: float,
    *_: Any,
) -> Activation:
    """In the order of ``torch.batch_norm``."""
    if training or running_mean is None or running_var is None:
        raise call.refuse(
            "it normalises by the statistics of the picture itself, which relume does not; it needs recorded ones "
            "(track_running_stats=True)"
        )
    x = call.channels(x)
    channels = x.shape[0]
    if len(x.dims) < 2 or x.dims[1] != channels:
        raise call.refuse(f"its input has dimensions {list(x.dims)}, and axis 1 does not hold the channels")
    arrays = {
        "weight": np.ones(channels, np.float32) if weight is None else call.constant(weight, "weight"),
        "bias": np.zeros(channels, np.float32) if bias is None else call.constant(bias, "bias"),
        "running_mean": call.constant(running_mean, "running_mean"),
        "running_var": call.constant(running_var, "running_var"),
    }
    return call.push("batch_norm", [x], x.shape, {"epsilon": float(eps)}, arrays).viewed(x.dims)


def functional_batch_norm(
    call: Call,
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
) -> Activation:
    """In the order of ``torch.nn.functional.batch_norm``."""
    return batch_norm(call, x, weight, bias, running_mean, running_var, training, momentum, eps)


def local_response_norm(
    call: Call, x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Activation:
    """Over neighbouring channels; as in a model file, alpha is divided by the size."""
    if size % 2 == 0:
        raise call.refuse(f"its size {size} is even; relume has odd sizes, with as many channels before as after")
    x = call.channels(x)
    fields = {"size": int(size), "alpha": float(alpha), "beta": float(beta), "k": float(k)}
    return call.push("local_response_norm", [x], x.shape, fields).viewed(x.dims)


OPERATORS: Operators = {
    "batch_norm": batch_norm,
    "functional.batch_norm": functional_batch_norm,
    "local_response_norm": local_response_norm,
}
