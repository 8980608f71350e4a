"""A torch.nn.Module becomes the layers of a model file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..error import RelumeError, shortened
from ..layers import Layer, LayerList
from .ends import Logits, logits
from .interpreter import Interpreter
from .trace import graphs

#: How far a graph's answer may be from the module's, relative to the largest logit: more than rounding is another network.
AGREES = 1e-4


@dataclass
class Converted:
    """A network as layers."""

    layer_list: LayerList
    layers: list[Layer]
    end: Logits


def convert(module: nn.Module, picture: torch.Tensor, answer: Any) -> Converted:
    """The layers of ``module``, in evaluation, whose answer to ``picture`` [1, C, H, W] is ``answer``.

    Raises:
        RelumeError: ``unsupported-operator`` for what no layer of relume computes, or what cannot be traced; ``invalid-model``
            for a network that is no classifier.
    """
    reasons = []
    for how, graph in graphs(module, picture):
        if isinstance(graph, str):
            reasons.append(f"{how}: {graph}")
            continue
        interpreter = Interpreter(graph)
        given = _run(interpreter, picture)
        if _differ(given, answer):
            reasons.append(
                f"{how}: its graph gives other numbers than the network (hooks, chance, or what is written over?)"
            )
            continue
        end = logits(interpreter.layers, interpreter.output_value)
        return Converted(interpreter.layers, interpreter.layers.needed_for(end.layer), end)
    raise RelumeError(
        "unsupported-operator",
        f"the network cannot be traced: its forward may decide by the picture's numbers, or change itself. {'; '.join(reasons)}",
    )


def _run(interpreter: Interpreter, picture: torch.Tensor) -> Any:
    try:
        return interpreter.run(picture.clone())
    except RelumeError:
        raise
    # A stranger's operations run in there, and may raise anything.
    except Exception as error:
        raise RelumeError("unsupported-operator", f"the network's graph cannot be run: {shortened(error)}") from error


def _differ(given: Any, answer: Any) -> bool:
    """Whether two answers, of any nesting, are not the same numbers."""
    ours, theirs = (tensors(each) for each in (given, answer))
    if len(ours) != len(theirs):
        return True
    for one, other in zip(ours, theirs):
        if one.shape != other.shape:
            return True
        largest = float(other.abs().max()) if other.numel() else 0.0
        if float((one.double() - other.double()).abs().max()) > AGREES * max(largest, 1e-30):
            return True
    return False


def tensors(answer: Any) -> list[torch.Tensor]:
    """The tensors of an answer of any nesting."""
    if isinstance(answer, torch.Tensor):
        return [answer]
    if dataclasses.is_dataclass(answer) and not isinstance(answer, (dict, tuple)):
        answer = vars(answer)
    parts = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, (tuple, list)) else []
    return [tensor for part in parts for tensor in tensors(part)]
