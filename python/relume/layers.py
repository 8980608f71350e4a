"""The layers that a network becomes, one after the other, with their weights and shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .layer_names import LayerNames

Array = npt.NDArray[np.float32]
Shape = tuple[int, int, int]


@dataclass
class Layer:
    """One layer, with the fields that ``docs/model-file.md`` lists for its kind."""

    name: str
    kind: str
    inputs: list[int | None]  #: which layers it reads; None is the picture
    shape: Shape
    fields: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)


class LayerList:
    """The layers so far."""

    def __init__(self) -> None:
        self.all: list[Layer] = []
        self._names = LayerNames()

    def __getitem__(self, index: int) -> Layer:
        return self.all[index]

    def push(
        self,
        name: str,
        kind: str,
        inputs: Sequence[int | None],
        shape: Shape,
        fields: Mapping[str, Any],
        arrays: Mapping[str, Array],
    ) -> int:
        """Adds a layer and gives its index."""
        self.all.append(Layer(self._names.give(name), kind, list(inputs), shape, dict(fields), dict(arrays)))
        return len(self.all) - 1

    def needed_for(self, last: int) -> list[Layer]:
        """The layers that ``last`` needs, itself included. Others, such as a sigmoid that became part of a SiLU, are left out."""
        needed = {last}
        # A layer stands after those that it reads.
        for index in range(last, -1, -1):
            if index in needed:
                needed.update(before for before in self.all[index].inputs if before is not None)
        return [self.all[index] for index in sorted(needed)]

    def described(self, layers: Sequence[Layer]) -> list[dict[str, Any]]:
        """``layers`` as a model file describes them."""
        names = [layer.name for layer in self.all]
        return [
            {
                "name": layer.name,
                "kind": layer.kind,
                "inputs": ["input" if before is None else names[before] for before in layer.inputs],
                **layer.fields,
            }
            for layer in layers
        ]
