"""A module becomes a graph: by torch.fx's symbolic tracing, or, where that fails, by torch.export."""

from __future__ import annotations

import contextlib
import inspect
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import fx, nn

from ..error import shortened
from .modules import known


class Tracer(fx.Tracer):
    """Goes into every module but those that are a layer, and those of torch.nn that relume does not have."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether ``m`` is one operation of the graph."""
        return known(m) is not None or super().is_leaf_module(m, module_qualified_name)


def graphs(module: nn.Module, picture: torch.Tensor) -> Iterator[tuple[str, fx.GraphModule | str]]:
    """What traces ``module``, and the graph, or why there is none. The second is made only if it is asked for."""
    for how, trace in (("torch.fx", _symbolic), ("torch.export", _exported)):
        try:
            with _quiet():
                graph: fx.GraphModule | str = trace(module, picture)
        # A stranger's forward runs in there, and may raise anything.
        except Exception as error:  # noqa: BLE001
            graph = shortened(error)
        yield how, graph


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What PyTorch writes about a graph that it cannot make is long, and its reason is in the error."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _symbolic(module: nn.Module, picture: torch.Tensor) -> fx.GraphModule:
    tracer = Tracer()
    if known(module) is not None:
        # The root itself is never a leaf.
        module = nn.Sequential(module)
    # Other arguments than the picture are what they are by default, and not unknown.
    parameters = list(inspect.signature(module.forward).parameters.values())[1:]
    defaults = {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}
    graph = tracer.trace(module, concrete_args=defaults or None)
    return fx.GraphModule(tracer.root, graph)


def _exported(module: nn.Module, picture: torch.Tensor) -> fx.GraphModule:
    graph: Any = torch.export.export(module, (picture,)).module()
    if not isinstance(graph, fx.GraphModule):
        raise TypeError("torch.export gave no graph")
    return graph
