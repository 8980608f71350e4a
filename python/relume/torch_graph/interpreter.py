"""The graph becomes layers, operation by operation, while PyTorch runs it on a sample picture: so every dimension is known, and
what does not depend on the picture is a constant."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import torch
from torch import fx
from torch.fx.node import Node, map_aggregate

from ..error import RelumeError, shortened
from ..layers import LayerList
from .activation import Activation, Unreadable
from .call import Call
from .modules import known
from .operators import OF_THE_SIZE, OPERATORS, SUPPORTED

#: Where functions come from whose names mean what the table says.
PYTORCH = ("torch", "_operator", "builtins", "math", None)
STOCHASTIC_DEPTH = "torchvision.ops.stochastic_depth"


class Interpreter(fx.Interpreter):
    """Runs a graph, and keeps for each of its values the layer that gives it."""

    def __init__(self, graph: fx.GraphModule) -> None:
        super().__init__(graph)
        self.layers = LayerList()
        self.values: dict[Node, Any] = {}
        #: What the network gives.
        self.output_value: Any = None
        self._picture: Activation | None = None

    def run_node(self, n: Node) -> Any:
        """Computes a value, and what it is as a layer."""
        before = {each: _version(self.env.get(each)) for each in n.all_input_nodes}
        result = super().run_node(n)
        self.values[n] = self._value(n, result)
        for each, version in before.items():
            if _version(self.env.get(each)) != version:
                self._changed_in_place(self.env[each], self.values[n])
        return result

    def _value(self, n: Node, result: Any) -> Any:
        if n.op == "placeholder":
            if self._picture is None and isinstance(result, torch.Tensor):
                _, channels, height, width = result.shape
                self._picture = Activation.of(None, (channels, height, width))
                return self._picture
            return result
        args, kwargs = (self._with_values(part) for part in (n.args, n.kwargs))
        if n.op == "output":
            self.output_value = args[0]
            return args[0]
        if not _holds_activation((args, kwargs)):
            return result
        # An answer of a type of its own, such as a named tuple.
        if isinstance(n.target, type):
            return [*args, *kwargs.values()]
        operation, module = self._operation(n)
        call = Call(self.layers, *_names(n, operation, module), result)
        if operation in OF_THE_SIZE or (operation == "getattr" and args[1] in OF_THE_SIZE):
            return result
        if module is not None:
            maker = known(module)
            if maker is None:
                raise call.refuse(f"relume has no such layer. {SUPPORTED}")
            return maker(call, module, *args, **kwargs)
        function = OPERATORS.get(operation)
        if function is None or not isinstance(result, (torch.Tensor, tuple, list)):
            raise call.refuse(f"relume has no such layer. {SUPPORTED}")
        return _applied(call, function, args, kwargs)

    def _operation(self, n: Node) -> tuple[str, torch.nn.Module | None]:
        """The operator's name, and the module if it is one."""
        if n.op == "call_module":
            if n.target == "_guards_fn":
                return "_guards_fn", None
            return "module", self.fetch_attr(str(n.target))
        if n.op == "call_method":
            return _plain(str(n.target)), None
        target: Any = n.target
        schema = getattr(target, "_schema", None)
        if schema is not None:
            return _plain(str(schema.name).rpartition("::")[2]), None
        home = getattr(target, "__module__", None)
        name = str(getattr(target, "__name__", target))
        if home == STOCHASTIC_DEPTH:
            return "stochastic_depth", None
        if (home.split(".")[0] if home else None) not in PYTORCH:
            return f"{home}.{name}", None
        if home == "torch.nn.functional" and f"functional.{name}" in OPERATORS:
            return f"functional.{name}", None
        if home == "_operator" and name in ("iadd", "isub", "imul", "itruediv"):
            name = name[1:]
        return _plain(name), None

    def _with_values(self, argument: Any) -> Any:
        return map_aggregate(argument, lambda each: self.values[each] if isinstance(each, Node) else each)

    def _changed_in_place(self, tensor: Any, new: Any) -> None:
        """An operation has written over its input: whoever reads that later, or a view of it, reads the result."""
        storage = tensor.untyped_storage().data_ptr()

        def renewed(value: Any, seen: Any) -> Any:
            if isinstance(seen, (tuple, list)) and isinstance(value, (tuple, list)):
                return [renewed(*pair) for pair in zip(value, seen)]
            shares = isinstance(seen, torch.Tensor) and seen.untyped_storage().data_ptr() == storage
            if not shares or not isinstance(value, Activation):
                return value
            if isinstance(new, Activation) and seen.numel() == tensor.numel():
                return replace(new, dims=tuple(seen.shape))
            return Unreadable(
                "is part of an activation that an operation has written over; leave out inplace=True there"
            )

        for node, seen in self.env.items():
            if node in self.values:
                self.values[node] = renewed(self.values[node], seen)


def _version(value: Any) -> int:
    """How often a tensor was written over."""
    counted = isinstance(value, torch.Tensor) and not value.is_inference()
    return int(value._version) if counted else 0


def _plain(name: str) -> str:
    """The name without what marks an operation that writes over its input."""
    return name[:-1] if name.endswith("_") and not name.endswith("__") else name


def _holds_activation(argument: Any) -> bool:
    found = False

    def look(each: Any) -> Any:
        nonlocal found
        found = found or isinstance(each, (Activation, Unreadable))
        return each

    map_aggregate(argument, look)
    return found


def _names(n: Node, operation: str, module: torch.nn.Module | None) -> tuple[str, str]:
    """What the layer is to be called, and how a message names the operation."""
    stack = list((n.meta.get("nn_module_stack") or {}).values())
    path, kind = stack[-1] if stack else ("", "")
    if module is not None:
        return str(path or n.target), f"module `{path or n.target}` ({type(module).__name__})"
    of_torch = str(getattr(kind, "__module__", kind)).startswith("torch.nn.modules") and "container" not in str(kind)
    plain = operation.removeprefix("functional.")
    where = f"in module `{path}`, " if path else "in the network's own forward, "
    if of_torch and path:
        return str(path), f"{where}`{plain}`"
    return f"{path}.{plain}" if path else plain, f"{where}`{plain}`"


def _applied(call: Call, function: Any, args: Any, kwargs: Any) -> Any:
    named = dict(kwargs)
    first = [named.pop(name) for name in ("input", "self") if name in named]
    if "other" in named and len(args) + len(first) == 1:
        first.append(named.pop("other"))
    given = (*args, *first) if args else tuple(first)
    try:
        bound = inspect.signature(function).bind(call, *given, **named)
    except TypeError as error:
        raise call.refuse(f"it is called in a way that relume does not know ({error})") from None
    try:
        return function(*bound.args, **bound.kwargs)
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        # An argument of a type that no caller of this operator in PyTorch's own modules gives.
        raise RelumeError(
            "unsupported-operator",
            f"{call.title}: it is called in a way that relume does not know ({shortened(error)})",
        ) from error
