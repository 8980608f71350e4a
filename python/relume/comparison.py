"""Two answers to one picture, compared."""

from __future__ import annotations

import numpy as np

from .layers import Array

#: Probabilities nearer to 0, or to 1 for a sigmoid, are compared as if they were these: 32 bits hardly tell them apart.
LEAST_OF_SOFTMAX = 1e-30
LEAST_OF_SIGMOID = 1e-3


def largest_difference(logits: Array, answer: Array, left_out: str | None) -> float:
    """How far ``logits`` are from what gave ``answer``, relative to the largest of the latter.

    ``left_out`` is what follows the logits in ``answer``: ``softmax``, ``log_softmax``, ``sigmoid`` or None. Both are compared before
    it, so that the probabilities of a sure answer hide nothing.
    """
    ours, theirs = logits.astype(np.float64).reshape(-1), answer.astype(np.float64).reshape(-1)
    if ours.shape != theirs.shape:
        return float("inf")
    if left_out in ("softmax", "log_softmax"):
        shifted = ours - ours.max()
        ours = shifted - np.log(np.exp(shifted).sum())
    if left_out == "softmax":
        theirs = np.log(np.maximum(theirs, LEAST_OF_SOFTMAX))
        ours = np.maximum(ours, np.log(LEAST_OF_SOFTMAX))
    if left_out == "sigmoid":
        clipped = theirs.clip(LEAST_OF_SIGMOID, 1 - LEAST_OF_SIGMOID)
        theirs = np.log(clipped / (1 - clipped))
        limit = np.log((1 - LEAST_OF_SIGMOID) / LEAST_OF_SIGMOID)
        ours = ours.clip(-limit, limit)
    largest = float(np.abs(theirs).max())
    off = float(np.abs(ours - theirs).max())
    return off / largest if largest > 0 else off
