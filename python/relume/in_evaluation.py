"""A module as it is exported: in evaluation, on the CPU, in 32 bits. The caller's own stays as it is."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from .error import RelumeError, shortened


@contextlib.contextmanager
def in_evaluation(module: Any) -> Iterator[nn.Module]:
    """While it lasts, ``module``, or a copy of it where it is on a GPU or in other than 32 bits, is in evaluation.

    Raises:
        RelumeError: ``invalid-option`` for what is not a module, or not one that can be read.
    """
    module = _unwrapped(module)
    tensors = [*module.parameters(), *module.buffers()]
    if any(tensor.device.type == "meta" for tensor in tensors):
        raise RelumeError(
            "invalid-option", "the module has tensors without numbers, on the device meta: load its weights first"
        )
    if any(
        tensor.device.type != "cpu" or (tensor.is_floating_point() and tensor.dtype != torch.float32)
        for tensor in tensors
    ):
        try:
            module = copy.deepcopy(module).to("cpu", torch.float32)
        except Exception as error:
            raise RelumeError(
                "invalid-option",
                f"the module cannot be copied to the CPU in 32 bits ({shortened(error)}); move it there first",
            ) from error
    modes = [(each, each.training) for each in module.modules()]
    try:
        module.eval()
        # Whatever the caller's own contexts say: numbers are of 32 bits, and what writes over a tensor is counted.
        with torch.inference_mode(False), torch.no_grad(), torch.autocast("cpu", enabled=False):
            yield module
    finally:
        for each, training in modes:
            each.training = training


def _unwrapped(module: Any) -> nn.Module:
    """What a wrapper that only runs its module elsewhere or faster holds."""
    if isinstance(module, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
        module = module.module
    module = getattr(module, "_orig_mod", module)
    if isinstance(module, torch.jit.ScriptModule):
        raise RelumeError(
            "invalid-option", "a scripted or traced module cannot be read: give the module that it was made from"
        )
    if not isinstance(module, nn.Module):
        raise RelumeError("invalid-option", f"a torch.nn.Module is exported, and this is a {type(module).__name__}")
    return module
